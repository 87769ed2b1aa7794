//! What is remembered: profiles of users, devices, networks, places and tenants, in concurrent maps.
//!
//! One thread writes ([`Profiles::apply`]); any thread reads ([`ProfileReader`]). No lock leaves this module.

pub mod cell;
pub mod distinct;
pub mod ring;
pub mod seen;
pub mod shared;
pub mod shown;
pub mod table;
pub mod user;

pub use cell::{Cell, Lesson, Profile};
pub use shared::{ShareCell, SourceCell, TenantCell};
pub use shown::Shown;
pub use table::{Limits, Table};
pub use user::{LastSuccess, UserCell};

use crate::login::Login;
use table::TableReader;

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
pub struct Scene<'a> {
    pub login: &'a Login,
    pub now_s: u32,
    pub user: Option<&'a UserCell>,
    pub device: Option<&'a SourceCell>,
    pub address: Option<&'a SourceCell>,
    pub block: Option<&'a SourceCell>,
    pub tenant: Option<&'a TenantCell>,
    /// Successes of the half year, in the order of [`shared::share_ids`]; 0 where there is no id.
    pub shares: [u32; 7],
}

/// What any thread may do with the profiles: read them.
#[derive(Clone)]
pub struct ProfileReader {
    users: TableReader<UserCell>,
    devices: TableReader<SourceCell>,
    addresses: TableReader<SourceCell>,
    blocks: TableReader<SourceCell>,
    shares: TableReader<ShareCell>,
    tenants: TableReader<TenantCell>,
}

impl ProfileReader {
    /// Shows what is known about a login's parties.
    pub fn with_scene<T>(&self, login: &Login, look: impl FnOnce(&Scene<'_>) -> T) -> T {
        let now_s = login.time_s();
        // Short locks first, one at a time: no thread ever holds two locks of one map.
        let shares = shared::share_ids(login).map(|id| {
            id.and_then(|id| self.shares.read(id))
                .map_or(0, |cell| cell.whole().successes(now_s))
        });
        let block = login.block.and_then(|id| self.blocks.read(id));
        let device = login.device.and_then(|id| self.devices.read(id));
        let address = login.address.and_then(|id| self.addresses.read(id));
        let tenant = self.tenants.read(login.tenant);
        let user = self.users.read(login.user);
        look(&Scene {
            login,
            now_s,
            user: user.as_ref().map(|cell| cell.whole()),
            device: device.as_ref().map(|cell| cell.whole()),
            address: address.as_ref().map(|cell| cell.whole()),
            block: block.as_ref().map(|cell| cell.whole()),
            tenant: tenant.as_ref().map(|cell| cell.whole()),
            shares,
        })
    }
}

/// All maps, for the one thread that writes them.
pub struct Profiles {
    users: Table<UserCell>,
    devices: Table<SourceCell>,
    addresses: Table<SourceCell>,
    blocks: Table<SourceCell>,
    shares: Table<ShareCell>,
    tenants: Table<TenantCell>,
    reader: ProfileReader,
}

impl Profiles {
    /// Empty maps for a stream that may have to be taken back.
    #[must_use]
    pub fn new(limits: &ProfileLimits) -> Self {
        Self::with_undo(limits, true)
    }

    /// Empty maps for a replay that goes one way.
    #[must_use]
    pub fn without_undo(limits: &ProfileLimits) -> Self {
        Self::with_undo(limits, false)
    }

    fn with_undo(limits: &ProfileLimits, undo: bool) -> Self {
        let (users, devices) = (
            Table::new(limits.users, undo),
            Table::new(limits.devices, undo),
        );
        let (addresses, blocks) = (
            Table::new(limits.networks, undo),
            Table::new(limits.networks, undo),
        );
        let (shares, tenants) = (
            Table::new(limits.shares, undo),
            Table::new(limits.tenants, undo),
        );
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
        }
    }

    /// What other threads read by.
    #[must_use]
    pub fn reader(&self) -> ProfileReader {
        self.reader.clone()
    }

    /// Shows what is known about a login's parties.
    pub fn with_scene<T>(&self, login: &Login, look: impl FnOnce(&Scene<'_>) -> T) -> T {
        self.reader.with_scene(login, look)
    }

    /// Applies a judged login to every profile it belongs to.
    pub fn apply(&mut self, partition: i32, lesson: &Lesson<'_>) {
        let login = lesson.login;
        self.users.apply(login.user, partition, lesson);
        if let Some(device) = login.device {
            self.devices.apply(device, partition, lesson);
        }
        if let Some(address) = login.address {
            self.addresses.apply(address, partition, lesson);
        }
        if let Some(block) = login.block {
            self.blocks.apply(block, partition, lesson);
        }
        for id in shared::share_ids(login).into_iter().flatten() {
            self.shares.apply(id, partition, lesson);
        }
        self.tenants.apply(login.tenant, partition, lesson);
    }

    /// Makes everything applied since the last commit final.
    pub fn commit(&mut self) {
        self.users.commit();
        self.devices.commit();
        self.addresses.commit();
        self.blocks.commit();
        self.shares.commit();
        self.tenants.commit();
    }

    /// Takes everything applied since the last commit back.
    pub fn roll_back(&mut self) {
        self.users.roll_back();
        self.devices.roll_back();
        self.addresses.roll_back();
        self.blocks.roll_back();
        self.shares.roll_back();
        self.tenants.roll_back();
    }

    /// (kind, profiles, evicted so far), for the metrics.
    #[must_use]
    pub fn sizes(&self) -> [(&'static str, usize, u64); 6] {
        [
            ("user", self.users.len(), self.users.evicted()),
            ("device", self.devices.len(), self.devices.evicted()),
            ("address", self.addresses.len(), self.addresses.evicted()),
            ("block", self.blocks.len(), self.blocks.evicted()),
            ("share", self.shares.len(), self.shares.evicted()),
            ("tenant", self.tenants.len(), self.tenants.evicted()),
        ]
    }

    /// A digest of the whole state (blake3 of its ordered debug form): equal states, equal digests.
    #[must_use]
    pub fn digest(&self) -> String {
        let state = (
            (
                self.users.snapshot(),
                self.devices.snapshot(),
                self.addresses.snapshot(),
            ),
            (
                self.blocks.snapshot(),
                self.shares.snapshot(),
                self.tenants.snapshot(),
            ),
        );
        blake3::hash(format!("{state:?}").as_bytes())
            .to_hex()
            .to_string()
    }
}

#[cfg(test)]
mod tests;
