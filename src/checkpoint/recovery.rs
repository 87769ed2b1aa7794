//! From the profiles topic back to the profiles: what to load, whether it can be trusted, and what to redo.
//!
//! The state it ends with is right, or it is refused with the reason. Where it cannot be right from the pages alone, but
//! every login there ever was is still in Kafka, it is found again from the logins.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::page::{Cut, Head, Page, ProfileRecord, Wanted, page_number};
use super::seal::{Seal, Unreadable};
use super::{Checkpoint, PageLog, WrittenPage, pack};
use crate::login::Id;
use crate::profile::{AnyCell, Cell, CellKind, CellName, Lesson, Profiles, Standing};

/// The state of a partition's logins when it was assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    pub partition: i32,
    /// The offset that the group committed.
    pub committed: Option<i64>,
    /// Where reading begins without a committed offset.
    pub fallback: i64,
    /// The first login that is still there.
    pub low: i64,
}

/// A record of the profiles topic, opened or not.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub partition: i32,
    /// Of a page, whether it can be opened or not.
    pub number: Option<u32>,
    pub record: Result<ProfileRecord, Unreadable>,
}

impl Loaded {
    /// Opens a record.
    #[must_use]
    pub fn open(seal: &Seal, partition: i32, key: &[u8], value: Option<&[u8]>) -> Self {
        Self {
            partition,
            number: page_number(key),
            record: ProfileRecord::open(seal, partition, key, value, Wanted::Everything),
        }
    }
}

/// State that would not be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the profiles cannot be restored, and nothing is scored with half of them: {0}. To go on without what is lost, set checkpoint.accept_loss = true for one start"
)]
pub struct Refused(pub String);

/// What was loaded of a partition.
struct Part {
    start: Start,
    head: Option<Head>,
    pages: BTreeMap<u32, Box<[super::Packed]>>,
    cuts: BTreeMap<u32, Cut>,
    /// Pages that are there, whether they can be opened or not.
    numbers: BTreeSet<u32>,
    /// The highest number that any page ever had.
    highest: u32,
    unreadable: Option<Unreadable>,
    /// Pages that are to be deleted.
    stale: Vec<u32>,
}

impl Part {
    fn new(start: Start) -> Self {
        Self {
            start,
            head: None,
            pages: BTreeMap::new(),
            cuts: BTreeMap::new(),
            numbers: BTreeSet::new(),
            highest: 0,
            unreadable: None,
            stale: Vec::new(),
        }
    }

    /// Group offsets expire after a week or so without a member; the head still knows.
    fn live_from(&self) -> i64 {
        let known = self.head.as_ref().map(|head| head.as_of);
        self.start
            .committed
            .or(known)
            .unwrap_or(self.start.fallback)
    }

    /// Why what was loaded is not enough; `None` where it is.
    fn lack(&self) -> Option<Lack> {
        let (partition, low, live_from) = (self.start.partition, self.start.low, self.live_from());
        let unusable = |text: String| {
            let cause = self.unreadable.map(|cause| format!(": {cause}"));
            Some(Lack::Profiles(format!(
                "partition {partition}: {text}{}",
                cause.unwrap_or_default()
            )))
        };
        let Some(head) = &self.head else {
            let started = self.start.committed.is_some_and(|offset| offset > 0);
            return if self.numbers.is_empty() && self.unreadable.is_none() && !started {
                None
            } else {
                unusable(format!(
                    "there are no usable profiles of its logins before {live_from}"
                ))
            };
        };
        if let Some(missing) = (head.tail..head.next).find(|page| !self.pages.contains_key(page)) {
            return unusable(format!("page {missing} of its profiles is missing"));
        }
        if live_from < head.as_of {
            return unusable(format!(
                "its profiles already hold the logins up to {}, but the group's offset was moved back to {live_from}",
                head.as_of
            ));
        }
        if live_from < low {
            return Some(Lack::Logins(format!(
                "partition {partition}: the logins from {live_from} to {low} were deleted before they were scored (retention)"
            )));
        }
        (head.redo_from < low && head.redo_from < head.as_of).then(|| {
            Lack::Logins(format!(
                "partition {partition}: the logins from {} to {low}, which its profiles still lack, were deleted (retention)",
                head.redo_from
            ))
        })
    }

    /// Forgets pages that do not count any more but are still there.
    fn settle(&mut self, profiles: &mut Profiles) {
        let Some(tail) = self.head.as_ref().map(|head| head.tail) else {
            return;
        };
        if self
            .pages
            .first_key_value()
            .is_some_and(|(first, _)| *first < tail)
        {
            profiles.remove_before(self.start.partition, tail);
            self.pages.retain(|number, _| *number >= tail);
            self.cuts.retain(|number, _| *number >= tail);
        }
    }

    /// Drops all pages: the logins from `low` on are gone through again.
    fn begin_anew(&mut self, low: i64, live_from: i64) {
        let next = self.highest + 1;
        self.stale = std::mem::take(&mut self.numbers).into_iter().collect();
        self.pages.clear();
        self.cuts.clear();
        self.head = Some(Head {
            as_of: live_from,
            redo_from: low,
            tail: next,
            next,
            flagged: Vec::new(),
        });
    }
}

/// Why a partition's pages are not enough.
enum Lack {
    /// They cannot be used.
    Profiles(String),
    /// Logins that they need, or that nobody has scored, are gone.
    Logins(String),
}

/// How it goes on once everything is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// (partition, from, to) of the logins to go through again, silently.
    pub redo: Vec<(i32, i64, i64)>,
    /// Whether their verdicts have to be found again.
    pub detect: bool,
    /// Where each partition goes live.
    pub live_from: Cut,
    /// What somebody should know.
    pub warnings: Vec<String>,
}

/// A cell by what it is about; a user has one, whichever partition writes it.
type GoneKey = (CellKind, Id, Option<i32>);

/// Where it is said that a cell was thrown out.
#[derive(Clone, Copy, Debug)]
struct GonePage {
    stamp: i64,
    partition: i32,
    number: u32,
}

/// A restore under way.
pub struct Recovery {
    parts: BTreeMap<i32, Part>,
    /// Partitions whose cells are still in memory as they were committed.
    kept: Vec<i32>,
    /// Cells that were thrown out, and the page that says so.
    gone: HashMap<GoneKey, GonePage>,
    outcome: Option<Outcome>,
}

impl Recovery {
    /// Begins to restore partitions, beside those that are kept.
    #[must_use]
    pub fn new(starts: &[Start], kept: Vec<i32>) -> Self {
        Self {
            parts: starts
                .iter()
                .map(|start| (start.partition, Part::new(*start)))
                .collect(),
            kept,
            gone: HashMap::new(),
            outcome: None,
        }
    }

    /// Takes the next record, in the order of the topic.
    pub fn load(&mut self, loaded: Loaded, profiles: &mut Profiles) {
        let Some(part) = self.parts.get_mut(&loaded.partition) else {
            return;
        };
        if let Some(number) = loaded.number {
            part.highest = part.highest.max(number);
            part.numbers.insert(number);
        }
        match loaded.record {
            Ok(ProfileRecord::Head(head)) => part.head = Some(head),
            Ok(ProfileRecord::Dropped(number)) => {
                part.pages.remove(&number);
                part.cuts.remove(&number);
                part.numbers.remove(&number);
            }
            Ok(ProfileRecord::Page(page)) => self.load_page(loaded.partition, page, profiles),
            // A page that does not count any more does not hurt; whether it counts is known at the end.
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
    }

    fn load_page(&mut self, partition: i32, page: Page, profiles: &mut Profiles) {
        let stamp = stamp(&page.cut);
        let names: Vec<(CellKind, Id)> = page
            .cells
            .iter()
            .map(|(kind, id, _)| (*kind, *id))
            .collect();
        for (kind, id, cell) in page.cells {
            let name = CellName {
                kind,
                id,
                partition,
            };
            let key = gone_key(name);
            let gone_at = self.gone.get(&key).map_or(-1, |gone| gone.stamp);
            match cell {
                Some(cell) => {
                    if stamp >= gone_at && self.is_latest(name, &cell, stamp, profiles) {
                        profiles.put(name, cell, page.number);
                        self.gone.remove(&key);
                    }
                }
                None => {
                    profiles.remove(name);
                    if stamp >= gone_at {
                        let gone = GonePage {
                            stamp,
                            partition,
                            number: page.number,
                        };
                        self.gone.insert(key, gone);
                    }
                }
            }
        }
        if let Some(part) = self.parts.get_mut(&partition) {
            part.pages
                .insert(page.number, names.iter().map(pack).collect());
            part.cuts.insert(page.number, page.cut);
        }
    }

    /// A user whom two partitions have written is the one met later.
    fn is_latest(&self, name: CellName, cell: &AnyCell, stamp: i64, profiles: &Profiles) -> bool {
        let AnyCell::User(cell) = cell else {
            return true;
        };
        let Some(known) = profiles.user_standing(name.id, name.partition) else {
            return true;
        };
        if known.writer == name.partition {
            return true;
        }
        let part = self.parts.get(&known.writer);
        let known_stamp = part.and_then(|part| part.cuts.get(&known.mark.page));
        let known_stamp = known_stamp.map_or(-1, self::stamp);
        (known.last_s, known_stamp) <= (cell.last_s(), stamp)
    }

    /// Everything is read: says how to go on, or why not to.
    pub fn decide(
        &mut self,
        profiles: &mut Profiles,
        accept_loss: bool,
    ) -> Result<Outcome, Refused> {
        let lacks: Vec<Lack> = self.parts.values().filter_map(Part::lack).collect();
        let lost_profiles = lacks.iter().any(|lack| matches!(lack, Lack::Profiles(_)));
        let whole = self.parts.values().all(|part| part.start.low == 0);
        let texts: Vec<String> = lacks
            .into_iter()
            .map(|lack| match lack {
                Lack::Profiles(text) | Lack::Logins(text) => text,
            })
            .collect();
        let outcome = if texts.is_empty() {
            self.trust_pages(Vec::new())
        } else if whole || (accept_loss && lost_profiles) {
            let how = if whole {
                "all of them are still there, so the profiles are found again from the logins"
            } else {
                "the profiles are found again from the logins that are left"
            };
            self.trust_logins(profiles, vec![format!("{}; {how}", texts.join("; "))])
        } else if accept_loss {
            self.trust_pages(vec![format!("{}; going on without them", texts.join("; "))])
        } else {
            return Err(Refused(texts.join("; ")));
        };
        for part in self.parts.values_mut() {
            part.settle(profiles);
        }
        self.outcome = Some(outcome.clone());
        Ok(outcome)
    }

    fn trust_pages(&self, mut warnings: Vec<String>) -> Outcome {
        let mut outcome = Outcome {
            redo: Vec::new(),
            detect: false,
            live_from: Cut::new(),
            warnings: Vec::new(),
        };
        for (partition, part) in &self.parts {
            let start = part.start;
            let live_from = part.live_from().max(start.low);
            if let Some(head) = &part.head {
                let from = head.redo_from.max(start.low);
                if from < head.as_of {
                    outcome.redo.push((*partition, from, head.as_of));
                }
                if live_from > head.as_of {
                    warnings.push(format!(
                        "partition {partition}: the logins from {} to {live_from} are skipped, as somebody moved the group's offset",
                        head.as_of
                    ));
                }
            }
            outcome.live_from.insert(*partition, live_from);
        }
        outcome.warnings = warnings;
        outcome
    }

    fn trust_logins(&mut self, profiles: &mut Profiles, warnings: Vec<String>) -> Outcome {
        let mut outcome = Outcome {
            redo: Vec::new(),
            detect: true,
            live_from: Cut::new(),
            warnings,
        };
        self.gone.clear();
        for (partition, part) in &mut self.parts {
            profiles.remove_partition(*partition);
            let (low, live_from) = (part.start.low, part.live_from().max(part.start.low));
            if low < live_from {
                outcome.redo.push((*partition, low, live_from));
            }
            outcome.live_from.insert(*partition, live_from);
            part.begin_anew(low, live_from);
        }
        outcome
    }

    /// Whether a login was flagged when it was first met.
    #[must_use]
    pub fn was_flagged(&self, partition: i32, offset: i64) -> bool {
        self.parts
            .get(&partition)
            .and_then(|part| part.head.as_ref())
            .is_some_and(|head| head.flagged.binary_search(&offset).is_ok())
    }

    /// Notes a verdict that was found again.
    pub fn note_flagged(&mut self, partition: i32, offset: i64) {
        let part = self.parts.get_mut(&partition);
        if let Some(head) = part.and_then(|part| part.head.as_mut()) {
            head.flagged.push(offset);
        }
    }

    /// Applies a login to the cells that do not hold it yet.
    pub fn redo(&self, profiles: &mut Profiles, partition: i32, offset: i64, lesson: &Lesson<'_>) {
        profiles.replay(partition, lesson, |kind, id, standing| {
            self.lacks(partition, offset, kind, id, standing)
        });
    }

    fn lacks(
        &self,
        partition: i32,
        offset: i64,
        kind: CellKind,
        id: Id,
        standing: Option<Standing>,
    ) -> bool {
        let page = match standing {
            Some(standing) if self.kept.contains(&standing.writer) => return false,
            Some(standing) => Some((standing.writer, standing.mark.page)),
            None => {
                let name = CellName {
                    kind,
                    id,
                    partition,
                };
                let gone = self.gone.get(&gone_key(name));
                gone.map(|gone| (gone.partition, gone.number))
            }
        };
        page.and_then(|(writer, page)| self.parts.get(&writer)?.cuts.get(&page))
            .and_then(|cut| cut.get(&partition))
            .is_none_or(|as_of| offset >= *as_of)
    }

    /// Everything is redone: the checkpoint goes on from here.
    pub fn finish(self, profiles: &mut Profiles, checkpoint: &mut Checkpoint) {
        profiles.settle();
        let batch = profiles.journal().dirty().front().map(|dirty| dirty.batch);
        // Everything that is dirty counts as changed by one batch, so what is kept is to be redone from its own start.
        let (oldest, mut redo) = checkpoint.history.pop_front().map_or_else(
            || (u64::MAX, checkpoint.cut.clone()),
            |(oldest, cut)| (oldest, cut),
        );
        for page in checkpoint.logs.values_mut().flat_map(|log| &mut log.pages) {
            if page.batch >= oldest {
                page.batch = batch.unwrap_or(0);
            }
        }
        let live_from = self.outcome.map(|outcome| outcome.live_from);
        let live_from = live_from.unwrap_or_default();
        for (partition, part) in self.parts {
            let live_from = live_from.get(&partition).copied();
            let live_from = live_from.unwrap_or(part.start.fallback);
            let head = part.head.unwrap_or(Head {
                as_of: live_from,
                redo_from: live_from,
                ..Head::default()
            });
            checkpoint.cut.insert(partition, live_from);
            redo.insert(partition, head.redo_from.min(live_from));
            checkpoint
                .flagged
                .insert(partition, head.flagged.into_iter().collect());
            let live = profiles.count_written(partition);
            let pages: std::collections::VecDeque<WrittenPage> = part
                .pages
                .into_iter()
                .map(|(number, cells)| {
                    let as_of = part.cuts.get(&number).and_then(|cut| cut.get(&partition));
                    let passed_over = as_of.is_some_and(|as_of| *as_of > head.redo_from);
                    WrittenPage {
                        batch: if passed_over { batch.unwrap_or(0) } else { 0 },
                        cells,
                    }
                })
                .collect();
            checkpoint.logs.insert(
                partition,
                PageLog {
                    tail: head.tail.max(1),
                    entries: pages.iter().map(|page| page.cells.len()).sum(),
                    pages,
                    live,
                    stale: part.stale,
                },
            );
        }
        let owned = profiles.journal().owned().to_vec();
        redo.retain(|partition, _| owned.contains(partition));
        checkpoint.history.clear();
        if let Some(batch) = batch {
            checkpoint.history.push_back((batch, redo));
        }
    }
}

fn gone_key(name: CellName) -> GoneKey {
    let writer = (name.kind != CellKind::User).then_some(name.partition);
    (name.kind, name.id, writer)
}

/// Grows with every page that a process writes, whichever partition it is of.
fn stamp(cut: &Cut) -> i64 {
    cut.values().sum()
}
