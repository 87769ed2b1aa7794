//! `key create`: a secret for `ids.key_file`.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::exit::{Code, Failure};
use super::note;

const SECRET_BYTES: usize = 32;

/// Writes a new secret to a file that is not there yet: what an old one hides can be read under no
/// other.
pub(super) fn create(path: &Path) -> Result<(), Failure> {
    let secret = random_text().map_err(|error| {
        Failure::internal(format_args!("the system gives no random bytes: {error}"))
    })?;
    let failed = |error: std::io::Error| {
        let text = if error.kind() == std::io::ErrorKind::AlreadyExists {
            "is there already, and is not overwritten: profiles can only be read under the key \
             they were written under"
                .to_owned()
        } else {
            error.to_string()
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
    written.map_err(failed)?;
    note(format_args!(
        "a new key is in {}; set ids.key_file to it on every node, and keep a copy for ever",
        path.display()
    ));
    Ok(())
}

fn random_text() -> std::io::Result<String> {
    let mut bytes = [0; SECRET_BYTES];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
