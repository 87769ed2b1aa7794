//! The transactional producer of this instance, and what
//! [`Transactions`](super::transaction::Transactions) asks of one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, PurgeConfig, ThreadedProducer};

use super::causes::Causes;
use super::client::{self, code_of};
use super::fencing::CutOff;
use super::record::Outgoing;
use crate::config::Config;
use crate::health::Health;
use crate::log::LogError;
use crate::login::{Offset, Partition};

/// How long one call may block; between calls the process can be told to stop.
const CALL_TIMEOUT: Duration = Duration::from_millis(1_000);
/// How long the broker lets a transaction stand open when its process has died, milliseconds: less
/// than the group's session, so that whoever takes the partitions over finds no open transaction on
/// them.
const TRANSACTION_TIMEOUT_MS: &str = "10000";

/// Why a call did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub(super) struct CallError {
    pub code: Option<Code>,
    /// Whether the same call may succeed later.
    pub retriable: bool,
    pub text: String,
}

impl From<KafkaError> for CallError {
    fn from(error: KafkaError) -> Self {
        let retriable = match &error {
            KafkaError::Transaction(inner) => inner.is_retriable() && !inner.is_fatal(),
            _ => false,
        };
        Self {
            code: code_of(&error),
            retriable,
            text: error.to_string(),
        }
    }
}

/// A message that was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Undelivered {
    pub code: Code,
    pub topic: String,
}

/// A producer of transactions, as Kafka's.
pub(super) trait TransactionalProducer {
    /// Under which membership offsets are committed.
    type Group;

    fn begin(&self) -> Result<(), CallError>;
    fn send(&self, record: &Outgoing<'_>) -> Result<(), CallError>;
    /// How many messages are still on their way.
    fn in_flight(&self) -> usize;
    /// The first message that was not delivered since this was last asked.
    fn take_undelivered(&self) -> Option<Undelivered>;
    fn send_offsets(
        &self,
        topic: &str,
        offsets: &BTreeMap<Partition, Offset>,
        group: &Self::Group,
    ) -> Result<(), CallError>;
    fn commit(&self) -> Result<(), CallError>;
    /// Gives up what is on its way.
    fn purge(&self);
    fn abort(&self) -> Result<(), CallError>;
    /// Why this producer takes nothing any more, if so.
    fn fatal(&self) -> Option<(Code, String)>;
}

/// For each partition of the profiles, where it ends as far as this producer knows.
pub(super) type ProfilesEnds = Arc<Mutex<BTreeMap<Partition, Offset>>>;

/// Remembers the first message that could not be delivered and where the profiles end,
/// and tells when no broker is left.
struct Deliveries {
    first: Mutex<Option<Undelivered>>,
    profiles: String,
    ends: ProfilesEnds,
    health: Health,
    cut_off: CutOff,
    causes: Causes,
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.causes.hear_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.causes.hear_error(&error, reason, "producer");
        if code_of(&error) == Some(Code::AllBrokersDown) {
            self.health.set_broker(false);
            self.cut_off.tell();
        }
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        match result {
            Ok(message) if message.topic() == self.profiles => {
                if let Ok(mut ends) = self.ends.lock() {
                    // The record, and the marker that will end its transaction.
                    let marker = Offset(message.offset()).next();
                    ends.insert(Partition(message.partition()), marker.next());
                }
            }
            Ok(_) => {}
            Err((error, message)) => {
                if let (Some(code), Ok(mut first)) = (code_of(error), self.first.lock()) {
                    let topic = message.topic().to_owned();
                    first.get_or_insert(Undelivered { code, topic });
                }
            }
        }
    }
}

/// librdkafka's.
pub(super) struct KafkaProducer(ThreadedProducer<Deliveries>);

impl KafkaProducer {
    /// Connects, and ends the transactions of any earlier process of this instance.
    pub(super) fn start(
        config: &Config,
        health: &Health,
        cut_off: &CutOff,
        ends: &ProfilesEnds,
    ) -> Result<Self, LogError> {
        let mut client = client::base(&config.kafka, &config.instance);
        client
            .set("transactional.id", client::transactional_id(config))
            .set("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS)
            .set("enable.idempotence", "true")
            // The batch is complete when it is sent: waiting for more would only add delay.
            .set("linger.ms", "1")
            .set("compression.type", "lz4")
            // As Java's clients do, so that who produces with one of them finds the same partition
            // for a key.
            .set("partitioner", "murmur2_random")
            .set("message.max.bytes", "4194304");
        let client = client::with_options(client, &config.kafka);
        let context = Deliveries {
            first: Mutex::default(),
            profiles: config.topics.profiles.clone(),
            ends: Arc::clone(ends),
            health: health.clone(),
            cut_off: cut_off.clone(),
            causes: Causes::default(),
        };
        let producer = ThreadedProducer::from_config_and_context(&client, context)
            .map_err(|error| client::settings_refused("producer", &error))?;
        producer
            .init_transactions(client::timeout(&config.kafka))
            .map_err(|error| client::log_error_of(&producer.context().causes, &error, config))?;
        Ok(Self(producer))
    }
}

impl TransactionalProducer for KafkaProducer {
    type Group = ConsumerGroupMetadata;

    fn begin(&self) -> Result<(), CallError> {
        Ok(self.0.begin_transaction()?)
    }

    fn send(&self, record: &Outgoing<'_>) -> Result<(), CallError> {
        let mut message = BaseRecord::<[u8], [u8]>::to(record.topic);
        message.key = record.key;
        message.payload = record.payload;
        message.partition = record.partition.map(|partition| partition.0);
        message.timestamp = record.timestamp_ms;
        message.headers = record.headers();
        self.0.send(message).map_err(|(error, _)| error.into())
    }

    fn in_flight(&self) -> usize {
        usize::try_from(self.0.in_flight_count()).unwrap_or(0)
    }

    fn take_undelivered(&self) -> Option<Undelivered> {
        self.0.context().first.lock().ok()?.take()
    }

    fn send_offsets(
        &self,
        topic: &str,
        offsets: &BTreeMap<Partition, Offset>,
        group: &ConsumerGroupMetadata,
    ) -> Result<(), CallError> {
        let offsets = offsets
            .iter()
            .map(|(partition, offset)| (*partition, *offset, client::OURS));
        let offsets = client::noted_offsets_of(topic, offsets)?;
        let sent = self
            .0
            .send_offsets_to_transaction(&offsets, group, CALL_TIMEOUT);
        Ok(sent?)
    }

    fn commit(&self) -> Result<(), CallError> {
        Ok(self.0.commit_transaction(CALL_TIMEOUT)?)
    }

    fn purge(&self) {
        self.0.purge(PurgeConfig::default().queue().inflight());
    }

    fn abort(&self) -> Result<(), CallError> {
        Ok(self.0.abort_transaction(CALL_TIMEOUT)?)
    }

    fn fatal(&self) -> Option<(Code, String)> {
        self.0.client().fatal_error()
    }
}
