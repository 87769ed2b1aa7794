//! `score`: a file of logins, scored by the code of the stream.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{EarlyWarning, detector, note_rows, rules};
use crate::cli::exit::Failure;
use crate::cli::progress::Progress;
use crate::cli::{ConfigArgs, configured, note};
use crate::files::Format;
use crate::offline::{LoadError, score as scoring};

#[derive(Debug, Args)]
pub(in crate::cli) struct ScoreArgs {
    /// The model; the shipped one without
    #[arg(long, value_name = "MODEL")]
    model: Option<PathBuf>,
    /// Logins in the order of their times; - for NDJSON from standard input
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Where to: .ndjson, .csv or .parquet (.gz and .zst around the first two), - for standard
    /// output
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// How to write where the name of the output does not say it
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// Add to every login what each feature contributed (costs milliseconds a login)
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FileFormat {
    Ndjson,
    Csv,
    Parquet,
}

impl From<FileFormat> for Format {
    fn from(format: FileFormat) -> Self {
        match format {
            FileFormat::Ndjson => Self::Ndjson,
            FileFormat::Csv => Self::Csv,
            FileFormat::Parquet => Self::Parquet,
        }
    }
}

pub(in crate::cli) fn run(args: &ScoreArgs) -> Result<(), Failure> {
    let config = configured(&args.config)?;
    let detector = detector(args.model.as_deref(), &config)?;
    let mut progress = Progress::new("logins scored", 0);
    let target = scoring::Target {
        path: &args.output,
        format: args.format.map(Into::into),
        explain: args.explain,
    };
    let mut warning = EarlyWarning::default();
    let scored = scoring::score(
        &args.input,
        &rules(&config),
        &target,
        &detector,
        &config.profiles,
        |count, presence| {
            warning.look(presence);
            progress.set(count);
        },
    );
    let summary = match scored {
        Err(LoadError::File(error)) if error.is_closed_pipe() => return Ok(()),
        scored => scored?,
    };
    progress.finish();
    note_rows(&summary.refused, &summary.presence);
    if summary.out_of_order > 0 {
        note(format_args!(
            "{} logins are older than the one before them; they were scored in the order of the \
             file. Sort it by time for scores in event time",
            summary.out_of_order
        ));
    }
    note(format_args!(
        "{} logins scored, {} flagged",
        summary.scored, summary.flagged
    ));
    let met = detector.rules().iter().zip(&summary.met);
    for (rule, met) in met.filter(|(_, met)| **met > 0) {
        let how = if rule.shadow { " (only counted)" } else { "" };
        note(format_args!("rule {}{how}: {met} logins", rule.name));
    }
    Ok(())
}
