//! How a map keeps a cell: as it is, or as its bytes.

use std::borrow::Cow;
use std::cell::Cell as Slot;
use std::marker::PhantomData;

use super::cells::ProfileCell;

/// How a map keeps a cell.
pub trait Store: Clone {
    type ProfileCell: ProfileCell;

    fn new(cell: Self::ProfileCell) -> Self;
    /// From what [`ProfileCell::pack`] wrote; `None` where it is not of the cell's form, if it has to be opened to be kept.
    fn of_bytes(bytes: Box<[u8]>) -> Option<Self>;
    fn open(&self) -> Cow<'_, Self::ProfileCell>;
    /// Changes the cell; `opened` is what it is, where somebody has opened it already.
    fn change(
        &mut self,
        opened: Option<Self::ProfileCell>,
        change: impl FnOnce(&mut Self::ProfileCell),
    );
    /// Appends the cell's bytes.
    fn pack(&self, out: &mut Vec<u8>);
}

/// As it is: for the few that every login changes.
#[derive(Clone, Debug)]
pub struct Plain<C>(C);

impl<C: ProfileCell> Store for Plain<C> {
    type ProfileCell = C;

    fn new(cell: C) -> Self {
        Self(cell)
    }
    fn of_bytes(bytes: Box<[u8]>) -> Option<Self> {
        C::unpack(&bytes).map(Self)
    }
    fn open(&self) -> Cow<'_, C> {
        Cow::Borrowed(&self.0)
    }
    fn change(&mut self, _: Option<C>, change: impl FnOnce(&mut C)) {
        change(&mut self.0);
    }
    fn pack(&self, out: &mut Vec<u8>) {
        self.0.pack(out);
    }
}

/// As its bytes: for the many, of which few are in use. It takes a third of the memory, and is copied in no time.
#[derive(Clone, Debug)]
pub struct Packed<C> {
    bytes: Vec<u8>,
    cell: PhantomData<C>,
}

/// Bytes are taken in steps, so that a cell that grows a little stays where it is.
const STEP_BYTES: usize = 32;

impl<C: ProfileCell> Packed<C> {
    fn set(&mut self, cell: &C) {
        let mut scratch = SCRATCH.take();
        scratch.clear();
        cell.pack(&mut scratch);
        if scratch.len() > self.bytes.capacity()
            || scratch.len() + 4 * STEP_BYTES < self.bytes.capacity()
        {
            self.bytes = Vec::with_capacity(scratch.len().next_multiple_of(STEP_BYTES));
        }
        self.bytes.clear();
        self.bytes.extend_from_slice(&scratch);
        SCRATCH.set(scratch);
    }
}

thread_local! {
    static SCRATCH: Slot<Vec<u8>> = const { Slot::new(Vec::new()) };
}

impl<C: ProfileCell> Store for Packed<C> {
    type ProfileCell = C;

    fn new(cell: C) -> Self {
        let mut packed = Self {
            bytes: Vec::new(),
            cell: PhantomData,
        };
        packed.set(&cell);
        packed
    }
    fn of_bytes(bytes: Box<[u8]>) -> Option<Self> {
        Some(Self {
            bytes: bytes.into_vec(),
            cell: PhantomData,
        })
    }
    fn open(&self) -> Cow<'_, C> {
        // These bytes were written by `pack`, in this process or under a seal of this version, so they are of its form.
        Cow::Owned(C::unpack(&self.bytes).unwrap_or_default())
    }
    fn change(&mut self, opened: Option<C>, change: impl FnOnce(&mut C)) {
        let mut cell = opened.unwrap_or_else(|| self.open().into_owned());
        change(&mut cell);
        self.set(&cell);
    }
    fn pack(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.bytes);
    }
}
