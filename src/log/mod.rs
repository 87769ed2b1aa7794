//! What the pipeline asks of a log. Kafka stands behind it in production, a log in memory in tests;
//! both mean the same by it.

#[cfg(test)]
pub mod memory;

#[cfg(test)]
pub use memory::{MemoryBroker, MemoryLog};

use std::collections::BTreeMap;

use crate::checkpoint::ProfileMessage;
use crate::incident::Told;
use crate::login::{Offset, OffsetRange, Partition};

/// A message of the logins topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub partition: Partition,
    pub offset: Offset,
    /// When the message was made, milliseconds since 1970.
    pub timestamp_ms: Option<i64>,
    pub value: Vec<u8>,
}

/// A partition that this process now reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assigned {
    pub partition: Partition,
    /// The offset that the group committed.
    pub committed: Option<Offset>,
    /// Whether it was committed with what was read, and not set by somebody.
    pub is_ours: bool,
    /// Where reading begins without a committed offset.
    pub fallback: Offset,
    /// The first login that is still there.
    pub low: Offset,
    /// The offset after the last record there was when it was assigned.
    pub end: Offset,
    /// The same of its profiles.
    pub profiles_end: Offset,
    /// Whether nobody wrote its profiles since this process last did.
    pub untouched: bool,
}

impl Assigned {
    /// The offset of the first record that will be read.
    #[must_use]
    pub fn position(&self) -> Offset {
        self.committed.unwrap_or(self.fallback)
    }
}

/// A partition that is read again after an abort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewound {
    pub partition: Partition,
    pub position: Offset,
    pub end: Offset,
}

/// What a poll brought, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled {
    Record(Record),
    Assigned(Vec<Assigned>),
    Rewound(Vec<Rewound>),
    /// Revoked or lost: nothing of these partitions may be committed any more.
    Revoked(Vec<Partition>),
    /// All there is of a partition has been read.
    CaughtUp(Partition),
    /// A partition is known to reach to this offset now.
    End {
        partition: Partition,
        end: Offset,
    },
}

/// A topic that is read beside the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SideTopic {
    Logins,
    Profiles,
}

/// A committed record of the profiles topic; without a value it is a tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileRow {
    pub partition: Partition,
    pub key: Vec<u8>,
    pub value: Option<Vec<u8>>,
}

/// What a look beside the stream brought.
#[derive(Debug, Default)]
pub struct SideBatch {
    pub logins: Vec<Record>,
    pub profiles: Vec<ProfileRow>,
    /// Partitions that have been read to where they were asked for.
    pub ended: Vec<Partition>,
    /// Whether all have.
    pub done: bool,
}

/// When a poll ends: at the first of these.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    pub max_records: usize,
    pub max_bytes: usize,
    /// How long to wait for the first record, and for more once it came.
    pub idle_ms: u64,
    pub linger_ms: u64,
}

/// An alert on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertMessage {
    pub user_id: String,
    pub json: Vec<u8>,
}

/// A record of an incident on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentMessage {
    /// The incident's id as text.
    pub key: String,
    pub told: Option<Told>,
    pub json: Vec<u8>,
}

/// A JSON message with its key, on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyedMessage {
    pub key: String,
    pub json: Vec<u8>,
}

/// A verdict as somebody sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedbackRow {
    pub offset: Offset,
    pub value: Vec<u8>,
}

/// What is kept of a rejected record: with its headers it fits a topic of Kafka's default limits,
/// whatever the logins topic takes. A record that cannot be written would be met again after every
/// restart.
pub const MAX_REJECTED_BYTES: usize = 1_000_000;

/// A rejected event on its way out: the record's own bytes, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedMessage {
    pub partition: Partition,
    pub offset: Offset,
    pub reason: &'static str,
    /// The record's bytes, cut to [`MAX_REJECTED_BYTES`].
    pub value: Vec<u8>,
    /// How many bytes the record had.
    pub size: usize,
}

impl RejectedMessage {
    #[must_use]
    pub fn new(record: Record, reason: &'static str) -> Self {
        let (size, mut value) = (record.value.len(), record.value);
        value.truncate(MAX_REJECTED_BYTES);
        Self {
            partition: record.partition,
            offset: record.offset,
            reason,
            value,
            size,
        }
    }
}

/// A login on its way to a topic keyed by user; without a key where it is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedMessage {
    pub key: Option<String>,
    pub value: Vec<u8>,
    pub timestamp_ms: Option<i64>,
}

/// Everything a batch makes visible, together with the offsets that caused it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    pub alerts: Vec<AlertMessage>,
    pub incidents: Vec<IncidentMessage>,
    pub rejected: Vec<RejectedMessage>,
    /// Verdicts that were accepted, the audit of them, and those that were refused.
    pub verdicts: Vec<KeyedMessage>,
    pub audit: Vec<KeyedMessage>,
    pub refused: Vec<RejectedMessage>,
    pub profiles: Vec<ProfileMessage>,
    pub moved: Vec<MovedMessage>,
    /// For each partition, the offset after the last record that the batch used.
    pub offsets: BTreeMap<Partition, Offset>,
}

/// What went wrong, by what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The transaction did not happen. Take the batch back and read it again.
    #[error(transparent)]
    Aborted(Reason),
    /// The configuration or the broker's rights have to change first.
    #[error(transparent)]
    Configuration(Reason),
    /// The broker cannot be reached.
    #[error(transparent)]
    Unavailable(Reason),
    /// This process must end.
    #[error(transparent)]
    Fatal(Reason),
}

/// What to tell people of an error, and the error behind it where there is one.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Reason {
    message: String,
    #[source]
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Reason {
    pub fn new(
        message: impl Into<String>,
        cause: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self {
            message: message.into(),
            cause: Some(Box::new(cause)),
        }
    }
}

impl<T: Into<String>> From<T> for Reason {
    fn from(message: T) -> Self {
        Self {
            message: message.into(),
            cause: None,
        }
    }
}

/// An ordered, partitioned, transactional log.
pub trait Log {
    /// Reads what there is, until the budget is used.
    fn poll(&mut self, budget: Budget, into: &mut Vec<Polled>) -> Result<(), LogError>;

    /// Makes an output visible as a whole, or not at all.
    fn commit(&mut self, output: &Output) -> Result<(), LogError>;

    /// After an aborted commit: goes back to the committed offsets, with nothing paused, and says
    /// so in the next poll.
    fn rewind(&mut self) -> Result<(), LogError>;

    /// Reads a partition from an offset on.
    fn start_at(&mut self, partition: Partition, offset: Offset) -> Result<(), LogError>;

    /// Stops or restarts reading partitions whose queues are full or have room again.
    fn set_paused(&mut self, partitions: &[Partition], paused: bool) -> Result<(), LogError>;

    /// Begins to read committed records beside the stream, in place of any earlier such reading.
    fn read_beside(&mut self, side: SideTopic, ranges: &[OffsetRange]) -> Result<(), LogError>;

    /// Brings some of what [`Log::read_beside`] asked for; partitions in `full` send nothing
    /// meanwhile.
    fn poll_beside(&mut self, full: &[Partition], into: &mut SideBatch) -> Result<(), LogError>;

    /// Follows the profiles of the partitions that are not these, from where they were last seen or
    /// written; those in `afresh` from their beginning. Gives how many there are.
    fn follow_others(
        &mut self,
        owned: &[Partition],
        afresh: &[Partition],
    ) -> Result<usize, LogError>;

    /// Brings what others wrote; done where that is all there was.
    fn poll_others(&mut self, into: &mut SideBatch) -> Result<(), LogError>;

    /// Follows the verdicts from an offset on, or from the first that is still there.
    fn follow_feedback(&mut self, from: Offset) -> Result<(), LogError>;

    /// Brings verdicts that have come.
    fn poll_feedback(&mut self, into: &mut Vec<FeedbackRow>) -> Result<(), LogError>;
}
