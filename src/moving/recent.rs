//! The ids of the last records of a partition: what a provider or a connector sends twice is known
//! by them.

use std::collections::{HashMap, VecDeque};

use crate::login::Offset;

/// Ids of one partition, whatever its records hold.
const MOST_IDS: usize = 200_000;

/// Ids with the offset at which each was first seen.
#[derive(Debug)]
pub(super) struct RecentIds {
    span: u64,
    first: HashMap<u64, Offset, foldhash::fast::RandomState>,
    order: VecDeque<(Offset, u64)>,
}

impl RecentIds {
    /// Remembers ids over so many records.
    pub fn new(span: u64) -> Self {
        Self {
            span,
            first: HashMap::default(),
            order: VecDeque::new(),
        }
    }

    /// Whether an id comes for the first time with this record. A record that is read again after an
    /// abort repeats nothing.
    pub fn is_first(&mut self, id: u64, at: Offset) -> bool {
        if self.span == 0 {
            return true;
        }
        match self.first.get(&id) {
            Some(first) if *first < at && at.since(*first) <= self.span => false,
            Some(first) if *first == at => true,
            _ => {
                self.first.insert(id, at);
                self.order.push_back((at, id));
                if self.order.len() > MOST_IDS {
                    self.forget_oldest();
                }
                true
            }
        }
    }

    /// Forgets ids that are too long ago to matter to any record from here on.
    pub fn forget_before(&mut self, at: Offset) {
        while let Some((offset, _)) = self.order.front().copied() {
            if at.since(offset) <= self.span {
                return;
            }
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((offset, id)) = self.order.pop_front()
            && self.first.get(&id) == Some(&offset)
        {
            self.first.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_first_once_within_the_span_and_again_when_its_record_is_read_again() {
        let mut recent = RecentIds::new(10);
        assert!(recent.is_first(7, Offset(1)));
        assert!(recent.is_first(7, Offset(1)), "read again after an abort");
        assert!(!recent.is_first(7, Offset(2)));
        assert!(!recent.is_first(7, Offset(11)));
        assert!(recent.is_first(7, Offset(12)), "beyond the span");
        assert!(!recent.is_first(7, Offset(13)));
    }

    #[test]
    fn no_more_ids_are_kept_than_the_span_has() {
        let mut recent = RecentIds::new(100);
        for offset in 0..10_000 {
            assert!(recent.is_first(offset as u64, Offset(offset)));
            recent.forget_before(Offset(offset));
            assert!(recent.first.len() <= 101 && recent.order.len() <= 101);
        }
    }
}
