//! What is counted of notices, by receiver.

use prometheus::{Error, IntCounterVec, IntGaugeVec};

use crate::metrics::Registry;

/// Of all receivers.
#[derive(Clone)]
pub struct NotifyMetrics {
    notices: IntCounterVec,
    waiting: IntGaugeVec,
    oldest_s: IntGaugeVec,
    failing: IntGaugeVec,
}

/// What became of a notice, or of a telling that became none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Sent,
    /// It will be tried again.
    Failed,
    /// It went to the undelivered.
    GivenUp,
    /// Its receiver is not to be told of it.
    Filtered,
    /// The record could not be read.
    Unreadable,
}

impl Outcome {
    const ALL: [Self; 5] = [
        Self::Sent,
        Self::Failed,
        Self::GivenUp,
        Self::Filtered,
        Self::Unreadable,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::GivenUp => "given_up",
            Self::Filtered => "filtered",
            Self::Unreadable => "unreadable",
        }
    }
}

impl NotifyMetrics {
    pub fn register(registry: &Registry) -> Result<Self, Error> {
        Ok(Self {
            notices: registry.counters(
                "nightlatch_notices_total",
                "Notices to receivers, and tellings that became none, by what became of them",
                &["receiver", "outcome"],
            )?,
            waiting: registry.gauges(
                "nightlatch_notices_waiting",
                "Tellings that a receiver is still to be sent",
                &["receiver"],
            )?,
            oldest_s: registry.gauges(
                "nightlatch_notices_oldest_seconds",
                "How old the oldest telling is that a receiver is still to be sent",
                &["receiver"],
            )?,
            failing: registry.gauges(
                "nightlatch_notices_failing",
                "1 where a receiver did not take what it was sent last",
                &["receiver"],
            )?,
        })
    }

    /// Every outcome of a receiver is there from the start.
    pub fn expect(&self, receiver: &str) {
        for outcome in Outcome::ALL {
            self.notices.with_label_values(&[receiver, outcome.name()]);
        }
    }

    pub fn count(&self, receiver: &str, outcome: Outcome) {
        let labels = [receiver, outcome.name()];
        self.notices.with_label_values(&labels).inc();
    }

    pub fn set(&self, receiver: &str, waiting: usize, oldest_s: i64, is_failing: bool) {
        let labels = [receiver];
        let waiting = i64::try_from(waiting).unwrap_or(i64::MAX);
        self.waiting.with_label_values(&labels).set(waiting);
        self.oldest_s.with_label_values(&labels).set(oldest_s);
        self.failing
            .with_label_values(&labels)
            .set(is_failing.into());
    }
}
