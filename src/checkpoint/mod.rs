//! Profiles that outlive the process: a fuzzy checkpoint in Kafka, and the redo of what it lacks.
//!
//! Changed cells are written to *pages* of the profiles topic, partition by partition, inside the
//! transaction of a batch: oldest change first, within a budget. A *head* in the same transaction
//! says from which login on some cell lacks something (`redo_from`), and which of those logins were
//! flagged. A restore reads the pages and applies the logins from `redo_from` to the committed
//! offset to the cells that do not hold them yet. That gives the state of the process that wrote
//! them, bit for bit, because what a login does to a cell depends on that login, its verdict and
//! that cell alone.
//!
//! Pages are numbered, and those from `tail` to `next` count. When most of what they hold was
//! written again since, the oldest are dropped and their last living cells written anew, so the
//! topic stays within about twice the state. Every number from tail to next must be there, or the
//! state is refused: half a state is never taken for a whole one.

mod metrics;
pub mod page;
mod part;
mod plan;
mod recovery;
pub mod seal;

use std::collections::{BTreeMap, VecDeque};

pub use metrics::CheckpointMetrics;
pub use page::{Head, OffsetVector, Page, PageSections, ProfileRecord, page_number};
pub use part::PartitionStart;
pub use plan::{BatchEnd, CheckpointPlan, Ruling};
pub use recovery::{Loaded, Recovery, RecoveryOutcome, Refused, RestoreError};
pub use seal::{Seal, SealError, Unreadable};

use crate::login::{Id, Offset, Partition};
use crate::profile::{BatchNumber, CellKind, CellName, Disposition, PageNumber, Profiles};
use page::PageDraft;

/// Entries that a partition's pages may hold beyond twice its cells before the oldest page is
/// dropped.
const SLACK_ENTRIES: usize = 2_048;
/// The budget grows by this much when as many logins have to be redone as `max_redo` allows.
const URGENCY: f64 = 8.0;
/// Rulings of logins that are to be redone make heads large: with more of them, cells are written.
const MOST_RULINGS: usize = 100_000;
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
    pub partition: Partition,
    pub key: Vec<u8>,
    pub value: Option<Vec<u8>>,
}

/// A cell in the list of a page: its kind and id.
type PackedName = [u8; 17];

fn pack_name((kind, id): &(CellKind, Id)) -> PackedName {
    let mut packed = [*kind as u8; 17];
    packed[1..].copy_from_slice(&id.to_bytes());
    packed
}

fn unpack_name(packed: &PackedName, partition: Partition) -> Option<CellName> {
    let id: [u8; 16] = packed[1..].try_into().ok()?;
    Some(CellKind::from_byte(packed[0])?.of(Id::from_bytes(id), partition))
}

/// A written page that still counts.
#[derive(Debug)]
struct WrittenPage {
    /// The batch it was written with.
    batch: BatchNumber,
    cells: Box<[PackedName]>,
}

/// The pages of one partition.
#[derive(Debug)]
struct PageLog {
    tail: PageNumber,
    /// From `tail` on.
    pages: VecDeque<WrittenPage>,
    /// Cells in all of them, and how many of those are the last state of their cell.
    entries: usize,
    live: usize,
    /// Pages of another life that are still to be deleted.
    stale: Vec<PageNumber>,
}

impl Default for PageLog {
    fn default() -> Self {
        Self {
            tail: PageNumber::FIRST,
            pages: VecDeque::new(),
            entries: 0,
            live: 0,
            stale: Vec::new(),
        }
    }
}

impl PageLog {
    fn next(&self) -> PageNumber {
        self.tail.plus(self.pages.len() as u32)
    }

    fn most_entries(&self) -> usize {
        2 * self.live + SLACK_ENTRIES
    }

    fn drop_oldest(&mut self, count: u32) {
        for page in self.pages.drain(..count as usize) {
            self.entries -= page.cells.len();
        }
        self.tail = self.tail.plus(count);
    }
}

/// The one who writes the checkpoint of the partitions of this process.
pub struct Checkpoint {
    stream: String,
    seal: Seal,
    config: CheckpointConfig,
    logs: BTreeMap<Partition, PageLog>,
    /// What is committed.
    cut: OffsetVector,
    /// For each batch that some dirty cell still needs, the cut before it; oldest first.
    history: VecDeque<(BatchNumber, OffsetVector)>,
    /// What cannot be found again of the logins since the oldest of them.
    rulings: BTreeMap<Partition, VecDeque<(Offset, Disposition)>>,
    /// From where on the last head of each partition says that logins are to be redone.
    told: OffsetVector,
    /// The latest event time of the logins of each partition, seconds since 1970.
    latest: LatestTimes,
    /// How many parts of incidents each partition keeps.
    incidents: BTreeMap<Partition, u32>,
    /// The offset after the last verdict that acted for each partition.
    feedback: OffsetVector,
}

/// For each partition, the latest event time of its logins, seconds since 1970.
pub type LatestTimes = BTreeMap<Partition, u32>;

impl Checkpoint {
    /// `stream` names the group and the topic whose profiles these are.
    #[must_use]
    pub fn new(stream: String, seal: Seal, config: CheckpointConfig) -> Self {
        Self {
            stream,
            seal,
            config,
            logs: BTreeMap::new(),
            cut: OffsetVector::new(),
            history: VecDeque::new(),
            rulings: BTreeMap::new(),
            told: OffsetVector::new(),
            latest: LatestTimes::new(),
            incidents: BTreeMap::new(),
            feedback: OffsetVector::new(),
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

    /// The latest event time of all logins that are committed, seconds since 1970.
    #[must_use]
    pub fn latest_s(&self) -> u32 {
        self.latest.values().copied().max().unwrap_or(0)
    }

    /// The offset after the last verdict that acted, for each partition of this process.
    #[must_use]
    pub fn feedback(&self) -> &OffsetVector {
        &self.feedback
    }

    #[must_use]
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// What is committed, for the partitions of this process.
    #[must_use]
    pub fn cut(&self) -> &OffsetVector {
        &self.cut
    }

    /// Whether the cells of a partition in memory are those that were committed up to an offset.
    #[must_use]
    pub fn keeps(&self, partition: Partition, committed: Option<Offset>) -> bool {
        self.logs.contains_key(&partition) && self.cut.get(&partition).copied() == committed
    }

    /// Forgets all partitions but these: the others are another process's now, or are to be
    /// restored.
    pub fn keep(&mut self, partitions: &[Partition]) {
        self.logs
            .retain(|partition, _| partitions.contains(partition));
        self.cut
            .retain(|partition, _| partitions.contains(partition));
        self.rulings
            .retain(|partition, _| partitions.contains(partition));
        self.told
            .retain(|partition, _| partitions.contains(partition));
        self.latest
            .retain(|partition, _| partitions.contains(partition));
        self.incidents
            .retain(|partition, _| partitions.contains(partition));
        self.feedback
            .retain(|partition, _| partitions.contains(partition));
    }

    /// How many logins a restore would have to redo.
    #[must_use]
    pub fn redo(&self) -> u64 {
        let oldest = self.history.front().map(|(_, cut)| cut);
        oldest.map_or(0, |oldest| distance(oldest, &self.cut))
    }

    /// How much may be written after a time since the last commit: more, the more would have to be
    /// redone.
    #[must_use]
    pub fn budget(&self, since_ms: u64) -> usize {
        if self.rulings.values().map(VecDeque::len).sum::<usize>() > MOST_RULINGS {
            return MOST_BYTES;
        }
        let seconds = since_ms.min(1_000) as f64 / 1_000.0;
        let urgency = 1.0 + URGENCY * self.redo() as f64 / f64::from(self.config.max_redo.max(1));
        let bytes = f64::from(self.config.bytes_per_second) * seconds * urgency;
        // At least one cell, so that every commit makes progress; and no more than a transaction
        // has time for.
        (bytes as usize).clamp(1, MOST_BYTES)
    }

    /// The plan is committed.
    pub fn commit(&mut self, profiles: &mut Profiles, plan: CheckpointPlan) {
        for (partition, latest_s) in plan.latest {
            let latest = self.latest.entry(partition).or_default();
            *latest = latest_s.max(*latest);
        }
        if !self.config.enabled {
            profiles.journal_mut().forget();
            return;
        }
        self.incidents.extend(plan.incidents);
        if let Some(offset) = plan.feedback {
            for seen in self.feedback.values_mut() {
                *seen = offset.max(*seen);
            }
        }
        for partition in &plan.heads {
            let redo = plan.redo.get(partition).copied();
            self.told.extend(redo.map(|redo| (*partition, redo)));
        }
        for (name, was_written) in profiles.journal().gone() {
            if let Some(log) = self.logs.get_mut(&name.partition).filter(|_| *was_written) {
                log.live = log.live.saturating_sub(1);
            }
        }
        for (partition, draft) in plan.pages {
            self.add_page(profiles, partition, &draft);
        }
        for (partition, log) in &mut self.logs {
            log.stale.clear();
            log.drop_oldest(plan.dropped.get(partition).copied().unwrap_or(0));
        }
        self.move_history(profiles, plan.consumed);
        self.cut = plan.cut;
        self.remember_rulings(&plan.rulings, &plan.redo);
    }

    fn add_page(&mut self, profiles: &mut Profiles, partition: Partition, draft: &PageDraft) {
        let Some(log) = self.logs.get_mut(&partition) else {
            return;
        };
        let number = log.next();
        for (kind, id) in &draft.cells {
            let name = kind.of(*id, partition);
            if let Some(mark) = profiles.mark(name) {
                log.live += usize::from(!mark.is_written());
                profiles.set_written(name, number);
            }
        }
        log.entries += draft.cells.len();
        log.pages.push_back(WrittenPage {
            batch: profiles.journal().batch(),
            cells: draft.cells.iter().map(pack_name).collect(),
        });
    }

    /// Remembers the cut before this batch while cells that it changed are unwritten, and forgets
    /// those that none needs.
    fn move_history(&mut self, profiles: &mut Profiles, consumed: usize) {
        let batch = profiles.journal().batch();
        let changed = profiles.journal().dirty().back();
        if changed.is_some_and(|dirty| dirty.batch == batch) {
            self.history
                .push_back((batch, std::mem::take(&mut self.cut)));
        }
        profiles.journal_mut().written(consumed);
        let oldest = profiles.journal().dirty().front();
        let oldest = oldest.map_or(BatchNumber::NONE, |dirty| dirty.batch);
        while self
            .history
            .front()
            .is_some_and(|(batch, _)| *batch < oldest)
        {
            self.history.pop_front();
        }
    }

    fn remember_rulings(&mut self, new: &[Ruling], redo: &OffsetVector) {
        for new in new {
            self.rulings
                .entry(new.partition)
                .or_default()
                .push_back((new.offset, new.disposition));
        }
        for (partition, rulings) in &mut self.rulings {
            let from = redo.get(partition);
            let passed = |offset: Offset| from.is_none_or(|from| offset < *from);
            while rulings.front().is_some_and(|(offset, _)| passed(*offset)) {
                rulings.pop_front();
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

fn distance(from: &OffsetVector, to: &OffsetVector) -> u64 {
    to.iter()
        .map(|(partition, end)| {
            let start = from.get(partition).copied().unwrap_or(*end);
            end.since(start)
        })
        .sum()
}
