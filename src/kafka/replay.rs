//! Records of a topic as they are, read aside from the stream.

use rdkafka::message::{BorrowedMessage, Message};

use super::beside;
use super::topics::{self, Marks};
use crate::config::Config;
use crate::log::{LogError, Reason, Record};
use crate::login::{Offset, Partition};

/// Records that are read at most, of all partitions together.
const MOST: i64 = 1_000_000;

/// The last records of a topic.
#[derive(Debug, Default)]
pub struct Replay {
    pub records: Vec<Record>,
    /// Whether earlier ones were left out.
    pub is_cut: bool,
    /// Whether all came.
    pub is_whole: bool,
}

impl Replay {
    /// Reads as many as are kept; none where there is no such topic.
    pub fn read(config: &Config, topic: &str) -> Result<Self, LogError> {
        let mut replay = Self::default();
        let existing = topics::existing(config)?;
        let Some(partitions) = existing.get(topic).map(|count| *count as i32) else {
            return Ok(replay);
        };
        let marks = Marks::new(config)?;
        let each = (MOST / i64::from(partitions.max(1))).max(1);
        for partition in (0..partitions).map(Partition) {
            let there = marks.range(topic, partition)?;
            replay.is_cut |= there.end.since(there.start) > each as u64;
        }
        let records = &mut replay.records;
        let take = |message: &BorrowedMessage<'_>| records.push(record_of(message));
        replay.is_whole = beside::read_last(config, &marks, (topic, partitions), each, take)?;
        Ok(replay)
    }

    /// One record, if it is there.
    pub fn one(
        config: &Config,
        topic: &str,
        partition: Partition,
        offset: Offset,
    ) -> Result<Option<Record>, LogError> {
        let existing = topics::existing(config)?;
        let partitions = existing.get(topic).map_or(0, |count| *count as i32);
        if !(0..partitions).contains(&partition.0) {
            return Ok(None);
        }
        let marks = Marks::new(config)?;
        if !marks.range(topic, partition)?.contains(&offset) {
            return Ok(None);
        }
        let mut found = None;
        let take = |message: &BorrowedMessage<'_>| found = Some(record_of(message));
        let is_read = beside::read_one(config, topic, partition, offset, take)?;
        if found.is_none() && !is_read {
            let text = format!("the record of `{topic}` did not come");
            return Err(LogError::Aborted(Reason::from(text)));
        }
        Ok(found)
    }
}

fn record_of(message: &BorrowedMessage<'_>) -> Record {
    Record {
        partition: Partition(message.partition()),
        offset: Offset(message.offset()),
        timestamp_ms: message.timestamp().to_millis(),
        value: message.payload().unwrap_or_default().to_vec(),
    }
}
