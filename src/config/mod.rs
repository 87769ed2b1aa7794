//! The configuration: layers in, one validated [`Config`] out, or every problem in one message.

mod access;
mod http;
mod kafka;
mod layers;
mod read;
mod reader;
mod receivers;
mod rules;
mod sources;
mod strays;
mod suppressions;
mod tables;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

pub use layers::{DEFAULTS, Layers};
pub use sources::IngestConfig;

use crate::access::Access;
use crate::checkpoint::CheckpointConfig;
use crate::detector::{Rules, Suppressions, Thresholds};
use crate::incident::IncidentLimits;
use crate::login::IdHasher;
use crate::notify::Receiver;
use crate::profile::ProfileLimits;
use crate::recent::RecentLimits;
use crate::trust::Trust;

/// Who set a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Default,
    File(PathBuf),
    Environment,
    Flag,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the built-in defaults"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment => f.write_str("the environment"),
            Self::Flag => f.write_str("the command line"),
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub key: String,
    pub place: Place,
    pub message: String,
}

impl Problem {
    fn new(key: &str, place: &Place, message: String) -> Self {
        Self {
            key: key.to_owned(),
            place: place.clone(),
            message,
        }
    }
}

/// Everything that is wrong, at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the configuration has {} problem{}:",
            self.0.len(),
            if self.0.len() == 1 { "" } else { "s" }
        )?;
        for Problem {
            key,
            place,
            message,
        } in &self.0
        {
            match key.as_str() {
                "" => write!(f, "\n  in {place}: {message}")?,
                key => write!(f, "\n  {key} (in {place}): {message}")?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A text that is never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the one who needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "(none)" } else { "****" })
    }
}

/// Where to begin without committed offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    Earliest,
    Latest,
}

#[derive(Clone, Debug)]
pub struct KafkaConfig {
    pub brokers: String,
    pub group: String,
    pub security_protocol: String,
    pub ca_file: Option<PathBuf>,
    pub sasl_mechanism: String,
    pub sasl_username: String,
    pub sasl_password: Secret,
    pub start: Start,
    pub request_timeout_ms: u64,
    /// Further settings of librdkafka.
    pub options: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
pub struct TopicsConfig {
    pub logins: String,
    pub alerts: String,
    pub rejected: String,
    pub profiles: String,
    pub incidents: String,
    pub feedback: String,
    pub verdicts: String,
    pub audit: String,
    /// Notices that no receiver took.
    pub undelivered: String,
    /// Where `rekey` moves logins to.
    pub moved: String,
    pub partitions: i32,
    pub replication: i32,
}

/// Where the certificate of the process and its key are, both in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's own first, then those between it and an authority.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// The other processes of the group, asked for users whose logins are theirs.
#[derive(Clone, Debug, Default)]
pub struct PeersConfig {
    /// Such as `https://node2:8080`.
    pub addresses: Vec<String>,
    pub token: Option<Secret>,
    pub trust: Trust,
}

impl PeersConfig {
    /// What others on the way may read.
    fn warnings(&self) -> impl Iterator<Item = String> {
        let open = self.addresses.iter().filter(|address| {
            let host = address.strip_prefix("http://").unwrap_or("localhost");
            let is_here = ["localhost", "127.", "[::1]"];
            self.token.is_some() && !is_here.iter().any(|here| host.starts_with(here))
        });
        open.map(|address| {
            format!("http.peers: {address} is sent the token without TLS; use https")
        })
    }
}

#[derive(Clone, Debug)]
pub struct HttpConfig {
    pub address: SocketAddr,
    pub max_connections: usize,
    /// Of these, streams of server-sent events.
    pub max_streams: usize,
    pub header_timeout_ms: u64,
    pub max_body_bytes: usize,
    pub tls: Option<TlsFiles>,
    pub peers: PeersConfig,
    pub access: Access,
    pub recent: RecentLimits,
}

/// Which flagged logins become alerts, of those that are not kept back otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishedAlerts {
    All,
    /// Those at which something of their incident is told.
    Told,
    None,
}

/// Which flagged logins become alerts; the others are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publishing {
    pub alerts: PublishedAlerts,
    /// Whether those that an open finding covers do too.
    pub repeats: bool,
    /// Those before it only teach: a company begins with its history, not with last year's alerts.
    pub since_ms: i64,
}

/// What the loop of the stream needs.
#[derive(Clone, Copy, Debug)]
pub struct PipelineConfig {
    pub max_records: usize,
    pub max_bytes: usize,
    /// How long a batch stays open that has nothing to tell.
    pub max_open_ms: u64,
    pub linger_ms: u64,
    pub hold_ms: u64,
    pub least_hold_ms: u64,
    pub max_wait_ms: u64,
    pub max_waiting: usize,
    pub max_waiting_bytes: usize,
    pub max_message_bytes: usize,
    pub max_clock_skew_ms: i64,
    pub brake_share: f64,
    pub brake_window: usize,
    pub contributions: usize,
    pub publishing: Publishing,
    /// Whether what is critical is benign once two people say so.
    pub two_for_critical: bool,
    /// How long writing the last changed profiles may take at a stop.
    pub last_checkpoint_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// The validated configuration.
#[derive(Clone)]
pub struct Config {
    pub instance: String,
    pub kafka: KafkaConfig,
    pub topics: TopicsConfig,
    pub ingest: IngestConfig,
    pub suppressions: Suppressions,
    pub rules: Rules,
    pub receivers: Vec<Receiver>,
    /// `None` for the shipped model.
    pub model_path: Option<PathBuf>,
    pub http: HttpConfig,
    pub pipeline: PipelineConfig,
    /// `None` for the model's own threshold.
    pub alert_risk: Option<f64>,
    pub incidents: IncidentLimits,
    pub profiles: ProfileLimits,
    pub checkpoint: CheckpointConfig,
    pub ids: IdHasher,
    /// Whether `ids` is made from a secret of the user's own.
    pub has_key: bool,
    pub reasons: Thresholds,
    pub log_format: LogFormat,
    pub log_level: String,
    pub grace_ms: u64,
    /// What is valid, but hardly meant.
    pub warnings: Vec<String>,
}

/// What to say where no key is set.
pub const NO_KEY: &str = "ids.key_file is not set: ids are hashed, and profiles encrypted, under a \
    secret that stands in the program's source; make one with `nightlatch key create FILE`";

impl Config {
    /// Reads all layers: files, the process's environment, and flags as (key, value).
    pub fn load(files: &[PathBuf], flags: &[(&str, String)]) -> Result<Self, Problems> {
        let environment: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self::from_layers(files, &environment, flags)
    }

    /// The same configuration where it reads a source: its brokers may be others.
    #[must_use]
    pub fn at_source(&self, source: &str) -> Self {
        let mut at = self.clone();
        if let Some(kafka) = self.ingest.apart.get(source) {
            at.kafka.clone_from(kafka);
        }
        at
    }

    /// The same with the environment given.
    pub fn from_layers(
        files: &[PathBuf],
        environment: &[(String, String)],
        flags: &[(&str, String)],
    ) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let layers = Layers::read(files, environment, flags, &mut problems);
        let mut config = read::resolve(&layers, &mut problems);
        config.warnings = strays::find(environment, &layers);
        config.warnings.extend(config.ingest.warnings());
        config.warnings.extend(config.http.peers.warnings());
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(Problems(problems))
        }
    }
}

#[cfg(test)]
mod tests;
