//! The description of the API, made from the code.

use axum::Json;
use axum::response::Response;
use serde_json::{Value, json};
use utoipa::OpenApi;

use super::super::answer::internal;
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
        stream::stream, predict::predict, predict::batch, predict::explain,
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

/// What any route may answer, beside its own: who asks may not, or too often, or wrongly.
const COMMON: [&str; 4] = ["400", "401", "403", "429"];
/// And where something is sent.
const OF_BODIES: [&str; 3] = ["408", "413", "415"];

/// The description as JSON.
pub(in crate::http) async fn openapi() -> Result<Json<Value>, Response> {
    described().map(Json).map_err(|error| {
        tracing::error!(%error, "the API cannot be described");
        internal()
    })
}

fn described() -> Result<Value, serde_json::Error> {
    let mut description = serde_json::to_value(Description::openapi())?;
    let paths = description["paths"].as_object_mut();
    let paths = paths.into_iter().flat_map(|paths| paths.values_mut());
    for operation in paths.flat_map(|path| path.as_object_mut().into_iter().flatten()) {
        let operation = operation.1;
        let takes_a_body = operation.get("requestBody").is_some();
        let Some(responses) = operation["responses"].as_object_mut() else {
            continue;
        };
        let of_bodies = OF_BODIES.iter().filter(|_| takes_a_body);
        for status in COMMON.iter().chain(of_bodies) {
            responses.entry(*status).or_insert(Value::Null);
        }
        for (status, response) in responses.iter_mut() {
            if status.starts_with(['4', '5']) {
                *response = problem();
            }
        }
    }
    Ok(description)
}

/// Every error is a problem document.
fn problem() -> Value {
    let schema = json!({"$ref": "#/components/schemas/Problem"});
    json!({"description": "", "content": {"application/problem+json": {"schema": schema}}})
}
