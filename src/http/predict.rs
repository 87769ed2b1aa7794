//! `POST /predict` and `/explain`: a login event in, a verdict out, or all that is behind it.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::answer::{Problem, error, internal, rejected};
use super::body::read;
use super::caller::{Caller, Predicts, Reads};
use super::{Shared, turn};
use crate::clock::{Clock, SystemClock};
use crate::detector::Severity;
use crate::detector::contribution::{Contribution, Mitigator, Moved};
use crate::detector::explanation::Explained;
use crate::features;
use crate::login::{Event, Rejected};
use crate::model::{PARTS, Part};
use crate::profile::{DamagedCell, DisplayFields, LoginContext};

/// The answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Prediction {
    anomaly: u8,
    probability_normal: f64,
    probability_anomaly: f64,
    risk: f64,
    /// Whether it is flagged only because nothing like it was seen.
    novel: bool,
    random_forest: f64,
    isolation_forest: f64,
    /// Log-odds.
    boosted: f64,
    /// Nats.
    likelihood_ratio: f64,
    /// The same with their weights, and what each alone would say.
    #[schema(value_type = Vec<crate::recent::PartDocument>)]
    parts: [Part; PARTS.len()],
    #[schema(value_type = String)]
    severity: Severity,
    /// Rules that it meets, those that are only counted too.
    rules: Vec<&'static str>,
    reasons: Vec<PredictedReason>,
    #[schema(value_type = Vec<crate::recent::ContributionDocument>)]
    contributions: Vec<Contribution>,
    /// What spoke for the user.
    #[schema(value_type = Vec<crate::recent::MitigatorDocument>)]
    mitigators: Vec<Mitigator>,
    model: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct PredictedReason {
    code: &'static str,
    text: String,
    attack: &'static [&'static str],
}

/// The risk of a login, with why. No profile changes: the same login is answered the same.
#[utoipa::path(post, path = "/predict", tag = "predict", request_body = Object,
    responses((status = 200, body = Prediction), (status = 400, body = Problem)))]
pub(super) async fn predict(
    Predicts(caller): Predicts,
    State(shared): State<Arc<Shared>>,
    body: Body,
) -> Response {
    let limit = shared.max_body_bytes;
    judged(shared, body, limit, move |shared, body| {
        match judge(shared, &caller, body) {
            Ok(prediction) => Json(prediction).into_response(),
            Err(refused) => refused.answer(body),
        }
    })
    .await
}

/// A login explained, and the same for people.
#[derive(Debug, Serialize)]
struct Explanation {
    #[serde(flatten)]
    explained: Explained,
    text: String,
}

/// Everything that speaks for and against a login, by what is known now, which is told of its user,
/// too. No profile changes.
#[utoipa::path(post, path = "/explain", tag = "predict", request_body = Object,
    responses((status = 200, body = Object), (status = 400, body = Problem)))]
pub(super) async fn explain(
    Reads(caller): Reads,
    State(shared): State<Arc<Shared>>,
    body: Body,
) -> Response {
    let limit = shared.max_body_bytes;
    judged(shared, body, limit, move |shared, body| {
        let explained = with_context(shared, &caller, body, |context, display| {
            shared.detector.explain(context, display)
        });
        match explained {
            Ok(explained) => {
                let text = explained.text();
                Json(Explanation { explained, text }).into_response()
            }
            Err(refused) => refused.answer(body),
        }
    })
    .await
}

/// Reads a body and judges what is in it, when it is its turn. An explanation takes milliseconds:
/// not on a thread that serves others.
async fn judged(
    shared: Arc<Shared>,
    body: Body,
    limit: usize,
    judge: impl FnOnce(&Shared, &[u8]) -> Response + Send + 'static,
) -> Response {
    let body = match read(body, limit, shared.body_timeout).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let permit = match turn(&shared.judging, PATIENCE, BUSY).await {
        Ok(permit) => permit,
        Err(busy) => return busy,
    };
    let answer = tokio::task::spawn_blocking(move || {
        let answer = judge(&shared, &body);
        drop(permit);
        answer
    });
    answer.await.unwrap_or_else(|_| internal())
}

/// How long a login waits for others that are judged.
const PATIENCE: Duration = Duration::from_secs(5);
const BUSY: &str = "too many logins are judged at once; ask again in a moment";

/// Logins of one batch.
const MOST_LOGINS: usize = 1_000;

/// What becomes of each login of a batch, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Predictions {
    items: Vec<PredictionOrError>,
}

/// A prediction, or why there is none.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum PredictionOrError {
    Prediction(Box<Prediction>),
    Refused {
        error: &'static str,
        message: String,
    },
}

/// The risk of several logins, each by what is known before all of them.
#[utoipa::path(post, path = "/predict/batch", tag = "predict", request_body = Vec<Object>,
    responses((status = 200, body = Predictions), (status = 400, body = Problem)))]
pub(super) async fn batch(
    Predicts(caller): Predicts,
    State(shared): State<Arc<Shared>>,
    body: Body,
) -> Response {
    let limit = shared.max_body_bytes.saturating_mul(BATCH_FACTOR);
    judged(shared, body, limit, move |shared, body| {
        judge_all(shared, &caller, body)
    })
    .await
}

/// How much longer the body of a batch may be than that of one login.
const BATCH_FACTOR: usize = 16;

fn judge_all(shared: &Shared, caller: &Caller, body: &[u8]) -> Response {
    let bad = |message: String| error(StatusCode::BAD_REQUEST, "not_an_array", message);
    let logins: Vec<&RawValue> = match serde_json::from_slice(body) {
        Ok(logins) => logins,
        Err(cause) => return bad(format!("a batch is an array of logins: {cause}")),
    };
    if logins.len() > MOST_LOGINS {
        let found = logins.len();
        return bad(format!(
            "a batch has at most {MOST_LOGINS} logins, and not {found}"
        ));
    }
    let one = |login: &&RawValue| match judge(shared, caller, login.get().as_bytes()) {
        Ok(prediction) => PredictionOrError::Prediction(Box::new(prediction)),
        Err(PredictError::Rejected(rejected)) => PredictionOrError::Refused {
            error: rejected.reason.code(),
            message: rejected.to_string(),
        },
        Err(refused) => PredictionOrError::Refused {
            error: "refused",
            message: refused.to_string(),
        },
    };
    let items = logins.iter().map(one).collect();
    Json(Predictions { items }).into_response()
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum PredictError {
    #[error(transparent)]
    Rejected(#[from] Rejected),
    #[error(transparent)]
    Damaged(#[from] DamagedCell),
    #[error("the token is not for the tenant `{0}`")]
    ForeignTenant(String),
}

impl PredictError {
    fn answer(self, body: &[u8]) -> Response {
        match self {
            Self::Rejected(refused) => rejected(refused, body),
            Self::Damaged(damaged) => {
                tracing::error!(%damaged, "a login could not be judged");
                internal()
            }
            Self::ForeignTenant(_) => error(StatusCode::FORBIDDEN, "forbidden", self.to_string()),
        }
    }
}

/// Reads a login, and looks at it with what is known.
fn with_context<T>(
    shared: &Shared,
    caller: &Caller,
    body: &[u8],
    look: impl FnOnce(&LoginContext<'_>, &DisplayFields) -> T,
) -> Result<T, PredictError> {
    let latest_ms = SystemClock.now_ms() + shared.max_clock_skew_ms;
    let event = Event::from_json(body)?.not_after(latest_ms)?;
    if !caller.sees(&event.tenant) {
        return Err(PredictError::ForeignTenant(event.tenant.into_owned()));
    }
    let (login, display) = DisplayFields::with_login(&event, &shared.hasher);
    let opened = shared.profiles.open(&login)?;
    Ok(look(&opened.context(&login), &display))
}

fn judge(shared: &Shared, caller: &Caller, body: &[u8]) -> Result<Prediction, PredictError> {
    with_context(shared, caller, body, |context, display| {
        prediction(shared, context, display)
    })
}

fn prediction(shared: &Shared, context: &LoginContext<'_>, display: &DisplayFields) -> Prediction {
    let values = features::extract(context);
    let scores = shared.detector.model().score(&values);
    let verdict = shared
        .detector
        .judge_scores(context, display, values, scores);
    let found = match &verdict.finding {
        Some(finding) => finding.reasons.clone(),
        // What is unusual is worth telling of a login that is not flagged, too.
        None => shared.detector.reasons(context, display),
    };
    let model = shared.detector.model();
    let severity = verdict.severity();
    let reasons = found.into_iter().map(|reason| PredictedReason {
        code: reason.code,
        text: reason.text,
        attack: reason.attack,
    });
    let moved = Moved::of(
        model,
        &values,
        &model.contributions(&values),
        shared.contributions,
    );
    Prediction {
        anomaly: u8::from(severity != Severity::None),
        probability_normal: 1.0 - scores.risk,
        probability_anomaly: scores.risk,
        risk: scores.risk,
        novel: verdict
            .finding
            .as_ref()
            .is_some_and(|finding| finding.novel),
        random_forest: scores.random_forest,
        isolation_forest: scores.isolation_forest,
        boosted: scores.boosted,
        likelihood_ratio: scores.likelihood_ratio,
        parts: model.parts_of(&scores),
        severity,
        rules: shared
            .detector
            .rules()
            .of(verdict.met)
            .map(|rule| rule.name)
            .collect(),
        reasons: reasons.collect(),
        contributions: moved.contributions,
        mitigators: moved.mitigators,
        model: model.checksum().to_owned(),
    }
}
