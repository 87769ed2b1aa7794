//! What is read beside the stream: for a restore, of other nodes, and what analysts say.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::message::{BorrowedMessage, Message};

use super::own;
use crate::config::Config;
use crate::kafka::beside::Tail;
use crate::log::{FeedbackRow, LogError, ProfileRow, SideBatch, SideTopic};
use crate::login::{Offset, OffsetRange, Partition};

/// How long a look beside the stream waits for its first record.
const WAIT: Duration = Duration::from_millis(5);

/// The consumers that are no members of the group.
#[derive(Default)]
pub(super) struct Sides {
    beside: Option<(SideTopic, Tail)>,
    others: Option<Tail>,
    /// Where the profiles of partitions that others follow or own are read on.
    others_at: BTreeMap<Partition, Offset>,
    feedback: Option<Tail>,
}

impl Sides {
    pub(super) fn read(
        &mut self,
        config: &Config,
        side: SideTopic,
        ranges: &[OffsetRange],
    ) -> Result<(), LogError> {
        self.beside = None;
        if ranges.is_empty() {
            return Ok(());
        }
        let topic = match side {
            SideTopic::Logins => &config.topics.logins,
            SideTopic::Profiles => &config.topics.profiles,
        };
        let mut tail = Tail::start(config, topic)?;
        let from = ranges.iter().map(|range| (range.partition, range.from));
        let ends = ranges.iter().map(|range| (range.partition, range.to));
        tail.assign(from.collect(), ends.collect())?;
        self.beside = Some((side, tail));
        Ok(())
    }

    pub(super) fn poll(
        &mut self,
        full: &[Partition],
        into: &mut SideBatch,
    ) -> Result<(), LogError> {
        let Some((side, tail)) = &mut self.beside else {
            into.done = true;
            return Ok(());
        };
        tail.set_full(full)?;
        tail.poll(WAIT, |message| match side {
            SideTopic::Logins => into.logins.push(own(message)),
            SideTopic::Profiles => into.profiles.push(own_profile(message)),
        })?;
        into.ended = tail.ended();
        into.done = tail.is_done();
        if into.done {
            self.beside = None;
        }
        Ok(())
    }

    /// Follows the profiles of partitions that this node does not own, given with where its own
    /// writes of them ended; those of `afresh` from their beginning. Says how many they are.
    pub(super) fn follow_others(
        &mut self,
        config: &Config,
        others: BTreeMap<Partition, Option<Offset>>,
        afresh: &[Partition],
    ) -> Result<usize, LogError> {
        if let Some(tail) = &self.others {
            self.others_at.extend(tail.positions());
        }
        let from = |partition, written: Option<Offset>| {
            if afresh.contains(&partition) {
                return Offset::ZERO;
            }
            let seen = self.others_at.get(&partition).copied();
            seen.max(written).unwrap_or_default()
        };
        let followed: BTreeMap<Partition, Offset> = others
            .iter()
            .map(|(&partition, &written)| (partition, from(partition, written)))
            .collect();
        // What is restored is read from its beginning; what is left later, from where it was left.
        self.others_at
            .retain(|partition, _| others.contains_key(partition));
        if followed.is_empty() {
            self.others = None;
            return Ok(0);
        }
        let count = followed.len();
        let tail = match &mut self.others {
            Some(tail) => tail,
            none => none.insert(Tail::start(config, &config.topics.profiles)?),
        };
        tail.assign(followed, BTreeMap::new())?;
        Ok(count)
    }

    pub(super) fn poll_others(&mut self, into: &mut SideBatch) -> Result<(), LogError> {
        let Some(tail) = &mut self.others else {
            into.done = true;
            return Ok(());
        };
        tail.poll(Duration::ZERO, |message| {
            into.profiles.push(own_profile(message));
        })?;
        into.done = tail.is_done();
        Ok(())
    }

    pub(super) fn follow_feedback(
        &mut self,
        config: &Config,
        from: Offset,
    ) -> Result<(), LogError> {
        let tail = match &mut self.feedback {
            Some(tail) => tail,
            none => none.insert(Tail::start_leniently(config, &config.topics.feedback)?),
        };
        tail.assign(BTreeMap::from([(Partition(0), from)]), BTreeMap::new())
    }

    pub(super) fn poll_feedback(&mut self, into: &mut Vec<FeedbackRow>) -> Result<(), LogError> {
        let Some(tail) = &mut self.feedback else {
            return Ok(());
        };
        tail.poll(Duration::ZERO, |message| {
            into.push(FeedbackRow {
                offset: Offset(message.offset()),
                value: message.payload().unwrap_or_default().to_vec(),
            });
        })
    }
}

fn own_profile(message: &BorrowedMessage<'_>) -> ProfileRow {
    ProfileRow {
        partition: Partition(message.partition()),
        key: message.key().unwrap_or_default().to_vec(),
        value: message.payload().map(<[u8]>::to_vec),
    }
}
