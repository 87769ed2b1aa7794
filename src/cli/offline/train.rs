//! `train`: a model from labelled logins.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::{load_by, output, report_output, rules, write_report};
use crate::cli::exit::{Code, Failure};
use crate::cli::model::{load_model, print};
use crate::cli::values::{date, share, weight};
use crate::cli::{ConfigArgs, configured, note};
use crate::config::Config;
use crate::detector::Detector;
use crate::forest::boosted::BoostedOptions;
use crate::forest::random::{RandomOptions, Trainer};
use crate::login::IdKind;
use crate::offline::dataset::Dataset;
use crate::offline::options::{HoldOut, Rival, TenantWeights, TrainOptions};
use crate::offline::{RowRules, evaluate as evaluation, left_out, train as training};

#[derive(Debug, Args)]
pub(in crate::cli) struct TrainArgs {
    /// Labelled logins (a field `label`, 0 or 1)
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    input: Vec<PathBuf>,
    #[arg(long, value_name = "MODEL")]
    output: PathBuf,
    /// Also write an HTML report
    #[arg(long, value_name = "HTML")]
    report: Option<PathBuf>,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(
        long,
        default_value_t = RandomOptions::default().trees as u32,
        value_parser = clap::value_parser!(u32).range(1..=1000)
    )]
    trees: u32,
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u16).range(1..=30))]
    max_depth: u16,
    /// Who grows the random forest: ours, over bins, or smartcore's, over sorted values
    #[arg(long, value_enum, default_value_t)]
    trainer: TrainerArg,
    /// Small trees that correct the forests
    #[arg(
        long,
        default_value_t = BoostedOptions::default().trees as u32,
        value_parser = clap::value_parser!(u32).range(1..=2000)
    )]
    boosted_trees: u32,
    /// Measure on K groups of logins, each judged by trees that have not seen them
    #[arg(
        long,
        value_name = "K",
        default_value_t = 2,
        value_parser = clap::value_parser!(u32).range(1..=20)
    )]
    cross_validate: u32,
    /// What the logins that are judged have in common: they are later, of other tenants, of other
    /// users, or attacks of other families (a field `attack`), which says what is found of what was
    /// never seen
    #[arg(long, value_enum, default_value_t)]
    hold_out: HoldOutArg,
    /// How many times the logins of a tenant count in what the trees learn: your own beside those of
    /// made-up companies, say
    #[arg(long, value_name = "TENANT=TIMES", value_parser = weight)]
    weight: Vec<(String, f64)>,
    /// Begin with nothing, instead of with what the shipped model has learnt from many companies
    #[arg(long)]
    from_scratch: bool,
    /// Days until an attack is known to be one: labels younger than this teach nothing of the block
    /// that follows
    #[arg(
        long,
        value_name = "DAYS",
        default_value_t = 2,
        value_parser = clap::value_parser!(u32).range(0..=90)
    )]
    label_delay_days: u32,
    /// The share of honest logins that may be flagged: sets the alert threshold
    #[arg(long, default_value_t = 0.001, value_parser = share)]
    max_false_positive_rate: f64,
    /// The share of those that belongs to the isolation forest by itself, for attacks of no family
    /// that was seen; 0 for none
    #[arg(long, default_value_t = 0.02, value_parser = share)]
    novelty_share: f64,
    /// Use only logins before this time
    #[arg(long, value_parser = date)]
    until: Option<i64>,
    /// Write the model although the shipped one, the configured one or the one it replaces surely
    /// finds more
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum TrainerArg {
    #[default]
    Histogram,
    Smartcore,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum HoldOutArg {
    #[default]
    Time,
    Tenants,
    Users,
    Families,
}

pub(in crate::cli) fn run(args: &TrainArgs) -> Result<(), Failure> {
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
    let weights = weights(&args.weight, &data, &config)?;
    let options = TrainOptions {
        weights,
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

/// By the ids of the tenants, which the logins must have.
fn weights(
    told: &[(String, f64)],
    data: &Dataset,
    config: &Config,
) -> Result<TenantWeights, Failure> {
    let weight = |(tenant, times): &(String, f64)| {
        let id = config.ids.id(IdKind::Tenant, tenant, b"");
        if data.logins.iter().any(|one| one.login.tenant == id) {
            return Ok((id, *times));
        }
        Err(Failure::new(
            Code::Usage,
            format!(
                "--weight {tenant}={times}: no login is of the tenant `{tenant}`; name one that the \
                 field `tenant` of the input has (`default` where it has none)"
            ),
        ))
    };
    let weights = told.iter().map(weight).collect::<Result<_, Failure>>()?;
    Ok(TenantWeights(weights))
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
