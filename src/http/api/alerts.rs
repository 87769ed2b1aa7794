//! Alerts, as they were published.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::IntoParams;

use super::super::Shared;
use super::super::answer::Problem;
use super::super::caller::Reads;
use super::incidents::{not_held, severity};
use super::{Asked, List, limit};
use crate::detector::Severity;
use crate::recent::{AlertDocument, AlertQuery, RecentAlert};

/// Which alerts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct AlertFilters {
    tenant: Option<String>,
    /// An incident's id.
    incident: Option<String>,
    user: Option<String>,
    family: Option<String>,
    /// This severe at least.
    severity: Option<String>,
    #[param(value_type = Option<String>)]
    address: Option<IpAddr>,
    device: Option<String>,
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
    cursor: Option<String>,
}

/// Alerts that are held, the newest first.
#[utoipa::path(get, path = "/api/v1/alerts", tag = "alerts", params(AlertFilters),
    responses((status = 200, body = List<AlertDocument>), (status = 400, body = Problem)))]
pub(super) async fn list(
    Reads(caller): Reads,
    State(shared): State<Arc<Shared>>,
    Asked(filters): Asked<AlertFilters>,
) -> Result<Json<List<Option<Box<RawValue>>>>, Response> {
    let query = AlertQuery {
        tenants: caller.tenants,
        tenant: filters.tenant,
        incident: filters.incident,
        user: filters.user,
        family: filters.family,
        severity: match filters.severity.as_deref() {
            None | Some("") => Severity::None,
            Some(name) => severity(name)?,
        },
        address: filters.address,
        device: filters.device,
    };
    let (limit, cursor) = (limit(filters.limit)?, filters.cursor.as_deref());
    let page = shared
        .recent
        .read(|store| store.find_alerts(&query, cursor, limit));
    Ok(List::of(page, |alert| raw(&alert)))
}

/// It was read as JSON, so there is one.
fn raw(alert: &RecentAlert) -> Option<Box<RawValue>> {
    RawValue::from_string(alert.json.to_string()).ok()
}

/// One alert.
#[utoipa::path(get, path = "/api/v1/alerts/{id}", tag = "alerts", params(("id" = String, Path)),
    responses((status = 200, body = AlertDocument), (status = 404, body = Problem)))]
pub(super) async fn one(
    Reads(caller): Reads,
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Response {
    let found = shared.recent.read(|store| store.alert(&id).cloned());
    match found.filter(|alert| caller.sees(&alert.tenant)) {
        Some(alert) => {
            let kind = [(header::CONTENT_TYPE, "application/json")];
            (kind, alert.json.to_string()).into_response()
        }
        None => not_held("the alert"),
    }
}
