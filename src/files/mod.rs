//! Logins and scores in files: NDJSON, CSV and Parquet by extension, `.gz` and `.zst` around the first two.

mod parquet;
mod read;
mod row;
mod table;
mod write;

use std::path::{Path, PathBuf};

pub use read::open;
pub use row::Row;
pub use table::{Column, ColumnKind, Value};
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
        "{path}: unknown kind of file; use .ndjson, .csv or .parquet (the first two also with .gz or .zst)"
    )]
    UnknownKind { path: PathBuf },
    #[error("{path}: {message}")]
    Content { path: PathBuf, message: String },
    #[error("{path}: cannot be made: {message}")]
    Create { path: PathBuf, message: String },
    #[error("{path}: cannot write: {message}")]
    Write { path: PathBuf, message: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
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

/// The format and compression of a file name; `-` is NDJSON.
fn kind_of(path: &Path) -> Result<(Format, Compression), FileError> {
    if path.as_os_str() == "-" {
        return Ok((Format::Ndjson, Compression::None));
    }
    let unknown = || FileError::UnknownKind {
        path: path.to_owned(),
    };
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or_else(unknown)?
        .to_lowercase();
    let (stem, compression) = if let Some(stem) = name.strip_suffix(".gz") {
        (stem, Compression::Gzip)
    } else if let Some(stem) = name.strip_suffix(".zst") {
        (stem, Compression::Zstd)
    } else {
        (name.as_str(), Compression::None)
    };
    let format = match stem.rsplit('.').next() {
        Some("ndjson" | "jsonl" | "json") => Format::Ndjson,
        Some("csv") => Format::Csv,
        Some("parquet") if compression == Compression::None => Format::Parquet,
        _ => return Err(unknown()),
    };
    Ok((format, compression))
}

#[cfg(test)]
mod tests;
