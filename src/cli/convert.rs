//! `convert`: records of an identity provider to logins.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::exit::Failure;
use super::note;
use super::progress::Progress;
use super::source::{FormatArgs, adapter_of};
use super::values::date;
use crate::clock::{Clock, SystemClock};
use crate::files::{FileError, Output, RawLines, refuse_overwrite};
use crate::ingest::{Adapter, Event, Outcome};

#[derive(Debug, Args)]
pub(super) struct ConvertArgs {
    #[command(flatten)]
    format: FormatArgs,
    /// Records, one a line; .gz and .zst are read too, - is standard input
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Where to, - for standard output
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// Write what became of every event, and why, instead of the logins alone
    #[arg(long)]
    outcomes: bool,
    /// When lines without a year or a date came in; now without
    #[arg(long, value_name = "TIME", value_parser = date)]
    received_at: Option<i64>,
}

/// A line of `--outcomes`.
#[derive(Serialize)]
struct OutcomeLine<'a> {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<usize>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// The field to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<&'a Event<'a>>,
    /// So many of the same kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<&'a Event<'a>>,
}

pub(super) fn run(args: &ConvertArgs) -> Result<(), Failure> {
    let adapter = adapter_of(&args.format)?;
    refuse_overwrite([args.input.as_path()], &args.output)?;
    let mut lines = RawLines::open(&args.input, crate::ingest::MAX_RECORD_BYTES)?;
    let mut writer = Lines::create(&args.output, args.outcomes)?;
    let received_ms = args.received_at.unwrap_or_else(|| SystemClock.now_ms());
    let mut progress = Progress::new("records read", 0);
    let (mut line, mut read) = (Vec::new(), 0);
    while let Some(number) = lines.next_into(&mut line)? {
        writer.convert(&adapter, &line, number, received_ms);
        if let Some(failed) = writer.failed.take() {
            return if failed.is_closed_pipe() {
                Ok(())
            } else {
                Err(failed.into())
            };
        }
        read += 1;
        progress.set(read);
    }
    progress.finish();
    writer.output.finish()?;
    for (outcome, count) in &writer.counts {
        note(format_args!("{count:>10}  {outcome}"));
    }
    Ok(())
}

/// Writes what becomes of each event, and counts it.
struct Lines {
    output: Output,
    outcomes: bool,
    counts: BTreeMap<String, u64>,
    failed: Option<FileError>,
    bytes: Vec<u8>,
}

impl Lines {
    fn create(path: &Path, outcomes: bool) -> Result<Self, FileError> {
        Ok(Self {
            output: Output::create(path)?,
            outcomes,
            counts: BTreeMap::new(),
            failed: None,
            bytes: Vec::new(),
        })
    }

    fn convert(&mut self, adapter: &Adapter, line: &[u8], number: u64, received_ms: i64) {
        self.bytes.clear();
        adapter.convert(line, received_ms, |place, outcome| {
            self.count(&outcome);
            let written = if self.outcomes {
                write_outcome(&mut self.bytes, number, place, &outcome)
            } else {
                write_logins(&mut self.bytes, &outcome)
            };
            if let Err(error) = written {
                self.fail(error.into());
            }
        });
        if let Err(error) = self.output.write_all(&self.bytes) {
            self.fail(error);
        }
    }

    fn fail(&mut self, source: std::io::Error) {
        self.failed.get_or_insert(FileError::Write {
            path: self.output.path().to_owned(),
            source,
        });
    }

    fn count(&mut self, outcome: &Outcome<'_>) {
        let (name, count) = match outcome {
            Outcome::Login { count, .. } => ("logins".to_owned(), u64::from(*count)),
            Outcome::Ignored { reason, .. } => (format!("ignored: {}", reason.name()), 1),
            Outcome::Rejected(rejection) => (format!("rejected: {}", rejection.code()), 1),
        };
        *self.counts.entry(name).or_default() += count;
    }
}

fn write_logins(to: &mut Vec<u8>, outcome: &Outcome<'_>) -> serde_json::Result<()> {
    if let Outcome::Login { login, count } = outcome {
        for _ in 0..*count {
            serde_json::to_writer(&mut *to, login)?;
            to.push(b'\n');
        }
    }
    Ok(())
}

fn write_outcome(
    to: &mut Vec<u8>,
    line: u64,
    place: crate::ingest::EventIndex,
    outcome: &Outcome<'_>,
) -> serde_json::Result<()> {
    let mut row = OutcomeLine {
        line,
        record: place.in_batch(),
        outcome: "login",
        reason: None,
        field: None,
        login: None,
        count: None,
        evidence: None,
    };
    match outcome {
        Outcome::Login { login, count } => {
            row.login = Some(login);
            row.count = (*count > 1).then_some(*count);
        }
        Outcome::Ignored { reason, evidence } => {
            row.outcome = "ignored";
            row.reason = Some(reason.name());
            row.evidence = evidence.as_deref();
        }
        Outcome::Rejected(rejection) => {
            row.outcome = "rejected";
            row.reason = Some(rejection.code());
            row.field = rejection.field();
        }
    }
    serde_json::to_writer(&mut *to, &row)?;
    to.push(b'\n');
    Ok(())
}
