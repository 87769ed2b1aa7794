//! The features of a login: names, order, units, and how each is computed.
//!
//! The only place that knows them. The stream, batch scoring, training, evaluation and `/predict`
//! all call [`extract`] over the same profiles, before the login is applied to them. Missing is
//! NaN, not zero. No feature knows the name of a country or of a user: what was learnt at one
//! company holds at another.

mod account;
pub(crate) mod device;
mod everyone;
mod facts;
mod failures;
pub mod natural;
pub(crate) mod place;
pub(crate) mod time;
mod volume;

use std::fmt;
use std::sync::LazyLock;

use crate::profile::LoginContext;
use facts::Facts;

/// One feature.
pub struct Feature {
    pub name: &'static str,
    pub unit: &'static str,
    compute: fn(&Facts<'_>) -> f64,
}

impl fmt::Debug for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.unit)
    }
}

macro_rules! features {
    ($($name:literal, $unit:literal, $compute:path;)+) => {
        /// Every feature, in the order of the rows of every model.
        pub static FEATURES: &[Feature] = &[
            $(Feature { name: $name, unit: $unit, compute: $compute },)+
        ];
        /// How many features there are.
        pub const COUNT: usize = [$($name),+].len();
    };
}

features! {
    "hour_sin", "sine of the user's local hour", time::hour_sin;
    "hour_cos", "cosine of the user's local hour", time::hour_cos;
    "weekend", "0 or 1", time::weekend;
    "hour_surprise", "nats", time::hour_surprise;
    "hour_likelihood_ratio", "nats", time::hour_likelihood_ratio;
    "since_attempt", "ln(1 + s)", time::since_attempt;
    "since_success", "ln(1 + s)", time::since_success;
    "account_age", "ln(1 + days)", time::account_age;
    "logins_seen", "ln(1 + logins)", time::logins_seen;
    "distance", "ln(1 + km)", place::distance;
    "speed", "ln(1 + km/h)", place::speed;
    "nearest_known_place", "ln(1 + km)", place::nearest_known_place;
    "new_country", "0 or 1", place::new_country;
    "new_city", "0 or 1", place::new_city;
    "country_unseen_for", "ln(1 + days)", place::country_unseen_for;
    "country_share", "share of the user's logins", place::country_share;
    "city_novelty", "new ones a login", place::city_novelty;
    "country_rarity", "nats", place::country_rarity;
    "city_rarity", "nats", place::city_rarity;
    "new_address", "0 or 1", place::new_address;
    "new_block", "0 or 1", place::new_block;
    "new_asn", "0 or 1", place::new_asn;
    "block_share", "share of the user's logins", place::block_share;
    "asn_share", "share of the user's logins", place::asn_share;
    "block_novelty", "new ones a login", place::block_novelty;
    "network_novelty", "new ones a login", place::network_novelty;
    "hosting", "0 or 1", place::hosting;
    "address_successes", "ln(1 + logins)", place::address_successes;
    "block_successes", "ln(1 + logins)", place::block_successes;
    "device_moved", "ln(1 + min)", place::device_moved;
    "asn_rarity", "nats", place::asn_rarity;
    "network_likelihood_ratio", "nats", place::network_likelihood_ratio;
    "address_age", "ln(1 + days)", place::address_age;
    "new_device", "0 or 1", device::new_device;
    "claimed_new_device", "0 or 1", device::claimed_new_device;
    "new_browser", "0 or 1", device::new_browser;
    "new_operating_system", "0 or 1", device::new_operating_system;
    "device_changed_system", "0 or 1", device::device_changed_system;
    "device_changed_browser", "0 or 1", device::device_changed_browser;
    "device_share", "share of the user's logins", device::device_share;
    "device_age", "ln(1 + days)", device::device_age;
    "devices_known", "ln(1 + devices)", device::devices_known;
    "device_users_day", "users", device::device_users_day;
    "device_users_week", "users", device::device_users_week;
    "agent_likelihood_ratio", "nats", device::agent_likelihood_ratio;
    "agent_share", "share of the user's logins", device::agent_share;
    "device_novelty", "new ones a login", device::device_novelty;
    "device_successes", "ln(1 + logins)", device::device_successes;
    "agent_rarity", "nats", device::agent_rarity;
    "failed", "0 or 1", failures::failed;
    "user_failures_hour", "ln(1 + failures)", failures::user_failures_hour;
    "user_failures_day", "ln(1 + failures)", failures::user_failures_day;
    "user_failures_week", "ln(1 + failures)", failures::user_failures_week;
    "user_failure_ratio", "share of the week's attempts", failures::user_failure_ratio;
    "usual_failures", "failures a success", failures::usual_failures;
    "strange_failures", "ln(1 + failures)", failures::strange_failures;
    "country_failure_excess", "ln of times the usual", failures::country_failure_excess;
    "asn_failure_excess", "ln of times the usual", failures::asn_failure_excess;
    "agent_failure_excess", "ln of times the usual", failures::agent_failure_excess;
    "block_users_day", "users", failures::block_users_day;
    "failure_run", "ln(1 + failures)", failures::failure_run;
    "failure_run_age", "ln(1 + s)", failures::failure_run_age;
    "address_failures_hour", "ln(1 + failures)", failures::address_failures_hour;
    "address_failures_week", "ln(1 + failures)", failures::address_failures_week;
    "address_failure_ratio", "share of the day's attempts", failures::address_failure_ratio;
    "device_failures_day", "ln(1 + failures)", failures::device_failures_day;
    "block_failure_ratio", "share of the day's attempts", failures::block_failure_ratio;
    "user_attempts_on_address", "ln(1 + attempts)", failures::user_attempts_on_address;
    "address_users_10min", "users", failures::address_users_10min;
    "address_users_day", "users", failures::address_users_day;
    "address_users_week", "users", failures::address_users_week;
    "address_failures_per_user", "failures", failures::address_failures_per_user;
    "user_addresses_hour", "addresses", account::user_addresses_hour;
    "user_addresses_day", "addresses", account::user_addresses_day;
    "user_countries_day", "countries", account::user_countries_day;
    "resets_hour", "resets", account::resets_hour;
    "resets_day", "resets", account::resets_day;
    "mfa_denials", "denials in 10 min", account::mfa_denials;
    "mfa_denials_day", "ln(1 + denials)", account::mfa_denials_day;
    "since_reset", "ln(1 + s)", account::since_reset;
    "challenge_passed", "ln(1 + min)", account::challenge_passed;
    "device_flagged", "ln(1 + logins)", account::device_flagged;
    "device_flagged_for", "ln(1 + days)", account::device_flagged_for;
    "network_flagged", "ln(1 + logins)", account::network_flagged;
    "new_method", "0 or 1", account::new_method;
    "is_reset", "0 or 1", account::is_reset;
    "is_mfa_challenge", "0 or 1", account::is_mfa_challenge;
    "bytes_in", "ln(1 + bytes)", volume::bytes_in;
    "bytes_out", "ln(1 + bytes)", volume::bytes_out;
    "bytes_in_z", "spreads above the usual", volume::bytes_in_z;
    "bytes_out_z", "spreads above the usual", volume::bytes_out_z;
    "bytes_out_above_most", "doublings", volume::bytes_out_above_most;
    "day_bytes_out", "ln of times a usual day", volume::day_bytes_out;
    "day_share", "today's logins over a usual day's", volume::day_share;
    "failure_level", "times the usual at this hour", everyone::failure_level;
    "place_missing", "0 or 1", everyone::place_missing;
    "device_missing", "0 or 1", everyone::device_missing;
    "address_missing", "0 or 1", everyone::address_missing;
}

/// The values of one login, in the order of [`FEATURES`].
pub type Values = [f32; COUNT];

/// Computes every feature of a login from what was known before it.
#[must_use]
pub fn extract(context: &LoginContext<'_>) -> Values {
    let facts = Facts::new(context);
    let mut values = [f32::NAN; COUNT];
    for (value, feature) in values.iter_mut().zip(FEATURES) {
        *value = (feature.compute)(&facts) as f32;
    }
    values
}

/// The position of a feature.
#[must_use]
pub fn index(name: &str) -> Option<usize> {
    FEATURES.iter().position(|feature| feature.name == name)
}

/// Raised by hand when a feature is computed in another way under the same name.
const REVISION: u32 = 1;

/// A digest of names, order and units; a model file holds it and refuses to load against another.
#[must_use]
pub fn list_hash() -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&REVISION.to_le_bytes());
    for feature in FEATURES {
        hasher.update(feature.name.as_bytes());
        hasher.update(b"\0");
        hasher.update(feature.unit.as_bytes());
        hasher.update(b"\0");
    }
    *hasher.finalize().as_bytes()
}

const DAY_S: f64 = 86_400.0;

/// Most of what is counted is small: ln(1 + n) of those.
static LOGS: LazyLock<[f64; 256]> =
    LazyLock::new(|| std::array::from_fn(|count| libm::log1p(count as f64)));

/// ln(1 + x) of what cannot be negative; missing stays missing.
#[allow(clippy::float_cmp)] // Whether it is a whole number is asked, not how near.
fn log(value: f64) -> f64 {
    let count = value as u8;
    if f64::from(count) == value {
        return LOGS[usize::from(count)];
    }
    libm::log1p(value.max(0.0)) + value * 0.0
}

fn flag(condition: bool) -> f64 {
    f64::from(u8::from(condition))
}

/// A value that may be missing.
fn or_missing(value: Option<f64>) -> f64 {
    value.unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests;
