//! The commands that work on files of logins: train, evaluate, score.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::exit::{Code, Failure};
use super::model::{load_model, print};
use super::progress::Progress;
use super::{
    EvaluateArgs, Format, HoldOutArg, ScoreArgs, TrainArgs, TrainerArg, configured, note, result,
};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::detector::Detector;
use crate::files::{Output, Refusals, refuse_overwrite};
use crate::forest::random::Trainer;
use crate::login::Presence;
use crate::offline::analyst::{self, Analyst};
use crate::offline::evaluate::Evaluation;
use crate::offline::incidents::Pool;
use crate::offline::options::{HoldOut, TrainOptions};
use crate::offline::rivals::Rival;
use crate::offline::{
    Dataset, LoadError, RowRules, evaluate as evaluation, left_out, report, score as scoring,
    train as training,
};

pub(super) fn detector(model: Option<&Path>, config: &Config) -> Result<Detector, Failure> {
    let path = model.or(config.model_path.as_deref());
    let model = load_model(path)?;
    let detector = Detector::new(model, config.reasons, config.alert_risk);
    Ok(detector.with_rules(config.rules.clone()))
}

pub(super) fn rules(config: &Config) -> RowRules<'_> {
    RowRules {
        hasher: &config.ids,
        latest_ms: SystemClock.now_ms() + config.pipeline.max_clock_skew_ms,
        max_row_bytes: config.pipeline.max_message_bytes,
        labelled: true,
        shown: true,
    }
}

fn load(inputs: &[PathBuf], config: &Config) -> Result<Dataset, Failure> {
    load_by(inputs, &rules(config))
}

pub(super) fn load_by(inputs: &[PathBuf], rules: &RowRules<'_>) -> Result<Dataset, Failure> {
    let mut progress = Progress::new("logins read", 0);
    let mut warning = EarlyWarning::default();
    let data = Dataset::load(inputs, rules, |count, presence| {
        warning.look(presence);
        progress.set(count);
    })?;
    progress.finish();
    note_rows(&data.refused, &data.presence);
    Ok(data)
}

/// Says while there is still time to stop that fields stand under names that nothing reads.
#[derive(Default)]
struct EarlyWarning {
    chunks: u32,
}

impl EarlyWarning {
    /// After the second chunk; what ends before it is told at once.
    fn look(&mut self, presence: &Presence) {
        self.chunks += 1;
        if self.chunks != 2 {
            return;
        }
        let alike = presence.look_alikes();
        if !alike.is_empty() {
            note(format_args!(
                "not read, but they look like fields of ours: {}",
                alike.join(", ")
            ));
        }
    }
}

/// Says what stood in the rows, and what of it was no login.
fn note_rows(refused: &Refusals, presence: &Presence) {
    if let Some(first) = &refused.first {
        let count = refused.count;
        note(format_args!(
            "{count} rows are not logins and were left out; the first is {first}"
        ));
    }
    for line in presence.lines() {
        note(line);
    }
}

/// Makes the file of a model or a report before the work begins, not after it.
fn output(inputs: &[PathBuf], path: &Path) -> Result<Output, Failure> {
    refuse_overwrite(inputs.iter().map(PathBuf::as_path), path)?;
    Ok(Output::create(path)?)
}

fn report_output(inputs: &[PathBuf], path: Option<&Path>) -> Result<Option<Output>, Failure> {
    path.map(|path| output(inputs, path)).transpose()
}

pub(super) fn train(args: &TrainArgs) -> Result<(), Failure> {
    let config = configured(&args.config)?;
    let rivals = rivals(&args.output, &config);
    let output = output(&args.input, &args.output)?;
    let report = report_output(&args.input, args.report.as_deref())?;
    let rules = RowRules {
        shown: report.is_some(),
        ..rules(&config)
    };
    let mut data = load_by(&args.input, &rules)?;
    if let Some(until_ms) = args.until {
        data.logins
            .retain(|labelled| labelled.login.time_ms < until_ms);
    }
    let options = TrainOptions {
        seed: args.seed,
        trainer: match args.trainer {
            TrainerArg::Histogram => Trainer::Histogram,
            TrainerArg::Smartcore => Trainer::Smartcore,
        },
        trees: args.trees as usize,
        boosted_trees: args.boosted_trees as usize,
        max_depth: args.max_depth,
        folds: args.cross_validate as usize,
        hold_out: match args.hold_out {
            HoldOutArg::Time => HoldOut::Time,
            HoldOutArg::Tenants => HoldOut::Tenants,
            HoldOutArg::Users => HoldOut::Users,
            HoldOutArg::Families => HoldOut::Families,
        },
        prior: if args.from_scratch {
            Vec::new()
        } else {
            load_model(None)?.parts().boosted.clone()
        },
        label_delay_ms: i64::from(args.label_delay_days) * 86_400_000,
        max_false_positive_rate: args.max_false_positive_rate,
        novelty_share: args.novelty_share,
        limits: config.profiles,
        rules: config.rules.clone(),
        rivals,
        inputs: args
            .input
            .iter()
            .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
            .collect(),
    };
    let trained = training::train(&data, &options, |step| note(format_args!("{step} ...")))?;
    if trained.false_positive_rate > options.max_false_positive_rate {
        note(format_args!(
            "the budget of false alarms ({}) cannot be kept: {:.4} of honest logins are flagged at \
             the best threshold",
            options.max_false_positive_rate, trained.false_positive_rate
        ));
    }
    if !trained.left_out.is_empty() {
        for line in left_out::table(&trained.left_out, options.max_false_positive_rate) {
            note(line);
        }
    }
    for comparison in &trained.comparisons {
        note(comparison.text());
    }
    let better = trained.comparisons.iter().find(|one| one.is_worse());
    if let (Some(better), false) = (better, args.force) {
        return Err(Failure::new(
            Code::Failed,
            format!(
                "{} finds more than what was trained here, so nothing was written; go on with it, \
                 train on more attacks, or write this one with --force",
                better.name
            ),
        ));
    }
    let model = Arc::new(trained.model);
    output.write_whole(&model.to_bytes().map_err(Failure::internal)?)?;
    if let Some(report) = report {
        let measured = evaluation::evaluate(
            &data,
            &Detector::new(Arc::clone(&model), config.reasons, None)
                .with_rules(config.rules.clone()),
            &config.profiles,
            None,
            true,
            |_| (),
        )?;
        write_report(report, &measured)?;
    }
    print(&model)
}

/// The models that a new one has to stand beside: the shipped one, the one that is configured, and
/// the one that it would replace.
fn rivals(output: &Path, config: &Config) -> Vec<Rival> {
    let configured = config.model_path.as_deref();
    let replaced = Some(output).filter(|path| path.exists() && Some(*path) != configured);
    let mut named = vec![(None, "the shipped model".to_owned())];
    named.extend(
        configured
            .into_iter()
            .chain(replaced)
            .map(|path| (Some(path), path.display().to_string())),
    );
    let loaded = named.into_iter().filter_map(|(path, name)| {
        let model = load_model(path);
        let told = |error: &Failure| {
            note(format_args!("not compared with {name}: {}", error.message));
        };
        let model = model.inspect_err(told).ok()?;
        Some(Rival {
            name,
            is_shipped: path.is_none(),
            model,
        })
    });
    loaded.collect()
}

fn write_report(output: Output, evaluation: &Evaluation) -> Result<(), Failure> {
    let path = output.path().to_owned();
    output.write_whole(report::html(evaluation).as_bytes())?;
    note(format_args!("report written to {}", path.display()));
    Ok(())
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

pub(super) fn evaluate(args: &EvaluateArgs) -> Result<(), Failure> {
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

pub(super) fn score(args: &ScoreArgs) -> Result<(), Failure> {
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
