//! The end of a batch: its flagged logins join their incidents, verdicts act, and everything it makes
//! visible goes in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use super::alerts::AlertWriter;
use super::flagged::Flagged;
use super::incidents::{Joining, Teller};
use super::{Pipeline, PipelineError, Turn};
use crate::checkpoint::{BatchEnd, CheckpointPlan, LatestTimes, OffsetVector, Ruling, SealError};
use crate::clock::Clock;
use crate::detector::AlertSettings;
use crate::incident::Incident;
use crate::log::{Log, LogError, Output};
use crate::login::Partition;
use crate::profile::CellName;

/// Changed profiles may wait so long for a batch that has nothing to tell.
const PAGES_WAIT_MS: u64 = 200;

/// The end of a batch.
struct Ending<'a> {
    offsets: &'a OffsetVector,
    rulings: &'a [Ruling],
    latest: &'a LatestTimes,
    amended: &'a [CellName],
}

impl<L: Log + Send, C: Clock + Sync> Pipeline<L, C> {
    /// Commits what is open, with the profiles that are due.
    pub(super) fn close(&mut self) -> Result<Turn, PipelineError> {
        let Some(mut open) = self.open.take() else {
            return Ok(Turn::default());
        };
        let began_ms = self.parts.clock.monotonic_ms();
        let mut teller = Teller::default();
        let joined = Joining {
            incidents: &mut self.incidents,
            hasher: &self.parts.hasher,
            topic: &self.parts.topic,
            publishing: self.parts.config.publishing,
        }
        .join(&open, &mut teller)?;
        open.output.alerts = self.alert_writer().write(&open.flagged, &joined)?;
        for (flagged, joined) in open.flagged.iter_mut().zip(&joined) {
            let quiet_by = joined.and_then(|joined| joined.quiet_by);
            if let Some(verdict) = quiet_by {
                flagged.suppressed_by = Some(verdict.name().to_owned());
            }
        }
        let amended = self.settle(open.now_s, teller, &mut open.output)?;
        let rulings = open.rulings();
        let budget = self.page_budget(open.tells, began_ms);
        let end = Ending {
            offsets: &open.output.offsets,
            rulings: &rulings,
            latest: &open.latest,
            amended: &amended,
        };
        let mut plan = self.plan(end, budget)?;
        open.output.profiles = std::mem::take(&mut plan.messages);
        let turn = self.commit(&open.output, &open.flagged, open.records, plan)?;
        if !turn.aborted {
            self.parts.metrics.rules.count(&open.met);
            let held_back = open.held_back.len() as u64;
            self.parts.metrics.held_back.inc_by(held_back);
            let ended_ms = self.parts.clock.monotonic_ms();
            self.pace.committed(open.records, began_ms, ended_ms);
        }
        Ok(turn)
    }

    /// What others have added to incidents, what people have said of them, and what has ended. Gives
    /// the cells that verdicts changed.
    fn settle(
        &mut self,
        now_s: u32,
        mut teller: Teller,
        output: &mut Output,
    ) -> Result<Vec<CellName>, PipelineError> {
        let mut tell = |telling, incident: &Incident| teller.tell(telling, incident);
        self.incidents.settle(now_s, &mut tell);
        let amended = self.act_on_feedback(now_s, &mut teller, output)?;
        output.incidents = teller.into_messages()?;
        Ok(amended)
    }

    /// Whether incidents have something to tell without a login.
    pub(super) fn has_news(&self) -> bool {
        self.recovering.is_none()
            && self.merge.partitions().next().is_some()
            && (!self.feedback.is_empty() || self.incidents.has_news(self.checkpoint.latest_s()))
    }

    fn plan(&self, ending: Ending<'_>, budget: usize) -> Result<CheckpointPlan, SealError> {
        let incidents = self.incidents.changes();
        let partitions: BTreeSet<Partition> =
            incidents.iter().map(|changed| changed.partition).collect();
        let partitions = partitions.into_iter();
        let count = |partition| (partition, self.incidents.count_in(partition));
        let end = BatchEnd {
            offsets: ending.offsets,
            rulings: ending.rulings,
            latest: ending.latest,
            incident_counts: &partitions.map(count).collect(),
            incidents: &incidents,
            feedback: self.feedback.taken_to(),
            amended: ending.amended,
        };
        self.checkpoint.plan(&self.parts.profiles, end, budget)
    }

    fn alert_writer(&self) -> AlertWriter<'_> {
        AlertWriter {
            topic: &self.parts.topic,
            detector: &self.parts.detector,
            settings: AlertSettings {
                contributions: self.parts.config.contributions,
                publish_repeats: self.parts.config.publishing.repeats,
                detected_at_ms: self.parts.clock.now_ms(),
            },
            publishing: self.parts.config.publishing,
        }
    }

    pub(super) fn checkpoint_is_due(&self) -> bool {
        self.recovering.is_none()
            && self.merge.partitions().next().is_some()
            && !self.checkpoint.is_complete(&self.parts.profiles)
    }

    /// How much of the changed profiles goes with a batch, bytes. Alerts do not wait for pages: those
    /// go with the next batch that has nothing to tell, if one comes soon.
    pub(super) fn page_budget(&mut self, tells: bool, now_ms: u64) -> usize {
        let since_ms = now_ms.saturating_sub(self.last_pages_ms);
        if tells && since_ms < PAGES_WAIT_MS {
            return 0;
        }
        self.last_pages_ms = now_ms;
        self.checkpoint.budget(since_ms)
    }

    /// Writes changed profiles without logins. The offsets go with them unchanged, so that a
    /// process whose partitions are another's by now is refused.
    pub(super) fn checkpoint_alone(&mut self, budget: usize) -> Result<Turn, PipelineError> {
        let offsets = self.checkpoint.cut().clone();
        let mut output = Output::default();
        let now_s = self.checkpoint.latest_s();
        let amended = self.settle(now_s, Teller::default(), &mut output)?;
        let end = Ending {
            offsets: &offsets,
            rulings: &[],
            latest: &LatestTimes::new(),
            amended: &amended,
        };
        let mut plan = self.plan(end, budget)?;
        output.profiles = std::mem::take(&mut plan.messages);
        output.offsets = offsets;
        self.commit(&output, &[], 0, plan)
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
                self.incidents.roll_back();
                self.feedback.roll_back();
                return Err(error.into());
            }
        }
        self.last_commit_ms = self.parts.clock.monotonic_ms();
        let metrics = &self.parts.metrics;
        metrics
            .checkpoint
            .count_written(&output.profiles, plan.cells);
        self.checkpoint.commit(&mut self.parts.profiles, plan);
        self.parts.profiles.commit();
        self.incidents.commit();
        self.feedback.commit();
        let took_ns = self.parts.clock.monotonic_ns() - start_ns;
        let transactions = &metrics.transactions;
        transactions.commit_seconds.observe(took_ns as f64 / 1e9);
        transactions.commits.inc();
        metrics
            .logins
            .inc_by((records - output.rejected.len()) as u64);
        self.count(output, flagged);
        Ok(Turn {
            committed: records,
            aborted: false,
        })
    }

    pub(super) fn take_back(&mut self) -> Result<(), LogError> {
        self.last_commit_ms = self.parts.clock.monotonic_ms();
        self.parts.metrics.transactions.aborts.inc();
        self.parts.profiles.roll_back();
        self.incidents.roll_back();
        self.feedback.roll_back();
        self.merge.revoke_all();
        self.parts.log.rewind()
    }

    fn count(&mut self, output: &Output, flagged: &[Flagged]) {
        let metrics = &self.parts.metrics;
        let now_ms = self.parts.clock.now_ms();
        for flagged in flagged {
            metrics
                .alerts
                .count(flagged, self.parts.config.publishing, now_ms);
        }
        metrics.incidents.count_verdicts(output);
        for incident in &output.incidents {
            metrics.incidents.count(incident.told);
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
}
