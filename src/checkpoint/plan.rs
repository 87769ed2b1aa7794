//! What to write with a batch: cells that are due, pages that hold too much that is dead, and the
//! heads.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::page::{HEAD_KEY, Head, OffsetVector, PageDraft, page_key};
use super::seal::SealError;
use super::{Checkpoint, LatestTimes, PageLog, ProfileMessage, page, unpack_name};
use crate::incident::ChangedIncident;
use crate::login::{Offset, Partition};
use crate::profile::{BatchNumber, CellName, Disposition, PageNumber, Profiles};

/// A page is closed when it has this many bytes: it compresses well by then, and its record stays
/// small.
const PAGE_BYTES: usize = 128 << 10;

/// The end of a batch, as a checkpoint needs it.
#[derive(Clone, Copy, Debug)]
pub struct BatchEnd<'a> {
    /// For each partition of the batch, the offset after its last record.
    pub offsets: &'a OffsetVector,
    /// What cannot be found again of its logins, offsets rising within a partition.
    pub rulings: &'a [Ruling],
    /// The latest event time of its logins, by partition.
    pub latest: &'a LatestTimes,
    /// Parts of incidents that changed, and how many each of their partitions keeps now.
    pub incidents: &'a [ChangedIncident],
    pub incident_counts: &'a BTreeMap<Partition, u32>,
    /// The offset after the last verdict that acted with it, and the cells that verdicts changed.
    pub feedback: Option<Offset>,
    pub amended: &'a [CellName],
}

/// What was said of a login, where that cannot be found again: it is flagged, or held back.
#[derive(Clone, Copy, Debug)]
pub struct Ruling {
    pub partition: Partition,
    pub offset: Offset,
    pub disposition: Disposition,
}

/// What to write with a batch. Nothing of it counts before [`Checkpoint::commit`].
#[derive(Debug, Default)]
pub struct CheckpointPlan {
    pub messages: Vec<ProfileMessage>,
    /// Cells written.
    pub cells: usize,
    /// Entries of the journal that it deals with.
    pub(super) consumed: usize,
    pub(super) pages: Vec<(Partition, PageDraft)>,
    /// For each partition, how many pages it drops.
    pub(super) dropped: BTreeMap<Partition, u32>,
    pub(super) cut: OffsetVector,
    pub(super) redo: OffsetVector,
    pub(super) rulings: Vec<Ruling>,
    pub(super) latest: LatestTimes,
    pub(super) incidents: BTreeMap<Partition, u32>,
    pub(super) feedback: Option<Offset>,
    /// Partitions whose heads are among the messages.
    pub(super) heads: Vec<Partition>,
}

impl Checkpoint {
    /// Plans what to write with a batch: what must go with it, and of the rest at most about `budget`
    /// bytes.
    pub fn plan(
        &self,
        profiles: &Profiles,
        end: BatchEnd<'_>,
        budget: usize,
    ) -> Result<CheckpointPlan, SealError> {
        if !self.config.enabled {
            return Ok(CheckpointPlan {
                latest: end.latest.clone(),
                ..CheckpointPlan::default()
            });
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
        // Written as they are now, so that no redo has to know the verdict.
        for name in end.amended {
            drafts.add(*name);
        }
        let consumed = self.write_dirty(&mut drafts, budget);
        let mut cut = self.cut.clone();
        cut.extend(end.offsets);
        let redo = self.redo_after(profiles, consumed, &cut);
        let oldest = profiles.journal().dirty().get(consumed);
        let dropped = self.clean(&mut drafts, oldest.map(|dirty| dirty.batch), budget);
        let mut plan = CheckpointPlan {
            cells: drafts.cells,
            consumed,
            pages: drafts.pages,
            dropped,
            cut,
            redo,
            rulings: end.rulings.to_vec(),
            latest: end.latest.clone(),
            incidents: end.incident_counts.clone(),
            feedback: end.feedback,
            heads: Vec::new(),
            messages: Vec::new(),
        };
        plan.messages = self.messages(&plan, end.offsets)?;
        for changed in end.incidents {
            plan.messages
                .push(page::close_incident(&self.seal, changed)?);
        }
        let heads = plan
            .messages
            .iter()
            .filter(|message| message.key == HEAD_KEY);
        plan.heads = heads.map(|message| message.partition).collect();
        Ok(plan)
    }

    /// Writes changed cells, oldest change first, and gives how many entries of the journal that
    /// deals with.
    fn write_dirty(&self, drafts: &mut Drafts<'_>, budget: usize) -> usize {
        let journal = drafts.profiles.journal();
        for (consumed, dirty) in journal.dirty().iter().enumerate() {
            if drafts.bytes >= budget {
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
    fn redo_after(&self, profiles: &Profiles, consumed: usize, cut: &OffsetVector) -> OffsetVector {
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
        oldest_dirty: Option<BatchNumber>,
        budget: usize,
    ) -> BTreeMap<Partition, u32> {
        let mut dropped = BTreeMap::new();
        if budget == 0 {
            return dropped;
        }
        let most_bytes = drafts.bytes + budget.max(PAGE_BYTES);
        for (partition, log) in &self.logs {
            let mut entries = log.entries;
            for (index, page) in log.pages.iter().enumerate() {
                // A page that a redo still passes over may hold the word that something was thrown
                // out.
                let needed = oldest_dirty.is_some_and(|oldest| page.batch >= oldest);
                if entries <= log.most_entries() || needed || drafts.bytes >= most_bytes {
                    break;
                }
                let number = log.tail.plus(index as u32);
                for name in page
                    .cells
                    .iter()
                    .filter_map(|cell| unpack_name(cell, *partition))
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

    fn messages(
        &self,
        plan: &CheckpointPlan,
        offsets: &OffsetVector,
    ) -> Result<Vec<ProfileMessage>, SealError> {
        let mut next: BTreeMap<Partition, PageNumber> = BTreeMap::new();
        let numbered: Vec<(Partition, PageNumber, &PageDraft)> = plan
            .pages
            .iter()
            .map(|(partition, draft)| {
                let log_next = self.logs.get(partition);
                let log_next = log_next.map_or(PageNumber::FIRST, PageLog::next);
                let next = next.entry(*partition).or_insert(log_next);
                let number = *next;
                *next = number.plus(1);
                (*partition, number, draft)
            })
            .collect();
        let mut messages: Vec<ProfileMessage> = numbered
            .par_iter()
            .map(|(partition, number, draft)| {
                Ok(ProfileMessage {
                    partition: *partition,
                    key: page_key(*number),
                    value: Some(draft.close(&self.seal, *partition, *number, &plan.cut)?),
                })
            })
            .collect::<Result<_, SealError>>()?;
        for (partition, log) in &self.logs {
            let dropped = plan.dropped.get(partition).copied().unwrap_or(0);
            let (gone, tail) = (log.stale.iter().copied(), log.tail.plus(dropped));
            for number in gone.chain(log.tail.until(tail)) {
                messages.push(ProfileMessage {
                    partition: *partition,
                    key: page_key(number),
                    value: None,
                });
            }
            let next = next.get(partition).copied().unwrap_or(log.next());
            let changed = next > log.next() || dropped > 0 || !log.stale.is_empty();
            let changed = changed || self.is_overtaken(plan, *partition);
            let changed = changed || plan.incidents.contains_key(partition);
            let changed = changed || plan.feedback.is_some();
            if changed || offsets.contains_key(partition) {
                messages.extend(self.head(plan, *partition, tail, next)?);
            }
        }
        Ok(messages)
    }

    /// Whether nothing is to be redone of a partition whose last head still says so, or pages are
    /// dropped that it passes over.
    fn is_overtaken(&self, plan: &CheckpointPlan, partition: Partition) -> bool {
        let told = self.told.get(&partition);
        let redo = plan.redo.get(&partition);
        let moved = matches!((told, redo), (Some(told), Some(redo)) if told < redo);
        moved && (!plan.dropped.is_empty() || redo == plan.cut.get(&partition))
    }

    fn head(
        &self,
        plan: &CheckpointPlan,
        partition: Partition,
        tail: PageNumber,
        next: PageNumber,
    ) -> Result<Option<ProfileMessage>, SealError> {
        let Some(as_of) = plan.cut.get(&partition).copied() else {
            return Ok(None);
        };
        let redo_from = plan.redo.get(&partition).copied().unwrap_or(as_of);
        let known = self.rulings.get(&partition).into_iter().flatten().copied();
        let new = plan.rulings.iter();
        let new = new.filter(|ruling| ruling.partition == partition);
        let latest = plan.latest.get(&partition).max(self.latest.get(&partition));
        let incidents = plan.incidents.get(&partition);
        let incidents = incidents.or(self.incidents.get(&partition));
        let head = Head {
            latest_s: latest.copied().unwrap_or(0),
            incidents: incidents.copied().unwrap_or(0),
            feedback: plan
                .feedback
                .max(self.feedback.get(&partition).copied())
                .unwrap_or_default(),
            stream: self.stream.as_str().into(),
            as_of,
            redo_from,
            tail,
            next,
            rulings: known
                .chain(new.map(|ruling| (ruling.offset, ruling.disposition)))
                .filter(|(offset, _)| *offset >= redo_from)
                .collect(),
        };
        Ok(Some(ProfileMessage {
            partition,
            key: HEAD_KEY.to_vec(),
            value: Some(head.close(&self.seal, partition)?),
        }))
    }
}

/// Pages under construction: the open one of each partition, and those that are full.
struct Drafts<'a> {
    profiles: &'a Profiles,
    pages: Vec<(Partition, PageDraft)>,
    /// Where the open page of a partition is among them.
    open: BTreeMap<Partition, usize>,
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
