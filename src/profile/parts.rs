//! A profile: all cells of one thing, each with the partition that writes it.

use std::borrow::Cow;

use super::cells::{CheckpointMark, JudgedLogin, Mergeable, ProfileCell, is_idle, peek};
use super::store::Store;

/// A cell with its writer.
#[derive(Clone, Debug)]
pub struct Part<S> {
    pub partition: i32,
    pub mark: CheckpointMark,
    last_s: u32,
    established: bool,
    store: S,
}

impl<S: Store> Part<S> {
    #[must_use]
    pub fn new(partition: i32, mark: CheckpointMark, cell: S::ProfileCell) -> Self {
        Self {
            partition,
            mark,
            last_s: cell.last_s(),
            established: cell.is_established(),
            store: S::new(cell),
        }
    }

    /// From a packed cell; `None` where the bytes are not of its form.
    #[must_use]
    pub fn of_bytes(partition: i32, mark: CheckpointMark, bytes: Box<[u8]>) -> Option<Self> {
        let (last_s, established) = peek(&mut &bytes[..])?;
        Some(Self {
            partition,
            mark,
            last_s,
            established,
            store: S::of_bytes(bytes)?,
        })
    }

    fn empty(partition: i32) -> Self {
        Self::new(
            partition,
            CheckpointMark::default(),
            S::ProfileCell::default(),
        )
    }

    #[must_use]
    pub fn last_s(&self) -> u32 {
        self.last_s
    }

    #[must_use]
    pub fn is_established(&self) -> bool {
        self.established
    }

    pub fn open(&self) -> Cow<'_, S::ProfileCell> {
        self.store.open()
    }

    /// Appends the bytes of the cell.
    pub fn pack(&self, out: &mut Vec<u8>) {
        self.store.pack(out);
    }

    /// Applies a login. What had been idle for `idle_s` is forgotten first, and that is told.
    fn apply(
        &mut self,
        opened: Option<S::ProfileCell>,
        judged: &JudgedLogin<'_>,
        idle_s: u32,
    ) -> bool {
        let now_s = judged.login.time_s();
        let forget = self.last_s > 0 && is_idle(self.last_s, idle_s, now_s);
        let (last_s, established) = (&mut self.last_s, &mut self.established);
        self.store.change(opened, |cell| {
            if forget {
                *cell = S::ProfileCell::default();
            }
            cell.apply(judged);
            *last_s = cell.last_s();
            *established = cell.is_established();
        });
        forget
    }
}

/// The cells of one thing, read as one.
pub trait Profile: Clone {
    type Store: Store;

    fn new(partition: i32) -> Self;
    fn of(part: Part<Self::Store>) -> Self;
    /// What the detector reads.
    fn whole(&self) -> &Part<Self::Store>;
    /// The part that logins of a partition go to.
    fn part(&self, partition: i32) -> Option<&Part<Self::Store>>;
    fn parts(&self) -> impl Iterator<Item = &Part<Self::Store>>;
    /// Applies a login of a partition, and gives the writer and the mark of the cell that it changed. What had been idle
    /// for `idle_s` is forgotten first. `opened` is the whole, where somebody has opened it already.
    fn apply(
        &mut self,
        partition: i32,
        opened: Option<<Self::Store as Store>::ProfileCell>,
        judged: &JudgedLogin<'_>,
        idle_s: u32,
    ) -> (i32, &mut CheckpointMark);
    fn set_mark(&mut self, partition: i32, mark: CheckpointMark);
    /// Puts a cell in the place of the one of its partition.
    fn put(&mut self, part: Part<Self::Store>);
    /// Takes the cell of a partition out; `false` where nothing is left.
    fn remove(&mut self, partition: i32) -> bool;
}

/// One cell for all partitions, whose state depends on the order of logins. It is written with the partition that the
/// thing was first met in.
#[derive(Clone, Debug)]
pub struct Undivided<S>(Part<S>);

impl<S: Store> Profile for Undivided<S> {
    type Store = S;

    fn new(partition: i32) -> Self {
        Self(Part::empty(partition))
    }

    fn of(part: Part<S>) -> Self {
        Self(part)
    }

    fn whole(&self) -> &Part<S> {
        &self.0
    }

    fn part(&self, _: i32) -> Option<&Part<S>> {
        Some(&self.0)
    }

    fn parts(&self) -> impl Iterator<Item = &Part<S>> {
        std::iter::once(&self.0)
    }

    fn apply(
        &mut self,
        _: i32,
        opened: Option<S::ProfileCell>,
        judged: &JudgedLogin<'_>,
        idle_s: u32,
    ) -> (i32, &mut CheckpointMark) {
        self.0.apply(opened, judged, idle_s);
        (self.0.partition, &mut self.0.mark)
    }

    fn set_mark(&mut self, partition: i32, mark: CheckpointMark) {
        if self.0.partition == partition {
            self.0.mark = mark;
        }
    }

    fn put(&mut self, part: Part<S>) {
        self.0 = part;
    }

    fn remove(&mut self, partition: i32) -> bool {
        self.0.partition != partition
    }
}

/// One cell a partition, and their sum, kept up to date so that a read never merges.
#[derive(Clone, Debug)]
pub struct Divided<S> {
    first: Part<S>,
    more: Option<Box<Several<S>>>,
}

#[derive(Clone, Debug)]
struct Several<S> {
    /// The sum; its partition and its mark mean nothing.
    whole: Part<S>,
    /// All but the first.
    parts: Vec<Part<S>>,
}

impl<S: Store<ProfileCell: Mergeable>> Divided<S> {
    fn merge_again(&mut self) {
        if let Some(several) = &mut self.more {
            let mut whole = self.first.open().into_owned();
            for part in &several.parts {
                whole.merge(&part.open());
            }
            several.whole = Part::new(self.first.partition, CheckpointMark::default(), whole);
        }
    }

    fn part_mut(&mut self, partition: i32) -> &mut Part<S> {
        if self.first.partition == partition {
            return &mut self.first;
        }
        let whole = &self.first;
        let several = self.more.get_or_insert_with(|| {
            Box::new(Several {
                whole: whole.clone(),
                parts: Vec::with_capacity(1),
            })
        });
        let parts = &mut several.parts;
        let index = match parts.iter().position(|part| part.partition == partition) {
            Some(index) => index,
            None => {
                parts.push(Part::empty(partition));
                parts.len() - 1
            }
        };
        &mut parts[index]
    }
}

impl<S: Store<ProfileCell: Mergeable>> Profile for Divided<S> {
    type Store = S;

    fn new(partition: i32) -> Self {
        Self::of(Part::empty(partition))
    }

    fn of(part: Part<S>) -> Self {
        Self {
            first: part,
            more: None,
        }
    }

    fn whole(&self) -> &Part<S> {
        self.more
            .as_ref()
            .map_or(&self.first, |several| &several.whole)
    }

    fn part(&self, partition: i32) -> Option<&Part<S>> {
        self.parts().find(|part| part.partition == partition)
    }

    fn parts(&self) -> impl Iterator<Item = &Part<S>> {
        let more = self.more.iter().flat_map(|several| several.parts.iter());
        std::iter::once(&self.first).chain(more)
    }

    fn apply(
        &mut self,
        partition: i32,
        opened: Option<S::ProfileCell>,
        judged: &JudgedLogin<'_>,
        idle_s: u32,
    ) -> (i32, &mut CheckpointMark) {
        let single = self.more.is_none() && self.first.partition == partition;
        let (of_part, of_whole) = if single {
            (opened, None)
        } else {
            (None, opened)
        };
        if self.part_mut(partition).apply(of_part, judged, idle_s) {
            self.merge_again();
        } else if let Some(several) = &mut self.more {
            several.whole.apply(of_whole, judged, u32::MAX);
        }
        (partition, &mut self.part_mut(partition).mark)
    }

    fn set_mark(&mut self, partition: i32, mark: CheckpointMark) {
        self.part_mut(partition).mark = mark;
    }

    fn put(&mut self, part: Part<S>) {
        let partition = part.partition;
        *self.part_mut(partition) = part;
        self.merge_again();
    }

    fn remove(&mut self, partition: i32) -> bool {
        if self.part(partition).is_none() {
            return true;
        }
        match &mut self.more {
            None => return false,
            Some(several) if self.first.partition == partition => {
                self.first = several.parts.swap_remove(0);
            }
            Some(several) => several.parts.retain(|part| part.partition != partition),
        }
        if self
            .more
            .as_ref()
            .is_some_and(|several| several.parts.is_empty())
        {
            self.more = None;
        }
        self.merge_again();
        true
    }
}
