//! Makes logins of an identity provider's records.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use super::{Intake, Taken, TakenMessage};
use crate::ingest::{IngestMetrics, Outcome, ReadAt, SourceReader, Told};
use crate::log::{MovedMessage, Record, RejectedMessage};
use crate::login::{Event, same_name};

/// What came in longer ago than this is written with the time of now: a topic deletes by the times
/// of its messages, and a company's history must not be deleted before it is read.
const LONG_AGO_MS: i64 = 3_600_000;

/// The intake of a source's topic.
pub struct SourceIntake {
    pub reader: SourceReader,
    pub topic: String,
    pub metrics: IngestMetrics,
    /// Records over which an event's id is remembered.
    pub remembers: u64,
}

impl SourceIntake {
    fn at<'a>(&'a self, record: &Record, now_ms: i64) -> ReadAt<'a> {
        ReadAt {
            topic: &self.topic,
            partition: record.partition.0,
            offset: record.offset.0,
            received_ms: record.timestamp_ms.unwrap_or(now_ms),
        }
    }
}

impl Intake for SourceIntake {
    fn take(&self, record: Record, now_ms: i64) -> Taken {
        let at = self.at(&record, now_ms);
        let times = Times {
            received_ms: at.received_ms,
            written_ms: match at.received_ms < now_ms.saturating_sub(LONG_AGO_MS) {
                true => now_ms,
                false => at.received_ms,
            },
        };
        let mut taken = Taken {
            partition: record.partition,
            offset: record.offset,
            messages: Vec::new(),
            rejected: None,
            told: Vec::new(),
            order_ms: None,
            bytes: 0,
        };
        let mut reason = None;
        self.reader.read(&record.value, at, |_, outcome| {
            taken.told.push(Told::new(&outcome));
            match outcome {
                Outcome::Login { login, count } => {
                    for repetition in 0..count {
                        taken.add(&login, repetition, times);
                    }
                }
                Outcome::Ignored {
                    evidence: Some(evidence),
                    ..
                } => taken.add(&evidence, 0, times),
                Outcome::Ignored { .. } => {}
                Outcome::Rejected(rejection) => reason = reason.or(Some(rejection.code())),
            }
        });
        taken.rejected = reason.map(|reason| RejectedMessage::new(record, reason));
        let rejected_bytes = taken.rejected.as_ref().map_or(0, |one| one.value.len());
        taken.bytes += rejected_bytes;
        taken
    }

    fn ids(&self, record: &Record) -> Vec<u64> {
        let mut ids = Vec::new();
        let at = self.at(record, 0);
        self.reader.read(&record.value, at, |_, outcome| {
            let (event, count) = match &outcome {
                Outcome::Login { login, count } => (Some(login), *count),
                Outcome::Ignored { evidence, .. } => (evidence.as_ref(), 1),
                Outcome::Rejected(_) => (None, 0),
            };
            if let Some(id) = event.and_then(|event| id_of(event)) {
                ids.extend((0..u64::from(count)).map(|repetition| id.wrapping_add(repetition)));
            }
        });
        ids
    }

    fn remembers(&self) -> u64 {
        self.remembers
    }

    fn committed(&self, told: &[Told]) {
        for told in told {
            self.metrics.count(self.reader.name(), told);
        }
    }

    fn lag(&self, records: u64) {
        self.metrics
            .set_lag(self.reader.name(), &self.topic, records);
    }
}

/// When a record came in, and what its messages say of it.
#[derive(Clone, Copy)]
struct Times {
    received_ms: i64,
    written_ms: i64,
}

impl Taken {
    fn add(&mut self, event: &Event<'_>, repetition: u32, times: Times) {
        // Texts and numbers always have their JSON; without it the detector would reject it.
        let value = serde_json::to_vec(event).unwrap_or_default();
        self.bytes += value.len();
        let order_ms = event.time_ms.min(times.received_ms);
        self.order_ms = Some(self.order_ms.map_or(order_ms, |other| other.min(order_ms)));
        self.messages.push(TakenMessage {
            message: MovedMessage {
                key: Some(key_of(event)),
                value,
                timestamp_ms: Some(times.written_ms),
            },
            id: id_of(event).map(|id| id.wrapping_add(repetition.into())),
            told: self.told.len() - 1,
        });
    }
}

/// The same user has the same key however his name is spelt, and another tenant's another.
fn key_of(event: &Event<'_>) -> String {
    let user = match event.user_id.as_ref() {
        // Of somebody without a name the address is all there is to keep together.
        "" => event
            .ip_address
            .map(|address| address.to_string())
            .unwrap_or_default(),
        user => same_name(user).into_owned(),
    };
    match event.tenant.as_ref() {
        "default" => user,
        tenant => format!("{tenant}/{user}"),
    }
}

/// A hash of the provider's id for an event; kept in memory alone. Some ids are a session's, and so
/// what happened and when is part of it: what is sent twice has all of that in common.
fn id_of(event: &Event<'_>) -> Option<u64> {
    let id = event.event_id.as_deref()?;
    let names = (event.tenant.as_ref(), event.user_id.as_ref(), id);
    let happened = (event.event_type.as_ref(), event.success, event.time_ms);
    Some(FixedState::default().hash_one((names, happened, event.ip_address)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Adapter, Enricher, SourceConfig};
    use crate::login::{Offset, Partition};
    use crate::metrics::Registry;

    /// What a record says of its time is kept while it is news; an old one counts from now, so that
    /// retention does not delete it before anybody has read it.
    #[test]
    fn a_message_of_an_old_record_has_the_time_of_now() {
        let config = SourceConfig {
            name: "own".to_owned(),
            topics: Vec::new(),
            adapter: Adapter::named("nightlatch").unwrap(),
            tenant: "default".to_owned(),
        };
        let enricher = Enricher::open(Default::default()).unwrap();
        let intake = SourceIntake {
            reader: SourceReader::new(config, enricher),
            topic: "t".to_owned(),
            metrics: IngestMetrics::register(&Registry::new().unwrap()).unwrap(),
            remembers: 0,
        };
        let now_ms = 1_800_000_000_000;
        for (age_ms, expected_ms) in [(1_000, now_ms - 1_000), (40 * 86_400_000, now_ms)] {
            let record = Record {
                partition: Partition(0),
                offset: Offset(0),
                timestamp_ms: Some(now_ms - age_ms),
                value: br#"{"user_id":"u","timestamp":1749732402000,"success":true}"#.to_vec(),
            };
            let taken = intake.take(record, now_ms);
            assert_eq!(taken.messages[0].message.timestamp_ms, Some(expected_ms));
            assert_eq!(taken.order_ms, Some(1_749_732_402_000));
        }
    }
}
