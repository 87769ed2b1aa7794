//! The profiles of one kind that are open: those of the logins at hand, and those used last.
//!
//! A profile that is used again stays open, so that it is neither unpacked nor packed for every
//! login. How many stay is bounded; those used longest ago go back to rest. What is open is right,
//! and the map may lag behind it.

use std::collections::HashMap;

use rayon::prelude::*;

use super::shelf::Shelf;
use super::slot::Slot;
use crate::login::Id;
use crate::profile::cells::{DamagedCell, ProfileCell};

/// Fewer profiles than these are opened and packed by one thread.
const LEAST_PARALLEL: usize = 64;

/// The open profiles of one kind.
pub(in crate::profile) struct OpenProfiles<C> {
    slots: Vec<Box<Slot<C>>>,
    index: HashMap<Id, u32, foldhash::fast::RandomState>,
    /// The number of the chunk at hand.
    chunk: u32,
}

impl<C> Default for OpenProfiles<C> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            index: HashMap::default(),
            chunk: 0,
        }
    }
}

impl<C: ProfileCell> OpenProfiles<C> {
    /// Opens what is known under the ids of a chunk, each once, and gives their slots in the same
    /// order.
    pub fn open(
        &mut self,
        shelf: &Shelf<C>,
        ids: impl Iterator<Item = Option<Id>>,
    ) -> Result<Vec<u32>, DamagedCell> {
        self.chunk += 1;
        let before = self.slots.len();
        let slots = ids
            .map(|id| id.map_or(u32::MAX, |id| self.slot_of(id)))
            .collect();
        let open = |slot: &mut Box<Slot<C>>| match shelf.get(slot.id) {
            Some(entry) => slot.open(&entry).ok_or(shelf.damaged(slot.id)),
            None => Ok(()),
        };
        let new = &mut self.slots[before..];
        if new.len() < LEAST_PARALLEL {
            new.iter_mut().try_for_each(open)?;
        } else {
            new.par_iter_mut().try_for_each(open)?;
        }
        Ok(slots)
    }

    fn slot_of(&mut self, id: Id) -> u32 {
        let slot = *self.index.entry(id).or_insert_with(|| {
            self.slots.push(Box::new(Slot::vacant(id)));
            self.slots.len() as u32 - 1
        });
        self.slots[slot as usize].used = self.chunk;
        slot
    }

    /// The slot of a number that [`OpenProfiles::open`] gave; `None` for what a login does not
    /// have.
    pub fn slot(&self, number: u32) -> Option<&Slot<C>> {
        self.slots.get(number as usize).map(Box::as_ref)
    }

    pub fn slot_mut(&mut self, number: u32) -> Option<&mut Slot<C>> {
        self.slots.get_mut(number as usize).map(Box::as_mut)
    }

    /// The slot of an id, where it is open.
    pub fn find(&self, id: Id) -> Option<&Slot<C>> {
        self.slot(*self.index.get(&id)?)
    }

    pub fn find_mut(&mut self, id: Id) -> Option<&mut Slot<C>> {
        let number = *self.index.get(&id)?;
        self.slot_mut(number)
    }

    /// Every profile that is open, vacant places left out.
    pub fn present(&self) -> impl Iterator<Item = &Slot<C>> {
        self.slots
            .iter()
            .map(Box::as_ref)
            .filter(|slot| slot.present)
    }

    /// Puts a profile back as it was.
    pub fn put_back(&mut self, slot: Slot<C>) {
        let number = self.slot_of(slot.id);
        *self.slots[number as usize] = slot;
    }

    /// Closes a profile without a look at what it is.
    pub fn forget(&mut self, id: Id) {
        if let Some(number) = self.index.remove(&id) {
            self.slots.swap_remove(number as usize);
            if let Some(moved) = self.slots.get(number as usize) {
                self.index.insert(moved.id, number);
            }
        }
    }

    /// Lets profiles rest where more than `most` are open: those used longest ago, a quarter of
    /// them at once.
    pub fn rest_oldest(&mut self, shelf: &Shelf<C>, most: usize) {
        if self.slots.len() <= most {
            return;
        }
        let mut used: Vec<u32> = self.slots.iter().map(|slot| slot.used).collect();
        let leaving = self.slots.len() - most * 3 / 4;
        let (_, youngest_leaving, _) = used.select_nth_unstable(leaving - 1);
        let youngest_leaving = *youngest_leaving;
        self.rest(shelf, |slot| slot.used <= youngest_leaving);
    }

    /// Lets every profile rest.
    pub fn rest_all(&mut self, shelf: &Shelf<C>) {
        self.rest(shelf, |_| true);
    }

    /// Lets one profile rest.
    pub fn rest_one(&mut self, shelf: &Shelf<C>, id: Id) {
        if let Some(slot) = self.find(id) {
            shelf.shelve(slot);
            self.forget(id);
        }
    }

    fn rest(&mut self, shelf: &Shelf<C>, leaves: impl Fn(&Slot<C>) -> bool + Sync) {
        let shelve = |slot: &Slot<C>| {
            if leaves(slot) {
                shelf.shelve(slot);
            }
        };
        if self.slots.len() < LEAST_PARALLEL {
            self.slots.iter().for_each(|slot| shelve(slot));
        } else {
            self.slots.par_iter().for_each(|slot| shelve(slot));
        }
        let mut number = 0;
        while let Some(slot) = self.slots.get(number) {
            if leaves(slot) {
                self.forget(slot.id);
            } else {
                number += 1;
            }
        }
    }
}
