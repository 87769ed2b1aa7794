//! Work on recorded logins: replay, training, evaluation, batch scoring.

pub mod analyst;
pub mod campaigns;
mod cohorts;
mod correcting;
mod cross_fit;
pub mod dataset;
mod effects;
pub mod evaluate;
mod folds;
mod grow;
pub mod incidents;
pub mod inspect;
pub mod left_out;
pub mod metrics;
pub mod options;
mod ranks;
pub mod report;
pub mod rivals;
pub mod rules;
mod sample;
pub mod score;
mod surrogate;
pub mod train;
mod ways;

use std::fmt;
use std::path::{Path, PathBuf};

pub use dataset::Dataset;

use crate::files::{FileError, Refusals};
use crate::login::{IdHasher, Presence, RejectReason};
use crate::profile::DamagedCell;

/// What a row of a file may be: the same as a message of the stream.
#[derive(Clone, Copy)]
pub struct RowRules<'a> {
    pub hasher: &'a IdHasher,
    /// What is dated later is rejected, as the stream rejects what is dated after its own message.
    pub latest_ms: i64,
    pub max_row_bytes: usize,
    /// Whether each row says what it is.
    pub labelled: bool,
    /// Whether what only people read of a login is kept.
    pub shown: bool,
}

/// Why recorded logins cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(
        "{path}: row {row} has no label; training and evaluation need a field `label` (0 or 1) in \
         every row"
    )]
    NoLabel { path: PathBuf, row: u64 },
    #[error(transparent)]
    NoLogin(#[from] Box<NoLogin>),
    #[error(transparent)]
    Damaged(#[from] DamagedCell),
}

/// A file without any login, and what stands there instead.
#[derive(Debug, thiserror::Error)]
pub struct NoLogin {
    path: PathBuf,
    refused: Refusals,
    look_alikes: Vec<String>,
}

impl NoLogin {
    pub(crate) fn new(path: &Path, refused: &Refusals, presence: &Presence) -> Box<Self> {
        Box::new(Self {
            path: path.to_owned(),
            refused: refused.clone(),
            look_alikes: presence.look_alikes(),
        })
    }
}

impl fmt::Display for NoLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        let Some(first) = &self.refused.first else {
            return write!(f, "{path}: no login: the file is empty");
        };
        let count = self.refused.count;
        write!(f, "{path}: not one row is a login; of {count}, {first}")?;
        if let Some(remedy) = remedy(first.rejected.reason) {
            write!(f, "; {remedy}")?;
        }
        if !self.look_alikes.is_empty() {
            let names = self.look_alikes.join(", ");
            write!(f, "; to rename, if they are that: {names}")?;
        }
        Ok(())
    }
}

/// What usually helps where every row fails alike.
fn remedy(reason: RejectReason) -> Option<&'static str> {
    match reason {
        RejectReason::NotAnObject => {
            Some("each line must be one JSON object; `jq -c '.[]'` makes such lines of an array")
        }
        RejectReason::Truncated => {
            Some("each line must be one whole JSON object; `jq -c .` makes such lines")
        }
        RejectReason::NotJson => Some("if it is CSV, end its name with .csv"),
        RejectReason::NotUtf8 => Some("if it is UTF-16, `iconv -f UTF-16 -t UTF-8` makes it UTF-8"),
        _ => None,
    }
}
