//! Everyone at once, and what the event does not say.

use super::facts::Facts;
use super::{flag, or_missing};

pub(super) fn failure_level(facts: &Facts<'_>) -> f64 {
    or_missing(facts.tenant.map(|tenant| tenant.failure_level(facts.now_s)))
}

pub(super) fn place_missing(facts: &Facts<'_>) -> f64 {
    flag(facts.login.point.is_none() && facts.login.country.is_none())
}

pub(super) fn device_missing(facts: &Facts<'_>) -> f64 {
    flag(facts.login.device.is_none() && facts.login.agent.is_none())
}

pub(super) fn address_missing(facts: &Facts<'_>) -> f64 {
    flag(facts.login.address.is_none())
}
