//! The topics: what they should be, making the missing ones, and what differs.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::metadata::Metadata;

use super::client::{self, Quiet};
use crate::config::Config;
use crate::ingest::SourceConfig;
use crate::log::LogError;
use crate::login::{Offset, Partition};

/// How one of our topics should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredTopic {
    pub name: String,
    pub partitions: i32,
    pub settings: Vec<(&'static str, &'static str)>,
    /// Whether `run` needs it.
    pub needed: bool,
}

/// How long the first question waits; each further one waits twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const MOST_TOLD: usize = 100;
/// Thirty days.
const RETENTION_MS: &str = "2592000000";

/// Pages are deleted by key, so the topic has to be compacted and never cut by time. Small segments
/// are compacted soon.
const PROFILES_SETTINGS: &[(&str, &str)] = &[
    ("cleanup.policy", "compact"),
    ("min.cleanable.dirty.ratio", "0.3"),
    ("segment.bytes", "67108864"),
    ("max.message.bytes", "4194304"),
];

/// Each record is the whole incident, so the last of each is enough; but who reads a week late must
/// still meet everything that was told.
const INCIDENTS_SETTINGS: &[(&str, &str)] = &[
    ("cleanup.policy", "compact"),
    ("min.compaction.lag.ms", "604800000"),
];

/// The topics of a configuration, where the logins have so many partitions.
#[must_use]
pub fn wanted(config: &Config, partitions: i32) -> Vec<RequiredTopic> {
    let topics = &config.topics;
    let topic = |name: &str,
                 partitions: i32,
                 needed: bool,
                 settings: &[(&'static str, &'static str)]| RequiredTopic {
        name: name.to_owned(),
        partitions,
        settings: settings.to_vec(),
        needed,
    };
    let kept = [("retention.ms", RETENTION_MS)];
    let mut wanted = vec![
        topic(&topics.logins, partitions, true, &kept),
        topic(&topics.alerts, partitions, true, &kept),
        topic(&topics.incidents, partitions, true, INCIDENTS_SETTINGS),
        topic(&topics.rejected, 1, true, &kept),
        topic(&topics.profiles, partitions, true, PROFILES_SETTINGS),
        topic(&topics.feedback, 1, true, &kept),
        topic(&topics.verdicts, 1, true, &[("cleanup.policy", "compact")]),
        topic(&topics.audit, 1, true, &[("retention.ms", "-1")]),
    ];
    if !config.receivers.is_empty() {
        wanted.push(topic(&topics.undelivered, 1, false, &kept));
    }
    // Whoever brings a provider's records may have made its topic otherwise: nothing is set of it.
    let sources = config.ingest.sources.iter();
    let sources = sources.filter(|source| !config.ingest.apart.contains_key(&source.name));
    let sources = sources.flat_map(|source| &source.topics);
    wanted.extend(sources.map(|name| topic(name, topics.partitions, true, &[])));
    wanted
}

/// How many partitions the logins have, or are to have: what is there counts, and where it is only
/// the profiles, theirs.
#[must_use]
pub fn partitions(config: &Config, existing: &BTreeMap<String, usize>) -> i32 {
    let topics = &config.topics;
    let there = existing
        .get(&topics.logins)
        .or_else(|| existing.get(&topics.profiles));
    let there = there.and_then(|count| i32::try_from(*count).ok());
    there.unwrap_or(topics.partitions)
}

/// What happened to one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    New,
    /// With so many partitions.
    Existed(usize),
    Failed(String),
}

fn admin(config: &Config) -> Result<AdminClient<Quiet>, LogError> {
    let client = client::aside(&config.kafka, "nightlatch-topics");
    AdminClient::from_config_and_context(&client, Quiet::default())
        .map_err(|error| client::settings_refused("client", &error))
}

/// Makes the topics that are missing, with the partitions of what is there.
pub async fn create(config: &Config) -> Result<Vec<(RequiredTopic, Created)>, LogError> {
    let existing = existing(config)?;
    let admin = admin(config)?;
    let refused =
        |error: KafkaError| client::log_error_of(&admin.inner().context().causes, &error, config);
    let timeout = client::timeout(&config.kafka);
    let options = AdminOptions::new()
        .operation_timeout(Some(timeout))
        .request_timeout(Some(timeout));
    let wanted = wanted(config, partitions(config, &existing));
    let new: Vec<NewTopic<'_>> = wanted
        .iter()
        .map(|topic| {
            let new = NewTopic::new(
                &topic.name,
                topic.partitions,
                TopicReplication::Fixed(config.topics.replication),
            );
            topic
                .settings
                .iter()
                .fold(new, |new, (key, value)| new.set(key, value))
        })
        .collect();
    let results = admin.create_topics(&new, &options).await.map_err(refused)?;
    let created = wanted
        .iter()
        .zip(results)
        .map(|(topic, result)| match result {
            Ok(_) => Created::New,
            Err((_, Code::TopicAlreadyExists)) => {
                let there = existing.get(&topic.name).copied();
                Created::Existed(there.unwrap_or(topic.partitions as usize))
            }
            Err((_, code)) => Created::Failed(client::explain(code, config)),
        });
    let created: Vec<(RequiredTopic, Created)> = wanted.iter().cloned().zip(created).collect();
    await_new(config, &created)?;
    Ok(created)
}

/// Waits until what was made is seen by whoever asks: a broker answers before it knows itself.
fn await_new(config: &Config, created: &[(RequiredTopic, Created)]) -> Result<(), LogError> {
    let mut left_ms = config.kafka.request_timeout_ms;
    loop {
        let there = existing(config)?;
        let is_missing = |(topic, created): &&(RequiredTopic, Created)| {
            *created == Created::New && !there.contains_key(&topic.name)
        };
        match created.iter().find(is_missing) {
            None => return Ok(()),
            Some(_) if left_ms >= RETRY_MS => {
                left_ms -= RETRY_MS;
                std::thread::sleep(Duration::from_millis(RETRY_MS));
            }
            Some((topic, _)) => {
                let text = format!(
                    "topic `{}` was made and is not to be seen yet; ask again in a moment",
                    topic.name
                );
                return Err(LogError::Unavailable(text.into()));
            }
        }
    }
}

/// What is set otherwise on topics that exist: topic, setting, what it is, what it should be.
pub async fn differences(
    config: &Config,
    topics: &[&RequiredTopic],
) -> Result<Vec<(String, &'static str, String, &'static str)>, LogError> {
    if topics.is_empty() {
        return Ok(Vec::new());
    }
    let refused = |error: KafkaError| client::log_error(&error, config);
    let admin = admin(config)?;
    let options = AdminOptions::new().request_timeout(Some(client::timeout(&config.kafka)));
    let resources: Vec<ResourceSpecifier<'_>> = topics
        .iter()
        .map(|topic| ResourceSpecifier::Topic(&topic.name))
        .collect();
    let described = admin.describe_configs(&resources, &options).await;
    let mut differences = Vec::new();
    for (topic, described) in topics.iter().zip(described.map_err(refused)?) {
        // Without the right to see settings there is nothing to compare.
        let Ok(described) = described else { continue };
        for (name, wanted) in &topic.settings {
            let found = described.get(name).and_then(|entry| entry.value.as_deref());
            if let Some(found) = found.filter(|found| found != wanted) {
                differences.push((topic.name.clone(), *name, found.to_owned(), *wanted));
            }
        }
    }
    Ok(differences)
}

/// The number of partitions of each topic that exists. Of everything that asks a broker this comes
/// first, so it says why none answers.
pub fn existing(config: &Config) -> Result<BTreeMap<String, usize>, LogError> {
    let client = client::aside(&config.kafka, "nightlatch-topics");
    let consumer = client::consumer(&client)?;
    let metadata = ask_patiently(&consumer, config)?;
    Ok(metadata
        .topics()
        .iter()
        .map(|topic| (topic.name().to_owned(), topic.partitions().len()))
        .collect())
}

/// Asks for the time a broker may take to answer, or until it is known that none will.
fn ask_patiently(consumer: &BaseConsumer<Quiet>, config: &Config) -> Result<Metadata, LogError> {
    let causes = &consumer.context().causes;
    let mut left = client::timeout(&config.kafka);
    let mut wait = FIRST_WAIT;
    let mut told = false;
    loop {
        let error = match consumer.fetch_metadata(None, wait.min(left)) {
            Ok(metadata) => return Ok(metadata),
            Err(error) => error,
        };
        left = left.saturating_sub(wait);
        // What librdkafka has to tell is told when it is polled.
        for _ in 0..MOST_TOLD {
            if consumer.poll(Duration::ZERO).is_none() {
                break;
            }
        }
        // Once more, for another broker may be about to answer.
        if left.is_zero() || (told && causes.stay()) {
            return Err(client::log_error_of(causes, &error, config));
        }
        told = causes.stay();
        wait *= 2;
    }
}

/// That those topics exist that notices need.
pub fn require_for_notices(config: &Config) -> Result<(), LogError> {
    let existing = existing(config)?;
    let topics = &config.topics;
    let wanted = [&topics.incidents, &topics.undelivered];
    let missing = wanted
        .into_iter()
        .filter(|topic| !existing.contains_key(*topic));
    told_missing(
        config,
        &missing
            .map(|topic| format!("`{topic}`"))
            .collect::<Vec<_>>(),
    )
}

/// The same of a broker that was not asked yet.
pub fn require(config: &Config) -> Result<(), LogError> {
    require_needed(config, &existing(config)?)
}

/// That the topics of a source are there, if it has brokers of its own: nobody makes them for it.
pub fn require_apart(config: &Config, source: &SourceConfig) -> Result<(), LogError> {
    let at = config.at_source(&source.name);
    let existing = existing(&at)?;
    match source
        .topics
        .iter()
        .find(|topic| !existing.contains_key(*topic))
    {
        None => Ok(()),
        Some(topic) => {
            let text = format!(
                "source `{}`: topic `{topic}` does not exist on {}, or the user may not see it",
                source.name, at.kafka.brokers
            );
            Err(LogError::Configuration(text.into()))
        }
    }
}

/// That the needed topics exist; the error says how to make them.
pub(super) fn require_needed(
    config: &Config,
    existing: &BTreeMap<String, usize>,
) -> Result<(), LogError> {
    let missing: Vec<String> = wanted(config, partitions(config, existing))
        .into_iter()
        .filter(|topic| topic.needed && !existing.contains_key(&topic.name))
        .map(|topic| format!("`{}`", topic.name))
        .collect();
    told_missing(config, &missing)
}

fn told_missing(config: &Config, missing: &[String]) -> Result<(), LogError> {
    if missing.is_empty() {
        return Ok(());
    }
    let text = format!(
        "{} not exist on {}, or the user may not see it: {}; make what is missing with `nightlatch topics create`",
        if missing.len() == 1 {
            "a topic does"
        } else {
            "topics do"
        },
        config.kafka.brokers,
        missing.join(", ")
    );
    Err(LogError::Configuration(text.into()))
}

/// The number of partitions of the profiles; each partition of the logins has one there.
pub fn require_equal_partitions(
    config: &Config,
    existing: &BTreeMap<String, usize>,
) -> Result<i32, LogError> {
    let count = |topic: &str| existing.get(topic).copied().unwrap_or(0);
    let logins = count(&config.topics.logins);
    let profiles = count(&config.topics.profiles);
    if logins == profiles {
        Ok(profiles as i32)
    } else {
        Err(unequal_partitions(config, logins, profiles))
    }
}

/// Verdicts have one order, and so one partition.
pub(super) fn require_one_order(
    config: &Config,
    existing: &BTreeMap<String, usize>,
) -> Result<(), LogError> {
    let topic = &config.topics.feedback;
    match existing.get(topic) {
        Some(count) if *count != 1 => {
            let text = format!(
                "topic `{topic}` has {count} partitions, and verdicts need one order; set topics.feedback to a new name and make it with `nightlatch topics create`"
            );
            Err(LogError::Configuration(text.into()))
        }
        _ => Ok(()),
    }
}

pub(super) fn unequal_partitions(config: &Config, logins: usize, profiles: usize) -> LogError {
    let topics = &config.topics;
    let (logins_topic, profiles_topic) = (&topics.logins, &topics.profiles);
    let text = format!(
        "topic `{logins_topic}` has {logins} partitions and topic `{profiles_topic}` {profiles}, but each partition of logins has \
         its profiles in one of the same number; set topics.profiles to a new name and make it with `nightlatch topics create`: \
         it gets {logins} partitions, and the profiles are found again from the logins if every one is still there. If partitions \
         were added to `{logins_topic}`, its users have moved to others: move the logins to a new topic with `nightlatch rekey` first"
    );
    LogError::Configuration(text.into())
}

/// Between two questions for a partition that has no leader yet.
const RETRY_MS: u64 = 100;

/// Asks how far partitions reach, open transactions included.
pub(super) struct Marks {
    consumer: BaseConsumer<Quiet>,
    config: Config,
}

impl Marks {
    pub(super) fn new(config: &Config) -> Result<Self, LogError> {
        let mut client = client::aside(&config.kafka, "nightlatch-marks");
        client.set("isolation.level", "read_uncommitted");
        Ok(Self {
            consumer: client::consumer(&client)?,
            config: config.clone(),
        })
    }

    /// The offset after the last record of a partition, committed or not.
    pub(super) fn end(&self, topic: &str, partition: Partition) -> Result<Offset, LogError> {
        Ok(self.range(topic, partition)?.end)
    }

    /// The same, from the offset of the first record that is there.
    pub(super) fn range(
        &self,
        topic: &str,
        partition: Partition,
    ) -> Result<Range<Offset>, LogError> {
        let timeout = client::timeout(&self.config.kafka);
        let mut left_ms = self.config.kafka.request_timeout_ms;
        loop {
            let error = match self.consumer.fetch_watermarks(topic, partition.0, timeout) {
                Ok((low, end)) => return Ok(Offset(low)..Offset(end)),
                Err(error) => error,
            };
            // A topic that was just made, or whose broker has just begun, has no leader yet.
            let unled = [Code::LeaderNotAvailable, Code::NotLeaderForPartition];
            let unled = client::code_of(&error).is_some_and(|code| unled.contains(&code));
            if !unled || left_ms < RETRY_MS {
                return Err(client::log_error(&error, &self.config));
            }
            left_ms -= RETRY_MS;
            std::thread::sleep(Duration::from_millis(RETRY_MS));
        }
    }
}
