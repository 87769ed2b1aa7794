//! All open profiles of one kind, and what logins do to them and to the kind's queues.

use std::collections::HashMap;

use rayon::prelude::*;

use super::slot::Slot;
use crate::login::Id;
use crate::profile::cells::{CellState, DamagedCell, JudgedLogin, ProfileCell, is_idle};
use crate::profile::store::journal::Journal;
use crate::profile::store::table::{Queue, Table, Undo};

/// How many queue entries one login may look at: work a login stays bounded.
const MAX_STEPS: usize = 4;
/// Fewer profiles than these are opened and packed by one thread.
const LEAST_PARALLEL: usize = 64;

/// Stands for the slot of what a login does not have.
const NONE: u32 = u32::MAX;

/// The open profiles of one kind.
pub(in crate::profile) struct Slots<C> {
    slots: Vec<Slot<C>>,
    index: HashMap<Id, u32, foldhash::fast::RandomState>,
    /// The slots of each login, so many a login as the kind has of it.
    of_logins: Vec<u32>,
}

impl<C> Default for Slots<C> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            index: HashMap::default(),
            of_logins: Vec::new(),
        }
    }
}

impl<C: ProfileCell> Slots<C> {
    /// Opens what is known under some ids, each once; the ids of one login follow each other.
    pub fn open(
        table: &Table<C>,
        ids: impl Iterator<Item = Option<Id>>,
    ) -> Result<Self, DamagedCell> {
        let mut slots = Self::default();
        for id in ids {
            let slot = id.map_or(NONE, |id| slots.slot_of(id));
            slots.of_logins.push(slot);
        }
        let open = |slot: &mut Slot<C>| match table.get(slot.id) {
            Some(entry) => slot.open(&entry).ok_or(slot.damaged(table.kind())),
            None => Ok(()),
        };
        if slots.slots.len() < LEAST_PARALLEL {
            slots.slots.iter_mut().try_for_each(open)?;
        } else {
            slots.slots.par_iter_mut().try_for_each(open)?;
        }
        Ok(slots)
    }

    fn slot_of(&mut self, id: Id) -> u32 {
        *self.index.entry(id).or_insert_with(|| {
            self.slots.push(Slot::vacant(id));
            self.slots.len() as u32 - 1
        })
    }

    /// What is known of the thing at a place among the logins' slots.
    pub fn read(&self, place: usize, idle_s: u32, now_s: u32) -> Option<&C> {
        let slot = self.slots.get(self.of_logins[place] as usize)?;
        slot.read(idle_s, now_s)
    }

    /// Applies a login to the profile at a place. What it inserts, promotes, throws out and changes is noted in the order
    /// of the logins, so that nothing depends on how they are cut into chunks.
    pub fn apply(
        &mut self,
        place: usize,
        partition: i32,
        judged: &JudgedLogin<'_>,
        table: &mut Table<C>,
        journal: &mut Journal,
    ) -> Result<(), DamagedCell> {
        let (now_s, idle_s) = (judged.login.time_s(), table.limits().idle_s);
        let Some(slot) = self.slots.get_mut(self.of_logins[place] as usize) else {
            return Ok(());
        };
        if slot.present && is_idle(slot.whole.last_s(), idle_s, now_s) {
            throw_out(slot, table, journal);
        }
        if !slot.present {
            slot.begin(partition);
            table.push(Queue::Probation, slot.id, now_s);
        }
        let (kind, id) = (table.kind(), slot.id);
        let applied = slot.apply(partition, judged, idle_s);
        let (writer, mark) = applied.ok_or(DamagedCell { kind, id })?;
        journal.changed(|| kind.of(id, writer), mark);
        if slot.promote() {
            table.push(Queue::Settled, id, now_s);
        }
        self.make_room(now_s, table, journal);
        Ok(())
    }

    /// Applies a login whose verdict is known where the cell that it goes to `lacks` it. Nothing is thrown out: that was
    /// written when it happened.
    pub fn redo(
        &mut self,
        place: usize,
        partition: i32,
        judged: &JudgedLogin<'_>,
        table: &Table<C>,
        journal: &mut Journal,
        lacks: impl Fn(Id, Option<CellState>) -> bool,
    ) -> Result<(), DamagedCell> {
        let Some(slot) = self.slots.get_mut(self.of_logins[place] as usize) else {
            return Ok(());
        };
        let (kind, id) = (table.kind(), slot.id);
        let state = slot.present.then(|| slot.state(partition)).flatten();
        if !lacks(id, state) {
            return Ok(());
        }
        if !slot.present {
            slot.begin(partition);
        }
        let applied = slot.apply(partition, judged, table.limits().idle_s);
        let (writer, mark) = applied.ok_or(DamagedCell { kind, id })?;
        journal.changed(|| kind.of(id, writer), mark);
        Ok(())
    }

    /// Throws out what the caps and the idle time leave no place for.
    pub fn make_room(&mut self, now_s: u32, table: &mut Table<C>, journal: &mut Journal) {
        self.trim(Queue::Probation, now_s, table, journal);
        self.trim(Queue::Settled, now_s, table, journal);
    }

    /// Looks at the oldest entries of a queue while it is over its cap or they are idle.
    fn trim(&mut self, queue: Queue, now_s: u32, table: &mut Table<C>, journal: &mut Journal) {
        let (most, idle_s) = (table.most(queue), table.limits().idle_s);
        for step in 0.. {
            let over = table.queue(queue).len() > most;
            let Some(&(id, queued_s)) = table.queue(queue).front() else {
                return;
            };
            if !over && (step >= MAX_STEPS || !is_idle(queued_s, idle_s, now_s)) {
                return;
            }
            table.pop(queue);
            let Some((settled, last_s)) = self.standing(id, table) else {
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
                table.push(queue, id, last_s);
            } else {
                self.evict(id, table, journal);
            }
        }
    }

    /// Whether a profile is settled, and when it was last used: as it is open, or else as it rests.
    fn standing(&self, id: Id, table: &Table<C>) -> Option<(bool, u32)> {
        match self.index.get(&id) {
            Some(slot) => {
                let slot = &self.slots[*slot as usize];
                let standing = (slot.settled, slot.whole.last_s());
                slot.present.then_some(standing)
            }
            None => {
                let entry = table.get(id)?;
                Some((entry.settled, entry.last_s()))
            }
        }
    }

    fn evict(&mut self, id: Id, table: &mut Table<C>, journal: &mut Journal) {
        match self.index.get(&id) {
            Some(slot) => throw_out(&mut self.slots[*slot as usize], table, journal),
            None => {
                table.count_evicted();
                for (partition, mark) in table.take(id).into_iter().flatten() {
                    journal.thrown_out(table.kind().of(id, partition), mark);
                }
            }
        }
    }

    /// Packs what has changed and swaps it into the map; what it replaces is moved to the undo log.
    pub fn close(self, table: &mut Table<C>, batch: u64) {
        let changed = |slot: &&Slot<C>| slot.changed && slot.present;
        let replace = |slot: &Slot<C>| table.replace(slot.id, slot.close(batch));
        let steps: Vec<Undo> = if self.slots.len() < LEAST_PARALLEL {
            let slots = self.slots.iter().filter(changed);
            slots.filter_map(replace).collect()
        } else {
            let slots = self.slots.par_iter().filter(changed);
            slots.filter_map(replace).collect()
        };
        if table.keeps_undo() {
            steps.into_iter().for_each(|step| table.log(step));
        }
    }
}

/// Throws an open profile out, in the map as well.
fn throw_out<C: ProfileCell>(slot: &mut Slot<C>, table: &mut Table<C>, journal: &mut Journal) {
    table.count_evicted();
    for (partition, mark) in slot.marks() {
        journal.thrown_out(table.kind().of(slot.id, partition), mark);
    }
    slot.clear();
    table.take(slot.id);
}
