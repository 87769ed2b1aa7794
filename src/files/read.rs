//! Reads logins, a chunk of rows at a time.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::chunk::{Chunk, Header, Rows};
use super::detect::{Bytes, Found, look};
use super::parquet::ParquetRows;
use super::records::Records;
use super::{FileError, Format, is_standard, lines};

/// What is read from the machine at once, bytes.
const BLOCK_BYTES: usize = 256 * 1024;

/// Reads the rows of a file.
pub struct Reader {
    path: PathBuf,
    source: Source,
    header: Arc<Header>,
    max_row_bytes: usize,
    rows_read: u64,
}

enum Source {
    Lines(Box<dyn BufRead + Send>),
    Records(Box<Records>),
    Parquet(ParquetRows),
}

impl Reader {
    /// Opens a file, or standard input for `-`. A row of more than `max_row_bytes` is rejected.
    pub fn open(path: &Path, max_row_bytes: usize) -> Result<Self, FileError> {
        let failed = |source| FileError::Open {
            path: path.to_owned(),
            source,
        };
        let bytes: Bytes = if is_standard(path) {
            Box::new(std::io::stdin())
        } else {
            Box::new(File::open(path).map_err(failed)?)
        };
        let (source, header) = match look(path, bytes)? {
            Found::Parquet if is_standard(path) => {
                return Err(FileError::Content {
                    path: path.to_owned(),
                    message: "Parquet is read from a file, not from standard input".to_owned(),
                });
            }
            Found::Parquet => {
                let (rows, header) = ParquetRows::open(path, File::open(path).map_err(failed)?)?;
                (Source::Parquet(rows), header)
            }
            Found::Text(text, Format::Csv) => {
                let (records, header) = Records::open(path, text)?;
                (Source::Records(Box::new(records)), header)
            }
            Found::Text(text, _) => {
                let lines = BufReader::with_capacity(BLOCK_BYTES, text.into_bytes());
                (Source::Lines(Box::new(lines)), Header::default())
            }
        };
        Ok(Self {
            path: path.to_owned(),
            source,
            header: Arc::new(header),
            max_row_bytes,
            rows_read: 0,
        })
    }

    /// An empty chunk to read into.
    #[must_use]
    pub fn chunk(&self) -> Chunk {
        Chunk {
            rows: match self.source {
                Source::Lines(_) => Rows::Lines {
                    bytes: Vec::new(),
                    lines: Vec::new(),
                },
                Source::Records(_) => Rows::Records {
                    records: Vec::new(),
                    used: 0,
                },
                Source::Parquet(_) => Rows::Fields(Vec::new()),
            },
            header: Arc::clone(&self.header),
            max_row_bytes: self.max_row_bytes,
            first_row: 1,
        }
    }

    /// Replaces the rows of a chunk by the next ones; `false` where there are none.
    pub fn read(&mut self, chunk: &mut Chunk) -> Result<bool, FileError> {
        chunk.first_row = self.rows_read + 1;
        let filled = match (&mut self.source, &mut chunk.rows) {
            (Source::Lines(from), Rows::Lines { bytes, lines }) => {
                lines::fill(from, self.max_row_bytes, bytes, lines)
                    .map_err(|error| error.to_string())
            }
            (Source::Records(from), Rows::Records { records, used }) => {
                from.fill(records, used).map_err(|error| error.to_string())
            }
            (Source::Parquet(from), Rows::Fields(rows)) => from.fill(rows),
            _ => Err("a chunk of another file".to_owned()),
        };
        filled.map_err(|message| FileError::Content {
            path: self.path.clone(),
            message,
        })?;
        self.rows_read += chunk.len() as u64;
        Ok(!chunk.is_empty())
    }
}
