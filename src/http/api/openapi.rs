//! The description of the API, made from the code.

use axum::Json;
use utoipa::OpenApi;

use super::super::predict;
use super::{alerts, incidents, process, stats, stream, users};

#[derive(OpenApi)]
#[openapi(
    info(title = "nightlatch", description = "Account takeover in a stream of logins: incidents, \
        alerts, users, and verdicts."),
    paths(
        incidents::list, incidents::one, incidents::verdict, incidents::search,
        alerts::list, alerts::one, users::one, users::source_route,
        stats::one, process::model, process::rules, process::suppressions, process::simulate_attack,
        stream::stream, predict::predict, predict::batch,
    ),
    tags(
        (name = "incidents", description = "What an analyst works"),
        (name = "alerts", description = "Flagged logins"),
        (name = "users", description = "Users and sources"),
        (name = "process", description = "What it works with, and how it goes"),
        (name = "stream", description = "What is new"),
        (name = "predict", description = "The risk of a login, without remembering it"),
    )
)]
struct Description;

/// The description as JSON.
pub(in crate::http) async fn openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(Description::openapi())
}
