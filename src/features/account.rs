//! The account: how many addresses and countries try it, resets, MFA denials, methods.

use super::flag;
use super::place::is_new;
use crate::login::EventKind;
use crate::profile::Scene;

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

pub(super) fn new_method(scene: &Scene<'_>) -> f64 {
    is_new(scene, scene.login.method, |user| &user.methods)
}

pub(super) fn is_reset(scene: &Scene<'_>) -> f64 {
    flag(scene.login.kind == EventKind::PasswordReset)
}

pub(super) fn is_mfa_challenge(scene: &Scene<'_>) -> f64 {
    flag(scene.login.kind == EventKind::MfaChallenge)
}
