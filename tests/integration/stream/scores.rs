//! The stream gives what `score` gives, and its alerts say what they promise.

use serde_json::Value;

use crate::support::*;

/// Scores by the stream and by `score`; `risk` is the threshold, 0 to see every login.
fn stream_equals_batch(partitions: i32, live: bool, risk: &str) {
    let mut site = Site::with_topics(Broker::shared(), partitions);
    site.set("NIGHTLATCH__ALERTS__RISK", risk);
    // Far longer than any pause of a busy machine.
    site.hold_exactly(8_000);
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
    for name in ["boosted", "likelihood_ratio"] {
        assert!(alert[name].is_f64(), "{name}");
    }
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
    assert!(
        !alert["mitigators"].as_array().unwrap().is_empty(),
        "{alert}"
    );
    for mitigator in alert["mitigators"].as_array().unwrap() {
        assert!(mitigator["feature"].is_string() && mitigator["text"].is_string());
        assert!(
            mitigator["contribution"].as_f64().unwrap() < 0.0,
            "{mitigator}"
        );
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

/// A drill against an account that exists happens among the real logins, is found, and says in its
/// alerts that it is one.
#[test]
fn a_drill_is_found_and_marked() {
    let site = Site::with_topics(Broker::shared(), 1);
    let path = site.path("logins.ndjson");
    use nightlatch::clock::Clock;
    let start_ms = nightlatch::clock::SystemClock.now_ms() - 20 * 86_400_000;
    let start = nightlatch::login::timestamp::to_text(start_ms);
    let people = [
        "--users",
        "40",
        "--days",
        "19",
        "--attack-share",
        "0",
        "--start",
        &start,
    ];
    let total = world(&path, &people);
    site.publish_file("logins.ndjson");
    let running = site.run();
    site.await_committed(total);
    let text = std::fs::read_to_string(&path).unwrap();
    let last = text
        .lines()
        .rfind(|line| line.contains(r#""success":true"#))
        .unwrap();
    std::fs::write(site.path("like.json"), last).unwrap();
    let login: serde_json::Value = serde_json::from_str(last).unwrap();
    let user = login["user_id"].as_str().unwrap();
    let like = site.path("like.json").display().to_string();
    let drill = [
        "simulate",
        "--kafka",
        "--attack",
        "brute_force",
        "--within",
        "2",
    ];
    let victim = ["--user", user, "--like", &like];
    let said = succeed(&mut site.command(&[drill.as_slice(), &victim].concat()));
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("begin with `drill-brute_force-"), "{said}");
    eventually("the drill is found, by its mark", || {
        let mut alerts = site.alerts().into_iter();
        alerts.any(|alert| {
            let id = alert["event_id"].as_str().unwrap_or_default();
            id.starts_with("drill-brute_force-")
                && alert["user_id"] == user
                && alert["origin"]["source"] == "drill"
        })
    });
    assert_eq!(running.stop().0, Some(0));
    fail(
        &mut site.command(&[&drill[..4], &["--output", "-"]].concat()),
        64,
    );
}
