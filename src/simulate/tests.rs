use super::*;
use std::collections::{BTreeMap, BTreeSet};

fn world(seed: u64) -> Vec<Event<'static>> {
    World::new(Options {
        users: 300,
        days: 40,
        seed,
        ..Options::default()
    })
    .collect()
}

#[test]
fn a_seed_is_a_world() {
    let text = |events: &[Event<'_>]| serde_json::to_string(events).unwrap();
    assert_eq!(text(&world(7)), text(&world(7)));
    assert_ne!(text(&world(7)), text(&world(8)));
}

#[test]
fn times_increase_and_stay_within_the_days() {
    let events = world(3);
    assert!(
        events
            .windows(2)
            .all(|pair| pair[0].time_ms < pair[1].time_ms)
    );
    let days = (events[events.len() - 1].time_ms - events[0].time_ms) / DAY_MS;
    assert!((38..=41).contains(&days), "{days} days");
}

#[test]
fn attacks_are_rare_labelled_and_of_every_family() {
    let mut families: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut attacks, mut all) = (0, 0);
    for seed in 0..4 {
        for event in world(seed) {
            all += 1;
            if event.truth.label == Some(true) {
                attacks += 1;
                let (family, campaign) =
                    (event.truth.attack.unwrap(), event.truth.campaign.unwrap());
                families
                    .entry(family.to_string())
                    .or_default()
                    .insert(format!("{seed}{campaign}"));
            }
        }
    }
    let share = f64::from(attacks) / f64::from(all);
    assert!(
        (0.003..0.015).contains(&share),
        "attacks are {share} of {all}"
    );
    assert!(families.len() >= 10, "{families:?}");
}

#[test]
fn every_event_is_a_valid_login() {
    for event in world(5) {
        let json = serde_json::to_string(&event).unwrap();
        assert!(Event::from_json(json.as_bytes()).is_ok(), "{json}");
    }
}
