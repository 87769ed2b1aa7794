//! Reads alerts and incidents as a SOC would, and shows what is told of incidents.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::super::exit::Failure;
use super::super::result;
use crate::clock::{Clock, SystemClock};
use crate::detector::Severity;
use crate::kafka::{OutputReader, ReadOutput};
use crate::recent::RecentIncident;

/// Tellings shown a second; the others are counted.
const SHOWN_PER_SECOND: u64 = 3;
pub(super) const SETTLE_MS: u64 = 15_000;

/// The parts of an alert that the demo reads.
#[derive(Debug, Deserialize)]
struct ReadAlert {
    event_id: String,
    incident_id: String,
    severity: String,
}

/// How many alerts and records of incidents there are to read, once that is known.
pub(super) struct Expected {
    alerts: AtomicU64,
    incidents: AtomicU64,
}

impl Default for Expected {
    fn default() -> Self {
        Self {
            alerts: AtomicU64::new(u64::MAX),
            incidents: AtomicU64::new(u64::MAX),
        }
    }
}

impl Expected {
    pub fn set(&self, alerts: u64, incidents: u64) {
        self.alerts.store(alerts, Ordering::Relaxed);
        self.incidents.store(incidents, Ordering::Relaxed);
    }

    fn is_known(&self) -> bool {
        self.incidents.load(Ordering::Relaxed) < u64::MAX
    }

    fn is_met(&self, watched: &Watched) -> bool {
        watched.alerts.len() as u64 >= self.alerts.load(Ordering::Relaxed)
            && watched.incident_records >= self.incidents.load(Ordering::Relaxed)
    }
}

/// One alert that was read.
pub(super) struct WatchedAlert {
    pub event_id: String,
    pub incident_id: String,
    pub severity: String,
}

/// What came out.
#[derive(Default)]
pub(super) struct Watched {
    pub alerts: Vec<WatchedAlert>,
    pub incident_records: u64,
    pub tellings: u64,
    /// Incidents that were found to be another.
    merged: BTreeMap<String, String>,
    pub first_after_ms: Option<u64>,
}

impl Watched {
    /// The incident that one is by now.
    pub fn resolve<'a>(&'a self, mut id: &'a str) -> &'a str {
        while let Some(into) = self.merged.get(id) {
            id = into;
        }
        id
    }
}

/// Reads until everything that is expected has come. `show`: whether to print, and in colour.
pub(super) fn spawn(
    reader: OutputReader,
    expected: Arc<Expected>,
    start_ms: u64,
    show: Option<bool>,
) -> JoinHandle<Result<Watched, Failure>> {
    std::thread::spawn(move || {
        let mut watched = Watched::default();
        let mut shown = Shown::default();
        let mut silent_ms = 0;
        while !expected.is_met(&watched) {
            let Some(read) = reader.next(Duration::from_millis(100)) else {
                silent_ms += 100;
                if expected.is_known() && silent_ms >= SETTLE_MS {
                    break;
                }
                continue;
            };
            silent_ms = 0;
            match read {
                ReadOutput::Alert(json) => {
                    let alert: ReadAlert = parsed(&json)?;
                    let now_ms = SystemClock.monotonic_ms();
                    watched.first_after_ms.get_or_insert(now_ms - start_ms);
                    watched.alerts.push(WatchedAlert {
                        event_id: alert.event_id,
                        incident_id: alert.incident_id,
                        severity: alert.severity,
                    });
                }
                ReadOutput::Incident(json) => {
                    let incident: RecentIncident = parsed(&json)?;
                    watched.incident_records += 1;
                    watched.tellings += u64::from(incident.told.is_some());
                    if let Some(colour) = show {
                        shown.show(&incident, colour)?;
                    }
                    if let Some(into) = incident.merged_into {
                        watched.merged.insert(incident.incident_id, into);
                    }
                }
            }
        }
        if show.is_some() && shown.hidden > 0 {
            result(format_args!(
                "... and {} tellings more than {SHOWN_PER_SECOND} a second",
                shown.hidden
            ))?;
        }
        Ok(watched)
    })
}

fn parsed<T: DeserializeOwned>(json: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(json)
        .map_err(|error| Failure::internal(format_args!("what came out cannot be read: {error}")))
}

/// Prints a few tellings a second.
#[derive(Default)]
struct Shown {
    second: u64,
    shown: u64,
    hidden: u64,
}

impl Shown {
    fn show(&mut self, incident: &RecentIncident, colour: bool) -> Result<(), Failure> {
        let Some(told) = incident.told.as_deref().filter(|told| *told != "closed") else {
            return Ok(());
        };
        let second = SystemClock.monotonic_ms() / 1_000;
        if second != self.second {
            (self.second, self.shown) = (second, 0);
        }
        if self.shown >= SHOWN_PER_SECOND {
            self.hidden += 1;
            return Ok(());
        }
        self.shown += 1;
        result(line(incident, told, colour))
    }
}

fn line(incident: &RecentIncident, told: &str, colour: bool) -> String {
    let code = match incident.severity {
        Severity::Critical => "1;31",
        Severity::High => "31",
        Severity::Medium => "33",
        _ => "36",
    };
    let severity = format!("{:<8}", incident.severity.name());
    let severity = if colour {
        format!("\x1b[{code}m{severity}\x1b[0m")
    } else {
        severity
    };
    let reasons = incident.reasons.iter().take(2);
    let reasons: Vec<&str> = reasons.map(|reason| reason.text.as_str()).collect();
    format!(
        "{} {severity} {:<6} {} {}: {}; {}",
        &incident.updated_at[..19.min(incident.updated_at.len())],
        told,
        &incident.incident_id[..8.min(incident.incident_id.len())],
        incident.family_words(),
        incident.sentence(),
        reasons.join("; ")
    )
}
