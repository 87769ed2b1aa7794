//! HTTP: health, metrics, `/predict`, which judges a login without changing any profile, the API
//! and the pages.
//!
//! The accept loop is our own: it bounds connections, and ends those that send nothing. What is
//! asked is admitted first ([`admit`]), whatever it is.

#![allow(
    clippy::result_large_err,
    reason = "an error is the answer itself, made once a request"
)]

mod admit;
mod answer;
mod api;
mod body;
mod caller;
mod pages;
mod peers;
mod predict;
mod rates;
mod requests;
mod serve;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use peers::Peers;
pub use rates::Rates;
pub use serve::serve;
pub use tls::{Tls, TlsError};

use crate::access::Access;
use crate::detector::{Detector, Suppressions};
use crate::health::{Health, HealthMetrics};
use crate::log::LogError;
use crate::login::IdHasher;
use crate::metrics::Registry;
use crate::pipeline::PipelineMetrics;
use crate::profile::ProfileReader;
use crate::recent::Recent;
use admit::Admission;
use answer::error;
use requests::RequestMetrics;

/// Publishes what somebody says of an incident: what it is about, and the message. Blocks until the
/// brokers have it.
pub type SendVerdict = Arc<dyn Fn(&str, &[u8]) -> Result<(), LogError> + Send + Sync>;

/// What the handlers read.
#[derive(Clone)]
pub struct Shared {
    pub detector: Detector,
    pub suppressions: Suppressions,
    pub profiles: ProfileReader,
    pub recent: Recent,
    pub send_verdict: SendVerdict,
    pub hasher: IdHasher,
    pub peers: Peers,
    pub registry: Registry,
    pub metrics: PipelineMetrics,
    pub rates: Rates,
    pub health: Health,
    pub digesting: Arc<tokio::sync::Mutex<()>>,
    /// One permit for each stream of events that may be open.
    pub streams: Arc<Semaphore>,
    /// One for each login, or batch of them, that is judged at once: the stream needs the cores too.
    pub judging: Arc<Semaphore>,
    /// One: verdicts are published one by one, and wait here and not on a thread.
    pub publishing: Arc<Semaphore>,
    pub contributions: usize,
    pub max_body_bytes: usize,
    pub body_timeout: Duration,
    /// How much later than now a login may be dated.
    pub max_clock_skew_ms: i64,
    /// Present where logins are made up: begins an attack among them.
    pub simulate_attack: Option<Arc<dyn Fn() + Send + Sync>>,
}

/// Who may ask, and where it listens.
pub struct Door {
    pub access: Access,
    pub address: SocketAddr,
    /// Whether nobody comes but over TLS of this process.
    pub is_tls: bool,
}

/// A permit, waited for a while.
async fn turn(
    permits: &Arc<Semaphore>,
    within: Duration,
    message: &'static str,
) -> Result<OwnedSemaphorePermit, Response> {
    let waited = tokio::time::timeout(within, Arc::clone(permits).acquire_owned()).await;
    match waited {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(error(StatusCode::SERVICE_UNAVAILABLE, "busy", message)),
    }
}

/// The routes of a process that detects.
pub fn router(shared: Shared, door: Door) -> Result<Router, prometheus::Error> {
    let common = common(&shared.registry, &shared.health)?;
    let requests = RequestMetrics::register(&shared.registry)?;
    let routes = Router::new()
        .route("/api/profiles", get(profiles))
        .route("/predict", post(predict::predict))
        .route("/predict/batch", post(predict::batch))
        .route("/explain", post(predict::explain))
        .route("/openapi.json", get(api::openapi::openapi))
        .nest("/api/v1", api::routes())
        .merge(pages::routes())
        .with_state(Arc::new(shared));
    Ok(finished(common.merge(routes), requests, door))
}

/// The routes of a process that only moves records.
pub fn router_of(
    registry: &Registry,
    health: &Health,
    door: Door,
) -> Result<Router, prometheus::Error> {
    let requests = RequestMetrics::register(registry)?;
    Ok(finished(common(registry, health)?, requests, door))
}

/// What every process answers.
fn common(registry: &Registry, health: &Health) -> Result<Router, prometheus::Error> {
    let scrape = Scrape {
        metrics: HealthMetrics::register(registry)?,
        health: health.clone(),
        registry: registry.clone(),
    };
    Ok(Router::new()
        .route("/health", get(healthy))
        .route("/health/live", get(|| async { "ok\n" }))
        .route("/health/ready", get(ready))
        .with_state(health.clone())
        .route("/metrics", get(metrics).with_state(scrape)))
}

fn finished(routes: Router, requests: RequestMetrics, door: Door) -> Router {
    let admission = Admission::new(door);
    let own = Router::new()
        .route("/assets/{version}/{name}", get(pages::asset))
        .route("/sign-in", get(pages::sign_in_page).post(pages::sign_in))
        .route("/sign-out", post(pages::sign_out))
        .with_state(admission.clone());
    routes
        .merge(own)
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(admission, admit::admit))
        .layer(middleware::from_fn_with_state(requests, requests::measure))
}

async fn not_found(uri: Uri) -> Response {
    let message = format!(
        "there is nothing at {}; /openapi.json says what there is",
        uri.path()
    );
    error(StatusCode::NOT_FOUND, "not_found", message)
}

async fn method_not_allowed(method: Method, uri: Uri) -> Response {
    let message = format!(
        "{} does not take {method}; /openapi.json says what does",
        uri.path()
    );
    error(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        message,
    )
}

async fn healthy(State(health): State<Health>) -> Response {
    let told = health.told();
    let status = match told["status"] == "healthy" {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(told)).into_response()
}

async fn ready(State(health): State<Health>) -> Response {
    match health.not_ready() {
        None => (StatusCode::OK, "ready\n".to_owned()).into_response(),
        Some(reason) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("not ready: {reason}\n"),
        )
            .into_response(),
    }
}

/// What a scrape reads.
#[derive(Clone)]
struct Scrape {
    metrics: HealthMetrics,
    health: Health,
    registry: Registry,
}

async fn metrics(State(scrape): State<Scrape>) -> Response {
    scrape.metrics.update(&scrape.health);
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        scrape.registry.text(),
    )
        .into_response()
}

/// What is remembered, in numbers. Two processes that have seen the same logins give the same
/// digest.
async fn profiles(
    caller::Administers(_): caller::Administers,
    State(shared): State<Arc<Shared>>,
) -> Response {
    // It goes through every profile: one at a time, and not on a thread that serves others.
    let Ok(_turn) = shared.digesting.try_lock() else {
        return error(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            "another digest is being made; ask again when it is there",
        );
    };
    let reader = shared.profiles.clone();
    let counted = tokio::task::spawn_blocking(move || (reader.sizes(), reader.digest(0))).await;
    match counted {
        Ok((sizes, digest)) => {
            let profiles: std::collections::BTreeMap<_, _> = sizes.into_iter().collect();
            Json(serde_json::json!({"profiles": profiles, "digest": digest})).into_response()
        }
        Err(_) => answer::internal(),
    }
}

#[cfg(test)]
mod tests;
