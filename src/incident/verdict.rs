//! What people say of incidents, and what follows from it.
//!
//! The home's owner notes a decision; every process then applies it to the users of the parts that
//! it writes, and keeps with the part what that changed, so that it can be taken back. A verdict
//! teaches what its incident's kept users came with, and no more.

use std::collections::BTreeSet;

use serde::Serialize;

use super::book::{Incidents, PartName, Tell};
use super::{FlaggedLogin, Incident, IncidentId, Source, State, Telling, Told};
use crate::codec::{Wire, take, wire_struct};
use crate::detector::Severity;
use crate::detector::link::Link;
use crate::login::{Id, Partition};
use crate::profile::{ListChange, Sighting};

/// For so long nobody is told again of what was benign, seconds of event time.
const QUIET_S: u32 = 14 * 86_400;

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
}

wire_struct!(Decision {
    id,
    verdict,
    by,
    until_s
});

/// What a verdict changed of a user.
#[derive(Clone, Debug, PartialEq)]
pub struct UserChange {
    pub user: Id,
    pub lists: Vec<ListChange>,
    /// Whether it takes less now to doubt the user's logins.
    pub raised: bool,
}

/// A part of an incident to which a verdict is still to be applied, or of which one is to be taken
/// back.
#[derive(Clone, Debug)]
pub struct DueVerdict {
    name: PartName,
    pub decision: Option<Decision>,
    /// When the incident began, seconds since 1970.
    pub since_s: u32,
    /// The verdict that was applied before, and what it changed.
    pub before: Option<VerdictKind>,
    pub changed: Vec<UserChange>,
    /// Of each kept user: whether somebody got in, and with what.
    pub users: Vec<(Id, bool, Vec<Sighting>)>,
    /// Where its attempts came from, at the part of its home.
    pub sources: Vec<Link>,
}

impl DueVerdict {
    #[must_use]
    pub fn incident(&self) -> IncidentId {
        self.name.id
    }

    /// The partition that writes it.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.name.partition
    }
}

/// Why a verdict does not stand yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// Somebody else has to say the same.
    SecondPerson,
}

impl Incidents {
    /// The incident of an alert, of those that it keeps the ids of.
    #[must_use]
    pub fn of_alert(&self, alert_id: &str) -> Option<IncidentId> {
        let mark = alert_mark(alert_id)?;
        let has = |part: &Incident| part.alert_marks.contains(&mark);
        let found = self.cases.iter().find(|(_, case)| {
            let mut parts = case.parts.iter();
            parts.any(|(_, part)| has(part))
        });
        found.map(|(id, _)| self.resolve(*id))
    }

    /// Why nobody is told of what joins an incident, where somebody has said so.
    #[must_use]
    pub fn quiet_by(&self, id: IncidentId) -> Option<VerdictKind> {
        let main = self.main(id).filter(|main| main.is_quiet())?;
        main.decision.as_ref().map(|decision| decision.verdict)
    }

    /// The partition whose owner decides about an incident, and the incident that it is by now.
    #[must_use]
    pub fn home_of(&self, id: IncidentId) -> Option<(IncidentId, Partition)> {
        let id = self.resolve(id);
        Some((id, self.main(id)?.home))
    }

    /// Notes a verdict about an incident that this process owns. `two_people`: what is critical is
    /// benign once two say so.
    pub fn decide(
        &mut self,
        id: IncidentId,
        decision: Decision,
        two_people: bool,
        now_s: u32,
        tell: &mut Tell<'_>,
    ) -> Result<(), Undecided> {
        let Some(whole) = self.whole(id) else {
            return Ok(());
        };
        let name = PartName {
            id,
            partition: whole.home,
        };
        let is_critical = whole.severity == Severity::Critical;
        let benign = decision.verdict == VerdictKind::Benign;
        if two_people && benign && is_critical {
            let is_second = !whole.proposed_by.is_empty() && whole.proposed_by != decision.by;
            if !is_second {
                let by = decision.by;
                self.change(name, |main| main.proposed_by = by);
                return Err(Undecided::SecondPerson);
            }
        }
        let was_quiet = whole.is_quiet();
        let verdict = decision.verdict;
        self.change(name, |main| {
            main.proposed_by = Box::default();
            main.decision = (verdict != VerdictKind::Withdrawn).then_some(decision);
        });
        match verdict {
            VerdictKind::Expected => self.expect(id),
            VerdictKind::Benign => self.keep_quiet(name, now_s),
            // What was waited for is over.
            _ if was_quiet => self.end(name, now_s),
            _ => {}
        }
        self.to_apply.insert(id);
        let telling = Telling {
            told: Some(Told::Verdict),
            at_s: now_s,
        };
        self.record(id, telling, tell);
        Ok(())
    }

    /// An incident that is expected stays open for its like until its time, untold.
    fn expect(&mut self, id: IncidentId) {
        let Some(whole) = self.whole(id) else { return };
        let name = PartName {
            id,
            partition: whole.home,
        };
        let until_s = whole.decision.as_ref().map_or(0, |one| one.until_s);
        let last_s = whole.last_s;
        let of_user = match whole.users() {
            [only] => Some(Link::of_user(only.user)),
            _ => None,
        };
        let of_sources = whole.sources().iter().map(Source::link);
        let links: Vec<Link> = of_user.into_iter().chain(of_sources).collect();
        self.change(name, |main| {
            main.state = State::Open;
            main.closes_at_s = until_s;
        });
        for link in links {
            self.lead(link, name, last_s);
        }
    }

    /// An incident that is benign is over, but for what its users come with again: of that nobody
    /// needs to be told for a time, though it is flagged until it is familiar.
    fn keep_quiet(&mut self, name: PartName, now_s: u32) {
        self.remember(name);
        self.unlink(name);
        self.change(name, |main| {
            main.state = State::Open;
            main.closes_at_s = now_s.saturating_add(QUIET_S);
            main.links.clear();
        });
        let users = self.part(name).map_or(&[][..], |main| main.users());
        let links = users.iter().map(|member| Link::of_user(member.user));
        for link in links.collect::<Vec<_>>() {
            self.lead(link, name, now_s);
        }
    }

    /// Nothing joins it any more.
    fn end(&mut self, name: PartName, now_s: u32) {
        self.remember(name);
        self.unlink(name);
        self.change(name, |main| {
            main.state = State::Closed;
            main.closes_at_s = main.closes_at_s.min(now_s).max(main.last_s);
            main.links.clear();
        });
    }

    /// The parts of this process that a verdict still has to be applied to.
    #[must_use]
    pub fn due_verdicts(&self) -> Vec<DueVerdict> {
        let mut due = Vec::new();
        let ids: BTreeSet<IncidentId> = self.to_apply.iter().map(|id| self.resolve(*id)).collect();
        for id in ids {
            let Some(main) = self.main(id) else { continue };
            for name in self.parts_of(id) {
                let part = self.part(name).filter(|_| self.owns(name.partition));
                due.extend(part.and_then(|part| self.due_verdict(name, part, main)));
            }
        }
        due.sort_by_key(|due| due.name);
        due
    }

    /// A verdict was applied to a part.
    pub fn note_applied(&mut self, due: &DueVerdict, changed: Vec<UserChange>) {
        let applied = due.decision.clone();
        self.change(due.name, |part| {
            part.applied = applied;
            part.changed = changed;
        });
    }

    fn due_verdict(&self, name: PartName, part: &Incident, main: &Incident) -> Option<DueVerdict> {
        // What was merged holds nothing any more.
        if part.applied == main.decision || part.attempts == 0 {
            return None;
        }
        let before = part.applied.as_ref().map(|decision| decision.verdict);
        let users = part.users().iter();
        let is_main = name.id == main.id && name.partition == main.home;
        let sources: Vec<Link> = match is_main {
            true => main.sources().iter().map(Source::link).collect(),
            false => Vec::new(),
        };
        Some(DueVerdict {
            name,
            decision: main.decision.clone(),
            since_s: main.first_s,
            before,
            changed: part.changed.clone(),
            users: users
                .map(|member| (member.user, member.is_entered(), member.sightings.clone()))
                .collect(),
            sources,
        })
    }

    /// Whether another incident than one, of those that this process owns, says that a source is an
    /// attacker's.
    pub(super) fn is_confirmed_elsewhere(&self, source: Link, id: IncidentId) -> bool {
        let id = self.resolve(id);
        self.cases.iter().any(|(other, case)| {
            let main = case
                .main()
                .filter(|main| *other != id && self.owns(main.home));
            main.is_some_and(|main| {
                main.was_said(VerdictKind::Confirmed)
                    && main.sources().iter().any(|known| known.link() == source)
            })
        })
    }
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
