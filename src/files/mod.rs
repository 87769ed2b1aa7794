//! Logins and scores in files: NDJSON, CSV and Parquet, `.gz` and `.zst` around the first two.
//!
//! What is read is told by its first bytes and then by its name; what is written, by its name or by
//! whoever asks.

mod chunk;
mod detect;
mod lines;
mod output;
mod parquet;
mod raw;
mod read;
mod records;
mod refusal;
mod table;
mod write;

use std::path::{Path, PathBuf};

pub use chunk::{Chunk, Parsed, Row};
pub use output::{Output, refuse_overwrite};
pub use raw::{RawLines, RawRecords};
pub use read::Reader;
pub use refusal::{Refusal, Refusals};
pub use table::{Column, ColumnKind, Record, Value};
pub use write::Writer;

/// What goes wrong with a file, by what the caller tells the user.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{path}: {source}")]
    Open {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "{path}: unknown kind of file; use .ndjson, .csv or .parquet (the first two also with .gz \
         or .zst)"
    )]
    UnknownKind { path: PathBuf },
    #[error(
        "{path}: the name does not say what to write; end it with .ndjson, .csv or .parquet (the \
         first two also with .gz or .zst), or say it with --format"
    )]
    UnknownOutput { path: PathBuf },
    #[error("{path}: {message}")]
    Content { path: PathBuf, message: String },
    #[error("{path} is also the input; write to another file")]
    SameFile { path: PathBuf },
    #[error("{path}: cannot be made: {source}")]
    Create {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path}: cannot write: {source}")]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
}

impl FileError {
    /// Whether whoever read our output has gone away, which is no failure of ours.
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        match self {
            Self::Write { source, .. } => source.kind() == std::io::ErrorKind::BrokenPipe,
            _ => false,
        }
    }
}

/// How rows are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Ndjson,
    Csv,
    Parquet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compression {
    None,
    Gzip,
    Zstd,
}

/// What a file's name says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Named {
    format: Option<Format>,
    compression: Compression,
}

impl Named {
    fn new(path: &Path) -> Self {
        let name = path.file_name().map(|name| name.to_string_lossy());
        let name = name.unwrap_or_default().to_lowercase();
        let (stem, compression) = if let Some(stem) = name.strip_suffix(".gz") {
            (stem, Compression::Gzip)
        } else if let Some(stem) = name.strip_suffix(".zst") {
            (stem, Compression::Zstd)
        } else {
            (name.as_str(), Compression::None)
        };
        let format = match stem.rsplit_once('.') {
            Some((_, "ndjson" | "jsonl" | "json")) => Some(Format::Ndjson),
            Some((_, "csv" | "tsv")) => Some(Format::Csv),
            Some((_, "parquet")) if compression == Compression::None => Some(Format::Parquet),
            _ => None,
        };
        Self {
            format,
            compression,
        }
    }
}

/// Whether a path stands for standard input or output.
fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

#[cfg(test)]
mod tests;
