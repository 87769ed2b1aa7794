//! When a record of an incident is worth somebody's attention.

use serde::Serialize;

use super::Incident;
use crate::detector::Severity;

/// So many entered users are told of one by one, then at doublings.
const TOLD_ONE_BY_ONE: u32 = 10;
/// So many times the attempts of the last telling are worth another.
const ATTEMPTS_FACTOR: u64 = 10;
/// Between two records of an incident that say nothing new, seconds of event time.
const REFRESH_S: u32 = 60;

/// Why a record of an incident is worth somebody's attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Told {
    Opened,
    /// One more user was entered, it is more severe, or there are ten times as many attempts.
    Worse,
    Verdict,
    Closed,
}

impl Told {
    pub const ALL: [Self; 4] = [Self::Opened, Self::Worse, Self::Verdict, Self::Closed];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Worse => "worse",
            Self::Verdict => "verdict",
            Self::Closed => "closed",
        }
    }
}

/// A record of an incident: told, or a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Telling {
    pub told: Option<Told>,
    /// Event time, seconds since 1970.
    pub at_s: u32,
}

/// What was last told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LastTold {
    pub severity: Severity,
    pub entered: u32,
    pub attempts: u64,
}

impl Incident {
    /// The record that its last change is worth, if any.
    pub(super) fn due_telling(&self, now_s: u32) -> Option<Telling> {
        let told = self.worth_telling().filter(|_| !self.is_quiet());
        let is_due = now_s.saturating_sub(self.last_record_s) >= REFRESH_S;
        (told.is_some() || is_due).then_some(Telling { told, at_s: now_s })
    }

    fn worth_telling(&self) -> Option<Told> {
        let LastTold {
            severity,
            entered,
            attempts,
        } = self.last_told;
        if attempts == 0 {
            return Some(Told::Opened);
        }
        let next_entered = if entered < TOLD_ONE_BY_ONE {
            entered + 1
        } else {
            entered.saturating_mul(2)
        };
        let is_worse = self.severity > severity
            || self.users_entered() >= next_entered
            || self.attempts >= attempts.saturating_mul(ATTEMPTS_FACTOR);
        is_worse.then_some(Told::Worse)
    }

    /// Notes a record: of the whole incident, where this is its home's part.
    pub(super) fn note_record(&mut self, telling: Telling, whole: &LastTold) {
        self.revision += 1;
        self.last_record_s = telling.at_s;
        self.recorded_attempts = whole.attempts;
        if telling.told.is_some() {
            self.last_told = *whole;
        }
    }

    /// What a record says now.
    pub(super) fn to_tell(&self) -> LastTold {
        LastTold {
            severity: self.severity,
            entered: self.users_entered(),
            attempts: self.attempts,
        }
    }
}
