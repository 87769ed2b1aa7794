//! The commands that work on files of logins: train, evaluate, score.

use std::path::Path;
use std::sync::Arc;

use super::exit::{Code, Failure};
use super::model::{load_model, show};
use super::progress::Progress;
use super::{EvaluateArgs, Format, HoldOutArg, ScoreArgs, TrainArgs, note, result};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::detector::Detector;
use crate::offline::evaluate::Evaluation;
use crate::offline::options::{HoldOut, TrainOptions};
use crate::offline::{
    Dataset, evaluate as evaluation, report, score as scoring, train as training,
};

fn detector(model: Option<&Path>, config: &Config) -> Result<Detector, Failure> {
    let path = model.or(config.model_path.as_deref());
    Ok(Detector::new(
        load_model(path)?,
        config.reasons,
        config.alert_risk,
    ))
}

/// The latest time that a login of a file can have.
fn latest_ms(config: &Config) -> i64 {
    SystemClock.now_ms() + config.pipeline.max_clock_skew_ms
}

fn load(inputs: &[std::path::PathBuf], config: &Config) -> Result<Dataset, Failure> {
    let mut progress = Progress::new("logins read", 0);
    let data = Dataset::load(inputs, &config.ids, latest_ms(config), |count| {
        progress.set(count)
    })?;
    progress.finish();
    note_rejected(data.rejected, data.first_rejected);
    Ok(data)
}

fn note_rejected(count: u64, first: Option<(u64, crate::login::Rejected)>) {
    if let Some((row, rejected)) = first {
        note(format_args!(
            "{count} rows are not logins and were left out; the first is row {row}: {rejected}"
        ));
    }
}

pub(super) fn train(args: &TrainArgs) -> Result<(), Failure> {
    let config = Config::load(&args.config.config, &[])?;
    let mut data = load(&args.input, &config)?;
    if let Some(until_ms) = args.until {
        data.logins
            .retain(|labelled| labelled.login.time_ms < until_ms);
    }
    let options = TrainOptions {
        seed: args.seed,
        trees: args.trees as usize,
        boosted_trees: args.boosted_trees as usize,
        max_depth: args.max_depth,
        folds: args.cross_validate as usize,
        hold_out: match args.hold_out {
            HoldOutArg::Time => HoldOut::Time,
            HoldOutArg::Tenants => HoldOut::Tenants,
            HoldOutArg::Users => HoldOut::Users,
        },
        prior: if args.from_scratch {
            Vec::new()
        } else {
            load_model(None)?.parts().boosted.clone()
        },
        label_delay_ms: i64::from(args.label_delay_days) * 86_400_000,
        max_false_positive_rate: args.max_false_positive_rate,
        limits: config.profiles,
        inputs: args
            .input
            .iter()
            .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
            .collect(),
    };
    let trained = training::train(&data, &options, |step| note(format_args!("{step} ...")))?;
    if trained.false_positive_rate > options.max_false_positive_rate {
        note(format_args!(
            "the budget of false alarms ({}) cannot be kept: {:.4} of honest logins are flagged at the best threshold",
            options.max_false_positive_rate, trained.false_positive_rate
        ));
    }
    let model = trained.model;
    let bytes = model.to_bytes().map_err(Failure::internal)?;
    let cannot_write = |error| {
        Failure::new(
            Code::CannotCreate,
            format!("{}: {error}", args.output.display()),
        )
    };
    std::fs::write(&args.output, bytes).map_err(cannot_write)?;
    if let Some(path) = &args.report {
        let measured = evaluation::evaluate(
            &data,
            &Detector::new(Arc::new(model), config.reasons, None),
            &config.profiles,
            None,
            true,
            |_| (),
        )?;
        write_report(path, &measured)?;
    }
    show(Some(&args.output))
}

fn write_report(path: &Path, evaluation: &Evaluation) -> Result<(), Failure> {
    let cannot_write =
        |error| Failure::new(Code::CannotCreate, format!("{}: {error}", path.display()));
    std::fs::write(path, report::html(evaluation)).map_err(cannot_write)?;
    note(format_args!("report written to {}", path.display()));
    Ok(())
}

pub(super) fn evaluate(args: &EvaluateArgs) -> Result<(), Failure> {
    let config = Config::load(&args.config.config, &[])?;
    let detector = detector(args.model.as_deref(), &config)?;
    let data = load(&args.input, &config)?;
    let mut progress = Progress::new("logins scored", data.logins.len() as u64);
    let inspect = args.report.is_some();
    let measured = evaluation::evaluate(
        &data,
        &detector,
        &config.profiles,
        args.since,
        inspect,
        |count| progress.set(count),
    )?;
    progress.finish();
    if let Some(path) = &args.report {
        write_report(path, &measured)?;
    }
    match args.format {
        Format::Text => result(report::text(&measured)),
        Format::Json => result(serde_json::to_string_pretty(&measured).map_err(Failure::internal)?),
    }
}

pub(super) fn score(args: &ScoreArgs) -> Result<(), Failure> {
    let config = Config::load(&args.config.config, &[])?;
    let detector = detector(args.model.as_deref(), &config)?;
    let mut progress = Progress::new("logins scored", 0);
    let source = scoring::ScoreInput {
        path: &args.input,
        hasher: &config.ids,
        latest_ms: latest_ms(&config),
    };
    let summary = scoring::score(
        &source,
        &args.output,
        args.explain,
        &detector,
        &config.profiles,
        |count| progress.set(count),
    )?;
    progress.finish();
    note_rejected(summary.rejected, summary.first_rejected);
    if summary.out_of_order > 0 {
        note(format_args!(
            "{} logins are older than the one before them; they were scored in the order of the file. Sort it by time for scores in event time",
            summary.out_of_order
        ));
    }
    note(format_args!(
        "{} logins scored, {} flagged",
        summary.scored, summary.flagged
    ));
    if summary.scored == 0 && summary.rejected > 0 {
        return Err(Failure::new(
            Code::BadData,
            format!("{}: not one row is a login", args.input.display()),
        ));
    }
    Ok(())
}
