//! How long a login waits for earlier ones of other partitions: as long as partitions really arrive
//! apart.
//!
//! A login that comes after later ones went says by how much the hold was too short. The hold then
//! grows to that, and shrinks again slowly while nothing comes late.

use std::collections::VecDeque;

/// Steps remembered of what went; a login that came after more of them says only that it was late.
const REMEMBERED: usize = 512;
/// Without late logins the hold shrinks to this share of itself every second.
const SHRINK: f64 = 0.8;
const SHRINK_EVERY_MS: u64 = 1_000;
/// What was once needed is forgotten as slowly as this, every second.
const FORGET: f64 = 0.99;

/// The hold, between its bounds.
#[derive(Debug)]
pub struct Hold {
    least_ms: f64,
    most_ms: f64,
    hold_ms: f64,
    /// What late logins have shown to be needed.
    needed_ms: f64,
    shrunk_ms: u64,
    /// (when, the latest order that had gone by then), both rising.
    gone: VecDeque<(u64, i64)>,
    late: u64,
}

impl Hold {
    /// It begins with `most_ms`; where both are the same it stays.
    #[must_use]
    pub fn new(least_ms: u64, most_ms: u64) -> Self {
        Self {
            least_ms: least_ms.min(most_ms) as f64,
            most_ms: most_ms as f64,
            hold_ms: most_ms as f64,
            needed_ms: 0.0,
            shrunk_ms: 0,
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

    /// Learns that a login of an order came.
    pub fn came(&mut self, order_ms: i64, now_ms: u64) {
        let passed = self.gone.partition_point(|(_, latest)| *latest <= order_ms);
        let Some((since_ms, _)) = self.gone.get(passed) else {
            return;
        };
        self.late += 1;
        let needed_ms = self.hold_ms + now_ms.saturating_sub(*since_ms) as f64 + 1.0;
        if needed_ms <= self.most_ms {
            self.needed_ms = self.needed_ms.max(needed_ms);
            self.hold_ms = self.hold_ms.max(needed_ms);
        }
    }

    /// Lets time pass.
    pub fn tick(&mut self, now_ms: u64) {
        if now_ms.saturating_sub(self.shrunk_ms) < SHRINK_EVERY_MS {
            return;
        }
        self.shrunk_ms = now_ms;
        self.needed_ms *= FORGET;
        let shrunk_ms = self.hold_ms * SHRINK;
        self.hold_ms = shrunk_ms.max(self.needed_ms).max(self.least_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_shrinks_while_nothing_is_late_and_grows_to_what_is_needed() {
        let mut hold = Hold::new(5, 200);
        for second in 0..60u64 {
            hold.went(second as i64 * 1_000, second * 1_000);
            hold.tick(second * 1_000);
        }
        assert_eq!((hold.hold_ms(), hold.late()), (5, 0));
        // A login of before the last one that went, 20 ms after that went.
        hold.came(58_500, 59_020);
        assert_eq!((hold.hold_ms(), hold.late()), (26, 1));
        // One that no hold would have waited for changes nothing.
        hold.came(58_500, 70_000);
        assert_eq!((hold.hold_ms(), hold.late()), (26, 2));
        hold.pin();
        hold.tick(100_000);
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
                hold.tick(now_ms);
                prop_assert!((5..=200).contains(&hold.hold_ms()));
            }
        }
    }
}
