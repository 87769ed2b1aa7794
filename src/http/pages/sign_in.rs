//! A token for the pages: kept in a cookie that no script reads and no other site sends.

use std::time::Duration;

use askama::Template;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::admit::{Admission, COOKIE, Peer};
use super::super::answer::error;
use super::super::api::needs_json;
use super::super::body::read;
use super::{Layout, assets, document};

/// How long a browser keeps it, seconds: a working week.
const KEPT_S: u32 = 5 * 86_400;

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignInPage {
    layout: Layout,
}

/// The form.
pub(in crate::http) async fn sign_in_page() -> Response {
    document(&SignInPage {
        layout: Layout {
            assets: assets::folder(),
            active: "",
            is_demo: false,
            position: String::new(),
        },
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    token: String,
}

/// Longer bodies hold no token.
const MAX_BODY_BYTES: usize = 4_096;
const BODY_TIMEOUT: Duration = Duration::from_secs(5);

/// Keeps a token that is one.
pub(in crate::http) async fn sign_in(
    State(admission): State<Admission>,
    request: Request,
) -> Result<Response, Response> {
    let peer = request.extensions().get::<Peer>().copied();
    needs_json(request.headers())?;
    let origin = request.headers().get(header::ORIGIN);
    let is_https = origin.is_some_and(|origin| origin.as_bytes().starts_with(b"https://"));
    let bad = || {
        error(
            StatusCode::BAD_REQUEST,
            "bad_sign_in",
            "send {\"token\": \"...\"}",
        )
    };
    let body = read(request.into_body(), MAX_BODY_BYTES, BODY_TIMEOUT).await?;
    let sent: SignIn = serde_json::from_slice(&body).map_err(|_| bad())?;
    let token = sent.token.trim();
    let caller = admission.caller_of(token);
    let caller = caller.ok_or_else(|| admission.wrong_token(peer))?;
    let said = serde_json::json!({"name": caller.name, "role": caller.role.name()});
    // Its characters were hashed to those of a token of ours; still a header takes only some.
    with_cookie(Json(said).into_response(), token, KEPT_S, is_https).ok_or_else(bad)
}

/// Forgets it.
pub(in crate::http) async fn sign_out(headers: HeaderMap) -> Result<Response, Response> {
    needs_json(&headers)?;
    let answer = StatusCode::NO_CONTENT.into_response();
    Ok(with_cookie(answer, "", 0, false).unwrap_or_else(|| StatusCode::NO_CONTENT.into_response()))
}

fn with_cookie(
    mut answer: Response,
    token: &str,
    max_age_s: u32,
    is_https: bool,
) -> Option<Response> {
    let secure = if is_https { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE}={token}; Max-Age={max_age_s}; Path=/; HttpOnly; SameSite=Strict{secure}");
    let cookie = HeaderValue::from_str(&cookie).ok()?;
    answer.headers_mut().insert(header::SET_COOKIE, cookie);
    Some(answer)
}
