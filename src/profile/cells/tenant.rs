//! What is remembered of everyone in a tenant together.

use super::user::{hour_slot, local_s, slot_of};
use super::{JudgedLogin, ProfileCell};
use crate::codec::{Wire, read_sparse, write_sparse};
use crate::sketch::Ring;

const MONTH_S: u32 = 30 * 86_400;

/// Attempts and failures of everyone in a tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct TenantCell {
    last_s: u32,
    successes: Ring<u32, 6, MONTH_S>,
    attempts: Ring<u32, 6, 600>,
    failures: Ring<u32, 6, 600>,
    /// Over all time, by hour of the day and weekend, UTC; successes in local time.
    usual_attempts: [u32; 48],
    usual_failures: [u32; 48],
    usual_successes: [u32; 48],
}

impl Wire for TenantCell {
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        self.last_s.write(base_s, out);
        self.successes.write(base_s, out);
        self.attempts.write(base_s, out);
        self.failures.write(base_s, out);
        for table in [
            &self.usual_attempts,
            &self.usual_failures,
            &self.usual_successes,
        ] {
            write_sparse(table, out);
        }
    }

    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        Some(Self {
            last_s: u32::read(base_s, input)?,
            successes: Ring::read(base_s, input)?,
            attempts: Ring::read(base_s, input)?,
            failures: Ring::read(base_s, input)?,
            usual_attempts: read_sparse(input)?,
            usual_failures: read_sparse(input)?,
            usual_successes: read_sparse(input)?,
        })
    }
}

impl Default for TenantCell {
    fn default() -> Self {
        Self {
            last_s: 0,
            successes: Ring::default(),
            attempts: Ring::default(),
            failures: Ring::default(),
            usual_attempts: [0; 48],
            usual_failures: [0; 48],
            usual_successes: [0; 48],
        }
    }
}

/// How many attempts a share of failures is smoothed with.
const PRIOR_ATTEMPTS: f64 = 20.0;

impl TenantCell {
    #[must_use]
    pub fn successes(&self, now_s: u32) -> u32 {
        self.successes.total(now_s)
    }

    /// Share of failures in the last hour over the share usual at this hour; about 1 when all is quiet.
    #[must_use]
    pub fn failure_level(&self, now_s: u32) -> f64 {
        let slot = hour_slot(now_s);
        let (attempts, failures) = (self.attempts.total(now_s), self.failures.total(now_s));
        // The hour under suspicion says nothing of what is usual.
        let usual = (f64::from(self.usual_failures[slot].saturating_sub(failures)) + 1.0)
            / (f64::from(self.usual_attempts[slot].saturating_sub(attempts)) + PRIOR_ATTEMPTS);
        let recent =
            (f64::from(failures) + usual * PRIOR_ATTEMPTS) / (f64::from(attempts) + PRIOR_ATTEMPTS);
        recent / usual
    }

    /// Share of failures of all time among everyone, above 0.
    #[must_use]
    pub fn usual_failure_share(&self) -> f64 {
        let sum = |counts: &[u32; 48]| counts.iter().map(|count| f64::from(*count)).sum::<f64>();
        (sum(&self.usual_failures) + 1.0) / (sum(&self.usual_attempts) + PRIOR_ATTEMPTS)
    }

    /// Probability of a success in the slot of a local hour, among everyone.
    #[must_use]
    pub fn hour_share(&self, slot: usize) -> f64 {
        let total: u64 = self
            .usual_successes
            .iter()
            .map(|count| u64::from(*count))
            .sum();
        (f64::from(self.usual_successes[slot]) + 1.0) / (total as f64 + 48.0)
    }
}

impl ProfileCell for TenantCell {
    const DIVIDED: bool = true;

    fn apply(&mut self, judged: &JudgedLogin<'_>) {
        let now = judged.login.time_s();
        let slot = hour_slot(now);
        self.last_s = self.last_s.max(now);
        self.attempts.add(now, &1);
        self.usual_attempts[slot] = self.usual_attempts[slot].saturating_add(1);
        if !judged.login.success {
            self.failures.add(now, &1);
            self.usual_failures[slot] = self.usual_failures[slot].saturating_add(1);
        }
        if judged.teaches() {
            self.successes.add(now, &1);
            let local =
                &mut self.usual_successes[slot_of(judged.login, local_s(now, judged.login.point))];
            *local = local.saturating_add(1);
        }
    }

    fn last_s(&self) -> u32 {
        self.last_s
    }

    fn is_established(&self) -> bool {
        self.successes.total(self.last_s) >= 3
    }

    fn merge(&mut self, other: &Self) {
        self.last_s = self.last_s.max(other.last_s);
        self.successes.merge(&other.successes);
        self.attempts.merge(&other.attempts);
        self.failures.merge(&other.failures);
        for slot in 0..48 {
            self.usual_attempts[slot] =
                self.usual_attempts[slot].saturating_add(other.usual_attempts[slot]);
            self.usual_failures[slot] =
                self.usual_failures[slot].saturating_add(other.usual_failures[slot]);
            self.usual_successes[slot] =
                self.usual_successes[slot].saturating_add(other.usual_successes[slot]);
        }
    }
}
