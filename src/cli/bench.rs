//! `bench`: what every piece and the whole cost on this machine.

use std::path::PathBuf;

use clap::Args;

use super::exit::{Code, Failure};
use super::progress::Progress;
use super::{Format, note, result};
use crate::bench::{self, BenchError, BenchOptions, memory};

#[derive(Debug, Args)]
pub(super) struct BenchArgs {
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Simulated logins that every piece is measured over
    #[arg(
        long,
        default_value_t = 50_000,
        value_parser = clap::value_parser!(u32).range(2_000..=5_000_000)
    )]
    logins: u32,
    /// Print what one of a kind takes in memory, by the logins of --input: what a child process
    /// does
    #[arg(long, hide = true, value_enum, requires = "input")]
    resident: Option<memory::Resident>,
    #[arg(long, hide = true, value_name = "FILE")]
    input: Option<PathBuf>,
}

/// Measured rounds of each piece.
const ROUNDS: usize = 5;
/// So many times the logins tell the memory of a user: few users drown in an allocator's pages.
const MEMORY_TIMES: usize = 6;

impl From<BenchError> for Failure {
    fn from(error: BenchError) -> Self {
        match error {
            BenchError::TooFew(_) => Self::new(Code::Usage, error),
            error => Self::internal(error),
        }
    }
}

pub(super) fn run(args: &BenchArgs) -> Result<(), Failure> {
    if let (Some(resident), Some(input)) = (args.resident, &args.input) {
        return result(memory::grow(resident, input)?);
    }
    let options = BenchOptions {
        logins: args.logins as usize,
        rounds: ROUNDS,
    };
    let mut progress = Progress::new("pieces measured", 0);
    let mut measured = 0;
    let mut report = bench::run(options, |_| {
        measured += 1;
        progress.set(measured);
    })?;
    progress.finish();
    match memory::measure(MEMORY_TIMES * options.logins) {
        Ok(rows) => report.memory = rows,
        // The other figures stand without it.
        Err(error) => note(format_args!("nightlatch: {error}")),
    }
    match args.format {
        Format::Text => result(report),
        Format::Json => result(serde_json::to_string_pretty(&report).map_err(Failure::internal)?),
    }
}
