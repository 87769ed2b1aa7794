//! `token create`: who may ask over HTTP.

use std::path::Path;

use super::exit::Failure;
use super::key::{random_bytes, write_secret};
use super::{note, result};
use crate::access::{TokenHash, new_token};

/// Writes a new token to a file that is not there yet, and prints the table that lets it in.
pub(super) fn create(path: &Path, name: &str, role: &str) -> Result<(), Failure> {
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
