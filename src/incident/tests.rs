use std::collections::BTreeMap;

use proptest::prelude::*;
use smallvec::smallvec;

use super::*;

const HOUR_S: u32 = 3_600;
const DAY_S: u32 = 24 * HOUR_S;

fn link(kind: LinkKind, id: u128) -> Link {
    Link {
        kind,
        id: Id::test(id),
    }
}

/// A flagged login of a user from an address, at a second.
fn flagged(number: u128, user: u128, address: u128, time_s: u32) -> FlaggedLogin {
    FlaggedLogin {
        id: Id::test(1_000_000 + number),
        user: Id::test(user),
        time_s,
        entered: false,
        severity: Severity::Low,
        family: Family::Unusual,
        links: smallvec![link(LinkKind::Address, address), link(LinkKind::User, user)],
    }
}

/// Ten thousand attempts of one attacker on as many users, five of them entered: one campaign, and
/// few tellings.
#[test]
fn a_flood_is_one_campaign_that_is_told_a_few_times() {
    let mut incidents = Incidents::default();
    let (mut told, mut refreshed) = (0, 0);
    let mut ids = Vec::new();
    for number in 0..10_000u32 {
        let mut one = flagged(number.into(), number.into(), 7, DAY_S + number / 2);
        one.entered = number % 2_000 == 1_999;
        one.severity = if one.entered {
            Severity::High
        } else {
            Severity::Low
        };
        one.family = Family::CredentialStuffing;
        let joined = incidents.join(&one);
        ids.extend(joined.incident);
        told += joined
            .tellings
            .iter()
            .filter(|one| one.told.is_some())
            .count();
        refreshed += joined
            .tellings
            .iter()
            .filter(|one| one.told.is_none())
            .count();
    }
    ids.dedup();
    let [id] = ids[..] else {
        panic!("{} incidents", ids.len())
    };
    let incident = incidents.get(id).unwrap();
    assert_eq!(
        (incident.kind(), incident.family()),
        (IncidentKind::Campaign, Family::CredentialStuffing)
    );
    assert_eq!(
        (incident.attempts, incident.users_entered, incident.severity),
        (10_000, 5, Severity::High)
    );
    let tried = incident.users_tried() as f64;
    assert!((8_500.0..11_500.0).contains(&tried), "{tried} users tried");
    assert!(incident.users()[..5].iter().all(|user| user.entered));
    assert!(told <= 20, "{told} tellings");
    assert!(refreshed <= 5_000 / 60 + 1, "{refreshed} refreshes");
}

#[test]
fn attackers_who_share_nothing_but_a_user_they_tried_are_two_incidents() {
    let mut incidents = Incidents::default();
    let spray = |number: u128, user: u128| flagged(number, user, 1, DAY_S);
    let first = incidents.join(&spray(1, 10)).incident;
    assert_eq!(incidents.join(&spray(2, 11)).incident, first);
    assert_eq!(incidents.join(&spray(3, 12)).incident, first);
    let other = incidents.join(&flagged(4, 12, 2, DAY_S + 60)).incident;
    assert_ne!(other, first);
    // Where the first got in, what follows with that user is its own.
    let mut entered = spray(5, 13);
    entered.entered = true;
    assert_eq!(incidents.join(&entered).incident, first);
    assert_eq!(
        incidents.join(&flagged(6, 13, 3, DAY_S + 120)).incident,
        first
    );
}

/// What an attacker keeps while he changes everything else goes on leading to his incident.
#[test]
fn one_device_over_a_thousand_addresses_is_one_incident() {
    let mut incidents = Incidents::default();
    let mut ids = Vec::new();
    for number in 0..1_000u32 {
        let mut one = flagged(
            number.into(),
            number.into(),
            5_000 + u128::from(number),
            DAY_S + number,
        );
        one.links.insert(0, link(LinkKind::Device, 77));
        ids.extend(incidents.join(&one).incident);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
}

#[test]
fn incidents_that_meet_become_the_earlier_one() {
    let mut incidents = Incidents::default();
    let first = incidents.join(&flagged(1, 10, 1, DAY_S)).incident.unwrap();
    let second = incidents
        .join(&flagged(2, 11, 2, DAY_S + 1))
        .incident
        .unwrap();
    assert_ne!(first, second);
    let mut both = flagged(3, 12, 1, DAY_S + 2);
    both.links.push(link(LinkKind::Address, 2));
    let joined = incidents.join(&both);
    assert_eq!(
        (joined.incident, joined.merged),
        (Some(first), vec![second])
    );
    assert_eq!(
        incidents.join(&flagged(4, 13, 2, DAY_S + 3)).incident,
        Some(first)
    );
    let incident = incidents.get(first).unwrap();
    assert_eq!((incident.attempts, incident.users_tried()), (4, 4));
    assert!(incidents.get(second).is_none());
}

#[test]
fn an_incident_ends_when_its_most_patient_link_does() {
    let mut incidents = Incidents::default();
    let first = incidents.join(&flagged(1, 10, 1, DAY_S)).incident;
    let again = incidents.join(&flagged(2, 10, 1, 2 * DAY_S));
    assert_eq!((again.incident, again.closed.len()), (first, 0));
    let later = incidents.join(&flagged(3, 10, 1, 3 * DAY_S + 1));
    assert_eq!(later.closed, Vec::from_iter(first));
    assert_ne!(later.incident, first);
    assert_eq!(later.tellings[0].told, Some(Told::Closed));
    assert_eq!(incidents.len(), 1);
}

/// Any flagged logins, in the order of their times.
fn any_flagged() -> impl Strategy<Value = Vec<FlaggedLogin>> {
    let one = (
        0..12u128,
        0..6u128,
        0..40_000u32,
        any::<bool>(),
        0..5usize,
        1..5usize,
    );
    prop::collection::vec(one, 1..120).prop_map(|drawn| {
        let mut time_s = DAY_S;
        let drawn = drawn.into_iter().enumerate();
        let each = drawn.map(
            |(number, (user, address, wait_s, entered, block, severity))| {
                time_s += wait_s;
                let mut one = flagged(number as u128, user, address, time_s);
                one.entered = entered;
                one.severity = Severity::ALERTING[severity - 1];
                if block < 3 {
                    one.links.push(link(LinkKind::Block, block as u128));
                }
                one
            },
        );
        each.collect()
    })
}

proptest! {
    /// Every flagged login is in exactly one incident that is still to be found, open or closed or
    /// merged; revisions rise one by one; and the bounds hold.
    #[test]
    fn no_login_is_lost_and_revisions_rise(logins in any_flagged(), most in 1..6usize) {
        let limits = IncidentLimits { incidents: most, links: 4 };
        let mut incidents = Incidents::new(limits);
        let (mut attempts, mut revisions) = (BTreeMap::new(), BTreeMap::new());
        for one in &logins {
            let joined = incidents.join(one);
            let id = joined.incident.unwrap();
            for other in &joined.merged {
                let theirs = attempts.remove(other).unwrap_or(0u64);
                *attempts.entry(id).or_insert(0) += theirs;
            }
            *attempts.entry(id).or_insert(0) += 1;
            prop_assert_eq!(incidents.get(id).unwrap().attempts, attempts[&id]);
            for telling in joined.tellings {
                let before = revisions.insert(telling.incident, telling.revision).unwrap_or(0);
                prop_assert_eq!(telling.revision, before + 1);
            }
            prop_assert!(incidents.len() <= most);
            prop_assert!(incidents.get(id).unwrap().links.len() <= 4);
        }
        prop_assert_eq!(attempts.values().sum::<u64>(), logins.len() as u64);
    }

    /// The same logins give the same incidents and tellings.
    #[test]
    fn the_same_logins_give_the_same(logins in any_flagged()) {
        let run = || {
            let mut incidents = Incidents::default();
            logins.iter().map(|one| incidents.join(one)).collect::<Vec<_>>()
        };
        prop_assert_eq!(run(), run());
    }
}
