//! Moves logins to a topic keyed by user, in the order of their times and each once, so that
//! several nodes can share them.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::clock::Clock;
use crate::config::PipelineConfig;
use crate::log::{Budget, Log, LogError, MovedMessage, Output, Polled};
use crate::login::{Event, IdHasher};
use crate::pipeline::decode::{self, DecodeLimits, Decoded, Step};
use crate::pipeline::merge::{PartitionMerge, Patience};

/// How long a poll waits for a first record.
const IDLE_MS: u64 = 50;

/// The loop that moves.
pub struct Rekey<L, C> {
    log: L,
    clock: C,
    config: PipelineConfig,
    hasher: IdHasher,
    merge: PartitionMerge<Decoded>,
    joined: bool,
    moved: u64,
}

impl<L: Log, C: Clock> Rekey<L, C> {
    #[must_use]
    pub fn new(log: L, clock: C, config: PipelineConfig) -> Self {
        let patience = Patience {
            least_hold_ms: config.hold_ms,
            hold_ms: config.hold_ms,
            max_wait_ms: config.max_wait_ms,
        };
        Self {
            log,
            clock,
            config,
            hasher: IdHasher::default(),
            merge: PartitionMerge::new(patience),
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
    ) -> Result<u64, LogError> {
        while !stop.load(Ordering::Relaxed) {
            let idle = self.turn()?;
            progress(self.moved);
            let left = self.merge.lags().any(|(_, lag)| lag > 0);
            if until_end && idle && self.joined && !left {
                break;
            }
        }
        Ok(self.moved)
    }

    /// One batch; whether there was nothing to do.
    fn turn(&mut self) -> Result<bool, LogError> {
        let now_ms = self.clock.monotonic_ms();
        let due_ms = self.merge.next_due_ms(now_ms).unwrap_or(u64::MAX).max(1);
        let budget = Budget {
            max_records: self.config.max_records,
            max_bytes: self.config.max_bytes,
            idle_ms: IDLE_MS.min(due_ms),
            linger_ms: self.config.linger_ms.min(due_ms),
        };
        let limits = DecodeLimits::new(&self.config, self.clock.now_ms());
        let steps = decode::read(&mut self.log, budget, &self.hasher, &limits)?;
        let arrived_ms = self.clock.monotonic_ms();
        for step in steps {
            match step {
                Step::Decoded(decoded) => self.merge.push_decoded(*decoded, arrived_ms),
                Step::Other(other) => {
                    match &other {
                        Polled::Assigned(_) => self.joined = true,
                        Polled::Revoked(_) => self.joined = false,
                        _ => {}
                    }
                    self.merge.follow(&other);
                }
            }
        }
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

    fn commit(&mut self, batch: Vec<Decoded>) -> Result<(), LogError> {
        let mut output = Output::default();
        for Decoded { record, .. } in batch {
            output
                .offsets
                .insert(record.partition, record.offset.next());
            // What is no login goes along without a key: it is the detector's to reject.
            let key = Event::from_json(&record.value).ok();
            output.moved.push(MovedMessage {
                key: key.map(|event| event.user_id.to_string()),
                timestamp_ms: record.timestamp_ms,
                value: record.value,
            });
        }
        match self.log.commit(&output) {
            Ok(()) => {
                self.moved += output.moved.len() as u64;
                Ok(())
            }
            Err(LogError::Aborted(reason)) => {
                tracing::warn!(
                    %reason,
                    "the transaction was aborted; its batch is read again"
                );
                self.merge.revoke_all();
                self.log.rewind()
            }
            Err(error) => Err(error),
        }
    }
}
