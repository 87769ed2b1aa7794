//! Failures: of the user, and around the address, its block and the device.

use super::{flag, log, or_missing};
use crate::profile::{LoginContext, Prevalence, SourceCell};

const TEN_MINUTES: u32 = 600;
const DAY: u32 = 86_400;
const WEEK: u32 = 7 * DAY;
/// Attempts that a ratio is smoothed with, so that one failure of one is not all.
const PRIOR: f64 = 2.0;
/// The same for what many users share.
const PRIOR_SHARED: f64 = 20.0;

pub(super) fn failed(context: &LoginContext<'_>) -> f64 {
    flag(!context.login.success)
}

pub(super) fn user_failures_hour(context: &LoginContext<'_>) -> f64 {
    log(context
        .user
        .map_or(0.0, |user| f64::from(user.failures.hour(context.now_s))))
}

pub(super) fn user_failures_day(context: &LoginContext<'_>) -> f64 {
    log(context
        .user
        .map_or(0.0, |user| f64::from(user.failures.day(context.now_s))))
}

pub(super) fn user_failures_week(context: &LoginContext<'_>) -> f64 {
    log(context
        .user
        .map_or(0.0, |user| f64::from(user.failures.week(context.now_s))))
}

pub(super) fn user_failure_ratio(context: &LoginContext<'_>) -> f64 {
    let ratio = context.user.map(|user| {
        let (failures, attempts) = (
            user.failures.week(context.now_s),
            user.attempts.week(context.now_s),
        );
        f64::from(failures) / (f64::from(attempts) + PRIOR)
    });
    or_missing(ratio)
}

pub(super) fn failure_run(context: &LoginContext<'_>) -> f64 {
    log(context.user.map_or(0.0, |user| f64::from(user.failure_run)))
}

/// Failures of all time over successes: some people mistype daily.
pub(super) fn usual_failures(context: &LoginContext<'_>) -> f64 {
    or_missing(
        context
            .user
            .map(|user| (f64::from(user.failures_ever) + 0.2) / (f64::from(user.successes) + 2.0)),
    )
}

/// Failures of the day from devices and networks that were not the user's.
pub(super) fn strange_failures(context: &LoginContext<'_>) -> f64 {
    log(context.user.map_or(0.0, |user| {
        f64::from(user.strange_failures.total(context.now_s))
    }))
}

/// The week's failures around a thing that users share, over what everyone's failures would make of its attempts.
fn failure_excess(context: &LoginContext<'_>, around: Prevalence, present: bool) -> f64 {
    let excess = || {
        let usual = context.tenant?.usual_failure_share();
        let expected = (f64::from(around.attempts) + PRIOR_SHARED) * usual;
        Some(libm::log(
            (f64::from(around.failures) + PRIOR_SHARED * usual) / expected,
        ))
    };
    or_missing(excess().filter(|_| present))
}

pub(super) fn country_failure_excess(context: &LoginContext<'_>) -> f64 {
    let present = context.login.country.is_some();
    failure_excess(context, context.prevalences.country, present)
}

pub(super) fn asn_failure_excess(context: &LoginContext<'_>) -> f64 {
    failure_excess(
        context,
        context.prevalences.asn,
        context.login.asn.is_some(),
    )
}

pub(super) fn agent_failure_excess(context: &LoginContext<'_>) -> f64 {
    let present = context.login.agent.is_some();
    failure_excess(context, context.prevalences.agent, present)
}

pub(super) fn block_users_day(context: &LoginContext<'_>) -> f64 {
    if context.login.block.is_none() {
        return f64::NAN;
    }
    context
        .block
        .map_or(0.0, |block| block.users.count(context.now_s, DAY))
}

/// How long ago the run of failures began; missing without one.
pub(super) fn failure_run_age(context: &LoginContext<'_>) -> f64 {
    let run = context.user.filter(|user| user.failure_run > 0);
    or_missing(run.map(|user| {
        log(f64::from(
            context.now_s.saturating_sub(user.failure_run_since_s),
        ))
    }))
}

/// A count of a source that the login has; 0 where it was never seen, missing where there is none.
fn of_address(context: &LoginContext<'_>, count: impl Fn(&SourceCell) -> f64) -> f64 {
    if context.login.address.is_none() {
        return f64::NAN;
    }
    context.address.map_or(0.0, count)
}

fn day_ratio(source: &SourceCell, now_s: u32) -> f64 {
    f64::from(source.failures.day(now_s)) / (f64::from(source.attempts.day(now_s)) + PRIOR)
}

pub(super) fn address_failures_hour(context: &LoginContext<'_>) -> f64 {
    log(of_address(context, |address| {
        f64::from(address.failures.hour(context.now_s))
    }))
}

pub(super) fn address_failures_week(context: &LoginContext<'_>) -> f64 {
    log(of_address(context, |address| {
        f64::from(address.failures.week(context.now_s))
    }))
}

pub(super) fn address_failure_ratio(context: &LoginContext<'_>) -> f64 {
    of_address(context, |address| day_ratio(address, context.now_s))
}

pub(super) fn device_failures_day(context: &LoginContext<'_>) -> f64 {
    if context.login.device.is_none() {
        return f64::NAN;
    }
    log(context
        .device
        .map_or(0.0, |device| f64::from(device.failures.day(context.now_s))))
}

pub(super) fn block_failure_ratio(context: &LoginContext<'_>) -> f64 {
    if context.login.block.is_none() {
        return f64::NAN;
    }
    context
        .block
        .map_or(0.0, |block| day_ratio(block, context.now_s))
}

pub(super) fn user_attempts_on_address(context: &LoginContext<'_>) -> f64 {
    let attempts = || {
        let tried = &context.user?.tried;
        Some(
            tried
                .get(context.login.address?)
                .map_or(0.0, |known| f64::from(known.count)),
        )
    };
    log(or_missing(attempts()))
}

pub(super) fn address_users_10min(context: &LoginContext<'_>) -> f64 {
    of_address(context, |address| {
        address.users.count(context.now_s, TEN_MINUTES)
    })
}

pub(super) fn address_users_day(context: &LoginContext<'_>) -> f64 {
    of_address(context, |address| address.users.count(context.now_s, DAY))
}

pub(super) fn address_users_week(context: &LoginContext<'_>) -> f64 {
    of_address(context, |address| address.users.count(context.now_s, WEEK))
}

/// Few failures each for many users is a spray; many for one is not.
pub(super) fn address_failures_per_user(context: &LoginContext<'_>) -> f64 {
    of_address(context, |address| {
        let users = address.users.count(context.now_s, DAY).max(1.0);
        f64::from(address.failures.day(context.now_s)) / users
    })
}
