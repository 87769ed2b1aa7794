//! What the loop counts.

use std::collections::BTreeMap;

use prometheus::core::Collector;
use prometheus::{Error, Histogram, IntCounter, IntCounterVec, IntGauge, IntGaugeVec};

use super::flagged::Flagged;
use crate::checkpoint::CheckpointMetrics;
use crate::config::Publishing;
use crate::detector::{Rules, Severity, Suppressions};
use crate::incident::Told;
use crate::incident::feedback::Refusal;
use crate::log::Output;
use crate::login::RejectReason;
use crate::metrics::Registry;
use crate::model::ModelMetrics;
use crate::profile::ProfileMetrics;

/// Seconds from a tenth of a microsecond to a hundredth: scoring.
const SCORING_BUCKETS: &[f64] = &[
    1e-7, 2.5e-7, 5e-7, 1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 1e-4, 1e-3, 1e-2,
];
/// The last one holds all there is: a risk is at most 1.
const RISK_BUCKETS: &[f64] = &[
    1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99,
    1.0,
];
/// Seconds from a millisecond to a minute: end to end.
const DELAY_BUCKETS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];
const COMMIT_BUCKETS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// The metrics of the loop and of what it owns.
#[derive(Clone)]
pub struct PipelineMetrics {
    pub logins: IntCounter,
    /// Of these, the ones that are not flagged and teach nothing yet.
    pub held_back: IntCounter,
    pub rejected: IntCounterVec,
    /// Mean seconds a login of a batch took to detect.
    pub detect_seconds: Histogram,
    pub alerts: AlertMetrics,
    pub risk: Histogram,
    pub incidents: IncidentMetrics,
    pub rules: RuleMetrics,
    pub transactions: TransactionMetrics,
    pub order: OrderMetrics,
    pub profiles: ProfileMetrics,
    pub checkpoint: CheckpointMetrics,
    pub model: ModelMetrics,
}

impl PipelineMetrics {
    pub fn register(registry: &Registry) -> Result<Self, Error> {
        let rejected = registry.counters(
            "nightlatch_rejected_total",
            "Events that are not logins, committed to the rejected topic",
            &["reason"],
        )?;
        start_at_zero(
            &rejected,
            RejectReason::ALL.iter().map(|reason| reason.code()),
        );
        Ok(Self {
            logins: registry.counter("nightlatch_logins_total", "Logins scored and committed")?,
            held_back: registry.counter(
                "nightlatch_logins_held_back_total",
                "Logins committed that are not flagged and teach nothing yet: device and network \
                 are new",
            )?,
            rejected,
            detect_seconds: registry.histogram(
                "nightlatch_detect_seconds",
                "Mean time to score and apply a login, by batch",
                SCORING_BUCKETS,
            )?,
            risk: registry.histogram(
                "nightlatch_risk",
                "The risk of logins as they were scored, committed or not",
                RISK_BUCKETS,
            )?,
            alerts: AlertMetrics::register(registry)?,
            incidents: IncidentMetrics::register(registry)?,
            rules: RuleMetrics::register(registry)?,
            transactions: TransactionMetrics::register(registry)?,
            order: OrderMetrics::register(registry)?,
            profiles: ProfileMetrics::register(registry)?,
            checkpoint: CheckpointMetrics::register(registry)?,
            model: ModelMetrics::register(registry)?,
        })
    }
}

/// A rate over a series that appears with its first event misses that event.
fn start_at_zero<'a>(counters: &IntCounterVec, labels: impl Iterator<Item = &'a str>) {
    for label in labels {
        counters.with_label_values(&[label]);
    }
}

/// The metrics of flagged logins.
#[derive(Clone)]
pub struct AlertMetrics {
    by_severity: IntCounterVec,
    /// Of these, the ones that an open finding covers.
    repeats: IntCounter,
    /// Flagged for the first time, and published without what each feature contributed.
    unexplained: IntCounter,
    /// Of a time before `alerts.since`.
    withheld: IntCounter,
    suppressed: IntCounterVec,
    suppressed_until: IntGaugeVec,
    /// From the message's time to the commit of its alert.
    delay_seconds: Histogram,
}

impl AlertMetrics {
    fn register(registry: &Registry) -> Result<Self, Error> {
        let by_severity = registry.counters(
            "nightlatch_alerts_total",
            "Flagged logins committed",
            &["severity"],
        )?;
        start_at_zero(
            &by_severity,
            Severity::ALERTING.iter().map(|severity| severity.name()),
        );
        Ok(Self {
            by_severity,
            repeats: registry.counter(
                "nightlatch_alert_repeats_total",
                "Flagged logins that an open finding of their user and family covers",
            )?,
            unexplained: registry.counter(
                "nightlatch_alerts_unexplained_total",
                "New findings published without contributions, because many came in one minute",
            )?,
            withheld: registry.counter(
                "nightlatch_alerts_withheld_total",
                "Flagged logins of a time before alerts.since, which are not published",
            )?,
            suppressed: registry.counters(
                "nightlatch_alerts_suppressed_total",
                "Flagged logins that a suppression keeps from being alerted of",
                &["suppression"],
            )?,
            suppressed_until: registry.gauges(
                "nightlatch_suppression_until_timestamp_seconds",
                "When a suppression ends",
                &["suppression"],
            )?,
            delay_seconds: registry.histogram(
                "nightlatch_alert_delay_seconds",
                "From the time of a login's message to the commit of its alert",
                DELAY_BUCKETS,
            )?,
        })
    }

    /// Counts a flagged login that was committed now.
    pub(super) fn count(&self, flagged: &Flagged, publishing: Publishing, now_ms: i64) {
        if flagged.is_withheld(publishing) {
            self.withheld.inc();
            return;
        }
        if let Some(suppression) = &flagged.suppressed_by {
            self.suppressed.with_label_values(&[suppression]).inc();
            return;
        }
        if flagged.is_repeat() {
            self.repeats.inc();
        } else if !flagged.finding.explained {
            self.unexplained.inc();
        }
        let severity = flagged.finding.severity.name();
        self.by_severity.with_label_values(&[severity]).inc();
        if let Some(timestamp_ms) = flagged.record.timestamp_ms {
            let delay_ms = (now_ms - timestamp_ms).max(0);
            self.delay_seconds.observe(delay_ms as f64 / 1000.0);
        }
    }

    /// Tells of every suppression, also of one that keeps nothing back.
    pub(super) fn set_suppressions(&self, suppressions: &Suppressions) {
        let names = suppressions.iter().map(|one| one.name.as_str());
        start_at_zero(&self.suppressed, names);
        for one in suppressions.iter() {
            let until = self.suppressed_until.with_label_values(&[&one.name]);
            until.set(one.until_ms / 1000);
        }
    }

    /// Flagged logins that a suppression kept back.
    #[must_use]
    pub fn suppressed(&self, name: &str) -> u64 {
        self.suppressed.with_label_values(&[name]).get()
    }

    /// From the message's time to the commit of its alert.
    #[must_use]
    pub fn delay_seconds(&self) -> &Histogram {
        &self.delay_seconds
    }

    /// Flagged logins of every severity.
    #[must_use]
    pub fn total(&self) -> u64 {
        let severities = Severity::ALERTING.iter();
        severities
            .map(|severity| self.by_severity.with_label_values(&[severity.name()]).get())
            .sum()
    }
}

/// The metrics of rules.
#[derive(Clone)]
pub struct RuleMetrics {
    matches: IntCounterVec,
}

impl RuleMetrics {
    fn register(registry: &Registry) -> Result<Self, Error> {
        Ok(Self {
            matches: registry.counters(
                "nightlatch_rule_matches_total",
                "Logins committed that met a rule, those that are only counted too",
                &["rule"],
            )?,
        })
    }

    pub(super) fn set(&self, rules: &Rules) {
        start_at_zero(&self.matches, rules.iter().map(|rule| rule.name));
    }

    pub(super) fn count(&self, met: &BTreeMap<&'static str, u64>) {
        for (rule, count) in met {
            self.matches.with_label_values(&[rule]).inc_by(*count);
        }
    }
}

/// The metrics of incidents.
#[derive(Clone)]
pub struct IncidentMetrics {
    records: IntCounterVec,
    verdicts: IntCounter,
    verdicts_refused: IntCounterVec,
    pub open: IntGauge,
}

/// A record that tells nothing new.
const REFRESH: &str = "refresh";

impl IncidentMetrics {
    fn register(registry: &Registry) -> Result<Self, Error> {
        let records = registry.counters(
            "nightlatch_incident_records_total",
            "Records of incidents committed: opened, worse and closed are told, refreshes are not",
            &["told"],
        )?;
        let verdicts_refused = registry.counters(
            "nightlatch_verdicts_refused_total",
            "Verdicts that were refused, committed to the rejected topic",
            &["reason"],
        )?;
        let reasons = Refusal::ALL.iter().map(|refusal| refusal.code());
        start_at_zero(&verdicts_refused, reasons);
        let names = Told::ALL.iter().map(|told| told.name());
        start_at_zero(&records, names.chain([REFRESH]));
        Ok(Self {
            records,
            verdicts: registry.counter(
                "nightlatch_verdicts_total",
                "Verdicts of people that were accepted",
            )?,
            verdicts_refused,
            open: registry.gauge(
                "nightlatch_incidents_open",
                "Incidents that are open, of those that this process owns",
            )?,
        })
    }

    pub(super) fn count(&self, told: Option<Told>) {
        let told = told.map_or(REFRESH, Told::name);
        self.records.with_label_values(&[told]).inc();
    }

    pub(super) fn count_verdicts(&self, output: &Output) {
        self.verdicts.inc_by(output.verdicts.len() as u64);
        for refused in &output.refused {
            let reason = self.verdicts_refused.with_label_values(&[refused.reason]);
            reason.inc();
        }
    }

    /// All records since the start.
    #[must_use]
    pub fn records(&self) -> u64 {
        let names = Told::ALL.iter().map(|told| told.name()).chain([REFRESH]);
        names
            .map(|told| self.records.with_label_values(&[told]).get())
            .sum()
    }
}

/// The metrics of what leaves for the log.
#[derive(Clone)]
pub struct TransactionMetrics {
    pub commits: IntCounter,
    pub aborts: IntCounter,
    pub commit_seconds: Histogram,
}

impl TransactionMetrics {
    fn register(registry: &Registry) -> Result<Self, Error> {
        Ok(Self {
            commits: registry.counter("nightlatch_commits_total", "Transactions committed")?,
            aborts: registry.counter(
                "nightlatch_aborts_total",
                "Transactions aborted; their batches were read again",
            )?,
            commit_seconds: registry.histogram(
                "nightlatch_commit_seconds",
                "Time of a transaction",
                COMMIT_BUCKETS,
            )?,
        })
    }
}

/// The metrics of what waits, and of the order in which it goes.
#[derive(Clone)]
pub struct OrderMetrics {
    pub lag: IntGaugeVec,
    pub hold_ms: IntGauge,
    pub forced: IntCounter,
    pub late: IntCounter,
}

impl OrderMetrics {
    /// Records that wait, of each partition that this process has.
    #[must_use]
    pub fn lags(&self) -> Vec<(String, i64)> {
        let families = self.lag.collect();
        let series = families.iter().flat_map(|family| family.get_metric());
        let lag = |one: &prometheus::proto::Metric| {
            let partition = one
                .get_label()
                .first()
                .map(|label| label.value().to_owned());
            (
                partition.unwrap_or_default(),
                one.get_gauge().get_value() as i64,
            )
        };
        series.map(lag).collect()
    }

    /// Records that wait, of all of them.
    #[must_use]
    pub fn total_lag(&self) -> i64 {
        self.lags().iter().map(|(_, lag)| lag).sum()
    }

    fn register(registry: &Registry) -> Result<Self, Error> {
        Ok(Self {
            lag: registry.gauges(
                "nightlatch_lag_records",
                "Records that are there and not yet detected",
                &["partition"],
            )?,
            hold_ms: registry.gauge(
                "nightlatch_hold_milliseconds",
                "How long a login waits now for earlier ones of other partitions",
            )?,
            forced: registry.counter(
                "nightlatch_forced_order_total",
                "Logins that went ahead of a partition that was known to have more",
            )?,
            late: registry.counter(
                "nightlatch_late_order_total",
                "Logins that came after later ones of other partitions had gone",
            )?,
        })
    }
}
