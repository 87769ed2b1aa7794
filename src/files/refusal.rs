//! Rows that are no logins, as a user is told of them.

use std::fmt;

use super::chunk::{Chunk, Row};
use crate::login::fields::{Fields, shown};
use crate::login::{RejectReason, Rejected};

/// A row that is no login: where it stands, why, and what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub row: u64,
    pub rejected: Rejected,
    /// The value of the field, or the beginning of the row, escaped and cut.
    value: String,
}

impl Refusal {
    pub(super) fn new(number: u64, row: Row<'_>, rejected: Rejected) -> Self {
        let value = match (rejected.field, row) {
            (Some(_), _) if rejected.reason == RejectReason::MissingField => String::new(),
            (Some(field), Row::Line(line)) => Fields::value_in(line, field),
            (Some(field), Row::Record(record, columns)) => {
                let column = columns.iter().position(|column| *column == Some(field));
                let value = column.and_then(|column| record.get(column));
                value.map_or_else(String::new, shown)
            }
            (Some(field), Row::Fields(fields)) => fields.get(field).to_string(),
            (_, Row::Line(line) | Row::TooLarge(line)) => shown(line),
            (None, Row::Record(record, _)) => shown(record.as_slice()),
            (None, Row::Fields(_)) => String::new(),
        };
        Self {
            row: number,
            rejected,
            value,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}: {}", self.row, self.rejected)?;
        if self.value.is_empty() {
            return Ok(());
        }
        write!(f, ": {}", self.value)
    }
}

/// The rows of files that are no logins: how many, and the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    pub count: u64,
    pub first: Option<Refusal>,
}

impl Refusals {
    /// Counts the row at `index` of a chunk.
    pub fn add(&mut self, chunk: &Chunk, index: usize, rejected: Rejected) {
        self.count += 1;
        self.first
            .get_or_insert_with(|| chunk.refusal(index, rejected));
    }
}
