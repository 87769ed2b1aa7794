//! Incidents: what an analyst works. A flagged login joins an open incident or begins one, by what
//! attackers share ([`link`]).
//!
//! Pure and in event order: no clock, no search that depends on memory addresses. The same flagged
//! logins in the same order give the same incidents, tellings and revisions.

mod book;
pub mod link;

use smallvec::SmallVec;

pub use book::{IncidentLimits, Incidents, Joined};
pub use link::{Link, LinkKind, Links, links_of};

use crate::detector::{Family, Severity};
use crate::login::Id;
use crate::sketch::Cardinality;

/// Users that are named; of more, only how many there are.
pub const MAX_USERS: usize = 20;
/// So many entered users are told of one by one, then at doublings.
const TOLD_ONE_BY_ONE: u32 = 10;
/// So many times the attempts of the last telling are worth another.
const ATTEMPTS_FACTOR: u64 = 10;
/// Between two records of an incident that say nothing new, seconds of event time.
const REFRESH_S: u32 = 60;

/// Names an incident: the login that began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IncidentId(pub Id);

/// A flagged login, as far as incidents are concerned.
#[derive(Clone, Debug)]
pub struct FlaggedLogin {
    /// Names it, and the incident that it may begin.
    pub id: Id,
    pub user: Id,
    /// Event time, seconds since 1970.
    pub time_s: u32,
    /// Whether somebody got in.
    pub entered: bool,
    pub severity: Severity,
    pub family: Family,
    pub links: Links,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncidentKind {
    /// One user.
    Account,
    /// Several users, one attacker.
    Campaign,
}

/// Why a record of an incident is worth somebody's attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Opened,
    /// One more user was entered, it is more severe, or there are ten times as many attempts.
    Worse,
    Closed,
}

/// A record of an incident: told, or a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Telling {
    pub incident: IncidentId,
    pub revision: u32,
    pub told: Option<Told>,
}

/// A user of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    pub user: Id,
    pub attempts: u32,
    pub entered: bool,
}

/// What was last told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct LastTold {
    severity: Severity,
    entered: u32,
    attempts: u64,
}

/// An incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    pub id: IncidentId,
    pub severity: Severity,
    pub first_s: u32,
    pub last_s: u32,
    /// When nothing joins it before.
    pub closes_at_s: u32,
    pub revision: u32,
    /// Flagged logins.
    pub attempts: u64,
    /// Users that were entered, each once while they are named.
    pub users_entered: u32,
    users: SmallVec<[Member; 2]>,
    tried: Cardinality,
    families: [u32; Family::ALL.len()],
    /// By which others join it.
    links: Vec<Link>,
    last_told: LastTold,
    last_record_s: u32,
}

impl Incident {
    fn begun(by: &FlaggedLogin) -> Self {
        Self {
            id: IncidentId(by.id),
            severity: Severity::None,
            first_s: by.time_s,
            last_s: by.time_s,
            closes_at_s: by.time_s,
            revision: 0,
            attempts: 0,
            users_entered: 0,
            users: SmallVec::new(),
            tried: Cardinality::default(),
            families: [0; Family::ALL.len()],
            links: Vec::new(),
            last_told: LastTold {
                severity: Severity::None,
                entered: 0,
                attempts: 0,
            },
            last_record_s: 0,
        }
    }

    #[must_use]
    pub fn kind(&self) -> IncidentKind {
        match self.users.len() {
            0 | 1 => IncidentKind::Account,
            _ => IncidentKind::Campaign,
        }
    }

    /// The users that are named, those who were entered first.
    #[must_use]
    pub fn users(&self) -> &[Member] {
        &self.users
    }

    /// Users that were tried: exact while all are named, then within some per cent.
    #[must_use]
    pub fn users_tried(&self) -> u64 {
        match self.users.len() {
            MAX_USERS => (self.tried.count().round() as u64).max(MAX_USERS as u64),
            few => few as u64,
        }
    }

    /// The family that most of its logins look like; what says little only where nothing else does.
    #[must_use]
    pub fn family(&self) -> Family {
        let says_little = |family: Family| matches!(family, Family::Unusual | Family::AfterAttack);
        let counted = Family::ALL.into_iter().zip(self.families);
        let most = counted.filter(|(_, count)| *count > 0);
        // Of equals the first.
        most.rev()
            .max_by_key(|(family, count)| (!says_little(*family), *count))
            .map_or(Family::Unusual, |(family, _)| family)
    }

    /// Whether it was entered by a user.
    #[must_use]
    pub fn has_entered(&self, user: Id) -> bool {
        self.users
            .iter()
            .any(|member| member.user == user && member.entered)
    }

    fn add(&mut self, by: &FlaggedLogin, patience_s: u32) {
        self.last_s = self.last_s.max(by.time_s);
        self.closes_at_s = self.closes_at_s.max(by.time_s.saturating_add(patience_s));
        self.attempts += 1;
        self.severity = self.severity.max(by.severity);
        let count = &mut self.families[by.family as usize];
        *count = count.saturating_add(1);
        self.tried.add(by.user);
        self.add_member(Member {
            user: by.user,
            attempts: 1,
            entered: by.entered,
        });
    }

    fn add_member(&mut self, new: Member) {
        if let Some(known) = self.users.iter_mut().find(|member| member.user == new.user) {
            known.attempts = known.attempts.saturating_add(new.attempts);
            if new.entered && !known.entered {
                known.entered = true;
                self.users_entered += 1;
                self.put_entered_first();
            }
            return;
        }
        self.users_entered += u32::from(new.entered);
        if self.users.len() < MAX_USERS {
            self.users.push(new);
        } else if let Some(last) = self
            .users
            .last_mut()
            .filter(|last| new.entered && !last.entered)
        {
            // Who was entered matters more than who was tried.
            *last = new;
        }
        self.put_entered_first();
    }

    /// Keeps the order otherwise.
    fn put_entered_first(&mut self) {
        self.users.sort_by_key(|member| !member.entered);
    }

    /// Takes what another incident is: both are one attacker's. Gives the other's last record.
    fn absorb(&mut self, other: &mut Self) -> Telling {
        self.first_s = self.first_s.min(other.first_s);
        self.last_s = self.last_s.max(other.last_s);
        self.closes_at_s = self.closes_at_s.max(other.closes_at_s);
        self.attempts += other.attempts;
        self.severity = self.severity.max(other.severity);
        for (count, more) in self.families.iter_mut().zip(other.families) {
            *count = count.saturating_add(more);
        }
        self.tried.merge(&other.tried);
        let unnamed =
            other.users_entered - other.users.iter().filter(|member| member.entered).count() as u32;
        for member in std::mem::take(&mut other.users) {
            self.add_member(member);
        }
        self.users_entered += unnamed;
        self.links.append(&mut other.links);
        other.record(None, self.last_s)
    }

    /// The record that its last change is worth, if any.
    fn telling(&mut self, now_s: u32) -> Option<Telling> {
        let told = self.worth_telling();
        let is_due = now_s.saturating_sub(self.last_record_s) >= REFRESH_S;
        if told.is_none() && !is_due {
            return None;
        }
        if told.is_some() {
            self.last_told = LastTold {
                severity: self.severity,
                entered: self.users_entered,
                attempts: self.attempts,
            };
        }
        Some(self.record(told, now_s))
    }

    fn worth_telling(&self) -> Option<Told> {
        let LastTold {
            severity,
            entered,
            attempts,
        } = self.last_told;
        if attempts == 0 {
            return Some(Told::Opened);
        }
        let next_entered = if entered < TOLD_ONE_BY_ONE {
            entered + 1
        } else {
            entered.saturating_mul(2)
        };
        let is_worse = self.severity > severity
            || self.users_entered >= next_entered
            || self.attempts >= attempts.saturating_mul(ATTEMPTS_FACTOR);
        is_worse.then_some(Told::Worse)
    }

    fn record(&mut self, told: Option<Told>, now_s: u32) -> Telling {
        self.revision += 1;
        self.last_record_s = now_s;
        Telling {
            incident: self.id,
            revision: self.revision,
            told,
        }
    }

    fn close(&mut self) -> Telling {
        let now_s = self.closes_at_s;
        self.record(Some(Told::Closed), now_s)
    }
}

#[cfg(test)]
mod tests;
