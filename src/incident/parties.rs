//! Who and what takes part in an incident, bounded: users, sources, and what was observed.

use std::sync::Arc;

use super::{FlaggedLogin, Words};
use crate::detector::Reason;
use crate::detector::link::{Link, LinkKind};
use crate::login::Id;
use crate::login::block_text;
use crate::profile::Sighting;

/// Users that are named; of more, only how many there are.
pub const MAX_USERS: usize = 20;
/// Sources that are named, those met first.
pub(super) const MAX_SOURCES: usize = 20;
const MAX_REASONS: usize = 8;
/// Late evidence has room of its own.
pub(super) const MAX_OBSERVATIONS: usize = 12;
/// Logins of a user whose company is kept for a verdict.
pub(super) const MAX_SIGHTINGS: usize = 2;

/// A user of an incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub user: Id,
    pub name: Box<str>,
    pub attempts: u32,
    /// When a flagged login of theirs last succeeded, seconds since 1970; 0 where none did.
    pub entered_s: u32,
    /// What came with some of their logins, those that succeeded first.
    pub sightings: Vec<Sighting>,
}

impl Member {
    #[must_use]
    pub fn is_entered(&self) -> bool {
        self.entered_s > 0
    }

    fn see(&mut self, sighting: &Sighting, entered: bool) {
        if self.sightings.contains(sighting) {
            return;
        }
        if entered {
            self.sightings.insert(0, sighting.clone());
            self.sightings.truncate(MAX_SIGHTINGS);
        } else if self.sightings.len() < MAX_SIGHTINGS {
            self.sightings.push(sighting.clone());
        }
    }
}

/// The users of an incident.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Users {
    pub(super) named: Vec<Member>,
    pub(super) entered: u32,
}

impl Users {
    pub fn named(&self) -> &[Member] {
        &self.named
    }

    pub fn entered(&self) -> u32 {
        self.entered
    }

    fn get_mut(&mut self, user: Id) -> Option<&mut Member> {
        self.named.iter_mut().find(|member| member.user == user)
    }

    pub fn get(&self, user: Id) -> Option<&Member> {
        self.named.iter().find(|member| member.user == user)
    }

    pub fn has_entered(&self, user: Id) -> bool {
        self.get(user).is_some_and(Member::is_entered)
    }

    pub fn add(&mut self, by: &FlaggedLogin, words: &Words<'_>) {
        let entered_s = if by.entered { by.time_s.max(1) } else { 0 };
        self.add_member(by.user, 1, entered_s, || words.user.into());
        if let (Some(member), Some(sighting)) = (self.get_mut(by.user), &by.sighting) {
            member.see(sighting, by.entered);
        }
    }

    pub fn absorb(&mut self, other: &Self) {
        let named = other.named.iter().filter(|member| member.is_entered());
        let unnamed = other.entered.saturating_sub(named.count() as u32);
        for member in &other.named {
            let name = || member.name.clone();
            self.add_member(member.user, member.attempts, member.entered_s, name);
            if let Some(known) = self.get_mut(member.user) {
                for sighting in &member.sightings {
                    known.see(sighting, member.is_entered());
                }
            }
        }
        self.entered += unnamed;
    }

    fn add_member(
        &mut self,
        user: Id,
        attempts: u32,
        entered_s: u32,
        name: impl FnOnce() -> Box<str>,
    ) {
        let is_entered = entered_s > 0;
        if let Some(known) = self.get_mut(user) {
            known.attempts = known.attempts.saturating_add(attempts);
            let is_first = is_entered && !known.is_entered();
            known.entered_s = known.entered_s.max(entered_s);
            if is_first {
                self.entered += 1;
                self.put_entered_first();
            }
            return;
        }
        self.entered += u32::from(is_entered);
        let new = || Member {
            user,
            name: name(),
            attempts,
            entered_s,
            sightings: Vec::new(),
        };
        if self.named.len() < MAX_USERS {
            self.named.push(new());
        } else if let Some(last) = self.named.last_mut()
            && is_entered
            && !last.is_entered()
        {
            // Who was entered matters more than who was tried.
            *last = new();
        }
        self.put_entered_first();
    }

    /// Keeps the order otherwise.
    fn put_entered_first(&mut self) {
        self.named.sort_by_key(|member| !member.is_entered());
    }
}

/// Where attempts came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub kind: LinkKind,
    pub id: Id,
    pub text: Box<str>,
    pub attempts: u32,
}

impl Source {
    #[must_use]
    pub fn link(&self) -> Link {
        Link {
            kind: self.kind,
            id: self.id,
        }
    }

    /// The kind as it is published.
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            LinkKind::Device => "device",
            LinkKind::Address => "address",
            LinkKind::Tool => "user_agent",
            LinkKind::AgentOnNetwork => "user_agent_on_network",
            LinkKind::Block => "network",
            LinkKind::User => "user",
            LinkKind::Company => "company",
        }
    }
}

/// The sources of an incident. What honest people share is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sources(pub(super) Vec<Source>);

impl Sources {
    pub fn named(&self) -> &[Source] {
        &self.0
    }

    pub fn add(&mut self, by: &FlaggedLogin, words: &Words<'_>) {
        for link in by.links.iter().filter(|link| link.kind.is_source()) {
            self.add_source(link.kind, link.id, 1, || text_of(link.kind, words));
        }
    }

    pub fn absorb(&mut self, other: &Self) {
        for source in &other.0 {
            let text = || Some(source.text.clone());
            self.add_source(source.kind, source.id, source.attempts, text);
        }
    }

    fn add_source(
        &mut self,
        kind: LinkKind,
        id: Id,
        attempts: u32,
        text: impl FnOnce() -> Option<Box<str>>,
    ) {
        let same = |known: &&mut Source| known.kind == kind && known.id == id;
        if let Some(known) = self.0.iter_mut().find(same) {
            known.attempts = known.attempts.saturating_add(attempts);
        } else if self.0.len() < MAX_SOURCES
            && let Some(text) = text()
        {
            self.0.push(Source {
                kind,
                id,
                text,
                attempts,
            });
        }
    }
}

fn text_of(kind: LinkKind, words: &Words<'_>) -> Option<Box<str>> {
    match kind {
        LinkKind::Device => words.device.map(Box::from),
        LinkKind::Address => words.address.map(|address| address.to_string().into()),
        LinkKind::Tool | LinkKind::AgentOnNetwork => words.agent.map(Box::from),
        LinkKind::Block => words.address.map(|address| block_text(address).into()),
        LinkKind::User | LinkKind::Company => None,
    }
}

/// One thing that was observed, in the words of the first login that showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    pub code: Arc<str>,
    pub text: Box<str>,
    pub attack: Vec<Arc<str>>,
}

/// What was observed, the first of each code.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Observations(pub(super) Vec<Observation>);

impl Observations {
    pub fn named(&self) -> &[Observation] {
        &self.0
    }

    pub fn add(&mut self, reasons: &[Reason]) {
        for reason in reasons {
            self.add_up_to(MAX_REASONS, reason.code, || Observation {
                code: reason.code.into(),
                text: reason.text.as_str().into(),
                attack: reason.attack.iter().map(|id| Arc::from(*id)).collect(),
            });
        }
    }

    pub fn absorb(&mut self, other: &Self) {
        for observation in &other.0 {
            self.add_late(&observation.code, || observation.clone());
        }
    }

    pub fn add_late(&mut self, code: &str, new: impl FnOnce() -> Observation) {
        self.add_up_to(MAX_OBSERVATIONS, code, new);
    }

    fn add_up_to(&mut self, most: usize, code: &str, new: impl FnOnce() -> Observation) {
        let is_known = self.0.iter().any(|known| &*known.code == code);
        if !is_known && self.0.len() < most {
            self.0.push(new());
        }
    }
}
