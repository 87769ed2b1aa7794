//! The demo's identity provider: first a company's history as fast as it is read, then what happens
//! from then on, at a rate.

use std::collections::HashMap;
use std::thread::JoinHandle;
use std::time::Duration;

use super::watch::SETTLE_MS;
use crate::cli::simulate::pace;
use crate::cli::{DemoArgs, Failure, note};
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
pub(super) fn company(args: &DemoArgs) -> Options {
    let live = u64::from(args.seconds) * u64::from(args.rate);
    let all = live * u64::from(HISTORY_DAYS + LIVE_DAYS) / u64::from(LIVE_DAYS);
    Options {
        seed: args.seed,
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
    /// Events after the history, and how many of them a second.
    pub most: u64,
    pub rate: u32,
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
        for event in world.take(usize::try_from(self.most).unwrap_or(usize::MAX)) {
            if self.stop.is_requested() {
                break;
            }
            if let (Some(true), Some(id)) = (event.truth.label, &event.event_id) {
                let campaign = event.truth.campaign.as_deref().unwrap_or_default();
                truth.attacks.insert(id.to_string(), campaign.to_owned());
            }
            truth.live += 1;
            self.send(&event, truth)?;
            pace(truth.live, self.rate, live_ms);
        }
        self.publisher.finish()?;
        truth.live_ms = SystemClock.monotonic_ms() - live_ms;
        Ok(())
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
