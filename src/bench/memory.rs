//! Resident bytes of a user and of a device.
//!
//! Each figure has a process of its own, which reads its logins from a file: else what was freed
//! before would hide what grows. The file is gone through twice, the second time as other users,
//! and the growth is that of the second time, when queues and open profiles have their size.

use std::fmt;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::Command;

use serde::Serialize;

use super::BenchError;
use super::material::{self, Decoded, on_their_way};
use crate::login::{Id, IdHasher, IdKind, Login};
use crate::profile::{CHUNK_LOGINS, DisplayFields, Disposition, Profiles, go_through};

/// Later than any login of the file.
const LATER_MS: i64 = 31 * 86_400_000;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Resident {
    User,
    Device,
}

impl Resident {
    pub const ALL: [Self; 2] = [Self::User, Self::Device];

    /// As profiles and the command line name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Device => "device",
        }
    }

    /// Leaves of a login only what this counts.
    fn keep_only(self, login: &mut Login, nobody: Id) {
        (login.address, login.block) = (None, None);
        match self {
            Self::User => login.device = None,
            Self::Device => login.user = nobody,
        }
    }
}

/// Bytes of memory of one thing.
#[derive(Clone, Debug, Serialize)]
pub struct MemoryRow {
    pub piece: &'static str,
    pub bytes: f64,
    pub unit: &'static str,
}

impl fmt::Display for MemoryRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:.0} bytes a {}", self.piece, self.bytes, self.unit)
    }
}

/// Measures in child processes of this program.
pub fn measure(logins: usize) -> Result<Vec<MemoryRow>, BenchError> {
    let mut file = tempfile::NamedTempFile::new()?;
    {
        let mut file = BufWriter::new(&mut file);
        for message in material::messages(logins) {
            file.write_all(&message?)?;
            file.write_all(b"\n")?;
        }
        file.flush()?;
    }
    let row = |resident: Resident| {
        let mut child = Command::new(std::env::current_exe()?);
        child.args(["bench", "--resident", resident.name(), "--input"]);
        // One thread: the same figure on every run.
        child.env("RAYON_NUM_THREADS", "1");
        let output = child.arg(file.path()).output()?;
        if !output.status.success() {
            return Err(BenchError::Child {
                status: output.status,
                stderr: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            });
        }
        Ok(MemoryRow {
            piece: "resident memory",
            bytes: serde_json::from_slice(&output.stdout)?,
            unit: resident.name(),
        })
    };
    Resident::ALL.into_iter().map(row).collect()
}

/// What the child does: resident bytes a thing, as the logins of a file come the second time.
pub fn grow(resident: Resident, path: &Path) -> Result<f64, BenchError> {
    let mut profiles = material::one_way();
    apply(&mut profiles, resident, path, "first", 0)?;
    let before = (count(&profiles, resident), resident_bytes()?);
    apply(&mut profiles, resident, path, "second", LATER_MS)?;
    let after = (count(&profiles, resident), resident_bytes()?);
    if after.0 <= before.0 {
        return Err(BenchError::TooFew("a figure of memory"));
    }
    Ok((after.1 - before.1) / (after.0 - before.0))
}

fn count(profiles: &Profiles, resident: Resident) -> f64 {
    let sizes = profiles.sizes();
    let size = sizes.iter().find(|size| size.0 == resident.name());
    size.map_or(0.0, |size| size.1 as f64)
}

/// Applies the logins of a file, of people that are told apart by the name of the pass.
fn apply(
    profiles: &mut Profiles,
    resident: Resident,
    path: &Path,
    pass: &str,
    later_ms: i64,
) -> Result<(), BenchError> {
    let hasher = IdHasher::new(pass);
    let nobody = hasher.id(IdKind::User, "nobody", b"");
    let mut lines = BufReader::new(std::fs::File::open(path)?).lines();
    loop {
        let mut chunk: Vec<Decoded> = Vec::with_capacity(CHUNK_LOGINS);
        for line in lines.by_ref().take(CHUNK_LOGINS) {
            let line = line?;
            let event = material::parse(line.as_bytes())?;
            let (mut login, display) = DisplayFields::with_login(&event, &hasher);
            resident.keep_only(&mut login, nobody);
            login.time_ms += later_ms;
            chunk.push((login, display));
        }
        if chunk.is_empty() {
            return Ok(());
        }
        let on_their_way = on_their_way(&chunk);
        go_through(profiles, on_their_way.into_iter(), |_, _| {
            (Disposition::Clear, ())
        })?;
    }
}

/// Resident bytes of this process.
fn resident_bytes() -> Result<f64, BenchError> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    let missing = || std::io::Error::other("/proc/self/status says no VmRSS");
    Ok(kilobytes.ok_or_else(missing)? * 1024.0)
}
