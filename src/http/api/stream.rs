//! What is new, as server-sent events: with ids to go on from, a heartbeat, and a `gap` where
//! something is missed, after which a client asks for the list anew.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::error::RecvError;
use utoipa::IntoParams;

use super::super::Shared;
use super::super::answer::{Problem, error};
use super::super::caller::{Caller, Reads};
use super::{Asked, bad_query};
use crate::recent::{FeedEvent, FeedKind, Resumed, Subscription};

const HEARTBEAT: Duration = Duration::from_secs(15);

/// What of it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// `incident` (the default), `alert`, or both with a comma.
    kinds: Option<String>,
    /// The last event that was seen, where the header `last-event-id` cannot be sent.
    after: Option<String>,
}

/// Events: `ready` at the start, `incident` and `alert` with the whole of each, `gap` where some
/// are missed.
#[utoipa::path(get, path = "/api/v1/stream", tag = "stream", params(Wanted),
    responses((status = 200, content_type = "text/event-stream", body = String),
        (status = 503, body = Problem)))]
pub(super) async fn stream(
    Reads(caller): Reads,
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Response> {
    let kinds = kinds(wanted.kinds.as_deref())?;
    let Ok(permit) = Arc::clone(&shared.streams).try_acquire_owned() else {
        let message = "as many streams are open as may be (http.max_streams); try again later";
        return Err(error(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_many_streams",
            message,
        ));
    };
    let header = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let subscription = shared.recent.subscribe(header.or(wanted.after.as_deref()));
    // Who is cut off before the first event goes on from here.
    let begins = Event::default().event("ready").data("{}");
    let mut pending = VecDeque::from([begins.id(subscription.begins_after())]);
    if subscription.resumed == Resumed::Gap {
        pending.push_back(gap());
    }
    let listener = Listener {
        kinds,
        caller,
        subscription,
        pending,
        _permit: permit,
    };
    let events = futures_util::stream::unfold(listener, |mut listener| async {
        let event = listener.next().await?;
        Some((Ok::<Event, Infallible>(event), listener))
    });
    let keep_alive = KeepAlive::new().interval(HEARTBEAT);
    let mut response = Sse::new(events).keep_alive(keep_alive).into_response();
    // A proxy must not wait for more.
    let no = axum::http::HeaderValue::from_static("no");
    response.headers_mut().insert("x-accel-buffering", no);
    Ok(response)
}

fn kinds(asked: Option<&str>) -> Result<Vec<FeedKind>, Response> {
    let Some(asked) = asked else {
        return Ok(vec![FeedKind::Incident]);
    };
    let kinds = asked.split(',').map(|name| match name {
        "incident" => Ok(FeedKind::Incident),
        "alert" => Ok(FeedKind::Alert),
        other => Err(bad_query(format!(
            "kinds are incident and alert, and no `{other}`"
        ))),
    });
    kinds.collect()
}

fn gap() -> Event {
    Event::default()
        .event("gap")
        .data(r#"{"message":"some events are missed: ask for the list again"}"#)
}

struct Listener {
    kinds: Vec<FeedKind>,
    caller: Caller,
    subscription: Subscription,
    pending: VecDeque<Event>,
    /// Given back when the client is gone.
    _permit: OwnedSemaphorePermit,
}

impl Listener {
    /// The next event; `None` when the process stops.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(event);
            }
            let event = match self.subscription.missed.pop_front() {
                Some(missed) => missed,
                None => match self.subscription.receiver.recv().await {
                    Ok(event) => event,
                    Err(RecvError::Lagged(_)) => return Some(gap()),
                    Err(RecvError::Closed) => return None,
                },
            };
            if self.kinds.contains(&event.kind) && self.caller.sees(&event.tenant) {
                return Some(self.sent(&event));
            }
        }
    }

    fn sent(&self, event: &FeedEvent) -> Event {
        Event::default()
            .id(self.subscription.id(event))
            .event(event.kind.name())
            .data(&*event.json)
    }
}
