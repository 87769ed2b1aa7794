//! Profiles that outlive the process: a fuzzy checkpoint in Kafka, and the redo of what it lacks.
//!
//! Changed cells are written to *pages* of the profiles topic, partition by partition, inside the transaction of a batch:
//! oldest change first, within a budget. A *head* in the same transaction says from which login on some cell lacks
//! something (`redo_from`), and which of those logins were flagged. A restore reads the pages and applies the logins from
//! `redo_from` to the committed offset to the cells that do not hold them yet. That gives the state of the process that
//! wrote them, bit for bit, because what a login does to a cell depends on that login, its verdict and that cell alone.
//!
//! Pages are numbered, and those from `tail` to `next` count. When most of what they hold was written again since, the
//! oldest are dropped and their last living cells written anew, so the topic stays within about twice the state. Every
//! number from tail to next must be there, or the state is refused: half a state is never taken for a whole one.

pub mod page;
mod part;
mod recovery;
pub mod seal;

use std::collections::{BTreeMap, VecDeque};

use rayon::prelude::*;

pub use page::{Cut, Head, Page, ProfileRecord, Wanted, page_number};
pub use part::Start;
pub use recovery::{Loaded, Outcome, Recovery, Refused};
pub use seal::{Seal, Unreadable};

use crate::login::Id;
use crate::profile::{CellKind, CellName, Profiles};
use page::{HEAD_KEY, PageDraft, page_key};

/// A page is closed when it has this many bytes: it compresses well by then, and its record stays small.
const PAGE_BYTES: usize = 128 << 10;
/// Entries that a partition's pages may hold beyond twice its cells before the oldest page is dropped.
const SLACK_ENTRIES: usize = 2_048;
/// The budget grows by this much when as many logins have to be redone as `max_redo` allows.
const URGENCY: f64 = 8.0;
/// The most that one transaction writes, but for what was thrown out.
pub const MOST_BYTES: usize = 16 << 20;

/// How the checkpoint is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CheckpointConfig {
    pub enabled: bool,
    /// Cells written a second while few logins would have to be redone, before compression.
    pub bytes_per_second: u32,
    /// From here on the budget grows steeply.
    pub max_redo: u32,
    /// Whether to go on where logins or profiles are lost for good.
    pub accept_loss: bool,
}

/// A record for the profiles topic; without a value it deletes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileMessage {
    pub partition: i32,
    pub key: Vec<u8>,
    pub value: Option<Vec<u8>>,
}

/// A cell in the list of a page: its kind and id.
type Packed = [u8; 17];

fn pack((kind, id): &(CellKind, Id)) -> Packed {
    let mut packed = [*kind as u8; 17];
    packed[1..].copy_from_slice(&id.to_bytes());
    packed
}

fn unpack(packed: &Packed, partition: i32) -> Option<CellName> {
    let id: [u8; 16] = packed[1..].try_into().ok()?;
    Some(CellName {
        kind: CellKind::from_byte(packed[0])?,
        id: Id::from_bytes(id),
        partition,
    })
}

/// A written page that still counts.
#[derive(Debug)]
struct WrittenPage {
    /// The batch it was written with.
    batch: u64,
    cells: Box<[Packed]>,
}

/// The pages of one partition.
#[derive(Debug)]
struct PageLog {
    tail: u32,
    /// From `tail` on.
    pages: VecDeque<WrittenPage>,
    /// Cells in all of them, and how many of those are the last state of their cell.
    entries: usize,
    live: usize,
    /// Pages of another life that are still to be deleted.
    stale: Vec<u32>,
}

impl Default for PageLog {
    fn default() -> Self {
        Self {
            tail: 1,
            pages: VecDeque::new(),
            entries: 0,
            live: 0,
            stale: Vec::new(),
        }
    }
}

impl PageLog {
    fn next(&self) -> u32 {
        self.tail + self.pages.len() as u32
    }

    fn most_entries(&self) -> usize {
        2 * self.live + SLACK_ENTRIES
    }
}

/// The end of a batch, as a checkpoint needs it.
#[derive(Clone, Copy, Debug)]
pub struct BatchEnd<'a> {
    /// For each partition of the batch, the offset after its last record.
    pub offsets: &'a Cut,
    /// (partition, offset) of its flagged logins, rising within a partition.
    pub flagged: &'a [(i32, i64)],
}

/// What to write with a batch. Nothing of it counts before [`Checkpoint::commit`].
#[derive(Debug, Default)]
pub struct Plan {
    pub messages: Vec<ProfileMessage>,
    /// Cells written, and their bytes before compression.
    pub cells: usize,
    pub bytes: usize,
    /// Entries of the journal that it deals with.
    consumed: usize,
    pages: Vec<(i32, PageDraft)>,
    /// For each partition, how many pages it drops.
    dropped: BTreeMap<i32, u32>,
    cut: Cut,
    redo: Cut,
    flagged: Vec<(i32, i64)>,
    /// Partitions whose heads are among the messages.
    heads: Vec<i32>,
}

/// The one who writes the checkpoint of the partitions of this process.
pub struct Checkpoint {
    stream: String,
    seal: Seal,
    config: CheckpointConfig,
    logs: BTreeMap<i32, PageLog>,
    /// What is committed.
    cut: Cut,
    /// For each batch that some dirty cell still needs, the cut before it; oldest first.
    history: VecDeque<(u64, Cut)>,
    /// Flagged logins since the oldest of them.
    flagged: BTreeMap<i32, VecDeque<i64>>,
    /// From where on the last head of each partition says that logins are to be redone.
    told: Cut,
}

impl Checkpoint {
    /// `stream` names the group and the topic whose profiles these are.
    #[must_use]
    pub fn new(stream: String, seal: Seal, config: CheckpointConfig) -> Self {
        Self {
            stream,
            seal,
            config,
            logs: BTreeMap::new(),
            cut: Cut::new(),
            history: VecDeque::new(),
            flagged: BTreeMap::new(),
            told: Cut::new(),
        }
    }

    #[must_use]
    pub fn stream(&self) -> &str {
        &self.stream
    }

    #[must_use]
    pub fn config(&self) -> &CheckpointConfig {
        &self.config
    }

    #[must_use]
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// What is committed, for the partitions of this process.
    #[must_use]
    pub fn cut(&self) -> &Cut {
        &self.cut
    }

    /// Whether the cells of a partition in memory are those that were committed up to an offset.
    #[must_use]
    pub fn keeps(&self, partition: i32, committed: Option<i64>) -> bool {
        self.logs.contains_key(&partition) && self.cut.get(&partition).copied() == committed
    }

    /// Forgets a partition that is another process's now, or is to be restored.
    pub fn forget(&mut self, partition: i32) {
        self.logs.remove(&partition);
        self.cut.remove(&partition);
        self.flagged.remove(&partition);
        self.told.remove(&partition);
    }

    /// How many logins a restore would have to redo.
    #[must_use]
    pub fn redo(&self) -> u64 {
        let oldest = self.history.front().map(|(_, cut)| cut);
        oldest.map_or(0, |oldest| distance(oldest, &self.cut))
    }

    /// How much may be written after a time since the last commit: more, the more would have to be redone.
    #[must_use]
    pub fn budget(&self, since_ms: u64) -> usize {
        let seconds = since_ms.min(1_000) as f64 / 1_000.0;
        let urgency = 1.0 + URGENCY * self.redo() as f64 / f64::from(self.config.max_redo.max(1));
        let bytes = f64::from(self.config.bytes_per_second) * seconds * urgency;
        // At least one cell, so that every commit makes progress; and no more than a transaction has time for.
        (bytes as usize).clamp(1, MOST_BYTES)
    }

    /// Plans what to write with a batch, at most about `budget` bytes.
    #[must_use]
    pub fn plan(&self, profiles: &Profiles, end: BatchEnd<'_>, budget: usize) -> Plan {
        if !self.config.enabled {
            return Plan::default();
        }
        let mut drafts = Drafts::new(profiles);
        // Thrown out, or thrown out and begun anew: from this offset on it is another cell.
        for (name, _) in profiles.journal().gone() {
            drafts.add(*name);
            // A user may have begun anew in another partition.
            if let Some(now) = profiles.user_written_elsewhere(*name) {
                drafts.add(now);
            }
        }
        let consumed = self.write_dirty(&mut drafts, budget);
        let mut cut = self.cut.clone();
        cut.extend(end.offsets);
        let redo = self.redo_after(profiles, consumed, &cut);
        let oldest = profiles.journal().dirty().get(consumed);
        let dropped = self.clean(&mut drafts, oldest.map(|dirty| dirty.batch), budget);
        let mut plan = Plan {
            cells: drafts.cells,
            bytes: drafts.bytes(),
            consumed,
            pages: drafts.pages,
            dropped,
            cut,
            redo,
            flagged: end.flagged.to_vec(),
            heads: Vec::new(),
            messages: Vec::new(),
        };
        plan.messages = self.messages(&plan, end.offsets);
        let heads = plan
            .messages
            .iter()
            .filter(|message| message.key == HEAD_KEY);
        plan.heads = heads.map(|message| message.partition).collect();
        plan
    }

    /// Writes changed cells, oldest change first, and gives how many entries of the journal that deals with.
    fn write_dirty(&self, drafts: &mut Drafts<'_>, budget: usize) -> usize {
        let journal = drafts.profiles.journal();
        for (consumed, dirty) in journal.dirty().iter().enumerate() {
            if drafts.bytes() >= budget {
                return consumed;
            }
            let still_dirty = |name| drafts.profiles.mark(name).is_some_and(|mark| mark.dirty);
            if journal.owns(dirty.name.partition) && still_dirty(dirty.name) {
                drafts.add(dirty.name);
            }
        }
        journal.dirty().len()
    }

    /// From where logins have to be redone once the first entries of the journal are dealt with.
    fn redo_after(&self, profiles: &Profiles, consumed: usize, cut: &Cut) -> Cut {
        let Some(oldest) = profiles.journal().dirty().get(consumed) else {
            return cut.clone();
        };
        let known = self
            .history
            .iter()
            .find(|(batch, _)| *batch >= oldest.batch);
        // A batch without a history is the one at hand.
        known.map_or_else(|| self.cut.clone(), |(_, cut)| cut.clone())
    }

    /// Writes the living cells of the oldest pages anew where pages hold too much that is dead.
    fn clean(
        &self,
        drafts: &mut Drafts<'_>,
        oldest_dirty: Option<u64>,
        budget: usize,
    ) -> BTreeMap<i32, u32> {
        let mut dropped = BTreeMap::new();
        let most_bytes = drafts.bytes() + budget.max(PAGE_BYTES);
        for (partition, log) in &self.logs {
            let mut entries = log.entries;
            for (index, page) in log.pages.iter().enumerate() {
                // A page that a redo still passes over may hold the word that something was thrown out.
                let needed = oldest_dirty.is_some_and(|oldest| page.batch >= oldest);
                if entries <= log.most_entries() || needed || drafts.bytes() >= most_bytes {
                    break;
                }
                let number = log.tail + index as u32;
                for name in page
                    .cells
                    .iter()
                    .filter_map(|cell| unpack(cell, *partition))
                {
                    if drafts
                        .profiles
                        .mark(name)
                        .is_some_and(|mark| mark.page == number)
                    {
                        drafts.add(name);
                    }
                }
                entries -= page.cells.len();
                *dropped.entry(*partition).or_default() += 1;
            }
        }
        dropped
    }

    fn messages(&self, plan: &Plan, offsets: &Cut) -> Vec<ProfileMessage> {
        let mut next: BTreeMap<i32, u32> = BTreeMap::new();
        let numbered: Vec<(i32, u32, &PageDraft)> = plan
            .pages
            .iter()
            .map(|(partition, draft)| {
                let log_next = self.logs.get(partition).map_or(1, PageLog::next);
                let next = next.entry(*partition).or_insert(log_next);
                *next += 1;
                (*partition, *next - 1, draft)
            })
            .collect();
        let mut messages: Vec<ProfileMessage> = numbered
            .par_iter()
            .filter_map(|(partition, number, draft)| {
                Some(ProfileMessage {
                    partition: *partition,
                    key: page_key(*number),
                    value: Some(draft.close(&self.seal, *partition, *number, &plan.cut)?),
                })
            })
            .collect();
        for (partition, log) in &self.logs {
            let dropped = plan.dropped.get(partition).copied().unwrap_or(0);
            let gone = log.stale.iter().copied();
            for number in gone.chain(log.tail..log.tail + dropped) {
                messages.push(ProfileMessage {
                    partition: *partition,
                    key: page_key(number),
                    value: None,
                });
            }
            let next = next.get(partition).copied().unwrap_or(log.next());
            let changed = next > log.next() || dropped > 0 || !log.stale.is_empty();
            let changed = changed || self.is_overtaken(plan, *partition);
            if changed || offsets.contains_key(partition) {
                messages.extend(self.head(plan, *partition, log.tail + dropped, next));
            }
        }
        messages
    }

    /// Whether nothing is to be redone of a partition whose last head still says so, or pages are dropped that it passes
    /// over.
    fn is_overtaken(&self, plan: &Plan, partition: i32) -> bool {
        let told = self.told.get(&partition);
        let redo = plan.redo.get(&partition);
        let moved = matches!((told, redo), (Some(told), Some(redo)) if told < redo);
        moved && (!plan.dropped.is_empty() || redo == plan.cut.get(&partition))
    }

    fn head(&self, plan: &Plan, partition: i32, tail: u32, next: u32) -> Option<ProfileMessage> {
        let as_of = plan.cut.get(&partition).copied()?;
        let redo_from = plan.redo.get(&partition).copied().unwrap_or(as_of);
        let known = self.flagged.get(&partition).into_iter().flatten().copied();
        let new = plan.flagged.iter();
        let new = new.filter(|(flagged, _)| *flagged == partition);
        let head = Head {
            stream: self.stream.as_str().into(),
            as_of,
            redo_from,
            tail,
            next,
            flagged: known
                .chain(new.map(|(_, offset)| *offset))
                .filter(|offset| *offset >= redo_from)
                .collect(),
        };
        Some(ProfileMessage {
            partition,
            key: HEAD_KEY.to_vec(),
            value: Some(head.close(&self.seal, partition)?),
        })
    }

    /// The plan is committed.
    pub fn commit(&mut self, profiles: &mut Profiles, plan: Plan) {
        if !self.config.enabled {
            profiles.journal_mut().forget();
            return;
        }
        for partition in &plan.heads {
            let redo = plan.redo.get(partition).copied();
            self.told.extend(redo.map(|redo| (*partition, redo)));
        }
        let batch = profiles.journal().batch();
        for (name, was_written) in profiles.journal().gone() {
            if let Some(log) = self.logs.get_mut(&name.partition).filter(|_| *was_written) {
                log.live = log.live.saturating_sub(1);
            }
        }
        for (partition, draft) in plan.pages {
            let Some(log) = self.logs.get_mut(&partition) else {
                continue;
            };
            let number = log.next();
            for (kind, id) in &draft.cells {
                let name = CellName {
                    kind: *kind,
                    id: *id,
                    partition,
                };
                if let Some(mark) = profiles.mark(name) {
                    log.live += usize::from(mark.page == 0);
                    profiles.set_written(name, number);
                }
            }
            log.entries += draft.cells.len();
            log.pages.push_back(WrittenPage {
                batch,
                cells: draft.cells.iter().map(pack).collect(),
            });
        }
        for log in self.logs.values_mut() {
            log.stale.clear();
        }
        for (partition, count) in plan.dropped {
            let Some(log) = self.logs.get_mut(&partition) else {
                continue;
            };
            for page in log.pages.drain(..count as usize) {
                log.entries -= page.cells.len();
            }
            log.tail += count;
        }
        let changed = profiles.journal().dirty().back();
        if changed.is_some_and(|dirty| dirty.batch == batch) {
            self.history
                .push_back((batch, std::mem::take(&mut self.cut)));
        }
        profiles.journal_mut().written(plan.consumed);
        let oldest = profiles.journal().dirty().front();
        let oldest = oldest.map_or(u64::MAX, |dirty| dirty.batch);
        while self
            .history
            .front()
            .is_some_and(|(batch, _)| *batch < oldest)
        {
            self.history.pop_front();
        }
        self.cut = plan.cut;
        self.remember_flagged(&plan.flagged, &plan.redo);
    }

    fn remember_flagged(&mut self, new: &[(i32, i64)], redo: &Cut) {
        for (partition, offset) in new {
            self.flagged
                .entry(*partition)
                .or_default()
                .push_back(*offset);
        }
        for (partition, flagged) in &mut self.flagged {
            let from = redo.get(partition).copied().unwrap_or(i64::MAX);
            while flagged.front().is_some_and(|offset| *offset < from) {
                flagged.pop_front();
            }
        }
    }

    /// Whether everything that is known is in the pages.
    #[must_use]
    pub fn is_complete(&self, profiles: &Profiles) -> bool {
        !self.config.enabled
            || (profiles.journal().dirty().is_empty() && profiles.journal().gone().is_empty())
    }
}

fn distance(from: &Cut, to: &Cut) -> u64 {
    to.iter()
        .map(|(partition, end)| {
            let start = from.get(partition).copied().unwrap_or(*end);
            u64::try_from(end - start).unwrap_or(0)
        })
        .sum()
}

/// Pages under construction: the open one of each partition, and those that are full.
struct Drafts<'a> {
    profiles: &'a Profiles,
    pages: Vec<(i32, PageDraft)>,
    /// Where the open page of a partition is among them.
    open: BTreeMap<i32, usize>,
    cells: usize,
    bytes: usize,
}

impl<'a> Drafts<'a> {
    fn new(profiles: &'a Profiles) -> Self {
        Self {
            profiles,
            pages: Vec::new(),
            open: BTreeMap::new(),
            cells: 0,
            bytes: 0,
        }
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds the state of a cell, or the word that it is gone.
    fn add(&mut self, name: CellName) {
        let index = match self.open.get(&name.partition) {
            Some(index) if self.pages[*index].1.bytes() < PAGE_BYTES => *index,
            _ => {
                self.pages.push((name.partition, PageDraft::default()));
                let index = self.pages.len() - 1;
                self.open.insert(name.partition, index);
                index
            }
        };
        let draft = &mut self.pages[index].1;
        let before = draft.bytes();
        draft.add(name.kind, name.id, |out| self.profiles.write(name, out));
        self.bytes += draft.bytes() - before;
        self.cells += 1;
    }
}
