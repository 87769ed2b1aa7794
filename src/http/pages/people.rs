//! A user, and a source of attempts.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::super::Shared;
use super::super::api::{Asked, SourceView, UserView, Whose, source_of, user_of};
use super::super::caller::Reads;
use super::assets::LAND;
use super::columns::Column;
use super::geography::Dot;
use super::incidents::{Row, rows};
use super::story::{StoryLine, story};
use super::{Layout, document, filters, missing};
use crate::profile::{KnownThing, Portrait};

/// A list of what a user uses.
struct ThingList {
    title: &'static str,
    one: &'static str,
    things: Vec<KnownThing>,
}

#[derive(Template)]
#[template(path = "user.html")]
struct UserPage {
    layout: Layout,
    user: UserView,
    hours: Vec<Column>,
    dots: Vec<Dot>,
    land: &'static str,
    lists: Vec<ThingList>,
    rows: Vec<Row>,
    story: Vec<StoryLine>,
}

/// The page of a user.
pub(super) async fn user(
    Reads(caller): Reads,
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    Asked(whose): Asked<Whose>,
) -> Response {
    let found = user_of(&shared, &caller, whose.tenant, name).await;
    let user = match found {
        Ok(user) => user,
        Err(answer) if answer.status() == StatusCode::NOT_FOUND => {
            let text = "No login of this name came, or another process knows of it.";
            return missing(&shared, "Nobody known", text);
        }
        Err(answer) => return answer,
    };
    let alerts: Vec<_> = user
        .alerts
        .iter()
        .filter_map(|raw| serde_json::from_str(raw.get()).ok().map(Arc::new))
        .collect();
    let known = user.known.clone().unwrap_or_default();
    let page = UserPage {
        layout: Layout::new(&shared, ""),
        hours: hours(&known.hours),
        dots: dots(&known),
        land: LAND,
        lists: lists(known),
        rows: rows(&shared, &caller, user.incidents.iter().cloned()),
        story: story(&alerts),
        user,
    };
    document(&page)
}

fn dots(known: &Portrait) -> Vec<Dot> {
    let places = known.places.iter();
    places
        .map(|place| {
            let point = (f64::from(place.latitude), f64::from(place.longitude));
            let radius = 1.5 + f64::from(place.logins).ln_1p().min(6.0) / 2.0;
            let radius = (radius * 10.0).round() / 10.0;
            Dot::new(point, radius, "usual", format!("{} logins", place.logins))
        })
        .collect()
}

fn lists(known: Portrait) -> Vec<ThingList> {
    let list = |title, one, things| ThingList { title, one, things };
    vec![
        list("Countries", "Country", known.countries),
        list("Devices", "Device", known.devices),
        list("Addresses", "Address", known.addresses),
        list("Networks", "Network", known.networks),
        list("Browsers", "Browser", known.browsers),
        list("Systems", "System", known.operating_systems),
    ]
}

/// Weekdays as bars upward from the middle line, weekends downward.
fn hours(counts: &[u8]) -> Vec<Column> {
    const HALF: usize = 38;
    let most = usize::from(counts.iter().copied().max().unwrap_or(0)).max(1);
    let bar = |(slot, count): (usize, &u8)| {
        let (hour, weekend) = (slot % 24, slot >= 24);
        let height = (usize::from(*count) * HALF).div_ceil(most);
        let days = if weekend { "weekends" } else { "weekdays" };
        Column {
            x: hour * 20 + 2,
            y: if weekend { HALF + 2 } else { HALF - height },
            height,
            class: if weekend { "weekend" } else { "usual" },
            label: format!("{hour}:00, {days}: {count} logins"),
        }
    };
    counts.iter().enumerate().map(bar).collect()
}

#[derive(Template)]
#[template(path = "source.html")]
struct SourcePage {
    layout: Layout,
    source: SourceView,
    rows: Vec<Row>,
}

/// The page of a source.
pub(super) async fn source(
    Reads(caller): Reads,
    State(shared): State<Arc<Shared>>,
    Path((kind, value)): Path<(String, String)>,
    Asked(whose): Asked<Whose>,
) -> Response {
    let tenant = whose.tenant;
    let Ok(source) = source_of(&shared, &caller, tenant.as_deref(), &kind, &value) else {
        let text = "A source is an address, a network or a device.";
        return missing(&shared, "No such source", text);
    };
    document(&SourcePage {
        layout: Layout::new(&shared, ""),
        rows: rows(&shared, &caller, source.incidents.iter().cloned()),
        source,
    })
}
