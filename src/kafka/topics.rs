//! The topics: what they should be, making the missing ones, and what differs.

use std::collections::BTreeMap;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use super::client::{self, Quiet};
use crate::config::Config;
use crate::log::LogError;

/// How one of our topics should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredTopic {
    pub name: String,
    pub partitions: i32,
    pub settings: Vec<(&'static str, &'static str)>,
    /// Whether `run` needs it.
    pub needed: bool,
}

/// Thirty days.
const RETENTION_MS: &str = "2592000000";

/// Pages are deleted by key, so the topic has to be compacted and never cut by time. Small segments are compacted soon.
const PROFILES_SETTINGS: &[(&str, &str)] = &[
    ("cleanup.policy", "compact"),
    ("min.cleanable.dirty.ratio", "0.3"),
    ("segment.bytes", "67108864"),
    ("max.message.bytes", "4194304"),
];

/// The topics of a configuration.
#[must_use]
pub fn wanted(config: &Config) -> Vec<RequiredTopic> {
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
    vec![
        topic(&topics.logins, topics.partitions, true, &kept),
        topic(&topics.alerts, topics.partitions, true, &kept),
        topic(&topics.rejected, 1, true, &kept),
        topic(&topics.profiles, topics.partitions, true, PROFILES_SETTINGS),
        topic(&topics.feedback, 1, false, &kept),
    ]
}

/// What happened to one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    New,
    Existed,
    Failed(String),
}

fn admin(config: &Config) -> Result<AdminClient<DefaultClientContext>, LogError> {
    let client = client::aside(&config.kafka, "nightlatch-topics");
    AdminClient::from_config_and_context(&client, DefaultClientContext)
        .map_err(|error| client::settings_refused("client", &error))
}

/// Makes the topics that are missing.
pub async fn create(config: &Config) -> Result<Vec<(RequiredTopic, Created)>, LogError> {
    let refused = |error: KafkaError| client::log_error(&error, config);
    let admin = admin(config)?;
    let timeout = client::timeout(&config.kafka);
    let options = AdminOptions::new()
        .operation_timeout(Some(timeout))
        .request_timeout(Some(timeout));
    let wanted = wanted(config);
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
    let created = results.into_iter().map(|result| match result {
        Ok(_) => Created::New,
        Err((_, Code::TopicAlreadyExists)) => Created::Existed,
        Err((_, code)) => Created::Failed(client::explain(code, config)),
    });
    Ok(wanted.clone().into_iter().zip(created).collect())
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

/// The number of partitions of each topic that exists.
pub fn existing(config: &Config) -> Result<BTreeMap<String, usize>, LogError> {
    let client = client::aside(&config.kafka, "nightlatch-topics");
    let metadata = client::consumer(&client)?
        .fetch_metadata(None, client::timeout(&config.kafka))
        .map_err(|error| client::log_error(&error, config))?;
    Ok(metadata
        .topics()
        .iter()
        .map(|topic| (topic.name().to_owned(), topic.partitions().len()))
        .collect())
}

/// The number of partitions of the profiles; each partition of the logins has one there.
pub fn require_equal_partitions(config: &Config) -> Result<i32, LogError> {
    let existing = existing(config)?;
    let count = |topic: &str| existing.get(topic).copied().unwrap_or(0);
    let logins = count(&config.topics.logins);
    let profiles = count(&config.topics.profiles);
    if logins == profiles {
        Ok(profiles as i32)
    } else {
        Err(unequal_partitions(config, logins, profiles))
    }
}

pub(super) fn unequal_partitions(config: &Config, logins: usize, profiles: usize) -> LogError {
    let topics = &config.topics;
    let (smaller, most) = if logins > profiles {
        (&topics.profiles, logins)
    } else {
        (&topics.logins, profiles)
    };
    LogError::Configuration(format!(
        "topic `{}` has {logins} partitions and topic `{}` {profiles}, but each partition of logins has its profiles in one of the \
         same number; give `{smaller}` {most} partitions (kafka-topics.sh --alter), or move the logins to a new topic with `nightlatch rekey`",
        topics.logins, topics.profiles
    ))
}

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
    pub(super) fn end(&self, topic: &str, partition: i32) -> Result<i64, LogError> {
        let timeout = client::timeout(&self.config.kafka);
        self.consumer
            .fetch_watermarks(topic, partition, timeout)
            .map(|(_, end)| end)
            .map_err(|error| client::log_error(&error, &self.config))
    }
}
