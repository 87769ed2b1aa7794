//! Rules: conditions over features that flag a login whatever the risk says. The model is the
//! ceiling, rules are the floor.
//!
//! A rule has no clock and no state: what it needs is a feature, so a replay and a redo are as exact
//! as without. At most [`MOST_RULES`] of them.

mod compile;
pub mod condition;
mod field;

use std::sync::Arc;

pub use compile::{ConditionError, compile};
pub use condition::{Condition, Subject};
pub use field::{Field, fields};

use super::suppression::Suppressions;
use super::{Family, Severity};
use crate::login::Event;

/// As many as a set of them has bits.
pub const MOST_RULES: usize = 64;

/// A rule. Its texts live as long as the process: they are read once, at its start.
#[derive(Clone, Debug)]
pub struct Rule {
    pub name: &'static str,
    /// The condition as it was written.
    pub when: String,
    pub condition: Condition,
    /// What it says of a login, to a person.
    pub says: String,
    /// The least that a login is that it flags.
    pub severity: Severity,
    pub family: Family,
    /// MITRE ATT&CK technique ids.
    pub attack: &'static [&'static str],
    /// Where it comes from.
    pub source: String,
    /// Whether it is only counted.
    pub shadow: bool,
    /// What it does not alert of, with an end.
    pub exceptions: Suppressions,
}

/// Some of the rules, by their places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleSet(u64);

impl RuleSet {
    pub const NONE: Self = Self(0);

    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn add(&mut self, place: usize) {
        self.0 |= 1 << place;
    }

    #[must_use]
    pub fn has(self, place: usize) -> bool {
        self.0 >> place & 1 == 1
    }

    /// What is in either.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// All but one.
    #[must_use]
    pub fn without(self, place: usize) -> Self {
        Self(self.0 & !(1 << place))
    }

    fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// All rules of a detector.
#[derive(Clone, Debug)]
pub struct Rules {
    all: Arc<[Rule]>,
    /// Those that flag.
    flagging: RuleSet,
}

impl Default for Rules {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

/// Keeps a text for as long as the process lives.
#[must_use]
pub fn kept(text: &str) -> &'static str {
    Box::leak(text.into())
}

impl Rules {
    /// Of the first [`MOST_RULES`].
    #[must_use]
    pub fn new(mut all: Vec<Rule>) -> Self {
        all.truncate(MOST_RULES);
        let mut flagging = RuleSet::default();
        let live = all.iter().enumerate().filter(|(_, rule)| !rule.shadow);
        live.for_each(|(place, _)| flagging.add(place));
        Self {
            all: all.into(),
            flagging,
        }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Rule> + Clone {
        self.all.iter()
    }

    /// Those that a login meets, shadows too.
    #[must_use]
    pub fn matching(&self, subject: &Subject<'_>) -> RuleSet {
        let mut met = RuleSet::default();
        for (place, rule) in self.all.iter().enumerate() {
            if rule.condition.holds(subject) {
                met.add(place);
            }
        }
        met
    }

    /// Those of a set that flag.
    #[must_use]
    pub fn flagging(&self, met: RuleSet) -> RuleSet {
        met.within(self.flagging)
    }

    /// The rule by whose exception nobody is alerted of a login that these rules flag: each of them
    /// must have one.
    #[must_use]
    pub fn exception(&self, set: RuleSet, event: &Event<'_>, family: Family) -> Option<&Rule> {
        let excepts = |rule: &&Rule| rule.exceptions.of(event, family).is_some();
        let all = self.of(set).all(|rule| excepts(&rule));
        self.of(set).next().filter(|_| all)
    }

    /// Whether any of a set has an exception.
    #[must_use]
    pub fn has_exceptions(&self, set: RuleSet) -> bool {
        self.of(set).any(|rule| !rule.exceptions.is_empty())
    }

    /// The rules of a set.
    pub fn of(&self, set: RuleSet) -> impl Iterator<Item = &Rule> {
        let all = self.all.iter().enumerate();
        all.filter(move |(place, _)| set.has(*place))
            .map(|(_, rule)| rule)
    }
}

#[cfg(test)]
mod tests;
