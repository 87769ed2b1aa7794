//! What a user usually does: hours and volume.

use super::{Case, HOUR_S};
use crate::features::hours::{HourShares, home};
use crate::words::bytes;

pub(super) fn odd_hour(case: &Case<'_>) -> Option<String> {
    let user = case.context.user?;
    let surprise = HourShares::new(case.context, home(case.context))?.surprise;
    (user.successes >= 20 && surprise >= case.limits.odd_hour_nats).then(|| {
        let hour = case.context.now_s / HOUR_S % 24;
        let percent = 100.0 * libm::exp(-surprise);
        let share = match percent {
            0.0..0.1 => "less than 0.1".to_owned(),
            _ => format!("{percent:.1}"),
        };
        format!("at {hour:02}:00 UTC, an hour in which this user is seen in {share} % of logins")
    })
}

/// More out than usual, and enough to be worth taking: an exfiltration.
pub(super) fn unusual_volume(case: &Case<'_>) -> Option<String> {
    let sent = case.context.login.bytes_out?;
    (sent >= case.limits.exfiltration_bytes).then(|| volume(case, sent))?
}

pub(super) fn raised_volume(case: &Case<'_>) -> Option<String> {
    let sent = case.context.login.bytes_out?;
    (sent < case.limits.exfiltration_bytes).then(|| volume(case, sent))?
}

fn volume(case: &Case<'_>, sent: u64) -> Option<String> {
    let usual = case.context.user?.bytes_out.total(case.context.now_s);
    let above = usual.z_score(sent)?;
    if above < case.limits.volume_spreads {
        return None;
    }
    Some(format!(
        "{} out; usual for this user: {}",
        bytes(sent as f64),
        bytes(usual.typical_bytes()?)
    ))
}
