//! The whole system in one process: embedded broker, simulated identity provider with attackers,
//! detector, HTTP.

mod provider;
mod summary;
mod watch;

use std::io::IsTerminal;
use std::sync::Arc;

use provider::Provider;

use super::exit::Failure;
use super::model::load_model;
use super::service::{self, Service};
use super::stream::start_logging;
use super::{DemoArgs, Format, note, result};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, LogFormat};
use crate::detector::Detector;
use crate::kafka::embedded::EmbeddedBroker;
use crate::kafka::{KafkaLog, OutputReader, Publisher, Stop};

pub(super) fn run(args: &DemoArgs) -> Result<(), Failure> {
    let start_ms = SystemClock.monotonic_ms();
    start_logging(&LogFormat::Text, "warn");
    let mut config = Config::load(&[], &[("instance", "demo".to_owned())])?;
    let broker = EmbeddedBroker::start(&config)?;
    config.kafka.brokers = broker.address();
    let company = provider::company(args);
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
    note(format_args!(
        "embedded broker {}   http://{address}\na month of history first, then {} events a \
         second for {} s (seed {}); Ctrl-C ends it with the summary\n",
        config.kafka.brokers, args.rate, args.seconds, args.seed
    ));
    let stop = Stop::default();
    service::stop_on_signals(&runtime, stop.clone(), config.grace_ms);
    let service = Service::new(&config, detector, stop.clone())?;
    let log = KafkaLog::start(&config, service.health.clone(), stop.clone())?;
    let expected = Arc::new(watch::Expected::default());
    let (publisher, reader) = (Publisher::start(&config)?, OutputReader::start(&config)?);
    let provider = Provider {
        company,
        most: u64::from(args.seconds) * u64::from(args.rate),
        rate: args.rate,
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
