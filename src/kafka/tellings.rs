//! Reads the topic of incidents for one receiver of notices: a consumer group of its own, which
//! stands where the receiver stands.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::Message;
use rdkafka::topic_partition_list::Offset as Place;

use super::causes::Causes;
use super::client::{self, code_of};
use super::place;
use super::topics::{self, Marks};
use crate::config::Config;
use crate::health::Health;
use crate::log::LogError;
use crate::login::{Offset, Partition};
use crate::notify::Standing;

/// A receiver may take long to answer; the group waits for it.
const MOST_BETWEEN_POLLS_MS: &str = "300000";

/// Between two tries to go to a place.
const SEEK_RETRY: Duration = Duration::from_millis(500);
const SEEK_ATTEMPTS: u32 = 10;

/// What the topic has for the receiver.
pub enum Telling {
    /// These partitions are this process's now, and no others.
    Assigned(BTreeMap<Partition, Standing>),
    Record {
        partition: Partition,
        offset: Offset,
        /// When the broker took it.
        at_ms: i64,
        /// `None` where it was taken out of the topic.
        json: Option<Vec<u8>>,
    },
}

/// The incidents' topic, as one receiver reads it.
pub struct Tellings {
    consumer: BaseConsumer<Context>,
    config: Config,
    is_paused: bool,
}

/// Tells when partitions changed hands.
struct Context {
    changed: AtomicBool,
    health: Health,
    causes: Causes,
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.causes.hear_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.causes.hear_error(&error, reason, "notify");
        if code_of(&error) == Some(Code::AllBrokersDown) {
            self.health.set_broker(false);
        }
    }
}

impl ConsumerContext for Context {
    fn post_rebalance(&self, _: &BaseConsumer<Self>, _: &Rebalance<'_>) {
        self.changed.store(true, Ordering::Relaxed);
    }
}

impl Tellings {
    /// Joins the group that the configuration names: the receiver's own.
    pub fn start(config: &Config, health: Health) -> Result<Self, LogError> {
        let mut client = client::reading(config, "nightlatch-notify");
        client
            // A process that is started again has its place at once, whatever ended it.
            .set("group.instance.id", &config.instance)
            .set("session.timeout.ms", "15000")
            .set("heartbeat.interval.ms", place::HEARTBEAT_MS)
            .set("queued.max.messages.kbytes", "2048")
            .set("auto.offset.reset", "earliest")
            .set("max.poll.interval.ms", MOST_BETWEEN_POLLS_MS)
            .set("enable.partition.eof", "false");
        let client = client::with_options(client, &config.kafka);
        let context = Context {
            changed: AtomicBool::new(false),
            health,
            causes: Causes::default(),
        };
        let consumer = BaseConsumer::from_config_and_context(&client, context)
            .map_err(|error| client::settings_refused("consumer", &error))?;
        let tellings = Self {
            consumer,
            config: config.clone(),
            is_paused: false,
        };
        let subscribed = tellings.consumer.subscribe(&[&config.topics.incidents]);
        subscribed.map_err(|error| tellings.told(&error))?;
        Ok(tellings)
    }

    fn told(&self, error: &KafkaError) -> LogError {
        client::log_error_of(&self.consumer.context().causes, error, &self.config)
    }

    /// What comes next, if something does in time. Keeps the place in the group.
    pub fn next(&mut self, within: Duration) -> Result<Option<Telling>, LogError> {
        let polled = self.consumer.poll(within);
        let polled = polled.map(|polled| {
            polled.map(|message| Telling::Record {
                partition: Partition(message.partition()),
                offset: Offset(message.offset()),
                at_ms: message.timestamp().to_millis().unwrap_or_default(),
                json: message.payload().map(<[u8]>::to_vec),
            })
        });
        if self
            .consumer
            .context()
            .changed
            .swap(false, Ordering::Relaxed)
        {
            // What was polled comes again from where the partition is begun.
            return match self.begin() {
                Ok(standings) => Ok(Some(Telling::Assigned(standings))),
                Err(error) => {
                    self.consumer
                        .context()
                        .changed
                        .store(true, Ordering::Relaxed);
                    Err(error)
                }
            };
        }
        match polled {
            Some(Ok(telling)) => {
                self.consumer.context().health.set_broker(true);
                Ok(Some(telling))
            }
            Some(Err(error)) => match self.told(&error) {
                LogError::Unavailable(reason) => {
                    tracing::debug!(%reason, "notify");
                    Ok(None)
                }
                error => Err(error),
            },
            None => Ok(None),
        }
    }

    /// Goes to where the receiver stands in each partition that is now this process's.
    fn begin(&mut self) -> Result<BTreeMap<Partition, Standing>, LogError> {
        self.is_paused = false;
        let assigned = self
            .consumer
            .assignment()
            .map_err(|error| self.told(&error))?;
        if assigned.count() == 0 {
            return Ok(BTreeMap::new());
        }
        let own: Vec<Partition> = assigned
            .elements()
            .iter()
            .map(|one| Partition(one.partition()))
            .collect();
        let mut committed = self.committed(&own)?;
        let marks = Marks::new(&self.config)?;
        if committed.is_empty() {
            tracing::info!(
                group = self.config.kafka.group,
                "nothing is known of where this receiver stood: it is told of what comes from now on"
            );
            // Of every partition, whoever has it: else the next process to look would take the
            // receiver for one that was told of everything before. At once, so that what comes before
            // the first record is read counts.
            committed = self.ends(&marks)?;
            self.commit(&committed)?;
        }
        let topic = &self.config.topics.incidents;
        let mut standings = BTreeMap::new();
        for partition in own {
            let there = marks.range(topic, partition)?;
            let standing = match committed.get(&partition) {
                Some(standing) if standing.offset <= there.end => Standing {
                    offset: standing.offset.max(there.start),
                    note: standing.note.clone(),
                },
                Some(standing) => {
                    tracing::warn!(
                        %partition, at = standing.offset.0, end = there.end.0,
                        "the receiver stands beyond the end of the topic, which was made anew; \
                         beginning with what is there"
                    );
                    Standing::at(there.start)
                }
                // New since the receiver began: it was not told of it.
                None => Standing::at(there.start),
            };
            standings.insert(partition, standing);
        }
        self.seek(&standings)?;
        self.consumer.context().health.set_broker(true);
        self.consumer.context().health.set_joined(true);
        Ok(standings)
    }

    fn seek(&self, standings: &BTreeMap<Partition, Standing>) -> Result<(), LogError> {
        let topic = &self.config.topics.incidents;
        let places = standings
            .iter()
            .map(|(partition, at)| (*partition, at.offset));
        let places = client::offsets_of(topic, &places.collect());
        let places = places.map_err(|error| self.told(&error))?;
        // A partition that was paused when it was taken away would still be paused.
        let resumed = self.consumer.resume(&places);
        resumed.map_err(|error| self.told(&error))?;
        let timeout = client::timeout(&self.config.kafka);
        for attempt in 0.. {
            let sought = self.consumer.seek_partitions(places.clone(), timeout);
            let sought = sought.map_err(|error| self.told(&error))?;
            let elements = sought.elements();
            match elements.iter().find_map(|element| element.error().err()) {
                None => break,
                // Just assigned, and not yet fetching.
                Some(error) if code_of(&error) == Some(Code::State) && attempt < SEEK_ATTEMPTS => {
                    std::thread::sleep(SEEK_RETRY);
                }
                Some(error) => return Err(self.told(&error)),
            }
        }
        Ok(())
    }

    /// The ends of all partitions.
    fn ends(&self, marks: &Marks) -> Result<BTreeMap<Partition, Standing>, LogError> {
        let topic = &self.config.topics.incidents;
        let end = |partition| Ok((partition, Standing::at(marks.range(topic, partition)?.end)));
        self.partitions()?.into_iter().map(end).collect()
    }

    fn partitions(&self) -> Result<Vec<Partition>, LogError> {
        let topic = &self.config.topics.incidents;
        let existing = topics::existing(&self.config)?;
        let count = existing.get(topic).copied().unwrap_or(0);
        let numbers = (0..count).filter_map(|number| i32::try_from(number).ok());
        Ok(numbers.map(Partition).collect())
    }

    /// Where the group stands in all partitions of the topic; not in those it never read.
    fn committed(&self, own: &[Partition]) -> Result<BTreeMap<Partition, Standing>, LogError> {
        let topic = &self.config.topics.incidents;
        let mut partitions = self.partitions()?;
        partitions.extend(own);
        partitions.sort_unstable();
        partitions.dedup();
        let list = client::partitions_of(topic, &partitions);
        let timeout = client::timeout(&self.config.kafka);
        let committed = self.consumer.committed_offsets(list, timeout);
        let committed = committed.map_err(|error| self.told(&error))?;
        let mut known = BTreeMap::new();
        for one in committed.elements() {
            one.error().map_err(|error| self.told(&error))?;
            if let Place::Offset(offset) = one.offset() {
                let standing = Standing {
                    offset: Offset(offset),
                    note: one.metadata().to_owned(),
                };
                known.insert(Partition(one.partition()), standing);
            }
        }
        Ok(known)
    }

    /// Keeps how far the receiver stands.
    pub fn commit(&self, standings: &BTreeMap<Partition, Standing>) -> Result<(), LogError> {
        if standings.is_empty() {
            return Ok(());
        }
        let noted = standings
            .iter()
            .map(|(partition, standing)| (*partition, standing.offset, standing.note.as_str()));
        let list = client::noted_offsets_of(&self.config.topics.incidents, noted);
        let list = list.map_err(|error| self.told(&error))?;
        let committed = self.consumer.commit(&list, CommitMode::Sync);
        committed.map_err(|error| self.told(&error))
    }

    /// Reads no more, or again: what is not taken need not be fetched.
    pub fn set_paused(&mut self, paused: bool) -> Result<(), LogError> {
        if paused == self.is_paused {
            return Ok(());
        }
        let set = self
            .consumer
            .assignment()
            .and_then(|assigned| match paused {
                true => self.consumer.pause(&assigned),
                false => self.consumer.resume(&assigned),
            });
        set.map_err(|error| self.told(&error))?;
        self.is_paused = paused;
        Ok(())
    }
}
