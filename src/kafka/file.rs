//! A file as a log: each record of it one of a partition, and the number of those that are done an
//! offset of a group of its own, in the transaction of what came of them. So an export that is cut
//! off goes on where it was, and nothing is written twice.

use std::path::PathBuf;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};

use super::client::{self, Quiet};
use super::fencing::{CutOff, Fencing};
use super::producer::KafkaProducer;
use super::stop::Stop;
use super::transaction::{Transactions, Uncommitted};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::files::{FileError, RawRecords};
use crate::health::Health;
use crate::log::{
    Assigned, Budget, FeedbackRow, Log, LogError, Output, Polled, Reason, Record, Rewound,
    SideBatch, SideTopic,
};
use crate::login::{Offset, OffsetRange, Partition};

/// A file is one partition.
const PARTITION: Partition = Partition(0);
/// A killed process leaves its transaction open until the broker ends it.
const PATIENCE_MS: u64 = 30_000;
/// What is read again of a file at once, bytes.
const BESIDE_BYTES: usize = 16 << 20;
const RETRY: Duration = Duration::from_millis(500);

/// A file of records, and how to read it.
#[derive(Clone, Debug)]
pub struct HistoryFile {
    pub path: PathBuf,
    pub max_record_bytes: usize,
    /// Whether the newest record comes first: then it is read from its end.
    pub is_newest_first: bool,
    /// When the records came in, as far as anybody knows: when the file was last written.
    pub received_ms: Option<i64>,
}

impl HistoryFile {
    fn open(&self) -> Result<RawRecords, LogError> {
        let records = RawRecords::open(&self.path, self.max_record_bytes);
        let records = match self.is_newest_first {
            true => records.and_then(RawRecords::reversed),
            false => records,
        };
        records.map_err(file_error)
    }
}

/// A file that is read as a log.
pub struct FileLog {
    file: HistoryFile,
    records: RawRecords,
    transactions: Transactions<KafkaProducer, SystemClock>,
    group: ConsumerGroupMetadata,
    /// Keeps the group's metadata alive.
    _consumer: BaseConsumer<Quiet>,
    /// The topic that the offset is kept of: the one that is written to.
    topic: String,
    fencing: Fencing,
    committed: Option<Offset>,
    state: State,
    beside: Option<(RawRecords, OffsetRange)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Begins,
    Rewound,
    Reads,
    Ended,
}

/// Whether a last line without its break is a beginning of JSON and not all of it.
fn is_unfinished(line: &[u8]) -> bool {
    line.starts_with(b"{") && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_err()
}

fn file_error(error: FileError) -> LogError {
    let text = error.to_string();
    LogError::Fatal(Reason::new(text, error))
}

impl FileLog {
    /// Opens a file; `config.kafka.group` is the file's own, and `config.topics.moved` what is
    /// written to.
    pub fn start(config: &Config, file: HistoryFile, stop: Stop) -> Result<Self, LogError> {
        let records = file.open()?;
        let mut client = client::aside(&config.kafka, "nightlatch-history");
        client.set("group.id", &config.kafka.group);
        let consumer: BaseConsumer<Quiet> = client::consumer(&client)?;
        let group = consumer.group_metadata().ok_or_else(|| {
            LogError::Fatal("the group of a file has no metadata".to_owned().into())
        })?;
        let cut_off = CutOff::default();
        let transactions = Transactions::start(
            config,
            Health::default(),
            cut_off.clone(),
            SystemClock,
            stop.clone(),
        )?;
        let topic = config.topics.moved.clone();
        let committed = committed(&consumer, config, &topic, &stop)?;
        Ok(Self {
            file,
            records,
            transactions,
            group,
            _consumer: consumer,
            topic,
            fencing: Fencing::new(SystemClock.monotonic_ms(), cut_off),
            committed,
            state: State::Begins,
            beside: None,
        })
    }

    fn position(&self) -> Offset {
        self.committed.unwrap_or_default()
    }

    /// The next record, of those that are not done.
    fn next(&mut self) -> Result<Option<Record>, LogError> {
        let mut value = Vec::new();
        while let Some(number) = self.records.next_into(&mut value).map_err(file_error)? {
            let offset = Offset(number as i64 - 1);
            if self.records.is_open() && is_unfinished(&value) {
                tracing::warn!(
                    file = %self.file.path.display(),
                    record = number,
                    "the last record has no end, and is not read; once it has one, the same command \
                     reads it"
                );
                return Ok(None);
            }
            if offset >= self.position() {
                return Ok(Some(Record {
                    partition: PARTITION,
                    offset,
                    timestamp_ms: self.file.received_ms,
                    value,
                }));
            }
        }
        Ok(None)
    }
}

/// How far the file was read in an earlier life. A transaction that it left open is waited for.
fn committed(
    consumer: &BaseConsumer<Quiet>,
    config: &Config,
    topic: &str,
    stop: &Stop,
) -> Result<Option<Offset>, LogError> {
    let give_up_ms = SystemClock.monotonic_ms() + PATIENCE_MS;
    loop {
        let list = client::partitions_of(topic, &[PARTITION]);
        let asked = consumer.committed_offsets(list, client::timeout(&config.kafka));
        let asked = asked.and_then(|list| {
            let element = list.find_partition(topic, PARTITION.0);
            element.map_or(Ok(rdkafka::Offset::Invalid), |element| {
                element.error().map(|()| element.offset())
            })
        });
        match asked {
            Ok(rdkafka::Offset::Offset(offset)) => return Ok(Some(Offset(offset))),
            Ok(_) => return Ok(None),
            Err(error) if SystemClock.monotonic_ms() >= give_up_ms || stop.is_requested() => {
                return Err(client::log_error(&error, config));
            }
            Err(error) => {
                tracing::debug!(%error, "how far the file was read is not known yet");
                SystemClock.sleep(RETRY);
            }
        }
    }
}

impl Log for FileLog {
    fn poll(&mut self, budget: Budget, into: &mut Vec<Polled>) -> Result<(), LogError> {
        let position = self.position();
        match self.state {
            State::Begins => into.push(Polled::Assigned(vec![Assigned {
                partition: PARTITION,
                committed: self.committed,
                is_ours: true,
                fallback: Offset::ZERO,
                low: Offset::ZERO,
                end: position,
                profiles_end: Offset::ZERO,
                untouched: false,
            }])),
            State::Rewound => into.push(Polled::Rewound(vec![Rewound {
                partition: PARTITION,
                position,
                end: position,
            }])),
            State::Reads => {}
            State::Ended => return Ok(()),
        }
        self.state = State::Reads;
        let (mut records, mut bytes) = (0, 0);
        while records < budget.max_records && bytes < budget.max_bytes {
            let Some(record) = self.next()? else {
                self.state = State::Ended;
                into.push(Polled::CaughtUp(PARTITION));
                return Ok(());
            };
            records += 1;
            bytes += record.value.len();
            into.push(Polled::Record(record));
        }
        Ok(())
    }

    fn commit(&mut self, output: &Output) -> Result<(), LogError> {
        let committed =
            self.transactions
                .commit(output, &self.topic, Some(&self.group), &mut self.fencing);
        match committed {
            Ok(()) => {
                if let Some(offset) = output.offsets.get(&PARTITION) {
                    self.committed = Some(*offset);
                }
                Ok(())
            }
            Err(Uncommitted::Log(error)) => Err(error),
            // The offset says whether it happened: a new start finds out.
            Err(Uncommitted::Unknown(reason)) => Err(LogError::Unavailable(
                format!("{reason}; start the same command again, and it goes on from there").into(),
            )),
        }
    }

    fn rewind(&mut self) -> Result<(), LogError> {
        self.records = self.file.open()?;
        self.state = State::Rewound;
        Ok(())
    }

    fn start_at(&mut self, _: Partition, _: Offset) -> Result<(), LogError> {
        Ok(())
    }

    fn set_paused(&mut self, _: &[Partition], _: bool) -> Result<(), LogError> {
        Ok(())
    }

    fn read_beside(&mut self, _: SideTopic, ranges: &[OffsetRange]) -> Result<(), LogError> {
        self.beside = match ranges.first() {
            None => None,
            Some(range) => Some((self.file.open()?, *range)),
        };
        Ok(())
    }

    fn poll_beside(&mut self, _: &[Partition], into: &mut SideBatch) -> Result<(), LogError> {
        let mut bytes = 0;
        while let Some((records, range)) = &mut self.beside
            && bytes < BESIDE_BYTES
        {
            let mut value = Vec::new();
            let number = records.next_into(&mut value).map_err(file_error)?;
            let offset = number.map_or(range.to, |number| Offset(number as i64 - 1));
            if offset >= range.to {
                self.beside = None;
            } else if offset >= range.from {
                bytes += value.len();
                into.logins.push(Record {
                    partition: PARTITION,
                    offset,
                    timestamp_ms: self.file.received_ms,
                    value,
                });
            }
        }
        into.done = self.beside.is_none();
        Ok(())
    }

    fn follow_others(&mut self, _: &[Partition], _: &[Partition]) -> Result<usize, LogError> {
        Ok(0)
    }

    fn poll_others(&mut self, into: &mut SideBatch) -> Result<(), LogError> {
        into.done = true;
        Ok(())
    }

    fn follow_feedback(&mut self, _: Offset) -> Result<(), LogError> {
        Ok(())
    }

    fn poll_feedback(&mut self, _: &mut Vec<FeedbackRow>) -> Result<(), LogError> {
        Ok(())
    }
}
