//! `rekey`: moves logins to a topic keyed by user.

use clap::Args;

use super::exit::Failure;
use super::logging::start_configured_logging;
use super::progress::Progress;
use super::{ConfigArgs, note, service};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::health::Health;
use crate::kafka::{self, KafkaLog, Stop};
use crate::moving::{Mover, Rekeyed};

#[derive(Debug, Args)]
pub(super) struct RekeyArgs {
    /// The topic to move to; the logins come from topics.logins
    #[arg(long, value_name = "TOPIC")]
    to: String,
    /// End when everything that is there has been moved, instead of waiting for more
    #[arg(long)]
    until_end: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

pub(super) fn run(args: &RekeyArgs) -> Result<(), Failure> {
    let mut config = Config::load(&args.config.config, &[])?;
    start_configured_logging(&config);
    let existing = kafka::topics::existing(&config)?;
    for topic in [&config.topics.logins, &args.to] {
        if !existing.contains_key(topic) {
            return Err(Failure::configuration(format_args!(
                "topic `{topic}` does not exist on {}; make it with \
                 NIGHTLATCH__TOPICS__LOGINS={topic} nightlatch topics create",
                config.kafka.brokers
            )));
        }
    }
    if args.to == config.topics.logins {
        return Err(Failure::configuration(format_args!(
            "--to is `{}`, which is also topics.logins: the logins would be moved round for ever",
            args.to
        )));
    }
    // A group of its own: what it has moved and what the detector has scored are two things.
    config.kafka.group.push_str("-rekey");
    config.topics.moved.clone_from(&args.to);
    let runtime = service::runtime()?;
    let stop = Stop::default();
    service::stop_on_signals(&runtime, stop.clone(), config.grace_ms);
    let log = KafkaLog::without_profiles(&config, None, Health::default(), stop.clone())?;
    let intake = Rekeyed {
        max_message_bytes: config.pipeline.max_message_bytes,
        max_clock_skew_ms: config.pipeline.max_clock_skew_ms,
    };
    let mut rekey = Mover::new(log, SystemClock, config.pipeline, intake);
    let mut progress = Progress::new("messages moved", 0);
    let moved = rekey.run(stop.flag(), args.until_end, |moved| progress.set(moved))?;
    progress.finish();
    note(format_args!(
        "{moved} messages moved from `{}` to `{}`",
        config.topics.logins, args.to
    ));
    Ok(())
}
