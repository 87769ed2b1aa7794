//! `notify`: people and tools are told of incidents, by a process of its own with a thread and a
//! consumer group for each receiver; and `notify test`, which tries them.

mod courier;
mod porter;

use std::net::SocketAddr;
use std::thread::JoinHandle;

use clap::{Args, Subcommand};
use courier::Courier;

use super::exit::{Code, Failure};
use super::ingest::StopOnDrop;
use super::logging::start_configured_logging;
use super::{ConfigArgs, configured, note, result, service};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::health::Health;
use crate::http;
use crate::kafka::{self, Stop};
use crate::login::{Offset, Partition};
use crate::metrics::Registry;
use crate::notify::{Notice, NotifyMetrics, Read, Receiver, made_up};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct NotifyArgs {
    #[command(subcommand)]
    command: Option<NotifyCommand>,
    /// Where health and metrics are served, instead of http.address
    #[arg(long, value_name = "ADDR")]
    http: Option<SocketAddr>,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Subcommand)]
pub(super) enum NotifyCommand {
    /// Send receivers a notice that says it is a trial
    Test {
        /// The receivers; all without
        names: Vec<String>,
        #[command(flatten)]
        config: ConfigArgs,
    },
}

pub(super) fn run(args: &NotifyArgs) -> Result<(), Failure> {
    match &args.command {
        Some(NotifyCommand::Test { names, config }) => test(&configured(config)?, names),
        None => {
            let address = args
                .http
                .map(|address| ("http.address", address.to_string()));
            let flags: Vec<(&str, String)> = address.into_iter().collect();
            let config = Config::load(&args.config.config, &flags)?;
            start_configured_logging(&config);
            notify(&config)
        }
    }
}

fn require_receivers(config: &Config) -> Result<(), Failure> {
    match config.receivers.is_empty() {
        true => Err(Failure::configuration(
            "no [[receiver]] is configured: there is nobody to tell. `nightlatch config` shows how",
        )),
        false => Ok(()),
    }
}

fn notify(config: &Config) -> Result<(), Failure> {
    require_receivers(config)?;
    let runtime = service::runtime()?;
    let stop = Stop::default();
    let listener = service::bind(&runtime, config.http.address)?;
    let registry = Registry::new().map_err(Failure::internal)?;
    let metrics = NotifyMetrics::register(&registry).map_err(Failure::internal)?;
    let health = Health::default();
    kafka::topics::require_for_notices(config)?;
    service::stop_on_signals(&runtime, stop.clone(), config.grace_ms);
    health.set_broker(true);
    health.set_joined(true);
    let threads: Vec<JoinHandle<Result<(), Failure>>> = config
        .receivers
        .iter()
        .map(|receiver| spawn(config, receiver, &metrics, &health, &stop))
        .collect::<Result<_, Failure>>()?;
    let tls = service::tls(&config.http)?;
    let door = service::door(&config.http);
    let router = http::router_of(&registry, &health, door).map_err(Failure::internal)?;
    let http = config.http.clone();
    let ended = service::serve_while(&runtime, (listener, tls), router, http, || {
        service::join_all(threads)
    });
    health.set_stopping();
    ended?;
    tracing::info!("stopped; each receiver goes on where it stands");
    Ok(())
}

fn spawn(
    config: &Config,
    receiver: &Receiver,
    metrics: &NotifyMetrics,
    health: &Health,
    stop: &Stop,
) -> Result<JoinHandle<Result<(), Failure>>, Failure> {
    let own = Health::default();
    health.add(format!("receiver {}", receiver.name), own.clone());
    metrics.expect(&receiver.name);
    tracing::info!(
        receiver = receiver.name,
        to = receiver.channel.place(),
        "telling a receiver"
    );
    let mut courier = Courier::start(config, receiver, metrics.clone(), own)?;
    let (stop, grace_ms) = (stop.clone(), config.grace_ms);
    let thread = std::thread::Builder::new().name(format!("receiver-{}", receiver.name));
    let spawned = thread.spawn(move || {
        // One that cannot go on ends the process: a supervisor starts it again.
        let _ends_all = StopOnDrop(stop.clone(), grace_ms);
        courier.run(&stop).map_err(Failure::from)
    });
    spawned.map_err(Failure::internal)
}

/// Sends each receiver a notice of an incident that never was, and says what became of it.
fn test(config: &Config, names: &[String]) -> Result<(), Failure> {
    require_receivers(config)?;
    let known = |name: &&String| {
        config
            .receivers
            .iter()
            .any(|receiver| receiver.name == **name)
    };
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        let known: Vec<&str> = config
            .receivers
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        let text = format!(
            "no receiver is called `{unknown}`; there are {}",
            known.join(", ")
        );
        return Err(Failure::new(Code::Usage, text));
    }
    let is_meant = |receiver: &&Receiver| names.is_empty() || names.contains(&receiver.name);
    let mut failed = 0;
    for receiver in config.receivers.iter().filter(is_meant) {
        let now_ms = SystemClock.now_ms();
        let notice = Notice::trial(Read {
            partition: Partition(0),
            offset: Offset::ZERO,
            at_ms: now_ms,
            incident: made_up(now_ms),
        });
        let began_ms = SystemClock.monotonic_ms();
        let sent = receiver.channel.open().send(&notice, now_ms);
        let (name, place) = (&receiver.name, receiver.channel.place());
        match sent {
            Ok(()) => result(format_args!(
                "ok    {name} ({place}) took it after {} ms",
                SystemClock.monotonic_ms() - began_ms
            ))?,
            Err(error) => {
                failed += 1;
                result(format_args!("BAD   {name} ({place}): {error}"))?;
            }
        }
    }
    note("nightlatch: look at each receiver whether the trial is there and reads well");
    match failed {
        0 => Ok(()),
        _ => Err(Failure::new(
            Code::Failed,
            format_args!("{failed} did not take it"),
        )),
    }
}
