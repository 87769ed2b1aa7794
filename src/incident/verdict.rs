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
use crate::login::{Id, Offset, Partition};
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

/// A source that a verdict marked as an attacker's, in the cell that a partition writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub source: Link,
    pub partition: Partition,
}

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
    /// What the verdict before changed.
    pub changed: Vec<UserChange>,
    pub marked: Vec<Mark>,
    /// Of each kept user: whether somebody got in, and with what.
    pub users: Vec<(Id, bool, Vec<Sighting>)>,
    /// Where its attempts came from.
    pub sources: Vec<Link>,
}

/// Who decides about an incident that somebody names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearing {
    /// This process, about the incident that it is by now.
    Here(IncidentId),
    /// The owner of the incident that it was merged into, who hears of it through this process.
    PassedOn(IncidentId),
    /// Another process: the owner of the partition where it began.
    Elsewhere,
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

/// Why a verdict does not stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// Somebody else has to say the same.
    SecondPerson,
    /// It was heard before, or something later was.
    Heard,
}

impl Incidents {
    /// The incident whose part keeps the id of an alert, and the partition that writes that part:
    /// one part does at a time.
    #[must_use]
    pub fn of_alert(&self, alert_id: &str) -> Option<(IncidentId, Partition)> {
        let mark = alert_mark(alert_id)?;
        let has = |part: &Incident| part.alert_marks.contains(&mark);
        let parts = self.cases.iter().flat_map(|(id, case)| {
            let parts = case.parts.iter().filter(|(_, part)| has(part));
            parts.map(|(partition, _)| (*id, *partition))
        });
        // What another process wrote of it may be older than what this one did.
        parts.max_by_key(|(_, partition)| self.owns(*partition))
    }

    /// Why nobody is told of what joins an incident, where somebody has said so.
    #[must_use]
    pub fn quiet_by(&self, id: IncidentId) -> Option<VerdictKind> {
        let main = self.main(id).filter(|main| main.is_quiet())?;
        main.decision.as_ref().map(|decision| decision.verdict)
    }

    /// The partition where an incident began. Its owner hears what is said of it: nobody else
    /// knows for sure whether it was merged.
    #[must_use]
    pub fn home_of(&self, id: IncidentId) -> Option<Partition> {
        Some(self.main(id)?.home)
    }

    /// Who decides about an incident of which the owner of a partition hears; `None` where it is
    /// unknown.
    #[must_use]
    pub fn hearing(&self, id: IncidentId, partition: Partition) -> Option<Hearing> {
        let root = self.resolve(id);
        let home = self.main(root)?.home;
        Some(match (self.owns(partition), self.owns(home)) {
            (false, _) => Hearing::Elsewhere,
            (true, true) => Hearing::Here(root),
            (true, false) => Hearing::PassedOn(root),
        })
    }

    /// Whether a second person has to say the same before a decision stands.
    #[must_use]
    pub fn needs_second(&self, id: IncidentId, decision: &Decision) -> bool {
        let is_benign = decision.verdict == VerdictKind::Benign;
        let whole = self
            .whole(id)
            .filter(|_| self.two_for_critical && is_benign);
        whole.is_some_and(|whole| {
            let is_second = !whole.proposed_by.is_empty() && whole.proposed_by != decision.by;
            whole.severity == Severity::Critical && !is_second
        })
    }

    /// Notes a verdict about an incident that this process owns.
    pub fn decide(
        &mut self,
        id: IncidentId,
        decision: Decision,
        tell: &mut Tell<'_>,
    ) -> Result<(), Undecided> {
        let needs_second = self.needs_second(id, &decision);
        let main = self.main(id);
        let Some(main) = main.filter(|main| decision.offset >= main.decided_to) else {
            return Err(Undecided::Heard);
        };
        let name = PartName {
            id,
            partition: main.home,
        };
        let was_quiet = main.is_quiet();
        let decided_to = decision.offset.next();
        if needs_second {
            self.change(name, |main| {
                main.proposed_by = decision.by;
                main.decided_to = decided_to;
            });
            return Err(Undecided::SecondPerson);
        }
        let (verdict, at_s) = (decision.verdict, decision.at_s);
        self.change(name, |main| {
            main.proposed_by = Box::default();
            main.decided_to = decided_to;
            main.decision = (verdict != VerdictKind::Withdrawn).then_some(decision);
        });
        match verdict {
            VerdictKind::Expected => self.expect(id),
            VerdictKind::Benign => self.keep_quiet(name, at_s),
            // What was waited for is over.
            _ if was_quiet => self.end(name, at_s),
            _ => {}
        }
        self.to_apply.insert(id);
        let telling = Telling {
            told: Some(Told::Verdict),
            at_s,
        };
        self.record(id, telling, tell);
        Ok(())
    }

    /// Lets the owner of an incident hear what was said of one that was merged into it, through a
    /// partition of this process.
    pub fn pass_on(
        &mut self,
        id: IncidentId,
        partition: Partition,
        decision: Decision,
    ) -> Result<(), Undecided> {
        let name = PartName { id, partition };
        let Some(main) = self.main(id) else {
            return Err(Undecided::Heard);
        };
        if self.part(name).is_none() {
            let part = main.without_content();
            self.put(name, part, &[]);
        }
        let passed_on = self.part(name).and_then(|part| part.passed_on.as_ref());
        if passed_on.is_some_and(|before| before.offset >= decision.offset) {
            return Err(Undecided::Heard);
        }
        let needs_second = self.needs_second(id, &decision);
        self.change(name, |part| part.passed_on = Some(decision));
        match needs_second {
            true => Err(Undecided::SecondPerson),
            false => Ok(()),
        }
    }

    /// Decides what others have passed on to an incident, or passes it further where that was
    /// merged.
    pub(super) fn hear_what_was_passed_on(&mut self, id: IncidentId, tell: &mut Tell<'_>) {
        let Some(case) = self.cases.get(&id).filter(|case| self.owns(case.home)) else {
            return;
        };
        let Some(main) = case.main() else { return };
        let (home, decided_to) = (case.home, main.decided_to);
        let others = case.parts.iter().filter(|(writer, _)| *writer != home);
        let passed = others.filter_map(|(_, part)| part.passed_on.clone());
        let mut passed: Vec<Decision> = passed
            .filter(|decision| decision.offset >= decided_to)
            .collect();
        passed.sort_by_key(|decision| decision.offset);
        for decision in passed {
            let decided_to = decision.offset.next();
            // Whether it stands yet was said to whoever passed it on.
            let _ = match self.hearing(id, home) {
                Some(Hearing::Here(root)) => self.decide(root, decision, tell),
                Some(Hearing::PassedOn(root)) => self.pass_on(root, home, decision),
                Some(Hearing::Elsewhere) | None => return,
            };
            self.note_heard(id, home, decided_to);
        }
    }

    /// Takes over the verdict that came with an incident that another process merged into this one,
    /// where nothing was said of this one.
    pub(super) fn adopt_verdict(&mut self, id: IncidentId, tell: &mut Tell<'_>) {
        let Some(case) = self.cases.get(&id).filter(|case| self.owns(case.home)) else {
            return;
        };
        let home = case.home;
        let others = case.parts.iter().filter(|(writer, _)| *writer != home);
        let carried = others.filter_map(|(_, part)| part.decision.as_ref());
        let Some(decision) = carried.min_by_key(|decision| decision.offset).cloned() else {
            return;
        };
        let decided_to = decision.offset.next();
        let is_new = |main: &Incident| main.decision.is_none() && main.decided_to < decided_to;
        if !case.main().is_some_and(is_new) {
            return;
        }
        match self.hearing(id, home) {
            Some(Hearing::Here(root)) if self.main(root).is_some_and(is_new) => {
                let Some(partition) = self.home_of(root) else {
                    return;
                };
                let at_s = decision.at_s;
                self.change(
                    PartName {
                        id: root,
                        partition,
                    },
                    |main| {
                        main.applied = Some(decision.clone());
                        main.decision = Some(decision);
                        main.decided_to = decided_to;
                    },
                );
                self.to_apply.insert(root);
                self.record(root, Telling { told: None, at_s }, tell);
            }
            Some(Hearing::PassedOn(root)) => {
                let _ = self.pass_on(root, home, decision);
            }
            _ => {}
        }
        self.note_heard(id, home, decided_to);
    }

    fn note_heard(&mut self, id: IncidentId, partition: Partition, decided_to: Offset) {
        self.change(PartName { id, partition }, |main| {
            main.decided_to = main.decided_to.max(decided_to);
        });
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
    fn keep_quiet(&mut self, name: PartName, at_s: u32) {
        self.remember(name);
        self.unlink(name);
        self.change(name, |main| {
            main.state = State::Open;
            main.closes_at_s = at_s.saturating_add(QUIET_S);
            main.links.clear();
        });
        let users = self.part(name).map_or(&[][..], |main| main.users());
        let links = users.iter().map(|member| Link::of_user(member.user));
        for link in links.collect::<Vec<_>>() {
            self.lead(link, name, at_s);
        }
    }

    /// Nothing joins it any more.
    fn end(&mut self, name: PartName, at_s: u32) {
        self.remember(name);
        self.unlink(name);
        self.change(name, |main| {
            main.state = State::Closed;
            main.closes_at_s = main.closes_at_s.min(at_s).max(main.last_s);
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
    pub fn note_applied(&mut self, due: &DueVerdict, changed: Vec<UserChange>, marked: Vec<Mark>) {
        let applied = due.decision.clone();
        self.change(due.name, |part| {
            part.applied = applied;
            part.changed = changed;
            part.marked = marked;
        });
    }

    /// The profiles of a partition have begun anew: what verdicts changed there is to be done
    /// again.
    pub fn apply_again(&mut self, partition: Partition) {
        let parts = self.cases.values_mut().flat_map(|case| &mut case.parts);
        for (_, part) in parts.filter(|(writer, _)| *writer == partition) {
            part.applied = None;
            part.changed.clear();
            part.marked.clear();
        }
    }

    fn due_verdict(&self, name: PartName, part: &Incident, main: &Incident) -> Option<DueVerdict> {
        // What was merged holds nothing any more.
        if part.applied == main.decision || part.attempts == 0 {
            return None;
        }
        // The home has not heard yet of what came with an incident that was merged.
        let carried = part
            .decision
            .as_ref()
            .filter(|_| name.partition != main.home);
        if carried.is_some_and(|decision| decision.offset >= main.decided_to) {
            return None;
        }
        let users = part.users().iter();
        Some(DueVerdict {
            name,
            decision: main.decision.clone(),
            since_s: main.first_s,
            changed: part.changed.clone(),
            marked: part.marked.clone(),
            users: users
                .map(|member| (member.user, member.is_entered(), member.sightings.clone()))
                .collect(),
            sources: part.sources().iter().map(Source::link).collect(),
        })
    }

    /// Whether another part than one of this process marks a source as an attacker's.
    pub(super) fn is_marked_elsewhere(&self, mark: Mark, due: &DueVerdict) -> bool {
        self.cases.iter().any(|(id, case)| {
            let mut parts = case.parts.iter();
            parts.any(|(partition, part)| {
                let name = PartName {
                    id: *id,
                    partition: *partition,
                };
                name != due.name && self.owns(*partition) && part.marked.contains(&mark)
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
