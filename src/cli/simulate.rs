//! `simulate`: a world as a file, or published as an identity provider would.

use std::path::Path;
use std::time::Duration;

use super::exit::Failure;
use super::progress::Progress;
use super::{SimulateArgs, configured, note};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::files::{FileError, Writer};
use crate::kafka::{self, Publisher};
use crate::simulate::{self as simulation, Options, World};

pub(super) fn run(args: &SimulateArgs) -> Result<(), Failure> {
    let options = simulation::Options {
        users: args.users,
        days: args.days,
        seed: args.seed,
        start_ms: args.start.unwrap_or(simulation::DEFAULT_START_MS),
        attack_share: args.attack_share,
        varied: args.varied,
        tenant: args.tenant.clone(),
    };
    let Some(output) = &args.output else {
        return publish(args, options);
    };
    match write(args, output, options) {
        Err(error) if error.is_closed_pipe() => Ok(()),
        written => Ok(written?),
    }
}

fn write(args: &SimulateArgs, output: &Path, options: Options) -> Result<(), FileError> {
    let mut writer = Writer::create(output, simulation::COLUMNS)?;
    let mut progress = Progress::new("days simulated", u64::from(args.days));
    let mut world = World::new(options);
    let (mut events, mut attacks) = (0u64, 0u64);
    while let Some(event) = world.next() {
        events += 1;
        attacks += u64::from(event.truth.label == Some(true));
        writer.write(simulation::row(&event))?;
        progress.set(u64::from(world.progress().0));
    }
    writer.finish()?;
    progress.finish();
    note(format_args!(
        "{events} events, {attacks} of them by attackers, written to {}",
        output.display()
    ));
    Ok(())
}

fn publish(args: &SimulateArgs, options: Options) -> Result<(), Failure> {
    let config = configured(&args.config)?;
    require_logins(&config)?;
    let publisher = Publisher::start(&config)?;
    let mut progress = Progress::new("days published", u64::from(args.days));
    let mut world = World::new(options);
    let (mut events, mut attacks) = (0u64, 0u64);
    let start_ms = SystemClock.monotonic_ms();
    while let Some(event) = world.next() {
        events += 1;
        attacks += u64::from(event.truth.label == Some(true));
        publisher.send(&event)?;
        progress.set(u64::from(world.progress().0));
        if let Some(rate) = args.rate {
            pace(events, rate, start_ms);
        }
    }
    publisher.finish()?;
    progress.finish();
    note(format_args!(
        "{events} events, {attacks} of them by attackers, published to `{}`",
        config.topics.logins
    ));
    Ok(())
}

fn require_logins(config: &Config) -> Result<(), Failure> {
    let existing = kafka::topics::existing(config)?;
    if existing.contains_key(&config.topics.logins) {
        return Ok(());
    }
    Err(Failure::configuration(format_args!(
        "topic `{}` does not exist on {}; make it with `nightlatch topics create`",
        config.topics.logins, config.kafka.brokers
    )))
}

/// Waits until the `count`-th event of a rate is due.
pub(super) fn pace(count: u64, rate: u32, start_ms: u64) {
    let due_ms = start_ms + count * 1000 / u64::from(rate.max(1));
    let now_ms = SystemClock.monotonic_ms();
    if due_ms > now_ms {
        std::thread::sleep(Duration::from_millis(due_ms - now_ms));
    }
}
