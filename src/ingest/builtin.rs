//! The formats that come with the program, and which of them a record is of.

use std::sync::LazyLock;

use super::compile;
use super::format::Format;

macro_rules! builtin {
    ($($name:literal),+ $(,)?) => {
        /// Names and tables, in the order in which `auto` tries them: those that only their own
        /// records have the keys of come first.
        const TABLES: &[(&str, &str)] = &[$(
            ($name, include_str!(concat!("../../config/sources/", $name, ".toml"))),
        )+];

        /// Made records of each.
        const SAMPLES: &[(&str, &str)] = &[$(
            ($name, include_str!(concat!("../../config/sources/samples/", $name, ".ndjson"))),
        )+];
    };
}

builtin! {
    "okta", "entra", "cloudtrail", "o365", "cognito", "google_workspace", "duo", "onelogin",
    "auth0", "github", "ping", "keycloak", "ocsf", "sshd", "ecs",
}

static FORMATS: LazyLock<Vec<Format>> = LazyLock::new(|| {
    TABLES
        .iter()
        .filter_map(|(name, text)| compile::compile(name, text).ok())
        .collect()
});

/// Every format, in the order in which `auto` tries them.
#[must_use]
pub fn all() -> &'static [Format] {
    &FORMATS
}

/// The format of a name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// The table of a format as it was written.
#[must_use]
pub fn table(name: &str) -> Option<&'static str> {
    TABLES
        .iter()
        .find(|(own, _)| *own == name)
        .map(|(_, text)| *text)
}

/// Made records of a format, one a line.
#[must_use]
pub fn sample(name: &str) -> Option<&'static str> {
    let sample = SAMPLES.iter().find(|(own, _)| *own == name);
    sample.map(|(_, text)| *text)
}

/// The number of the format that a record is of; tried first is `likely`.
#[must_use]
pub fn of(bytes: &[u8], likely: usize) -> Option<usize> {
    let others = (0..all().len()).filter(|number| *number != likely);
    std::iter::once(likely)
        .chain(others)
        .find(|number| all().get(*number).is_some_and(|format| format.is_of(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_compiles() {
        for (name, text) in TABLES {
            let compiled = compile::compile(name, text);
            assert!(compiled.is_ok(), "{name}: {:#?}", compiled.err());
        }
        assert_eq!(all().len(), TABLES.len());
    }
}
