//! HTTP: health, metrics, and `/predict`, which judges a login without changing any profile.
//!
//! The accept loop is our own: it bounds connections, and ends those that send nothing.

mod answer;
mod predict;
mod requests;
mod serve;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};

pub use serve::serve;

use crate::detector::Detector;
use crate::health::{Health, HealthMetrics};
use crate::login::IdHasher;
use crate::metrics::Registry;
use crate::profile::ProfileReader;
use answer::error;
use requests::RequestMetrics;

/// What the handlers read.
#[derive(Clone)]
pub struct Shared {
    pub detector: Detector,
    pub profiles: ProfileReader,
    pub hasher: IdHasher,
    pub registry: Registry,
    pub health: Health,
    pub digesting: Arc<tokio::sync::Mutex<()>>,
    pub contributions: usize,
    pub max_body_bytes: usize,
    pub body_timeout: Duration,
    /// How much later than now a login may be dated.
    pub max_clock_skew_ms: i64,
}

/// The routes of a process that detects.
pub fn router(shared: Shared) -> Result<Router, prometheus::Error> {
    let common = common(&shared.registry, &shared.health)?;
    let requests = RequestMetrics::register(&shared.registry)?;
    let routes = Router::new()
        .route("/", get(index))
        .route("/api/profiles", get(profiles))
        .route("/predict", post(predict::predict))
        .with_state(Arc::new(shared));
    Ok(finished(common.merge(routes), requests))
}

/// The routes of a process that only moves records.
pub fn router_of(registry: &Registry, health: &Health) -> Result<Router, prometheus::Error> {
    let requests = RequestMetrics::register(registry)?;
    Ok(finished(common(registry, health)?, requests))
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

fn finished(routes: Router, requests: RequestMetrics) -> Router {
    routes
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(requests, requests::measure))
}

async fn not_found(uri: Uri) -> Response {
    let message = format!(
        "there is nothing at {}; GET / says what there is",
        uri.path()
    );
    error(StatusCode::NOT_FOUND, "not_found", message)
}

async fn method_not_allowed(method: Method, uri: Uri) -> Response {
    let message = format!(
        "{} does not take {method}; GET / says what does",
        uri.path()
    );
    error(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        message,
    )
}

async fn index() -> &'static str {
    "nightlatch\n\n\
     POST /predict        judge a login event (JSON) without changing any profile\n\
     GET  /metrics        for Prometheus\n\
     GET  /api/profiles   how many profiles there are, and a digest of them\n\
     GET  /health         how it is, and how much each source says\n\
     GET  /health/live    the process runs\n\
     GET  /health/ready   logins are consumed and alerts can be published\n"
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
async fn profiles(State(shared): State<Arc<Shared>>) -> Response {
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
