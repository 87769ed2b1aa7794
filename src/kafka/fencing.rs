//! What a process does that seems to have been put out of its place by another of the same name.
//!
//! A broker that was killed has forgotten what it had not yet written, and answers as if there were
//! a rival; so a member takes its place back. A real rival does the same, and one of the two has to
//! yield: the one that has only just begun, or, between two that have long been there, the one that
//! meets it too often.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What happens this soon after a place was taken (back) is the work of who holds it now.
const SOON_MS: u64 = 5_000;
/// Who began within this time yields to who was there before.
const NEWCOMER_MS: u64 = 30_000;
/// For so long after a broker was away, it may be the broker's memory that is at fault.
const EXCUSED_MS: u64 = 60_000;
/// How many times in a row a place is taken back.
const NEWCOMER_TRIES: u32 = 1;
const TRIES: u32 = 6;
/// The second attempt waits this long, each further one twice as long as the one before.
const FIRST_DELAY_MS: u64 = 250;
const LONGEST_DELAY_MS: u64 = 2_000;

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fenced {
    TakeBackAfter(Duration),
    /// There is a rival, and it stays.
    Yield,
}

/// Whether no broker could be reached lately: told by the callbacks of any client, at any time.
#[derive(Clone, Debug, Default)]
pub(super) struct CutOff(Arc<AtomicBool>);

impl CutOff {
    pub(super) fn tell(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

/// How often this process was fenced lately.
#[derive(Debug)]
pub(super) struct Fencing {
    began_ms: u64,
    cut_off: CutOff,
    /// When its place was last taken, if it was since it was last lost.
    placed_ms: Option<u64>,
    cut_off_ms: Option<u64>,
    in_a_row: u32,
}

impl Fencing {
    pub(super) fn new(now_ms: u64, cut_off: CutOff) -> Self {
        Self {
            began_ms: now_ms,
            cut_off,
            placed_ms: None,
            cut_off_ms: None,
            in_a_row: 0,
        }
    }

    /// The process has its place (again).
    pub(super) fn placed(&mut self, now_ms: u64) {
        self.placed_ms.get_or_insert(now_ms);
    }

    /// Notes when no broker could be reached; to be called now and then.
    pub(super) fn note_cut_off(&mut self, now_ms: u64) {
        if self.cut_off.take() {
            self.cut_off_ms = Some(now_ms);
        }
    }

    /// The process was fenced, by the group or as a producer.
    pub(super) fn fenced(&mut self, now_ms: u64) -> Fenced {
        self.note_cut_off(now_ms);
        let since = |then_ms: u64| now_ms.saturating_sub(then_ms);
        let placed_ms = self.placed_ms.take();
        let again = placed_ms.is_none_or(|placed_ms| since(placed_ms) < SOON_MS);
        self.in_a_row = if again { self.in_a_row + 1 } else { 1 };
        let excused = self
            .cut_off_ms
            .is_some_and(|then_ms| since(then_ms) < EXCUSED_MS);
        let newcomer = since(self.began_ms) < NEWCOMER_MS && !excused;
        let tries = if newcomer { NEWCOMER_TRIES } else { TRIES };
        match self.in_a_row {
            times if times > tries => Fenced::Yield,
            1 => Fenced::TakeBackAfter(Duration::ZERO),
            times => {
                let delay_ms = FIRST_DELAY_MS << (times - 2);
                Fenced::TakeBackAfter(Duration::from_millis(delay_ms.min(LONGEST_DELAY_MS)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fencing(now_ms: u64) -> Fencing {
        Fencing::new(now_ms, CutOff::default())
    }

    const AT_ONCE: Fenced = Fenced::TakeBackAfter(Duration::ZERO);

    #[test]
    fn who_has_long_been_there_takes_its_place_back_with_growing_delays_and_a_bound() {
        let mut fencing = fencing(0);
        fencing.placed(100);
        let mut now_ms = 1_000_000;
        let mut delays_ms = Vec::new();
        while let Fenced::TakeBackAfter(delay) = fencing.fenced(now_ms) {
            delays_ms.push(delay.as_millis());
            fencing.placed(now_ms + 500);
            now_ms += 2_000;
        }
        assert_eq!(delays_ms, [0, 250, 500, 1_000, 2_000, 2_000]);
    }

    #[test]
    fn what_happens_now_and_then_is_no_rival() {
        let mut fencing = fencing(0);
        for number in 1..1_000 {
            let now_ms = number * 60_000;
            assert_eq!(fencing.fenced(now_ms), AT_ONCE);
            fencing.placed(now_ms + 1_000);
        }
    }

    #[test]
    fn of_two_rivals_the_newcomer_yields() {
        let (mut elder, mut newcomer) = (fencing(0), fencing(100_000));
        elder.placed(1_000);
        let mut now_ms = 100_500;
        newcomer.placed(now_ms);
        // In turn they take the place from each other.
        for _ in 0..10 {
            now_ms += 1_000;
            assert!(matches!(elder.fenced(now_ms), Fenced::TakeBackAfter(_)));
            elder.placed(now_ms);
            now_ms += 1_000;
            if newcomer.fenced(now_ms) == Fenced::Yield {
                return;
            }
            newcomer.placed(now_ms);
        }
        panic!("neither yields");
    }

    #[test]
    fn a_newcomer_whose_broker_was_away_has_as_many_tries_as_any() {
        let cut_off = CutOff::default();
        let mut fencing = Fencing::new(0, cut_off.clone());
        fencing.placed(1_000);
        // The loop may hear of it only now, having waited for the broker until now.
        cut_off.tell();
        assert_eq!(fencing.fenced(9_000), AT_ONCE);
        fencing.placed(9_500);
        assert_ne!(fencing.fenced(10_000), Fenced::Yield);
    }
}
