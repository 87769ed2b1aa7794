//! `POST /predict`: a login event in, a verdict out.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Shared;
use super::answer::{error, internal, rejected};
use crate::clock::{Clock, SystemClock};
use crate::detector::Severity;
use crate::detector::alert::{Contribution, largest_contributions};
use crate::features;
use crate::login::{Event, Rejected};
use crate::profile::{DamagedCell, DisplayFields};

/// The answer.
#[derive(Debug, Serialize)]
struct Prediction {
    anomaly: u8,
    probability_normal: f64,
    probability_anomaly: f64,
    risk: f64,
    random_forest: f64,
    isolation_forest: f64,
    severity: Severity,
    /// Rules that it meets, those that are only counted too.
    rules: Vec<&'static str>,
    reasons: Vec<PredictedReason>,
    contributions: Vec<Contribution>,
    model: String,
}

#[derive(Debug, Serialize)]
struct PredictedReason {
    code: &'static str,
    text: String,
    attack: &'static [&'static str],
}

pub(super) async fn predict(State(shared): State<Arc<Shared>>, body: Body) -> Response {
    // A client that begins a body and does not send it must not keep its connection.
    let limit = shared.max_body_bytes;
    let body = match tokio::time::timeout(shared.body_timeout, to_bytes(body, limit)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            return error(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                format!("a login has at most {limit} bytes (http.max_body_bytes)"),
            );
        }
        Err(_) => {
            return error(
                StatusCode::REQUEST_TIMEOUT,
                "timeout",
                "the login did not come within http.header_timeout_ms",
            );
        }
    };
    // An explanation takes milliseconds: not on a thread that serves others.
    let judged = tokio::task::spawn_blocking(move || match judge(&shared, &body) {
        Ok(prediction) => Json(prediction).into_response(),
        Err(PredictError::Rejected(refused)) => rejected(refused, &body),
        Err(PredictError::Damaged(damaged)) => {
            tracing::error!(%damaged, "a login could not be judged");
            internal()
        }
    });
    judged.await.unwrap_or_else(|_| internal())
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum PredictError {
    #[error(transparent)]
    Rejected(#[from] Rejected),
    #[error(transparent)]
    Damaged(#[from] DamagedCell),
}

fn judge(shared: &Shared, body: &[u8]) -> Result<Prediction, PredictError> {
    let latest_ms = SystemClock.now_ms() + shared.max_clock_skew_ms;
    let event = Event::from_json(body)?.not_after(latest_ms)?;
    let (login, display) = DisplayFields::with_login(&event, &shared.hasher);
    let opened = shared.profiles.open(&login)?;
    let context = opened.context(&login);
    let values = features::extract(&context);
    let scores = shared.detector.model().score(&values);
    let verdict = shared
        .detector
        .judge_scores(&context, &display, values, scores);
    let found = match &verdict.finding {
        Some(finding) => finding.reasons.clone(),
        // What is unusual is worth telling of a login that is not flagged, too.
        None => shared.detector.reasons(&context, &display),
    };
    let model = shared.detector.model();
    let severity = verdict.severity();
    let reasons = found.into_iter().map(|reason| PredictedReason {
        code: reason.code,
        text: reason.text,
        attack: reason.attack,
    });
    Ok(Prediction {
        anomaly: u8::from(severity != Severity::None),
        probability_normal: 1.0 - scores.risk,
        probability_anomaly: scores.risk,
        risk: scores.risk,
        random_forest: scores.random_forest,
        isolation_forest: scores.isolation_forest,
        severity,
        rules: shared
            .detector
            .rules()
            .of(verdict.met)
            .map(|rule| rule.name)
            .collect(),
        reasons: reasons.collect(),
        contributions: largest_contributions(
            model,
            &values,
            model.contributions(&values),
            shared.contributions,
        ),
        model: model.checksum().to_owned(),
    })
}
