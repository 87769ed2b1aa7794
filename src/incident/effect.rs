//! What a verdict does to the profiles of the users and sources of its incident.

use std::collections::BTreeSet;

use super::book::{Incidents, PartName};
use super::whole::MOST_POINTERS;
use super::{Decision, Incident, IncidentId, Mark, Source, State, UserChange, VerdictKind};
use crate::detector::link::{Link, LinkKind};
use crate::login::{Id, Partition};
use crate::profile::{CellKind, CellName, DamagedCell, ListChange, Profiles, Sighting, UserCell};

/// Sources that were confirmed count as an attacker's for so long, seconds of event time.
pub const CONFIRMED_S: u32 = 30 * 86_400;
/// A user that was entered is watched more closely for so long.
const RAISED_S: u32 = 14 * 86_400;

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

/// What was changed.
#[derive(Debug, Default)]
struct Effects {
    users: Vec<UserChange>,
    marks: Vec<Mark>,
    cells: Vec<CellName>,
}

impl Incidents {
    /// Applies the verdicts that stand to the parts of this process. Gives the cells that changed.
    pub fn apply_verdicts(
        &mut self,
        profiles: &mut Profiles,
    ) -> Result<Vec<CellName>, DamagedCell> {
        let mut cells = Vec::new();
        for due in self.due_verdicts() {
            let mut effects = Effects::default();
            effects.take_back(&due, profiles, self)?;
            effects.apply(&due, profiles)?;
            cells.extend(effects.cells);
            self.note_applied(&due, effects.users, effects.marks);
        }
        Ok(cells)
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

    /// The verdict that counts for a part: that of the incident that it was added to, unless
    /// something was said since of what that was merged into.
    fn verdict_of(&self, name: PartName) -> Option<Decision> {
        let main = self.main(name.id)?;
        let part = self.part(name)?;
        let came_along = part.carried.is_some() && main.decided_to <= part.follows_from;
        let own = match came_along {
            true => &part.carried,
            false => &main.decision,
        };
        let (mut stands, mut main) = (own.as_ref(), main);
        for _ in 0..MOST_POINTERS {
            let State::Merged { into } = main.state else {
                break;
            };
            let Some(next) = self.main(into) else { break };
            if next.decided_to > main.follows_from {
                stands = next.decision.as_ref();
            }
            main = next;
        }
        stands.cloned()
    }

    fn due_verdict(&self, name: PartName, part: &Incident, main: &Incident) -> Option<DueVerdict> {
        // What was merged holds nothing any more.
        let decision = Some(self.verdict_of(name)).filter(|_| part.attempts > 0)?;
        if part.applied == decision {
            return None;
        }
        let users = part.users().iter();
        Some(DueVerdict {
            name,
            decision,
            since_s: main.first_s,
            changed: part.changed.clone(),
            marked: part.marked.clone(),
            users: users
                .map(|member| (member.user, member.is_entered(), member.sightings.clone()))
                .collect(),
            sources: part.sources().iter().map(Source::link).collect(),
        })
    }

    /// Whether another part than one, of those of this process, keeps something.
    fn is_elsewhere(&self, due: &DueVerdict, keeps: impl Fn(&Incident) -> bool) -> bool {
        self.cases.iter().any(|(id, case)| {
            let mut parts = case.parts.iter();
            parts.any(|(partition, part)| {
                let name = PartName {
                    id: *id,
                    partition: *partition,
                };
                name != due.name && self.owns(*partition) && keeps(part)
            })
        })
    }
}

impl Effects {
    /// Takes back what the verdict before changed, but for what others say too. What is another
    /// process's by now stays noted.
    fn take_back(
        &mut self,
        due: &DueVerdict,
        profiles: &mut Profiles,
        incidents: &Incidents,
    ) -> Result<(), DamagedCell> {
        for change in &due.changed {
            let is_raised = |one: &UserChange| one.user == change.user && one.raised_until_s > 0;
            let stays = change.raised_until_s > 0
                && incidents.is_elsewhere(due, |part| part.changed.iter().any(is_raised));
            let taken_back = profiles.amend_user(change.user, |cell| {
                cell.take_back(&change.lists);
                // Who was raised again since, by another's word, stays so.
                if !stays && cell.raised_until_s <= change.raised_until_s {
                    cell.raised_until_s = 0;
                }
            })?;
            match taken_back {
                Some((name, ())) => self.cells.push(name),
                None => self.users.push(change.clone()),
            }
        }
        for mark in &due.marked {
            let same = |one: &Mark| (one.source, one.partition) == (mark.source, mark.partition);
            if incidents.is_elsewhere(due, |part| part.marked.iter().any(same)) {
                continue;
            }
            let ends = |known_s: u32| if known_s <= mark.until_s { 0 } else { known_s };
            if !self.mark(*mark, profiles, ends)? {
                self.marks.push(*mark);
            }
        }
        Ok(())
    }

    fn apply(&mut self, due: &DueVerdict, profiles: &mut Profiles) -> Result<(), DamagedCell> {
        let Some(decision) = &due.decision else {
            return Ok(());
        };
        match decision.verdict {
            VerdictKind::Confirmed => {
                let until_s = decision.at_s.saturating_add(CONFIRMED_S);
                for source in &due.sources {
                    let mark = Mark {
                        source: *source,
                        partition: due.partition(),
                        until_s,
                    };
                    if self.mark(mark, profiles, |known_s| known_s.max(until_s))? {
                        self.marks.push(mark);
                    }
                }
                let raised_until_s = decision.at_s.saturating_add(RAISED_S);
                let entered = due.users.iter().filter(|(_, entered, _)| *entered);
                for (user, _, sightings) in entered {
                    self.change(*user, raised_until_s, profiles, |cell| {
                        cell.raised_until_s = raised_until_s;
                        let seen = sightings.iter();
                        seen.flat_map(|one| cell.forget_since(one, due.since_s))
                            .collect()
                    })?;
                }
            }
            VerdictKind::Benign => {
                for (user, _, sightings) in &due.users {
                    self.change(*user, 0, profiles, |cell| {
                        let seen = sightings.iter();
                        seen.flat_map(|one| cell.learn_sighting(one, decision.at_s))
                            .collect()
                    })?;
                }
            }
            VerdictKind::Expected | VerdictKind::Unsure | VerdictKind::Withdrawn => {}
        }
        Ok(())
    }

    fn change(
        &mut self,
        user: Id,
        raised_until_s: u32,
        profiles: &mut Profiles,
        change: impl FnOnce(&mut UserCell) -> Vec<ListChange>,
    ) -> Result<(), DamagedCell> {
        if let Some((name, lists)) = profiles.amend_user(user, change)? {
            self.cells.push(name);
            self.users.push(UserChange {
                user,
                lists,
                raised_until_s,
            });
        }
        Ok(())
    }

    /// Says until when a source counts as an attacker's; `false` where it is not known. Devices and
    /// addresses are marked: a block holds too many who have nothing to do with it.
    fn mark(
        &mut self,
        mark: Mark,
        profiles: &mut Profiles,
        until_s: impl FnOnce(u32) -> u32,
    ) -> Result<bool, DamagedCell> {
        let kind = match mark.source.kind {
            LinkKind::Device => CellKind::Device,
            LinkKind::Address => CellKind::Address,
            _ => return Ok(false),
        };
        let marked = profiles.amend_source(kind, mark.source.id, mark.partition, |cell| {
            cell.confirmed_until_s = until_s(cell.confirmed_until_s);
        })?;
        self.cells.extend(marked);
        Ok(marked.is_some())
    }
}
