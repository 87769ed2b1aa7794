use std::collections::BTreeMap;

use proptest::prelude::*;
use smallvec::smallvec;

mod several;

use super::*;
use crate::detector::link::{Link, LinkKind};
use crate::detector::reasons::Evidence;
use crate::login::EventKind;

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
        id: IncidentId(Id::test(1_000_000 + number)),
        partition: Partition(0),
        user: Id::test(user),
        time_s,
        entered: false,
        severity: Severity::Low,
        family: Family::Unusual,
        risk: 0.5,
        links: smallvec![link(LinkKind::Address, address), link(LinkKind::User, user)],
        sighting: Some(Sighting {
            address: Some(Id::test(address)),
            ..Sighting::default()
        }),
    }
}

/// A record, as far as tests ask.
#[derive(Clone, Debug, PartialEq)]
struct Told1 {
    id: IncidentId,
    revision: u32,
    told: Option<Told>,
    state: State,
    attempts: u64,
}

/// Joins a login, whose user has a name, and gives its incident and what was told.
fn join(incidents: &mut Incidents, one: &FlaggedLogin) -> (IncidentId, Vec<Told1>) {
    let name = format!("user-{:?}", one.user);
    let words = Words {
        user: &name,
        address: Some([10, 0, 0, 1].into()),
        tenant: "default",
        alert_id: "an alert",
        ..Words::default()
    };
    let mut told = Vec::new();
    let id = incidents.join(one, &words, one.time_s, &mut |telling, whole| {
        told.push(Told1 {
            id: whole.id,
            revision: whole.revision,
            told: telling.told,
            state: whole.state,
            attempts: whole.attempts,
        });
    });
    (id, told)
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
        let (id, records) = join(&mut incidents, &one);
        ids.push(id);
        told += records.iter().filter(|one| one.told.is_some()).count();
        refreshed += records.iter().filter(|one| one.told.is_none()).count();
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
        (
            incident.attempts,
            incident.users_entered(),
            incident.severity
        ),
        (10_000, 5, Severity::High)
    );
    let tried = incident.users_tried() as f64;
    assert!((8_500.0..11_500.0).contains(&tried), "{tried} users tried");
    assert!(incident.users()[..5].iter().all(Member::is_entered));
    assert!(told <= 20, "{told} tellings");
    assert!(refreshed <= 5_000 / 60 + 1, "{refreshed} refreshes");
}

#[test]
fn attackers_who_share_nothing_but_a_user_they_tried_are_two_incidents() {
    let mut incidents = Incidents::default();
    let spray = |number: u128, user: u128| flagged(number, user, 1, DAY_S);
    let first = join(&mut incidents, &spray(1, 10)).0;
    assert_eq!(join(&mut incidents, &spray(2, 11)).0, first);
    assert_eq!(join(&mut incidents, &spray(3, 12)).0, first);
    let other = join(&mut incidents, &flagged(4, 12, 2, DAY_S + 60)).0;
    assert_ne!(other, first);
    // Where the first got in, what follows with that user is its own.
    let mut entered = spray(5, 13);
    entered.entered = true;
    assert_eq!(join(&mut incidents, &entered).0, first);
    assert_eq!(
        join(&mut incidents, &flagged(6, 13, 3, DAY_S + 120)).0,
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
        ids.push(join(&mut incidents, &one).0);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(incidents.get(ids[0]).unwrap().sources().len(), 20);
}

#[test]
fn incidents_that_meet_become_the_earlier_one() {
    let mut incidents = Incidents::default();
    let first = join(&mut incidents, &flagged(1, 10, 1, DAY_S)).0;
    let second = join(&mut incidents, &flagged(2, 11, 2, DAY_S + 1)).0;
    assert_ne!(first, second);
    let mut both = flagged(3, 12, 1, DAY_S + 2);
    both.links.push(link(LinkKind::Address, 2));
    let (met, records) = join(&mut incidents, &both);
    assert_eq!(met, first);
    let merged = records.iter().find(|one| one.id == second).unwrap();
    assert_eq!(
        (merged.state, merged.told, merged.attempts),
        (State::Merged { into: first }, None, 0)
    );
    assert_eq!(join(&mut incidents, &flagged(4, 13, 2, DAY_S + 3)).0, first);
    let incident = incidents.get(second).unwrap();
    assert_eq!((incident.id, incident.attempts), (first, 4));
    assert_eq!(incident.users_tried(), 4);
}

#[test]
fn an_incident_ends_when_its_most_patient_link_does() {
    let mut incidents = Incidents::default();
    let first = join(&mut incidents, &flagged(1, 10, 1, DAY_S)).0;
    assert_eq!(join(&mut incidents, &flagged(2, 10, 1, 2 * DAY_S)).0, first);
    let (later, records) = join(&mut incidents, &flagged(3, 10, 1, 3 * DAY_S + 1));
    assert_ne!(later, first);
    assert_eq!(
        (records[0].id, records[0].told),
        (first, Some(Told::Closed))
    );
    assert_eq!(incidents.open(), 1);
    // It is kept for what is said of it, and then forgotten.
    assert!(incidents.get(first).is_some());
    let end_s = 3 * DAY_S + IncidentLimits::default().keep_s + 2;
    incidents.close_until(end_s, &mut |_, _| ());
    assert!(incidents.get(first).is_none());
}

/// Failures that nothing links are one company's incident while they are far above what is usual.
#[test]
fn a_company_under_attack_from_everywhere_is_one_incident() {
    let mut incidents = Incidents::default();
    let mut ids = Vec::new();
    for number in 0..50u32 {
        let mut one = flagged(
            number.into(),
            number.into(),
            5_000 + u128::from(number),
            DAY_S + number,
        );
        one.links.push(link(LinkKind::Company, 1));
        ids.push(join(&mut incidents, &one).0);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    let incident = incidents.get(ids[0]).unwrap();
    assert_eq!(incident.kind(), IncidentKind::Company);
    // Who comes after the storm is not of it.
    let after = flagged(99, 99, 9_999, DAY_S + 100);
    assert_ne!(join(&mut incidents, &after).0, ids[0]);
}

#[test]
fn a_factor_enrolled_after_somebody_got_in_makes_it_worse_once() {
    let mut incidents = Incidents::default();
    let mut one = flagged(1, 10, 1, DAY_S);
    one.entered = true;
    one.severity = Severity::Medium;
    let id = join(&mut incidents, &one).0;
    let raise = |incidents: &mut Incidents, user, time_s| {
        let evidence = LateEvidence {
            user: Id::test(user),
            time_s,
            kind: EventKind::FactorEnrolled,
        };
        let mut told = Vec::new();
        incidents.raise(&evidence, &mut |telling, _| told.push(telling.told));
        told
    };
    assert_eq!(raise(&mut incidents, 11, DAY_S + 60), []);
    assert_eq!(raise(&mut incidents, 10, DAY_S + 720), [Some(Told::Worse)]);
    assert_eq!(raise(&mut incidents, 10, DAY_S + 730), []);
    let incident = incidents.get(id).unwrap();
    assert_eq!(incident.severity, Severity::High);
    let observed = incident.observations().last().unwrap();
    assert_eq!(&*observed.code, "factor_enrolled_after");
    assert!(observed.text.contains("12 minutes"), "{}", observed.text);
    // Hours later it has to do with nothing.
    assert_eq!(raise(&mut incidents, 10, DAY_S + 7_200), []);
}

/// What nobody is told of neither takes in what somebody should be told of, nor is taken in.
#[test]
fn what_is_expected_meets_nothing_else() {
    let mut incidents = Incidents::default();
    let quiet = join(&mut incidents, &flagged(1, 10, 1, DAY_S)).0;
    let expected = Decision {
        id: "v1".into(),
        verdict: VerdictKind::Expected,
        by: "kim".into(),
        until_s: 5 * DAY_S,
        at_s: DAY_S,
        offset: Offset::ZERO,
    };
    incidents.decide(quiet, expected, &mut |_, _| ()).unwrap();
    assert_eq!(join(&mut incidents, &flagged(2, 11, 1, 2 * DAY_S)).0, quiet);
    let told = join(&mut incidents, &flagged(3, 12, 2, 2 * DAY_S)).0;
    assert_ne!(told, quiet);
    let mut both = flagged(4, 13, 1, 2 * DAY_S + 1);
    both.links.push(link(LinkKind::Address, 2));
    assert_eq!(join(&mut incidents, &both).0, told);
    assert_eq!(incidents.resolve(quiet), quiet);
    assert_eq!(incidents.get(told).unwrap().decision, None);
}

/// A benign incident is quiet for a device that is named, from the same network, and for nobody who
/// hides what it is.
#[test]
fn what_is_benign_is_quiet_for_a_named_device_on_its_network_alone() {
    let of = |number, device: Option<u128>, block: u128| {
        let mut one = flagged(number, 10, 1, DAY_S + number as u32);
        let sighting = Sighting {
            device: device.map(Id::test),
            block: Some(Id::test(block)),
            ..Sighting::default()
        };
        one.sighting = Some(sighting);
        one
    };
    for (device, like) in [(Some(5), true), (None, false)] {
        let mut incidents = Incidents::default();
        let id = join(&mut incidents, &of(1, device, 7)).0;
        let benign = Decision {
            id: "v1".into(),
            verdict: VerdictKind::Benign,
            by: "kim".into(),
            until_s: 0,
            at_s: DAY_S + 1,
            offset: Offset::ZERO,
        };
        incidents.decide(id, benign, &mut |_, _| ()).unwrap();
        assert_eq!(join(&mut incidents, &of(2, device, 7)).0 == id, like);
        assert_ne!(join(&mut incidents, &of(3, device, 8)).0, id);
        assert_ne!(join(&mut incidents, &of(4, Some(6), 7)).0, id);
    }
}

/// Late evidence is kept although eight other things were observed before.
#[test]
fn late_evidence_has_room() {
    const CODES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    let mut incidents = Incidents::default();
    let mut one = flagged(1, 10, 1, DAY_S);
    one.entered = true;
    let reasons = CODES.map(|code| Reason {
        code,
        evidence: Evidence::Place,
        family: None,
        text: String::new(),
        attack: &[],
    });
    let words = Words {
        reasons: &reasons,
        ..Words::default()
    };
    let id = incidents.join(&one, &words, DAY_S, &mut |_, _| ());
    for kind in [EventKind::FactorEnrolled, EventKind::MailRule] {
        let evidence = LateEvidence {
            user: one.user,
            time_s: DAY_S + 60,
            kind,
        };
        incidents.raise(&evidence, &mut |_, _| ());
    }
    let observed: Vec<String> = incidents
        .get(id)
        .unwrap()
        .observations()
        .iter()
        .map(|one| one.code.to_string())
        .collect();
    assert_eq!(observed.len(), 10, "{observed:?}");
    assert!(
        observed.contains(&"mail_rule_after".to_owned()),
        "{observed:?}"
    );
}

/// Any flagged logins, in the order of their times.
fn any_flagged(partitions: i32) -> impl Strategy<Value = Vec<FlaggedLogin>> {
    let one = (
        0..12u128,
        0..6u128,
        0..40_000u32,
        any::<bool>(),
        0..5usize,
        1..5usize,
        0..partitions,
    );
    prop::collection::vec(one, 1..120).prop_map(|drawn| {
        let mut time_s = DAY_S;
        let drawn = drawn.into_iter().enumerate();
        let each = drawn.map(
            |(number, (user, address, wait_s, entered, block, severity, partition))| {
                time_s += wait_s;
                let mut one = flagged(number as u128, user, address, time_s);
                one.partition = Partition(partition);
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

/// Few of everything.
fn tight(open: usize) -> IncidentLimits {
    IncidentLimits {
        open,
        links: 4,
        kept: 1_000,
        keep_s: 400 * DAY_S,
    }
}

/// Everything that is written of the incidents of some processes, by where.
type Written = BTreeMap<(Partition, IncidentId), Vec<u8>>;

fn write(incidents: &Incidents, into: &mut Written) -> Vec<ChangedIncident> {
    let changes = incidents.changes();
    for changed in &changes {
        let key = (changed.partition, changed.id);
        match &changed.bytes {
            Some(bytes) => into.insert(key, bytes.clone()),
            None => into.remove(&key),
        };
    }
    changes
}

proptest! {
    /// Every flagged login is in exactly one incident that is still to be found, open or closed or
    /// merged; revisions rise one by one; and the bounds hold.
    #[test]
    fn no_login_is_lost_and_revisions_rise(logins in any_flagged(1), most in 1..6usize) {
        let mut incidents = Incidents::new(tight(most));
        let mut revisions = BTreeMap::new();
        let mut ids = std::collections::BTreeSet::new();
        for one in &logins {
            let (id, records) = join(&mut incidents, one);
            ids.insert(id);
            for record in records {
                let before = revisions.insert(record.id, record.revision).unwrap_or(0);
                prop_assert_eq!(record.revision, before + 1);
            }
            prop_assert!(incidents.open() <= most);
            prop_assert!(incidents.get(id).unwrap().links.len() <= 4);
        }
        let resolved: std::collections::BTreeSet<IncidentId> =
            ids.iter().map(|id| incidents.resolve(*id)).collect();
        let attempts = resolved.iter().map(|id| incidents.get(*id).unwrap().attempts);
        prop_assert_eq!(attempts.sum::<u64>(), logins.len() as u64);
    }

    /// The same logins give the same incidents and tellings, however often a batch of them is taken
    /// back, and wherever a process ends and another goes on from what was written.
    #[test]
    fn what_is_taken_back_or_restored_goes_on_the_same(
        logins in any_flagged(1),
        cuts in prop::collection::vec((1..20usize, 0..3u8), 1..60),
        most in 1..6usize,
    ) {
        let limits = tight(most);
        let mut undisturbed = Incidents::new(limits);
        let expected: Vec<_> = logins.iter().map(|one| join(&mut undisturbed, one)).collect();
        let mut incidents = Incidents::new(limits);
        incidents.own(&[Partition(0)]);
        let mut written = Written::new();
        let mut found = Vec::new();
        let mut cuts = cuts.into_iter().cycle();
        while found.len() < logins.len() {
            let (size, what) = cuts.next().unwrap();
            let batch = &logins[found.len()..logins.len().min(found.len() + size)];
            if what == 1 {
                batch.iter().for_each(|one| drop(join(&mut incidents, one)));
                incidents.roll_back();
            }
            found.extend(batch.iter().map(|one| join(&mut incidents, one)));
            write(&incidents, &mut written);
            incidents.commit();
            if what == 2 {
                incidents = Incidents::new(limits);
                incidents.own(&[Partition(0)]);
                for ((partition, id), bytes) in &written {
                    prop_assert!(incidents.restore(*partition, *id, Some(bytes)));
                }
            }
        }
        prop_assert_eq!(found, expected);
        prop_assert_eq!(incidents.count_in(Partition(0)) as usize, written.len());
    }

    /// What is read of a part is what was written, and no other bytes are one.
    #[test]
    fn foreign_bytes_are_refused_or_are_the_form(foreign in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Some(snapshot) = snapshot::Snapshot::from_bytes(&foreign) {
            prop_assert_eq!(snapshot.to_bytes(), foreign);
        }
    }
}
