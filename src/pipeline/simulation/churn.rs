//! Caps of a dozen profiles: promotions, second chances, evictions and new beginnings at every
//! turn.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::crashes::come_and_go;
use super::expected::{Expected, PlacedAlert, placed_alerts, rejected};
use super::rules::Rules;
use super::setting::Verdicts;
use super::stream::{Feed, Progress, Stream};
use super::{Process, StepClock, arm, assert_same, generator, recut, seeds};
use crate::log::ProfileRow;
use crate::log::memory::Fault;
use crate::login::Offset;
use crate::pipeline::tests::parts;
use crate::pipeline::*;
use crate::profile::{CellKind, Limits, ProfileLimits};

/// What a run is made of.
#[derive(Clone, Copy)]
struct Churn {
    partitions: usize,
    keyed: bool,
    limits: ProfileLimits,
    verdicts: Verdicts,
    /// How many contributions an alert names; they cost the most of it.
    contributions: usize,
}

impl fmt::Debug for Churn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = |limits: Limits| (limits.max_profiles, limits.max_probation);
        f.debug_struct("Churn")
            .field("partitions", &self.partitions)
            .field("keyed", &self.keyed)
            .field("users", &limits(self.limits.users))
            .field("devices", &limits(self.limits.devices))
            .field("networks", &limits(self.limits.networks))
            .field("shares", &limits(self.limits.prevalences))
            .field("idle_hours", &(self.limits.users.idle_s / 3_600))
            .field("verdicts", &self.verdicts)
            .finish_non_exhaustive()
    }
}

impl Churn {
    fn draw(rng: &mut Xoshiro256PlusPlus) -> Self {
        let idle_s = 3_600 * [1, 6, 30, 24 * 180][rng.random_range(0..4)];
        let mut limits = || Limits {
            max_profiles: rng.random_range(2..16),
            max_probation: rng.random_range(1..9),
            idle_s,
        };
        let limits = ProfileLimits {
            users: limits(),
            devices: limits(),
            networks: limits(),
            prevalences: limits(),
            tenants: Limits {
                idle_s,
                ..ProfileLimits::default().tenants
            },
        };
        Self {
            partitions: rng.random_range(1..5),
            keyed: rng.random(),
            limits,
            verdicts: match rng.random_range(0..8) {
                0 => Verdicts::All,
                1 => Verdicts::None,
                _ => Verdicts::Real,
            },
            contributions: if rng.random_range(0..8) == 0 { 3 } else { 0 },
        }
    }

    /// A process of one login a batch, until [`recut`] says otherwise.
    fn start(&self, broker: &MemoryBroker, hold_ms: u64, bytes_per_second: u32) -> Process {
        let mut parts = parts(broker, StepClock::default());
        parts.detector = self.verdicts.detector(parts.detector.model());
        parts.profiles = Profiles::new(&self.limits);
        parts.config.max_records = 1;
        parts.config.hold_ms = hold_ms;
        // The order is known as long as none is forced.
        parts.config.max_wait_ms = u64::MAX;
        parts.config.contributions = self.contributions;
        parts.checkpoint.bytes_per_second = bytes_per_second;
        parts.checkpoint.max_redo = 200;
        Pipeline::new(parts)
    }

    /// What a process gives that takes one login at a time and that nothing happens to.
    fn one_by_one(&self, broker: &MemoryBroker, mut feed: Feed<'_>, stream: &Stream) -> Expected {
        let mut process = self.start(broker, 0, 1 << 30);
        feed.join_others(broker);
        let mut expected = Expected::default();
        let note = |process: &Process| expected.note_state(process, stream);
        assert_eq!(live(&mut process, &mut feed, |_| (), note), End::Drained);
        expected.note_output(broker);
        expected
    }

    /// What another process writes of its profiles with every block of its logins.
    fn written_elsewhere(&self, stream: &Stream) -> Vec<Vec<ProfileRow>> {
        let broker = MemoryBroker::new(stream.partitions);
        let mut process = self.start(&broker, 0, 1 << 30);
        process.parts.config.max_records = 50;
        let mut feed = Feed::new(stream, &[]);
        let mut from = vec![Offset::ZERO; stream.partitions];
        let mut written = Vec::new();
        for _ in 0..stream.blocks() {
            feed.supply(&broker);
            while !broker.is_drained() {
                process.turn().unwrap();
            }
            let mut rows = Vec::new();
            for (number, from) in from.iter_mut().enumerate() {
                let partition = Partition(number as i32);
                if is_theirs(partition) {
                    let (new, end) = broker.profiles_since(partition, *from);
                    rows.extend(new);
                    *from = end;
                }
            }
            written.push(rows);
        }
        written
    }

    fn rules(&self) -> Rules {
        Rules::new(&self.limits, self.verdicts, self.contributions)
    }
}

/// How a process comes to an end, or to a new beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Drained,
    Crashed,
    /// The group was balanced anew.
    Balanced,
}

/// Turns until everything is drained, the process crashes or the group is balanced anew. `before`
/// sees the process before every turn, `after` whenever it stands at committed offsets.
fn live(
    process: &mut Process,
    feed: &mut Feed<'_>,
    mut before: impl FnMut(&mut Process),
    mut after: impl FnMut(&Process),
) -> End {
    let broker = process.log().broker().clone();
    let generation = broker.generation();
    let mut judged = Progress::new();
    for _ in 0..1_000_000 {
        if !feed.supply(&broker) && process.recovering.is_none() {
            return End::Drained;
        }
        before(process);
        let stood = process.recovering.is_none() && !process.checkpoint.cut().is_empty();
        let turn = match process.turn() {
            Ok(turn) => turn,
            Err(PipelineError::Log(LogError::Fatal(_))) => return End::Crashed,
            Err(error) => panic!("{error}"),
        };
        let before = std::mem::replace(&mut judged, feed.progress(&broker));
        // What others wrote before a batch stays where it is aborted, or judges no login.
        let moved = match feed.has_foreign() {
            true => before != judged,
            false => turn.committed > 0 || turn.aborted,
        };
        if process.recovering.is_none() && (moved || !stood) {
            after(process);
        }
        if broker.generation() != generation {
            return End::Balanced;
        }
    }
    panic!("the log is never drained");
}

/// Of two members the second reads every other partition.
fn is_theirs(partition: Partition) -> bool {
    partition.0 % 2 == 1
}

/// What the rules say of a whole stream.
fn by_rules(setting: &Churn, stream: &Stream) -> Expected {
    let mut expected = Expected::default();
    setting
        .rules()
        .follow(stream, 0..stream.len(), &mut expected);
    expected.note_rejected(stream);
    expected
}

/// Runs many seeds, each with a setting and a stream.
fn run_seeds(count: u64, run: impl Fn(&mut Xoshiro256PlusPlus, Churn, Stream, &str) + Sync) {
    (0..count).into_par_iter().for_each(|seed| {
        let mut rng = generator(seed);
        let setting = Churn::draw(&mut rng);
        let stream = Stream::draw(&mut rng, setting.partitions, setting.keyed);
        run(
            &mut rng,
            setting,
            stream,
            &format!("seed {seed}, {setting:?}"),
        );
    });
}

/// Batches that end anywhere, and of which a share is aborted.
fn arm_aborts(process: &mut Process, rng: &mut Xoshiro256PlusPlus) {
    let share = [0.0, 0.2, 0.5][rng.random_range(0..3)];
    let fault = |_| {
        if rng.random_bool(share) {
            Fault::Abort
        } else {
            Fault::None
        }
    };
    process.log_mut().faults = (0..1_000).map(fault).collect();
}

/// However logins are cut into batches, held and taken back, however late some are, and with room
/// for a dozen profiles of a kind: at the end of every batch what is remembered is what the rules
/// say of one login at a time, and so is every alert, as a whole, and every rejected record.
#[test]
fn cuts_and_aborts_change_nothing_where_most_profiles_are_thrown_out() {
    let evicted: [AtomicU64; 6] = Default::default();
    run_seeds(seeds(), |rng, setting, stream, what| {
        let expected = by_rules(&setting, &stream);
        let broker = MemoryBroker::new(stream.partitions);
        let feed = Feed::new(&stream, &[]);
        let process = assert_any_cut(rng, &setting, &broker, (&stream, feed), &expected, what);
        for (sum, (_, _, count)) in evicted.iter().zip(process.profiles().sizes()) {
            sum.fetch_add(count, Ordering::Relaxed);
        }
    });
    for (sum, kind) in evicted.iter().zip(CellKind::ALL) {
        let sum = sum.load(Ordering::Relaxed);
        assert!(sum > seeds(), "{sum} profiles of {kind:?} were thrown out");
    }
}

/// A process whose batches end anywhere comes to what is expected, at the end of each of them; in
/// the end it is given back.
fn assert_any_cut(
    rng: &mut Xoshiro256PlusPlus,
    setting: &Churn,
    broker: &MemoryBroker,
    (stream, mut feed): (&Stream, Feed<'_>),
    expected: &Expected,
    what: &str,
) -> Process {
    let mut process = setting.start(broker, rng.random_range(0..200), rate(rng));
    feed.join_others(broker);
    arm_aborts(&mut process, rng);
    let before = |process: &mut Process| recut(process, rng);
    let after = |process: &Process| expected.assert_state(process, stream, what);
    let end = live(&mut process, &mut feed, before, after);
    assert_eq!(end, End::Drained, "{what}");
    expected.assert_output(broker, what);
    process
}

/// The same where another process's pages of shared things arrive between the batches: what it
/// knows is known from there on, and an abort takes none of it back.
#[test]
fn cuts_and_aborts_change_nothing_among_the_pages_of_others() {
    run_seeds(seeds() / 2, |rng, mut setting, _, what| {
        setting.partitions = 2 * rng.random_range(1..3);
        let all = Stream::draw(rng, setting.partitions, true);
        let (ours, theirs) = all.divide(is_theirs);
        let written = setting.written_elsewhere(&theirs);
        let feed = Feed::new(&ours, &written);
        let broker = || MemoryBroker::new(ours.partitions);
        let expected = setting.one_by_one(&broker(), feed.clone(), &ours);
        assert_any_cut(rng, &setting, &broker(), (&ours, feed), &expected, what);
    });
}

/// Up to three processes come, go, crash, and go on after they were given up, with room for a dozen
/// profiles of a kind: every login is judged once, and what is no login is rejected once, as it
/// came.
#[test]
fn several_processes_judge_each_login_once_where_most_profiles_are_thrown_out() {
    run_seeds(seeds() / 4, |rng, mut setting, stream, what| {
        setting.verdicts = Verdicts::All;
        setting.contributions = 0;
        let broker = MemoryBroker::new(stream.partitions);
        let rate = rate(rng);
        let start = |max_records| {
            let mut process = setting.start(&broker, 0, rate);
            process.parts.config.max_records = max_records;
            process
        };
        let mut feed = Feed::new(&stream, &[]);
        come_and_go(&broker, rng, start, || feed.supply(&broker), what);
        let place = |alert: PlacedAlert| (alert.partition, alert.offset);
        let judged: Vec<_> = placed_alerts(&broker).into_iter().map(place).collect();
        assert_same(&judged, &stream.places(), &format!("logins, {what}"));
        let mut expected = Expected::default();
        expected.note_rejected(&stream);
        assert_same(
            &rejected(&broker),
            &expected.rejected,
            &format!("rejected records, {what}"),
        );
    });
}

fn rate(rng: &mut Xoshiro256PlusPlus) -> u32 {
    1 << rng.random_range(10..26)
}

/// A process that crashes at any step or whose partitions are taken and given back at any step goes
/// on from what was committed, none of it lost and none of it doubled, whatever the caps, where the
/// logins of a user come in one partition, or in order. From there on its queues are those of the
/// last uses, and all it does is what the rules say then.
#[test]
fn a_restart_restores_what_was_committed_and_queues_it_by_last_use() {
    run_seeds(seeds() / 2, |rng, mut setting, _, what| {
        setting.keyed = rng.random();
        let stream = match setting.keyed {
            true => Stream::draw(rng, setting.partitions, true),
            false => Stream::draw_in_order(rng, setting.partitions),
        };
        let broker = MemoryBroker::new(stream.partitions);
        let mut feed = Feed::new(&stream, &[]);
        let mut lives = Lives::new(setting.rules(), &stream);
        let rate = rate(rng);
        let last_life = rng.random_range(0..6);
        let mut process = None;
        for life in 0..=last_life {
            let what = format!("life {life}, {what}");
            let expected = lives.expected();
            if rng.random_range(0..4) == 0 {
                broker.compact();
            }
            let new = || setting.start(&broker, 0, rate);
            let mut living = process.take().unwrap_or_else(new);
            if life < last_life {
                arm(&mut living, rng, true);
            } else {
                arm_aborts(&mut living, rng);
                living.log_mut().calls_to_live = None;
            }
            let mut turns = rng.random_range(0..300);
            let before = |process: &mut Process| {
                recut(process, rng);
                turns -= 1;
                if turns == 0 && life < last_life {
                    process.log().broker().rebalance();
                }
            };
            let after = |process: &Process| expected.assert_state(process, &stream, &what);
            let end = live(&mut living, &mut feed, before, after);
            expected.assert_output(&broker, &what);
            match end {
                End::Drained => break,
                End::Crashed => broker.leave(living.log().member()),
                End::Balanced => process = Some(living),
            }
            lives.end(&broker);
        }
        assert!(broker.is_drained(), "{what}");
    });
}

/// What the rules say of a process that has had several lives.
struct Lives<'a> {
    stream: &'a Stream,
    rules: Rules,
    /// Of the lives so far.
    past: Expected,
    judged: usize,
}

impl<'a> Lives<'a> {
    fn new(rules: Rules, stream: &'a Stream) -> Self {
        let mut past = Expected::default();
        past.note_rejected(stream);
        Self {
            stream,
            rules,
            past,
            judged: 0,
        }
    }

    /// What is to come if the life at hand is the last.
    fn expected(&self) -> Expected {
        let mut expected = self.past.clone();
        expected.states.clear();
        let range = self.judged..self.stream.len();
        self.rules.clone().follow(self.stream, range, &mut expected);
        expected
    }

    /// A life ends after what is committed by now.
    fn end(&mut self, broker: &MemoryBroker) {
        let judged = self.stream.progress(&broker.committed()).iter().sum();
        self.rules
            .follow(self.stream, self.judged..judged, &mut self.past);
        self.rules.restart();
        self.judged = judged;
    }
}
