//! The command line: parse, call, exit code. Results go to standard output, everything else to
//! standard error.

mod bench;
mod convert;
mod demo;
mod exit;
mod explain;
mod feedback;
mod history;
mod ingest;
mod key;
mod model;
mod notify;
mod offline;
mod progress;
mod rekey;
mod service;
mod simulate;
mod source;
mod stream;
mod test;
mod token;
mod validate;

use std::fmt;
use std::io::Write;
use std::net::SocketAddr;
use std::ops::RangeBounds;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::access::Role;
use crate::config::Config;
use crate::files::FileError;
pub use exit::{Code, Failure};

use crate::forest::boosted::BoostedOptions;
use crate::forest::random::RandomOptions;
use crate::simulate::{Options as World, families};

/// A streaming detector of account takeover: logins in from Kafka, explained alerts out to Kafka.
#[derive(Debug, Parser)]
#[command(name = "nightlatch", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The whole system in one process, with an embedded broker and simulated logins
    Demo(DemoArgs),
    /// Detect: read logins from Kafka, write alerts to Kafka
    Run(RunArgs),
    /// Check configuration, model, broker, topics and rights
    Validate(ConfigArgs),
    /// Make the topics
    Topics {
        #[command(subcommand)]
        command: TopicsCommand,
    },
    /// Make the secret that ids and profiles are kept under
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Make a token for HTTP
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Move logins to a topic keyed by user, so that several nodes can share them
    Rekey(RekeyArgs),
    /// Read the topics of identity providers, write logins: what `run` does beside detecting
    Ingest(IngestArgs),
    /// Tell people and tools of incidents
    Notify(NotifyArgs),
    /// Turn records of an identity provider into logins
    Convert(ConvertArgs),
    /// The formats of identity providers: which there are, and what becomes of their records
    Source {
        #[command(subcommand)]
        command: SourceCommand,
    },
    /// Say what an incident was: an attack, nothing, or expected
    Feedback(FeedbackArgs),
    /// Print the default configuration, with the reason for every setting
    Config,
    /// Make a world of labelled logins, as a file or published to Kafka
    Simulate(SimulateArgs),
    /// Train a model on labelled logins
    Train(TrainArgs),
    /// Measure a model on labelled logins
    Evaluate(EvaluateArgs),
    /// Score a file of logins with the same code as the stream
    Score(ScoreArgs),
    /// Say everything that speaks for and against one login, flagged or not
    Explain(ExplainArgs),
    /// Run tests of detections: logins before, a login, and what is expected of it
    Test(TestArgs),
    /// Measure every piece of the detector, and the whole, on this machine
    Bench(BenchArgs),
    /// Look at model files
    Model {
        #[command(subcommand)]
        command: ModelCommand,
    },
}

#[derive(Debug, Subcommand)]
enum TopicsCommand {
    /// Make the topics that are missing, with the right settings
    Create(ConfigArgs),
}

#[derive(Debug, Subcommand)]
enum SourceCommand {
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

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Write a new token to a file that is not there yet, and print what the configuration needs
    Create {
        file: PathBuf,
        /// Whose it is, as the audit names him
        #[arg(long, default_value = "admin")]
        name: String,
        /// predict, read, analyst or admin
        #[arg(long, default_value = "admin", value_parser = Role::ALL.map(Role::name))]
        role: String,
    },
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Write a new secret to a file that is not there yet, for ids.key_file
    Create { file: PathBuf },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum TestFormat {
    #[default]
    Text,
    Json,
    Junit,
}

#[derive(Debug, Args)]
struct TestArgs {
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

#[derive(Debug, Args)]
struct ExplainArgs {
    /// Logins, those before the one in question too
    #[arg(required_unless_present = "offset")]
    files: Vec<PathBuf>,
    /// The login in Kafka, as alerts give it in `source`; what came before is replayed
    #[arg(long, value_name = "TOPIC:PARTITION:OFFSET", conflicts_with_all = ["files", "event"])]
    offset: Option<explain::OffsetPlace>,
    /// The event_id of the login; else the last one
    #[arg(long, value_name = "ID")]
    event: Option<String>,
    /// The model; else the configuration's
    #[arg(long, conflicts_with = "process")]
    model: Option<PathBuf>,
    /// A running process, such as http://localhost:8080: it is asked what it would say of the login
    /// now, and nothing is replayed. Several: the first that knows the user answers
    #[arg(long, value_name = "URL")]
    process: Vec<String>,
    /// A token of it, of the role read
    #[arg(long, value_name = "FILE", requires = "process")]
    token_file: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Args)]
struct DemoArgs {
    /// How long logins come; on a terminal it goes on until Ctrl-C where this is not given, else
    /// it is 30
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: Option<u32>,
    /// Logins a second: 2000, or 200 where it goes on until Ctrl-C
    #[arg(
        long,
        value_name = "EVENTS_PER_SECOND",
        value_parser = clap::value_parser!(u32).range(1..=1_000_000)
    )]
    rate: Option<u32>,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    http: SocketAddr,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Args)]
struct ConfigArgs {
    /// A configuration file (TOML); several are layered, the last wins
    #[arg(long, value_name = "FILE")]
    config: Vec<PathBuf>,
}

#[derive(Debug, Args)]
struct RunArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Let whoever reaches http.address ask, without a token
    #[arg(long)]
    insecure: bool,
}

#[derive(Debug, Args)]
struct RekeyArgs {
    /// The topic to move to; the logins come from topics.logins
    #[arg(long, value_name = "TOPIC")]
    to: String,
    /// End when everything that is there has been moved, instead of waiting for more
    #[arg(long)]
    until_end: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Args)]
struct IngestArgs {
    /// Files to read instead of the topics of the sources, and folders of them: lines, JSON, .csv or
    /// .tsv (.gz or .zst around them), Parquet. What is cut off goes on where it was
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "source")]
    input: Vec<PathBuf>,
    /// Whose records the files hold: a configured source, or a format
    #[arg(long, value_name = "NAME", requires = "input")]
    source: Option<String>,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
struct NotifyArgs {
    #[command(subcommand)]
    command: Option<NotifyCommand>,
    /// Where health and metrics are served, instead of http.address
    #[arg(long, value_name = "ADDR")]
    http: Option<SocketAddr>,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Subcommand)]
enum NotifyCommand {
    /// Send receivers a notice that says it is a trial
    Test {
        /// The receivers; all without
        names: Vec<String>,
        #[command(flatten)]
        config: ConfigArgs,
    },
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("about").required(true))]
struct FeedbackArgs {
    /// The incident that it is about
    #[arg(long, value_name = "ID", group = "about")]
    incident: Option<String>,
    /// The alert that it is about: its incident is meant
    #[arg(long, value_name = "ID", group = "about")]
    alert: Option<String>,
    /// The user whose device or address it is about
    #[arg(long, value_name = "ID", group = "about")]
    user: Option<String>,
    #[arg(long, value_name = "ID", requires = "user")]
    device: Option<String>,
    #[arg(long, value_name = "ADDRESS", requires = "user")]
    ip: Option<std::net::IpAddr>,
    #[arg(long, value_name = "NAME", requires = "user")]
    tenant: Option<String>,
    #[arg(long, value_enum)]
    verdict: VerdictArg,
    /// Who says so; the name that you are logged in by without
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Until when what is expected is not told of
    #[arg(long, value_name = "TIME", value_parser = date)]
    until: Option<i64>,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum VerdictArg {
    /// It is an attack
    Confirmed,
    /// It is none: what came with it is the users' own
    Benign,
    /// It is what it looks like, and harmless until a time
    Expected,
    Unsure,
    /// What was said before is taken back
    Withdrawn,
}

#[derive(Debug, Args)]
struct FormatArgs {
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

#[derive(Debug, Args)]
struct ConvertArgs {
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

#[derive(Debug, Args)]
struct SimulateArgs {
    /// Where to: .ndjson, .csv or .parquet (.gz and .zst around the first two), - for standard
    /// output
    #[arg(long, value_name = "FILE", required_unless_present = "kafka")]
    output: Option<PathBuf>,
    /// Publish to the logins topic instead, keyed by user
    #[arg(long, conflicts_with = "output")]
    kafka: bool,
    /// Accounts (default: those of --company, else 1000)
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    users: Option<u32>,
    #[arg(
        long,
        default_value_t = World::default().days,
        value_parser = clap::value_parser!(u32).range(1..=3650)
    )]
    days: u32,
    #[arg(long, default_value_t = World::default().seed)]
    seed: u64,
    /// The share of events that attackers send (default: that of --company, else 0.01)
    #[arg(long, value_parser = share)]
    attack_share: Option<f64>,
    /// How the company lives, what happens there and who attacks it: a file such as
    /// config/companies/typical.toml, which has every setting
    #[arg(long, value_name = "FILE", conflicts_with = "varied")]
    company: Option<PathBuf>,
    /// Draw how the company lives and which fields its provider sends as well: no two worlds alike
    #[arg(long)]
    varied: bool,
    /// The tenant all of it belongs to (default: default, or that of --like); worlds with different
    /// ones can be mixed
    #[arg(long)]
    tenant: Option<String>,
    /// The day the world begins, such as 2025-01-06
    #[arg(long, value_parser = date)]
    start: Option<i64>,
    /// With --kafka: events a second; as fast as the broker takes them without
    #[arg(long, value_name = "EVENTS_PER_SECOND")]
    rate: Option<u32>,
    #[command(flatten)]
    drill: DrillArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

/// One campaign among the logins that are there.
#[derive(Debug, Args)]
struct DrillArgs {
    /// A drill instead of a company: one campaign of this family against --user. With --kafka it
    /// happens now, as it would; its event ids begin with `drill-`
    #[arg(
        long,
        value_name = "FAMILY",
        requires = "user",
        conflicts_with_all = ["users", "days", "attack_share", "company", "varied", "rate"],
        value_parser = clap::builder::PossibleValuesParser::new(families())
    )]
    attack: Option<String>,
    /// Whom the drill attacks; several for those that try many
    #[arg(long, value_name = "USER", requires = "attack", num_args = 1..)]
    user: Vec<String>,
    /// A login of the first of them as JSON, such as an alert's `login`: where they are, and with
    /// what
    #[arg(long, value_name = "FILE", requires = "attack")]
    like: Option<PathBuf>,
    /// How long the drill takes at most, seconds; 600 with --kafka, else as long as an attacker
    /// takes
    #[arg(
        long,
        value_name = "SECONDS",
        requires = "attack",
        value_parser = clap::value_parser!(u32).range(1..=2_592_000)
    )]
    within: Option<u32>,
    /// How careful the attacker is, from 0 (far, fast, with any browser) to 1 (near, slow, with the
    /// victim's browser); drawn where it is not given. With --kafka all of it has to fit --within
    #[arg(long, requires = "attack", value_parser = stealth)]
    stealth: Option<f64>,
}

#[derive(Debug, Args)]
struct TrainArgs {
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

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum TrainerArg {
    #[default]
    Histogram,
    Smartcore,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum HoldOutArg {
    #[default]
    Time,
    Tenants,
    Users,
    Families,
}

#[derive(Debug, Args)]
struct EvaluateArgs {
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

#[derive(Debug, Args)]
struct ScoreArgs {
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

#[derive(Debug, Args)]
struct BenchArgs {
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
    resident: Option<crate::bench::memory::Resident>,
    #[arg(long, hide = true, value_name = "FILE")]
    input: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FileFormat {
    Ndjson,
    Csv,
    Parquet,
}

impl From<FileFormat> for crate::files::Format {
    fn from(format: FileFormat) -> Self {
        match format {
            FileFormat::Ndjson => Self::Ndjson,
            FileFormat::Csv => Self::Csv,
            FileFormat::Parquet => Self::Parquet,
        }
    }
}

#[derive(Debug, Subcommand)]
enum ModelCommand {
    /// Print a model's card: data, features, metrics, thresholds, checksum
    Show {
        /// The model; the shipped one without
        file: Option<PathBuf>,
    },
}

fn share(text: &str) -> Result<f64, String> {
    number(text, &(0.0..1.0), "must be a share from 0 to below 1")
}

fn stealth(text: &str) -> Result<f64, String> {
    number(text, &(0.0..=1.0), "must be a number from 0 to 1")
}

fn number(text: &str, range: &impl RangeBounds<f64>, told: &str) -> Result<f64, String> {
    let number = text.parse().ok();
    let number = number.filter(|number| range.contains(number));
    number.ok_or_else(|| told.to_owned())
}

fn date(text: &str) -> Result<i64, String> {
    crate::login::timestamp::from_date_or_text(text)
        .map_err(|_| "must be a date such as 2025-01-06 or an RFC 3339 time".to_owned())
}

/// Runs the command line and gives the exit code of the process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let asked_for = !error.use_stderr();
            let _ = error.print();
            return if asked_for {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(64)
            };
        }
    };
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            note(format_args!("nightlatch: {}", failure.message));
            ExitCode::from(failure.code as u8)
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Demo(args) => demo::run(&args),
        Command::Run(args) => stream::run(&args),
        Command::Validate(args) => validate::run(&args),
        Command::Topics {
            command: TopicsCommand::Create(args),
        } => stream::create_topics(&args),
        Command::Token {
            command: TokenCommand::Create { file, name, role },
        } => token::create(&file, &name, &role),
        Command::Key {
            command: KeyCommand::Create { file },
        } => key::create(&file),
        Command::Rekey(args) => rekey::run(&args),
        Command::Ingest(args) => ingest::run(&args),
        Command::Notify(args) => notify::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Source { command } => match command {
            SourceCommand::List => source::list(),
            SourceCommand::Show { name } => source::show(&name),
            SourceCommand::Sample { name } => source::sample(&name),
            SourceCommand::Explain { file, format } => source::explain(&file, &format),
        },
        Command::Feedback(args) => feedback::run(&args),
        Command::Config => stream::print_defaults(),
        Command::Simulate(args) => simulate::run(&args),
        Command::Train(args) => offline::train(&args),
        Command::Evaluate(args) => offline::evaluate(&args),
        Command::Score(args) => offline::score(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Model {
            command: ModelCommand::Show { file },
        } => model::show(file.as_deref()),
    }
}

/// The text of a file that was named.
fn file_text(path: &Path) -> Result<String, FileError> {
    std::fs::read_to_string(path).map_err(|source| FileError::Open {
        path: path.to_owned(),
        source,
    })
}

/// The configuration, with what is hardly meant told on standard error.
fn configured(args: &ConfigArgs) -> Result<Config, Failure> {
    let config = Config::load(&args.config, &[])?;
    for warning in &config.warnings {
        note(format_args!("nightlatch: {warning}"));
    }
    Ok(config)
}

/// Writes a result to standard output. A reader that has gone away is no failure of ours.
fn result(text: impl fmt::Display) -> Result<(), Failure> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Code::CannotWrite, error))
        }
        _ => Ok(()),
    }
}

/// Says something to a person, on standard error.
fn note(text: impl fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
