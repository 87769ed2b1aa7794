//! Tables of the configuration that there may be many of, such as `[[source]]`.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use config::{Map, Value};

use super::reader::{Reader, texts_of};
use crate::spelling::did_you_mean;

/// A table with the name by which a problem of it is told.
pub(super) struct Table {
    pub key: String,
    pub values: Map<String, Value>,
}

impl Table {
    pub fn text(&self, read: &mut Reader<'_>, name: &str) -> Option<String> {
        let value = self.values.get(name)?.clone();
        match value.into_string() {
            Ok(text) if !text.trim().is_empty() => Some(text),
            _ => {
                read.problem(&self.key, format!("{name} must be a text, and not empty"));
                None
            }
        }
    }

    pub fn required(&self, read: &mut Reader<'_>, name: &str) -> Option<String> {
        if !self.values.contains_key(name) {
            read.problem(&self.key, format!("{name} is missing"));
        }
        self.text(read, name)
    }

    /// Whether something is so; `otherwise` where the table does not say.
    pub fn flag(&self, read: &mut Reader<'_>, name: &str, otherwise: bool) -> bool {
        let Some(value) = self.values.get(name).cloned() else {
            return otherwise;
        };
        value.into_bool().unwrap_or_else(|_| {
            read.problem(&self.key, format!("{name} must be true or false"));
            otherwise
        })
    }

    /// A whole number within a range; `otherwise` where the table does not say.
    pub fn whole(
        &self,
        read: &mut Reader<'_>,
        name: &str,
        otherwise: u64,
        range: RangeInclusive<u64>,
    ) -> u64 {
        let Some(value) = self.values.get(name).cloned() else {
            return otherwise;
        };
        match value.into_uint() {
            Ok(number) if range.contains(&number) => number,
            _ => {
                let (start, end) = (range.start(), range.end());
                let text = format!("{name} must be a whole number from {start} to {end}");
                read.problem(&self.key, text);
                otherwise
            }
        }
    }

    /// One of those there are, by its name.
    pub fn one_of<T: Copy>(
        &self,
        read: &mut Reader<'_>,
        key: &str,
        all: &[T],
        name: fn(T) -> &'static str,
    ) -> Option<T> {
        let wanted = self.required(read, key)?;
        let found = all.iter().copied().find(|one| name(*one) == wanted);
        if found.is_none() {
            let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
            self.none_of(read, key, &wanted, &names);
        }
        found
    }

    /// The tenants that are meant; `None` for all.
    pub fn tenants(&self, read: &mut Reader<'_>) -> Option<Vec<String>> {
        if !self.values.contains_key("tenants") {
            return None;
        }
        let tenants = self.texts("tenants");
        if tenants.is_none() {
            let text = "tenants must be names, and not empty: leave it out for all of them";
            read.problem(&self.key, text.to_owned());
        }
        Some(tenants.unwrap_or_default())
    }

    /// Words out of those there are; none where the table does not say, `None` where one is wrong.
    pub fn some_of(
        &self,
        read: &mut Reader<'_>,
        name: &str,
        words: &[&str],
    ) -> Option<Vec<String>> {
        if !self.values.contains_key(name) {
            return Some(Vec::new());
        }
        let Some(texts) = self.texts(name) else {
            read.problem(
                &self.key,
                format!("{name} must be some of {}", words.join(", ")),
            );
            return None;
        };
        let unknown = texts.iter().find(|text| !words.contains(&text.as_str()));
        if let Some(unknown) = unknown {
            self.none_of(read, name, unknown, words);
            return None;
        }
        Some(texts)
    }

    /// What came of reading a key; an error is told as a problem of it.
    pub fn checked<T>(
        &self,
        read: &mut Reader<'_>,
        name: &str,
        result: Result<T, impl Display>,
    ) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                read.problem(&self.key, format!("{name}: {error}"));
                None
            }
        }
    }

    /// The file that a key names; one that is not there is told.
    pub fn file(&self, read: &mut Reader<'_>, name: &str) -> Option<PathBuf> {
        let path = self.text(read, name).map(PathBuf::from)?;
        if !path.is_file() {
            let text = format!("{name}: {} is not a file", path.display());
            read.problem(&self.key, text);
        }
        Some(path)
    }

    /// Tells of a word that is none of those there are.
    pub fn none_of(&self, read: &mut Reader<'_>, what: &str, word: &str, words: &[&str]) {
        let hint = did_you_mean(word, words.iter().copied());
        let text = format!("{what} `{word}` is none of {}{hint}", words.join(", "));
        read.problem(&self.key, text);
    }

    /// Several texts, or one; `None` where there are none or they are not all texts.
    pub fn texts(&self, name: &str) -> Option<Vec<String>> {
        let texts = texts_of(self.values.get(name)?)?;
        let is_filled = !texts.is_empty() && texts.iter().all(|text| !text.trim().is_empty());
        is_filled.then_some(texts)
    }
}

/// The tables of an array, with keys that are known.
pub(super) fn tables(read: &mut Reader<'_>, key: &str, known: &[&str]) -> Vec<Table> {
    let Some((value, _)) = read.layers.get(key) else {
        return Vec::new();
    };
    let value = value.clone();
    tables_of(read, key, value, known)
}

/// The same of a value; `key` is by what problems of it are told.
pub(super) fn tables_of(
    read: &mut Reader<'_>,
    key: &str,
    value: Value,
    known: &[&str],
) -> Vec<Table> {
    let Ok(values) = value.into_array() else {
        read.problem(key, format!("must be tables: [[{key}]]"));
        return Vec::new();
    };
    let mut tables = Vec::new();
    for (number, value) in values.into_iter().enumerate() {
        let key = format!("{key}[{number}]");
        let Ok(values) = value.into_table() else {
            read.problem(&key, "must be a table".to_owned());
            continue;
        };
        for name in values.keys().filter(|name| !known.contains(&name.as_str())) {
            let hint = did_you_mean(name, known.iter().copied());
            read.problem(&key, format!("unknown key `{name}`{hint}"));
        }
        tables.push(Table { key, values });
    }
    tables
}
