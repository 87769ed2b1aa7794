//! Counts distinct things over any recent window, in bounded memory.
//!
//! Linear counting (Whang, Vander-Zanden, Taylor 1990) over a small table, in which a slot keeps
//! the *time* it was last hit instead of a bit: one table answers for ten minutes, a day and a
//! week. Slots take the latest time, so tables of any split of a stream merge to the table of the
//! whole.

use smallvec::SmallVec;

use crate::codec::{Wire, read_time, take, write_time};
use crate::login::Id;

/// A table of `SLOTS` slots; only hit slots take memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Distinct<const SLOTS: usize> {
    /// (slot, last hit in seconds), by slot.
    hits: SmallVec<[(u8, u32); 2]>,
}

impl<const SLOTS: usize> Distinct<SLOTS> {
    const FITS: () = assert!(SLOTS <= 256, "a slot number is a byte");

    pub fn add(&mut self, id: Id, time_s: u32) {
        let () = Self::FITS;
        let slot = (id.slot_bits() % SLOTS as u64) as u8;
        self.hit(slot, time_s);
    }

    fn hit(&mut self, slot: u8, time_s: u32) {
        match self.hits.binary_search_by_key(&slot, |hit| hit.0) {
            Ok(index) => self.hits[index].1 = self.hits[index].1.max(time_s),
            Err(index) => self.hits.insert(index, (slot, time_s)),
        }
    }

    /// The estimated number of distinct ids since `now_s - window_s`; exact to a few per cent below
    /// `SLOTS / 2`.
    #[must_use]
    pub fn count(&self, now_s: u32, window_s: u32) -> f64 {
        let since = now_s.saturating_sub(window_s);
        let hit = self.hits.iter().filter(|hit| hit.1 >= since).count();
        // A full table says "at least this many".
        let empty = (SLOTS - hit).max(1) as f64;
        SLOTS as f64 * libm::log(SLOTS as f64 / empty)
    }

    pub fn merge(&mut self, other: &Self) {
        for (slot, time_s) in &other.hits {
            self.hit(*slot, *time_s);
        }
    }
}

impl<const SLOTS: usize> Wire for Distinct<SLOTS> {
    #[inline]
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        (self.hits.len() as u64).write(0, out);
        for (slot, time_s) in &self.hits {
            out.push(*slot);
            write_time(*time_s, base_s, out);
        }
    }

    #[inline]
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        let length = usize::try_from(u64::read(0, input)?).ok()?;
        let mut hits: SmallVec<[(u8, u32); 2]> = SmallVec::new();
        for _ in 0..Some(length).filter(|length| *length <= SLOTS)? {
            let slot = take(input, 1)?[0];
            let follows = hits.last().is_none_or(|last| last.0 < slot);
            if !follows || usize::from(slot) >= SLOTS {
                return None;
            }
            hits.push((slot, read_time(base_s, input)?));
        }
        Some(Self { hits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Tables of any split of a stream merge to the table of the stream, in either order.
        #[test]
        fn merge_of_a_split_is_the_whole(events in prop::collection::vec((0u128..500, 0u32..1000, any::<bool>()), 0..200)) {
            let (mut whole, mut left, mut right) = (Distinct::<64>::default(), Distinct::<64>::default(), Distinct::<64>::default());
            for (id, time, goes_left) in events {
                whole.add(Id::test(id), time);
                (if goes_left { &mut left } else { &mut right }).add(Id::test(id), time);
            }
            let mut other_way = right.clone();
            other_way.merge(&left);
            left.merge(&right);
            prop_assert_eq!(&left, &whole);
            prop_assert_eq!(other_way, whole);
        }
    }

    #[test]
    fn the_estimate_is_close_and_forgets() {
        let mut table = Distinct::<64>::default();
        for id in 0..30 {
            table.add(Id::test(id), 100);
        }
        let estimate = table.count(100, 10);
        assert!((estimate - 30.0).abs() < 6.0, "{estimate}");
        assert_eq!(table.count(1000, 10), 0.0);
        for id in 0..100_000 {
            table.add(Id::test(id), 100);
        }
        assert!(table.count(100, 10).is_finite());
        assert_eq!(table.hits.len(), 64);
    }
}
