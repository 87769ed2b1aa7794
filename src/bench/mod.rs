//! Measures what every piece of the detector and the whole of it cost on the machine it runs on.
//!
//! Figures are CPU time of the process, so that neighbours disturb them little. Beside them stand
//! wall-clock time and the ratio to parsing the same logins into a `serde_json::Value`, which
//! is about the same on every machine.

mod cells;
mod explain;
mod forests;
mod incidents;
mod machine;
mod material;
pub mod memory;
mod meter;
mod pieces;
mod sources;
mod whole;

use std::fmt;

use serde::Serialize;

pub use machine::Machine;
pub use memory::MemoryRow;
pub use meter::Row;

use crate::model::ModelError;
use crate::profile::DamagedCell;
use material::Material;
use meter::Meter;

/// The piece that all others are compared with.
pub const YARDSTICK: &str = "serde_json to a Value";

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct BenchOptions {
    /// Simulated logins that every piece is measured over.
    pub logins: usize,
    /// Measured rounds of each piece, after one that is not counted.
    pub rounds: usize,
}

/// Why something could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    #[error("the shipped model: {0}")]
    Model(#[from] ModelError),
    #[error(transparent)]
    Damaged(#[from] DamagedCell),
    #[error("a simulated login is no JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the rules that are built in: {0}")]
    Rules(String),
    #[error("a simulated login was rejected: {0}")]
    Rejected(&'static str),
    #[error("too few logins for {0}; measure over more with --logins")]
    TooFew(&'static str),
    #[error("a forest does not compile: {0}")]
    Compile(#[from] crate::forest::arena::CompileError),
    #[error("memory could not be measured: {0}")]
    Memory(#[from] std::io::Error),
    #[error("memory could not be measured: the child process ended with {status}: {stderr}")]
    Child {
        status: std::process::ExitStatus,
        stderr: String,
    },
}

/// All that was measured.
#[derive(Debug, Serialize)]
pub struct BenchReport {
    pub machine: Machine,
    /// Simulated logins.
    pub logins: usize,
    pub rows: Vec<Row>,
    pub memory: Vec<MemoryRow>,
}

/// Measures every piece and the whole; `finished` hears of each row.
pub fn run(options: BenchOptions, finished: impl FnMut(&str)) -> Result<BenchReport, BenchError> {
    let material = Material::new(options.logins)?;
    let mut meter = Meter::new(options.rounds, finished);
    pieces::measure(&mut meter, &material)?;
    forests::measure(&mut meter, &material)?;
    explain::measure(&mut meter, &material)?;
    incidents::measure(&mut meter)?;
    cells::measure(&mut meter, &material)?;
    whole::measure(&mut meter, &material)?;
    sources::measure(&mut meter)?;
    Ok(BenchReport {
        machine: Machine::this(),
        logins: material.messages.len(),
        rows: meter.into_rows(),
        memory: Vec::new(),
    })
}

impl fmt::Display for BenchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.machine)?;
        writeln!(
            f,
            "{:<32} {:<6} {:>10} {:>10} {:>10} {:>8}",
            "CPU time", "of a", "median ns", "least ns", "wall ns", "ratio"
        )?;
        for row in &self.rows {
            writeln!(f, "{row}")?;
        }
        write!(
            f,
            "\nover {} simulated logins; ratio: to {YARDSTICK}",
            self.logins
        )?;
        for row in &self.memory {
            write!(f, "\n{row}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_piece_is_named_once_and_costs_something() {
        let options = BenchOptions {
            logins: 300,
            rounds: 1,
        };
        let mut heard = Vec::new();
        let report = run(options, |piece| heard.push(piece.to_owned())).unwrap();
        let names: BTreeSet<&str> = report.rows.iter().map(|row| row.piece.as_str()).collect();
        assert_eq!(names.len(), report.rows.len());
        assert_eq!(heard.len(), report.rows.len());
        assert!(names.contains(YARDSTICK));
        for row in &report.rows {
            assert!(row.ns > 0.0 && row.ns_min <= row.ns, "{row}");
        }
    }
}
