//! The logins that are judged and not yet committed, and when to commit them.

use std::collections::BTreeMap;

use super::flagged::{Flagged, MomentS};
use crate::checkpoint::{LatestTimes, Ruling};
use crate::incident::LateEvidence;
use crate::log::Output;
use crate::login::Partition;

/// The batches of a process that has just begun.
const FIRST_RECORDS: usize = 4_096;
/// While there is a lag nothing is told sooner for being told in small batches: so long they may
/// stay open to fill.
const MAX_OPEN_IN_LAG_MS: u64 = 1_000;
/// Alerts that one transaction may carry, so that a flood fills no memory.
const MOST_FLAGGED: usize = 4_096;
/// The share of the time that transactions should take while there is a lag.
const COMMIT_SHARE: f64 = 0.15;

/// Evidence, and how many flagged logins of its batch came before it.
pub(super) struct PlacedEvidence {
    pub before: usize,
    pub now_s: MomentS,
    pub evidence: LateEvidence,
}

/// Logins that are judged and applied, and not yet committed.
#[derive(Default)]
pub(super) struct OpenBatch {
    pub output: Output,
    pub flagged: Vec<Flagged>,
    /// What is held back.
    pub held_back: Vec<Ruling>,
    pub evidence: Vec<PlacedEvidence>,
    /// The latest event time of its logins, by partition.
    pub latest: LatestTimes,
    /// The same of all logins so far.
    pub now_s: MomentS,
    pub records: usize,
    /// How many of its logins met each rule.
    pub met: BTreeMap<&'static str, u64>,
    /// When its first login was judged.
    pub since_ms: u64,
    /// Whether an alert or a rejected event waits in it for its transaction.
    pub tells: bool,
}

impl OpenBatch {
    /// What cannot be found again of its logins, offsets rising within a partition.
    pub fn rulings(&self) -> Vec<Ruling> {
        let flagged = self.flagged.iter().map(Flagged::ruling);
        let mut rulings: Vec<Ruling> = flagged.chain(self.held_back.iter().copied()).collect();
        rulings.sort_by_key(|ruling| (ruling.partition, ruling.offset));
        rulings
    }

    /// Notes the time of a login, and gives the latest so far.
    pub fn note_time(&mut self, partition: Partition, time_s: u32) -> MomentS {
        let latest = self.latest.entry(partition).or_default();
        *latest = time_s.max(*latest);
        self.now_s = self.now_s.max(time_s);
        self.now_s
    }

    /// How long it may still stay open, of `max_open_ms`; so many records are known to wait.
    pub fn due_ms(&self, now_ms: u64, pace: &Pace, max_open_ms: u64, waiting: u64) -> u64 {
        if self.records >= pace.records() || self.flagged.len() >= MOST_FLAGGED {
            return 0;
        }
        // A batch that the records at hand will not fill ends a lag.
        let room = (pace.records() - self.records) as u64;
        if waiting >= room {
            let open_ms = max_open_ms.max(MAX_OPEN_IN_LAG_MS);
            return (self.since_ms + open_ms).saturating_sub(now_ms);
        }
        if self.tells {
            return 0;
        }
        (self.since_ms + max_open_ms).saturating_sub(now_ms)
    }
}

/// How large batches are: as large as it takes for transactions to be a small part of the time.
#[derive(Debug)]
pub(super) struct Pace {
    most_records: usize,
    records: usize,
    committed_ms: u64,
}

impl Pace {
    pub fn new(most_records: usize) -> Self {
        Self {
            most_records,
            records: most_records.min(FIRST_RECORDS),
            committed_ms: 0,
        }
    }

    /// The most records that a batch takes now.
    pub fn records(&self) -> usize {
        self.records
    }

    #[cfg(test)]
    pub fn set_most(&mut self, most_records: usize) {
        *self = Self::new(most_records);
    }

    /// Learns what a full batch's transaction took: from `began_ms` to `ended_ms`.
    pub fn committed(&mut self, records: usize, began_ms: u64, ended_ms: u64) {
        let whole_ms = ended_ms.saturating_sub(self.committed_ms).max(1);
        let share = ended_ms.saturating_sub(began_ms) as f64 / whole_ms as f64;
        self.committed_ms = ended_ms;
        if records >= self.records() && share > COMMIT_SHARE {
            self.records = (self.records * 2).min(self.most_records);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_goes_at_once_and_the_rest_within_its_time() {
        let mut batch = OpenBatch {
            since_ms: 1_000,
            records: 3,
            ..OpenBatch::default()
        };
        let pace = Pace::new(10);
        assert_eq!(batch.due_ms(1_040, &pace, 100, 0), 60);
        assert_eq!(batch.due_ms(1_200, &pace, 100, 0), 0);
        assert_eq!(batch.due_ms(1_040, &Pace::new(3), 100, 50), 0);
        batch.tells = true;
        assert_eq!(batch.due_ms(1_000, &pace, 100, 0), 0);
        assert_eq!(batch.due_ms(1_000, &pace, 100, 6), 0);
    }

    #[test]
    fn a_batch_that_a_lag_will_fill_stays_open_although_it_tells() {
        let batch = OpenBatch {
            since_ms: 1_000,
            records: 3,
            tells: true,
            ..OpenBatch::default()
        };
        let pace = Pace::new(10);
        assert_eq!(batch.due_ms(1_040, &pace, 100, 7), 960);
        assert_eq!(batch.due_ms(2_000, &pace, 100, 7), 0);
    }

    #[test]
    fn batches_grow_until_transactions_are_a_small_part_of_the_time() {
        let mut pace = Pace::new(50_000);
        let mut now_ms = 0;
        for _ in 0..20 {
            // Ten microseconds a login, and 25 ms a transaction.
            let began_ms = now_ms + pace.records() as u64 / 100;
            now_ms = began_ms + 25;
            pace.committed(pace.records(), began_ms, now_ms);
        }
        let cycle_ms = pace.records() as f64 / 100.0 + 25.0;
        assert!(25.0 / cycle_ms <= COMMIT_SHARE, "{}", pace.records());
        assert!(pace.records() < 50_000);
    }
}
