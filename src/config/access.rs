//! `[http]`, `[[http.token]]`: who may ask over HTTP.

use std::path::Path;

use super::read::Reader;
use super::tables::{Table, tables};
use crate::access::{Access, Role, Token, TokenHash, is_long_enough};

const KEYS: [&str; 5] = ["name", "role", "tenants", "hash", "file"];
/// The name in the audit of who has the token of `http.token_file`.
const ADMINISTRATOR: &str = "admin";

pub(super) fn read(read: &mut Reader<'_>) -> Access {
    let mut tokens: Vec<Token> = Vec::new();
    if let Some(path) = read.path("http.token_file") {
        let hash = hash_of_file(read, "http.token_file", &path);
        tokens.extend(hash.map(|hash| Token {
            name: ADMINISTRATOR.to_owned(),
            role: Role::Admin,
            tenants: None,
            hash,
        }));
    }
    for table in tables(read, "http.token", &KEYS) {
        let Some(token) = token(read, &table) else {
            continue;
        };
        if tokens.iter().any(|other| other.name == token.name) {
            let text = format!("two tokens are called `{}`", token.name);
            read.problem(&table.key, text);
        }
        if let Some(other) = tokens.iter().find(|other| other.hash == token.hash) {
            let text = format!("`{}` and `{}` have the same token", other.name, token.name);
            read.problem(&table.key, text);
        }
        tokens.push(token);
    }
    Access {
        tokens,
        insecure: read.flag("http.insecure"),
        hosts: read
            .texts("http.hosts")
            .iter()
            .map(|host| host.to_ascii_lowercase())
            .collect(),
        metrics_open: read.flag("http.metrics_open"),
        requests_per_second: read.whole("http.requests_per_second", 1..=10_000_000u32),
    }
}

fn token(read: &mut Reader<'_>, table: &Table) -> Option<Token> {
    let name = table.required(read, "name");
    let role = table.required(read, "role").and_then(|wanted| {
        let found = Role::ALL.into_iter().find(|role| role.name() == wanted);
        if found.is_none() {
            table.none_of(read, "role", &wanted, &Role::ALL.map(Role::name));
        }
        found
    });
    let tenants = match table.values.contains_key("tenants") {
        true => {
            let tenants = table.texts("tenants");
            if tenants.is_none() {
                let text = "tenants must be names, and not empty: leave it out for all of them";
                read.problem(&table.key, text.to_owned());
            }
            Some(tenants.unwrap_or_default())
        }
        false => None,
    };
    let hash = match (table.text(read, "hash"), table.text(read, "file")) {
        (Some(hash), None) => match hash.parse() {
            Ok(hash) => Some(hash),
            Err(error) => {
                read.problem(&table.key, format!("hash: {error}"));
                None
            }
        },
        (None, Some(file)) => hash_of_file(read, &table.key, Path::new(&file)),
        _ => {
            let text =
                "needs a hash, as `nightlatch token create` prints it, or a file with the token";
            read.problem(&table.key, text.to_owned());
            None
        }
    };
    Some(Token {
        name: name?,
        role: role?,
        tenants,
        hash: hash?,
    })
}

fn hash_of_file(read: &mut Reader<'_>, key: &str, path: &Path) -> Option<TokenHash> {
    let problem = match std::fs::read_to_string(path) {
        Ok(text) if is_long_enough(text.trim()) => return Some(TokenHash::of(text.trim())),
        Ok(_) => format!(
            "{}: it holds no token; make one with `nightlatch token create FILE`",
            path.display()
        ),
        Err(error) => format!(
            "{}: {error}; make one with `nightlatch token create FILE`",
            path.display()
        ),
    };
    read.problem(key, problem);
    None
}
