//! What was loaded of one partition, and whether it is enough.

use std::collections::{BTreeMap, BTreeSet};

use super::PackedName;
use super::page::{Head, OffsetVector};
use super::seal::Unreadable;
use crate::incident::IncidentId;
use crate::login::{Offset, Partition};
use crate::profile::PageNumber;

/// The state of a partition's logins when it was assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionStart {
    pub partition: Partition,
    /// The offset that the group committed.
    pub committed: Option<Offset>,
    /// Whether it was committed with what was read, and not set by somebody.
    pub is_ours: bool,
    /// Where reading begins without a committed offset.
    pub fallback: Offset,
    /// The first login that is still there, and the offset after the last.
    pub low: Offset,
    pub end: Offset,
}

/// Why a partition's pages are not enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lack {
    /// They are of another stream, which may still need them.
    Foreign(String),
    /// They cannot be used.
    Profiles(String),
    /// Logins that they need, or that nobody has scored, are gone.
    Logins(String),
}

impl Lack {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Foreign(text) | Self::Profiles(text) | Self::Logins(text) => text,
        }
    }
}

/// What was loaded of a partition.
pub(super) struct LoadedPart {
    pub start: PartitionStart,
    pub head: Option<Head>,
    pub pages: BTreeMap<PageNumber, Box<[PackedName]>>,
    pub cuts: BTreeMap<PageNumber, OffsetVector>,
    /// Pages that are there, whether they can be opened or not.
    pub numbers: BTreeSet<PageNumber>,
    /// The lowest number of a page that was loaded, and the highest that any page ever had.
    pub lowest: PageNumber,
    pub highest: PageNumber,
    pub unreadable: Option<Unreadable>,
    /// Parts of incidents, by their ids.
    pub incidents: BTreeMap<IncidentId, Vec<u8>>,
    /// Pages that are to be deleted.
    pub stale: Vec<PageNumber>,
}

impl LoadedPart {
    pub(super) fn new(start: PartitionStart) -> Self {
        Self {
            start,
            head: None,
            pages: BTreeMap::new(),
            cuts: BTreeMap::new(),
            numbers: BTreeSet::new(),
            lowest: PageNumber(u32::MAX),
            highest: PageNumber::NONE,
            unreadable: None,
            incidents: BTreeMap::new(),
            stale: Vec::new(),
        }
    }

    /// Group offsets expire after a week or so without a member, and a broker that is killed may
    /// lose the offsets of a transaction that it committed; the head still knows.
    pub(super) fn live_from(&self) -> Offset {
        let known = self.head.as_ref().map(|head| head.as_of);
        let known = known.filter(|as_of| *as_of <= self.start.end);
        let committed = match self.lost_to() {
            None => self.start.committed,
            lost_to => lost_to,
        };
        committed.or(known).unwrap_or(self.start.fallback)
    }

    /// Where the group would be, had the broker not lost offsets that were committed with a head.
    pub(super) fn lost_to(&self) -> Option<Offset> {
        let (head, committed) = (self.head.as_ref()?, self.start.committed?);
        let is_lost = self.start.is_ours && committed < head.as_of && head.as_of <= self.start.end;
        is_lost.then_some(head.as_of)
    }

    /// Why what was loaded is not enough; `None` where it is.
    pub(super) fn lack(&self, stream: &str) -> Option<Lack> {
        let (partition, low) = (self.start.partition, self.start.low);
        let live_from = self.live_from();
        let unusable = |text: String| {
            let cause = self.unreadable.map(|cause| format!(": {cause}"));
            let cause = cause.unwrap_or_default();
            Some(Lack::Profiles(format!(
                "partition {partition}: {text}{cause}"
            )))
        };
        let Some(head) = &self.head else {
            let started = self
                .start
                .committed
                .is_some_and(|offset| offset > Offset::ZERO);
            return if self.numbers.is_empty() && self.unreadable.is_none() && !started {
                None
            } else {
                unusable(format!(
                    "there are no usable profiles of its logins before {live_from}"
                ))
            };
        };
        if *head.stream != *stream {
            return Some(Lack::Foreign(format!(
                "partition {partition}: the profiles topic holds the profiles of {}, and this is {stream}; give it a topics.profiles of its own",
                head.stream
            )));
        }
        let mut pages = head.tail.until(head.next);
        if let Some(missing) = pages.find(|page| !self.pages.contains_key(page)) {
            return unusable(format!("page {missing} of its profiles is missing"));
        }
        if head.as_of > self.start.end {
            return unusable(format!(
                "its profiles hold the logins up to {}, but there are only {}: the topic was made anew",
                head.as_of, self.start.end
            ));
        }
        if live_from < head.as_of {
            return unusable(format!(
                "its profiles already hold the logins up to {}, but the group's offset was moved back to {live_from}",
                head.as_of
            ));
        }
        let lost = |text: String| Some(Lack::Logins(format!("partition {partition}: {text}")));
        if live_from > head.as_of {
            return lost(format!(
                "its profiles hold the logins up to {}, and those from there to {live_from} are in none: the group's offset was moved, or they were scored with checkpoint.enabled = false",
                head.as_of
            ));
        }
        if live_from < low {
            return lost(format!(
                "the logins from {live_from} to {low} were deleted before they were scored (retention)"
            ));
        }
        if head.redo_from < low && head.redo_from < head.as_of {
            return lost(format!(
                "the logins from {} to {low}, which its profiles still lack, were deleted (retention)",
                head.redo_from
            ));
        }
        None
    }

    /// Drops all pages: the logins from `low` on are gone through again.
    pub(super) fn begin_anew(&mut self, stream: &str, live_from: Offset, feedback: Offset) {
        let next = self.highest.plus(1);
        self.stale = std::mem::take(&mut self.numbers).into_iter().collect();
        self.pages.clear();
        self.cuts.clear();
        self.head = Some(Head {
            stream: stream.into(),
            as_of: live_from,
            redo_from: self.start.low.min(live_from),
            tail: next,
            next,
            rulings: Vec::new(),
            latest_s: 0,
            incidents: self.incidents.len() as u32,
            feedback: self.head.as_ref().map_or(feedback, |head| head.feedback),
        });
    }
}
