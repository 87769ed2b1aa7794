//! Publishes what a person sends: simulated logins, keyed by user as an identity provider would, and
//! verdicts.

use std::time::Duration;

use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};

use super::causes::Causes;
use super::client::{self, code_of};
use crate::config::Config;
use crate::log::LogError;
use crate::log::Reason;
use crate::login::Event;

/// An idempotent producer.
pub struct Publisher {
    producer: ThreadedProducer<Failures>,
    config: Config,
}

#[derive(Default)]
struct Failures {
    first: std::sync::Mutex<Option<Code>>,
    causes: Causes,
}

impl rdkafka::client::ClientContext for Failures {
    fn log(&self, level: rdkafka::config::RDKafkaLogLevel, facility: &str, message: &str) {
        self.causes.hear_log(level, facility, message);
    }
    fn error(&self, error: KafkaError, reason: &str) {
        self.causes.hear_error(&error, reason, "publisher");
    }
}

impl ProducerContext for Failures {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, message)) = result
            && let (Some(code), Ok(mut first)) = (code_of(error), self.first.lock())
        {
            tracing::debug!(topic = message.topic(), %code, "not delivered");
            first.get_or_insert(code);
        }
    }
}

impl Publisher {
    /// Connects.
    pub fn start(config: &Config) -> Result<Self, LogError> {
        let mut client = client::aside(&config.kafka, "nightlatch-simulate");
        client
            .set("enable.idempotence", "true")
            .set("linger.ms", "5")
            .set("compression.type", "lz4")
            .set("partitioner", "murmur2_random")
            .set("queue.buffering.max.messages", "200000");
        let producer = ThreadedProducer::from_config_and_context(&client, Failures::default())
            .map_err(|error| client::settings_refused("producer", &error))?;
        Ok(Self {
            producer,
            config: config.clone(),
        })
    }

    /// Sends one event; a full queue is waited for.
    pub fn send(&self, event: &Event<'_>) -> Result<(), LogError> {
        let json = serde_json::to_vec(event)
            .map_err(|error| LogError::Fatal(Reason::new(error.to_string(), error)))?;
        self.send_to(&self.config.topics.logins, &event.user_id, &json)
    }

    /// Sends a message to a topic; a full queue is waited for.
    pub fn send_to(&self, topic: &str, key: &str, json: &[u8]) -> Result<(), LogError> {
        loop {
            self.check()?;
            let record = BaseRecord::to(topic).key(key).payload(json);
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((error, _)) if code_of(&error) == Some(Code::QueueFull) => {
                    std::thread::sleep(Duration::from_millis(1))
                }
                Err((error, _)) => return Err(self.log_error(&error)),
            }
        }
    }

    /// Waits until everything is delivered.
    pub fn finish(&self) -> Result<(), LogError> {
        self.finish_within(Duration::from_secs(60))
    }

    /// The same, for no longer than that.
    pub fn finish_within(&self, time: Duration) -> Result<(), LogError> {
        self.producer
            .flush(time)
            .map_err(|error| self.log_error(&error))?;
        self.check()
    }

    fn log_error(&self, error: &KafkaError) -> LogError {
        client::log_error_of(&self.producer.context().causes, error, &self.config)
    }

    fn check(&self) -> Result<(), LogError> {
        let failed = self
            .producer
            .context()
            .first
            .lock()
            .ok()
            .and_then(|first| *first);
        match failed {
            Some(code) => Err(self.log_error(&KafkaError::MessageProduction(code))),
            None => Ok(()),
        }
    }
}
