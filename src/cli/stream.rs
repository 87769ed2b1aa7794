//! The commands that talk to Kafka: run and topics.

use std::collections::BTreeMap;

use clap::Args;

use super::exit::{Code, Failure};
use super::ingest::Sources;
use super::logging::start_configured_logging;
use super::model::load_model;
use super::service::{self, Service};
use super::{ConfigArgs, configured, result};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, DEFAULTS, HttpConfig, NO_KEY};
use crate::detector::{Detector, Rules, Suppressions};
use crate::kafka::topics::Created;
use crate::kafka::{self, KafkaLog, Stop};
use crate::log::LogError;

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Let whoever reaches http.address ask, without a token
    #[arg(long)]
    insecure: bool,
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        let code = match &error {
            LogError::Configuration(_) => Code::Configuration,
            LogError::Unavailable(_) => Code::Unavailable,
            LogError::Aborted(_) | LogError::Fatal(_) => Code::Internal,
        };
        Self::new(code, error)
    }
}

pub(super) fn run(args: &RunArgs) -> Result<(), Failure> {
    let insecure = args.insecure.then(|| ("http.insecure", "true".to_owned()));
    let flags: Vec<(&str, String)> = insecure.into_iter().collect();
    let config = Config::load(&args.config.config, &flags)?;
    start_configured_logging(&config);
    needs_tokens(&config.http)?;
    if !config.has_key {
        tracing::warn!("{NO_KEY}");
    }
    tell_ended(&config.suppressions, &config.rules);
    let detector = configured_detector(&config)?;
    let model = detector.model().checksum().to_owned();
    let threshold = config.alert_risk.unwrap_or(detector.model().threshold());
    let runtime = service::runtime()?;
    let stop = Stop::default();
    let listener = service::bind(&runtime, config.http.address)?;
    let service = Service::new(&config, detector, stop.clone())?;
    let log = KafkaLog::start(&config, service.health.clone(), stop.clone())?;
    let sources = Sources::start(&config, &service.registry, &service.health, &stop)?;
    tracing::info!(
        instance = config.instance,
        brokers = config.kafka.brokers,
        logins = config.topics.logins,
        alerts = config.topics.alerts,
        model,
        threshold,
        key = config.has_key,
        http = %config.http.address,
        "started"
    );
    service::stop_on_signals(&runtime, stop.clone(), config.grace_ms);
    let detected = service.run(&runtime, log, listener);
    stop.request(config.grace_ms);
    detected.and(sources.wait())?;
    tracing::info!("stopped; everything detected is committed");
    Ok(())
}

/// What is missing where other machines reach the process, and nobody is told from anybody.
pub(super) fn missing_token(http: &HttpConfig) -> Option<String> {
    let is_open = !http.address.ip().is_loopback() && http.access.is_anonymous();
    is_open.then(|| {
        format!(
            "http.address: {} is reached from other machines, and there is no token: `nightlatch \
             token create FILE` makes one for http.token_file; or start with --insecure",
            http.address
        )
    })
}

/// Whoever reaches another address than loopback needs a token.
fn needs_tokens(http: &HttpConfig) -> Result<(), Failure> {
    match missing_token(http) {
        Some(missing) if !http.access.insecure => Err(Failure::configuration(missing)),
        Some(_) => {
            let address = http.address;
            tracing::warn!(%address, "whoever reaches it may see everything and give verdicts");
            Ok(())
        }
        None => Ok(()),
    }
}

fn tell_ended(suppressions: &Suppressions, rules: &Rules) {
    let now_ms = SystemClock.now_ms();
    let exceptions = rules.iter().flat_map(|rule| rule.exceptions.iter());
    let all = suppressions.iter().chain(exceptions);
    for one in all.filter(|one| one.has_ended(now_ms)) {
        let (name, by) = (&one.name, &one.by);
        tracing::warn!(
            suppression = name,
            by,
            "a suppression, or an exception of a rule, has ended; take it out"
        );
    }
}

/// A configured model that cannot be used is a matter of the configuration.
pub(super) fn configured_detector(config: &Config) -> Result<Detector, Failure> {
    let model = load_model(config.model_path.as_deref());
    let model = model.map_err(|failure| {
        Failure::configuration(format_args!("model.path: {}", failure.message))
    })?;
    let detector = Detector::new(model, config.reasons, config.alert_risk);
    Ok(detector.with_rules(config.rules.clone()))
}

pub(super) fn create_topics(args: &ConfigArgs) -> Result<(), Failure> {
    let config = configured(args)?;
    let runtime = service::runtime()?;
    let (mut failed, mut there) = (0, BTreeMap::new());
    for (topic, created) in runtime.block_on(kafka::topics::create(&config))? {
        let settings: Vec<String> = topic
            .settings
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        match created {
            Created::New => {
                result(format_args!(
                    "created  {} ({} partitions, {})",
                    topic.name,
                    topic.partitions,
                    settings.join(", ")
                ))?;
                there.insert(topic.name, topic.partitions as usize);
            }
            Created::Existed(partitions) => {
                let asked = config.topics.partitions;
                let counts = topic.name == config.topics.logins && partitions as i32 != asked;
                let counts = if counts {
                    format!(", which is what counts: topics.partitions is {asked}")
                } else {
                    String::new()
                };
                result(format_args!(
                    "exists   {} ({partitions} partitions{counts})",
                    topic.name
                ))?;
                there.insert(topic.name, partitions);
            }
            Created::Failed(reason) => {
                failed += 1;
                result(format_args!("FAILED   {}: {reason}", topic.name))?;
            }
        }
    }
    if failed > 0 {
        return Err(Failure::configuration(format_args!(
            "{failed} topics could not be created"
        )));
    }
    kafka::topics::require_equal_partitions(&config, &there)?;
    Ok(())
}

/// Prints the default configuration with its comments.
pub(super) fn print_defaults() -> Result<(), Failure> {
    result(DEFAULTS.trim_end())
}
