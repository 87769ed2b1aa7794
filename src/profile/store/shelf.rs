//! The profiles of one kind that are at rest, in a concurrent map, and the one writer's bookkeeping:
//! queues, counts, and the steps that take a batch back.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dashmap::DashMap;
use dashmap::mapref::one::Ref;

use super::entry::Entry;
use super::journal::{BatchNumber, Journal};
use super::slot::Slot;
use crate::login::{Id, Partition};
use crate::profile::cells::{CellKind, DamagedCell, JudgedLogin, ProfileCell};

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
pub(in crate::profile) enum Undo<C> {
    Inserted(Id),
    /// Changed; what was before is at rest.
    ChangedAtRest(Id),
    /// Changed; this is what was before.
    Changed(Box<Slot<C>>),
    ThrownOut {
        id: Id,
        open: Option<Box<Slot<C>>>,
        at_rest: Option<Box<Entry>>,
    },
    PushedBack(Queue),
    PoppedFront(Queue, Id, u32),
}

/// Entries are boxed: a map that grows then moves pointers, and its free slots cost little.
pub(super) type Map = DashMap<Id, Box<Entry>, foldhash::fast::RandomState>;

/// What the one writer keeps beside what is open: the map, the queues, and the steps that take a
/// batch back.
pub(in crate::profile) struct Shelf<C> {
    pub(super) kind: CellKind,
    pub(super) map: Arc<Map>,
    pub limits: Limits,
    /// (id, its last use when it queued), oldest first.
    pub(super) probation: VecDeque<(Id, u32)>,
    pub(super) settled: VecDeque<(Id, u32)>,
    pub(super) undo: Option<Vec<Undo<C>>>,
    /// Profiles that there are, open or at rest.
    pub(super) count: Arc<AtomicUsize>,
    pub(super) evicted: u64,
    /// The count and the evicted at the last commit.
    pub(super) before: (usize, u64),
    cell: PhantomData<C>,
}

impl<C: ProfileCell> Shelf<C> {
    /// An empty one; `undo` keeps what takes a batch back.
    pub(super) fn new(kind: CellKind, limits: Limits, undo: bool) -> Self {
        let map = DashMap::with_hasher(foldhash::fast::RandomState::default());
        Self {
            kind,
            map: Arc::new(map),
            limits,
            probation: VecDeque::new(),
            settled: VecDeque::new(),
            undo: undo.then(Vec::new),
            count: Arc::default(),
            evicted: 0,
            before: (0, 0),
            cell: PhantomData,
        }
    }

    pub fn kind(&self) -> CellKind {
        self.kind
    }

    pub fn get(&self, id: Id) -> Option<Ref<'_, Id, Box<Entry>>> {
        self.map.get(&id)
    }

    /// Puts an open profile to rest. Any thread may do so for profiles of its own.
    pub fn shelve(&self, slot: &Slot<C>) {
        if slot.present && !slot.at_rest {
            self.map.insert(slot.id, slot.pack());
        }
    }

    pub fn damaged(&self, id: Id) -> DamagedCell {
        DamagedCell {
            kind: self.kind,
            id,
        }
    }

    pub fn keeps_undo(&self) -> bool {
        self.undo.is_some()
    }

    pub fn log(&mut self, step: Undo<C>) {
        if let Some(undo) = &mut self.undo {
            undo.push(step);
        }
    }

    /// Keeps what a profile was before the batch changed it.
    pub fn keep(&mut self, slot: &mut Slot<C>, batch: BatchNumber) {
        if slot.batch == batch || self.undo.is_none() {
            return;
        }
        self.log(if slot.at_rest {
            Undo::ChangedAtRest(slot.id)
        } else {
            Undo::Changed(Box::new(slot.clone()))
        });
        slot.batch = batch;
    }

    /// Begins a profile of which nothing was known.
    pub fn begin(&mut self, slot: &mut Slot<C>, partition: Partition, batch: BatchNumber) {
        self.log(Undo::Inserted(slot.id));
        slot.begin(partition);
        slot.batch = batch;
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Applies a login to an open profile, and notes that it changed. Gives the cell's writer.
    pub fn apply(
        &self,
        slot: &mut Slot<C>,
        partition: Partition,
        judged: &JudgedLogin<'_>,
        journal: &mut Journal,
    ) -> Result<Partition, DamagedCell> {
        let id = slot.id;
        let applied = slot.apply(partition, judged, self.limits.idle_s);
        let (writer, mark) = applied.ok_or(self.damaged(id))?;
        journal.changed(|| self.kind.of(id, writer), mark);
        Ok(writer)
    }

    /// Changes the cell that logins of a partition go to, and notes that it changed.
    pub fn amend<R>(
        &mut self,
        slot: &mut Slot<C>,
        partition: Partition,
        journal: &mut Journal,
        change: impl FnOnce(&mut C) -> R,
    ) -> Result<R, DamagedCell> {
        self.keep(slot, journal.batch());
        let id = slot.id;
        let amended = slot.amend(partition, change);
        let (writer, mark, result) = amended.ok_or(self.damaged(id))?;
        journal.changed(|| self.kind.of(id, writer), mark);
        Ok(result)
    }

    /// Throws a profile out that is open.
    pub fn throw_out_open(&mut self, slot: &mut Slot<C>, journal: &mut Journal) {
        for (partition, mark) in slot.marks() {
            journal.thrown_out(self.kind.of(slot.id, partition), mark);
        }
        let (id, before) = (slot.id, slot.clear());
        let at_rest = self.map.remove(&id).map(|(_, entry)| entry);
        if self.keeps_undo() {
            let open = Some(Box::new(before));
            self.log(Undo::ThrownOut { id, open, at_rest });
        }
        self.count_out();
    }

    /// Throws a profile out that is at rest.
    pub fn throw_out_at_rest(&mut self, id: Id, journal: &mut Journal) {
        let Some((_, entry)) = self.map.remove(&id) else {
            return;
        };
        for cell in entry.cells() {
            journal.thrown_out(self.kind.of(id, cell.partition), cell.mark);
        }
        self.log(Undo::ThrownOut {
            id,
            open: None,
            at_rest: Some(entry),
        });
        self.count_out();
    }

    fn count_out(&mut self) {
        self.evicted += 1;
        self.count.fetch_sub(1, Ordering::Relaxed);
    }

    pub fn queue(&mut self, queue: Queue) -> &mut VecDeque<(Id, u32)> {
        match queue {
            Queue::Probation => &mut self.probation,
            Queue::Settled => &mut self.settled,
        }
    }

    pub fn push(&mut self, queue: Queue, id: Id, last_s: u32) {
        self.queue(queue).push_back((id, last_s));
        self.log(Undo::PushedBack(queue));
    }

    pub fn pop(&mut self, queue: Queue) {
        if let Some((id, last_s)) = self.queue(queue).pop_front() {
            self.log(Undo::PoppedFront(queue, id, last_s));
        }
    }

    pub(super) fn commit(&mut self) {
        self.before = (self.count.load(Ordering::Relaxed), self.evicted);
        if let Some(undo) = &mut self.undo {
            undo.clear();
        }
    }

    /// Counts anew, where nothing is open.
    pub(super) fn count_again(&mut self) {
        self.count.store(self.map.len(), Ordering::Relaxed);
        self.before = (self.map.len(), self.evicted);
    }
}
