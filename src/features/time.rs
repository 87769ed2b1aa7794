//! When: the hour for this user, and how long since what.

use super::facts::Facts;
use super::{DAY_S, flag, log, or_missing};
use crate::enrich::geo::Point;
use crate::profile::LoginContext;
use crate::profile::cells::user::{hour_slot, local_s, slot_of};

/// How many logins of everyone a user's own habit is worth at first.
const HABIT_PRIOR: f64 = 10.0;

/// Local hour, 0 to 24, by the provider's word or at home; missing where neither is known.
fn local_hour(facts: &Facts<'_>) -> Option<f64> {
    if let Some(hour) = facts.login.claimed_hour {
        return Some(f64::from(hour));
    }
    let of_day_s = local_s(facts.now_s, Some(facts.home?)) % (24 * 3600);
    Some(f64::from(of_day_s) / 3600.0)
}

/// The user's most used place, or else this one.
pub(crate) fn home(context: &LoginContext<'_>) -> Option<Point> {
    let home = context.user.and_then(|user| user.home());
    home.or(context.login.point)
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

/// How usual the hour of a login is.
pub(crate) struct HourShares {
    /// The share of everyone's successes.
    everyone: f64,
    /// -ln p(hour | user), smoothed over the neighbouring hours and towards everyone's hours.
    pub surprise: f64,
}

impl HourShares {
    /// Nothing before anybody was seen; `home` is where the user's clock stands.
    pub(crate) fn new(context: &LoginContext<'_>, home: Option<Point>) -> Option<Self> {
        let slot = slot_of(context.login, context.now_s);
        let local_slot = slot_of(context.login, local_s(context.now_s, home));
        let everyone = context.tenant?.hour_share(local_slot);
        let surprise = match context.user {
            Some(user) => {
                let counts = user.hours.total(context.now_s).0;
                let (day, hour) = (slot / 24 * 24, slot % 24);
                let count = |hour: usize| f64::from(counts[day + hour % 24]);
                let near = 0.5 * count(hour) + 0.25 * (count(hour + 1) + count(hour + 23));
                let total: u32 = counts.iter().map(|count| u32::from(*count)).sum();
                -libm::log((near + HABIT_PRIOR * everyone) / (f64::from(total) + HABIT_PRIOR))
            }
            None => -libm::log(everyone),
        };
        Some(Self { everyone, surprise })
    }
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
