//! A topic of other brokers than those that are written to: its offsets cannot travel in the
//! producer's transactions. They are committed after them, and where a crash came between, the
//! logins themselves say how far it was read.

use std::collections::BTreeMap;

use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::message::Message;
use serde::Deserialize;

use super::super::{beside, client, topics};
use super::KafkaLog;
use crate::clock::Clock;
use crate::config::Config;
use crate::log::{Assigned, LogError};
use crate::login::{Offset, Partition};
use topics::Marks;

/// Logins that are looked at for where they were read.
const MOST_LOOKED_AT: i64 = 100_000;

/// The part of a login that says where it was read.
#[derive(Deserialize)]
struct Written<'a> {
    #[serde(borrow)]
    origin: Option<ReadFrom<'a>>,
}

#[derive(Deserialize)]
struct ReadFrom<'a> {
    #[serde(borrow)]
    topic: std::borrow::Cow<'a, str>,
    partition: i32,
    offset: i64,
}

impl<C: Clock + Clone> KafkaLog<C> {
    /// Where assigned partitions begin; after what was written of them, whatever is committed.
    pub(super) fn beginnings(
        &mut self,
        partitions: &[Partition],
    ) -> Result<Vec<Assigned>, LogError> {
        let mut assigned = self.positions(partitions)?;
        let Some(home) = &self.home else {
            return Ok(assigned);
        };
        let written = written(home, self.topic(), MOST_LOOKED_AT)?;
        let mut ahead = BTreeMap::new();
        for one in &mut assigned {
            let next = written.get(&one.partition).copied();
            if let Some(next) = next.filter(|next| *next > one.position()) {
                one.committed = Some(next);
                ahead.insert(one.partition, next);
            }
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
            .and_then(|list| self.consumer.commit(&list, CommitMode::Sync));
        if let Err(error) = committed {
            tracing::warn!(%error, "how far a source was read is not committed yet");
        }
    }

    /// The producer was ended while it committed: the logins say whether the transaction happened.
    /// What was not written is read again.
    pub(super) fn find_out_apart(
        &mut self,
        partitions: &[Partition],
        reason: String,
    ) -> Result<(), LogError> {
        if let Some(home) = &self.home {
            let written = written(home, self.topic(), MOST_LOOKED_AT)?;
            for partition in partitions {
                if let (Some(restart_at), Some(next)) = (
                    self.restart_at.get_mut(partition),
                    written.get(partition).copied(),
                ) {
                    *restart_at = (*restart_at).max(next);
                }
            }
        }
        Err(LogError::Aborted(reason.into()))
    }
}

/// For each partition of a topic, the offset after the last record that became a login.
fn written(home: &Config, topic: &str, most: i64) -> Result<BTreeMap<Partition, Offset>, LogError> {
    let logins = &home.topics.moved;
    let there = topics::existing(home)?;
    let partitions = there.get(logins).map_or(0, |count| *count as i32);
    let each = (most / i64::from(partitions.max(1))).max(1);
    let mut written = BTreeMap::new();
    let marks = Marks::new(home)?;
    beside::read_last(home, &marks, (logins, partitions), each, |message| {
        let login = message.payload().unwrap_or_default();
        let Ok(Written { origin: Some(from) }) = serde_json::from_slice(login) else {
            return;
        };
        if from.topic == topic {
            let next: &mut Offset = written.entry(Partition(from.partition)).or_default();
            *next = (*next).max(Offset(from.offset).next());
        }
    })?;
    Ok(written)
}
