//! The records of a file as they are, whatever they hold: lines, or the rows of a table as JSON.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::detect::{Bytes, separator, text_of};
use super::{FileError, Format, Named, is_standard};

/// What is read from the machine at once, bytes.
const BLOCK_BYTES: usize = 256 * 1024;

/// Reads lines, out of gzip or zstd where they are in it.
pub struct RawLines {
    path: PathBuf,
    from: Box<dyn BufRead + Send>,
    max_line_bytes: u64,
    number: u64,
    is_open: bool,
}

impl RawLines {
    /// Opens a file, or standard input for `-`. Of a longer line only the beginning is given.
    pub fn open(path: &Path, max_line_bytes: usize) -> Result<Self, FileError> {
        let bytes: Bytes = if is_standard(path) {
            Box::new(std::io::stdin())
        } else {
            Box::new(File::open(path).map_err(|source| FileError::Open {
                path: path.to_owned(),
                source,
            })?)
        };
        let text = text_of(path, bytes)?.ok_or_else(|| FileError::Content {
            path: path.to_owned(),
            message: "this is Parquet, and lines are wanted".to_owned(),
        })?;
        Ok(Self {
            path: path.to_owned(),
            from: Box::new(BufReader::with_capacity(BLOCK_BYTES, text.into_bytes())),
            max_line_bytes: max_line_bytes as u64,
            number: 0,
            is_open: false,
        })
    }

    /// Whether the last line has no line break, and may still be being written.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Replaces `line` by the next one that is not blank, without its line break, and gives its
    /// number from 1.
    pub fn next_into(&mut self, line: &mut Vec<u8>) -> Result<Option<u64>, FileError> {
        loop {
            line.clear();
            let most = self.max_line_bytes;
            let read = self.from.by_ref().take(most).read_until(b'\n', line);
            let skipped = read.and_then(|read| {
                if read as u64 == most && line.last() != Some(&b'\n') {
                    self.from.skip_until(b'\n')?;
                }
                Ok(read)
            });
            let read = skipped.map_err(|error| FileError::Content {
                path: self.path.clone(),
                message: error.to_string(),
            })?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.is_open = line.last() != Some(&b'\n') && (read as u64) < self.max_line_bytes;
            while line.last().is_some_and(u8::is_ascii_whitespace) {
                line.pop();
            }
            if !line.is_empty() {
                return Ok(Some(self.number));
            }
        }
    }
}

/// Reads records: the lines of a file, or of a table each row as a JSON object of texts.
pub enum RawRecords {
    Lines(RawLines),
    Rows(RawRows),
}

/// The rows of a table.
pub struct RawRows {
    path: PathBuf,
    from: csv::Reader<Limited>,
    header: Vec<String>,
    row: csv::ByteRecord,
    number: u64,
    left: Arc<AtomicU64>,
    max_record_bytes: u64,
}

/// Reads no more than is left: a quote that is never closed must not take all memory.
struct Limited {
    from: Bytes,
    left: Arc<AtomicU64>,
}

impl Read for Limited {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.left.load(Ordering::Relaxed) == 0 {
            let text = "a row is longer than any may be; is a quote not closed?";
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, text));
        }
        let read = self.from.read(into)?;
        let left = self.left.load(Ordering::Relaxed);
        self.left
            .store(left.saturating_sub(read as u64), Ordering::Relaxed);
        Ok(read)
    }
}

impl RawRecords {
    /// Opens a file; one that ends in .csv or .tsv (.gz or .zst around it) is a table.
    pub fn open(path: &Path, max_record_bytes: usize) -> Result<Self, FileError> {
        if Named::new(path).format != Some(Format::Csv) {
            return RawLines::open(path, max_record_bytes).map(Self::Lines);
        }
        let content = |error: csv::Error| FileError::Content {
            path: path.to_owned(),
            message: error.to_string(),
        };
        let file: Bytes = Box::new(File::open(path).map_err(|source| FileError::Open {
            path: path.to_owned(),
            source,
        })?);
        let text = text_of(path, file)?.ok_or_else(|| FileError::Content {
            path: path.to_owned(),
            message: "this is Parquet, and a table in text is wanted".to_owned(),
        })?;
        let separator = separator(&text.head);
        // What is read ahead belongs to other rows.
        let max_record_bytes = (max_record_bytes + BLOCK_BYTES) as u64;
        let left = Arc::new(AtomicU64::new(max_record_bytes));
        let mut from = csv::ReaderBuilder::new()
            .delimiter(separator)
            .flexible(true)
            .from_reader(Limited {
                from: Box::new(text.into_bytes()),
                left: Arc::clone(&left),
            });
        let header = from.byte_headers().map_err(content)?;
        let header = header.iter().map(text_of_cell).collect();
        Ok(Self::Rows(RawRows {
            path: path.to_owned(),
            from,
            header,
            row: csv::ByteRecord::new(),
            number: 0,
            left,
            max_record_bytes,
        }))
    }

    /// Whether the last record may still be being written.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match self {
            Self::Lines(lines) => lines.is_open(),
            Self::Rows(_) => false,
        }
    }

    /// Replaces `record` by the next one, and gives its number from 1.
    pub fn next_into(&mut self, record: &mut Vec<u8>) -> Result<Option<u64>, FileError> {
        match self {
            Self::Lines(lines) => lines.next_into(record),
            Self::Rows(rows) => rows.next_into(record),
        }
    }
}

impl RawRows {
    fn next_into(&mut self, record: &mut Vec<u8>) -> Result<Option<u64>, FileError> {
        let failed = |message: String| FileError::Content {
            path: self.path.clone(),
            message,
        };
        self.left.store(self.max_record_bytes, Ordering::Relaxed);
        let read = self.from.read_byte_record(&mut self.row);
        if !read.map_err(|error| failed(error.to_string()))? {
            return Ok(None);
        }
        self.number += 1;
        let cells = self.header.iter().zip(&self.row);
        let cells = cells.filter(|(_, value)| !value.is_empty());
        let object: serde_json::Map<String, serde_json::Value> = cells
            .map(|(name, value)| (name.clone(), text_of_cell(value).into()))
            .collect();
        record.clear();
        serde_json::to_writer(record, &object).map_err(|error| failed(error.to_string()))?;
        Ok(Some(self.number))
    }
}

/// A cell's text; what is no UTF-8 in it is shown as such.
fn text_of_cell(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}
