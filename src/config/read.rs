//! From layered values to the typed configuration. Problems are gathered, not thrown: a user mends
//! them all at once.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::tables::texts_of;
use super::{
    Config, HttpConfig, KafkaConfig, Layers, LogFormat, PeersConfig, PipelineConfig, Place,
    Problem, PublishedAlerts, Publishing, Secret, Start, TlsFiles, TopicsConfig,
};
use crate::checkpoint::CheckpointConfig;
use crate::detector::Thresholds;
use crate::incident::IncidentLimits;
use crate::login::{IdHasher, timestamp};
use crate::profile::{Limits, ProfileLimits};
use crate::recent::RecentLimits;
use crate::trust::Trust;

/// What exactly-once rests on; the program sets these itself.
const REFUSED_OPTIONS: &[&str] = &[
    "auto.offset.reset",
    "bootstrap.servers",
    "client.id",
    "client.rack",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.idempotence",
    "enable.partition.eof",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "isolation.level",
    "partition.assignment.strategy",
    "transaction.timeout.ms",
    "transactional.id",
];

pub(super) const PROTOCOLS: [&str; 4] = ["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"];
pub(super) const MECHANISMS: [&str; 3] = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"];

pub(super) struct Reader<'a> {
    pub layers: &'a Layers,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    pub fn problem(&mut self, key: &str, message: String) {
        // A table of an array was set where the array was.
        let set_as = key.split('[').next().unwrap_or(key);
        let place = self
            .layers
            .get(set_as)
            .map_or(Place::Default, |(_, place)| place.clone());
        self.problems.push(Problem::new(key, &place, message));
    }

    pub fn text(&mut self, key: &str) -> String {
        let value = self
            .layers
            .get(key)
            .map(|(value, _)| value.clone().into_string());
        match value {
            Some(Ok(text)) => text,
            _ => {
                self.problem(key, "must be a text".to_owned());
                String::new()
            }
        }
    }

    fn name(&mut self, key: &str) -> String {
        let text = self.text(key);
        if text.trim().is_empty() {
            self.problem(key, "must not be empty".to_owned());
        }
        text
    }

    fn float(&mut self, key: &str, range: RangeInclusive<f64>) -> f64 {
        let value = self
            .layers
            .get(key)
            .map(|(value, _)| value.clone().into_float());
        match value {
            Some(Ok(number)) if range.contains(&number) => number,
            _ => {
                self.problem(
                    key,
                    format!(
                        "must be a number from {} to {}{}",
                        range.start(),
                        range.end(),
                        self.found(key)
                    ),
                );
                *range.start()
            }
        }
    }

    pub fn whole<T: TryFrom<i64> + Copy + Display + Into<i128>>(
        &mut self,
        key: &str,
        range: RangeInclusive<T>,
    ) -> T {
        let value = self
            .layers
            .get(key)
            .map(|(value, _)| value.clone().into_int());
        let within = |number: i64| {
            ((*range.start()).into()..=(*range.end()).into()).contains(&i128::from(number))
        };
        if let Some(Ok(number)) = value
            && within(number)
            && let Ok(number) = T::try_from(number)
        {
            return number;
        }
        self.problem(
            key,
            format!(
                "must be a whole number from {} to {}{}",
                range.start(),
                range.end(),
                self.found(key)
            ),
        );
        *range.start()
    }

    /// Several texts, or one; none where there is nothing.
    pub fn texts(&mut self, key: &str) -> Vec<String> {
        let Some((value, _)) = self.layers.get(key) else {
            return Vec::new();
        };
        texts_of(value).unwrap_or_else(|| {
            self.problem(key, "must be texts".to_owned());
            Vec::new()
        })
    }

    pub fn flag(&mut self, key: &str) -> bool {
        let value = self
            .layers
            .get(key)
            .map(|(value, _)| value.clone().into_bool());
        match value {
            Some(Ok(flag)) => flag,
            _ => {
                self.problem(key, format!("must be true or false{}", self.found(key)));
                false
            }
        }
    }

    fn size(&mut self, key: &str, range: RangeInclusive<u32>) -> usize {
        self.whole(key, range) as usize
    }

    fn found(&self, key: &str) -> String {
        self.layers
            .get(key)
            .map_or(String::new(), |(value, _)| format!(", found `{value}`"))
    }

    fn one_of<'c>(&mut self, key: &str, choices: &[&'c str]) -> &'c str {
        let text = self.text(key);
        match choices
            .iter()
            .find(|choice| choice.eq_ignore_ascii_case(&text))
        {
            Some(choice) => choice,
            None => {
                self.problem(
                    key,
                    format!("must be one of {}, found `{text}`", choices.join(", ")),
                );
                choices.first().copied().unwrap_or_default()
            }
        }
    }

    pub fn path(&mut self, key: &str) -> Option<PathBuf> {
        let text = self.text(key);
        (!text.is_empty()).then(|| PathBuf::from(text))
    }

    /// The content of the file that a key names, without the line break at its end.
    fn secret(&mut self, key: &str) -> Secret {
        let Some(path) = self.path(key) else {
            return Secret::default();
        };
        secret_in(&path).unwrap_or_else(|problem| {
            self.problem(key, problem);
            Secret::default()
        })
    }
}

/// What a file holds, without the line break at its end.
pub(super) fn secret_in(path: &Path) -> Result<Secret, String> {
    let read = std::fs::read_to_string(path);
    let text = read.map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Shorter secrets can be guessed.
const SHORTEST_KEY_BYTES: usize = 16;

/// The secret of the ids, and whether it is the user's own.
fn ids(read: &mut Reader<'_>) -> (IdHasher, bool) {
    let has_key = read.path("ids.key_file").is_some();
    let problems = read.problems.len();
    let secret = read.secret("ids.key_file");
    if has_key
        && read.problems.len() == problems
        && secret.reveal().trim().len() < SHORTEST_KEY_BYTES
    {
        read.problem(
            "ids.key_file",
            format!(
                "holds fewer than {SHORTEST_KEY_BYTES} bytes, which can be guessed; make one with \
                 `nightlatch key create FILE`"
            ),
        );
    }
    (IdHasher::new(secret.reveal()), has_key)
}

pub(super) fn resolve(layers: &Layers, problems: &mut Vec<Problem>) -> Config {
    let mut read = Reader { layers, problems };
    let instance = match read.text("instance") {
        name if name.is_empty() => host_name(),
        name => name,
    };
    let (ids, has_key) = ids(&mut read);
    let topics = topics(&mut read);
    let kafka = kafka(&mut read);
    Config {
        ingest: super::sources::read(&mut read, &topics.logins, &kafka),
        suppressions: super::suppressions::read(&mut read),
        rules: super::rules::read(&mut read),
        receivers: super::receivers::read(&mut read, &host_name()),
        instance,
        kafka,
        topics,
        model_path: read.path("model.path"),
        http: http(&mut read),
        pipeline: pipeline(&mut read),
        alert_risk: Some(read.float("alerts.risk", -1.0..=1.0)).filter(|risk| *risk >= 0.0),
        incidents: incidents(&mut read),
        profiles: profiles(&mut read),
        checkpoint: CheckpointConfig {
            enabled: read.flag("checkpoint.enabled"),
            bytes_per_second: read.whole("checkpoint.bytes_per_second", 1024..=1 << 30u32),
            max_redo: read.whole("checkpoint.max_redo", 1_000..=u32::MAX),
            accept_loss: read.flag("checkpoint.accept_loss"),
        },
        ids,
        has_key,
        reasons: reasons(&mut read),
        log_format: if read.one_of("log.format", &["text", "json"]) == "json" {
            LogFormat::Json
        } else {
            LogFormat::Text
        },
        log_level: log_level(&mut read),
        grace_ms: read.whole("shutdown.grace_ms", 100..=600_000u32).into(),
        warnings: Vec::new(),
    }
}

fn host_name() -> String {
    let name =
        std::fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| std::env::var("HOSTNAME"));
    name.map(|name| name.trim().to_owned())
        .ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "nightlatch".to_owned())
}

fn kafka(read: &mut Reader<'_>) -> KafkaConfig {
    let options: Vec<(String, String, Place)> = read
        .layers
        .passed_through()
        .map(|(name, value, place)| (name.to_owned(), value, place.clone()))
        .collect();
    for (name, _, place) in &options {
        if REFUSED_OPTIONS.contains(&name.as_str()) {
            let message = "exactly-once rests on this setting; it cannot be changed".to_owned();
            read.problems.push(Problem::new(
                &format!("kafka.options.{name}"),
                place,
                message,
            ));
        }
    }
    let ca_file = read.path("kafka.ca_file");
    if let Some(path) = ca_file.as_ref().filter(|path| !path.is_file()) {
        read.problem("kafka.ca_file", format!("{} is not a file", path.display()));
    }
    let security_protocol = read
        .one_of("kafka.security_protocol", &PROTOCOLS)
        .to_owned();
    let sasl_username = read.text("kafka.sasl_username");
    if security_protocol.starts_with("sasl") && sasl_username.is_empty() {
        read.problem(
            "kafka.sasl_username",
            format!("must be set where kafka.security_protocol is {security_protocol}"),
        );
    }
    KafkaConfig {
        brokers: read.name("kafka.brokers"),
        group: read.name("kafka.group"),
        security_protocol,
        ca_file,
        sasl_mechanism: read.one_of("kafka.sasl_mechanism", &MECHANISMS).to_owned(),
        sasl_username,
        sasl_password: read.secret("kafka.sasl_password_file"),
        start: if read.one_of("kafka.start", &["earliest", "latest"]) == "latest" {
            Start::Latest
        } else {
            Start::Earliest
        },
        request_timeout_ms: read
            .whole("kafka.request_timeout_ms", 100..=600_000u32)
            .into(),
        options: options
            .into_iter()
            .map(|(name, value, _)| (name, value))
            .collect(),
    }
}

fn topics(read: &mut Reader<'_>) -> TopicsConfig {
    let topics = TopicsConfig {
        logins: read.name("topics.logins"),
        alerts: read.name("topics.alerts"),
        rejected: read.name("topics.rejected"),
        profiles: read.name("topics.profiles"),
        incidents: read.name("topics.incidents"),
        feedback: read.name("topics.feedback"),
        verdicts: read.name("topics.verdicts"),
        audit: read.name("topics.audit"),
        undelivered: read.name("topics.undelivered"),
        moved: String::new(),
        partitions: read.whole("topics.partitions", 1..=10_000i32),
        replication: read.whole("topics.replication", 1..=9i32),
    };
    let outputs = [
        ("topics.alerts", &topics.alerts),
        ("topics.incidents", &topics.incidents),
        ("topics.rejected", &topics.rejected),
        ("topics.profiles", &topics.profiles),
    ];
    for (key, name) in outputs {
        if *name == topics.logins {
            read.problem(
                key,
                format!(
                    "is `{name}`, which is also topics.logins: the detector would read its own \
                     output"
                ),
            );
        }
    }
    topics
}

fn http(read: &mut Reader<'_>) -> HttpConfig {
    let address = read.text("http.address");
    let address = address.parse().unwrap_or_else(|_| {
        read.problem(
            "http.address",
            format!("must be an address and a port such as 127.0.0.1:8080, found `{address}`"),
        );
        ([127, 0, 0, 1], 0).into()
    });
    HttpConfig {
        address,
        max_connections: read.size("http.max_connections", 1..=65_536),
        header_timeout_ms: read.whole("http.header_timeout_ms", 10..=600_000u32).into(),
        max_body_bytes: read.size("http.max_body_bytes", 256..=16 << 20),
        max_streams: read.size("http.max_streams", 0..=65_536),
        tls: tls(read),
        peers: peers(read),
        access: super::access::read(read),
        recent: RecentLimits {
            incidents: read.size("http.recent_incidents", 100..=1_000_000),
            alerts: read.size("http.recent_alerts", 100..=1_000_000),
            alert_bytes: read.size("http.recent_alert_bytes", 1 << 20..=2 << 30),
        },
    }
}

fn peers(read: &mut Reader<'_>) -> PeersConfig {
    let addresses: Vec<String> = read.texts("http.peers");
    let addresses: Vec<String> = addresses
        .iter()
        .map(|address| address.trim_end_matches('/').to_owned())
        .collect();
    for address in &addresses {
        let url: Option<ureq::http::Uri> = address.parse().ok();
        let is_address = url.is_some_and(|url| {
            let has_path = !matches!(url.path(), "" | "/");
            matches!(url.scheme_str(), Some("http" | "https")) && !has_path
        });
        if !is_address {
            let text = format!("`{address}` must be an address such as https://node2:8080");
            read.problem("http.peers", text);
        }
    }
    let token = read
        .path("http.peer_token_file")
        .map(|_| read.secret("http.peer_token_file"));
    let trust = match read.path("http.peer_ca_file") {
        None => Trust::default(),
        Some(path) => Trust::of_file(&path).unwrap_or_else(|problem| {
            read.problem("http.peer_ca_file", problem);
            Trust::default()
        }),
    };
    PeersConfig {
        addresses,
        token,
        trust,
    }
}

fn tls(read: &mut Reader<'_>) -> Option<TlsFiles> {
    let names = ["http.certificate_file", "http.key_file"];
    match names.map(|name| read.path(name)) {
        [None, None] => None,
        [Some(certificate), Some(key)] => Some(TlsFiles { certificate, key }),
        [one, _] => {
            let [certificate, key] = names;
            let missing = if one.is_some() { key } else { certificate };
            let text = "a certificate and its key go together: name both, or neither";
            read.problem(missing, text.to_owned());
            None
        }
    }
}

fn pipeline(read: &mut Reader<'_>) -> PipelineConfig {
    PipelineConfig {
        max_records: read.size("batch.max_records", 1..=1_000_000),
        max_bytes: read.size("batch.max_bytes", 1024..=1 << 30),
        max_open_ms: read.whole("batch.max_open_ms", 0..=10_000u32).into(),
        linger_ms: read.whole("batch.linger_ms", 1..=60_000u32).into(),
        hold_ms: read.whole("order.hold_ms", 0..=60_000u32).into(),
        least_hold_ms: read.whole("order.least_hold_ms", 0..=60_000u32).into(),
        max_wait_ms: read.whole("order.max_wait_ms", 0..=600_000u32).into(),
        max_waiting: read.size("order.max_waiting", 100..=10_000_000),
        max_waiting_bytes: read.size("order.max_waiting_bytes", 1 << 20..=1 << 30),
        max_message_bytes: read.size("limits.max_message_bytes", 256..=16 << 20),
        max_clock_skew_ms: read.whole("limits.max_clock_skew_ms", 0..=31_536_000_000i64),
        brake_share: read.float("rejected.brake_share", 0.01..=1.0),
        brake_window: read.size("rejected.brake_window", 10..=10_000_000),
        publishing: Publishing {
            alerts: match read.one_of("alerts.publish", &["all", "told", "none"]) {
                "none" => PublishedAlerts::None,
                "told" => PublishedAlerts::Told,
                _ => PublishedAlerts::All,
            },
            repeats: read.flag("alerts.publish_repeats"),
            since_ms: since_ms(read),
        },
        two_for_critical: read.flag("incidents.two_for_critical"),
        contributions: read.size("alerts.contributions", 0..=crate::features::COUNT as u32),
        // The other half of the grace is for the batch at hand.
        last_checkpoint_ms: u64::from(read.whole("shutdown.grace_ms", 100..=600_000u32)) / 2,
    }
}

/// From which time on alerts are published.
fn since_ms(read: &mut Reader<'_>) -> i64 {
    let text = read.text("alerts.since");
    if text.is_empty() {
        return i64::MIN;
    }
    timestamp::from_date_or_text(&text).unwrap_or_else(|_| {
        let expected = "must be a date such as 2026-01-15, or an RFC 3339 time";
        let found = read.found("alerts.since");
        read.problem("alerts.since", format!("{expected}{found}"));
        i64::MIN
    })
}

fn profiles(read: &mut Reader<'_>) -> ProfileLimits {
    let idle_s = read.whole("profiles.idle_days", 1..=3650u32) * 86_400;
    let mut limits = |key: &str| {
        let max_profiles = read.size(key, 10..=1_000_000_000);
        Limits {
            max_profiles,
            max_probation: max_profiles.div_ceil(4),
            idle_s,
        }
    };
    ProfileLimits {
        users: limits("profiles.max_users"),
        devices: limits("profiles.max_devices"),
        networks: limits("profiles.max_networks"),
        prevalences: limits("profiles.max_shares"),
        tenants: limits("profiles.max_tenants"),
    }
}

fn incidents(read: &mut Reader<'_>) -> IncidentLimits {
    IncidentLimits {
        open: read.size("incidents.max_open", 10..=1_000_000),
        links: read.size("incidents.max_links", 8..=4_096),
        kept: read.size("incidents.max_kept", 10..=1_000_000),
        keep_s: read.whole("incidents.keep_days", 1..=3_650u32) * 86_400,
    }
}

fn reasons(read: &mut Reader<'_>) -> Thresholds {
    Thresholds {
        travel_km: read.float("reasons.travel_km", 1.0..=20_000.0),
        travel_kmh: read.float("reasons.travel_kmh", 1.0..=100_000.0),
        spray_users: read.float("reasons.spray_users", 2.0..=200.0),
        spray_attempts: read.float("reasons.spray_attempts", 2.0..=60_000.0),
        spray_attempts_per_user: read.float("reasons.spray_attempts_per_user", 1.0..=1_000.0),
        stuffing_users: read.float("reasons.stuffing_users", 2.0..=200.0),
        stuffing_attempts: read.float("reasons.stuffing_attempts", 2.0..=60_000.0),
        stuffing_attempts_per_user: read.float("reasons.stuffing_attempts_per_user", 1.0..=1_000.0),
        wide_spray_failures: read.whole("reasons.wide_spray_failures", 1..=1_000_000u32),
        wide_spray_times: read.float("reasons.wide_spray_times", 1.0..=1_000.0),
        failure_run: read.whole("reasons.failure_run", 1..=1_000u16),
        mfa_denials: read.whole("reasons.mfa_denials", 1..=200u8),
        dormant_days: read.whole("reasons.dormant_days", 1..=3_650u32),
        shared_device_users: read.float("reasons.shared_device_users", 2.0..=200.0),
        volume_spreads: read.float("reasons.volume_spreads", 0.5..=100.0),
        exfiltration_bytes: read.whole("reasons.exfiltration_bytes", 0..=u64::MAX >> 1),
        odd_hour_nats: read.float("reasons.odd_hour_nats", 0.5..=20.0),
        session_theft_minutes: read.float("reasons.session_theft_minutes", 1.0..=10_080.0),
        after_attack_minutes: read.whole("reasons.after_attack_minutes", 1..=10_080u32),
        cooldown_s: read.whole("alerts.cooldown_s", 0..=2_592_000u32),
        urgent_explanations_per_minute: read
            .whole("alerts.urgent_explanations_per_minute", 0..=u16::MAX),
        explanations_per_minute: read.whole("alerts.explanations_per_minute", 0..=u16::MAX),
        addresses_an_hour: read.float("reasons.addresses_an_hour", 2.0..=100.0),
    }
}

fn log_level(read: &mut Reader<'_>) -> String {
    let level = read.text("log.level");
    if tracing_subscriber::EnvFilter::try_new(&level).is_err() {
        read.problem(
            "log.level",
            format!("must be error, warn, info, debug, trace or a filter, found `{level}`"),
        );
    }
    level
}
