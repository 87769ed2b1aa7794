//! Incidents: listed, in full, and judged.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::super::answer::{Problem, error, internal};
use super::super::body::read;
use super::super::caller::{Caller, Judges, Reads};
use super::super::{Shared, turn};
use super::{Asked, List, bad_query, limit};
use crate::clock::{Clock, SystemClock};
use crate::detector::Severity;
use crate::incident::VerdictKind;
use crate::incident::feedback::NewVerdict;
use crate::log::LogError;
use crate::login::timestamp;
use crate::recent::{AlertQuery, IncidentQuery, Order, RecentIncident};

/// Similar incidents that are named.
const MOST_SIMILAR: usize = 5;
/// Alerts of an incident that are given with it, the newest; the others by `alerts?incident=`.
const MOST_ALERTS: usize = 50;

/// Which incidents.
#[derive(Clone, Debug, Default, Deserialize, Serialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(in crate::http) struct IncidentFilters {
    pub tenant: Option<String>,
    /// `open`, `closed` or `merged`.
    pub state: Option<String>,
    /// `account`, `campaign` or `company`.
    pub kind: Option<String>,
    pub family: Option<String>,
    /// This severe at least: `low`, `medium`, `high`, `critical`.
    pub severity: Option<String>,
    /// `none` for those without one.
    pub verdict: Option<String>,
    pub user: Option<String>,
    /// An address, a device, a network or a user agent.
    pub source: Option<String>,
    /// Whether somebody got in: `true` or `false`.
    pub entered: Option<String>,
    /// Anything of it holds this, of at most 256 bytes.
    pub q: Option<String>,
    /// `newest` (the default) or `severity`.
    pub sort: Option<String>,
    /// 50, and 500 at most.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    pub cursor: Option<String>,
}

impl IncidentFilters {
    /// What no field of the page's form chooses, and stays as it is.
    pub(in crate::http) fn kept(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("tenant", &self.tenant),
            ("user", &self.user),
            ("source", &self.source),
        ];
        let filled = all.into_iter().filter_map(|(name, value)| {
            let value = value.as_deref()?;
            (!value.is_empty()).then_some((name, value))
        });
        filled.collect()
    }

    /// As the query of an address; empty where nothing is asked for.
    pub(in crate::http) fn to_query(&self) -> String {
        let limit = self.limit.map(|limit| limit.to_string());
        let pairs = [
            ("tenant", &self.tenant),
            ("state", &self.state),
            ("kind", &self.kind),
            ("family", &self.family),
            ("severity", &self.severity),
            ("verdict", &self.verdict),
            ("user", &self.user),
            ("source", &self.source),
            ("entered", &self.entered),
            ("q", &self.q),
            ("sort", &self.sort),
            ("limit", &limit),
            ("cursor", &self.cursor),
        ];
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in pairs {
            if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}

/// What filters ask for.
pub(in crate::http) fn wanted(
    caller: &Caller,
    filters: &IncidentFilters,
) -> Result<IncidentQuery, Response> {
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let severity = match filled(&filters.severity) {
        None => Severity::None,
        Some(name) => severity(&name)?,
    };
    let order = match filled(&filters.sort).as_deref() {
        None | Some("newest") => Order::Newest,
        Some("severity") => Order::Severity,
        Some(other) => {
            return Err(bad_query(format!(
                "sort is newest or severity, and never `{other}`"
            )));
        }
    };
    let state = filled(&filters.state);
    let entered = match filled(&filters.entered).as_deref() {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(other) => {
            return Err(bad_query(format!(
                "entered is true or false, and never `{other}`"
            )));
        }
    };
    Ok(IncidentQuery {
        tenants: caller.tenants.clone(),
        tenant: filled(&filters.tenant),
        merged: state.as_deref() == Some("merged"),
        state,
        kind: filled(&filters.kind),
        family: filled(&filters.family),
        severity,
        verdict: filled(&filters.verdict),
        user: filled(&filters.user),
        source: filled(&filters.source),
        entered,
        text: match filled(&filters.q) {
            Some(text) => Some(searched(text)?),
            None => None,
        },
        order,
    })
}

/// The longest text that is looked for, bytes.
const MOST_SEARCHED: usize = 256;

/// A text that is looked for, in small letters.
fn searched(text: String) -> Result<String, Response> {
    match text.len() <= MOST_SEARCHED {
        true => Ok(text.to_lowercase()),
        false => Err(bad_query(format!("q has at most {MOST_SEARCHED} bytes"))),
    }
}

/// A severity by its name.
pub(super) fn severity(name: &str) -> Result<Severity, Response> {
    let known = Severity::ALERTING
        .into_iter()
        .find(|one| one.name() == name);
    known.ok_or_else(|| {
        let names = Severity::ALERTING.map(Severity::name).join(", ");
        bad_query(format!("severity is one of {names}, and never `{name}`"))
    })
}

/// Incidents that are held, without those that were found to be another.
#[utoipa::path(get, path = "/api/v1/incidents", tag = "incidents", params(IncidentFilters),
    responses((status = 200, body = List<RecentIncident>), (status = 400, body = Problem)))]
pub(super) async fn list(
    Reads(caller): Reads,
    State(shared): State<Arc<Shared>>,
    Asked(filters): Asked<IncidentFilters>,
) -> Result<Json<List<Arc<RecentIncident>>>, Response> {
    let (query, limit) = (wanted(&caller, &filters)?, limit(filters.limit)?);
    let cursor = filters.cursor.as_deref();
    let page = shared
        .recent
        .read(|store| store.find_incidents(&query, cursor, limit));
    Ok(List::of(page, |incident| incident))
}

/// What holds a text.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    q: String,
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
}

/// Incidents that hold a text anywhere: a user, an address, a device, a reason.
#[utoipa::path(get, path = "/api/v1/search", tag = "incidents", params(Search),
    responses((status = 200, body = List<RecentIncident>), (status = 400, body = Problem)))]
pub(super) async fn search(
    Reads(caller): Reads,
    State(shared): State<Arc<Shared>>,
    Asked(search): Asked<Search>,
) -> Result<Json<List<Arc<RecentIncident>>>, Response> {
    let query = IncidentQuery {
        tenants: caller.tenants.clone(),
        text: Some(searched(search.q)?),
        ..IncidentQuery::default()
    };
    let limit = limit(search.limit)?;
    let page = shared
        .recent
        .read(|store| store.find_incidents(&query, None, limit));
    Ok(List::of(page, |incident| incident))
}

/// An incident with its alerts and those that are like it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct IncidentInFull {
    #[serde(flatten)]
    pub incident: Arc<RecentIncident>,
    /// The newest of those that are held, as they were published.
    #[schema(value_type = Vec<crate::recent::AlertDocument>)]
    pub alert_list: Vec<Box<RawValue>>,
    /// Others of the tenant that are most like it.
    pub similar: Vec<SimilarIncident>,
}

/// Another incident.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct SimilarIncident {
    /// 0 to 1.
    pub likeness: f64,
    pub incident: Arc<RecentIncident>,
}

/// An incident with what is held of it; `None` where it is not held, or not for this caller.
pub(in crate::http) fn incident_in_full(
    shared: &Shared,
    caller: &Caller,
    id: &str,
) -> Option<IncidentInFull> {
    shared.recent.read(|store| {
        let incident = store.incident(id).filter(|one| caller.sees(&one.tenant))?;
        let of = AlertQuery {
            incident: Some(id.to_owned()),
            ..AlertQuery::default()
        };
        let alerts = store.find_alerts(&of, None, MOST_ALERTS).items;
        // They were read as JSON.
        let raw = |json: &str| RawValue::from_string(json.to_owned()).ok();
        let similar = store.similar(incident, caller.tenants.as_deref(), MOST_SIMILAR);
        Some(IncidentInFull {
            incident: Arc::clone(incident),
            alert_list: alerts.iter().filter_map(|alert| raw(&alert.json)).collect(),
            similar: similar
                .into_iter()
                .map(|(likeness, incident)| SimilarIncident { likeness, incident })
                .collect(),
        })
    })
}

pub(super) fn not_held(what: &str) -> Response {
    let message = format!(
        "{what} is not among those that are held (http.recent_incidents, http.recent_alerts); what \
         is older is in the topics alone"
    );
    error(StatusCode::NOT_FOUND, "not_found", message)
}

/// One incident in full.
#[utoipa::path(get, path = "/api/v1/incidents/{id}", tag = "incidents",
    params(("id" = String, Path)),
    responses((status = 200, body = IncidentInFull), (status = 404, body = Problem)))]
pub(super) async fn one(
    Reads(caller): Reads,
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Response {
    match incident_in_full(&shared, &caller, &id) {
        Some(incident) => Json(incident).into_response(),
        None => not_held("the incident"),
    }
}

/// What somebody says of an incident.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SaidVerdict {
    /// `confirmed`, `benign`, `expected`, `unsure` or `withdrawn`.
    verdict: String,
    comment: Option<String>,
    /// Needed where it is expected: RFC 3339, or a date.
    until: Option<String>,
    /// Who says so, where no token says it.
    by: Option<String>,
}

/// A verdict that is on its way.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VerdictTaken {
    verdict_id: String,
    incident_id: String,
    verdict: &'static str,
    by: String,
}

/// Gives a verdict. It is published before this answers; the incident's next record has it.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/verdict", tag = "incidents",
    params(("id" = String, Path)), request_body = SaidVerdict,
    responses((status = 202, body = VerdictTaken), (status = 400, body = Problem),
        (status = 404, body = Problem), (status = 503, body = Problem)))]
pub(super) async fn verdict(
    Judges(caller): Judges,
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Response> {
    needs_json(&headers)?;
    let is_known = shared.recent.read(|store| {
        let incident = store.incident(&id);
        incident.is_some_and(|incident| caller.sees(&incident.tenant))
    });
    if !is_known {
        return Err(not_held("the incident"));
    }
    let body = read(body, shared.max_body_bytes, shared.body_timeout).await?;
    let bad = |message: String| error(StatusCode::BAD_REQUEST, "bad_verdict", message);
    let said: SaidVerdict =
        serde_json::from_slice(&body).map_err(|cause| bad(cause.to_string()))?;
    let kind = VerdictKind::from_name(&said.verdict).ok_or_else(|| {
        let names = VerdictKind::ALL.map(VerdictKind::name).join(", ");
        bad(format!(
            "verdict is one of {names}, and never `{}`",
            said.verdict
        ))
    })?;
    if kind == VerdictKind::Expected && said.until.is_none() {
        return Err(bad(
            "what is expected needs an end: \"until\": \"2026-02-01\"".to_owned(),
        ));
    }
    // A token's name stands in the audit, whatever he calls himself.
    let by = match said.by.filter(|by| !by.trim().is_empty()) {
        Some(by) if !caller.is_known => by,
        _ => caller.name,
    };
    let new = NewVerdict {
        verdict: kind,
        incident_id: Some(&id),
        alert_id: None,
        user_id: None,
        tenant: None,
        device_id: None,
        ip_address: None,
        by: &by,
        at: timestamp::to_text(SystemClock.now_ms()),
        comment: said.comment.as_deref(),
        until: said.until,
    };
    let (verdict_id, json) = new.to_json().map_err(|refusal| bad(refusal.to_string()))?;
    publish(&shared, id.clone(), json).await?;
    tracing::info!(
        incident = id,
        verdict = kind.name(),
        by,
        "a verdict was given over HTTP"
    );
    let taken = VerdictTaken {
        verdict_id,
        incident_id: id,
        verdict: kind.name(),
        by,
    };
    Ok((StatusCode::ACCEPTED, Json(taken)).into_response())
}

/// How long a verdict waits for others.
const PATIENCE: Duration = Duration::from_secs(5);

async fn publish(shared: &Arc<Shared>, id: String, json: Vec<u8>) -> Result<(), Response> {
    let busy = "other verdicts are not published yet: are the brokers there? Say it again later";
    let permit = turn(&shared.publishing, PATIENCE, busy).await?;
    let publisher = Arc::clone(shared);
    let sent = tokio::task::spawn_blocking(move || {
        let sent = (publisher.send_verdict)(&id, &json);
        drop(permit);
        sent
    })
    .await;
    sent.map_err(|_| internal())?.map_err(|cause: LogError| {
        tracing::warn!(%cause, "a verdict could not be published");
        let message = format!("the verdict is not published: {cause}; say it again");
        error(StatusCode::SERVICE_UNAVAILABLE, "not_published", message)
    })
}

/// What changes something is JSON: a form of another site cannot send that.
pub(in crate::http) fn needs_json(headers: &HeaderMap) -> Result<(), Response> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    match kind {
        Some(kind) if kind.eq_ignore_ascii_case("application/json") => Ok(()),
        _ => Err(error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "needs_json",
            "send it as JSON, with content-type: application/json",
        )),
    }
}
