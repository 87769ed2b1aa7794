//! An incident as the SOC reads it: JSON, the whole incident in each record.

use serde::Serialize;

use super::{Incident, IncidentId, IncidentKind, State, Telling, Told, VerdictKind};
use crate::detector::{Family, Severity};
use crate::login::timestamp;

/// What to do first about an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    None,
    Watch,
    /// Ask the users that were tried for a second factor.
    StepUp,
    RevokeSessions,
    /// A new password, and no old session.
    Reset,
    Disable,
}

#[derive(Debug, Serialize)]
struct SourceRecord<'a> {
    kind: &'static str,
    value: &'a str,
    attempts: u32,
}

#[derive(Debug, Serialize)]
struct ReasonRecord<'a> {
    code: &'a str,
    text: &'a str,
    attack: Vec<&'a str>,
}

/// A record of the topic of incidents. Those of one incident have rising revisions.
#[derive(Debug, Serialize)]
pub struct IncidentRecord<'a> {
    incident_id: IncidentId,
    tenant: &'a str,
    kind: IncidentKind,
    family: Family,
    severity: Severity,
    severity_score: u8,
    score: f64,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_into: Option<IncidentId>,
    verdict: Option<VerdictKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict_by: Option<&'a str>,
    revision: u32,
    closes_at: String,
    first_seen: String,
    last_seen: String,
    updated_at: String,
    attempts: u64,
    /// Logins of it that were flagged, and so the alerts there are of it, or would be.
    alerts: u64,
    users_tried: u64,
    users_entered: u32,
    users: Vec<&'a str>,
    sources: Vec<SourceRecord<'a>>,
    reasons: Vec<ReasonRecord<'a>>,
    first_alert_id: &'a str,
    recommended_action: Action,
    action_reason: &'static str,
    told: Option<Told>,
}

impl<'a> IncidentRecord<'a> {
    #[must_use]
    pub fn new(incident: &'a Incident, telling: Telling) -> Self {
        let time = |time_s: u32| timestamp::to_text(i64::from(time_s) * 1_000);
        let (state, merged_into) = match incident.state {
            State::Open if !incident.is_benign() => ("open", None),
            State::Open | State::Closed => ("closed", None),
            State::Merged { into } => ("merged", Some(into)),
        };
        let source = |source: &'a super::Source| SourceRecord {
            kind: source.kind_name(),
            value: &source.text,
            attempts: source.attempts,
        };
        let reason = |observation: &'a super::Observation| ReasonRecord {
            code: &observation.code,
            text: &observation.text,
            attack: observation.attack.iter().map(|id| &**id).collect(),
        };
        let (action, action_reason) = incident.action();
        Self {
            incident_id: incident.id,
            tenant: &incident.tenant,
            kind: incident.kind(),
            family: incident.family(),
            severity: incident.severity,
            severity_score: incident.severity.score(),
            score: incident.risk,
            state,
            merged_into,
            verdict: incident.stands().map(|decision| decision.verdict),
            verdict_by: incident.stands().map(|decision| &*decision.by),
            revision: incident.revision,
            closes_at: time(incident.closes_at_s),
            first_seen: time(incident.first_s),
            last_seen: time(incident.last_s),
            updated_at: time(telling.at_s),
            attempts: incident.attempts,
            alerts: incident.attempts,
            users_tried: incident.users_tried(),
            users_entered: incident.users_entered(),
            users: incident.users().iter().map(|user| &*user.name).collect(),
            sources: incident.sources().iter().map(source).collect(),
            reasons: incident.observations().iter().map(reason).collect(),
            first_alert_id: &incident.first_alert_id,
            recommended_action: action,
            action_reason,
            told: telling.told,
        }
    }
}

impl Incident {
    /// What to do first, and why that.
    #[must_use]
    pub fn action(&self) -> (Action, &'static str) {
        if self.is_quiet() {
            return (Action::None, "Somebody said that it is harmless.");
        }
        match (self.users_entered(), self.severity, self.family()) {
            (0, Severity::None | Severity::Low, _) => (
                Action::Watch,
                "Nobody got in, and little speaks for an attack.",
            ),
            (0, ..) => (
                Action::StepUp,
                "Nobody got in; a password that is guessed next should not be enough.",
            ),
            (_, Severity::Critical, Family::Exfiltration) => (
                Action::Disable,
                "Somebody is in, and far more leaves than ever: no second may be lost.",
            ),
            (_, _, Family::SessionTheft) => (
                Action::RevokeSessions,
                "A session was taken, so a new password alone would not end it.",
            ),
            (_, Severity::High | Severity::Critical, _) => (
                Action::Reset,
                "Somebody got in with a password that works until it is changed.",
            ),
            _ => (
                Action::StepUp,
                "Somebody got in, and a second factor tells whether it was the user.",
            ),
        }
    }
}
