//! Moves records from one topic to another: read, put in the order of their times, and each
//! written once, in one transaction with its offset.
//!
//! What becomes of a record on the way is its [`Intake`]'s: `rekey` leaves logins as they are,
//! `source` makes logins of an identity provider's records.

mod recent;
mod rekey;
mod source;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

pub use rekey::Rekeyed;
pub use source::SourceIntake;

use crate::clock::Clock;
use crate::config::PipelineConfig;
use crate::ingest::Told;
use crate::log::{
    Assigned, Budget, Log, LogError, MovedMessage, Output, Polled, Record, RejectedMessage,
    SideBatch, SideTopic,
};
use crate::login::{Offset, OffsetRange, Partition};
use crate::pipeline::merge::{PartitionMerge, Patience};
use crate::pipeline::{BreakerTripped, RejectBreaker};
use recent::RecentIds;

/// How long a poll waits for a first record.
const IDLE_MS: u64 = 50;
/// Records taken with one poll.
const MOST_POLLED: usize = 8_192;
/// So many rejected records, and none that was not, are of a wrong topic or format.
const MOST_WRONG: usize = 500;
/// How long what came before may be read again at an assignment: the group waits longer for a poll.
const REMEMBER_MS: u64 = 60_000;

/// What ends the loop, by what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    #[error(transparent)]
    Log(#[from] LogError),
    /// A wrong topic or format must not be drained.
    #[error(transparent)]
    Tripped(#[from] BreakerTripped),
}

/// What a record comes to.
#[derive(Debug)]
pub struct Taken {
    pub partition: Partition,
    pub offset: Offset,
    pub messages: Vec<TakenMessage>,
    pub rejected: Option<RejectedMessage>,
    /// What became of its events.
    pub told: Vec<Told>,
    /// The time by which it is ordered; nothing waits for what is no login.
    pub order_ms: Option<i64>,
    /// What it takes in memory while it waits.
    pub bytes: usize,
}

/// A message on its way, with what tells it from others.
#[derive(Debug)]
pub struct TakenMessage {
    pub message: MovedMessage,
    /// A hash of the provider's own id for the event.
    pub id: Option<u64>,
    /// The place among [`Taken::told`] of the event that it is.
    pub told: usize,
}

/// Makes messages of records.
pub trait Intake: Sync {
    /// What a record comes to; no side effects, as records may be read again.
    fn take(&self, record: Record, now_ms: i64) -> Taken;

    /// The ids of a record that was taken before.
    fn ids(&self, record: &Record) -> Vec<u64>;

    /// How many records before it a record may repeat an id of and still be known as a duplicate.
    fn remembers(&self) -> u64;

    /// Hears of what was committed, and of what is left to read.
    fn committed(&self, _told: &[Told]) {}
    fn lag(&self, _records: u64) {}
}

/// The loop that moves.
pub struct Mover<L, C, I> {
    log: L,
    clock: C,
    config: PipelineConfig,
    intake: I,
    merge: PartitionMerge<Taken>,
    recent: BTreeMap<Partition, RecentIds>,
    breaker: RejectBreaker,
    /// Whether any record was read rightly, and how many were rejected before.
    was_right: bool,
    rejected: usize,
    joined: bool,
    moved: u64,
}

impl<L: Log, C: Clock, I: Intake> Mover<L, C, I> {
    #[must_use]
    pub fn new(log: L, clock: C, config: PipelineConfig, intake: I) -> Self {
        let patience = Patience {
            least_hold_ms: config.least_hold_ms,
            hold_ms: config.hold_ms,
            max_wait_ms: config.max_wait_ms,
        };
        Self {
            log,
            clock,
            config,
            intake,
            merge: PartitionMerge::new(patience),
            recent: BTreeMap::new(),
            breaker: RejectBreaker::new(config.brake_share, config.brake_window),
            was_right: false,
            rejected: 0,
            joined: false,
            moved: 0,
        }
    }

    /// Turns until told to stop; with `until_end`, until everything that is there has been moved.
    /// Gives the number of messages moved; `progress` hears of it.
    pub fn run(
        &mut self,
        stop: &AtomicBool,
        until_end: bool,
        mut progress: impl FnMut(u64),
    ) -> Result<u64, MoveError> {
        while !stop.load(Ordering::Relaxed) {
            let idle = self.turn(stop)?;
            progress(self.moved);
            let left: u64 = self.merge.lags().map(|(_, lag)| lag).sum();
            self.intake.lag(left);
            if until_end && idle && self.joined && left == 0 {
                break;
            }
        }
        Ok(self.moved)
    }

    /// One batch; whether there was nothing to do.
    fn turn(&mut self, stop: &AtomicBool) -> Result<bool, MoveError> {
        self.gather(stop)?;
        let mut batch = Vec::new();
        let now_ms = self.clock.monotonic_ms();
        self.merge.take(now_ms, self.config.max_records, &mut batch);
        self.merge.regulate(&mut self.log, &self.config)?;
        if batch.is_empty() {
            return Ok(true);
        }
        self.commit(batch)?;
        Ok(false)
    }

    /// Reads what there is, and makes messages of it.
    fn gather(&mut self, stop: &AtomicBool) -> Result<(), LogError> {
        let now_ms = self.clock.monotonic_ms();
        let due_ms = self.merge.next_due_ms(now_ms).unwrap_or(u64::MAX).max(1);
        let room = self.merge.room(self.config.max_waiting);
        let budget = Budget {
            max_records: room.clamp(1, self.config.max_records.min(MOST_POLLED)),
            max_bytes: self.config.max_bytes,
            idle_ms: IDLE_MS.min(due_ms),
            linger_ms: self.config.linger_ms.min(due_ms),
        };
        let mut polled = Vec::new();
        self.log.poll(budget, &mut polled)?;
        let (intake, clock_ms) = (&self.intake, self.clock.now_ms());
        let steps: Vec<Step> = polled
            .into_par_iter()
            .map(|polled| match polled {
                Polled::Record(record) => Step::Taken(Box::new(intake.take(record, clock_ms))),
                other => Step::Other(other),
            })
            .collect();
        let arrived_ms = self.clock.monotonic_ms();
        for step in steps {
            match step {
                Step::Taken(taken) => self.push(*taken, arrived_ms),
                Step::Other(other) => self.follow(&other, stop)?,
            }
        }
        Ok(())
    }

    fn push(&mut self, mut taken: Taken, arrived_ms: u64) {
        if let Some(recent) = self.recent.get_mut(&taken.partition) {
            let (offset, told) = (taken.offset, &mut taken.told);
            taken.messages.retain(|message| {
                let is_first = message.id.is_none_or(|id| recent.is_first(id, offset));
                if !is_first && let Some(told) = told.get_mut(message.told) {
                    told.make_duplicate();
                }
                is_first
            });
            recent.forget_before(offset);
        }
        let (partition, offset) = (taken.partition, taken.offset);
        let (order_ms, bytes) = (taken.order_ms, taken.bytes);
        self.merge
            .push(partition, offset, order_ms, arrived_ms, bytes, taken);
    }

    fn follow(&mut self, polled: &Polled, stop: &AtomicBool) -> Result<(), LogError> {
        match polled {
            Polled::Assigned(assigned) => {
                self.joined = true;
                self.remember(assigned, stop)?;
            }
            Polled::Revoked(partitions) => {
                self.joined = false;
                for partition in partitions {
                    self.recent.remove(partition);
                }
            }
            _ => {}
        }
        self.merge.follow(polled);
        Ok(())
    }

    /// Reads again what stands before the first records that will come, so that their repetitions
    /// are known as such whoever read them before.
    fn remember(&mut self, assigned: &[Assigned], stop: &AtomicBool) -> Result<(), LogError> {
        let span = self.intake.remembers();
        let mut ranges = Vec::new();
        for one in assigned {
            self.recent.insert(one.partition, RecentIds::new(span));
            let to = one.position();
            let from = Offset((to.0 - i64::try_from(span).unwrap_or(i64::MAX)).max(one.low.0));
            if from < to {
                ranges.push(OffsetRange {
                    partition: one.partition,
                    from,
                    to,
                });
            }
        }
        if ranges.is_empty() || span == 0 {
            return Ok(());
        }
        self.log.read_beside(SideTopic::Logins, &ranges)?;
        let give_up_ms = self.clock.monotonic_ms() + REMEMBER_MS;
        let mut batch = SideBatch::default();
        while !batch.done && !stop.load(Ordering::Relaxed) {
            self.log.poll_beside(&[], &mut batch)?;
            let records: Vec<Record> = std::mem::take(&mut batch.logins);
            let ids: Vec<Vec<u64>> = records
                .par_iter()
                .map(|record| self.intake.ids(record))
                .collect();
            for (record, ids) in records.iter().zip(ids) {
                if let Some(recent) = self.recent.get_mut(&record.partition) {
                    for id in ids {
                        recent.is_first(id, record.offset);
                    }
                }
            }
            if self.clock.monotonic_ms() >= give_up_ms {
                tracing::warn!(
                    "what was read before could not all be looked at again; what a provider sends \
                     twice over this start may count twice"
                );
                break;
            }
        }
        self.log.read_beside(SideTopic::Logins, &[])
    }

    /// Counts a record; an error where nearly all are rejected, and soon where all are.
    fn look_at(&mut self, rejected: Option<&'static str>) -> Result<(), BreakerTripped> {
        self.breaker.record(rejected)?;
        match rejected {
            None => self.was_right = true,
            Some(_) => self.rejected += 1,
        }
        match rejected {
            Some(reason) if !self.was_right && self.rejected >= MOST_WRONG => Err(BreakerTripped {
                rejected: self.rejected,
                records: self.rejected,
                reason,
            }),
            _ => Ok(()),
        }
    }

    fn commit(&mut self, batch: Vec<Taken>) -> Result<(), MoveError> {
        let mut output = Output::default();
        let mut told = Vec::new();
        for mut taken in batch {
            let reason = taken.rejected.as_ref().map(|rejected| rejected.reason);
            self.look_at(reason)?;
            told.append(&mut taken.told);
            output.offsets.insert(taken.partition, taken.offset.next());
            let messages = taken.messages.into_iter().map(|taken| taken.message);
            output.moved.extend(messages);
            output.rejected.extend(taken.rejected);
        }
        match self.log.commit(&output) {
            Ok(()) => {
                self.moved += output.moved.len() as u64;
                self.intake.committed(&told);
                Ok(())
            }
            Err(LogError::Aborted(reason)) => {
                tracing::warn!(
                    %reason,
                    "the transaction was aborted; its batch is read again"
                );
                self.merge.revoke_all();
                Ok(self.log.rewind()?)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What was polled, with records taken.
enum Step {
    Taken(Box<Taken>),
    Other(Polled),
}
