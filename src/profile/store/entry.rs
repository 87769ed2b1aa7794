//! A profile at rest: its cells as their bytes, each with the partition that writes it.
//!
//! Packed cells take a third of the memory of open ones.

use std::cell::Cell;

use crate::login::Partition;
use crate::profile::cells::{CheckpointMark, ProfileCell, peek};

/// A cell as its bytes, with its writer.
#[derive(Clone, Debug)]
pub struct PackedCell {
    pub partition: Partition,
    pub mark: CheckpointMark,
    last_s: u32,
    established: bool,
    bytes: Box<[u8]>,
}

thread_local! {
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl PackedCell {
    #[must_use]
    pub fn new<C: ProfileCell>(partition: Partition, mark: CheckpointMark, cell: &C) -> Self {
        let mut scratch = SCRATCH.take();
        scratch.clear();
        cell.pack(&mut scratch);
        let packed = Self {
            partition,
            mark,
            last_s: cell.last_s(),
            established: cell.is_established(),
            bytes: Box::from(&scratch[..]),
        };
        SCRATCH.set(scratch);
        packed
    }

    /// From what [`ProfileCell::pack`] wrote; `None` where the bytes cannot be its.
    #[must_use]
    pub fn from_bytes(
        partition: Partition,
        mark: CheckpointMark,
        bytes: Box<[u8]>,
    ) -> Option<Self> {
        let (last_s, established) = peek(&mut &bytes[..])?;
        Some(Self {
            partition,
            mark,
            last_s,
            established,
            bytes,
        })
    }

    #[must_use]
    pub fn last_s(&self) -> u32 {
        self.last_s
    }

    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The cell; `None` where the bytes are not of its form.
    #[must_use]
    pub fn open<C: ProfileCell>(&self) -> Option<C> {
        C::unpack(&self.bytes)
    }
}

/// All cells of one thing, and their sum.
#[derive(Clone, Debug)]
enum Cells {
    /// The only cell is the whole.
    One(PackedCell),
    Several(Box<Several>),
}

#[derive(Clone, Debug)]
struct Several {
    /// The sum of the cells, kept up to date so that a read never merges; its partition and its
    /// mark mean nothing.
    whole: PackedCell,
    cells: Vec<PackedCell>,
}

/// A map entry.
#[derive(Clone, Debug)]
pub(in crate::profile) struct Entry {
    cells: Cells,
    pub settled: bool,
}

impl Entry {
    pub fn one(cell: PackedCell) -> Box<Self> {
        Box::new(Self {
            cells: Cells::One(cell),
            settled: false,
        })
    }

    /// Several cells with their sum.
    pub fn several(whole: PackedCell, cells: Vec<PackedCell>) -> Box<Self> {
        Box::new(Self {
            cells: Cells::Several(Box::new(Several { whole, cells })),
            settled: false,
        })
    }

    /// What the detector reads.
    pub fn whole(&self) -> &PackedCell {
        match &self.cells {
            Cells::One(cell) => cell,
            Cells::Several(several) => &several.whole,
        }
    }

    pub fn last_s(&self) -> u32 {
        self.whole().last_s
    }

    pub fn is_established(&self) -> bool {
        self.whole().established
    }

    pub fn cells(&self) -> &[PackedCell] {
        match &self.cells {
            Cells::One(cell) => std::slice::from_ref(cell),
            Cells::Several(several) => &several.cells,
        }
    }

    fn cells_mut(&mut self) -> &mut [PackedCell] {
        match &mut self.cells {
            Cells::One(cell) => std::slice::from_mut(cell),
            Cells::Several(several) => &mut several.cells,
        }
    }

    /// The cell that a partition writes.
    pub fn cell(&self, partition: Partition) -> Option<&PackedCell> {
        self.cells().iter().find(|cell| cell.partition == partition)
    }

    pub fn set_mark(&mut self, partition: Partition, mark: CheckpointMark) {
        let cells = self.cells_mut().iter_mut();
        for cell in cells.filter(|cell| cell.partition == partition) {
            cell.mark = mark;
        }
    }

    /// Settles what has just earned its place, and says so.
    pub fn promote(&mut self) -> bool {
        let promoted = !self.settled && self.is_established();
        self.settled |= promoted;
        promoted
    }

    /// After a restore: settled is what has earned its place by what is known now.
    pub fn settle_anew(&mut self) {
        self.settled = self.is_established();
    }

    /// Puts a cell in the place of the one of its partition, or of the only one there may be;
    /// `None` where a cell is not of its form.
    pub fn put<C: ProfileCell>(&mut self, cell: PackedCell) -> Option<()> {
        if !C::DIVIDED {
            self.cells = Cells::One(cell);
            return Some(());
        }
        let mut cells = self.cells().to_vec();
        match cells.iter_mut().find(|old| old.partition == cell.partition) {
            Some(old) => *old = cell,
            None => cells.push(cell),
        }
        self.set_cells::<C>(cells)
    }

    /// Takes the cells out that `goes` says so of, and says whether any is left; `None` where a
    /// cell is not of its form.
    pub fn remove<C: ProfileCell>(&mut self, goes: impl Fn(&PackedCell) -> bool) -> Option<bool> {
        if !self.cells().iter().any(&goes) {
            return Some(true);
        }
        let left: Vec<PackedCell> = self
            .cells()
            .iter()
            .filter(|cell| !goes(cell))
            .cloned()
            .collect();
        if left.is_empty() {
            return Some(false);
        }
        self.set_cells::<C>(left).map(|()| true)
    }

    fn set_cells<C: ProfileCell>(&mut self, mut cells: Vec<PackedCell>) -> Option<()> {
        self.cells = if cells.len() == 1 {
            Cells::One(cells.swap_remove(0))
        } else {
            let mut opened = cells.iter().map(PackedCell::open::<C>);
            let mut whole = opened.next()??;
            for cell in opened {
                whole.merge(&cell?);
            }
            let whole = PackedCell::new(cells[0].partition, CheckpointMark::default(), &whole);
            Cells::Several(Box::new(Several { whole, cells }))
        };
        Some(())
    }
}
