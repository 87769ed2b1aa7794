//! A log in memory with true transaction semantics: the whole pipeline in a test, without a broker or a clock.

use std::collections::{BTreeMap, VecDeque};

use super::log::{
    AlertMessage, Assigned, Budget, Log, LogError, Output, Polled, Record, RejectedMessage,
};

/// Partitions in memory, read by one consumer.
#[derive(Debug, Default)]
pub struct MemoryLog {
    partitions: Vec<Vec<Record>>,
    positions: BTreeMap<i32, i64>,
    committed: BTreeMap<i32, i64>,
    paused: BTreeMap<i32, bool>,
    announced: bool,
    /// What happens to the next commits; when it is empty they succeed.
    pub faults: VecDeque<Fault>,
    /// The visible alerts and rejected events.
    pub alerts: Vec<AlertMessage>,
    pub rejected: Vec<RejectedMessage>,
    pub commits: u64,
}

/// What a commit does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The transaction is aborted.
    Abort,
}

impl MemoryLog {
    #[must_use]
    pub fn new(partitions: usize) -> Self {
        Self {
            partitions: vec![Vec::new(); partitions],
            ..Self::default()
        }
    }

    /// Appends a message and gives its offset.
    pub fn append(&mut self, partition: i32, timestamp_ms: i64, value: Vec<u8>) -> i64 {
        let records = &mut self.partitions[partition as usize];
        let offset = records.len() as i64;
        records.push(Record {
            partition,
            offset,
            timestamp_ms: Some(timestamp_ms),
            value,
        });
        offset
    }

    /// A consumer that starts anew at the committed offsets, as after a crash.
    pub fn restart(&mut self) {
        self.announced = false;
        self.paused.clear();
    }

    #[must_use]
    pub fn committed(&self) -> &BTreeMap<i32, i64> {
        &self.committed
    }

    /// Whether everything was read and committed.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        let done = |partition: usize| {
            self.committed
                .get(&(partition as i32))
                .copied()
                .unwrap_or(0)
        };
        self.partitions
            .iter()
            .enumerate()
            .all(|(partition, records)| done(partition) == records.len() as i64)
    }

    fn announce(&mut self, into: &mut Vec<Polled>) {
        self.announced = true;
        let assigned = self
            .partitions
            .iter()
            .enumerate()
            .map(|(partition, records)| {
                let position = self
                    .committed
                    .get(&(partition as i32))
                    .copied()
                    .unwrap_or(0);
                Assigned {
                    partition: partition as i32,
                    position,
                    end: records.len() as i64,
                }
            });
        let assigned: Vec<Assigned> = assigned.collect();
        self.positions = assigned
            .iter()
            .map(|assigned| (assigned.partition, assigned.position))
            .collect();
        into.push(Polled::Assigned(assigned));
    }
}

impl Log for MemoryLog {
    fn poll(&mut self, budget: Budget, into: &mut Vec<Polled>) -> Result<(), LogError> {
        if !self.announced {
            self.announce(into);
        }
        let mut left = budget.max_records;
        for (partition, position) in &mut self.positions {
            if self.paused.get(partition) == Some(&true) {
                continue;
            }
            let records = &self.partitions[*partition as usize];
            into.push(Polled::End {
                partition: *partition,
                end: records.len() as i64,
            });
            while left > 0 && (*position as usize) < records.len() {
                into.push(Polled::Record(records[*position as usize].clone()));
                *position += 1;
                left -= 1;
            }
        }
        Ok(())
    }

    fn commit(&mut self, output: &Output) -> Result<(), LogError> {
        match self.faults.pop_front() {
            Some(Fault::Abort) => Err(LogError::Aborted("the test aborts it".to_owned())),
            Some(Fault::None) | None => {
                self.alerts.extend(output.alerts.iter().cloned());
                self.rejected.extend(output.rejected.iter().cloned());
                self.committed.extend(
                    output
                        .offsets
                        .iter()
                        .map(|(partition, offset)| (*partition, *offset)),
                );
                self.commits += 1;
                Ok(())
            }
        }
    }

    fn rewind(&mut self) -> Result<(), LogError> {
        self.announced = false;
        let partitions: Vec<i32> = self.positions.keys().copied().collect();
        self.set_paused(&partitions, false)
    }

    fn set_paused(&mut self, partitions: &[i32], paused: bool) -> Result<(), LogError> {
        self.paused
            .extend(partitions.iter().map(|partition| (*partition, paused)));
        Ok(())
    }
}
