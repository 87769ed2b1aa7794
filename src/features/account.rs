//! The account: how many addresses and countries try it, resets, MFA denials, methods.

use super::place::is_new;
use super::{DAY_S, flag, log, or_missing};
use crate::login::EventKind;
use crate::profile::seen::Known;
use crate::profile::{Scene, UserCell};

const HOUR: u32 = 3_600;
const DAY: u32 = 86_400;

pub(super) fn user_addresses_hour(scene: &Scene<'_>) -> f64 {
    scene
        .user
        .map_or(0.0, |user| user.addresses_tried.count(scene.now_s, HOUR))
}

pub(super) fn user_addresses_day(scene: &Scene<'_>) -> f64 {
    scene
        .user
        .map_or(0.0, |user| user.addresses_tried.count(scene.now_s, DAY))
}

pub(super) fn user_countries_day(scene: &Scene<'_>) -> f64 {
    scene
        .user
        .map_or(0.0, |user| user.countries_tried.count(scene.now_s, DAY))
}

pub(super) fn resets_hour(scene: &Scene<'_>) -> f64 {
    scene
        .user
        .map_or(0.0, |user| f64::from(user.resets.sum(scene.now_s, 2)))
}

pub(super) fn resets_day(scene: &Scene<'_>) -> f64 {
    scene
        .user
        .map_or(0.0, |user| f64::from(user.resets.total(scene.now_s)))
}

pub(super) fn mfa_denials(scene: &Scene<'_>) -> f64 {
    scene
        .user
        .map_or(0.0, |user| f64::from(user.mfa_denials.total(scene.now_s)))
}

pub(super) fn mfa_denials_day(scene: &Scene<'_>) -> f64 {
    log(scene.user.map_or(0.0, |user| {
        f64::from(user.mfa_denials_of_day.total(scene.now_s))
    }))
}

/// Minutes since a challenge was passed with this device, or without one from this address; missing without one.
pub(super) fn challenge_passed(scene: &Scene<'_>) -> f64 {
    let passed = || {
        let (login, last) = (scene.login, scene.user?.last_challenge?);
        let same = match login.device {
            Some(device) => last.device == Some(device),
            None => login.address.is_some() && last.address == login.address,
        };
        same.then(|| log(f64::from(scene.now_s.saturating_sub(last.time_s)) / 60.0))
    };
    or_missing(passed())
}

/// Flagged logins that succeeded with this device before.
pub(super) fn device_flagged(scene: &Scene<'_>) -> f64 {
    suspect(scene, |user| user.suspect_devices.get(scene.login.device?))
        .map_or(0.0, |known| log(f64::from(known.count)))
}

/// Days since the first of them; missing without one.
pub(super) fn device_flagged_for(scene: &Scene<'_>) -> f64 {
    let known = suspect(scene, |user| user.suspect_devices.get(scene.login.device?));
    or_missing(known.map(|known| log(f64::from(scene.now_s.saturating_sub(known.first_s)) / DAY_S)))
}

/// Flagged logins that succeeded from this network before.
pub(super) fn network_flagged(scene: &Scene<'_>) -> f64 {
    suspect(scene, |user| {
        user.suspect_networks.get(scene.login.network()?)
    })
    .map_or(0.0, |known| log(f64::from(known.count)))
}

fn suspect<'a>(
    scene: &Scene<'a>,
    find: impl Fn(&'a UserCell) -> Option<&'a Known>,
) -> Option<&'a Known> {
    find(scene.user?)
}

/// Time since the last password reset; missing without one.
pub(super) fn since_reset(scene: &Scene<'_>) -> f64 {
    let reset = scene.user.filter(|user| user.last_reset_s > 0);
    or_missing(reset.map(|user| log(f64::from(scene.now_s.saturating_sub(user.last_reset_s)))))
}

pub(super) fn new_method(scene: &Scene<'_>) -> f64 {
    is_new(scene, scene.login.method, |user| &user.methods)
}

pub(super) fn is_reset(scene: &Scene<'_>) -> f64 {
    flag(scene.login.kind == EventKind::PasswordReset)
}

pub(super) fn is_mfa_challenge(scene: &Scene<'_>) -> f64 {
    flag(scene.login.kind == EventKind::MfaChallenge)
}
