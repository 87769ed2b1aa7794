//! The profiles of a chunk of logins, opened once for all of them.
//!
//! The logins' profiles are looked up and opened in parallel into plain vectors, and every login gets its slots. One thread
//! then goes through the logins in order: it reads a login's [`LoginContext`], judges it, and applies it, without a hash, a
//! lock or an allocation where nothing is inserted, promoted or thrown out. At the end what has changed is packed, again
//! in parallel, and swapped into the maps. Nothing depends on how logins are cut into chunks.

mod slot;
mod slots;

pub(in crate::profile) use slots::Slots;

use super::Profiles;
use super::cells::display::DisplayFields;
use super::cells::prevalence::{Prevalence, PrevalenceCell};
use super::cells::source::SourceCell;
use super::cells::tenant::TenantCell;
use super::cells::user::UserCell;
use super::cells::{CellKind, CellState, DamagedCell, Disposition, JudgedLogin};
use super::context::{LoginContext, Prevalences};
use crate::login::{Id, Login};

/// Logins that are worth a working set together: enough to share the work, few enough to stay in cache.
pub const CHUNK_LOGINS: usize = 1_024;

/// A login on its way through the profiles.
#[derive(Clone, Copy, Debug)]
pub struct ChunkLogin<'a> {
    pub partition: i32,
    pub login: &'a Login,
    pub display: &'a DisplayFields,
}

/// The open profiles of a chunk of logins.
pub struct WorkingSet<'a> {
    profiles: &'a mut Profiles,
    logins: &'a [ChunkLogin<'a>],
    users: Slots<UserCell>,
    devices: Slots<SourceCell>,
    addresses: Slots<SourceCell>,
    blocks: Slots<SourceCell>,
    prevalences: Slots<PrevalenceCell>,
    tenants: Slots<TenantCell>,
}

impl<'a> WorkingSet<'a> {
    /// Opens the profiles of some logins.
    pub fn open(
        profiles: &'a mut Profiles,
        logins: &'a [ChunkLogin<'a>],
    ) -> Result<Self, DamagedCell> {
        let tables = &*profiles;
        let each = |id: fn(&Login) -> Option<Id>| logins.iter().map(move |one| id(one.login));
        let shared = || {
            let prevalences = logins.iter().flat_map(|one| Prevalences::ids(one.login));
            (
                Slots::open(&tables.prevalences, prevalences),
                Slots::open(&tables.tenants, each(|login| Some(login.tenant))),
                Slots::open(&tables.devices, each(|login| login.device)),
            )
        };
        let own = || {
            (
                Slots::open(&tables.users, each(|login| Some(login.user))),
                Slots::open(&tables.addresses, each(|login| login.address)),
                Slots::open(&tables.blocks, each(|login| login.block)),
            )
        };
        let (shared, own) = if logins.len() < CHUNK_LOGINS / 8 {
            (shared(), own())
        } else {
            rayon::join(shared, own)
        };
        Ok(Self {
            logins,
            prevalences: shared.0?,
            tenants: shared.1?,
            devices: shared.2?,
            users: own.0?,
            addresses: own.1?,
            blocks: own.2?,
            profiles,
        })
    }

    /// What is known about the parties of the login at a place.
    #[must_use]
    pub fn context(&self, place: usize) -> LoginContext<'_> {
        let login = self.logins[place].login;
        let (now_s, profiles) = (login.time_s(), &self.profiles);
        let networks_s = profiles.addresses.limits().idle_s;
        let mut prevalences = [Prevalence::default(); Prevalences::COUNT];
        for (number, prevalence) in prevalences.iter_mut().enumerate() {
            let at = Prevalences::COUNT * place + number;
            let idle_s = profiles.prevalences.limits().idle_s;
            let cell = self.prevalences.read(at, idle_s, now_s);
            *prevalence = cell.map_or(Prevalence::default(), |cell| cell.at(now_s));
        }
        LoginContext {
            login,
            now_s,
            user: self
                .users
                .read(place, profiles.users.limits().idle_s, now_s),
            device: self
                .devices
                .read(place, profiles.devices.limits().idle_s, now_s),
            address: self.addresses.read(place, networks_s, now_s),
            block: self.blocks.read(place, networks_s, now_s),
            tenant: self
                .tenants
                .read(place, profiles.tenants.limits().idle_s, now_s),
            prevalences: Prevalences::new(prevalences),
        }
    }

    /// Applies the login at a place, as it was judged, to every profile it belongs to.
    pub fn apply(&mut self, place: usize, disposition: Disposition) -> Result<(), DamagedCell> {
        let ChunkLogin {
            partition,
            login,
            display,
        } = self.logins[place];
        let judged = &JudgedLogin {
            login,
            display,
            disposition,
        };
        let Profiles {
            users,
            devices,
            addresses,
            blocks,
            prevalences,
            tenants,
            journal,
            ..
        } = &mut *self.profiles;
        self.users.apply(place, partition, judged, users, journal)?;
        self.devices
            .apply(place, partition, judged, devices, journal)?;
        self.addresses
            .apply(place, partition, judged, addresses, journal)?;
        self.blocks
            .apply(place, partition, judged, blocks, journal)?;
        for at in Prevalences::COUNT * place..Prevalences::COUNT * (place + 1) {
            self.prevalences
                .apply(at, partition, judged, prevalences, journal)?;
        }
        self.tenants
            .apply(place, partition, judged, tenants, journal)
    }

    /// Applies the login at a place, whose verdict is known, to those of its cells that `lacks` says do not hold it yet.
    pub fn redo(
        &mut self,
        place: usize,
        disposition: Disposition,
        lacks: impl Fn(CellKind, Id, Option<CellState>) -> bool,
    ) -> Result<(), DamagedCell> {
        let ChunkLogin {
            partition,
            login,
            display,
        } = self.logins[place];
        let judged = &JudgedLogin {
            login,
            display,
            disposition,
        };
        let of = |kind: CellKind| {
            let lacks = &lacks;
            move |id, state| lacks(kind, id, state)
        };
        let Profiles {
            users,
            devices,
            addresses,
            blocks,
            prevalences,
            tenants,
            journal,
            ..
        } = &mut *self.profiles;
        let user = of(CellKind::User);
        self.users
            .redo(place, partition, judged, users, journal, user)?;
        let device = of(CellKind::Device);
        self.devices
            .redo(place, partition, judged, devices, journal, device)?;
        let address = of(CellKind::Address);
        self.addresses
            .redo(place, partition, judged, addresses, journal, address)?;
        let block = of(CellKind::Block);
        self.blocks
            .redo(place, partition, judged, blocks, journal, block)?;
        for at in Prevalences::COUNT * place..Prevalences::COUNT * (place + 1) {
            let prevalence = of(CellKind::Prevalence);
            self.prevalences
                .redo(at, partition, judged, prevalences, journal, prevalence)?;
        }
        let tenant = of(CellKind::Tenant);
        self.tenants
            .redo(place, partition, judged, tenants, journal, tenant)
    }

    /// Packs what has changed, and swaps it into the maps.
    pub fn close(self) {
        let profiles = self.profiles;
        let batch = profiles.journal.batch();
        let (shared, own) = (
            (self.prevalences, self.tenants, self.devices),
            (self.users, self.addresses, self.blocks),
        );
        let Profiles {
            users,
            devices,
            addresses,
            blocks,
            prevalences,
            tenants,
            ..
        } = profiles;
        let shared = || {
            shared.0.close(prevalences, batch);
            shared.1.close(tenants, batch);
            shared.2.close(devices, batch);
        };
        let own = || {
            own.0.close(users, batch);
            own.1.close(addresses, batch);
            own.2.close(blocks, batch);
        };
        if self.logins.len() < CHUNK_LOGINS / 8 {
            shared();
            own();
        } else {
            rayon::join(shared, own);
        }
    }
}

/// Goes through logins in order, chunk by chunk: what `judge` says of a login and its context is applied, and what it gives
/// beside is gathered.
pub fn go_through<'a, T>(
    profiles: &mut Profiles,
    logins: impl Iterator<Item = ChunkLogin<'a>>,
    mut judge: impl FnMut(usize, &LoginContext<'_>) -> (Disposition, T),
) -> Result<Vec<T>, DamagedCell> {
    let (mut logins, mut gathered) = (logins, Vec::new());
    loop {
        let chunk: Vec<ChunkLogin<'_>> = logins.by_ref().take(CHUNK_LOGINS).collect();
        if chunk.is_empty() {
            return Ok(gathered);
        }
        let mut set = WorkingSet::open(profiles, &chunk)?;
        for place in 0..chunk.len() {
            let (disposition, result) = judge(gathered.len(), &set.context(place));
            set.apply(place, disposition)?;
            gathered.push(result);
        }
        set.close();
    }
}
