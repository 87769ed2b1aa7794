//! The whole system in one process: embedded broker, simulated identity provider with attackers,
//! detector, HTTP.

mod attack;
mod provider;
mod summary;
mod watch;

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use clap::Args;
use provider::Provider;

use super::exit::Failure;
use super::logging::start_logging;
use super::model::load_model;
use super::service::{self, Service};
use super::{Format, note, result};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, LogFormat};
use crate::detector::Detector;
use crate::kafka::embedded::EmbeddedBroker;
use crate::kafka::{KafkaLog, OutputReader, Publisher, Stop};

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// How long logins come; on a terminal it goes on until Ctrl-C where this is not given, else
    /// it is 30
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: Option<u32>,
    /// Logins a second: 2000, or 200 where it goes on until Ctrl-C
    #[arg(
        long,
        value_name = "EVENTS_PER_SECOND",
        value_parser = clap::value_parser!(u32).range(1..=1_000_000)
    )]
    rate: Option<u32>,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    http: SocketAddr,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How long logins come, and how many.
#[derive(Clone, Copy)]
struct Length {
    seconds: u32,
    rate: u32,
    /// Whether it goes on after that, until somebody ends it.
    stays: bool,
}

impl Length {
    fn of(args: &DemoArgs) -> Self {
        let is_watched = args.format == Format::Text && std::io::stdout().is_terminal();
        let stays = args.seconds.is_none() && is_watched;
        let (seconds, rate) = if stays { (600, 200) } else { (30, 2_000) };
        Self {
            seconds: args.seconds.unwrap_or(seconds),
            rate: args.rate.unwrap_or(rate),
            stays,
        }
    }

    /// Logins after the history.
    fn logins(self) -> u64 {
        u64::from(self.seconds) * u64::from(self.rate)
    }
}

pub(super) fn run(args: &DemoArgs) -> Result<(), Failure> {
    let start_ms = SystemClock.monotonic_ms();
    start_logging(&LogFormat::Text, "warn");
    let mut config = Config::load(&[], &[("instance", "demo".to_owned())])?;
    let broker = EmbeddedBroker::start(&config)?;
    config.kafka.brokers = broker.address();
    let length = Length::of(args);
    let company = provider::company(length, args.seed);
    config.pipeline.publishing.since_ms = provider::live_since_ms(&company);
    let detector = Detector::new(load_model(None)?, config.reasons, config.alert_risk)
        .with_rules(config.rules.clone());
    let model = detector.model().checksum().to_owned();
    let runtime = service::runtime()?;
    let listener = service::bind(&runtime, args.http).or_else(|failure| {
        note(format_args!("{}; using any free port", failure.message));
        service::bind(&runtime, ([127, 0, 0, 1], 0).into())
    })?;
    let address = listener.local_addr().map_err(Failure::internal)?;
    let until = match length.stays {
        true => "until Ctrl-C, which ends it".to_owned(),
        false => format!("for {} s; Ctrl-C ends it", length.seconds),
    };
    note(format_args!(
        "the page            http://{address}\nthe embedded broker {}\na month of history first, \
         then {} events a second {until} with the summary (seed {})\n",
        config.kafka.brokers, length.rate, args.seed
    ));
    let stop = Stop::default();
    service::stop_on_signals(&runtime, stop.clone(), config.grace_ms);
    config.http.address = address;
    let mut service = Service::new(&config, detector, stop.clone())?;
    let attacks = Arc::new(AtomicU32::new(0));
    let asked = Arc::clone(&attacks);
    service.simulate_attack = Some(Arc::new(move || {
        asked.fetch_add(1, Ordering::Relaxed);
    }));
    let log = KafkaLog::start(&config, service.health.clone(), stop.clone())?;
    let expected = Arc::new(watch::Expected::default());
    let (publisher, reader) = (Publisher::start(&config)?, OutputReader::start(&config)?);
    let provider = Provider {
        company,
        length,
        attacks,
        publisher,
        metrics: service.metrics.clone(),
        stop: stop.clone(),
        grace_ms: config.grace_ms,
    };
    let provider = provider.spawn();
    let show = (args.format == Format::Text).then(|| std::io::stdout().is_terminal());
    let watched = watch::spawn(reader, Arc::clone(&expected), start_ms, show);
    let metrics = service.metrics.clone();
    service.run(&runtime, log, listener)?;
    let truth = provider
        .join()
        .map_err(|_| Failure::internal("the identity provider's thread ended unexpectedly"))??;
    expected.set(metrics.alerts.total(), metrics.incidents.records());
    let watched = watched
        .join()
        .map_err(|_| Failure::internal("the reader's thread ended unexpectedly"))??;
    let summary = summary::summarise(&truth, &watched, model);
    match args.format {
        Format::Json => result(serde_json::to_string_pretty(&summary).map_err(Failure::internal)?),
        Format::Text => result(summary::text(&summary)),
    }
}
