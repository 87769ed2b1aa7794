//! Client settings and what errors mean.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::causes::Causes;
use crate::config::{Config, KafkaConfig};
use crate::log::LogError;
use crate::log::Reason;
use crate::login::{Offset, Partition};

/// The settings that every client has.
pub(super) fn base(config: &KafkaConfig, client_id: &str) -> ClientConfig {
    let mut client = ClientConfig::new();
    client
        .set("bootstrap.servers", &config.brokers)
        .set("client.id", client_id)
        .set("security.protocol", &config.security_protocol)
        .set("socket.keepalive.enable", "true")
        // A broker that comes back is found again within a second or two.
        .set("reconnect.backoff.ms", "50")
        .set("reconnect.backoff.max.ms", "1000")
        // At which it says that a broker hung up.
        .set_log_level(RDKafkaLogLevel::Info);
    if let Some(path) = &config.ca_file {
        client.set("ssl.ca.location", path.to_string_lossy());
    }
    if config.security_protocol.starts_with("sasl") {
        client
            .set("sasl.mechanisms", &config.sasl_mechanism)
            .set("sasl.username", &config.sasl_username)
            .set("sasl.password", config.sasl_password.reveal());
    }
    client
}

/// librdkafka's settings of the user that a kind of client knows.
pub(super) fn with_options(mut client: ClientConfig, config: &KafkaConfig) -> ClientConfig {
    for (name, value) in &config.options {
        client.set(name, value);
    }
    client
}

/// A client for one purpose beside the stream: the settings every client has, and the user's.
pub(super) fn aside(config: &KafkaConfig, client_id: &str) -> ClientConfig {
    with_options(base(config, client_id), config)
}

/// A client that reads committed records and keeps no offsets of its own.
pub(super) fn reading(config: &Config, client_id: &str) -> ClientConfig {
    let mut client = base(&config.kafka, client_id);
    client
        .set("group.id", &config.kafka.group)
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("isolation.level", "read_committed")
        .set("enable.partition.eof", "true")
        // How long after the last record of a partition librdkafka says that it is the last.
        .set("fetch.wait.max.ms", "50")
        // What is fetched ahead of what can be judged only takes memory.
        .set("queued.max.messages.kbytes", "16384");
    client
}

/// A consumer that only asks or reads.
pub(super) fn consumer(client: &ClientConfig) -> Result<BaseConsumer<Quiet>, LogError> {
    BaseConsumer::from_config_and_context(client, Quiet::default())
        .map_err(|error| settings_refused("consumer", &error))
}

/// The settings of a client are not accepted.
pub(super) fn settings_refused(what: &str, error: &KafkaError) -> LogError {
    let text = format!("the {what}'s settings are refused: {error}");
    LogError::Configuration(Reason::new(text, error.clone()))
}

/// Partitions of a topic, without offsets.
pub(super) fn partitions_of(topic: &str, partitions: &[Partition]) -> TopicPartitionList {
    let mut list = TopicPartitionList::with_capacity(partitions.len());
    for partition in partitions {
        list.add_partition(topic, partition.0);
    }
    list
}

/// Offsets of partitions of a topic.
pub(super) fn offsets_of(
    topic: &str,
    offsets: &BTreeMap<Partition, Offset>,
) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::with_capacity(offsets.len());
    for (partition, offset) in offsets {
        list.add_partition_offset(topic, partition.0, rdkafka::Offset::Offset(offset.0))?;
    }
    Ok(list)
}

/// Stands with offsets that were committed with what was read: who moves them does not write it.
pub(super) const OURS: &str = "nightlatch";

/// Offsets to commit, each with a note that the brokers keep beside it.
pub(super) fn noted_offsets_of<'a>(
    topic: &str,
    offsets: impl Iterator<Item = (Partition, Offset, &'a str)>,
) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::new();
    for (partition, offset, note) in offsets {
        let place = rdkafka::Offset::Offset(offset.0);
        let mut one = list.add_partition(topic, partition.0);
        one.set_offset(place)?;
        if !note.is_empty() {
            one.set_metadata(note);
        }
    }
    Ok(list)
}

/// The id under which this process is one producer, whatever life it is in.
pub(super) fn transactional_id(config: &Config) -> String {
    format!("{}-{}", config.kafka.group, config.instance)
}

pub(super) fn timeout(config: &KafkaConfig) -> Duration {
    Duration::from_millis(config.request_timeout_ms)
}

/// Passes librdkafka's own messages on, without its errors at a level of their own: callers see
/// those.
#[derive(Clone, Debug, Default)]
pub(super) struct Quiet {
    pub causes: Causes,
}

impl ConsumerContext for Quiet {}

impl ClientContext for Quiet {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.causes.hear_log(level, facility, message);
    }
    fn error(&self, error: KafkaError, reason: &str) {
        self.causes.hear_error(&error, reason, "aside");
    }
}

/// What an error's code asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reaction {
    /// Try again: the broker is away or busy.
    Retry,
    /// Somebody has to change the configuration or the rights.
    Configure,
    /// Another process took this one's place, or the broker ended its transaction.
    Fenced,
    Other,
}

pub(super) fn reaction(code: Code) -> Reaction {
    match code {
        Code::BrokerTransportFailure
        | Code::AllBrokersDown
        | Code::OperationTimedOut
        | Code::RequestTimedOut
        | Code::Resolve
        | Code::NotCoordinator
        | Code::CoordinatorNotAvailable
        | Code::CoordinatorLoadInProgress
        | Code::LeaderNotAvailable
        | Code::NotLeaderForPartition
        | Code::ConcurrentTransactions
        | Code::NetworkException
        | Code::TimedOutQueue
        | Code::WaitingForCoordinator => Reaction::Retry,
        Code::TopicAuthorizationFailed
        | Code::GroupAuthorizationFailed
        | Code::ClusterAuthorizationFailed
        | Code::TransactionalIdAuthorizationFailed
        | Code::UnknownTopicOrPartition
        | Code::UnknownTopic
        | Code::SaslAuthenticationFailed
        | Code::Authentication
        | Code::SSL
        | Code::UnsupportedSASLMechanism
        | Code::InvalidTransactionTimeout
        | Code::MessageSizeTooLarge => Reaction::Configure,
        Code::Fenced
        | Code::ProducerFenced
        | Code::InvalidProducerEpoch
        | Code::InvalidTransactionalState
        | Code::FencedInstanceId => Reaction::Fenced,
        _ => Reaction::Other,
    }
}

/// What a code means for the user, with the thing it is about.
pub(super) fn explain(code: Code, config: &Config) -> String {
    let topics = &config.topics;
    let advice = match code {
        Code::TopicAuthorizationFailed => format!(
            "no right to one of the topics: the user needs READ on `{}`, `{}` and `{}`, and WRITE \
             on `{}`, `{}`, `{}`, `{}`, `{}` and `{}`",
            topics.logins,
            topics.profiles,
            topics.feedback,
            topics.alerts,
            topics.incidents,
            topics.rejected,
            topics.profiles,
            topics.verdicts,
            topics.audit
        ),
        Code::GroupAuthorizationFailed => format!(
            "no right to the consumer group: the user needs READ on group `{}`",
            config.kafka.group
        ),
        Code::TransactionalIdAuthorizationFailed => {
            format!(
                "no right to transactions: the user needs WRITE on transactional id `{}`",
                transactional_id(config)
            )
        }
        Code::UnknownTopicOrPartition | Code::UnknownTopic => {
            format!(
                "a topic does not exist: `{}`, `{}`, `{}`, `{}` or another; make them with \
                 `nightlatch topics create`",
                topics.logins, topics.alerts, topics.incidents, topics.profiles
            )
        }
        Code::SaslAuthenticationFailed | Code::Authentication => {
            "the broker refused the user name or the password".to_owned()
        }
        Code::Fenced
        | Code::ProducerFenced
        | Code::InvalidProducerEpoch
        | Code::InvalidTransactionalState
        | Code::FencedInstanceId => {
            format!(
                "another process took the place of instance `{}`, or this one was cut off for \
                 longer than a transaction may last; give each process its own `instance`, and \
                 start this one again",
                config.instance
            )
        }
        Code::MessageSizeTooLarge => {
            "the broker refuses a message for its size; raise the topic's max.message.bytes"
                .to_owned()
        }
        _ => return format!("{code} (brokers {})", config.kafka.brokers),
    };
    format!("{advice} ({code})")
}

/// The code inside an error, where there is one.
pub(super) fn code_of(error: &KafkaError) -> Option<Code> {
    match error {
        KafkaError::Transaction(error) => Some(error.code()),
        KafkaError::AdminOp(code) => Some(*code),
        error => error.rdkafka_error_code(),
    }
}

/// An error as the pipeline takes it, for everything but transactions.
pub(super) fn log_error(error: &KafkaError, config: &Config) -> LogError {
    log_error_of(&Causes::default(), error, config)
}

/// The same of a client that was told why no broker answers.
pub(super) fn log_error_of(causes: &Causes, error: &KafkaError, config: &Config) -> LogError {
    let Some(code) = code_of(error) else {
        return LogError::Fatal(Reason::new(error.to_string(), error.clone()));
    };
    let known = (reaction(code) == Reaction::Retry).then(|| causes.text(&config.kafka));
    if let Some(known) = known.flatten() {
        let text = format!("no broker of {} answers: {known}", config.kafka.brokers);
        let reason = Reason::new(text, error.clone());
        return if causes.stay() {
            LogError::Configuration(reason)
        } else {
            LogError::Unavailable(reason)
        };
    }
    let reason = Reason::new(explain(code, config), error.clone());
    match reaction(code) {
        Reaction::Retry => LogError::Unavailable(reason),
        Reaction::Configure => LogError::Configuration(reason),
        Reaction::Fenced | Reaction::Other => LogError::Fatal(reason),
    }
}
