//! Who has to leave where the caps and the idle time leave no place.
//!
//! Fresh ids enter a small *probation* queue and fall out of it first in, first out. Who earns a
//! place ([`ProfileCell::is_established`]) moves to the settled queue, where a second chance goes
//! to what was used since it queued. A flood of fresh ids so churns the probation queue and never
//! evicts an established profile. All of it follows event time and the order of logins alone, so
//! that the same stream gives the same profiles. A profile that was idle for its time counts as
//! forgotten at once, whenever it is thrown out.

use super::journal::Journal;
use super::open::OpenProfiles;
use super::shelf::{Queue, Shelf};
use crate::login::Id;
use crate::profile::cells::{ProfileCell, is_idle};

/// How many queue entries one login may look at: work a login stays bounded.
const MAX_STEPS: usize = 4;

/// Throws out what the caps and the idle time leave no place for.
pub(in crate::profile) fn make_room<C: ProfileCell>(
    open: &mut OpenProfiles<C>,
    shelf: &mut Shelf<C>,
    now_s: u32,
    journal: &mut Journal,
) {
    let limits = shelf.limits;
    for (queue, most) in [
        (Queue::Probation, limits.max_probation),
        (Queue::Settled, limits.max_profiles),
    ] {
        trim(open, shelf, queue, most, now_s, journal);
    }
}

/// Looks at the oldest entries of a queue while it is over its cap or they are idle.
fn trim<C: ProfileCell>(
    open: &mut OpenProfiles<C>,
    shelf: &mut Shelf<C>,
    queue: Queue,
    most: usize,
    now_s: u32,
    journal: &mut Journal,
) {
    let idle_s = shelf.limits.idle_s;
    for step in 0.. {
        let over = shelf.queue(queue).len() > most;
        let Some(&(id, queued_s)) = shelf.queue(queue).front() else {
            return;
        };
        if !over && (step >= MAX_STEPS || !is_idle(queued_s, idle_s, now_s)) {
            return;
        }
        shelf.pop(queue);
        let Some((settled, last_s)) = standing(open, shelf, id) else {
            continue;
        };
        if settled != (queue == Queue::Settled) {
            continue; // Promoted since: it stands in the other queue.
        }
        let keep = if over {
            queue == Queue::Settled && last_s > queued_s && step < MAX_STEPS
        } else {
            !is_idle(last_s, idle_s, now_s)
        };
        if keep {
            shelf.push(queue, id, last_s);
            continue;
        }
        match open.find_mut(id) {
            Some(slot) => shelf.throw_out_open(slot, journal),
            None => shelf.throw_out_at_rest(id, journal),
        }
    }
}

/// Whether a profile is settled, and when it was last used: as it is open, or else as it rests.
fn standing<C: ProfileCell>(
    open: &OpenProfiles<C>,
    shelf: &Shelf<C>,
    id: Id,
) -> Option<(bool, u32)> {
    match open.find(id) {
        Some(slot) => slot.present.then(|| (slot.settled, slot.whole.last_s())),
        None => {
            let entry = shelf.get(id)?;
            Some((entry.settled, entry.last_s()))
        }
    }
}
