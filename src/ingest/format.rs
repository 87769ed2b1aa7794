//! A format ready to be run: where its fields are found, and what its records mean.

use std::borrow::Cow;

use regex::Regex;

use super::clean;
use super::names::names;
use super::outcome::{Evidence, IgnoreReason};
use super::tree::Node;
use super::value::{self, Found};
use crate::login::fields::Scalar;

names! {
    /// A field of the login that a format finds.
    pub(super) enum Target {
        UserId = "user_id",
        TypedName = "typed_name",
        Timestamp = "timestamp",
        EventId = "event_id",
        AuthMethod = "auth_method",
        IpAddress = "ip_address",
        GeoLocation = "geo_location",
        City = "city",
        Latitude = "latitude",
        Longitude = "longitude",
        Asn = "asn",
        DeviceId = "device_id",
        UserAgent = "user_agent",
        BytesIn = "bytes_in",
        BytesOut = "bytes_out",
        IsNewDevice = "is_new_device",
        ProviderTenant = "provider_tenant",
        ProviderRisk = "provider_risk",
        Count = "count",
    }
}

names! {
    /// What happened.
    pub(super) enum LoginKind {
        Login = "login",
        PasswordReset = "password_reset",
        MfaChallenge = "mfa_challenge",
    }
}

/// How records of one kind are read.
#[derive(Debug)]
pub struct Format {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) tree: Node,
    pub(super) slots: usize,
    /// The path of each slot.
    pub(super) paths: Vec<String>,
    pub(super) recognise: Vec<Vec<usize>>,
    pub(super) envelopes: Vec<Box<str>>,
    pub(super) texts: Vec<TextStep>,
    pub(super) fields: Vec<(Target, Vec<Find>)>,
    pub(super) rules: Vec<Rule>,
}

impl Format {
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is, for people.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }
}

/// Takes a text apart.
#[derive(Debug)]
pub(super) struct TextStep {
    pub from: Vec<TextSource>,
    /// Patterns with the slot of each group that something asks for.
    pub patterns: Vec<(Regex, Vec<(usize, usize)>)>,
    /// Keys of `key=value` pairs with their slots.
    pub pairs: Option<Vec<(Box<str>, usize)>>,
    pub required: bool,
}

#[derive(Debug)]
pub(super) enum TextSource {
    /// The whole record, which is not JSON.
    Whole,
    Slot(usize),
}

/// Where a value comes from, and what is made of it.
#[derive(Debug)]
pub(super) struct Find {
    pub source: ValueSource,
    pub pattern: Option<Regex>,
    pub values: Option<Vec<(Box<str>, Box<str>)>>,
    pub otherwise: Option<Box<str>>,
    pub when: Option<Condition>,
    pub octal: bool,
}

#[derive(Debug)]
pub(super) enum ValueSource {
    Slot(usize),
    Constant(Box<str>),
}

/// Holds where every test does.
#[derive(Debug, Default)]
pub(super) struct Condition {
    pub tests: Vec<(usize, Test)>,
}

#[derive(Debug)]
pub(super) enum Test {
    Is(Vec<Box<str>>),
    Not(Vec<Box<str>>),
    Present(bool),
    Matches(Regex),
}

#[derive(Debug)]
pub(super) struct Rule {
    pub when: Vec<Condition>,
    pub then: Then,
    pub fields: Vec<(Target, Vec<Find>)>,
}

#[derive(Debug)]
pub(super) enum Then {
    Login {
        kind: LoginKind,
        success: Success,
    },
    Ignored {
        reason: IgnoreReason,
        evidence: Option<Evidence>,
    },
}

#[derive(Debug)]
pub(super) enum Success {
    Always(bool),
    Where {
        succeeded: Vec<Condition>,
        failed: Vec<Condition>,
    },
}

impl Success {
    /// Whether it succeeded; `None` where the record does not say.
    pub fn of(&self, values: &[Found<'_>]) -> Option<bool> {
        match self {
            Self::Always(success) => Some(*success),
            Self::Where { succeeded, failed } => {
                if any_holds(succeeded, values) {
                    Some(true)
                } else if any_holds(failed, values) {
                    Some(false)
                } else {
                    None
                }
            }
        }
    }
}

pub(super) fn any_holds(conditions: &[Condition], values: &[Found<'_>]) -> bool {
    conditions.iter().any(|condition| condition.holds(values))
}

impl Condition {
    pub fn holds(&self, values: &[Found<'_>]) -> bool {
        self.tests
            .iter()
            .all(|(slot, test)| test.passes(&values[*slot]))
    }
}

impl Test {
    fn passes(&self, found: &Found<'_>) -> bool {
        match self {
            Self::Is(words) => words.iter().any(|word| found.is(word)),
            Self::Not(words) => !words.iter().any(|word| found.is(word)),
            Self::Present(present) => {
                let says_something =
                    |scalar| matches!(scalar, &Scalar::Nested) || value::text(scalar).is_some();
                found.scalars().iter().any(says_something) == *present
            }
            Self::Matches(pattern) => found
                .scalars()
                .iter()
                .filter_map(value::text)
                .any(|text| pattern.is_match(&text)),
        }
    }
}

impl Find {
    /// The value, where there is one that says something.
    pub fn value<'v>(&'v self, values: &'v [Found<'_>]) -> Option<Scalar<'v>> {
        if let Some(when) = &self.when
            && !when.holds(values)
        {
            return None;
        }
        match &self.source {
            ValueSource::Constant(word) => Some(Scalar::Text(Cow::Borrowed(word))),
            ValueSource::Slot(slot) => values[*slot]
                .scalars()
                .iter()
                .find_map(|scalar| self.made_of(scalar)),
        }
    }

    fn made_of<'v>(&'v self, scalar: &'v Scalar<'_>) -> Option<Scalar<'v>> {
        let text = value::text(scalar)?;
        if self.pattern.is_none() && self.values.is_none() && !self.octal {
            return Some(match scalar {
                Scalar::Integer(number) => Scalar::Integer(*number),
                Scalar::Float(number) => Scalar::Float(*number),
                Scalar::Bool(value) => Scalar::Bool(*value),
                _ => Scalar::Text(text),
            });
        }
        let text = match &self.pattern {
            Some(pattern) => taken(pattern, text)?,
            None => text,
        };
        let text = if self.octal {
            clean::from_octal(text)
        } else {
            text
        };
        let Some(values) = &self.values else {
            return Some(Scalar::Text(text));
        };
        let known = values
            .iter()
            .find(|(from, _)| from.eq_ignore_ascii_case(&text))
            .map(|(_, to)| to);
        let word = known.or(self.otherwise.as_ref())?;
        Some(Scalar::Text(Cow::Borrowed(word)))
    }
}

/// The first group of a match that took part, or all of it.
fn taken<'t>(pattern: &Regex, text: Cow<'t, str>) -> Option<Cow<'t, str>> {
    let range = {
        let captures = pattern.captures(&text)?;
        let group = captures.iter().skip(1).flatten().next();
        group.or(captures.get(0))?.range()
    };
    Some(match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
        Cow::Owned(text) => Cow::Owned(text[range].to_owned()),
    })
}

impl Format {
    /// The ways to a field: the rule's own, or else the format's.
    pub(super) fn ways<'f>(&'f self, target: Target, rule: &'f Rule) -> &'f [Find] {
        let of = |fields: &'f [(Target, Vec<Find>)]| {
            let own = fields.iter().find(|(name, _)| *name == target);
            own.map(|(_, finds)| finds.as_slice())
        };
        of(&rule.fields)
            .or_else(|| of(&self.fields))
            .unwrap_or_default()
    }
}
