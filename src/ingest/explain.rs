//! Why a record became what it did, for people who look at a source for the first time.

use super::format::{Format, Target, ValueSource};
use super::outcome::Outcome;
use super::record;
use crate::login::Event;

/// What is said of one event.
#[derive(Debug)]
pub struct Explained {
    /// The rule that held, from 1; none, where none did or the record was not read so far.
    pub rule: Option<usize>,
    /// The paths by which the record was recognised.
    pub recognised_by: Vec<String>,
    pub outcome: String,
    pub fields: Vec<FoundField>,
    /// Fields that were looked for and not found, with the paths that were tried.
    pub missing: Vec<(&'static str, Vec<String>)>,
}

/// A field, and where it was found.
#[derive(Debug)]
pub struct FoundField {
    pub name: &'static str,
    /// A path, or the constant of the rule.
    pub from: String,
    pub value: String,
}

impl Format {
    /// Explains each event of a record.
    #[must_use]
    pub fn explain(&self, bytes: &[u8], received_ms: i64) -> Vec<Explained> {
        let read = record::unwrapped(bytes);
        let events = read
            .as_deref()
            .map_err(|broken| *broken)
            .and_then(|bytes| record::read(self, bytes));
        let events = match events {
            Ok(events) => events.events,
            Err(broken) => {
                return vec![Explained {
                    rule: None,
                    recognised_by: Vec::new(),
                    outcome: format!("rejected: {}", broken.name()),
                    fields: Vec::new(),
                    missing: Vec::new(),
                }];
            }
        };
        let explained = events.into_iter().map(|mut event| {
            let recognised_by = self.recognised_by(&event.values);
            let outcome = described(&self.outcome(&mut event, received_ms));
            let (rule, fields, missing) = match self.rule_of(&event.values) {
                Some((number, rule)) if self.is_read(&event) => {
                    let (fields, missing) = self.fields_of(&event, rule);
                    (Some(number), fields, missing)
                }
                _ => (None, Vec::new(), Vec::new()),
            };
            Explained {
                rule,
                recognised_by,
                outcome,
                fields,
                missing,
            }
        });
        explained.collect()
    }

    fn is_read(&self, event: &record::Raw<'_>) -> bool {
        event.recognised || event.text.is_some()
    }

    fn recognised_by(&self, values: &[super::value::Found<'_>]) -> Vec<String> {
        let group = self.recognise.iter();
        let mut held = group.filter(|group| group.iter().all(|slot| !values[*slot].is_absent()));
        let held = held.next().map(Vec::as_slice).unwrap_or_default();
        held.iter().map(|slot| self.paths[*slot].clone()).collect()
    }

    fn fields_of(
        &self,
        event: &record::Raw<'_>,
        rule: &super::format::Rule,
    ) -> (Vec<FoundField>, Vec<(&'static str, Vec<String>)>) {
        let (mut fields, mut missing) = (Vec::new(), Vec::new());
        for name in Target::names() {
            let Some(target) = Target::from_name(name) else {
                continue;
            };
            let ways = self.ways(target, rule);
            let found = ways
                .iter()
                .find_map(|find| Some((find, find.value(&event.values)?)));
            match found {
                Some((find, value)) => fields.push(FoundField {
                    name,
                    from: self.way(&find.source),
                    value: value.to_string(),
                }),
                None => {
                    let tried = ways.iter().map(|find| self.way(&find.source));
                    missing.push((name, tried.collect()));
                }
            }
        }
        (fields, missing)
    }

    fn way(&self, source: &ValueSource) -> String {
        match source {
            ValueSource::Slot(slot) => self.paths[*slot].clone(),
            ValueSource::Constant(word) => format!("always \"{word}\""),
        }
    }
}

fn described(outcome: &Outcome<'_>) -> String {
    let event = |event: &Event<'_>| match event.success {
        true => format!("{}, succeeded", event.event_type),
        false => format!("{}, failed", event.event_type),
    };
    match outcome {
        Outcome::Login { login, count: 1 } => event(login),
        Outcome::Login { login, count } => format!("{}, {count} times", event(login)),
        Outcome::Ignored {
            reason,
            evidence: Some(evidence),
        } => format!(
            "ignored: {}; evidence: {}",
            reason.name(),
            evidence.event_type
        ),
        Outcome::Ignored { reason, .. } => format!("ignored: {}", reason.name()),
        Outcome::Rejected(rejection) => format!("rejected: {}", rejection.code()),
    }
}
