//! A broker inside the process, for the demo: librdkafka's mock cluster. Any Kafka client can
//! connect to it.
//!
//! It keeps 5 MiB a partition and its transactions are not real: exactly-once is proved on Apache
//! Kafka.

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

use crate::config::Config;
use crate::log::LogError;
use crate::log::Reason;

/// The broker; it ends when it is dropped.
pub struct EmbeddedBroker(MockCluster<'static, DefaultProducerContext>);

impl EmbeddedBroker {
    /// Starts a broker with the topics of a configuration.
    pub fn start(config: &Config) -> Result<Self, LogError> {
        let failed = |error: rdkafka::error::KafkaError| {
            let text = format!("the embedded broker does not start: {error}");
            LogError::Fatal(Reason::new(text, error))
        };
        let cluster = MockCluster::new(1).map_err(failed)?;
        let wanted = super::topics::wanted(config, config.topics.partitions);
        // Who tries `notify` needs one more.
        let undelivered = &config.topics.undelivered;
        let is_wanted = wanted.iter().any(|topic| topic.name == *undelivered);
        if !is_wanted {
            cluster.create_topic(undelivered, 1, 1).map_err(failed)?;
        }
        for topic in wanted {
            cluster
                .create_topic(&topic.name, topic.partitions, 1)
                .map_err(failed)?;
        }
        Ok(Self(cluster))
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> String {
        self.0.bootstrap_servers()
    }
}
