//! The commands that work on files of logins, and what they share.

pub(super) mod evaluate;
pub(super) mod score;
pub(super) mod train;

use std::path::{Path, PathBuf};

use super::exit::Failure;
use super::model::load_model;
use super::note;
use super::progress::Progress;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::detector::Detector;
use crate::files::{Output, Refusals, refuse_overwrite};
use crate::login::Presence;
use crate::offline::evaluate::Evaluation;
use crate::offline::{Dataset, RowRules, report};

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

fn write_report(output: Output, evaluation: &Evaluation) -> Result<(), Failure> {
    let path = output.path().to_owned();
    output.write_whole(report::html(evaluation).as_bytes())?;
    note(format_args!("report written to {}", path.display()));
    Ok(())
}
