//! How much: bytes and logins against the user's own usual.

use super::facts::Facts;
use super::{log, or_missing};

/// Days over which a usual day is taken.
const USUAL_DAYS: usize = 14;

/// What a session that was opened moved; nothing else can be compared with the user's usual.
fn of_session(facts: &Facts<'_>, bytes: Option<u64>) -> Option<u64> {
    bytes.filter(|_| facts.login.success && facts.login.kind.is_session())
}

/// What is moved in a user's first sessions has nothing of the user's own to be compared with.
pub(super) fn bytes_in(facts: &Facts<'_>) -> f64 {
    or_missing(of_session(facts, facts.login.bytes_in).map(|bytes| log(bytes as f64)))
}

pub(super) fn bytes_out(facts: &Facts<'_>) -> f64 {
    or_missing(of_session(facts, facts.login.bytes_out).map(|bytes| log(bytes as f64)))
}

pub(super) fn bytes_in_z(facts: &Facts<'_>) -> f64 {
    let z_score = || {
        facts
            .user?
            .bytes_in
            .total(facts.now_s)
            .z_score(of_session(facts, facts.login.bytes_in)?)
    };
    or_missing(z_score())
}

pub(super) fn bytes_out_z(facts: &Facts<'_>) -> f64 {
    let z_score = || {
        facts
            .user?
            .bytes_out
            .total(facts.now_s)
            .z_score(of_session(facts, facts.login.bytes_out)?)
    };
    or_missing(z_score())
}

pub(super) fn bytes_out_above_most(facts: &Facts<'_>) -> f64 {
    let above = || {
        facts
            .user?
            .bytes_out
            .total(facts.now_s)
            .above_most(of_session(facts, facts.login.bytes_out)?)
    };
    or_missing(above())
}

/// Bytes out of the day, this session's included, over those of a usual day, ln.
pub(super) fn day_bytes_out(facts: &Facts<'_>) -> f64 {
    let above = || {
        let (user, bytes) = (facts.user?, of_session(facts, facts.login.bytes_out)?);
        let kib = |days: usize| f64::from(user.daily_out_kib.sum(facts.now_s, days));
        let (today, all) = (kib(1), kib(USUAL_DAYS));
        let usual = (all - today) / (USUAL_DAYS - 1) as f64;
        Some(libm::log(
            (today + bytes as f64 / 1024.0 + 1.0) / (usual + 1.0),
        ))
    };
    or_missing(above())
}

/// Today's logins over those of a usual day of the last two weeks.
pub(super) fn day_share(facts: &Facts<'_>) -> f64 {
    let Some(user) = facts.user else {
        return 0.0;
    };
    let today = f64::from(user.daily_successes.sum(facts.now_s, 1));
    let all = f64::from(user.daily_successes.sum(facts.now_s, USUAL_DAYS));
    let usual = (all - today) / (USUAL_DAYS - 1) as f64;
    today / (usual + 1.0)
}
