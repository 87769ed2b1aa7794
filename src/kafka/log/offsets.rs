//! Where assigned partitions begin, how reading goes there, and what became of a transaction whose
//! end was not heard of.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use super::super::client::code_of;
use super::super::{client, topics};
use super::KafkaLog;
use crate::clock::Clock;
use crate::config::Start;
use crate::log::{Assigned, LogError, Output, Reason};
use crate::login::{Offset, Partition};

/// A transaction that is open for longer than the broker lets one stand is nobody's.
const LEFT_OPEN_AFTER_MS: u64 = 11_000;

/// How long an assignment may take to be understood: less than the group waits for a poll (5
/// minutes).
const POSITIONS_PATIENCE_MS: u64 = 200_000;
const POSITIONS_RETRY: Duration = Duration::from_millis(500);
const SEEK_ATTEMPTS: u32 = 10;
const SEEK_RETRY: Duration = Duration::from_millis(500);

impl<C: Clock + Clone> KafkaLog<C> {
    /// Goes to offsets of assigned partitions. Those of a fenced consumer are about to be taken
    /// away.
    pub(super) fn seek(&mut self, offsets: &BTreeMap<Partition, Offset>) -> Result<(), LogError> {
        match self.try_seek(offsets) {
            Err(_) if self.is_fenced() => Ok(()),
            sought => sought,
        }
    }

    fn try_seek(&mut self, offsets: &BTreeMap<Partition, Offset>) -> Result<(), LogError> {
        let failed = |error: KafkaError| {
            let text = format!("cannot go to an offset: {error}; start the process again");
            LogError::Fatal(Reason::new(text, error))
        };
        self.moved_ms = self.clock.monotonic_ms();
        let list = client::offsets_of(self.topic(), offsets).map_err(failed)?;
        let timeout = client::timeout(&self.config.kafka);
        for attempt in 0.. {
            let sought = self.consumer.seek_partitions(list.clone(), timeout);
            let sought = sought.map_err(failed)?;
            let elements = sought.elements();
            match elements.iter().find_map(|element| element.error().err()) {
                None => break,
                Some(_) if self.is_fenced() => break,
                // Just assigned, and not yet fetching.
                Some(error) if code_of(&error) == Some(Code::State) && attempt < SEEK_ATTEMPTS => {
                    self.clock.sleep(SEEK_RETRY);
                }
                Some(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }

    /// Where partitions begin and how far they reach. Brokers that are away are waited for, and so
    /// is a transaction that a killed process left open on the offsets: the broker ends it after
    /// its time, or else this producer does, where it was its own.
    pub(super) fn positions(&self, partitions: &[Partition]) -> Result<Vec<Assigned>, LogError> {
        let begun_ms = self.clock.monotonic_ms();
        let give_up_ms = begun_ms + POSITIONS_PATIENCE_MS;
        let mut end_at_ms = begun_ms + LEFT_OPEN_AFTER_MS;
        loop {
            match self.ask_positions(partitions) {
                Err(LogError::Unavailable(reason))
                    if self.clock.monotonic_ms() < give_up_ms && !self.stop.is_requested() =>
                {
                    tracing::warn!(
                        %reason,
                        "the committed offsets are not to be had yet; asking again"
                    );
                    if self.clock.monotonic_ms() >= end_at_ms && self.profiles_partitions.is_some()
                    {
                        let (logins, group) = (self.topic(), self.group.as_ref());
                        self.transactions.end_left_open(logins, partitions, group);
                        end_at_ms = self.clock.monotonic_ms() + LEFT_OPEN_AFTER_MS;
                    }
                    self.clock.sleep(POSITIONS_RETRY);
                }
                answer => return answer,
            }
        }
    }

    fn ask_positions(&self, partitions: &[Partition]) -> Result<Vec<Assigned>, LogError> {
        let timeout = client::timeout(&self.config.kafka);
        let failed = |error: KafkaError| client::log_error(&error, &self.config);
        let most = self.profiles_partitions.unwrap_or(i32::MAX);
        if let Some(beyond) = partitions.iter().find(|partition| partition.0 >= most) {
            let logins = beyond.0 as usize + 1;
            return Err(topics::unequal_partitions(
                &self.config,
                logins,
                most as usize,
            ));
        }
        let list = client::partitions_of(self.topic(), partitions);
        let committed = self
            .consumer
            .committed_offsets(list, timeout)
            .map_err(failed)?;
        let position = |partition: Partition| {
            let element = committed.find_partition(self.topic(), partition.0);
            if let Some(Err(error)) = element.as_ref().map(|element| element.error()) {
                return Err(failed(error));
            }
            let is_ours = element.as_ref().map(|one| one.metadata() == client::OURS);
            let (low, end) = self
                .consumer
                .fetch_watermarks(self.topic(), partition.0, timeout)
                .map_err(failed)?;
            let (low, end) = (Offset(low), Offset(end));
            let profiles_end = match self.profiles_partitions {
                Some(_) => self.profiles_end(partition)?,
                None => Offset::ZERO,
            };
            Ok(Assigned {
                partition,
                committed: match element.map(|element| element.offset()) {
                    Some(rdkafka::Offset::Offset(offset)) => Some(Offset(offset)),
                    _ => None,
                },
                is_ours: is_ours.unwrap_or(false),
                fallback: match self.config.kafka.start {
                    Start::Earliest => low,
                    Start::Latest => end,
                },
                low,
                end,
                profiles_end,
                untouched: self.transactions.profiles_end(partition) == Some(profiles_end),
            })
        };
        partitions
            .iter()
            .map(|partition| position(*partition))
            .collect()
    }

    /// Where the profiles of a partition end, once no transaction is open on them.
    fn profiles_end(&self, partition: Partition) -> Result<Offset, LogError> {
        let (topic, timeout) = (
            &self.config.topics.profiles,
            client::timeout(&self.config.kafka),
        );
        let (_, end) = self
            .consumer
            .fetch_watermarks(topic, partition.0, timeout)
            .map_err(|error| client::log_error(&error, &self.config))?;
        let end = Offset(end);
        // The committed offsets are settled, but what was written with others of an open
        // transaction is not.
        if self.marks.end(topic, partition)? > end {
            let text = format!("a transaction is still open on `{topic}` partition {partition}");
            return Err(LogError::Unavailable(text.into()));
        }
        Ok(end)
    }

    /// The producer was ended while it committed: the group's offsets say whether the transaction
    /// happened.
    pub(super) fn find_out(&mut self, output: &Output, reason: String) -> Result<(), LogError> {
        if self.home.is_some() {
            return self.find_out_apart(&output.offsets, reason);
        }
        let partitions: Vec<Partition> = output.offsets.keys().copied().collect();
        let assigned = self.positions(&partitions)?;
        let committed: BTreeMap<Partition, Offset> = assigned
            .iter()
            .map(|one| (one.partition, one.position()))
            .collect();
        let has_profiles = self.profiles_partitions.is_some();
        match became_of(&self.restart_at, &output.offsets, &committed) {
            Became::Committed => Ok(()),
            Became::Aborted if !has_profiles => Err(LogError::Aborted(reason.into())),
            // A broker that is killed may lose offsets; a restore asks the profiles.
            Became::Aborted | Became::Unknown => {
                tracing::warn!(
                    reason,
                    "whether the last transaction happened cannot be told from the group's \
                     offsets; joining again and restoring what is there"
                );
                self.begin_again()?;
                Err(LogError::Aborted(reason.into()))
            }
        }
    }
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Became {
    Committed,
    Aborted,
    Unknown,
}

/// Judges by the offsets before a transaction, those it was to commit, and those that are committed
/// now.
fn became_of(
    before: &BTreeMap<Partition, Offset>,
    wanted: &BTreeMap<Partition, Offset>,
    now: &BTreeMap<Partition, Offset>,
) -> Became {
    let unchanged = |offsets: &BTreeMap<Partition, Offset>| {
        offsets
            .iter()
            .all(|(partition, offset)| before.get(partition) == Some(offset))
    };
    if unchanged(wanted) {
        // A checkpoint without logins moves no offset.
        Became::Unknown
    } else if now == wanted {
        Became::Committed
    } else if unchanged(now) {
        Became::Aborted
    } else {
        // Another process has gone on with the partitions.
        Became::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_tell_what_became_of_a_transaction_or_that_they_cannot() {
        let of = |partition, offset| (Partition(partition), Offset(offset));
        let offsets = |first, second| BTreeMap::from([of(0, first), of(1, second)]);
        let before = offsets(5, 7);
        let only = |first| BTreeMap::from([of(0, first)]);
        assert_eq!(became_of(&before, &only(9), &only(9)), Became::Committed);
        assert_eq!(became_of(&before, &only(9), &only(5)), Became::Aborted);
        assert_eq!(became_of(&before, &only(9), &only(8)), Became::Unknown);
        let both = offsets(9, 8);
        assert_eq!(became_of(&before, &both, &offsets(9, 7)), Became::Unknown);
        // A checkpoint alone commits the offsets that are committed already.
        assert_eq!(became_of(&before, &before, &before), Became::Unknown);
    }
}
