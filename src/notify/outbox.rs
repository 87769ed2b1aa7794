//! What a receiver was to be told and was not yet, and how far it stands in the topic.
//!
//! Of each partition the receiver stands at the first record that waits. What comes after it and was
//! already sent must not be sent again by the next process: so with the place goes a note of which
//! of the following records wait, and how far all others are done.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Notice, Schedule};
use crate::login::{Offset, Partition};
use crate::recent::RecentIncident;

/// Where so many wait for the end of quiet hours or for a digest, the oldest go. Their note
/// has to fit the 4 096 bytes that brokers keep with an offset.
const MOST_WAITING: usize = 200;
/// In one digest.
const MOST_IN_DIGEST: usize = 50;

/// A record of the topic.
#[derive(Clone, Debug)]
pub struct Read {
    pub partition: Partition,
    pub offset: Offset,
    /// When it was written, by the broker.
    pub at_ms: i64,
    pub incident: Arc<RecentIncident>,
}

/// How far a receiver stands in a partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The first record that it was not told of.
    pub offset: Offset,
    /// Which further records wait, and up to where all others are done.
    pub note: String,
}

impl Standing {
    /// Everything before it is done, and nothing after it.
    #[must_use]
    pub fn at(offset: Offset) -> Self {
        Self {
            offset,
            note: String::new(),
        }
    }

    /// What the note says: the offsets that wait, the first by itself and each further one by its
    /// distance from the one before, and the first that was not read. `None` where there is none, or it is not ours.
    fn waiting(&self) -> Option<(Vec<Offset>, Offset)> {
        let (read_to, steps) = self.note.strip_prefix("read ")?.split_once(" waiting ")?;
        let (mut offset, mut waiting) = (0_i64, Vec::new());
        for step in steps.split(',') {
            offset = offset.checked_add(step.parse::<i64>().ok()?)?;
            waiting.push(Offset(offset));
        }
        Some((waiting, Offset(read_to.parse().ok()?)))
    }

    fn of(waiting: &[Offset], read_to: Offset) -> Self {
        let Some(first) = waiting.first() else {
            return Self::at(read_to);
        };
        let mut before = 0;
        let steps = waiting.iter().map(|offset| {
            let step = offset.0 - before;
            before = offset.0;
            step.to_string()
        });
        let steps: Vec<String> = steps.collect();
        Self {
            offset: *first,
            note: format!("read {} waiting {}", read_to.0, steps.join(",")),
        }
    }
}

/// Of one partition.
#[derive(Debug)]
struct Part {
    /// The first that was not read.
    read_to: Offset,
    /// Where an earlier process had read on: of what is before, only these wait.
    before: Option<(Vec<Offset>, Offset)>,
    waiting: BTreeMap<Offset, Read>,
}

/// The outbox of one receiver.
#[derive(Debug)]
pub struct Outbox {
    schedule: Schedule,
    parts: BTreeMap<Partition, Part>,
}

impl Outbox {
    #[must_use]
    pub fn new(schedule: Schedule) -> Self {
        Self {
            schedule,
            parts: BTreeMap::new(),
        }
    }

    /// Begins partitions where the receiver stands; what of others waits is another process's now.
    pub fn assign(&mut self, standings: &BTreeMap<Partition, Standing>) {
        self.parts.clear();
        for (partition, standing) in standings {
            let part = Part {
                read_to: standing.offset,
                before: standing.waiting(),
                waiting: BTreeMap::new(),
            };
            self.parts.insert(*partition, part);
        }
    }

    /// A record that is not for this receiver.
    pub fn skip(&mut self, partition: Partition, offset: Offset) {
        if let Some(part) = self.parts.get_mut(&partition) {
            part.read_to = part.read_to.max(Offset(offset.0 + 1));
        }
    }

    /// A record that the receiver is to be told of.
    pub fn take(&mut self, read: Read) {
        let Some(part) = self.parts.get_mut(&read.partition) else {
            return;
        };
        if read.offset < part.read_to {
            return;
        }
        part.read_to = Offset(read.offset.0 + 1);
        if let Some((waiting, read_to)) = &part.before
            && read.offset < *read_to
            && !waiting.contains(&read.offset)
        {
            return;
        }
        part.waiting.insert(read.offset, read);
    }

    /// Whether so many wait that no more should be read.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len() >= MOST_WAITING
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.values().map(|part| part.waiting.len()).sum()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// When the oldest that waits was written.
    #[must_use]
    pub fn oldest_ms(&self) -> Option<i64> {
        self.waiting().map(|read| read.at_ms).min()
    }

    fn waiting(&self) -> impl Iterator<Item = &Read> {
        self.parts.values().flat_map(|part| part.waiting.values())
    }

    /// What is to be sent now: what is urgent, one by one and the oldest first; else what has waited
    /// long enough, together.
    #[must_use]
    pub fn due(&self, now_ms: i64) -> Option<Notice> {
        let order = |read: &&Read| (read.at_ms, read.partition, read.offset);
        let is_urgent = |read: &&Read| self.schedule.is_at_once(read.incident.severity);
        if let Some(urgent) = self.waiting().filter(is_urgent).min_by_key(order) {
            return Some(Notice::one(urgent.clone()));
        }
        let mut waited: Vec<&Read> = self.waiting().collect();
        waited.sort_unstable_by_key(order);
        let first = waited.first()?;
        if !self.is_full() {
            let is_gathering = now_ms < first.at_ms.saturating_add(self.schedule.digest_ms);
            if self.schedule.is_quiet(now_ms) || is_gathering {
                return None;
            }
        }
        if self.schedule.digest_ms == 0 && !self.schedule.is_quiet(first.at_ms) {
            return Some(Notice::one((*first).clone()));
        }
        let together: Vec<Read> = waited
            .into_iter()
            .take(MOST_IN_DIGEST)
            .filter(|read| self.schedule.digest_ms > 0 || self.schedule.is_quiet(read.at_ms))
            .cloned()
            .collect();
        Notice::of(together)
    }

    /// What was sent, or given up, waits no more.
    pub fn done(&mut self, notice: &Notice) {
        for read in notice.reads() {
            if let Some(part) = self.parts.get_mut(&read.partition) {
                part.waiting.remove(&read.offset);
            }
        }
    }

    /// How far the receiver stands.
    #[must_use]
    pub fn standings(&self) -> BTreeMap<Partition, Standing> {
        let standing = |part: &Part| {
            let mut waiting: Vec<Offset> = part.waiting.keys().copied().collect();
            let mut read_to = part.read_to;
            // What an earlier process left waiting, and this one has not come to yet.
            if let Some((before, before_to)) = &part.before {
                let unread = before.iter().filter(|offset| **offset >= read_to);
                waiting.extend(unread);
                read_to = read_to.max(*before_to);
            }
            Standing::of(&waiting, read_to)
        };
        let parts = self.parts.iter();
        parts
            .map(|(partition, part)| (*partition, standing(part)))
            .collect()
    }
}
