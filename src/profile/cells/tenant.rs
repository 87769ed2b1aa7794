//! What is remembered of everyone in a tenant together.

use super::finding::Flag;
use super::user::{hour_slot, local_s, slot_of};
use super::{Disposition, ESTABLISHING_SUCCESSES, JudgedLogin, ProfileCell};
use crate::codec::{Wire, read_sparse, wire_struct, write_sparse};
use crate::sketch::Ring;

const MONTH_S: u32 = 30 * 86_400;

/// Counts of all time by hour of the day, weekdays and weekends apart, with their sum.
#[derive(Clone, Debug, PartialEq)]
struct HourTable {
    counts: [u32; 48],
    total: u64,
}

impl Default for HourTable {
    fn default() -> Self {
        Self::new([0; 48])
    }
}

impl HourTable {
    fn new(counts: [u32; 48]) -> Self {
        let total = counts.iter().map(|count| u64::from(*count)).sum();
        Self { counts, total }
    }

    fn count(&mut self, slot: usize) {
        if let Some(count) = self.counts[slot].checked_add(1) {
            self.counts[slot] = count;
            self.total += 1;
        }
    }

    fn merge(&mut self, other: &Self) {
        let counts =
            std::array::from_fn(|slot| self.counts[slot].saturating_add(other.counts[slot]));
        *self = Self::new(counts);
    }
}

impl Wire for HourTable {
    fn write(&self, _: u32, out: &mut Vec<u8>) {
        write_sparse(&self.counts, out);
    }

    fn read(_: u32, input: &mut &[u8]) -> Option<Self> {
        read_sparse(input).map(Self::new)
    }
}

/// Attempts and failures of everyone in a tenant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TenantCell {
    last_s: u32,
    successes: Ring<u32, 6, MONTH_S>,
    attempts: Ring<u32, 6, 600>,
    failures: Ring<u32, 6, 600>,
    /// In UTC; successes in local time.
    usual_attempts: HourTable,
    usual_failures: HourTable,
    usual_successes: HourTable,
    /// Findings told of for the first time, by minute: urgent ones, and the others.
    urgent_findings: Ring<u16, 1, 60>,
    other_findings: Ring<u16, 1, 60>,
}

wire_struct!(TenantCell {
    last_s,
    successes,
    attempts,
    failures,
    usual_attempts,
    usual_failures,
    usual_successes,
    urgent_findings,
    other_findings
});

/// How many attempts a share of failures is smoothed with.
const PRIOR_ATTEMPTS: f64 = 20.0;

impl TenantCell {
    #[must_use]
    pub fn successes(&self, now_s: u32) -> u32 {
        self.successes.total(now_s)
    }

    /// Failures of the last hour.
    #[must_use]
    pub fn failures(&self, now_s: u32) -> u32 {
        self.failures.total(now_s)
    }

    /// Findings as urgent as this one that were told of in the last minute.
    #[must_use]
    pub fn told_this_minute(&self, now_s: u32, flag: Flag) -> u16 {
        let findings = if flag.is_urgent() {
            &self.urgent_findings
        } else {
            &self.other_findings
        };
        findings.total(now_s)
    }

    /// Share of failures in the last hour over the share usual at this hour; about 1 when all is
    /// quiet.
    #[must_use]
    pub fn failure_level(&self, now_s: u32) -> f64 {
        let slot = hour_slot(now_s);
        let (attempts, failures) = (self.attempts.total(now_s), self.failures.total(now_s));
        // The hour under suspicion says nothing of what is usual.
        let usual = (f64::from(self.usual_failures.counts[slot].saturating_sub(failures)) + 1.0)
            / (f64::from(self.usual_attempts.counts[slot].saturating_sub(attempts))
                + PRIOR_ATTEMPTS);
        let recent =
            (f64::from(failures) + usual * PRIOR_ATTEMPTS) / (f64::from(attempts) + PRIOR_ATTEMPTS);
        recent / usual
    }

    /// Share of failures of all time among everyone, above 0.
    #[must_use]
    pub fn usual_failure_share(&self) -> f64 {
        (self.usual_failures.total as f64 + 1.0)
            / (self.usual_attempts.total as f64 + PRIOR_ATTEMPTS)
    }

    /// Probability of a success in the slot of a local hour, among everyone.
    #[must_use]
    pub fn hour_share(&self, slot: usize) -> f64 {
        let usual = &self.usual_successes;
        (f64::from(usual.counts[slot]) + 1.0) / (usual.total as f64 + 48.0)
    }
}

impl ProfileCell for TenantCell {
    const DIVIDED: bool = true;

    fn apply(&mut self, judged: &JudgedLogin<'_>) {
        let now = judged.login.time_s();
        let slot = hour_slot(now);
        self.last_s = self.last_s.max(now);
        self.attempts.add(now, &1);
        self.usual_attempts.count(slot);
        if !judged.login.success {
            self.failures.add(now, &1);
            self.usual_failures.count(slot);
        }
        if let Disposition::Flagged(flag) = judged.disposition
            && !flag.repeat
        {
            let findings = if flag.is_urgent() {
                &mut self.urgent_findings
            } else {
                &mut self.other_findings
            };
            findings.add(now, &1);
        }
        if judged.teaches() {
            self.successes.add(now, &1);
            let local = slot_of(judged.login, local_s(now, judged.login.point));
            self.usual_successes.count(local);
        }
    }

    fn last_s(&self) -> u32 {
        self.last_s
    }

    fn is_established(&self) -> bool {
        self.successes.total(self.last_s) >= ESTABLISHING_SUCCESSES
    }

    fn merge(&mut self, other: &Self) {
        self.last_s = self.last_s.max(other.last_s);
        self.successes.merge(&other.successes);
        self.attempts.merge(&other.attempts);
        self.failures.merge(&other.failures);
        self.usual_attempts.merge(&other.usual_attempts);
        self.usual_failures.merge(&other.usual_failures);
        self.usual_successes.merge(&other.usual_successes);
        self.urgent_findings.merge(&other.urgent_findings);
        self.other_findings.merge(&other.other_findings);
    }
}
