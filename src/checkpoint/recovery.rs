//! From the profiles topic back to the profiles: what to load, whether it can be trusted, and what
//! to redo.
//!
//! The state it ends with is right, or it is refused with the reason. Where it cannot be right from
//! the pages alone, but every login there ever was is still in Kafka, it is found again from the
//! logins.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::page::{Head, OffsetVector, Page, PageSections, ProfileRecord, page_number};
use super::part::{Lack, LoadedPart, PartitionStart};
use super::seal::{Seal, Unreadable};
use super::{Checkpoint, PageLog, WrittenPage, pack_name};
use crate::incident::Incidents;
use crate::login::{Id, Offset, OffsetRange, Partition};
use crate::profile::cells::peek;
use crate::profile::{
    BatchNumber, CellKind, CellName, CellState, DamagedCell, Disposition, PageNumber, Profiles,
};

/// A record of the profiles topic, opened or not.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub partition: Partition,
    /// Of a page, whether it can be opened or not.
    pub number: Option<PageNumber>,
    pub record: Result<ProfileRecord, Unreadable>,
}

impl Loaded {
    /// Opens a record.
    #[must_use]
    pub fn open(seal: &Seal, partition: Partition, key: &[u8], value: Option<&[u8]>) -> Self {
        Self {
            partition,
            number: page_number(key),
            record: ProfileRecord::open(seal, partition, key, value, PageSections::Everything),
        }
    }
}

/// State that would not be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the profiles cannot be restored, and nothing is scored with half of them: {0}. To go on without what is lost, set checkpoint.accept_loss = true for one start"
)]
pub struct Refused(pub String);

/// Why a restore ended.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Damaged(#[from] DamagedCell),
}

/// How it goes on once everything is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecoveryOutcome {
    /// The logins to go through again, silently.
    pub redo: Vec<OffsetRange>,
    /// Partitions whose verdicts have to be found again.
    pub detect: BTreeSet<Partition>,
    /// Where each partition goes live.
    pub live_from: OffsetVector,
    /// What somebody should know.
    pub warnings: Vec<String>,
}

/// A cell by what it is about; a user has one, whichever partition writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct GoneKey {
    kind: CellKind,
    id: Id,
    writer: Option<Partition>,
}

fn gone_key(name: CellName) -> GoneKey {
    GoneKey {
        kind: name.kind,
        id: name.id,
        writer: (name.kind != CellKind::User).then_some(name.partition),
    }
}

/// The page that says something of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PagePlace {
    partition: Partition,
    number: PageNumber,
}

/// A restore under way.
pub struct Recovery {
    /// Of which group's profiles of which topic it is.
    stream: Box<str>,
    parts: BTreeMap<Partition, LoadedPart>,
    /// Partitions whose cells are still in memory as they were committed.
    kept: Vec<Partition>,
    /// Cells that were thrown out, and the page that says so.
    gone: HashMap<GoneKey, PagePlace, foldhash::fast::RandomState>,
    outcome: RecoveryOutcome,
}

impl Recovery {
    /// Begins to restore partitions, beside those that are kept.
    #[must_use]
    pub fn new(stream: &str, starts: &[PartitionStart], kept: Vec<Partition>) -> Self {
        Self {
            stream: stream.into(),
            parts: starts
                .iter()
                .map(|start| (start.partition, LoadedPart::new(*start)))
                .collect(),
            kept,
            gone: HashMap::default(),
            outcome: RecoveryOutcome::default(),
        }
    }

    /// How it goes on, once that is decided.
    #[must_use]
    pub fn outcome(&self) -> &RecoveryOutcome {
        &self.outcome
    }

    /// No profiles are kept, so none are restored: each partition goes live where the group is.
    /// Says whether that is after logins that had been scored.
    pub fn skip(&mut self) -> bool {
        let live_from = |part: &LoadedPart| (part.start.partition, part.live_from());
        self.outcome.live_from = self.parts.values().map(live_from).collect();
        let mut parts = self.parts.values();
        parts.any(|part| part.start.committed.is_some())
    }

    /// The partitions that are being restored.
    #[must_use]
    pub fn partitions(&self) -> Vec<Partition> {
        self.parts.keys().copied().collect()
    }

    /// Takes the next record, in the order of the topic.
    pub fn load(&mut self, loaded: Loaded, profiles: &mut Profiles) -> Result<(), DamagedCell> {
        let Some(part) = self.parts.get_mut(&loaded.partition) else {
            return Ok(());
        };
        if let Some(number) = loaded.number {
            part.highest = part.highest.max(number);
            part.numbers.insert(number);
        }
        match loaded.record {
            Ok(ProfileRecord::Head(head)) => part.head = Some(head),
            Ok(ProfileRecord::Dropped(number)) => {
                part.pages.remove(&number);
                part.numbers.remove(&number);
            }
            Ok(ProfileRecord::Page(page)) => {
                return self.load_page(loaded.partition, page, profiles);
            }
            Ok(ProfileRecord::Incident(id, Some(bytes))) => {
                part.incidents.insert(id, bytes);
            }
            Ok(ProfileRecord::Incident(id, None)) => {
                part.incidents.remove(&id);
            }
            Ok(ProfileRecord::Other) => {}
            // A page that does not count any more does not hurt; whether it counts is known at the
            // end.
            Err(unreadable) => {
                match loaded.number {
                    Some(number) => {
                        part.pages.remove(&number);
                    }
                    None => part.head = None,
                }
                part.unreadable = Some(unreadable);
            }
        }
        Ok(())
    }

    fn load_page(
        &mut self,
        partition: Partition,
        page: Page,
        profiles: &mut Profiles,
    ) -> Result<(), DamagedCell> {
        let place = PagePlace {
            partition,
            number: page.number,
        };
        let Some(part) = self.parts.get_mut(&partition) else {
            return Ok(());
        };
        part.lowest = part.lowest.min(page.number);
        part.cuts.insert(page.number, page.cut);
        let names = page
            .cells
            .iter()
            .map(|(kind, id, _)| pack_name(&(*kind, *id)));
        part.pages.insert(page.number, names.collect());
        for (kind, id, bytes) in page.cells {
            let name = kind.of(id, partition);
            let key = gone_key(name);
            let gone = self.gone.get(&key).copied();
            let later_than_gone = gone.is_none_or(|gone| self.is_later(place, gone));
            let Some(bytes) = bytes else {
                profiles.remove(name)?;
                if later_than_gone {
                    self.gone.insert(key, place);
                }
                continue;
            };
            if !later_than_gone || !self.is_latest(name, &bytes, place, profiles) {
                continue;
            }
            if gone.is_some() {
                self.gone.remove(&key);
            }
            if !profiles.put(name, bytes, page.number)
                && let Some(part) = self.parts.get_mut(&partition)
            {
                part.unreadable = Some(Unreadable::Damaged);
                part.pages.remove(&page.number);
            }
        }
        Ok(())
    }

    /// Whether a page was written after another, or with it. Within a partition the topic's order
    /// says so; between two, the logins of those partitions that both know.
    fn is_later(&self, place: PagePlace, than: PagePlace) -> bool {
        place.partition == than.partition || self.order(place, than).is_none_or(Ordering::is_ge)
    }

    /// The order in which pages of two partitions were written, where both know logins of a
    /// partition.
    fn order(&self, place: PagePlace, than: PagePlace) -> Option<Ordering> {
        let cut = |place: PagePlace| self.parts.get(&place.partition)?.cuts.get(&place.number);
        let (cut, other) = (cut(place)?, cut(than)?);
        let both = cut
            .iter()
            .filter_map(|(partition, offset)| Some((*offset, *other.get(partition)?)));
        let ahead = both.map(|(offset, other)| offset.0 - other.0);
        let sum = ahead.reduce(|sum, offsets| sum + offsets)?;
        Some(sum.cmp(&0))
    }

    /// A user whom two partitions have written is the one of the page written later, or, where
    /// two processes wrote them, the one met later.
    fn is_latest(
        &self,
        name: CellName,
        bytes: &[u8],
        place: PagePlace,
        profiles: &Profiles,
    ) -> bool {
        if name.kind != CellKind::User {
            return true;
        }
        let Some(known) = profiles.user_state(name.id, name.partition) else {
            return true;
        };
        if known.writer == name.partition {
            return true;
        }
        // What is still in memory is how it was committed last.
        if self.kept.contains(&known.writer) {
            return false;
        }
        let known_place = PagePlace {
            partition: known.writer,
            number: known.mark.page,
        };
        let last_s = peek(&mut &bytes[..]).map_or(0, |(last_s, _)| last_s);
        let order = self.order(place, known_place).unwrap_or(Ordering::Equal);
        order.then(last_s.cmp(&known.last_s)).is_ge()
    }

    /// Everything is read: says how to go on, or why not to.
    pub fn decide(
        &mut self,
        profiles: &mut Profiles,
        accept_loss: bool,
    ) -> Result<(), RestoreError> {
        let lacks: Vec<(Partition, Lack)> = self
            .parts
            .iter()
            .filter_map(|(partition, part)| Some((*partition, part.lack(&self.stream)?)))
            .collect();
        let texts: Vec<&str> = lacks.iter().map(|(_, lack)| lack.text()).collect();
        let text = texts.join("; ");
        let foreign = lacks
            .iter()
            .any(|(_, lack)| matches!(lack, Lack::Foreign(_)));
        self.tell_lost_offsets();
        let whole = self
            .parts
            .values()
            .all(|part| part.start.low == Offset::ZERO);
        let mut anew: Vec<Partition> = Vec::new();
        if lacks.is_empty() {
        } else if whole && !foreign {
            anew = self.parts.keys().copied().collect();
            self.outcome.warnings.push(format!(
                "{text}; every login is still there, so the profiles are found again from the logins"
            ));
        } else if accept_loss {
            let unusable = |lack: &Lack| !matches!(lack, Lack::Logins(_));
            anew = lacks
                .iter()
                .filter(|(_, lack)| unusable(lack))
                .map(|(partition, _)| *partition)
                .collect();
            self.outcome
                .warnings
                .push(format!("{text}; going on without what is lost"));
        } else {
            return Err(Refused(text).into());
        }
        self.plan_redo(profiles, &anew)?;
        Ok(())
    }

    fn tell_lost_offsets(&mut self) {
        for (partition, part) in &self.parts {
            if let (Some(lost_to), Some(committed)) = (part.lost_to(), part.start.committed) {
                self.outcome.warnings.push(format!(
                    "partition {partition}: the broker has the group at {committed}, and lost that it \
                     had committed {lost_to} with the profiles; going on at {lost_to}"
                ));
            }
        }
    }

    /// Sets out what to redo: for the partitions in `anew` all logins there are.
    fn plan_redo(
        &mut self,
        profiles: &mut Profiles,
        anew: &[Partition],
    ) -> Result<(), DamagedCell> {
        profiles.remove_partitions(anew)?;
        self.gone
            .retain(|_, place| !anew.contains(&place.partition));
        // Where a head cannot be read, the others say how far verdicts have acted.
        let heads = self.parts.values().filter_map(|part| part.head.as_ref());
        let feedback = heads.map(|head| head.feedback).max().unwrap_or_default();
        if !anew.is_empty() && feedback > Offset::ZERO {
            self.outcome.warnings.push(
                "verdicts on users' own devices and networks are not in what is found again; send them again".to_owned(),
            );
        }
        let mut tails = BTreeMap::new();
        for (partition, part) in &mut self.parts {
            let live_from = part.live_from().max(part.start.low);
            if anew.contains(partition) {
                part.begin_anew(&self.stream, live_from, feedback);
                self.outcome.detect.insert(*partition);
            }
            self.outcome.live_from.insert(*partition, live_from);
            let Some(head) = &part.head else { continue };
            let from = head.redo_from.max(part.start.low);
            let to = head.as_of.min(live_from);
            if from < to {
                self.outcome.redo.push(OffsetRange {
                    partition: *partition,
                    from,
                    to,
                });
            }
            if part.lowest < head.tail {
                tails.insert(*partition, head.tail);
                part.pages.retain(|number, _| *number >= head.tail);
                part.cuts.retain(|number, _| *number >= head.tail);
            }
        }
        // What was last written to a page that does not count any more is not there any more.
        if !tails.is_empty() {
            profiles.remove_before(&tails)?;
        }
        Ok(())
    }

    /// Whether the verdicts of a partition have to be found again.
    #[must_use]
    pub fn detects(&self, partition: Partition) -> bool {
        self.outcome.detect.contains(&partition)
    }

    /// How a login was ruled when it was first met.
    #[must_use]
    pub fn disposition(&self, partition: Partition, offset: Offset) -> Disposition {
        let ruled = || {
            let head = self.parts.get(&partition)?.head.as_ref()?;
            let place = head
                .rulings
                .binary_search_by_key(&offset, |(offset, _)| *offset);
            Some(head.rulings[place.ok()?].1)
        };
        ruled().unwrap_or(Disposition::Clear)
    }

    /// Notes a verdict that was found again.
    pub fn note_ruling(&mut self, partition: Partition, offset: Offset, ruled: Disposition) {
        if ruled == Disposition::Clear {
            return;
        }
        let part = self.parts.get_mut(&partition);
        if let Some(head) = part.and_then(|part| part.head.as_mut()) {
            head.rulings.push((offset, ruled));
        }
    }

    /// Notes the time of a login whose verdict was found again.
    pub fn note_time(&mut self, partition: Partition, time_s: u32) {
        let part = self.parts.get_mut(&partition);
        if let Some(head) = part.and_then(|part| part.head.as_mut()) {
            head.latest_s = head.latest_s.max(time_s);
        }
    }

    /// Puts the incidents back. They were written with every batch that changed them, so there is
    /// nothing to redo; what cannot be read of them begins anew with the next flagged login.
    pub fn restore_incidents(&mut self, incidents: &mut Incidents) {
        for (partition, part) in &mut self.parts {
            let expected = part.head.as_ref().map_or(0, |head| head.incidents);
            let mut restored = 0;
            for (id, bytes) in std::mem::take(&mut part.incidents) {
                restored += u32::from(incidents.restore(*partition, id, Some(&bytes)));
            }
            if self.outcome.detect.contains(partition) {
                incidents.apply_again(*partition);
            }
            if restored < expected {
                self.outcome.warnings.push(format!(
                    "partition {partition}: {} of {expected} incidents are lost or cannot be read; what goes on of them begins anew",
                    expected - restored
                ));
            }
        }
    }

    /// Whether a cell does not hold a login yet that goes to it.
    #[must_use]
    pub fn lacks(
        &self,
        partition: Partition,
        offset: Offset,
        kind: CellKind,
        id: Id,
        state: Option<CellState>,
    ) -> bool {
        let place = match state {
            Some(state) if self.kept.contains(&state.writer) => return false,
            Some(state) => Some(PagePlace {
                partition: state.writer,
                number: state.mark.page,
            }),
            None => self.gone.get(&gone_key(kind.of(id, partition))).copied(),
        };
        let cut = place.and_then(|place| self.parts.get(&place.partition)?.cuts.get(&place.number));
        cut.and_then(|cut| cut.get(&partition))
            .is_none_or(|as_of| offset >= *as_of)
    }

    /// Everything is redone: the checkpoint goes on from here.
    pub fn finish(self, profiles: &mut Profiles, checkpoint: &mut Checkpoint) {
        profiles.settle();
        let batch = profiles.journal().dirty().front().map(|dirty| dirty.batch);
        // Everything that is dirty counts as changed by one batch, so what is kept is to be redone
        // from its own start.
        let (oldest, mut redo) = checkpoint
            .history
            .pop_front()
            .unwrap_or_else(|| (BatchNumber::NONE, checkpoint.cut.clone()));
        for page in checkpoint.logs.values_mut().flat_map(|log| &mut log.pages) {
            if page.batch >= oldest {
                page.batch = batch.unwrap_or_default();
            }
        }
        let written = profiles.count_written();
        for (partition, part) in self.parts {
            let live_from = self.outcome.live_from.get(&partition).copied();
            let live_from = live_from.unwrap_or(part.start.fallback);
            let head = part.head.unwrap_or(Head {
                as_of: live_from,
                redo_from: live_from,
                ..Head::default()
            });
            let redo_from = head.redo_from.min(live_from);
            checkpoint.cut.insert(partition, live_from);
            checkpoint.told.insert(partition, redo_from);
            checkpoint.latest.insert(partition, head.latest_s);
            checkpoint.incidents.insert(partition, head.incidents);
            checkpoint.feedback.insert(partition, head.feedback);
            redo.insert(partition, redo_from);
            checkpoint
                .rulings
                .insert(partition, head.rulings.into_iter().collect());
            let pages: VecDeque<WrittenPage> = part
                .pages
                .into_iter()
                .map(|(number, cells)| {
                    let as_of = part.cuts.get(&number).and_then(|cut| cut.get(&partition));
                    let passed_over = as_of.is_some_and(|as_of| *as_of > redo_from);
                    WrittenPage {
                        batch: batch.filter(|_| passed_over).unwrap_or_default(),
                        cells,
                    }
                })
                .collect();
            let log = PageLog {
                tail: head.tail.max(PageNumber::FIRST),
                entries: pages.iter().map(|page| page.cells.len()).sum(),
                pages,
                live: written.get(&partition).copied().unwrap_or(0),
                stale: part.stale,
            };
            checkpoint.logs.insert(partition, log);
        }
        let owned = profiles.journal().owned();
        redo.retain(|partition, _| owned.contains(partition));
        checkpoint.history.clear();
        if let Some(batch) = batch {
            checkpoint.history.push_back((batch, redo));
        }
    }
}
