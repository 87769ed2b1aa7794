//! How common something is among the users of a tenant: a country, a network, a browser.

use super::{ESTABLISHING_SUCCESSES, JudgedLogin, ProfileCell};
use crate::codec::wire_struct;
use crate::sketch::Ring;

const DAY_S: u32 = 86_400;
const MONTH_S: u32 = 30 * DAY_S;

/// How common something is in a tenant: a country, a city, a network, a browser...
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PrevalenceCell {
    last_s: u32,
    successes: Ring<u32, 6, MONTH_S>,
    attempts: Ring<u32, 7, DAY_S>,
    failures: Ring<u32, 7, DAY_S>,
}

wire_struct!(PrevalenceCell {
    last_s,
    successes,
    attempts,
    failures
});

impl PrevalenceCell {
    #[must_use]
    pub fn at(&self, now_s: u32) -> Prevalence {
        Prevalence {
            successes: self.successes.total(now_s),
            attempts: self.attempts.total(now_s),
            failures: self.failures.total(now_s),
        }
    }
}

/// What is known of one thing that a tenant's users share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prevalence {
    /// Over the half year.
    pub successes: u32,
    /// Over the week.
    pub attempts: u32,
    pub failures: u32,
}

impl ProfileCell for PrevalenceCell {
    const DIVIDED: bool = true;

    fn apply(&mut self, judged: &JudgedLogin<'_>) {
        let now = judged.login.time_s();
        self.last_s = self.last_s.max(now);
        self.attempts.add(now, &1);
        if !judged.login.success {
            self.failures.add(now, &1);
        }
        if judged.teaches() {
            self.successes.add(now, &1);
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
    }
}
