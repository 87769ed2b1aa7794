//! Topics, rights, keys and addresses: what is missing or wrong is told with the remedy.

use crate::support::*;

#[test]
fn no_right_to_write_is_told_and_nothing_is_lost() {
    let broker = Broker::start();
    let site = Site::with_topics(&broker, 1);
    let rule = |verb: &str, principal: &str, operation: &str| {
        let (topic, force) = (
            site.topic("rejected"),
            (verb == "--remove").then_some("--force"),
        );
        let mut args = vec![
            "org.apache.kafka.tools.AclCommand",
            "--bootstrap-server",
            &broker.address,
            verb,
        ];
        args.extend([
            principal,
            "User:ANONYMOUS",
            "--operation",
            operation,
            "--topic",
            &topic,
        ]);
        args.extend(force);
        broker.tool(&args);
    };
    rule("--add", "--allow-principal", "Read");
    let validated = site.command(&["validate"]).output().unwrap();
    assert_eq!(validated.status.code(), Some(78));
    let said = stdout(&validated);
    assert!(
        said.contains(&format!("BAD   writing to `{}`", site.topic("rejected")))
            && said.contains("WRITE"),
        "{said}"
    );
    site.publish(&[b"not a login".to_vec()]);
    let (code, said) = site.run().wait();
    assert_eq!(code, Some(78), "{said}");
    assert!(
        said.contains("no right") && said.contains(&site.topic("rejected")),
        "{said}"
    );
    assert_eq!(site.committed(), 0);
    rule("--remove", "--allow-principal", "Read");
    let running = site.run();
    site.await_committed(1);
    assert_eq!(running.stop().0, Some(0));
    assert_eq!(site.read("rejected", 1)[0].value, b"not a login");
}

#[test]
fn a_missing_topic_and_a_wrong_address_are_told_with_the_remedy() {
    let site = Site::new(Broker::shared(), 2);
    let said = fail(&mut site.command(&["run"]), 78);
    assert!(
        said.contains(&site.topic("logins")) && said.contains("nightlatch topics create"),
        "{said}"
    );
    let said = fail(
        &mut site.command(&["simulate", "--kafka", "--days", "1"]),
        78,
    );
    assert!(said.contains("does not exist"), "{said}");
    let validated = site.command(&["validate"]).output().unwrap();
    assert_eq!(validated.status.code(), Some(78));
    assert!(stdout(&validated).contains("BAD   topic"));
    let mut nowhere = Site::new(Broker::shared(), 2);
    nowhere.brokers = "127.0.0.1:1".to_owned();
    nowhere.set("NIGHTLATCH__KAFKA__REQUEST_TIMEOUT_MS", "2000");
    for command in [vec!["run"], vec!["topics", "create"]] {
        let said = fail(&mut nowhere.command(&command), 69);
        assert!(said.contains("127.0.0.1:1"), "{said}");
    }
}

/// What is there counts: partitions that are added to a keyed topic would move users away from
/// their profiles.
#[test]
fn topics_are_made_with_the_partitions_of_the_logins() {
    let mut site = Site::with_topics(Broker::shared(), 3);
    let (logins, profiles) = (site.topic("logins"), site.topic("profiles-2"));
    site.partitions = 12;
    site.set("NIGHTLATCH__TOPICS__PROFILES", &profiles);
    site.set("NIGHTLATCH__TOPICS__ALERTS", &site.topic("alerts-2"));
    let said = stdout(&succeed(&mut site.command(&["topics", "create"])));
    for line in [
        format!("exists   {logins} (3 partitions, which is what counts: topics.partitions is 12)"),
        format!("created  {profiles} (3 partitions"),
        format!("created  {} (3 partitions", site.topic("alerts-2")),
    ] {
        assert!(said.contains(&line), "`{line}` is not in:\n{said}");
    }
    let said = stdout(&succeed(&mut site.command(&["validate"])));
    assert!(
        said.contains("set topics.partitions = 3") && !said.contains("BAD"),
        "{said}"
    );
    assert!(said.contains("there are no logins yet"), "{said}");
    let running = site.run();
    site.publish(&[b"not a login".to_vec()]);
    site.partitions = 3;
    site.await_committed(1);
    assert_eq!(running.stop().0, Some(0));
    let said = stdout(&succeed(&mut site.command(&["validate"])));
    assert!(
        said.contains("of the last 1 records 1 are rejected: not_json 1"),
        "{said}"
    );

    // Profiles of another number are refused, and nobody is told to change the logins.
    let other = Site::with_topics(Broker::shared(), 4);
    site.set("NIGHTLATCH__TOPICS__PROFILES", &other.topic("profiles"));
    for command in [vec!["run"], vec!["topics", "create"]] {
        let said = fail(&mut site.command(&command), 78);
        assert!(said.contains("set topics.profiles to a new name"), "{said}");
        assert!(!said.contains("alter"), "{said}");
    }
}

#[test]
fn topics_are_made_once_and_validate_is_content() {
    let mut site = Site::new(Broker::shared(), 3);
    let key = site.path("ids.key").display().to_string();
    succeed(nightlatch().args(["key", "create", &key]));
    site.set("NIGHTLATCH__IDS__KEY_FILE", &key);
    assert_eq!(
        stdout(&succeed(&mut site.command(&["topics", "create"])))
            .matches("created")
            .count(),
        8
    );
    assert_eq!(
        stdout(&succeed(&mut site.command(&["topics", "create"])))
            .matches("exists")
            .count(),
        8
    );
    let said = stdout(&succeed(&mut site.command(&["validate"])));
    assert!(
        said.contains("has 3 partitions") && !said.contains("BAD") && !said.contains("note"),
        "{said}"
    );
}

/// Before the first start it is told how far the logins reach back, how well users will be known,
/// and what would be published.
#[test]
fn validate_says_how_much_history_there_is() {
    let mut site = Site::with_topics(Broker::shared(), 2);
    let validate = |site: &Site| stdout(&succeed(&mut site.command(&["validate"])));
    let world = [
        "simulate",
        "--kafka",
        "--users",
        "40",
        "--start",
        "2025-01-06",
    ];
    let mut few = site.command(&world);
    succeed(few.args(["--days", "4"]));
    let said = validate(&site);
    assert!(
        said.contains("(4 days)") && said.contains("less than 30 days"),
        "{said}"
    );
    succeed(site.command(&world).args(["--days", "45"]));
    let said = validate(&site);
    assert!(said.contains("from 2025-01-05 to 2025-02-"), "{said}");
    assert!(!said.contains("less than 30 days"), "{said}");
    assert!(said.contains("% have 10 logins or more"), "{said}");
    assert!(
        said.contains("alerts about all of this history will be published"),
        "{said}"
    );
    site.set("NIGHTLATCH__ALERTS__SINCE", "2025-02-10");
    assert!(!validate(&site).contains("all of this history"));
    site.set("NIGHTLATCH__KAFKA__START", "latest");
    assert!(validate(&site).contains("this history is not read"));
    let running = site.run();
    // What comes before it looks is not read.
    eventually("it has begun", || {
        site.publish(&[b"{}".to_vec()]);
        site.committed() > 0
    });
    assert_eq!(running.stop().0, Some(0));
    assert!(!validate(&site).contains("this history is not read"));
}

/// What keeps a process from its broker is told in its own words, by everything that asks the
/// broker first.
#[test]
fn why_no_broker_answers_is_told() {
    let (broker, secure, authority) = Broker::start_secure();
    let mut site = Site::new(&broker, 1);
    let (password, wrong) = (site.path("password"), site.path("wrong"));
    std::fs::write(&password, "open-sesame\n").unwrap();
    std::fs::write(&wrong, "guess\n").unwrap();
    let foreign = site.path("foreign.pem");
    make_authority(&foreign);
    let (authority, foreign) = (
        authority.display().to_string(),
        foreign.display().to_string(),
    );
    let (password, wrong) = (password.display().to_string(), wrong.display().to_string());
    let plain = broker.address.clone();
    let with = |address: &str, protocol: &str, password: &str, authority: &str| {
        vec![
            ("NIGHTLATCH__KAFKA__BROKERS", address.to_owned()),
            ("NIGHTLATCH__KAFKA__SECURITY_PROTOCOL", protocol.to_owned()),
            ("NIGHTLATCH__KAFKA__SASL_USERNAME", "alice".to_owned()),
            ("NIGHTLATCH__KAFKA__SASL_PASSWORD_FILE", password.to_owned()),
            ("NIGHTLATCH__KAFKA__CA_FILE", authority.to_owned()),
            ("NIGHTLATCH__KAFKA__REQUEST_TIMEOUT_MS", "2500".to_owned()),
        ]
    };
    let good = with(&secure, "sasl_ssl", &password, &authority);
    succeed(site.command(&["topics", "create"]).envs(good.clone()));
    let said = stdout(&succeed(site.command(&["validate"]).envs(good)));
    assert!(!said.contains("BAD"), "{said}");
    for (environment, code, words) in [
        (
            with(&secure, "sasl_ssl", &wrong, &authority),
            78,
            "user name `alice` or its password",
        ),
        (
            with(&secure, "sasl_ssl", &password, &foreign),
            78,
            "kafka.ca_file",
        ),
        (
            with(&plain, "sasl_ssl", &password, &authority),
            69,
            "does not speak TLS",
        ),
        (
            with(&secure, "plaintext", &password, &authority),
            69,
            "use ssl or another port",
        ),
        (
            with("nowhere.invalid:9092", "plaintext", &password, &authority),
            69,
            "cannot be resolved",
        ),
        (
            with("127.0.0.1:1", "plaintext", &password, &authority),
            69,
            "nothing listens on that port",
        ),
    ] {
        for command in [vec!["run"], vec!["topics", "create"]] {
            let said = fail(site.command(&command).envs(environment.clone()), code);
            assert!(said.contains(words), "`{words}` is not in:\n{said}");
        }
        let validated = site
            .command(&["validate"])
            .envs(environment)
            .output()
            .unwrap();
        assert_eq!(validated.status.code(), Some(78));
        assert!(stdout(&validated).contains(words), "{}", stdout(&validated));
    }
    site.set("NIGHTLATCH_KAFKA_BROKERS", &secure);
    let said = fail(
        site.command(&["run"])
            .env("NIGHTLATCH__KAFKA__BROKERS", "127.0.0.1:1"),
        69,
    );
    assert!(
        said.contains("did you mean NIGHTLATCH__KAFKA__BROKERS?"),
        "{said}"
    );
}

/// Profiles are only read under the key they were written under, and the user is told.
#[test]
fn a_key_is_made_once_and_another_one_is_refused() {
    let mut site = Site::with_topics(Broker::shared(), 1);
    let login = |number: usize| {
        format!(r#"{{"user_id":"u{number}","timestamp":"2025-06-12 12:46:42","success":1}}"#)
    };
    site.publish(
        &(0..50)
            .map(|number| login(number).into_bytes())
            .collect::<Vec<_>>(),
    );
    let running = site.run();
    site.await_committed(50);
    let (code, said) = running.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("nightlatch key create"), "{said}");

    let path = site.path("ids.key").display().to_string();
    succeed(nightlatch().args(["key", "create", &path]));
    let key = std::fs::read_to_string(&path).unwrap();
    assert_eq!(key.trim().len(), 64);
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let said = fail(nightlatch().args(["key", "create", &path]), 73);
    assert!(said.contains("not overwritten"), "{said}");
    assert_eq!(key, std::fs::read_to_string(&path).unwrap());

    site.set("NIGHTLATCH__IDS__KEY_FILE", &path);
    let said = fail(&mut site.command(&["run"]), 78);
    assert!(
        said.contains("ids.key_file") && said.contains(&site.topic("profiles")),
        "{said}"
    );
    let validated = site.command(&["validate"]).output().unwrap();
    assert!(
        stdout(&validated).contains("BAD   the profiles in topic"),
        "{}",
        stdout(&validated)
    );
    // With a topic of their own they are found again.
    site.set("NIGHTLATCH__TOPICS__PROFILES", &site.topic("profiles-2"));
    succeed(&mut site.command(&["topics", "create"]));
    let running = site.run();
    site.publish(&[login(50).into_bytes()]);
    site.await_committed(51);
    let (code, said) = running.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("found again from the logins"), "{said}");
    assert!(!said.contains("nightlatch key create"), "{said}");
}

/// A login in Kafka is explained by where it stands: what came before is replayed, or known to a
/// process that runs.
#[test]
fn a_login_in_kafka_is_explained_by_its_offset() {
    let mut site = Site::with_topics(Broker::shared(), 1);
    let login = |time_ms: i64, place: &str| {
        format!(
            r#"{{"user_id":"ann","timestamp":{time_ms},"success":true,"device_id":"d",{place}}}"#
        )
        .into_bytes()
    };
    let home = r#""ip_address":"81.62.10.20","geo_location":"CH","latitude":46.95,"longitude":7.45,"asn":3303"#;
    let away = r#""ip_address":"203.0.113.7","geo_location":"NZ","latitude":-36.85,"longitude":174.76,"asn":9500"#;
    let start_ms = 1_750_000_000_000i64;
    let mut logins: Vec<Vec<u8>> = (0..16)
        .map(|day| login(start_ms + day * 86_400_000, home))
        .collect();
    logins.push(login(start_ms + 15 * 86_400_000 + 2_400_000, away));
    logins.push(b"no login".to_vec());
    site.publish(&logins);
    let explain = |offset: usize| {
        let place = format!("{}:0:{offset}", site.topic("logins"));
        site.command(&["explain", "--offset", &place, "--format", "json"])
    };
    let of = |offset| -> serde_json::Value {
        serde_json::from_str(&stdout(&succeed(&mut explain(offset)))).unwrap()
    };
    let (before, flagged) = (of(15), of(16));
    assert_eq!(
        (&before["flagged"], &before["before"]["successes"]),
        (&false.into(), &15.into())
    );
    assert_eq!(flagged["flagged"], true);
    assert_eq!(flagged["reasons"][0]["code"], "travel_no_plane_makes");
    assert_eq!(flagged["before"]["successes"], 16);
    fail(&mut explain(17), 65);
    fail(&mut explain(4_711), 66);
    fail(&mut site.command(&["explain", "--offset", "logins"]), 64);

    // A process that has learned a part of them says it of a login that comes next, and says so of
    // one that it has learned.
    let port = free_port();
    site.set("NIGHTLATCH__HTTP__ADDRESS", &format!("127.0.0.1:{port}"));
    let running = site.run();
    site.await_committed(logins.len() as i64);
    let process = format!("http://127.0.0.1:{port}");
    let asked = |arguments: &[&str]| {
        let all = [&["explain", "--process", &process], arguments].concat();
        site.command(&all)
    };
    let place = |offset: usize| format!("{}:0:{offset}", site.topic("logins"));
    let later: serde_json::Value = serde_json::from_str(&stdout(&succeed(&mut asked(&[
        "--offset",
        &place(16),
        "--format",
        "json",
    ]))))
    .unwrap();
    assert_eq!(later["knows_later"], true);
    // What was flagged is seen, and taught nobody that it is usual.
    assert_eq!(later["before"]["successes"], 16);
    let next = String::from_utf8(login(start_ms + 16 * 86_400_000, home)).unwrap();
    std::fs::write(site.path("next.ndjson"), next).unwrap();
    let file = site.path("next.ndjson").display().to_string();
    let text = stdout(&succeed(&mut asked(&[&file])));
    assert!(text.contains("16 successes"), "{text}");
    assert!(
        !text.contains("it is what would be said of it now"),
        "{text}"
    );
    fail(&mut asked(&["--offset", &place(17)]), 65);
    fail(&mut asked(&["--offset", &place(4_711)]), 66);
    fail(&mut asked(&[&file, "--event", "no-such"]), 66);
    assert_eq!(running.stop().0, Some(0));
    fail(&mut asked(&[&file]), 69);
}
