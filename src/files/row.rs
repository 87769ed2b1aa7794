//! One row of a file of logins, before its rules are checked.

use super::FileError;
use crate::login::fields::Fields;
use crate::login::{Event, RejectReason, Rejected};

/// A line longer than this is cut and so rejected, bytes: a file cannot fill the memory with one line.
pub(super) const MAX_LINE_BYTES: u64 = 1 << 20;

/// One row of a file, before its rules are checked.
#[derive(Debug)]
pub enum Row {
    /// A line of NDJSON.
    Json(Vec<u8>),
    /// The columns of a CSV or Parquet row.
    Fields(Box<Fields<'static>>),
    /// A row that cannot even be taken apart.
    Rejected(Rejected),
}

impl Row {
    /// Checks the row.
    pub fn event(&self) -> Result<Event<'_>, Rejected> {
        match self {
            Self::Json(line) if line.len() as u64 >= MAX_LINE_BYTES => {
                Err(Rejected::new(RejectReason::TooLarge))
            }
            Self::Json(line) => Event::from_json(line),
            Self::Rejected(rejected) => Err(*rejected),
            Self::Fields(fields) => Event::from_fields(fields.as_ref().clone()),
        }
    }
}

/// The rows of a file, in their order.
pub type Rows = Box<dyn Iterator<Item = Result<Row, FileError>> + Send>;
