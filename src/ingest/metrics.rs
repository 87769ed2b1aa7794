//! What is counted of each source: what became of its events, and how much they say.

use std::collections::BTreeMap;

use prometheus::core::Collector;
use prometheus::{Error, IntCounterVec, IntGaugeVec};
use serde::Serialize;

use super::outcome::{IgnoreReason, Outcome};
use crate::login::{Event, timestamp};
use crate::metrics::Registry;

type IsThere = fn(&Event<'_>) -> bool;

/// Fields whose loss costs detections: with a name for each.
const TOLD: [(&str, IsThere); 6] = [
    ("address", |event| event.ip_address.is_some()),
    ("device", |event| event.device_id.is_some()),
    ("agent", |event| event.user_agent.is_some()),
    ("place", |event| event.geo_location.is_some()),
    ("network", |event| event.asn.is_some()),
    ("success", |event| event.success),
];

/// What of an outcome is counted, once its record is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    outcome: &'static str,
    reason: &'static str,
    count: u32,
    /// A bit for each of the fields that are told of.
    fields: u8,
    /// The time of a login, seconds since 1970.
    login_s: Option<i64>,
}

impl Told {
    #[must_use]
    pub fn new(outcome: &Outcome<'_>) -> Self {
        let other = |outcome, reason| Self {
            outcome,
            reason,
            count: 1,
            fields: 0,
            login_s: None,
        };
        match outcome {
            Outcome::Login { login, count } => {
                let there = TOLD.iter().enumerate();
                let there = there.filter(|(_, (_, is_there))| is_there(login));
                Self {
                    outcome: "login",
                    reason: "",
                    count: *count,
                    fields: there.map(|(bit, _)| 1 << bit).sum(),
                    login_s: Some(login.time_ms / 1000),
                }
            }
            Outcome::Ignored { reason, .. } => other("ignored", reason.name()),
            Outcome::Rejected(rejection) => other("rejected", rejection.code()),
        }
    }

    /// What is told of it where it was there before.
    pub fn make_duplicate(&mut self) {
        *self = Self {
            outcome: "ignored",
            reason: IgnoreReason::Duplicate.name(),
            count: self.count,
            fields: 0,
            login_s: None,
        };
    }
}

/// How much a source says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceQuality {
    pub source: String,
    pub logins: u64,
    /// The share of logins with each field, 0 to 1; `success` is of those that succeeded.
    pub shares: BTreeMap<&'static str, Option<f64>>,
    pub last_login: Option<String>,
    /// By topic.
    pub lag_records: BTreeMap<String, i64>,
}

/// The metrics of all sources of a process.
#[derive(Clone)]
pub struct IngestMetrics {
    events: IntCounterVec,
    fields: IntCounterVec,
    last_event: IntGaugeVec,
    lag: IntGaugeVec,
}

impl IngestMetrics {
    pub fn register(registry: &Registry) -> Result<Self, Error> {
        Ok(Self {
            events: registry.counters(
                "nightlatch_ingest_events_total",
                "Events of identity providers, by what became of them and why",
                &["source", "outcome", "reason"],
            )?,
            fields: registry.counters(
                "nightlatch_ingest_fields_total",
                "Logins that say where they come from, with what, and that they succeeded",
                &["source", "field"],
            )?,
            last_event: registry.gauges(
                "nightlatch_ingest_last_event_timestamp_seconds",
                "The latest time of a login of a source",
                &["source"],
            )?,
            lag: registry.gauges(
                "nightlatch_ingest_lag_records",
                "Records of a source's topic that are not yet read",
                &["source", "topic"],
            )?,
        })
    }

    /// Counts what became of an event.
    pub fn count(&self, source: &str, told: &Told) {
        let labels = [source, told.outcome, told.reason];
        let count = told.count.into();
        self.events.with_label_values(&labels).inc_by(count);
        let Some(time_s) = told.login_s else { return };
        for (bit, (name, _)) in TOLD.iter().enumerate() {
            if told.fields & (1 << bit) != 0 {
                let labels = [source, name];
                self.fields.with_label_values(&labels).inc_by(count);
            }
        }
        let last = self.last_event.with_label_values(&[source]);
        last.set(last.get().max(time_s));
    }

    /// How much a source's logins say since the process started: what it no longer sends is missed
    /// here first.
    #[must_use]
    pub fn quality(&self, source: &str, topics: &[String]) -> SourceQuality {
        let logins = self.events.with_label_values(&[source, "login", ""]).get();
        let share = |name: &str| {
            let with = self.fields.with_label_values(&[source, name]).get();
            (logins > 0).then(|| with as f64 / logins as f64)
        };
        let last_s = self.last_event.with_label_values(&[source]).get();
        SourceQuality {
            source: source.to_owned(),
            logins,
            shares: TOLD.iter().map(|(name, _)| (*name, share(name))).collect(),
            last_login: (last_s > 0).then(|| timestamp::to_text(last_s * 1000)),
            lag_records: topics
                .iter()
                .map(|topic| {
                    (
                        topic.clone(),
                        self.lag.with_label_values(&[source, topic]).get(),
                    )
                })
                .collect(),
        }
    }

    /// What became of all events so far.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for family in self.events.collect() {
            for metric in family.get_metric() {
                let label = |name: &str| {
                    let mut labels = metric.get_label().iter();
                    let label = labels.find(|label| label.name() == name);
                    label
                        .map(|label| label.value().to_owned())
                        .unwrap_or_default()
                };
                let (outcome, reason) = (label("outcome"), label("reason"));
                let key = match reason.as_str() {
                    "" => outcome,
                    reason => format!("{outcome}: {reason}"),
                };
                *counts.entry(key).or_default() += metric.get_counter().get_value() as u64;
            }
        }
        counts
    }

    pub fn set_lag(&self, source: &str, topic: &str, records: u64) {
        let lag = self.lag.with_label_values(&[source, topic]);
        lag.set(i64::try_from(records).unwrap_or(i64::MAX));
    }
}
