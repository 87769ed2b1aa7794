//! What a user is known to use: a bounded list of ids with how often, since when and when last.

use smallvec::SmallVec;

use crate::codec::{Wire, read_list, read_time, take, write_list, write_time};
use crate::login::Id;

/// One known thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrequencyEntry {
    /// A part of its [`Id`]: enough to tell a few things of one user apart.
    id: u32,
    pub first_s: u32,
    pub last_s: u32,
    pub count: u32,
}

impl Wire for FrequencyEntry {
    #[inline]
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.id.to_le_bytes());
        write_time(self.last_s, base_s, out);
        write_time(self.first_s, self.last_s, out);
        self.count.write(base_s, out);
    }
    #[inline]
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        let id = u32::from_le_bytes(take(input, 4)?.try_into().ok()?);
        let last_s = read_time(base_s, input)?;
        Some(Self {
            id,
            first_s: read_time(last_s, input)?,
            last_s,
            count: u32::read(base_s, input)?,
        })
    }
}

/// At most `N` known things; when full, the one worth least makes room.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrequencyList<const N: usize> {
    known: SmallVec<[FrequencyEntry; 1]>,
    /// Every sighting, those of forgotten things too.
    total: u32,
}

/// A thing is worth half as much after this long unseen.
const HALF_LIFE_S: u32 = 30 * 86_400;

impl FrequencyEntry {
    /// What it keeps of the id ([`Id::short`]).
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// How much it is worth keeping at `now_s`.
    fn worth(&self, now_s: u32) -> (u32, u32) {
        let halvings = (now_s.saturating_sub(self.last_s) / HALF_LIFE_S).min(31);
        (self.count >> halvings, self.last_s)
    }
}

impl<const N: usize> FrequencyList<N> {
    /// Counts a sighting; `true` where it is the first, or the first since it was forgotten.
    pub fn add(&mut self, id: Id, time_s: u32) -> bool {
        let id = id.short();
        self.total = self.total.saturating_add(1);
        if let Some(known) = self.known.iter_mut().find(|known| known.id == id) {
            known.first_s = known.first_s.min(time_s);
            known.last_s = known.last_s.max(time_s);
            known.count = known.count.saturating_add(1);
            return false;
        }
        if self.known.len() == N {
            let least = (0..N).min_by_key(|&index| self.known[index].worth(time_s));
            if let Some(index) = least {
                self.known.swap_remove(index);
            }
        }
        self.known.push(FrequencyEntry {
            id,
            first_s: time_s,
            last_s: time_s,
            count: 1,
        });
        true
    }

    #[must_use]
    pub fn get(&self, id: Id) -> Option<&FrequencyEntry> {
        let id = id.short();
        self.known.iter().find(|known| known.id == id)
    }

    /// Takes one out; what all sightings together are stays.
    pub fn remove(&mut self, id: Id) -> Option<FrequencyEntry> {
        let id = id.short();
        let at = self.known.iter().position(|known| known.id == id)?;
        Some(self.known.swap_remove(at))
    }

    /// Puts back what was taken out, where there is room and it has not come again.
    pub fn restore(&mut self, entry: FrequencyEntry) {
        let is_known = self.known.iter().any(|known| known.id == entry.id);
        if !is_known && self.known.len() < N {
            self.known.push(entry);
        }
    }

    /// Takes one sighting back.
    pub fn take_sighting(&mut self, id: Id) {
        let id = id.short();
        if let Some(at) = self.known.iter().position(|known| known.id == id) {
            self.total = self.total.saturating_sub(1);
            if self.known[at].count <= 1 {
                self.known.swap_remove(at);
            } else {
                self.known[at].count -= 1;
            }
        }
    }

    /// Whether others were seen and this one was not.
    #[must_use]
    pub fn lacks(&self, id: Id) -> bool {
        !self.is_empty() && self.get(id).is_none()
    }

    /// Share of all sightings that were of this one; `None` before the first.
    #[must_use]
    pub fn share(&self, id: Id) -> Option<f64> {
        (self.total > 0).then(|| {
            self.get(id).map_or(0.0, |known| f64::from(known.count)) / f64::from(self.total)
        })
    }

    pub fn iter(&self) -> impl Iterator<Item = &FrequencyEntry> {
        self.known.iter()
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

impl<const N: usize> Wire for FrequencyList<N> {
    #[inline]
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        self.total.write(base_s, out);
        write_list(&self.known, base_s, out);
    }
    #[inline]
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        Some(Self {
            total: u32::read(base_s, input)?,
            known: read_list(base_s, input, N)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A list never holds more than its bound, and what is used most is not pushed out by
        /// things seen once.
        #[test]
        fn the_bound_holds_and_habits_stay(strangers in prop::collection::vec(10u128..10_000, 0..200)) {
            let mut seen = FrequencyList::<8>::default();
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
