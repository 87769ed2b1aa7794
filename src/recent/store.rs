//! What is held, bounded: the incidents that changed last, and the alerts that came last.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::{RecentAlert, RecentIncident};

/// How much is held.
#[derive(Clone, Copy, Debug)]
pub struct RecentLimits {
    pub incidents: usize,
    pub alerts: usize,
    /// Of the texts of alerts.
    pub alert_bytes: usize,
}

/// A record that is not of the form that this program writes.
#[derive(Debug, thiserror::Error)]
#[error("{what} cannot be read: {cause}")]
pub struct Refused {
    pub what: &'static str,
    pub cause: serde_json::Error,
}

struct Held {
    incident: Arc<RecentIncident>,
    /// When its last record came, in the order of all.
    at: u64,
}

/// Incidents and alerts.
pub struct Store {
    limits: RecentLimits,
    incidents: HashMap<String, Held>,
    by_arrival: BTreeMap<u64, String>,
    alerts: VecDeque<Arc<RecentAlert>>,
    alert_by_id: HashMap<String, Arc<RecentAlert>>,
    alert_bytes: usize,
    arrivals: u64,
    forgotten: u64,
    loaded: bool,
}

impl Store {
    #[must_use]
    pub(super) fn new(limits: RecentLimits) -> Self {
        Self {
            limits,
            incidents: HashMap::new(),
            by_arrival: BTreeMap::new(),
            alerts: VecDeque::new(),
            alert_by_id: HashMap::new(),
            alert_bytes: 0,
            arrivals: 0,
            forgotten: 0,
            loaded: false,
        }
    }

    pub(super) fn set_loaded(&mut self) {
        self.loaded = true;
    }

    /// Whether what was there at the start has been read.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Incidents and alerts that made room.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    #[must_use]
    pub fn incident_count(&self) -> usize {
        self.incidents.len()
    }

    #[must_use]
    pub fn alert_count(&self) -> usize {
        self.alerts.len()
    }

    #[must_use]
    pub fn incident(&self, id: &str) -> Option<&Arc<RecentIncident>> {
        self.incidents.get(id).map(|held| &held.incident)
    }

    pub fn incidents(&self) -> impl Iterator<Item = &Arc<RecentIncident>> {
        self.incidents.values().map(|held| &held.incident)
    }

    #[must_use]
    pub fn alert(&self, id: &str) -> Option<&Arc<RecentAlert>> {
        self.alert_by_id.get(id)
    }

    /// Alerts, the newest first.
    pub fn alerts(&self) -> impl Iterator<Item = &Arc<RecentAlert>> {
        self.alerts.iter().rev()
    }

    /// Takes a record; nothing where a later revision is there.
    pub(super) fn put_incident(&mut self, incident: RecentIncident) -> Option<Arc<RecentIncident>> {
        let id = incident.incident_id.clone();
        if let Some(held) = self.incidents.get(&id) {
            if held.incident.revision >= incident.revision {
                return None;
            }
            self.by_arrival.remove(&held.at);
        }
        self.arrivals += 1;
        let incident = Arc::new(incident);
        self.by_arrival.insert(self.arrivals, id.clone());
        let held = Held {
            incident: Arc::clone(&incident),
            at: self.arrivals,
        };
        self.incidents.insert(id, held);
        while self.incidents.len() > self.limits.incidents {
            let Some((_, oldest)) = self.by_arrival.pop_first() else {
                break;
            };
            self.incidents.remove(&oldest);
            self.forgotten += 1;
        }
        Some(incident)
    }

    /// Takes an alert; nothing where it is there.
    pub(super) fn put_alert(&mut self, mut alert: RecentAlert) -> Option<Arc<RecentAlert>> {
        if self.alert_by_id.contains_key(&alert.alert_id) {
            return None;
        }
        self.arrivals += 1;
        alert.number = self.arrivals;
        let alert = Arc::new(alert);
        self.alert_bytes += alert.json.len();
        self.alert_by_id
            .insert(alert.alert_id.clone(), Arc::clone(&alert));
        self.alerts.push_back(Arc::clone(&alert));
        while self.alerts.len() > self.limits.alerts || self.alert_bytes > self.limits.alert_bytes {
            let Some(oldest) = self.alerts.pop_front() else {
                break;
            };
            self.alert_by_id.remove(&oldest.alert_id);
            self.alert_bytes -= oldest.json.len();
            self.forgotten += 1;
        }
        Some(alert)
    }
}
