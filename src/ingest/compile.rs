//! From the table of a format to what is run for each record, or every mistake in the table.

use std::collections::BTreeMap;

use regex::Regex;

use super::format::{
    Condition, Find, Format, LoginKind, Rule, Success, Target, Test, TextSource, TextStep, Then,
    ValueSource,
};
use super::outcome::{Evidence, IgnoreReason};
use super::path::{self, Step};
use super::table::{
    ConditionTable, Detailed, DetailedTest, FindTable, OneOrMany, RuleTable, Table, TestTable,
    TextTable, Word,
};
use super::tree::Node;
use crate::spelling::did_you_mean;

/// Keys under which tools lay what a provider wrote: Kafka Connect, Debezium, CloudEvents,
/// EventBridge, Event Hubs, CloudWatch, Elasticsearch, collectors of logs, and the answers of the
/// providers' own interfaces.
const ENVELOPES: &[&str] = &[
    "payload",
    "after",
    "data",
    "detail",
    "records",
    "Records",
    "event",
    "events",
    "message",
    "body",
    "log",
    "original",
    "items",
    "hits",
    "_source",
    "logEvents",
    "AuditData",
    "o365audit",
    "response",
    "authlogs",
    "_embedded",
    "activities",
];
/// Patterns of a table may not take more memory than this, bytes each.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// Compiles a table.
pub(super) fn compile(name: &str, text: &str) -> Result<Format, Vec<String>> {
    let table: Table = toml::from_str(text).map_err(|error| vec![error.to_string()])?;
    let mut compiler = Compiler::default();
    let format = compiler.format(name, &table);
    if compiler.problems.is_empty() {
        Ok(format)
    } else {
        Err(compiler.problems)
    }
}

#[derive(Default)]
struct Compiler {
    tree: Node,
    /// The slot of every path, captures among them.
    slots: BTreeMap<String, usize>,
    problems: Vec<String>,
}

impl Compiler {
    fn format(&mut self, name: &str, table: &Table) -> Format {
        if table.recognise.is_empty() && !table.text.iter().any(|text| text.required) {
            self.problem("recognise: says of no record that it is of this format");
        }
        let fields = self.fields("fields", &table.fields);
        let rules: Vec<Rule> = table
            .rules
            .iter()
            .enumerate()
            .map(|(number, rule)| self.rule(number + 1, rule))
            .collect();
        let recognise = table
            .recognise
            .iter()
            .map(|group| group.iter().map(|path| self.slot(path)).collect())
            .collect();
        for text in &table.text {
            for from in text.from.as_slice().iter().filter(|from| *from != "line") {
                self.slot(from);
            }
        }
        // Patterns last: only what something asks for is captured.
        let texts = table.text.iter().map(|text| self.text(text)).collect();
        let mut envelopes: Vec<Box<str>> = Vec::new();
        for key in ENVELOPES {
            // Where a path of the format goes through it, it is no envelope.
            if self.tree.child(key).is_none() {
                envelopes.push((*key).into());
            }
        }
        envelopes.extend(table.envelopes.iter().map(|key| key.as_str().into()));
        Format {
            name: name.to_owned(),
            title: table.title.clone(),
            tree: std::mem::take(&mut self.tree),
            slots: self.slots.len(),
            paths: self.paths(),
            recognise,
            envelopes,
            texts,
            fields,
            rules,
        }
    }

    /// The path of each slot.
    fn paths(&self) -> Vec<String> {
        let mut paths = vec![String::new(); self.slots.len()];
        for (path, slot) in &self.slots {
            paths[*slot].clone_from(path);
        }
        paths
    }

    fn problem(&mut self, text: impl Into<String>) {
        self.problems.push(text.into());
    }

    /// The slot of a path.
    fn slot(&mut self, text: &str) -> usize {
        if let Some(slot) = self.slots.get(text) {
            return *slot;
        }
        let slot = self.slots.len();
        self.slots.insert(text.to_owned(), slot);
        match path::parse(text) {
            Ok(steps) => {
                let is_captured = matches!(&steps[0], Step::Key(key) if key.starts_with('$'));
                if !is_captured {
                    self.tree.insert(&steps, slot);
                }
            }
            Err(problem) => self.problem(problem),
        }
        slot
    }

    fn pattern(&mut self, text: &str) -> Option<Regex> {
        let built = regex::RegexBuilder::new(text)
            .size_limit(MAX_PATTERN_BYTES)
            .build();
        built
            .map_err(|error| self.problem(format!("the pattern `{text}`: {error}")))
            .ok()
    }

    fn text(&mut self, table: &TextTable) -> TextStep {
        let from = table
            .from
            .as_slice()
            .iter()
            .map(|from| match from.as_str() {
                "line" => TextSource::Whole,
                path => TextSource::Slot(self.slot(path)),
            });
        let from: Vec<TextSource> = from.collect();
        let mut patterns = Vec::new();
        for text in &table.patterns {
            let Some(pattern) = self.pattern(text) else {
                continue;
            };
            let groups = pattern.capture_names().enumerate();
            let groups = groups.filter_map(|(group, name)| {
                Some((group, *self.slots.get(&format!("${}", name?))?))
            });
            let groups = groups.collect();
            patterns.push((pattern, groups));
        }
        let pairs = table.pairs.then(|| {
            let captured = self.slots.iter();
            captured
                .filter_map(|(path, slot)| Some((path.strip_prefix('$')?.into(), *slot)))
                .collect()
        });
        TextStep {
            from,
            patterns,
            pairs,
            required: table.required,
        }
    }

    fn fields(
        &mut self,
        place: &str,
        fields: &BTreeMap<String, OneOrMany<FindTable>>,
    ) -> Vec<(Target, Vec<Find>)> {
        let mut compiled = Vec::new();
        for (name, finds) in fields {
            let Some(target) = Target::from_name(name) else {
                let hint = did_you_mean(name, Target::names());
                self.problem(format!("{place}: there is no field `{name}`{hint}"));
                continue;
            };
            let finds = finds.as_slice().iter().map(|find| self.find(find));
            let finds = finds.collect();
            compiled.push((target, finds));
        }
        compiled
    }

    fn find(&mut self, find: &FindTable) -> Find {
        let detailed = match find {
            FindTable::Path(path) => Detailed {
                path: Some(path.clone()),
                ..Detailed::default()
            },
            FindTable::Detailed(detailed) => detailed.clone(),
        };
        let source = match (&detailed.path, &detailed.constant) {
            (Some(path), None) => ValueSource::Slot(self.slot(path)),
            (None, Some(word)) => ValueSource::Constant(word.text().into()),
            _ => {
                self.problem("a field needs a `path` or a `constant`, and not both");
                ValueSource::Constant("".into())
            }
        };
        let pattern = detailed.pattern.as_ref();
        let values = detailed.values.map(|values| {
            values
                .into_iter()
                .map(|(from, to)| (from.into(), to.into()))
                .collect()
        });
        Find {
            source,
            pattern: pattern.and_then(|pattern| self.pattern(pattern)),
            values,
            otherwise: detailed.otherwise.map(Into::into),
            when: detailed.when.map(|when| self.condition(&when)),
            octal: detailed.octal,
        }
    }

    fn condition(&mut self, condition: &ConditionTable) -> Condition {
        let tests = condition.iter();
        let tests = tests.map(|(path, test)| (self.slot(path), self.test(path, test)));
        Condition {
            tests: tests.collect(),
        }
    }

    fn test(&mut self, path: &str, test: &TestTable) -> Test {
        let words = |words: &OneOrMany<Word>| {
            let words = words.as_slice().iter();
            words.map(|word| word.text().into()).collect()
        };
        match test {
            TestTable::Is(is) => Test::Is(words(is)),
            TestTable::Detailed(DetailedTest {
                present: Some(present),
                not: None,
                matches: None,
            }) => Test::Present(*present),
            TestTable::Detailed(DetailedTest {
                present: None,
                not: Some(not),
                matches: None,
            }) => Test::Not(words(not)),
            TestTable::Detailed(DetailedTest {
                present: None,
                not: None,
                matches: Some(pattern),
            }) => self
                .pattern(pattern)
                .map_or(Test::Present(true), Test::Matches),
            TestTable::Detailed(_) => {
                self.problem(format!(
                    "the test of `{path}` must be one of `present`, `not` and `matches`"
                ));
                Test::Present(true)
            }
        }
    }

    fn conditions(&mut self, conditions: &OneOrMany<ConditionTable>) -> Vec<Condition> {
        let conditions = conditions.as_slice().iter();
        conditions.map(|when| self.condition(when)).collect()
    }

    fn rule(&mut self, number: usize, rule: &RuleTable) -> Rule {
        let when = rule.when.as_ref();
        Rule {
            when: when.map_or_else(|| vec![Condition::default()], |when| self.conditions(when)),
            then: self.then(number, rule),
            fields: self.fields(&format!("rule {number}"), &rule.fields),
        }
    }

    fn then(&mut self, number: usize, rule: &RuleTable) -> Then {
        if rule.then == "ignored" {
            let reason = match &rule.reason {
                None => IgnoreReason::NotALogin,
                Some(code) => IgnoreReason::from_code(code).unwrap_or_else(|| {
                    let codes = IgnoreReason::codes().collect::<Vec<_>>().join(", ");
                    self.problem(format!("rule {number}: reason `{code}` is none of {codes}"));
                    IgnoreReason::NotALogin
                }),
            };
            let evidence = rule.evidence.as_ref().and_then(|name| {
                let evidence = Evidence::from_name(name);
                if evidence.is_none() {
                    let names = Evidence::names().collect::<Vec<_>>().join(", ");
                    self.problem(format!(
                        "rule {number}: evidence `{name}` is none of {names}"
                    ));
                }
                evidence
            });
            return Then::Ignored { reason, evidence };
        }
        let Some(kind) = LoginKind::from_name(&rule.then) else {
            self.problem(format!(
                "rule {number}: then = `{}` is none of login, password_reset, mfa_challenge and \
                 ignored",
                rule.then
            ));
            return Then::Ignored {
                reason: IgnoreReason::NotALogin,
                evidence: None,
            };
        };
        let success = match (rule.success, &rule.success_if, &rule.failure_if) {
            (Some(success), None, None) => Success::Always(success),
            (None, Some(succeeded), Some(failed)) => Success::Where {
                succeeded: self.conditions(succeeded),
                failed: self.conditions(failed),
            },
            _ => {
                self.problem(format!(
                    "rule {number}: needs `success`, or `success_if` and `failure_if`"
                ));
                Success::Always(false)
            }
        };
        Then::Login { kind, success }
    }
}
