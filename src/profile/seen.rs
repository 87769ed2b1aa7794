//! What a user is known to use: a bounded list of ids with how often, since when and when last.

use smallvec::SmallVec;

use crate::login::Id;

/// One known thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    id: u64,
    pub first_s: u32,
    pub last_s: u32,
    pub count: u32,
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
        self.insert(Known {
            id: id.short(),
            first_s: time_s,
            last_s: time_s,
            count: 1,
        });
        self.total = self.total.saturating_add(1);
    }

    fn insert(&mut self, new: Known) {
        if let Some(known) = self.known.iter_mut().find(|known| known.id == new.id) {
            known.first_s = known.first_s.min(new.first_s);
            known.last_s = known.last_s.max(new.last_s);
            known.count = known.count.saturating_add(new.count);
            return;
        }
        if self.known.len() == N {
            let now_s = new.last_s;
            let least = (0..N).min_by_key(|&index| self.known[index].worth(now_s));
            if let Some(index) = least {
                self.known.swap_remove(index);
            }
        }
        self.known.push(new);
    }

    #[must_use]
    pub fn get(&self, id: Id) -> Option<&Known> {
        let id = id.short();
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

    /// Unites two lists; while both hold less than `N` things this equals the list of the joined stream.
    pub fn merge(&mut self, other: &Self) {
        for known in &other.known {
            self.insert(*known);
        }
        self.total = self.total.saturating_add(other.total);
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

        /// Below the bound, lists of any split merge to what the whole stream gives.
        #[test]
        fn merge_of_a_split_is_the_whole(events in prop::collection::vec((0u128..8, 0u32..1000, any::<bool>()), 0..60)) {
            let (mut whole, mut left, mut right) = (Seen::<8>::default(), Seen::<8>::default(), Seen::<8>::default());
            for (id, time, goes_left) in events {
                whole.add(Id::test(id), time);
                (if goes_left { &mut left } else { &mut right }).add(Id::test(id), time);
            }
            left.merge(&right);
            prop_assert_eq!(left.total, whole.total);
            for id in 0..8 {
                prop_assert_eq!(left.get(Id::test(id)), whole.get(Id::test(id)));
            }
        }
    }
}
