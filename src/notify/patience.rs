//! When a notice that did not arrive is tried again, and when it is given up.

use std::time::Duration;

use super::SendError;

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// A receiver may ask for more than the longest wait, up to this.
const MOST_ASKED_FOR: Duration = Duration::from_secs(3_600);

/// What to do with a notice that did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    TryAgainAfter(Duration),
    /// It goes to the undelivered.
    GiveUp,
}

/// How often in a row a receiver took nothing.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    retry: Duration,
    failed: u32,
}

impl Patience {
    #[must_use]
    pub fn new(retry: Duration) -> Self {
        Self { retry, failed: 0 }
    }

    pub fn arrived(&mut self) {
        self.failed = 0;
    }

    #[must_use]
    pub fn failed(&self) -> u32 {
        self.failed
    }

    /// What to do after an error, with a notice that has been due for so long.
    pub fn next(&mut self, error: &SendError, due_for: Duration) -> Next {
        let after = match error {
            SendError::Refused(_) => return Next::GiveUp,
            SendError::Later { after, .. } => *after,
        };
        self.failed = self.failed.saturating_add(1);
        if due_for >= self.retry {
            return Next::GiveUp;
        }
        let doubled = FIRST_WAIT.saturating_mul(1 << (self.failed - 1).min(16));
        let asked = after.unwrap_or_default().min(MOST_ASKED_FOR);
        Next::TryAgainAfter(doubled.min(LONGEST_WAIT).max(asked))
    }
}
