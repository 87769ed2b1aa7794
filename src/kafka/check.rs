//! Whether a broker has what the stream needs: it answers, the topics are there, and the rights
//! suffice.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::causes;
use super::client::{self, Quiet, Reaction, code_of, reaction};
use super::key;
use super::topics::{self, Marks, RequiredTopic};
use crate::config::Config;
use crate::log::LogError;

/// How long a refused read takes to be told.
const READ_FOR: Duration = Duration::from_millis(1_500);

const COORDINATOR_TRIES: u32 = 10;
const COORDINATOR_RETRY: Duration = Duration::from_millis(300);

/// The topics that are there, and how many partitions each has.
type Existing = BTreeMap<String, usize>;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckResult {
    Good(String),
    /// It works, but not as it should.
    Differs(String),
    Bad(String),
}

/// What is to be said of a topic that has so many partitions, or of one that is not there.
fn topic_found(topic: &RequiredTopic, partitions: Option<usize>, config: &Config) -> CheckResult {
    let (name, asked) = (&topic.name, config.topics.partitions);
    match partitions {
        None if topic.needed => CheckResult::Bad(format!(
            "topic `{name}` does not exist, or the user may not see it; make it with `nightlatch \
             topics create`"
        )),
        None => CheckResult::Differs(format!(
            "topic `{name}` does not exist; `nightlatch topics create` makes it"
        )),
        // What is there counts: partitions that are added to a keyed topic move users away from
        // their profiles.
        Some(count) if *name == config.topics.logins && count as i32 != asked => {
            CheckResult::Differs(format!(
                "topic `{name}` has {count} partitions, which is what counts; set \
                 topics.partitions = {count} in place of {asked}"
            ))
        }
        Some(count) => CheckResult::Good(format!("topic `{name}` has {count} partitions")),
    }
}

/// Looks at topics and rights. The error is for a broker that does not answer.
pub async fn check(config: &Config) -> Result<Vec<CheckResult>, LogError> {
    let existing = topics::existing(config)?;
    let mut findings = vec![CheckResult::Good(format!(
        "the broker at {} answers",
        config.kafka.brokers
    ))];
    let wanted = topics::wanted(config, topics::partitions(config, &existing));
    for topic in &wanted {
        let partitions = existing.get(&topic.name).copied();
        findings.push(topic_found(topic, partitions, config));
    }
    findings.extend(check_profiles(config, &existing)?);
    findings.extend(check_settings(config, &wanted, &existing).await?);
    findings.extend(check_rights(config, &existing));
    Ok(findings)
}

/// Whether the profiles belong to the logins, and were written under the key that is set.
fn check_profiles(config: &Config, existing: &Existing) -> Result<Vec<CheckResult>, LogError> {
    let mut findings = Vec::new();
    if let Err(unequal) = topics::require_equal_partitions(config, existing)
        && existing.contains_key(&config.topics.profiles)
        && existing.contains_key(&config.topics.logins)
    {
        findings.push(CheckResult::Bad(unequal.to_string()));
    }
    if let Some(partitions) = existing.get(&config.topics.profiles)
        && let Err(LogError::Configuration(other)) =
            key::require_same(config, &Marks::new(config)?, *partitions as i32)
    {
        findings.push(match key::matters(config) {
            true => CheckResult::Bad(other.to_string()),
            false => CheckResult::Differs(other.to_string()),
        });
    }
    Ok(findings)
}

/// What is set of the topics that are there, against what should be.
async fn check_settings(
    config: &Config,
    wanted: &[RequiredTopic],
    existing: &Existing,
) -> Result<Vec<CheckResult>, LogError> {
    let present: Vec<&RequiredTopic> = wanted
        .iter()
        .filter(|topic| existing.contains_key(&topic.name))
        .collect();
    let differences = topics::differences(config, &present).await?.into_iter();
    let findings = differences.map(|(topic, setting, found, wanted)| {
        let text = format!("topic `{topic}` has {setting}={found}, and should have {wanted}");
        // Profiles that are deleted by age are lost.
        if setting == "cleanup.policy" {
            CheckResult::Bad(text)
        } else {
            CheckResult::Differs(text)
        }
    });
    Ok(findings.collect())
}

/// Whether the user may read and write what is there.
fn check_rights(config: &Config, existing: &Existing) -> Vec<CheckResult> {
    let topics = &config.topics;
    let mut findings = Vec::new();
    if existing.contains_key(&topics.logins) {
        let what = "reading logins as the group";
        findings.push(said(what, may_read(config), config));
    }
    let written = [
        &topics.alerts,
        &topics.incidents,
        &topics.rejected,
        &topics.profiles,
        &topics.verdicts,
        &topics.audit,
    ];
    for topic in written {
        if existing.contains_key(topic) {
            let what = format!("writing to `{topic}` in a transaction");
            findings.push(said(&what, may_write(config, topic), config));
        }
    }
    findings
}

fn said(what: &str, result: Result<(), KafkaError>, config: &Config) -> CheckResult {
    match result {
        Ok(()) => CheckResult::Good(format!("{what} is allowed")),
        Err(error) => {
            let text = code_of(&error)
                .map_or_else(|| error.to_string(), |code| client::explain(code, config));
            CheckResult::Bad(format!("{what} fails: {text}"))
        }
    }
}

/// Reads a little without joining the group.
fn may_read(config: &Config) -> Result<(), KafkaError> {
    let mut client = client::aside(&config.kafka, "nightlatch-validate");
    client
        .set("group.id", &config.kafka.group)
        .set("enable.auto.commit", "false");
    let consumer: BaseConsumer<Quiet> =
        BaseConsumer::from_config_and_context(&client, Quiet::default())?;
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(&config.topics.logins, 0, Offset::Beginning)?;
    ask_coordinator(&consumer, &list, config)?;
    consumer.assign(&list)?;
    match consumer.poll(READ_FOR) {
        Some(Err(error)) if code_of(&error).map(reaction) == Some(Reaction::Configure) => {
            Err(error)
        }
        _ => Ok(()),
    }
}

/// Asks for the group's offsets; the coordinator of a new group may first have to be found.
fn ask_coordinator(
    consumer: &BaseConsumer<Quiet>,
    list: &TopicPartitionList,
    config: &Config,
) -> Result<(), KafkaError> {
    for _ in 1..COORDINATOR_TRIES {
        match consumer.committed_offsets(list.clone(), client::timeout(&config.kafka)) {
            Err(error) if code_of(&error).map(reaction) == Some(Reaction::Retry) => {
                std::thread::sleep(COORDINATOR_RETRY);
            }
            asked => return asked.map(|_| ()),
        }
    }
    consumer
        .committed_offsets(list.clone(), client::timeout(&config.kafka))
        .map(|_| ())
}

/// Writes an empty message and aborts: nobody who reads committed messages sees it.
fn may_write(config: &Config, topic: &str) -> Result<(), KafkaError> {
    let timeout = client::timeout(&config.kafka);
    let mut client = client::aside(&config.kafka, "nightlatch-validate");
    // Not the stream's own id: that would put a running process out of its place.
    client.set(
        "transactional.id",
        format!("{}-validate", client::transactional_id(config)),
    );
    let producer: BaseProducer<CheckOutcome> =
        BaseProducer::from_config_and_context(&client, CheckOutcome::default())?;
    producer.init_transactions(timeout)?;
    producer.begin_transaction()?;
    let sent = producer
        // A compacted topic takes nothing without a key; nobody reads one of this name.
        .send(
            BaseRecord::<str, [u8]>::to(topic)
                .key("validate")
                .payload(b""),
        )
        .map_err(|(error, _)| error);
    let flushed = sent.and_then(|()| producer.flush(timeout));
    let delivered = producer
        .context()
        .0
        .lock()
        .ok()
        .and_then(|mut error| error.take());
    // A message of a transaction that may not happen is only said to be purged; the transaction
    // knows why.
    let refused =
        delivered.map(|error| producer.commit_transaction(timeout).err().unwrap_or(error));
    let aborted = producer.abort_transaction(timeout);
    refused.map_or_else(|| flushed.and(aborted), Err)
}

/// The error of the one message.
#[derive(Default)]
struct CheckOutcome(std::sync::Mutex<Option<KafkaError>>);

impl rdkafka::client::ClientContext for CheckOutcome {
    fn log(&self, level: rdkafka::config::RDKafkaLogLevel, facility: &str, message: &str) {
        causes::pass_on(level, facility, message);
    }
    fn error(&self, _: KafkaError, _: &str) {}
}

impl rdkafka::producer::ProducerContext for CheckOutcome {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &rdkafka::message::DeliveryResult<'_>, (): ()) {
        if let (Err((error, _)), Ok(mut first)) = (result, self.0.lock()) {
            first.get_or_insert_with(|| error.clone());
        }
    }
}
