//! Which incidents a receiver is told of.

use crate::detector::Severity;
use crate::recent::RecentIncident;

/// What incidents are.
pub const KINDS: [&str; 3] = ["account", "campaign", "company"];
/// What is told of them.
pub const TELLINGS: [&str; 4] = ["opened", "worse", "verdict", "closed"];

/// What a receiver is told of; an empty list stands for everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub severity: Severity,
    pub kinds: Vec<String>,
    pub tenants: Vec<String>,
    pub told: Vec<String>,
}

impl Filter {
    #[must_use]
    pub fn passes(&self, incident: &RecentIncident) -> bool {
        let among =
            |list: &[String], one: &str| list.is_empty() || list.iter().any(|other| other == one);
        // What became part of another, or was said to be nothing, is closed for who was told of it.
        let is_end = incident.is_merged() || (incident.told.is_some() && !incident.is_open());
        let is_told = incident
            .told
            .as_deref()
            .is_some_and(|told| among(&self.told, told))
            || (is_end && among(&self.told, "closed"));
        incident.severity >= self.severity
            && among(&self.kinds, &incident.kind)
            && among(&self.tenants, &incident.tenant)
            // Refreshes say nothing new.
            && is_told
    }
}
