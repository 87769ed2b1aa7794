//! The promise under fire: real processes killed against a real Apache Kafka, and what is lost
//! told.
//!
//! `scripts/chaos` runs the same at full length.

mod instances;
mod kills;
mod rekey;
mod restore;

use std::collections::{BTreeMap, BTreeSet};

use crate::support::*;

const HTTP: &str = "NIGHTLATCH__HTTP__ADDRESS";

/// A number from the environment, for longer runs.
fn wanted(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The arguments of a world of about so many logins.
fn world_args(logins: u64, seed: u64) -> Vec<String> {
    let users = (logins / 57).max(20);
    [
        "--users",
        &users.to_string(),
        "--days",
        "30",
        "--seed",
        &seed.to_string(),
        "--attack-share",
        "0.02",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn publish(site: &Site, args: &[String], rate: Option<u64>) {
    let mut all = vec!["simulate".to_owned(), "--kafka".to_owned()];
    all.extend_from_slice(args);
    if let Some(rate) = rate {
        all.extend(["--rate".to_owned(), rate.to_string()]);
    }
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    succeed(&mut site.command(&all));
}

fn make_world(site: &Site, args: &[String]) -> i64 {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    world(&site.path("logins.ndjson"), &args)
}

/// Publishes a world, and gives how many logins it has and what `score` makes of them.
fn fill(site: &Site, args: &[String]) -> (i64, BTreeMap<String, serde_json::Value>) {
    let total = make_world(site, args);
    let scored = scores(
        &site.path("logins.ndjson"),
        &site.path("scores.ndjson"),
        &[],
    );
    publish(site, args, None);
    (total, scored)
}

/// What a process that has seen everything knows.
fn digest(port: u16) -> String {
    eventually("ready", || {
        http_get(port, "/health/ready").starts_with("HTTP/1.1 200")
    });
    let answer = http_get(port, "/api/profiles");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    let answer: serde_json::Value = serde_json::from_str(body).expect("JSON");
    answer["digest"].as_str().unwrap().to_owned()
}

/// Event ids of the alerts; panics where one comes twice.
fn alerted(site: &Site) -> BTreeSet<String> {
    by_event(site.alerts()).into_keys().collect()
}
