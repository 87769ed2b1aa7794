//! Answers that are errors: problem documents (RFC 9457), with a code for programs and words for
//! people that say what to do.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::login::Rejected;
use crate::login::fields::{Fields, shown};

/// Why there is no other answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// The name of the status.
    title: &'static str,
    status: u16,
    /// A code for programs.
    error: &'static str,
    /// What is wrong, and what to do.
    detail: String,
    /// The same as `detail`.
    message: String,
    /// The field that is to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
}

impl Problem {
    fn answer(
        status: StatusCode,
        error: &'static str,
        message: String,
        field: Option<&'static str>,
    ) -> Response {
        let problem = Self {
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            error,
            detail: message.clone(),
            message,
            field,
        };
        let mut response = (status, Json(problem)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}

pub(super) fn error(
    status: StatusCode,
    error: &'static str,
    message: impl Into<String>,
) -> Response {
    Problem::answer(status, error, message.into(), None)
}

/// The answer to what is no login: which field is to blame, and what stands in it.
pub(super) fn rejected(rejected: Rejected, body: &[u8]) -> Response {
    let value = match rejected.field {
        Some(field) => Fields::value_in(body, field),
        None => shown(body),
    };
    let message = match value.as_str() {
        "" => rejected.to_string(),
        value => format!("{rejected}: {value}"),
    };
    let field = rejected.field.map(|field| field.name());
    Problem::answer(
        StatusCode::BAD_REQUEST,
        rejected.reason.code(),
        message,
        field,
    )
}

pub(super) fn internal() -> Response {
    error(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "the request could not be answered; the log says why",
    )
}
