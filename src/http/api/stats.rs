//! How it goes: logins, delays, incidents.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::Shared;
use super::super::caller::{Caller, Reads};
use super::super::rates::{OF_A_MINUTE, Rate};
use crate::clock::{Clock, SystemClock};
use crate::detector::Severity;
use crate::login::timestamp;
use crate::metrics::quantile;
use crate::recent::RecentIncident;

/// Hours that incidents are counted by.
const HOURS: i64 = 48;
const HOUR_MS: i64 = 3_600_000;
/// Sources that are named.
const MOST_SOURCES: usize = 10;

/// How it goes.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Stats {
    /// Present where the caller may see all tenants: what the process does for all of them.
    pub process: Option<ProcessStats>,
    pub incidents: IncidentStats,
    /// Incidents that began in each of the last 48 hours up to the newest, the oldest first.
    pub incidents_by_hour: Vec<HourCount>,
    /// Those of the most incidents that are open.
    pub top_sources: Vec<TopSource>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ProcessStats {
    pub ready: bool,
    /// Why not, where it is not.
    pub reason: Option<String>,
    pub logins: u64,
    pub alerts: u64,
    /// Over the last minute.
    pub logins_per_second: f64,
    /// Records that wait, of all partitions.
    pub lag: i64,
    /// To score and apply a login, microseconds; null before the first.
    pub detect_us: Option<Quantiles>,
    /// From a login's message to the commit of its alert, milliseconds.
    pub alert_delay_ms: Option<Quantiles>,
    pub history: Vec<Rate>,
}

/// Estimates from a histogram.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(in crate::http) struct Quantiles {
    pub p50: f64,
    pub p99: f64,
}

#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct IncidentStats {
    pub open: usize,
    /// Of these, those that nobody said anything of.
    pub unjudged: usize,
    pub open_by_severity: BTreeMap<&'static str, usize>,
    pub verdicts: BTreeMap<String, usize>,
    pub held: usize,
    /// Incidents and alerts that made room since the start; of all tenants, and 0 for who may not
    /// see that.
    pub forgotten: u64,
    /// Whether what was there at the start has been read.
    pub loaded: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct HourCount {
    /// When the hour begins, RFC 3339.
    pub hour: String,
    pub incidents: usize,
    /// Of these, high and critical ones.
    pub severe: usize,
}

#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct TopSource {
    pub kind: String,
    pub value: String,
    pub incidents: usize,
    pub attempts: u64,
}

/// How it goes.
#[utoipa::path(get, path = "/api/v1/stats", tag = "process",
    responses((status = 200, body = Stats)))]
pub(super) async fn one(Reads(caller): Reads, State(shared): State<Arc<Shared>>) -> Json<Stats> {
    Json(stats(&shared, &caller))
}

/// How it goes, as far as somebody may see.
pub(in crate::http) fn stats(shared: &Shared, caller: &Caller) -> Stats {
    let (own, forgotten, loaded) = shared.recent.read(|store| {
        let own = store
            .incidents()
            .filter(|one| caller.sees(&one.tenant) && !one.is_merged());
        let own: Vec<Arc<RecentIncident>> = own.cloned().collect();
        (own, store.forgotten(), store.is_loaded())
    });
    let open = || own.iter().filter(|one| one.is_open());
    let mut by_severity: BTreeMap<&'static str, usize> = Severity::ALERTING
        .map(|severity| (severity.name(), 0))
        .into();
    for one in open() {
        *by_severity.entry(one.severity.name()).or_default() += 1;
    }
    let mut verdicts = BTreeMap::new();
    for verdict in own.iter().filter_map(|one| one.verdict.clone()) {
        *verdicts.entry(verdict).or_default() += 1;
    }
    Stats {
        process: caller.tenants.is_none().then(|| process(shared)),
        incidents: IncidentStats {
            open: open().count(),
            unjudged: open().filter(|one| one.verdict.is_none()).count(),
            open_by_severity: by_severity,
            verdicts,
            held: own.len(),
            forgotten: if caller.tenants.is_none() {
                forgotten
            } else {
                0
            },
            loaded,
        },
        incidents_by_hour: by_hour(&own),
        top_sources: top_sources(&own),
    }
}

fn process(shared: &Shared) -> ProcessStats {
    let metrics = &shared.metrics;
    let history = shared.rates.all();
    let minute = history.iter().rev().take(OF_A_MINUTE);
    let (sum, count) = minute.fold((0.0, 0), |(sum, count), rate| {
        (sum + rate.logins_per_second, count + 1)
    });
    let quantiles = |histogram, factor: f64| {
        let at = |share| quantile(histogram, share).map(|value| value * factor);
        Some(Quantiles {
            p50: at(0.5)?,
            p99: at(0.99)?,
        })
    };
    let reason = shared.health.not_ready();
    ProcessStats {
        ready: reason.is_none(),
        reason,
        logins: metrics.logins.get(),
        alerts: metrics.alerts.total(),
        logins_per_second: if count == 0 {
            0.0
        } else {
            sum / f64::from(count)
        },
        lag: metrics.order.total_lag(),
        detect_us: quantiles(&metrics.detect_seconds, 1e6),
        alert_delay_ms: quantiles(metrics.alerts.delay_seconds(), 1e3),
        history,
    }
}

/// By event time: the newest hour is that of the newest incident, which in a replay is not now.
fn by_hour(own: &[Arc<RecentIncident>]) -> Vec<HourCount> {
    let hour_of = |text: &str| {
        timestamp::from_text(text)
            .ok()
            .map(|ms| ms.div_euclid(HOUR_MS))
    };
    let hours = own
        .iter()
        .filter_map(|one| Some((hour_of(&one.first_seen)?, one)));
    let hours: Vec<(i64, &Arc<RecentIncident>)> = hours.collect();
    let now = SystemClock.now_ms().div_euclid(HOUR_MS);
    let newest = hours.iter().map(|(hour, _)| *hour).max().unwrap_or(now);
    let mut counts = vec![(0, 0); HOURS as usize];
    for (hour, one) in &hours {
        let place = usize::try_from(hour - (newest - HOURS + 1)).ok();
        if let Some((all, severe)) = place.and_then(|place| counts.get_mut(place)) {
            *all += 1;
            *severe += usize::from(one.severity >= Severity::High);
        }
    }
    (newest - HOURS + 1..=newest)
        .zip(counts)
        .map(|(hour, (incidents, severe))| HourCount {
            hour: timestamp::to_text(hour * HOUR_MS),
            incidents,
            severe,
        })
        .collect()
}

fn top_sources(own: &[Arc<RecentIncident>]) -> Vec<TopSource> {
    let mut sources: HashMap<(&str, &str), (usize, u64)> = HashMap::new();
    for source in own
        .iter()
        .filter(|one| one.is_open())
        .flat_map(|one| &one.sources)
    {
        let (incidents, attempts) = sources.entry((&source.kind, &source.value)).or_default();
        *incidents += 1;
        *attempts += u64::from(source.attempts);
    }
    let mut all: Vec<TopSource> = sources
        .into_iter()
        .map(|((kind, value), (incidents, attempts))| TopSource {
            kind: kind.to_owned(),
            value: value.to_owned(),
            incidents,
            attempts,
        })
        .collect();
    all.sort_by(|one, other| {
        let ties = || one.value.cmp(&other.value);
        (other.incidents, other.attempts)
            .cmp(&(one.incidents, one.attempts))
            .then_with(ties)
    });
    all.truncate(MOST_SOURCES);
    all
}
