//! How a command ends: a message and the exit code of sysexits.h that fits it.

use std::fmt;

use crate::config::Problems;
use crate::files::FileError;
use crate::model::ModelError;
use crate::offline::LoadError;
use crate::offline::options::TrainingError;
use crate::profile::DamagedCell;

/// The exit codes that users rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    /// It did what was asked, and what it found is not as it should be.
    Failed = 1,
    Usage = 64,
    BadData = 65,
    NoInput = 66,
    Unavailable = 69,
    Internal = 70,
    CannotCreate = 73,
    CannotWrite = 74,
    Configuration = 78,
}

/// A command that could not do what was asked, and why.
#[derive(Debug)]
pub struct Failure {
    pub code: Code,
    pub message: String,
}

impl Failure {
    pub fn new(code: Code, message: impl fmt::Display) -> Self {
        Self {
            code,
            message: message.to_string(),
        }
    }

    pub fn configuration(message: impl fmt::Display) -> Self {
        Self::new(Code::Configuration, message)
    }

    pub fn internal(message: impl fmt::Display) -> Self {
        Self::new(Code::Internal, message)
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        let code = match &error {
            FileError::Open { .. } => Code::NoInput,
            FileError::UnknownKind { .. } | FileError::Content { .. } => Code::BadData,
            FileError::UnknownOutput { .. } | FileError::SameFile { .. } => Code::Usage,
            FileError::Create { .. } => Code::CannotCreate,
            FileError::Write { .. } => Code::CannotWrite,
        };
        Self::new(code, error)
    }
}

impl From<DamagedCell> for Failure {
    fn from(damaged: DamagedCell) -> Self {
        Self::internal(damaged)
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::File(error) => error.into(),
            LoadError::Damaged(damaged) => damaged.into(),
            error => Self::new(Code::BadData, error),
        }
    }
}

impl From<TrainingError> for Failure {
    fn from(error: TrainingError) -> Self {
        match error {
            TrainingError::TooFew { .. } | TrainingError::TooFewFamilies(_) => {
                Self::new(Code::BadData, error)
            }
            error => Self::internal(error),
        }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::configuration(problems)
    }
}

/// The failure to load the model at a path, or the shipped one.
pub fn model_failure(path: Option<&std::path::Path>, error: &ModelError) -> Failure {
    let name = path.map_or_else(
        || "the shipped model".to_owned(),
        |path| path.display().to_string(),
    );
    let code = match error {
        ModelError::Unreadable(_) => Code::NoInput,
        _ => Code::BadData,
    };
    Failure::new(code, format!("{name}: {error}"))
}
