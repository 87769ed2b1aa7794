//! Records from the last to the first: exports often begin with what is newest.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};

/// Records on disk, and where each of them ends.
pub(super) struct Reversed {
    file: File,
    ends: Vec<u64>,
}

/// Keeps records in a file without a name, as many as there are.
pub(super) struct Spool {
    file: BufWriter<File>,
    ends: Vec<u64>,
}

impl Spool {
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            file: BufWriter::new(tempfile::tempfile()?),
            ends: vec![0],
        })
    }

    pub fn push(&mut self, record: &[u8]) -> std::io::Result<()> {
        let end = self.ends.last().copied().unwrap_or_default();
        self.ends.push(end + record.len() as u64);
        self.file.write_all(record)
    }

    pub fn reversed(self) -> std::io::Result<Reversed> {
        let file = self.file.into_inner().map_err(|error| error.into_error())?;
        Ok(Reversed {
            file,
            ends: self.ends,
        })
    }
}

impl Reversed {
    /// Adds the record before to an empty `record`; whether there was one.
    pub fn next_into(&mut self, record: &mut Vec<u8>) -> std::io::Result<bool> {
        let (Some(end), Some(start)) = (self.ends.pop(), self.ends.last()) else {
            return Ok(false);
        };
        self.file.seek(SeekFrom::Start(*start))?;
        (&mut self.file).take(end - start).read_to_end(record)?;
        Ok(true)
    }
}
