//! The tables of the configuration: sources of logins, and lists of networks.

mod connection;

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::KafkaConfig;
use super::reader::Reader;
use super::tables::{Table, tables};
use crate::enrich::networks::{NetworkClass, NetworkList};
use crate::ingest::{Adapter, EnrichConfig, SourceConfig};

const SOURCE_KEYS: [&str; 11] = [
    "name",
    "topics",
    "format",
    "mapping",
    "tenant",
    "brokers",
    "security_protocol",
    "ca_file",
    "sasl_mechanism",
    "sasl_username",
    "sasl_password_file",
];
const LIST_KEYS: [&str; 2] = ["file", "class"];

/// How records of identity providers become logins.
#[derive(Clone, Debug, Default)]
pub struct IngestConfig {
    pub sources: Vec<SourceConfig>,
    /// By its name, the connection of a source that has brokers of its own.
    pub apart: BTreeMap<String, KafkaConfig>,
    pub enrich: EnrichConfig,
    /// Records over which the id of an event is remembered, so that it counts once.
    pub remember_records: u64,
}

impl IngestConfig {
    /// What a source cannot promise.
    pub(super) fn warnings(&self) -> Vec<String> {
        let apart = self.apart.iter();
        let warning = |(name, connection): (&String, &KafkaConfig)| {
            format!(
                "source `{name}` has brokers of its own ({}): its offsets cannot be kept in one \
                 transaction with its logins. AT LEAST ONCE: what was written is looked up among \
                 the last logins at a start, and what is not found there is written again",
                connection.brokers
            )
        };
        apart.map(warning).collect()
    }
}

pub(super) fn read(read: &mut Reader<'_>, logins: &str, home: &KafkaConfig) -> IngestConfig {
    let (mut sources, mut apart) = (Vec::new(), BTreeMap::new());
    for table in tables(read, "source", &SOURCE_KEYS) {
        let connection = connection::read(read, &table, home);
        if let Some(source) = source(read, &table) {
            apart.extend(connection.map(|connection| (source.name.clone(), connection)));
            sources.push(source);
        }
    }
    let lists = tables(read, "network_list", &LIST_KEYS)
        .into_iter()
        .filter_map(|table| list(read, &table))
        .collect();
    let config = IngestConfig {
        sources,
        apart,
        enrich: EnrichConfig {
            city_database: file(read, "enrich.city_database"),
            asn_database: file(read, "enrich.asn_database"),
            prefer_database: read.flag("enrich.prefer_database"),
            lists,
            reload_s: read.whole("enrich.reload_s", 1..=86_400u32).into(),
            max_age_days: read.whole("enrich.max_age_days", 1..=3_650u32).into(),
        },
        remember_records: read
            .whole("ingest.remember_records", 0..=1_000_000u32)
            .into(),
    };
    check(read, &config, logins);
    config
}

fn file(read: &mut Reader<'_>, key: &str) -> Option<PathBuf> {
    let path = read.path(key)?;
    if !path.is_file() {
        read.problem(key, format!("{} is not a file", path.display()));
    }
    Some(path)
}

/// Each topic has one source, and none is what the logins go to.
fn check(read: &mut Reader<'_>, config: &IngestConfig, logins: &str) {
    let mut topics = BTreeMap::new();
    let mut names = std::collections::BTreeSet::new();
    for source in &config.sources {
        if !names.insert(&source.name) {
            read.problem("source", format!("two are called `{}`", source.name));
        }
        for topic in &source.topics {
            if topic == logins && !config.apart.contains_key(&source.name) {
                let text = format!(
                    "`{}` reads `{topic}`, which is also topics.logins: logins would go round for \
                     ever. Logins of our own form that are already there need no source",
                    source.name
                );
                read.problem("source", text);
            }
            if let Some(other) = topics.insert(topic, &source.name) {
                let text = format!("both `{other}` and `{}` read `{topic}`", source.name);
                read.problem("source", text);
            }
        }
    }
}

fn source(read: &mut Reader<'_>, table: &Table) -> Option<SourceConfig> {
    let name = table.required(read, "name")?;
    let topics = topics(read, table);
    let format = table.required(read, "format");
    let adapter = adapter(read, table, &name, format.as_deref()?);
    Some(SourceConfig {
        tenant: table
            .text(read, "tenant")
            .unwrap_or_else(|| "default".to_owned()),
        name,
        topics: topics?,
        adapter: adapter?,
    })
}

fn topics(read: &mut Reader<'_>, table: &Table) -> Option<Vec<String>> {
    let topics = table.texts("topics");
    if topics.is_none() {
        let text = match table.values.contains_key("topics") {
            true => "topics must be names of topics",
            false => "topics is missing",
        };
        read.problem(&table.key, text.to_owned());
    }
    topics
}

fn adapter(read: &mut Reader<'_>, table: &Table, name: &str, format: &str) -> Option<Adapter> {
    let mapping = table.text(read, "mapping").map(PathBuf::from);
    match (format, mapping) {
        ("mapping", None) => {
            let text = "format = \"mapping\" needs `mapping`, a file with the table";
            read.problem(&table.key, text.to_owned());
            None
        }
        ("mapping", Some(path)) => {
            let text = match std::fs::read_to_string(&path) {
                Ok(text) => text,
                Err(error) => {
                    read.problem(&table.key, format!("mapping {}: {error}", path.display()));
                    return None;
                }
            };
            match Adapter::of_table(name, &text) {
                Ok(adapter) => Some(adapter),
                Err(problems) => {
                    for problem in problems {
                        read.problem(&table.key, format!("mapping {}: {problem}", path.display()));
                    }
                    None
                }
            }
        }
        (_, Some(_)) => {
            let text = "mapping goes with format = \"mapping\"";
            read.problem(&table.key, text.to_owned());
            None
        }
        (format, None) => match Adapter::named(format) {
            Ok(adapter) => Some(adapter),
            Err(unknown) => {
                read.problem(&table.key, format!("format: {unknown}, mapping"));
                None
            }
        },
    }
}

fn list(read: &mut Reader<'_>, table: &Table) -> Option<NetworkList> {
    if !table.values.contains_key("file") {
        read.problem(&table.key, "file is missing".to_owned());
    }
    let file = table.file(read, "file");
    let name = table.required(read, "class")?;
    let class = NetworkClass::from_name(&name);
    if class.is_none() {
        let names = NetworkClass::ALL.map(NetworkClass::name);
        table.none_of(read, "class", &name, &names);
    }
    Some(NetworkList {
        file: file?,
        class: class?,
    })
}
