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
mod logging;
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
mod values;

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Config;
use crate::files::FileError;
pub use exit::{Code, Failure};
use offline::{evaluate, score, train};

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
    Demo(demo::DemoArgs),
    /// Detect: read logins from Kafka, write alerts to Kafka
    Run(stream::RunArgs),
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
        command: key::KeyCommand,
    },
    /// Make a token for HTTP
    Token {
        #[command(subcommand)]
        command: token::TokenCommand,
    },
    /// Move logins to a topic keyed by user, so that several nodes can share them
    Rekey(rekey::RekeyArgs),
    /// Read the topics of identity providers, write logins: what `run` does beside detecting
    Ingest(ingest::IngestArgs),
    /// Tell people and tools of incidents
    Notify(notify::NotifyArgs),
    /// Turn records of an identity provider into logins
    Convert(convert::ConvertArgs),
    /// The formats of identity providers: which there are, and what becomes of their records
    Source {
        #[command(subcommand)]
        command: source::SourceCommand,
    },
    /// Say what an incident was: an attack, nothing, or expected
    Feedback(feedback::FeedbackArgs),
    /// Print the default configuration, with the reason for every setting
    Config,
    /// Make a world of labelled logins, as a file or published to Kafka
    Simulate(simulate::SimulateArgs),
    /// Train a model on labelled logins
    Train(train::TrainArgs),
    /// Measure a model on labelled logins
    Evaluate(evaluate::EvaluateArgs),
    /// Score a file of logins with the same code as the stream
    Score(score::ScoreArgs),
    /// Say everything that speaks for and against one login, flagged or not
    Explain(explain::ExplainArgs),
    /// Run tests of detections: logins before, a login, and what is expected of it
    Test(test::TestArgs),
    /// Measure every piece of the detector, and the whole, on this machine
    Bench(bench::BenchArgs),
    /// Look at model files
    Model {
        #[command(subcommand)]
        command: model::ModelCommand,
    },
}

#[derive(Debug, Subcommand)]
enum TopicsCommand {
    /// Make the topics that are missing, with the right settings
    Create(ConfigArgs),
}

#[derive(Debug, Args)]
struct ConfigArgs {
    /// A configuration file (TOML); several are layered, the last wins
    #[arg(long, value_name = "FILE")]
    config: Vec<PathBuf>,
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
        Command::Token { command } => token::run(&command),
        Command::Key { command } => key::run(&command),
        Command::Rekey(args) => rekey::run(&args),
        Command::Ingest(args) => ingest::run(&args),
        Command::Notify(args) => notify::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Source { command } => source::run(&command),
        Command::Feedback(args) => feedback::run(&args),
        Command::Config => stream::print_defaults(),
        Command::Simulate(args) => simulate::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Score(args) => score::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Model { command } => model::run(&command),
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
