//! Records of CSV, with any usual separator.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use csv::ByteRecord;

use super::FileError;
use super::chunk::{CHUNK_BYTES, CHUNK_ROWS, Header};
use super::detect::{Bytes, Peeked, separator};
use crate::login::field::Field;
use crate::login::presence::resembles;

/// The longest record that is read at all. Only a quote that is never closed makes one.
const MAX_RECORD_BYTES: u64 = 32 << 20;

/// The records of a table.
pub(super) struct Records {
    reader: csv::Reader<Bounded>,
    /// How far into the file may be read, bytes.
    bound: Arc<AtomicU64>,
}

/// Ends with an error where more is read than one record may take.
struct Bounded {
    from: Bytes,
    read: u64,
    bound: Arc<AtomicU64>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.read > self.bound.load(Ordering::Relaxed) {
            return Err(std::io::Error::other(format!(
                "a record of more than {MAX_RECORD_BYTES} bytes; is a quote not closed?"
            )));
        }
        let read = self.from.read(buffer)?;
        self.read += read as u64;
        Ok(read)
    }
}

impl Records {
    /// Reads the header.
    pub(super) fn open(path: &Path, text: Peeked) -> Result<(Self, Header), FileError> {
        let content = |message: String| FileError::Content {
            path: path.to_owned(),
            message,
        };
        if text.head.is_empty() {
            return Err(content("no login: the file is empty".to_owned()));
        }
        let separator = separator(&text.head);
        let bound = Arc::new(AtomicU64::new(MAX_RECORD_BYTES));
        let bytes = Bounded {
            from: Box::new(text.into_bytes()),
            read: 0,
            bound: Arc::clone(&bound),
        };
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .delimiter(separator)
            .from_reader(bytes);
        let names = reader
            .headers()
            .map_err(|error| content(error.to_string()))?;
        let names = names.iter().map(|name| name.trim().to_owned()).collect();
        let header = checked(Header::new(names)).map_err(content)?;
        Ok((Self { reader, bound }, header))
    }

    /// Replaces the records by the next ones.
    pub(super) fn fill(
        &mut self,
        records: &mut Vec<ByteRecord>,
        used: &mut usize,
    ) -> Result<(), csv::Error> {
        *used = 0;
        let start = self.reader.position().byte();
        while *used < CHUNK_ROWS {
            let at = self.reader.position().byte();
            if at - start >= CHUNK_BYTES as u64 {
                break;
            }
            self.bound.store(at + MAX_RECORD_BYTES, Ordering::Relaxed);
            if *used == records.len() {
                records.push(ByteRecord::new());
            }
            if !self.reader.read_byte_record(&mut records[*used])? {
                break;
            }
            *used += 1;
        }
        Ok(())
    }
}

/// Refuses a table that cannot hold a login.
pub(super) fn checked(header: Header) -> Result<Header, String> {
    for field in Field::ALL {
        let columns = header
            .fields
            .iter()
            .filter(|column| **column == Some(*field));
        if columns.count() > 1 {
            return Err(format!("the column `{}` stands twice", field.name()));
        }
    }
    for needed in [Field::UserId, Field::Timestamp, Field::Success] {
        if header.fields.contains(&Some(needed)) {
            continue;
        }
        let alike = header
            .names
            .iter()
            .find(|name| resembles(name).is_some_and(|like| like.field == needed));
        let alike = alike.map_or_else(String::new, |name| {
            format!("; rename `{name}`, if it is that")
        });
        return Err(format!(
            "there is no column `{}` (found: {}){alike}",
            needed.name(),
            header.names.join(", "),
        ));
    }
    Ok(header)
}
