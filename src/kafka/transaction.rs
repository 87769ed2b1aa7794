//! One transaction: alerts, rejected events and the offsets that caused them.

use std::sync::Mutex;
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{DeliveryResult, Header, Message, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, PurgeConfig, ThreadedProducer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::client::{self, Reaction, code_of, reaction};
use super::stop::Stop;
use crate::config::Config;
use crate::health::Health;
use crate::pipeline::LogError;
use crate::pipeline::log::{AlertMessage, Output, RejectedMessage};

/// Between two looks at what is still on its way.
const LOOK_EVERY: Duration = Duration::from_micros(200);
const RETRY_AFTER: Duration = Duration::from_millis(20);
/// How long one call may block; between calls the process can be told to stop.
const CALL_TIMEOUT: Duration = Duration::from_millis(1_000);
/// How long the broker lets a transaction stand open when its process has died, milliseconds: less than the group's
/// session, so that whoever takes the partitions over finds no open transaction on them.
const TRANSACTION_TIMEOUT_MS: &str = "30000";

/// Remembers the first message that could not be delivered, and tells when no broker is left.
pub(super) struct Deliveries {
    first: Mutex<Option<(Code, String)>>,
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
        if let Err((error, message)) = result
            && let (Some(code), Ok(mut first)) = (code_of(error), self.first.lock())
        {
            first.get_or_insert_with(|| (code, message.topic().to_owned()));
        }
    }
}

/// The transactional producer of this instance.
pub(super) struct Transactions {
    producer: ThreadedProducer<Deliveries>,
    config: Config,
    stop: Stop,
}

impl Transactions {
    /// Takes the place of any earlier process of the same instance name.
    pub(super) fn start(config: &Config, health: Health, stop: Stop) -> Result<Self, LogError> {
        let mut client = client::base(&config.kafka, &config.instance);
        client
            .set("transactional.id", client::transactional_id(config))
            .set("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS)
            .set("enable.idempotence", "true")
            // The batch is complete when it is sent: waiting for more would only add delay.
            .set("linger.ms", "1")
            .set("compression.type", "lz4")
            .set("message.max.bytes", "4194304");
        let client = client::with_options(client, &config.kafka);
        let producer = ThreadedProducer::from_config_and_context(
            &client,
            Deliveries {
                first: Mutex::default(),
                health,
            },
        )
        .map_err(|error| {
            LogError::Configuration(format!("the producer's settings are refused: {error}"))
        })?;
        producer
            .init_transactions(client::timeout(&config.kafka))
            .map_err(|error| client::log_error(&error, config))?;
        Ok(Self {
            producer,
            config: config.clone(),
            stop,
        })
    }

    /// Makes an output visible, all of it or nothing.
    pub(super) fn commit(
        &self,
        output: &Output,
        topic: &str,
        group: &ConsumerGroupMetadata,
    ) -> Result<(), LogError> {
        self.producer
            .begin_transaction()
            .map_err(|error| self.fatal(&error))?;
        match self.fill(output, topic, group) {
            Ok(()) => Ok(()),
            Err(Failed::Abort(reason)) => {
                self.abort()?;
                Err(LogError::Aborted(reason))
            }
            Err(Failed::Ended(error)) => Err(error),
        }
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
        self.await_delivery()?;
        let mut offsets = TopicPartitionList::new();
        for (partition, offset) in &output.offsets {
            let added = offsets.add_partition_offset(topic, *partition, Offset::Offset(*offset));
            added.map_err(|error| Failed::Ended(self.fatal(&error)))?;
        }
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

    /// Queues a message; a full queue empties by itself.
    fn send<'a>(&self, record: impl Fn() -> BaseRecord<'a, str, [u8]>) -> Result<(), Failed> {
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

    fn abort(&self) -> Result<(), LogError> {
        self.producer
            .purge(PurgeConfig::default().queue().inflight());
        while self.producer.in_flight_count() > 0 {
            std::thread::sleep(LOOK_EVERY);
        }
        self.producer.context().take();
        match self.retry(|| self.producer.abort_transaction(CALL_TIMEOUT)) {
            Ok(()) => Ok(()),
            Err(Failed::Ended(error)) => Err(error),
            Err(Failed::Abort(reason)) => Err(LogError::Fatal(format!(
                "a transaction cannot be aborted: {reason}"
            ))),
        }
    }

    fn classify(&self, error: &KafkaError) -> Failed {
        if let Some((error, reason)) = self.producer.client().fatal_error() {
            let text = client::explain(error, &self.config);
            return Failed::Ended(LogError::Fatal(format!("{text}: {reason}")));
        }
        let code = code_of(error);
        match code.map(reaction) {
            // The process ends; whoever takes its place ends the transaction.
            Some(Reaction::Configure | Reaction::Fenced) => {
                Failed::Ended(client::log_error(error, &self.config))
            }
            _ => Failed::Abort(error.to_string()),
        }
    }

    fn fatal(&self, error: &KafkaError) -> LogError {
        LogError::Fatal(code_of(error).map_or_else(
            || error.to_string(),
            |code| client::explain(code, &self.config),
        ))
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

/// Why a transaction was not committed.
enum Failed {
    /// It has to be aborted, and its batch read again.
    Abort(String),
    Ended(LogError),
}

impl From<LogError> for Failed {
    fn from(error: LogError) -> Self {
        Self::Ended(error)
    }
}
