//! Reads logins row by row.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::row::{MAX_LINE_BYTES, Row, Rows};
use super::{Compression, FileError, Format, kind_of, parquet};
use crate::login::field::Field;
use crate::login::fields::{Fields, Scalar};
use crate::login::{RejectReason, Rejected};

/// Opens a file by its extension; `-` is NDJSON from standard input.
pub fn open(path: &Path) -> Result<Rows, FileError> {
    let (format, compression) = kind_of(path)?;
    if path.as_os_str() == "-" {
        return Ok(ndjson(path, Box::new(BufReader::new(std::io::stdin()))));
    }
    let failed = |source| FileError::Open {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    if format == Format::Parquet {
        return parquet::rows(path, file);
    }
    let bytes: Box<dyn Read + Send> = match compression {
        Compression::None => Box::new(file),
        Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(BufReader::new(file))),
        Compression::Zstd => Box::new(zstd::Decoder::new(file).map_err(failed)?),
    };
    match format {
        Format::Csv => csv_rows(path, bytes),
        _ => Ok(ndjson(
            path,
            Box::new(BufReader::with_capacity(1 << 18, bytes)),
        )),
    }
}

fn ndjson(path: &Path, mut lines: Box<dyn BufRead + Send>) -> Rows {
    let path = path.to_owned();
    let mut ended = false;
    Box::new(std::iter::from_fn(move || {
        while !ended {
            let mut line = Vec::new();
            match lines
                .by_ref()
                .take(MAX_LINE_BYTES)
                .read_until(b'\n', &mut line)
            {
                Ok(0) => ended = true,
                Ok(_) if line.iter().all(u8::is_ascii_whitespace) => {}
                Ok(read) => {
                    if read as u64 == MAX_LINE_BYTES && line.last() != Some(&b'\n') {
                        // The rest of the line goes unread; the row is rejected for its length.
                        ended = lines.skip_until(b'\n').is_err();
                    }
                    return Some(Ok(Row::Json(line)));
                }
                Err(error) => {
                    ended = true;
                    return Some(Err(FileError::Content {
                        path: path.clone(),
                        message: error.to_string(),
                    }));
                }
            }
        }
        None
    }))
}

fn csv_rows(path: &Path, bytes: Box<dyn Read + Send>) -> Result<Rows, FileError> {
    let path = path.to_owned();
    let content = |error: &csv::Error| FileError::Content {
        path: path.clone(),
        message: error.to_string(),
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = reader.headers().map_err(|error| content(&error))?.clone();
    let columns: Vec<Option<Field>> = header
        .iter()
        .map(|name| Field::from_name(name.trim()))
        .collect();
    for needed in [Field::UserId, Field::Timestamp, Field::Success] {
        if !columns.contains(&Some(needed)) {
            let message = format!(
                "there is no column `{}` (found: {})",
                needed.name(),
                header.iter().collect::<Vec<_>>().join(", ")
            );
            return Err(FileError::Content { path, message });
        }
    }
    let path = path.clone();
    Ok(Box::new(reader.into_byte_records().map(move |record| {
        let record = record.map_err(|error| FileError::Content {
            path: path.clone(),
            message: error.to_string(),
        })?;
        let mut fields = Fields::default();
        for (value, field) in record.iter().zip(&columns) {
            let Some(field) = field else { continue };
            let Ok(text) = std::str::from_utf8(value) else {
                return Ok(Row::Rejected(Rejected::field(
                    RejectReason::NotUtf8,
                    *field,
                )));
            };
            if let Err(rejected) = fields.set(*field, Scalar::Text(Cow::Owned(text.to_owned()))) {
                return Ok(Row::Rejected(rejected));
            }
        }
        Ok(Row::Fields(Box::new(fields)))
    })))
}
