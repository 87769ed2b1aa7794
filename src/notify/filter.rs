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
        // Refreshes say nothing new.
        let Some(told) = &incident.told else {
            return false;
        };
        let among = |list: &[String], one: &String| list.is_empty() || list.contains(one);
        incident.severity >= self.severity
            && among(&self.kinds, &incident.kind)
            && among(&self.tenants, &incident.tenant)
            && among(&self.told, told)
    }
}
