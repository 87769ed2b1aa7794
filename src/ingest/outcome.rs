//! What becomes of an event: a login, nothing, or a rejection. Each is told and counted.

use super::names::names;
use crate::login::{Event, Rejected};

names! {
    /// Why a whole event is no login.
    pub enum IgnoreReason {
        NotALogin = "not_a_login",
        NoUser = "no_user",
        Interrupt = "interrupt",
        NonInteractive = "non_interactive",
        NotAUser = "not_a_user",
        NoOutcome = "no_outcome",
        ProtocolError = "protocol_error",
        Step = "step",
        InProgress = "in_progress",
        MethodNone = "method_none",
        NotSshd = "not_sshd",
        NotAudit = "not_audit",
        Empty = "empty",
        Duplicate = "duplicate",
    }
}

impl IgnoreReason {
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::from_name(code)
    }

    /// Every code there is.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        Self::names()
    }
}

names! {
    /// What an event says although it is no login. It is never scored and never a session.
    pub enum Evidence {
        FactorPending = "factor_pending",
        Attempt = "attempt",
        FactorEnrolled = "factor_enrolled",
        FactorRemoved = "factor_removed",
        MailRule = "mail_rule",
    }
}

names! {
    /// Why a record is broken, or of no known shape.
    pub enum Broken {
        Unparseable = "unparseable",
        UnknownShape = "unknown_shape",
        TooManyEvents = "too_many_events",
        TooLarge = "too_large",
        NoTimestamp = "no_timestamp",
    }
}

/// Why an event is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    Record(Broken),
    /// The login that it made breaks a rule of our own.
    Login(Rejected),
}

impl Rejection {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Record(broken) => broken.name(),
            Self::Login(rejected) => rejected.reason.code(),
        }
    }
}

impl Rejection {
    /// The field to blame, where one is.
    #[must_use]
    pub fn field(self) -> Option<&'static str> {
        match self {
            Self::Record(Broken::NoTimestamp) => Some("timestamp"),
            Self::Record(_) => None,
            Self::Login(rejected) => Some(rejected.field?.name()),
        }
    }
}

/// What one event came to.
#[derive(Debug)]
pub enum Outcome<'a> {
    Login {
        login: Box<Event<'a>>,
        /// So many of the same kind; a host's log says it in one line.
        count: u32,
    },
    Ignored {
        reason: IgnoreReason,
        evidence: Option<Box<Event<'a>>>,
    },
    Rejected(Rejection),
}
