//! Rows at hand: read into one buffer that is used again, and parsed in parallel without copying a
//! text.

use std::iter::Flatten;
use std::sync::Arc;
use std::vec::IntoIter;

use csv::ByteRecord;
use rayon::prelude::*;

use super::Refusal;
use crate::login::field::Field;
use crate::login::fields::{Fields, Scalar};
use crate::login::{Event, Presence, RejectReason, Rejected};

/// Rows held at once: the memory of a run does not depend on the length of the file.
pub(super) const CHUNK_ROWS: usize = 8 * 1024;
/// Bytes held at once, but for the row that passes them.
pub(super) const CHUNK_BYTES: usize = 8 << 20;
/// Rows that one thread parses at a time.
const PIECE_ROWS: usize = 256;

/// A line of the chunk's buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub start: usize,
    pub end: usize,
    /// Only its beginning is there.
    pub cut: bool,
}

/// The columns of a table: what each holds, and what it is called.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub fields: Vec<Option<Field>>,
    pub names: Vec<String>,
}

impl Header {
    pub(super) fn new(names: Vec<String>) -> Self {
        let fields = names.iter().map(|name| Field::from_name(name)).collect();
        Self { fields, names }
    }

    /// The names of columns that are no field of ours.
    fn unread(&self) -> impl Iterator<Item = (usize, &str)> {
        let columns = self.fields.iter().zip(&self.names).enumerate();
        columns
            .filter_map(|(index, (field, name))| field.is_none().then_some((index, name.as_str())))
    }
}

#[derive(Debug)]
pub(super) enum Rows {
    Lines {
        bytes: Vec<u8>,
        lines: Vec<Line>,
    },
    /// The records that are used, in a list that only grows.
    Records {
        records: Vec<ByteRecord>,
        used: usize,
    },
    Fields(Vec<Fields<'static>>),
}

/// Some rows of a file, in their order.
#[derive(Debug)]
pub struct Chunk {
    pub(super) rows: Rows,
    pub(super) header: Arc<Header>,
    pub(super) max_row_bytes: usize,
    /// The number of the first row in its file, from 1.
    pub(super) first_row: u64,
}

/// One row, before its rules are checked.
#[derive(Clone, Copy, Debug)]
pub enum Row<'c> {
    /// A line of NDJSON.
    Line(&'c [u8]),
    /// What is larger than a row may be.
    TooLarge(&'c [u8]),
    Record(&'c ByteRecord, &'c [Option<Field>]),
    Fields(&'c Fields<'static>),
}

impl<'c> Row<'c> {
    /// Reads the known fields of the row.
    fn read(self, fields: &mut Fields<'c>) -> Result<(), Rejected> {
        match self {
            Self::Line(line) => fields.read_json(line),
            Self::TooLarge(_) => Err(Rejected::new(RejectReason::TooLarge)),
            Self::Record(record, columns) => read_record(fields, record, columns),
            Self::Fields(read) => {
                *fields = read.borrowed();
                Ok(())
            }
        }
    }
}

fn read_record<'c>(
    fields: &mut Fields<'c>,
    record: &'c ByteRecord,
    columns: &[Option<Field>],
) -> Result<(), Rejected> {
    for (value, field) in record.iter().zip(columns) {
        let Some(field) = field else { continue };
        let Ok(text) = std::str::from_utf8(value) else {
            return Err(Rejected::field(RejectReason::NotUtf8, *field));
        };
        fields.set(*field, Scalar::Text(text.into()))?;
    }
    Ok(())
}

/// What rows became, piece by piece and in their order.
pub type Parsed<T> = Flatten<IntoIter<Vec<Result<T, Rejected>>>>;

impl Chunk {
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.rows {
            Rows::Lines { lines, .. } => lines.len(),
            Rows::Records { used, .. } => *used,
            Rows::Fields(rows) => rows.len(),
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn row(&self, index: usize) -> Row<'_> {
        match &self.rows {
            Rows::Lines { bytes, lines } => {
                let line = lines[index];
                let text = &bytes[line.start..line.end];
                if line.cut {
                    Row::TooLarge(text)
                } else {
                    Row::Line(text)
                }
            }
            Rows::Records { records, .. } => {
                let record = &records[index];
                if record.as_slice().len() > self.max_row_bytes {
                    Row::TooLarge(record.as_slice())
                } else {
                    Row::Record(record, &self.header.fields)
                }
            }
            Rows::Fields(rows) if rows[index].text_bytes() > self.max_row_bytes => {
                Row::TooLarge(&[])
            }
            Rows::Fields(rows) => Row::Fields(&rows[index]),
        }
    }

    /// Checks every row, in parallel, and makes of each event what the caller needs of it. What
    /// stands in the rows is counted in `presence`.
    pub fn parse<'c, T: Send>(
        &'c self,
        presence: &mut Presence,
        make: impl Fn(Event<'c>) -> Result<T, Rejected> + Sync,
    ) -> Parsed<T> {
        let starts: Vec<usize> = (0..self.len()).step_by(PIECE_ROWS).collect();
        let pieces: Vec<(Vec<Result<T, Rejected>>, Presence)> = starts
            .into_par_iter()
            .map(|start| self.parse_piece(start, &make))
            .collect();
        let mut parsed = Vec::with_capacity(pieces.len());
        for (piece, seen) in pieces {
            presence.merge(seen);
            parsed.push(piece);
        }
        parsed.into_iter().flatten()
    }

    fn parse_piece<'c, T>(
        &'c self,
        start: usize,
        make: &impl Fn(Event<'c>) -> Result<T, Rejected>,
    ) -> (Vec<Result<T, Rejected>>, Presence) {
        let mut presence = Presence::default();
        let end = self.len().min(start + PIECE_ROWS);
        let rows = (start..end).map(|index| {
            let (row, number) = (self.row(index), self.first_row + index as u64);
            if Presence::looks_at(number) {
                self.look_at(index, &mut presence);
            }
            let mut fields = Fields::default();
            let read = row.read(&mut fields);
            presence.count(&fields);
            read?;
            let event = Event::from_fields(&mut fields)?;
            presence.count_event(&event);
            make(event)
        });
        (rows.collect(), presence)
    }

    /// What to tell a user of a row that was rejected.
    #[must_use]
    pub fn refusal(&self, index: usize, rejected: Rejected) -> Refusal {
        Refusal::new(self.first_row + index as u64, self.row(index), rejected)
    }

    /// Counts the keys of a row that nothing reads.
    fn look_at(&self, index: usize, presence: &mut Presence) {
        presence.count_look();
        match self.row(index) {
            Row::Line(line) => Fields::unread_keys(line, |key| presence.count_unread(key)),
            Row::TooLarge(_) => {}
            Row::Record(record, _) => {
                for (column, name) in self.header.unread() {
                    if record.get(column).is_some_and(|value| !value.is_empty()) {
                        presence.count_unread(name);
                    }
                }
            }
            Row::Fields(_) => {
                for (_, name) in self.header.unread() {
                    presence.count_unread(name);
                }
            }
        }
    }
}
