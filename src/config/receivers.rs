//! `[[receiver]]` and `[notify]`: who is told of incidents, of which, when and how.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use ureq::http::Uri;

use super::reader::{Reader, secret_in};
use super::tables::{Table, tables};
use crate::detector::Severity;
use crate::notify::{
    Channel, DEFAULT_FACILITY, Email, EmailEncryption, Filter, KINDS, QuietHours, RECIPES,
    Receiver, Recipe, Schedule, Syslog, SyslogTransport, TELLINGS, Webhook, signing_key,
};
use crate::trust::Trust;

const COMMON: [&str; 13] = [
    "name",
    "channel",
    "severity",
    "kinds",
    "tenants",
    "told",
    "quiet_hours",
    "time_zone",
    "at_once",
    "digest_minutes",
    "retry_hours",
    "timeout_s",
    "ca_file",
];
const WEBHOOK: [&str; 7] = [
    "url",
    "url_file",
    "recipe",
    "recipe_file",
    "secret_file",
    "signing_key_file",
    "allow_private",
];
const EMAIL: [&str; 6] = [
    "server",
    "encryption",
    "username",
    "password_file",
    "from",
    "to",
];
const SYSLOG: [&str; 2] = ["address", "facility"];
const CHANNELS: [&str; 3] = ["webhook", "email", "syslog"];
/// What is shorter can be guessed.
const SHORTEST_KEY_BYTES: usize = 16;
/// A day less than the topic keeps what it tells before it may be compacted.
const MOST_RETRY_HOURS: u64 = 6 * 24;
/// Each has a thread and a connection to the brokers.
const MOST_RECEIVERS: usize = 100;

pub(super) fn read(read: &mut Reader<'_>, hostname: &str) -> Vec<Receiver> {
    let page_url = match read.text("notify.page_url") {
        url if url.is_empty() => None,
        url => {
            if address(&url, true).is_err() {
                let text =
                    format!("`{url}` must be an address such as https://nightlatch.example.com");
                read.problem("notify.page_url", text);
            }
            Some(url)
        }
    };
    let known: Vec<&str> = [&COMMON[..], &WEBHOOK, &EMAIL, &SYSLOG].concat();
    let mut receivers: Vec<Receiver> = Vec::new();
    for table in tables(read, "receiver", &known) {
        let surroundings = Surroundings {
            page_url: page_url.clone(),
            hostname,
        };
        let Some(receiver) = receiver(read, &table, surroundings) else {
            continue;
        };
        if receivers.iter().any(|other| other.name == receiver.name) {
            let text = format!("two receivers are called `{}`", receiver.name);
            read.problem(&table.key, text);
        }
        receivers.push(receiver);
    }
    if receivers.len() > MOST_RECEIVERS {
        let text = format!("more than {MOST_RECEIVERS} of them");
        read.problem("receiver", text);
    }
    receivers
}

/// What all receivers share.
struct Surroundings<'a> {
    page_url: Option<String>,
    hostname: &'a str,
}

fn receiver(
    read: &mut Reader<'_>,
    table: &Table,
    surroundings: Surroundings<'_>,
) -> Option<Receiver> {
    let name = table.required(read, "name")?;
    // It becomes part of the name of a consumer group.
    if !name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
    {
        let text = format!("name `{name}` must be of letters, digits, -, _ and .");
        read.problem(&table.key, text);
    }
    let filter = filter(read, table);
    let schedule = schedule(read, table);
    let retry_hours = table.whole(read, "retry_hours", 24, 0..=MOST_RETRY_HOURS);
    let channel = table.required(read, "channel")?;
    strangers(read, table, &channel);
    let (channel, told) = match channel.as_str() {
        "webhook" => webhook(read, table, surroundings)?,
        "email" => (email(read, table, surroundings)?, Vec::new()),
        "syslog" => (syslog(read, table, surroundings)?, Vec::new()),
        other => {
            table.none_of(read, "channel", other, &CHANNELS);
            return None;
        }
    };
    let waits = ["quiet_hours", "digest_minutes"];
    if let Channel::Webhook(webhook) = &channel
        && webhook.recipe.one_by_one
        && let Some(key) = waits.iter().find(|key| table.values.contains_key(**key))
    {
        let text =
            format!("{key} does not go with this recipe: what it opens it also closes, one by one");
        read.problem(&table.key, text);
    }
    let mut filter = filter?;
    if !table.values.contains_key("told") {
        filter.told = told;
    }
    Some(Receiver {
        name,
        filter,
        schedule: schedule?,
        channel,
        retry: Duration::from_secs(retry_hours * 3_600),
    })
}

/// Keys of another channel.
fn strangers(read: &mut Reader<'_>, table: &Table, channel: &str) {
    for (other, keys) in [
        ("webhook", &WEBHOOK[..]),
        ("email", &EMAIL),
        ("syslog", &SYSLOG),
    ] {
        let strange = keys.iter().filter(|key| table.values.contains_key(**key));
        for key in strange.filter(|_| other != channel) {
            read.problem(&table.key, format!("{key} goes with channel = \"{other}\""));
        }
    }
}

fn filter(read: &mut Reader<'_>, table: &Table) -> Option<Filter> {
    let severity = severity(read, table, "severity", Severity::Low);
    let kinds = table.some_of(read, "kinds", &KINDS);
    let told = table.some_of(read, "told", &TELLINGS);
    Some(Filter {
        severity: severity?,
        kinds: kinds?,
        tenants: table.tenants(read).unwrap_or_default(),
        told: told?,
    })
}

fn severity(
    read: &mut Reader<'_>,
    table: &Table,
    key: &str,
    otherwise: Severity,
) -> Option<Severity> {
    if !table.values.contains_key(key) {
        return Some(otherwise);
    }
    table.one_of(read, key, &Severity::ALERTING, Severity::name)
}

fn schedule(read: &mut Reader<'_>, table: &Table) -> Option<Schedule> {
    let zone = match table.text(read, "time_zone") {
        None => TimeZone::UTC,
        Some(name) => match TimeZone::get(&name) {
            Ok(zone) => zone,
            Err(_) => {
                let text = format!("time_zone `{name}` is not known; write it as Europe/Zurich");
                read.problem(&table.key, text);
                return None;
            }
        },
    };
    let quiet = match table.text(read, "quiet_hours") {
        None => None,
        Some(text) => match QuietHours::parse(&text, zone) {
            Some(quiet) => Some(quiet),
            None => {
                let text = format!("quiet_hours `{text}` must be of the form 22:00-07:00");
                read.problem(&table.key, text);
                return None;
            }
        },
    };
    let digest_minutes = table.whole(read, "digest_minutes", 0, 0..=1_440);
    let waits = quiet.is_some() || digest_minutes > 0;
    if table.values.contains_key("at_once") && !waits {
        let text = "at_once goes with quiet_hours or digest_minutes: without, nothing waits";
        read.problem(&table.key, text.to_owned());
    }
    Some(Schedule {
        quiet,
        digest_ms: i64::try_from(digest_minutes).unwrap_or(0) * 60_000,
        at_once: severity(read, table, "at_once", Severity::Critical)?,
    })
}

fn timeout(read: &mut Reader<'_>, table: &Table) -> Duration {
    Duration::from_secs(table.whole(read, "timeout_s", 10, 1..=60))
}

fn trust(read: &mut Reader<'_>, table: &Table) -> Option<Trust> {
    let Some(path) = table.text(read, "ca_file") else {
        return Some(Trust::default());
    };
    let trust = Trust::of_file(Path::new(&path));
    table.checked(read, "ca_file", trust)
}

/// What a file holds, which must not be nothing.
fn secret(read: &mut Reader<'_>, table: &Table, key: &str) -> Option<String> {
    let path = table.text(read, key)?;
    let held = secret_in(Path::new(&path)).and_then(|held| match held.reveal().trim() {
        "" => Err(format!("{path} is empty")),
        held => Ok(held.to_owned()),
    });
    table.checked(read, key, held)
}

fn webhook(
    read: &mut Reader<'_>,
    table: &Table,
    surroundings: Surroundings<'_>,
) -> Option<(Channel, Vec<String>)> {
    let recipe = recipe(read, table)?;
    let url = match (table.text(read, "url"), secret(read, table, "url_file")) {
        (Some(_), Some(_)) => {
            read.problem(&table.key, "url and url_file are two of one".to_owned());
            return None;
        }
        (Some(url), None) | (None, Some(url)) => Some(url),
        (None, None) => recipe.url.clone(),
    };
    let Some(url) = url else {
        if !table.values.contains_key("url_file") {
            let text = "needs url, or url_file where the address is a secret";
            read.problem(&table.key, text.to_owned());
        }
        return None;
    };
    let allow_private = table.flag(read, "allow_private", false);
    let url = table.checked(read, "url", address(&url, allow_private));
    let key = secret(read, table, "secret_file");
    if recipe.needs_secret && !table.values.contains_key("secret_file") {
        let text = format!("needs secret_file: {}", recipe.about);
        read.problem(&table.key, text);
    }
    let webhook = Webhook {
        url: url?,
        secret: key,
        signing: signing(read, table),
        page_url: surroundings.page_url,
        allow_private,
        trust: trust(read, table)?,
        timeout: timeout(read, table),
        recipe: Arc::new(recipe),
    };
    let told = webhook.recipe.told.clone();
    Some((Channel::Webhook(Box::new(webhook)), told))
}

/// An address of HTTP; the text itself may be a secret.
fn address(text: &str, allow_private: bool) -> Result<Uri, String> {
    let url: Uri = text
        .parse()
        .map_err(|_| "is not an address of HTTP".to_owned())?;
    match url.scheme_str() {
        _ if url.host().is_none_or(str::is_empty) => Err("names no host".to_owned()),
        Some("https") => Ok(url),
        Some("http") if allow_private => Ok(url),
        Some("http") => Err(
            "is without TLS, which is only for networks of one's own: allow_private = true"
                .to_owned(),
        ),
        _ => Err("must begin with https://".to_owned()),
    }
}

fn signing(read: &mut Reader<'_>, table: &Table) -> Option<Vec<u8>> {
    let text = secret(read, table, "signing_key_file")?;
    let key = match signing_key(&text) {
        Some(key) if key.len() >= SHORTEST_KEY_BYTES => Ok(key),
        Some(_) => Err(format!(
            "holds fewer than {SHORTEST_KEY_BYTES} bytes, which can be guessed"
        )),
        None => Err("begins with whsec_ and is not base64 after it".to_owned()),
    };
    table.checked(read, "signing_key_file", key)
}

fn recipe(read: &mut Reader<'_>, table: &Table) -> Option<Recipe> {
    match (table.text(read, "recipe"), table.text(read, "recipe_file")) {
        (Some(_), Some(_)) => {
            read.problem(
                &table.key,
                "recipe and recipe_file are two of one".to_owned(),
            );
            None
        }
        (None, Some(path)) => {
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"));
            let recipe = text
                .and_then(|text| Recipe::read(&text).map_err(|error| format!("{path}: {error}")));
            table.checked(read, "recipe_file", recipe)
        }
        (name, None) => {
            let name = name.unwrap_or_else(|| "json".to_owned());
            let Some((_, text)) = RECIPES.into_iter().find(|(known, _)| *known == name) else {
                table.none_of(read, "recipe", &name, &RECIPES.map(|(name, _)| name));
                return None;
            };
            table.checked(read, "recipe", Recipe::read(text))
        }
    }
}

fn email(read: &mut Reader<'_>, table: &Table, surroundings: Surroundings<'_>) -> Option<Channel> {
    let encryption = match table.text(read, "encryption").as_deref() {
        None | Some("tls") => EmailEncryption::Tls,
        Some("starttls") => EmailEncryption::StartTls,
        Some("none") => EmailEncryption::None,
        Some(other) => {
            table.none_of(read, "encryption", other, &["tls", "starttls", "none"]);
            return None;
        }
    };
    let standard = match encryption {
        EmailEncryption::Tls => 465,
        EmailEncryption::StartTls => 587,
        EmailEncryption::None => 25,
    };
    let server = table.required(read, "server");
    let from = table.required(read, "from").and_then(|from| {
        let parsed = from.parse().map_err(|error| format!("`{from}`: {error}"));
        table.checked(read, "from", parsed)
    });
    let Some(to) = table.texts("to") else {
        read.problem(&table.key, "to must be addresses, and not empty".to_owned());
        return None;
    };
    let to = to
        .iter()
        .map(|to| to.parse().map_err(|error| format!("`{to}`: {error}")));
    let to = table.checked(read, "to", to.collect());
    let login = match (
        table.text(read, "username"),
        secret(read, table, "password_file"),
    ) {
        (Some(name), Some(password)) => Some((name, password)),
        (None, None) => None,
        _ => {
            let text = "username and password_file go together";
            read.problem(&table.key, text.to_owned());
            None
        }
    };
    if login.is_some() && encryption == EmailEncryption::None {
        let text = "a password is not sent without TLS: set encryption";
        read.problem(&table.key, text.to_owned());
    }
    let (host, port) = host_and_port(read, table, "server", &server?, standard)?;
    Some(Channel::Email(Box::new(Email {
        host,
        port,
        encryption,
        login,
        from: from?,
        to: to?,
        hostname: surroundings.hostname.to_owned(),
        page_url: surroundings.page_url,
        trust: trust(read, table)?,
        timeout: timeout(read, table),
    })))
}

fn syslog(read: &mut Reader<'_>, table: &Table, surroundings: Surroundings<'_>) -> Option<Channel> {
    let address = table.required(read, "address")?;
    let (transport, standard, rest) = match address.split_once("://") {
        Some(("udp", rest)) => (SyslogTransport::Udp, 514, rest),
        Some(("tcp", rest)) => (SyslogTransport::Tcp, 601, rest),
        Some(("tls", rest)) => (SyslogTransport::Tls, 6514, rest),
        _ => {
            let text = format!("address `{address}` must begin with udp://, tcp:// or tls://");
            read.problem(&table.key, text);
            return None;
        }
    };
    let (host, port) = host_and_port(read, table, "address", rest, standard)?;
    let facility = table.whole(read, "facility", DEFAULT_FACILITY.into(), 0..=23);
    Some(Channel::Syslog(Box::new(Syslog {
        transport,
        host,
        port,
        facility: u8::try_from(facility).unwrap_or(DEFAULT_FACILITY),
        hostname: surroundings.hostname.to_owned(),
        page_url: surroundings.page_url,
        trust: trust(read, table)?,
        timeout: timeout(read, table),
    })))
}

/// A host, and a port where there is one; an address of IPv6 stands in brackets.
fn host_and_port(
    read: &mut Reader<'_>,
    table: &Table,
    key: &str,
    text: &str,
    standard: u16,
) -> Option<(String, u16)> {
    let authority: Option<ureq::http::uri::Authority> = text.parse().ok();
    let found = authority.and_then(|authority| {
        let port = match authority.as_str().rsplit_once(':') {
            Some((_, port)) if !port.ends_with(']') => Some(port.parse().ok()?),
            _ => Some(standard),
        };
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        (!host.is_empty() && !authority.as_str().contains('@')).then_some((host, port?))
    });
    if found.is_none() {
        let text =
            format!("{key} `{text}` must be a host and a port such as logs.example.com:6514");
        read.problem(&table.key, text);
    }
    found
}
