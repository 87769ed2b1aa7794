//! A POST to an address, signed as Standard Webhooks says
//! (<https://github.com/standard-webhooks/standard-webhooks>).

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use ureq::Agent;
use ureq::http::{HeaderMap, Uri};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;

use super::guard::GuardedResolver;
use super::recipe::{Recipe, Request};
use super::{Notice, SendError, Sender};
use crate::trust::Trust;

/// Of what a receiver answers, so much is read, and told.
const MOST_ANSWER_BYTES: u64 = 4_096;
const MOST_TOLD: usize = 200;

/// A receiver over HTTP.
#[derive(Clone)]
pub struct Webhook {
    /// Part of it may be secret: it is never told.
    pub url: Uri,
    pub recipe: Arc<Recipe>,
    /// What the recipe puts where the tool expects a key.
    pub secret: Option<String>,
    /// What notices are signed with.
    pub signing: Option<Vec<u8>>,
    pub page_url: Option<String>,
    /// Addresses of private networks, and http without TLS, are meant.
    pub allow_private: bool,
    pub trust: Trust,
    pub timeout: Duration,
}

impl Webhook {
    pub(super) fn place(&self) -> String {
        let scheme = self.url.scheme_str().unwrap_or_default();
        let host = self.url.host().unwrap_or_default();
        let port = self.url.port_u16().map(|port| format!(":{port}"));
        format!("{scheme}://{host}{}", port.unwrap_or_default())
    }
}

impl Webhook {
    /// What a receiver says, without what it repeats of the secrets that it was sent.
    fn without_secrets(&self, said: &str) -> String {
        let path = self.url.path_and_query().map_or("", |path| path.as_str());
        let parts = path.split(['/', '?', '&', '=']);
        let secrets = parts.chain(self.secret.as_deref()).chain([path]);
        let mut secrets: Vec<&str> = secrets.filter(|part| part.len() >= 6).collect();
        secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
        let mut said = said.to_owned();
        for secret in secrets {
            said = said.replace(secret, "****");
        }
        said
    }
}

/// What a notice is signed with: base64 after `whsec_`, else the text itself.
#[must_use]
pub fn signing_key(text: &str) -> Option<Vec<u8>> {
    match text.strip_prefix("whsec_") {
        Some(encoded) => STANDARD.decode(encoded).ok(),
        None => Some(text.as_bytes().to_vec()),
    }
}

/// The signature of what is sent under an id at a time.
pub(super) fn signature(key: &[u8], id: &str, at_s: i64, body: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        // HMAC takes keys of any length.
        return String::new();
    };
    mac.update(format!("{id}.{at_s}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

pub(super) struct HttpSender {
    webhook: Webhook,
    agent: Agent,
}

impl HttpSender {
    pub fn new(webhook: &Webhook) -> Self {
        // A redirect may lead anywhere, with what is secret of the request, and a proxy would resolve
        // the name itself: this client knows neither.
        let config = webhook
            .trust
            .http_client(webhook.timeout)
            .https_only(!webhook.allow_private)
            .build();
        let connector = DefaultConnector::default();
        let agent = match webhook.allow_private {
            true => Agent::with_parts(config, connector, DefaultResolver::default()),
            false => Agent::with_parts(config, connector, GuardedResolver::default()),
        };
        Self {
            webhook: webhook.clone(),
            agent,
        }
    }

    fn post(&self, id: &str, request: &Request, now_ms: i64) -> Result<(), SendError> {
        let at_s = now_ms.div_euclid(1_000);
        let url = format!("{}{}", self.webhook.url, request.path);
        let mut post = self
            .agent
            .post(url)
            .header("idempotency-key", id)
            .header("webhook-id", id)
            .header("webhook-timestamp", at_s.to_string());
        if let Some(key) = &self.webhook.signing {
            post = post.header("webhook-signature", signature(key, id, at_s, &request.body));
        }
        for (name, value) in &request.headers {
            post = post.header(name, value);
        }
        let mut answer = post.send(&request.body).map_err(|error| told(&error))?;
        let status = answer.status().as_u16();
        if (200..300).contains(&status) {
            return Ok(());
        }
        let said = answer
            .body_mut()
            .with_config()
            .limit(MOST_ANSWER_BYTES)
            .read_to_string();
        let said = self.webhook.without_secrets(&said.unwrap_or_default());
        Err(refused(status, answer.headers(), &said))
    }
}

impl Sender for HttpSender {
    fn send(&mut self, notice: &Notice, now_ms: i64) -> Result<(), SendError> {
        let webhook = &self.webhook;
        let (page_url, secret) = (webhook.page_url.as_deref(), webhook.secret.as_deref());
        let request = webhook.recipe.request(notice, page_url, secret);
        let request = request.map_err(|error| SendError::Refused(error.to_string()))?;
        self.post(&notice.key(), &request, now_ms)
    }
}

/// Nothing that may be secret of the address is told.
fn told(error: &ureq::Error) -> SendError {
    SendError::later(match error {
        ureq::Error::Timeout(at) => format!("no answer in time ({at})"),
        ureq::Error::HostNotFound => "its name is not known".to_owned(),
        ureq::Error::RequireHttpsOnly(_) => "http without TLS is refused".to_owned(),
        ureq::Error::BadUri(_) => "the address is not one of HTTP".to_owned(),
        // The request itself cannot be made.
        ureq::Error::Http(error) => return SendError::Refused(error.to_string()),
        error => error.to_string(),
    })
}

/// What a status means: of this notice, or of the receiver.
fn refused(status: u16, headers: &HeaderMap, said: &str) -> SendError {
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let said: String = said
        .chars()
        .filter(|letter| !letter.is_control())
        .take(MOST_TOLD)
        .collect();
    let said = match said.as_str() {
        "" => String::new(),
        said => format!(": {said}"),
    };
    let header = |name: &str| headers.get(name)?.to_str().ok();
    match status {
        300..400 => SendError::later(format!(
            "it answers {status}, a redirect, which is not followed: configure the address itself"
        )),
        // What was sent cannot be taken; the next may.
        400 | 413 | 415 | 422 => SendError::Refused(format!("it answers {status}{said}")),
        _ => SendError::Later {
            text: format!("it answers {status}{said}"),
            after: header("retry-after")
                .and_then(|after| after.trim().parse().ok())
                .map(Duration::from_secs),
        },
    }
}
