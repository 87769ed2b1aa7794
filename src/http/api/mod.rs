//! `/api/v1`: what programs ask. Lists have items, a total and where the next part begins; who asks
//! sees what is of his tenants.

mod alerts;
mod incidents;
pub(super) mod openapi;
mod process;
mod stats;
mod stream;
mod users;

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

pub(super) use incidents::{
    IncidentFilters, incident_in_full, needs_json, wanted as wanted_incidents,
};
pub(super) use process::visible;
pub(super) use stats::{Stats, stats as stats_of};
pub(super) use users::{SourceView, UserView, Whose, source as source_of, user_of};

use super::Shared;
use super::answer::error;
use super::caller::Caller;
use crate::recent::Page;

/// Items of one answer, where nothing is said, and at most.
const LIMIT: usize = 50;
const MOST: usize = 500;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/incidents", get(incidents::list))
        .route("/incidents/{id}", get(incidents::one))
        .route("/incidents/{id}/verdict", post(incidents::verdict))
        .route("/alerts", get(alerts::list))
        .route("/alerts/{id}", get(alerts::one))
        .route("/users/{id}", get(users::one))
        .route("/sources/{kind}/{value}", get(users::source_route))
        .route("/search", get(incidents::search))
        .route("/stats", get(stats::one))
        .route("/model", get(process::model))
        .route("/rules", get(process::rules))
        .route("/suppressions", get(process::suppressions))
        .route("/stream", get(stream::stream))
        .route("/demo/attack", post(process::simulate_attack))
}

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct List<T> {
    pub items: Vec<T>,
    /// The `cursor` of the next part; null at the end.
    pub next: Option<String>,
    /// In all parts together.
    pub total: usize,
}

impl<T> List<T> {
    fn of<A>(page: Page<A>, item: impl Fn(A) -> T) -> Json<Self> {
        Json(Self {
            items: page.items.into_iter().map(item).collect(),
            next: page.next,
            total: page.total,
        })
    }
}

/// How many are wanted.
fn limit(asked: Option<usize>) -> Result<usize, Response> {
    match asked {
        None => Ok(LIMIT),
        Some(limit) if (1..=MOST).contains(&limit) => Ok(limit),
        Some(limit) => Err(bad_query(format!(
            "limit must be from 1 to {MOST}, found {limit}"
        ))),
    }
}

fn bad_query(message: impl Into<String>) -> Response {
    error(StatusCode::BAD_REQUEST, "bad_query", message)
}

/// The tenant that a question is about: the one that is asked for, or the only one there is.
pub(super) fn tenant_of(caller: &Caller, asked: Option<&str>) -> Result<String, Response> {
    let tenant = match (asked, caller.tenants.as_deref()) {
        (Some(tenant), _) => tenant.to_owned(),
        (None, Some([only])) => only.clone(),
        (None, _) => "default".to_owned(),
    };
    match caller.sees(&tenant) {
        true => Ok(tenant),
        // As where there is no such tenant: nobody learns which there are.
        false => Err(error(
            StatusCode::NOT_FOUND,
            "not_found",
            "nothing of that is known, or not to this token",
        )),
    }
}

/// The query of a request; what is no query is answered as every error is.
pub(super) struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let read = Query::<T>::from_request_parts(parts, state).await;
        read.map(|Query(query)| Self(query))
            .map_err(|rejection: QueryRejection| bad_query(rejection.body_text()))
    }
}
