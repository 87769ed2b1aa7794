//! The logins topic as a [`Log`]: a consumer whose offsets travel in the producer's transactions.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::{
    BaseConsumer, Consumer, ConsumerContext, ConsumerGroupMetadata, Rebalance,
};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::Message;
use rdkafka::statistics::Statistics;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::client::{self, Reaction, code_of, reaction};
use super::stop::Stop;
use super::transaction::Transactions;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Start};
use crate::health::Health;
use crate::pipeline::log::{Assigned, Budget, Log, LogError, Output, Polled, Record};

/// What librdkafka tells while it is polled.
enum Notice {
    Assigned(Vec<i32>, Option<ConsumerGroupMetadata>),
    Revoked(Vec<i32>),
    Ends(Vec<(i32, i64)>),
}

struct Context {
    topic: String,
    health: Health,
    notices: Mutex<Vec<Notice>>,
}

impl Context {
    fn notify(&self, notice: Notice) {
        if let Ok(mut notices) = self.notices.lock() {
            notices.push(notice);
        }
    }

    fn take(&self) -> Vec<Notice> {
        self.notices
            .lock()
            .map(|mut notices| std::mem::take(&mut *notices))
            .unwrap_or_default()
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        client::pass_on(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "consumer");
        if code_of(&error) == Some(Code::AllBrokersDown) {
            self.health.set_broker(false);
        }
    }

    fn stats(&self, statistics: Statistics) {
        let reachable = statistics
            .brokers
            .values()
            .any(|broker| broker.state == "UP");
        self.health.set_broker(reachable);
        if let Some(topic) = statistics.topics.get(&self.topic) {
            let known = topic
                .partitions
                .iter()
                .filter(|(partition, numbers)| **partition >= 0 && numbers.hi_offset >= 0);
            self.notify(Notice::Ends(
                known
                    .map(|(partition, numbers)| (*partition, numbers.hi_offset))
                    .collect(),
            ));
        }
    }
}

fn partitions(list: &TopicPartitionList) -> Vec<i32> {
    list.elements()
        .iter()
        .map(|element| element.partition())
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

/// The logins topic.
pub struct KafkaLog {
    consumer: BaseConsumer<Context>,
    transactions: Transactions,
    config: Config,
    health: Health,
    /// The membership under which offsets are committed: of the assignment that the records came from.
    group: Option<ConsumerGroupMetadata>,
    /// For each assigned partition, where it goes on after an abort.
    restart_at: BTreeMap<i32, i64>,
    rewound: bool,
}

impl KafkaLog {
    /// Connects, takes the place of an earlier process of this instance, and joins the group.
    pub fn start(config: &Config, health: Health, stop: Stop) -> Result<Self, LogError> {
        let transactions = Transactions::start(config, health.clone(), stop)?;
        let mut client = client::base(&config.kafka, &config.instance);
        client
            .set("group.id", &config.kafka.group)
            .set("group.instance.id", &config.instance)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("isolation.level", "read_committed")
            .set("enable.partition.eof", "true")
            .set("partition.assignment.strategy", "range")
            .set(
                "auto.offset.reset",
                match config.kafka.start {
                    Start::Earliest => "earliest",
                    Start::Latest => "latest",
                },
            )
            // How long after the last record of a partition librdkafka says that it is the last.
            .set("fetch.wait.max.ms", "50")
            // What is fetched ahead is bounded, with all partitions together.
            .set("queued.max.messages.kbytes", "65536")
            .set("statistics.interval.ms", "1000");
        let client = client::with_options(client, &config.kafka);
        let context = Context {
            topic: config.topics.logins.clone(),
            health: health.clone(),
            notices: Mutex::default(),
        };
        let consumer =
            BaseConsumer::from_config_and_context(&client, context).map_err(|error| {
                LogError::Configuration(format!("the consumer's settings are refused: {error}"))
            })?;
        consumer
            .subscribe(&[&config.topics.logins])
            .map_err(|error| client::log_error(&error, config))?;
        Ok(Self {
            consumer,
            transactions,
            config: config.clone(),
            health,
            group: None,
            restart_at: BTreeMap::new(),
            rewound: false,
        })
    }

    fn topic(&self) -> &str {
        &self.config.topics.logins
    }

    /// Passes on what the rebalances and statistics since the last call said.
    fn drain_notices(&mut self, into: &mut Vec<Polled>) -> Result<(), LogError> {
        for notice in self.consumer.context().take() {
            match notice {
                Notice::Ends(ends) => into.extend(
                    ends.into_iter()
                        .map(|(partition, end)| Polled::End { partition, end }),
                ),
                Notice::Revoked(partitions) => {
                    tracing::info!(?partitions, "partitions revoked");
                    self.restart_at
                        .retain(|partition, _| !partitions.contains(partition));
                    into.push(Polled::Revoked(partitions));
                }
                Notice::Assigned(partitions, group) => {
                    self.group = group;
                    self.health.set_broker(true);
                    let assigned = self.positions(&partitions)?;
                    tracing::info!(?partitions, "partitions assigned");
                    self.restart_at
                        .extend(assigned.iter().map(|one| (one.partition, one.position)));
                    into.push(Polled::Assigned(assigned));
                    self.health.set_joined(true);
                }
            }
        }
        Ok(())
    }

    /// Where partitions begin and how far they reach. Brokers that are away are waited for.
    fn positions(&self, partitions: &[i32]) -> Result<Vec<Assigned>, LogError> {
        let timeout = client::timeout(&self.config.kafka);
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition(self.topic(), *partition);
        }
        let failed = |error: &KafkaError| client::log_error(error, &self.config);
        let committed = self
            .consumer
            .committed_offsets(list, timeout)
            .map_err(|error| failed(&error))?;
        partitions
            .iter()
            .map(|partition| {
                let (low, high) = self
                    .consumer
                    .fetch_watermarks(self.topic(), *partition, timeout)
                    .map_err(|error| failed(&error))?;
                let committed = committed
                    .find_partition(self.topic(), *partition)
                    .map(|element| element.offset());
                let position = match (committed, self.config.kafka.start) {
                    (Some(Offset::Offset(offset)), _) => offset,
                    (_, Start::Earliest) => low,
                    (_, Start::Latest) => high,
                };
                Ok(Assigned {
                    partition: *partition,
                    position,
                    end: high,
                })
            })
            .collect()
    }

    /// What an error of the consumer asks for; most pass by themselves.
    fn consumer_error(&self, error: &KafkaError, into: &mut Vec<Polled>) -> Result<(), LogError> {
        if let KafkaError::PartitionEOF(partition) = error {
            into.push(Polled::CaughtUp(*partition));
            return Ok(());
        }
        if let KafkaError::MessageConsumptionFatal(code) = error {
            return Err(LogError::Fatal(client::explain(*code, &self.config)));
        }
        match code_of(error).map(|code| (code, reaction(code))) {
            Some((code, Reaction::Configure)) => {
                Err(LogError::Configuration(client::explain(code, &self.config)))
            }
            Some((code, Reaction::Fenced)) => {
                Err(LogError::Fatal(client::explain(code, &self.config)))
            }
            Some((Code::AllBrokersDown | Code::BrokerTransportFailure, _)) => {
                tracing::debug!(%error, "consumer");
                Ok(())
            }
            _ => {
                tracing::warn!(%error, "the consumer reports an error; it goes on");
                Ok(())
            }
        }
    }
}

impl Log for KafkaLog {
    fn poll(&mut self, budget: Budget, into: &mut Vec<Polled>) -> Result<(), LogError> {
        if self.rewound {
            self.rewound = false;
            // The end is not known better than the beginning until the statistics or the end of the partition say so.
            let assigned = self
                .restart_at
                .iter()
                .map(|(partition, position)| Assigned {
                    partition: *partition,
                    position: *position,
                    end: *position,
                });
            into.push(Polled::Assigned(assigned.collect()));
        }
        let deadline_ms = SystemClock.monotonic_ms() + budget.linger_ms;
        let (mut records, mut bytes) = (0, 0);
        while records < budget.max_records && bytes < budget.max_bytes {
            let left_ms = deadline_ms.saturating_sub(SystemClock.monotonic_ms());
            let polled = self.consumer.poll(Duration::from_millis(left_ms));
            let message = match polled {
                // An owned copy ends the borrow of the consumer.
                Some(Ok(message)) => Some(Record {
                    partition: message.partition(),
                    offset: message.offset(),
                    timestamp_ms: message
                        .timestamp()
                        .to_millis()
                        .filter(|timestamp_ms| *timestamp_ms > 0),
                    value: message.payload().unwrap_or_default().to_vec(),
                }),
                Some(Err(error)) => {
                    self.consumer_error(&error, into)?;
                    None
                }
                None => None,
            };
            // Rebalances were served inside the poll, before what it returned.
            self.drain_notices(into)?;
            match message {
                Some(record) => {
                    records += 1;
                    bytes += record.value.len();
                    into.push(Polled::Record(record));
                }
                None if left_ms == 0 => break,
                None => {}
            }
        }
        Ok(())
    }

    fn commit(&mut self, output: &Output) -> Result<(), LogError> {
        let Some(group) = &self.group else {
            return Err(LogError::Aborted(
                "the partitions are no longer this process's".to_owned(),
            ));
        };
        self.transactions
            .commit(output, &self.config.topics.logins, group)?;
        for (partition, offset) in &output.offsets {
            if let Some(restart_at) = self.restart_at.get_mut(partition) {
                *restart_at = *offset;
            }
        }
        Ok(())
    }

    fn rewind(&mut self) -> Result<(), LogError> {
        let mut list = TopicPartitionList::new();
        for (partition, offset) in &self.restart_at {
            let added =
                list.add_partition_offset(self.topic(), *partition, Offset::Offset(*offset));
            added.map_err(|error| client::log_error(&error, &self.config))?;
        }
        if list.count() > 0 {
            let sought = self
                .consumer
                .seek_partitions(list, client::timeout(&self.config.kafka));
            sought.map_err(|error| {
                LogError::Fatal(format!("cannot go back to the committed offsets: {error}"))
            })?;
        }
        self.rewound = true;
        Ok(())
    }

    fn set_paused(&mut self, partitions: &[i32], paused: bool) -> Result<(), LogError> {
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition(self.topic(), *partition);
        }
        let set = if paused {
            self.consumer.pause(&list)
        } else {
            self.consumer.resume(&list)
        };
        set.map_err(|error| client::log_error(&error, &self.config))
    }
}
