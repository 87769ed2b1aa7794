//! What is remembered of where attempts come from: a device, an address or a block of addresses.

use super::{ESTABLISHING_SUCCESSES, JudgedLogin, ProfileCell};
use crate::codec::wire_struct;
use crate::sketch::{Distinct, Horizons};

/// Where attempts come from: a device, an address or a block of addresses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceCell {
    pub first_s: u32,
    last_s: u32,
    pub attempts: Horizons<u16>,
    pub failures: Horizons<u16>,
    pub users: Distinct<64>,
    pub successes: u32,
    /// Until when it counts as an attacker's, by an analyst's word; 0 where nobody said so.
    pub confirmed_until_s: u32,
}

wire_struct!(SourceCell {
    first_s,
    last_s,
    attempts,
    failures,
    users,
    successes,
    confirmed_until_s
});

impl ProfileCell for SourceCell {
    const DIVIDED: bool = true;

    fn apply(&mut self, judged: &JudgedLogin<'_>) {
        let now = judged.login.time_s();
        self.first_s = if self.first_s == 0 {
            now
        } else {
            self.first_s.min(now)
        };
        self.last_s = self.last_s.max(now);
        self.attempts.add(now, &1);
        if let Some(user) = judged.login.known_user() {
            self.users.add(user, now);
        }
        if !judged.login.success {
            self.failures.add(now, &1);
        } else if judged.teaches() {
            self.successes = self.successes.saturating_add(1);
        }
    }

    fn last_s(&self) -> u32 {
        self.last_s
    }

    fn is_established(&self) -> bool {
        self.successes >= ESTABLISHING_SUCCESSES
    }

    fn merge(&mut self, other: &Self) {
        self.first_s = match (self.first_s, other.first_s) {
            (0, first) | (first, 0) => first,
            (left, right) => left.min(right),
        };
        self.last_s = self.last_s.max(other.last_s);
        self.attempts.merge(&other.attempts);
        self.failures.merge(&other.failures);
        self.users.merge(&other.users);
        self.successes = self.successes.saturating_add(other.successes);
        self.confirmed_until_s = self.confirmed_until_s.max(other.confirmed_until_s);
    }
}
