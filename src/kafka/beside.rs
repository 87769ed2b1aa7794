//! Reads committed records of partitions beside the stream: without a group, from given offsets.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::BorrowedMessage;

use super::client::{self, Quiet, Reaction, code_of, reaction};
use super::topics::Marks;
use crate::config::Config;
use crate::log::LogError;
use crate::log::Reason;
use crate::login::{Offset, Partition};

/// One poll brings at most this many records or bytes.
const MAX_RECORDS: usize = 10_000;
const MAX_BYTES: usize = 16 << 20;

/// How long a look at the last records waits for more of them, and how often in a row.
const WAIT: Duration = Duration::from_millis(200);
const SILENCES: u32 = 5;

/// Reads the last offsets of a topic, so many of each partition: records, and markers of
/// transactions among them. What does not come soon is left; whether all came.
pub(super) fn read_last(
    config: &Config,
    marks: &Marks,
    (topic, partitions): (&str, i32),
    last: i64,
    take: impl FnMut(&BorrowedMessage<'_>),
) -> Result<bool, LogError> {
    let partitions: Vec<Partition> = (0..partitions).map(Partition).collect();
    read_last_of(config, marks, topic, &partitions, last, take)
}

/// The same of some of its partitions.
pub(super) fn read_last_of(
    config: &Config,
    marks: &Marks,
    topic: &str,
    partitions: &[Partition],
    last: i64,
    take: impl FnMut(&BorrowedMessage<'_>),
) -> Result<bool, LogError> {
    let end = |there: Range<Offset>| there.start.max(Offset(there.end.0 - last))..there.end;
    read_some(config, topic, &ranges(marks, topic, partitions, end)?, take)
}

/// Reads the first offsets of a topic, as [`read_last`] does the last.
pub(super) fn read_first(
    config: &Config,
    marks: &Marks,
    (topic, partitions): (&str, i32),
    first: i64,
    take: impl FnMut(&BorrowedMessage<'_>),
) -> Result<bool, LogError> {
    let partitions: Vec<Partition> = (0..partitions).map(Partition).collect();
    let beginning =
        |there: Range<Offset>| there.start..there.end.min(Offset(there.start.0 + first));
    read_some(
        config,
        topic,
        &ranges(marks, topic, &partitions, beginning)?,
        take,
    )
}

/// Reads one record, if there is one at the offset: else it is a marker of a transaction, or what
/// compaction took.
pub(super) fn read_one(
    config: &Config,
    topic: &str,
    partition: Partition,
    offset: Offset,
    take: impl FnMut(&BorrowedMessage<'_>),
) -> Result<bool, LogError> {
    read_some(
        config,
        topic,
        &Ranges::from([(partition, offset..offset.next())]),
        take,
    )
}

type Ranges = BTreeMap<Partition, Range<Offset>>;

/// A part of what is there, of each partition that has something.
fn ranges(
    marks: &Marks,
    topic: &str,
    partitions: &[Partition],
    part: impl Fn(Range<Offset>) -> Range<Offset>,
) -> Result<Ranges, LogError> {
    let mut ranges = Ranges::new();
    for partition in partitions {
        let there = marks.range(topic, *partition)?;
        if !there.is_empty() {
            ranges.insert(*partition, part(there));
        }
    }
    Ok(ranges)
}

fn read_some(
    config: &Config,
    topic: &str,
    ranges: &Ranges,
    mut take: impl FnMut(&BorrowedMessage<'_>),
) -> Result<bool, LogError> {
    if ranges.is_empty() {
        return Ok(true);
    }
    let starts = ranges
        .iter()
        .map(|(partition, range)| (*partition, range.start));
    let ends = ranges
        .iter()
        .map(|(partition, range)| (*partition, range.end));
    let mut tail = Tail::start(config, topic)?;
    tail.assign(starts.collect(), ends.collect())?;
    let mut silences = 0;
    while !tail.is_done() && silences < SILENCES {
        let mut silent = true;
        tail.poll(WAIT, |message| {
            silent = false;
            take(message);
        })?;
        silences += u32::from(silent);
    }
    Ok(tail.is_done())
}

/// A consumer of its own, with what it reads.
pub(super) struct Tail {
    consumer: BaseConsumer<Quiet>,
    topic: String,
    config: Config,
    /// For each partition, the offset of the next record.
    positions: BTreeMap<Partition, Offset>,
    /// Where reading ends; absent for partitions that are followed for ever.
    ends: BTreeMap<Partition, Offset>,
    /// Partitions that have been read to where they reached.
    ended: BTreeSet<Partition>,
    paused: Vec<Partition>,
}

impl Tail {
    pub(super) fn start(config: &Config, topic: &str) -> Result<Self, LogError> {
        Self::start_with(config, topic, "error")
    }

    /// The same where what was deleted before it was read is missed by nobody.
    pub(super) fn start_leniently(config: &Config, topic: &str) -> Result<Self, LogError> {
        Self::start_with(config, topic, "earliest")
    }

    fn start_with(config: &Config, topic: &str, reset: &str) -> Result<Self, LogError> {
        // It never joins the group; librdkafka wants a group's name all the same.
        let mut client = client::reading(config, &format!("{}-beside", config.instance));
        client
            .set("auto.offset.reset", reset)
            .set("queued.max.messages.kbytes", "32768");
        let client = client::with_options(client, &config.kafka);
        Ok(Self {
            consumer: client::consumer(&client)?,
            topic: topic.to_owned(),
            config: config.clone(),
            positions: BTreeMap::new(),
            ends: BTreeMap::new(),
            ended: BTreeSet::new(),
            paused: Vec::new(),
        })
    }

    /// Reads these partitions from these offsets on, and nothing else; those with an end are read
    /// to it.
    pub(super) fn assign(
        &mut self,
        from: BTreeMap<Partition, Offset>,
        ends: BTreeMap<Partition, Offset>,
    ) -> Result<(), LogError> {
        client::offsets_of(&self.topic, &from)
            .and_then(|list| self.consumer.assign(&list))
            .map_err(|error| client::log_error(&error, &self.config))?;
        (self.positions, self.ends) = (from, ends);
        self.ended.clear();
        self.paused.clear();
        Ok(())
    }

    /// Partitions that have been read to where they reach.
    pub(super) fn ended(&self) -> Vec<Partition> {
        self.ended.iter().copied().collect()
    }

    pub(super) fn positions(&self) -> &BTreeMap<Partition, Offset> {
        &self.positions
    }

    /// Whether every partition has been read to where it reaches.
    pub(super) fn is_done(&self) -> bool {
        self.positions
            .keys()
            .all(|partition| self.ended.contains(partition))
    }

    /// Partitions that send nothing for now.
    pub(super) fn set_full(&mut self, full: &[Partition]) -> Result<(), LogError> {
        if self.paused == full {
            return Ok(());
        }
        let list = |partitions: &[Partition]| client::partitions_of(&self.topic, partitions);
        let resumed: Vec<Partition> = self
            .paused
            .iter()
            .copied()
            .filter(|partition| !self.ended.contains(partition))
            .collect();
        self.consumer
            .resume(&list(&resumed))
            .and_then(|()| self.consumer.pause(&list(full)))
            .map_err(|error| client::log_error(&error, &self.config))?;
        self.paused = full.to_vec();
        Ok(())
    }

    /// Takes what is there, waiting `wait` at most for the first record.
    pub(super) fn poll(
        &mut self,
        wait: Duration,
        mut take: impl FnMut(&BorrowedMessage<'_>),
    ) -> Result<(), LogError> {
        let (mut records, mut bytes, mut wait) = (0, 0, wait);
        while records < MAX_RECORDS && bytes < MAX_BYTES && !self.positions.is_empty() {
            match self.consumer.poll(wait) {
                None => break,
                Some(Ok(message)) => {
                    use rdkafka::message::Message;
                    let partition = Partition(message.partition());
                    let offset = Offset(message.offset());
                    let end = self.ends.get(&partition).copied();
                    records += 1;
                    bytes += message.payload_len();
                    if end.is_none_or(|end| offset < end) {
                        take(&message);
                        self.positions.insert(partition, offset.next());
                    }
                    drop(message);
                    if end.is_some_and(|end| offset.next() >= end) {
                        self.end(partition)?;
                    }
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    self.ended.insert(Partition(partition));
                }
                Some(Err(error)) => self.react(&error)?,
            }
            wait = Duration::ZERO;
        }
        Ok(())
    }

    /// A partition has been read to its end; what comes after is not for this reader.
    fn end(&mut self, partition: Partition) -> Result<(), LogError> {
        if !self.ended.insert(partition) {
            return Ok(());
        }
        self.consumer
            .pause(&client::partitions_of(&self.topic, &[partition]))
            .map_err(|error| client::log_error(&error, &self.config))
    }

    fn react(&self, error: &KafkaError) -> Result<(), LogError> {
        if code_of(error) == Some(Code::AutoOffsetReset) {
            let text = format!(
                "records of `{}` were deleted while they were read; start the process again",
                self.topic
            );
            return Err(LogError::Fatal(Reason::new(text, error.clone())));
        }
        match code_of(error).map(reaction) {
            Some(Reaction::Configure) => Err(client::log_error(error, &self.config)),
            _ => {
                tracing::debug!(%error, topic = self.topic, "reading beside the stream");
                Ok(())
            }
        }
    }
}
