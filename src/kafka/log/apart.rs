//! A topic of other brokers than those that are written to: its offsets cannot travel in the
//! producer's transactions. They are committed after them, and where a crash came between, the
//! logins themselves say how far it was read.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::message::Message;
use serde::Deserialize;

use super::super::{beside, client, topics};
use super::KafkaLog;
use crate::clock::Clock;
use crate::config::Config;
use crate::log::{Assigned, LogError};
use crate::login::event::OriginFields;
use crate::login::{Offset, Partition};
use topics::Marks;

/// Logins that are looked at for where they were read.
const MOST_LOOKED_AT: i64 = 100_000;
/// How long they are asked for: less than the group waits for a poll.
const LOOK_PATIENCE_MS: u64 = 60_000;
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Batches that may be written and not yet committed as read. What is further ahead was read of
/// another topic of that name, or by somebody who has set the offsets back since.
const MOST_UNCOMMITTED: i64 = 4;

/// Where the records of a source of other brokers are written to.
#[derive(Clone)]
pub struct Home {
    pub config: Config,
    /// The source's name, as its logins give it.
    pub source: String,
}

/// The part of a login that says where it was read.
#[derive(Deserialize)]
struct Written<'a> {
    #[serde(borrow)]
    origin: Option<OriginFields<'a>>,
}

impl<C: Clock + Clone> KafkaLog<C> {
    /// Where assigned partitions begin; after what was written of them, whatever is committed.
    pub(super) fn beginnings(
        &mut self,
        partitions: &[Partition],
    ) -> Result<Vec<Assigned>, LogError> {
        let mut assigned = self.positions(partitions)?;
        if self.home.is_none() {
            return Ok(assigned);
        }
        let written = self.written();
        let most = MOST_UNCOMMITTED * i64::try_from(self.config.pipeline.max_records).unwrap_or(1);
        let (mut ahead, mut unread) = (BTreeMap::new(), BTreeMap::new());
        for one in &mut assigned {
            let Some(committed) = one.committed else {
                // From now on it is known that it was read.
                unread.insert(one.partition, one.position());
                continue;
            };
            let next = written.get(&one.partition).copied();
            let is_next = |next: &Offset| {
                *next > committed && *next <= one.end && next.0 - committed.0 <= most
            };
            if let Some(next) = next.filter(is_next) {
                one.committed = Some(next);
                ahead.insert(one.partition, next);
            }
        }
        if !unread.is_empty() {
            self.commit_apart(&unread);
        }
        if !ahead.is_empty() {
            tracing::info!(?ahead, "written before, and not yet committed as read");
            self.seek(&ahead)?;
        }
        Ok(assigned)
    }

    /// Commits offsets after what came of them. One that is not committed is with the next, or found
    /// among the logins.
    pub(super) fn commit_apart(&self, offsets: &BTreeMap<Partition, Offset>) {
        let committed = client::offsets_of(self.topic(), offsets)
            .and_then(|list| self.consumer.commit(&list, CommitMode::Async));
        if let Err(error) = committed {
            tracing::warn!(%error, "how far a source was read is not committed yet");
        }
    }

    /// The producer was ended while it committed: the logins say whether the transaction happened.
    /// What was not written is read again.
    pub(super) fn find_out_apart(
        &mut self,
        wanted: &BTreeMap<Partition, Offset>,
        reason: String,
    ) -> Result<(), LogError> {
        let written = self.written();
        for (partition, end) in wanted {
            if let (Some(restart_at), Some(next)) = (
                self.restart_at.get_mut(partition),
                written.get(partition).filter(|next| *next <= end),
            ) {
                *restart_at = (*restart_at).max(*next);
            }
        }
        Err(LogError::Aborted(reason.into()))
    }

    /// For each partition, the offset after the last record that became a login. What cannot be
    /// found out in time may be written twice, and that is said.
    fn written(&self) -> BTreeMap<Partition, Offset> {
        let give_up_ms = self.clock.monotonic_ms() + LOOK_PATIENCE_MS;
        let mut written = BTreeMap::new();
        let Some(home) = &self.home else {
            return written;
        };
        while !self.stop.is_requested() {
            match home.written(self.topic(), &mut written) {
                Ok(true) => return written,
                Ok(false) => {}
                Err(error) => tracing::debug!(%error, "the last logins are not to be had yet"),
            }
            if self.clock.monotonic_ms() >= give_up_ms {
                tracing::warn!(
                    source = home.source,
                    "the last logins could not be looked at; what was read last may be written twice"
                );
                break;
            }
            self.clock.sleep(LOOK_AGAIN);
        }
        written
    }
}

impl Home {
    /// Notes how far each partition of a topic was read, by the last logins; whether all were seen.
    fn written(
        &self,
        topic: &str,
        written: &mut BTreeMap<Partition, Offset>,
    ) -> Result<bool, LogError> {
        let logins = &self.config.topics.moved;
        let there = topics::existing(&self.config)?;
        let partitions = there.get(logins).map_or(0, |count| *count as i32);
        let each = (MOST_LOOKED_AT / i64::from(partitions.max(1))).max(1);
        let marks = Marks::new(&self.config)?;
        beside::read_last(
            &self.config,
            &marks,
            (logins, partitions),
            each,
            |message| {
                let login = message.payload().unwrap_or_default();
                let Ok(Written { origin: Some(from) }) = serde_json::from_slice(login) else {
                    return;
                };
                if from.source == self.source && from.topic == topic {
                    let next: &mut Offset = written.entry(Partition(from.partition)).or_default();
                    *next = (*next).max(Offset(from.offset).next());
                }
            },
        )
    }
}
