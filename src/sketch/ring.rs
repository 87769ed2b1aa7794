//! Counts by time bucket in a ring that moves with event time.
//!
//! Law: rings filled from any split of a stream merge to the ring of the whole stream. It holds
//! because a bucket is a whole number of fixed absolute time and addition saturates.

use crate::codec::{Wire, read_sparse, read_time, write_sparse, write_time};

/// Something that adds up, in any order and grouping, to the same.
pub trait Tally: Copy + Default + PartialEq {
    fn add(&mut self, other: &Self);
}

macro_rules! saturating_tally {
    ($($number:ty),+) => {$(
        impl Tally for $number {
            fn add(&mut self, other: &Self) {
                *self = self.saturating_add(*other);
            }
        }
    )+};
}

saturating_tally!(u8, u16, u32);

/// The last `N` buckets of `SECONDS` each, the newest included.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring<T, const N: usize, const SECONDS: u32> {
    /// The absolute number of the newest bucket.
    newest: u32,
    buckets: [T; N],
}

impl<T: Tally, const N: usize, const SECONDS: u32> Default for Ring<T, N, SECONDS> {
    fn default() -> Self {
        Self {
            newest: 0,
            buckets: [T::default(); N],
        }
    }
}

impl<T: Tally, const N: usize, const SECONDS: u32> Ring<T, N, SECONDS> {
    /// Adds to the bucket of a time. What is older than the ring is dropped.
    pub fn add(&mut self, time_s: u32, amount: &T) {
        let bucket = time_s / SECONDS;
        self.advance(bucket);
        if self.newest - bucket < N as u32 {
            self.buckets[bucket as usize % N].add(amount);
        }
    }

    fn advance(&mut self, bucket: u32) {
        if bucket <= self.newest {
            return;
        }
        let steps = (bucket - self.newest).min(N as u32);
        for step in 0..steps {
            self.buckets[(bucket - step) as usize % N] = T::default();
        }
        self.newest = bucket;
    }

    /// The sum over the `buckets` buckets that end with the one of `now_s`.
    #[must_use]
    pub fn sum(&self, now_s: u32, buckets: usize) -> T {
        // A bucket after `now` counts too: a late login must not see less than an early one did.
        let passed = (now_s / SECONDS).saturating_sub(self.newest) as usize;
        let filled = (self.newest as usize).saturating_add(1).min(N);
        let wanted = buckets.min(N).saturating_sub(passed).min(filled);
        let mut total = T::default();
        // From the newest backwards: what stands before it in the array, then what stands at the
        // array's end.
        let newest = self.newest as usize % N;
        let before = wanted.min(newest + 1);
        for bucket in &self.buckets[newest + 1 - before..=newest] {
            total.add(bucket);
        }
        for bucket in &self.buckets[N - (wanted - before)..] {
            total.add(bucket);
        }
        total
    }

    /// The sum over the whole ring as it stands at `now_s`.
    #[must_use]
    pub fn total(&self, now_s: u32) -> T {
        self.sum(now_s, N)
    }

    /// Adds another ring.
    pub fn merge(&mut self, other: &Self) {
        self.advance(other.newest);
        for back in 0..N as u32 {
            let Some(bucket) = other.newest.checked_sub(back) else {
                break;
            };
            if self.newest - bucket < N as u32 {
                self.buckets[bucket as usize % N].add(&other.buckets[bucket as usize % N]);
            }
        }
    }
}

impl<T: Tally + Wire, const N: usize, const SECONDS: u32> Wire for Ring<T, N, SECONDS> {
    #[inline]
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        let is_empty = self.buckets.iter().all(|bucket| *bucket == T::default());
        write_sparse(&self.buckets, out);
        let base = if is_empty { 0 } else { base_s / SECONDS };
        write_time(self.newest, base, out);
    }
    #[inline]
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        let buckets: [T; N] = read_sparse(input)?;
        let is_empty = buckets.iter().all(|bucket| *bucket == T::default());
        let base = if is_empty { 0 } else { base_s / SECONDS };
        Some(Self {
            newest: read_time(base, input)?,
            buckets,
        })
    }
}

/// Attempts or failures at three horizons: an hour in steps of 10 minutes, a day in hours, a week
/// in days.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Horizons<T: Tally> {
    hour: Ring<T, 6, 600>,
    day: Ring<T, 24, 3600>,
    week: Ring<T, 7, 86_400>,
}

impl<T: Tally + Wire> Wire for Horizons<T> {
    #[inline]
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        self.hour.write(base_s, out);
        self.day.write(base_s, out);
        self.week.write(base_s, out);
    }
    #[inline]
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        Some(Self {
            hour: Ring::read(base_s, input)?,
            day: Ring::read(base_s, input)?,
            week: Ring::read(base_s, input)?,
        })
    }
}

impl<T: Tally> Horizons<T> {
    pub fn add(&mut self, time_s: u32, amount: &T) {
        self.hour.add(time_s, amount);
        self.day.add(time_s, amount);
        self.week.add(time_s, amount);
    }
    #[must_use]
    pub fn hour(&self, now_s: u32) -> T {
        self.hour.total(now_s)
    }
    #[must_use]
    pub fn day(&self, now_s: u32) -> T {
        self.day.total(now_s)
    }
    #[must_use]
    pub fn week(&self, now_s: u32) -> T {
        self.week.total(now_s)
    }
    pub fn merge(&mut self, other: &Self) {
        self.hour.merge(&other.hour);
        self.day.merge(&other.day);
        self.week.merge(&other.week);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Small = Ring<u16, 5, 10>;

    fn filled(events: impl Iterator<Item = u32>) -> Small {
        let mut ring = Small::default();
        for time in events {
            ring.add(time, &1);
        }
        ring
    }

    proptest! {
        /// Rings of any split of a stream, late events included, merge to the ring of the stream.
        #[test]
        fn merge_of_a_split_is_the_whole(events in prop::collection::vec((0u32..400, any::<bool>()), 0..80)) {
            let whole = filled(events.iter().map(|event| event.0));
            let mut left = filled(events.iter().filter(|event| event.1).map(|event| event.0));
            let right = filled(events.iter().filter(|event| !event.1).map(|event| event.0));
            left.merge(&right);
            prop_assert_eq!(left, whole);
        }

        /// A sum over a window counts the events in it, when time does not run backwards.
        #[test]
        fn a_sum_counts_the_window(mut events in prop::collection::vec(0u32..400, 1..80), ahead in 0u32..80) {
            events.sort_unstable();
            let now = events[events.len() - 1] + ahead;
            let ring = filled(events.iter().copied());
            let expected = events.iter().filter(|time| now / 10 - **time / 10 < 3).count();
            prop_assert_eq!(ring.sum(now, 3) as usize, expected);
        }
    }
}
