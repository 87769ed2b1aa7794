//! Answers that are errors: a code for programs and words for people, as JSON.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::login::Rejected;
use crate::login::fields::{Fields, shown};

#[derive(Debug, Serialize)]
struct Refusal {
    error: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
}

pub(super) fn error(
    status: StatusCode,
    error: &'static str,
    message: impl Into<String>,
) -> Response {
    let message = message.into();
    let refusal = Refusal {
        error,
        message,
        field: None,
    };
    (status, Json(refusal)).into_response()
}

/// The answer to what is no login: which field is to blame, and what stands in it.
pub(super) fn rejected(rejected: Rejected, body: &[u8]) -> Response {
    let value = match rejected.field {
        Some(field) => Fields::value_in(body, field),
        None => shown(body),
    };
    let refusal = Refusal {
        error: rejected.reason.code(),
        message: match value.as_str() {
            "" => rejected.to_string(),
            value => format!("{rejected}: {value}"),
        },
        field: rejected.field.map(|field| field.name()),
    };
    (StatusCode::BAD_REQUEST, Json(refusal)).into_response()
}

pub(super) fn internal() -> Response {
    error(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "the request could not be answered; the log says why",
    )
}
