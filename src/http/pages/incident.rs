//! One incident, in full.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::Value;

use super::super::Shared;
use super::super::api::incident_in_full;
use super::super::caller::Reads;
use super::assets::LAND;
use super::filters::{plain, to_minute};
use super::geography::{Dot, place_of, point_of_name};
use super::incidents::{Row, attempts, rows};
use super::story::{StoryLine, is_true, story};
use super::timeline::{Mark, marks};
use super::{Layout, document, filters, missing};
use crate::features::FEATURES;
use crate::features::natural::NATURAL;
use crate::recent::{AlertDocument, PartDocument, RecentIncident};

/// Contributions that are drawn.
const MOST_BARS: usize = 10;

#[derive(Template)]
#[template(path = "incident.html")]
struct IncidentPage {
    layout: Layout,
    incident: Arc<RecentIncident>,
    attempts: String,
    risk: String,
    first_seen: String,
    last_seen: String,
    action: &'static str,
    story: Vec<StoryLine>,
    marks: Vec<Mark>,
    dots: Vec<Dot>,
    journeys: Vec<(f64, f64, f64, f64)>,
    map_label: String,
    land: &'static str,
    shown: Option<ShownLogin>,
    similar: Vec<Row>,
    suppression: String,
    markdown: String,
    json: String,
}

/// A part of the risk, and what it would say alone.
struct ShownPart {
    name: String,
    value: String,
    alone: String,
}

/// The login of an incident that says most.
struct ShownLogin {
    risk: String,
    threshold: String,
    parts: Vec<ShownPart>,
    compare: Vec<Compared>,
    counterfactual: Option<String>,
    /// What spoke against it.
    mitigators: Vec<String>,
    bars: Vec<Bar>,
}

/// One thing, in this login and in the one before.
struct Compared {
    name: &'static str,
    this: String,
    before: String,
    differs: bool,
}

/// What a feature added.
struct Bar {
    name: String,
    value: String,
    usual: String,
    added: String,
    class: &'static str,
    x: f64,
    width: f64,
}

/// The page.
pub(super) async fn page(
    Reads(caller): Reads,
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Response {
    // Before the incident is read, so that the page goes on from no later.
    let layout = Layout::new(&shared, "Incidents");
    let Some(full) = incident_in_full(&shared, &caller, &id) else {
        let text = "It is not among those that are held. Older incidents are in the topic alone.";
        return missing(&shared, "No such incident", text);
    };
    let alerts: Vec<Arc<AlertDocument>> = full
        .alert_list
        .iter()
        .filter_map(|raw| serde_json::from_str(raw.get()).ok().map(Arc::new))
        .collect();
    let incident = full.incident;
    let (dots, journeys) = on_the_map(&alerts);
    let story = story(&alerts);
    let page = IncidentPage {
        layout,
        attempts: attempts(&incident),
        risk: plain(incident.score),
        first_seen: to_minute(&incident.first_seen),
        last_seen: to_minute(&incident.last_seen),
        action: action(&incident.recommended_action),
        map_label: map_label(&dots),
        land: LAND,
        marks: marks(&alerts),
        shown: telling(&alerts).map(shown),
        similar: rows(
            &shared,
            &caller,
            full.similar.into_iter().map(|one| one.incident),
        ),
        suppression: suppression(&incident),
        markdown: markdown(&incident, &story),
        json: serde_json::to_string_pretty(&*incident).unwrap_or_default(),
        story,
        dots,
        journeys,
        incident,
    };
    document(&page)
}

/// An action in words.
fn action(name: &str) -> &'static str {
    match name {
        "watch" => "Watch it.",
        "step_up" => "Ask the users for a second factor.",
        "revoke_sessions" => "End the users' sessions.",
        "reset" => "Set new passwords, and end the users' sessions.",
        "disable" => "Lock the accounts.",
        _ => "Nothing.",
    }
}

/// The alert to show: of those with contributions, of logins that succeeded, the one of the highest
/// risk.
fn telling(alerts: &[Arc<AlertDocument>]) -> Option<&AlertDocument> {
    let rank = |alert: &AlertDocument| {
        let succeeded = alert.login.get("success").is_some_and(is_true);
        (alert.contributions.is_some(), succeeded)
    };
    let alerts = alerts.iter().map(|alert| &**alert);
    alerts.max_by(|one, other| {
        let risk = || one.risk.total_cmp(&other.risk);
        rank(one).cmp(&rank(other)).then_with(risk)
    })
}

fn shown(alert: &AlertDocument) -> ShownLogin {
    ShownLogin {
        risk: plain(alert.risk),
        threshold: plain(alert.threshold),
        parts: parts(alert),
        compare: compare(alert),
        counterfactual: alert.counterfactual.as_ref().map(|one| one.text.clone()),
        mitigators: alert
            .mitigators
            .iter()
            .map(|one| one.text.clone())
            .collect(),
        bars: bars(alert),
    }
}

fn parts(alert: &AlertDocument) -> Vec<ShownPart> {
    let shown = |part: &PartDocument| ShownPart {
        name: match part.name.as_str() {
            "boosted" => "boosted trees".to_owned(),
            name => name.replace('_', " "),
        },
        value: match part.name.as_str() {
            "boosted" => signed(part.value, "log-odds"),
            "likelihood_ratio" => signed(part.value, "nats"),
            _ => plain(part.value),
        },
        alone: match part.weight {
            0.0 => format!("{}, not weighed", plain(part.alone)),
            _ => plain(part.alone),
        },
    };
    alert.parts.iter().map(shown).collect()
}

fn compare(alert: &AlertDocument) -> Vec<Compared> {
    let text = |name: &str| match alert.login.get(name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let before = alert.previous_login.as_ref();
    let all = [
        (
            "When",
            Some(to_minute(&alert.timestamp)),
            before.map(|one| to_minute(&one.timestamp)),
        ),
        (
            "Where",
            place_of(&alert.login).1,
            before.and_then(|one| one.place.clone()),
        ),
        (
            "Address",
            text("ip_address"),
            before.and_then(|one| one.ip_address.clone()),
        ),
        (
            "Device",
            text("device_id"),
            before.and_then(|one| one.device_id.clone()),
        ),
        ("Network", text("asn").map(|asn| format!("AS{asn}")), None),
        ("Browser", text("user_agent"), None),
        ("How", text("auth_method"), None),
    ];
    let unknown = || "not known".to_owned();
    let rows = all
        .into_iter()
        .filter(|(_, this, before)| this.is_some() || before.is_some());
    rows.map(|(name, this, before)| Compared {
        name,
        differs: name != "When" && before.is_some() && this != before,
        this: this.unwrap_or_else(unknown),
        before: before.unwrap_or_else(unknown),
    })
    .collect()
}

/// The contributions, drawn to both sides of the middle.
fn bars(alert: &AlertDocument) -> Vec<Bar> {
    let all = alert.contributions.as_deref().unwrap_or_default();
    let most = all
        .iter()
        .map(|one| one.contribution.abs())
        .fold(1e-9, f64::max);
    let each = all.iter().take(MOST_BARS).map(|one| {
        let index = crate::features::index(&one.feature);
        let natural = index.and_then(|index| NATURAL[index].as_ref());
        let is_raw = one.says.is_empty();
        let told = |value: Option<f64>, shown: &str| match (value, natural) {
            _ if !is_raw => shown.to_owned(),
            (Some(value), Some(natural)) => {
                natural.in_words(Some(natural.of_feature(value as f32)))
            }
            (value, _) => value.map_or_else(|| "–".to_owned(), plain),
        };
        let width = (one.contribution.abs() / most * 500.0).round() / 10.0;
        let raises = one.contribution > 0.0;
        let name = match (is_raw, index) {
            (false, _) => one.says.clone(),
            (true, Some(index)) => FEATURES[index].says.to_owned(),
            (true, None) => one.feature.replace('_', " "),
        };
        Bar {
            name,
            value: told(one.value, &one.shown),
            usual: told(one.usual, &one.shown_usual),
            added: format!("{:+.2}", one.contribution),
            class: if raises { "up" } else { "down" },
            x: if raises { 50.0 } else { 50.0 - width },
            width,
        }
    });
    each.collect()
}

type Journeys = Vec<(f64, f64, f64, f64)>;

/// Where flagged logins came from, and the logins before them; lines lead from these to those.
fn on_the_map(alerts: &[Arc<AlertDocument>]) -> (Vec<Dot>, Journeys) {
    let (mut dots, mut journeys): (Vec<Dot>, Journeys) = (Vec::new(), Vec::new());
    let is_there = |dots: &[Dot], dot: &Dot| {
        let same = |one: &Dot| one.class == dot.class && one.label == dot.label;
        dots.iter().any(same)
    };
    for alert in alerts {
        let (point, name) = place_of(&alert.login);
        let Some(point) = point else { continue };
        let dot = Dot::new(point, 2.6, "attack", name.unwrap_or_default());
        let before = alert
            .previous_login
            .as_ref()
            .and_then(|one| one.place.as_deref());
        let usual = before.and_then(|name| {
            let point = point_of_name(name)?;
            Some(Dot::new(point, 2.0, "usual", name.to_owned()))
        });
        if let Some(usual) = usual
            && !is_there(&dots, &usual)
        {
            journeys.push((usual.x, usual.y, dot.x, dot.y));
            dots.push(usual);
        }
        if !is_there(&dots, &dot) {
            dots.push(dot);
        }
    }
    // Those flagged are drawn last, over the others.
    dots.sort_by_key(|dot| dot.class == "attack");
    (dots, journeys)
}

fn map_label(dots: &[Dot]) -> String {
    let names = |class: &str| {
        let some = dots.iter().filter(|dot| dot.class == class);
        some.map(|dot| dot.label.as_str())
            .collect::<Vec<_>>()
            .join("; ")
    };
    match names("usual") {
        usual if usual.is_empty() => format!("Flagged logins from {}", names("attack")),
        usual => format!(
            "Flagged logins from {}; before from {usual}",
            names("attack")
        ),
    }
}

/// A table that keeps alerts like these back, for an analyst to complete.
fn suppression(incident: &RecentIncident) -> String {
    let quoted = |texts: &mut dyn Iterator<Item = &str>| {
        let texts: Vec<String> = texts.map(|text| format!("{text:?}")).collect();
        texts.join(", ")
    };
    let mut users = incident.users.iter().map(String::as_str);
    let mut addresses = incident
        .sources
        .iter()
        .filter(|source| source.kind == "address")
        .map(|source| source.value.as_str());
    let addresses = quoted(&mut addresses);
    let networks = match addresses.as_str() {
        "" => String::new(),
        addresses => format!("networks = [{addresses}]\n"),
    };
    let until: String = incident.closes_at.chars().take(10).collect();
    format!(
        "[[suppression]]\nname = \"incident {}\"\nby = \"\"\nwhy = \"\"\nuntil = \"{until}\"\n\
         tenant = {:?}\nusers = [{}]\n{networks}families = [{:?}]\n",
        incident.incident_id.chars().take(8).collect::<String>(),
        incident.tenant,
        quoted(&mut users),
        incident.family
    )
}

/// A number on a scale that has no ends, with its unit.
fn signed(value: f64, unit: &str) -> String {
    format!("{value:+.2} {unit}")
}

/// The incident for a ticket.
fn markdown(incident: &RecentIncident, story: &[StoryLine]) -> String {
    let mut text = format!(
        "## {}: {}\n\n{}, {}, {} to {} UTC, incident `{}`\n\n**To do:** {}\n\n",
        incident.severity.name(),
        incident.sentence(),
        incident.family_words(),
        attempts(incident),
        to_minute(&incident.first_seen),
        to_minute(&incident.last_seen),
        incident.incident_id,
        action(&incident.recommended_action)
    );
    for reason in &incident.reasons {
        text += &format!("- {} ({})\n", reason.text, reason.attack.join(", "));
    }
    text.push('\n');
    for line in story {
        let from = line
            .place
            .as_deref()
            .or(line.address.as_deref())
            .unwrap_or("an unknown place");
        text += &format!(
            "- {} {} {} from {from}\n",
            line.time,
            line.user,
            line.what_in_all()
        );
    }
    text
}
