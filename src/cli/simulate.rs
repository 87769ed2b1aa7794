//! `simulate`: a world as a file, or published as an identity provider would.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::exit::{Code, Failure};
use super::progress::Progress;
use super::values::{date, share, stealth};
use super::{ConfigArgs, configured, file_text, note};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::files::{FileError, Writer};
use crate::kafka::{self, Publisher};
use crate::login::Event;
use crate::simulate::{self as simulation, Company, Drill, Life, Options, World};

#[derive(Debug, Args)]
pub(super) struct SimulateArgs {
    /// Where to: .ndjson, .csv or .parquet (.gz and .zst around the first two), - for standard
    /// output
    #[arg(long, value_name = "FILE", required_unless_present = "kafka")]
    output: Option<PathBuf>,
    /// Publish to the logins topic instead, keyed by user
    #[arg(long, conflicts_with = "output")]
    kafka: bool,
    /// Accounts (default: those of --company, else 1000)
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    users: Option<u32>,
    #[arg(
        long,
        default_value_t = Options::default().days,
        value_parser = clap::value_parser!(u32).range(1..=3650)
    )]
    days: u32,
    #[arg(long, default_value_t = Options::default().seed)]
    seed: u64,
    /// The share of events that attackers send (default: that of --company, else 0.01)
    #[arg(long, value_parser = share)]
    attack_share: Option<f64>,
    /// How the company lives, what happens there and who attacks it: a file such as
    /// config/companies/typical.toml, which has every setting
    #[arg(long, value_name = "FILE", conflicts_with = "varied")]
    company: Option<PathBuf>,
    /// Draw how the company lives and which fields its provider sends as well: no two worlds alike
    #[arg(long)]
    varied: bool,
    /// The tenant all of it belongs to (default: default, or that of --like); worlds with different
    /// ones can be mixed
    #[arg(long)]
    tenant: Option<String>,
    /// The day the world begins, such as 2025-01-06
    #[arg(long, value_parser = date)]
    start: Option<i64>,
    /// With --kafka: events a second; as fast as the broker takes them without
    #[arg(long, value_name = "EVENTS_PER_SECOND")]
    rate: Option<u32>,
    #[command(flatten)]
    drill: DrillArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

/// One campaign among the logins that are there.
#[derive(Debug, Args)]
pub(super) struct DrillArgs {
    /// A drill instead of a company: one campaign of this family against --user. With --kafka it
    /// happens now, as it would; its event ids begin with `drill-`
    #[arg(
        long,
        value_name = "FAMILY",
        requires = "user",
        conflicts_with_all = ["users", "days", "attack_share", "company", "varied", "rate"],
        value_parser = clap::builder::PossibleValuesParser::new(simulation::families())
    )]
    attack: Option<String>,
    /// Whom the drill attacks; several for those that try many
    #[arg(long, value_name = "USER", requires = "attack", num_args = 1..)]
    user: Vec<String>,
    /// A login of the first of them as JSON, such as an alert's `login`: where they are, and with
    /// what
    #[arg(long, value_name = "FILE", requires = "attack")]
    like: Option<PathBuf>,
    /// How long the drill takes at most, seconds; 600 with --kafka, else as long as an attacker
    /// takes
    #[arg(
        long,
        value_name = "SECONDS",
        requires = "attack",
        value_parser = clap::value_parser!(u32).range(1..=2_592_000)
    )]
    within: Option<u32>,
    /// How careful the attacker is, from 0 (far, fast, with any browser) to 1 (near, slow, with the
    /// victim's browser); drawn where it is not given. With --kafka all of it has to fit --within
    #[arg(long, requires = "attack", value_parser = stealth)]
    stealth: Option<f64>,
}

pub(super) fn run(args: &SimulateArgs) -> Result<(), Failure> {
    if let Some(family) = &args.drill.attack {
        return drill(args, family);
    }
    let options = world(args)?;
    let Some(output) = &args.output else {
        return publish(args, options);
    };
    match write(args, output, options) {
        Err(error) if error.is_closed_pipe() => Ok(()),
        written => Ok(written?),
    }
}

/// The world that is asked for: what is not said is the company's, if one is given.
fn world(args: &SimulateArgs) -> Result<Options, Failure> {
    let company = args.company.as_deref().map(company).transpose()?;
    let usual = Options::default();
    let users = company.as_ref().and_then(Company::users);
    let attack_share = company.as_ref().map(Company::attack_share);
    let late = company
        .as_ref()
        .map_or(0, |company| company.events_after(args.days));
    if late > 0 {
        note(format_args!(
            "{late} of the company's events come after the last of the {} days: give more --days",
            args.days
        ));
    }
    Ok(Options {
        users: args.users.or(users).unwrap_or(usual.users),
        days: args.days,
        seed: args.seed,
        start_ms: args.start.unwrap_or(simulation::DEFAULT_START_MS),
        attack_share: args
            .attack_share
            .or(attack_share)
            .unwrap_or(usual.attack_share),
        company: match company {
            Some(company) => Life::Described(Arc::new(company)),
            None if args.varied => Life::Varied,
            None => Life::Typical,
        },
        tenant: args.tenant.clone().unwrap_or(usual.tenant),
    })
}

fn company(path: &Path) -> Result<Company, Failure> {
    let read = Company::from_toml(&file_text(path)?);
    read.map_err(|error| Failure::new(Code::BadData, format!("{}: {error}", path.display())))
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

/// How long a drill on real traffic takes at most, where nothing is said.
const DRILL_SECONDS: u32 = 600;

/// Writes one campaign, or lets it happen now.
fn drill(args: &SimulateArgs, family: &str) -> Result<(), Failure> {
    if args.kafka && args.start.is_some() {
        let text = "a drill on Kafka happens now: --start is for one that is written to a file";
        return Err(Failure::new(Code::Usage, text));
    }
    let file = args.drill.like.as_deref().map(file_text).transpose()?;
    let like = file.as_deref().map(str::as_bytes);
    let like = like.map(Event::from_json).transpose();
    let like = like.map_err(|error| Failure::new(Code::BadData, format!("--like: {error}")))?;
    let drill = Drill::new(family, args.drill.user.clone(), like);
    let mut drill = drill.map_err(|error| Failure::new(Code::Usage, error))?;
    let within_seconds = args.drill.within.or(args.kafka.then_some(DRILL_SECONDS));
    drill.within_ms = within_seconds.map(|seconds| i64::from(seconds) * 1_000);
    drill.stealth = args.drill.stealth;
    drill.seed = args.seed;
    drill.start_ms = args.start.unwrap_or_else(|| SystemClock.now_ms());
    if let Some(tenant) = &args.tenant {
        drill.tenant.clone_from(tenant);
    }
    let events = drill.events();
    match &args.output {
        Some(output) => {
            let mut writer = Writer::create(output, simulation::COLUMNS)?;
            writer.write_all(events.iter().map(simulation::row).collect())?;
            writer.finish()?;
            told_of_drill(&events, &format!("written to {}", output.display()));
            Ok(())
        }
        None => publish_drill(args, events),
    }
}

/// Sends each login when it is due, dated then.
fn publish_drill(args: &SimulateArgs, mut events: Vec<Event<'static>>) -> Result<(), Failure> {
    let config = configured(&args.config)?;
    require_logins(&config)?;
    let publisher = Publisher::start(&config)?;
    let mut progress = Progress::new("logins of the drill", events.len() as u64);
    let first_ms = events.first().map_or(0, |event| event.time_ms);
    let start_ms = SystemClock.monotonic_ms();
    for (number, event) in events.iter_mut().enumerate() {
        let due_ms = start_ms + u64::try_from(event.time_ms - first_ms).unwrap_or(0);
        let wait_ms = due_ms.saturating_sub(SystemClock.monotonic_ms());
        std::thread::sleep(Duration::from_millis(wait_ms));
        event.time_ms = SystemClock.now_ms();
        publisher.send(event)?;
        progress.set(number as u64 + 1);
    }
    publisher.finish()?;
    progress.finish();
    told_of_drill(&events, &format!("published to `{}`", config.topics.logins));
    Ok(())
}

fn told_of_drill(events: &[Event<'_>], whereto: &str) {
    let successes = events.iter().filter(|event| event.success).count();
    let first = events.first().and_then(|event| event.event_id.as_deref());
    let campaign = first.and_then(|id| id.rsplit_once('-'));
    note(format_args!(
        "{} logins, {successes} of them successes, {whereto}; their event ids begin with `{}`",
        events.len(),
        campaign.map_or("", |(campaign, _)| campaign)
    ));
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
