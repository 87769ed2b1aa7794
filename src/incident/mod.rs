//! Incidents: what an analyst works. A flagged login joins an open incident or begins one, by what
//! attackers share ([`link`]).
//!
//! Pure and in event order: no clock, no search that depends on memory addresses. The same flagged
//! logins in the same order give the same incidents, tellings and revisions.

mod book;
mod case;
pub mod link;

pub use book::{Incidents, Joined, Limits};
pub use case::{Case, IncidentKind, State, Telling, Told};
pub use link::{Link, LinkKind, Links, links_of};

use crate::detector::{Family, Severity};
use crate::login::Id;

/// Names an incident: the login that began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IncidentId(pub Id);

/// A flagged login, as far as incidents are concerned.
#[derive(Clone, Debug)]
pub struct Flagged {
    /// Names it, and the incident that it may begin.
    pub id: Id,
    pub tenant: Id,
    pub user: Id,
    /// Event time, seconds since 1970.
    pub time_s: u32,
    /// Whether somebody got in.
    pub entered: bool,
    pub severity: Severity,
    pub family: Family,
    pub links: Links,
}

#[cfg(test)]
mod tests;
