//! The records of a file as they are, whatever they hold: lines, JSON over several lines, or the
//! rows of a table as JSON.

mod columns;
mod documents;
mod lines;
mod reversed;
mod rows;

use std::fs::File;
use std::path::{Path, PathBuf};

use columns::RawColumns;
use documents::RawDocuments;
pub use lines::RawLines;
use reversed::{Reversed, Spool};
use rows::RawRows;

use super::detect::{Bytes, text_of};
use super::{FileError, Format, Named, is_standard};

/// What is read from the machine at once, bytes.
const BLOCK_BYTES: usize = 256 * 1024;

/// Reads records, one after the other.
pub struct RawRecords {
    path: PathBuf,
    /// Those read so far.
    number: u64,
    kind: Kind,
}

enum Kind {
    Lines(RawLines),
    Documents(RawDocuments),
    Rows(RawRows),
    Columns(RawColumns),
    Reversed(Reversed),
}

fn open(path: &Path) -> Result<File, FileError> {
    File::open(path).map_err(|source| FileError::Open {
        path: path.to_owned(),
        source,
    })
}

impl RawRecords {
    /// Opens a file, or standard input for `-`. Parquet is told by its first bytes; a name that ends
    /// in .csv or .tsv (.gz or .zst around it) is a table; else it is lines, or JSON over several of
    /// them. Of a longer line or document only the beginning is given.
    pub fn open(path: &Path, max_record_bytes: usize) -> Result<Self, FileError> {
        let bytes: Bytes = match is_standard(path) {
            true => Box::new(std::io::stdin()),
            false => Box::new(open(path)?),
        };
        let content = |message: String| FileError::Content {
            path: path.to_owned(),
            message,
        };
        let kind = match text_of(path, bytes)? {
            None if is_standard(path) => {
                let text = "Parquet is read from a file, not from standard input";
                return Err(content(text.to_owned()));
            }
            None => Kind::Columns(RawColumns::new(open(path)?).map_err(content)?),
            Some(text) if Named::new(path).format == Some(Format::Csv) => {
                Kind::Rows(RawRows::new(text, max_record_bytes).map_err(content)?)
            }
            Some(text) if documents::spans_lines(&text.head) => {
                Kind::Documents(RawDocuments::new(text, max_record_bytes))
            }
            Some(text) => Kind::Lines(RawLines::new(path, text, max_record_bytes)),
        };
        Ok(Self {
            path: path.to_owned(),
            number: 0,
            kind,
        })
    }

    /// The records from the last to the first, from a copy on disk; their numbers count from there.
    pub fn reversed(mut self) -> Result<Self, FileError> {
        let path = self.path.clone();
        let spooled = move |source| FileError::Write {
            path: std::env::temp_dir(),
            source,
        };
        let mut spool = Spool::new().map_err(spooled)?;
        let mut record = Vec::new();
        while self.next_into(&mut record)?.is_some() {
            spool.push(&record).map_err(spooled)?;
        }
        Ok(Self {
            path,
            number: 0,
            kind: Kind::Reversed(spool.reversed().map_err(spooled)?),
        })
    }

    /// Whether the last record may still be being written.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match &self.kind {
            Kind::Lines(lines) => lines.is_open(),
            Kind::Documents(documents) => documents.is_open(),
            Kind::Rows(_) | Kind::Columns(_) | Kind::Reversed(_) => false,
        }
    }

    /// Replaces `record` by the next one, and gives its number from 1: of a line, the line's.
    pub fn next_into(&mut self, record: &mut Vec<u8>) -> Result<Option<u64>, FileError> {
        record.clear();
        let is_there = match &mut self.kind {
            Kind::Lines(lines) => return lines.next_into(record),
            Kind::Documents(documents) => documents
                .next_into(record)
                .map_err(|error| error.to_string()),
            Kind::Rows(rows) => rows.next_into(record),
            Kind::Columns(columns) => columns.next_into(record),
            Kind::Reversed(records) => records.next_into(record).map_err(|error| error.to_string()),
        };
        let is_there = is_there.map_err(|message| FileError::Content {
            path: self.path.clone(),
            message,
        })?;
        self.number += u64::from(is_there);
        Ok(is_there.then_some(self.number))
    }
}

#[cfg(test)]
mod tests;
