//! Incidents: what an analyst works. A flagged login joins an open incident or begins one, by what
//! attackers share ([`crate::detector::link`]).
//!
//! Pure and in event order: no clock, no search that depends on memory addresses. The same flagged
//! logins in the same order give the same incidents, tellings and revisions.
//!
//! Like a profile, an incident is the sum of what each source partition has taught ([`Incident`]):
//! the owner of the partition that began it ([`Incident::home`]) decides what is told, and what
//! logins of other processes add to it reaches him beside the stream ([`shared`]).

mod book;
pub mod effect;
pub mod feedback;
mod hearing;
mod merge;
mod parties;
mod record;
mod shared;
mod snapshot;
mod told;
mod undo;
mod verdict;
mod whole;
mod wire;

pub use book::{IncidentLimits, Incidents, LateEvidence, is_late_evidence};
pub use effect::DueVerdict;
pub use hearing::{Hearing, Undecided};
pub use parties::{MAX_USERS, Member, Observation, Source};
pub use record::{Action, IncidentRecord};
pub use told::{Telling, Told};
pub use undo::ChangedIncident;
pub use verdict::{Decision, Heard, Mark, UserChange, VerdictKind};

use std::fmt;
use std::net::IpAddr;

use serde::{Serialize, Serializer};

use crate::detector::link::{Link, Links};
use crate::detector::{Family, Finding, Reason, Severity};
use crate::login::{Id, Login, Offset, Partition};
use crate::profile::Sighting;
use crate::sketch::Cardinality;
use parties::{Observations, Sources, Users};
use told::LastTold;

/// Alerts by whose ids an incident is found; later ones name it themselves.
const MAX_ALERT_MARKS: usize = 64;

/// Users, and marks on sources, of one incident that are kept of what a verdict changed.
const MOST_CHANGES: usize = 256;

/// Verdicts of one incident that wait for its home to hear them; more take the oldest's place.
const MOST_PASSED_ON: usize = 64;

/// Names an incident: a digest of the place of the login that began it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IncidentId(pub Id);

impl IncidentId {
    /// The incident that a login begins, by the id of its event in the log.
    #[must_use]
    pub fn of(place: &str) -> Self {
        let digest = blake3::derive_key("nightlatch 2026 incident id v1", place.as_bytes());
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        Self(Id::from_bytes(half))
    }

    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let bits = u128::from_str_radix(text, 16).ok()?;
        let id = Self(Id::from_bytes(bits.to_be_bytes()));
        (id.to_string() == text).then_some(id)
    }
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0.to_bytes()))
    }
}

impl fmt::Debug for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for IncidentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A flagged login, as far as incidents are concerned.
#[derive(Clone, Debug)]
pub struct FlaggedLogin {
    /// Names the incident that it may begin.
    pub id: IncidentId,
    pub partition: Partition,
    pub user: Id,
    /// Event time, seconds since 1970.
    pub time_s: u32,
    /// Whether somebody got in.
    pub entered: bool,
    pub severity: Severity,
    pub family: Family,
    /// The calibrated probability of an attack, 0 to 1.
    pub risk: f64,
    pub links: Links,
    /// What came with it, where a verdict may follow.
    pub sighting: Option<Sighting>,
}

impl FlaggedLogin {
    /// A login that was flagged, under an id of its own.
    #[must_use]
    pub fn of(id: IncidentId, partition: Partition, login: &Login, finding: &Finding) -> Self {
        Self {
            id,
            partition,
            user: login.user,
            time_s: login.time_s(),
            entered: login.success,
            severity: finding.severity,
            family: finding.family,
            risk: finding.scores.risk,
            links: finding.links.clone(),
            sighting: Some(Sighting::of(login)),
        }
    }
}

/// The words of a flagged login: who reads of its incident knows no ids.
#[derive(Clone, Copy, Debug, Default)]
pub struct Words<'a> {
    pub alert_id: &'a str,
    pub tenant: &'a str,
    pub user: &'a str,
    pub address: Option<IpAddr>,
    pub device: Option<&'a str>,
    pub agent: Option<&'a str>,
    pub reasons: &'a [Reason],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IncidentKind {
    /// One user.
    Account,
    /// Several users, one attacker.
    Campaign,
    /// Failures of many users, far above what is usual at the hour, that nothing else links.
    Company,
}

/// What has become of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Open,
    Closed,
    /// It was found to be one with another.
    Merged {
        into: IncidentId,
    },
}

/// An incident, or what the flagged logins of one partition have added to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    pub id: IncidentId,
    /// The partition of the login that began it: whoever owns it publishes the incident.
    pub home: Partition,
    pub tenant: Box<str>,
    pub state: State,
    pub severity: Severity,
    /// The highest risk of its logins.
    pub risk: f64,
    pub first_s: u32,
    pub last_s: u32,
    /// When nothing joins it before.
    pub closes_at_s: u32,
    /// Flagged logins.
    pub attempts: u64,
    pub first_alert_id: Box<str>,
    pub revision: u32,
    /// The verdict that stands, at its home.
    pub decision: Option<Decision>,
    /// Who has said that it is benign, where two have to, and the offset after that.
    proposed_by: Box<str>,
    proposed_to: Offset,
    /// The offset after the last verdict of it that stood.
    decided_to: Offset,
    /// The verdict of an incident whose logins came here when it was found to be one with this.
    carried: Option<Decision>,
    /// Where this was merged, or holds what was: verdicts of the other count from here on.
    follows_from: Offset,
    /// What was said of incidents that were merged, for this one's home to hear.
    passed_on: Vec<Decision>,
    /// How much the home has heard of that, by the partition that passed it on.
    heard: Vec<Heard>,
    /// The verdict that was applied to this part, and what that changed.
    applied: Option<Decision>,
    changed: Vec<UserChange>,
    marked: Vec<Mark>,
    /// Of its first alerts.
    alert_marks: Vec<u64>,
    users: Users,
    tried: Cardinality,
    families: [u32; Family::ALL.len()],
    sources: Sources,
    observations: Observations,
    /// Whether other users' logins joined it only because the company was under attack.
    by_company: bool,
    /// By which others join it.
    links: Vec<Link>,
    last_told: LastTold,
    last_record_s: u32,
    /// Attempts of the last record.
    recorded_attempts: u64,
}

impl Incident {
    /// Of logins that begin it, or that add to it in another partition than its home.
    fn begun(id: IncidentId, home: Partition, by: &FlaggedLogin, words: &Words<'_>) -> Self {
        Self::empty_part(id, home, by.time_s, (words.tenant, words.alert_id))
    }

    /// What nothing has been added to yet; of a tenant, and with the id of its first alert.
    fn empty_part(
        id: IncidentId,
        home: Partition,
        time_s: u32,
        (tenant, first_alert_id): (&str, &str),
    ) -> Self {
        Self {
            id,
            home,
            tenant: tenant.into(),
            state: State::Open,
            severity: Severity::None,
            risk: 0.0,
            first_s: time_s,
            last_s: time_s,
            closes_at_s: time_s,
            attempts: 0,
            first_alert_id: first_alert_id.into(),
            revision: 0,
            decision: None,
            proposed_by: Box::default(),
            proposed_to: Offset::ZERO,
            decided_to: Offset::ZERO,
            carried: None,
            follows_from: Offset::ZERO,
            passed_on: Vec::new(),
            heard: Vec::new(),
            applied: None,
            changed: Vec::new(),
            marked: Vec::new(),
            alert_marks: Vec::new(),
            users: Users::default(),
            tried: Cardinality::default(),
            families: [0; Family::ALL.len()],
            sources: Sources::default(),
            observations: Observations::default(),
            by_company: false,
            links: Vec::new(),
            last_told: LastTold::default(),
            last_record_s: 0,
            recorded_attempts: 0,
        }
    }

    #[must_use]
    pub fn kind(&self) -> IncidentKind {
        match self.users.named().len() {
            0 | 1 => IncidentKind::Account,
            _ if self.by_company => IncidentKind::Company,
            _ => IncidentKind::Campaign,
        }
    }

    /// The users that are named, those who were entered first.
    #[must_use]
    pub fn users(&self) -> &[Member] {
        self.users.named()
    }

    /// Users that were entered, each once while they are named.
    #[must_use]
    pub fn users_entered(&self) -> u32 {
        self.users.entered()
    }

    /// Users that were tried: exact while all are named, then within some per cent.
    #[must_use]
    pub fn users_tried(&self) -> u64 {
        match self.users.named().len() {
            MAX_USERS => (self.tried.count().round() as u64).max(MAX_USERS as u64),
            few => few as u64,
        }
    }

    #[must_use]
    pub fn sources(&self) -> &[Source] {
        self.sources.named()
    }

    #[must_use]
    pub fn observations(&self) -> &[Observation] {
        self.observations.named()
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

    fn add(&mut self, by: &FlaggedLogin, words: &Words<'_>, patience_s: u32) {
        self.last_s = self.last_s.max(by.time_s);
        self.closes_at_s = self.closes_at_s.max(by.time_s.saturating_add(patience_s));
        self.attempts += 1;
        self.severity = self.severity.max(by.severity);
        self.risk = self.risk.max(by.risk);
        let count = &mut self.families[by.family as usize];
        *count = count.saturating_add(1);
        self.tried.add(by.user);
        self.users.add(by, words);
        self.sources.add(by, words);
        self.observations.add(words.reasons);
        if self.alert_marks.len() < MAX_ALERT_MARKS {
            self.alert_marks.extend(verdict::alert_mark(words.alert_id));
        }
    }

    /// Adds what another partition's logins, or an incident that is one with it, have taught.
    fn absorb(&mut self, other: &Self) {
        self.first_s = self.first_s.min(other.first_s);
        self.last_s = self.last_s.max(other.last_s);
        self.closes_at_s = self.closes_at_s.max(other.closes_at_s);
        self.attempts += other.attempts;
        self.severity = self.severity.max(other.severity);
        self.risk = self.risk.max(other.risk);
        for (count, more) in self.families.iter_mut().zip(other.families) {
            *count = count.saturating_add(more);
        }
        self.tried.merge(&other.tried);
        self.users.absorb(&other.users);
        self.sources.absorb(&other.sources);
        self.observations.absorb(&other.observations);
        self.by_company |= other.by_company;
        let room = MAX_ALERT_MARKS.saturating_sub(self.alert_marks.len());
        let marks = other.alert_marks.iter().take(room);
        self.alert_marks.extend(marks);
    }

    /// Takes over what was said of an incident that is one with it, and what that changed. Verdicts
    /// of the whole count from an offset on.
    fn take_over_verdict(&mut self, other: &Self, follows_from: Offset) {
        self.changed.extend_from_slice(&other.changed);
        self.changed.truncate(MOST_CHANGES);
        self.marked.extend_from_slice(&other.marked);
        self.marked.truncate(MOST_CHANGES);
        if self.proposed_by.is_empty() {
            self.proposed_by.clone_from(&other.proposed_by);
        }
        if self.decision.is_none() && self.applied.is_none() {
            self.carried = other.stands().cloned();
            self.applied.clone_from(&other.applied);
            self.follows_from = follows_from;
        }
    }

    /// The verdict that stands: its own, or what came with an incident that is one with it, unless
    /// something was said since.
    #[must_use]
    pub fn stands(&self) -> Option<&Decision> {
        let came_along = || {
            let carried = self.carried.as_ref();
            carried.filter(|_| self.decided_to <= self.follows_from)
        };
        self.decision.as_ref().or_else(came_along)
    }

    /// The same before any login added to it.
    fn without_content(&self) -> Self {
        let names = (&*self.tenant, &*self.first_alert_id);
        Self {
            last_s: self.last_s,
            closes_at_s: self.closes_at_s,
            ..Self::empty_part(self.id, self.home, self.first_s, names)
        }
    }

    /// Takes everything out that another incident holds from now on.
    fn empty(&mut self, into: IncidentId) -> Self {
        let rest = Self {
            state: State::Merged { into },
            severity: self.severity,
            risk: self.risk,
            revision: self.revision,
            // What was said stays said of the parts that others have added.
            decision: self.stands().cloned(),
            decided_to: self.decided_to,
            heard: self.heard.clone(),
            recorded_attempts: self.recorded_attempts,
            last_told: self.last_told,
            last_record_s: self.last_record_s,
            ..self.without_content()
        };
        std::mem::replace(self, rest)
    }
}

#[cfg(test)]
mod tests;
