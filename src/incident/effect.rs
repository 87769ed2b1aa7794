//! What a verdict does to the profiles of the users and sources of its incident.

use super::book::Incidents;
use super::verdict::{DueVerdict, UserChange, VerdictKind};
use crate::detector::link::{Link, LinkKind};
use crate::profile::{CellKind, CellName, DamagedCell, Profiles, UserCell};

/// Sources that were confirmed count as an attacker's for so long, seconds of event time.
pub const CONFIRMED_S: u32 = 30 * 86_400;
/// A user that was entered is watched more closely for so long.
const RAISED_S: u32 = 14 * 86_400;

/// What was changed.
#[derive(Debug, Default)]
struct Effects {
    users: Vec<UserChange>,
    cells: Vec<CellName>,
}

impl Incidents {
    /// Applies the verdicts that stand to the parts of this process. Gives the cells that changed.
    pub fn apply_verdicts(
        &mut self,
        profiles: &mut Profiles,
        now_s: u32,
    ) -> Result<Vec<CellName>, DamagedCell> {
        let mut cells = Vec::new();
        for due in self.due_verdicts() {
            let stays = |source| self.is_confirmed_elsewhere(source, due.incident());
            let effects = apply(&due, profiles, stays, now_s)?;
            cells.extend(effects.cells);
            self.note_applied(&due, effects.users);
        }
        Ok(cells)
    }
}

/// Applies a verdict to the profiles, after taking an earlier one back. `stays`: whether a source
/// counts as an attacker's by another incident.
fn apply(
    due: &DueVerdict,
    profiles: &mut Profiles,
    stays: impl Fn(Link) -> bool,
    now_s: u32,
) -> Result<Effects, DamagedCell> {
    let mut effects = Effects::default();
    for change in &due.changed {
        let taken_back = profiles.amend_user(change.user, |cell| {
            cell.take_back(&change.lists);
            if change.raised {
                cell.raised_until_s = 0;
            }
        })?;
        effects.cells.extend(taken_back.map(|(name, ())| name));
    }
    let verdict = due.decision.as_ref().map(|decision| decision.verdict);
    let is_confirmed = verdict == Some(VerdictKind::Confirmed);
    if is_confirmed || due.before == Some(VerdictKind::Confirmed) {
        let until_s = if is_confirmed {
            now_s.saturating_add(CONFIRMED_S)
        } else {
            0
        };
        for source in &due.sources {
            let kind = cell_kind(source.kind).filter(|_| is_confirmed || !stays(*source));
            let Some(kind) = kind else { continue };
            let marked = profiles.amend_source(kind, source.id, due.partition(), |cell| {
                cell.confirmed_until_s = until_s;
            })?;
            effects.cells.extend(marked);
        }
    }
    for (user, entered, sightings) in &due.users {
        let change = |cell: &mut UserCell| match verdict {
            Some(VerdictKind::Confirmed) if *entered => {
                cell.raised_until_s = now_s.saturating_add(RAISED_S);
                let seen = sightings.iter();
                Some(
                    seen.flat_map(|one| cell.forget_since(one, due.since_s))
                        .collect(),
                )
            }
            Some(VerdictKind::Benign) => {
                let seen = sightings.iter();
                Some(
                    seen.flat_map(|one| cell.learn_sighting(one, now_s))
                        .collect(),
                )
            }
            _ => None,
        };
        let acts = match verdict {
            Some(VerdictKind::Confirmed) => *entered,
            Some(VerdictKind::Benign) => true,
            _ => false,
        };
        if acts && let Some((name, Some(lists))) = profiles.amend_user(*user, change)? {
            effects.cells.push(name);
            effects.users.push(UserChange {
                user: *user,
                lists,
                raised: is_confirmed,
            });
        }
    }
    Ok(effects)
}

/// Devices and addresses are marked; a block holds too many who have nothing to do with it.
fn cell_kind(kind: LinkKind) -> Option<CellKind> {
    match kind {
        LinkKind::Device => Some(CellKind::Device),
        LinkKind::Address => Some(CellKind::Address),
        _ => None,
    }
}
