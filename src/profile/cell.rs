//! A cell is what one source partition has taught about one thing. A profile is all that is known of that thing.

use super::shown::Shown;
use super::wire::Wire;
use crate::login::{Id, Login};

/// A login that has been judged, on its way into the profiles.
#[derive(Clone, Copy)]
pub struct Lesson<'a> {
    pub login: &'a Login,
    /// The texts kept for an analyst, if this becomes the user's last success.
    pub shown: &'a Shown,
    pub flagged: bool,
}

impl Lesson<'_> {
    /// Whether it teaches what is familiar. A flagged login counts as activity only, so that an attacker cannot
    /// become normal by trying.
    #[must_use]
    pub fn teaches(&self) -> bool {
        self.login.success && !self.flagged
    }
}

/// State of a fixed size bound that logins build.
pub trait Cell: Clone + Default + Wire {
    fn apply(&mut self, lesson: &Lesson<'_>);
    /// Event time of the last login applied, seconds.
    fn last_s(&self) -> u32;
    /// Whether it has earned a place that a flood of fresh ids cannot take.
    fn is_established(&self) -> bool;
}

/// A cell whose parts, of any split of a stream, merge to the cell of the stream, bit for bit and in any order.
pub trait Merge: Cell {
    fn merge(&mut self, other: &Self);
}

/// What kind of thing a cell is about, and so which map holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum CellKind {
    User = 1,
    Device,
    Address,
    Block,
    Share,
    Tenant,
}

impl CellKind {
    pub const ALL: [Self; 6] = [
        Self::User,
        Self::Device,
        Self::Address,
        Self::Block,
        Self::Share,
        Self::Tenant,
    ];

    pub(super) fn name(self, id: Id, partition: i32) -> CellName {
        CellName {
            kind: self,
            id,
            partition,
        }
    }

    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// Names one cell: of which thing, and which partition writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellName {
    pub kind: CellKind,
    pub id: Id,
    pub partition: i32,
}

/// How a cell stands to the checkpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The page that holds its last written state; 0 where there is none.
    pub page: u32,
    /// Whether it has changed since.
    pub dirty: bool,
}

/// How the cell stands that a login would go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The partition that writes it.
    pub writer: i32,
    pub mark: Mark,
    pub last_s: u32,
}

/// A cell with its writer.
#[derive(Clone, Debug)]
pub struct Part<C> {
    pub partition: i32,
    pub mark: Mark,
    pub cell: C,
}

impl<C: Cell> Part<C> {
    fn new(partition: i32) -> Self {
        Self {
            partition,
            mark: Mark::default(),
            cell: C::default(),
        }
    }
}

/// The cells of one thing, read as one.
pub trait Profile: Clone {
    type Cell: Cell;

    fn new(partition: i32) -> Self;
    fn of(part: Part<Self::Cell>) -> Self;
    /// What the detector reads.
    fn whole(&self) -> &Self::Cell;
    /// The part that logins of a partition go to.
    fn part(&self, partition: i32) -> Option<&Part<Self::Cell>>;
    fn parts(&self) -> impl Iterator<Item = &Part<Self::Cell>>;
    /// Applies a login of a partition, and gives the name and the mark of the cell that it changed. What had been idle
    /// for `idle_s` is forgotten first.
    fn apply(&mut self, partition: i32, lesson: &Lesson<'_>, idle_s: u32) -> (i32, &mut Mark);
    fn set_mark(&mut self, partition: i32, mark: Mark);
    /// Puts a cell in the place of the one of its partition.
    fn put(&mut self, part: Part<Self::Cell>);
    /// Takes the cell of a partition out; `false` where nothing is left.
    fn remove(&mut self, partition: i32) -> bool;
}

fn is_idle(cell: &impl Cell, now_s: u32, idle_s: u32) -> bool {
    cell.last_s() > 0 && cell.last_s().saturating_add(idle_s) < now_s
}

/// One cell for all partitions, whose state depends on the order of logins. It is written with the partition that the
/// thing was first met in.
#[derive(Clone, Debug)]
pub struct Undivided<C>(Part<C>);

impl<C: Cell> Profile for Undivided<C> {
    type Cell = C;

    fn new(partition: i32) -> Self {
        Self(Part::new(partition))
    }

    fn of(part: Part<C>) -> Self {
        Self(part)
    }

    fn whole(&self) -> &C {
        &self.0.cell
    }

    fn part(&self, _: i32) -> Option<&Part<C>> {
        Some(&self.0)
    }

    fn parts(&self) -> impl Iterator<Item = &Part<C>> {
        std::iter::once(&self.0)
    }

    fn apply(&mut self, _: i32, lesson: &Lesson<'_>, idle_s: u32) -> (i32, &mut Mark) {
        if is_idle(&self.0.cell, lesson.login.time_s(), idle_s) {
            self.0.cell = C::default();
        }
        self.0.cell.apply(lesson);
        (self.0.partition, &mut self.0.mark)
    }

    fn set_mark(&mut self, partition: i32, mark: Mark) {
        if self.0.partition == partition {
            self.0.mark = mark;
        }
    }

    fn put(&mut self, part: Part<C>) {
        self.0 = part;
    }

    fn remove(&mut self, partition: i32) -> bool {
        self.0.partition != partition
    }
}

/// One cell a partition, and their sum, kept up to date so that a read never merges.
#[derive(Clone, Debug)]
pub struct Divided<C> {
    first: Part<C>,
    more: Option<Box<Several<C>>>,
}

#[derive(Clone, Debug)]
struct Several<C> {
    whole: C,
    /// All but the first.
    parts: Vec<Part<C>>,
}

impl<C: Merge> Divided<C> {
    fn merge_again(&mut self) {
        if let Some(several) = &mut self.more {
            several.whole = self.first.cell.clone();
            for part in &several.parts {
                several.whole.merge(&part.cell);
            }
        }
    }

    fn several(&mut self) -> &mut Several<C> {
        let first = &self.first.cell;
        self.more.get_or_insert_with(|| {
            Box::new(Several {
                whole: first.clone(),
                parts: Vec::with_capacity(1),
            })
        })
    }

    fn part_mut(&mut self, partition: i32) -> &mut Part<C> {
        if self.first.partition == partition {
            return &mut self.first;
        }
        let parts = &mut self.several().parts;
        let index = match parts.iter().position(|part| part.partition == partition) {
            Some(index) => index,
            None => {
                parts.push(Part::new(partition));
                parts.len() - 1
            }
        };
        &mut parts[index]
    }
}

impl<C: Merge> Profile for Divided<C> {
    type Cell = C;

    fn new(partition: i32) -> Self {
        Self::of(Part::new(partition))
    }

    fn of(part: Part<C>) -> Self {
        Self {
            first: part,
            more: None,
        }
    }

    fn whole(&self) -> &C {
        self.more
            .as_ref()
            .map_or(&self.first.cell, |several| &several.whole)
    }

    fn part(&self, partition: i32) -> Option<&Part<C>> {
        self.parts().find(|part| part.partition == partition)
    }

    fn parts(&self) -> impl Iterator<Item = &Part<C>> {
        let more = self.more.iter().flat_map(|several| several.parts.iter());
        std::iter::once(&self.first).chain(more)
    }

    fn apply(&mut self, partition: i32, lesson: &Lesson<'_>, idle_s: u32) -> (i32, &mut Mark) {
        let part = self.part_mut(partition);
        let forget = is_idle(&part.cell, lesson.login.time_s(), idle_s);
        if forget {
            part.cell = C::default();
        }
        part.cell.apply(lesson);
        if forget {
            self.merge_again();
        } else if let Some(several) = &mut self.more {
            several.whole.apply(lesson);
        }
        (partition, &mut self.part_mut(partition).mark)
    }

    fn set_mark(&mut self, partition: i32, mark: Mark) {
        self.part_mut(partition).mark = mark;
    }

    fn put(&mut self, part: Part<C>) {
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
