//! The loop: gather, decode, order, detect, explain, commit. One thread owns it and everything it
//! writes.
//!
//! Everything a batch makes visible leaves in one transaction with the offsets that caused it. When
//! that fails, the undo log takes the batch out of the profiles and the log goes back to the
//! committed offsets: what comes next is as if the batch had never been read. Partitions that are
//! assigned are restored first ([`restore`]).

mod alerts;
mod batch;
pub mod breaker;
pub(crate) mod decode;
mod ending;
mod feedback;
mod flagged;
mod hold;
mod incidents;
mod judge;
pub(crate) mod merge;
mod metrics;
mod rejections;
mod restore;

use std::sync::atomic::{AtomicBool, Ordering};

pub use breaker::{BreakerTripped, RejectBreaker};

use crate::checkpoint::{
    Checkpoint, CheckpointConfig, MOST_BYTES, Refused, RestoreError, Seal, SealError,
};
use crate::clock::Clock;
use crate::config::PipelineConfig;
use crate::detector::{Detector, Suppressions};
use crate::health::Health;
use crate::incident::{IncidentLimits, Incidents};
use crate::log::{Budget, Log, LogError, Polled};
#[cfg(test)]
use crate::log::{MemoryBroker, MemoryLog};
use crate::login::{IdHasher, Partition};
use crate::profile::{DamagedCell, ProfileReader, Profiles};
use batch::{OpenBatch, Pace};
use decode::{DecodeLimits, Decoded, Step};
use feedback::PendingFeedback;
pub use flagged::AlertError;
use judge::Judge;
use merge::{PartitionMerge, Patience};
pub use metrics::PipelineMetrics;
use rejections::Rejections;
use restore::Recovering;

/// Between two updates of the gauges.
const GAUGES_EVERY_MS: u64 = 1_000;

/// Fewer logins than these are judged and read after each other.
const LEAST_PARALLEL: usize = 64;
/// Records that one poll brings at most: the next ones are decoded while these are judged.
const MOST_POLLED: usize = 8_192;
/// How long a poll waits for a first record.
const IDLE_MS: u64 = 50;

/// Without logins, changed profiles are written this often.
const IDLE_CHECKPOINT_MS: u64 = 200;

/// Why the loop ended.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error(transparent)]
    Tripped(#[from] BreakerTripped),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Damaged(#[from] DamagedCell),
    #[error(transparent)]
    Alert(#[from] AlertError),
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl From<RestoreError> for PipelineError {
    fn from(error: RestoreError) -> Self {
        match error {
            RestoreError::Refused(refused) => refused.into(),
            RestoreError::Damaged(damaged) => damaged.into(),
        }
    }
}

/// What the pipeline is built from.
pub struct PipelineParts<L, C> {
    pub log: L,
    pub clock: C,
    pub config: PipelineConfig,
    pub checkpoint: CheckpointConfig,
    pub detector: Detector,
    pub suppressions: Suppressions,
    pub incidents: IncidentLimits,
    pub profiles: Profiles,
    pub hasher: IdHasher,
    pub metrics: PipelineMetrics,
    pub health: Health,
    /// The name of the logins topic, as alerts give it.
    pub topic: String,
    /// Whose profiles of which topic are kept: of the group and the topic.
    pub stream: String,
}

/// The loop and what it owns.
pub struct Pipeline<L, C> {
    parts: PipelineParts<L, C>,
    incidents: Incidents,
    feedback: PendingFeedback,
    /// Whether other processes may have partitions of the topic.
    has_peers: bool,
    merge: PartitionMerge<Decoded>,
    /// What is judged and not yet committed.
    open: Option<OpenBatch>,
    pace: Pace,
    checkpoint: Checkpoint,
    /// Present until the assigned partitions are restored.
    recovering: Option<Recovering>,
    /// Partitions of a restore that was given up half way.
    given_up: Vec<Partition>,
    told_unusable: bool,
    breaker: RejectBreaker,
    rejections: Rejections,
    forced_seen: u64,
    late_seen: u64,
    gauges_ms: u64,
    last_commit_ms: u64,
    /// When changed profiles were last given room in a batch.
    last_pages_ms: u64,
}

/// What one turn of the loop did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Logins and rejected events that were committed.
    pub committed: usize,
    /// Whether the batch was taken back.
    pub aborted: bool,
}

impl<L: Log + Send, C: Clock + Sync> Pipeline<L, C> {
    #[must_use]
    pub fn new(parts: PipelineParts<L, C>) -> Self {
        let patience = Patience {
            least_hold_ms: parts.config.least_hold_ms,
            hold_ms: parts.config.hold_ms,
            max_wait_ms: parts.config.max_wait_ms,
        };
        let breaker = RejectBreaker::new(parts.config.brake_share, parts.config.brake_window);
        parts.metrics.model.set(parts.detector.model());
        parts.metrics.alerts.set_suppressions(&parts.suppressions);
        parts.metrics.rules.set(parts.detector.rules());
        Self {
            incidents: Incidents::new(parts.incidents)
                .with_two_for_critical(parts.config.two_for_critical),
            feedback: PendingFeedback::default(),
            has_peers: false,
            merge: PartitionMerge::new(patience),
            open: None,
            pace: Pace::new(parts.config.max_records),
            checkpoint: Checkpoint::new(
                parts.stream.clone(),
                Seal::new(&parts.hasher),
                parts.checkpoint,
            ),
            recovering: None,
            given_up: Vec::new(),
            told_unusable: false,
            breaker,
            rejections: Rejections::default(),
            forced_seen: 0,
            late_seen: 0,
            gauges_ms: 0,
            last_commit_ms: 0,
            last_pages_ms: 0,
            parts,
        }
    }

    /// What other threads may read of the profiles.
    #[must_use]
    pub fn reader(&self) -> ProfileReader {
        self.parts.profiles.reader()
    }

    #[must_use]
    pub fn profiles(&self) -> &Profiles {
        &self.parts.profiles
    }

    #[must_use]
    pub fn incidents(&self) -> &Incidents {
        &self.incidents
    }

    #[must_use]
    pub fn log(&self) -> &L {
        &self.parts.log
    }

    pub fn log_mut(&mut self) -> &mut L {
        &mut self.parts.log
    }

    /// Turns until told to stop or something ends it. The batch at hand is finished first, and what
    /// is not yet written of the profiles is, so that the next start has nothing to redo.
    pub fn run(&mut self, stop: &AtomicBool) -> Result<(), PipelineError> {
        while !stop.load(Ordering::Relaxed) {
            self.turn()?;
        }
        if self.close()?.aborted {
            return Ok(());
        }
        let end_ms = self.parts.clock.monotonic_ms() + self.parts.config.last_checkpoint_ms;
        while self.checkpoint_is_due() && self.parts.clock.monotonic_ms() < end_ms {
            if self.checkpoint_alone(MOST_BYTES)?.aborted {
                break;
            }
        }
        Ok(())
    }

    /// One turn of the loop.
    pub fn turn(&mut self) -> Result<Turn, PipelineError> {
        let now_ms = self.parts.clock.monotonic_ms();
        let mut ready = Vec::new();
        if self.recovering.is_none() {
            let open = self.open.as_ref().map_or(0, |open| open.records);
            let most = self.pace.records().saturating_sub(open);
            self.merge.take(now_ms, most, &mut ready);
        }
        self.judge_and_gather(ready, now_ms)?;
        if self.recovering.is_some() {
            self.recover()?;
            self.update_gauges();
            return Ok(Turn::default());
        }
        self.gather_feedback()?;
        let (log, config) = (&mut self.parts.log, &self.parts.config);
        self.merge.regulate(log, config)?;
        self.update_gauges();
        let now_ms = self.parts.clock.monotonic_ms();
        if let Some(open) = &self.open {
            if self.due_ms(open, now_ms) == 0 {
                let turn = self.close()?;
                // What others wrote belongs to no batch.
                self.follow_others()?;
                return Ok(turn);
            }
            return Ok(Turn::default());
        }
        self.follow_others()?;
        let since_ms = now_ms - self.last_commit_ms;
        if since_ms >= IDLE_CHECKPOINT_MS && (self.checkpoint_is_due() || self.has_news()) {
            let budget = self.page_budget(false, now_ms);
            return self.checkpoint_alone(budget);
        }
        Ok(Turn::default())
    }

    /// Judges what is ready while the next records are read and decoded.
    fn judge_and_gather(&mut self, ready: Vec<Decoded>, now_ms: u64) -> Result<(), PipelineError> {
        let budget = self.budget(now_ms, ready.is_empty());
        let limits = self.decode_limits();
        let parts = &mut self.parts;
        let (log, hasher) = (&mut parts.log, &parts.hasher);
        let mut read = || decode::read(log, budget, hasher, &limits);
        let steps = if ready.is_empty() {
            read()?
        } else {
            let mut open = self.open.take().unwrap_or_else(|| OpenBatch {
                since_ms: now_ms,
                now_s: self.checkpoint.latest_s(),
                ..OpenBatch::default()
            });
            let mut judge = Judge {
                breaker: &mut self.breaker,
                detector: &parts.detector,
                profiles: &mut parts.profiles,
                metrics: &parts.metrics,
                clock: &parts.clock,
                publishing: parts.config.publishing,
                suppressions: &parts.suppressions,
            };
            let (judged, steps) = if ready.len() < LEAST_PARALLEL {
                (judge.add(ready, &mut open), read())
            } else {
                rayon::join(|| judge.add(ready, &mut open), read)
            };
            judged?;
            self.open = Some(open);
            if parts.profiles.users_cross_partitions() {
                self.merge.pin_hold();
            }
            steps?
        };
        let arrived_ms = self.parts.clock.monotonic_ms();
        for step in steps {
            match step {
                Step::Decoded(decoded) => self.merge.push_decoded(*decoded, arrived_ms),
                Step::Other(other) => self.follow(other)?,
            }
        }
        Ok(())
    }

    fn due_ms(&self, open: &OpenBatch, now_ms: u64) -> u64 {
        let max_open_ms = self.parts.config.max_open_ms;
        let waiting = self.merge.lags().map(|(_, lag)| lag).sum();
        open.due_ms(now_ms, &self.pace, max_open_ms, waiting)
    }

    /// Takes what is open out of the profiles: its partitions are assigned anew, and it is read
    /// again.
    fn drop_open(&mut self) {
        if self.open.take().is_some() {
            self.parts.profiles.roll_back();
        }
    }

    /// What the next poll may take and wait for.
    fn budget(&self, now_ms: u64, nothing_ready: bool) -> Budget {
        let config = &self.parts.config;
        let busy = match &self.recovering {
            // The group is served; there is other work than to wait.
            Some(recovering) => !recovering.is_waiting(),
            None => !nothing_ready,
        };
        // What only waits for its time must not wait for the poll as well.
        let open = self.open.as_ref();
        let closes_ms = open.map(|open| self.due_ms(open, now_ms));
        let due_ms = self.merge.next_due_ms(now_ms).into_iter().chain(closes_ms);
        let due_ms = due_ms.min().unwrap_or(u64::MAX).max(1);
        let room = self.merge.room(config.max_waiting);
        Budget {
            max_records: room.clamp(1, config.max_records.min(MOST_POLLED)),
            max_bytes: config.max_bytes,
            idle_ms: if busy { 0 } else { IDLE_MS.min(due_ms) },
            linger_ms: if busy {
                0
            } else {
                config.linger_ms.min(due_ms)
            },
        }
    }

    fn decode_limits(&self) -> DecodeLimits {
        DecodeLimits::new(&self.parts.config, self.parts.clock.now_ms())
    }

    fn follow(&mut self, polled: Polled) -> Result<(), PipelineError> {
        if matches!(polled, Polled::Assigned(_) | Polled::Revoked(_)) {
            self.drop_open();
        }
        self.merge.follow(&polled);
        match polled {
            Polled::Assigned(assigned) => self.assigned(assigned)?,
            Polled::Revoked(partitions) => {
                if let Some(recovering) = self.recovering.take() {
                    self.given_up = recovering.partitions();
                }
                self.parts.health.set_restoring(None);
                for partition in partitions {
                    let lag = &self.parts.metrics.order.lag;
                    let _ = lag.remove_label_values(&[&partition.to_string()]);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn update_gauges(&mut self) {
        let order = &self.parts.metrics.order;
        let (forced, late) = (self.merge.forced(), self.merge.late());
        order.forced.inc_by(forced - self.forced_seen);
        order.late.inc_by(late - self.late_seen);
        (self.forced_seen, self.late_seen) = (forced, late);
        let now_ms = self.parts.clock.monotonic_ms();
        if now_ms.saturating_sub(self.gauges_ms) < GAUGES_EVERY_MS {
            return;
        }
        self.gauges_ms = now_ms;
        self.rejections.tell(now_ms, &self.parts.topic);
        let metrics = &self.parts.metrics;
        for (partition, lag) in self.merge.lags() {
            metrics
                .order
                .lag
                .with_label_values(&[&partition.to_string()])
                .set(lag as i64);
        }
        metrics.order.hold_ms.set(self.merge.hold_ms() as i64);
        let redo_logins = &metrics.checkpoint.redo_logins;
        redo_logins.set(self.checkpoint.redo() as i64);
        metrics.profiles.update(&self.parts.profiles);
        metrics.incidents.open.set(self.incidents.open() as i64);
    }
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
