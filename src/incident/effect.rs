//! What a verdict does to the profiles of the users and sources of its incident.

use super::book::Incidents;
use super::verdict::{DueVerdict, Mark, UserChange, VerdictKind};
use crate::detector::link::LinkKind;
use crate::login::Id;
use crate::profile::{CellKind, CellName, DamagedCell, ListChange, Profiles, UserCell};

/// Sources that were confirmed count as an attacker's for so long, seconds of event time.
pub const CONFIRMED_S: u32 = 30 * 86_400;
/// A user that was entered is watched more closely for so long.
const RAISED_S: u32 = 14 * 86_400;

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
            effects.take_back(&due, profiles, |mark| self.is_marked_elsewhere(mark, &due))?;
            effects.apply(&due, profiles)?;
            cells.extend(effects.cells);
            self.note_applied(&due, effects.users, effects.marks);
        }
        Ok(cells)
    }
}

impl Effects {
    /// Takes back what the verdict before changed. `stays`: whether a source counts as an attacker's
    /// by another incident.
    fn take_back(
        &mut self,
        due: &DueVerdict,
        profiles: &mut Profiles,
        stays: impl Fn(Mark) -> bool,
    ) -> Result<(), DamagedCell> {
        for change in &due.changed {
            let taken_back = profiles.amend_user(change.user, |cell| {
                cell.take_back(&change.lists);
                if change.raised {
                    cell.raised_until_s = 0;
                }
            })?;
            self.cells.extend(taken_back.map(|(name, ())| name));
        }
        for mark in due.marked.iter().filter(|mark| !stays(**mark)) {
            self.mark(*mark, profiles, |_| 0)?;
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
                    };
                    if self.mark(mark, profiles, |known_s| known_s.max(until_s))? {
                        self.marks.push(mark);
                    }
                }
                let raised_until_s = decision.at_s.saturating_add(RAISED_S);
                let entered = due.users.iter().filter(|(_, entered, _)| *entered);
                for (user, _, sightings) in entered {
                    self.change(*user, true, profiles, |cell| {
                        cell.raised_until_s = raised_until_s;
                        let seen = sightings.iter();
                        seen.flat_map(|one| cell.forget_since(one, due.since_s))
                            .collect()
                    })?;
                }
            }
            VerdictKind::Benign => {
                for (user, _, sightings) in &due.users {
                    self.change(*user, false, profiles, |cell| {
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
        raised: bool,
        profiles: &mut Profiles,
        change: impl FnOnce(&mut UserCell) -> Vec<ListChange>,
    ) -> Result<(), DamagedCell> {
        if let Some((name, lists)) = profiles.amend_user(user, change)? {
            self.cells.push(name);
            self.users.push(UserChange {
                user,
                lists,
                raised,
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
