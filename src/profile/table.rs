//! One kind of profile in a concurrent map, with a cap, an idle time-to-live and an undo log.
//!
//! Fresh ids enter a small *probation* queue and fall out of it first in, first out. Who earns a place
//! ([`ProfileCell::is_established`]) moves to the settled queue, where a second chance goes to what was used since it
//! queued. A flood of fresh ids so churns the probation queue and never evicts an established profile. All of it
//! follows event time and the order of logins alone, so that the same stream gives the same map. A profile that was
//! idle for its time counts as forgotten at once, whenever it is thrown out.

use std::collections::{BTreeMap, VecDeque};

use std::borrow::Cow;
use std::sync::Arc;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry as DashEntry;
use dashmap::mapref::one::Ref;

use super::cells::{CellKind, CellState, CheckpointMark, JudgedLogin, is_idle};
use super::journal::Journal;
use super::parts::{Part, Profile};
use super::store::Store;
use crate::codec::Wire;
use crate::login::Id;

/// How many queue entries one login may look at: work a login stays bounded.
const MAX_STEPS: usize = 4;

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

/// A map entry.
#[derive(Clone, Debug)]
struct Entry<P> {
    profile: P,
    settled: bool,
    /// The batch that last logged it for undo.
    batch: u64,
}

impl<P: Profile> Entry<P> {
    fn new(profile: P, batch: u64) -> Box<Self> {
        Box::new(Self {
            profile,
            settled: false,
            batch,
        })
    }

    /// Settles what has just earned its place, and says so.
    fn promote(&mut self) -> bool {
        let promoted = !self.settled && self.profile.whole().is_established();
        self.settled |= promoted;
        promoted
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Queue {
    Probation,
    Settled,
}

/// One step to take back.
enum Undo<P> {
    Inserted(Id),
    Changed(Id, Box<Entry<P>>),
    Removed(Id, Box<Entry<P>>),
    PushedBack(Queue),
    PoppedFront(Queue, Id, u32),
}

/// Entries are boxed: a map that grows then moves pointers, and its free slots cost little.
type Map<P> = DashMap<Id, Box<Entry<P>>, foldhash::fast::RandomState>;

/// What any thread may do with a map: read it.
pub(super) struct TableReader<P> {
    map: Arc<Map<P>>,
    idle_s: u32,
}

impl<P> Clone for TableReader<P> {
    fn clone(&self) -> Self {
        Self {
            map: Arc::clone(&self.map),
            idle_s: self.idle_s,
        }
    }
}

impl<P: Profile> TableReader<P> {
    /// What is known, unless it has been idle for too long.
    pub(super) fn read(&self, id: Id, now_s: u32) -> Option<Reading<'_, P>> {
        let reading = Reading(self.map.get(&id)?);
        (!is_idle(reading.last_s(), self.idle_s, now_s)).then_some(reading)
    }

    /// The sum of the digests of everything that is not forgotten at a time: each whole, and each of its parts.
    pub(super) fn digest(&self, kind: CellKind, now_s: u32) -> u128 {
        let mut bytes = Vec::new();
        let mut sum = 0u128;
        for entry in self.map.iter() {
            let profile = &entry.profile;
            if is_idle(profile.whole().last_s(), self.idle_s, now_s) {
                continue;
            }
            bytes.clear();
            bytes.push(kind as u8);
            entry.key().write(0, &mut bytes);
            profile.whole().pack(&mut bytes);
            let mut parts: Vec<&Part<P::Store>> = profile.parts().collect();
            parts.sort_unstable_by_key(|part| part.partition);
            for part in parts {
                part.partition.write(0, &mut bytes);
                part.pack(&mut bytes);
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

/// A profile under a read lock; it stays within this module's callers in `profile`.
pub(super) struct Reading<'a, P>(Ref<'a, Id, Box<Entry<P>>>);

impl<P: Profile> Reading<'_, P> {
    fn last_s(&self) -> u32 {
        self.0.profile.whole().last_s()
    }

    pub(super) fn whole(&self) -> Cow<'_, CellOf<P>> {
        self.0.profile.whole().open()
    }
}

pub(super) type CellOf<P> = <<P as Profile>::Store as Store>::ProfileCell;

/// The map of one kind, and the one writer's bookkeeping.
pub struct Table<P> {
    kind: CellKind,
    map: Arc<Map<P>>,
    limits: Limits,
    /// (id, its last use when it queued), oldest first.
    probation: VecDeque<(Id, u32)>,
    settled: VecDeque<(Id, u32)>,
    undo: Option<Vec<Undo<P>>>,
    evicted: u64,
}

impl<P: Profile> Table<P> {
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
        }
    }

    pub(super) fn reader(&self) -> TableReader<P> {
        TableReader {
            map: Arc::clone(&self.map),
            idle_s: self.limits.idle_s,
        }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.map.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// How many profiles the caps and the idle time have pushed out.
    #[must_use]
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Applies a login to the profile of `id`; `opened` is what [`TableReader::read`] gave for it.
    pub fn apply(
        &mut self,
        id: Id,
        partition: i32,
        opened: Option<CellOf<P>>,
        judged: &JudgedLogin<'_>,
        journal: &mut Journal,
    ) {
        let now_s = judged.login.time_s();
        let last_s = self
            .map
            .get(&id)
            .map(|entry| entry.profile.whole().last_s());
        match last_s {
            Some(last_s) if is_idle(last_s, self.limits.idle_s, now_s) => {
                self.throw_out(id, journal);
                self.insert(id, P::new(partition), now_s, journal.batch());
            }
            Some(_) => {}
            None => self.insert(id, P::new(partition), now_s, journal.batch()),
        }
        let mut promoted = false;
        if let Some(mut entry) = self.map.get_mut(&id) {
            if let Some(undo) = &mut self.undo
                && entry.batch != journal.batch()
            {
                undo.push(Undo::Changed(id, entry.clone()));
                entry.batch = journal.batch();
            }
            let (writer, mark) = entry
                .profile
                .apply(partition, opened, judged, self.limits.idle_s);
            journal.changed(|| self.kind.of(id, writer), mark);
            promoted = entry.promote();
        }
        if promoted {
            self.push(Queue::Settled, id, now_s);
        }
        self.make_room(now_s, journal);
    }

    /// Forgets how to take the batch back: it is committed.
    pub fn commit(&mut self) {
        if let Some(undo) = &mut self.undo {
            undo.clear();
        }
    }

    /// Takes every change since the last commit back.
    pub fn roll_back(&mut self) {
        let steps = self.undo.as_mut().map(std::mem::take).unwrap_or_default();
        for step in steps.into_iter().rev() {
            match step {
                Undo::Inserted(id) => {
                    self.map.remove(&id);
                }
                Undo::Changed(id, entry) => {
                    self.map.insert(id, entry);
                }
                Undo::Removed(id, entry) => {
                    self.map.insert(id, entry);
                    self.evicted -= 1;
                }
                Undo::PushedBack(queue) => {
                    self.queue(queue).pop_back();
                }
                Undo::PoppedFront(queue, id, last_s) => self.queue(queue).push_front((id, last_s)),
            }
        }
    }

    fn insert(&mut self, id: Id, profile: P, now_s: u32, batch: u64) {
        self.map.insert(id, Entry::new(profile, batch));
        self.log(|| Undo::Inserted(id));
        self.push(Queue::Probation, id, now_s);
    }

    fn throw_out(&mut self, id: Id, journal: &mut Journal) {
        if let Some((_, entry)) = self.map.remove(&id) {
            self.evicted += 1;
            for part in entry.profile.parts() {
                journal.thrown_out(self.kind.of(id, part.partition), part.mark);
            }
            self.log(|| Undo::Removed(id, entry));
        }
    }

    fn make_room(&mut self, now_s: u32, journal: &mut Journal) {
        self.trim(Queue::Probation, self.limits.max_probation, now_s, journal);
        self.trim(Queue::Settled, self.limits.max_profiles, now_s, journal);
    }

    /// Looks at the oldest entries of a queue while it is over its cap or they are idle.
    fn trim(&mut self, queue: Queue, most: usize, now_s: u32, journal: &mut Journal) {
        for step in 0.. {
            let over = self.queue(queue).len() > most;
            let Some(&(id, queued_s)) = self.queue(queue).front() else {
                return;
            };
            let idle = is_idle(queued_s, self.limits.idle_s, now_s);
            if !over && (!idle || step >= MAX_STEPS) {
                return;
            }
            self.queue(queue).pop_front();
            self.log(|| Undo::PoppedFront(queue, id, queued_s));
            let Some((settled, last_s)) = self
                .map
                .get(&id)
                .map(|entry| (entry.settled, entry.profile.whole().last_s()))
            else {
                continue;
            };
            if settled != (queue == Queue::Settled) {
                continue; // Promoted since: it stands in the other queue.
            }
            let used_since = last_s > queued_s;
            let keep = if over {
                queue == Queue::Settled && used_since && step < MAX_STEPS
            } else {
                !is_idle(last_s, self.limits.idle_s, now_s)
            };
            if keep {
                self.push(queue, id, last_s);
            } else {
                self.throw_out(id, journal);
            }
        }
    }

    fn push(&mut self, queue: Queue, id: Id, last_s: u32) {
        self.queue(queue).push_back((id, last_s));
        self.log(|| Undo::PushedBack(queue));
    }

    fn queue(&mut self, queue: Queue) -> &mut VecDeque<(Id, u32)> {
        match queue {
            Queue::Probation => &mut self.probation,
            Queue::Settled => &mut self.settled,
        }
    }

    fn log(&mut self, step: impl FnOnce() -> Undo<P>) {
        if let Some(undo) = &mut self.undo {
            undo.push(step());
        }
    }
}

/// What checkpoints, restores and the follower do. None of it is part of a batch, so none of it is taken back with one.
impl<P: Profile> Table<P> {
    /// Shows the cell of a partition.
    pub(super) fn with_part<T>(
        &self,
        id: Id,
        partition: i32,
        look: impl FnOnce(&Part<P::Store>) -> T,
    ) -> Option<T> {
        let entry = self.map.get(&id)?;
        let part = entry.profile.part(partition)?;
        (part.partition == partition).then(|| look(part))
    }

    /// Who writes the cell that a login of a partition would go to, and how it stands to the checkpoint.
    pub(super) fn standing(&self, id: Id, partition: i32) -> Option<CellState> {
        let entry = self.map.get(&id)?;
        entry.profile.part(partition).map(|part| CellState {
            writer: part.partition,
            mark: part.mark,
            last_s: part.last_s(),
        })
    }

    pub(super) fn set_mark(&mut self, id: Id, partition: i32, mark: CheckpointMark) {
        if let Some(mut entry) = self.map.get_mut(&id) {
            entry.profile.set_mark(partition, mark);
        }
    }

    /// Applies a login that a checkpoint does not hold yet. Nothing is thrown out: that was written when it happened.
    pub(super) fn replay(
        &mut self,
        id: Id,
        partition: i32,
        judged: &JudgedLogin<'_>,
        journal: &mut Journal,
    ) {
        let new = || Entry::new(P::new(partition), 0);
        let mut entry = self.map.entry(id).or_insert_with(new);
        let (writer, mark) = entry
            .profile
            .apply(partition, None, judged, self.limits.idle_s);
        journal.changed(|| self.kind.of(id, writer), mark);
    }

    /// Puts a cell as it was written. It queues only with [`Table::queue_again`].
    pub(super) fn put(&mut self, id: Id, part: Part<P::Store>) {
        match self.map.entry(id) {
            DashEntry::Occupied(mut entry) => entry.get_mut().profile.put(part),
            DashEntry::Vacant(vacant) => {
                vacant.insert(Entry::new(P::of(part), 0));
            }
        }
    }

    /// Puts a cell that another process wrote.
    pub(super) fn put_foreign(&mut self, id: Id, part: Part<P::Store>, journal: &mut Journal) {
        let now_s = part.last_s();
        let undo = self.undo.take();
        if !self.map.contains_key(&id) {
            self.insert(id, P::of(part), now_s, 0);
        } else {
            self.put(id, part);
        }
        let promoted = self
            .map
            .get_mut(&id)
            .is_some_and(|mut entry| entry.promote());
        if promoted {
            self.push(Queue::Settled, id, now_s);
        }
        self.make_room(now_s, journal);
        self.undo = undo;
    }

    /// Takes the cell of a partition out.
    pub(super) fn remove(&mut self, id: Id, partition: i32) {
        self.map
            .remove_if_mut(&id, |_, entry| !entry.profile.remove(partition));
    }

    /// Takes the cells out that `goes` says so of, in one pass.
    pub(super) fn remove_parts(&mut self, goes: impl Fn(&Part<P::Store>) -> bool) {
        self.map.retain(|_, entry| {
            let gone: Vec<i32> = entry
                .profile
                .parts()
                .filter(|part| goes(part))
                .map(|part| part.partition)
                .collect();
            gone.into_iter()
                .all(|partition| entry.profile.remove(partition))
        });
    }

    /// Counts the cells of each partition that have ever been written.
    pub(super) fn count_written(&self, counts: &mut BTreeMap<i32, usize>) {
        for entry in self.map.iter() {
            for part in entry.profile.parts().filter(|part| part.mark.page > 0) {
                *counts.entry(part.partition).or_default() += 1;
            }
        }
    }

    /// Rebuilds the queues from the map, by last use.
    pub(super) fn queue_again(&mut self) {
        let mut all: Vec<(u32, Id, bool)> = Vec::with_capacity(self.map.len());
        for mut entry in self.map.iter_mut() {
            entry.promote();
            all.push((entry.profile.whole().last_s(), *entry.key(), entry.settled));
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

    #[cfg(test)]
    pub(super) fn profiles(&self) -> Vec<P> {
        self.map.iter().map(|entry| entry.profile.clone()).collect()
    }
}
