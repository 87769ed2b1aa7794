//! The features of a login: names, order, units, and how each is computed.
//!
//! The only place that knows them. The stream, batch scoring, training, evaluation and `/predict`
//! all call [`extract`] over the same profiles, before the login is applied to them. Missing is
//! NaN, not zero. No feature knows the name of a country or of a user: what was learnt at one
//! company holds at another.

mod account;
pub(crate) mod device;
pub mod direction;
mod everyone;
mod facts;
mod failures;
pub(crate) mod hours;
pub mod natural;
mod place;
mod sharing;
mod time;
pub(crate) mod travel;
mod volume;

use std::fmt;
use std::sync::LazyLock;

use crate::profile::LoginContext;
use facts::Facts;

/// One feature.
pub struct Feature {
    pub name: &'static str,
    pub unit: &'static str,
    /// What it is, for people.
    pub says: &'static str,
    compute: fn(&Facts<'_>) -> f64,
}

impl fmt::Debug for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.unit)
    }
}

macro_rules! features {
    ($($name:literal, $unit:literal, $compute:path, $says:literal;)+) => {
        /// Every feature, in the order of the rows of every model.
        pub static FEATURES: &[Feature] = &[
            $(Feature { name: $name, unit: $unit, says: $says, compute: $compute },)+
        ];
        /// How many features there are.
        pub const COUNT: usize = [$($name),+].len();
    };
}

features! {
    "hour_sin", "sine of the user's local hour", time::hour_sin,
        "time of day";
    "hour_cos", "cosine of the user's local hour", time::hour_cos,
        "time of day";
    "weekend", "0 or 1", time::weekend,
        "on a weekend";
    "hour_surprise", "nats", time::hour_surprise,
        "how unusual the hour is for this user";
    "hour_likelihood_ratio", "nats", time::hour_likelihood_ratio,
        "how much less usual the hour is for this user than for everybody";
    "since_attempt", "ln(1 + s)", time::since_attempt,
        "time since the last attempt on this user";
    "since_success", "ln(1 + s)", time::since_success,
        "time since this user last got in";
    "account_age", "ln(1 + days)", time::account_age,
        "age of the account";
    "logins_seen", "ln(1 + logins)", time::logins_seen,
        "logins known of this user";
    "distance", "ln(1 + km)", place::distance,
        "distance from the last login";
    "speed", "ln(1 + km/h)", place::speed,
        "speed from the last login";
    "nearest_known_place", "ln(1 + km)", place::nearest_known_place,
        "distance from the nearest place known of this user";
    "new_country", "0 or 1", place::new_country,
        "a country new for this user";
    "new_city", "0 or 1", place::new_city,
        "a city new for this user";
    "country_unseen_for", "ln(1 + days)", place::country_unseen_for,
        "time since this user was last in this country";
    "country_share", "share of the user's logins", place::country_share,
        "this user's logins from this country";
    "city_novelty", "new ones a login", place::city_novelty,
        "how often this user comes from a new city";
    "country_rarity", "nats", place::country_rarity,
        "how rare this country is in the company";
    "city_rarity", "nats", place::city_rarity,
        "how rare this city is in the company";
    "new_address", "0 or 1", place::new_address,
        "an address new for this user";
    "new_block", "0 or 1", place::new_block,
        "an address range new for this user";
    "new_asn", "0 or 1", place::new_asn,
        "a network new for this user";
    "block_share", "share of the user's logins", place::block_share,
        "this user's logins from this address range";
    "asn_share", "share of the user's logins", place::asn_share,
        "this user's logins from this network";
    "block_novelty", "new ones a login", place::block_novelty,
        "how often this user comes from a new address range";
    "network_novelty", "new ones a login", place::network_novelty,
        "how often this user comes from a new network";
    "hosting", "0 or 1", place::hosting,
        "a network of hosters and VPN exits";
    "address_successes", "ln(1 + logins)", place::address_successes,
        "logins of anybody from this address";
    "block_successes", "ln(1 + logins)", place::block_successes,
        "logins of anybody from this address range";
    "device_moved", "ln(1 + min)", place::device_moved,
        "time since this device came from another network";
    "asn_rarity", "nats", place::asn_rarity,
        "how rare this network is in the company";
    "network_likelihood_ratio", "nats", place::network_likelihood_ratio,
        "how much less usual this network is for this user than for everybody";
    "address_age", "ln(1 + days)", place::address_age,
        "time since anybody first got in from this address";
    "new_device", "0 or 1", device::new_device,
        "a device new for this user";
    "claimed_new_device", "0 or 1", device::claimed_new_device,
        "a device that the identity provider calls new";
    "new_browser", "0 or 1", device::new_browser,
        "a browser new for this user";
    "new_operating_system", "0 or 1", device::new_operating_system,
        "an operating system new for this user";
    "device_changed_system", "0 or 1", device::device_changed_system,
        "a known device with another operating system";
    "device_changed_browser", "0 or 1", device::device_changed_browser,
        "a known device with another browser";
    "device_share", "share of the user's logins", device::device_share,
        "this user's logins with this device";
    "device_age", "ln(1 + days)", device::device_age,
        "time since anybody first got in with this device";
    "devices_known", "ln(1 + devices)", device::devices_known,
        "devices known of this user";
    "device_users_day", "users", device::device_users_day,
        "users of this device within a day";
    "device_users_week", "users", device::device_users_week,
        "users of this device within a week";
    "device_users_excess", "ln of times the usual", sharing::device_users_excess,
        "users of this device within a day against its usual logins";
    "agent_likelihood_ratio", "nats", device::agent_likelihood_ratio,
        "how much less usual this browser is for this user than for everybody";
    "agent_share", "share of the user's logins", device::agent_share,
        "this user's logins with this browser";
    "device_novelty", "new ones a login", device::device_novelty,
        "how often this user comes with a new device";
    "device_successes", "ln(1 + logins)", device::device_successes,
        "logins of anybody with this device";
    "agent_rarity", "nats", device::agent_rarity,
        "how rare this browser is in the company";
    "failed", "0 or 1", failures::failed,
        "a failed attempt";
    "user_failures_hour", "ln(1 + failures)", failures::user_failures_hour,
        "failures of this user within an hour";
    "user_failures_day", "ln(1 + failures)", failures::user_failures_day,
        "failures of this user within a day";
    "user_failures_week", "ln(1 + failures)", failures::user_failures_week,
        "failures of this user within a week";
    "user_failure_ratio", "share of the week's attempts", failures::user_failure_ratio,
        "failed attempts among this user's of the week";
    "usual_failures", "failures a success", failures::usual_failures,
        "failures that this user needs for a success";
    "strange_failures", "ln(1 + failures)", failures::strange_failures,
        "failures from what is not known of this user within a day";
    "country_failure_excess", "ln of times the usual", failures::country_failure_excess,
        "failures from this country against the company's usual";
    "asn_failure_excess", "ln of times the usual", failures::asn_failure_excess,
        "failures from this network against the company's usual";
    "agent_failure_excess", "ln of times the usual", failures::agent_failure_excess,
        "failures with this browser against the company's usual";
    "block_users_day", "users", failures::block_users_day,
        "users tried from this address range within a day";
    "failure_run", "ln(1 + failures)", failures::failure_run,
        "failures in a row before this attempt";
    "failure_run_age", "ln(1 + s)", failures::failure_run_age,
        "time since the failures in a row began";
    "address_failures_hour", "ln(1 + failures)", failures::address_failures_hour,
        "failures from this address within an hour";
    "address_failures_week", "ln(1 + failures)", failures::address_failures_week,
        "failures from this address within a week";
    "address_failure_ratio", "share of the day's attempts", failures::address_failure_ratio,
        "failed attempts among this address's of the day";
    "device_failures_day", "ln(1 + failures)", failures::device_failures_day,
        "failures with this device within a day";
    "block_failure_ratio", "share of the day's attempts", failures::block_failure_ratio,
        "failed attempts among this address range's of the day";
    "user_attempts_on_address", "ln(1 + attempts)", failures::user_attempts_on_address,
        "attempts on this user from this address";
    "address_users_10min", "users", failures::address_users_10min,
        "users tried from this address within 10 minutes";
    "address_users_day", "users", failures::address_users_day,
        "users tried from this address within a day";
    "address_users_week", "users", failures::address_users_week,
        "users tried from this address within a week";
    "address_users_excess", "ln of times the usual", sharing::address_users_excess,
        "users tried from this address within a day against its usual logins";
    "block_users_excess", "ln of times the usual", sharing::block_users_excess,
        "users tried from this address range within a day against its usual logins";
    "address_failures_per_user", "failures", failures::address_failures_per_user,
        "failures from this address for each user";
    "user_addresses_hour", "addresses", account::user_addresses_hour,
        "addresses that tried this user within an hour";
    "user_addresses_day", "addresses", account::user_addresses_day,
        "addresses that tried this user within a day";
    "user_countries_day", "countries", account::user_countries_day,
        "countries that tried this user within a day";
    "resets_hour", "resets", account::resets_hour,
        "password resets of this user within an hour";
    "resets_day", "resets", account::resets_day,
        "password resets of this user within a day";
    "mfa_denials", "denials in 10 min", account::mfa_denials,
        "MFA challenges denied within 10 minutes";
    "mfa_denials_day", "ln(1 + denials)", account::mfa_denials_day,
        "MFA challenges denied within a day";
    "since_reset", "ln(1 + s)", account::since_reset,
        "time since the last password reset";
    "challenge_passed", "ln(1 + min)", account::challenge_passed,
        "time since this user passed an MFA challenge";
    "device_flagged", "ln(1 + logins)", account::device_flagged,
        "flagged logins with this device";
    "device_flagged_for", "ln(1 + days)", account::device_flagged_for,
        "time since a login with this device was first flagged";
    "network_flagged", "ln(1 + logins)", account::network_flagged,
        "flagged logins from this network";
    "new_method", "0 or 1", account::new_method,
        "a way to sign in that is new for this user";
    "is_reset", "0 or 1", account::is_reset,
        "a password reset";
    "is_mfa_challenge", "0 or 1", account::is_mfa_challenge,
        "an MFA challenge";
    "bytes_in", "ln(1 + bytes)", volume::bytes_in,
        "bytes in";
    "bytes_out", "ln(1 + bytes)", volume::bytes_out,
        "bytes out";
    "bytes_in_z", "spreads above the usual", volume::bytes_in_z,
        "bytes in against this user's usual";
    "bytes_out_z", "spreads above the usual", volume::bytes_out_z,
        "bytes out against this user's usual";
    "bytes_out_above_most", "doublings", volume::bytes_out_above_most,
        "bytes out against the most this user ever sent";
    "day_bytes_out", "ln of times a usual day", volume::day_bytes_out,
        "bytes out today against this user's usual day";
    "day_share", "today's logins over a usual day's", volume::day_share,
        "logins today against this user's usual day";
    "failure_level", "times the usual at this hour", everyone::failure_level,
        "failures in the company against its usual at this hour";
    "place_missing", "0 or 1", everyone::place_missing,
        "no place is known";
    "device_missing", "0 or 1", everyone::device_missing,
        "no device is known";
    "address_missing", "0 or 1", everyone::address_missing,
        "no address is known";
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

/// What trees do not learn from, although rules and reasons go by it: how many users a terminal or
/// an office has is one company's own; how many times its usual that is holds at another.
const UNLEARNT: [&str; 5] = [
    "device_users_day",
    "device_users_week",
    "block_users_day",
    "address_users_day",
    "address_users_week",
];

static UNLEARNT_PLACES: LazyLock<Vec<usize>> =
    LazyLock::new(|| UNLEARNT.into_iter().filter_map(index).collect());

/// The values of a login as trees are grown from them: the rest is missing. Isolation trees ask only
/// what has a direction, and so none of it either.
#[must_use]
pub fn learnt(values: &Values) -> Values {
    let mut learnt = *values;
    for place in UNLEARNT_PLACES.iter() {
        learnt[*place] = f32::NAN;
    }
    learnt
}

/// The position of a feature.
#[must_use]
pub fn index(name: &str) -> Option<usize> {
    FEATURES.iter().position(|feature| feature.name == name)
}

/// Raised by hand when a feature is computed in another way under the same name.
const REVISION: u32 = 3;

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
