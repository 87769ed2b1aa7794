//! How passwords are guessed: one user often, many users a little.

use super::{Case, HOUR_S, TEN_MINUTES_S};
use crate::profile::UserCell;
use crate::words::{count, span};

pub(super) fn failures_then_success(case: &Case<'_>) -> Option<String> {
    if !case.context.login.success {
        return None;
    }
    let run = case
        .context
        .user
        .filter(|user| user.failure_run >= case.limits.failure_run);
    match run {
        Some(user) => {
            let since = span(case.context.now_s.saturating_sub(user.failure_run_since_s));
            Some(format!(
                "success after {} in a row that began {since} before",
                count(f64::from(user.failure_run), "failure")
            ))
        }
        None => failures_of_name(case),
    }
}

/// Failures under the typed name, where the provider did not know yet whose they were. Silent where
/// the user got in within the hour: some of them may have been before that.
fn failures_of_name(case: &Case<'_>) -> Option<String> {
    let name = case.context.name?;
    let failures = name.failures.hour(case.context.now_s);
    let last = case
        .context
        .user
        .and_then(|user| user.last_success.as_ref());
    let since_ms = case.context.login.time_ms - 1000 * i64::from(HOUR_S);
    let got_in = last.is_some_and(|last| last.time_ms >= since_ms);
    (!got_in && u32::from(failures) >= u32::from(case.limits.failure_run)).then(|| {
        format!(
            "success after {} under the typed name within an hour",
            count(f64::from(failures), "failure")
        )
    })
}

pub(super) fn failure_run(case: &Case<'_>) -> Option<String> {
    let user = case.context.user?;
    (!case.context.login.success && user.failure_run >= case.limits.failure_run).then(|| {
        format!(
            "{} in a row for this user before this one",
            count(f64::from(user.failure_run), "failure")
        )
    })
}

/// Many users from one address, few attempts each, most of them failures.
fn many_users(
    case: &Case<'_>,
    window_s: u32,
    least_users: f64,
    least_attempts: f64,
    most_each: f64,
) -> Option<(f64, f64, f64)> {
    let (address, now_s) = (case.context.address?, case.context.now_s);
    let users = address.users.count(now_s, window_s);
    let attempts = f64::from(address.attempts.hour(now_s));
    let failures = f64::from(address.failures.hour(now_s));
    // The sketch of users is off by a few per cent, and the hour holds more than ten minutes do.
    let few_each = attempts <= users * (most_each + 1.0);
    let fits =
        users >= least_users && attempts >= least_attempts && few_each && failures > attempts * 0.5;
    fits.then_some((users, attempts, failures))
}

pub(super) fn credential_stuffing(case: &Case<'_>) -> Option<String> {
    let limits = case.limits;
    let (users, attempts, failures) = many_users(
        case,
        TEN_MINUTES_S,
        limits.stuffing_users,
        limits.stuffing_attempts,
        limits.stuffing_attempts_per_user,
    )?;
    Some(format!(
        "{users:.0} users tried from this address within 10 minutes; {failures:.0} of \
         {attempts:.0} attempts of the hour failed"
    ))
}

pub(super) fn password_spray(case: &Case<'_>) -> Option<String> {
    let limits = case.limits;
    let (users, attempts, failures) = many_users(
        case,
        HOUR_S,
        limits.spray_users,
        limits.spray_attempts,
        limits.spray_attempts_per_user,
    )?;
    Some(format!(
        "{users:.0} users tried from this address within an hour; {failures:.0} of {attempts:.0} \
         attempts failed"
    ))
}

/// One tool over many addresses and users: its user agent fails far more often than others, on
/// devices nobody knows. What this user alone failed is no spray.
pub(super) fn wide_spray(case: &Case<'_>) -> Option<String> {
    let families = case.context.login.agent?.families;
    let agent = case.context.prevalences.agent;
    let now_s = case.context.now_s;
    let own = |user: &UserCell| u32::from(user.failures.week(now_s));
    let of_others = agent
        .failures
        .saturating_sub(case.context.user.map_or(0, own));
    let usual = case.context.tenant?.usual_failure_share();
    let share = f64::from(agent.failures) / f64::from(agent.attempts.max(1));
    let strange = case
        .context
        .user
        .is_none_or(|user| user.is_stranger(case.context.login));
    let fits = of_others >= case.limits.wide_spray_failures
        && share >= usual * case.limits.wide_spray_times
        && strange;
    fits.then(|| {
        format!(
            "{} of {} attempts of the week with this user agent ({}) failed, {:.0} % of them; in \
             this company {:.0} % do",
            agent.failures,
            agent.attempts,
            families.title(),
            100.0 * share,
            100.0 * usual
        )
    })
}

pub(super) fn many_addresses(case: &Case<'_>) -> Option<String> {
    let addresses = case
        .context
        .user?
        .addresses_tried
        .count(case.context.now_s, HOUR_S);
    (addresses >= case.limits.addresses_an_hour)
        .then(|| format!("{addresses:.0} addresses tried this user within an hour"))
}
