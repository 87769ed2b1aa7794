//! How many requests came, and how long they took.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use prometheus::{Error, HistogramVec, IntCounterVec};

use crate::clock::{Clock, SystemClock};
use crate::metrics::Registry;

/// Seconds from a quarter of a millisecond to ten.
const BUCKETS: &[f64] = &[
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 10.0,
];
/// The route of what is at none: anybody can ask for anything, and each label is a series for ever.
const NO_ROUTE: &str = "none";

/// The metrics of requests.
#[derive(Clone)]
pub(super) struct RequestMetrics {
    requests: IntCounterVec,
    seconds: HistogramVec,
}

impl RequestMetrics {
    pub(super) fn register(registry: &Registry) -> Result<Self, Error> {
        Ok(Self {
            requests: registry.counters(
                "nightlatch_http_requests_total",
                "Requests answered",
                &["route", "status"],
            )?,
            seconds: registry.histograms(
                "nightlatch_http_request_seconds",
                "From a request's headers to its answer",
                &["route"],
                BUCKETS,
            )?,
        })
    }
}

/// Answers a request, and counts it.
pub(super) async fn measure(
    State(metrics): State<RequestMetrics>,
    request: Request,
    next: Next,
) -> Response {
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let start_ns = SystemClock.monotonic_ns();
    let response = next.run(request).await;
    let seconds = (SystemClock.monotonic_ns() - start_ns) as f64 / 1e9;
    let status = response.status();
    metrics
        .requests
        .with_label_values(&[route, status.as_str()])
        .inc();
    metrics.seconds.with_label_values(&[route]).observe(seconds);
    response
}
