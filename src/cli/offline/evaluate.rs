//! `evaluate`: a model measured on labelled logins.

use std::path::PathBuf;

use clap::Args;

use super::{detector, load, report_output, rules, write_report};
use crate::cli::exit::Failure;
use crate::cli::progress::Progress;
use crate::cli::values::{date, share};
use crate::cli::{ConfigArgs, Format, configured, result};
use crate::config::Config;
use crate::detector::Detector;
use crate::offline::analyst::{self, Analyst};
use crate::offline::incidents::Pool;
use crate::offline::{Dataset, evaluate as evaluation, report};

#[derive(Debug, Args)]
pub(in crate::cli) struct EvaluateArgs {
    /// The model; the shipped one without
    #[arg(long, value_name = "MODEL")]
    model: Option<PathBuf>,
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    input: Vec<PathBuf>,
    /// Also write an HTML report
    #[arg(long, value_name = "HTML")]
    report: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Measure only logins from this time on; earlier ones build the profiles
    #[arg(long, value_parser = date)]
    since: Option<i64>,
    /// Each file is a company of its own: of all together, measure incidents alone. One is in memory
    /// at a time
    #[arg(long, conflicts_with = "report")]
    pooled: bool,
    /// Measure instead, week by week, what an analyst changes who says of each incident what it was,
    /// so many hours after it was told of
    #[arg(long, value_name = "HOURS", conflicts_with_all = ["pooled", "report"])]
    analyst: Option<f64>,
    /// The share of what the analyst says that is wrong
    #[arg(long, default_value_t = 0.05, value_parser = share, requires = "analyst")]
    analyst_wrong: f64,
    #[command(flatten)]
    config: ConfigArgs,
}

pub(in crate::cli) fn run(args: &EvaluateArgs) -> Result<(), Failure> {
    let config = configured(&args.config)?;
    let detector = detector(args.model.as_deref(), &config)?;
    if args.pooled {
        return evaluate_pooled(args, &config, &detector);
    }
    if let Some(hours) = args.analyst {
        return evaluate_analyst(args, &config, &detector, hours);
    }
    let report = report_output(&args.input, args.report.as_deref())?;
    let data = load(&args.input, &config)?;
    let mut progress = Progress::new("logins scored", data.logins.len() as u64);
    let inspect = report.is_some();
    let measured = evaluation::evaluate(
        &data,
        &detector,
        &config.profiles,
        args.since,
        inspect,
        |count| progress.set(count),
    )?;
    progress.finish();
    if let Some(report) = report {
        write_report(report, &measured)?;
    }
    match args.format {
        Format::Text => result(report::text(&measured)),
        Format::Json => result(serde_json::to_string_pretty(&measured).map_err(Failure::internal)?),
    }
}

/// Incidents of several companies together, one in memory at a time.
fn evaluate_pooled(
    args: &EvaluateArgs,
    config: &Config,
    detector: &Detector,
) -> Result<(), Failure> {
    let mut pool = Pool::new(detector, config.profiles, args.since);
    let mut progress = Progress::new("companies", args.input.len() as u64);
    for (number, path) in args.input.iter().enumerate() {
        let data = Dataset::load(std::slice::from_ref(path), &rules(config), |_, _| ())?;
        pool.add(&data)?;
        progress.set(number as u64 + 1);
    }
    progress.finish();
    let measured = pool.measure();
    match args.format {
        Format::Text => result(report::pooled(&measured)),
        Format::Json => result(serde_json::to_string_pretty(&measured).map_err(Failure::internal)?),
    }
}

/// What verdicts change.
fn evaluate_analyst(
    args: &EvaluateArgs,
    config: &Config,
    detector: &Detector,
    hours: f64,
) -> Result<(), Failure> {
    let data = load(&args.input, config)?;
    let analyst = Analyst {
        hours,
        wrong: args.analyst_wrong,
        seed: 1,
    };
    let measured = analyst::compare(&data, detector, &config.profiles, args.since, analyst)?;
    match args.format {
        Format::Text => result(report::analyst(&measured)),
        Format::Json => result(serde_json::to_string_pretty(&measured).map_err(Failure::internal)?),
    }
}
