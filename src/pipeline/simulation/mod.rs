//! Processes that crash at any step, over the log in memory: what comes out is what a process that
//! never crashed gives, and what the rules of the profiles say.
//!
//! Each run follows one seed, which a failure prints. `NIGHTLATCH_SEEDS=20000 cargo test --release
//! simulation` runs more.

mod churn;
mod crashes;
mod damage;
mod expected;
mod rules;
mod setting;
mod stream;
mod verdicts;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::log::memory::Fault;

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

fn seeds() -> u64 {
    let wanted = std::env::var("NIGHTLATCH_SEEDS").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(300)
}

fn generator(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

/// Cuts the next batch elsewhere: every setting that says where a batch ends is drawn here.
fn recut(process: &mut Process, rng: &mut Xoshiro256PlusPlus) {
    let config = &mut process.parts.config;
    config.max_records = match rng.random_range(0..4) {
        0 => rng.random_range(1..=4),
        1 => rng.random_range(1..=40),
        _ => rng.random_range(1..=400),
    };
    config.max_waiting = rng.random_range(1..=500);
    config.max_open_ms = rng.random_range(0..=4);
    let most = config.max_records;
    process.pace.set_most(most);
}

/// What may happen to a process from its start on.
fn arm(process: &mut Process, rng: &mut Xoshiro256PlusPlus, crash: bool) {
    let faults = (0..rng.random_range(0..20)).map(|_| match rng.random_range(0..10) {
        0 | 1 => Fault::Abort,
        2 if crash => Fault::CommitAndCrash,
        3 => Fault::Rebalance,
        _ => Fault::None,
    });
    process.log_mut().faults = faults.collect();
    process.log_mut().calls_to_live = crash.then(|| rng.random_range(0..150));
}

/// Of what is remembered after the last login.
fn digest(process: &Process) -> String {
    let last_ms = process.log().broker().last_ms();
    process
        .profiles()
        .digest(u32::try_from(last_ms / 1_000).unwrap())
}

/// Fails with the first of two lists' entries that differ, not with all of them.
#[track_caller]
fn assert_same<T: PartialEq + std::fmt::Debug>(found: &[T], expected: &[T], what: &str) {
    if let Some(at) =
        (0..found.len().max(expected.len())).find(|at| found.get(*at) != expected.get(*at))
    {
        panic!(
            "{what}: {} are found and {} expected; number {at} is\n{:?}\nand not\n{:?}",
            found.len(),
            expected.len(),
            found.get(at),
            expected.get(at)
        );
    }
}
