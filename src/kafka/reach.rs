//! How far back a topic reaches, and how well its users are known by it: what a company's history
//! is worth before the first start.

use std::collections::HashMap;

use rdkafka::consumer::Consumer;
use rdkafka::message::Message;

use super::beside;
use super::client;
use super::topics::{self, Marks};
use crate::config::Config;
use crate::log::LogError;
use crate::login::{Event, Partition, same_name};

/// Records at either end of each partition that are looked at for their times.
const EDGE: i64 = 200;
/// Records of one partition whose users are counted.
const MOST_COUNTED: i64 = 50_000;

/// The times of a topic's logins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Offsets, and so about as many records.
    pub records: u64,
    /// The earliest and the latest login, milliseconds since 1970; none where none was found.
    pub times_ms: Option<(i64, i64)>,
}

impl Reach {
    /// Looks at both ends of every partition; `time_ms` tells a record's time, given when it came.
    pub(super) fn read(
        config: &Config,
        marks: &Marks,
        (topic, partitions): (&str, i32),
        time_ms: impl Fn(&[u8], i64) -> Option<i64>,
    ) -> Result<Self, LogError> {
        let mut reach = Self::default();
        for partition in (0..partitions).map(Partition) {
            let there = marks.range(topic, partition)?;
            reach.records += there.end.since(there.start);
        }
        let mut look = |message: &rdkafka::message::BorrowedMessage<'_>| {
            let received_ms = message.timestamp().to_millis().unwrap_or(0);
            if let Some(time_ms) = time_ms(message.payload().unwrap_or_default(), received_ms) {
                let (first_ms, last_ms) = reach.times_ms.unwrap_or((time_ms, time_ms));
                reach.times_ms = Some((first_ms.min(time_ms), last_ms.max(time_ms)));
            }
        };
        beside::read_first(config, marks, (topic, partitions), EDGE, &mut look)?;
        beside::read_last(config, marks, (topic, partitions), EDGE, &mut look)?;
        Ok(reach)
    }

    /// Whole days between the earliest and the latest login.
    #[must_use]
    pub fn days(&self) -> i64 {
        const DAY_MS: i64 = 86_400_000;
        self.times_ms
            .map_or(0, |(first_ms, last_ms)| (last_ms - first_ms) / DAY_MS)
    }
}

/// What the logins of the topic will teach.
#[derive(Debug, Default)]
pub struct LoginHistory {
    pub reach: Reach,
    /// Whether the group has read a part of it before.
    pub has_begun: bool,
    /// Of the partition with most records: a user's logins are all in one.
    pub users: KnownUsers,
}

/// Users by how many of the logins looked at are theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KnownUsers {
    pub users: usize,
    /// With [`LoginHistory::KNOWN`] logins or more.
    pub known: usize,
    pub with_one: usize,
}

impl LoginHistory {
    /// From so many logins on a user's habits are known.
    pub const KNOWN: u32 = 10;

    /// Looks at the logins topic; nothing where there is no topic.
    pub fn read(config: &Config) -> Result<Self, LogError> {
        let topic = &config.topics.logins;
        let existing = topics::existing(config)?;
        let Some(partitions) = existing.get(topic).map(|count| *count as i32) else {
            return Ok(Self::default());
        };
        let marks = Marks::new(config)?;
        let max_bytes = config.pipeline.max_message_bytes;
        let reach = Reach::read(config, &marks, (topic, partitions), |value, _| {
            Some(Event::from_message(value, max_bytes).ok()?.time_ms)
        })?;
        Ok(Self {
            reach,
            has_begun: has_begun(config, partitions)?,
            users: users_of_one(config, &marks, partitions)?,
        })
    }
}

fn users_of_one(config: &Config, marks: &Marks, partitions: i32) -> Result<KnownUsers, LogError> {
    let topic = config.topics.logins.as_str();
    let mut fullest = (0, Partition(0));
    for partition in (0..partitions).map(Partition) {
        let there = marks.range(topic, partition)?;
        fullest = fullest.max((there.end.since(there.start), partition));
    }
    let max_bytes = config.pipeline.max_message_bytes;
    let mut logins: HashMap<(String, String), u32> = HashMap::new();
    beside::read_last_of(
        config,
        marks,
        topic,
        &[fullest.1],
        MOST_COUNTED,
        |message| {
            let value = message.payload().unwrap_or_default();
            if let Ok(event) = Event::from_message(value, max_bytes)
                && !event.user_id.is_empty()
            {
                let user = (
                    event.tenant.to_string(),
                    same_name(&event.user_id).into_owned(),
                );
                *logins.entry(user).or_default() += 1;
            }
        },
    )?;
    let with = |fits: &dyn Fn(u32) -> bool| logins.values().filter(|count| fits(**count)).count();
    Ok(KnownUsers {
        users: logins.len(),
        known: with(&|count| count >= LoginHistory::KNOWN),
        with_one: with(&|count| count == 1),
    })
}

/// Whether the group has committed an offset of the logins.
fn has_begun(config: &Config, partitions: i32) -> Result<bool, LogError> {
    let mut client = client::aside(&config.kafka, "nightlatch-begun");
    client.set("group.id", &config.kafka.group);
    let consumer = client::consumer(&client)?;
    let all: Vec<Partition> = (0..partitions).map(Partition).collect();
    let list = client::partitions_of(&config.topics.logins, &all);
    let committed = consumer
        .committed_offsets(list, client::timeout(&config.kafka))
        .map_err(|error| client::log_error(&error, config))?;
    let mut elements = committed.elements().into_iter();
    Ok(elements.any(|element| matches!(element.offset(), rdkafka::Offset::Offset(_))))
}
