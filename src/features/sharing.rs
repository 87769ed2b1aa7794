//! How many share a device, an address or a block today, against how many do on a usual day: a
//! terminal in a hall and the exit of a company's VPN have many users daily, an attacker's has not.

use super::DAY_S;
use super::facts::Facts;
use crate::profile::SourceCell;

const DAY: u32 = 86_400;

/// ln of the users of the day over the logins of a mean day of its life. What nobody suspected counts
/// for the usual, so nobody makes many users usual by trying them, and a first day for nothing, so
/// nobody does by getting in.
fn users_excess(facts: &Facts<'_>, source: Option<&SourceCell>, is_known: bool) -> f64 {
    if !is_known {
        return f64::NAN;
    }
    source.map_or(0.0, |source| {
        let days = f64::from(source.familiar_for_s(facts.now_s)) / DAY_S;
        let usual = match days >= 1.0 {
            true => (f64::from(source.successes) / days).max(1.0),
            false => 1.0,
        };
        libm::log(source.users.count(facts.now_s, DAY).max(1.0) / usual)
    })
}

pub(super) fn device_users_excess(facts: &Facts<'_>) -> f64 {
    users_excess(facts, facts.device, facts.login.device.is_some())
}

pub(super) fn address_users_excess(facts: &Facts<'_>) -> f64 {
    users_excess(facts, facts.address, facts.login.address.is_some())
}

pub(super) fn block_users_excess(facts: &Facts<'_>) -> f64 {
    users_excess(facts, facts.block, facts.login.block.is_some())
}
