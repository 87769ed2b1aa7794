//! Leaves logins as they are, and keys them by user.

use super::{Intake, Taken, TakenMessage};
use crate::log::{MovedMessage, Record};
use crate::login::Event;

/// The intake of `rekey`.
pub struct Rekeyed {
    pub max_message_bytes: usize,
    pub max_clock_skew_ms: i64,
}

impl Intake for Rekeyed {
    fn take(&self, record: Record, now_ms: i64) -> Taken {
        let sent_ms = record.timestamp_ms.unwrap_or(now_ms);
        let latest_ms = sent_ms.saturating_add(self.max_clock_skew_ms);
        let event = Event::from_message(&record.value, self.max_message_bytes);
        let time_ms = event
            .as_ref()
            .ok()
            .map(|event| event.time_ms)
            .filter(|time_ms| *time_ms <= latest_ms);
        // What is no login goes along without a key: it is the detector's to reject.
        let key = event.ok().map(|event| event.user_id.to_string());
        Taken {
            partition: record.partition,
            offset: record.offset,
            order_ms: time_ms.map(|time_ms| sent_ms.min(time_ms)),
            bytes: record.value.len(),
            rejected: None,
            told: Vec::new(),
            messages: vec![TakenMessage {
                message: MovedMessage {
                    key,
                    timestamp_ms: record.timestamp_ms,
                    value: record.value,
                },
                id: None,
                told: 0,
            }],
        }
    }

    fn ids(&self, _: &Record) -> Vec<u64> {
        Vec::new()
    }

    fn remembers(&self) -> u64 {
        0
    }
}
