//! `token create`: who may ask over HTTP.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::exit::Failure;
use super::key::{random_bytes, write_secret};
use super::{note, result};
use crate::access::{Role, TokenHash, new_token};

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Write a new token to a file that is not there yet, and print what the configuration needs
    Create {
        file: PathBuf,
        /// Whose it is, as the audit names him
        #[arg(long, default_value = "admin")]
        name: String,
        /// predict, read, analyst or admin
        #[arg(long, default_value = "admin", value_parser = Role::ALL.map(Role::name))]
        role: String,
    },
}

pub(super) fn run(command: &TokenCommand) -> Result<(), Failure> {
    match command {
        TokenCommand::Create { file, name, role } => create(file, name, role),
    }
}

/// Writes a new token to a file that is not there yet, and prints the table that lets it in.
fn create(path: &Path, name: &str, role: &str) -> Result<(), Failure> {
    let token = new_token(random_bytes()?);
    write_secret(path, &token, "is there already, and is not overwritten")?;
    note(format_args!(
        "a new token is in {}; name the file as http.token_file, or give the configuration this:",
        path.display()
    ));
    result(format_args!(
        "[[http.token]]\nname = {name:?}\nrole = \"{role}\"\nhash = \"{}\"",
        TokenHash::of(&token)
    ))
}
