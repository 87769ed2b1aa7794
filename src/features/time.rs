//! When: the hour for this user, and how long since what.

use super::facts::Facts;
use super::hours::HourShares;
use super::{DAY_S, flag, log, or_missing};
use crate::profile::cells::user::{hour_slot, local_s};

/// Local hour, 0 to 24, by the provider's word or at home; missing where neither is known.
fn local_hour(facts: &Facts<'_>) -> Option<f64> {
    if let Some(hour) = facts.login.claimed_hour {
        return Some(f64::from(hour));
    }
    let of_day_s = local_s(facts.now_s, Some(facts.home?)) % (24 * 3600);
    Some(f64::from(of_day_s) / 3600.0)
}

fn angle(hour: f64) -> f64 {
    hour / 24.0 * std::f64::consts::TAU
}

pub(super) fn hour_sin(facts: &Facts<'_>) -> f64 {
    or_missing(local_hour(facts).map(|hour| libm::sin(angle(hour))))
}

pub(super) fn hour_cos(facts: &Facts<'_>) -> f64 {
    or_missing(local_hour(facts).map(|hour| libm::cos(angle(hour))))
}

pub(super) fn weekend(facts: &Facts<'_>) -> f64 {
    flag(hour_slot(local_s(facts.now_s, facts.home)) >= 24)
}

pub(super) fn hour_surprise(facts: &Facts<'_>) -> f64 {
    or_missing(facts.hour.as_ref().map(|hour| hour.surprise))
}

pub(super) fn since_attempt(facts: &Facts<'_>) -> f64 {
    or_missing(
        facts
            .user
            // One of whom only evidence is known has not been tried yet.
            .filter(|user| user.last_attempt_ms > 0)
            .map(|user| log((facts.login.time_ms - user.last_attempt_ms) as f64 / 1000.0)),
    )
}

pub(super) fn since_success(facts: &Facts<'_>) -> f64 {
    let last = facts.user.and_then(|user| user.last_success.as_ref());
    or_missing(last.map(|last| log((facts.login.time_ms - last.time_ms) as f64 / 1000.0)))
}

pub(super) fn account_age(facts: &Facts<'_>) -> f64 {
    let first_s = facts.user.map_or(facts.now_s, |user| user.first_s);
    log(f64::from(facts.now_s.saturating_sub(first_s)) / DAY_S)
}

/// How many times likelier the hour is among everyone than for this user, ln.
pub(super) fn hour_likelihood_ratio(facts: &Facts<'_>) -> f64 {
    let ratio = |hour: &HourShares| libm::log(hour.everyone) + hour.surprise;
    or_missing(facts.hour.as_ref().map(ratio))
}

pub(super) fn logins_seen(facts: &Facts<'_>) -> f64 {
    log(facts.user.map_or(0.0, |user| f64::from(user.successes)))
}
