//! `key create`: a secret for `ids.key_file`.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::exit::{Code, Failure};
use super::note;

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Write a new secret to a file that is not there yet, for ids.key_file
    Create { file: PathBuf },
}

const SECRET_BYTES: usize = 32;

pub(super) fn run(command: &KeyCommand) -> Result<(), Failure> {
    match command {
        KeyCommand::Create { file } => create(file),
    }
}

/// Writes a new secret to a file that is not there yet: what an old one hides can be read under no
/// other.
fn create(path: &Path) -> Result<(), Failure> {
    let bytes = random_bytes()?;
    let secret: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let exists = "is there already, and is not overwritten: profiles can only be read under the key \
        they were written under";
    write_secret(path, &secret, exists)?;
    note(format_args!(
        "a new key is in {}; set ids.key_file to it on every node, and keep a copy for ever",
        path.display()
    ));
    Ok(())
}

/// Writes a secret to a new file that only its owner reads.
pub(super) fn write_secret(path: &Path, secret: &str, exists: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        let text = match error.kind() {
            std::io::ErrorKind::AlreadyExists => exists.to_owned(),
            _ => error.to_string(),
        };
        Failure::new(
            Code::CannotCreate,
            format_args!("{}: {text}", path.display()),
        )
    };
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    let written = writeln!(file, "{secret}").and_then(|()| file.sync_all());
    written.map_err(failed)
}

/// Bytes that nobody can guess.
pub(super) fn random_bytes() -> Result<[u8; SECRET_BYTES], Failure> {
    let mut bytes = [0; SECRET_BYTES];
    let read = File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    read.map_err(|error| {
        Failure::internal(format_args!("the system gives no random bytes: {error}"))
    })?;
    Ok(bytes)
}
