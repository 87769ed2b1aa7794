//! Reads alerts and incidents from their beginning, for the demo.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::client::{self, Quiet};
use crate::config::Config;
use crate::log::LogError;

/// A message of one of the two topics.
pub enum ReadOutput {
    Alert(Vec<u8>),
    Incident(Vec<u8>),
}

/// Reads every message of the topics of alerts and incidents.
pub struct OutputReader {
    consumer: BaseConsumer<Quiet>,
    incidents: String,
}

impl OutputReader {
    pub fn start(config: &Config) -> Result<Self, LogError> {
        let mut client = client::aside(&config.kafka, "nightlatch-output-reader");
        client
            .set("group.id", "nightlatch-output-reader")
            .set("enable.auto.commit", "false")
            .set("fetch.wait.max.ms", "20");
        let failed = |error: rdkafka::error::KafkaError| client::log_error(&error, config);
        let consumer = client::consumer(&client)?;
        let mut list = TopicPartitionList::new();
        for topic in [&config.topics.alerts, &config.topics.incidents] {
            for partition in 0..config.topics.partitions {
                list.add_partition_offset(topic, partition, Offset::Beginning)
                    .map_err(failed)?;
            }
        }
        consumer.assign(&list).map_err(failed)?;
        Ok(Self {
            consumer,
            incidents: config.topics.incidents.clone(),
        })
    }

    /// The next message, if one comes within a time.
    #[must_use]
    pub fn next(&self, within: Duration) -> Option<ReadOutput> {
        match self.consumer.poll(within)? {
            Ok(message) => {
                let json = message.payload()?.to_vec();
                Some(if message.topic() == self.incidents {
                    ReadOutput::Incident(json)
                } else {
                    ReadOutput::Alert(json)
                })
            }
            Err(error) => {
                tracing::debug!(%error, "output reader");
                None
            }
        }
    }
}
