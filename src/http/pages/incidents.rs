//! The list of incidents.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::super::Shared;
use super::super::api::{Asked, IncidentFilters, Stats, stats_of, wanted_incidents};
use super::super::caller::{Caller, Reads};
use super::{Layout, document, missing};
use crate::detector::{Family, Severity};
use crate::login::timestamp;
use crate::recent::RecentIncident;

/// Incidents of a page.
const MOST: usize = 50;

/// An incident as a row.
pub(super) struct Row {
    pub incident: Arc<RecentIncident>,
    pub age: String,
}

impl Row {
    pub fn verdict(&self) -> &str {
        self.incident.verdict.as_deref().unwrap_or_default()
    }

    pub fn attempts(&self) -> String {
        attempts(&self.incident)
    }
}

pub(super) fn attempts(incident: &RecentIncident) -> String {
    let some = |count: u64, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    let attempts = some(incident.attempts, "attempt", "attempts");
    match incident.users_tried {
        0 | 1 => attempts,
        users => format!("{attempts}, {}", some(users, "user", "users")),
    }
}

/// When the newest record that is held was written: in a replay that is not now.
pub(super) fn newest(shared: &Shared, caller: &Caller) -> String {
    shared.recent.read(|store| {
        let own = store.incidents().filter(|one| caller.sees(&one.tenant));
        let times = own.map(|one| one.updated_at.as_str());
        times.max().unwrap_or_default().to_owned()
    })
}

/// Rows, with their age against the newest record that is held.
pub(super) fn rows(
    shared: &Shared,
    caller: &Caller,
    incidents: impl IntoIterator<Item = Arc<RecentIncident>>,
) -> Vec<Row> {
    let newest = timestamp::from_text(&newest(shared, caller)).ok();
    let age = |incident: &RecentIncident| {
        let began = timestamp::from_text(&incident.first_seen).ok();
        let ms = newest.zip(began).map(|(newest, began)| newest - began);
        ms.map_or_else(String::new, duration)
    };
    let incidents = incidents.into_iter();
    incidents
        .map(|incident| Row {
            age: age(&incident),
            incident,
        })
        .collect()
}

/// How long ago, roughly.
fn duration(ms: i64) -> String {
    match ms / 60_000 {
        minutes if minutes < 1 => "just now".to_owned(),
        minutes if minutes < 60 => format!("{minutes} min ago"),
        minutes if minutes < 48 * 60 => format!("{} h ago", minutes / 60),
        minutes => format!("{} d ago", minutes / (24 * 60)),
    }
}

/// A filter with what may be chosen.
struct Choice {
    label: &'static str,
    name: &'static str,
    chosen: String,
    options: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "incidents.html")]
struct IncidentsPage {
    layout: Layout,
    filters: IncidentFilters,
    choices: Vec<Choice>,
    filtered: bool,
    rows: Vec<Row>,
    /// Against which ages are told.
    newest: String,
    total: usize,
    next: Option<String>,
    stats: Stats,
}

fn choices(filters: &IncidentFilters) -> Vec<Choice> {
    let words = |names: Vec<&'static str>| {
        let some = names.into_iter().map(|name| (name, name.replace('_', " ")));
        let all: Vec<_> = [("", "any".to_owned())].into_iter().chain(some).collect();
        all
    };
    let choice = |label, name, chosen: &Option<String>, options| Choice {
        label,
        name,
        chosen: chosen.clone().unwrap_or_default(),
        options,
    };
    let severities = Severity::ALERTING.map(Severity::name).to_vec();
    let severities = words(severities)
        .into_iter()
        .map(|(name, words)| match name {
            "" | "critical" => (name, words),
            _ => (name, format!("{words} or more")),
        });
    vec![
        choice(
            "State",
            "state",
            &filters.state,
            words(vec!["open", "closed", "merged"]),
        ),
        choice(
            "Severity",
            "severity",
            &filters.severity,
            severities.collect(),
        ),
        choice(
            "Got in",
            "entered",
            &filters.entered,
            vec![
                ("", "any".to_owned()),
                ("true", "yes".to_owned()),
                ("false", "no".to_owned()),
            ],
        ),
        choice(
            "Verdict",
            "verdict",
            &filters.verdict,
            words(vec!["none", "confirmed", "benign", "expected", "unsure"]),
        ),
        choice(
            "Kind",
            "kind",
            &filters.kind,
            words(vec!["account", "campaign", "company"]),
        ),
        choice(
            "Family",
            "family",
            &filters.family,
            words(Family::ALL.map(Family::name).to_vec()),
        ),
        choice(
            "Order",
            "sort",
            &filters.sort,
            vec![
                ("", "newest".to_owned()),
                ("severity", "severity".to_owned()),
            ],
        ),
    ]
}

/// The page.
pub(super) async fn page(
    Reads(caller): Reads,
    State(shared): State<Arc<Shared>>,
    Asked(mut filters): Asked<IncidentFilters>,
) -> Result<Response, Response> {
    let query = wanted_incidents(&caller, &filters)?;
    // Before the list is read, so that the page goes on from no later.
    let layout = Layout::new(&shared, "Incidents");
    let cursor = filters.cursor.take();
    let found = shared
        .recent
        .read(|store| store.find_incidents(&query, cursor.as_deref(), MOST));
    let link = found.next.map(|cursor| {
        let next = IncidentFilters {
            cursor: Some(cursor),
            ..filters.clone()
        };
        format!("/?{}", next.to_query())
    });
    let page = IncidentsPage {
        layout,
        choices: choices(&filters),
        filtered: !filters.to_query().is_empty(),
        filters,
        rows: rows(&shared, &caller, found.items),
        newest: newest(&shared, &caller),
        total: found.total,
        next: link,
        stats: stats_of(&shared, &caller),
    };
    Ok(document(&page))
}

#[derive(Template)]
#[template(path = "row.html")]
struct RowPart {
    row: Row,
}

/// One row, for a page that has it already.
pub(super) async fn row(
    Reads(caller): Reads,
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Response {
    let found = shared.recent.read(|store| store.incident(&id).cloned());
    let found = found.filter(|incident| caller.sees(&incident.tenant));
    match rows(&shared, &caller, found).pop() {
        Some(row) => document(&RowPart { row }),
        None => missing(
            &shared,
            "No such incident",
            "It is not among those that are held.",
        ),
    }
}
