//! What is remembered: profiles of users, devices, networks, places and tenants.
//!
//! At rest they are packed, in concurrent maps ([`store`]). One thread judges and writes, a chunk
//! of logins at a time, over a [`WorkingSet`] of opened ones; any thread reads ([`ProfileReader`]).

pub mod cells;
pub mod context;
mod metrics;
mod portrait;
pub mod store;
pub mod working_set;

pub use cells::display::DisplayFields;
pub use cells::finding::Flag;
pub use cells::prevalence::{Prevalence, PrevalenceCell};
pub use cells::sighting::{ListChange, Sighting};
pub use cells::source::SourceCell;
pub use cells::tenant::TenantCell;
pub use cells::user::{LastSuccess, UserCell};
pub use cells::{
    CellKind, CellName, CellState, CheckpointMark, DamagedCell, Disposition, JudgedLogin,
    PageNumber, ProfileCell,
};
pub use context::{LoginContext, Prevalences};
pub use metrics::ProfileMetrics;
pub use portrait::{KnownTexts, KnownThing, Portrait, SeenPlace};
pub use store::table::ProfileTable;
pub use store::{BatchNumber, ChangedCell, Journal, Limits, OpenedProfiles, ProfileReader, Table};
pub use working_set::{CHUNK_LOGINS, ChunkLogin, WorkingSet, go_through};

use std::collections::BTreeMap;

use crate::login::{Id, Partition};
use store::PackedCell;

/// The caps and idle times of every kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileLimits {
    pub users: Limits,
    pub devices: Limits,
    /// Addresses, blocks and typed names, each.
    pub networks: Limits,
    /// Countries, cities, autonomous systems and user agents, together.
    pub prevalences: Limits,
    pub tenants: Limits,
}

impl Default for ProfileLimits {
    fn default() -> Self {
        let limits = |max_profiles: usize| Limits {
            max_profiles,
            max_probation: max_profiles / 4,
            idle_s: 180 * 86_400,
        };
        Self {
            users: limits(4_000_000),
            devices: limits(4_000_000),
            networks: limits(2_000_000),
            prevalences: limits(1_000_000),
            tenants: limits(10_000),
        }
    }
}

/// All maps, for the one thread that writes them.
pub struct Profiles {
    users: Table<UserCell>,
    devices: Table<SourceCell>,
    addresses: Table<SourceCell>,
    blocks: Table<SourceCell>,
    prevalences: Table<PrevalenceCell>,
    tenants: Table<TenantCell>,
    names: Table<SourceCell>,
    journal: Journal,
    /// Whether logins of one user came in several partitions.
    users_cross: bool,
}

impl Profiles {
    /// Empty maps for a stream that is checkpointed and may have to be taken back.
    #[must_use]
    pub fn new(limits: &ProfileLimits) -> Self {
        Self::with(limits, true, Journal::on())
    }

    /// Empty maps for a replay that goes one way.
    #[must_use]
    pub fn without_undo(limits: &ProfileLimits) -> Self {
        Self::with(limits, false, Journal::off())
    }

    fn with(limits: &ProfileLimits, undo: bool, journal: Journal) -> Self {
        Self {
            users: Table::new(CellKind::User, limits.users, undo),
            devices: Table::new(CellKind::Device, limits.devices, undo),
            addresses: Table::new(CellKind::Address, limits.networks, undo),
            blocks: Table::new(CellKind::Block, limits.networks, undo),
            prevalences: Table::new(CellKind::Prevalence, limits.prevalences, undo),
            tenants: Table::new(CellKind::Tenant, limits.tenants, undo),
            names: Table::new(CellKind::Name, limits.networks, undo),
            journal,
            users_cross: false,
        }
    }

    /// Whether what was applied since the last commit can be taken back.
    fn keeps_undo(&self) -> bool {
        self.users.keeps_undo()
    }

    /// Whether logins of one user came in several partitions since the start.
    #[must_use]
    pub fn users_cross_partitions(&self) -> bool {
        self.users_cross
    }

    /// What other threads read by.
    #[must_use]
    pub fn reader(&self) -> ProfileReader {
        ProfileReader {
            users: self.users.reader(),
            devices: self.devices.reader(),
            addresses: self.addresses.reader(),
            blocks: self.blocks.reader(),
            prevalences: self.prevalences.reader(),
            tenants: self.tenants.reader(),
            names: self.names.reader(),
        }
    }

    fn table(&self, kind: CellKind) -> &dyn ProfileTable {
        match kind {
            CellKind::User => &self.users,
            CellKind::Device => &self.devices,
            CellKind::Address => &self.addresses,
            CellKind::Block => &self.blocks,
            CellKind::Prevalence => &self.prevalences,
            CellKind::Tenant => &self.tenants,
            CellKind::Name => &self.names,
        }
    }

    fn table_mut(&mut self, kind: CellKind) -> (&mut dyn ProfileTable, &mut Journal) {
        let table: &mut dyn ProfileTable = match kind {
            CellKind::User => &mut self.users,
            CellKind::Device => &mut self.devices,
            CellKind::Address => &mut self.addresses,
            CellKind::Block => &mut self.blocks,
            CellKind::Prevalence => &mut self.prevalences,
            CellKind::Tenant => &mut self.tenants,
            CellKind::Name => &mut self.names,
        };
        (table, &mut self.journal)
    }

    fn tables_mut(&mut self) -> [&mut dyn ProfileTable; CellKind::COUNT] {
        [
            &mut self.users,
            &mut self.devices,
            &mut self.addresses,
            &mut self.blocks,
            &mut self.prevalences,
            &mut self.tenants,
            &mut self.names,
        ]
    }

    /// Applies one judged login to every profile it belongs to.
    pub fn apply(
        &mut self,
        partition: Partition,
        judged: &JudgedLogin<'_>,
    ) -> Result<(), DamagedCell> {
        let one = [ChunkLogin {
            partition,
            login: judged.login,
            display: judged.display,
        }];
        WorkingSet::open(self, &one)?.apply(0, judged.disposition)?;
        if !self.keeps_undo() {
            self.commit();
        }
        Ok(())
    }

    /// Makes everything applied since the last commit final.
    pub fn commit(&mut self) {
        for table in self.tables_mut() {
            table.commit();
        }
        self.journal.next_batch();
    }

    /// Takes everything applied since the last commit back.
    pub fn roll_back(&mut self) {
        for table in self.tables_mut() {
            table.roll_back();
        }
        self.journal.roll_back();
    }

    /// (kind, profiles, evicted so far), for the metrics.
    #[must_use]
    pub fn sizes(&self) -> [(&'static str, usize, u64); CellKind::COUNT] {
        CellKind::ALL.map(|kind| {
            let table = self.table(kind);
            (kind.name(), table.len(), table.evicted())
        })
    }

    /// A digest of all that is remembered at a time: equal states, equal digests.
    #[must_use]
    pub fn digest(&self, now_s: u32) -> String {
        self.reader().digest(now_s)
    }
}

/// What verdicts change, as a part of a batch.
impl Profiles {
    /// Changes what is known of a user, where this process writes it. Gives the cell's name beside
    /// what `change` does.
    pub fn amend_user<R>(
        &mut self,
        id: Id,
        change: impl FnOnce(&mut UserCell) -> R,
    ) -> Result<Option<(CellName, R)>, DamagedCell> {
        let Some(state) = self.users.state(id, Partition(0)) else {
            return Ok(None);
        };
        // A replay goes one way and has everything.
        if self.keeps_undo() && !self.journal.owns(state.writer) {
            return Ok(None);
        }
        let changed = self
            .users
            .amend(id, state.writer, &mut self.journal, change)?;
        Ok(changed.map(|result| (CellKind::User.of(id, state.writer), result)))
    }

    /// Changes a partition's cell of a device, an address or a block that is known, where this
    /// process writes it.
    pub fn amend_source(
        &mut self,
        kind: CellKind,
        id: Id,
        partition: Partition,
        change: impl FnOnce(&mut SourceCell),
    ) -> Result<Option<CellName>, DamagedCell> {
        if self.keeps_undo() && !self.journal.owns(partition) {
            return Ok(None);
        }
        let table = match kind {
            CellKind::Device => &mut self.devices,
            CellKind::Address => &mut self.addresses,
            CellKind::Block => &mut self.blocks,
            _ => return Ok(None),
        };
        let changed = table.amend(id, partition, &mut self.journal, change)?;
        Ok(changed.map(|()| kind.of(id, partition)))
    }
}

/// What a checkpoint, a restore and the follower do. None of it belongs to a batch.
impl Profiles {
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    pub fn journal_mut(&mut self) -> &mut Journal {
        &mut self.journal
    }

    /// How a cell stands to the checkpoint; `None` where there is no such cell.
    #[must_use]
    pub fn mark(&self, name: CellName) -> Option<CheckpointMark> {
        self.table(name.kind).mark(name.id, name.partition)
    }

    /// Appends the bytes of a cell; `false` where there is no such cell.
    pub fn write(&self, name: CellName, out: &mut Vec<u8>) -> bool {
        self.table(name.kind).write(name.id, name.partition, out)
    }

    /// A cell was written to a page, as it is.
    pub fn set_written(&mut self, name: CellName, page: PageNumber) {
        let mark = CheckpointMark { page, dirty: false };
        let (table, _) = self.table_mut(name.kind);
        table.set_mark(name.id, name.partition, mark);
    }

    /// Puts a cell as it was written to one of this process's own pages; `false` where the bytes
    /// are none.
    #[must_use]
    pub fn put(&mut self, name: CellName, bytes: Box<[u8]>, page: PageNumber) -> bool {
        let mark = CheckpointMark { page, dirty: false };
        let cell = PackedCell::from_bytes(name.partition, mark, bytes);
        let (table, _) = self.table_mut(name.kind);
        cell.is_some_and(|cell| table.put(name.id, cell).is_ok())
    }

    /// Puts a cell of something shared that another process wrote; `false` where the bytes are
    /// none.
    #[must_use]
    pub fn put_foreign(&mut self, name: CellName, bytes: Box<[u8]>) -> bool {
        let cell = PackedCell::from_bytes(name.partition, CheckpointMark::default(), bytes);
        let (table, journal) = self.table_mut(name.kind);
        cell.is_some_and(|cell| table.put_foreign(name.id, cell, journal).is_ok())
    }

    /// Takes a cell out.
    pub fn remove(&mut self, name: CellName) -> Result<(), DamagedCell> {
        let (table, _) = self.table_mut(name.kind);
        table.remove(name.id, name.partition)
    }

    /// Takes all cells of some partitions out.
    pub fn remove_partitions(&mut self, partitions: &[Partition]) -> Result<(), DamagedCell> {
        if partitions.is_empty() {
            return Ok(());
        }
        self.remove_cells(&|cell| partitions.contains(&cell.partition))
    }

    /// Takes the users out that other partitions than these write: other processes know them
    /// better.
    pub fn keep_users_of(&mut self, partitions: &[Partition]) -> Result<(), DamagedCell> {
        self.users
            .remove_cells(&|cell| !partitions.contains(&cell.partition))
    }

    /// Takes the cells of partitions out that were last written before a page.
    pub fn remove_before(
        &mut self,
        tails: &BTreeMap<Partition, PageNumber>,
    ) -> Result<(), DamagedCell> {
        self.remove_cells(&|cell| {
            let tail = tails.get(&cell.partition);
            tail.is_some_and(|tail| cell.mark.page < *tail)
        })
    }

    fn remove_cells(&mut self, goes: &dyn Fn(&PackedCell) -> bool) -> Result<(), DamagedCell> {
        let mut tables = self.tables_mut().into_iter();
        tables.try_for_each(|table| table.remove_cells(goes))
    }

    /// How many cells of each partition have ever been written.
    #[must_use]
    pub fn count_written(&mut self) -> BTreeMap<Partition, usize> {
        let mut counts = BTreeMap::new();
        for kind in CellKind::ALL {
            self.table_mut(kind).0.count_written(&mut counts);
        }
        counts
    }

    /// The name of a user's cell where another partition writes it.
    #[must_use]
    pub fn user_written_elsewhere(&self, name: CellName) -> Option<CellName> {
        let state = match name.kind {
            CellKind::User => self.users.state(name.id, name.partition)?,
            _ => return None,
        };
        (state.writer != name.partition).then_some(CellName {
            partition: state.writer,
            ..name
        })
    }

    /// How the user's cell stands that a login of a partition would go to.
    #[must_use]
    pub fn user_state(&self, id: Id, partition: Partition) -> Option<CellState> {
        self.users.state(id, partition)
    }

    /// After a restore: rebuilds the queues, and lets the next batch be taken back to here.
    pub fn settle(&mut self) {
        for table in self.tables_mut() {
            table.queue_again();
            table.commit();
        }
        self.journal.begin_again();
    }

    /// After changes that belong to no batch: lets the next batch be taken back to here.
    pub fn hold(&mut self) {
        self.journal.next_batch();
    }
}

#[cfg(test)]
mod tests;
