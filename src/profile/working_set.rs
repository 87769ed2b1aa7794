//! The profiles of a chunk of logins, opened once for all of them.
//!
//! The logins' profiles are looked up and opened in parallel, and every login gets its slots. One
//! thread then goes through the logins in order: it reads a login's [`LoginContext`], judges it,
//! and applies it, without a hash, a lock or an allocation where nothing is inserted, promoted or
//! thrown out. Nothing depends on how logins are cut into chunks.

use parking_lot::RwLockWriteGuard;

use super::Profiles;
use super::cells::display::DisplayFields;
use super::cells::prevalence::{Prevalence, PrevalenceCell};
use super::cells::source::SourceCell;
use super::cells::tenant::TenantCell;
use super::cells::user::UserCell;
use super::cells::{
    CellKind, CellState, DamagedCell, Disposition, JudgedLogin, ProfileCell, is_idle,
};
use super::context::{LoginContext, Prevalences};
use super::store::{Journal, OpenProfiles, Queue, Shelf, Table, make_room};
use crate::login::{Id, Login, Partition};

/// Logins that are worth a working set together: enough to share the work, few enough to stay in
/// cache.
pub const CHUNK_LOGINS: usize = 1_024;
/// Fewer logins than these are resolved by one thread.
const LEAST_PARALLEL: usize = 128;

/// A login on its way through the profiles.
#[derive(Clone, Copy, Debug)]
pub struct ChunkLogin<'a> {
    pub partition: Partition,
    pub login: &'a Login,
    pub display: &'a DisplayFields,
}

impl<'a> ChunkLogin<'a> {
    #[must_use]
    pub fn new(partition: Partition, (login, display): &'a (Login, DisplayFields)) -> Self {
        Self {
            partition,
            login,
            display,
        }
    }
}

/// The profiles of one kind that a chunk's logins go to.
struct OfKind<'a, C> {
    open: RwLockWriteGuard<'a, OpenProfiles<C>>,
    shelf: &'a mut Shelf<C>,
    /// The slots of each login, so many a login as it has of the kind.
    slots: Vec<u32>,
}

impl<'a, C: ProfileCell> OfKind<'a, C> {
    fn new(table: &'a mut Table<C>) -> Self {
        let (open, shelf) = table.split();
        Self {
            open,
            shelf,
            slots: Vec::new(),
        }
    }

    /// What is known of the thing at a place among the slots.
    fn read(&self, at: usize, now_s: u32) -> Option<&C> {
        let slot = self.open.slot(self.slots[at])?;
        slot.read(self.shelf.limits.idle_s, now_s)
    }

    /// Applies a login to the profile at a place among the slots. What it inserts, promotes, throws
    /// out and changes is noted in the order of the logins, so that nothing depends on how they are
    /// cut into chunks. Gives the cell's writer.
    fn apply(
        &mut self,
        at: usize,
        partition: Partition,
        judged: &JudgedLogin<'_>,
        journal: &mut Journal,
    ) -> Result<Option<Partition>, DamagedCell> {
        let (now_s, idle_s) = (judged.login.time_s(), self.shelf.limits.idle_s);
        let Some(slot) = self.open.slot_mut(self.slots[at]) else {
            return Ok(None);
        };
        let id = slot.id;
        if slot.present && is_idle(slot.whole.last_s(), idle_s, now_s) {
            self.shelf.throw_out_open(slot, journal);
        }
        if slot.present {
            self.shelf.keep(slot, journal.batch());
        } else {
            self.shelf.begin(slot, partition, journal.batch());
            self.shelf.push(Queue::Probation, id, now_s);
        }
        let writer = self.shelf.apply(slot, partition, judged, journal)?;
        if slot.promote() {
            self.shelf.push(Queue::Settled, id, now_s);
        }
        make_room(&mut self.open, self.shelf, now_s, journal);
        Ok(Some(writer))
    }

    /// Applies a login whose verdict is known where the cell that it goes to `lacks` it. Nothing is
    /// thrown out: that was written when it happened.
    fn redo(
        &mut self,
        at: usize,
        partition: Partition,
        judged: &JudgedLogin<'_>,
        journal: &mut Journal,
        lacks: impl Fn(CellKind, Id, Option<CellState>) -> bool,
    ) -> Result<(), DamagedCell> {
        let Some(slot) = self.open.slot_mut(self.slots[at]) else {
            return Ok(());
        };
        let (kind, id) = (self.shelf.kind(), slot.id);
        if !lacks(kind, id, slot.state(partition)) {
            return Ok(());
        }
        if !slot.present {
            self.shelf.begin(slot, partition, journal.batch());
        }
        self.shelf
            .apply(slot, partition, judged, journal)
            .map(|_| ())
    }
}

/// The profiles of a chunk of logins, open and kept from all readers.
pub struct WorkingSet<'a> {
    logins: &'a [ChunkLogin<'a>],
    users: OfKind<'a, UserCell>,
    devices: OfKind<'a, SourceCell>,
    addresses: OfKind<'a, SourceCell>,
    blocks: OfKind<'a, SourceCell>,
    prevalences: OfKind<'a, PrevalenceCell>,
    tenants: OfKind<'a, TenantCell>,
    names: OfKind<'a, SourceCell>,
    journal: &'a mut Journal,
    users_cross: &'a mut bool,
}

impl<'a> WorkingSet<'a> {
    /// Opens the profiles of some logins.
    pub fn open(
        profiles: &'a mut Profiles,
        logins: &'a [ChunkLogin<'a>],
    ) -> Result<Self, DamagedCell> {
        let mut set = Self {
            logins,
            users: OfKind::new(&mut profiles.users),
            devices: OfKind::new(&mut profiles.devices),
            addresses: OfKind::new(&mut profiles.addresses),
            blocks: OfKind::new(&mut profiles.blocks),
            prevalences: OfKind::new(&mut profiles.prevalences),
            tenants: OfKind::new(&mut profiles.tenants),
            names: OfKind::new(&mut profiles.names),
            journal: &mut profiles.journal,
            users_cross: &mut profiles.users_cross,
        };
        set.resolve()?;
        Ok(set)
    }

    /// Gives every login its slots, and opens what is not open yet.
    fn resolve(&mut self) -> Result<(), DamagedCell> {
        let logins = self.logins;
        let (users, user_shelf) = (&mut *self.users.open, &*self.users.shelf);
        let (devices, device_shelf) = (&mut *self.devices.open, &*self.devices.shelf);
        let (addresses, address_shelf) = (&mut *self.addresses.open, &*self.addresses.shelf);
        let (blocks, block_shelf) = (&mut *self.blocks.open, &*self.blocks.shelf);
        let (prevalences, prevalence_shelf) =
            (&mut *self.prevalences.open, &*self.prevalences.shelf);
        let (tenants, tenant_shelf) = (&mut *self.tenants.open, &*self.tenants.shelf);
        let (names, name_shelf) = (&mut *self.names.open, &*self.names.shelf);
        let each = |id: fn(&Login) -> Option<Id>| logins.iter().map(move |one| id(one.login));
        let at_source = |id: fn(&Login) -> Option<Id>| {
            let ids = logins.iter().map(move |one| one.login);
            ids.map(move |login| id(login).filter(|_| login.counts_at_source()))
        };
        let mut shared = || {
            let ids = logins.iter().flat_map(|one| Prevalences::ids(one.login));
            (
                prevalences.open(prevalence_shelf, ids),
                tenants.open(tenant_shelf, at_source(|login| Some(login.tenant))),
                devices.open(device_shelf, at_source(|login| login.device)),
            )
        };
        let mut own = || {
            (
                users.open(user_shelf, each(Login::known_user)),
                addresses.open(address_shelf, at_source(|login| login.address)),
                blocks.open(block_shelf, at_source(|login| login.block)),
                names.open(name_shelf, each(|login| login.typed_name)),
            )
        };
        let (shared, own) = if logins.len() < LEAST_PARALLEL {
            (shared(), own())
        } else {
            rayon::join(shared, own)
        };
        (self.prevalences.slots, self.tenants.slots) = (shared.0?, shared.1?);
        (self.devices.slots, self.users.slots) = (shared.2?, own.0?);
        (self.addresses.slots, self.blocks.slots) = (own.1?, own.2?);
        self.names.slots = own.3?;
        Ok(())
    }

    /// What is known about the parties of the login at a place.
    #[must_use]
    pub fn context(&self, place: usize) -> LoginContext<'_> {
        let login = self.logins[place].login;
        let now_s = login.time_s();
        let first = Prevalences::COUNT * place;
        let prevalence = |number: usize| {
            let cell = self.prevalences.read(first + number, now_s);
            cell.map_or(Prevalence::default(), |cell| cell.at(now_s))
        };
        LoginContext {
            login,
            now_s,
            user: self.users.read(place, now_s),
            device: self.devices.read(place, now_s),
            address: self.addresses.read(place, now_s),
            block: self.blocks.read(place, now_s),
            tenant: self.tenants.read(place, now_s),
            name: self.names.read(place, now_s),
            prevalences: Prevalences::new(std::array::from_fn(prevalence)),
        }
    }

    fn judged(&self, place: usize, disposition: Disposition) -> (Partition, JudgedLogin<'a>) {
        let ChunkLogin {
            partition,
            login,
            display,
        } = self.logins[place];
        let judged = JudgedLogin {
            login,
            display,
            disposition,
        };
        (partition, judged)
    }

    /// Applies the login at a place, as it was judged, to every profile it belongs to.
    pub fn apply(&mut self, place: usize, disposition: Disposition) -> Result<(), DamagedCell> {
        let (partition, judged) = self.judged(place, disposition);
        let (judged, journal) = (&judged, &mut *self.journal);
        let writer = self.users.apply(place, partition, judged, journal)?;
        *self.users_cross |= writer.is_some_and(|writer| writer != partition);
        self.devices.apply(place, partition, judged, journal)?;
        self.addresses.apply(place, partition, judged, journal)?;
        self.blocks.apply(place, partition, judged, journal)?;
        for at in Prevalences::COUNT * place..Prevalences::COUNT * (place + 1) {
            self.prevalences.apply(at, partition, judged, journal)?;
        }
        self.tenants.apply(place, partition, judged, journal)?;
        if judged.login.failed_name().is_some() {
            self.names.apply(place, partition, judged, journal)?;
        }
        Ok(())
    }

    /// Applies the login at a place, whose verdict is known, to those of its cells that `lacks`
    /// says do not hold it yet.
    pub fn redo(
        &mut self,
        place: usize,
        disposition: Disposition,
        lacks: impl Fn(CellKind, Id, Option<CellState>) -> bool,
    ) -> Result<(), DamagedCell> {
        let (partition, judged) = self.judged(place, disposition);
        let (judged, journal, lacks) = (&judged, &mut *self.journal, &lacks);
        self.users.redo(place, partition, judged, journal, lacks)?;
        self.devices
            .redo(place, partition, judged, journal, lacks)?;
        self.addresses
            .redo(place, partition, judged, journal, lacks)?;
        self.blocks.redo(place, partition, judged, journal, lacks)?;
        for at in Prevalences::COUNT * place..Prevalences::COUNT * (place + 1) {
            self.prevalences
                .redo(at, partition, judged, journal, lacks)?;
        }
        self.tenants
            .redo(place, partition, judged, journal, lacks)?;
        match judged.login.failed_name() {
            Some(_) => self.names.redo(place, partition, judged, journal, lacks),
            None => Ok(()),
        }
    }
}

/// Goes through logins in order, chunk by chunk: what `judge` says of a login and its context is
/// applied, and what it gives beside is gathered.
pub fn go_through<'a, T>(
    profiles: &mut Profiles,
    logins: impl Iterator<Item = ChunkLogin<'a>>,
    mut judge: impl FnMut(usize, &LoginContext<'_>) -> (Disposition, T),
) -> Result<Vec<T>, DamagedCell> {
    let (mut logins, mut gathered) = (logins, Vec::new());
    let one_way = !profiles.keeps_undo();
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
        drop(set);
        if one_way {
            profiles.commit();
        }
    }
}
