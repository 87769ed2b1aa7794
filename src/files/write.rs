//! Writes tables, many rows at a time.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::parquet::ParquetWriter;
use super::table::{Column, Record, Value};
use super::{Compression, FileError, Format, Named, Output, is_standard};

/// Rows that one thread writes at a time.
const PIECE_ROWS: usize = 256;
/// What is written to the machine at once, bytes.
const BLOCK_BYTES: usize = 256 * 1024;

/// Writes rows to a file of any kind.
pub struct Writer {
    target: Target,
    columns: &'static [Column],
    path: PathBuf,
}

enum Target {
    Ndjson(Bytes),
    Csv(Box<csv::Writer<Bytes>>),
    Parquet(Box<ParquetWriter>),
}

type Buffered = BufWriter<Output>;

/// Bytes through a compressor.
enum Bytes {
    Plain(Buffered),
    Gzip(Box<flate2::write::GzEncoder<Buffered>>),
    Zstd(Box<zstd::Encoder<'static, Buffered>>),
}

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(writer) => writer.write(bytes),
            Self::Gzip(writer) => writer.write(bytes),
            Self::Zstd(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(writer) => writer.flush(),
            Self::Gzip(writer) => writer.flush(),
            Self::Zstd(writer) => writer.flush(),
        }
    }
}

impl Bytes {
    fn new(output: Output, compression: Compression) -> io::Result<Self> {
        let output = BufWriter::with_capacity(BLOCK_BYTES, output);
        Ok(match compression {
            Compression::None => Self::Plain(output),
            Compression::Gzip => Self::Gzip(Box::new(flate2::write::GzEncoder::new(
                output,
                flate2::Compression::default(),
            ))),
            Compression::Zstd => Self::Zstd(Box::new(zstd::Encoder::new(output, 3)?)),
        })
    }

    fn finish(self) -> io::Result<Output> {
        let output = match self {
            Self::Plain(output) => output,
            Self::Gzip(writer) => writer.finish()?,
            Self::Zstd(writer) => writer.finish()?,
        };
        output.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

impl Writer {
    /// Opens a file for writing, by its name.
    pub fn create(path: &Path, columns: &'static [Column]) -> Result<Self, FileError> {
        Self::create_as(path, columns, None)
    }

    /// Opens a file for writing: as `format` says, or else by its name. A stream is NDJSON.
    pub fn create_as(
        path: &Path,
        columns: &'static [Column],
        format: Option<Format>,
    ) -> Result<Self, FileError> {
        let named = Named::new(path);
        let format = format.or(named.format);
        let is_special = || path.metadata().is_ok_and(|found| !found.is_file());
        if format.is_none() && !is_standard(path) && !is_special() {
            return Err(FileError::UnknownOutput {
                path: path.to_owned(),
            });
        }
        let output = Output::create(path)?;
        let target = match format.unwrap_or(Format::Ndjson) {
            Format::Ndjson => Bytes::new(output, named.compression).map(Target::Ndjson),
            Format::Csv => Bytes::new(output, named.compression).and_then(|bytes| {
                let mut writer = csv::Writer::from_writer(bytes);
                writer.write_record(columns.iter().map(|column| column.name))?;
                Ok(Target::Csv(Box::new(writer)))
            }),
            Format::Parquet => ParquetWriter::new(output, columns)
                .map(|writer| Target::Parquet(Box::new(writer)))
                .map_err(io::Error::other),
        };
        Ok(Self {
            target: target.map_err(|source| FileError::Write {
                path: path.to_owned(),
                source,
            })?,
            columns,
            path: path.to_owned(),
        })
    }

    /// Writes rows; their bytes are made in parallel.
    pub fn write_all<R: Record + Send + Sync>(&mut self, rows: Vec<R>) -> Result<(), FileError> {
        let columns = self.columns;
        let written = match &mut self.target {
            Target::Ndjson(bytes) => write_ndjson(bytes, columns, &rows),
            Target::Csv(writer) => rows.into_iter().try_for_each(|row| write_csv(writer, row)),
            Target::Parquet(writer) => rows
                .into_iter()
                .try_for_each(|row| writer.write(row.values()))
                .map_err(io::Error::other),
        };
        written.map_err(|source| self.failed(source))
    }

    /// Writes one row.
    pub fn write(&mut self, row: Vec<Value>) -> Result<(), FileError> {
        let written = match &mut self.target {
            Target::Ndjson(bytes) => write_piece(self.columns, std::slice::from_ref(&row))
                .and_then(|piece| bytes.write_all(&piece)),
            Target::Csv(writer) => write_csv(writer, row),
            Target::Parquet(writer) => writer.write(row).map_err(io::Error::other),
        };
        written.map_err(|source| self.failed(source))
    }

    /// Ends the file and gives it its name.
    pub fn finish(self) -> Result<(), FileError> {
        let ended = match self.target {
            Target::Ndjson(bytes) => bytes.finish(),
            Target::Csv(writer) => writer
                .into_inner()
                .map_err(|error| error.into_error())
                .and_then(Bytes::finish),
            Target::Parquet(writer) => writer.finish().map_err(io::Error::other),
        };
        ended
            .map_err(|source| FileError::Write {
                path: self.path,
                source,
            })?
            .finish()
    }

    fn failed(&self, source: io::Error) -> FileError {
        FileError::Write {
            path: self.path.clone(),
            source,
        }
    }
}

fn write_ndjson<R: Record + Sync>(
    bytes: &mut Bytes,
    columns: &[Column],
    rows: &[R],
) -> io::Result<()> {
    let pieces: io::Result<Vec<Vec<u8>>> = rows
        .par_chunks(PIECE_ROWS)
        .map(|rows| write_piece(columns, rows))
        .collect();
    pieces?.iter().try_for_each(|piece| bytes.write_all(piece))
}

fn write_piece<R: Record>(columns: &[Column], rows: &[R]) -> io::Result<Vec<u8>> {
    let mut piece = Vec::with_capacity(rows.len() * 256);
    for row in rows {
        row.write_json(columns, &mut piece)?;
        piece.push(b'\n');
    }
    Ok(piece)
}

fn write_csv<R: Record>(writer: &mut csv::Writer<Bytes>, row: R) -> io::Result<()> {
    writer.write_record(row.values().iter().map(csv_text))?;
    Ok(())
}

fn csv_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Text(text) | Value::Json(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Bool(flag) => u8::from(*flag).to_string(),
    }
}
