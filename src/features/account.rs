//! The account: how many addresses and countries try it, resets, MFA denials, methods.

use super::place::is_new;
use super::{DAY_S, flag, log, or_missing};
use crate::login::EventKind;
use crate::profile::{LoginContext, UserCell};
use crate::sketch::frequency::FrequencyEntry;

const HOUR: u32 = 3_600;
const DAY: u32 = 86_400;

pub(super) fn user_addresses_hour(context: &LoginContext<'_>) -> f64 {
    context
        .user
        .map_or(0.0, |user| user.addresses_tried.count(context.now_s, HOUR))
}

pub(super) fn user_addresses_day(context: &LoginContext<'_>) -> f64 {
    context
        .user
        .map_or(0.0, |user| user.addresses_tried.count(context.now_s, DAY))
}

pub(super) fn user_countries_day(context: &LoginContext<'_>) -> f64 {
    context
        .user
        .map_or(0.0, |user| user.countries_tried.count(context.now_s, DAY))
}

pub(super) fn resets_hour(context: &LoginContext<'_>) -> f64 {
    context
        .user
        .map_or(0.0, |user| f64::from(user.resets.sum(context.now_s, 2)))
}

pub(super) fn resets_day(context: &LoginContext<'_>) -> f64 {
    context
        .user
        .map_or(0.0, |user| f64::from(user.resets.total(context.now_s)))
}

pub(super) fn mfa_denials(context: &LoginContext<'_>) -> f64 {
    context
        .user
        .map_or(0.0, |user| f64::from(user.mfa_denials.total(context.now_s)))
}

pub(super) fn mfa_denials_day(context: &LoginContext<'_>) -> f64 {
    log(context.user.map_or(0.0, |user| {
        f64::from(user.mfa_denials_of_day.total(context.now_s))
    }))
}

/// Minutes since a challenge was passed with this device, or without one from this address; missing without one.
pub(super) fn challenge_passed(context: &LoginContext<'_>) -> f64 {
    let passed = || {
        let (login, last) = (context.login, context.user?.last_challenge?);
        let same = match login.device {
            Some(device) => last.device == Some(device),
            None => login.address.is_some() && last.address == login.address,
        };
        same.then(|| log(f64::from(context.now_s.saturating_sub(last.time_s)) / 60.0))
    };
    or_missing(passed())
}

/// Flagged logins that succeeded with this device before.
pub(super) fn device_flagged(context: &LoginContext<'_>) -> f64 {
    suspect(context, |user| {
        user.suspect_devices.get(context.login.device?)
    })
    .map_or(0.0, |known| log(f64::from(known.count)))
}

/// Days since the first of them; missing without one.
pub(super) fn device_flagged_for(context: &LoginContext<'_>) -> f64 {
    let known = suspect(context, |user| {
        user.suspect_devices.get(context.login.device?)
    });
    or_missing(
        known.map(|known| log(f64::from(context.now_s.saturating_sub(known.first_s)) / DAY_S)),
    )
}

/// Flagged logins that succeeded from this network before.
pub(super) fn network_flagged(context: &LoginContext<'_>) -> f64 {
    suspect(context, |user| {
        user.suspect_networks.get(context.login.network()?)
    })
    .map_or(0.0, |known| log(f64::from(known.count)))
}

fn suspect<'a>(
    context: &LoginContext<'a>,
    find: impl Fn(&'a UserCell) -> Option<&'a FrequencyEntry>,
) -> Option<&'a FrequencyEntry> {
    find(context.user?)
}

/// Time since the last password reset; missing without one.
pub(super) fn since_reset(context: &LoginContext<'_>) -> f64 {
    let reset = context.user.filter(|user| user.last_reset_s > 0);
    or_missing(reset.map(|user| log(f64::from(context.now_s.saturating_sub(user.last_reset_s)))))
}

pub(super) fn new_method(context: &LoginContext<'_>) -> f64 {
    is_new(context, context.login.method, |user| &user.methods)
}

pub(super) fn is_reset(context: &LoginContext<'_>) -> f64 {
    flag(context.login.kind == EventKind::PasswordReset)
}

pub(super) fn is_mfa_challenge(context: &LoginContext<'_>) -> f64 {
    flag(context.login.kind == EventKind::MfaChallenge)
}
