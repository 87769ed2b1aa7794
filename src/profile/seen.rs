//! What a user is known to use: a bounded list of ids with how often, since when and when last.

use smallvec::SmallVec;

use super::wire::{Wire, read_list, take, wire_struct, write_list};
use crate::login::Id;

/// One known thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    id: ShortId,
    pub first_s: u32,
    pub last_s: u32,
    pub count: u32,
}

wire_struct!(Known {
    id,
    first_s,
    last_s,
    count
});

/// Half of an [`Id`]: random bits, which have no shorter form.
#[derive(Clone, Copy, Debug, PartialEq)]
struct ShortId(u64);

impl Wire for ShortId {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_le_bytes());
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        let bytes = take(input, 8)?.try_into().ok()?;
        Some(Self(u64::from_le_bytes(bytes)))
    }
}

/// At most `N` known things; when full, the one worth least makes room.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen<const N: usize> {
    known: SmallVec<[Known; 1]>,
    /// Every sighting, those of forgotten things too.
    total: u32,
}

/// A thing is worth half as much after this long unseen.
const HALF_LIFE_S: u32 = 30 * 86_400;

impl Known {
    /// How much it is worth keeping at `now_s`.
    fn worth(&self, now_s: u32) -> (u32, u32) {
        let halvings = (now_s.saturating_sub(self.last_s) / HALF_LIFE_S).min(31);
        (self.count >> halvings, self.last_s)
    }
}

impl<const N: usize> Seen<N> {
    /// Counts a sighting.
    pub fn add(&mut self, id: Id, time_s: u32) {
        let id = ShortId(id.short());
        self.total = self.total.saturating_add(1);
        if let Some(known) = self.known.iter_mut().find(|known| known.id == id) {
            known.first_s = known.first_s.min(time_s);
            known.last_s = known.last_s.max(time_s);
            known.count = known.count.saturating_add(1);
            return;
        }
        if self.known.len() == N {
            let least = (0..N).min_by_key(|&index| self.known[index].worth(time_s));
            if let Some(index) = least {
                self.known.swap_remove(index);
            }
        }
        self.known.push(Known {
            id,
            first_s: time_s,
            last_s: time_s,
            count: 1,
        });
    }

    #[must_use]
    pub fn get(&self, id: Id) -> Option<&Known> {
        let id = ShortId(id.short());
        self.known.iter().find(|known| known.id == id)
    }

    /// Share of all sightings that were of this one; `None` before the first.
    #[must_use]
    pub fn share(&self, id: Id) -> Option<f64> {
        (self.total > 0).then(|| {
            self.get(id).map_or(0.0, |known| f64::from(known.count)) / f64::from(self.total)
        })
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }
}

impl<const N: usize> Wire for Seen<N> {
    fn write(&self, out: &mut Vec<u8>) {
        self.total.write(out);
        write_list(&self.known, out);
    }
    fn read(input: &mut &[u8]) -> Option<Self> {
        Some(Self {
            total: u32::read(input)?,
            known: read_list(input, N)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A list never holds more than its bound, and what is used most is not pushed out by things seen once.
        #[test]
        fn the_bound_holds_and_habits_stay(strangers in prop::collection::vec(10u128..10_000, 0..200)) {
            let mut seen = Seen::<8>::default();
            for time in 0..20 {
                seen.add(Id::test(1), time);
            }
            for (time, id) in strangers.iter().enumerate() {
                seen.add(Id::test(*id), 20 + time as u32);
            }
            prop_assert!(seen.len() <= 8);
            prop_assert!(seen.get(Id::test(1)).is_some());
        }
    }
}
