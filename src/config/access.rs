//! `[http]`, `[[http.token]]`: who may ask over HTTP.

use std::net::IpAddr;
use std::path::Path;

use ipnet::IpNet;

use super::reader::Reader;
use super::tables::{Table, tables};
use crate::access::{Access, Identity, Person, Role, Token, TokenHash, is_long_enough};

const PERSON_KEYS: [&str; 3] = ["name", "role", "tenants"];
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
        identity: identity(read),
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
    let role = table.one_of(read, "role", &Role::ALL, Role::name);
    let tenants = table.tenants(read);
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

/// `http.identity_*`, `[[http.person]]`: people whom a proxy has signed in.
fn identity(read: &mut Reader<'_>) -> Option<Identity> {
    let people = tables(read, "http.person", &PERSON_KEYS);
    let people = people.iter().filter_map(|table| {
        let name = table.required(read, "name");
        let role = table.one_of(read, "role", &Role::ALL, Role::name);
        Some(Person {
            tenants: table.tenants(read),
            name: name?,
            role: role?,
        })
    });
    let people: Vec<Person> = people.collect();
    for (place, person) in people.iter().enumerate() {
        let is_same = |other: &Person| other.name.eq_ignore_ascii_case(&person.name);
        if people[..place].iter().any(is_same) {
            let text = format!("two people are called `{}`", person.name);
            read.problem("http.person", text);
        }
        if !person.name.is_ascii() {
            let text = format!("`{}` cannot come in a header: only ASCII does", person.name);
            read.problem("http.person", text);
        }
    }
    let header = read.text("http.identity_header").to_ascii_lowercase();
    if header.is_empty() {
        if !people.is_empty() {
            let text = "needs http.identity_header: by it a proxy says who somebody is";
            read.problem("http.person", text.to_owned());
        }
        return None;
    }
    if ureq::http::HeaderName::from_bytes(header.as_bytes()).is_err() {
        let text = format!("`{header}` is no name of a header");
        read.problem("http.identity_header", text);
    }
    let mut networks = Vec::new();
    for text in read.texts("http.identity_networks") {
        match text
            .parse()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        {
            Ok(network) => networks.push(network),
            Err(_) => {
                let text = format!("`{text}` is no network such as 10.0.0.0/24, and no address");
                read.problem("http.identity_networks", text);
            }
        }
    }
    if networks.is_empty() {
        let text = "must name where the proxy stands: from anywhere else the header is nothing";
        read.problem("http.identity_networks", text.to_owned());
    }
    let role = match read.text("http.identity_role").as_str() {
        "" => None,
        name => {
            let role = Role::ALL.into_iter().find(|role| role.name() == name);
            if role.is_none() {
                let names = Role::ALL.map(Role::name).join(", ");
                let text = format!("must be one of {names}, or empty, found `{name}`");
                read.problem("http.identity_role", text);
            }
            role
        }
    };
    Some(Identity {
        header,
        networks,
        role,
        people,
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
