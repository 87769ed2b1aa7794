//! What librdkafka tells of the consumer while it is polled: rebalances, statistics, errors.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{
    BaseConsumer, Consumer, ConsumerContext, ConsumerGroupMetadata, Rebalance,
};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::statistics::Statistics;
use rdkafka::topic_partition_list::TopicPartitionList;

use super::causes::Causes;
use super::client::code_of;
use super::fencing::CutOff;
use crate::config::{Config, KafkaConfig};
use crate::health::Health;
use crate::login::{Offset, Partition};

/// What librdkafka tells while it is polled.
pub(super) enum Notice {
    Assigned(Vec<Partition>, Option<ConsumerGroupMetadata>),
    Revoked(Vec<Partition>),
    /// By the statistics, which may still be of the time before a pause or a seek.
    SeemsCaughtUp(Partition),
    End {
        partition: Partition,
        end: Offset,
    },
}

pub(super) struct Context {
    topic: String,
    kafka: KafkaConfig,
    causes: Causes,
    /// Whether it was said why no broker answers.
    told: AtomicBool,
    health: Health,
    notices: Mutex<Vec<Notice>>,
    served: AtomicBool,
    cut_off: CutOff,
}

impl Context {
    pub(super) fn new(config: &Config, health: Health, cut_off: CutOff) -> Self {
        Self {
            topic: config.topics.logins.clone(),
            kafka: config.kafka.clone(),
            causes: Causes::default(),
            told: AtomicBool::new(false),
            health,
            notices: Mutex::default(),
            served: AtomicBool::new(false),
            cut_off,
        }
    }

    /// Whether a callback was served since this was last asked.
    pub(super) fn was_served(&self) -> bool {
        self.served.swap(false, Ordering::Relaxed)
    }

    fn notify(&self, notice: Notice) {
        self.served.store(true, Ordering::Relaxed);
        if let Ok(mut notices) = self.notices.lock() {
            notices.push(notice);
        }
    }

    pub(super) fn take(&self) -> Vec<Notice> {
        self.notices
            .lock()
            .map(|mut notices| std::mem::take(&mut *notices))
            .unwrap_or_default()
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.served.store(true, Ordering::Relaxed);
        self.causes.hear_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.served.store(true, Ordering::Relaxed);
        self.causes.hear_error(&error, reason, "consumer");
        if code_of(&error) == Some(Code::AllBrokersDown) {
            self.health.set_broker(false);
            self.cut_off.tell();
            if let Some(known) = self.causes.text(&self.kafka)
                && !self.told.swap(true, Ordering::Relaxed)
            {
                tracing::warn!("{known}");
            }
        }
    }

    fn stats(&self, statistics: Statistics) {
        self.served.store(true, Ordering::Relaxed);
        let reachable = statistics
            .brokers
            .values()
            .any(|broker| broker.state == "UP");
        self.health.set_broker(reachable);
        if reachable {
            // What was told of an outage says nothing of the next.
            self.causes.clear();
            self.told.store(false, Ordering::Relaxed);
        }
        if let Some(topic) = statistics.topics.get(&self.topic) {
            for (partition, numbers) in topic
                .partitions
                .iter()
                .filter(|(partition, _)| **partition >= 0)
            {
                // Readers of committed messages reach the last stable offset, over markers that are
                // never delivered.
                let read = numbers.eof_offset >= numbers.ls_offset
                    && numbers.next_offset >= numbers.ls_offset
                    && numbers.fetchq_cnt == 0;
                if numbers.ls_offset >= 0 && read {
                    self.notify(Notice::SeemsCaughtUp(Partition(*partition)));
                } else if numbers.ls_offset >= 0 {
                    self.notify(Notice::End {
                        partition: Partition(*partition),
                        end: Offset(numbers.ls_offset),
                    });
                }
            }
        }
    }
}

fn partitions(list: &TopicPartitionList) -> Vec<Partition> {
    list.elements()
        .iter()
        .map(|element| Partition(element.partition()))
        .collect()
}

impl ConsumerContext for Context {
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Revoke(list) = rebalance {
            self.notify(Notice::Revoked(partitions(list)));
        }
    }

    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(list) = rebalance {
            self.notify(Notice::Assigned(
                partitions(list),
                consumer.group_metadata(),
            ));
        }
    }
}
