//! `source`: which formats there are, what would become of records, and made examples.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::exit::{Code, Failure};
use super::{file_text, note, result};
use crate::clock::{Clock, SystemClock};
use crate::files::RawRecords;
use crate::ingest::{Adapter, Explained, MAX_RECORD_BYTES, Outcome, builtin};
use crate::login::Event;

#[derive(Debug, Subcommand)]
pub(super) enum SourceCommand {
    /// The formats that are read
    List,
    /// Print the table of a format, to read it or to begin one of your own with
    Show { name: String },
    /// Print made records of a format
    Sample { name: String },
    /// What would become of a file's records, and why, field by field
    Explain {
        /// Records, one a line; - is standard input
        file: PathBuf,
        #[command(flatten)]
        format: FormatArgs,
    },
}

#[derive(Debug, Args)]
pub(super) struct FormatArgs {
    /// Whose records they are: okta, entra, keycloak, ... (`nightlatch source list`), or auto
    #[arg(
        long,
        value_name = "NAME",
        default_value = "auto",
        conflicts_with = "mapping"
    )]
    source: String,
    /// A table of your own instead (docs/mapping.md)
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
}

/// Kinds of outcomes that are explained in full; of the others only the number is told.
const MOST_EXPLAINED: usize = 12;

/// The fields whose loss costs detections.
const FIELDS: [Informative; 6] = [
    Informative {
        name: "ip_address",
        is_there: |login| login.ip_address.is_some(),
        cost: "travel, new networks, stuffing, spray and shared networks are off",
    },
    Informative {
        name: "device_id",
        is_there: |login| login.device_id.is_some(),
        cost: "session theft and new devices are off",
    },
    Informative {
        name: "user_agent",
        is_there: |login| login.user_agent.is_some(),
        cost: "changed browsers and tools, and wide sprays are off",
    },
    Informative {
        name: "geo_location",
        is_there: |login| login.geo_location.is_some(),
        cost: "places and travel are off, unless [enrich] has a city database",
    },
    Informative {
        name: "asn",
        is_there: |login| login.asn.is_some(),
        cost: "networks are told apart by address blocks only, unless [enrich] has an ASN database",
    },
    Informative {
        name: "auth_method",
        is_there: |login| login.auth_method.is_some(),
        cost: "an unusual method is not seen",
    },
];

/// A field that detections read.
struct Informative {
    name: &'static str,
    is_there: fn(&Event<'_>) -> bool,
    /// What is lost where no login has it.
    cost: &'static str,
}

pub(super) fn run(command: &SourceCommand) -> Result<(), Failure> {
    match command {
        SourceCommand::List => list(),
        SourceCommand::Show { name } => show(name),
        SourceCommand::Sample { name } => sample(name),
        SourceCommand::Explain { file, format } => explain(file, format),
    }
}

fn list() -> Result<(), Failure> {
    for format in builtin::all() {
        result(format_args!("{:<18}{}", format.name(), format.title()))?;
    }
    result("nightlatch        our own form: README.md, \"A login\"")?;
    result("mapping           a table of your own: docs/mapping.md")?;
    result("auto              whichever of these a record is of")
}

/// Prints a format's table, to read it or to begin one's own with.
fn show(name: &str) -> Result<(), Failure> {
    let table = builtin::table(name).ok_or_else(|| unknown(name))?;
    result(table.trim_end())
}

fn sample(name: &str) -> Result<(), Failure> {
    let sample = builtin::sample(name).ok_or_else(|| unknown(name))?;
    result(sample.trim_end())
}

fn unknown(name: &str) -> Failure {
    let why = Adapter::named(name).err();
    let why = why.unwrap_or_else(|| format!("`{name}` has none of its own"));
    Failure::new(Code::Usage, why)
}

/// The adapter of a name, or of a user's own table.
pub(super) fn adapter_of(format: &FormatArgs) -> Result<Adapter, Failure> {
    let Some(path) = &format.mapping else {
        return Adapter::named(&format.source)
            .map_err(|unknown| Failure::new(Code::Usage, format_args!("--source: {unknown}")));
    };
    let table = file_text(path)?;
    Adapter::of_table("mapping", &table).map_err(|problems| {
        let problems = problems.join("\n  ");
        Failure::configuration(format_args!("{}:\n  {problems}", path.display()))
    })
}

/// What would become of the records of a file, and why: one example of each kind.
fn explain(path: &Path, format: &FormatArgs) -> Result<(), Failure> {
    let adapter = adapter_of(format)?;
    let received_ms = SystemClock.now_ms();
    let mut lines = RawRecords::open(path, MAX_RECORD_BYTES)?;
    let mut line = Vec::new();
    let mut kinds: BTreeMap<(String, String), Kind> = BTreeMap::new();
    let mut presence = Presence::default();
    while let Some(number) = lines.next_into(&mut line)? {
        adapter.convert(&line, received_ms, |_, outcome| presence.count(&outcome));
        let Some(format) = adapter.format_of(&line) else {
            let kind = kinds
                .entry(("none".to_owned(), "of no known format".to_owned()))
                .or_default();
            kind.add(number, None);
            continue;
        };
        for explained in format.explain(&line, received_ms) {
            let key = (format.name().to_owned(), explained.outcome.clone());
            kinds.entry(key).or_default().add(number, Some(explained));
        }
    }
    if kinds.is_empty() {
        return Err(Failure::new(
            Code::BadData,
            format_args!("{}: there are no records", path.display()),
        ));
    }
    for (number, ((format, outcome), kind)) in kinds.iter().enumerate() {
        result(format_args!(
            "{:>7} x {format}: {outcome} (first in line {})",
            kind.count, kind.first_line
        ))?;
        if number < MOST_EXPLAINED {
            kind.print()?;
        }
    }
    presence.print()
}

/// Events with the same outcome.
#[derive(Default)]
struct Kind {
    count: u64,
    first_line: u64,
    example: Option<Explained>,
}

impl Kind {
    fn add(&mut self, line: u64, explained: Option<Explained>) {
        if self.count == 0 {
            self.first_line = line;
            self.example = explained;
        }
        self.count += 1;
    }

    fn print(&self) -> Result<(), Failure> {
        let Some(example) = &self.example else {
            return Ok(());
        };
        if !example.recognised_by.is_empty() {
            let by = example.recognised_by.join(", ");
            result(format_args!("          recognised by {by}"))?;
        }
        if let Some(rule) = example.rule {
            result(format_args!("          by rule {rule}"))?;
        }
        for field in &example.fields {
            result(format_args!(
                "          {:<16} {}  <- {}",
                field.name, field.value, field.from
            ))?;
        }
        let missing: Vec<&str> = example.missing.iter().map(|(name, _)| *name).collect();
        if !missing.is_empty() {
            result(format_args!("          not there: {}", missing.join(", ")))?;
        }
        Ok(())
    }
}

/// How many logins say what.
#[derive(Default)]
struct Presence {
    logins: u64,
    with: [u64; FIELDS.len()],
}

impl Presence {
    fn count(&mut self, outcome: &Outcome<'_>) {
        let Outcome::Login { login, .. } = outcome else {
            return;
        };
        self.logins += 1;
        for (count, field) in self.with.iter_mut().zip(&FIELDS) {
            *count += u64::from((field.is_there)(login));
        }
    }

    fn print(&self) -> Result<(), Failure> {
        if self.logins == 0 {
            note("no record is a login");
            return Ok(());
        }
        result(format_args!("of {} logins", self.logins))?;
        for (Informative { name, cost, .. }, count) in FIELDS.iter().zip(self.with) {
            let share = 100.0 * count as f64 / self.logins as f64;
            let without = if count == 0 {
                format!(": {cost}")
            } else {
                String::new()
            };
            result(format_args!("{share:>6.1} %  have {name}{without}"))?;
        }
        Ok(())
    }
}
