//! `[[suppression]]`: what is not alerted of for a time.

use std::collections::BTreeSet;

use super::reader::Reader;
use super::tables::{Table, tables};
use crate::detector::Family;
use crate::detector::suppression::{Covered, Suppression, Suppressions};
use crate::enrich::networks::NetworkEntry;
use crate::login::{same_name, timestamp};

const KEYS: [&str; 9] = [
    "name", "by", "why", "until", "tenant", "users", "networks", "devices", "families",
];

pub(super) fn read(read: &mut Reader<'_>) -> Suppressions {
    let mut names = BTreeSet::new();
    let mut all = Vec::new();
    for table in tables(read, "suppression", &KEYS) {
        let Some(one) = suppression(read, &table) else {
            continue;
        };
        if !names.insert(one.name.clone()) {
            let text = format!("two are called `{}`", one.name);
            read.problem(&table.key, text);
        }
        all.push(one);
    }
    Suppressions::new(all)
}

fn suppression(read: &mut Reader<'_>, table: &Table) -> Option<Suppression> {
    let name = table.required(read, "name");
    covering(read, table, name)
}

/// What a table keeps back, under a name.
pub(super) fn covering(
    read: &mut Reader<'_>,
    table: &Table,
    name: Option<String>,
) -> Option<Suppression> {
    let by = table.required(read, "by");
    let why = table.required(read, "why");
    let until_ms = until_ms(read, table);
    let covered = covered(read, table);
    if covered.is_everything() {
        let text = "names no users, networks, devices or families: it would keep every alert back";
        read.problem(&table.key, text.to_owned());
    }
    Some(Suppression::new(name?, by?, why?, until_ms?, covered))
}

fn until_ms(read: &mut Reader<'_>, table: &Table) -> Option<i64> {
    let until = table.required(read, "until")?;
    let time_ms = timestamp::from_date_or_text(&until).ok();
    if time_ms.is_none() {
        let text = format!(
            "until `{until}` must be a date such as 2026-01-15, or an RFC 3339 time: a suppression \
             has an end"
        );
        read.problem(&table.key, text);
    }
    time_ms
}

fn covered(read: &mut Reader<'_>, table: &Table) -> Covered {
    let mut covered = Covered {
        tenant: table.text(read, "tenant"),
        users: list(read, table, "users")
            .iter()
            .map(|user| same_name(user).into_owned())
            .collect(),
        devices: list(read, table, "devices").into_iter().collect(),
        ..Covered::default()
    };
    for network in list(read, table, "networks") {
        match NetworkEntry::from_text(&network) {
            Some(NetworkEntry::Network(network)) => covered.networks.push(network),
            Some(NetworkEntry::System(system)) => {
                covered.systems.insert(system);
            }
            None => {
                let text =
                    format!("networks: `{network}` is no 192.0.2.0/24, no address and no AS64500");
                read.problem(&table.key, text);
            }
        }
    }
    for name in list(read, table, "families") {
        match Family::from_name(&name) {
            Some(family) => {
                covered.families.insert(family);
            }
            None => table.none_of(read, "family", &name, &Family::ALL.map(Family::name)),
        }
    }
    covered
}

/// What a list holds; nothing where there is none.
fn list(read: &mut Reader<'_>, table: &Table, name: &str) -> Vec<String> {
    if !table.values.contains_key(name) {
        return Vec::new();
    }
    table.texts(name).unwrap_or_else(|| {
        read.problem(&table.key, format!("{name} must be texts, and not empty"));
        Vec::new()
    })
}
