//! Reads a topic from its beginning, for the demo.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::client::{self, Quiet};
use crate::config::Config;
use crate::log::LogError;

/// Reads every message of the alerts topic.
pub struct AlertReader(BaseConsumer<Quiet>);

impl AlertReader {
    pub fn start(config: &Config) -> Result<Self, LogError> {
        let mut client = client::aside(&config.kafka, "nightlatch-alert-reader");
        client
            .set("group.id", "nightlatch-alert-reader")
            .set("enable.auto.commit", "false")
            .set("fetch.wait.max.ms", "20");
        let failed = |error: rdkafka::error::KafkaError| client::log_error(&error, config);
        let consumer = client::consumer(&client)?;
        let mut list = TopicPartitionList::new();
        for partition in 0..config.topics.partitions {
            list.add_partition_offset(&config.topics.alerts, partition, Offset::Beginning)
                .map_err(failed)?;
        }
        consumer.assign(&list).map_err(failed)?;
        Ok(Self(consumer))
    }

    /// The next alert, if one comes within a time.
    #[must_use]
    pub fn next(&self, within: Duration) -> Option<Vec<u8>> {
        match self.0.poll(within)? {
            Ok(message) => message.payload().map(<[u8]>::to_vec),
            Err(error) => {
                tracing::debug!(%error, "alert reader");
                None
            }
        }
    }
}
