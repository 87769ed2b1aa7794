//! The other processes of the group: what one knows of a user whose logins are another's.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::Semaphore;
use ureq::Agent;

use crate::config::PeersConfig;
use crate::profile::Portrait;

/// Says that a peer asks, so that nobody asks on.
pub(super) const ASKED_BY_PEER: &str = "x-nightlatch-peer";
/// A peer that is away keeps nobody waiting for longer.
const TIMEOUT: Duration = Duration::from_secs(2);
/// A user that is known well, with twenty alerts in full.
const MOST_ANSWER_BYTES: u64 = 8 << 20;
/// Questions to peers at once.
const MOST_AT_ONCE: usize = 8;

/// The other processes of the group.
#[derive(Clone)]
pub struct Peers {
    config: PeersConfig,
    agent: Agent,
    /// One permit for each question that may be open.
    pub(super) turns: Arc<Semaphore>,
}

/// What peers know of a user.
#[derive(Debug, Default)]
pub(super) struct KnownToPeers {
    pub portrait: Option<Portrait>,
    /// Peers that did not answer, as they are configured.
    pub silent: Vec<String>,
}

#[derive(Deserialize)]
struct Answer {
    known: Option<Portrait>,
}

impl Peers {
    #[must_use]
    pub fn new(config: &PeersConfig) -> Self {
        let agent = config.trust.http_client(TIMEOUT).build();
        Self {
            config: config.clone(),
            agent: agent.into(),
            turns: Arc::new(Semaphore::new(MOST_AT_ONCE)),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.config.addresses.is_empty()
    }

    /// Asks one after the other until one knows the user. Blocks.
    pub(super) fn ask(&self, tenant: &str, user: &str) -> KnownToPeers {
        let mut known = KnownToPeers::default();
        for address in &self.config.addresses {
            match self.ask_one(address, tenant, user) {
                Ok(Some(portrait)) => {
                    known.portrait = Some(portrait);
                    break;
                }
                Ok(None) => {}
                Err(problem) => {
                    tracing::warn!(peer = address, problem, "a peer cannot be asked for a user");
                    known.silent.push(address.clone());
                }
            }
        }
        known
    }

    fn ask_one(&self, address: &str, tenant: &str, user: &str) -> Result<Option<Portrait>, String> {
        let encoded = |text: &str| {
            let bytes = form_urlencoded::byte_serialize(text.as_bytes());
            // A form's plus is no space in a path.
            bytes.collect::<String>().replace('+', "%20")
        };
        let (user, tenant) = (encoded(user), encoded(tenant));
        let url = format!("{address}/api/v1/users/{user}?tenant={tenant}");
        let mut request = self.agent.get(url).header(ASKED_BY_PEER, "1");
        if let Some(token) = &self.config.token {
            request = request.header("authorization", format!("Bearer {}", token.reveal()));
        }
        let mut answer = request.call().map_err(|error| error.to_string())?;
        match answer.status().as_u16() {
            200 => {}
            404 => return Ok(None),
            status => return Err(format!("it answers {status}; see http.peer_token_file")),
        }
        let body = answer.body_mut().with_config().limit(MOST_ANSWER_BYTES);
        let text = body.read_to_string().map_err(|error| error.to_string())?;
        let answer: Answer = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        Ok(answer.known)
    }
}
