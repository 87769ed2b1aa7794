//! The member of the group: how it joins, how it loses its place, and how it takes it back.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode as Code;

use super::KafkaLog;
use crate::clock::Clock;
use crate::config::{Config, Start};
use crate::health::Health;
use crate::kafka::client;
use crate::kafka::fencing::{CutOff, Fenced};
use crate::kafka::notices::Context;
use crate::kafka::place;
use crate::log::LogError;

/// Between two looks at whether to stop, while a place is taken back.
const LOOK_FOR_STOP_EVERY: Duration = Duration::from_millis(50);

/// The settings of a member of the group.
pub(super) fn member(config: &Config) -> ClientConfig {
    let mut client = client::reading(config, &place::client_id(config));
    let reset = match config.kafka.start {
        Start::Earliest => "earliest",
        Start::Latest => "latest",
    };
    client
        .set("group.instance.id", &config.instance)
        .set("partition.assignment.strategy", "range")
        .set("auto.offset.reset", reset)
        // A process that died is replaced after this time; one that restarts sooner keeps its
        // partitions.
        .set("session.timeout.ms", "15000")
        .set("heartbeat.interval.ms", place::HEARTBEAT_MS)
        // What is fetched ahead is bounded, with all partitions together.
        .set("queued.max.messages.kbytes", "65536")
        .set("statistics.interval.ms", "1000");
    client::with_options(client, &config.kafka)
}

pub(super) fn consumer(
    config: &Config,
    health: &Health,
    cut_off: &CutOff,
) -> Result<BaseConsumer<Context>, LogError> {
    let context = Context::new(config, health.clone(), cut_off.clone());
    BaseConsumer::from_config_and_context(&member(config), context)
        .map_err(|error| client::settings_refused("consumer", &error))
}

pub(super) fn subscribe(consumer: &BaseConsumer<Context>, config: &Config) -> Result<(), LogError> {
    consumer
        .subscribe(&[&config.topics.logins])
        .map_err(|error| client::log_error(&error, config))
}

impl<C: Clock + Clone> KafkaLog<C> {
    /// Whether the group has, or seems to have, another member of this name.
    pub(super) fn is_fenced(&self) -> bool {
        let fatal = self.consumer.client().fatal_error();
        matches!(fatal, Some((Code::FencedInstanceId, _)))
    }

    /// Takes the place in the group back with a new consumer, unless a rival shows itself.
    pub(super) fn rejoin(&mut self) -> Result<(), LogError> {
        let now_ms = self.clock.monotonic_ms();
        let Fenced::TakeBackAfter(delay) = self.fencing.fenced(now_ms) else {
            return Err(place::taken(
                &self.config,
                ", and takes its place again and again",
            ));
        };
        tracing::warn!(
            instance = self.config.instance,
            "the group says that another process has this instance's place, as a broker does that was killed; taking it back"
        );
        self.give_up();
        while self.clock.monotonic_ms() - now_ms < delay.as_millis() as u64
            && !self.stop.is_requested()
        {
            self.clock.sleep(LOOK_FOR_STOP_EVERY);
        }
        self.join_again()
    }

    /// Begins anew as another start of this process would: nothing that is remembered counts.
    pub(super) fn begin_again(&mut self) -> Result<(), LogError> {
        self.transactions.forget_ends();
        self.give_up();
        self.join_again()
    }

    fn give_up(&mut self) {
        self.group = None;
        self.health.set_joined(false);
        let lost = std::mem::take(&mut self.restart_at);
        self.lost.extend(lost.into_keys());
    }

    fn join_again(&mut self) -> Result<(), LogError> {
        // The old one is gone before the new one joins.
        self.consumer = consumer(&self.config, &self.health, &self.cut_off)?;
        self.paused.clear();
        self.rewound = false;
        self.moved_ms = self.clock.monotonic_ms();
        subscribe(&self.consumer, &self.config)
    }
}
