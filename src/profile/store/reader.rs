//! What any thread may do with the profiles: read them. No lock leaves this room.

use super::table::TableReader;
use crate::login::Login;
use crate::profile::cells::prevalence::{Prevalence, PrevalenceCell};
use crate::profile::cells::source::SourceCell;
use crate::profile::cells::tenant::TenantCell;
use crate::profile::cells::user::UserCell;
use crate::profile::cells::{CellKind, DamagedCell};
use crate::profile::context::{LoginContext, Prevalences};

/// Reads the maps.
#[derive(Clone)]
pub struct ProfileReader {
    pub(in crate::profile) users: TableReader<UserCell>,
    pub(in crate::profile) devices: TableReader<SourceCell>,
    pub(in crate::profile) addresses: TableReader<SourceCell>,
    pub(in crate::profile) blocks: TableReader<SourceCell>,
    pub(in crate::profile) prevalences: TableReader<PrevalenceCell>,
    pub(in crate::profile) tenants: TableReader<TenantCell>,
}

/// The profiles of one login's parties, opened: a copy that no writer changes.
#[derive(Clone, Debug, Default)]
pub struct OpenedProfiles {
    user: Option<UserCell>,
    device: Option<SourceCell>,
    address: Option<SourceCell>,
    block: Option<SourceCell>,
    tenant: Option<TenantCell>,
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
            prevalences: self.prevalences,
        }
    }
}

impl ProfileReader {
    /// Opens what is known about a login's parties.
    pub fn open(&self, login: &Login) -> Result<OpenedProfiles, DamagedCell> {
        let now_s = login.time_s();
        let source = |table: &TableReader<SourceCell>, kind, id: Option<_>| {
            id.map_or(Ok(None), |id| table.open(kind, id, now_s))
        };
        let mut prevalences = [Prevalence::default(); Prevalences::COUNT];
        for (prevalence, id) in prevalences.iter_mut().zip(Prevalences::ids(login)) {
            let Some(id) = id else { continue };
            let cell = self.prevalences.open(CellKind::Prevalence, id, now_s)?;
            *prevalence = cell.map_or(Prevalence::default(), |cell| cell.at(now_s));
        }
        Ok(OpenedProfiles {
            user: self.users.open(CellKind::User, login.user, now_s)?,
            device: source(&self.devices, CellKind::Device, login.device)?,
            address: source(&self.addresses, CellKind::Address, login.address)?,
            block: source(&self.blocks, CellKind::Block, login.block)?,
            tenant: self.tenants.open(CellKind::Tenant, login.tenant, now_s)?,
            prevalences: Prevalences::new(prevalences),
        })
    }

    /// How many profiles of each kind are in memory.
    #[must_use]
    pub fn sizes(&self) -> [(&'static str, usize); 6] {
        [
            (CellKind::User.name(), self.users.len()),
            (CellKind::Device.name(), self.devices.len()),
            (CellKind::Address.name(), self.addresses.len()),
            (CellKind::Block.name(), self.blocks.len()),
            (CellKind::Prevalence.name(), self.prevalences.len()),
            (CellKind::Tenant.name(), self.tenants.len()),
        ]
    }

    /// A digest of all that is remembered at a time (seconds since 1970): equal states, equal digests. It is the state of
    /// one moment only while nothing is written.
    #[must_use]
    pub fn digest(&self, now_s: u32) -> String {
        let digests = [
            self.users.digest(CellKind::User, now_s),
            self.devices.digest(CellKind::Device, now_s),
            self.addresses.digest(CellKind::Address, now_s),
            self.blocks.digest(CellKind::Block, now_s),
            self.prevalences.digest(CellKind::Prevalence, now_s),
            self.tenants.digest(CellKind::Tenant, now_s),
        ];
        format!("{:032x}", digests.into_iter().fold(0, u128::wrapping_add))
    }
}
