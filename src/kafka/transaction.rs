//! One transaction: alerts, rejected events, profiles or moved logins, and the offsets that caused
//! them.

use std::time::Duration;

use rdkafka::error::RDKafkaErrorCode as Code;

use super::client::{self, Reaction, reaction};
use super::fencing::{CutOff, Fenced, Fencing};
use super::place;
use super::producer::{CallError, KafkaProducer, ProfilesEnds, TransactionalProducer};
use super::record::{self, Outgoing};
use super::stop::Stop;
use crate::clock::Clock;
use crate::config::Config;
use crate::health::Health;
use crate::log::LogError;
use crate::log::{Output, Reason};
use crate::login::{Offset, Partition};

/// Between two looks at what is still on its way.
const LOOK_EVERY: Duration = Duration::from_micros(200);
/// How long the message that ends a transaction left open may take.
const LEFT_OPEN_PATIENCE_MS: u64 = 3_000;
const RETRY_AFTER: Duration = Duration::from_millis(20);

/// Makes a producer in place of one that was ended.
type Begin<P> = Box<dyn Fn() -> Result<P, LogError> + Send>;

/// The transactions of this instance.
pub(super) struct Transactions<P, C> {
    producer: P,
    begin: Begin<P>,
    config: Config,
    profiles_ends: ProfilesEnds,
    clock: C,
    stop: Stop,
}

impl<C: Clock> Transactions<KafkaProducer, C> {
    /// Takes the place of any earlier process of the same instance name.
    pub(super) fn start(
        config: &Config,
        health: Health,
        cut_off: CutOff,
        clock: C,
        stop: Stop,
    ) -> Result<Self, LogError> {
        let profiles_ends = ProfilesEnds::default();
        let begin: Begin<KafkaProducer> = {
            let (config, ends) = (config.clone(), ProfilesEnds::clone(&profiles_ends));
            Box::new(move || KafkaProducer::start(&config, &health, &cut_off, &ends))
        };
        Ok(Self {
            producer: begin()?,
            begin,
            config: config.clone(),
            profiles_ends,
            clock,
            stop,
        })
    }
}

impl<P: TransactionalProducer, C: Clock> Transactions<P, C> {
    /// Where the profiles of a partition end if nobody but this producer wrote to them since it
    /// last did.
    pub(super) fn profiles_end(&self, partition: Partition) -> Option<Offset> {
        self.profiles_ends.lock().ok()?.get(&partition).copied()
    }

    /// Learns where the profiles of a partition end, whoever wrote them.
    pub(super) fn know_end(&self, partition: Partition, end: Offset) {
        if let Ok(mut ends) = self.profiles_ends.lock() {
            ends.insert(partition, end);
        }
    }

    /// Forgets where profiles end: what is there is to be read again.
    pub(super) fn forget_ends(&self) {
        if let Ok(mut ends) = self.profiles_ends.lock() {
            ends.clear();
        }
    }

    /// Makes an output visible, all of it or nothing; with the offsets, where a group keeps them here.
    pub(super) fn commit(
        &mut self,
        output: &Output,
        topic: &str,
        group: Option<&P::Group>,
        fencing: &mut Fencing,
    ) -> Result<(), Uncommitted> {
        let Err(failed) = self.try_commit(output, topic, group) else {
            return Ok(());
        };
        let given_up = match &failed {
            Failed::Abort(_) => self.abort(),
            Failed::Undelivered(_) => self.begin_again().map_err(Failed::Ended),
            Failed::ProducerEnded(_) | Failed::Ended(_) => Ok(()),
        };
        match given_up.err().unwrap_or(failed) {
            Failed::ProducerEnded(reason) => {
                self.renew(&reason, fencing)?;
                Err(Uncommitted::Unknown(reason))
            }
            Failed::Abort(reason) | Failed::Undelivered(reason) => {
                Err(LogError::Aborted(reason.into()).into())
            }
            Failed::Ended(error) => {
                if matches!(error, LogError::Configuration(_)) {
                    self.leave();
                }
                Err(error.into())
            }
        }
    }

    /// Ends what an earlier transaction of this instance left open on its partitions and offsets. A
    /// broker that comes back late may take a message after it has ended the transaction that the
    /// message was of; it then stays open until the same producer ends another one there.
    pub(super) fn end_left_open(
        &self,
        logins: &str,
        partitions: &[Partition],
        group: Option<&P::Group>,
    ) {
        if let Err(error) = self.try_end_left_open(logins, partitions, group) {
            tracing::debug!(%error, "what an earlier transaction left open is not ended yet");
        }
        self.leave();
    }

    fn try_end_left_open(
        &self,
        logins: &str,
        partitions: &[Partition],
        group: Option<&P::Group>,
    ) -> Result<(), CallError> {
        self.producer.begin()?;
        for partition in partitions {
            let profiles = &self.config.topics.profiles;
            self.producer
                .send(&Outgoing::unseen(profiles, *partition))?;
        }
        let give_up_ms = self.clock.monotonic_ms() + LEFT_OPEN_PATIENCE_MS;
        while self.producer.in_flight() > 0 && self.clock.monotonic_ms() < give_up_ms {
            self.clock.sleep(LOOK_EVERY);
        }
        let Some(group) = group else { return Ok(()) };
        // They are never committed.
        let offsets = partitions
            .iter()
            .map(|partition| (*partition, Offset::ZERO));
        self.producer
            .send_offsets(logins, &offsets.collect(), group)
    }

    /// Aborts what there is, in one try: who waits for it need not wait until the broker does.
    fn leave(&self) {
        self.drop_messages();
        if let Err(error) = self.producer.abort() {
            tracing::debug!(%error, "the transaction is left to the broker");
        }
    }

    /// The broker ended this producer: it was cut off for longer than a transaction may last, or
    /// another process took its name. The first is mended by a new one; the second shows again, and
    /// soon.
    fn renew(&mut self, reason: &str, fencing: &mut Fencing) -> Result<(), LogError> {
        let Fenced::TakeBackAfter(delay) = fencing.fenced(self.clock.monotonic_ms()) else {
            return Err(place::taken(
                &self.config,
                ", and ends this one's transactions",
            ));
        };
        tracing::warn!(
            reason,
            "the producer was put out of its place; beginning again"
        );
        self.clock.sleep(delay);
        self.begin_again()?;
        fencing.placed(self.clock.monotonic_ms());
        Ok(())
    }

    /// Puts a new producer in the place of this one, whose transaction the broker aborts. Nothing of
    /// the old one is taken any more, as its epoch is over. A transaction that is only aborted leaves
    /// the epoch as it is: a message of it that a broker takes late, as one does that comes back,
    /// would be part of the next transaction, and stand in its topic twice (KIP-890).
    fn begin_again(&mut self) -> Result<(), LogError> {
        self.drop_messages();
        loop {
            match (self.begin)() {
                Ok(producer) => {
                    self.producer = producer;
                    return Ok(());
                }
                Err(LogError::Unavailable(reason)) => {
                    tracing::debug!(%reason, "a new producer, to be tried again");
                    self.check_overdue()?;
                    self.clock.sleep(RETRY_AFTER);
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn try_commit(
        &self,
        output: &Output,
        topic: &str,
        group: Option<&P::Group>,
    ) -> Result<(), Failed> {
        let begun = self.producer.begin();
        begun.map_err(|error| self.classify(&error))?;
        self.deliver(output, topic).map_err(Failed::undelivered)?;
        if let Some(group) = group {
            self.retry(|| self.producer.send_offsets(topic, &output.offsets, group))?;
        }
        self.retry(|| self.producer.commit())
    }

    fn deliver(&self, output: &Output, topic: &str) -> Result<(), Failed> {
        for record in record::of(output, &self.config.topics, topic) {
            self.send(&record)?;
        }
        self.await_delivery()
    }

    /// Queues a message; a full queue empties by itself.
    fn send(&self, record: &Outgoing<'_>) -> Result<(), Failed> {
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err(error) if error.code == Some(Code::QueueFull) => {
                    self.check_stop()?;
                    self.clock.sleep(LOOK_EVERY);
                }
                Err(error) => return Err(self.classify(&error)),
            }
        }
    }

    /// Waits until everything was delivered. `flush` would sleep up to 100 ms.
    fn await_delivery(&self) -> Result<(), Failed> {
        while self.producer.in_flight() > 0 {
            self.check_stop()?;
            self.clock.sleep(LOOK_EVERY);
        }
        let Some(undelivered) = self.producer.take_undelivered() else {
            return Ok(());
        };
        // A message of a transaction that may not happen is only said to be purged; the transaction
        // knows why, and cannot be committed any more.
        let cause = self.producer.commit().err().unwrap_or_else(|| CallError {
            code: Some(undelivered.code),
            retriable: false,
            text: undelivered.code.to_string(),
        });
        Err(match self.classify(&cause) {
            Failed::Ended(LogError::Configuration(reason)) => {
                let text = format!("cannot write to topic `{}`: {reason}", undelivered.topic);
                Failed::Ended(LogError::Configuration(Reason::new(text, cause)))
            }
            other => other,
        })
    }

    /// Calls until it succeeds or cannot.
    fn retry(&self, call: impl Fn() -> Result<(), CallError>) -> Result<(), Failed> {
        loop {
            match call() {
                Ok(()) => return Ok(()),
                Err(error) if error.retriable => {
                    tracing::debug!(%error, "transaction, to be tried again");
                    self.check_stop()?;
                    self.clock.sleep(RETRY_AFTER);
                }
                Err(error) => return Err(self.classify(&error)),
            }
        }
    }

    fn abort(&self) -> Result<(), Failed> {
        self.drop_messages();
        match self.retry(|| self.producer.abort()) {
            Err(Failed::Abort(reason)) => {
                let text = format!("a transaction cannot be aborted: {reason}");
                Err(Failed::Ended(LogError::Fatal(text.into())))
            }
            aborted => aborted,
        }
    }

    /// Gives up what is on its way; the next transaction is not told of it.
    fn drop_messages(&self) {
        self.producer.purge();
        while self.producer.in_flight() > 0 {
            self.clock.sleep(LOOK_EVERY);
        }
        self.producer.take_undelivered();
    }

    fn classify(&self, error: &CallError) -> Failed {
        // librdkafka gives a producer up for good where its error is fatal; the broker may well
        // take another.
        let fatal = self.producer.fatal();
        let code = fatal.as_ref().map_or(error.code, |fatal| Some(fatal.0));
        let Some(code) = code else {
            return Failed::Abort(error.to_string());
        };
        let said = fatal.as_ref().map(|(_, reason)| format!(": {reason}"));
        let text = client::explain(code, &self.config) + &said.unwrap_or_default();
        match (code, reaction(code)) {
            // The group has, or seems to have, another member of this name: the consumer finds out.
            (Code::FencedInstanceId, _) if fatal.is_none() => Failed::Abort(text),
            // The process ends.
            (_, Reaction::Configure) => {
                Failed::Ended(LogError::Configuration(Reason::new(text, error.clone())))
            }
            (_, Reaction::Fenced) => Failed::ProducerEnded(text),
            _ if fatal.is_some() => Failed::ProducerEnded(text),
            _ => Failed::Abort(error.to_string()),
        }
    }

    /// A broker that is away must not keep a process from stopping: what is not committed is read
    /// again.
    fn check_stop(&self) -> Result<(), Failed> {
        self.check_overdue().map_err(Failed::Ended)
    }

    fn check_overdue(&self) -> Result<(), LogError> {
        if self.stop.is_overdue(&self.clock) {
            let text = "stopped before the last batch was committed, as no broker answered; it \
                        will be read again";
            return Err(LogError::Unavailable(text.into()));
        }
        Ok(())
    }
}

/// What became of a transaction that was not committed as it should.
#[derive(Debug)]
pub(super) enum Uncommitted {
    Log(LogError),
    /// It may have been committed or not.
    Unknown(String),
}

impl From<LogError> for Uncommitted {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

/// Why a transaction was not committed.
enum Failed {
    /// It has to be aborted, and its batch read again.
    Abort(String),
    /// The same, and a broker may yet take what was sent of it.
    Undelivered(String),
    /// The broker takes nothing from this producer any more.
    ProducerEnded(String),
    Ended(LogError),
}

impl Failed {
    fn undelivered(self) -> Self {
        match self {
            Self::Abort(reason) => Self::Undelivered(reason),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests;
