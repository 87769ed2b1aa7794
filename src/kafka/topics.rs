//! The topics: what they should be, making the missing ones, and what differs.

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode as Code;

use super::client::{self, Quiet};
use crate::config::Config;
use crate::pipeline::LogError;

/// How one of our topics should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub name: String,
    pub partitions: i32,
    pub settings: Vec<(&'static str, &'static str)>,
    /// Whether `run` needs it today.
    pub needed: bool,
}

/// Thirty days.
const RETENTION_MS: &str = "2592000000";

/// The topics of a configuration.
#[must_use]
pub fn wanted(config: &Config) -> Vec<Wanted> {
    let topics = &config.topics;
    let topic = |name: &str,
                 partitions: i32,
                 needed: bool,
                 settings: &[(&'static str, &'static str)]| Wanted {
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
        topic(
            &topics.profiles,
            topics.partitions,
            false,
            &[("cleanup.policy", "compact")],
        ),
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

/// Makes the topics that are missing.
pub async fn create(config: &Config) -> Result<Vec<(Wanted, Created)>, LogError> {
    let client = client::aside(&config.kafka, "nightlatch-topics");
    let refused = |error: rdkafka::error::KafkaError| client::log_error(&error, config);
    let admin: AdminClient<DefaultClientContext> =
        AdminClient::from_config_and_context(&client, DefaultClientContext).map_err(refused)?;
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

/// The number of partitions of each topic that exists.
pub fn existing(config: &Config) -> Result<std::collections::BTreeMap<String, usize>, LogError> {
    let client = client::aside(&config.kafka, "nightlatch-topics");
    let consumer: BaseConsumer<ReadOnly> =
        BaseConsumer::from_config_and_context(&client, ReadOnly(Quiet)).map_err(|error| {
            LogError::Configuration(format!("the client's settings are refused: {error}"))
        })?;
    let metadata = consumer
        .fetch_metadata(None, client::timeout(&config.kafka))
        .map_err(|error| client::log_error(&error, config))?;
    Ok(metadata
        .topics()
        .iter()
        .map(|topic| (topic.name().to_owned(), topic.partitions().len()))
        .collect())
}

/// A context for clients that only ask.
pub(super) struct ReadOnly(pub(super) Quiet);

impl rdkafka::client::ClientContext for ReadOnly {
    fn log(&self, level: rdkafka::config::RDKafkaLogLevel, facility: &str, message: &str) {
        self.0.log(level, facility, message);
    }
    fn error(&self, error: rdkafka::error::KafkaError, reason: &str) {
        self.0.error(error, reason);
    }
}

impl rdkafka::consumer::ConsumerContext for ReadOnly {}
