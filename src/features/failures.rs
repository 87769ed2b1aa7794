//! Failures: of the user, and around the address, its block and the device.

use super::{flag, log, or_missing};
use crate::profile::{Scene, Share, SourceCell};

const TEN_MINUTES: u32 = 600;
const DAY: u32 = 86_400;
const WEEK: u32 = 7 * DAY;
/// Attempts that a ratio is smoothed with, so that one failure of one is not all.
const PRIOR: f64 = 2.0;
/// The same for what many users share.
const PRIOR_SHARED: f64 = 20.0;

pub(super) fn failed(scene: &Scene<'_>) -> f64 {
    flag(!scene.login.success)
}

pub(super) fn user_failures_hour(scene: &Scene<'_>) -> f64 {
    log(scene
        .user
        .map_or(0.0, |user| f64::from(user.failures.hour(scene.now_s))))
}

pub(super) fn user_failures_day(scene: &Scene<'_>) -> f64 {
    log(scene
        .user
        .map_or(0.0, |user| f64::from(user.failures.day(scene.now_s))))
}

pub(super) fn user_failures_week(scene: &Scene<'_>) -> f64 {
    log(scene
        .user
        .map_or(0.0, |user| f64::from(user.failures.week(scene.now_s))))
}

pub(super) fn user_failure_ratio(scene: &Scene<'_>) -> f64 {
    let ratio = scene.user.map(|user| {
        let (failures, attempts) = (
            user.failures.week(scene.now_s),
            user.attempts.week(scene.now_s),
        );
        f64::from(failures) / (f64::from(attempts) + PRIOR)
    });
    or_missing(ratio)
}

pub(super) fn failure_run(scene: &Scene<'_>) -> f64 {
    log(scene.user.map_or(0.0, |user| f64::from(user.failure_run)))
}

/// Failures of all time over successes: some people mistype daily.
pub(super) fn usual_failures(scene: &Scene<'_>) -> f64 {
    or_missing(
        scene
            .user
            .map(|user| (f64::from(user.failures_ever) + 0.2) / (f64::from(user.successes) + 2.0)),
    )
}

/// Failures of the day from devices and networks that were not the user's.
pub(super) fn strange_failures(scene: &Scene<'_>) -> f64 {
    log(scene.user.map_or(0.0, |user| {
        f64::from(user.strange_failures.total(scene.now_s))
    }))
}

/// The week's failures around a thing that users share, over what everyone's failures would make of its attempts.
fn failure_excess(scene: &Scene<'_>, share: usize, present: bool) -> f64 {
    let excess = || {
        let usual = scene.tenant?.usual_failure_share();
        let Share {
            attempts, failures, ..
        } = scene.shares[share];
        let expected = (f64::from(attempts) + PRIOR_SHARED) * usual;
        Some(libm::log(
            (f64::from(failures) + PRIOR_SHARED * usual) / expected,
        ))
    };
    or_missing(excess().filter(|_| present))
}

pub(super) fn country_failure_excess(scene: &Scene<'_>) -> f64 {
    failure_excess(scene, 0, scene.login.country.is_some())
}

pub(super) fn asn_failure_excess(scene: &Scene<'_>) -> f64 {
    failure_excess(scene, 2, scene.login.asn.is_some())
}

pub(super) fn agent_failure_excess(scene: &Scene<'_>) -> f64 {
    failure_excess(scene, 3, scene.login.agent.is_some())
}

pub(super) fn block_users_day(scene: &Scene<'_>) -> f64 {
    if scene.login.block.is_none() {
        return f64::NAN;
    }
    scene
        .block
        .map_or(0.0, |block| block.users.count(scene.now_s, DAY))
}

/// How long ago the run of failures began; missing without one.
pub(super) fn failure_run_age(scene: &Scene<'_>) -> f64 {
    let run = scene.user.filter(|user| user.failure_run > 0);
    or_missing(run.map(|user| {
        log(f64::from(
            scene.now_s.saturating_sub(user.failure_run_since_s),
        ))
    }))
}

/// A count of a source that the login has; 0 where it was never seen, missing where there is none.
fn of_address(scene: &Scene<'_>, count: impl Fn(&SourceCell) -> f64) -> f64 {
    if scene.login.address.is_none() {
        return f64::NAN;
    }
    scene.address.map_or(0.0, count)
}

fn day_ratio(source: &SourceCell, now_s: u32) -> f64 {
    f64::from(source.failures.day(now_s)) / (f64::from(source.attempts.day(now_s)) + PRIOR)
}

pub(super) fn address_failures_hour(scene: &Scene<'_>) -> f64 {
    log(of_address(scene, |address| {
        f64::from(address.failures.hour(scene.now_s))
    }))
}

pub(super) fn address_failures_week(scene: &Scene<'_>) -> f64 {
    log(of_address(scene, |address| {
        f64::from(address.failures.week(scene.now_s))
    }))
}

pub(super) fn address_failure_ratio(scene: &Scene<'_>) -> f64 {
    of_address(scene, |address| day_ratio(address, scene.now_s))
}

pub(super) fn device_failures_day(scene: &Scene<'_>) -> f64 {
    if scene.login.device.is_none() {
        return f64::NAN;
    }
    log(scene
        .device
        .map_or(0.0, |device| f64::from(device.failures.day(scene.now_s))))
}

pub(super) fn block_failure_ratio(scene: &Scene<'_>) -> f64 {
    if scene.login.block.is_none() {
        return f64::NAN;
    }
    scene
        .block
        .map_or(0.0, |block| day_ratio(block, scene.now_s))
}

pub(super) fn user_attempts_on_address(scene: &Scene<'_>) -> f64 {
    let attempts = || {
        let tried = &scene.user?.tried;
        Some(
            tried
                .get(scene.login.address?)
                .map_or(0.0, |known| f64::from(known.count)),
        )
    };
    log(or_missing(attempts()))
}

pub(super) fn address_users_10min(scene: &Scene<'_>) -> f64 {
    of_address(scene, |address| {
        address.users.count(scene.now_s, TEN_MINUTES)
    })
}

pub(super) fn address_users_day(scene: &Scene<'_>) -> f64 {
    of_address(scene, |address| address.users.count(scene.now_s, DAY))
}

pub(super) fn address_users_week(scene: &Scene<'_>) -> f64 {
    of_address(scene, |address| address.users.count(scene.now_s, WEEK))
}

/// Few failures each for many users is a spray; many for one is not.
pub(super) fn address_failures_per_user(scene: &Scene<'_>) -> f64 {
    of_address(scene, |address| {
        let users = address.users.count(scene.now_s, DAY).max(1.0);
        f64::from(address.failures.day(scene.now_s)) / users
    })
}
