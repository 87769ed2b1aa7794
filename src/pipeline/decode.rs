//! From records to logins, or to the reason why not.

use rayon::prelude::*;

use crate::config::PipelineConfig;
use crate::log::{Budget, Log, LogError, Polled, Record};
use crate::login::{Event, IdHasher, Login, Rejected};
use crate::profile::DisplayFields;

/// A record and what it says.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub record: Record,
    pub login: Result<Box<(Login, DisplayFields)>, Rejected>,
}

/// What a record may be.
pub(crate) struct DecodeLimits {
    pub max_message_bytes: usize,
    pub max_clock_skew_ms: i64,
    /// Stands for the time of a message that has none.
    pub now_ms: i64,
}

impl DecodeLimits {
    pub fn new(config: &PipelineConfig, now_ms: i64) -> Self {
        Self {
            max_message_bytes: config.max_message_bytes,
            max_clock_skew_ms: config.max_clock_skew_ms,
            now_ms,
        }
    }
}

/// What was polled, with records decoded.
pub(crate) enum Step {
    Decoded(Box<Decoded>),
    Other(Polled),
}

impl Step {
    pub(crate) fn new(polled: Polled, hasher: &IdHasher, limits: &DecodeLimits) -> Self {
        match polled {
            Polled::Record(record) => {
                let login = decode(&record, hasher, limits).map(Box::new);
                Self::Decoded(Box::new(Decoded { record, login }))
            }
            other => Self::Other(other),
        }
    }
}

/// Reads what there is, and decodes it in parallel; the order is kept.
pub(crate) fn read(
    log: &mut impl Log,
    budget: Budget,
    hasher: &IdHasher,
    limits: &DecodeLimits,
) -> Result<Vec<Step>, LogError> {
    let mut polled = Vec::new();
    log.poll(budget, &mut polled)?;
    Ok(polled
        .into_par_iter()
        .map(|polled| Step::new(polled, hasher, limits))
        .collect())
}

fn decode(
    record: &Record,
    hasher: &IdHasher,
    limits: &DecodeLimits,
) -> Result<(Login, DisplayFields), Rejected> {
    let event = Event::from_message(&record.value, limits.max_message_bytes)?;
    let sent_ms = record.timestamp_ms.unwrap_or(limits.now_ms);
    let latest_ms = sent_ms.saturating_add(limits.max_clock_skew_ms);
    let event = event.not_after(latest_ms)?;
    Ok(DisplayFields::with_login(&event, hasher))
}

impl Decoded {
    /// The time by which it is ordered; nothing waits for a rejected event.
    pub(crate) fn order_ms(&self) -> Option<i64> {
        let time_ms = self.login.as_ref().ok()?.0.time_ms;
        Some(
            self.record
                .timestamp_ms
                .map_or(time_ms, |timestamp_ms| timestamp_ms.min(time_ms)),
        )
    }
}
