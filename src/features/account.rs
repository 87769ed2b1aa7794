//! The account: how many addresses and countries try it, resets, MFA denials, methods.

use super::facts::Facts;
use super::place::is_new;
use super::{DAY_S, flag, log, or_missing};
use crate::login::EventKind;
use crate::sketch::frequency::FrequencyEntry;

const HOUR: u32 = 3_600;
const DAY: u32 = 86_400;

pub(super) fn user_addresses_hour(facts: &Facts<'_>) -> f64 {
    facts
        .user
        .map_or(0.0, |user| user.addresses_tried.count(facts.now_s, HOUR))
}

pub(super) fn user_addresses_day(facts: &Facts<'_>) -> f64 {
    facts
        .user
        .map_or(0.0, |user| user.addresses_tried.count(facts.now_s, DAY))
}

pub(super) fn user_countries_day(facts: &Facts<'_>) -> f64 {
    facts
        .user
        .map_or(0.0, |user| user.countries_tried.count(facts.now_s, DAY))
}

pub(super) fn resets_hour(facts: &Facts<'_>) -> f64 {
    facts
        .user
        .map_or(0.0, |user| f64::from(user.resets.sum(facts.now_s, 2)))
}

pub(super) fn resets_day(facts: &Facts<'_>) -> f64 {
    facts
        .user
        .map_or(0.0, |user| f64::from(user.resets.total(facts.now_s)))
}

pub(super) fn mfa_denials(facts: &Facts<'_>) -> f64 {
    facts
        .user
        .map_or(0.0, |user| f64::from(user.mfa_denials.total(facts.now_s)))
}

pub(super) fn mfa_denials_day(facts: &Facts<'_>) -> f64 {
    log(facts.user.map_or(0.0, |user| {
        f64::from(user.mfa_denials_of_day.total(facts.now_s))
    }))
}

/// Minutes since a challenge was passed with this device, or without one from this address; missing
/// without one.
pub(super) fn challenge_passed(facts: &Facts<'_>) -> f64 {
    let passed = || {
        let (login, last) = (facts.login, facts.user?.last_challenge?);
        let same = match login.device {
            Some(device) => last.device == Some(device),
            None => login.address.is_some() && last.address == login.address,
        };
        same.then(|| log(f64::from(facts.now_s.saturating_sub(last.time_s)) / 60.0))
    };
    or_missing(passed())
}

/// Flagged logins that succeeded with this device before.
pub(super) fn device_flagged(facts: &Facts<'_>) -> f64 {
    suspect_device(facts).map_or(0.0, |known| log(f64::from(known.count)))
}

/// Days since the first of them; missing without one.
pub(super) fn device_flagged_for(facts: &Facts<'_>) -> f64 {
    or_missing(
        suspect_device(facts)
            .map(|known| log(f64::from(facts.now_s.saturating_sub(known.first_s)) / DAY_S)),
    )
}

/// Flagged logins that succeeded from this network before.
pub(super) fn network_flagged(facts: &Facts<'_>) -> f64 {
    let known = || {
        let network = facts.login.network()?;
        facts.user?.suspect_network(network, facts.now_s)
    };
    known().map_or(0.0, |known| log(f64::from(known.count)))
}

fn suspect_device<'a>(facts: &Facts<'a>) -> Option<&'a FrequencyEntry> {
    let device = facts.login.device?;
    facts.user?.suspect_device(device, facts.now_s)
}

/// Time since the last password reset; missing without one.
pub(super) fn since_reset(facts: &Facts<'_>) -> f64 {
    let reset = facts.user.filter(|user| user.last_reset_s > 0);
    or_missing(reset.map(|user| log(f64::from(facts.now_s.saturating_sub(user.last_reset_s)))))
}

pub(super) fn new_method(facts: &Facts<'_>) -> f64 {
    is_new(facts, facts.login.method, |user| &user.methods)
}

pub(super) fn is_reset(facts: &Facts<'_>) -> f64 {
    flag(facts.login.kind == EventKind::PasswordReset)
}

pub(super) fn is_mfa_challenge(facts: &Facts<'_>) -> f64 {
    flag(facts.login.kind == EventKind::MfaChallenge)
}
