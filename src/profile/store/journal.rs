//! Which cells changed since they were last written, in the order of their first change, and which
//! were thrown out.

use std::collections::VecDeque;

use crate::login::Partition;
use crate::profile::cells::{CellName, CheckpointMark};

/// The number of a batch of logins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchNumber(u64);

impl BatchNumber {
    /// Of no batch; it is later than all.
    pub const NONE: Self = Self(u64::MAX);

    fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A changed cell and the batch that changed it first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangedCell {
    pub name: CellName,
    pub batch: BatchNumber,
}

/// What a checkpoint has to write. It follows the batches: what a batch noted is dropped if the
/// batch is taken back.
#[derive(Debug, Default)]
pub struct Journal {
    /// Partitions whose cells this process writes; `None` where nothing is ever written.
    owned: Option<Vec<Partition>>,
    /// Oldest first.
    dirty: VecDeque<ChangedCell>,
    /// Cells thrown out since the last commit, and whether they had ever been written.
    gone: Vec<(CellName, bool)>,
    /// Lengths of both at the start of the batch.
    kept: (usize, usize),
    batch: BatchNumber,
}

impl Journal {
    /// A journal of nobody's: a replay that goes one way writes no checkpoint.
    #[must_use]
    pub fn off() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn on() -> Self {
        Self {
            owned: Some(Vec::new()),
            ..Self::default()
        }
    }

    /// The number of the batch at hand; it grows with every commit and roll-back.
    #[must_use]
    pub fn batch(&self) -> BatchNumber {
        self.batch
    }

    #[must_use]
    pub fn owns(&self, partition: Partition) -> bool {
        self.owned
            .as_ref()
            .is_some_and(|owned| owned.contains(&partition))
    }

    /// From now on these partitions' cells are written. What was noted for others is skipped when
    /// it is met.
    pub fn own(&mut self, partitions: Vec<Partition>) {
        if let Some(owned) = &mut self.owned {
            *owned = partitions;
        }
    }

    #[must_use]
    pub fn owned(&self) -> &[Partition] {
        self.owned.as_deref().unwrap_or_default()
    }

    /// Notes a change, once until it is written.
    pub(in crate::profile) fn changed(
        &mut self,
        name: impl FnOnce() -> CellName,
        mark: &mut CheckpointMark,
    ) {
        if self.owned.is_some() && !mark.dirty {
            mark.dirty = true;
            self.dirty.push_back(ChangedCell {
                name: name(),
                batch: self.batch,
            });
        }
    }

    /// Notes that a cell was thrown out.
    pub(in crate::profile) fn thrown_out(&mut self, name: CellName, mark: CheckpointMark) {
        if self.owns(name.partition) {
            self.gone.push((name, mark.is_written()));
        }
    }

    #[must_use]
    pub fn dirty(&self) -> &VecDeque<ChangedCell> {
        &self.dirty
    }

    #[must_use]
    pub fn gone(&self) -> &[(CellName, bool)] {
        &self.gone
    }

    /// The first `count` changes and everything thrown out are written.
    pub fn written(&mut self, count: usize) {
        self.dirty.drain(..count);
        self.gone.clear();
    }

    /// Nothing is written, ever.
    pub fn forget(&mut self) {
        self.dirty.clear();
        self.gone.clear();
    }

    /// After a restore everything that is dirty counts as changed by one batch. What was thrown out
    /// while logins were gone through again stays noted: going through them once more must not
    /// revive it.
    pub(in crate::profile) fn begin_again(&mut self) {
        self.batch = self.batch.next();
        let batch = self.batch;
        let owned = self.owned.take().unwrap_or_default();
        self.dirty
            .retain(|dirty| owned.contains(&dirty.name.partition));
        self.dirty.iter_mut().for_each(|dirty| dirty.batch = batch);
        self.gone
            .retain(|(name, _)| owned.contains(&name.partition));
        self.owned = Some(owned);
        self.next_batch();
    }

    pub(in crate::profile) fn next_batch(&mut self) {
        self.batch = self.batch.next();
        self.kept = (self.dirty.len(), self.gone.len());
    }

    pub(in crate::profile) fn roll_back(&mut self) {
        self.dirty.truncate(self.kept.0);
        self.gone.truncate(self.kept.1);
        self.next_batch();
    }
}
