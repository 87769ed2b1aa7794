//! What was done to the account: resets, factors, verdicts, and whether anybody knows it.

use super::device::is_unknown_device;
use super::place::is_unknown_block;
use super::{Case, DAY_S, HOUR_S};
use crate::detector::family::Family;
use crate::login::{ClaimedRisk, EventKind};
use crate::profile::SourceCell;
use crate::words::{count, span};

pub(super) fn mfa_fatigue(case: &Case<'_>) -> Option<String> {
    let denials = case.context.user?.mfa_denials.total(case.context.now_s);
    (denials >= case.limits.mfa_denials).then(|| {
        let end = if case.context.login.success {
            ", then this success"
        } else {
            ""
        };
        format!("{denials} MFA challenges denied within 10 minutes{end}")
    })
}

pub(super) fn reset_then_new(case: &Case<'_>) -> Option<String> {
    let resets = case.context.user?.resets.total(case.context.now_s);
    let is_new = is_unknown_device(case) || is_unknown_block(case);
    (resets > 0
        && is_new
        && case.context.login.success
        && case.context.login.kind != EventKind::PasswordReset)
        .then(|| {
            format!(
                "{} in the last day, then a login from something new",
                count(f64::from(resets), "password reset")
            )
        })
}

/// What an analyst has said of others counts for everyone.
pub(super) fn confirmed_source(case: &Case<'_>) -> Option<String> {
    let is_confirmed = |source: Option<&SourceCell>| {
        source.is_some_and(|source| case.context.now_s < source.confirmed_until_s)
    };
    let what = if is_confirmed(case.context.device) {
        "device"
    } else if is_confirmed(case.context.address) {
        "address"
    } else {
        return None;
    };
    Some(format!(
        "an analyst has confirmed an attack from this {what}"
    ))
}

pub(super) fn after_takeover(case: &Case<'_>) -> Option<String> {
    let user = case.context.user?;
    (case.context.now_s < user.raised_until_s).then(|| {
        "an analyst has confirmed that somebody got in as this user, and the password was not reset since".to_owned()
    })
}

/// The provider's own opinion is a witness, and never the only one.
pub(super) fn provider_risk(case: &Case<'_>) -> Option<String> {
    let rated = match case.context.login.claimed_risk? {
        ClaimedRisk::High => "high",
        ClaimedRisk::Medium => "medium",
        ClaimedRisk::Low | ClaimedRisk::None => return None,
    };
    Some(format!(
        "the identity provider itself rates this login's risk as {rated}"
    ))
}

/// How long ago something was, where that was within a time.
fn within(case: &Case<'_>, time_s: u32, window_s: u32) -> Option<u32> {
    let since_s = case.context.now_s.checked_sub(time_s)?;
    (time_s > 0 && since_s <= window_s).then_some(since_s)
}

/// A second factor that fails after a right password is worse than one that anybody can ask for.
pub(super) fn password_was_right(case: &Case<'_>) -> Option<String> {
    let login = case.context.login;
    let is_denied = login.kind == EventKind::MfaChallenge && !login.success;
    let pending_s = case.context.user?.evidence.factor_pending_s;
    let since_s = within(case, pending_s, HOUR_S).filter(|_| is_denied)?;
    Some(format!(
        "the second factor failed {} after the right password",
        span(since_s)
    ))
}

pub(super) fn factor_changed(case: &Case<'_>) -> Option<String> {
    let evidence = &case.context.user?.evidence;
    let is_new = is_unknown_device(case) || is_unknown_block(case);
    if !case.context.login.success || !is_new {
        return None;
    }
    let enrolled = within(case, evidence.factor_enrolled_s, DAY_S);
    let removed = within(case, evidence.factor_removed_s, DAY_S);
    let (what, since_s) = match (enrolled, removed) {
        (Some(since_s), None) => ("enrolled", since_s),
        (None, Some(since_s)) => ("removed", since_s),
        (Some(enrolled), Some(removed)) => ("exchanged", enrolled.max(removed)),
        (None, None) => return None,
    };
    Some(format!(
        "a second factor was {what} {} before this login from something new",
        span(since_s)
    ))
}

pub(super) fn mail_rule_made(case: &Case<'_>) -> Option<String> {
    let made_s = case.context.user?.evidence.mail_rule_s;
    let since_s = within(case, made_s, DAY_S)?;
    Some(format!(
        "a rule that forwards or hides mail was made {} before",
        span(since_s)
    ))
}

pub(super) fn dormant_return(case: &Case<'_>) -> Option<String> {
    let last = case.context.user?.last_success.as_ref()?;
    let days = (case.context.login.time_ms - last.time_ms) / 1000 / i64::from(DAY_S);
    (days >= i64::from(case.limits.dormant_days))
        .then(|| format!("the first login after {days} days without one"))
}

pub(super) fn after_attack(case: &Case<'_>) -> Option<String> {
    let last = case.context.user?.findings.latest()?;
    let since_s = case.context.now_s.saturating_sub(last.last_s);
    let family = Family::from_code(last.family)?;
    (case.context.login.success && since_s <= case.limits.after_attack_minutes * 60).then(|| {
        format!(
            "{} after a flagged login of this user ({})",
            span(since_s),
            family.name()
        )
    })
}

/// Of whom nobody knows anything, nothing is new either.
pub(super) fn unknown_account(case: &Case<'_>) -> Option<String> {
    let text = match case.context.user {
        None => "an account that was never seen before: nothing is usual for it yet".to_owned(),
        Some(user) if user.successes == 0 => format!(
            "an account that nobody has got into so far; {} seen",
            count(f64::from(user.failures_ever), "failure")
        ),
        Some(_) => return None,
    };
    Some(text)
}
