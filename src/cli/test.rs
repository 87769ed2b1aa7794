//! `nightlatch test`: detection as code.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::exit::{Code, Failure};
use super::offline::detector;
use super::{ConfigArgs, configured, note, result};
use crate::cases::{self, CaseError, CaseResult};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum TestFormat {
    #[default]
    Text,
    Json,
    Junit,
}

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// Cases, TOML or JSON
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The model; else the configuration's
    #[arg(long)]
    model: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    format: TestFormat,
    #[command(flatten)]
    config: ConfigArgs,
}

pub(super) fn run(args: &TestArgs) -> Result<(), Failure> {
    let config = configured(&args.config)?;
    let detector = detector(args.model.as_deref(), &config)?;
    let mut files = Vec::new();
    for path in &args.files {
        let cases = cases::read(path)?;
        let results = cases.iter().map(|case| {
            let suppressions = &config.suppressions;
            cases::run(case, &detector, suppressions, &config.ids, &config.profiles)
        });
        files.push((path.as_path(), results.collect::<Result<Vec<_>, _>>()?));
    }
    match args.format {
        TestFormat::Text => text(&files)?,
        TestFormat::Json => {
            let all: Vec<&CaseResult> = files.iter().flat_map(|(_, results)| results).collect();
            let json = serde_json::to_string_pretty(&all).map_err(Failure::internal)?;
            result(json)?;
        }
        TestFormat::Junit => result(junit(&files)?)?,
    }
    let all = || files.iter().flat_map(|(_, results)| results);
    let failed = all().filter(|one| !one.differences.is_empty()).count();
    note(format_args!("{} cases, {failed} failed", all().count()));
    match failed {
        0 => Ok(()),
        _ => Err(Failure::new(
            Code::Failed,
            "a detection is not as its test expects",
        )),
    }
}

type Files<'a> = [(&'a Path, Vec<CaseResult>)];

fn text(files: &Files<'_>) -> Result<(), Failure> {
    for one in files.iter().flat_map(|(_, results)| results) {
        let found = &one.found;
        let rules = match found.rules.as_slice() {
            [] => String::new(),
            rules => format!(", rules {}", rules.join(", ")),
        };
        let end = if one.differences.is_empty() {
            "ok"
        } else {
            "FAILED"
        };
        let suppressed = match &found.suppressed_by {
            Some(name) => format!(", kept back by {name}"),
            None => String::new(),
        };
        result(format_args!(
            "{end:<6} {}  ({}, risk {:.4}{rules}{suppressed})",
            one.name,
            found.severity.name(),
            found.risk
        ))?;
        for difference in &one.differences {
            result(format_args!("         {difference}"))?;
        }
    }
    Ok(())
}

fn junit(files: &Files<'_>) -> Result<String, Failure> {
    let mut report = Report::new("nightlatch");
    for (path, results) in files {
        let mut suite = TestSuite::new(path.display().to_string());
        for one in results {
            let status = match one.differences.as_slice() {
                [] => TestCaseStatus::success(),
                differences => {
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    status.set_message(differences.join("; "));
                    status
                }
            };
            suite.add_test_case(TestCase::new(one.name.clone(), status));
        }
        report.add_test_suite(suite);
    }
    report.to_string().map_err(Failure::internal)
}

impl From<CaseError> for Failure {
    fn from(error: CaseError) -> Self {
        let code = match &error {
            CaseError::Unreadable { .. } => Code::NoInput,
            _ => Code::BadData,
        };
        Self::new(code, error)
    }
}
