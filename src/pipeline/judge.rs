//! Judges logins and applies each before the next, into the open batch.

use super::PipelineError;
use super::batch::{OpenBatch, PlacedEvidence};
use super::breaker::RejectBreaker;
use super::decode::Decoded;
use super::flagged::Flagged;
use super::metrics::PipelineMetrics;
use crate::checkpoint::Ruling;
use crate::clock::Clock;
use crate::config::Publishing;
use crate::detector::{Detector, Suppressions, Verdict};
use crate::incident::{LateEvidence, is_late_evidence};
use crate::log::{Record, RejectedMessage};
use crate::login::Login;
use crate::profile::{ChunkLogin, Disposition, Profiles};

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
        let judged = records.into_iter().zip(&logins).zip(verdicts);
        for ((record, login), verdict) in judged {
            self.note(record, &login.0, verdict, open);
        }
        Ok(())
    }

    /// Keeps what a batch has to tell of a login.
    fn note(&self, record: Record, login: &Login, verdict: Verdict, open: &mut OpenBatch) {
        let now_s = open.note_time(record.partition, login.time_s());
        // What is not scored has none.
        if verdict.risk > 0.0 {
            self.metrics.risk.observe(verdict.risk);
        }
        for rule in self.detector.rules().of(verdict.met) {
            *open.met.entry(rule.name).or_default() += 1;
        }
        if verdict.disposition() == Disposition::HeldBack {
            open.held_back.push(Ruling {
                partition: record.partition,
                offset: record.offset,
                disposition: Disposition::HeldBack,
            });
        }
        if let Some(finding) = verdict.finding {
            let (suppressions, rules) = (self.suppressions, self.detector.rules());
            let time_ms = login.time_ms;
            let flagged = Flagged::new(record, time_ms, now_s, finding, suppressions, rules);
            open.tells |= flagged.may_tell(self.publishing);
            open.flagged.push(flagged);
        } else if is_late_evidence(login.kind) {
            open.evidence.push(PlacedEvidence {
                before: open.flagged.len(),
                now_s,
                evidence: LateEvidence {
                    user: login.user,
                    time_s: login.time_s(),
                    kind: login.kind,
                },
            });
        }
    }
}
