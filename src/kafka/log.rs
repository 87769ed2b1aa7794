//! The logins topic as a [`Log`]: a consumer whose offsets travel in the producer's transactions.

mod apart;
mod membership;
mod offsets;
mod sides;

pub use apart::Home;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{BorrowedMessage, Message};

use membership::{consumer, member, subscribe};
use sides::Sides;

use super::client::{self, Reaction, code_of, reaction};
use super::fencing::{CutOff, Fencing};
use super::key;
use super::notices::{Context, Notice};
use super::place::Place;
use super::producer::KafkaProducer;
use super::stop::Stop;
use super::topics::{self, Marks};
use super::transaction::{Transactions, Uncommitted};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::health::Health;
use crate::log::{
    Budget, FeedbackRow, Log, LogError, Output, Polled, Reason, Record, Rewound, SideBatch,
    SideTopic,
};
use crate::login::{Offset, OffsetRange, Partition};

/// Statistics are a second old at most.
const BELIEVE_STATISTICS_AFTER_MS: u64 = 3_000;

/// The logins topic.
pub struct KafkaLog<C = SystemClock> {
    /// Dropped before the place is given up.
    consumer: BaseConsumer<Context>,
    transactions: Transactions<KafkaProducer, C>,
    config: Config,
    health: Health,
    /// The membership under which offsets are committed: of the assignment that the records came
    /// from.
    group: Option<ConsumerGroupMetadata>,
    /// For each assigned partition, where it goes on after an abort.
    restart_at: BTreeMap<Partition, Offset>,
    /// For each partition, the last end that was told.
    ends: BTreeMap<Partition, Offset>,
    /// What is paused; librdkafka keeps a pause over seeks and assignments.
    paused: BTreeSet<Partition>,
    rewound: bool,
    /// Partitions that were given up with a consumer, and are not yet told as such.
    lost: Vec<Partition>,
    /// When reading was last moved, paused or resumed: what had been fetched by then is fetched
    /// again.
    moved_ms: u64,
    /// Asks for marks of topics.
    marks: Marks,
    /// `None` where this process keeps no profiles.
    profiles_partitions: Option<i32>,
    sides: Sides,
    /// Where is written, if what is read is of other brokers.
    home: Option<Home>,
    fencing: Fencing,
    cut_off: CutOff,
    _place: Place,
    clock: C,
    stop: Stop,
}

impl KafkaLog {
    /// Connects, takes the place of an earlier process of this instance, and joins the group.
    pub fn start(config: &Config, health: Health, stop: Stop) -> Result<Self, LogError> {
        let existing = topics::existing(config)?;
        topics::require_needed(config, &existing)?;
        let partitions = topics::require_equal_partitions(config, &existing)?;
        topics::require_one_order(config, &existing)?;
        let marks = Marks::new(config)?;
        if key::matters(config) {
            key::require_same(config, &marks, partitions)?;
        }
        let parts = Parts {
            config,
            home: None,
            profiles_partitions: Some(partitions),
            marks,
        };
        Self::connect(parts, health, SystemClock, stop)
    }

    /// The same for a process that only moves logins; to the brokers of `home`, if those are others
    /// than it reads of.
    pub fn without_profiles(
        config: &Config,
        home: Option<Home>,
        health: Health,
        stop: Stop,
    ) -> Result<Self, LogError> {
        let parts = Parts {
            config,
            home,
            profiles_partitions: None,
            marks: Marks::new(config)?,
        };
        Self::connect(parts, health, SystemClock, stop)
    }
}

/// What a log begins with.
struct Parts<'a> {
    config: &'a Config,
    home: Option<Home>,
    profiles_partitions: Option<i32>,
    marks: Marks,
}

impl<C: Clock + Clone> KafkaLog<C> {
    fn connect(parts: Parts<'_>, health: Health, clock: C, stop: Stop) -> Result<Self, LogError> {
        let Parts {
            config,
            home,
            profiles_partitions,
            marks,
        } = parts;
        // Before anything that would put another process out of its place.
        let place = Place::take(config, &member(config), &clock)?;
        let cut_off = CutOff::default();
        let transactions = Transactions::start(
            home.as_ref().map_or(config, |home| &home.config),
            health.clone(),
            cut_off.clone(),
            clock.clone(),
            stop.clone(),
        )?;
        let consumer = consumer(config, &health, &cut_off)?;
        subscribe(&consumer, config)?;
        Ok(Self {
            consumer,
            transactions,
            config: config.clone(),
            health,
            group: None,
            restart_at: BTreeMap::new(),
            ends: BTreeMap::new(),
            paused: BTreeSet::new(),
            rewound: false,
            lost: Vec::new(),
            moved_ms: clock.monotonic_ms(),
            marks,
            profiles_partitions,
            sides: Sides::default(),
            home,
            fencing: Fencing::new(clock.monotonic_ms(), cut_off.clone()),
            cut_off,
            _place: place,
            clock,
            stop,
        })
    }

    fn topic(&self) -> &str {
        &self.config.topics.logins
    }

    /// Passes on what the rebalances and statistics since the last call said.
    fn drain_notices(&mut self, into: &mut Vec<Polled>) -> Result<(), LogError> {
        for notice in self.consumer.context().take() {
            match notice {
                Notice::SeemsCaughtUp(partition) => {
                    let since_ms = self.clock.monotonic_ms() - self.moved_ms;
                    if since_ms > BELIEVE_STATISTICS_AFTER_MS && !self.paused.contains(&partition) {
                        into.push(Polled::CaughtUp(partition));
                    }
                }
                Notice::End { partition, end } => {
                    self.ends.insert(partition, end);
                    into.push(Polled::End { partition, end });
                }
                Notice::Revoked(partitions) => {
                    tracing::info!(?partitions, "partitions revoked");
                    self.restart_at
                        .retain(|partition, _| !partitions.contains(partition));
                    if self.restart_at.is_empty() {
                        self.group = None;
                        self.health.set_joined(false);
                    }
                    into.push(Polled::Revoked(partitions));
                }
                Notice::Assigned(partitions, group) => {
                    self.group = group;
                    self.health.set_broker(true);
                    // A partition that was paused when it was revoked would still be paused now.
                    self.resume_all()?;
                    let assigned = match self.beginnings(&partitions) {
                        // They are taken away again when the place is taken back.
                        Err(_) if self.is_fenced() => continue,
                        assigned => assigned?,
                    };
                    self.fencing.placed(self.clock.monotonic_ms());
                    self.ends
                        .extend(assigned.iter().map(|one| (one.partition, one.end)));
                    tracing::info!(?partitions, "partitions assigned");
                    self.restart_at
                        .extend(assigned.iter().map(|one| (one.partition, one.position())));
                    for one in &assigned {
                        self.transactions.know_end(one.partition, one.profiles_end);
                    }
                    into.push(Polled::Assigned(assigned));
                    // Ready only once the pipeline has restored what belongs to them.
                    let restoring = self
                        .profiles_partitions
                        .map(|_| "restoring profiles".to_owned());
                    self.health.set_restoring(restoring);
                    self.health.set_joined(true);
                }
            }
        }
        Ok(())
    }

    fn resume_all(&mut self) -> Result<(), LogError> {
        let paused: Vec<Partition> = self.paused.iter().copied().collect();
        if paused.is_empty() {
            Ok(())
        } else {
            self.set_paused(&paused, false)
        }
    }

    /// What an error of the consumer asks for; most pass by themselves.
    fn consumer_error(&self, error: &KafkaError, into: &mut Vec<Polled>) -> Result<(), LogError> {
        if let KafkaError::PartitionEOF(partition) = error {
            into.push(Polled::CaughtUp(Partition(*partition)));
            return Ok(());
        }
        if let KafkaError::MessageConsumptionFatal(code) = error {
            let text = client::explain(*code, &self.config);
            return Err(LogError::Fatal(Reason::new(text, error.clone())));
        }
        match code_of(error).map(|code| (code, reaction(code))) {
            Some((_, Reaction::Configure | Reaction::Fenced)) => {
                Err(client::log_error(error, &self.config))
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

/// A record of its own.
fn own(message: &BorrowedMessage<'_>) -> Record {
    Record {
        partition: Partition(message.partition()),
        offset: Offset(message.offset()),
        timestamp_ms: message
            .timestamp()
            .to_millis()
            .filter(|timestamp_ms| *timestamp_ms > 0),
        value: message.payload().unwrap_or_default().to_vec(),
    }
}

impl<C: Clock + Clone> Log for KafkaLog<C> {
    fn poll(&mut self, budget: Budget, into: &mut Vec<Polled>) -> Result<(), LogError> {
        self.fencing.note_cut_off(self.clock.monotonic_ms());
        if self.is_fenced() {
            self.rejoin()?;
        }
        if !self.lost.is_empty() {
            into.push(Polled::Revoked(std::mem::take(&mut self.lost)));
        }
        if self.rewound {
            self.rewound = false;
            let rewound = self.restart_at.iter().map(|(partition, position)| Rewound {
                partition: *partition,
                position: *position,
                end: self
                    .ends
                    .get(partition)
                    .copied()
                    .unwrap_or_default()
                    .max(*position),
            });
            into.push(Polled::Rewound(rewound.collect()));
        }
        let mut deadline_ms = self.clock.monotonic_ms() + budget.idle_ms;
        let (mut records, mut bytes, mut wait_ms) = (0, 0, 0);
        while records < budget.max_records && bytes < budget.max_bytes {
            let polled = self.consumer.poll(Duration::from_millis(wait_ms));
            // An owned copy ends the borrow of the consumer.
            let polled = polled.map(|polled| polled.map(|message| own(&message)));
            // Callbacks are served inside the poll, before what it returns. A poll that served one
            // may return nothing although records wait, and a hold must not run out before they
            // are read.
            let served = self.consumer.context().was_served();
            self.drain_notices(into)?;
            wait_ms = 0;
            match polled {
                Some(Ok(record)) => {
                    if records == 0 {
                        let linger_ms = self.clock.monotonic_ms() + budget.linger_ms;
                        deadline_ms = deadline_ms.min(linger_ms);
                    }
                    records += 1;
                    bytes += record.value.len();
                    into.push(Polled::Record(record));
                }
                // The next poll takes the place back.
                Some(Err(_)) if self.is_fenced() => break,
                Some(Err(error)) => self.consumer_error(&error, into)?,
                None => {
                    wait_ms = deadline_ms.saturating_sub(self.clock.monotonic_ms());
                    if wait_ms == 0 && !served {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    fn commit(&mut self, output: &Output) -> Result<(), LogError> {
        let Some(group) = &self.group else {
            let text = "the partitions are no longer this process's";
            return Err(LogError::Aborted(text.into()));
        };
        let group = self.home.is_none().then_some(group);
        let committed =
            self.transactions
                .commit(output, &self.config.topics.logins, group, &mut self.fencing);
        match committed {
            Ok(()) if self.home.is_some() => self.commit_apart(&output.offsets),
            Ok(()) => {}
            Err(Uncommitted::Log(error)) => return Err(error),
            Err(Uncommitted::Unknown(reason)) => self.find_out(output, reason)?,
        }
        for (partition, offset) in &output.offsets {
            if let Some(restart_at) = self.restart_at.get_mut(partition) {
                *restart_at = *offset;
            }
        }
        Ok(())
    }

    fn rewind(&mut self) -> Result<(), LogError> {
        if !self.restart_at.is_empty() {
            self.seek(&self.restart_at.clone())?;
            // The queues are empty again, so nobody would ask for them to be resumed.
            self.resume_all()?;
        }
        self.rewound = true;
        Ok(())
    }

    fn start_at(&mut self, partition: Partition, offset: Offset) -> Result<(), LogError> {
        self.restart_at.insert(partition, offset);
        self.seek(&BTreeMap::from([(partition, offset)]))
    }

    fn set_paused(&mut self, partitions: &[Partition], paused: bool) -> Result<(), LogError> {
        self.moved_ms = self.clock.monotonic_ms();
        let list = client::partitions_of(self.topic(), partitions);
        let set = if paused {
            self.paused.extend(partitions);
            self.consumer.pause(&list)
        } else {
            self.paused
                .retain(|partition| !partitions.contains(partition));
            self.consumer.resume(&list)
        };
        set.map_err(|error| client::log_error(&error, &self.config))
    }

    fn read_beside(&mut self, side: SideTopic, ranges: &[OffsetRange]) -> Result<(), LogError> {
        self.sides.read(&self.config, side, ranges)
    }

    fn poll_beside(&mut self, full: &[Partition], into: &mut SideBatch) -> Result<(), LogError> {
        self.sides.poll(full, into)
    }

    fn follow_others(
        &mut self,
        owned: &[Partition],
        afresh: &[Partition],
    ) -> Result<usize, LogError> {
        let written = |partition| self.transactions.profiles_end(partition);
        let others = (0..self.profiles_partitions.unwrap_or(0))
            .map(Partition)
            .filter(|partition| !owned.contains(partition))
            .map(|partition| (partition, written(partition)))
            .collect();
        self.sides.follow_others(&self.config, others, afresh)
    }

    fn poll_others(&mut self, into: &mut SideBatch) -> Result<(), LogError> {
        self.sides.poll_others(into)
    }

    fn follow_feedback(&mut self, from: Offset) -> Result<(), LogError> {
        self.sides.follow_feedback(&self.config, from)
    }

    fn poll_feedback(&mut self, into: &mut Vec<FeedbackRow>) -> Result<(), LogError> {
        self.sides.poll_feedback(into)
    }
}
