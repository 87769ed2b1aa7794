//! What goes wrong in honest logins: typing errors, passwords that are on another machine, refused
//! challenges, resets.

use std::borrow::Cow;

use rand::RngExt;

use super::character::Character;
use super::habits::PlannedLogin;
use super::{Draft, Random, between};
use crate::login::Event;

// How long things take is drawn alike for everyone, so that it tells nobody who is an attacker.

/// Between two attempts.
pub(super) fn typing_ms(random: &mut Random) -> i64 {
    between(3_000.0, 90_000.0, random) as i64
}

/// From a challenge to its answer.
pub(super) fn challenge_ms(random: &mut Random) -> i64 {
    between(3_000.0, 240_000.0, random) as i64
}

/// From a reset to what comes of it.
pub(super) fn reset_ms(random: &mut Random) -> i64 {
    between(40_000.0, 1_500_000.0, random) as i64
}

/// The share of fumblings on a strange machine that end in a reset: the password is not to be found
/// at all.
const RESETS_OF_FUMBLINGS: f64 = 0.3;

/// What comes before a login: failures, a reset, a challenge.
pub(super) fn before(
    login: &PlannedLogin<'_>,
    company: &Character,
    random: &mut Random,
    drafts: &mut Vec<Draft>,
) {
    let fumbles = login.is_strange && random.random_bool(company.fumbling);
    if fumbles && random.random_bool(RESETS_OF_FUMBLINGS) {
        let failures = random.random_range(0..5);
        reset(login, company, failures, random, drafts);
    } else if fumbles || random.random_bool(login.user.typo_rate) {
        let most = if fumbles { 5 } else { 3 };
        let errors = 1 + random.random_range(0..most) * random.random_range(0..2);
        failures(login, login.time_ms, errors, random, drafts);
    }
    let asked = (login.user.mfa && random.random_bool(0.5))
        || (login.is_strange && random.random_bool(company.step_up));
    if company.provider.challenges && asked {
        challenge(login, random, drafts);
    }
}

/// A second factor asked for, now and then refused by mistake.
fn challenge(login: &PlannedLogin<'_>, random: &mut Random, drafts: &mut Vec<Draft>) {
    let event = of_type(login.event(random), "mfa_challenge");
    let time_ms = login.time_ms - challenge_ms(random);
    if random.random_bool(0.03) {
        add(
            time_ms - challenge_ms(random),
            failed(event.clone()),
            drafts,
        );
    }
    add(time_ms, event, drafts);
}

/// The old password a few times and a reset, before a login.
pub(super) fn reset(
    login: &PlannedLogin<'_>,
    company: &Character,
    errors: i64,
    random: &mut Random,
    drafts: &mut Vec<Draft>,
) {
    let reset_ms = login.time_ms - reset_ms(random);
    if company.provider.resets {
        add(
            reset_ms,
            of_type(login.event(random), "password_reset"),
            drafts,
        );
    }
    let until_ms = reset_ms - typing_ms(random);
    failures(login, until_ms, errors, random, drafts);
}

/// Failed attempts before a time.
fn failures(
    login: &PlannedLogin<'_>,
    until_ms: i64,
    errors: i64,
    random: &mut Random,
    drafts: &mut Vec<Draft>,
) {
    let mut time_ms = until_ms;
    for _ in 0..errors {
        time_ms -= typing_ms(random);
        add(time_ms, failed(login.event(random)), drafts);
    }
}

fn add(time_ms: i64, event: Event<'static>, drafts: &mut Vec<Draft>) {
    drafts.push(Draft { time_ms, event });
}

/// Turns an event into a failed attempt, which moves no data.
pub(super) fn failed(mut event: Event<'static>) -> Event<'static> {
    event.success = false;
    event.bytes_in = None;
    event.bytes_out = None;
    event
}

/// Turns an event into one of another type.
pub(super) fn of_type(mut event: Event<'static>, event_type: &'static str) -> Event<'static> {
    event.event_type = Cow::Borrowed(event_type);
    event.bytes_in = None;
    event.bytes_out = None;
    event
}
