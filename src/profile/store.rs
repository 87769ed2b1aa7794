//! How a map keeps a cell: as it is, or as its bytes.

use std::borrow::Cow;
use std::marker::PhantomData;

use super::cell::Cell;

/// How a map keeps a cell.
pub trait Store: Clone {
    type Cell: Cell;

    fn new(cell: Self::Cell) -> Self;
    fn open(&self) -> Cow<'_, Self::Cell>;
    /// Changes the cell; `opened` is what it is, where somebody has opened it already.
    fn change(&mut self, opened: Option<Self::Cell>, change: impl FnOnce(&mut Self::Cell));
    /// Appends the cell's bytes.
    fn pack(&self, out: &mut Vec<u8>);
}

/// As it is: for the few that every login changes.
#[derive(Clone, Debug)]
pub struct Plain<C>(C);

impl<C: Cell> Store for Plain<C> {
    type Cell = C;

    fn new(cell: C) -> Self {
        Self(cell)
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
    bytes: Box<[u8]>,
    cell: PhantomData<C>,
}

impl<C: Cell> Store for Packed<C> {
    type Cell = C;

    fn new(cell: C) -> Self {
        let mut bytes = Vec::with_capacity(512);
        cell.pack(&mut bytes);
        Self {
            bytes: Box::from(&bytes[..]),
            cell: PhantomData,
        }
    }
    fn open(&self) -> Cow<'_, C> {
        // These bytes were written by `pack` in this process, so they are of its form.
        Cow::Owned(C::unpack(&mut &self.bytes[..]).unwrap_or_default())
    }
    fn change(&mut self, opened: Option<C>, change: impl FnOnce(&mut C)) {
        let mut cell = opened.unwrap_or_else(|| self.open().into_owned());
        change(&mut cell);
        let mut bytes = std::mem::take(&mut self.bytes).into_vec();
        bytes.clear();
        // The next login adds a little.
        bytes.reserve(64);
        cell.pack(&mut bytes);
        self.bytes = bytes.into_boxed_slice();
    }
    fn pack(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.bytes);
    }
}
