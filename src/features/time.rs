//! When: the hour for this user, and how long since what.

use super::{DAY_S, flag, log, or_missing};
use crate::enrich::geo::Point;
use crate::profile::LoginContext;
use crate::profile::cells::user::{hour_slot, local_s, slot_of};

/// How many logins of everyone a user's own habit is worth at first.
const HABIT_PRIOR: f64 = 10.0;

/// Local hour, 0 to 24, by the provider's word or at home; missing where neither is known.
fn local_hour(context: &LoginContext<'_>) -> Option<f64> {
    if let Some(hour) = context.login.claimed_hour {
        return Some(f64::from(hour));
    }
    let point = home(context)?;
    Some(f64::from(local_s(context.now_s, Some(point))).rem_euclid(DAY_S) / 3600.0)
}

/// The user's most used place, or else this one.
fn home(context: &LoginContext<'_>) -> Option<Point> {
    let home = context.user.and_then(|user| user.home());
    home.or(context.login.point)
}

fn angle(hour: f64) -> f64 {
    hour / 24.0 * std::f64::consts::TAU
}

pub(super) fn hour_sin(context: &LoginContext<'_>) -> f64 {
    or_missing(local_hour(context).map(|hour| libm::sin(angle(hour))))
}

pub(super) fn hour_cos(context: &LoginContext<'_>) -> f64 {
    or_missing(local_hour(context).map(|hour| libm::cos(angle(hour))))
}

pub(super) fn weekend(context: &LoginContext<'_>) -> f64 {
    flag(hour_slot(local_s(context.now_s, home(context))) >= 24)
}

/// -ln p(hour | user), smoothed over the neighbouring hours and towards everyone's hours.
pub(crate) fn hour_surprise(context: &LoginContext<'_>) -> f64 {
    let Some(tenant) = context.tenant else {
        return f64::NAN;
    };
    let slot = slot_of(context.login, context.now_s);
    let everyone = tenant.hour_share(slot_of(
        context.login,
        local_s(context.now_s, home(context)),
    ));
    let Some(user) = context.user else {
        return -libm::log(everyone);
    };
    let counts = user.hours.total(context.now_s).0;
    let (day, hour) = (slot / 24 * 24, slot % 24);
    let count = |hour: usize| f64::from(counts[day + hour % 24]);
    let near = 0.5 * count(hour) + 0.25 * (count(hour + 1) + count(hour + 23));
    let total: f64 = counts.iter().map(|count| f64::from(*count)).sum();
    -libm::log((near + HABIT_PRIOR * everyone) / (total + HABIT_PRIOR))
}

pub(super) fn since_attempt(context: &LoginContext<'_>) -> f64 {
    or_missing(
        context
            .user
            .map(|user| log((context.login.time_ms - user.last_attempt_ms) as f64 / 1000.0)),
    )
}

pub(super) fn since_success(context: &LoginContext<'_>) -> f64 {
    let last = context.user.and_then(|user| user.last_success.as_ref());
    or_missing(last.map(|last| log((context.login.time_ms - last.time_ms) as f64 / 1000.0)))
}

pub(super) fn account_age(context: &LoginContext<'_>) -> f64 {
    let first_s = context.user.map_or(context.now_s, |user| user.first_s);
    log(f64::from(context.now_s.saturating_sub(first_s)) / DAY_S)
}

/// How many times likelier the hour is among everyone than for this user, ln.
pub(super) fn hour_likelihood_ratio(context: &LoginContext<'_>) -> f64 {
    let Some(tenant) = context.tenant else {
        return f64::NAN;
    };
    let everyone = tenant.hour_share(slot_of(
        context.login,
        local_s(context.now_s, home(context)),
    ));
    libm::log(everyone) + hour_surprise(context)
}

pub(super) fn logins_seen(context: &LoginContext<'_>) -> f64 {
    log(context.user.map_or(0.0, |user| f64::from(user.successes)))
}
