//! Writes tables row by row. A file appears under its name only when it is whole.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::parquet::ParquetWriter;
use super::table::{Column, Value};
use super::{Compression, FileError, Format, kind_of};

/// Writes rows to a file of any kind; `-` is NDJSON to standard output.
pub struct Writer {
    target: Target,
    columns: &'static [Column],
    /// (what is written, what it is renamed to), for a file.
    names: Option<(PathBuf, PathBuf)>,
    path: PathBuf,
}

enum Target {
    Ndjson(Bytes),
    Csv(Box<csv::Writer<Bytes>>),
    Parquet(Box<ParquetWriter>),
}

/// Bytes through a compressor.
enum Bytes {
    Plain(Box<dyn Write + Send>),
    Gzip(Box<flate2::write::GzEncoder<BufWriter<File>>>),
    Zstd(Box<zstd::Encoder<'static, BufWriter<File>>>),
}

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(writer) => writer.write(bytes),
            Self::Gzip(writer) => writer.write(bytes),
            Self::Zstd(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Plain(writer) => writer.flush(),
            Self::Gzip(writer) => writer.flush(),
            Self::Zstd(writer) => writer.flush(),
        }
    }
}

impl Bytes {
    fn finish(self) -> std::io::Result<()> {
        match self {
            Self::Plain(mut writer) => writer.flush(),
            Self::Gzip(writer) => writer.finish()?.flush(),
            Self::Zstd(writer) => writer.finish()?.flush(),
        }
    }
}

fn failed(path: &Path) -> impl Fn(String) -> FileError {
    let path = path.to_owned();
    move |message| FileError::Write {
        path: path.clone(),
        message,
    }
}

impl Writer {
    /// Opens a file for writing, by its extension.
    pub fn create(path: &Path, columns: &'static [Column]) -> Result<Self, FileError> {
        let (format, compression) = kind_of(path)?;
        if path.as_os_str() == "-" {
            let bytes = Bytes::Plain(Box::new(BufWriter::new(std::io::stdout())));
            return Ok(Self {
                target: Target::Ndjson(bytes),
                columns,
                names: None,
                path: path.to_owned(),
            });
        }
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(".part");
        let unfinished = PathBuf::from(unfinished);
        let fail = failed(path);
        let file = File::create(&unfinished).map_err(|error| FileError::Create {
            path: path.to_owned(),
            message: error.to_string(),
        })?;
        let bytes = |file: File| -> std::io::Result<Bytes> {
            let file = BufWriter::with_capacity(1 << 18, file);
            Ok(match compression {
                Compression::None => Bytes::Plain(Box::new(file)),
                Compression::Gzip => Bytes::Gzip(Box::new(flate2::write::GzEncoder::new(
                    file,
                    flate2::Compression::default(),
                ))),
                Compression::Zstd => Bytes::Zstd(Box::new(zstd::Encoder::new(file, 3)?)),
            })
        };
        let target = match format {
            Format::Parquet => Target::Parquet(Box::new(
                ParquetWriter::new(file, columns).map_err(|error| fail(error.to_string()))?,
            )),
            Format::Ndjson => Target::Ndjson(bytes(file).map_err(|error| fail(error.to_string()))?),
            Format::Csv => {
                let mut writer =
                    csv::Writer::from_writer(bytes(file).map_err(|error| fail(error.to_string()))?);
                let header = writer.write_record(columns.iter().map(|column| column.name));
                header.map_err(|error| fail(error.to_string()))?;
                Target::Csv(Box::new(writer))
            }
        };
        Ok(Self {
            target,
            columns,
            names: Some((unfinished, path.to_owned())),
            path: path.to_owned(),
        })
    }

    /// Writes a row: one value a column, in their order.
    pub fn write(&mut self, row: Vec<Value>) -> Result<(), FileError> {
        let written = match &mut self.target {
            Target::Ndjson(bytes) => {
                write_ndjson(bytes, self.columns, &row).map_err(|error| error.to_string())
            }
            Target::Csv(writer) => writer
                .write_record(row.iter().map(csv_text))
                .map_err(|error| error.to_string()),
            Target::Parquet(writer) => writer.write(row).map_err(|error| error.to_string()),
        };
        written.map_err(failed(&self.path))
    }

    /// Ends the file and gives it its name.
    pub fn finish(self) -> Result<(), FileError> {
        let fail = failed(&self.path);
        match self.target {
            Target::Ndjson(bytes) => bytes.finish().map_err(|error| fail(error.to_string()))?,
            Target::Csv(writer) => {
                let bytes = writer
                    .into_inner()
                    .map_err(|error| fail(error.to_string()))?;
                bytes.finish().map_err(|error| fail(error.to_string()))?;
            }
            Target::Parquet(writer) => writer.finish().map_err(|error| fail(error.to_string()))?,
        }
        match self.names {
            Some((unfinished, path)) => {
                std::fs::rename(unfinished, path).map_err(|error| fail(error.to_string()))
            }
            None => Ok(()),
        }
    }
}

fn write_ndjson(bytes: &mut Bytes, columns: &[Column], row: &[Value]) -> std::io::Result<()> {
    let mut line = Vec::with_capacity(256);
    line.push(b'{');
    for (column, value) in columns.iter().zip(row) {
        if *value == Value::Null {
            continue;
        }
        if line.len() > 1 {
            line.push(b',');
        }
        serde_json::to_writer(&mut line, column.name)?;
        line.push(b':');
        match value {
            Value::Text(text) => serde_json::to_writer(&mut line, text)?,
            Value::Integer(number) => serde_json::to_writer(&mut line, number)?,
            Value::Float(number) => serde_json::to_writer(&mut line, number)?,
            Value::Bool(flag) => serde_json::to_writer(&mut line, flag)?,
            Value::Json(json) => line.extend_from_slice(json.as_bytes()),
            Value::Null => {}
        }
    }
    line.extend_from_slice(b"}\n");
    bytes.write_all(&line)
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
