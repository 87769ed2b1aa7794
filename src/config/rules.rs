//! `[[rule]]`: what is flagged whatever the risk says. Those that are built in first, then the files
//! of `rules.files`, then the configuration's own; who comes later changes the keys that he names.

use std::path::Path;

use config::{File, FileFormat, Source, Value};

use super::reader::Reader;
use super::suppressions::covering;
use super::tables::{Table, tables, tables_of};
use crate::detector::rule::{MOST_RULES, Rule, Rules, compile, kept};
use crate::detector::{Family, Severity, Suppressions, reasons};
use crate::spelling::did_you_mean;

/// The rules that are built in.
const DEFAULTS: &str = include_str!("../../config/rules/default.toml");

const KEYS: [&str; 10] = [
    "name", "when", "says", "severity", "family", "attack", "source", "shadow", "enabled", "except",
];
const EXCEPTION_KEYS: [&str; 7] = [
    "by", "why", "until", "tenant", "users", "networks", "devices",
];

pub(super) fn read(read: &mut Reader<'_>) -> Rules {
    let mut all: Vec<Table> = Vec::new();
    if read.flag("rules.defaults") {
        add(&mut all, of_file(read, "the built-in rules", DEFAULTS));
    }
    for path in files(read) {
        match std::fs::read_to_string(&path) {
            Ok(text) => add(&mut all, of_file(read, &path, &text)),
            Err(error) => read.problem("rules.files", format!("{path}: {error}")),
        }
    }
    add(&mut all, tables(read, "rule", &KEYS));
    let mut rules = Vec::new();
    for table in &all {
        match table.values.contains_key("when") {
            true => rules.extend(rule(read, table)),
            false => changes_nothing(read, table, &all),
        }
    }
    if rules.len() > MOST_RULES {
        let text = format!("{} rules; there may be {MOST_RULES}", rules.len());
        read.problem("rule", text);
    }
    Rules::new(rules)
}

/// The files that are named, and those of folders that are, by their names.
fn files(read: &mut Reader<'_>) -> Vec<String> {
    let mut files = Vec::new();
    for path in read.texts("rules.files") {
        if !Path::new(&path).is_dir() {
            files.push(path);
            continue;
        }
        let entries = std::fs::read_dir(&path).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        let rules = paths.filter(|path| path.extension().is_some_and(|ext| ext == "toml"));
        let mut rules: Vec<String> = rules.map(|path| path.display().to_string()).collect();
        rules.sort();
        files.append(&mut rules);
    }
    files
}

fn of_file(read: &mut Reader<'_>, path: &str, text: &str) -> Vec<Table> {
    let mut read_file = match File::from_str(text, FileFormat::Toml).collect() {
        Ok(values) => values,
        Err(error) => {
            read.problem("rules.files", format!("{path}: {error}"));
            return Vec::new();
        }
    };
    let rules = read_file.remove("rule");
    for key in read_file.keys() {
        let text = format!("{path}: `{key}` is no rule: a file of rules holds [[rule]] alone");
        read.problem("rules.files", text);
    }
    // Told where the file is named.
    let key = format!("rules.files[{path}].rule");
    let tables = rules.map(|rules| tables_of(read, &key, rules, &KEYS));
    tables.unwrap_or_default()
}

/// Adds tables; of one name the later's keys count.
fn add(all: &mut Vec<Table>, more: Vec<Table>) {
    for table in more {
        let name = table.values.get("name").map(Value::to_string);
        let same = |known: &&mut Table| known.values.get("name").map(Value::to_string) == name;
        match all.iter_mut().find(same).filter(|_| name.is_some()) {
            Some(known) => {
                known.key = table.key;
                known.values.extend(table.values);
            }
            None => all.push(table),
        }
    }
}

/// A table without a condition is meant to change a rule; there is none of its name.
fn changes_nothing(read: &mut Reader<'_>, table: &Table, all: &[Table]) {
    let Some(name) = table.required(read, "name") else {
        return;
    };
    let whole = all.iter().filter(|other| other.values.contains_key("when"));
    let names = whole.filter_map(|other| other.values.get("name").map(Value::to_string));
    let hint = did_you_mean(&name, names);
    let text = format!("`{name}` has no `when`, and there is no rule of that name to change{hint}");
    read.problem(&table.key, text);
}

/// The rule of a table; `None` where it is off, or is none.
fn rule(read: &mut Reader<'_>, table: &Table) -> Option<Rule> {
    let is = |read: &mut Reader<'_>, name: &str, otherwise: bool| table.flag(read, name, otherwise);
    let (enabled, shadow) = (is(read, "enabled", true), is(read, "shadow", false));
    let name = table.required(read, "name")?;
    if reasons::codes().any(|code| code == name) {
        read.problem(&table.key, format!("`{name}` is the code of a reason"));
    }
    let when = table.required(read, "when");
    let condition = when.as_ref().and_then(|when| match compile(when) {
        Ok(condition) => Some(condition),
        Err(error) => {
            read.problem(&table.key, format!("rule `{name}`, when, {error}"));
            None
        }
    });
    let severity = table.one_of(read, "severity", &Severity::ALERTING, Severity::name);
    let family = table.one_of(read, "family", &Family::ALL, Family::name);
    let says = table.required(read, "says");
    let attack = table.texts("attack").unwrap_or_default();
    for id in attack.iter().filter(|id| !is_technique(id)) {
        let text = format!("attack `{id}` is no ATT&CK technique such as T1078 or T1110.004");
        read.problem(&table.key, text);
    }
    let attack: Vec<&'static str> = attack.iter().map(|id| kept(id)).collect();
    let exceptions = exceptions(read, table, &name);
    let rule = Rule {
        name: kept(&name),
        when: when?,
        condition: condition?,
        says: says?,
        severity: severity?,
        family: family?,
        attack: attack.leak(),
        source: match table.values.contains_key("source") {
            true => table.text(read, "source")?,
            false => String::new(),
        },
        shadow,
        exceptions,
    };
    enabled.then_some(rule)
}

/// Whether it has the form of a technique of MITRE ATT&CK: T1078, T1110.004.
fn is_technique(id: &str) -> bool {
    let digits = |text: &str, count: usize| {
        text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let Some(rest) = id.strip_prefix('T') else {
        return false;
    };
    match rest.split_once('.') {
        Some((technique, part)) => digits(technique, 4) && digits(part, 3),
        None => digits(rest, 4),
    }
}

fn exceptions(read: &mut Reader<'_>, table: &Table, name: &str) -> Suppressions {
    let Some(values) = table.values.get("except").cloned() else {
        return Suppressions::default();
    };
    let key = format!("{}.except", table.key);
    let tables = tables_of(read, &key, values, &EXCEPTION_KEYS);
    let each = tables
        .iter()
        .filter_map(|table| covering(read, table, Some(name.to_owned())));
    Suppressions::new(each.collect())
}
