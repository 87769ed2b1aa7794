//! Everyone at once, and what the event does not say.

use super::{flag, or_missing};
use crate::profile::LoginContext;

pub(super) fn failure_level(context: &LoginContext<'_>) -> f64 {
    or_missing(
        context
            .tenant
            .map(|tenant| tenant.failure_level(context.now_s)),
    )
}

pub(super) fn place_missing(context: &LoginContext<'_>) -> f64 {
    flag(context.login.point.is_none() && context.login.country.is_none())
}

pub(super) fn device_missing(context: &LoginContext<'_>) -> f64 {
    flag(context.login.device.is_none() && context.login.agent.is_none())
}

pub(super) fn address_missing(context: &LoginContext<'_>) -> f64 {
    flag(context.login.address.is_none())
}
