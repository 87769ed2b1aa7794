use super::*;

fn load(text: &str, environment: &[(&str, &str)]) -> Result<Config, Problems> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my.toml");
    std::fs::write(&path, text).unwrap();
    let environment: Vec<_> = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Config::from_layers(&[path], &environment, &[])
}

#[test]
fn the_defaults_are_valid_and_as_documented() {
    let config = Config::from_layers(&[], &[], &[]).unwrap();
    assert_eq!(config.kafka.brokers, "localhost:9092");
    assert_eq!(config.kafka.group, "nightlatch");
    assert_eq!(config.topics.rejected, "logins.rejected");
    assert_eq!(config.http.address.to_string(), "127.0.0.1:8080");
    assert_eq!(config.reasons, Thresholds::default());
    assert_eq!(config.profiles, ProfileLimits::default());
    assert!(config.model_path.is_none() && config.alert_risk.is_none());
    assert!(!config.instance.is_empty());
}

#[test]
fn later_layers_win() {
    let text = "[kafka]\nbrokers = \"file:1\"\ngroup = \"from-file\"";
    let config = load(
        text,
        &[("NIGHTLATCH__KAFKA__BROKERS", "env:2"), ("OTHER", "x")],
    )
    .unwrap();
    assert_eq!(
        (config.kafka.brokers.as_str(), config.kafka.group.as_str()),
        ("env:2", "from-file")
    );
    let flags = [("kafka.brokers", "flag:3".to_owned())];
    let environment = [("NIGHTLATCH__KAFKA__BROKERS".to_owned(), "env:2".to_owned())];
    assert_eq!(
        Config::from_layers(&[], &environment, &flags)
            .unwrap()
            .kafka
            .brokers,
        "flag:3"
    );
    let numbers = load("", &[("NIGHTLATCH__BATCH__MAX_RECORDS", "77")]).unwrap();
    assert_eq!(numbers.pipeline.max_records, 77);
}

/// A source of other brokers takes no name and no secret of ours along, and is said to promise less.
#[test]
fn a_source_of_other_brokers_has_its_own_connection() {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, "theirs\n").unwrap();
    let password = password.display();
    let home = "[kafka]\nsecurity_protocol = \"sasl_ssl\"\nsasl_username = \"us\"\ngroup = \"g\"\n\
                [kafka.options]\n\"ssl.key.password\" = \"ours\"\n";
    let far = "[[source]]\nname = \"far\"\ntopics = \"t\"\nformat = \"okta\"\n";
    let text = format!(
        "{home}{far}brokers = \"far:9093\"\nsecurity_protocol = \"sasl_ssl\"\n\
         sasl_username = \"they\"\nsasl_password_file = \"{password}\"\n\
         [[source]]\nname = \"near\"\ntopics = \"u\"\nformat = \"okta\"\n"
    );
    let config = load(&text, &[]).unwrap();
    let at = config.at_source("far").kafka;
    assert_eq!((at.brokers.as_str(), at.group.as_str()), ("far:9093", "g"));
    assert_eq!(
        (at.sasl_username.as_str(), at.sasl_password.reveal()),
        ("they", "theirs")
    );
    assert!(at.options.is_empty());
    assert!(
        config
            .warnings
            .iter()
            .any(|warning| warning.contains("AT LEAST ONCE"))
    );
    let near = config.at_source("near").kafka;
    assert_eq!(
        (near.brokers, near.sasl_username.as_str()),
        (config.kafka.brokers, "us")
    );

    let wrong = format!("{far}sasl_username = \"they\"\n");
    let said = load(&wrong, &[]).err().unwrap().to_string();
    assert!(
        said.contains("sasl_username goes with `brokers` of its own"),
        "{said}"
    );
    let wrong = format!("{far}brokers = \"b\"\nsecurity_protocol = \"sasl_sll\"\n");
    let said = load(&wrong, &[]).err().unwrap().to_string();
    for part in ["did you mean `sasl_ssl`?", "sasl_username is missing"] {
        assert!(said.contains(part), "{part} is not said: {said}");
    }
}

/// A suppression names who, why, until when and what, and nothing unknown.
#[test]
fn a_suppression_is_whole_or_told() {
    let text = "[[suppression]]\nname = \"pentest\"\nby = \"kim\"\nwhy = \"4711\"\nuntil = \"2026-02-01\"\n\
                users = \"Ann@Example.com\"\nnetworks = [\"192.0.2.0/24\", \"2001:db8::1\", \"AS64500\"]\n\
                families = [\"password_spray\"]\n";
    let config = load(text, &[]).unwrap();
    let [one] = config.suppressions.iter().collect::<Vec<_>>()[..] else {
        panic!()
    };
    assert_eq!((one.by.as_str(), one.until_ms), ("kim", 1_769_904_000_000));
    assert!(one.covered.users.contains("ann@example.com"));
    assert_eq!(
        (one.covered.networks.len(), one.covered.systems.len()),
        (2, 1)
    );
    let text = "[[suppression]]\nname = \"a\"\nwhy = \"x\"\nuntil = \"for ever\"\n\
                [[suppression]]\nname = \"b\"\nby = \"x\"\nwhy = \"x\"\nuntil = \"2026-02-01\"\n\
                famlies = [\"travel\"]\n\
                [[suppression]]\nname = \"c\"\nby = \"x\"\nwhy = \"x\"\nuntil = \"2026-02-01\"\n\
                families = [\"travl\"]\nnetworks = [\"here\"]\n";
    let said = load(text, &[]).err().unwrap().to_string();
    for part in [
        "by is missing",
        "a suppression has an end",
        "it would keep every alert back",
        "did you mean `families`?",
        "did you mean `travel`?",
        "`here` is no 192.0.2.0/24",
    ] {
        assert!(said.contains(part), "{part} is not said: {said}");
    }
}

#[test]
fn every_problem_is_told_at_once_with_key_and_place() {
    let text = "[kafka]\nbroker = \"x\"\n[batch]\nmax_records = 0\n[http]\naddress = \"nowhere\"\n[topics]\nalerts = \"logins\"";
    let environment = [
        ("NIGHTLATCH__LIMITS__MAX_MESSAGE_BYTES", "many"),
        ("NIGHTLATCH__HOLD_MS", "3"),
    ];
    let message = load(text, &environment).err().unwrap().to_string();
    for part in [
        "kafka.broker (in ",
        "my.toml): unknown key; did you mean `kafka.brokers`?",
        "batch.max_records",
        "must be a whole number from 1 to 1000000, found `0`",
        "http.address",
        "topics.alerts",
        "limits.max_message_bytes (in the environment)",
        "did you mean `order.hold_ms`?",
        "6 problems",
    ] {
        assert!(message.contains(part), "`{part}` is not in:\n{message}");
    }
}

#[test]
fn what_the_promise_rests_on_cannot_be_overridden() {
    let text = "[kafka.options]\n\"enable.auto.commit\" = \"true\"\n\"fetch.wait.max.ms\" = \"10\"";
    let problems = load(text, &[]).err().unwrap();
    assert_eq!(problems.0.len(), 1);
    assert!(problems.to_string().contains("enable.auto.commit"));
    let good = load("[kafka.options]\n\"fetch.wait.max.ms\" = \"10\"", &[]).unwrap();
    assert_eq!(
        good.kafka.options,
        [("fetch.wait.max.ms".to_owned(), "10".to_owned())]
    );
}

#[test]
fn secrets_come_from_files_and_print_masked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    std::fs::write(&path, "open sesame\n").unwrap();
    let config = load(&format!("[kafka]\nsasl_password_file = {path:?}"), &[]).unwrap();
    assert_eq!(config.kafka.sasl_password.reveal(), "open sesame");
    assert!(!format!("{:?}", config.kafka).contains("sesame"));
    assert!(load("[kafka]\nsasl_password_file = \"/nowhere\"", &[]).is_err());
    assert!(
        load("[kafka]\nsecurity_protocol = \"sasl_ssl\"", &[])
            .err()
            .unwrap()
            .to_string()
            .contains("sasl_username")
    );
}

#[test]
fn a_key_that_can_be_guessed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let with = |content: &str| {
        std::fs::write(&path, content).unwrap();
        load(&format!("[ids]\nkey_file = {path:?}"), &[])
    };
    for short in [
        "",
        "\n",
        "short",
        "                    \n",
        "fifteen bytes..\n",
    ] {
        let said = with(short).err().unwrap().to_string();
        assert!(
            said.contains("ids.key_file") && said.contains("nightlatch key create"),
            "{said}"
        );
    }
    assert!(with("sixteen bytes...\n").unwrap().has_key);
    assert!(!load("", &[]).unwrap().has_key);
}

#[test]
fn variables_that_look_like_ours_are_told() {
    let environment = [
        ("NIGHTLATCH_KAFKA_BROKERS", "x:9092"),
        ("NIGHTLATCH_KAFKA__BROKERS", "x:9092"),
        ("NIGHTLATCHKAFKABROKERS", "x:9092"),
        ("nightlatch_topics_logins", "x"),
        ("NIGHTLATCH_MYSTERY", "x"),
        ("NIGHTLATCH__KAFKA__BROKERS", "y:9092"),
        ("NIGHTLATCH_TEST_BROKERS", ""),
        ("NIGHTLATCH_SEEDS", "3"),
        ("NIGHTLATCH_SERVICE_HOST", "10.0.0.1"),
        ("NIGHTLATCH_PORT", "tcp://10.0.0.1:8080"),
        ("NIGHTLATCH_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ("KAFKA_BROKERS", "z"),
    ];
    let config = load("", &environment).unwrap();
    assert_eq!(config.kafka.brokers, "y:9092");
    let warnings = config.warnings;
    assert_eq!(warnings.len(), 5, "{warnings:?}");
    for warning in &warnings {
        let meant = if warning.contains("MYSTERY") {
            "sets nothing"
        } else if warning.contains("topics") {
            "did you mean NIGHTLATCH__TOPICS__LOGINS?"
        } else {
            "did you mean NIGHTLATCH__KAFKA__BROKERS?"
        };
        assert!(warning.ends_with(meant), "{warning}");
    }
}

#[test]
fn a_file_that_is_not_toml_or_not_there_is_named() {
    assert!(
        load("[kafka\n", &[])
            .err()
            .unwrap()
            .to_string()
            .contains("my.toml")
    );
    let missing = Config::from_layers(&[PathBuf::from("/nowhere.toml")], &[], &[]);
    assert!(missing.err().unwrap().to_string().contains("/nowhere.toml"));
}

/// A rule of the same name as one that is built in changes the keys that it names; what is wrong is
/// told with what was meant.
#[test]
fn rules_are_changed_by_name_or_told() {
    let built_in = Config::from_layers(&[], &[], &[]).unwrap().rules;
    assert!(built_in.len() >= 6 && built_in.iter().all(|rule| !rule.shadow));
    let folder = tempfile::tempdir().unwrap();
    let mine = "[[rule]]\nname = \"mine\"\nwhen = \"success && new_device\"\nsays = \"x\"\n\
                severity = \"low\"\nfamily = \"takeover\"\nattack = [\"T1078\"]\n";
    std::fs::write(folder.path().join("mine.toml"), mine).unwrap();
    let text = format!(
        "[rules]\nfiles = [\"{}\"]\n[[rule]]\nname = \"known_bad_network\"\nenabled = false\n\
         [[rule]]\nname = \"fatigue_then_success\"\nshadow = true\n\
         [[rule.except]]\nby = \"kim\"\nwhy = \"4711\"\nuntil = \"2026-02-01\"\nusers = [\"Ann\"]\n",
        folder.path().display()
    );
    let rules = load(&text, &[]).unwrap().rules;
    let named = |name: &str| rules.iter().find(|rule| rule.name == name);
    assert_eq!(rules.len(), built_in.len());
    assert!(named("known_bad_network").is_none());
    assert_eq!(named("mine").unwrap().attack, ["T1078"]);
    let fatigue = named("fatigue_then_success").unwrap();
    assert!(fatigue.shadow && fatigue.when.contains("mfa_denials"));
    let excepts = |user: &str, time: &str| {
        let json = format!(r#"{{"user_id":"{user}","timestamp":"{time}","success":true}}"#);
        let event = crate::login::Event::from_json(json.as_bytes()).unwrap();
        let exception = fatigue.exceptions.of(&event, fatigue.family);
        exception.is_some()
    };
    assert!(excepts("ann", "2026-01-31 10:00:00") && !excepts("bob", "2026-01-31 10:00:00"));
    assert!(!excepts("ann", "2026-02-01 10:00:00"), "it has ended");
    let alone = load("[rules]\ndefaults = false", &[]).unwrap();
    assert!(alone.rules.is_empty());
    let text = "[[rule]]\nname = \"a\"\nwhen = \"sped_kmh > 1\"\nsays = \"x\"\nseverity = \"hi\"\n\
                famly = \"travel\"\n[[rule]]\nname = \"new_device\"\nwhen = \"success\"\nsays = \"x\"\n\
                severity = \"low\"\nfamily = \"travel\"\n[[rule]]\nwhen = \"success\"\n";
    let said = load(text, &[]).err().unwrap().to_string();
    for part in [
        "rule `a`, when, at column 1: there is no `sped_kmh`; did you mean `speed_kmh`?",
        "severity `hi` is none of low, medium, high, critical",
        "did you mean `family`?",
        "family is missing",
        "`new_device` is the code of a reason",
        "name is missing",
    ] {
        assert!(said.contains(part), "{part} is not said: {said}");
    }
    let said = load("[rules]\nfiles = [\"/nowhere.toml\"]", &[])
        .err()
        .unwrap();
    assert!(said.to_string().contains("/nowhere.toml"));
}

#[test]
fn two_tokens_are_not_one() {
    let hash = "a".repeat(64);
    let text = format!(
        "[[http.token]]\nname = \"a\"\nrole = \"read\"\nhash = \"{hash}\"\n\
         [[http.token]]\nname = \"b\"\nrole = \"king\"\nhash = \"{hash}\"\n\
         [[http.token]]\nname = \"c\"\nrole = \"admin\"\nhash = \"{hash}\"\n\
         [[http.token]]\nname = \"d\"\nrole = \"admin\"\ntenants = []\n"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.toml");
    std::fs::write(&path, text).unwrap();
    let Err(problems) = Config::from_layers(&[path], &[], &[]) else {
        panic!("it is read")
    };
    let said = problems.to_string();
    for words in [
        "`a` and `c` have the same token",
        "role `king`",
        "needs a hash",
        "tenants must",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

/// What of a receiver cannot work is told, all of it at once, with what was meant.
#[test]
fn receivers_are_read_or_told() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "https://hooks.slack.com/services/T/B/verysecret\n").unwrap();
    let secret = secret.display();
    let good = format!(
        "[[receiver]]\nname = \"soc\"\nchannel = \"webhook\"\nrecipe = \"slack\"\nurl_file = \"{secret}\"\n\
         [[receiver]]\nname = \"pd\"\nchannel = \"webhook\"\nrecipe = \"pagerduty\"\nsecret_file = \"{secret}\"\n\
         signing_key_file = \"{secret}\"\n\
         [[receiver]]\nname = \"mail\"\nchannel = \"email\"\nserver = \"smtp.example.com\"\nencryption = \"starttls\"\n\
         from = \"nightlatch <n@example.com>\"\nto = \"soc@example.com\"\ndigest_minutes = 30\n\
         [[receiver]]\nname = \"siem\"\nchannel = \"syslog\"\naddress = \"tls://[2001:db8::1]:6514\"\n\
         quiet_hours = \"22:00-07:00\"\ntime_zone = \"Europe/Zurich\"\nat_once = \"high\"\n"
    );
    let receivers = load(&good, &[]).unwrap().receivers;
    let places: Vec<String> = receivers.iter().map(|one| one.channel.place()).collect();
    assert_eq!(
        places,
        [
            "https://hooks.slack.com",
            "https://events.pagerduty.com",
            "smtp smtp.example.com:587",
            "syslog tls://2001:db8::1:6514",
        ]
    );
    assert_eq!(receivers[0].filter.told, ["opened", "worse"]);
    assert_eq!(receivers[1].filter.told, ["opened", "worse", "closed"]);
    assert!(receivers[3].filter.told.is_empty() && receivers[3].schedule.quiet.is_some());
    assert_eq!(receivers[2].schedule.digest_ms, 1_800_000);

    let bad = "[[receiver]]\nname = \"a b\"\nchannel = \"webhok\"\nseverty = \"low\"\n\
         [[receiver]]\nname = \"b\"\nchannel = \"webhook\"\nrecipe = \"slak\"\nurl = \"https://x\"\n\
         [[receiver]]\nname = \"c\"\nchannel = \"webhook\"\nurl = \"http://x/?token=verysecret\"\n\
         [[receiver]]\nname = \"d\"\nchannel = \"webhook\"\nrecipe = \"pagerduty\"\nfrom = \"x\"\n\
         [[receiver]]\nname = \"e\"\nchannel = \"email\"\nserver = \"s\"\nfrom = \"nobody\"\nto = [\"x@example.com\"]\n\
         [[receiver]]\nname = \"f\"\nchannel = \"syslog\"\naddress = \"logs.example.com\"\nat_once = \"high\"\n\
         [[receiver]]\nname = \"g\"\nchannel = \"syslog\"\naddress = \"udp://x\"\ntime_zone = \"Mars\"\n\
         [[receiver]]\nname = \"h\"\nchannel = \"syslog\"\naddress = \"udp://x\"\nquiet_hours = \"at night\"\nkinds = [\"acount\"]\n\
         [[receiver]]\nname = \"i\"\nchannel = \"email\"\nserver = \"s\"\nfrom = \"n@example.com\"\nto = \"x@example.com\"\nusername = \"n\"\n\
         [[receiver]]\nname = \"i\"\nchannel = \"syslog\"\naddress = \"udp://x\"\nfacility = 24\n\
         [[receiver]]\nname = \"i\"\nchannel = \"syslog\"\naddress = \"udp://x\"\n";
    let said = load(bad, &[]).err().unwrap().to_string();
    for part in [
        "name `a b` must be of letters",
        "channel `webhok` is none of webhook, email, syslog; did you mean `webhook`?",
        "did you mean `severity`?",
        "recipe `slak` is none of",
        "url: is without TLS",
        "needs secret_file",
        "from goes with channel = \"email\"",
        "from: `nobody`",
        "must begin with udp://, tcp:// or tls://",
        "at_once goes with quiet_hours or digest_minutes",
        "time_zone `Mars` is not known",
        "quiet_hours `at night` must be of the form",
        "kinds `acount` is none of",
        "username and password_file go together",
        "facility must be a whole number from 0 to 23",
        "two receivers are called `i`",
    ] {
        assert!(said.contains(part), "{part} is not said: {said}");
    }
    assert!(!said.contains("verysecret"), "{said}");
}

/// Who names people, where other processes are and where the certificate is: what does not go
/// together is told.
#[test]
fn people_peers_and_certificates_are_read_or_told() {
    let good = "[http]\nidentity_header = \"X-Forwarded-User\"\nidentity_networks = [\"10.0.0.5\", \"fd00::/8\"]\n\
         identity_role = \"\"\npeers = [\"http://node2:8080/\"]\n[[http.person]]\nname = \"kim\"\nrole = \"analyst\"\n";
    let config = load(good, &[]).unwrap();
    let identity = config.http.access.identity.unwrap();
    assert_eq!(identity.header, "x-forwarded-user");
    assert_eq!((identity.networks.len(), identity.role), (2, None));
    assert_eq!(config.http.peers.addresses, ["http://node2:8080"]);
    assert!(
        config.warnings.is_empty(),
        "without a token nothing is sent in the clear"
    );
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "nlt_secret").unwrap();
    let text = format!(
        "[http]\npeers = [\"http://node2:8080\"]\npeer_token_file = \"{}\"\n",
        token.display()
    );
    assert!(load(&text, &[]).unwrap().warnings[0].contains("without TLS"));
    let bad = "[http]\nidentity_header = \"a b\"\nidentity_networks = [\"here\"]\nidentity_role = \"king\"\n\
         peers = [\"node2\"]\ncertificate_file = \"/c.pem\"\n\
         [[http.person]]\nname = \"kim\"\nrole = \"read\"\n[[http.person]]\nname = \"Kim\"\nrole = \"read\"\n\
         [[http.person]]\nname = \"jos\u{e9}\"\nrole = \"read\"\n";
    let said = load(bad, &[]).err().unwrap().to_string();
    for part in [
        "`a b` is no name of a header",
        "`here` is no network",
        "must name where the proxy stands",
        "must be one of predict, read, analyst, admin, or empty",
        "`node2` must be an address",
        "a certificate and its key go together",
        "two people are called",
        "only ASCII does",
    ] {
        assert!(said.contains(part), "{part} is not said: {said}");
    }
    let said = load("[[http.person]]\nname = \"kim\"\nrole = \"read\"\n", &[])
        .err()
        .unwrap();
    assert!(
        said.to_string().contains("needs http.identity_header"),
        "{said}"
    );
}
