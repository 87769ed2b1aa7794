//! Parquet, through the column and record interfaces (no Arrow).

use std::borrow::Cow;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::record::Field as Cell;
use parquet::record::reader::RowIter;
use parquet::schema::types::Type;

use super::chunk::{CHUNK_ROWS, Header};
use super::records::checked;
use super::table::{Column, ColumnKind, Value};
use super::{FileError, Output};
use crate::login::field::Field;
use crate::login::fields::{Fields, Scalar};

/// Rows of a row group: what is held in memory while writing.
const GROUP_ROWS: usize = 64 * 1024;

/// The rows of a file.
pub(super) struct ParquetRows {
    rows: RowIter<'static>,
}

impl ParquetRows {
    pub(super) fn open(path: &Path, file: File) -> Result<(Self, Header), FileError> {
        let content = |message: String| FileError::Content {
            path: path.to_owned(),
            message,
        };
        let reader = SerializedFileReader::new(file).map_err(|error| content(error.to_string()))?;
        let columns = reader.metadata().file_metadata().schema().get_fields();
        let names = columns.iter().map(|column| column.name().to_owned());
        let header = checked(Header::new(names.collect())).map_err(content)?;
        let rows = RowIter::from_file_into(Box::new(reader));
        Ok((Self { rows }, header))
    }

    /// Replaces the rows by the next ones.
    pub(super) fn fill(&mut self, rows: &mut Vec<Fields<'static>>) -> Result<(), String> {
        rows.clear();
        for row in self.rows.by_ref().take(CHUNK_ROWS) {
            let row = row.map_err(|error| error.to_string())?;
            let mut fields = Fields::default();
            for (name, cell) in row.get_column_iter() {
                if let Some(field) = Field::from_name(name) {
                    let set = fields.set(field, scalar(cell));
                    set.map_err(|rejected| rejected.to_string())?;
                }
            }
            rows.push(fields);
        }
        Ok(())
    }
}

fn scalar(cell: &Cell) -> Scalar<'static> {
    match cell {
        Cell::Null => Scalar::Null,
        Cell::Bool(value) => Scalar::Bool(*value),
        Cell::Byte(value) => Scalar::Integer(i64::from(*value)),
        Cell::Short(value) => Scalar::Integer(i64::from(*value)),
        Cell::Int(value) => Scalar::Integer(i64::from(*value)),
        Cell::Long(value) | Cell::TimestampMillis(value) => Scalar::Integer(*value),
        Cell::TimestampMicros(value) => Scalar::Integer(*value / 1000),
        Cell::UByte(value) => Scalar::Integer(i64::from(*value)),
        Cell::UShort(value) => Scalar::Integer(i64::from(*value)),
        Cell::UInt(value) => Scalar::Integer(i64::from(*value)),
        Cell::ULong(value) => {
            i64::try_from(*value).map_or(Scalar::Float(*value as f64), Scalar::Integer)
        }
        Cell::Float(value) => Scalar::Float(f64::from(*value)),
        Cell::Double(value) => Scalar::Float(*value),
        Cell::Str(value) => Scalar::Text(Cow::Owned(value.clone())),
        Cell::Bytes(value) => match std::str::from_utf8(value.data()) {
            Ok(text) => Scalar::Text(Cow::Owned(text.to_owned())),
            Err(_) => Scalar::Nested,
        },
        _ => Scalar::Nested,
    }
}

/// Writes rows, a row group at a time.
pub(super) struct ParquetWriter {
    file: SerializedFileWriter<Output>,
    columns: &'static [Column],
    rows: Vec<Vec<Value>>,
}

impl ParquetWriter {
    pub(super) fn new(file: Output, columns: &'static [Column]) -> Result<Self, ParquetError> {
        let fields: Result<Vec<_>, ParquetError> = columns
            .iter()
            .map(|column| column_type(column).map(Arc::new))
            .collect();
        let schema = Type::group_type_builder("row")
            .with_fields(fields?)
            .build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(Default::default()))
            .build();
        Ok(Self {
            file: SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?,
            columns,
            rows: Vec::new(),
        })
    }

    pub(super) fn write(&mut self, row: Vec<Value>) -> Result<(), ParquetError> {
        self.rows.push(row);
        if self.rows.len() >= GROUP_ROWS {
            self.flush()
        } else {
            Ok(())
        }
    }

    pub(super) fn finish(mut self) -> Result<Output, ParquetError> {
        self.flush()?;
        self.file.into_inner()
    }

    fn flush(&mut self) -> Result<(), ParquetError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        for index in 0..self.columns.len() {
            let Some(mut column) = group.next_column()? else {
                break;
            };
            write_column(column.untyped(), self.rows.iter().map(|row| &row[index]))?;
            column.close()?;
        }
        group.close()?;
        self.rows.clear();
        Ok(())
    }
}

fn column_type(column: &Column) -> Result<Type, ParquetError> {
    let (physical, converted) = match column.kind {
        ColumnKind::Text | ColumnKind::Json => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
        ColumnKind::Integer => (Physical::INT64, ConvertedType::NONE),
        ColumnKind::Float => (Physical::DOUBLE, ConvertedType::NONE),
        ColumnKind::Bool => (Physical::BOOLEAN, ConvertedType::NONE),
    };
    Type::primitive_type_builder(column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_converted_type(converted)
        .build()
}

fn write_column<'a>(
    writer: &mut ColumnWriter<'_>,
    values: impl Iterator<Item = &'a Value> + Clone,
) -> Result<(), ParquetError> {
    // A definition level says of each row whether it has a value.
    let levels: Vec<i16> = values
        .clone()
        .map(|value| i16::from(!matches!(value, Value::Null)))
        .collect();
    match writer {
        ColumnWriter::BoolColumnWriter(writer) => {
            let values: Vec<bool> = values
                .filter_map(|value| {
                    if let Value::Bool(value) = value {
                        Some(*value)
                    } else {
                        None
                    }
                })
                .collect();
            writer.write_batch(&values, Some(&levels), None)?;
        }
        ColumnWriter::Int64ColumnWriter(writer) => {
            let values: Vec<i64> = values
                .filter_map(|value| {
                    if let Value::Integer(value) = value {
                        Some(*value)
                    } else {
                        None
                    }
                })
                .collect();
            writer.write_batch(&values, Some(&levels), None)?;
        }
        ColumnWriter::DoubleColumnWriter(writer) => {
            let values: Vec<f64> = values
                .filter_map(|value| {
                    if let Value::Float(value) = value {
                        Some(*value)
                    } else {
                        None
                    }
                })
                .collect();
            writer.write_batch(&values, Some(&levels), None)?;
        }
        ColumnWriter::ByteArrayColumnWriter(writer) => {
            let values: Vec<ByteArray> = values
                .filter_map(|value| match value {
                    Value::Text(text) | Value::Json(text) => Some(ByteArray::from(text.as_str())),
                    _ => None,
                })
                .collect();
            writer.write_batch(&values, Some(&levels), None)?;
        }
        _ => {
            return Err(ParquetError::General(
                "a column of a type that is never made".to_owned(),
            ));
        }
    }
    Ok(())
}
