//! The whole system in one process: embedded broker, simulated identity provider with attackers,
//! detector, HTTP.

mod provider;

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use provider::{DemoTruth, Provider};
use serde::{Deserialize, Serialize};

use super::exit::Failure;
use super::model::load_model;
use super::service::{self, Service};
use super::stream::start_logging;
use super::{DemoArgs, Format, note, result};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, LogFormat};
use crate::detector::Detector;
use crate::kafka::embedded::EmbeddedBroker;
use crate::kafka::{AlertReader, KafkaLog, Publisher, Stop};

/// Alerts shown a second; the others are counted.
const SHOWN_PER_SECOND: u64 = 3;
const SETTLE_MS: u64 = 15_000;

/// The parts of an alert that the demo reads, from the topic as anybody would.
#[derive(Debug, Deserialize)]
struct ReadAlert {
    event_id: String,
    user_id: String,
    timestamp: String,
    severity: String,
    family: String,
    repeat: bool,
    risk: f64,
    reasons: Vec<ReadReason>,
}

#[derive(Debug, Deserialize)]
struct ReadReason {
    text: String,
}

/// What the demo found out.
#[derive(Debug, Serialize)]
struct DemoSummary {
    history_logins: u64,
    history_seconds: f64,
    logins: u64,
    seconds: f64,
    logins_per_second: f64,
    first_alert_after_seconds: Option<f64>,
    alerts: u64,
    alerts_by_severity: BTreeMap<String, u64>,
    attack_logins: u64,
    attack_logins_found: u64,
    recall: f64,
    campaigns: u64,
    campaigns_found: u64,
    campaign_recall: f64,
    honest_logins_flagged: u64,
    false_positive_rate: f64,
    model: String,
}

pub(super) fn run(args: &DemoArgs) -> Result<(), Failure> {
    let start_ms = SystemClock.monotonic_ms();
    start_logging(&LogFormat::Text, "warn");
    let mut config = Config::load(&[], &[("instance", "demo".to_owned())])?;
    let broker = EmbeddedBroker::start(&config)?;
    config.kafka.brokers = broker.address();
    let company = provider::company(args);
    config.pipeline.publishing.since_ms = provider::live_since_ms(&company);
    let detector = Detector::new(load_model(None)?, config.reasons, config.alert_risk);
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
    let seen = Arc::new(Seen::default());
    let (publisher, reader) = (Publisher::start(&config)?, AlertReader::start(&config)?);
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
    let alerts = spawn_alert_reader(reader, Arc::clone(&seen), start_ms, show);
    let metrics = service.metrics.clone();
    service.run(&runtime, log, listener)?;
    let truth = provider
        .join()
        .map_err(|_| Failure::internal("the identity provider's thread ended unexpectedly"))??;
    seen.expect(metrics.alerts.total());
    let alerts = alerts
        .join()
        .map_err(|_| Failure::internal("the alert reader's thread ended unexpectedly"))??;
    let summary = summarise(&truth, &alerts, model);
    match args.format {
        Format::Json => result(serde_json::to_string_pretty(&summary).map_err(Failure::internal)?),
        Format::Text => result(text(&summary)),
    }
}

/// How many alerts there are to read, once that is known.
struct Seen(AtomicU64);

impl Default for Seen {
    fn default() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }
}

impl Seen {
    fn expect(&self, alerts: u64) {
        self.0.store(alerts, Ordering::Relaxed);
    }

    fn expected(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Default)]
struct Alerts {
    /// (event, severity)
    all: Vec<(String, String)>,
    first_after_ms: Option<u64>,
}

/// Reads the alerts topic as a SOC would. `show`: whether to print them, and in colour.
fn spawn_alert_reader(
    reader: AlertReader,
    seen: Arc<Seen>,
    start_ms: u64,
    show: Option<bool>,
) -> std::thread::JoinHandle<Result<Alerts, Failure>> {
    std::thread::spawn(move || {
        let mut alerts = Alerts::default();
        let (mut second, mut shown, mut hidden) = (0, 0, 0u64);
        let mut silent_ms = 0;
        while (alerts.all.len() as u64) < seen.expected() {
            let Some(json) = reader.next(Duration::from_millis(100)) else {
                silent_ms += 100;
                if seen.expected() < u64::MAX && silent_ms >= SETTLE_MS {
                    break;
                }
                continue;
            };
            silent_ms = 0;
            let alert: ReadAlert = serde_json::from_slice(&json).map_err(|error| {
                Failure::internal(format_args!("an alert cannot be read: {error}"))
            })?;
            let now_ms = SystemClock.monotonic_ms();
            alerts.first_after_ms.get_or_insert(now_ms - start_ms);
            if now_ms / 1000 != second {
                (second, shown) = (now_ms / 1000, 0);
            }
            match show {
                Some(colour) if shown < SHOWN_PER_SECOND && !alert.repeat => {
                    shown += 1;
                    result(line(&alert, colour))?;
                }
                _ => hidden += 1,
            }
            alerts.all.push((alert.event_id, alert.severity));
        }
        if show.is_some() && hidden > 0 {
            result(format_args!(
                "... and {hidden} alerts: repeats of these findings, and more than \
                 {SHOWN_PER_SECOND} a second"
            ))?;
        }
        Ok(alerts)
    })
}

fn line(alert: &ReadAlert, colour: bool) -> String {
    let code = match alert.severity.as_str() {
        "critical" => "1;31",
        "high" => "31",
        "medium" => "33",
        _ => "36",
    };
    let severity = format!("{:<8}", alert.severity);
    let severity = if colour {
        format!("\x1b[{code}m{severity}\x1b[0m")
    } else {
        severity
    };
    let reasons: Vec<&str> = alert
        .reasons
        .iter()
        .take(2)
        .map(|reason| reason.text.as_str())
        .collect();
    format!(
        "{} {severity} {:<9} risk {:.2}  {}: {}",
        &alert.timestamp[..19.min(alert.timestamp.len())],
        alert.user_id,
        alert.risk,
        alert.family.replace('_', " "),
        reasons.join("; ")
    )
}

fn summarise(truth: &DemoTruth, alerts: &Alerts, model: String) -> DemoSummary {
    let mut by_severity: BTreeMap<String, u64> = BTreeMap::new();
    let mut found_campaigns = BTreeSet::new();
    let (mut found, mut honest_flagged) = (BTreeSet::new(), 0);
    for (event_id, severity) in &alerts.all {
        *by_severity.entry(severity.clone()).or_default() += 1;
        match truth.attacks.get(event_id) {
            Some(campaign) => {
                found.insert(event_id);
                found_campaigns.insert(campaign);
            }
            None => honest_flagged += 1,
        }
    }
    let campaigns: BTreeSet<&String> = truth.attacks.values().collect();
    let seconds = truth.live_ms as f64 / 1000.0;
    let share = |part: usize, whole: usize| {
        if whole == 0 {
            0.0
        } else {
            part as f64 / whole as f64
        }
    };
    let honest = truth.live - truth.attacks.len() as u64;
    DemoSummary {
        history_logins: truth.history,
        history_seconds: truth.history_ms as f64 / 1000.0,
        logins: truth.live,
        seconds,
        logins_per_second: (truth.live as f64 / seconds.max(0.001)).round(),
        first_alert_after_seconds: alerts
            .first_after_ms
            .map(|after_ms| after_ms as f64 / 1000.0),
        alerts: alerts.all.len() as u64,
        alerts_by_severity: by_severity,
        attack_logins: truth.attacks.len() as u64,
        attack_logins_found: found.len() as u64,
        recall: share(found.len(), truth.attacks.len()),
        campaigns: campaigns.len() as u64,
        campaigns_found: found_campaigns.len() as u64,
        campaign_recall: share(found_campaigns.len(), campaigns.len()),
        honest_logins_flagged: honest_flagged,
        false_positive_rate: share(honest_flagged as usize, honest as usize),
        model,
    }
}

fn text(summary: &DemoSummary) -> String {
    let severities: Vec<String> = ["critical", "high", "medium", "low"]
        .iter()
        .filter_map(|name| Some(format!("{} {name}", summary.alerts_by_severity.get(*name)?)))
        .collect();
    let first = summary.first_alert_after_seconds.map_or_else(
        || "none".to_owned(),
        |seconds| format!("{seconds:.1} s after the start"),
    );
    format!(
        "\nhistory         {} logins of a month in {:.1} s\n\
         logins          {} in {:.1} s: {} a second\n\
         alerts          {} ({}); the first {first}\n\
         attacks         {} of {} attack logins found ({:.1} %), {} of {} campaigns ({:.1} %)\n\
         false alarms    {} of the honest logins flagged ({:.3} %)",
        summary.history_logins,
        summary.history_seconds,
        summary.logins,
        summary.seconds,
        summary.logins_per_second,
        summary.alerts,
        severities.join(", "),
        summary.attack_logins_found,
        summary.attack_logins,
        100.0 * summary.recall,
        summary.campaigns_found,
        summary.campaigns,
        100.0 * summary.campaign_recall,
        summary.honest_logins_flagged,
        100.0 * summary.false_positive_rate
    )
}
