//! `[kafka]` and `[topics]`: where the logins come from, and what is written.

use super::reader::Reader;
use super::{KafkaConfig, Place, Problem, Start, TopicsConfig};

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

pub(super) fn kafka(read: &mut Reader<'_>) -> KafkaConfig {
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

pub(super) fn topics(read: &mut Reader<'_>) -> TopicsConfig {
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
