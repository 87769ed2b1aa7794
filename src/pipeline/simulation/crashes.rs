//! Crashes, aborts and rebalances where profiles have room.

use std::collections::BTreeMap;

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

use super::setting::{Reference, Setting, Verdicts, incidents, run_seeds};
use super::{Process, arm, assert_same, digest, seeds};
use crate::detector::rule::compile;
use crate::detector::{Family, Rule, Rules, Severity, Suppressions};
use crate::incident::IncidentId;
use crate::pipeline::tests::{Alerts, alerts};
use crate::pipeline::*;

/// Turns until the process crashes, or everything is drained. Whether it lives.
pub(super) fn live(process: &mut Process, broker: &MemoryBroker) -> bool {
    for _ in 0..1_000_000 {
        match process.turn() {
            Ok(_) if broker.is_drained() && process.recovering.is_none() => return true,
            Ok(_) => {}
            Err(PipelineError::Log(LogError::Fatal(_))) => return false,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the log is never drained");
}

/// However often a process is killed, at whatever call of the log, and however its transactions
/// end: its alerts are those of a process that never was, each once and with the same risk, and so
/// are its profiles and the records of its incidents, bit for bit.
#[test]
fn crashes_at_any_step_lose_and_double_nothing() {
    run_seeds(seeds(), Setting::draw, crash_until_drained);
}

/// The same where nothing is flagged: what is held back, as its device and its network are new, is
/// held back when it is redone, also from the cells that do not know the user.
#[test]
fn what_is_held_back_is_so_after_a_crash() {
    let draw = |rng: &mut Xoshiro256PlusPlus| Setting {
        verdicts: Verdicts::None,
        idle_hours: 24 * 180,
        ..Setting::draw(rng)
    };
    run_seeds(seeds() / 2, draw, |seed, rng, setting, expected| {
        assert!(expected.held_back > 0, "seed {seed}, {setting:?}");
        crash_until_drained(seed, rng, setting, expected);
    });
}

fn crash_until_drained(
    seed: u64,
    rng: &mut Xoshiro256PlusPlus,
    setting: Setting,
    expected: &Reference,
) {
    let broker = setting.broker();
    let crashes = rng.random_range(1..12);
    let rate = 1 << rng.random_range(10..26);
    for life in 0.. {
        let mut process = setting.start(&broker, rng.random_range(1..300), rate);
        arm(&mut process, rng, life < crashes);
        if rng.random_range(0..4) == 0 {
            broker.compact();
        }
        if live(&mut process, &broker) {
            assert_eq!(
                digest(&process),
                expected.digest,
                "profiles, seed {seed}, {setting:?}, life {life}"
            );
            break;
        }
        let member = process.log().member();
        drop(process);
        broker.leave(member);
    }
    assert_same(
        &alerts(&broker),
        &expected.alerts,
        &format!("alerts, seed {seed}, {setting:?}"),
    );
    assert_same(
        &incidents(&broker),
        &expected.incidents,
        &format!("incidents, seed {seed}, {setting:?}"),
    );
}

/// Up to three processes come, go and crash, and go on after they were given up, while there is
/// more to do; those that are left in the end.
pub(super) fn come_and_go(
    broker: &MemoryBroker,
    rng: &mut Xoshiro256PlusPlus,
    start: impl Fn(usize) -> Process,
    mut more: impl FnMut() -> bool,
    what: &str,
) -> Vec<Process> {
    let mut processes: Vec<Process> = Vec::new();
    let mut zombies: Vec<Process> = Vec::new();
    for step in 0..100_000 {
        if !more() {
            processes.append(&mut zombies);
            return processes;
        }
        let choice = rng.random_range(0..60);
        if processes.is_empty() || (choice == 0 && processes.len() < 3) {
            let mut process = start(rng.random_range(1..100));
            let crash = step < 2_000 && rng.random();
            arm(&mut process, rng, crash);
            processes.push(process);
        }
        let index = rng.random_range(0..processes.len());
        if choice == 1 {
            // The group gives it up, but it does not know yet.
            let process = processes.swap_remove(index);
            broker.leave(process.log().member());
            zombies.push(process);
        } else if processes[index].turn().is_err() {
            broker.leave(processes.swap_remove(index).log().member());
        }
        if choice == 2 {
            broker.compact();
        }
        if choice > 55 && !zombies.is_empty() {
            let index = rng.random_range(0..zombies.len());
            let committed = broker.commits();
            if zombies[index].turn().is_err() {
                zombies.swap_remove(index);
            }
            assert_eq!(broker.commits(), committed, "a zombie committed, {what}");
        }
    }
    panic!("never drained, {what}");
}

/// Rules that change between a crash and the next start leave the redo exact: what was flagged is
/// recorded, and not judged again.
#[test]
fn a_redo_is_exact_where_rules_have_changed_meanwhile() {
    let rule = Rule {
        name: "every_success",
        when: "success".to_owned(),
        condition: compile("success").unwrap(),
        says: "somebody got in".to_owned(),
        severity: Severity::Medium,
        family: Family::Takeover,
        attack: &[],
        source: String::new(),
        shadow: false,
        exceptions: Suppressions::default(),
    };
    let rules = Rules::new(vec![rule]);
    run_seeds(seeds() / 10, Setting::draw, |seed, rng, setting, _| {
        let broker = setting.broker();
        let start = |rules: &Rules, records, rate| {
            let mut process = setting.start(&broker, records, rate);
            let detector = Verdicts::None.detector(process.parts.detector.model());
            process.parts.detector = detector.with_rules(rules.clone());
            process
        };
        let mut process = start(&rules, rng.random_range(1..300), 1 << 10);
        assert!(live(&mut process, &broker), "seed {seed}");
        let (known, member) = (digest(&process), process.log().member());
        drop(process);
        broker.leave(member);
        let flagged = broker.alerts().len();
        assert!(flagged > 0, "seed {seed}");
        let mut process = start(&Rules::default(), rng.random_range(1..300), 1 << 26);
        assert!(live(&mut process, &broker), "seed {seed}");
        assert_eq!(
            digest(&process),
            known,
            "profiles, seed {seed}, {setting:?}"
        );
        assert_eq!(broker.alerts().len(), flagged, "seed {seed}");
    });
}

/// Every alert names an incident that is known in the end, itself or as the one that it was merged
/// into; and what incidents say they hold is what was flagged.
fn assert_incidents_resolve(broker: &MemoryBroker, last: &Process, what: &str) {
    let alerts = broker.alerts();
    let mut attempts: BTreeMap<IncidentId, u64> = BTreeMap::new();
    for alert in &alerts {
        let alert: serde_json::Value = serde_json::from_slice(&alert.json).unwrap();
        let id = IncidentId::from_text(alert["incident_id"].as_str().unwrap()).unwrap();
        let Some(incident) = last.incidents().get(id) else {
            panic!("incident {id} is nowhere, {what}");
        };
        attempts.insert(incident.id, incident.attempts);
    }
    let sum: u64 = attempts.values().sum();
    assert_eq!(sum, alerts.len() as u64, "attempts of {attempts:?}, {what}");
}

/// Up to three processes come, go, crash, and go on after they were given up: every login is scored
/// once, and what is known in the end is what one process would know.
#[test]
fn several_processes_score_each_login_once_and_know_the_same() {
    let draw = |rng: &mut Xoshiro256PlusPlus| Setting {
        keyed: true,
        // What is idle is what no process has met lately, and each knows of the others a little
        // late.
        idle_hours: 24 * 180,
        partitions: rng.random_range(2..5),
        verdicts: if rng.random() {
            Verdicts::All
        } else {
            Verdicts::None
        },
        ..Setting::draw(rng)
    };
    run_seeds(seeds() / 4, draw, |seed, rng, setting, expected| {
        let broker = setting.broker();
        let rate = 1 << rng.random_range(10..26);
        let start = |max_records| setting.start(&broker, max_records, rate);
        let more = || !broker.is_drained();
        let what = format!("seed {seed}, {setting:?}");
        let processes = come_and_go(&broker, rng, start, more, &what);
        let ids =
            |alerts: Alerts| -> Vec<String> { alerts.into_iter().map(|alert| alert.0).collect() };
        assert_same(
            &ids(alerts(&broker)),
            &ids(expected.alerts.clone()),
            &format!("alerts, {what}"),
        );
        for process in processes {
            broker.leave(process.log().member());
        }
        let mut last = setting.start(&broker, 100, rate);
        assert!(live(&mut last, &broker));
        assert_incidents_resolve(&broker, &last, &what);
        if setting.verdicts == Verdicts::None {
            assert_eq!(
                digest(&last),
                expected.digest,
                "profiles, seed {seed}, {setting:?}"
            );
        }
    });
}
