//! What tells people and tools of incidents: whom of what, when, how it reads, and how it gets
//! there. It knows nothing of Kafka: `kafka` reads the topic of incidents for each receiver, and
//! keeps how far it stands.
//!
//! | file | what is in it |
//! |---|---|
//! | `filter` | which incidents a receiver is told of |
//! | `schedule` | what may wait: quiet hours, digests |
//! | `outbox` | what was read and not yet sent, and how far a receiver stands |
//! | `notice` | what one sending says |
//! | `recipe`, `template` | how a tool wants to be told |
//! | `webhook`, `email`, `syslog` | how it gets there |
//! | `guard` | addresses that a webhook may not reach |
//! | `patience` | when it is tried again, and when it is given up |

mod email;
mod filter;
mod guard;
mod metrics;
mod notice;
mod outbox;
mod patience;
mod recipe;
mod schedule;
mod syslog;
mod template;
mod webhook;

use std::time::Duration;

pub use email::{Email, EmailEncryption};
pub use filter::{Filter, KINDS, TELLINGS};
pub use metrics::{NotifyMetrics, Outcome};
pub use notice::{Notice, made_up};
pub use outbox::{Outbox, Read, Standing};
pub use patience::{Next, Patience};
pub use recipe::{RECIPES, Recipe, RecipeError};
pub use schedule::{QuietHours, Schedule};
pub use syslog::{DEFAULT_FACILITY, Syslog, SyslogTransport};
pub use webhook::{Webhook, signing_key};

/// Whoever is told.
#[derive(Clone)]
pub struct Receiver {
    pub name: String,
    pub filter: Filter,
    pub schedule: Schedule,
    pub channel: Channel,
    /// After so long a notice is given up, and kept with the undelivered.
    pub retry: Duration,
}

/// How a receiver is told.
#[derive(Clone)]
pub enum Channel {
    Webhook(Box<Webhook>),
    Email(Box<Email>),
    Syslog(Box<Syslog>),
}

/// Why a notice did not arrive, by what is to be done about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// This notice will never be taken; others may be.
    #[error("{0}")]
    Refused(String),
    /// It may be taken later, not before a time where the receiver said one.
    #[error("{text}")]
    Later {
        text: String,
        after: Option<Duration>,
    },
}

impl SendError {
    /// It may be taken at any later time.
    pub fn later(text: impl Into<String>) -> Self {
        Self::Later {
            text: text.into(),
            after: None,
        }
    }
}

/// A way to a receiver, with the connection that it keeps.
pub trait Sender: Send {
    /// Tells the receiver. Blocks; each of its steps for no longer than the receiver's time-out.
    fn send(&mut self, notice: &Notice, now_ms: i64) -> Result<(), SendError>;
}

impl Channel {
    /// Where it goes, without what is secret of it.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Webhook(webhook) => webhook.place(),
            Self::Email(email) => email.place(),
            Self::Syslog(syslog) => syslog.place(),
        }
    }

    /// Makes ready to send. Reaches for nothing yet.
    #[must_use]
    pub fn open(&self) -> Box<dyn Sender> {
        match self {
            Self::Webhook(webhook) => Box::new(webhook::HttpSender::new(webhook)),
            Self::Email(email) => Box::new(email::MailSender::new(email)),
            Self::Syslog(syslog) => Box::new(syslog::SyslogSender::new(syslog)),
        }
    }
}

#[cfg(test)]
mod tests;
