//! How long a login waits for earlier ones of other partitions: as long as partitions really arrive
//! apart.
//!
//! A login that comes after later ones went says that the hold was too short. The hold follows a
//! quantile of what is needed: it grows whenever some come late and shrinks with every other login,
//! so that few are late. Those cost little, where a hold for the longest pause of a broker would
//! delay every alert.

use std::collections::VecDeque;

/// Steps remembered of what went; a login that came after more of them is late all the same.
const REMEMBERED: usize = 512;
/// The hold at first, as a share of its most.
const FIRST: f64 = 0.25;
/// A late login makes the hold longer by this share of it, and by this time.
const GROWTH: f64 = 0.2;
const GROWTH_MS: f64 = 1.0;
/// Any other makes it shorter by this share of it.
const SHRINKAGE: f64 = GROWTH / 1_000.0;

/// The hold, between its bounds.
#[derive(Debug)]
pub struct Hold {
    least_ms: f64,
    most_ms: f64,
    hold_ms: f64,
    /// When it last grew: what comes late together says it once.
    grown_ms: u64,
    /// (when, the latest order that had gone by then), both rising.
    gone: VecDeque<(u64, i64)>,
    late: u64,
}

impl Hold {
    /// Where both are the same it stays.
    #[must_use]
    pub fn new(least_ms: u64, most_ms: u64) -> Self {
        Self {
            least_ms: least_ms.min(most_ms) as f64,
            most_ms: most_ms as f64,
            hold_ms: (most_ms as f64 * FIRST).max(least_ms.min(most_ms) as f64),
            grown_ms: 0,
            gone: VecDeque::new(),
            late: 0,
        }
    }

    /// From now on it stays at its most: what one user does comes in several partitions, and its
    /// order counts.
    pub fn pin(&mut self) {
        self.least_ms = self.most_ms;
        self.hold_ms = self.most_ms;
    }

    #[must_use]
    pub fn hold_ms(&self) -> u64 {
        self.hold_ms as u64
    }

    /// Logins that came after later ones of other partitions had gone.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }

    /// Learns that a login of an order went.
    pub fn went(&mut self, order_ms: i64, now_ms: u64) {
        if self
            .gone
            .back()
            .is_some_and(|(_, latest)| *latest >= order_ms)
        {
            return;
        }
        match self.gone.back_mut() {
            Some((when_ms, latest)) if *when_ms == now_ms => *latest = order_ms,
            _ => self.gone.push_back((now_ms, order_ms)),
        }
        if self.gone.len() > REMEMBERED {
            self.gone.pop_front();
        }
    }

    /// Learns that a login of an order came. One that no hold would have waited for is late, and
    /// says nothing of the hold.
    pub fn came(&mut self, order_ms: i64, now_ms: u64) {
        let passed = self.gone.partition_point(|(_, latest)| *latest <= order_ms);
        let late_ms = self
            .gone
            .get(passed)
            .map(|(since_ms, _)| now_ms.saturating_sub(*since_ms));
        self.late += u64::from(late_ms.is_some());
        let change_ms = match late_ms {
            None => -self.hold_ms * SHRINKAGE,
            Some(late_ms)
                if self.grown_ms < now_ms && self.hold_ms + late_ms as f64 <= self.most_ms =>
            {
                self.grown_ms = now_ms;
                self.hold_ms * GROWTH + GROWTH_MS
            }
            Some(_) => 0.0,
        };
        self.hold_ms = (self.hold_ms + change_ms).clamp(self.least_ms, self.most_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::rngs::Xoshiro256PlusPlus;
    use rand::{RngExt, SeedableRng};

    /// One login a millisecond, of which a share comes so late that it takes the hold to wait for
    /// it.
    fn settle(share: f64, late_ms: u64) -> Hold {
        let mut hold = Hold::new(5, 200);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
        for now_ms in 1_000..201_000u64 {
            let order_ms = now_ms as i64;
            if rng.random_bool(share) {
                // What came meanwhile went as soon as the hold let it.
                let went_ms = now_ms + hold.hold_ms();
                let came_ms = now_ms + late_ms;
                if came_ms > went_ms {
                    hold.went(order_ms + 1, went_ms);
                }
                hold.came(order_ms, came_ms);
            } else {
                hold.came(order_ms, now_ms);
            }
        }
        hold
    }

    #[test]
    fn it_shrinks_while_nothing_is_late() {
        let hold = settle(0.0, 0);
        assert_eq!((hold.hold_ms(), hold.late()), (5, 0));
    }

    #[test]
    fn it_grows_to_what_many_need_and_not_to_what_few_do() {
        let hold = settle(0.2, 60);
        assert!((50..=70).contains(&hold.hold_ms()), "{hold:?}");
        let hold = settle(0.000_1, 60);
        assert!(hold.hold_ms() < 20, "{hold:?}");
    }

    #[test]
    fn what_no_hold_would_have_waited_for_changes_nothing() {
        let mut hold = settle(0.0, 0);
        hold.went(2_000, 300_000);
        hold.came(1_000, 400_000);
        assert_eq!((hold.hold_ms(), hold.late()), (5, 1));
        hold.pin();
        hold.came(3_000, 400_000);
        assert_eq!(hold.hold_ms(), 200);
    }

    proptest! {
        /// Whatever comes and goes, the hold stays between its bounds.
        #[test]
        fn it_stays_within_its_bounds(steps in prop::collection::vec((0i64..500, 0u64..50, any::<bool>()), 0..300)) {
            let mut hold = Hold::new(5, 200);
            let mut now_ms = 0;
            for (order_ms, later_ms, comes) in steps {
                now_ms += later_ms;
                if comes { hold.came(order_ms, now_ms) } else { hold.went(order_ms, now_ms) }
                prop_assert!((5..=200).contains(&hold.hold_ms()));
            }
        }
    }
}
