//! The body of a request, within a size and a time: a client that begins one and does not send it
//! must not keep its connection.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::StatusCode;
use axum::response::Response;

use super::answer::error;

/// Reads a body.
pub(super) async fn read(body: Body, limit: usize, timeout: Duration) -> Result<Bytes, Response> {
    match tokio::time::timeout(timeout, to_bytes(body, limit)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err(error(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            format!("there may be at most {limit} bytes (http.max_body_bytes)"),
        )),
        Err(_) => Err(error(
            StatusCode::REQUEST_TIMEOUT,
            "timeout",
            "the body did not come within http.header_timeout_ms",
        )),
    }
}
