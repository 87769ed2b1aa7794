//! Environment variables that look like ours and set nothing.

use config::{Value, ValueKind};

use super::layers::{ENVIRONMENT_PREFIX, Layers};
use crate::spelling::most_alike;

/// Of our own tests, and of who runs them.
const KNOWN: &[&str] = &[
    "NIGHTLATCH_SEEDS",
    "NIGHTLATCH_TEST_BROKERS",
    "NIGHTLATCH_TEST_PATIENCE_S",
];

/// What to tell of the variables that begin with our name and are no key's.
pub(super) fn find(environment: &[(String, String)], layers: &Layers) -> Vec<String> {
    // Tables cannot be set by a variable.
    let is_plain = |value: &Value| !matches!(value.kind, ValueKind::Array(_));
    let keys = layers.iter().filter(|(_, value, _)| is_plain(value));
    let keys: Vec<String> = keys.map(|(key, ..)| variable(key)).collect();
    let mut strays: Vec<String> = environment
        .iter()
        .filter(|(name, _)| is_stray(name))
        .map(|(name, _)| {
            let near = nearest(name, &keys);
            let hint = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
            format!("the environment variable {name} sets nothing{hint}")
        })
        .collect();
    strays.sort();
    strays
}

/// The variable that sets a key.
fn variable(key: &str) -> String {
    format!(
        "{ENVIRONMENT_PREFIX}__{}",
        key.replace('.', "__").to_uppercase()
    )
}

fn is_stray(name: &str) -> bool {
    let upper = name.to_uppercase();
    // Those with the whole prefix are read, and refused where they are no key.
    let rest = upper.strip_prefix(ENVIRONMENT_PREFIX);
    let rest = rest.filter(|rest| !rest.starts_with("__"));
    rest.is_some_and(|rest| !KNOWN.contains(&upper.as_str()) && !is_of_a_service(rest))
}

/// Kubernetes sets such variables for every service; one may well be named like this program.
fn is_of_a_service(rest: &str) -> bool {
    let is_of_a_port = rest.rsplit_once("_PORT").is_some_and(|(_, after)| {
        let mut after = after.chars();
        after.next().is_none_or(|first| first == '_')
            && after.next().is_none_or(|c| c.is_ascii_digit())
    });
    rest.contains("_SERVICE_HOST") || rest.contains("_SERVICE_PORT") || is_of_a_port
}

fn nearest<'a>(name: &str, variables: &'a [String]) -> Option<&'a str> {
    let plain = |name: &str| name.to_uppercase().replace('_', "");
    let name = plain(name);
    most_alike(variables, 0.9, |other| {
        strsim::jaro_winkler(&name, &plain(other))
    })
}
