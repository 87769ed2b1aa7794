//! Judges logins and applies each before the next, into the open batch.

use super::PipelineError;
use super::alerts::Flagged;
use super::batch::OpenBatch;
use super::breaker::RejectBreaker;
use super::decode::Decoded;
use super::metrics::PipelineMetrics;
use crate::clock::Clock;
use crate::config::Publishing;
use crate::detector::{Detector, Suppressions};
use crate::log::RejectedMessage;
use crate::profile::{ChunkLogin, Profiles};

/// What judging needs of the pipeline, while its log is read.
pub(super) struct Judge<'a, C> {
    pub breaker: &'a mut RejectBreaker,
    pub detector: &'a Detector,
    pub profiles: &'a mut Profiles,
    pub metrics: &'a PipelineMetrics,
    pub clock: &'a C,
    pub publishing: Publishing,
    pub suppressions: &'a Suppressions,
}

impl<C: Clock> Judge<'_, C> {
    /// Adds what is ready to the open batch.
    pub fn add(&mut self, ready: Vec<Decoded>, open: &mut OpenBatch) -> Result<(), PipelineError> {
        open.records += ready.len();
        let (mut records, mut logins) = (Vec::new(), Vec::new());
        for Decoded { record, login } in ready {
            let offsets = &mut open.output.offsets;
            offsets.insert(record.partition, record.offset.next());
            match login {
                Ok(login) => {
                    self.breaker.record(None)?;
                    records.push(record);
                    logins.push(login);
                }
                Err(rejected) => {
                    self.breaker.record(Some(rejected.reason.code()))?;
                    open.output
                        .rejected
                        .push(RejectedMessage::new(record, rejected.reason.code()));
                    open.tells = true;
                }
            }
        }
        let start_ns = self.clock.monotonic_ns();
        let on_their_way: Vec<ChunkLogin<'_>> = records
            .iter()
            .zip(&logins)
            .map(|(record, login)| ChunkLogin::new(record.partition, login))
            .collect();
        let verdicts = self.detector.judge_all(self.profiles, &on_their_way)?;
        if !logins.is_empty() {
            let mean_ns = (self.clock.monotonic_ns() - start_ns) as f64 / logins.len() as f64;
            self.metrics.detect_seconds.observe(mean_ns / 1e9);
        }
        let times = logins.iter().map(|login| login.0.time_ms);
        let judged = records.into_iter().zip(times).zip(verdicts);
        let flagged = judged.filter_map(|((record, time_ms), verdict)| {
            Flagged::new(record, time_ms, verdict, self.suppressions)
        });
        for flagged in flagged {
            open.tells |= flagged.is_published(self.publishing);
            open.flagged.push(flagged);
        }
        Ok(())
    }
}
