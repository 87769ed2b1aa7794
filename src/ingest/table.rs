//! A format as it is written in TOML. docs/mapping.md describes it for people.

use std::collections::BTreeMap;

use serde::Deserialize;

/// How records of one kind are read.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    /// What it is, for people.
    #[serde(default)]
    pub title: String,
    /// Groups of paths; a record of this format has all of one group.
    #[serde(default)]
    pub recognise: Vec<Vec<String>>,
    /// Keys beside the usual ones under which an event, or an array of them, can lie.
    #[serde(default)]
    pub envelopes: Vec<String>,
    #[serde(default)]
    pub text: Vec<TextTable>,
    /// What the fields of a login are found by, unless a rule says otherwise.
    #[serde(default)]
    pub fields: BTreeMap<String, OneOrMany<FindTable>>,
    /// The first that holds decides.
    #[serde(default, rename = "rule")]
    pub rules: Vec<RuleTable>,
}

/// Takes a text apart.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TextTable {
    /// Paths to the text, or `line` for the whole of a record that is not JSON.
    pub from: OneOrMany<String>,
    /// The first that matches gives its groups; `(?<user>...)` is `$user`.
    #[serde(default)]
    pub patterns: Vec<String>,
    /// Whether it is a list of `key=value`, which gives a `$key` each.
    #[serde(default)]
    pub pairs: bool,
    /// Whether a line that nothing matches is none of this format.
    #[serde(default)]
    pub required: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

/// Where a value is found, and what is made of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum FindTable {
    Path(String),
    Detailed(Detailed),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Detailed {
    pub path: Option<String>,
    /// The value itself, in place of a path.
    pub constant: Option<Word>,
    /// What is taken of the text: the first group, or the whole match.
    pub pattern: Option<String>,
    /// What stands for what; a text that is not among these is nothing, or `otherwise`.
    pub values: Option<BTreeMap<String, String>>,
    /// What a value that is there, but not among `values`, stands for.
    pub otherwise: Option<String>,
    /// Only where this holds.
    #[serde(rename = "if")]
    pub when: Option<ConditionTable>,
    /// Whether `\303\270` stands for two bytes.
    #[serde(default)]
    pub octal: bool,
}

/// A text, number or flag to compare with.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Word {
    Text(String),
    Integer(i64),
    Flag(bool),
}

impl Word {
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Integer(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
        }
    }
}

/// Every path has to pass its test.
pub(super) type ConditionTable = BTreeMap<String, TestTable>;

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum TestTable {
    Is(OneOrMany<Word>),
    Detailed(DetailedTest),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DetailedTest {
    pub present: Option<bool>,
    pub not: Option<OneOrMany<Word>>,
    pub matches: Option<String>,
}

/// What becomes of the records for which it holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleTable {
    /// Holds where one of these does; always, if there is none.
    #[serde(rename = "if")]
    pub when: Option<OneOrMany<ConditionTable>>,
    /// `login`, `password_reset`, `mfa_challenge` or `ignored`.
    pub then: String,
    /// Whether it succeeded; or when it did, and when it failed.
    pub success: Option<bool>,
    pub success_if: Option<OneOrMany<ConditionTable>>,
    pub failure_if: Option<OneOrMany<ConditionTable>>,
    /// Why it is ignored.
    pub reason: Option<String>,
    /// What it says although it is ignored.
    pub evidence: Option<String>,
    /// Fields that are found differently here.
    #[serde(default)]
    pub fields: BTreeMap<String, OneOrMany<FindTable>>,
}
