use std::sync::Arc;

use super::*;
use crate::detector::Severity;
use crate::login::{Offset, Partition};
use crate::recent::RecentIncident;
use crate::trust::Trust;

mod outbox;
mod recipes;
mod sending;

/// A moment of a Monday, at noon in UTC.
const NOON_MS: i64 = 1_767_614_400_000;
const HOUR_MS: i64 = 3_600_000;

fn incident(severity: Severity) -> RecentIncident {
    RecentIncident {
        severity,
        ..made_up(NOON_MS).as_ref().clone()
    }
}

fn read(offset: i64, at_ms: i64, incident: RecentIncident) -> Read {
    Read {
        partition: Partition(0),
        offset: Offset(offset),
        at_ms,
        incident: Arc::new(incident),
    }
}

fn notice(incident: RecentIncident) -> Notice {
    Notice::one(read(0, NOON_MS, incident))
}

#[test]
fn a_receiver_is_told_of_what_it_asked_for() {
    let filter = Filter {
        severity: Severity::High,
        kinds: vec!["campaign".to_owned()],
        tenants: vec!["default".to_owned()],
        told: vec!["opened".to_owned()],
    };
    let passes = |change: &dyn Fn(&mut RecentIncident)| {
        let mut incident = incident(Severity::High);
        change(&mut incident);
        filter.passes(&incident)
    };
    assert!(passes(&|_| ()));
    assert!(passes(&|incident| incident.severity = Severity::Critical));
    assert!(!passes(&|incident| incident.severity = Severity::Medium));
    assert!(!passes(&|incident| incident.kind = "account".to_owned()));
    assert!(!passes(&|incident| incident.tenant = "other".to_owned()));
    assert!(!passes(
        &|incident| incident.told = Some("closed".to_owned())
    ));
    assert!(!passes(&|incident| incident.told = None), "a refresh");
    // Who is told of ends hears of every kind of end.
    let closes = Filter {
        told: vec!["closed".to_owned()],
        ..Filter::default()
    };
    let ended = |told: Option<&str>, state: &str, merged_into: Option<&str>| RecentIncident {
        told: told.map(str::to_owned),
        state: state.to_owned(),
        merged_into: merged_into.map(str::to_owned),
        ..incident(Severity::High)
    };
    assert!(closes.passes(&ended(Some("closed"), "closed", None)));
    assert!(closes.passes(&ended(Some("verdict"), "closed", None)));
    assert!(closes.passes(&ended(None, "merged", Some("other"))));
    assert!(!closes.passes(&ended(Some("verdict"), "open", None)));
    assert!(!closes.passes(&ended(None, "closed", None)));
    assert!(!Filter::default().passes(&RecentIncident {
        told: None,
        ..incident(Severity::Critical)
    }));
}

#[test]
fn quiet_hours_are_those_of_the_place_and_go_over_midnight() {
    let zone = |name: &str| jiff::tz::TimeZone::get(name).unwrap();
    let quiet = QuietHours::parse("22:00-07:00", zone("Europe/Zurich")).unwrap();
    // 12:00 UTC is 13:00 there in winter.
    let at = |hour: i64| quiet.contains(NOON_MS + (hour - 13) * HOUR_MS);
    assert!(!at(21) && at(22) && at(23) && at(24) && at(30) && !at(31) && !at(13));
    // In summer it is two hours ahead of UTC.
    let july_ms = NOON_MS + 180 * 24 * HOUR_MS;
    assert!(quiet.contains(july_ms + 8 * HOUR_MS) && !quiet.contains(july_ms + 7 * HOUR_MS));
    let by_day = QuietHours::parse("12:00-13:30", jiff::tz::TimeZone::UTC).unwrap();
    assert!(by_day.contains(NOON_MS) && !by_day.contains(NOON_MS - 1));
    assert!(!by_day.contains(NOON_MS + HOUR_MS + HOUR_MS / 2));
    for wrong in ["", "22:00", "22-7", "25:00-07:00", "07:00-07:00"] {
        assert_eq!(
            QuietHours::parse(wrong, jiff::tz::TimeZone::UTC),
            None,
            "{wrong}"
        );
    }
}

#[test]
fn a_receiver_that_is_away_is_asked_less_and_less_often_and_then_given_up() {
    let mut patience = Patience::new(Duration::from_secs(86_400));
    let later = SendError::later("away");
    let mut waited = Duration::ZERO;
    let mut waits = Vec::new();
    while let Next::TryAgainAfter(after) = patience.next(&later, waited) {
        waits.push(after.as_secs());
        waited += after;
    }
    assert_eq!(waits[..10], [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
    assert!(waits.len() < 400, "{}", waits.len());
    patience.arrived();
    let asked = SendError::Later {
        text: "slowly".to_owned(),
        after: Some(Duration::from_secs(900)),
    };
    let next = |patience: &mut Patience, error: &SendError| patience.next(error, Duration::ZERO);
    assert_eq!(
        next(&mut patience, &asked),
        Next::TryAgainAfter(Duration::from_secs(900))
    );
    let asked_for_ever = SendError::Later {
        text: "never".to_owned(),
        after: Some(Duration::from_secs(u64::MAX)),
    };
    assert_eq!(
        next(&mut patience, &asked_for_ever),
        Next::TryAgainAfter(Duration::from_secs(3_600))
    );
    let refused = SendError::Refused("no".to_owned());
    assert_eq!(next(&mut patience, &refused), Next::GiveUp);
}
