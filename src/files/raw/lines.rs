//! Lines as they are.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::{BLOCK_BYTES, open};
use crate::files::detect::{Bytes, Peeked, text_of};
use crate::files::{FileError, is_standard};

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
        let bytes: Bytes = match is_standard(path) {
            true => Box::new(std::io::stdin()),
            false => Box::new(open(path)?),
        };
        let text = text_of(path, bytes)?.ok_or_else(|| FileError::Content {
            path: path.to_owned(),
            message: "this is Parquet, and lines are wanted".to_owned(),
        })?;
        Ok(Self::new(path, text, max_line_bytes))
    }

    pub(super) fn new(path: &Path, text: Peeked, max_line_bytes: usize) -> Self {
        Self {
            path: path.to_owned(),
            from: Box::new(BufReader::with_capacity(BLOCK_BYTES, text.into_bytes())),
            max_line_bytes: max_line_bytes as u64,
            number: 0,
            is_open: false,
        }
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
