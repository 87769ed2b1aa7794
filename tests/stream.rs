//! The stream against a real Apache Kafka, with real processes.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use serde_json::Value;
use support::*;

/// Scores by the stream and by `score`; `risk` is the threshold, 0 to see every login.
fn stream_equals_batch(partitions: i32, live: bool, risk: &str) {
    let mut site = Site::with_topics(Broker::shared(), partitions);
    site.set("NIGHTLATCH__ALERTS__RISK", risk);
    // Far longer than any pause of a busy machine: what arrives within it is ordered exactly.
    site.set("NIGHTLATCH__ORDER__HOLD_MS", "4000");
    site.set("NIGHTLATCH__ORDER__MAX_WAIT_MS", "60000");
    let world_args = [
        "--users",
        "120",
        "--days",
        "14",
        "--seed",
        "5",
        "--attack-share",
        "0.03",
    ];
    let logins = world(&site.path("logins.ndjson"), &world_args);
    let scored = scores(
        &site.path("logins.ndjson"),
        &site.path("scores.ndjson"),
        &[("NIGHTLATCH__ALERTS__RISK", risk)],
    );
    let publish = || {
        let mut args = vec!["simulate", "--kafka"];
        args.extend(world_args);
        succeed(&mut site.command(&args));
    };
    let running = if live {
        let running = site.run();
        std::thread::sleep(std::time::Duration::from_secs(2));
        publish();
        running
    } else {
        publish();
        site.run()
    };
    site.await_committed(logins);
    let (code, said) = running.stop();
    assert_eq!(code, Some(0), "{said}");
    assert_same_as_scored(site.alerts(), &scored);
}

#[test]
fn a_filled_topic_gives_the_scores_of_the_file_bit_for_bit() {
    stream_equals_batch(1, false, "-1");
}

#[test]
fn four_filled_partitions_give_the_scores_of_the_file_bit_for_bit() {
    stream_equals_batch(4, false, "-1");
}

#[test]
fn four_live_partitions_give_the_scores_of_the_file_bit_for_bit() {
    stream_equals_batch(4, true, "-1");
}

#[test]
fn every_login_and_not_only_the_flagged_ones_has_the_same_score() {
    stream_equals_batch(4, true, "0");
}

#[test]
fn an_alert_is_as_promised() {
    let site = Site::with_topics(Broker::shared(), 1);
    let home = r#""ip_address":"198.51.100.7","geo_location":"CH","city":"Bern","latitude":46.95,"longitude":7.45,"asn":3303,"device_id":"laptop","user_agent":"Mozilla/5.0 (Windows NT 10.0) Chrome/120.0","bytes_out":10000"#;
    let away = r#""ip_address":"203.0.113.9","geo_location":"South Korea","city":"Seoul","latitude":37.57,"longitude":126.98,"asn":4766,"device_id":"other","user_agent":"curl/8","bytes_out":900000000,"mystery":[1]"#;
    let mut messages: Vec<Vec<u8>> = (1..=28)
        .flat_map(|day| ["08:00:00", "13:00:00"].map(|time| format!(r#"{{"user_id":"ann","timestamp":"2025-06-{day:02} {time}","success":1,{home}}}"#).into_bytes()))
        .collect();
    messages.push(format!(r#"{{"event_id":"e-9","user_id":"ann","timestamp":"2025-06-28T15:00:00+02:00","success":true,{away}}}"#).into_bytes());
    site.publish(&messages);
    let running = site.run();
    site.await_committed(messages.len() as i64);
    assert_eq!(running.stop().0, Some(0));
    let read = site.read("alerts", 1);
    let alert: Value = serde_json::from_slice(&read.last().expect("an alert").value).unwrap();
    assert_eq!(read.last().unwrap().key.as_deref(), Some("ann"));
    assert_eq!(alert["event_id"], "e-9");
    assert_eq!(alert["alert_id"].as_str().unwrap().len(), 32);
    assert_eq!(
        alert["source"],
        serde_json::json!({"topic": site.topic("logins"), "partition": 0, "offset": 56})
    );
    assert_eq!(
        (&alert["tenant"], &alert["user_id"]),
        (&"default".into(), &"ann".into())
    );
    assert_eq!(alert["timestamp"], "2025-06-28T13:00:00.000Z");
    assert_eq!(alert["severity"], "critical");
    for name in ["risk", "random_forest", "isolation_forest"] {
        assert!(
            (0.0..=1.0).contains(&alert[name].as_f64().unwrap()),
            "{name}"
        );
    }
    let codes: Vec<&str> = alert["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reason| reason["code"].as_str().unwrap())
        .collect();
    for code in ["new_country", "new_network", "new_device", "unusual_volume"] {
        assert!(codes.contains(&code), "{code} is not among {codes:?}");
    }
    assert!(
        alert["reasons"][0]["attack"][0]
            .as_str()
            .unwrap()
            .starts_with('T')
    );
    let contribution = &alert["contributions"][0];
    for name in ["feature", "value", "usual", "contribution"] {
        assert!(contribution.get(name).is_some(), "{name}");
    }
    assert_eq!(alert["login"]["ip_address"], "203.0.113.9");
    let previous = &alert["previous_login"];
    assert_eq!(previous["timestamp"], "2025-06-28T13:00:00.000Z");
    assert_eq!(
        (
            &previous["place"],
            &previous["device_id"],
            &previous["ip_address"]
        ),
        (
            &"Bern, Switzerland".into(),
            &"laptop".into(),
            &"198.51.100.7".into()
        )
    );
    assert!(alert["model"].as_str().is_some() && alert["detected_at"].as_str().is_some());
}

/// Twenty kinds of hostile messages, each with the reason it must be rejected for.
fn hostile(number: usize) -> (Vec<u8>, &'static str) {
    let good = r#""user_id":"u","timestamp":"2025-06-12 12:46:42","success":1"#;
    let text = |text: String, reason| (text.into_bytes(), reason);
    match number % 20 {
        0 => text(format!("{{{good}"), "truncated"),
        1 => text(
            format!(r#"{{{good},"latitude":"north","longitude":{number}}}"#),
            "wrong_type",
        ),
        2 => text(
            format!("{}{number}{}", "[".repeat(20_000), "]".repeat(20_000)),
            "not_an_object",
        ),
        3 => text(
            format!(r#"{{{good},"mystery":"{}"}}"#, "x".repeat(70_000)),
            "too_large",
        ),
        4 => text(
            format!(r#"{{{good},"latitude":NaN,"n":{number}}}"#),
            "not_json",
        ),
        5 => text(
            format!(r#"{{{good},"bytes_in":1e999,"n":{number}}}"#),
            "out_of_range",
        ),
        6 => (
            [format!("{{{good},\"city\":\"").as_bytes(), b"\xff\xfe\"}"].concat(),
            "not_utf8",
        ),
        7 => text(
            format!(r#"{{{good},"user_id":"again {number}"}}"#),
            "duplicate_field",
        ),
        8 => text(format!(r#"[{{{good}}},{number}]"#), "not_an_object"),
        9 => text(format!("{{{good},\"city\":\"a\u{1}b\"}}"), "not_json"),
        10 => text(
            format!(r#"{{{good},"device_id":"a\u0000{number}"}}"#),
            "control_character",
        ),
        11 => text(
            r#"{"user_id":"u","timestamp":"0000-01-01T00:00:00Z","success":1}"#.to_owned(),
            "timestamp_out_of_range",
        ),
        12 => text(
            r#"{"user_id":"u","timestamp":"9999-12-31T23:59:59Z","success":1}"#.to_owned(),
            "timestamp_out_of_range",
        ),
        13 => text(
            r#"{"user_id":"u","timestamp":"2099-12-31T23:59:59Z","success":1}"#.to_owned(),
            "timestamp_in_future",
        ),
        14 => text(
            r#"{"user_id":"u","timestamp":"yesterday","success":1}"#.to_owned(),
            "bad_timestamp",
        ),
        15 => text(
            format!(r#"{{"timestamp":"2025-06-12 12:46:42","success":1,"n":{number}}}"#),
            "missing_field",
        ),
        16 => text(
            format!(r#"{{{good},"ip_address":"999.1.1.{number}"}}"#),
            "bad_ip_address",
        ),
        17 => text(
            format!(r#"{{{good},"city":"{}"}}"#, "y".repeat(300)),
            "too_long",
        ),
        18 => (Vec::new(), "empty"),
        _ => text(format!("not a login: {number}"), "not_json"),
    }
}

#[test]
fn ten_thousand_hostile_messages_go_out_untouched_and_the_good_ones_between_are_scored() {
    let site = Site::with_topics(Broker::shared(), 1);
    let (mut messages, mut expected) = (Vec::new(), Vec::new());
    let mut good = 0;
    for number in 0..10_000 {
        let (bytes, reason) = hostile(number);
        expected.push((messages.len(), reason, bytes.clone()));
        messages.push(bytes);
        if number % 10 == 0 {
            messages.push(
                format!(
                    r#"{{"user_id":"g{}","timestamp":{},"success":true}}"#,
                    number % 70,
                    1_749_000_000_000i64 + number as i64
                )
                .into_bytes(),
            );
            good += 1;
        }
    }
    site.publish(&messages);
    let mut site = site;
    site.set("NIGHTLATCH__HTTP__ADDRESS", "127.0.0.1:28931");
    let running = site.run();
    site.await_committed(messages.len() as i64);
    let metrics = http_get(28_931, "/metrics");
    assert!(
        metrics.contains(&format!("nightlatch_logins_total {good}")),
        "{metrics}"
    );
    assert_eq!(running.stop().0, Some(0));
    let rejected = site.read("rejected", 1);
    assert_eq!(rejected.len(), expected.len());
    for (message, (offset, reason, bytes)) in rejected.iter().zip(expected) {
        assert_eq!(
            message.headers["reason"],
            reason,
            "{}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(200)])
        );
        assert_eq!(message.headers["source.topic"], site.topic("logins"));
        assert_eq!(message.headers["source.partition"], "0");
        assert_eq!(message.headers["source.offset"], offset.to_string());
        assert!(
            message.value == bytes,
            "the bytes of offset {offset} were changed"
        );
    }
}

#[test]
fn stopped_and_killed_processes_go_on_where_they_were() {
    let site = Site::with_topics(Broker::shared(), 4);
    let world_args = [
        "--users",
        "200",
        "--days",
        "20",
        "--seed",
        "9",
        "--attack-share",
        "0.05",
    ];
    let logins = world(&site.path("logins.ndjson"), &world_args);
    let mut site = site;
    // Small batches, so that there is something to interrupt.
    site.set("NIGHTLATCH__BATCH__MAX_RECORDS", "50");
    let mut args = vec!["simulate", "--kafka"];
    args.extend(world_args);
    succeed(&mut site.command(&args));
    for (number, signal) in ["TERM", "KILL", "INT", "KILL"].into_iter().enumerate() {
        let mut running = site.run();
        let share = logins * (number as i64 + 1) / 6;
        eventually("some progress", || site.committed() >= share);
        running.signal(signal);
        let (code, said) = running.wait();
        if signal != "KILL" {
            assert_eq!(code, Some(0), "{said}");
        }
    }
    assert!(
        site.committed() < logins,
        "it was interrupted too late to mean anything"
    );
    let running = site.run();
    site.await_committed(logins);
    assert_eq!(running.stop().0, Some(0));
    let scored = scores(
        &site.path("logins.ndjson"),
        &site.path("scores.ndjson"),
        &[],
    );
    assert_same_as_scored(site.alerts(), &scored);
}

#[test]
fn a_broker_that_goes_away_and_comes_back_loses_and_doubles_nothing() {
    let broker = Broker::start();
    let mut site = Site::with_topics(&broker, 4);
    site.set("NIGHTLATCH__ORDER__HOLD_MS", "2000");
    site.set("NIGHTLATCH__HTTP__ADDRESS", "127.0.0.1:28932");
    let world_args = [
        "--users",
        "200",
        "--days",
        "20",
        "--seed",
        "3",
        "--attack-share",
        "0.05",
    ];
    let logins = world(&site.path("logins.ndjson"), &world_args);
    let scored = scores(
        &site.path("logins.ndjson"),
        &site.path("scores.ndjson"),
        &[],
    );
    site.set("NIGHTLATCH__BATCH__MAX_RECORDS", "100");
    let mut args = vec!["simulate", "--kafka"];
    args.extend(world_args);
    succeed(&mut site.command(&args));
    let running = site.run();
    eventually("some progress", || site.committed() >= logins / 5);
    broker.kill();
    eventually("not ready while the broker is away", || {
        http_get(28_932, "/health/ready").starts_with("HTTP/1.1 503")
    });
    assert!(http_get(28_932, "/health/live").starts_with("HTTP/1.1 200"));
    broker.start_again();
    eventually("ready again", || {
        http_get(28_932, "/health/ready").starts_with("HTTP/1.1 200")
    });
    site.await_committed(logins);
    let (code, said) = running.stop();
    assert_eq!(code, Some(0), "{said}");
    assert_same_as_scored(site.alerts(), &scored);
}

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

/// The second signal ends it at once, with the code that shells give for that signal.
#[test]
fn a_second_signal_ends_it_at_once() {
    let broker = Broker::start();
    let mut site = Site::with_topics(&broker, 2);
    site.set("NIGHTLATCH__BATCH__MAX_RECORDS", "20");
    // As long as a test waits: only a second signal ends it sooner.
    site.set("NIGHTLATCH__SHUTDOWN__GRACE_MS", "60000");
    let mut running = [("INT", 130), ("TERM", 143)].map(|(signal, code)| {
        (
            signal,
            code,
            site.run_as(&format!("{}-{signal}", site.name)),
        )
    });
    succeed(&mut site.command(&["simulate", "--kafka", "--users", "300", "--days", "20"]));
    eventually("some progress", || site.committed() > 200);
    // Batches that cannot be committed keep it from ending.
    broker.kill();
    for (signal, code, running) in &mut running {
        running.signal(signal);
        eventually("it stops", || running.has_said("once more to stop at once"));
        running.signal(signal);
        assert_eq!(running.wait().0, Some(*code));
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
        5
    );
    assert_eq!(
        stdout(&succeed(&mut site.command(&["topics", "create"])))
            .matches("exists")
            .count(),
        5
    );
    let said = stdout(&succeed(&mut site.command(&["validate"])));
    assert!(
        said.contains("has 3 partitions") && !said.contains("BAD") && !said.contains("note"),
        "{said}"
    );
}

#[test]
fn the_demo_finds_attacks_and_ends_with_a_summary() {
    let output = succeed(nightlatch().args([
        "demo",
        "--seconds",
        "10",
        "--rate",
        "3000",
        "--http",
        "127.0.0.1:0",
        "--format",
        "json",
    ]));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(summary["logins"].as_u64().unwrap() > 10_000, "{summary}");
    assert!(
        summary["first_alert_after_seconds"].as_f64().unwrap() < 15.0,
        "{summary}"
    );
    assert!(summary["recall"].as_f64().unwrap() > 0.8, "{summary}");
    assert!(
        summary["false_positive_rate"].as_f64().unwrap() < 0.01,
        "{summary}"
    );
    let by_severity: u64 = summary["alerts_by_severity"]
        .as_object()
        .unwrap()
        .values()
        .map(|count| count.as_u64().unwrap())
        .sum();
    assert_eq!(by_severity, summary["alerts"].as_u64().unwrap());
}
