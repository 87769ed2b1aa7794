//! What goes wrong in honest logins: typing errors, passwords that are on another machine, refused
//! challenges, resets.

use std::borrow::Cow;

use rand::RngExt;

use super::planned::{PlannedLogin, UserDay, failed, login_event, of_type};
use super::population::{Population, User};
use super::usage::{Used, phone_beside};
use super::whereabouts::origin_of_login;
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

/// What comes before a login: failures, a reset, a challenge. Whether a challenge was answered.
pub(super) fn before(
    login: &PlannedLogin<'_>,
    random: &mut Random,
    drafts: &mut Vec<Draft>,
) -> bool {
    let user = login.today.user;
    let credentials = &login.today.group.credentials;
    let fumbles = login.is_strange && credentials.fumbling_share.holds(random);
    if fumbles && random.random_bool(RESETS_OF_FUMBLINGS) {
        let failures = random.random_range(0..5);
        reset(login, failures, random, drafts);
    } else if fumbles || random.random_bool(user.typo_rate) {
        let most = if fumbles { 5 } else { 3 };
        let errors = 1 + random.random_range(0..most) * random.random_range(0..2);
        failures(login, login.time_ms, errors, random, drafts);
    }
    let asked = (user.mfa && random.random_bool(0.5))
        || (login.is_strange && credentials.step_up_share.holds(random));
    let challenged = login.today.population.company.provider.challenges && asked;
    if challenged {
        challenge(login, random, drafts);
    }
    challenged
}

/// A second factor asked for, now and then refused by mistake.
fn challenge(login: &PlannedLogin<'_>, random: &mut Random, drafts: &mut Vec<Draft>) {
    let provider = &login.today.population.company.provider;
    let event = provider.challenge(login.event(random));
    let time_ms = login.time_ms - challenge_ms(random);
    if random.random_bool(0.03) {
        add(
            time_ms - challenge_ms(random),
            failed(event.clone()),
            drafts,
        );
    }
    if login.today.group.credentials.refusals_share.holds(random) {
        let mut refused_ms = time_ms;
        for _ in 0..random.random_range(2..8) {
            refused_ms -= random.random_range(10_000..100_000);
            add(refused_ms, failed(event.clone()), drafts);
        }
    }
    add(time_ms, event, drafts);
}

/// The old password a few times and a reset, before a login.
pub(super) fn reset(
    login: &PlannedLogin<'_>,
    errors: i64,
    random: &mut Random,
    drafts: &mut Vec<Draft>,
) {
    let reset_ms = login.time_ms - reset_ms(random);
    if login.today.population.company.provider.resets {
        let by_help_desk = login.today.group.credentials.help_desk_share.holds(random);
        let event = match by_help_desk {
            true => {
                let UserDay {
                    population,
                    user,
                    day,
                    ..
                } = login.today;
                help_desk_event(population, user, *day, random)
            }
            false => login.event(random),
        };
        add(reset_ms, of_type(event, "password_reset"), drafts);
    }
    let until_ms = reset_ms - typing_ms(random);
    failures(login, until_ms, errors, random, drafts);
}

/// What the help desk does for a user.
pub(super) fn help_desk_event(
    population: &Population,
    user: &User,
    day: i32,
    random: &mut Random,
) -> Event<'static> {
    let Population {
        places, company, ..
    } = population;
    let origin = places.help_desk_origin(day, random);
    login_event(
        &company.provider,
        user,
        &places.help_desk,
        &origin,
        day,
        random,
    )
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
        let mut event = failed(login.event(random));
        if login.today.group.credentials.wrong_name_share.holds(random) {
            event.user_id = Cow::Owned(mistyped(&event.user_id, random));
        }
        add(time_ms, event, drafts);
    }
}

/// A name with a wrong digit in the place of one of its characters.
fn mistyped(name: &str, random: &mut Random) -> String {
    let place = random.random_range(0..name.len());
    let wrong = char::from(random.random_range(b'0'..=b'9'));
    let letters = name.char_indices();
    letters
        .map(|(at, letter)| if at == place { wrong } else { letter })
        .collect()
}

/// Nobody gets in until an outage ends: what is right fails as well. When the login succeeds.
pub(super) fn outage(
    login: &PlannedLogin<'_>,
    until_ms: i64,
    random: &mut Random,
    drafts: &mut Vec<Draft>,
) -> i64 {
    let mut time_ms = login.time_ms;
    for _ in 0..random.random_range(1..5) {
        if time_ms < until_ms {
            add(time_ms, failed(login.event(random)), drafts);
            time_ms += typing_ms(random);
        }
    }
    until_ms.max(time_ms) + reset_ms(random)
}

/// After a reset, a phone goes on with the password it has, for hours and from wherever it is.
pub(super) fn old_password(reset: &PlannedLogin<'_>, random: &mut Random, drafts: &mut Vec<Draft>) {
    let today = reset.today;
    let used = Used::own(phone_beside(today, reset.device, random));
    let tries = between(3.0, 60.0, random) as u32;
    for time_ms in goes_on(reset.time_ms, tries, (40.0, 1_800.0), random) {
        let origin = origin_of_login(today, &used, random);
        let login = today.planned(&used.device, &origin, time_ms);
        add(time_ms, failed(login.event(random)), drafts);
    }
}

/// A program goes on with a secret that has expired until somebody gives it a new one.
pub(super) fn expired_secret(
    login: &PlannedLogin<'_>,
    random: &mut Random,
    drafts: &mut Vec<Draft>,
) {
    let tries = between(15.0, 110.0, random) as u32;
    for time_ms in goes_on(login.time_ms, tries, (30.0, 600.0), random) {
        add(time_ms, failed(login.event(random)), drafts);
    }
}

/// Times after one, at even gaps of between so many seconds.
fn goes_on(
    mut time_ms: i64,
    tries: u32,
    (least_s, most_s): (f64, f64),
    random: &mut Random,
) -> Vec<i64> {
    let gap_ms = between(least_s, most_s, random) * 1_000.0;
    (0..tries)
        .map(|_| {
            time_ms += (gap_ms * random.random_range(0.8..1.2)) as i64;
            time_ms
        })
        .collect()
}

fn add(time_ms: i64, event: Event<'static>, drafts: &mut Vec<Draft>) {
    drafts.push(Draft { time_ms, event });
}
