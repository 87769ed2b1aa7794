//! Brings one receiver what it is to be told: reads, sends, keeps how far it stands.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::porter::Porter;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::health::Health;
use crate::kafka::{Publisher, Stop, Telling, Tellings};
use crate::log::{LogError, Reason};
use crate::login::timestamp;
use crate::notify::{
    Next, Notice, NotifyMetrics, Outbox, Outcome, Patience, Read, Receiver, SendError,
};
use crate::recent::RecentIncident;

/// How long a poll waits for a record.
const WAIT: Duration = Duration::from_millis(100);
/// Between two looks at whether what is under way has come back.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How far the receiver stands is kept at once where something was sent, else this often.
const KEEP_EVERY_MS: u64 = 1_000;
const AFTER_ERROR_MS: u64 = 5_000;
/// What is under way at a stop may take so long.
const AT_THE_END: Duration = Duration::from_secs(5);
/// Refusals in a row that may be the notices' fault.
const MOST_REFUSED: u32 = 3;
/// How long the brokers may take for what is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// A record of the topic of undelivered notices.
#[derive(Serialize)]
struct Undelivered<'a> {
    receiver: &'a str,
    id: String,
    reason: String,
    given_up_at: String,
    incidents: Vec<&'a RecentIncident>,
}

pub(super) struct Courier {
    config: Config,
    receiver: Receiver,
    metrics: NotifyMetrics,
    porter: Porter,
    /// What is to be sent next, until it is done: the same at each try.
    current: Option<Notice>,
    outbox: Outbox,
    patience: Patience,
    tellings: Tellings,
    /// Made when something is given up.
    publisher: Option<Publisher>,
    /// Before this nothing is tried again.
    again_ms: u64,
    /// Since when it takes nothing.
    failing_since_ms: Option<i64>,
    /// How far it stands is not kept yet, and is due to be.
    is_unkept: bool,
    keep_at_ms: u64,
    /// Notices in a row that it said it will never take.
    refused: u32,
}

impl Courier {
    pub fn start(
        config: &Config,
        receiver: &Receiver,
        metrics: NotifyMetrics,
        health: Health,
    ) -> Result<Self, LogError> {
        let mut config = config.clone();
        config.kafka.group = format!("{}-notify-{}", config.kafka.group, receiver.name);
        Ok(Self {
            tellings: Tellings::start(&config, health)?,
            config,
            porter: Porter::new(&receiver.channel),
            current: None,
            outbox: Outbox::new(receiver.schedule.clone()),
            patience: Patience::new(receiver.retry),
            receiver: receiver.clone(),
            metrics,
            publisher: None,
            again_ms: 0,
            failing_since_ms: None,
            is_unkept: false,
            keep_at_ms: 0,
            refused: 0,
        })
    }

    /// Goes on until it is to stop, or cannot.
    pub fn run(&mut self, stop: &Stop) -> Result<(), LogError> {
        while !stop.is_requested() {
            self.choose();
            // Nobody waits for records while there is something to send.
            self.read(if self.is_busy() { Duration::ZERO } else { WAIT })?;
            self.deliver(LOOK_EVERY)?;
            self.keep();
            self.tell();
        }
        // What is under way may still arrive; else it is told again by who comes next.
        if self.porter.is_under_way() {
            self.deliver(AT_THE_END)?;
        }
        self.keep_at_ms = 0;
        self.keep();
        Ok(())
    }

    /// Finds what is to be sent next.
    fn choose(&mut self) {
        if self.current.is_none() && !self.porter.is_under_way() {
            self.current = self.outbox.due(SystemClock.now_ms());
        }
    }

    fn may_set_out(&self) -> bool {
        self.current.is_some() && SystemClock.monotonic_ms() >= self.again_ms
    }

    fn is_busy(&self) -> bool {
        self.porter.is_under_way() || self.may_set_out()
    }

    fn read(&mut self, within: Duration) -> Result<(), LogError> {
        self.tellings.set_paused(self.outbox.is_full())?;
        let (partition, offset, at_ms, json) = match self.tellings.next(within) {
            Ok(Some(Telling::Record {
                partition,
                offset,
                at_ms,
                json,
            })) => (partition, offset, at_ms, json),
            Ok(Some(Telling::Assigned(standings))) => {
                self.outbox.assign(&standings);
                // It may be another process's now.
                self.current = None;
                return Ok(());
            }
            Ok(None) => return Ok(()),
            Err(LogError::Unavailable(reason)) => {
                tracing::warn!(receiver = self.receiver.name, %reason, "no broker answers");
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.is_unkept = true;
        let Some(json) = json else {
            self.outbox.skip(partition, offset);
            return Ok(());
        };
        let name = self.receiver.name.as_str();
        match serde_json::from_slice::<RecentIncident>(&json) {
            Ok(incident) if self.receiver.filter.passes(&incident) => self.outbox.take(Read {
                partition,
                offset,
                at_ms,
                incident: Arc::new(incident),
            }),
            Ok(_) => {
                self.metrics.count(name, Outcome::Filtered);
                self.outbox.skip(partition, offset);
            }
            Err(error) => {
                tracing::warn!(receiver = name, %partition, %offset, %error, "no incident: nobody is told");
                self.metrics.count(name, Outcome::Unreadable);
                self.outbox.skip(partition, offset);
            }
        }
        Ok(())
    }

    fn deliver(&mut self, within: Duration) -> Result<(), LogError> {
        if self.porter.is_under_way() {
            return match self.porter.wait(within) {
                Some(sent) => self.came_back(sent),
                None => Ok(()),
            };
        }
        if !self.may_set_out() {
            return Ok(());
        }
        if let Some(notice) = &self.current {
            let set_out = self.porter.set_out(notice);
            set_out.map_err(|error| LogError::Fatal(Reason::new(error.to_string(), error)))?;
        }
        Ok(())
    }

    fn came_back(&mut self, sent: Result<(), SendError>) -> Result<(), LogError> {
        // It is another process's by now.
        let Some(notice) = self.current.take() else {
            return Ok(());
        };
        let now_ms = SystemClock.now_ms();
        let name = self.receiver.name.as_str();
        let is_done = match sent {
            Ok(()) => {
                if self.failing_since_ms.take().is_some() {
                    tracing::info!(receiver = name, "it takes what it is sent again");
                }
                self.patience.arrived();
                self.refused = 0;
                self.metrics.count(name, Outcome::Sent);
                tracing::debug!(receiver = name, id = notice.key(), "told");
                true
            }
            Err(error) => self.failed(&notice, error, now_ms),
        };
        if !is_done {
            self.current = Some(notice);
            return Ok(());
        }
        self.outbox.done(&notice);
        (self.is_unkept, self.keep_at_ms) = (true, 0);
        Ok(())
    }

    /// A notice did not arrive; whether it is done with.
    fn failed(&mut self, notice: &Notice, error: SendError, now_ms: i64) -> bool {
        // Who refuses one after the other does not take what it is sent, whatever it says of each.
        let error = match error {
            SendError::Refused(text) if self.refused >= MOST_REFUSED => {
                SendError::Later { text, after: None }
            }
            error => error,
        };
        if let SendError::Later { .. } = error {
            self.failing_since_ms.get_or_insert(now_ms);
        }
        let since_ms = self.failing_since_ms.unwrap_or(now_ms);
        let due_since_ms = since_ms.max(notice.first_read().at_ms);
        let due_for = Duration::from_millis(now_ms.saturating_sub(due_since_ms).unsigned_abs());
        let name = self.receiver.name.clone();
        match self.patience.next(&error, due_for) {
            Next::TryAgainAfter(after) => {
                let (again_in_s, times) = (after.as_secs(), self.patience.failed());
                tracing::warn!(receiver = name, id = notice.key(), %error, times, again_in_s, "not taken");
                self.metrics.count(&name, Outcome::Failed);
                self.wait(after);
                false
            }
            Next::GiveUp => match self.keep_undelivered(notice, &error, now_ms) {
                Ok(()) => {
                    let topic = &self.config.topics.undelivered;
                    tracing::error!(receiver = name, id = notice.key(), %error, topic, "given up");
                    self.metrics.count(&name, Outcome::GivenUp);
                    self.refused += u32::from(matches!(error, SendError::Refused(_)));
                    true
                }
                Err(error) => {
                    tracing::warn!(receiver = name, %error, "what is given up cannot be kept yet");
                    self.publisher = None;
                    self.wait(PATIENCE);
                    false
                }
            },
        }
    }

    fn wait(&mut self, after: Duration) {
        let after_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        self.again_ms = SystemClock.monotonic_ms().saturating_add(after_ms);
    }

    fn keep_undelivered(
        &mut self,
        notice: &Notice,
        error: &SendError,
        now_ms: i64,
    ) -> Result<(), LogError> {
        let record = Undelivered {
            receiver: &self.receiver.name,
            id: notice.key(),
            reason: error.to_string(),
            given_up_at: timestamp::to_text(now_ms),
            incidents: notice.incidents().collect(),
        };
        let json = serde_json::to_vec(&record)
            .map_err(|error| LogError::Fatal(error.to_string().into()))?;
        let publisher = match self.publisher.take() {
            Some(publisher) => publisher,
            None => Publisher::start(&self.config)?,
        };
        publisher.send_to(&self.config.topics.undelivered, &self.receiver.name, &json)?;
        publisher.finish_within(PATIENCE)?;
        self.publisher = Some(publisher);
        Ok(())
    }

    /// Keeps how far the receiver stands. What cannot be kept now is kept later, with what comes.
    fn keep(&mut self) {
        let now_ms = SystemClock.monotonic_ms();
        if !self.is_unkept || now_ms < self.keep_at_ms {
            return;
        }
        match self.tellings.commit(&self.outbox.standings()) {
            Ok(()) => {
                (self.is_unkept, self.keep_at_ms) = (false, now_ms + KEEP_EVERY_MS);
            }
            Err(error) => {
                self.keep_at_ms = now_ms + AFTER_ERROR_MS;
                let receiver = self.receiver.name.as_str();
                tracing::warn!(receiver, %error, "how far it stands cannot be kept yet; it may be told twice");
            }
        }
    }

    fn tell(&self) {
        let oldest_ms = self.outbox.oldest_ms();
        let oldest_s = oldest_ms.map_or(0, |at_ms| (SystemClock.now_ms() - at_ms).max(0) / 1_000);
        let is_failing = self.failing_since_ms.is_some();
        let name = self.receiver.name.as_str();
        self.metrics
            .set(name, self.outbox.len(), oldest_s, is_failing);
    }
}
