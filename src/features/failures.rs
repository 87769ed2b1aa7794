//! Failures: of the user, and around the address, its block and the device.

use super::facts::Facts;
use super::{flag, log, or_missing};
use crate::profile::{Prevalence, SourceCell};
use crate::sketch::Horizons;

const TEN_MINUTES: u32 = 600;
const DAY: u32 = 86_400;
const WEEK: u32 = 7 * DAY;
/// Attempts that a ratio is smoothed with, so that one failure of one is not all.
const PRIOR: f64 = 2.0;
/// The same for what many users share.
const PRIOR_SHARED: f64 = 20.0;

pub(super) fn failed(facts: &Facts<'_>) -> f64 {
    flag(!facts.login.success)
}

/// The failures of the user, or those under the name that was typed where they are more: providers
/// that know a user by a number know no more of a failure than the name.
fn of_user(facts: &Facts<'_>, count: impl Fn(&Horizons<u16>) -> u16) -> f64 {
    let user = facts.user.map_or(0, |user| count(&user.failures));
    let name = facts.name.map_or(0, |name| count(&name.failures));
    log(f64::from(user.max(name)))
}

pub(super) fn user_failures_hour(facts: &Facts<'_>) -> f64 {
    of_user(facts, |failures| failures.hour(facts.now_s))
}

pub(super) fn user_failures_day(facts: &Facts<'_>) -> f64 {
    of_user(facts, |failures| failures.day(facts.now_s))
}

pub(super) fn user_failures_week(facts: &Facts<'_>) -> f64 {
    of_user(facts, |failures| failures.week(facts.now_s))
}

pub(super) fn user_failure_ratio(facts: &Facts<'_>) -> f64 {
    let ratio = facts.user.map(|user| {
        let (failures, attempts) = (
            user.failures.week(facts.now_s),
            user.attempts.week(facts.now_s),
        );
        f64::from(failures) / (f64::from(attempts) + PRIOR)
    });
    or_missing(ratio)
}

pub(super) fn failure_run(facts: &Facts<'_>) -> f64 {
    log(facts.user.map_or(0.0, |user| f64::from(user.failure_run)))
}

/// Failures of all time over successes: some people mistype daily.
pub(super) fn usual_failures(facts: &Facts<'_>) -> f64 {
    or_missing(
        facts
            .user
            .map(|user| (f64::from(user.failures_ever) + 0.2) / (f64::from(user.successes) + 2.0)),
    )
}

/// Failures of the day from devices and networks that were not the user's.
pub(super) fn strange_failures(facts: &Facts<'_>) -> f64 {
    log(facts.user.map_or(0.0, |user| {
        f64::from(user.strange_failures.total(facts.now_s))
    }))
}

/// The week's failures around a thing that users share, over what everyone's failures would make of
/// its attempts.
fn failure_excess(facts: &Facts<'_>, around: Prevalence, present: bool) -> f64 {
    let excess = || {
        let usual = facts.tenant?.usual_failure_share();
        let expected = (f64::from(around.attempts) + PRIOR_SHARED) * usual;
        Some(libm::log(
            (f64::from(around.failures) + PRIOR_SHARED * usual) / expected,
        ))
    };
    or_missing(excess().filter(|_| present))
}

pub(super) fn country_failure_excess(facts: &Facts<'_>) -> f64 {
    let present = facts.login.country.is_some();
    failure_excess(facts, facts.prevalences.country, present)
}

pub(super) fn asn_failure_excess(facts: &Facts<'_>) -> f64 {
    failure_excess(facts, facts.prevalences.asn, facts.login.asn.is_some())
}

pub(super) fn agent_failure_excess(facts: &Facts<'_>) -> f64 {
    let present = facts.login.agent.is_some();
    failure_excess(facts, facts.prevalences.agent, present)
}

pub(super) fn block_users_day(facts: &Facts<'_>) -> f64 {
    if facts.login.block.is_none() {
        return f64::NAN;
    }
    facts
        .block
        .map_or(0.0, |block| block.users.count(facts.now_s, DAY))
}

/// How long ago the run of failures began; missing without one.
pub(super) fn failure_run_age(facts: &Facts<'_>) -> f64 {
    let run = facts.user.filter(|user| user.failure_run > 0);
    or_missing(run.map(|user| {
        log(f64::from(
            facts.now_s.saturating_sub(user.failure_run_since_s),
        ))
    }))
}

/// A count of a source that the login has; 0 where it was never seen, missing where there is none.
fn of_address(facts: &Facts<'_>, count: impl Fn(&SourceCell) -> f64) -> f64 {
    if facts.login.address.is_none() {
        return f64::NAN;
    }
    facts.address.map_or(0.0, count)
}

fn day_ratio(source: &SourceCell, now_s: u32) -> f64 {
    f64::from(source.failures.day(now_s)) / (f64::from(source.attempts.day(now_s)) + PRIOR)
}

pub(super) fn address_failures_hour(facts: &Facts<'_>) -> f64 {
    log(of_address(facts, |address| {
        f64::from(address.failures.hour(facts.now_s))
    }))
}

pub(super) fn address_failures_week(facts: &Facts<'_>) -> f64 {
    log(of_address(facts, |address| {
        f64::from(address.failures.week(facts.now_s))
    }))
}

pub(super) fn address_failure_ratio(facts: &Facts<'_>) -> f64 {
    of_address(facts, |address| day_ratio(address, facts.now_s))
}

pub(super) fn device_failures_day(facts: &Facts<'_>) -> f64 {
    if facts.login.device.is_none() {
        return f64::NAN;
    }
    log(facts
        .device
        .map_or(0.0, |device| f64::from(device.failures.day(facts.now_s))))
}

pub(super) fn block_failure_ratio(facts: &Facts<'_>) -> f64 {
    if facts.login.block.is_none() {
        return f64::NAN;
    }
    facts
        .block
        .map_or(0.0, |block| day_ratio(block, facts.now_s))
}

pub(super) fn user_attempts_on_address(facts: &Facts<'_>) -> f64 {
    let attempts = || {
        let tried = &facts.user?.tried;
        Some(
            tried
                .get(facts.login.address?)
                .map_or(0.0, |known| f64::from(known.count)),
        )
    };
    log(or_missing(attempts()))
}

pub(super) fn address_users_10min(facts: &Facts<'_>) -> f64 {
    of_address(facts, |address| {
        address.users.count(facts.now_s, TEN_MINUTES)
    })
}

pub(super) fn address_users_day(facts: &Facts<'_>) -> f64 {
    of_address(facts, |address| address.users.count(facts.now_s, DAY))
}

pub(super) fn address_users_week(facts: &Facts<'_>) -> f64 {
    of_address(facts, |address| address.users.count(facts.now_s, WEEK))
}

/// Few failures each for many users is a spray; many for one is not.
pub(super) fn address_failures_per_user(facts: &Facts<'_>) -> f64 {
    of_address(facts, |address| {
        let users = address.users.count(facts.now_s, DAY).max(1.0);
        f64::from(address.failures.day(facts.now_s)) / users
    })
}
