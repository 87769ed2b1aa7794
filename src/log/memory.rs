//! A log in memory with the semantics of Kafka's transactions and groups: the whole pipeline, and
//! several of them, in a test without a broker or a clock.
//!
//! [`MemoryBroker`] is the broker; each [`MemoryLog`] is one process's connection to it. A process
//! crashes when its calls begin to fail, and what it did not commit is as if it had never been.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{
    AlertMessage, Assigned, Budget, FeedbackRow, IncidentMessage, KeyedMessage, Log, LogError,
    Output, Polled, ProfileRow, Record, RejectedMessage, Rewound, SideBatch, SideTopic,
};
use crate::login::{Offset, OffsetRange, Partition};

/// Records that one look beside the stream brings at most.
const BESIDE_RECORDS: usize = 50;

#[derive(Clone, Debug, Default)]
struct State {
    logins: Vec<Vec<Record>>,
    /// The first login of each partition that is still there.
    lows: BTreeMap<Partition, Offset>,
    /// (offset, row) of each partition; a compaction takes rows out.
    profiles: Vec<Vec<(Offset, ProfileRow)>>,
    profiles_ends: BTreeMap<Partition, Offset>,
    committed: BTreeMap<Partition, Offset>,
    /// Partitions whose committed offset was set by somebody.
    moved: BTreeSet<Partition>,
    /// Of each member, its partitions.
    members: BTreeMap<u64, Vec<Partition>>,
    generation: u64,
    next_member: u64,
    alerts: Vec<AlertMessage>,
    incidents: Vec<IncidentMessage>,
    feedback: Vec<Vec<u8>>,
    verdicts: Vec<KeyedMessage>,
    audit: Vec<KeyedMessage>,
    refused: Vec<RejectedMessage>,
    rejected: Vec<RejectedMessage>,
    commits: u64,
}

/// Topics, a group and what it committed.
#[derive(Clone, Debug, Default)]
pub struct MemoryBroker(Arc<Mutex<State>>);

impl MemoryBroker {
    #[must_use]
    pub fn new(partitions: usize) -> Self {
        let state = State {
            logins: vec![Vec::new(); partitions],
            profiles: vec![Vec::new(); partitions],
            ..State::default()
        };
        Self(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a message and gives its offset.
    pub fn append(&self, partition: Partition, timestamp_ms: i64, value: Vec<u8>) -> Offset {
        let records = &mut self.state().logins[partition.0 as usize];
        let offset = end(records);
        records.push(Record {
            partition,
            offset,
            timestamp_ms: Some(timestamp_ms),
            value,
        });
        offset
    }

    /// A new member of the group, which is then balanced anew.
    #[must_use]
    pub fn join(&self) -> MemoryLog {
        let mut state = self.state();
        state.next_member += 1;
        let member = state.next_member;
        state.members.insert(member, Vec::new());
        state.balance();
        MemoryLog {
            broker: self.clone(),
            member,
            generation: 0,
            positions: BTreeMap::new(),
            paused: BTreeSet::new(),
            pending: Vec::new(),
            beside: None,
            others: BTreeMap::new(),
            left_at: BTreeMap::new(),
            started_at: BTreeMap::new(),
            feedback_at: 0,
            calls_to_live: None,
            faults: VecDeque::new(),
        }
    }

    /// The group notices that a member is gone, or gives up on one.
    pub fn leave(&self, member: u64) {
        let mut state = self.state();
        state.members.remove(&member);
        state.balance();
    }

    /// The group is balanced anew, though nobody came or went.
    pub fn rebalance(&self) {
        self.state().balance();
    }

    /// Grows with every rebalance.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.state().generation
    }

    /// Another broker of the same state, which then goes its own way.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self(Arc::new(Mutex::new(self.state().clone())))
    }

    /// Appends a row to the profiles, as a process that is not here would.
    pub fn append_profile(&self, row: ProfileRow) {
        self.state().append_profile(row);
    }

    /// What the profiles of a partition hold from an offset on, and the offset after it.
    #[must_use]
    pub fn profiles_since(&self, partition: Partition, from: Offset) -> (Vec<ProfileRow>, Offset) {
        let state = self.state();
        let rows = state.profiles[partition.0 as usize].iter();
        let new = rows.filter(|(offset, _)| *offset >= from);
        let new = new.map(|(_, row)| row.clone()).collect();
        (new, state.profiles_end(partition))
    }

    /// Keeps of each key of the profiles its last row alone, and no tombstones.
    pub fn compact(&self) {
        for rows in &mut self.state().profiles {
            let mut last: BTreeMap<Vec<u8>, Offset> = BTreeMap::new();
            for (offset, row) in rows.iter() {
                last.insert(row.key.clone(), *offset);
            }
            rows.retain(|(offset, row)| last[&row.key] == *offset && row.value.is_some());
        }
    }

    /// Deletes the logins of a partition before an offset, as retention does.
    pub fn delete_logins(&self, partition: Partition, before: Offset) {
        self.state().lows.insert(partition, before);
    }

    /// Changes or empties the profiles of a partition.
    pub fn damage_profiles(
        &self,
        partition: Partition,
        damage: impl FnOnce(&mut Vec<(Offset, ProfileRow)>),
    ) {
        damage(&mut self.state().profiles[partition.0 as usize]);
    }

    /// Moves the group's offset of a partition; `None` forgets it.
    pub fn set_committed(&self, partition: Partition, offset: Option<Offset>) {
        let mut state = self.state();
        state.moved.insert(partition);
        match offset {
            Some(offset) => state.committed.insert(partition, offset),
            None => state.committed.remove(&partition),
        };
    }

    /// Loses that an offset was committed: the group is where it was before.
    pub fn lose_committed(&self, partition: Partition, before: Offset) {
        self.state().committed.insert(partition, before);
    }

    #[must_use]
    pub fn committed(&self) -> BTreeMap<Partition, Offset> {
        self.state().committed.clone()
    }

    /// The visible alerts.
    #[must_use]
    pub fn alerts(&self) -> Vec<AlertMessage> {
        self.state().alerts.clone()
    }

    /// The visible records of incidents.
    #[must_use]
    pub fn incidents(&self) -> Vec<IncidentMessage> {
        self.state().incidents.clone()
    }

    /// Somebody says something.
    pub fn say(&self, verdict: &str) {
        self.state().feedback.push(verdict.as_bytes().to_vec());
    }

    #[must_use]
    pub fn verdicts(&self) -> Vec<KeyedMessage> {
        self.state().verdicts.clone()
    }

    #[must_use]
    pub fn audit(&self) -> Vec<KeyedMessage> {
        self.state().audit.clone()
    }

    #[must_use]
    pub fn refused(&self) -> Vec<RejectedMessage> {
        self.state().refused.clone()
    }

    #[must_use]
    pub fn rejected(&self) -> Vec<RejectedMessage> {
        self.state().rejected.clone()
    }

    #[must_use]
    pub fn commits(&self) -> u64 {
        self.state().commits
    }

    /// Bytes that the profiles topic holds.
    #[must_use]
    pub fn profile_bytes(&self) -> usize {
        let size = |row: &ProfileRow| row.key.len() + row.value.as_ref().map_or(0, Vec::len);
        self.state()
            .profiles
            .iter()
            .flatten()
            .map(|(_, row)| size(row))
            .sum()
    }

    /// The time of the latest login.
    #[must_use]
    pub fn last_ms(&self) -> i64 {
        let state = self.state();
        let times = state.logins.iter().flatten();
        times
            .filter_map(|record| record.timestamp_ms)
            .max()
            .unwrap_or(0)
    }

    /// Whether everything was read and committed.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        let state = self.state();
        let done = |partition: usize| state.committed.get(&Partition(partition as i32)).copied();
        state
            .logins
            .iter()
            .enumerate()
            .all(|(partition, records)| done(partition).unwrap_or_default() == end(records))
    }
}

impl State {
    /// Gives the partitions to the members in turn.
    fn balance(&mut self) {
        self.generation += 1;
        let members: Vec<u64> = self.members.keys().copied().collect();
        self.members.values_mut().for_each(Vec::clear);
        for partition in 0..self.logins.len() {
            if let Some(member) = members.get(partition % members.len().max(1))
                && let Some(partitions) = self.members.get_mut(member)
            {
                partitions.push(Partition(partition as i32));
            }
        }
    }

    fn low(&self, partition: Partition) -> Offset {
        self.lows.get(&partition).copied().unwrap_or_default()
    }

    fn profiles_end(&self, partition: Partition) -> Offset {
        let end = self.profiles_ends.get(&partition);
        end.copied().unwrap_or_default()
    }

    /// Appends a row to the profiles of its partition, and gives the offset after it.
    fn append_profile(&mut self, row: ProfileRow) -> Offset {
        let end = self.profiles_ends.entry(row.partition).or_default();
        let offset = *end;
        *end = offset.next();
        self.profiles[row.partition.0 as usize].push((offset, row));
        offset.next()
    }
}

/// The offset after the last of these records of a partition.
fn end(records: &[Record]) -> Offset {
    Offset(records.len() as i64)
}

/// What a commit does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The transaction is aborted.
    Abort,
    /// It is committed, and the process crashes before it knows.
    CommitAndCrash,
    /// The group is balanced anew just before, so that it is refused.
    Rebalance,
}

/// One process's connection.
#[derive(Debug)]
pub struct MemoryLog {
    broker: MemoryBroker,
    member: u64,
    /// Of the assignment that it knows.
    generation: u64,
    positions: BTreeMap<Partition, Offset>,
    paused: BTreeSet<Partition>,
    pending: Vec<Polled>,
    beside: Option<(SideTopic, Vec<OffsetRange>)>,
    /// Of each followed partition, the offset of the next row.
    others: BTreeMap<Partition, Offset>,
    /// Where the profiles of a partition ended when this process last wrote or restored them.
    left_at: BTreeMap<Partition, Offset>,
    /// Where reading was begun that was not committed since.
    started_at: BTreeMap<Partition, Offset>,
    feedback_at: usize,
    /// After so many calls every call fails, as if the process had been killed.
    pub calls_to_live: Option<u64>,
    /// What happens to the next commits; when it is empty they succeed.
    pub faults: VecDeque<Fault>,
}

impl MemoryLog {
    #[must_use]
    pub fn member(&self) -> u64 {
        self.member
    }

    #[must_use]
    pub fn broker(&self) -> &MemoryBroker {
        &self.broker
    }

    fn live(&mut self) -> Result<(), LogError> {
        match &mut self.calls_to_live {
            Some(0) => Err(LogError::Fatal("the process crashes here".into())),
            Some(calls) => {
                *calls -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// What the group says of this member's partitions since it last asked.
    fn rebalance(&mut self, into: &mut Vec<Polled>) {
        let state = self.broker.state();
        if self.generation == state.generation {
            return;
        }
        self.generation = state.generation;
        if !self.positions.is_empty() {
            into.push(Polled::Revoked(self.positions.keys().copied().collect()));
        }
        self.paused.clear();
        let mine = state.members.get(&self.member).cloned();
        let assigned: Vec<Assigned> = mine
            .unwrap_or_default()
            .into_iter()
            .map(|partition| {
                let profiles_end = state.profiles_end(partition);
                Assigned {
                    partition,
                    committed: state.committed.get(&partition).copied(),
                    is_ours: !state.moved.contains(&partition),
                    fallback: state.low(partition),
                    low: state.low(partition),
                    end: end(&state.logins[partition.0 as usize]),
                    profiles_end,
                    untouched: self.left_at.get(&partition) == Some(&profiles_end),
                }
            })
            .collect();
        self.positions = assigned
            .iter()
            .map(|assigned| (assigned.partition, assigned.position()))
            .collect();
        self.started_at.clear();
        self.left_at.extend(
            assigned
                .iter()
                .map(|assigned| (assigned.partition, assigned.profiles_end)),
        );
        into.push(Polled::Assigned(assigned));
    }
}

impl Log for MemoryLog {
    fn poll(&mut self, budget: Budget, into: &mut Vec<Polled>) -> Result<(), LogError> {
        self.live()?;
        self.rebalance(into);
        into.append(&mut self.pending);
        let state = self.broker.state();
        let mut left = budget.max_records;
        for (partition, position) in &mut self.positions {
            if self.paused.contains(partition) {
                continue;
            }
            let records = &state.logins[partition.0 as usize];
            into.push(Polled::End {
                partition: *partition,
                end: end(records),
            });
            while left > 0 && *position < end(records) {
                into.push(Polled::Record(records[position.0 as usize].clone()));
                *position = position.next();
                left -= 1;
            }
        }
        Ok(())
    }

    fn commit(&mut self, output: &Output) -> Result<(), LogError> {
        self.live()?;
        let fault = self.faults.pop_front().unwrap_or(Fault::None);
        let mut state = self.broker.state();
        if fault == Fault::Rebalance {
            state.balance();
        }
        if fault == Fault::Abort {
            return Err(LogError::Aborted("the test aborts it".into()));
        }
        if self.generation != state.generation {
            return Err(LogError::Aborted(
                "the group has another generation by now".into(),
            ));
        }
        state.alerts.extend(output.alerts.iter().cloned());
        state.incidents.extend(output.incidents.iter().cloned());
        state.verdicts.extend(output.verdicts.iter().cloned());
        state.audit.extend(output.audit.iter().cloned());
        state.refused.extend(output.refused.iter().cloned());
        state.rejected.extend(output.rejected.iter().cloned());
        state.committed.extend(
            output
                .offsets
                .iter()
                .map(|(partition, offset)| (*partition, *offset)),
        );
        for partition in output.offsets.keys() {
            state.moved.remove(partition);
            self.started_at.remove(partition);
        }
        state.commits += 1;
        for message in &output.profiles {
            let end = state.append_profile(ProfileRow {
                partition: message.partition,
                key: message.key.clone(),
                value: message.value.clone(),
            });
            self.left_at.insert(message.partition, end);
        }
        if fault == Fault::CommitAndCrash {
            return Err(LogError::Fatal("the process crashes here".into()));
        }
        Ok(())
    }

    fn rewind(&mut self) -> Result<(), LogError> {
        self.live()?;
        let state = self.broker.state();
        let mut rewound = Vec::new();
        for (partition, position) in &mut self.positions {
            let started_at = self.started_at.get(partition);
            let committed = started_at.or(state.committed.get(partition)).copied();
            *position = committed.unwrap_or(state.low(*partition));
            rewound.push(Rewound {
                partition: *partition,
                position: *position,
                end: end(&state.logins[partition.0 as usize]),
            });
        }
        self.paused.clear();
        self.pending.push(Polled::Rewound(rewound));
        Ok(())
    }

    fn start_at(&mut self, partition: Partition, offset: Offset) -> Result<(), LogError> {
        self.live()?;
        self.positions.insert(partition, offset);
        self.started_at.insert(partition, offset);
        Ok(())
    }

    fn set_paused(&mut self, partitions: &[Partition], paused: bool) -> Result<(), LogError> {
        self.live()?;
        for partition in partitions {
            if paused {
                self.paused.insert(*partition);
            } else {
                self.paused.remove(partition);
            }
        }
        Ok(())
    }

    fn read_beside(&mut self, side: SideTopic, ranges: &[OffsetRange]) -> Result<(), LogError> {
        self.live()?;
        self.beside = Some((side, ranges.to_vec()));
        Ok(())
    }

    fn poll_beside(&mut self, full: &[Partition], into: &mut SideBatch) -> Result<(), LogError> {
        self.live()?;
        let Some((side, ranges)) = &mut self.beside else {
            into.done = true;
            return Ok(());
        };
        let state = self.broker.state();
        for range in ranges.iter_mut() {
            if full.contains(&range.partition) {
                continue;
            }
            let to = range.to.min(Offset(range.from.0 + BESIDE_RECORDS as i64));
            match side {
                SideTopic::Logins => {
                    let records = &state.logins[range.partition.0 as usize];
                    into.logins
                        .extend_from_slice(&records[range.from.0 as usize..to.0 as usize]);
                }
                SideTopic::Profiles => {
                    let rows = state.profiles[range.partition.0 as usize].iter();
                    let wanted = rows.filter(|(offset, _)| (range.from..to).contains(offset));
                    into.profiles.extend(wanted.map(|(_, row)| row.clone()));
                }
            }
            range.from = to;
        }
        let ended = ranges.iter().filter(|range| range.from >= range.to);
        into.ended = ended.map(|range| range.partition).collect();
        ranges.retain(|range| range.from < range.to);
        into.done = ranges.is_empty();
        Ok(())
    }

    fn follow_others(
        &mut self,
        owned: &[Partition],
        afresh: &[Partition],
    ) -> Result<usize, LogError> {
        self.live()?;
        let partitions = self.broker.state().logins.len() as i32;
        let old = std::mem::take(&mut self.others);
        for partition in (0..partitions)
            .map(Partition)
            .filter(|partition| !owned.contains(partition))
        {
            let known = old.get(&partition).or(self.left_at.get(&partition));
            let known = known.filter(|_| !afresh.contains(&partition));
            self.others
                .insert(partition, known.copied().unwrap_or_default());
        }
        Ok(self.others.len())
    }

    fn poll_others(&mut self, into: &mut SideBatch) -> Result<(), LogError> {
        self.live()?;
        let state = self.broker.state();
        for (partition, from) in &mut self.others {
            let rows = state.profiles[partition.0 as usize].iter();
            let new = rows.filter(|(offset, _)| offset >= from);
            into.profiles.extend(new.map(|(_, row)| row.clone()));
            *from = state.profiles_end(*partition);
        }
        into.done = true;
        Ok(())
    }

    fn follow_feedback(&mut self, from: Offset) -> Result<(), LogError> {
        self.live()?;
        self.feedback_at = from.0 as usize;
        Ok(())
    }

    fn poll_feedback(&mut self, into: &mut Vec<FeedbackRow>) -> Result<(), LogError> {
        let state = self.broker.state();
        let new = state.feedback.iter().enumerate().skip(self.feedback_at);
        into.extend(new.map(|(offset, value)| FeedbackRow {
            offset: Offset(offset as i64),
            value: value.clone(),
        }));
        self.feedback_at = state.feedback.len();
        Ok(())
    }
}
