//! The loop: gather, decode, order, detect, explain, commit. One thread owns it and everything it writes.
//!
//! Everything a batch makes visible leaves in one transaction with the offsets that caused it. When that fails, the
//! undo log takes the batch out of the profiles and the log goes back to the committed offsets: what comes next is as
//! if the batch had never been read. Partitions that are assigned are restored first ([`recover`]).

pub mod breaker;
pub(crate) mod decode;
pub(crate) mod merge;
mod rejections;
mod restore;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

pub use breaker::{BreakerTripped, RejectBreaker};

use crate::checkpoint::{
    BatchEnd, Checkpoint, CheckpointConfig, CheckpointPlan, FlaggedAt, MOST_BYTES, Refused,
    RestoreError, Seal,
};
use crate::clock::Clock;
use crate::config::PipelineConfig;
use crate::detector::{Alert, AlertSettings, Detector, Finding, RecordPosition, Verdict};
use crate::health::Health;
use crate::log::{
    self, AlertMessage, Budget, Log, LogError, Output, Polled, Record, RejectedMessage,
};
#[cfg(test)]
use crate::log::{MemoryBroker, MemoryLog};
use crate::login::{Event, IdHasher, Rejected};
use crate::metrics::Metrics;
use crate::profile::{ChunkLogin, DamagedCell, ProfileReader, Profiles};
use decode::{DecodeLimits, Decoded, Step};
use merge::{PartitionMerge, Patience};
use rejections::Rejections;
use restore::Recovering;

/// Between two updates of the gauges.
const GAUGES_EVERY_MS: u64 = 1_000;

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
    pub profiles: Profiles,
    pub hasher: IdHasher,
    pub metrics: Metrics,
    pub health: Health,
    /// The name of the logins topic, as alerts give it.
    pub topic: String,
    /// Whose profiles of which topic are kept: of the group and the topic.
    pub stream: String,
}

/// The loop and what it owns.
pub struct Pipeline<L, C> {
    parts: PipelineParts<L, C>,
    merge: PartitionMerge<Decoded>,
    checkpoint: Checkpoint,
    /// Present until the assigned partitions are restored.
    recovering: Option<Recovering>,
    /// Partitions of a restore that was given up half way.
    given_up: Vec<i32>,
    told_unusable: bool,
    breaker: RejectBreaker,
    rejections: Rejections,
    forced_seen: u64,
    gauges_ms: u64,
    last_commit_ms: u64,
}

/// A flagged login on its way to becoming an alert.
struct Flagged {
    record: Record,
    verdict: Verdict,
}

impl Flagged {
    fn at(&self) -> Option<FlaggedAt> {
        let finding = self.verdict.finding.as_deref()?;
        Some((self.record.partition, self.record.offset, finding.flag))
    }

    fn is_repeat(&self) -> bool {
        let finding = self.verdict.finding.as_deref();
        finding.is_some_and(|finding| finding.flag.repeat)
    }
}

/// What one turn of the loop did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Logins and rejected events that were committed.
    pub committed: usize,
    /// Whether the batch was taken back.
    pub aborted: bool,
}

impl<L: Log, C: Clock> Pipeline<L, C> {
    #[must_use]
    pub fn new(parts: PipelineParts<L, C>) -> Self {
        let patience = Patience {
            hold_ms: parts.config.hold_ms,
            max_wait_ms: parts.config.max_wait_ms,
        };
        let breaker = RejectBreaker::new(parts.config.brake_share, parts.config.brake_window);
        parts
            .metrics
            .model
            .with_label_values(&[parts.detector.model().checksum()])
            .set(1);
        Self {
            merge: PartitionMerge::new(patience),
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
            gauges_ms: 0,
            last_commit_ms: 0,
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
    pub fn log(&self) -> &L {
        &self.parts.log
    }

    pub fn log_mut(&mut self) -> &mut L {
        &mut self.parts.log
    }

    /// Turns until told to stop or something ends it. The batch at hand is finished first, and what is not yet written
    /// of the profiles is, so that the next start has nothing to redo.
    pub fn run(&mut self, stop: &AtomicBool) -> Result<(), PipelineError> {
        while !stop.load(Ordering::Relaxed) {
            self.turn()?;
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
        self.gather()?;
        if self.recovering.is_some() {
            self.recover()?;
            self.update_gauges();
            return Ok(Turn::default());
        }
        self.follow_others()?;
        let mut batch = Vec::new();
        self.merge.take(
            self.parts.clock.monotonic_ms(),
            self.parts.config.max_records,
            &mut batch,
        );
        self.merge
            .regulate(&mut self.parts.log, &self.parts.config)?;
        self.update_gauges();
        let since_ms = self.parts.clock.monotonic_ms() - self.last_commit_ms;
        if batch.is_empty() {
            if since_ms >= IDLE_CHECKPOINT_MS && self.checkpoint_is_due() {
                return self.checkpoint_alone(self.checkpoint.budget(since_ms));
            }
            return Ok(Turn::default());
        }
        self.finish(batch, since_ms)
    }

    /// Detects and explains a batch, and commits it with the profiles that are due.
    fn finish(&mut self, batch: Vec<Decoded>, since_ms: u64) -> Result<Turn, PipelineError> {
        let records = batch.len();
        let (mut output, flagged) = self.detect(batch)?;
        output.alerts = self.explain(&flagged);
        let places: Vec<FlaggedAt> = flagged.iter().filter_map(Flagged::at).collect();
        let end = BatchEnd {
            offsets: &output.offsets,
            flagged: &places,
        };
        let budget = self.checkpoint.budget(since_ms);
        let mut plan = self.checkpoint.plan(&self.parts.profiles, end, budget);
        output.profiles = std::mem::take(&mut plan.messages);
        self.commit(&output, &flagged, records, plan)
    }

    fn checkpoint_is_due(&self) -> bool {
        self.recovering.is_none()
            && self.merge.partitions().next().is_some()
            && !self.checkpoint.is_complete(&self.parts.profiles)
    }

    /// Writes changed profiles without logins. The offsets go with them unchanged, so that a process whose partitions
    /// are another's by now is refused.
    fn checkpoint_alone(&mut self, budget: usize) -> Result<Turn, PipelineError> {
        let offsets = self.checkpoint.cut().clone();
        let end = BatchEnd {
            offsets: &offsets,
            flagged: &[],
        };
        let mut plan = self.checkpoint.plan(&self.parts.profiles, end, budget);
        let output = Output {
            profiles: std::mem::take(&mut plan.messages),
            offsets,
            ..Output::default()
        };
        self.commit(&output, &[], 0, plan)
    }

    /// Reads what there is, decodes it in parallel and queues it by partition.
    fn gather(&mut self) -> Result<(), PipelineError> {
        let config = &self.parts.config;
        let now_ms = self.parts.clock.monotonic_ms();
        // A login that only waits for its time must not wait for the poll as well.
        let due_ms = self.merge.next_due_ms(now_ms).unwrap_or(u64::MAX).max(1);
        let budget = Budget {
            max_records: config.max_records,
            max_bytes: config.max_bytes,
            linger_ms: match self.recovering {
                // The group is served; there is other work than to wait.
                Some(ref recovering) if !recovering.is_waiting() => 0,
                _ => config.linger_ms.min(due_ms),
            },
        };
        let (hasher, limits) = (&self.parts.hasher, self.decode_limits());
        let steps = decode::read(&mut self.parts.log, budget, hasher, &limits)?;
        let arrived_ms = self.parts.clock.monotonic_ms();
        for step in steps {
            match step {
                Step::Decoded(decoded) => self.merge.push_decoded(*decoded, arrived_ms),
                Step::Other(other) => self.follow(other)?,
            }
        }
        Ok(())
    }

    fn decode_limits(&self) -> DecodeLimits {
        let config = &self.parts.config;
        DecodeLimits {
            max_message_bytes: config.max_message_bytes,
            max_clock_skew_ms: config.max_clock_skew_ms,
            now_ms: self.parts.clock.now_ms(),
        }
    }

    fn follow(&mut self, polled: Polled) -> Result<(), PipelineError> {
        self.merge.follow(&polled);
        match polled {
            Polled::Assigned(assigned) => self.assigned(assigned)?,
            Polled::Revoked(partitions) => {
                if let Some(recovering) = self.recovering.take() {
                    self.given_up = recovering.partitions();
                }
                self.parts.health.set_restoring(None);
                for partition in partitions {
                    let lag = &self.parts.metrics.lag;
                    let _ = lag.remove_label_values(&[&partition.to_string()]);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Judges and applies a batch, one login after the other.
    fn detect(&mut self, batch: Vec<Decoded>) -> Result<(Output, Vec<Flagged>), PipelineError> {
        let mut output = Output::default();
        let (mut records, mut logins) = (Vec::new(), Vec::new());
        for Decoded { record, login } in batch {
            output.offsets.insert(record.partition, record.offset + 1);
            match login {
                Ok(login) => {
                    self.breaker.record(None)?;
                    records.push(record);
                    logins.push(login);
                }
                Err(rejected) => {
                    self.breaker.record(Some(rejected.reason.code()))?;
                    output.rejected.push(rejected_message(record, rejected));
                }
            }
        }
        let start_ns = self.parts.clock.monotonic_ns();
        let on_their_way: Vec<ChunkLogin<'_>> = records
            .iter()
            .zip(&logins)
            .map(|(record, login)| ChunkLogin {
                partition: record.partition,
                login: &login.0,
                display: &login.1,
            })
            .collect();
        let (detector, profiles) = (&self.parts.detector, &mut self.parts.profiles);
        let verdicts = detector.judge_all(profiles, &on_their_way)?;
        if !logins.is_empty() {
            let mean_ns = (self.parts.clock.monotonic_ns() - start_ns) as f64 / logins.len() as f64;
            self.parts.metrics.detect_seconds.observe(mean_ns / 1e9);
        }
        let flagged = records
            .into_iter()
            .zip(verdicts)
            .filter(|(_, verdict)| verdict.finding.is_some())
            .map(|(record, verdict)| Flagged { record, verdict })
            .collect();
        Ok((output, flagged))
    }

    /// Writes the alerts of a batch, in parallel: an explanation costs a thousand times what a score does.
    fn explain(&self, flagged: &[Flagged]) -> Vec<AlertMessage> {
        let detected_at_ms = self.parts.clock.now_ms();
        let (topic, model) = (&self.parts.topic, self.parts.detector.model());
        let settings = AlertSettings {
            contributions: self.parts.config.contributions,
            publish_repeats: self.parts.config.publish_repeats,
        };
        let write = |flagged: &Flagged| -> Option<AlertMessage> {
            if flagged.is_repeat() && !settings.publish_repeats {
                return None;
            }
            let finding: &Finding = flagged.verdict.finding.as_deref()?;
            // It was read once already, so this cannot fail.
            let event = Event::from_json(&flagged.record.value).ok()?;
            let source = RecordPosition {
                topic: topic.clone(),
                partition: flagged.record.partition,
                offset: flagged.record.offset,
            };
            let alert = Alert::new(
                &event,
                &flagged.verdict,
                finding,
                model,
                &source,
                detected_at_ms,
                settings,
            );
            let json = serde_json::to_vec(&alert).ok()?;
            Some(AlertMessage {
                user_id: event.user_id.to_string(),
                json,
            })
        };
        flagged.par_iter().filter_map(write).collect()
    }

    fn commit(
        &mut self,
        output: &Output,
        flagged: &[Flagged],
        records: usize,
        plan: CheckpointPlan,
    ) -> Result<Turn, PipelineError> {
        let start_ns = self.parts.clock.monotonic_ns();
        match self.parts.log.commit(output) {
            Ok(()) => {}
            Err(LogError::Aborted(reason)) => {
                tracing::warn!(
                    %reason,
                    "the transaction was aborted; its batch is read again"
                );
                self.take_back()?;
                return Ok(Turn {
                    committed: 0,
                    aborted: true,
                });
            }
            Err(error) => {
                self.parts.profiles.roll_back();
                return Err(error.into());
            }
        }
        self.last_commit_ms = self.parts.clock.monotonic_ms();
        let metrics = &self.parts.metrics;
        metrics.checkpoint_cells.inc_by(plan.cells as u64);
        let sizes = output.profiles.iter();
        let bytes: usize = sizes
            .filter_map(|message| message.value.as_ref().map(Vec::len))
            .sum();
        metrics.checkpoint_bytes.inc_by(bytes as u64);
        self.checkpoint.commit(&mut self.parts.profiles, plan);
        self.parts.profiles.commit();
        metrics
            .commit_seconds
            .observe((self.parts.clock.monotonic_ns() - start_ns) as f64 / 1e9);
        metrics.commits.inc();
        metrics
            .logins
            .inc_by((records - output.rejected.len()) as u64);
        self.count(output, flagged);
        Ok(Turn {
            committed: records,
            aborted: false,
        })
    }

    fn take_back(&mut self) -> Result<(), LogError> {
        self.last_commit_ms = self.parts.clock.monotonic_ms();
        self.parts.metrics.aborts.inc();
        self.parts.profiles.roll_back();
        for partition in self.merge.partitions().collect::<Vec<_>>() {
            self.merge.revoke(partition);
        }
        self.parts.log.rewind()
    }

    fn count(&mut self, output: &Output, flagged: &[Flagged]) {
        let metrics = &self.parts.metrics;
        let now_ms = self.parts.clock.now_ms();
        for one in flagged {
            if one.is_repeat() {
                metrics.repeats.inc();
            }
            metrics
                .alerts
                .with_label_values(&[one.verdict.severity().name()])
                .inc();
            if let Some(timestamp_ms) = one.record.timestamp_ms {
                metrics
                    .alert_delay_seconds
                    .observe((now_ms - timestamp_ms).max(0) as f64 / 1000.0);
            }
        }
        let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
        for rejected in &output.rejected {
            *reasons.entry(rejected.reason).or_default() += 1;
            self.rejections.count(rejected.reason);
        }
        for (reason, count) in reasons {
            metrics.rejected.with_label_values(&[reason]).inc_by(count);
        }
    }

    fn update_gauges(&mut self) {
        let forced = self.merge.forced();
        self.parts
            .metrics
            .forced_order
            .inc_by(forced - self.forced_seen);
        self.forced_seen = forced;
        let now_ms = self.parts.clock.monotonic_ms();
        if now_ms.saturating_sub(self.gauges_ms) < GAUGES_EVERY_MS {
            return;
        }
        self.gauges_ms = now_ms;
        self.rejections.tell(now_ms, &self.parts.topic);
        let metrics = &self.parts.metrics;
        for (partition, lag) in self.merge.lags() {
            metrics
                .lag
                .with_label_values(&[&partition.to_string()])
                .set(lag);
        }
        metrics.redo_logins.set(self.checkpoint.redo() as i64);
        for (kind, profiles, evicted) in self.parts.profiles.sizes() {
            metrics
                .profiles
                .with_label_values(&[kind])
                .set(profiles as i64);
            metrics
                .evicted
                .with_label_values(&[kind])
                .set(evicted as i64);
        }
    }
}

fn rejected_message(record: Record, rejected: Rejected) -> RejectedMessage {
    let (size, mut value) = (record.value.len(), record.value);
    value.truncate(log::MAX_REJECTED_BYTES);
    RejectedMessage {
        partition: record.partition,
        offset: record.offset,
        reason: rejected.reason.code(),
        value,
        size,
    }
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
