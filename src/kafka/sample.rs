//! A look at the logins that are there, so that `validate` can say what the detector will see.

use std::collections::BTreeMap;

use rdkafka::message::Message;

use super::beside;
use super::reach::Reach;
use super::topics::{self, Marks};
use crate::config::Config;
use crate::ingest::{Adapter, Outcome, SourceConfig};
use crate::log::LogError;
use crate::login::{Presence, RejectReason, Rejected};

/// Records of all partitions together.
const MOST: i64 = 2_000;

/// What the last logins say.
#[derive(Debug, Default)]
pub struct LoginSample {
    pub records: u64,
    pub presence: Presence,
    pub rejected: BTreeMap<&'static str, u64>,
}

impl LoginSample {
    /// Reads the last logins of the topic; none where there is no topic.
    pub fn read(config: &Config) -> Result<Self, LogError> {
        let topic = &config.topics.logins;
        let mut sample = Self::default();
        let existing = topics::existing(config)?;
        let Some(partitions) = existing.get(topic).map(|count| *count as i32) else {
            return Ok(sample);
        };
        let marks = Marks::new(config)?;
        let each = (MOST / i64::from(partitions.max(1))).max(1);
        let max_bytes = config.pipeline.max_message_bytes;
        beside::read_last(config, &marks, (topic, partitions), each, |message| {
            sample.add(message.payload().unwrap_or_default(), max_bytes);
        })?;
        Ok(sample)
    }

    fn add(&mut self, value: &[u8], max_bytes: usize) {
        self.records += 1;
        let read = match value.len() > max_bytes {
            true => Err(Rejected::new(RejectReason::TooLarge)),
            false => self.presence.count_json(value),
        };
        if let Err(rejected) = read {
            *self.rejected.entry(rejected.reason.code()).or_default() += 1;
        }
    }
}

/// What the last records of a source's topic would become.
#[derive(Debug)]
pub struct SourceSample {
    pub source: String,
    pub topic: String,
    pub records: u64,
    pub logins: u64,
    pub ignored: BTreeMap<&'static str, u64>,
    pub rejected: BTreeMap<&'static str, u64>,
    pub reach: Reach,
}

impl SourceSample {
    /// Reads the last records of a source's topic; one that is not there has none.
    pub fn read(config: &Config, source: &SourceConfig, topic: &str) -> Result<Self, LogError> {
        let config = &config.at_source(&source.name);
        let existing = topics::existing(config)?;
        let partitions = existing.get(topic).map_or(0, |count| *count as i32);
        let marks = Marks::new(config)?;
        let reach = Reach::read(config, &marks, (topic, partitions), |value, received_ms| {
            first_time(&source.adapter, value, received_ms)
        })?;
        let mut sample = Self {
            source: source.name.clone(),
            topic: topic.to_owned(),
            records: 0,
            logins: 0,
            ignored: BTreeMap::new(),
            rejected: BTreeMap::new(),
            reach,
        };
        let each = (MOST / i64::from(partitions.max(1))).max(1);
        beside::read_last(config, &marks, (topic, partitions), each, |message| {
            let received_ms = message.timestamp().to_millis().unwrap_or(0);
            let value = message.payload().unwrap_or_default();
            sample.add(&source.adapter, value, received_ms);
        })?;
        Ok(sample)
    }

    fn add(&mut self, adapter: &Adapter, value: &[u8], received_ms: i64) {
        self.records += 1;
        adapter.convert(value, received_ms, |_, outcome| match outcome {
            Outcome::Login { count, .. } => self.logins += u64::from(count),
            Outcome::Ignored { reason, .. } => {
                *self.ignored.entry(reason.name()).or_default() += 1;
            }
            Outcome::Rejected(rejection) => {
                *self.rejected.entry(rejection.code()).or_default() += 1;
            }
        });
    }
}

/// The time of the first login of a record.
fn first_time(adapter: &Adapter, value: &[u8], received_ms: i64) -> Option<i64> {
    let mut first_ms = None;
    adapter.convert(value, received_ms, |_, outcome| {
        if let Outcome::Login { login, .. } = outcome {
            first_ms = first_ms.or(Some(login.time_ms));
        }
    });
    first_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_counts_what_is_rejected_by_reason_and_what_the_rest_holds() {
        let mut sample = LoginSample::default();
        let login =
            br#"{"user_id":"u","timestamp":1749732402000,"success":true,"src_ip":"10.0.0.1"}"#;
        for value in [&login[..], b"nonsense", &[b' '; 200]] {
            sample.add(value, 100);
        }
        assert_eq!(sample.records, 3);
        assert_eq!(sample.rejected, [("not_json", 1), ("too_large", 1)].into());
        let lines = sample.presence.lines().join("\n");
        assert!(lines.contains("src_ip: ip_address?"), "{lines}");
    }
}
