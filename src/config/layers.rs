//! The layers of the configuration, and which place set what.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use config::{Environment, File, FileFormat, Source, Value, ValueKind};

use super::{Place, Problem};
use crate::spelling::most_alike;

/// The documented default file: the lowest layer, so that documentation and defaults cannot differ.
pub const DEFAULTS: &str = include_str!("../../config/nightlatch.toml");
pub(super) const ENVIRONMENT_PREFIX: &str = "NIGHTLATCH";
/// Keys below this one are librdkafka's and not ours to know.
const PASSED_THROUGH: &str = "kafka.options.";

/// The value of every key after all layers, with the place that set it.
#[derive(Debug, Default)]
pub struct Layers {
    values: BTreeMap<String, (Value, Place)>,
}

impl Layers {
    /// Reads the defaults, then files, then the environment, then overrides from flags.
    pub fn read(
        files: &[PathBuf],
        environment: &[(String, String)],
        flags: &[(&str, String)],
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut layers = Self::default();
        layers.add(
            Place::Default,
            &File::from_str(DEFAULTS, FileFormat::Toml),
            problems,
        );
        let known: Vec<String> = layers.values.keys().cloned().collect();
        for path in files {
            layers.add_file(path, &known, problems);
        }
        let environment: config::Map<String, String> = environment.iter().cloned().collect();
        let source = Environment::with_prefix(ENVIRONMENT_PREFIX)
            .prefix_separator("__")
            .separator("__")
            .source(Some(environment));
        layers.add_checked(&Place::Environment, &source, &known, problems);
        for (key, value) in flags {
            let value = Value::new(None, ValueKind::String(value.clone()));
            layers
                .values
                .insert((*key).to_owned(), (value, Place::Flag));
        }
        layers
    }

    fn add_file(&mut self, path: &Path, known: &[String], problems: &mut Vec<Problem>) {
        let place = Place::File(path.to_owned());
        match std::fs::read_to_string(path) {
            Ok(text) => self.add_checked(
                &place,
                &File::from_str(&text, FileFormat::Toml),
                known,
                problems,
            ),
            Err(error) => problems.push(Problem::new("", &place, error.to_string())),
        }
    }

    /// Adds a layer whose keys must be known.
    fn add_checked(
        &mut self,
        place: &Place,
        source: &dyn Source,
        known: &[String],
        problems: &mut Vec<Problem>,
    ) {
        let mut layer = Self::default();
        layer.add(place.clone(), source, problems);
        for (key, (value, place)) in layer.values {
            if known.contains(&key) || key.starts_with(PASSED_THROUGH) {
                self.values.insert(key, (value, place));
            } else {
                let hint = nearest(&key, known)
                    .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                problems.push(Problem::new(&key, &place, format!("unknown key{hint}")));
            }
        }
    }

    fn add(&mut self, place: Place, source: &dyn Source, problems: &mut Vec<Problem>) {
        match source.collect() {
            Ok(map) => {
                for (key, value) in map {
                    self.flatten(key, value, &place);
                }
            }
            Err(error) => problems.push(Problem::new("", &place, error.to_string())),
        }
    }

    fn flatten(&mut self, key: String, value: Value, place: &Place) {
        match value.kind {
            ValueKind::Table(table) => {
                for (inner, value) in table {
                    self.flatten(format!("{key}.{inner}"), value, place);
                }
            }
            _ => {
                self.values.insert(key, (value, place.clone()));
            }
        }
    }

    /// The value of a key and who set it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&(Value, Place)> {
        self.values.get(key)
    }

    /// librdkafka's settings: name, value, place.
    pub fn passed_through(&self) -> impl Iterator<Item = (&str, String, &Place)> {
        self.values.iter().filter_map(|(key, (value, place))| {
            let name = key.strip_prefix(PASSED_THROUGH)?;
            Some((name, value.clone().into_string().unwrap_or_default(), place))
        })
    }

    /// Every key with its value and place, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value, &Place)> {
        self.values
            .iter()
            .map(|(key, (value, place))| (key.as_str(), value, place))
    }
}

/// The known key that an unknown one most resembles.
fn nearest<'a>(key: &str, known: &'a [String]) -> Option<&'a str> {
    most_alike(known, 0.75, |other| {
        strsim::jaro_winkler(key, other).max(same_name(key, other))
    })
}

/// A key in the wrong table: the same last name.
fn same_name(key: &str, other: &str) -> f64 {
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    if last(key) == last(other) { 0.95 } else { 0.0 }
}
