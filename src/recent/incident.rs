//! An incident as its last record says.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Refused;
use crate::detector::Severity;

/// An incident: the newest of its records.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct RecentIncident {
    pub incident_id: String,
    pub tenant: String,
    /// `account`, `campaign` or `company`.
    pub kind: String,
    pub family: String,
    #[schema(value_type = String)]
    pub severity: Severity,
    pub severity_score: u8,
    /// The highest risk of its logins, 0 to 1.
    pub score: f64,
    /// `open`, `closed` or `merged`.
    pub state: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<String>,
    /// `confirmed`, `benign`, `expected` or `unsure`.
    pub verdict: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict_by: Option<String>,
    /// Rises with each record.
    pub revision: u32,
    pub closes_at: String,
    pub first_seen: String,
    pub last_seen: String,
    pub updated_at: String,
    pub attempts: u64,
    pub alerts: u64,
    pub users_tried: u64,
    pub users_entered: u32,
    /// At most 20; who was entered first.
    pub users: Vec<String>,
    pub sources: Vec<SourceCount>,
    pub reasons: Vec<ReasonText>,
    pub first_alert_id: String,
    /// `none`, `watch`, `step_up`, `revoke_sessions`, `reset` or `disable`.
    pub recommended_action: String,
    /// Why that, in words.
    #[serde(default)]
    pub action_reason: String,
    /// `opened`, `worse`, `verdict`, `closed`; null where it is a refresh.
    pub told: Option<String>,
}

/// Where attempts came from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct SourceCount {
    /// `device`, `address`, `network`, `user_agent`, `user_agent_on_network`, `user` or `company`.
    pub kind: String,
    pub value: String,
    pub attempts: u32,
}

/// What was observed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct ReasonText {
    pub code: String,
    pub text: String,
    /// MITRE ATT&CK technique ids.
    pub attack: Vec<String>,
}

impl RecentIncident {
    pub(super) fn from_json(json: &[u8]) -> Result<Self, Refused> {
        serde_json::from_slice(json).map_err(|cause| Refused {
            what: "an incident",
            cause,
        })
    }

    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }

    #[must_use]
    pub fn is_merged(&self) -> bool {
        self.merged_into.is_some()
    }
}
