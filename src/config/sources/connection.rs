//! The connection of a source that has brokers of its own.

use std::path::PathBuf;

use super::super::kafka::{MECHANISMS, PROTOCOLS};
use super::super::reader::{Reader, secret_in};
use super::super::tables::Table;
use super::super::{KafkaConfig, Secret};

/// What says nothing without `brokers`.
const OF_BROKERS: [&str; 5] = [
    "security_protocol",
    "ca_file",
    "sasl_mechanism",
    "sasl_username",
    "sasl_password_file",
];

/// A source's own connection. Of `[kafka]` it takes the group and the times, and neither names nor
/// secrets: they are for other brokers.
pub(super) fn read(
    read: &mut Reader<'_>,
    table: &Table,
    home: &KafkaConfig,
) -> Option<KafkaConfig> {
    let Some(brokers) = table.text(read, "brokers") else {
        for name in OF_BROKERS {
            if table.values.contains_key(name) {
                read.problem(&table.key, format!("{name} goes with `brokers` of its own"));
            }
        }
        return None;
    };
    let security_protocol = one_of(read, table, "security_protocol", &PROTOCOLS);
    let sasl_username = table.text(read, "sasl_username").unwrap_or_default();
    if security_protocol.starts_with("sasl") && sasl_username.is_empty() {
        let text = format!("sasl_username is missing, as security_protocol is {security_protocol}");
        read.problem(&table.key, text);
    }
    Some(KafkaConfig {
        brokers,
        security_protocol,
        ca_file: table.file(read, "ca_file"),
        sasl_mechanism: one_of(read, table, "sasl_mechanism", &MECHANISMS),
        sasl_username,
        sasl_password: secret(read, table, "sasl_password_file"),
        options: Vec::new(),
        ..home.clone()
    })
}

/// One of some words; the first where nothing is said.
fn one_of(read: &mut Reader<'_>, table: &Table, name: &str, words: &[&str]) -> String {
    let Some(word) = table.text(read, name) else {
        return words[0].to_owned();
    };
    if !words.contains(&word.as_str()) {
        table.none_of(read, name, &word, words);
    }
    word
}

fn secret(read: &mut Reader<'_>, table: &Table, name: &str) -> Secret {
    let Some(path) = table.text(read, name).map(PathBuf::from) else {
        return Secret::default();
    };
    secret_in(&path).unwrap_or_else(|problem| {
        read.problem(&table.key, format!("{name}: {problem}"));
        Secret::default()
    })
}
