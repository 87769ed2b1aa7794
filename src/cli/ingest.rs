//! `ingest`: records of identity providers to logins, in a process of its own or beside `run`.

use std::path::PathBuf;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use clap::Args;

use super::exit::{Code, Failure};
use super::logging::start_configured_logging;
use super::{ConfigArgs, history, service};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::health::Health;
use crate::http;
use crate::ingest::{Enricher, IngestMetrics, SourceConfig, SourceReader};
use crate::kafka::{self, Home, KafkaLog, Stop};
use crate::log::LogError;
use crate::metrics::Registry;
use crate::moving::{MoveError, Mover, SourceIntake};

#[derive(Debug, Args)]
pub(super) struct IngestArgs {
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

const LOOK_FOR_STOP_EVERY: Duration = Duration::from_millis(100);
/// Between two tries to reach the brokers of a source of its own.
const CONNECT_AGAIN: Duration = Duration::from_secs(5);

impl From<MoveError> for Failure {
    fn from(error: MoveError) -> Self {
        match error {
            MoveError::Log(error) => error.into(),
            MoveError::Tripped(tripped) => Self::new(Code::BadData, tripped),
        }
    }
}

pub(super) fn run(args: &IngestArgs) -> Result<(), Failure> {
    let config = Config::load(&args.config.config, &[])?;
    start_configured_logging(&config);
    if let Some(name) = &args.source {
        return history::run(&config, name, &args.input);
    }
    if config.ingest.sources.is_empty() {
        return Err(Failure::configuration(
            "no [[source]] is configured: there is nothing to read. `nightlatch config` shows how",
        ));
    }
    let runtime = service::runtime()?;
    let stop = Stop::default();
    let listener = service::bind(&runtime, config.http.address)?;
    let registry = Registry::new().map_err(Failure::internal)?;
    let health = Health::default();
    let sources = Sources::start(&config, &registry, &health, &stop)?;
    service::stop_on_signals(&runtime, stop, config.grace_ms);
    health.set_broker(true);
    health.set_joined(true);
    let tls = service::tls(&config.http)?;
    let door = service::door(&config.http);
    let router = http::router_of(&registry, &health, door).map_err(Failure::internal)?;
    let ended = service::serve_while(&runtime, (listener, tls), router, config.http, || {
        sources.wait()
    });
    health.set_stopping();
    ended?;
    tracing::info!("stopped; everything read is committed");
    Ok(())
}

/// The threads that read sources, one a topic.
pub(super) struct Sources {
    threads: Vec<JoinHandle<Result<(), Failure>>>,
    /// Ends the thread that looks after the files.
    _done: mpsc::Sender<()>,
}

impl Sources {
    /// Starts to read every topic of every source.
    pub fn start(
        config: &Config,
        registry: &Registry,
        health: &Health,
        stop: &Stop,
    ) -> Result<Self, Failure> {
        let (done, ended) = mpsc::channel();
        let mut sources = Self {
            threads: Vec::new(),
            _done: done,
        };
        if config.ingest.sources.is_empty() {
            return Ok(sources);
        }
        kafka::topics::require(config)?;
        let enricher =
            Enricher::open(config.ingest.enrich.clone()).map_err(Failure::configuration)?;
        let metrics = IngestMetrics::register(registry).map_err(Failure::internal)?;
        for source in &config.ingest.sources {
            for topic in &source.topics {
                let intake = SourceIntake {
                    reader: SourceReader::new(source.clone(), enricher.clone()),
                    topic: topic.clone(),
                    metrics: metrics.clone(),
                    remembers: config.ingest.remember_records,
                };
                sources.add(config, source, intake, health, stop)?;
            }
        }
        tell_quality(&config.ingest.sources, metrics, health);
        look_after(enricher, registry, ended)?;
        Ok(sources)
    }

    /// Reads a topic of a source from now on.
    fn add(
        &mut self,
        config: &Config,
        source: &SourceConfig,
        intake: SourceIntake,
        health: &Health,
        stop: &Stop,
    ) -> Result<(), Failure> {
        let home = config_of(config, &intake.topic);
        let own = home.at_source(&source.name);
        let own_health = Health::default();
        let name = format!("source {} ({})", source.name, intake.topic);
        health.add(name, own_health.clone());
        let connection = if config.ingest.apart.contains_key(&source.name) {
            let home = Home {
                config: home,
                source: source.name.clone(),
            };
            Connection::Apart(source.clone(), Box::new(home))
        } else {
            let (health, stop) = (own_health.clone(), stop.clone());
            let log = KafkaLog::without_profiles(&own, None, health, stop)?;
            Connection::Here(Box::new(log))
        };
        self.spawn(own, connection, own_health, intake, stop.clone())
    }

    fn spawn(
        &mut self,
        config: Config,
        connection: Connection,
        health: Health,
        intake: SourceIntake,
        stop: Stop,
    ) -> Result<(), Failure> {
        let source = intake.reader.name().to_owned();
        tracing::info!(
            source = intake.reader.name(),
            topic = intake.topic,
            logins = config.topics.moved,
            "reading a source"
        );
        let thread = std::thread::Builder::new().name(format!("source-{}", intake.reader.name()));
        let ends_all = StopOnDrop(stop.clone(), config.grace_ms);
        let spawned = thread.spawn(move || {
            // One that cannot go on ends the process: a supervisor starts it again.
            let _ends_all = ends_all;
            let Some(log) = connection.open(&config, &health, &stop)? else {
                return Ok(());
            };
            let mut mover = Mover::new(log, SystemClock, config.pipeline, intake);
            let ended = mover.run(stop.flag(), false, |_| ());
            drop(mover);
            if let Err(MoveError::Tripped(tripped)) = &ended {
                tracing::error!(
                    source,
                    "{tripped}; it is not read until this process is started again"
                );
                health.set_braked();
                // The other sources are read on.
                while !stop.is_requested() {
                    std::thread::sleep(LOOK_FOR_STOP_EVERY);
                }
            }
            ended.map(drop).map_err(Failure::from)
        });
        self.threads.push(spawned.map_err(Failure::internal)?);
        Ok(())
    }

    /// Waits until all have ended; what ended the first of them that failed.
    pub fn wait(self) -> Result<(), Failure> {
        service::join_all(self.threads)
    }
}

/// Lets `/health` say how much each source tells.
fn tell_quality(sources: &[SourceConfig], metrics: IngestMetrics, health: &Health) {
    let sources = sources.to_vec();
    health.add_detail("sources", move || {
        let quality = sources
            .iter()
            .map(|source| metrics.quality(&source.name, &source.topics));
        serde_json::to_value(quality.collect::<Vec<_>>()).unwrap_or_default()
    });
}

/// Where a source is read.
enum Connection {
    /// With the logins' own brokers, which are there by now.
    Here(Box<KafkaLog>),
    /// With brokers of the source's own.
    Apart(SourceConfig, Box<Home>),
}

impl Connection {
    /// Connects. Brokers of a provider that do not answer keep nobody else from working; nothing,
    /// where it was to stop before they did.
    fn open(
        self,
        config: &Config,
        health: &Health,
        stop: &Stop,
    ) -> Result<Option<KafkaLog>, Failure> {
        let (source, home) = match self {
            Self::Here(log) => return Ok(Some(*log)),
            Self::Apart(source, home) => (source, home),
        };
        while !stop.is_requested() {
            let connected = kafka::topics::require_apart(config, &source).and_then(|()| {
                let home = Some(home.as_ref().clone());
                KafkaLog::without_profiles(config, home, health.clone(), stop.clone())
            });
            match connected {
                Ok(log) => return Ok(Some(log)),
                Err(LogError::Unavailable(reason)) => {
                    tracing::warn!(source = source.name, %reason, "a source's brokers do not answer");
                    wait(stop, CONNECT_AGAIN);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }
}

fn wait(stop: &Stop, most: Duration) {
    let end_ms = SystemClock.monotonic_ms() + most.as_millis() as u64;
    while !stop.is_requested() && SystemClock.monotonic_ms() < end_ms {
        std::thread::sleep(LOOK_FOR_STOP_EVERY);
    }
}

/// Asks for a stop when its thread ends, whatever ended it.
pub(super) struct StopOnDrop(pub Stop, pub u64);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        if !self.0.is_requested() {
            self.0.request(self.1);
        }
    }
}

/// What a loop reads that moves a topic's records to the logins.
fn config_of(config: &Config, topic: &str) -> Config {
    let mut own = config.clone();
    // A group of its own for each topic: what was read of one and of another are two things.
    own.kafka.group = format!("{}-ingest-{topic}", config.kafka.group);
    own.topics.moved.clone_from(&config.topics.logins);
    topic.clone_into(&mut own.topics.logins);
    own
}

/// Reads files again when they change, and says when they are old.
fn look_after(
    enricher: Enricher,
    registry: &Registry,
    ended: mpsc::Receiver<()>,
) -> Result<(), Failure> {
    if enricher.is_empty() {
        return Ok(());
    }
    let ages = registry
        .gauges(
            "nightlatch_enrich_file_age_seconds",
            "How old a database or a list of networks is",
            &["file"],
        )
        .map_err(Failure::internal)?;
    let thread = std::thread::Builder::new().name("enrich".to_owned());
    let spawned = thread.spawn(move || {
        let mut told = std::collections::BTreeSet::new();
        loop {
            match enricher.reload() {
                Ok(true) => tracing::info!("databases and lists of networks were read again"),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "a file cannot be read; what it said before is used");
                }
            }
            let now_s = u64::try_from(SystemClock.now_ms() / 1000).unwrap_or(0);
            for (file, age_s) in enricher.ages_s(now_s) {
                let age_s = i64::try_from(age_s).unwrap_or(i64::MAX);
                let file = file.display().to_string();
                ages.with_label_values(&[&file]).set(age_s);
            }
            for (file, days) in enricher.old(now_s) {
                if told.insert(file.clone()) {
                    tracing::warn!(file = %file.display(), days, "a file is old; bring a newer one");
                }
            }
            match ended.recv_timeout(enricher.reload_after()) {
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                _ => return,
            }
        }
    });
    spawned.map(drop).map_err(Failure::internal)
}
