//! What the pipeline asks of a log. Kafka stands behind it in production, [`MemoryLog`](super::memory::MemoryLog) in
//! tests; both mean the same by it.

use std::collections::BTreeMap;

/// A message of the logins topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub partition: i32,
    pub offset: i64,
    /// When the message was made, milliseconds since 1970.
    pub timestamp_ms: Option<i64>,
    pub value: Vec<u8>,
}

/// A partition that this process now reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assigned {
    pub partition: i32,
    /// The offset of the first record that will be read.
    pub position: i64,
    /// The offset after the last record there was when it was assigned.
    pub end: i64,
}

/// What a poll brought, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled {
    Record(Record),
    Assigned(Vec<Assigned>),
    /// Revoked or lost: nothing of these partitions may be committed any more.
    Revoked(Vec<i32>),
    /// All there is of a partition has been read.
    CaughtUp(i32),
    /// A partition is known to reach to this offset now.
    End {
        partition: i32,
        end: i64,
    },
}

/// When a poll ends: at the first of these.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    pub max_records: usize,
    pub max_bytes: usize,
    pub linger_ms: u64,
}

/// An alert on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertMessage {
    pub user_id: String,
    pub json: Vec<u8>,
}

/// What is kept of a rejected record: with its headers it fits a topic of Kafka's default limits, whatever the logins
/// topic takes. A record that cannot be written would be met again after every restart.
pub const MAX_REJECTED_BYTES: usize = 1_000_000;

/// A rejected event on its way out: the record's own bytes, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedMessage {
    pub partition: i32,
    pub offset: i64,
    pub reason: &'static str,
    /// The record's bytes, cut to [`MAX_REJECTED_BYTES`].
    pub value: Vec<u8>,
    /// How many bytes the record had.
    pub size: usize,
}

/// Everything a batch makes visible, together with the offsets that caused it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    pub alerts: Vec<AlertMessage>,
    pub rejected: Vec<RejectedMessage>,
    /// For each partition, the offset after the last record that the batch used.
    pub offsets: BTreeMap<i32, i64>,
}

/// What went wrong, by what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The transaction did not happen. Take the batch back and read it again.
    #[error("{0}")]
    Aborted(String),
    /// The configuration or the broker's rights have to change first.
    #[error("{0}")]
    Configuration(String),
    /// The broker cannot be reached.
    #[error("{0}")]
    Unavailable(String),
    /// This process must end.
    #[error("{0}")]
    Fatal(String),
}

/// An ordered, partitioned, transactional log.
pub trait Log {
    /// Reads what there is, until the budget is used.
    fn poll(&mut self, budget: Budget, into: &mut Vec<Polled>) -> Result<(), LogError>;

    /// Makes an output visible as a whole, or not at all.
    fn commit(&mut self, output: &Output) -> Result<(), LogError>;

    /// After an aborted commit: goes back to the committed offsets, with nothing paused, and says so as new assignments
    /// in the next poll.
    fn rewind(&mut self) -> Result<(), LogError>;

    /// Stops or restarts reading partitions whose queues are full or have room again.
    fn set_paused(&mut self, partitions: &[i32], paused: bool) -> Result<(), LogError>;
}
