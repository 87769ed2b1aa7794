//! What is no login goes out with its reason, and harms nothing.

use crate::support::*;

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
    let port = free_port();
    site.set("NIGHTLATCH__HTTP__ADDRESS", &format!("127.0.0.1:{port}"));
    let running = site.run();
    site.await_committed(messages.len() as i64);
    let metrics = http_get(port, "/metrics");
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
