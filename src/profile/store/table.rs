//! One kind of profile: those at rest and those that are open, for the one thread that writes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use dashmap::mapref::entry::Entry as MapEntry;
use parking_lot::{RwLock, RwLockWriteGuard};

use super::entry::{Entry, PackedCell};
use super::journal::Journal;
use super::open::OpenProfiles;
use super::queue;
use super::reader::TableReader;
use super::shelf::{Limits, Queue, Shelf, Undo};
use crate::login::{Id, Partition};
use crate::profile::cells::{CellKind, CellState, CheckpointMark, DamagedCell, ProfileCell};

/// Profiles of a kind that stay open.
const MOST_OPEN: usize = 12_288;

/// One kind of profile, for the one thread that writes.
pub struct Table<C> {
    open: Arc<RwLock<OpenProfiles<C>>>,
    shelf: Shelf<C>,
}

impl<C: ProfileCell> Table<C> {
    /// An empty table; `undo` keeps what [`ProfileTable::roll_back`] needs.
    #[must_use]
    pub fn new(kind: CellKind, limits: Limits, undo: bool) -> Self {
        Self {
            open: Arc::default(),
            shelf: Shelf::new(kind, limits, undo),
        }
    }

    #[must_use]
    pub fn reader(&self) -> TableReader<C> {
        TableReader {
            kind: self.shelf.kind,
            open: Arc::clone(&self.open),
            map: Arc::clone(&self.shelf.map),
            count: Arc::clone(&self.shelf.count),
            idle_s: self.shelf.limits.idle_s,
        }
    }

    /// What is open, kept from all readers, and the bookkeeping.
    pub(in crate::profile) fn split(
        &mut self,
    ) -> (RwLockWriteGuard<'_, OpenProfiles<C>>, &mut Shelf<C>) {
        (self.open.write(), &mut self.shelf)
    }

    /// Whether what was applied since the last commit can be taken back.
    pub(in crate::profile) fn keeps_undo(&self) -> bool {
        self.shelf.keeps_undo()
    }

    /// Changes a partition's cell of what is known; `None` where nothing is.
    pub(in crate::profile) fn amend<R>(
        &mut self,
        id: Id,
        partition: Partition,
        journal: &mut Journal,
        change: impl FnOnce(&mut C) -> R,
    ) -> Result<Option<R>, DamagedCell> {
        let (mut open, shelf) = self.split();
        let numbers = open.open(shelf, [Some(id)].into_iter())?;
        match numbers.first().and_then(|number| open.slot_mut(*number)) {
            Some(slot) if slot.present => shelf.amend(slot, partition, journal, change).map(Some),
            _ => Ok(None),
        }
    }

    /// Lets everything rest, so that the map is all there is.
    fn rest_all(&mut self) {
        self.open.write().rest_all(&self.shelf);
    }

    /// Puts a cell of a profile that is not open.
    fn put_at_rest(&mut self, id: Id, cell: PackedCell) -> Result<(), DamagedCell> {
        match self.shelf.map.entry(id) {
            MapEntry::Occupied(mut entry) => {
                let put = entry.get_mut().put::<C>(cell);
                put.ok_or(self.shelf.damaged(id))
            }
            MapEntry::Vacant(vacant) => {
                vacant.insert(Entry::one(cell));
                self.shelf.count.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
        }
    }

    /// Puts the cell of another process, in its queue; who is beyond the caps by that goes.
    fn put_and_make_room(
        &mut self,
        id: Id,
        cell: PackedCell,
        journal: &mut Journal,
    ) -> Result<(), DamagedCell> {
        let now_s = cell.last_s();
        self.open.write().rest_one(&self.shelf, id);
        if !self.shelf.map.contains_key(&id) {
            self.shelf.push(Queue::Probation, id, now_s);
        }
        self.put_at_rest(id, cell)?;
        let entry = self.shelf.map.get_mut(&id);
        if entry.is_some_and(|mut entry| entry.promote()) {
            self.shelf.push(Queue::Settled, id, now_s);
        }
        queue::make_room(&mut self.open.write(), &mut self.shelf, now_s, journal);
        Ok(())
    }

    /// Every profile: its whole and its cells.
    #[cfg(test)]
    pub(in crate::profile) fn opened(&mut self) -> Vec<(C, Vec<C>)> {
        self.rest_all();
        let open = |cell: &PackedCell| cell.open().unwrap();
        let entries = self.shelf.map.iter();
        entries
            .map(|entry| {
                let cells = entry.cells().iter().map(open).collect();
                (open(entry.whole()), cells)
            })
            .collect()
    }
}

/// Takes the steps since the last commit back, the last one first.
fn roll_back<C: ProfileCell>(shelf: &mut Shelf<C>, open: &mut OpenProfiles<C>) {
    let steps = shelf.undo.as_mut().map(std::mem::take).unwrap_or_default();
    for step in steps.into_iter().rev() {
        match step {
            Undo::Inserted(id) | Undo::ChangedAtRest(id) => open.forget(id),
            Undo::Changed(slot) => open.put_back(*slot),
            Undo::ThrownOut {
                id,
                open: slot,
                at_rest,
            } => {
                open.forget(id);
                if let Some(entry) = at_rest {
                    shelf.map.insert(id, entry);
                }
                if let Some(slot) = slot {
                    open.put_back(*slot);
                }
            }
            Undo::PushedBack(queue) => {
                shelf.queue(queue).pop_back();
            }
            Undo::PoppedFront(queue, id, last_s) => shelf.queue(queue).push_front((id, last_s)),
        }
    }
    shelf.count.store(shelf.before.0, Ordering::Relaxed);
    shelf.evicted = shelf.before.1;
}

/// What is done with the table of whatever kind: batches, checkpoints, restores, the follower. What
/// the last three do belongs to no batch, so none of it is taken back with one.
pub trait ProfileTable {
    fn len(&self) -> usize;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many profiles the caps and the idle time have pushed out.
    fn evicted(&self) -> u64;

    /// Forgets how to take the batch back: it is committed.
    fn commit(&mut self);

    /// Takes every change since the last commit back.
    fn roll_back(&mut self);

    /// How the cell stands to the checkpoint that a partition writes.
    fn mark(&self, id: Id, partition: Partition) -> Option<CheckpointMark>;

    /// Appends the bytes of the cell that a partition writes; `false` where there is none.
    fn write(&self, id: Id, partition: Partition, out: &mut Vec<u8>) -> bool;

    fn set_mark(&mut self, id: Id, partition: Partition, mark: CheckpointMark);

    /// Who writes the cell that a login of a partition would go to, and how it stands to the
    /// checkpoint.
    fn state(&self, id: Id, partition: Partition) -> Option<CellState>;

    /// Puts a cell as it was written. It queues only with [`ProfileTable::queue_again`].
    fn put(&mut self, id: Id, cell: PackedCell) -> Result<(), DamagedCell>;

    /// Puts a cell that another process wrote.
    fn put_foreign(
        &mut self,
        id: Id,
        cell: PackedCell,
        journal: &mut Journal,
    ) -> Result<(), DamagedCell>;

    /// Takes the cell of a partition out.
    fn remove(&mut self, id: Id, partition: Partition) -> Result<(), DamagedCell>;

    /// Takes the cells out that `goes` says so of, in one pass.
    fn remove_cells(&mut self, goes: &dyn Fn(&PackedCell) -> bool) -> Result<(), DamagedCell>;

    /// Counts the cells of each partition that have ever been written.
    fn count_written(&mut self, counts: &mut BTreeMap<Partition, usize>);

    /// Rebuilds the queues by last use.
    fn queue_again(&mut self);
}

impl<C: ProfileCell> ProfileTable for Table<C> {
    fn len(&self) -> usize {
        self.shelf.count.load(Ordering::Relaxed)
    }

    fn evicted(&self) -> u64 {
        self.shelf.evicted
    }

    fn commit(&mut self) {
        self.shelf.commit();
        self.open.write().rest_oldest(&self.shelf, MOST_OPEN);
    }

    fn roll_back(&mut self) {
        roll_back(&mut self.shelf, &mut self.open.write());
    }

    fn mark(&self, id: Id, partition: Partition) -> Option<CheckpointMark> {
        if let Some(slot) = self.open.read().find(id) {
            return slot.mark(partition);
        }
        Some(self.shelf.get(id)?.cell(partition)?.mark)
    }

    fn write(&self, id: Id, partition: Partition, out: &mut Vec<u8>) -> bool {
        if let Some(slot) = self.open.read().find(id) {
            return slot.write(partition, out);
        }
        let entry = self.shelf.get(id);
        let cell = entry.as_ref().and_then(|entry| entry.cell(partition));
        cell.inspect(|cell| out.extend_from_slice(cell.bytes()))
            .is_some()
    }

    fn set_mark(&mut self, id: Id, partition: Partition, mark: CheckpointMark) {
        if let Some(slot) = self.open.write().find_mut(id) {
            slot.set_mark(partition, mark);
        }
        if let Some(mut entry) = self.shelf.map.get_mut(&id) {
            entry.set_mark(partition, mark);
        }
    }

    fn state(&self, id: Id, partition: Partition) -> Option<CellState> {
        if let Some(slot) = self.open.read().find(id) {
            return slot.state(partition);
        }
        let entry = self.shelf.get(id)?;
        let cell = if C::DIVIDED {
            entry.cell(partition)?
        } else {
            entry.whole()
        };
        Some(CellState {
            writer: cell.partition,
            mark: cell.mark,
            last_s: cell.last_s(),
        })
    }

    fn put(&mut self, id: Id, cell: PackedCell) -> Result<(), DamagedCell> {
        self.open.write().rest_one(&self.shelf, id);
        self.put_at_rest(id, cell)
    }

    fn put_foreign(
        &mut self,
        id: Id,
        cell: PackedCell,
        journal: &mut Journal,
    ) -> Result<(), DamagedCell> {
        let undo = self.shelf.undo.take();
        let put = self.put_and_make_room(id, cell, journal);
        self.shelf.undo = undo;
        self.shelf.before = (self.len(), self.shelf.evicted);
        put
    }

    fn remove(&mut self, id: Id, partition: Partition) -> Result<(), DamagedCell> {
        self.open.write().rest_one(&self.shelf, id);
        let mut damaged = false;
        let removed = self.shelf.map.remove_if_mut(&id, |_, entry| {
            let left = entry.remove::<C>(|cell| cell.partition == partition);
            damaged |= left.is_none();
            left == Some(false)
        });
        if removed.is_some() {
            self.shelf.count.fetch_sub(1, Ordering::Relaxed);
            self.shelf.before.0 = self.len();
        }
        if damaged {
            return Err(self.shelf.damaged(id));
        }
        Ok(())
    }

    fn remove_cells(&mut self, goes: &dyn Fn(&PackedCell) -> bool) -> Result<(), DamagedCell> {
        self.rest_all();
        let mut damaged = None;
        self.shelf
            .map
            .retain(|id, entry| match entry.remove::<C>(goes) {
                Some(left) => left,
                None => {
                    damaged = Some(*id);
                    true
                }
            });
        self.shelf.count_again();
        damaged.map_or(Ok(()), |id| Err(self.shelf.damaged(id)))
    }

    fn count_written(&mut self, counts: &mut BTreeMap<Partition, usize>) {
        self.rest_all();
        for entry in self.shelf.map.iter() {
            for cell in entry.cells().iter().filter(|cell| cell.mark.is_written()) {
                *counts.entry(cell.partition).or_default() += 1;
            }
        }
    }

    fn queue_again(&mut self) {
        self.rest_all();
        self.shelf.count_again();
        let mut all: Vec<(u32, Id, bool)> = Vec::with_capacity(self.len());
        for mut entry in self.shelf.map.iter_mut() {
            entry.settle_anew();
            all.push((entry.last_s(), *entry.key(), entry.settled));
        }
        all.sort_unstable();
        self.shelf.probation.clear();
        self.shelf.settled.clear();
        for (last_s, id, settled) in all {
            let queue = if settled {
                Queue::Settled
            } else {
                Queue::Probation
            };
            self.shelf.queue(queue).push_back((id, last_s));
        }
    }
}
