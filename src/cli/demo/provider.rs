//! The demo's identity provider: first a company's history as fast as it is read, then what happens
//! from then on, at a rate.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::Length;
use super::attack::Victims;
use super::watch::SETTLE_MS;
use crate::cli::simulate::pace;
use crate::cli::{Failure, note};
use crate::clock::{Clock, SystemClock};
use crate::kafka::{Publisher, Stop};
use crate::login::Event;
use crate::pipeline::PipelineMetrics;
use crate::simulate::{Options, World};

/// However short the demo, the company is no smaller.
const LEAST_USERS: u64 = 50;
/// How far the identity provider may be ahead of the detector: the embedded broker keeps 5 MiB a
/// partition.
const MOST_AHEAD: u64 = 20_000;
/// How much of the company's past is there at the start, and how much happens in the demo.
const HISTORY_DAYS: u32 = 30;
const LIVE_DAYS: u32 = 15;
const DAY_MS: i64 = 86_400_000;
/// Between two looks for attacks that were asked for, once the company's days are over.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What the simulator knows of the events it sent.
#[derive(Default)]
pub(super) struct DemoTruth {
    /// Attack events with their campaigns, without those of the history.
    pub attacks: HashMap<String, String>,
    /// Logins of the history, and how long it took to read them.
    pub history: u64,
    pub history_ms: u64,
    /// Logins after it.
    pub live: u64,
    pub live_ms: u64,
}

impl DemoTruth {
    fn published(&self) -> u64 {
        self.history + self.live
    }
}

/// The company of a demo: it lives through so many events after its history.
pub(super) fn company(length: Length, seed: u64) -> Options {
    let all = length.logins() * u64::from(HISTORY_DAYS + LIVE_DAYS) / u64::from(LIVE_DAYS);
    Options {
        seed,
        ..Options::of_about(all, HISTORY_DAYS + LIVE_DAYS, LEAST_USERS)
    }
}

/// The first moment after a company's history.
pub(super) fn live_since_ms(company: &Options) -> i64 {
    company.start_ms + i64::from(HISTORY_DAYS) * DAY_MS
}

/// The identity provider of a demo.
pub(super) struct Provider {
    pub company: Options,
    pub length: Length,
    /// Attacks that somebody has asked for.
    pub attacks: Arc<AtomicU32>,
    pub publisher: Publisher,
    pub metrics: PipelineMetrics,
    pub stop: Stop,
    pub grace_ms: u64,
}

impl Provider {
    /// Publishes the world, waits for the detector and asks it to stop.
    pub fn spawn(self) -> JoinHandle<Result<DemoTruth, Failure>> {
        std::thread::spawn(move || {
            let mut truth = DemoTruth::default();
            let published = self.publish(&mut truth);
            self.await_detector(truth.published());
            self.stop.request(self.grace_ms);
            published.map(|()| truth)
        })
    }

    fn publish(&self, truth: &mut DemoTruth) -> Result<(), Failure> {
        let live_since_ms = live_since_ms(&self.company);
        let mut world = World::new(self.company.clone()).peekable();
        let start_ms = SystemClock.monotonic_ms();
        while let Some(event) = world.next_if(|event| event.time_ms < live_since_ms) {
            if self.stop.is_requested() {
                break;
            }
            truth.history += 1;
            self.send(&event, truth)?;
        }
        self.publisher.finish()?;
        self.await_detector(truth.history);
        if self.stop.is_requested() {
            return Ok(());
        }
        let live_ms = SystemClock.monotonic_ms();
        truth.history_ms = live_ms - start_ms;
        note(format_args!(
            "history: {} logins of {HISTORY_DAYS} days read in {:.1} s, their alerts withheld; now \
             it is live\n",
            truth.history,
            truth.history_ms as f64 / 1000.0
        ));
        let (mut victims, mut last_ms) = (Victims::default(), live_since_ms);
        for event in world.take(usize::try_from(self.length.logins()).unwrap_or(usize::MAX)) {
            if self.stop.is_requested() {
                break;
            }
            last_ms = event.time_ms;
            victims.note(&event);
            self.send_live(&event, truth)?;
            self.attack(&mut victims, last_ms, truth)?;
            pace(truth.live, self.length.rate, live_ms);
        }
        self.publisher.finish()?;
        truth.live_ms = SystemClock.monotonic_ms() - live_ms;
        if self.length.stays && !self.stop.is_requested() {
            note("the company's days are over; the page stays until Ctrl-C");
        }
        while self.length.stays && !self.stop.is_requested() {
            std::thread::sleep(LOOK_EVERY);
            last_ms += LOOK_EVERY.as_millis() as i64;
            self.attack(&mut victims, last_ms, truth)?;
        }
        Ok(())
    }

    /// Sends the attacks that somebody has asked for.
    fn attack(
        &self,
        victims: &mut Victims,
        begins_ms: i64,
        truth: &mut DemoTruth,
    ) -> Result<(), Failure> {
        for _ in 0..self.attacks.swap(0, Ordering::Relaxed) {
            for event in victims.attack(begins_ms) {
                self.send_live(&event, truth)?;
            }
        }
        Ok(())
    }

    fn send_live(&self, event: &Event<'_>, truth: &mut DemoTruth) -> Result<(), Failure> {
        if let (Some(true), Some(id)) = (event.truth.label, &event.event_id) {
            let campaign = event.truth.campaign.as_deref().unwrap_or_default();
            truth.attacks.insert(id.to_string(), campaign.to_owned());
        }
        truth.live += 1;
        self.send(event, truth)
    }

    fn send(&self, event: &Event<'_>, truth: &DemoTruth) -> Result<(), Failure> {
        self.publisher.send(event)?;
        while truth.published() - self.metrics.logins.get() > MOST_AHEAD
            && !self.stop.is_requested()
        {
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Waits until the detector has read so many logins.
    fn await_detector(&self, logins: u64) {
        let since_ms = SystemClock.monotonic_ms();
        while self.metrics.logins.get() < logins
            && !self.stop.is_requested()
            && SystemClock.monotonic_ms() - since_ms < SETTLE_MS
        {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
