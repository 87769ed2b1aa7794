//! Processes that crash at any step, over the log in memory: what comes out is what a process that never crashed gives.
//!
//! Each run follows one seed, which a failure prints. `NIGHTLATCH_SEEDS=20000 cargo test --release simulation` runs more.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use rayon::prelude::*;

use super::tests::{alerts, detector, parts, world};
use super::*;
use crate::checkpoint::page_number;
use crate::log::memory::Fault;
use crate::log::{MemoryBroker, MemoryLog};
use crate::profile::{Limits, ProfileLimits};

/// A clock that moves a millisecond with every look: a run depends on its seed alone.
#[derive(Clone, Default)]
struct StepClock(Arc<AtomicU64>);

impl Clock for StepClock {
    fn now_ms(&self) -> i64 {
        1_800_000_000_000
    }
    fn monotonic_ms(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
    fn monotonic_ns(&self) -> u64 {
        self.monotonic_ms() * 1_000_000
    }
}

type Process = Pipeline<MemoryLog, StepClock>;

/// What a run is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Setting {
    world: u64,
    partitions: usize,
    keyed: bool,
    /// After how long what is idle is forgotten; a world lasts twelve days.
    idle_hours: u32,
    verdicts: Verdicts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Verdicts {
    /// Of the shipped model: some logins are flagged and teach nothing.
    Real,
    /// Every login is an alert.
    All,
    None,
}

impl Setting {
    fn draw(rng: &mut Xoshiro256PlusPlus) -> Self {
        Self {
            world: rng.random_range(1..4),
            partitions: rng.random_range(1..5),
            keyed: rng.random(),
            idle_hours: [30, 24 * 180][rng.random_range(0..2)],
            verdicts: Verdicts::Real,
        }
    }

    fn broker(&self) -> MemoryBroker {
        world(self.world, self.partitions, self.keyed)
    }

    fn limits(&self) -> ProfileLimits {
        let idle_s = self.idle_hours * 3_600;
        let with = |limits: Limits| Limits { idle_s, ..limits };
        let limits = ProfileLimits::default();
        ProfileLimits {
            users: with(limits.users),
            devices: with(limits.devices),
            networks: with(limits.networks),
            prevalences: with(limits.prevalences),
            tenants: with(limits.tenants),
        }
    }

    fn start(&self, broker: &MemoryBroker, max_records: usize, bytes_per_second: u32) -> Process {
        let mut parts = parts(broker, StepClock::default());
        let risk = match self.verdicts {
            Verdicts::Real => 0.01,
            Verdicts::All => 0.0,
            Verdicts::None => 1.1,
        };
        parts.detector = detector(Arc::clone(parts.detector.model()), risk);
        parts.profiles = Profiles::new(&self.limits());
        parts.config.max_records = max_records;
        parts.config.contributions = 0;
        parts.checkpoint.bytes_per_second = bytes_per_second;
        parts.checkpoint.max_redo = 200;
        Pipeline::new(parts)
    }

    /// What one process gives that never crashes.
    fn reference(&self) -> Reference {
        let broker = self.broker();
        let mut process = self.start(&broker, 100, 1 << 30);
        while !broker.is_drained() {
            process.turn().unwrap();
        }
        Reference {
            alerts: alerts(&broker),
            digest: digest(&process),
        }
    }
}

/// Of what is remembered after the last login.
fn digest(process: &Process) -> String {
    let last_ms = process.log().broker().last_ms();
    process
        .profiles()
        .digest(u32::try_from(last_ms / 1_000).unwrap())
}

struct Reference {
    alerts: Vec<(String, u64, String)>,
    digest: String,
}

fn seeds() -> u64 {
    let wanted = std::env::var("NIGHTLATCH_SEEDS").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(1_000)
}

/// Runs many seeds, each with a setting and what it has to come to.
fn run_seeds(
    count: u64,
    draw: impl Fn(&mut Xoshiro256PlusPlus) -> Setting + Sync,
    run: impl Fn(u64, &mut Xoshiro256PlusPlus, Setting, &Reference) + Sync,
) {
    let rng = |seed| Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut settings: Vec<Setting> = (0..count).map(|seed| draw(&mut rng(seed))).collect();
    settings.sort_unstable();
    settings.dedup();
    let references: BTreeMap<Setting, Reference> = settings
        .into_par_iter()
        .map(|setting| (setting, setting.reference()))
        .collect();
    (0..count).into_par_iter().for_each(|seed| {
        let mut rng = rng(seed);
        let setting = draw(&mut rng);
        run(seed, &mut rng, setting, &references[&setting]);
    });
}

/// What may happen to a process from its start on.
fn arm(process: &mut Process, rng: &mut Xoshiro256PlusPlus, crash: bool) {
    let faults = (0..rng.random_range(0..20)).map(|_| match rng.random_range(0..10) {
        0 | 1 => Fault::Abort,
        2 if crash => Fault::CommitAndCrash,
        _ => Fault::None,
    });
    process.log_mut().faults = faults.collect();
    process.log_mut().calls_to_live = crash.then(|| rng.random_range(0..150));
}

/// Turns until the process crashes, or everything is drained. Whether it lives.
fn live(process: &mut Process, broker: &MemoryBroker) -> bool {
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

/// However often a process is killed, at whatever call of the log, and however its transactions end: its alerts are those
/// of a process that never was, each once and with the same risk, and so are its profiles, bit for bit.
#[test]
fn crashes_at_any_step_lose_and_double_nothing() {
    run_seeds(seeds(), Setting::draw, |seed, rng, setting, expected| {
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
        assert_eq!(
            alerts(&broker),
            expected.alerts,
            "alerts, seed {seed}, {setting:?}"
        );
    });
}

/// Up to three processes come, go, crash, and go on after they were given up: every login is scored once, and what is
/// known in the end is what one process would know.
#[test]
fn several_processes_score_each_login_once_and_know_the_same() {
    let draw = |rng: &mut Xoshiro256PlusPlus| Setting {
        keyed: true,
        // What is idle is what no process has met lately, and each knows of the others a little late.
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
        let mut processes: Vec<Process> = Vec::new();
        let mut zombies: Vec<Process> = Vec::new();
        for step in 0..100_000 {
            assert!(step < 99_999, "never drained, seed {seed}");
            if broker.is_drained() {
                break;
            }
            let choice = rng.random_range(0..60);
            if processes.is_empty() || (choice == 0 && processes.len() < 3) {
                let mut process = setting.start(&broker, rng.random_range(1..100), rate);
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
                assert_eq!(
                    broker.commits(),
                    committed,
                    "a zombie committed, seed {seed}"
                );
            }
        }
        let ids = |alerts: &[(String, u64, String)]| -> Vec<String> {
            alerts.iter().map(|alert| alert.0.clone()).collect()
        };
        assert_eq!(
            ids(&alerts(&broker)),
            ids(&expected.alerts),
            "alerts, seed {seed}, {setting:?}"
        );
        for process in processes.drain(..).chain(zombies) {
            broker.leave(process.log().member());
        }
        if setting.verdicts == Verdicts::None {
            let mut last = setting.start(&broker, 100, rate);
            assert!(live(&mut last, &broker));
            assert_eq!(
                digest(&last),
                expected.digest,
                "profiles, seed {seed}, {setting:?}"
            );
        }
    });
}

fn setting() -> Setting {
    Setting {
        world: 1,
        partitions: 2,
        keyed: true,
        idle_hours: 30,
        verdicts: Verdicts::Real,
    }
}

/// A broker whose logins are all committed, by a process that is gone.
fn left_behind(rate: u32) -> MemoryBroker {
    let broker = setting().broker();
    let mut process = setting().start(&broker, 50, rate);
    assert!(live(&mut process, &broker));
    broker.leave(process.log().member());
    broker
}

fn restored(broker: &MemoryBroker, accept_loss: bool) -> Result<String, String> {
    let mut process = setting().start(broker, 50, 1 << 20);
    process.checkpoint = Checkpoint::new(
        "test/logins".to_owned(),
        Seal::new(&IdHasher::default()),
        CheckpointConfig {
            accept_loss,
            ..*process.checkpoint.config()
        },
    );
    let outcome = (0..10_000).find_map(|_| match process.turn() {
        Err(error) => Some(Err(error.to_string())),
        Ok(_) if process.recovering.is_none() => Some(Ok(digest(&process))),
        Ok(_) => None,
    });
    broker.leave(process.log().member());
    outcome.expect("it never goes live")
}

/// Every kind of damage to the profiles, while all logins are there: the same profiles are found again from the logins.
#[test]
fn damaged_profiles_are_found_again_from_the_logins() {
    let expected = setting().reference().digest;
    for rate in [2_000, 1 << 26] {
        let all = |rows: &mut Vec<(i64, crate::log::ProfileRow)>| rows.clear();
        let broker = left_behind(rate);
        assert_eq!(restored(&broker, false), Ok(expected.clone()));
        broker.damage_profiles(0, all);
        assert_eq!(
            restored(&broker, false),
            Ok(expected.clone()),
            "one emptied"
        );
        let broker = left_behind(rate);
        (0..2).for_each(|partition| broker.damage_profiles(partition, all));
        assert_eq!(
            restored(&broker, false),
            Ok(expected.clone()),
            "a deleted topic"
        );
        type Damage = fn(&mut Vec<(i64, crate::log::ProfileRow)>);
        let damages: [(&str, Damage); 4] = [
            ("no head", |rows| rows.retain(|(_, row)| row.key != b"head")),
            ("a page is missing", |rows| {
                let last = rows
                    .iter()
                    .rposition(|(_, row)| page_number(&row.key).is_some());
                rows.remove(last.unwrap());
            }),
            ("a bit is flipped", |rows| {
                let last = rows
                    .iter()
                    .rposition(|(_, row)| page_number(&row.key).is_some());
                let value = rows[last.unwrap()].1.value.as_mut().unwrap();
                let middle = value.len() / 2;
                value[middle] ^= 1;
            }),
            ("another version", |rows| {
                for (_, row) in rows {
                    if let Some(value) = &mut row.value {
                        value[0] += 1;
                    }
                }
            }),
        ];
        for (name, damage) in damages {
            let broker = left_behind(rate);
            broker.damage_profiles(1, damage);
            assert_eq!(restored(&broker, false), Ok(expected.clone()), "{name}");
        }
        let broker = left_behind(rate);
        let committed = broker.committed();
        broker.set_committed(0, Some(committed[&0] - 5));
        let mut process = setting().start(&broker, 50, rate);
        assert!(live(&mut process, &broker));
        assert_eq!(digest(&process), expected, "an offset moved back");
        let broker = left_behind(rate);
        broker.set_committed(1, None);
        assert_eq!(
            restored(&broker, false),
            Ok(expected.clone()),
            "a forgotten offset"
        );
    }
}

/// What is found again from the logins is itself restored after a crash, however little of it was written by then and
/// though the pages of the earlier life are still there.
#[test]
fn a_crash_after_profiles_were_found_again_is_survived() {
    let expected = setting().reference().digest;
    for turns in 1..40 {
        let broker = left_behind(1 << 26);
        broker.damage_profiles(1, |rows| rows.retain(|(_, row)| row.key != b"head"));
        let mut process = setting().start(&broker, 50, 100_000);
        while process.recovering.is_some() || process.checkpoint.cut().is_empty() {
            process.turn().unwrap();
        }
        for _ in 0..turns {
            process.checkpoint_alone(1_000).unwrap();
        }
        broker.leave(process.log().member());
        assert_eq!(
            restored(&broker, false),
            Ok(expected.clone()),
            "{turns} commits"
        );
    }
}

/// Profiles of another group or topic are never taken for one's own.
#[test]
fn the_profiles_of_another_stream_are_refused() {
    let broker = left_behind(1 << 26);
    let mut process = setting().start(&broker, 50, 1 << 20);
    process.checkpoint = Checkpoint::new(
        "test/other".to_owned(),
        Seal::new(&IdHasher::default()),
        *process.checkpoint.config(),
    );
    let refused = (0..100).find_map(|_| process.turn().err()).unwrap();
    assert!(
        refused.to_string().contains("a topics.profiles of its own"),
        "{refused}"
    );
}

/// Where logins are gone that the state needs, it is refused with the reason and the remedy, unless the loss is accepted.
#[test]
fn lost_logins_are_told_and_refused_until_the_loss_is_accepted() {
    let broker = left_behind(2_000);
    broker.damage_profiles(0, Vec::clear);
    broker.delete_logins(0, 10);
    let refused = restored(&broker, false).unwrap_err();
    assert!(
        refused.contains("partition 0") && refused.contains("accept_loss"),
        "{refused}"
    );
    assert!(restored(&broker, true).is_ok());

    // Pages alone are enough where nothing is left to redo.
    let broker = left_behind(1 << 26);
    let committed = broker.committed();
    for (partition, offset) in &committed {
        broker.delete_logins(*partition, *offset);
    }
    assert_eq!(restored(&broker, false), Ok(setting().reference().digest));

    // Down for longer than logins are kept.
    broker.set_committed(0, Some(committed[&0]));
    for _ in 0..10 {
        broker.append(0, 0, b"{}".to_vec());
    }
    broker.delete_logins(0, committed[&0] + 5);
    let refused = restored(&broker, false).unwrap_err();
    assert!(refused.contains("before they were scored"), "{refused}");
    assert!(restored(&broker, true).is_ok());
}

/// The topic stays within a few times the state, however long the stream is.
#[test]
fn the_profiles_topic_stays_bounded() {
    let broker = setting().broker();
    let mut process = setting().start(&broker, 10, 1 << 26);
    let mut most = 0;
    while !broker.is_drained() {
        process.turn().unwrap();
        broker.compact();
        most = most.max(broker.profile_bytes());
    }
    let cells: usize = process.profiles().sizes().iter().map(|size| size.1).sum();
    assert!(broker.commits() > 50);
    assert!(
        most < 400 * 2 * (2 * cells + 2 * 2_048),
        "{most} bytes for {cells} cells"
    );
}
