//! Tables as they are written: columns of a kind, and rows of values.

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    Text,
    Integer,
    Float,
    Bool,
    /// JSON: nested in NDJSON, text elsewhere.
    Json,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub name: &'static str,
    pub kind: ColumnKind,
}

/// A value of the kind of its column, or none.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    Json(String),
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        value.map_or(Self::Null, Self::Text)
    }
}

/// A row that can be written to any kind of file.
pub trait Record {
    /// Appends one JSON object, without a line break.
    fn write_json(&self, columns: &[Column], line: &mut Vec<u8>) -> serde_json::Result<()>;
    /// A value a column, in their order.
    fn values(self) -> Vec<Value>;
}

impl Record for Vec<Value> {
    fn write_json(&self, columns: &[Column], line: &mut Vec<u8>) -> serde_json::Result<()> {
        line.push(b'{');
        let mut separator: &[u8] = b"";
        for (column, value) in columns.iter().zip(self) {
            if *value == Value::Null {
                continue;
            }
            line.extend_from_slice(separator);
            separator = b",";
            serde_json::to_writer(&mut *line, column.name)?;
            line.push(b':');
            match value {
                Value::Text(text) => serde_json::to_writer(&mut *line, text)?,
                Value::Integer(number) => serde_json::to_writer(&mut *line, number)?,
                Value::Float(number) => serde_json::to_writer(&mut *line, number)?,
                Value::Bool(flag) => serde_json::to_writer(&mut *line, flag)?,
                Value::Json(json) => line.extend_from_slice(json.as_bytes()),
                Value::Null => {}
            }
        }
        line.push(b'}');
        Ok(())
    }

    fn values(self) -> Vec<Value> {
        self
    }
}
