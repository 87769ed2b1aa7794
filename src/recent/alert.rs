//! An alert as it was published: what is looked for, beside its own text.

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{ReasonText, Refused};
use crate::detector::Severity;

/// An alert that is held.
#[derive(Clone, Debug)]
pub struct RecentAlert {
    /// In the order in which they came.
    pub number: u64,
    pub alert_id: String,
    pub incident_id: String,
    pub tenant: String,
    pub user_id: String,
    pub severity: Severity,
    pub family: String,
    pub timestamp: String,
    pub address: Option<IpAddr>,
    pub device: Option<String>,
    /// All of it, as it was published.
    pub json: Arc<str>,
}

/// The parts of an alert by which it is found.
#[derive(Deserialize)]
struct Found {
    alert_id: String,
    incident_id: String,
    tenant: String,
    user_id: String,
    severity: Severity,
    family: String,
    timestamp: String,
    login: FoundLogin,
}

#[derive(Deserialize)]
struct FoundLogin {
    ip_address: Option<IpAddr>,
    device_id: Option<String>,
}

impl RecentAlert {
    pub(super) fn from_json(json: &[u8]) -> Result<Self, Refused> {
        let refused = |cause| Refused {
            what: "an alert",
            cause,
        };
        let found: Found = serde_json::from_slice(json).map_err(refused)?;
        Ok(Self {
            number: 0,
            alert_id: found.alert_id,
            incident_id: found.incident_id,
            tenant: found.tenant,
            user_id: found.user_id,
            severity: found.severity,
            family: found.family,
            timestamp: found.timestamp,
            address: found.login.ip_address,
            device: found.login.device_id,
            // It was read as JSON, so it is UTF-8.
            json: String::from_utf8_lossy(json).as_ref().into(),
        })
    }

    /// All of it, read.
    pub fn document(&self) -> serde_json::Result<AlertDocument> {
        serde_json::from_str(&self.json)
    }
}

/// An alert with everything that it says.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct AlertDocument {
    pub alert_id: String,
    pub event_id: String,
    pub tenant: String,
    pub user_id: String,
    pub timestamp: String,
    pub detected_at: String,
    #[schema(value_type = String)]
    pub severity: Severity,
    pub severity_score: u8,
    pub family: String,
    pub incident_id: String,
    pub finding_id: String,
    pub repeat: bool,
    pub risk: f64,
    pub threshold: f64,
    /// Whether it is flagged only because nothing like it was seen.
    #[serde(default)]
    pub novel: bool,
    pub random_forest: f64,
    pub isolation_forest: f64,
    /// Log-odds; absent in alerts of older processes, as the next one is.
    #[serde(default)]
    pub boosted: f64,
    /// Nats.
    #[serde(default)]
    pub likelihood_ratio: f64,
    /// The parts of the risk; empty in alerts of older processes.
    #[serde(default)]
    pub parts: Vec<PartDocument>,
    pub model: String,
    pub rules: Vec<String>,
    pub reasons: Vec<ReasonText>,
    /// Null in a flood.
    pub contributions: Option<Vec<ContributionDocument>>,
    /// What spoke against it; empty in a flood, and in alerts of older processes.
    #[serde(default)]
    pub mitigators: Vec<MitigatorDocument>,
    pub counterfactual: Option<CounterfactualDocument>,
    /// The event as it was sent.
    #[schema(value_type = Object)]
    pub login: Map<String, Value>,
    pub previous_login: Option<PreviousDocument>,
}

/// A part of the risk.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct PartDocument {
    pub name: String,
    /// In the part's own measure.
    pub value: f64,
    /// How much it counts in the log-odds of the risk.
    pub weight: f64,
    /// The risk that this part alone would say.
    pub alone: f64,
}

#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct MitigatorDocument {
    pub feature: String,
    /// The value and what is usual, for people.
    pub text: String,
    /// In log-odds of the risk, below 0.
    pub contribution: f64,
}

#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct ContributionDocument {
    pub feature: String,
    /// What it is, for people; empty in alerts of older processes, whose values are the model's.
    #[serde(default)]
    pub says: String,
    pub unit: String,
    pub value: Option<f64>,
    pub usual: Option<f64>,
    /// Both as people say them; empty in alerts of older processes.
    #[serde(default)]
    pub shown: String,
    #[serde(default)]
    pub shown_usual: String,
    /// In log-odds of the risk.
    pub contribution: f64,
}

/// What would have kept it quiet.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct CounterfactualDocument {
    pub text: String,
}

#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct PreviousDocument {
    pub timestamp: String,
    pub place: Option<String>,
    pub device_id: Option<String>,
    pub ip_address: Option<String>,
}
