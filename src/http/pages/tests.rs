use super::*;

/// All that a browser loads beside the documents is small.
#[test]
fn the_assets_are_small() {
    let bytes = assets::packed_bytes();
    assert!(bytes > 1_000 && bytes < 50_000, "{bytes}");
}

/// An attacker who goes from user to user is told of in a few lines, and who got in by itself.
#[test]
fn a_story_counts_what_goes_on_in_the_same_way() {
    let alert = |second: usize, user: &str, success: bool| {
        let document = serde_json::json!({
            "alert_id": "a", "event_id": "e", "source": {"topic": "logins", "partition": 0, "offset": 0},
            "tenant": "default", "user_id": user, "detected_at": "2026-01-05T12:00:00.000Z",
            "timestamp": format!("2026-01-05T12:00:{second:02}.000Z"), "severity": "high",
            "severity_score": 73, "family": "credential_stuffing", "incident_id": "i",
            "finding_id": "f", "repeat": false, "risk": 0.9, "threshold": 0.5,
            "random_forest": 0.9, "isolation_forest": 0.5, "model": "m", "rules": [], "reasons": [],
            "contributions": null, "counterfactual": null, "previous_login": null,
            "login": {"user_id": user, "success": success, "ip_address": "203.0.113.7", "device_id": "tool"}
        });
        Arc::new(serde_json::from_value(document).unwrap())
    };
    let mut alerts: Vec<_> = (0..10).map(|n| alert(n, &format!("u{n}"), false)).collect();
    alerts.push(alert(10, "u3", true));
    alerts.reverse();
    let lines = story::story(&alerts);
    let told: Vec<String> = lines
        .iter()
        .map(|line| format!("{} {}", line.user, line.what_in_all()))
        .collect();
    assert_eq!(
        told,
        [
            "u0 was tried",
            "u1 was tried",
            "u2 was tried",
            "u3 was tried, and 6 more in the same way",
            "u3 got in"
        ]
    );
}
