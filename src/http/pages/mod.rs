//! The pages: whole documents from templates, with small scripts for what is live. Everything comes
//! with the program; nothing is fetched from elsewhere.

mod assets;
mod columns;
mod filters;
mod geography;
mod incident;
mod incidents;
mod model;
mod overview;
mod people;
mod sign_in;
mod story;
mod timeline;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::Shared;
use super::answer::internal;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(incidents::page))
        .route("/incidents/{id}", get(incident::page))
        .route("/rows/{id}", get(incidents::row))
        .route("/users/{id}", get(people::user))
        .route("/sources/{kind}/{value}", get(people::source))
        .route("/dashboard", get(overview::dashboard))
        .route("/model", get(model::model))
        .route("/try", get(overview::try_a_login))
        .route("/system", get(overview::system))
}

/// What a process without tokens needs no state for.
pub(super) use assets::asset;
pub(super) use sign_in::{sign_in, sign_in_page, sign_out};

/// What every page has.
struct Layout {
    /// The folder of the assets, which has another name with each change of them.
    assets: &'static str,
    active: &'static str,
    is_demo: bool,
    /// The last event before the page was made.
    position: String,
}

impl Layout {
    fn new(shared: &Shared, active: &'static str) -> Self {
        Self {
            assets: assets::folder(),
            active,
            is_demo: shared.simulate_attack.is_some(),
            position: shared.recent.position(),
        }
    }

    fn pages(&self) -> [(&'static str, &'static str); 5] {
        [
            ("/", "Incidents"),
            ("/dashboard", "Overview"),
            ("/model", "Model"),
            ("/try", "Try a login"),
            ("/system", "System"),
        ]
    }
}

/// A document.
fn document(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be made");
            internal()
        }
    }
}

#[derive(Template)]
#[template(path = "missing.html")]
struct MissingPage<'a> {
    layout: Layout,
    title: &'a str,
    text: &'a str,
}

/// The page of what is not there.
fn missing(shared: &Shared, title: &str, text: &str) -> Response {
    let page = MissingPage {
        layout: Layout::new(shared, ""),
        title,
        text,
    };
    (StatusCode::NOT_FOUND, document(&page)).into_response()
}

/// The page of what somebody may not see.
pub(super) fn forbidden() -> Response {
    let page = MissingPage {
        layout: Layout {
            assets: assets::folder(),
            active: "",
            is_demo: false,
            position: String::new(),
        },
        title: "Not with this token",
        text: "Its role may not see this page. Sign in with the token of another role at /sign-in.",
    };
    (StatusCode::FORBIDDEN, document(&page)).into_response()
}

#[cfg(test)]
mod tests;
