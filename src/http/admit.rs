//! What a request has to be before a handler sees it: for a name that is ours, from somebody who
//! may ask, within his limit, and, where it changes something, from no other site's page.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::answer::error;
use super::caller::Caller;
use super::peers::ASKED_BY_PEER;
use super::{Door, pages};
use crate::access::Access;

/// The cookie that keeps a token for pages.
pub(super) const COOKIE: &str = "nightlatch_token";
/// Wrong tokens of an address: a second, and at once.
const WRONG_PER_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);
const WRONG_AT_ONCE: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);
/// Between two looks for limits that nobody needs any more, requests.
const TIDY_EVERY: u32 = 10_000;

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub SocketAddr);

/// Admits requests.
#[derive(Clone)]
pub(super) struct Admission(Arc<Inner>);

struct Inner {
    access: Access,
    /// Whether only this machine reaches it.
    is_local: bool,
    is_tls: bool,
    requests: DefaultKeyedRateLimiter<String>,
    wrong: DefaultKeyedRateLimiter<String>,
    since_tidy: AtomicU32,
}

impl Admission {
    pub fn new(door: Door) -> Self {
        let access = door.access;
        let each = NonZeroU32::new(access.requests_per_second).unwrap_or(NonZeroU32::MIN);
        let wrong = Quota::per_second(WRONG_PER_SECOND).allow_burst(WRONG_AT_ONCE);
        Self(Arc::new(Inner {
            is_local: door.address.ip().is_loopback(),
            is_tls: door.is_tls,
            requests: RateLimiter::keyed(Quota::per_second(each)),
            wrong: RateLimiter::keyed(wrong),
            since_tidy: AtomicU32::new(0),
            access,
        }))
    }

    pub fn is_tls(&self) -> bool {
        self.0.is_tls
    }

    /// Who has a token.
    pub fn caller_of(&self, secret: &str) -> Option<Caller> {
        self.0.access.find(secret).map(Caller::of_token)
    }

    /// The answer to a token that is none; after some of an address, that there were too many.
    pub fn wrong_token(&self, peer: Option<Peer>) -> Response {
        if self.0.wrong.check_key(&key_of(peer)).is_err() {
            return too_many();
        }
        let message = "the token is none that this process knows ([[http.token]], http.token_file)";
        unauthorized(message)
    }

    fn admit(&self, request: &Request) -> Result<Option<Caller>, Response> {
        let inner = &self.0;
        self.tidy();
        let path = request.uri().path();
        let headers = request.headers();
        let host = host_of(request);
        let named = self.has_name(&host);
        // A scraper has whatever name it likes for us; a browser's page does not.
        let is_scrape = path == "/metrics" && (named || !headers.contains_key("sec-fetch-site"));
        if is_probe(path) || (is_scrape && inner.access.metrics_open) {
            return Ok(None);
        }
        let changes = !matches!(
            *request.method(),
            Method::GET | Method::HEAD | Method::OPTIONS
        );
        if changes {
            from_our_page(headers, &host)?;
        }
        let peer = request.extensions().get::<Peer>().copied();
        let shown = token_of(headers);
        let known = shown
            .as_ref()
            .and_then(|token| self.caller_of(token.secret()));
        let caller = match (known, shown) {
            (Some(caller), _) => Some(caller),
            (None, Some(ShownToken::Bearer(_))) => return Err(self.wrong_token(peer)),
            (None, _) if !named => return Err(unknown_host(&host)),
            // A cookie that is none any more, or another process's: as if there were none.
            (None, _) => self.person(peer, headers)?.or_else(|| {
                let is_ambient = self.is_ambient(&host, headers);
                is_ambient.then(Caller::local)
            }),
        };
        let key = match &caller {
            Some(caller) if caller.is_known => caller.name.clone(),
            _ => key_of(peer),
        };
        if inner.requests.check_key(&key).is_err() {
            return Err(too_many());
        }
        match caller {
            Some(caller) if path == "/metrics" && !caller.sees_the_process() => {
                let message = "metrics are of all tenants, and the token is not";
                Err(error(StatusCode::FORBIDDEN, "forbidden", message))
            }
            Some(caller) => Ok(Some(caller)),
            None if is_open(path) => Ok(None),
            None if wants_a_page(request) => Err(Redirect::to("/sign-in").into_response()),
            None => Err(unauthorized(
                "a token is needed: authorization: Bearer TOKEN; `nightlatch token create FILE` makes one",
            )),
        }
    }

    /// Whom the proxy names. A header that comes twice was not the proxy's alone, and nobody is
    /// called as a token is: the audit would not tell one from the other.
    fn person(&self, peer: Option<Peer>, headers: &HeaderMap) -> Result<Option<Caller>, Response> {
        let Some(identity) = &self.0.access.identity else {
            return Ok(None);
        };
        let values: Vec<&HeaderValue> = headers.get_all(&identity.header).iter().collect();
        let name = match values.as_slice() {
            [] => return Ok(None),
            [one] => one.to_str().ok(),
            _ => return Err(unauthorized("the header that says who asks is there twice")),
        };
        let person = name
            .zip(peer)
            .and_then(|(name, Peer(from))| identity.find(from.ip(), name));
        let is_token = |name: &str| {
            let mut tokens = self.0.access.tokens.iter();
            tokens.any(|token| token.name.eq_ignore_ascii_case(name))
        };
        Ok(person
            .filter(|person| !is_token(&person.name))
            .map(Caller::of_person))
    }

    /// Whether it is reached by a name that is its own. An address is no name: nobody's page can
    /// give it another meaning.
    fn has_name(&self, host: &str) -> bool {
        let name = without_port(host).to_ascii_lowercase();
        is_loopback(&name) || address_in(&name).is_some() || self.0.access.hosts.contains(&name)
    }

    /// Whether whoever asks may without a token. Where there are tokens somebody else is meant to
    /// ask, perhaps through a proxy on this machine, which looks as if it sat here.
    fn is_ambient(&self, host: &str, headers: &HeaderMap) -> bool {
        let is_passed_on = FORWARDED.iter().any(|name| headers.contains_key(*name));
        let is_here = self.0.is_local && is_loopback(without_port(host));
        let access = &self.0.access;
        access.insecure || (is_here && access.is_anonymous() && !is_passed_on)
    }

    fn tidy(&self) {
        if self.0.since_tidy.fetch_add(1, Ordering::Relaxed) == TIDY_EVERY {
            self.0.since_tidy.store(0, Ordering::Relaxed);
            self.0.requests.retain_recent();
            self.0.wrong.retain_recent();
        }
    }
}

/// Admits a request, or answers why not; every answer says what a browser may do with it.
pub(super) async fn admit(
    State(admission): State<Admission>,
    mut request: Request,
    next: Next,
) -> Response {
    let wants_a_page = wants_a_page(&request);
    let mut response = match admission.admit(&request) {
        Ok(caller) => {
            if let Some(mut caller) = caller {
                caller.is_peer = request.headers().contains_key(ASKED_BY_PEER);
                request.extensions_mut().insert(caller);
            }
            next.run(request).await
        }
        Err(refused) => refused,
    };
    if wants_a_page && response.status() == StatusCode::FORBIDDEN {
        response = pages::forbidden();
    }
    protect(response.headers_mut());
    if admission.is_tls() {
        let for_a_year = HeaderValue::from_static("max-age=31536000");
        let name = header::STRICT_TRANSPORT_SECURITY;
        response.headers_mut().insert(name, for_a_year);
    }
    response
}

/// Nothing of another host, nothing inline, in nobody's frame, kept by no cache unless it says so.
fn protect(headers: &mut HeaderMap) {
    const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
        connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let same_origin = HeaderValue::from_static("same-origin");
    headers.insert("cross-origin-opener-policy", same_origin.clone());
    headers.insert("cross-origin-resource-policy", same_origin);
    let no_store = HeaderValue::from_static("no-store");
    headers.entry(header::CACHE_CONTROL).or_insert(no_store);
}

fn is_probe(path: &str) -> bool {
    matches!(path, "/health" | "/health/live" | "/health/ready")
}

/// What is needed to sign in.
fn is_open(path: &str) -> bool {
    path == "/sign-in" || path.starts_with("/assets/")
}

fn wants_a_page(request: &Request) -> bool {
    let accept = request.headers().get(header::ACCEPT);
    let accept = accept.and_then(|accept| accept.to_str().ok());
    request.method() == Method::GET && accept.is_some_and(|accept| accept.contains("text/html"))
}

/// A page of another site must not act through the browser of an analyst.
fn from_our_page(headers: &HeaderMap, host: &str) -> Result<(), Response> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let is_ours = text("origin").is_none_or(|origin| {
        let origin = origin.split_once("://").map_or("", |(_, host)| host);
        origin.eq_ignore_ascii_case(host)
    });
    let is_same = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    if is_ours && is_same {
        return Ok(());
    }
    let message = "the request comes from a page of another site";
    Err(error(StatusCode::FORBIDDEN, "foreign_origin", message))
}

/// What proxies add.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "via"];

/// A token as it was shown.
enum ShownToken {
    Bearer(String),
    Cookie(String),
}

impl ShownToken {
    fn secret(&self) -> &str {
        match self {
            Self::Bearer(secret) | Self::Cookie(secret) => secret,
        }
    }
}

/// The token that a request shows.
fn token_of(headers: &HeaderMap) -> Option<ShownToken> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text(header::AUTHORIZATION)
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim().to_owned());
    let cookie = || {
        let cookies = text(header::COOKIE)?.split(';');
        let mut pairs = cookies.filter_map(|cookie| cookie.trim().split_once('='));
        let (_, token) = pairs.find(|(name, _)| *name == COOKIE)?;
        (!token.is_empty()).then(|| token.to_owned())
    };
    let bearer = bearer.map(ShownToken::Bearer);
    bearer.or_else(|| cookie().map(ShownToken::Cookie))
}

fn host_of(request: &Request) -> String {
    let header = request.headers().get(header::HOST);
    let header = header.and_then(|host| host.to_str().ok());
    let of_uri = request
        .uri()
        .authority()
        .map(|authority| authority.as_str());
    header.or(of_uri).unwrap_or_default().to_owned()
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn address_in(name: &str) -> Option<IpAddr> {
    let bare = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    bare.unwrap_or(name).parse().ok()
}

fn is_loopback(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || address_in(name).is_some_and(|ip| ip.is_loopback())
}

/// By what an address is counted: of IPv6 the part that one customer has.
fn key_of(peer: Option<Peer>) -> String {
    match peer.map(|Peer(address)| address.ip().to_canonical()) {
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
        }
        Some(address) => address.to_string(),
        None => String::new(),
    }
}

fn unauthorized(message: &str) -> Response {
    let mut response = error(StatusCode::UNAUTHORIZED, "unauthorized", message);
    let challenge = HeaderValue::from_static("Bearer realm=\"nightlatch\"");
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, challenge);
    response
}

fn unknown_host(host: &str) -> Response {
    let shown: String = host
        .chars()
        .filter(|letter| !letter.is_control())
        .take(100)
        .collect();
    let message =
        format!("this process is not reached by the name `{shown}`; add it to http.hosts");
    error(StatusCode::MISDIRECTED_REQUEST, "unknown_host", message)
}

fn too_many() -> Response {
    let message =
        "too many requests of this token or address; http.requests_per_second says how many";
    let mut response = error(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message);
    let soon = HeaderValue::from_static("1");
    response.headers_mut().insert(header::RETRY_AFTER, soon);
    response
}
