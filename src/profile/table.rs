//! One kind of profile in a concurrent map, with a cap, an idle time-to-live and an undo log.
//!
//! Fresh ids enter a small *probation* queue and fall out of it first in, first out. Who earns a place
//! ([`Cell::is_established`]) moves to the settled queue, where a second chance goes to what was used since it
//! queued. A flood of fresh ids so churns the probation queue and never evicts an established profile. All of it
//! follows event time and the order of logins alone, so that the same stream gives the same map.

use std::collections::VecDeque;

use std::sync::Arc;

use dashmap::DashMap;
use dashmap::mapref::one::Ref;

use super::cell::{Cell, Lesson, Profile};
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
struct Entry<C> {
    profile: Profile<C>,
    settled: bool,
    /// The batch that last logged it for undo.
    batch: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Queue {
    Probation,
    Settled,
}

/// One step to take back.
enum Undo<C> {
    Inserted(Id),
    Changed(Id, Entry<C>),
    Removed(Id, Entry<C>),
    PushedBack(Queue),
    PoppedFront(Queue, Id, u32),
}

type Map<C> = DashMap<Id, Entry<C>, foldhash::fast::RandomState>;

/// What any thread may do with a map: read it.
pub(super) struct TableReader<C>(Arc<Map<C>>);

impl<C> Clone for TableReader<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C: Cell> TableReader<C> {
    pub(super) fn read(&self, id: Id) -> Option<Reading<'_, C>> {
        self.0.get(&id).map(Reading)
    }
}

/// The map of one kind, and the one writer's bookkeeping.
pub struct Table<C> {
    map: Arc<Map<C>>,
    limits: Limits,
    /// (id, its last use when it queued), oldest first.
    probation: VecDeque<(Id, u32)>,
    settled: VecDeque<(Id, u32)>,
    undo: Option<Vec<Undo<C>>>,
    batch: u64,
    evicted: u64,
}

/// A profile under a read lock; it stays within this module's callers in `profile`.
pub(super) struct Reading<'a, C>(Ref<'a, Id, Entry<C>>);

impl<C: Cell> Reading<'_, C> {
    pub(super) fn whole(&self) -> &C {
        &self.0.profile.whole
    }
}

impl<C: Cell> Table<C> {
    /// An empty map; `undo` keeps what [`Table::roll_back`] needs.
    #[must_use]
    pub fn new(limits: Limits, undo: bool) -> Self {
        Self {
            map: Arc::new(DashMap::with_hasher(foldhash::fast::RandomState::default())),
            limits,
            probation: VecDeque::new(),
            settled: VecDeque::new(),
            undo: undo.then(Vec::new),
            batch: 1,
            evicted: 0,
        }
    }

    pub(super) fn reader(&self) -> TableReader<C> {
        TableReader(Arc::clone(&self.map))
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

    /// Applies a login to the profile of `id`.
    pub fn apply(&mut self, id: Id, partition: i32, lesson: &Lesson<'_>) {
        let now_s = lesson.login.time_s();
        if !self.map.contains_key(&id) {
            self.insert(id, partition, now_s);
        }
        let mut promoted = false;
        if let Some(mut entry) = self.map.get_mut(&id) {
            if let Some(undo) = &mut self.undo
                && entry.batch != self.batch
            {
                undo.push(Undo::Changed(id, entry.clone()));
                entry.batch = self.batch;
            }
            entry.profile.apply(partition, lesson);
            if !entry.settled && entry.profile.whole.is_established() {
                entry.settled = true;
                promoted = true;
            }
        }
        if promoted {
            self.push(Queue::Settled, id, now_s);
        }
        self.make_room(now_s);
    }

    /// Forgets how to take the batch back: it is committed.
    pub fn commit(&mut self) {
        if let Some(undo) = &mut self.undo {
            undo.clear();
        }
        self.batch += 1;
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
        self.batch += 1;
    }

    fn insert(&mut self, id: Id, partition: i32, now_s: u32) {
        let entry = Entry {
            profile: Profile::new(partition),
            settled: false,
            batch: self.batch,
        };
        self.map.insert(id, entry);
        self.log(|| Undo::Inserted(id));
        self.push(Queue::Probation, id, now_s);
    }

    fn make_room(&mut self, now_s: u32) {
        self.trim(Queue::Probation, self.limits.max_probation, now_s);
        self.trim(Queue::Settled, self.limits.max_profiles, now_s);
    }

    /// Looks at the oldest entries of a queue while it is over its cap or they are idle.
    fn trim(&mut self, queue: Queue, most: usize, now_s: u32) {
        for step in 0.. {
            let over = self.queue(queue).len() > most;
            let Some(&(id, queued_s)) = self.queue(queue).front() else {
                return;
            };
            let idle = queued_s.saturating_add(self.limits.idle_s) < now_s;
            if !over && (!idle || step >= MAX_STEPS) {
                return;
            }
            self.queue(queue).pop_front();
            self.log(|| Undo::PoppedFront(queue, id, queued_s));
            let Some((settled, last_s)) = self
                .map
                .get(&id)
                .map(|entry| (entry.settled, entry.profile.whole.last_s()))
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
                last_s.saturating_add(self.limits.idle_s) >= now_s
            };
            if keep {
                self.push(queue, id, last_s);
            } else if let Some((_, entry)) = self.map.remove(&id) {
                self.evicted += 1;
                self.log(|| Undo::Removed(id, entry));
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

    fn log(&mut self, step: impl FnOnce() -> Undo<C>) {
        if let Some(undo) = &mut self.undo {
            undo.push(step());
        }
    }

    /// Everything in it, in order of id: equal tables give equal snapshots.
    #[must_use]
    pub fn snapshot(&self) -> std::collections::BTreeMap<Id, Profile<C>> {
        self.map
            .iter()
            .map(|entry| (*entry.key(), entry.profile.clone()))
            .collect()
    }
}
