//! What is remembered of where attempts come from: a device, an address or a block of addresses.

use super::{ESTABLISHING_SUCCESSES, JudgedLogin, ProfileCell};
use crate::codec::wire_struct;
use crate::sketch::{Distinct, Horizons};

/// Where attempts come from: a device, an address or a block of addresses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceCell {
    /// The first success that taught; 0 before it. Who only tries from there, or is held back, does
    /// not make it old.
    familiar_since_s: u32,
    last_s: u32,
    pub attempts: Horizons<u16>,
    pub failures: Horizons<u16>,
    pub users: Distinct<64>,
    pub successes: u32,
    /// Until when it counts as an attacker's, by an analyst's word; 0 where nobody said so.
    pub confirmed_until_s: u32,
}

wire_struct!(SourceCell {
    familiar_since_s,
    last_s,
    attempts,
    failures,
    users,
    successes,
    confirmed_until_s
});

impl SourceCell {
    /// For how long it has been familiar, seconds; 0 where it is not.
    #[must_use]
    pub fn familiar_for_s(&self, now_s: u32) -> u32 {
        match self.familiar_since_s {
            0 => 0,
            since_s => now_s.saturating_sub(since_s),
        }
    }
}

impl ProfileCell for SourceCell {
    const DIVIDED: bool = true;

    fn apply(&mut self, judged: &JudgedLogin<'_>) {
        let now = judged.login.time_s();
        self.last_s = self.last_s.max(now);
        self.attempts.add(now, &1);
        if let Some(user) = judged.login.known_user() {
            self.users.add(user, now);
        }
        if !judged.login.success {
            self.failures.add(now, &1);
        } else if judged.teaches() {
            self.successes = self.successes.saturating_add(1);
            self.familiar_since_s = match self.familiar_since_s {
                0 => now,
                since_s => since_s.min(now),
            };
        }
    }

    fn last_s(&self) -> u32 {
        self.last_s
    }

    fn is_established(&self) -> bool {
        self.successes >= ESTABLISHING_SUCCESSES
    }

    fn merge(&mut self, other: &Self) {
        self.familiar_since_s = match (self.familiar_since_s, other.familiar_since_s) {
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
