//! What any thread may do with the profiles: read them. No lock leaves this room.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::RwLock;

use super::entry::Entry;
use super::open::OpenProfiles;
use super::shelf::Map;
use crate::codec::Wire;
use crate::login::{Id, IdHasher, Login};
use crate::profile::cells::prevalence::{Prevalence, PrevalenceCell};
use crate::profile::cells::source::SourceCell;
use crate::profile::cells::tenant::TenantCell;
use crate::profile::cells::user::UserCell;
use crate::profile::cells::{CellKind, DamagedCell, ProfileCell, is_idle};
use crate::profile::context::{LoginContext, Prevalences};
use crate::profile::portrait::{self, KnownTexts, Portrait};

/// Reads one kind of profile.
pub struct TableReader<C> {
    pub(super) kind: CellKind,
    pub(super) open: Arc<RwLock<OpenProfiles<C>>>,
    pub(super) map: Arc<Map>,
    pub(super) count: Arc<AtomicUsize>,
    pub(super) idle_s: u32,
}

impl<C> Clone for TableReader<C> {
    fn clone(&self) -> Self {
        Self {
            kind: self.kind,
            open: Arc::clone(&self.open),
            map: Arc::clone(&self.map),
            count: Arc::clone(&self.count),
            idle_s: self.idle_s,
        }
    }
}

impl<C: ProfileCell> TableReader<C> {
    /// What is known, opened, unless it has been idle for too long.
    fn open(&self, id: Id, now_s: u32) -> Result<Option<C>, DamagedCell> {
        let open = self.open.read();
        if let Some(slot) = open.find(id) {
            return Ok(slot.read(self.idle_s, now_s).cloned());
        }
        let Some(entry) = self.map.get(&id) else {
            return Ok(None);
        };
        if is_idle(entry.last_s(), self.idle_s, now_s) {
            return Ok(None);
        }
        let kind = self.kind;
        let cell = entry.whole().open().ok_or(DamagedCell { kind, id })?;
        Ok(Some(cell))
    }

    /// The sum of the digests of everything that is not forgotten at a time: each whole, and each
    /// of its cells.
    fn digest(&self, now_s: u32) -> u128 {
        let (mut open, mut sum) = (HashSet::new(), 0u128);
        for slot in self.open.read().present() {
            open.insert(slot.id);
            sum = sum.wrapping_add(self.digest_of(slot.id, &slot.pack(), now_s));
        }
        for entry in self.map.iter().filter(|entry| !open.contains(entry.key())) {
            sum = sum.wrapping_add(self.digest_of(*entry.key(), entry.value(), now_s));
        }
        sum
    }

    fn digest_of(&self, id: Id, entry: &Entry, now_s: u32) -> u128 {
        if is_idle(entry.last_s(), self.idle_s, now_s) {
            return 0;
        }
        let mut bytes = vec![self.kind as u8];
        id.write(0, &mut bytes);
        bytes.extend_from_slice(entry.whole().bytes());
        let mut cells: Vec<_> = entry.cells().iter().collect();
        cells.sort_unstable_by_key(|cell| cell.partition);
        for cell in cells {
            cell.partition.0.write(0, &mut bytes);
            bytes.extend_from_slice(cell.bytes());
        }
        let mut half = [0; 16];
        half.copy_from_slice(&blake3::hash(&bytes).as_bytes()[..16]);
        u128::from_le_bytes(half)
    }

    fn len(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }
}

/// Reads every kind.
#[derive(Clone)]
pub struct ProfileReader {
    pub(in crate::profile) users: TableReader<UserCell>,
    pub(in crate::profile) devices: TableReader<SourceCell>,
    pub(in crate::profile) addresses: TableReader<SourceCell>,
    pub(in crate::profile) blocks: TableReader<SourceCell>,
    pub(in crate::profile) prevalences: TableReader<PrevalenceCell>,
    pub(in crate::profile) tenants: TableReader<TenantCell>,
    pub(in crate::profile) names: TableReader<SourceCell>,
}

/// The profiles of one login's parties, opened: a copy that no writer changes.
#[derive(Clone, Debug, Default)]
pub struct OpenedProfiles {
    user: Option<UserCell>,
    device: Option<SourceCell>,
    address: Option<SourceCell>,
    block: Option<SourceCell>,
    tenant: Option<TenantCell>,
    name: Option<SourceCell>,
    prevalences: Prevalences,
}

impl OpenedProfiles {
    /// What they say of the login they were opened for.
    #[must_use]
    pub fn context<'a>(&'a self, login: &'a Login) -> LoginContext<'a> {
        LoginContext {
            login,
            now_s: login.time_s(),
            user: self.user.as_ref(),
            device: self.device.as_ref(),
            address: self.address.as_ref(),
            block: self.block.as_ref(),
            tenant: self.tenant.as_ref(),
            name: self.name.as_ref(),
            prevalences: self.prevalences,
        }
    }
}

impl ProfileReader {
    /// Opens what is known about a login's parties.
    pub fn open(&self, login: &Login) -> Result<OpenedProfiles, DamagedCell> {
        let now_s = login.time_s();
        let source = |table: &TableReader<SourceCell>, id: Option<Id>| {
            id.map_or(Ok(None), |id| table.open(id, now_s))
        };
        let mut prevalences = [Prevalence::default(); Prevalences::COUNT];
        for (prevalence, id) in prevalences.iter_mut().zip(Prevalences::ids(login)) {
            let Some(id) = id else { continue };
            let cell = self.prevalences.open(id, now_s)?;
            *prevalence = cell.map_or(Prevalence::default(), |cell| cell.at(now_s));
        }
        Ok(OpenedProfiles {
            user: self.users.open(login.user, now_s)?,
            device: source(&self.devices, login.device)?,
            address: source(&self.addresses, login.address)?,
            block: source(&self.blocks, login.block)?,
            tenant: self.tenants.open(login.tenant, now_s)?,
            name: source(&self.names, login.typed_name)?,
            prevalences: Prevalences::new(prevalences),
        })
    }

    /// What is known of a user, named as far as texts say it; `None` where nothing is.
    pub fn portrait(
        &self,
        hasher: &IdHasher,
        (tenant, user): (&str, &str),
        texts: &KnownTexts,
    ) -> Result<Option<Portrait>, DamagedCell> {
        let id = portrait::user_id(hasher, tenant, user);
        // Whatever is there: only a login's time says what has been idle for too long.
        let cell = self.users.open(id, 0)?;
        Ok(cell.map(|cell| Portrait::of(&cell, hasher, tenant, texts)))
    }

    /// How many profiles of each kind are in memory.
    #[must_use]
    pub fn sizes(&self) -> [(&'static str, usize); CellKind::COUNT] {
        [
            (CellKind::User.name(), self.users.len()),
            (CellKind::Device.name(), self.devices.len()),
            (CellKind::Address.name(), self.addresses.len()),
            (CellKind::Block.name(), self.blocks.len()),
            (CellKind::Prevalence.name(), self.prevalences.len()),
            (CellKind::Tenant.name(), self.tenants.len()),
            (CellKind::Name.name(), self.names.len()),
        ]
    }

    /// A digest of all that is remembered at a time (seconds since 1970): equal states, equal
    /// digests. It is the state of one moment only while nothing is written.
    #[must_use]
    pub fn digest(&self, now_s: u32) -> String {
        let digests = self.digests(now_s).into_iter();
        format!("{:032x}", digests.fold(0, u128::wrapping_add))
    }

    /// The same of each kind.
    pub(crate) fn digests(&self, now_s: u32) -> [u128; CellKind::COUNT] {
        [
            self.users.digest(now_s),
            self.devices.digest(now_s),
            self.addresses.digest(now_s),
            self.blocks.digest(now_s),
            self.prevalences.digest(now_s),
            self.tenants.digest(now_s),
            self.names.digest(now_s),
        ]
    }
}
