//! From the publishing of a login to its alert, as a reader of committed messages sees it:
//!
//! ```text
//! cargo run --release --example latency -- EVENTS_PER_SECOND SECONDS
//! ```
//!
//! Brokers and topics are those of the configuration (`NIGHTLATCH__KAFKA__BROKERS` and so on), and
//! have to be empty; `nightlatch run` runs beside it. Prints JSON; only flagged logins are
//! measured.

#![allow(clippy::print_stdout)]

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

use anyhow::Context;
use nightlatch::clock::{Clock, SystemClock};
use nightlatch::config::Config;
use nightlatch::kafka::{OutputReader, Publisher, ReadOutput};
use nightlatch::simulate::{Options, World};
use serde::Deserialize;

/// What is published in the first milliseconds waits for processes to wake up.
const WARM_UP_MS: u64 = 3_000;
/// How long the last alerts may take.
const SETTLE: Duration = Duration::from_secs(3);
/// Logins of one simulated user, roughly.
const LOGINS_PER_USER: u64 = 57;

#[derive(Deserialize)]
struct ReadAlert {
    event_id: String,
}

/// Publishes a world at a rate, and gives when each login went out (ns).
fn publish(publisher: &Publisher, rate: u64, seconds: u64) -> anyhow::Result<HashMap<String, u64>> {
    let count = rate * seconds;
    let world = World::new(Options {
        users: (count / LOGINS_PER_USER).max(100) as u32,
        ..Options::default()
    });
    let start_ns = SystemClock.monotonic_ns();
    let mut sent = HashMap::new();
    for (number, event) in (0..count).zip(world) {
        let due_ns = start_ns + number * 1_000_000_000 / rate;
        let wait_ns = due_ns.saturating_sub(SystemClock.monotonic_ns());
        if wait_ns > 0 {
            sleep(Duration::from_nanos(wait_ns));
        }
        let id = event.event_id.as_deref().context("a login without an id")?;
        sent.insert(id.to_owned(), SystemClock.monotonic_ns());
        publisher.send(&event)?;
    }
    publisher.finish()?;
    Ok(sent)
}

/// Reads alerts until told to stop, and gives when each came (ns).
fn receive(reader: &OutputReader, stop: &AtomicBool) -> Vec<(String, u64)> {
    let mut received = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let Some(ReadOutput::Alert(alert)) = reader.next(Duration::from_millis(100)) else {
            continue;
        };
        let now_ns = SystemClock.monotonic_ns();
        if let Ok(alert) = serde_json::from_slice::<ReadAlert>(&alert) {
            received.push((alert.event_id, now_ns));
        }
    }
    received
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |what: &'static str| -> anyhow::Result<u64> {
        let text = arguments.next().context("usage: latency RATE SECONDS")?;
        text.parse().context(what)
    };
    let (rate, seconds) = (number("RATE is a number")?, number("SECONDS is a number")?);
    let config = Config::load(&[], &[]).map_err(|problems| anyhow::anyhow!("{problems}"))?;
    let publisher = Publisher::start(&config)?;
    let reader = OutputReader::start(&config)?;
    let stop = AtomicBool::new(false);
    let begin_ns = SystemClock.monotonic_ns();
    let (sent, received) = scope(|threads| {
        let receiver = threads.spawn(|| receive(&reader, &stop));
        let sent = publish(&publisher, rate, seconds);
        sleep(SETTLE);
        stop.store(true, Ordering::Relaxed);
        (sent, receiver.join())
    });
    let (sent, received) = (
        sent?,
        received.map_err(|_| anyhow::anyhow!("the reader panicked"))?,
    );
    let measured_from_ns = begin_ns + WARM_UP_MS * 1_000_000;
    let mut delays_ms: Vec<f64> = received
        .iter()
        .filter_map(|(id, came_ns)| {
            let went_ns = sent.get(id).filter(|ns| **ns >= measured_from_ns)?;
            Some(came_ns.saturating_sub(*went_ns) as f64 / 1e6)
        })
        .collect();
    anyhow::ensure!(!delays_ms.is_empty(), "no alert came; does nightlatch run?");
    delays_ms.sort_by(f64::total_cmp);
    let at = |share: f64| delays_ms[((delays_ms.len() - 1) as f64 * share).round() as usize];
    let last_ns = sent.values().max().copied().unwrap_or(begin_ns);
    let achieved = sent.len() as f64 / ((last_ns - begin_ns) as f64 / 1e9);
    println!(
        "{}",
        serde_json::json!({
            "published": sent.len(), "rate": achieved.round(), "alerts": delays_ms.len(),
            "p50_ms": at(0.5), "p90_ms": at(0.9), "p99_ms": at(0.99), "max_ms": at(1.0),
        })
    );
    Ok(())
}
