//! The rows of a table in text, each as a JSON object of texts.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::BLOCK_BYTES;
use crate::files::detect::{Bytes, Peeked, separator};

/// The rows of a table.
pub(super) struct RawRows {
    from: csv::Reader<Limited>,
    header: Vec<String>,
    row: csv::ByteRecord,
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

impl RawRows {
    pub fn new(text: Peeked, max_record_bytes: usize) -> Result<Self, String> {
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
        let header = from.byte_headers().map_err(|error| error.to_string())?;
        let header = header.iter().map(text_of_cell).collect();
        Ok(Self {
            from,
            header,
            row: csv::ByteRecord::new(),
            left,
            max_record_bytes,
        })
    }

    /// Adds the next row to an empty `record`; whether there was one.
    pub fn next_into(&mut self, record: &mut Vec<u8>) -> Result<bool, String> {
        self.left.store(self.max_record_bytes, Ordering::Relaxed);
        let read = self.from.read_byte_record(&mut self.row);
        if !read.map_err(|error| error.to_string())? {
            return Ok(false);
        }
        let cells = self.header.iter().zip(&self.row);
        let cells = cells.filter(|(_, value)| !value.is_empty());
        let object: serde_json::Map<String, serde_json::Value> = cells
            .map(|(name, value)| (name.clone(), text_of_cell(value).into()))
            .collect();
        serde_json::to_writer(record, &object).map_err(|error| error.to_string())?;
        Ok(true)
    }
}

/// A cell's text; what is no UTF-8 in it is shown as such.
fn text_of_cell(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}
