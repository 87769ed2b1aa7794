//! Stops a consumer that rejects almost everything: a wrong topic must not be drained.

use std::collections::BTreeMap;

/// Counts the last `window` records in two halves, so that old ones are forgotten in bounded
/// memory.
#[derive(Clone, Debug)]
pub struct RejectBreaker {
    share: f64,
    half: usize,
    current: Half,
    previous: Half,
}

#[derive(Clone, Debug, Default)]
struct Half {
    records: usize,
    rejected: usize,
    reasons: BTreeMap<&'static str, usize>,
}

/// Why the consumer stopped.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "{rejected} of the last {records} records were rejected, most of them as `{reason}`; the rest is \
     left in the topic. Is it the right topic, and the right format? Mend the producer, or raise \
     `rejected.brake_share`"
)]
pub struct BreakerTripped {
    pub rejected: usize,
    pub records: usize,
    pub reason: &'static str,
}

impl RejectBreaker {
    #[must_use]
    pub fn new(share: f64, window: usize) -> Self {
        Self {
            share,
            half: (window / 2).max(1),
            current: Half::default(),
            previous: Half::default(),
        }
    }

    /// Counts a record; an error when too many of the window were rejected.
    pub fn record(&mut self, rejected: Option<&'static str>) -> Result<(), BreakerTripped> {
        self.current.records += 1;
        if let Some(reason) = rejected {
            self.current.rejected += 1;
            *self.current.reasons.entry(reason).or_default() += 1;
        }
        if self.current.records < self.half {
            return Ok(());
        }
        let full = std::mem::take(&mut self.current);
        let before = std::mem::replace(&mut self.previous, full);
        let records = before.records + self.previous.records;
        let rejected = before.rejected + self.previous.rejected;
        if before.records == 0 || (rejected as f64) < self.share * records as f64 {
            return Ok(());
        }
        let most = self
            .previous
            .reasons
            .iter()
            .max_by_key(|(_, count)| **count);
        Err(BreakerTripped {
            rejected,
            records,
            reason: most.map_or("", |(reason, _)| reason),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stops_when_almost_all_is_rejected_and_not_before() {
        let mut brake = RejectBreaker::new(0.9, 100);
        for number in 0..10_000 {
            assert!(
                brake
                    .record((number % 5 != 0).then_some("not_json"))
                    .is_ok()
            );
        }
        let stopped = (0..200).find_map(|_| brake.record(Some("not_json")).err());
        assert_eq!(stopped.unwrap().reason, "not_json");
    }

    #[test]
    fn a_short_burst_does_not_stop_it() {
        let mut brake = RejectBreaker::new(0.9, 100);
        assert!((0..99).all(|_| brake.record(Some("not_json")).is_ok()));
    }
}
