use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::detector::Severity;

const LIMITS: RecentLimits = RecentLimits {
    incidents: 5,
    alerts: 4,
    alert_bytes: 100_000,
};

fn incident(id: &str, revision: u32, change: &Value) -> Vec<u8> {
    let mut incident = json!({
        "incident_id": id, "tenant": "default", "kind": "account", "family": "takeover",
        "severity": "high", "severity_score": 73, "score": 0.9, "state": "open", "verdict": null,
        "revision": revision, "closes_at": "2026-01-02T00:00:00.000Z",
        "first_seen": format!("2026-01-01T00:00:{:02}.000Z", id.len()),
        "last_seen": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z",
        "attempts": 1, "alerts": 1, "users_tried": 1, "users_entered": 1, "users": ["ann"],
        "sources": [{"kind": "address", "value": "203.0.113.7", "attempts": 1}],
        "reasons": [{"code": "new_device", "text": "a new device", "attack": ["T1078.004"]}],
        "first_alert_id": "a", "recommended_action": "reset", "told": "opened"
    });
    for (key, value) in change.as_object().unwrap() {
        incident[key] = value.clone();
    }
    serde_json::to_vec(&incident).unwrap()
}

fn alert(id: &str, incident: &str, user: &str) -> Vec<u8> {
    let alert = json!({
        "alert_id": id, "incident_id": incident, "tenant": "default", "user_id": user,
        "severity": "high", "family": "takeover", "timestamp": "2026-01-01T00:00:00.000Z",
        "login": {"user_id": user, "ip_address": "203.0.113.7"}
    });
    serde_json::to_vec(&alert).unwrap()
}

fn recent() -> Recent {
    let recent = Recent::new(LIMITS, "e");
    recent.set_loaded();
    recent
}

/// Whatever order records come in, and however often, the last revision of each incident stands.
#[test]
fn the_last_revision_stands() {
    let recent = recent();
    for revision in [1, 3, 2, 3] {
        let state = json!({"attempts": revision});
        recent
            .take_incident(&incident("i", revision, &state))
            .unwrap();
    }
    assert_eq!(
        recent.read(|store| store.incident("i").unwrap().attempts),
        3
    );
    recent.read(|store| assert_eq!(store.incident_count(), 1));
}

proptest! {
    /// However many come, no more than the limits are held, and those that are held came last.
    #[test]
    fn the_bounds_hold(ids in prop::collection::vec(0u8..20, 1..60)) {
        let recent = recent();
        let mut order: Vec<String> = Vec::new();
        for (revision, id) in ids.iter().enumerate() {
            let id = format!("i{id}");
            recent.take_incident(&incident(&id, revision as u32 + 1, &json!({}))).unwrap();
            recent.take_alert(&alert(&format!("a{revision}"), &id, "ann")).unwrap();
            order.retain(|one| *one != id);
            order.push(id);
        }
        let last = order.split_off(order.len().saturating_sub(LIMITS.incidents));
        recent.read(|store| {
            prop_assert_eq!(store.incident_count(), last.len());
            prop_assert!(last.iter().all(|id| store.incident(id).is_some()));
            prop_assert_eq!(store.alert_count(), ids.len().min(LIMITS.alerts));
            Ok(())
        })?;
    }

    /// Pages together are the whole list, once each and in order, whatever their size.
    #[test]
    fn pages_are_the_list(count in 0usize..5, limit in 1usize..4, by_severity: bool) {
        let recent = recent();
        for number in 0..count {
            let severity = ["low", "high", "critical"][number % 3];
            let score = [21, 73, 99][number % 3];
            let change = json!({"severity": severity, "severity_score": score});
            recent.take_incident(&incident(&"i".repeat(number + 1), 1, &change)).unwrap();
        }
        let query = IncidentQuery {
            order: if by_severity { Order::Severity } else { Order::Newest },
            ..IncidentQuery::default()
        };
        let all = recent.read(|store| store.find_incidents(&query, None, 100));
        prop_assert_eq!(all.items.len(), count);
        let (mut cursor, mut paged) = (None, Vec::new());
        loop {
            let page = recent.read(|store| store.find_incidents(&query, cursor.as_deref(), limit));
            paged.extend(page.items);
            cursor = page.next;
            if cursor.is_none() { break; }
        }
        prop_assert_eq!(paged, all.items);
    }
}

#[test]
fn incidents_are_found_by_what_they_have() {
    let recent = recent();
    let other = json!({
        "tenant": "acme", "severity": "low", "severity_score": 21, "users_entered": 0,
        "verdict": "benign", "users": ["Bob"], "state": "closed", "family": "spraying"
    });
    recent.take_incident(&incident("i", 1, &json!({}))).unwrap();
    recent.take_incident(&incident("other", 1, &other)).unwrap();
    let merged = json!({"state": "merged", "merged_into": "i"});
    recent.take_incident(&incident("gone", 1, &merged)).unwrap();
    let some = |text: &str| Some(text.to_owned());
    let count =
        |query: &IncidentQuery| recent.read(|store| store.find_incidents(query, None, 9).total);
    let all = IncidentQuery::default();
    assert_eq!(count(&all), 2, "what was merged is found as what it became");
    for (query, ids) in [
        (
            IncidentQuery {
                tenant: some("acme"),
                ..all.clone()
            },
            "other",
        ),
        (
            IncidentQuery {
                tenants: Some(vec!["acme".to_owned()]),
                ..all.clone()
            },
            "other",
        ),
        (
            IncidentQuery {
                severity: Severity::High,
                ..all.clone()
            },
            "i",
        ),
        (
            IncidentQuery {
                verdict: some("none"),
                ..all.clone()
            },
            "i",
        ),
        (
            IncidentQuery {
                verdict: some("benign"),
                ..all.clone()
            },
            "other",
        ),
        (
            IncidentQuery {
                user: some("bob"),
                ..all.clone()
            },
            "other",
        ),
        (
            IncidentQuery {
                entered: Some(true),
                ..all.clone()
            },
            "i",
        ),
        (
            IncidentQuery {
                state: some("closed"),
                ..all.clone()
            },
            "other",
        ),
        (
            IncidentQuery {
                text: some("spray"),
                ..all.clone()
            },
            "other",
        ),
        (
            IncidentQuery {
                family: some("takeover"),
                ..all.clone()
            },
            "i",
        ),
    ] {
        let page = recent.read(|store| store.find_incidents(&query, None, 9));
        let found: Vec<&str> = page
            .items
            .iter()
            .map(|one| one.incident_id.as_str())
            .collect();
        assert_eq!(found, [ids], "{query:?}");
    }
    let foreign = IncidentQuery {
        tenants: Some(vec![]),
        ..all
    };
    assert_eq!(count(&foreign), 0, "who may see no tenant sees nothing");
}

#[test]
fn similar_ones_are_of_the_same_tenant_and_the_most_like_comes_first() {
    let recent = recent();
    let like = json!({"family": "takeover", "users": ["bob"], "sources": []});
    let less = json!({"family": "spraying", "kind": "campaign", "users_entered": 0, "users": ["cy"],
        "reasons": [], "sources": []});
    recent.take_incident(&incident("i", 1, &json!({}))).unwrap();
    recent.take_incident(&incident("like", 1, &like)).unwrap();
    recent.take_incident(&incident("less", 1, &less)).unwrap();
    recent
        .take_incident(&incident("twin", 1, &json!({})))
        .unwrap();
    recent
        .take_incident(&incident("foreign", 1, &json!({"tenant": "acme"})))
        .unwrap();
    recent.read(|store| {
        let one = Arc::clone(store.incident("i").unwrap());
        let found = store.similar(&one, None, 5);
        let ids: Vec<&str> = found
            .iter()
            .map(|(_, one)| one.incident_id.as_str())
            .collect();
        assert_eq!(ids, ["twin", "like"]);
        assert!((found[0].0 - 1.0).abs() < 1e-9);
    });
}

/// Who comes back misses nothing that is still kept, and is told where something is not.
#[test]
fn a_listener_goes_on_where_he_was_or_is_told_of_the_gap() {
    let recent = recent();
    let first = recent.subscribe(None);
    assert_eq!(first.resumed, Resumed::Fresh);
    for revision in 1..=3 {
        recent
            .take_incident(&incident("i", revision, &json!({})))
            .unwrap();
    }
    let mut listener = recent.subscribe(None);
    recent.take_alert(&alert("a", "i", "ann")).unwrap();
    let event = listener.receiver.try_recv().unwrap();
    assert_eq!(
        (event.kind, listener.id(&event).as_str()),
        (FeedKind::Alert, "e-4")
    );
    let again = recent.subscribe(Some("e-2"));
    assert_eq!(again.resumed, Resumed::After);
    let ids: Vec<String> = again.missed.iter().map(|event| again.id(event)).collect();
    assert_eq!(ids, ["e-3", "e-4"]);
    for unknown in ["other-2", "e-9", "e", "", "e-x"] {
        assert_eq!(
            recent.subscribe(Some(unknown)).resumed,
            Resumed::Gap,
            "{unknown}"
        );
    }
    for revision in 4..5_000 {
        recent
            .take_incident(&incident("i", revision, &json!({})))
            .unwrap();
    }
    assert_eq!(recent.subscribe(Some("e-4")).resumed, Resumed::Gap);
}

#[test]
fn what_was_there_at_the_start_is_no_news_and_what_is_no_record_is_refused() {
    let recent = Recent::new(LIMITS, "e");
    let mut listener = recent.subscribe(None);
    recent.take_incident(&incident("i", 1, &json!({}))).unwrap();
    assert!(listener.receiver.try_recv().is_err());
    recent.set_loaded();
    recent.take_incident(&incident("i", 2, &json!({}))).unwrap();
    assert!(listener.receiver.try_recv().is_ok());
    assert!(recent.take_incident(b"{}").is_err() && recent.take_alert(b"[]").is_err());
}

#[test]
fn one_sentence_says_whom_from_where_and_whether_they_got_in() {
    let sentence = |change: Value| {
        let json = incident("i", 1, &change);
        RecentIncident::from_json(&json).unwrap().sentence()
    };
    for (change, said) in [
        (json!({}), "Somebody got in as ann from 203.0.113.7"),
        (
            json!({"users_entered": 0, "attempts": 4, "sources": []}),
            "Somebody tried 4 times to get in as ann; nobody got in",
        ),
        (
            json!({"kind": "campaign", "users_tried": 40, "users_entered": 5,
                "users": ["a", "b", "c", "d", "e"]}),
            "40 users tried from 203.0.113.7; 5 got in: a, b, c and 2 more",
        ),
        (
            json!({"kind": "company", "users_tried": 900, "users_entered": 0, "sources": []}),
            "Logins fail all over the company: 900 users tried; nobody got in",
        ),
        (
            json!({"users": [], "sources": [{"kind": "device", "value": "d", "attempts": 1}]}),
            "Somebody got in as somebody from d",
        ),
    ] {
        assert_eq!(sentence(change), said);
    }
}

/// Who pages through alerts comes to an end, also where the one he was at has made room meanwhile.
#[test]
fn pages_of_alerts_end_whatever_makes_room() {
    let recent = recent();
    let take = |number: usize| {
        recent
            .take_alert(&alert(&format!("a{number}"), "i", "ann"))
            .unwrap()
    };
    (0..4).for_each(take);
    let query = AlertQuery::default();
    let first = recent.read(|store| store.find_alerts(&query, None, 2));
    let ids: Vec<&str> = first
        .items
        .iter()
        .map(|one| one.alert_id.as_str())
        .collect();
    assert_eq!(ids, ["a3", "a2"]);
    (4..8).for_each(take);
    let rest = recent.read(|store| store.find_alerts(&query, first.next.as_deref(), 2));
    assert!(rest.items.is_empty() && rest.next.is_none(), "{rest:?}");
    let none = recent.read(|store| store.find_alerts(&query, Some("nonsense"), 2));
    assert!(none.items.is_empty());
}
