//! One kind of profile in a concurrent map, with a cap, an idle time-to-live and an undo log.
//!
//! Fresh ids enter a small *probation* queue and fall out of it first in, first out. Who earns a place
//! ([`ProfileCell::is_established`]) moves to the settled queue, where a second chance goes to what was used since it
//! queued. A flood of fresh ids so churns the probation queue and never evicts an established profile. All of it
//! follows event time and the order of logins alone, so that the same stream gives the same map. A profile that was
//! idle for its time counts as forgotten at once, whenever it is thrown out.
//!
//! What a login does to the queues stands in [`crate::profile::working_set`], which knows the profiles that are open.

use std::collections::{BTreeMap, VecDeque};
use std::marker::PhantomData;
use std::sync::Arc;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry as MapEntry;
use dashmap::mapref::one::Ref;
use smallvec::SmallVec;

use super::entry::{Entry, PackedCell};
use super::journal::Journal;
use crate::codec::Wire;
use crate::login::Id;
use crate::profile::cells::{
    CellKind, CellState, CheckpointMark, DamagedCell, ProfileCell, is_idle,
};
use crate::profile::working_set::Slots;

/// Bounds of one kind of profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most established profiles.
    pub max_profiles: usize,
    /// The most profiles that are still on probation.
    pub max_probation: usize,
    /// Event time after which an idle profile may go.
    pub idle_s: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::profile) enum Queue {
    Probation,
    Settled,
}

/// One step to take back.
pub(in crate::profile) enum Undo {
    Inserted(Id),
    /// The entry before it was replaced or thrown out, moved here.
    Replaced(Id, Box<Entry>),
    PushedBack(Queue),
    PoppedFront(Queue, Id, u32),
}

/// The cells of one profile: which partition writes each, and how it stands to the checkpoint.
pub(in crate::profile) type CellMarks = SmallVec<[(i32, CheckpointMark); 1]>;

/// Entries are boxed: a map that grows then moves pointers, and its free slots cost little.
type Map = DashMap<Id, Box<Entry>, foldhash::fast::RandomState>;

/// What any thread may do with a map: read it.
pub struct TableReader<C> {
    map: Arc<Map>,
    idle_s: u32,
    cell: PhantomData<C>,
}

impl<C> Clone for TableReader<C> {
    fn clone(&self) -> Self {
        Self {
            map: Arc::clone(&self.map),
            idle_s: self.idle_s,
            cell: PhantomData,
        }
    }
}

impl<C: ProfileCell> TableReader<C> {
    /// What is known, opened, unless it has been idle for too long.
    pub(super) fn open(
        &self,
        kind: CellKind,
        id: Id,
        now_s: u32,
    ) -> Result<Option<C>, DamagedCell> {
        let Some(entry) = self.map.get(&id) else {
            return Ok(None);
        };
        if is_idle(entry.last_s(), self.idle_s, now_s) {
            return Ok(None);
        }
        let cell = entry.whole().open().ok_or(DamagedCell { kind, id })?;
        Ok(Some(cell))
    }

    /// The sum of the digests of everything that is not forgotten at a time: each whole, and each of its cells.
    pub(super) fn digest(&self, kind: CellKind, now_s: u32) -> u128 {
        let mut bytes = Vec::new();
        let mut sum = 0u128;
        for entry in self.map.iter() {
            if is_idle(entry.last_s(), self.idle_s, now_s) {
                continue;
            }
            bytes.clear();
            bytes.push(kind as u8);
            entry.key().write(0, &mut bytes);
            bytes.extend_from_slice(entry.whole().bytes());
            let mut cells: Vec<&PackedCell> = entry.cells().iter().collect();
            cells.sort_unstable_by_key(|cell| cell.partition);
            for cell in cells {
                cell.partition.write(0, &mut bytes);
                bytes.extend_from_slice(cell.bytes());
            }
            let mut half = [0; 16];
            half.copy_from_slice(&blake3::hash(&bytes).as_bytes()[..16]);
            sum = sum.wrapping_add(u128::from_le_bytes(half));
        }
        sum
    }

    pub(super) fn len(&self) -> usize {
        self.map.len()
    }
}

/// The map of one kind, and the one writer's bookkeeping.
pub struct Table<C> {
    kind: CellKind,
    map: Arc<Map>,
    limits: Limits,
    /// (id, its last use when it queued), oldest first.
    probation: VecDeque<(Id, u32)>,
    settled: VecDeque<(Id, u32)>,
    undo: Option<Vec<Undo>>,
    evicted: u64,
    /// The same at the last commit.
    evicted_before: u64,
    cell: PhantomData<C>,
}

impl<C: ProfileCell> Table<C> {
    /// An empty map; `undo` keeps what [`Table::roll_back`] needs.
    #[must_use]
    pub fn new(kind: CellKind, limits: Limits, undo: bool) -> Self {
        Self {
            kind,
            map: Arc::new(DashMap::with_hasher(foldhash::fast::RandomState::default())),
            limits,
            probation: VecDeque::new(),
            settled: VecDeque::new(),
            undo: undo.then(Vec::new),
            evicted: 0,
            evicted_before: 0,
            cell: PhantomData,
        }
    }

    #[must_use]
    pub fn reader(&self) -> TableReader<C> {
        TableReader {
            map: Arc::clone(&self.map),
            idle_s: self.limits.idle_s,
            cell: PhantomData,
        }
    }

    pub(in crate::profile) fn kind(&self) -> CellKind {
        self.kind
    }

    pub(in crate::profile) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(in crate::profile) fn get(&self, id: Id) -> Option<Ref<'_, Id, Box<Entry>>> {
        self.map.get(&id)
    }

    /// Puts an entry in the place of what is there, which goes to the undo log where the batch had not changed it yet.
    /// Any thread may do so for ids of its own; the log's steps are given back.
    pub(in crate::profile) fn replace(&self, id: Id, entry: Box<Entry>) -> Option<Undo> {
        let batch = entry.batch;
        match self.map.insert(id, entry) {
            Some(before) if before.batch == batch => None,
            Some(before) => Some(Undo::Replaced(id, before)),
            None => Some(Undo::Inserted(id)),
        }
    }

    pub(in crate::profile) fn log(&mut self, step: Undo) {
        if let Some(undo) = &mut self.undo {
            undo.push(step);
        }
    }

    pub(in crate::profile) fn keeps_undo(&self) -> bool {
        self.undo.is_some()
    }

    /// Takes what is thrown out of the map, and gives the cells it had.
    pub(in crate::profile) fn take(&mut self, id: Id) -> Option<CellMarks> {
        let (_, entry) = self.map.remove(&id)?;
        let cells = entry.cells().iter();
        let marks = cells.map(|cell| (cell.partition, cell.mark)).collect();
        self.log(Undo::Replaced(id, entry));
        Some(marks)
    }

    pub(in crate::profile) fn count_evicted(&mut self) {
        self.evicted += 1;
    }

    pub(in crate::profile) fn queue(&mut self, queue: Queue) -> &mut VecDeque<(Id, u32)> {
        match queue {
            Queue::Probation => &mut self.probation,
            Queue::Settled => &mut self.settled,
        }
    }

    pub(in crate::profile) fn most(&self, queue: Queue) -> usize {
        match queue {
            Queue::Probation => self.limits.max_probation,
            Queue::Settled => self.limits.max_profiles,
        }
    }

    pub(in crate::profile) fn push(&mut self, queue: Queue, id: Id, last_s: u32) {
        self.queue(queue).push_back((id, last_s));
        self.log(Undo::PushedBack(queue));
    }

    pub(in crate::profile) fn pop(&mut self, queue: Queue) {
        if let Some((id, last_s)) = self.queue(queue).pop_front() {
            self.log(Undo::PoppedFront(queue, id, last_s));
        }
    }

    /// Every profile: its whole and its cells.
    #[cfg(test)]
    pub(in crate::profile) fn opened(&self) -> Vec<(C, Vec<C>)> {
        let open = |cell: &PackedCell| cell.open().unwrap();
        let entries = self.map.iter();
        entries
            .map(|entry| {
                let cells = entry.cells().iter().map(open).collect();
                (open(entry.whole()), cells)
            })
            .collect()
    }

    fn damaged(&self, id: Id) -> DamagedCell {
        DamagedCell {
            kind: self.kind,
            id,
        }
    }
}

/// What is done with the table of whatever kind: batches, checkpoints, restores, the follower. What the last three do
/// belongs to no batch, so none of it is taken back with one.
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
    fn mark(&self, id: Id, partition: i32) -> Option<CheckpointMark>;

    /// Appends the bytes of the cell that a partition writes; `false` where there is none.
    fn write(&self, id: Id, partition: i32, out: &mut Vec<u8>) -> bool;

    fn set_mark(&mut self, id: Id, partition: i32, mark: CheckpointMark);

    /// Who writes the cell that a login of a partition would go to, and how it stands to the checkpoint.
    fn state(&self, id: Id, partition: i32) -> Option<CellState>;

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
    fn remove(&mut self, id: Id, partition: i32) -> Result<(), DamagedCell>;

    /// Takes the cells out that `goes` says so of, in one pass.
    fn remove_cells(&mut self, goes: &dyn Fn(&PackedCell) -> bool) -> Result<(), DamagedCell>;

    /// Counts the cells of each partition that have ever been written.
    fn count_written(&self, counts: &mut BTreeMap<i32, usize>);

    /// Rebuilds the queues from the map, by last use.
    fn queue_again(&mut self);
}

impl<C: ProfileCell> ProfileTable for Table<C> {
    fn len(&self) -> usize {
        self.map.len()
    }

    fn evicted(&self) -> u64 {
        self.evicted
    }

    fn commit(&mut self) {
        self.evicted_before = self.evicted;
        if let Some(undo) = &mut self.undo {
            undo.clear();
        }
    }

    fn roll_back(&mut self) {
        let steps = self.undo.as_mut().map(std::mem::take).unwrap_or_default();
        for step in steps.into_iter().rev() {
            match step {
                Undo::Inserted(id) => {
                    self.map.remove(&id);
                }
                Undo::Replaced(id, entry) => {
                    self.map.insert(id, entry);
                }
                Undo::PushedBack(queue) => {
                    self.queue(queue).pop_back();
                }
                Undo::PoppedFront(queue, id, last_s) => self.queue(queue).push_front((id, last_s)),
            }
        }
        self.evicted = self.evicted_before;
    }

    fn mark(&self, id: Id, partition: i32) -> Option<CheckpointMark> {
        Some(self.map.get(&id)?.cell(partition)?.mark)
    }

    fn write(&self, id: Id, partition: i32, out: &mut Vec<u8>) -> bool {
        let entry = self.map.get(&id);
        let cell = entry.as_ref().and_then(|entry| entry.cell(partition));
        cell.inspect(|cell| out.extend_from_slice(cell.bytes()))
            .is_some()
    }

    fn set_mark(&mut self, id: Id, partition: i32, mark: CheckpointMark) {
        if let Some(mut entry) = self.map.get_mut(&id) {
            entry.set_mark(partition, mark);
        }
    }

    fn state(&self, id: Id, partition: i32) -> Option<CellState> {
        let entry = self.map.get(&id)?;
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
        match self.map.entry(id) {
            MapEntry::Occupied(mut entry) => {
                let put = entry.get_mut().put::<C>(cell);
                put.ok_or(self.damaged(id))
            }
            MapEntry::Vacant(vacant) => {
                vacant.insert(Entry::one(cell, 0));
                Ok(())
            }
        }
    }

    fn put_foreign(
        &mut self,
        id: Id,
        cell: PackedCell,
        journal: &mut Journal,
    ) -> Result<(), DamagedCell> {
        let now_s = cell.last_s();
        let undo = self.undo.take();
        if !self.map.contains_key(&id) {
            self.push(Queue::Probation, id, now_s);
        }
        self.put(id, cell)?;
        let promoted = self
            .map
            .get_mut(&id)
            .is_some_and(|mut entry| entry.promote());
        if promoted {
            self.push(Queue::Settled, id, now_s);
        }
        Slots::default().make_room(now_s, self, journal);
        self.undo = undo;
        self.evicted_before = self.evicted;
        Ok(())
    }

    fn remove(&mut self, id: Id, partition: i32) -> Result<(), DamagedCell> {
        let mut damaged = false;
        self.map.remove_if_mut(&id, |_, entry| {
            let left = entry.remove::<C>(|cell| cell.partition == partition);
            damaged |= left.is_none();
            left == Some(false)
        });
        if damaged {
            return Err(self.damaged(id));
        }
        Ok(())
    }

    fn remove_cells(&mut self, goes: &dyn Fn(&PackedCell) -> bool) -> Result<(), DamagedCell> {
        let mut damaged = None;
        self.map.retain(|id, entry| match entry.remove::<C>(goes) {
            Some(left) => left,
            None => {
                damaged = Some(*id);
                true
            }
        });
        damaged.map_or(Ok(()), |id| Err(self.damaged(id)))
    }

    fn count_written(&self, counts: &mut BTreeMap<i32, usize>) {
        for entry in self.map.iter() {
            for cell in entry.cells().iter().filter(|cell| cell.mark.page > 0) {
                *counts.entry(cell.partition).or_default() += 1;
            }
        }
    }

    fn queue_again(&mut self) {
        let mut all: Vec<(u32, Id, bool)> = Vec::with_capacity(self.map.len());
        for mut entry in self.map.iter_mut() {
            entry.promote();
            all.push((entry.last_s(), *entry.key(), entry.settled));
        }
        all.sort_unstable();
        self.probation.clear();
        self.settled.clear();
        for (last_s, id, settled) in all {
            let queue = if settled {
                Queue::Settled
            } else {
                Queue::Probation
            };
            self.queue(queue).push_back((id, last_s));
        }
    }
}
