//! Finds the model that a command was asked to use, and shows it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Subcommand;

use super::exit::{Failure, model_failure};
use super::result;
use crate::model::Model;

#[derive(Debug, Subcommand)]
pub(super) enum ModelCommand {
    /// Print a model's card: data, features, metrics, thresholds, checksum
    Show {
        /// The model; the shipped one without
        file: Option<PathBuf>,
    },
}

pub(super) fn run(command: &ModelCommand) -> Result<(), Failure> {
    match command {
        ModelCommand::Show { file } => show(file.as_deref()),
    }
}

/// Loads the model of a path, or the shipped one.
pub(super) fn load_model(path: Option<&Path>) -> Result<Arc<Model>, Failure> {
    let loaded = path.map_or_else(Model::shipped, Model::load);
    loaded
        .map(Arc::new)
        .map_err(|error| model_failure(path, &error))
}

fn show(path: Option<&Path>) -> Result<(), Failure> {
    print(load_model(path)?.as_ref())
}

/// Prints a model's card.
pub(super) fn print(model: &Model) -> Result<(), Failure> {
    result(format_args!(
        "model           {}\n{}\nlog-odds        {}\nflagged from    risk {:.4}, and {:.4} in a \
         user's first ten logins (at most {} of honest logins)",
        model.checksum(),
        model.card(),
        model.parts().calibration,
        model.threshold(),
        model.threshold_first(),
        model.card().max_false_positive_rate
    ))
}
