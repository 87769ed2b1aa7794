//! What the process works with: its model, its rules, what it keeps back.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::Shared;
use super::super::answer::{Problem, error};
use super::super::caller::{Caller, Judges, Reads};
use super::needs_json;
use crate::clock::{Clock, SystemClock};
use crate::detector::{Suppression, Suppressions};
use crate::login::timestamp;

/// The model.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ModelView {
    /// Its name in alerts and metrics.
    checksum: String,
    /// The risk from which a login is flagged, as it is configured.
    threshold: f64,
    threshold_first: f64,
    /// Parts of the risk, with their weights in its log-odds.
    parts: Vec<PartView>,
    /// Where it comes from and what it can do.
    #[schema(value_type = Object)]
    card: crate::model::Card,
}

#[derive(Debug, Serialize, ToSchema)]
struct PartView {
    name: &'static str,
    weight: f64,
}

/// The model that judges.
#[utoipa::path(get, path = "/api/v1/model", tag = "process",
    responses((status = 200, body = ModelView)))]
pub(super) async fn model(_: Reads, State(shared): State<Arc<Shared>>) -> Json<ModelView> {
    let model = shared.detector.model();
    let parts = model.parts().calibration.parts();
    let (threshold, threshold_first) = shared.detector.thresholds_of_risk();
    Json(ModelView {
        checksum: model.checksum().to_owned(),
        threshold,
        threshold_first,
        parts: parts.map(|(name, weight)| PartView { name, weight }).into(),
        card: model.card().clone(),
    })
}

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleView {
    name: &'static str,
    when: String,
    says: String,
    severity: &'static str,
    family: &'static str,
    attack: &'static [&'static str],
    source: String,
    /// Whether it is only counted.
    shadow: bool,
    exceptions: Vec<SuppressionView>,
}

/// The rules that count.
#[utoipa::path(get, path = "/api/v1/rules", tag = "process",
    responses((status = 200, body = super::List<RuleView>)))]
pub(super) async fn rules(
    Reads(caller): Reads,
    State(shared): State<Arc<Shared>>,
) -> Json<super::List<RuleView>> {
    let rules = shared.detector.rules().iter().map(|rule| RuleView {
        name: rule.name,
        when: rule.when.clone(),
        says: rule.says.clone(),
        severity: rule.severity.name(),
        family: rule.family.name(),
        attack: rule.attack,
        source: rule.source.clone(),
        shadow: rule.shadow,
        exceptions: SuppressionView::all(&rule.exceptions, &caller),
    });
    Json(all(rules.collect()))
}

/// What is not alerted of, and until when.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SuppressionView {
    name: String,
    by: String,
    why: String,
    until: String,
    ended: bool,
}

/// Those that somebody may know of: another tenant's are not his.
pub(in crate::http) fn visible<'a>(
    all: &'a Suppressions,
    caller: &'a Caller,
) -> impl Iterator<Item = &'a Suppression> {
    all.iter().filter(|one| {
        let tenant = one.covered.tenant.as_deref();
        tenant.is_none_or(|tenant| caller.sees(tenant))
    })
}

impl SuppressionView {
    fn all(all: &Suppressions, caller: &Caller) -> Vec<Self> {
        visible(all, caller).map(Self::of).collect()
    }

    fn of(one: &Suppression) -> Self {
        Self {
            name: one.name.clone(),
            by: one.by.clone(),
            why: one.why.clone(),
            until: timestamp::to_text(one.until_ms),
            ended: one.has_ended(SystemClock.now_ms()),
        }
    }
}

/// The suppressions of the configuration.
#[utoipa::path(get, path = "/api/v1/suppressions", tag = "process",
    responses((status = 200, body = super::List<SuppressionView>)))]
pub(super) async fn suppressions(
    Reads(caller): Reads,
    State(shared): State<Arc<Shared>>,
) -> Json<super::List<SuppressionView>> {
    Json(all(SuppressionView::all(&shared.suppressions, &caller)))
}

/// Begins an attack among the logins of a demo.
#[utoipa::path(post, path = "/api/v1/demo/attack", tag = "process", request_body = Object,
    responses((status = 202), (status = 404, body = Problem)))]
pub(super) async fn simulate_attack(
    _: Judges,
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
) -> Result<StatusCode, Response> {
    needs_json(&headers)?;
    let Some(simulate) = &shared.simulate_attack else {
        let message = "only `nightlatch demo` makes attacks up";
        return Err(error(StatusCode::NOT_FOUND, "not_found", message));
    };
    simulate();
    Ok(StatusCode::ACCEPTED)
}

fn all<T>(items: Vec<T>) -> super::List<T> {
    super::List {
        total: items.len(),
        items,
        next: None,
    }
}
