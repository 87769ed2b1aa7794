//! What people say of incidents, and what follows from it.
//!
//! The home's owner notes a decision; every process then applies it to the users of the parts that
//! it writes, and keeps with the part what that changed, so that it can be taken back. A verdict
//! teaches what its incident's kept users came with, and no more.

use serde::Serialize;

use super::{FlaggedLogin, Incident};
use crate::codec::{Wire, take, wire_struct};
use crate::detector::link::Link;
use crate::login::{Id, Offset, Partition};
use crate::profile::{ListChange, Sighting};

/// What somebody says of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VerdictKind {
    /// It is an attack.
    Confirmed,
    /// It is none, and what came with it is the users' own.
    Benign,
    /// It is what it looks like, and harmless: a test, a traveller.
    Expected,
    Unsure,
    /// What was said before is taken back.
    Withdrawn,
}

impl VerdictKind {
    pub const ALL: [Self; 5] = [
        Self::Confirmed,
        Self::Benign,
        Self::Expected,
        Self::Unsure,
        Self::Withdrawn,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Benign => "benign",
            Self::Expected => "expected",
            Self::Unsure => "unsure",
            Self::Withdrawn => "withdrawn",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }
}

impl Wire for VerdictKind {
    fn write(&self, _: u32, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }
    fn read(_: u32, input: &mut &[u8]) -> Option<Self> {
        let code = take(input, 1)?[0];
        Self::ALL.into_iter().find(|kind| *kind as u8 == code)
    }
}

/// A verdict that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub id: Box<str>,
    pub verdict: VerdictKind,
    pub by: Box<str>,
    /// Until when what is expected is not told of, seconds since 1970; 0 for others.
    pub until_s: u32,
    /// The latest event time when it was heard, seconds since 1970: what follows from it ends so
    /// long after.
    pub at_s: u32,
    /// Where it stands among all that was said.
    pub offset: Offset,
}

wire_struct!(Decision {
    id,
    verdict,
    by,
    until_s,
    at_s,
    offset
});

/// How much was heard of what a partition has passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    pub partition: Partition,
    /// The offset after the last.
    pub to: Offset,
}

/// A source that a verdict marked as an attacker's, in the cell that a partition writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub source: Link,
    pub partition: Partition,
    /// Event time, seconds since 1970.
    pub until_s: u32,
}

/// What a verdict changed of a user.
#[derive(Clone, Debug, PartialEq)]
pub struct UserChange {
    pub user: Id,
    pub lists: Vec<ListChange>,
    /// Until when it takes less to doubt the user's logins, seconds since 1970; 0 where it does not.
    pub raised_until_s: u32,
}

impl Incident {
    fn was_said(&self, verdict: VerdictKind) -> bool {
        let decision = self.decision.as_ref();
        decision.is_some_and(|decision| decision.verdict == verdict)
    }

    #[must_use]
    pub fn is_benign(&self) -> bool {
        self.was_said(VerdictKind::Benign)
    }

    /// Whether it is not to be told of.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.is_benign() || self.was_said(VerdictKind::Expected)
    }

    /// Whether a login comes with what its user is known for here: its device, if any, and its
    /// network.
    pub(super) fn has_seen(&self, flagged: &FlaggedLogin) -> bool {
        let (Some(member), Some(now)) = (self.users.get(flagged.user), &flagged.sighting) else {
            return false;
        };
        // Where the provider does not say which device it is, nothing says that it is the same.
        let is_named = now.device.is_some() && now.block.is_some();
        let same = |seen: &Sighting| {
            is_named && seen.device == now.device && (seen.asn, seen.block) == (now.asn, now.block)
        };
        member.sightings.iter().any(same)
    }
}

/// Enough of an alert's id to find it again.
pub(super) fn alert_mark(alert_id: &str) -> Option<u64> {
    u64::from_str_radix(alert_id.get(..16)?, 16).ok()
}
