//! Files that appear under their names only when they are whole.

use std::fs::{File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::{FileError, is_standard};

/// A file being written. Where it is not finished, what stood under its name still stands there.
pub struct Output {
    path: PathBuf,
    sink: Sink,
}

enum Sink {
    Standard(io::Stdout),
    /// A device or a pipe: there is nothing to rename.
    Direct(File),
    /// SideBatch the file that it becomes.
    Unfinished(NamedTempFile, PathBuf),
}

impl Output {
    /// Makes a file, or says now why it cannot be made.
    pub fn create(path: &Path) -> Result<Self, FileError> {
        let sink = sink(path).map_err(|source| FileError::Create {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self {
            path: path.to_owned(),
            sink,
        })
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the whole content, and gives the file its name.
    pub fn write_whole(mut self, bytes: &[u8]) -> Result<(), FileError> {
        let written = self.write_all(bytes);
        written.map_err(|source| FileError::Write {
            path: self.path.clone(),
            source,
        })?;
        self.finish()
    }

    /// Gives the file its name.
    pub fn finish(self) -> Result<(), FileError> {
        let finished = match self.sink {
            Sink::Standard(mut stream) => stream.flush(),
            Sink::Direct(mut file) => file.flush(),
            Sink::Unfinished(file, name) => file
                .as_file()
                .sync_all()
                .and_then(|()| file.persist(name).map_err(|error| error.error))
                .map(drop),
        };
        finished.map_err(|source| FileError::Write {
            path: self.path,
            source,
        })
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.sink {
            Sink::Standard(stream) => stream.write(bytes),
            Sink::Direct(file) => file.write(bytes),
            Sink::Unfinished(file, _) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Standard(stream) => stream.flush(),
            Sink::Direct(file) => file.flush(),
            Sink::Unfinished(file, _) => file.flush(),
        }
    }
}

fn sink(path: &Path) -> io::Result<Sink> {
    if is_standard(path) {
        return Ok(Sink::Standard(io::stdout()));
    }
    let existing = path.metadata().ok();
    match &existing {
        Some(existing) if existing.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Some(existing) if !existing.is_file() => {
            return File::options().write(true).open(path).map(Sink::Direct);
        }
        // Renaming onto it needs no right to write to it, but whoever took that right away meant
        // it.
        Some(_) => drop(File::options().write(true).open(path)?),
        None => {}
    }
    // A link stays a link: what it leads to is replaced.
    let name = match existing {
        Some(_) => path.canonicalize()?,
        None => path.to_owned(),
    };
    let file = unfinished(&name, existing.as_ref())?;
    Ok(Sink::Unfinished(file, name))
}

/// A file beside `name`, with the permissions that it will have.
fn unfinished(name: &Path, existing: Option<&Metadata>) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    let folder = match name.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let prefix = name.file_name().unwrap_or_default();
    let file = Builder::new()
        .prefix(prefix)
        .suffix(".part")
        .permissions(std::fs::Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .map_err(without_temporary_name)?;
    if let Some(existing) = existing {
        file.as_file().set_permissions(existing.permissions())?;
    }
    Ok(file)
}

/// The name of the temporary file would only confuse: what the system said is below it.
fn without_temporary_name(error: io::Error) -> io::Error {
    let below = error.get_ref().and_then(std::error::Error::source);
    match below.map(ToString::to_string) {
        Some(message) => io::Error::new(error.kind(), message),
        None => error,
    }
}

/// Refuses an output that is one of the inputs, by whatever name: what is read must not be
/// replaced.
pub fn refuse_overwrite<'p>(
    inputs: impl IntoIterator<Item = &'p Path>,
    output: &Path,
) -> Result<(), FileError> {
    let Some(written) = identity(output, Standard::Output) else {
        return Ok(());
    };
    let same = |input: &Path| identity(input, Standard::Input) == Some(written);
    if inputs.into_iter().any(same) {
        return Err(FileError::SameFile {
            path: output.to_owned(),
        });
    }
    Ok(())
}

enum Standard {
    Input,
    Output,
}

/// Device and inode of a file that can be replaced; nothing for devices, pipes and what is not
/// there.
fn identity(path: &Path, standard: Standard) -> Option<(u64, u64)> {
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;
    let metadata = if is_standard(path) {
        let stream = match standard {
            Standard::Input => io::stdin().as_fd().try_clone_to_owned(),
            Standard::Output => io::stdout().as_fd().try_clone_to_owned(),
        };
        File::from(stream.ok()?).metadata()
    } else {
        path.metadata()
    };
    let metadata = metadata.ok().filter(Metadata::is_file)?;
    Some((metadata.dev(), metadata.ino()))
}
