//! The alert as the SOC reads it: JSON, one a flagged login.

use rayon::prelude::*;
use serde::Serialize;

use super::{Counterfactual, Detector, Family, Finding, Severity};
use crate::features::natural::Seen;
use crate::features::{FEATURES, Values};
use crate::login::event::Origin;
use crate::login::{Event, Offset, Partition, timestamp};
use crate::model::{Model, PARTS, Part};
use crate::profile::LastSuccess;
use crate::words::short;

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

/// What one feature added to the risk.
#[derive(Clone, Debug, Serialize)]
pub struct Contribution {
    pub feature: &'static str,
    /// What it is, for people.
    pub says: &'static str,
    /// Of the two values: one that people use.
    pub unit: &'static str,
    /// Null where it is missing.
    pub value: Option<f64>,
    /// The median over the honest logins that the model learnt from.
    pub usual: Option<f64>,
    /// Both as people say them.
    pub shown: String,
    pub shown_usual: String,
    /// In log-odds of the risk.
    pub contribution: f64,
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
        contributions: Option<Vec<Contribution>>,
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
            counterfactual: contributions
                .as_deref()
                .and_then(|own| detector.counterfactual(finding, own)),
            contributions,
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

/// Rows that one thread explains together: what is worked out for a tree is shared by them.
const MOST_TOGETHER: usize = 128;

/// For each row, the features that moved its risk most. In parallel: an explanation costs a hundred
/// times what a score does.
#[must_use]
pub fn explain_all(model: &Model, rows: &[&Values], top: usize) -> Vec<Vec<Contribution>> {
    let each = rows.len().div_ceil(rayon::current_num_threads());
    rows.par_chunks(each.clamp(1, MOST_TOGETHER))
        .flat_map_iter(|piece| {
            let own = piece.iter().zip(model.contributions_of(piece));
            own.map(|(values, all)| largest_contributions(model, values, all, top))
        })
        .collect()
}

/// The features that moved the risk most, up or down, of what all of them contributed
/// ([`Model::contributions`]).
#[must_use]
pub fn largest_contributions(
    model: &Model,
    values: &Values,
    contributions: Vec<f64>,
    top: usize,
) -> Vec<Contribution> {
    let mut all: Vec<(usize, f64)> = contributions.into_iter().enumerate().collect();
    all.sort_by(|left, right| right.1.abs().total_cmp(&left.1.abs()));
    all.truncate(top);
    let named = all.into_iter().map(|(index, contribution)| {
        let feature = &FEATURES[index];
        let seen = Seen::of(index, values, model.usual());
        // What means nothing alone stays as the model has it.
        let raw = |value: f32| Some(f64::from(value)).filter(|value| value.is_finite());
        let (unit, value, usual) = match &seen {
            Some(seen) => (seen.unit(), seen.value, seen.usual),
            None => (feature.unit, raw(values[index]), raw(model.usual()[index])),
        };
        let plain = |value: Option<f64>| value.map_or_else(|| "not known".to_owned(), short);
        let (shown, shown_usual) = match &seen {
            Some(seen) => (seen.value_in_words(), seen.usual_in_words()),
            None => (plain(value), plain(usual)),
        };
        Contribution {
            feature: feature.name,
            says: feature.says,
            unit,
            value,
            usual,
            shown,
            shown_usual,
            contribution,
        }
    });
    named.collect()
}
