//! A profile that is open: its whole to be read, and those of its cells that logins go to, to be
//! changed.

use smallvec::SmallVec;

use super::entry::{Entry, PackedCell};
use super::journal::BatchNumber;
use crate::login::{Id, Partition};
use crate::profile::cells::{CellState, CheckpointMark, JudgedLogin, ProfileCell, is_idle};

/// A profile that is open, or the place for one of which nothing is known yet.
#[derive(Clone)]
pub(in crate::profile) struct Slot<C> {
    pub id: Id,
    /// Whether anything is known.
    pub present: bool,
    pub settled: bool,
    /// Whether the map has the same.
    pub at_rest: bool,
    /// The batch that last kept what was before it for undo.
    pub batch: BatchNumber,
    /// When it was last used: the number of the chunk.
    pub used: u32,
    pub whole: C,
    cells: SmallVec<[OpenCell<C>; 1]>,
}

/// One of its cells.
#[derive(Clone)]
struct OpenCell<C> {
    partition: Partition,
    mark: CheckpointMark,
    form: Form<C>,
}

#[derive(Clone)]
enum Form<C> {
    /// It is the only one, and so the whole.
    Whole,
    /// One of several, as it rests.
    Packed(PackedCell),
    /// One of several, that a login went to.
    Open(Box<C>),
}

impl<C: ProfileCell> Slot<C> {
    /// A place for what is not known.
    pub fn vacant(id: Id) -> Self {
        Self {
            id,
            present: false,
            settled: false,
            at_rest: true,
            batch: BatchNumber::NONE,
            used: 0,
            whole: C::default(),
            cells: SmallVec::new(),
        }
    }

    /// Opens what a map has; `None` where it is not of its form.
    pub fn open(&mut self, entry: &Entry) -> Option<()> {
        self.whole = entry.whole().open()?;
        self.present = true;
        self.settled = entry.settled;
        let cells = entry.cells();
        let form = |cell: &PackedCell| match cells.len() {
            1 => Form::Whole,
            _ => Form::Packed(cell.clone()),
        };
        let open = |cell: &PackedCell| OpenCell {
            partition: cell.partition,
            mark: cell.mark,
            form: form(cell),
        };
        self.cells = cells.iter().map(open).collect();
        Some(())
    }

    /// What is known, unless it has been idle for too long.
    pub fn read(&self, idle_s: u32, now_s: u32) -> Option<&C> {
        (self.present && !is_idle(self.whole.last_s(), idle_s, now_s)).then_some(&self.whole)
    }

    /// The cells, as a journal names them when they are thrown out.
    pub fn marks(&self) -> impl Iterator<Item = (Partition, CheckpointMark)> {
        self.cells.iter().map(|cell| (cell.partition, cell.mark))
    }

    /// Forgets everything, and gives what it was.
    pub fn clear(&mut self) -> Self {
        let vacant = Self {
            used: self.used,
            ..Self::vacant(self.id)
        };
        std::mem::replace(self, vacant)
    }

    /// Begins a profile with an empty cell of a partition.
    pub fn begin(&mut self, partition: Partition) {
        self.present = true;
        self.at_rest = false;
        self.cells.push(OpenCell {
            partition,
            mark: CheckpointMark::default(),
            form: Form::Whole,
        });
    }

    /// Settles what has just earned its place, and says so.
    pub fn promote(&mut self) -> bool {
        let promoted = !self.settled && self.whole.is_established();
        self.settled |= promoted;
        promoted
    }

    /// How the cell stands that a login of a partition would go to.
    pub fn state(&self, partition: Partition) -> Option<CellState> {
        let cell = self.cells.iter().find(|cell| cell.takes(partition))?;
        let last_s = match &cell.form {
            Form::Whole => self.whole.last_s(),
            Form::Packed(packed) => packed.last_s(),
            Form::Open(open) => open.last_s(),
        };
        Some(CellState {
            writer: cell.partition,
            mark: cell.mark,
            last_s,
        })
    }

    /// Applies a login of a partition, and gives the writer and the mark of the cell that it
    /// changed. A cell that had been idle for `idle_s` is forgotten first.
    pub fn apply(
        &mut self,
        partition: Partition,
        judged: &JudgedLogin<'_>,
        idle_s: u32,
    ) -> Option<(Partition, &mut CheckpointMark)> {
        self.at_rest = false;
        let index = self.index_of(partition);
        if matches!(self.cells[index].form, Form::Whole) {
            apply_fresh(&mut self.whole, judged, idle_s);
        } else if apply_fresh(self.cells[index].opened()?, judged, idle_s) {
            self.merge_again()?;
        } else {
            self.whole.apply(judged);
        }
        let cell = &mut self.cells[index];
        Some((cell.partition, &mut cell.mark))
    }

    /// Changes the cell that logins of a partition go to, and gives its writer and mark.
    pub fn amend<R>(
        &mut self,
        partition: Partition,
        change: impl FnOnce(&mut C) -> R,
    ) -> Option<(Partition, &mut CheckpointMark, R)> {
        self.at_rest = false;
        let index = self.index_of(partition);
        let result = if matches!(self.cells[index].form, Form::Whole) {
            change(&mut self.whole)
        } else {
            let result = change(self.cells[index].opened()?);
            self.merge_again()?;
            result
        };
        let cell = &mut self.cells[index];
        Some((cell.partition, &mut cell.mark, result))
    }

    /// Where the cell stands that logins of a partition go to; a new one where there is none.
    fn index_of(&mut self, partition: Partition) -> usize {
        if let Some(index) = self.cells.iter().position(|cell| cell.takes(partition)) {
            return index;
        }
        // The only cell was the whole until now.
        for cell in &mut self.cells {
            if matches!(cell.form, Form::Whole) {
                cell.form = Form::Open(Box::new(self.whole.clone()));
            }
        }
        self.cells.push(OpenCell {
            partition,
            mark: CheckpointMark::default(),
            form: Form::Open(Box::default()),
        });
        self.cells.len() - 1
    }

    fn merge_again(&mut self) -> Option<()> {
        let mut whole = C::default();
        for cell in &mut self.cells {
            whole.merge(cell.opened()?);
        }
        self.whole = whole;
        Some(())
    }

    /// How the cell stands to the checkpoint that a partition writes.
    pub fn mark(&self, partition: Partition) -> Option<CheckpointMark> {
        let cell = self.cells.iter().find(|cell| cell.partition == partition)?;
        Some(cell.mark)
    }

    pub fn set_mark(&mut self, partition: Partition, mark: CheckpointMark) {
        let cells = self.cells.iter_mut();
        for cell in cells.filter(|cell| cell.partition == partition) {
            cell.mark = mark;
        }
    }

    /// Appends the bytes of the cell that a partition writes; `false` where there is none.
    pub fn write(&self, partition: Partition, out: &mut Vec<u8>) -> bool {
        let cell = self.cells.iter().find(|cell| cell.partition == partition);
        match cell.map(|cell| &cell.form) {
            Some(Form::Whole) => self.whole.pack(out),
            Some(Form::Packed(packed)) => out.extend_from_slice(packed.bytes()),
            Some(Form::Open(open)) => open.pack(out),
            None => return false,
        }
        true
    }

    /// The form in which it rests in a map.
    pub fn pack(&self) -> Box<Entry> {
        let pack = |cell: &OpenCell<C>| match &cell.form {
            Form::Whole => PackedCell::new(cell.partition, cell.mark, &self.whole),
            Form::Packed(packed) => {
                let mut packed = packed.clone();
                packed.mark = cell.mark;
                packed
            }
            Form::Open(open) => PackedCell::new(cell.partition, cell.mark, open.as_ref()),
        };
        let mut entry = match &self.cells[..] {
            [only] => Entry::one(pack(only)),
            cells => {
                let whole = PackedCell::new(Partition(0), CheckpointMark::default(), &self.whole);
                Entry::several(whole, cells.iter().map(pack).collect())
            }
        };
        entry.settled = self.settled;
        entry
    }
}

impl<C: ProfileCell> OpenCell<C> {
    fn takes(&self, partition: Partition) -> bool {
        !C::DIVIDED || self.partition == partition
    }

    /// One of several, opened where it was not; `None` where it is not of its form.
    fn opened(&mut self) -> Option<&mut C> {
        if let Form::Packed(packed) = &self.form {
            self.form = Form::Open(Box::new(packed.open()?));
        }
        match &mut self.form {
            Form::Open(open) => Some(open),
            Form::Whole | Form::Packed(_) => None,
        }
    }
}

/// Applies a login to a cell, and says whether what had been idle for `idle_s` was forgotten first.
fn apply_fresh<C: ProfileCell>(cell: &mut C, judged: &JudgedLogin<'_>, idle_s: u32) -> bool {
    let last_s = cell.last_s();
    let forget = last_s > 0 && is_idle(last_s, idle_s, judged.login.time_s());
    if forget {
        *cell = C::default();
    }
    cell.apply(judged);
    forget
}
