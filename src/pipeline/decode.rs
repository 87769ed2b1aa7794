//! From records to logins, or to the reason why not.

use super::log::{Polled, Record};
use crate::login::field::Field;
use crate::login::{Event, IdHasher, Login, Reason, Rejected};
use crate::profile::Shown;

/// A record and what it says.
#[derive(Debug)]
pub(super) struct Decoded {
    pub record: Record,
    pub login: Result<Box<(Login, Shown)>, Rejected>,
}

/// What was polled, with records decoded.
pub(super) enum Step {
    Decoded(Box<Decoded>),
    Other(Polled),
}

impl Step {
    pub(super) fn new(
        polled: Polled,
        hasher: &IdHasher,
        max_message_bytes: usize,
        max_clock_skew_ms: i64,
    ) -> Self {
        match polled {
            Polled::Record(record) => {
                let login =
                    decode(&record, hasher, max_message_bytes, max_clock_skew_ms).map(Box::new);
                Self::Decoded(Box::new(Decoded { record, login }))
            }
            other => Self::Other(other),
        }
    }
}

fn decode(
    record: &Record,
    hasher: &IdHasher,
    max_message_bytes: usize,
    max_clock_skew_ms: i64,
) -> Result<(Login, Shown), Rejected> {
    if record.value.len() > max_message_bytes {
        return Err(Rejected::new(Reason::TooLarge));
    }
    let event = Event::from_json(&record.value)?;
    if record
        .timestamp_ms
        .is_some_and(|timestamp_ms| event.time_ms > timestamp_ms.saturating_add(max_clock_skew_ms))
    {
        return Err(Rejected::field(Reason::TimestampInFuture, Field::Timestamp));
    }
    Ok((Login::new(&event, hasher), Shown::new(&event)))
}

impl Decoded {
    /// The time by which it is ordered; nothing waits for a rejected event.
    pub(super) fn order_ms(&self) -> Option<i64> {
        let time_ms = self.login.as_ref().ok()?.0.time_ms;
        Some(
            self.record
                .timestamp_ms
                .map_or(time_ms, |timestamp_ms| timestamp_ms.min(time_ms)),
        )
    }
}
