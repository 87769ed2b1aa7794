//! Puts the logins of several partitions in the order of their times.
//!
//! The earliest head goes first, ties by partition, and the order within a partition is kept. A
//! head goes only when every other partition has one too, or cannot have an earlier one: it is read
//! to its end, and what was on its way has had `hold_ms` to arrive. A partition that is known to
//! have more but sends nothing stops the others for `max_wait_ms` at most. So a catch-up that reads
//! one partition hours ahead of another does not smear the windows that users share, and the same
//! input gives the same order however it is cut into batches.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use super::hold::Hold;
use crate::config::PipelineConfig;
use crate::log::{Log, LogError, Polled};
use crate::login::{Offset, Partition};

/// How long to wait for what.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long a login waits for earlier ones of other partitions, at least and at most.
    pub least_hold_ms: u64,
    pub hold_ms: u64,
    pub max_wait_ms: u64,
}

#[derive(Debug)]
struct Waiting<T> {
    order_ms: i64,
    arrived_ms: u64,
    bytes: usize,
    item: T,
}

#[derive(Debug)]
struct PartitionQueue<T> {
    queue: VecDeque<Waiting<T>>,
    /// Of the records in the queue.
    bytes: usize,
    /// The offset after the last record received.
    position: Offset,
    /// The offset the partition is known to reach to.
    end: Offset,
    caught_up: bool,
    paused: bool,
}

impl<T> PartitionQueue<T> {
    fn is_full(&self, max_waiting: usize, max_bytes: usize) -> bool {
        self.queue.len() >= max_waiting || self.bytes >= max_bytes
    }

    fn is_behind(&self) -> bool {
        !self.caught_up && self.position < self.end
    }
}

/// The queues of all assigned partitions.
#[derive(Debug)]
pub struct PartitionMerge<T> {
    partitions: BTreeMap<Partition, PartitionQueue<T>>,
    /// (time, partition) of every head.
    heads: BinaryHeap<Reverse<(i64, Partition)>>,
    max_wait_ms: u64,
    hold: Hold,
    /// Since when a partition that is behind has kept the others waiting.
    stalled_since_ms: Option<u64>,
    forced: u64,
}

impl<T> PartitionMerge<T> {
    #[must_use]
    pub fn new(patience: Patience) -> Self {
        Self {
            partitions: BTreeMap::new(),
            heads: BinaryHeap::new(),
            max_wait_ms: patience.max_wait_ms,
            hold: Hold::new(patience.least_hold_ms, patience.hold_ms),
            stalled_since_ms: None,
            forced: 0,
        }
    }

    /// Begins a partition anew at a position.
    pub fn assign(&mut self, partition: Partition, position: Offset, end: Offset) {
        self.revoke(partition);
        let empty = PartitionQueue {
            queue: VecDeque::new(),
            bytes: 0,
            position,
            end,
            caught_up: false,
            paused: false,
        };
        self.partitions.insert(partition, empty);
    }

    /// Forgets a partition and what waits in it.
    pub fn revoke(&mut self, partition: Partition) {
        self.partitions.remove(&partition);
        self.heads.retain(|Reverse((_, head))| *head != partition);
    }

    /// Forgets everything that waits.
    pub fn revoke_all(&mut self) {
        self.partitions.clear();
        self.heads.clear();
    }

    /// Adds the next record of a partition. `None` as its time is for what no other login depends
    /// on.
    pub fn push(
        &mut self,
        partition: Partition,
        offset: Offset,
        order_ms: Option<i64>,
        arrived_ms: u64,
        bytes: usize,
        item: T,
    ) {
        let Some(queues) = self.partitions.get_mut(&partition) else {
            return; // Of a partition that was taken away.
        };
        queues.position = offset.next();
        queues.end = queues.end.max(queues.position);
        queues.caught_up = false;
        let order_ms = order_ms.unwrap_or(i64::MIN);
        if queues.queue.is_empty() {
            self.heads.push(Reverse((order_ms, partition)));
        }
        queues.queue.push_back(Waiting {
            order_ms,
            arrived_ms,
            bytes,
            item,
        });
        queues.bytes += bytes;
        if order_ms != i64::MIN && self.partitions.len() > 1 {
            self.hold.came(order_ms, arrived_ms);
        }
    }

    /// Learns that a partition was read to its end.
    pub fn caught_up(&mut self, partition: Partition) {
        if let Some(queues) = self.partitions.get_mut(&partition) {
            queues.caught_up = true;
        }
    }

    /// Learns how far a partition reaches.
    pub fn set_end(&mut self, partition: Partition, end: Offset) {
        if let Some(queues) = self.partitions.get_mut(&partition)
            && end > queues.end
        {
            queues.end = end;
            queues.caught_up = false;
        }
    }

    /// Takes what may go, at most `most`, in order.
    pub fn take(&mut self, now_ms: u64, most: usize, into: &mut Vec<T>) {
        let mut taken = 0;
        // Only a queue that runs empty changes who keeps whom waiting.
        let mut gate = self.gate(now_ms);
        while taken < most {
            let Some(&Reverse((order_ms, partition))) = self.heads.peek() else {
                break;
            };
            let Some(queues) = self.partitions.get_mut(&partition) else {
                self.heads.pop();
                continue;
            };
            let arrived_ms = queues.queue.front().map_or(0, |head| head.arrived_ms);
            if order_ms != i64::MIN && !gate.lets_through(arrived_ms, now_ms, self.hold.hold_ms()) {
                break;
            }
            self.heads.pop();
            if gate == Gate::Forced {
                self.forced += 1;
            }
            if let Some(waiting) = queues.queue.pop_front() {
                queues.bytes -= waiting.bytes;
                into.push(waiting.item);
                taken += 1;
                if order_ms != i64::MIN {
                    self.hold.went(order_ms, now_ms);
                }
            }
            match queues.queue.front() {
                Some(next) => self.heads.push(Reverse((next.order_ms, partition))),
                None => gate = self.gate(now_ms),
            }
        }
        // While something goes, nobody is stalled.
        if taken > 0 && gate != Gate::Forced {
            self.stalled_since_ms = None;
        }
    }

    /// Whether partitions without a head let the others go.
    fn gate(&mut self, now_ms: u64) -> Gate {
        let mut empty = self
            .partitions
            .values()
            .filter(|queues| queues.queue.is_empty())
            .peekable();
        if empty.peek().is_none() {
            self.stalled_since_ms = None;
            return Gate::Open;
        }
        if !empty.any(|queues| queues.is_behind()) {
            self.stalled_since_ms = None;
            return Gate::Hold;
        }
        let since_ms = *self.stalled_since_ms.get_or_insert(now_ms);
        if now_ms.saturating_sub(since_ms) >= self.max_wait_ms {
            Gate::Forced
        } else {
            Gate::Closed
        }
    }

    /// Partitions that just became too full, and those that have room again.
    pub fn full_and_free(
        &mut self,
        max_waiting: usize,
        max_bytes: usize,
    ) -> (Vec<Partition>, Vec<Partition>) {
        let (mut full, mut free) = (Vec::new(), Vec::new());
        for (partition, queues) in &mut self.partitions {
            if !queues.paused && queues.is_full(max_waiting, max_bytes) {
                queues.paused = true;
                full.push(*partition);
            } else if queues.paused
                && queues.queue.len() <= max_waiting / 2
                && queues.bytes <= max_bytes / 2
            {
                queues.paused = false;
                free.push(*partition);
            }
        }
        (full, free)
    }

    /// How many records may still come before a partition would be full, all together. A pause costs
    /// far more than to ask for less: what was fetched is thrown away, and fetched again.
    #[must_use]
    pub fn room(&self, max_waiting: usize) -> usize {
        let room = |queues: &PartitionQueue<T>| match queues.paused {
            true => 0,
            false => max_waiting.saturating_sub(queues.queue.len() + 1),
        };
        self.partitions.values().map(room).sum()
    }

    /// Partitions whose queues are full.
    #[must_use]
    pub fn full(&self, max_waiting: usize, max_bytes: usize) -> Vec<Partition> {
        self.partitions
            .iter()
            .filter(|(_, queues)| queues.is_full(max_waiting, max_bytes))
            .map(|(partition, _)| *partition)
            .collect()
    }

    /// Records that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.partitions
            .values()
            .map(|queues| queues.queue.len())
            .sum()
    }

    /// How long the next head has to wait at most, where time alone will let it go.
    #[must_use]
    pub fn next_due_ms(&self, now_ms: u64) -> Option<u64> {
        let Reverse((_, partition)) = self.heads.peek()?;
        let arrived_ms = self.partitions.get(partition)?.queue.front()?.arrived_ms;
        Some((arrived_ms + self.hold.hold_ms()).saturating_sub(now_ms))
    }

    /// The users' own order counts from now on: what one of them does comes in several partitions.
    pub fn pin_hold(&mut self) {
        self.hold.pin();
    }

    /// How long a login waits now for earlier ones of other partitions.
    #[must_use]
    pub fn hold_ms(&self) -> u64 {
        self.hold.hold_ms()
    }

    /// Logins that came after later ones of other partitions had gone.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.hold.late()
    }

    /// Logins that went ahead of a partition that was known to have more.
    #[must_use]
    pub fn forced(&self) -> u64 {
        self.forced
    }

    /// Records between what was received and what is known to be there, by partition.
    pub fn lags(&self) -> impl Iterator<Item = (Partition, u64)> {
        self.partitions.iter().map(|(partition, queues)| {
            let unread = if queues.caught_up {
                0
            } else {
                queues.end.since(queues.position)
            };
            (*partition, unread + queues.queue.len() as u64)
        })
    }

    /// The partitions read.
    pub fn partitions(&self) -> impl Iterator<Item = Partition> {
        self.partitions.keys().copied()
    }
}

impl<T> PartitionMerge<T> {
    /// Pauses partitions whose queues are full, and resumes those that have room again.
    pub(crate) fn regulate(
        &mut self,
        log: &mut impl Log,
        config: &PipelineConfig,
    ) -> Result<(), LogError> {
        let (full, free) = self.full_and_free(config.max_waiting, config.max_waiting_bytes);
        if !full.is_empty() {
            log.set_paused(&full, true)?;
        }
        if !free.is_empty() {
            log.set_paused(&free, false)?;
        }
        Ok(())
    }

    /// Follows what the log says of its partitions; new ones begin at their committed offsets.
    pub(crate) fn follow(&mut self, polled: &Polled) {
        match polled {
            Polled::Assigned(assigned) => assigned
                .iter()
                .for_each(|one| self.assign(one.partition, one.position(), one.end)),
            Polled::Rewound(rewound) => rewound
                .iter()
                .for_each(|one| self.assign(one.partition, one.position, one.end)),
            Polled::Revoked(partitions) => partitions.iter().for_each(|one| self.revoke(*one)),
            Polled::CaughtUp(partition) => self.caught_up(*partition),
            Polled::End { partition, end } => self.set_end(*partition, *end),
            Polled::Record(_) => {}
        }
    }
}

impl PartitionMerge<super::decode::Decoded> {
    /// Adds the next record of a partition by its own time.
    pub(crate) fn push_decoded(&mut self, decoded: super::decode::Decoded, arrived_ms: u64) {
        let (partition, offset) = (decoded.record.partition, decoded.record.offset);
        let (order_ms, bytes) = (decoded.order_ms(), decoded.record.value.len());
        self.push(partition, offset, order_ms, arrived_ms, bytes, decoded);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    /// Every partition has a head.
    Open,
    /// Some are read to their end: what arrived long enough ago may go.
    Hold,
    /// One that is behind sends nothing.
    Closed,
    /// It has sent nothing for too long.
    Forced,
}

impl Gate {
    fn lets_through(self, arrived_ms: u64, now_ms: u64, hold_ms: u64) -> bool {
        match self {
            Self::Open | Self::Forced => true,
            Self::Hold => arrived_ms + hold_ms <= now_ms,
            Self::Closed => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PATIENCE: Patience = Patience {
        least_hold_ms: 100,
        hold_ms: 100,
        max_wait_ms: 1_000,
    };

    fn assign(merge: &mut PartitionMerge<&'static str>, partition: i32, end: i64) {
        merge.assign(Partition(partition), Offset::ZERO, Offset(end));
    }

    fn take(merge: &mut PartitionMerge<&'static str>, now_ms: u64) -> Vec<&'static str> {
        let mut taken = Vec::new();
        merge.take(now_ms, usize::MAX, &mut taken);
        taken
    }

    #[test]
    fn one_partition_never_waits() {
        let mut merge = PartitionMerge::new(PATIENCE);
        assign(&mut merge, 0, 9);
        merge.push(Partition(0), Offset(0), Some(50), 0, 1, "a");
        merge.push(Partition(0), Offset(1), Some(40), 0, 1, "late");
        assert_eq!(take(&mut merge, 0), ["a", "late"]);
    }

    #[test]
    fn a_partition_ahead_waits_for_one_that_is_behind() {
        let mut merge = PartitionMerge::new(PATIENCE);
        assign(&mut merge, 0, 1);
        assign(&mut merge, 1, 1);
        merge.push(Partition(0), Offset(0), Some(50), 0, 1, "later");
        assert!(take(&mut merge, 500).is_empty());
        merge.push(Partition(1), Offset(0), Some(40), 501, 1, "earlier");
        // Both are read to their ends now; the later one is held for what may be on its way.
        assert_eq!(take(&mut merge, 501), ["earlier", "later"]);
    }

    #[test]
    fn at_the_end_a_login_is_held_and_then_goes() {
        let mut merge = PartitionMerge::new(PATIENCE);
        assign(&mut merge, 0, 0);
        assign(&mut merge, 1, 0);
        merge.push(Partition(0), Offset(0), Some(50), 10, 1, "a");
        assert!(take(&mut merge, 109).is_empty());
        assert_eq!(take(&mut merge, 110), ["a"]);
    }

    #[test]
    fn a_silent_partition_stops_the_others_for_a_bounded_time() {
        let mut merge = PartitionMerge::new(PATIENCE);
        assign(&mut merge, 0, 2);
        assign(&mut merge, 1, 5);
        merge.push(Partition(0), Offset(0), Some(1), 0, 1, "a");
        merge.push(Partition(0), Offset(1), Some(2), 0, 1, "b");
        assert!(take(&mut merge, 0).is_empty());
        assert!(take(&mut merge, 999).is_empty());
        assert_eq!(take(&mut merge, 1_000), ["a", "b"]);
        assert_eq!(merge.forced(), 2);
        // What ends a transaction takes an offset but is never delivered: being caught up says so.
        merge.push(Partition(0), Offset(2), Some(3), 2_000, 1, "c");
        merge.caught_up(Partition(1));
        assert_eq!(take(&mut merge, 2_100), ["c"]);
    }

    #[test]
    fn what_nobody_depends_on_does_not_wait_and_a_revoked_partition_is_gone() {
        let mut merge = PartitionMerge::new(PATIENCE);
        assign(&mut merge, 0, 5);
        assign(&mut merge, 1, 5);
        merge.push(Partition(0), Offset(0), None, 0, 1, "rejected");
        merge.push(Partition(0), Offset(1), Some(7), 0, 1, "a");
        assert_eq!(take(&mut merge, 0), ["rejected"]);
        merge.revoke(Partition(0));
        merge.push(
            Partition(0),
            Offset(2),
            Some(8),
            0,
            1,
            "of a partition that is not ours",
        );
        assert_eq!(merge.waiting(), 0);
        assert!(take(&mut merge, 10_000).is_empty());
    }

    #[test]
    fn full_queues_pause_and_resume() {
        let mut merge = PartitionMerge::new(PATIENCE);
        assign(&mut merge, 0, 100);
        for offset in 0..10 {
            merge.push(Partition(0), Offset(offset), Some(offset), 0, 1, "x");
        }
        assert_eq!(merge.full_and_free(10, 1_000), (vec![Partition(0)], vec![]));
        assert_eq!(merge.full_and_free(10, 1_000), (vec![], vec![]));
        let mut taken = Vec::new();
        merge.take(0, 5, &mut taken);
        assert_eq!(merge.full_and_free(10, 1_000), (vec![], vec![Partition(0)]));
    }

    proptest! {
        /// Sorted partitions come out sorted, and the same however the arrival is cut, while
        /// nothing is forced.
        #[test]
        fn the_order_does_not_depend_on_arrival(
            times in prop::collection::vec((0i64..1000, 0i32..4), 1..200),
            arrival in prop::collection::vec(0usize..4, 0..400),
        ) {
            let mut partitions: Vec<Vec<i64>> = vec![vec![]; 4];
            for (time, partition) in &times {
                partitions[*partition as usize].push(*time);
            }
            partitions.iter_mut().for_each(|times| times.sort_unstable());
            let mut merge = PartitionMerge::new(PATIENCE);
            for (partition, times) in partitions.iter().enumerate() {
                let end = Offset(times.len() as i64);
                merge.assign(Partition(partition as i32), Offset::ZERO, end);
            }
            let mut next = [0usize; 4];
            let mut out: Vec<(i64, Partition)> = Vec::new();
            let rest = (0..4).flat_map(|partition| std::iter::repeat_n(partition, 200));
            for partition in arrival.into_iter().chain(rest) {
                if let Some(time) = partitions[partition].get(next[partition]) {
                    let number = Partition(partition as i32);
                    let offset = Offset(next[partition] as i64);
                    merge.push(number, offset, Some(*time), 0, 1, (*time, number));
                    next[partition] += 1;
                }
                merge.take(0, 3, &mut out);
            }
            merge.take(200, usize::MAX, &mut out);
            let mut expected: Vec<_> =
                times.into_iter().map(|(time, partition)| (time, Partition(partition))).collect();
            expected.sort_unstable();
            prop_assert_eq!(out, expected);
        }
    }
}
