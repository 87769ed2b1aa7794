//! The loop: gather, decode, order, detect, explain, commit. One thread owns it and everything it writes.
//!
//! Everything a batch makes visible leaves in one transaction with the offsets that caused it. When that fails, the
//! undo log takes the batch out of the profiles and the log goes back to the committed offsets: what comes next is as
//! if the batch had never been read.

pub mod brake;
mod decode;
pub mod log;
pub mod memory;
pub mod merge;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

pub use brake::{Brake, Braked};
pub use log::{Log, LogError, Output, Record};
pub use memory::MemoryLog;

use crate::clock::Clock;
use crate::config::PipelineConfig;
use crate::detector::{Alert, Detector, Finding, Source, Verdict};
use crate::login::{Event, IdHasher, Rejected};
use crate::metrics::Metrics;
use crate::profile::{ProfileReader, Profiles};
use decode::{DecodeLimits, Decoded, Step};
use log::{AlertMessage, Budget, Polled, RejectedMessage};
use merge::{Merge, Patience};

/// Between two updates of the gauges.
const GAUGES_EVERY_MS: u64 = 1_000;

/// Why the loop ended.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error(transparent)]
    Braked(#[from] Braked),
    #[error(transparent)]
    Log(#[from] LogError),
}

/// What the pipeline is built from.
pub struct Parts<L, C> {
    pub log: L,
    pub clock: C,
    pub config: PipelineConfig,
    pub detector: Detector,
    pub profiles: Profiles,
    pub hasher: IdHasher,
    pub metrics: Metrics,
    /// The name of the logins topic, as alerts give it.
    pub topic: String,
}

/// The loop and what it owns.
pub struct Pipeline<L, C> {
    parts: Parts<L, C>,
    merge: Merge<Decoded>,
    brake: Brake,
    forced_seen: u64,
    gauges_ms: u64,
}

/// A flagged login on its way to becoming an alert.
struct Flagged {
    record: Record,
    verdict: Verdict,
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
    pub fn new(parts: Parts<L, C>) -> Self {
        let patience = Patience {
            hold_ms: parts.config.hold_ms,
            max_wait_ms: parts.config.max_wait_ms,
        };
        let brake = Brake::new(parts.config.brake_share, parts.config.brake_window);
        parts
            .metrics
            .model
            .with_label_values(&[parts.detector.model().checksum()])
            .set(1);
        Self {
            merge: Merge::new(patience),
            brake,
            forced_seen: 0,
            gauges_ms: 0,
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

    /// Turns until told to stop or something ends it. The batch at hand is finished first.
    pub fn run(&mut self, stop: &AtomicBool) -> Result<(), PipelineError> {
        while !stop.load(Ordering::Relaxed) {
            self.turn()?;
        }
        Ok(())
    }

    /// One turn of the loop.
    pub fn turn(&mut self) -> Result<Turn, PipelineError> {
        self.gather()?;
        let mut batch = Vec::new();
        self.merge.take(
            self.parts.clock.monotonic_ms(),
            self.parts.config.max_records,
            &mut batch,
        );
        self.regulate()?;
        self.update_gauges();
        if batch.is_empty() {
            return Ok(Turn::default());
        }
        let records = batch.len();
        let (mut output, flagged) = self.detect(batch)?;
        output.alerts = self.explain(&flagged);
        self.commit(&output, &flagged, records)
    }

    /// Reads what there is, decodes it in parallel and queues it by partition.
    fn gather(&mut self) -> Result<(), LogError> {
        let config = &self.parts.config;
        let now_ms = self.parts.clock.monotonic_ms();
        // A login that only waits for its time must not wait for the poll as well.
        let due_ms = self.merge.next_due_ms(now_ms).unwrap_or(u64::MAX).max(1);
        let budget = Budget {
            max_records: config.max_records,
            max_bytes: config.max_bytes,
            linger_ms: config.linger_ms.min(due_ms),
        };
        let mut polled = Vec::new();
        self.parts.log.poll(budget, &mut polled)?;
        let hasher = &self.parts.hasher;
        let limits = DecodeLimits {
            max_message_bytes: config.max_message_bytes,
            max_clock_skew_ms: config.max_clock_skew_ms,
            now_ms: self.parts.clock.now_ms(),
        };
        let decoded: Vec<Step> = polled
            .into_par_iter()
            .map(|polled| Step::new(polled, hasher, &limits))
            .collect();
        let arrived_ms = self.parts.clock.monotonic_ms();
        for step in decoded {
            match step {
                Step::Decoded(decoded) => {
                    let (partition, offset) = (decoded.record.partition, decoded.record.offset);
                    let bytes = decoded.record.value.len();
                    self.merge.push(
                        partition,
                        offset,
                        decoded.order_ms(),
                        arrived_ms,
                        bytes,
                        *decoded,
                    );
                }
                Step::Other(other) => self.follow(other),
            }
        }
        Ok(())
    }

    fn follow(&mut self, polled: Polled) {
        match polled {
            Polled::Assigned(assigned) => {
                for one in assigned {
                    self.merge.assign(one.partition, one.position, one.end);
                }
            }
            Polled::Revoked(partitions) => {
                for partition in partitions {
                    self.merge.revoke(partition);
                    let _ = self
                        .parts
                        .metrics
                        .lag
                        .remove_label_values(&[&partition.to_string()]);
                }
            }
            Polled::CaughtUp(partition) => self.merge.caught_up(partition),
            Polled::End { partition, end } => self.merge.set_end(partition, end),
            Polled::Record(_) => {}
        }
    }

    /// Pauses partitions whose queues are full.
    fn regulate(&mut self) -> Result<(), LogError> {
        let (full, free) = self.merge.full_and_free(
            self.parts.config.max_waiting,
            self.parts.config.max_waiting_bytes,
        );
        if !full.is_empty() {
            self.parts.log.set_paused(&full, true)?;
        }
        if !free.is_empty() {
            self.parts.log.set_paused(&free, false)?;
        }
        Ok(())
    }

    /// Judges and applies a batch, one login after the other.
    fn detect(&mut self, batch: Vec<Decoded>) -> Result<(Output, Vec<Flagged>), Braked> {
        let mut output = Output::default();
        let mut flagged = Vec::new();
        let mut logins = 0u32;
        let start_ns = self.parts.clock.monotonic_ns();
        for Decoded { record, login } in batch {
            output.offsets.insert(record.partition, record.offset + 1);
            match login {
                Ok(login) => {
                    self.brake.record(None)?;
                    logins += 1;
                    let (login, shown) = *login;
                    let verdict = self.parts.detector.step(
                        &mut self.parts.profiles,
                        record.partition,
                        &login,
                        &shown,
                    );
                    if verdict.finding.is_some() {
                        flagged.push(Flagged { record, verdict });
                    }
                }
                Err(rejected) => {
                    self.brake.record(Some(rejected.reason.code()))?;
                    output.rejected.push(rejected_message(record, rejected));
                }
            }
        }
        if logins > 0 {
            let mean_ns = (self.parts.clock.monotonic_ns() - start_ns) as f64 / f64::from(logins);
            self.parts.metrics.detect_seconds.observe(mean_ns / 1e9);
        }
        Ok((output, flagged))
    }

    /// Writes the alerts of a batch, in parallel: an explanation costs a thousand times what a score does.
    fn explain(&self, flagged: &[Flagged]) -> Vec<AlertMessage> {
        let detected_at_ms = self.parts.clock.now_ms();
        let (topic, model, top) = (
            &self.parts.topic,
            self.parts.detector.model(),
            self.parts.config.contributions,
        );
        let write = |flagged: &Flagged| -> Option<AlertMessage> {
            let finding: &Finding = flagged.verdict.finding.as_deref()?;
            // It was read once already, so this cannot fail.
            let event = Event::from_json(&flagged.record.value).ok()?;
            let source = Source {
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
                top,
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
    ) -> Result<Turn, PipelineError> {
        let start_ns = self.parts.clock.monotonic_ns();
        match self.parts.log.commit(output) {
            Ok(()) => {}
            Err(LogError::Aborted(reason)) => {
                tracing::warn!(
                    reason,
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
        self.parts.profiles.commit();
        let metrics = &self.parts.metrics;
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
        self.parts.metrics.aborts.inc();
        self.parts.profiles.roll_back();
        for partition in self.merge.partitions().collect::<Vec<_>>() {
            self.merge.revoke(partition);
        }
        self.parts.log.rewind()
    }

    fn count(&self, output: &Output, flagged: &[Flagged]) {
        let metrics = &self.parts.metrics;
        let now_ms = self.parts.clock.now_ms();
        for one in flagged {
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
        let metrics = &self.parts.metrics;
        for (partition, lag) in self.merge.lags() {
            metrics
                .lag
                .with_label_values(&[&partition.to_string()])
                .set(lag);
        }
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
mod tests;
