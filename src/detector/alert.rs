//! The alert as the SOC reads it: JSON, one a flagged login.

use serde::Serialize;

use super::contribution::{Contribution, Mitigator, Moved};
use super::{Counterfactual, Detector, Family, Finding, Severity};
use crate::login::event::Origin;
use crate::login::{Event, Offset, Partition, timestamp};
use crate::model::{PARTS, Part};
use crate::profile::LastSuccess;

/// Where a login stands in Kafka.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordPosition {
    pub topic: String,
    pub partition: Partition,
    pub offset: Offset,
}

impl RecordPosition {
    /// The id of an event that has none of its own.
    #[must_use]
    pub fn event_id(&self) -> String {
        format!("{}-{}-{}", self.topic, self.partition, self.offset)
    }

    /// The id of the alert of the login: a digest, so that whoever reads it twice knows.
    #[must_use]
    pub fn alert_id(&self) -> String {
        blake3::hash(self.event_id().as_bytes()).to_hex()[..32].to_owned()
    }
}

/// What all alerts of a batch have in common.
#[derive(Clone, Copy, Debug)]
pub struct AlertSettings {
    /// How many contributions an alert names.
    pub contributions: usize,
    /// Whether repeats are published too, and so nothing is left out.
    pub publish_repeats: bool,
    /// When they are put together, milliseconds since 1970.
    pub detected_at_ms: i64,
}

/// One reason, with its ATT&CK techniques.
#[derive(Debug, Serialize)]
pub struct AlertReason<'a> {
    pub code: &'static str,
    pub text: &'a str,
    pub attack: &'static [&'static str],
}

/// The login before this one that succeeded.
#[derive(Debug, Serialize)]
pub struct PreviousLogin<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<&'a str>,
    pub timestamp: String,
    pub place: Option<&'a str>,
    pub device_id: Option<&'a str>,
    pub ip_address: Option<std::net::IpAddr>,
}

/// The alert. Its id is a digest of its source, so that whoever reads it twice knows.
#[derive(Debug, Serialize)]
pub struct Alert<'a> {
    pub alert_id: String,
    pub event_id: String,
    pub source: &'a RecordPosition,
    pub tenant: &'a str,
    pub user_id: &'a str,
    pub timestamp: String,
    pub detected_at: String,
    pub severity: Severity,
    pub severity_score: u8,
    pub family: Family,
    pub incident_id: String,
    /// Names the finding: the same for all its repeats.
    pub finding_id: String,
    /// Whether the finding was told of before, within the cooldown and no less severe.
    pub repeat: bool,
    /// Repeats of the finding that were left out since it was last told of.
    pub suppressed: u16,
    pub risk: f64,
    /// The risk from which this login is flagged.
    pub threshold: f64,
    /// Whether it is flagged only because nothing like it was seen.
    pub novel: bool,
    pub random_forest: f64,
    pub isolation_forest: f64,
    pub boosted: f64,
    pub likelihood_ratio: f64,
    /// The same with their weights, and what each alone would say.
    pub parts: [Part; PARTS.len()],
    pub model: &'a str,
    /// The rules that flag it, whatever the risk says.
    pub rules: Vec<&'static str>,
    pub reasons: Vec<AlertReason<'a>>,
    /// Null where many were flagged at once: see [`Finding::explained`].
    pub contributions: Option<Vec<Contribution>>,
    /// What spoke against it, as far as contributions are named.
    pub mitigators: Vec<Mitigator>,
    /// What would have kept it quiet, where contributions are named and no rule flags it.
    pub counterfactual: Option<Counterfactual>,
    /// Where the event was read before it became a login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<&'a Origin<'a>>,
    pub login: &'a Event<'a>,
    pub previous_login: Option<PreviousLogin<'a>>,
}

impl<'a> Alert<'a> {
    /// Puts an alert together.
    #[must_use]
    pub fn new(
        event: &'a Event<'a>,
        finding: &'a Finding,
        incident_id: String,
        detector: &'a Detector,
        source: &'a RecordPosition,
        settings: AlertSettings,
        moved: Option<Moved>,
    ) -> Self {
        let event_id = event
            .event_id
            .as_deref()
            .map_or_else(|| source.event_id(), str::to_owned);
        let reasons = finding.reasons.iter().map(|reason| AlertReason {
            code: reason.code,
            text: &reason.text,
            attack: reason.attack,
        });
        let raised = moved.as_ref().map(|moved| &moved.raised);
        let counterfactual = raised.and_then(|raised| detector.counterfactual(finding, raised));
        let (contributions, mitigators) = match moved {
            Some(moved) => (Some(moved.contributions), moved.mitigators),
            None => (None, Vec::new()),
        };
        Self {
            alert_id: source.alert_id(),
            event_id,
            source,
            tenant: &event.tenant,
            user_id: &event.user_id,
            timestamp: timestamp::to_text(event.time_ms),
            detected_at: timestamp::to_text(settings.detected_at_ms),
            severity: finding.severity,
            severity_score: finding.severity.score(),
            family: finding.family,
            incident_id,
            finding_id: finding_id(event, finding),
            repeat: finding.flag.repeat,
            suppressed: match finding.open {
                Some(open) if !settings.publish_repeats => open.suppressed,
                _ => 0,
            },
            risk: finding.scores.risk,
            threshold: finding.threshold,
            novel: finding.novel,
            random_forest: finding.scores.random_forest,
            isolation_forest: finding.scores.isolation_forest,
            boosted: finding.scores.boosted,
            likelihood_ratio: finding.scores.likelihood_ratio,
            parts: detector.model().parts_of(&finding.scores),
            model: detector.model().checksum(),
            rules: detector
                .rules()
                .of(finding.rules)
                .map(|rule| rule.name)
                .collect(),
            reasons: reasons.collect(),
            counterfactual,
            contributions,
            mitigators,
            origin: event.origin.as_ref(),
            login: event,
            previous_login: finding.previous.as_ref().map(previous_login),
        }
    }
}

/// A digest of whom it concerns, what it is, and when it was first told of.
fn finding_id(event: &Event<'_>, finding: &Finding) -> String {
    let told_s = match finding.open {
        Some(open) if finding.flag.repeat => open.told_s,
        _ => u32::try_from(event.time_ms / 1000).unwrap_or(0),
    };
    let text = format!(
        "{}/{}/{}/{told_s}",
        event.tenant,
        event.user_id,
        finding.family.name()
    );
    blake3::hash(text.as_bytes()).to_hex()[..32].to_owned()
}

fn previous_login(last: &LastSuccess) -> PreviousLogin<'_> {
    PreviousLogin {
        event_id: last.display.event_id.as_deref(),
        timestamp: timestamp::to_text(last.time_ms),
        place: last.display.place.as_deref(),
        device_id: last.display.device.as_deref(),
        ip_address: last.display.ip_address,
    }
}
