//! One transaction: alerts, rejected events, profiles or moved logins, and the offsets that caused them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{DeliveryResult, Header, Message, OwnedHeaders, ToBytes};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, PurgeConfig, ThreadedProducer};

use super::client::{self, Reaction, code_of, reaction};
use super::stop::Stop;
use crate::checkpoint::ProfileMessage;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::health::Health;
use crate::log::LogError;
use crate::log::{AlertMessage, MovedMessage, Output, RejectedMessage};

/// Between two looks at what is still on its way.
const LOOK_EVERY: Duration = Duration::from_micros(200);
const RETRY_AFTER: Duration = Duration::from_millis(20);
/// How long one call may block; between calls the process can be told to stop.
const CALL_TIMEOUT: Duration = Duration::from_millis(1_000);
/// A producer that is put out of its place twice within this time has a rival.
const RENEW_AT_MOST_EVERY_MS: u64 = 60_000;
/// How long the broker lets a transaction stand open when its process has died, milliseconds: less than the group's
/// session, so that whoever takes the partitions over finds no open transaction on them.
const TRANSACTION_TIMEOUT_MS: &str = "10000";

/// For each partition of the profiles, the offset of the last record delivered.
type Written = Arc<Mutex<BTreeMap<i32, i64>>>;

/// Remembers the first message that could not be delivered and how far the profiles were written, and tells when no
/// broker is left.
pub(super) struct Deliveries {
    first: Mutex<Option<(Code, String)>>,
    profiles: String,
    last: Written,
    health: Health,
}

impl Deliveries {
    fn take(&self) -> Option<(Code, String)> {
        self.first.lock().ok()?.take()
    }
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        client::pass_on(level, facility, message);
    }
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "producer");
        if code_of(&error) == Some(Code::AllBrokersDown) {
            self.health.set_broker(false);
        }
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        match result {
            Ok(message) if message.topic() == self.profiles => {
                if let Ok(mut last) = self.last.lock() {
                    last.insert(message.partition(), message.offset());
                }
            }
            Ok(_) => {}
            Err((error, message)) => {
                if let (Some(code), Ok(mut first)) = (code_of(error), self.first.lock()) {
                    first.get_or_insert_with(|| (code, message.topic().to_owned()));
                }
            }
        }
    }
}

/// The transactional producer of this instance.
pub(super) struct Transactions {
    producer: ThreadedProducer<Deliveries>,
    config: Config,
    health: Health,
    written: Written,
    renewed_ms: Option<u64>,
    stop: Stop,
}

impl Transactions {
    /// Takes the place of any earlier process of the same instance name.
    pub(super) fn start(config: &Config, health: Health, stop: Stop) -> Result<Self, LogError> {
        let written = Written::default();
        Ok(Self {
            producer: producer(config, &health, &written)?,
            config: config.clone(),
            health,
            written,
            renewed_ms: None,
            stop,
        })
    }

    /// Where the profiles of a partition end if nobody but this producer wrote to them since it last did: its last record,
    /// and the marker that ended its transaction.
    pub(super) fn profiles_end(&self, partition: i32) -> Option<i64> {
        let written = self.written.lock().ok()?;
        written.get(&partition).map(|offset| offset + 2)
    }

    /// Learns where the profiles of a partition end, whoever wrote them.
    pub(super) fn know_end(&self, partition: i32, end: i64) {
        if let Ok(mut written) = self.written.lock() {
            written.insert(partition, end - 2);
        }
    }

    /// Makes an output visible, all of it or nothing.
    pub(super) fn commit(
        &mut self,
        output: &Output,
        topic: &str,
        group: &ConsumerGroupMetadata,
    ) -> Result<(), Uncommitted> {
        let failed = match self.try_commit(output, topic, group) {
            Ok(()) => return Ok(()),
            Err(Failed::Abort(reason)) => match self.abort() {
                Ok(()) => return Err(LogError::Aborted(reason).into()),
                Err(Failed::Abort(reason)) => Failed::Ended(LogError::Fatal(format!(
                    "a transaction cannot be aborted: {reason}"
                ))),
                Err(failed) => failed,
            },
            Err(failed) => failed,
        };
        match failed {
            Failed::ProducerEnded(reason) => {
                self.renew(&reason)?;
                Err(Uncommitted::Unknown(reason))
            }
            Failed::Abort(reason) => Err(LogError::Aborted(reason).into()),
            Failed::Ended(error) => Err(error.into()),
        }
    }

    fn try_commit(
        &self,
        output: &Output,
        topic: &str,
        group: &ConsumerGroupMetadata,
    ) -> Result<(), Failed> {
        let begun = self.producer.begin_transaction();
        begun.map_err(|error| self.classify(&error))?;
        self.fill(output, topic, group)
    }

    /// The broker ended this producer: it was cut off for longer than a transaction may last, or another process took its
    /// name. The first is mended by a new one. The second shows at the consumer, which the group then refuses; or here,
    /// again and soon.
    fn renew(&mut self, reason: &str) -> Result<(), LogError> {
        let now_ms = SystemClock.monotonic_ms();
        let before_ms = self.renewed_ms.replace(now_ms);
        if before_ms.is_some_and(|before_ms| now_ms - before_ms < RENEW_AT_MOST_EVERY_MS) {
            return Err(LogError::Fatal(reason.to_owned()));
        }
        tracing::warn!(
            reason,
            "the producer was put out of its place; beginning again"
        );
        self.producer = producer(&self.config, &self.health, &self.written)?;
        Ok(())
    }

    fn fill(
        &self,
        output: &Output,
        topic: &str,
        group: &ConsumerGroupMetadata,
    ) -> Result<(), Failed> {
        for alert in &output.alerts {
            self.send(|| self.alert(alert))?;
        }
        for rejected in &output.rejected {
            self.send(|| self.rejected(rejected, topic))?;
        }
        for message in &output.profiles {
            self.send(|| self.profile(message))?;
        }
        for message in &output.moved {
            match &message.key {
                Some(key) => self.send(|| self.moved(message).key(key.as_str()))?,
                None => self.send(|| self.moved(message))?,
            }
        }
        self.await_delivery()?;
        let offsets = client::offsets_of(topic, &output.offsets);
        let offsets = offsets.map_err(|error| self.classify(&error))?;
        self.retry(|| {
            self.producer
                .send_offsets_to_transaction(&offsets, group, CALL_TIMEOUT)
        })?;
        self.retry(|| self.producer.commit_transaction(CALL_TIMEOUT))
    }

    fn alert<'a>(&'a self, alert: &'a AlertMessage) -> BaseRecord<'a, str, [u8]> {
        BaseRecord::to(&self.config.topics.alerts)
            .key(alert.user_id.as_str())
            .payload(alert.json.as_slice())
    }

    fn rejected<'a>(
        &'a self,
        rejected: &'a RejectedMessage,
        topic: &str,
    ) -> BaseRecord<'a, str, [u8]> {
        let (partition, offset) = (rejected.partition.to_string(), rejected.offset.to_string());
        let headers = OwnedHeaders::new_with_capacity(5)
            .insert(Header {
                key: "reason",
                value: Some(rejected.reason),
            })
            .insert(Header {
                key: "source.topic",
                value: Some(topic),
            })
            .insert(Header {
                key: "source.partition",
                value: Some(&partition),
            })
            .insert(Header {
                key: "source.offset",
                value: Some(&offset),
            });
        let size = rejected.size.to_string();
        let headers = if rejected.size > rejected.value.len() {
            headers.insert(Header {
                key: "source.bytes",
                value: Some(&size),
            })
        } else {
            headers
        };
        BaseRecord::to(&self.config.topics.rejected)
            .payload(rejected.value.as_slice())
            .headers(headers)
    }

    fn profile<'a>(&'a self, message: &'a ProfileMessage) -> BaseRecord<'a, [u8], [u8]> {
        let record = BaseRecord::to(&self.config.topics.profiles)
            .partition(message.partition)
            .key(message.key.as_slice());
        match &message.value {
            Some(value) => record.payload(value.as_slice()),
            None => record,
        }
    }

    fn moved<'a>(&'a self, message: &'a MovedMessage) -> BaseRecord<'a, str, [u8]> {
        let record = BaseRecord::to(&self.config.topics.moved).payload(message.value.as_slice());
        match message.timestamp_ms {
            Some(timestamp_ms) => record.timestamp(timestamp_ms),
            None => record,
        }
    }

    /// Queues a message; a full queue empties by itself.
    fn send<'a, K: ToBytes + ?Sized + 'a>(
        &self,
        record: impl Fn() -> BaseRecord<'a, K, [u8]>,
    ) -> Result<(), Failed> {
        loop {
            match self.producer.send(record()) {
                Ok(()) => return Ok(()),
                Err((error, _)) if code_of(&error) == Some(Code::QueueFull) => {
                    self.check_stop()?;
                    std::thread::sleep(LOOK_EVERY);
                }
                Err((error, _)) => return Err(self.classify(&error)),
            }
        }
    }

    /// Waits until everything was delivered. `flush` would sleep up to 100 ms.
    fn await_delivery(&self) -> Result<(), Failed> {
        while self.producer.in_flight_count() > 0 {
            self.check_stop()?;
            std::thread::sleep(LOOK_EVERY);
        }
        let Some((code, topic)) = self.producer.context().take() else {
            return Ok(());
        };
        // A message of a transaction that may not happen is only said to be purged; the transaction knows why, and
        // cannot be committed any more.
        let cause = self.producer.commit_transaction(CALL_TIMEOUT).err();
        let cause = cause.unwrap_or(KafkaError::MessageProduction(code));
        Err(match self.classify(&cause) {
            Failed::Ended(LogError::Configuration(text)) => Failed::Ended(LogError::Configuration(
                format!("cannot write to topic `{topic}`: {text}"),
            )),
            other => other,
        })
    }

    /// Calls until it succeeds or cannot.
    fn retry(&self, call: impl Fn() -> Result<(), KafkaError>) -> Result<(), Failed> {
        loop {
            match call() {
                Ok(()) => return Ok(()),
                Err(error) => match &error {
                    KafkaError::Transaction(inner) if inner.is_retriable() && !inner.is_fatal() => {
                        tracing::debug!(error = %inner, "transaction, to be tried again");
                        self.check_stop()?;
                        std::thread::sleep(RETRY_AFTER);
                    }
                    _ => return Err(self.classify(&error)),
                },
            }
        }
    }

    fn abort(&self) -> Result<(), Failed> {
        self.producer
            .purge(PurgeConfig::default().queue().inflight());
        while self.producer.in_flight_count() > 0 {
            std::thread::sleep(LOOK_EVERY);
        }
        self.producer.context().take();
        self.retry(|| self.producer.abort_transaction(CALL_TIMEOUT))
    }

    fn classify(&self, error: &KafkaError) -> Failed {
        // librdkafka gives a producer up for good where its error is fatal; the broker may well take another.
        let fatal = self.producer.client().fatal_error();
        let code = fatal
            .as_ref()
            .map_or_else(|| code_of(error), |fatal| Some(fatal.0));
        let Some(code) = code else {
            return Failed::Abort(error.to_string());
        };
        let said = fatal.as_ref().map(|(_, reason)| format!(": {reason}"));
        let text = client::explain(code, &self.config) + &said.unwrap_or_default();
        match (code, reaction(code)) {
            // The group has another member of this name. That one is right, and a new producer would end its transactions.
            (Code::FencedInstanceId, _) => Failed::Ended(LogError::Fatal(text)),
            // The process ends; whoever takes its place ends the transaction.
            (_, Reaction::Configure) => Failed::Ended(LogError::Configuration(text)),
            (_, Reaction::Fenced) => Failed::ProducerEnded(text),
            _ if fatal.is_some() => Failed::ProducerEnded(text),
            _ => Failed::Abort(error.to_string()),
        }
    }

    /// A broker that is away must not keep a process from stopping: what is not committed is read again.
    fn check_stop(&self) -> Result<(), Failed> {
        if self.stop.is_overdue() {
            return Err(Failed::Ended(LogError::Unavailable(
                "stopped before the last batch was committed, as no broker answered; it will be read again".to_owned(),
            )));
        }
        Ok(())
    }
}

fn producer(
    config: &Config,
    health: &Health,
    written: &Written,
) -> Result<ThreadedProducer<Deliveries>, LogError> {
    let mut client = client::base(&config.kafka, &config.instance);
    client
        .set("transactional.id", client::transactional_id(config))
        .set("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS)
        .set("enable.idempotence", "true")
        // The batch is complete when it is sent: waiting for more would only add delay.
        .set("linger.ms", "1")
        .set("compression.type", "lz4")
        // As Java's clients do, so that who produces with one of them finds the same partition for a key.
        .set("partitioner", "murmur2_random")
        .set("message.max.bytes", "4194304");
    let client = client::with_options(client, &config.kafka);
    let context = Deliveries {
        first: Mutex::default(),
        profiles: config.topics.profiles.clone(),
        last: Arc::clone(written),
        health: health.clone(),
    };
    let producer = ThreadedProducer::from_config_and_context(&client, context)
        .map_err(|error| client::settings_refused("producer", &error))?;
    producer
        .init_transactions(client::timeout(&config.kafka))
        .map_err(|error| client::log_error(&error, config))?;
    Ok(producer)
}

/// What became of a transaction that was not committed as it should.
pub(super) enum Uncommitted {
    Log(LogError),
    /// It may have been committed or not.
    Unknown(String),
}

impl From<LogError> for Uncommitted {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

/// Why a transaction was not committed.
enum Failed {
    /// It has to be aborted, and its batch read again.
    Abort(String),
    /// The broker takes nothing from this producer any more.
    ProducerEnded(String),
    Ended(LogError),
}

impl From<LogError> for Failed {
    fn from(error: LogError) -> Self {
        Self::Ended(error)
    }
}
