//! Who decides about an incident, and what stands after that.
//!
//! Of several processes the owner of the partition where the named incident began hears what is said
//! of it: nobody else knows for sure whether it was merged. Where it was, he decides about the other,
//! or lets that one's owner hear of it.

use super::book::{Incidents, PartName, Tell};
use super::verdict::alert_mark;
use super::{
    Decision, Heard, Incident, IncidentId, MOST_PASSED_ON, Source, State, Telling, Told,
    VerdictKind,
};
use crate::detector::Severity;
use crate::detector::link::Link;
use crate::login::{Offset, Partition};

/// For so long nobody is told again of what was benign, seconds of event time.
const QUIET_S: u32 = 14 * 86_400;

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
        let is_new = |main: &&Incident| {
            decision.offset >= main.decided_to && decision.offset >= main.proposed_to
        };
        let Some(main) = main.filter(is_new) else {
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
                main.proposed_to = decided_to;
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
        if self.main(id).is_none() {
            return Err(Undecided::Heard);
        }
        self.begin_part(name);
        let mut passed_on = self.part(name).into_iter().flat_map(|part| &part.passed_on);
        if passed_on.any(|before| before.offset == decision.offset) {
            return Err(Undecided::Heard);
        }
        let needs_second = self.needs_second(id, &decision);
        let heard = self
            .main(id)
            .map_or(Offset::ZERO, |main| main.heard_of(partition));
        self.change(name, |part| {
            part.passed_on.retain(|before| before.offset >= heard);
            part.passed_on.push(decision);
            let beyond = part.passed_on.len().saturating_sub(MOST_PASSED_ON);
            part.passed_on.drain(..beyond);
        });
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
        let home = case.home;
        let others = case.parts.iter().filter(|(writer, _)| *writer != home);
        let passed = others.flat_map(|(writer, part)| {
            let new = part.passed_on.iter();
            let new = new.filter(|decision| decision.offset >= main.heard_of(*writer));
            new.map(|decision| (*writer, decision.clone()))
        });
        let mut passed: Vec<(Partition, Decision)> = passed.collect();
        passed.sort_by_key(|(_, decision)| decision.offset);
        for (writer, decision) in passed {
            let to = decision.offset.next();
            // Whether it stands yet was said to whoever passed it on.
            let _ = match self.hearing(id, home) {
                Some(Hearing::Here(root)) => self.decide(root, decision, tell),
                Some(Hearing::PassedOn(root)) => self.pass_on(root, home, decision),
                Some(Hearing::Elsewhere) | None => return,
            };
            let name = PartName {
                id,
                partition: home,
            };
            self.change(name, |main| main.note_heard(writer, to));
        }
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
        self.lead_all(name, links.into_iter().map(|link| (link, last_s)));
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
        let whole = self.whole(name.id);
        let users = whole.as_ref().map_or(&[][..], |whole| whole.users());
        let links: Vec<Link> = users.iter().map(|one| Link::of_user(one.user)).collect();
        self.lead_all(name, links.into_iter().map(|link| (link, at_s)));
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
}

impl Incident {
    /// The offset after the last verdict that was heard of a partition.
    fn heard_of(&self, partition: Partition) -> Offset {
        let mut heard = self.heard.iter();
        let heard = heard.find(|heard| heard.partition == partition);
        heard.map_or(Offset::ZERO, |heard| heard.to)
    }

    fn note_heard(&mut self, partition: Partition, to: Offset) {
        match self.heard.iter_mut().find(|one| one.partition == partition) {
            Some(heard) => heard.to = heard.to.max(to),
            None => self.heard.push(Heard { partition, to }),
        }
    }
}
