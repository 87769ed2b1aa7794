//! The rows of a Parquet file, each as a JSON object. Absent values are left out.

use std::fs::File;

use jiff::Timestamp;
use parquet::file::reader::SerializedFileReader;
use parquet::record::reader::RowIter;
use parquet::record::{Field as Cell, Row};
use serde_json::{Map, Value};

/// The rows of a file.
pub(super) struct RawColumns(RowIter<'static>);

impl RawColumns {
    pub fn new(file: File) -> Result<Self, String> {
        let reader = SerializedFileReader::new(file).map_err(|error| error.to_string())?;
        Ok(Self(RowIter::from_file_into(Box::new(reader))))
    }

    /// Adds the next row to an empty `record`; whether there was one.
    pub fn next_into(&mut self, record: &mut Vec<u8>) -> Result<bool, String> {
        let Some(row) = self.0.next() else {
            return Ok(false);
        };
        let row = row.map_err(|error| error.to_string())?;
        serde_json::to_writer(record, &object(&row)).map_err(|error| error.to_string())?;
        Ok(true)
    }
}

fn object(row: &Row) -> Map<String, Value> {
    let cells = row.get_column_iter();
    let cells = cells.filter(|(_, cell)| !matches!(cell, Cell::Null));
    cells
        .map(|(name, cell)| (name.clone(), value(cell)))
        .collect()
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Bool(value) => (*value).into(),
        Cell::Byte(value) => (*value).into(),
        Cell::Short(value) => (*value).into(),
        Cell::Int(value) => (*value).into(),
        Cell::Long(value) => (*value).into(),
        Cell::UByte(value) => (*value).into(),
        Cell::UShort(value) => (*value).into(),
        Cell::UInt(value) => (*value).into(),
        Cell::ULong(value) => (*value).into(),
        Cell::Float(value) => f64::from(*value).into(),
        Cell::Double(value) => (*value).into(),
        Cell::Str(value) => value.as_str().into(),
        Cell::Bytes(value) => String::from_utf8_lossy(value.data()).into(),
        Cell::TimestampMillis(value) => time(Timestamp::from_millisecond(*value)),
        Cell::TimestampMicros(value) => time(Timestamp::from_microsecond(*value)),
        Cell::Group(row) => object(row).into(),
        Cell::ListInternal(list) => list.elements().iter().map(value).collect(),
        Cell::MapInternal(map) => {
            let entries = map.entries().iter();
            let entries = entries.map(|(key, cell)| match key {
                Cell::Str(key) => (key.clone(), value(cell)),
                other => (other.to_string(), value(cell)),
            });
            Value::Object(entries.collect())
        }
        other => other.to_string().into(),
    }
}

/// A time beyond those that there are is as good as none.
fn time(time: Result<Timestamp, jiff::Error>) -> Value {
    time.map_or(Value::Null, |time| time.to_string().into())
}
