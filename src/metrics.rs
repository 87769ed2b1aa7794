//! What Prometheus scrapes. One registry, made in `main` and passed in; there are no global
//! counters.

use prometheus::{
    Encoder, Gauge, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec,
    Opts, Registry, TextEncoder,
};

use crate::detector::Severity;
use crate::login::RejectReason;

/// Seconds from a tenth of a microsecond to ten: scoring.
const SCORING_BUCKETS: &[f64] = &[
    1e-7, 2.5e-7, 5e-7, 1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 1e-4, 1e-3, 1e-2,
];
/// Seconds from a millisecond to a minute: end to end.
const DELAY_BUCKETS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];
const COMMIT_BUCKETS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// Every metric of the stream.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    pub logins: IntCounter,
    pub alerts: IntCounterVec,
    /// Of these, the ones that an open finding covers.
    pub repeats: IntCounter,
    pub rejected: IntCounterVec,
    pub commits: IntCounter,
    pub aborts: IntCounter,
    /// Flagged for the first time, and published without what each feature contributed.
    pub unexplained: IntCounter,
    pub forced_order: IntCounter,
    pub late_order: IntCounter,
    pub hold_ms: IntGauge,
    /// Mean seconds a login of a batch took to detect.
    pub detect_seconds: Histogram,
    pub commit_seconds: Histogram,
    /// From the message's time to the commit of its alert.
    pub alert_delay_seconds: Histogram,
    pub lag: IntGaugeVec,
    pub profiles: IntGaugeVec,
    pub evicted: IntGaugeVec,
    /// Written to the profiles topic, as Kafka gets it.
    pub checkpoint_bytes: IntCounter,
    pub checkpoint_cells: IntCounter,
    /// What a restore would have to go through again.
    pub redo_logins: IntGauge,
    pub restore_seconds: Gauge,
    pub ready: IntGauge,
    pub model: IntGaugeVec,
}

impl Metrics {
    /// Registers every metric.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let metrics = Self {
            logins: IntCounter::new("nightlatch_logins_total", "Logins scored and committed")?,
            alerts: IntCounterVec::new(
                Opts::new("nightlatch_alerts_total", "Flagged logins committed"),
                &["severity"],
            )?,
            repeats: IntCounter::new(
                "nightlatch_alert_repeats_total",
                "Flagged logins that an open finding of their user and family covers",
            )?,
            rejected: IntCounterVec::new(
                Opts::new(
                    "nightlatch_rejected_total",
                    "Events that are not logins, committed to the rejected topic",
                ),
                &["reason"],
            )?,
            commits: IntCounter::new("nightlatch_commits_total", "Transactions committed")?,
            aborts: IntCounter::new(
                "nightlatch_aborts_total",
                "Transactions aborted; their batches were read again",
            )?,
            unexplained: IntCounter::new(
                "nightlatch_alerts_unexplained_total",
                "New findings published without contributions, because many came in one minute",
            )?,
            late_order: IntCounter::new(
                "nightlatch_late_order_total",
                "Logins that came after later ones of other partitions had gone",
            )?,
            hold_ms: IntGauge::new(
                "nightlatch_hold_milliseconds",
                "How long a login waits now for earlier ones of other partitions",
            )?,
            forced_order: IntCounter::new(
                "nightlatch_forced_order_total",
                "Logins that went ahead of a partition that was known to have more",
            )?,
            detect_seconds: histogram(
                "nightlatch_detect_seconds",
                "Mean time to score and apply a login, by batch",
                SCORING_BUCKETS,
            )?,
            commit_seconds: histogram(
                "nightlatch_commit_seconds",
                "Time of a transaction",
                COMMIT_BUCKETS,
            )?,
            alert_delay_seconds: histogram(
                "nightlatch_alert_delay_seconds",
                "From the time of a login's message to the commit of its alert",
                DELAY_BUCKETS,
            )?,
            lag: IntGaugeVec::new(
                Opts::new(
                    "nightlatch_lag_records",
                    "Records that are there and not yet detected",
                ),
                &["partition"],
            )?,
            profiles: IntGaugeVec::new(
                Opts::new("nightlatch_profiles", "Profiles in memory"),
                &["kind"],
            )?,
            evicted: IntGaugeVec::new(
                Opts::new(
                    "nightlatch_profiles_evicted",
                    "Profiles pushed out by caps and idle time since the start",
                ),
                &["kind"],
            )?,
            checkpoint_bytes: IntCounter::new(
                "nightlatch_checkpoint_bytes_total",
                "Bytes written to the profiles topic",
            )?,
            checkpoint_cells: IntCounter::new(
                "nightlatch_checkpoint_cells_total",
                "Cells written to the profiles topic",
            )?,
            redo_logins: IntGauge::new(
                "nightlatch_redo_logins",
                "Logins that a restore would go through again",
            )?,
            restore_seconds: Gauge::new(
                "nightlatch_restore_seconds",
                "How long the last restore of the profiles took",
            )?,
            ready: IntGauge::new(
                "nightlatch_ready",
                "1 while logins are consumed and alerts can be published",
            )?,
            model: IntGaugeVec::new(
                Opts::new("nightlatch_model_info", "The model in use"),
                &["checksum"],
            )?,
            registry,
        };
        metrics.register()?;
        metrics.start_at_zero();
        Ok(metrics)
    }

    fn register(&self) -> Result<(), prometheus::Error> {
        let all: [Box<dyn prometheus::core::Collector>; 22] = [
            Box::new(self.logins.clone()),
            Box::new(self.alerts.clone()),
            Box::new(self.repeats.clone()),
            Box::new(self.rejected.clone()),
            Box::new(self.commits.clone()),
            Box::new(self.aborts.clone()),
            Box::new(self.unexplained.clone()),
            Box::new(self.forced_order.clone()),
            Box::new(self.late_order.clone()),
            Box::new(self.hold_ms.clone()),
            Box::new(self.detect_seconds.clone()),
            Box::new(self.commit_seconds.clone()),
            Box::new(self.alert_delay_seconds.clone()),
            Box::new(self.lag.clone()),
            Box::new(self.profiles.clone()),
            Box::new(self.evicted.clone()),
            Box::new(self.checkpoint_bytes.clone()),
            Box::new(self.checkpoint_cells.clone()),
            Box::new(self.redo_logins.clone()),
            Box::new(self.restore_seconds.clone()),
            Box::new(self.ready.clone()),
            Box::new(self.model.clone()),
        ];
        for collector in all {
            self.registry.register(collector)?;
        }
        #[cfg(target_os = "linux")]
        self.registry.register(Box::new(
            prometheus::process_collector::ProcessCollector::for_self(),
        ))?;
        Ok(())
    }

    /// A rate over a series that appears with its first event misses that event.
    fn start_at_zero(&self) {
        for severity in Severity::ALERTING {
            self.alerts.with_label_values(&[severity.name()]);
        }
        for reason in RejectReason::ALL {
            self.rejected.with_label_values(&[reason.code()]);
        }
    }

    /// Where other rooms register what they count.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The text that a scrape reads.
    #[must_use]
    pub fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        match TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            Ok(()) => text,
            Err(error) => format!("# {error}\n").into_bytes(),
        }
    }
}

fn histogram(name: &str, help: &str, buckets: &[f64]) -> Result<Histogram, prometheus::Error> {
    Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec()))
}
