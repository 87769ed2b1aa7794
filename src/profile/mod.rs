//! What is remembered: profiles of users, devices, networks, places and tenants, in concurrent maps.
//!
//! One thread writes ([`Profiles::apply`]); any thread reads ([`ProfileReader`]). No lock leaves this module.

pub mod cells;
pub mod journal;
pub mod parts;
pub mod store;
pub mod table;

pub use cells::display::DisplayFields;
pub use cells::finding::Flag;
pub use cells::prevalence::{Prevalence, PrevalenceCell};
pub use cells::source::SourceCell;
pub use cells::tenant::TenantCell;
pub use cells::user::{LastSuccess, UserCell};
pub use cells::{
    CellKind, CellName, CellState, CheckpointMark, Disposition, JudgedLogin, Mergeable, ProfileCell,
};
pub use journal::{ChangedCell, Journal};
pub use table::{Limits, Table};

use std::collections::BTreeMap;

use crate::login::{Id, Login};
use parts::{Divided, Part, Undivided};
use store::{Packed, Plain};
use table::TableReader;

type Users = Undivided<Packed<UserCell>>;
type Sources = Divided<Packed<SourceCell>>;
type Shares = Divided<Plain<PrevalenceCell>>;
type Tenants = Divided<Plain<TenantCell>>;

/// The caps and idle times of every kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileLimits {
    pub users: Limits,
    pub devices: Limits,
    /// Addresses and blocks, each.
    pub networks: Limits,
    /// Countries, cities, autonomous systems and user agents, together.
    pub shares: Limits,
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
            shares: limits(1_000_000),
            tenants: limits(10_000),
        }
    }
}

/// Everything that is known about the parties of one login, before it.
pub struct LoginContext<'a> {
    pub login: &'a Login,
    pub now_s: u32,
    pub user: Option<&'a UserCell>,
    pub device: Option<&'a SourceCell>,
    pub address: Option<&'a SourceCell>,
    pub block: Option<&'a SourceCell>,
    pub tenant: Option<&'a TenantCell>,
    /// In the order of [`cells::prevalence::prevalence_ids`]; nothing where there is no id.
    pub shares: [Prevalence; 7],
}

/// Does the same with every table of the profiles.
macro_rules! every_table {
    ($profiles:expr, $table:ident => $work:expr) => {
        for kind in CellKind::ALL {
            table_of!([&mut] $profiles, kind, $table => $work);
        }
    };
}

/// Does something with the table of a kind, of the profiles or of their reader.
macro_rules! table_of {
    ([$($access:tt)+] $profiles:expr, $kind:expr, $table:ident => $work:expr) => {
        match $kind {
            CellKind::User => {
                let $table = $($access)+ $profiles.users;
                $work
            }
            CellKind::Device => {
                let $table = $($access)+ $profiles.devices;
                $work
            }
            CellKind::Address => {
                let $table = $($access)+ $profiles.addresses;
                $work
            }
            CellKind::Block => {
                let $table = $($access)+ $profiles.blocks;
                $work
            }
            CellKind::Prevalence => {
                let $table = $($access)+ $profiles.shares;
                $work
            }
            CellKind::Tenant => {
                let $table = $($access)+ $profiles.tenants;
                $work
            }
        }
    };
}

/// What any thread may do with the profiles: read them.
#[derive(Clone)]
pub struct ProfileReader {
    users: TableReader<Users>,
    devices: TableReader<Sources>,
    addresses: TableReader<Sources>,
    blocks: TableReader<Sources>,
    shares: TableReader<Shares>,
    tenants: TableReader<Tenants>,
}

impl ProfileReader {
    /// Shows what is known about a login's parties.
    pub fn with_context<T>(&self, login: &Login, look: impl FnOnce(&LoginContext<'_>) -> T) -> T {
        self.open_context(login, look).0
    }

    /// The same, and gives what was opened for it.
    fn open_context<T>(
        &self,
        login: &Login,
        look: impl FnOnce(&LoginContext<'_>) -> T,
    ) -> (T, Opened) {
        let now_s = login.time_s();
        // Short locks first, one at a time: no thread ever holds two locks of one map.
        let shares = cells::prevalence::prevalence_ids(login).map(|id| {
            id.and_then(|id| self.shares.read(id, now_s))
                .map_or_else(Prevalence::default, |cell| cell.whole().share(now_s))
        });
        let source = |table: &TableReader<Sources>, id: Option<Id>| {
            Some(table.read(id?, now_s)?.whole().into_owned())
        };
        let device = source(&self.devices, login.device);
        let address = source(&self.addresses, login.address);
        let block = source(&self.blocks, login.block);
        let user = self.users.read(login.user, now_s);
        let user = user.map(|user| user.whole().into_owned());
        let tenant = self.tenants.read(login.tenant, now_s);
        let tenant = tenant.as_ref().map(|tenant| tenant.whole());
        let seen = look(&LoginContext {
            login,
            now_s,
            user: user.as_ref(),
            device: device.as_ref(),
            address: address.as_ref(),
            block: block.as_ref(),
            tenant: tenant.as_deref(),
            shares,
        });
        let opened = Opened {
            user,
            device,
            address,
            block,
        };
        (seen, opened)
    }

    /// How many profiles of each kind are in memory.
    #[must_use]
    pub fn sizes(&self) -> [(&'static str, usize); 6] {
        CellKind::ALL.map(|kind| (kind.name(), table_of!([&] self, kind, table => table.len())))
    }

    /// A digest of all that is remembered at a time (seconds since 1970): equal states, equal digests. It is the state of
    /// one moment only while nothing is written.
    #[must_use]
    pub fn digest(&self, now_s: u32) -> String {
        let digests =
            CellKind::ALL.map(|kind| table_of!([&] self, kind, table => table.digest(kind, now_s)));
        format!("{:032x}", digests.into_iter().fold(0, u128::wrapping_add))
    }
}

/// The cells that were opened to show a context.
#[derive(Default)]
struct Opened {
    user: Option<UserCell>,
    device: Option<SourceCell>,
    address: Option<SourceCell>,
    block: Option<SourceCell>,
}

/// All maps, for the one thread that writes them.
pub struct Profiles {
    users: Table<Users>,
    devices: Table<Sources>,
    addresses: Table<Sources>,
    blocks: Table<Sources>,
    shares: Table<Shares>,
    tenants: Table<Tenants>,
    reader: ProfileReader,
    journal: Journal,
}

/// Every cell that a login belongs to.
fn cells_of(login: &Login) -> impl Iterator<Item = (CellKind, Id)> {
    let sources = [
        (CellKind::Device, login.device),
        (CellKind::Address, login.address),
        (CellKind::Block, login.block),
    ];
    let sources = sources
        .into_iter()
        .filter_map(|(kind, id)| id.map(|id| (kind, id)));
    let shares = cells::prevalence::prevalence_ids(login)
        .into_iter()
        .flatten()
        .map(|id| (CellKind::Prevalence, id));
    std::iter::once((CellKind::User, login.user))
        .chain(sources)
        .chain(shares)
        .chain(std::iter::once((CellKind::Tenant, login.tenant)))
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
        let users = Table::new(CellKind::User, limits.users, undo);
        let devices = Table::new(CellKind::Device, limits.devices, undo);
        let addresses = Table::new(CellKind::Address, limits.networks, undo);
        let blocks = Table::new(CellKind::Block, limits.networks, undo);
        let shares = Table::new(CellKind::Prevalence, limits.shares, undo);
        let tenants = Table::new(CellKind::Tenant, limits.tenants, undo);
        let reader = ProfileReader {
            users: users.reader(),
            devices: devices.reader(),
            addresses: addresses.reader(),
            blocks: blocks.reader(),
            shares: shares.reader(),
            tenants: tenants.reader(),
        };
        Self {
            users,
            devices,
            addresses,
            blocks,
            shares,
            tenants,
            reader,
            journal,
        }
    }

    /// What other threads read by.
    #[must_use]
    pub fn reader(&self) -> ProfileReader {
        self.reader.clone()
    }

    /// Shows what is known about a login's parties.
    pub fn with_context<T>(&self, login: &Login, look: impl FnOnce(&LoginContext<'_>) -> T) -> T {
        self.reader.with_context(login, look)
    }

    /// Shows what is known about a login's parties, then applies the login as `judge` rules.
    pub fn step<T>(
        &mut self,
        partition: i32,
        login: &Login,
        display: &DisplayFields,
        judge: impl FnOnce(&LoginContext<'_>) -> (Disposition, T),
    ) -> T {
        let ((disposition, verdict), opened) = self.reader.open_context(login, judge);
        let judged = JudgedLogin {
            login,
            display,
            disposition,
        };
        self.apply_opened(partition, &judged, opened);
        verdict
    }

    /// Applies a judged login to every profile it belongs to.
    pub fn apply(&mut self, partition: i32, judged: &JudgedLogin<'_>) {
        self.apply_opened(partition, judged, Opened::default());
    }

    fn apply_opened(&mut self, partition: i32, judged: &JudgedLogin<'_>, opened: Opened) {
        let (login, journal) = (judged.login, &mut self.journal);
        self.users
            .apply(login.user, partition, opened.user, judged, journal);
        for (table, id, opened) in [
            (&mut self.devices, login.device, opened.device),
            (&mut self.addresses, login.address, opened.address),
            (&mut self.blocks, login.block, opened.block),
        ] {
            if let Some(id) = id {
                table.apply(id, partition, opened, judged, journal);
            }
        }
        for id in cells::prevalence::prevalence_ids(login)
            .into_iter()
            .flatten()
        {
            self.shares.apply(id, partition, None, judged, journal);
        }
        self.tenants
            .apply(login.tenant, partition, None, judged, journal);
    }

    /// Makes everything applied since the last commit final.
    pub fn commit(&mut self) {
        every_table!(self, table => table.commit());
        self.journal.next_batch();
    }

    /// Takes everything applied since the last commit back.
    pub fn roll_back(&mut self) {
        every_table!(self, table => table.roll_back());
        self.journal.roll_back();
    }

    /// (kind, profiles, evicted so far), for the metrics.
    #[must_use]
    pub fn sizes(&self) -> [(&'static str, usize, u64); 6] {
        CellKind::ALL.map(
            |kind| table_of!([&] self, kind, table => (kind.name(), table.len(), table.evicted())),
        )
    }

    /// A digest of all that is remembered at a time: equal states, equal digests.
    #[must_use]
    pub fn digest(&self, now_s: u32) -> String {
        self.reader.digest(now_s)
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
        table_of!([&] self, name.kind, table => table.with_part(name.id, name.partition, |part| part.mark))
    }

    /// Appends the bytes of a cell; `false` where there is no such cell.
    pub fn write(&self, name: CellName, out: &mut Vec<u8>) -> bool {
        let written = table_of!([&] self, name.kind, table => table
            .with_part(name.id, name.partition, |part| part.pack(out)));
        written.is_some()
    }

    /// A cell was written to a page, as it is.
    pub fn set_written(&mut self, name: CellName, page: u32) {
        let mark = CheckpointMark { page, dirty: false };
        table_of!([&mut] self, name.kind, table => table.set_mark(name.id, name.partition, mark));
    }

    /// Puts a cell as it was written to one of this process's own pages; `false` where the bytes are none.
    #[must_use]
    pub fn put(&mut self, name: CellName, bytes: Box<[u8]>, page: u32) -> bool {
        let mark = CheckpointMark { page, dirty: false };
        table_of!([&mut] self, name.kind, table => {
            let part = Part::of_bytes(name.partition, mark, bytes);
            part.map(|part| table.put(name.id, part)).is_some()
        })
    }

    /// Puts a cell of something shared that another process wrote; `false` where the bytes are none.
    #[must_use]
    pub fn put_foreign(&mut self, name: CellName, bytes: Box<[u8]>) -> bool {
        let journal = &mut self.journal;
        table_of!([&mut] self, name.kind, table => {
            let part = Part::of_bytes(name.partition, CheckpointMark::default(), bytes);
            part.map(|part| table.put_foreign(name.id, part, journal)).is_some()
        })
    }

    /// Takes a cell out.
    pub fn remove(&mut self, name: CellName) {
        table_of!([&mut] self, name.kind, table => table.remove(name.id, name.partition));
    }

    /// Takes all cells of some partitions out.
    pub fn remove_partitions(&mut self, partitions: &[i32]) {
        if !partitions.is_empty() {
            every_table!(self, table => table.remove_parts(|part| partitions.contains(&part.partition)));
        }
    }

    /// Takes the users out that other partitions than these write: other processes know them better.
    pub fn keep_users_of(&mut self, partitions: &[i32]) {
        self.users
            .remove_parts(|part| !partitions.contains(&part.partition));
    }

    /// Takes the cells of partitions out that were last written before a page: (partition, page).
    pub fn remove_before(&mut self, tails: &BTreeMap<i32, u32>) {
        every_table!(self, table => table.remove_parts(|part| {
            tails.get(&part.partition).is_some_and(|tail| part.mark.page < *tail)
        }));
    }

    /// How many cells of each partition have ever been written.
    #[must_use]
    pub fn count_written(&self) -> BTreeMap<i32, usize> {
        let mut counts = BTreeMap::new();
        for kind in CellKind::ALL {
            table_of!([&] self, kind, table => table.count_written(&mut counts));
        }
        counts
    }

    /// The name of a user's cell where another partition writes it.
    #[must_use]
    pub fn user_written_elsewhere(&self, name: CellName) -> Option<CellName> {
        let standing = match name.kind {
            CellKind::User => self.users.standing(name.id, name.partition)?,
            _ => return None,
        };
        (standing.writer != name.partition).then_some(CellName {
            partition: standing.writer,
            ..name
        })
    }

    /// How the user's cell stands that a login of a partition would go to.
    #[must_use]
    pub fn user_standing(&self, id: Id, partition: i32) -> Option<CellState> {
        self.users.standing(id, partition)
    }

    /// Applies a login whose verdict is known to those of its cells that `lacks` says do not hold it yet.
    pub fn replay(
        &mut self,
        partition: i32,
        judged: &JudgedLogin<'_>,
        lacks: impl Fn(CellKind, Id, Option<CellState>) -> bool,
    ) {
        for (kind, id) in cells_of(judged.login) {
            table_of!([&mut] self, kind, table => {
                if lacks(kind, id, table.standing(id, partition)) {
                    table.replay(id, partition, judged, &mut self.journal);
                }
            });
        }
    }

    /// After a restore: rebuilds the queues, and lets the next batch be taken back to here.
    pub fn settle(&mut self) {
        every_table!(self, table => table.queue_again());
        every_table!(self, table => table.commit());
        self.journal.begin_again();
    }

    /// After changes that belong to no batch: lets the next batch be taken back to here.
    pub fn hold(&mut self) {
        self.journal.next_batch();
    }
}

#[cfg(test)]
mod tests;
