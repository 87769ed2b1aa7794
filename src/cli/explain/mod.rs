//! `nightlatch explain`: everything that speaks for and against one login, of a file or in Kafka.

mod process;
mod replay;

use std::path::PathBuf;

use clap::Args;

use super::exit::{Code, Failure};
use super::{ConfigArgs, Format, configured, result};
use crate::login::{Offset, Partition};

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Logins, those before the one in question too
    #[arg(required_unless_present = "offset")]
    files: Vec<PathBuf>,
    /// The login in Kafka, as alerts give it in `source`; what came before is replayed
    #[arg(long, value_name = "TOPIC:PARTITION:OFFSET", conflicts_with_all = ["files", "event"])]
    offset: Option<OffsetPlace>,
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

pub(super) fn run(args: &ExplainArgs) -> Result<(), Failure> {
    let config = configured(&args.config)?;
    if args.process.is_empty() {
        let explained = replay::explain(args, &config)?;
        return match args.format {
            Format::Text => result(explained.text().trim_end()),
            Format::Json => {
                result(serde_json::to_string_pretty(&explained).map_err(Failure::internal)?)
            }
        };
    }
    let mut explained = process::explain(args, &config)?;
    let text = explained["text"].take();
    match args.format {
        Format::Text => result(text.as_str().unwrap_or_default().trim_end()),
        Format::Json => {
            explained
                .as_object_mut()
                .map(|fields| fields.remove("text"));
            result(serde_json::to_string_pretty(&explained).map_err(Failure::internal)?)
        }
    }
}

fn no_event(id: &str) -> Failure {
    Failure::new(Code::NoInput, format!("no login has the event_id `{id}`"))
}

fn beyond(place: &OffsetPlace) -> Failure {
    let text = format!("there is no record {place}, or it was deleted");
    Failure::new(Code::NoInput, text)
}

/// Where a login stands in Kafka: TOPIC:PARTITION:OFFSET.
#[derive(Clone, Debug)]
pub(super) struct OffsetPlace {
    topic: String,
    partition: Partition,
    offset: Offset,
}

impl std::fmt::Display for OffsetPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.topic, self.partition, self.offset)
    }
}

impl std::str::FromStr for OffsetPlace {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let mut parts = text.rsplitn(3, ':');
            let (offset, partition, topic) = (parts.next()?, parts.next()?, parts.next()?);
            Some(Self {
                topic: topic.to_owned(),
                partition: Partition(partition.parse().ok()?),
                offset: Offset(offset.parse().ok()?),
            })
        };
        read().ok_or("it is TOPIC:PARTITION:OFFSET, such as logins:0:4711")
    }
}
