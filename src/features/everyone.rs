//! Everyone at once, and what the event does not say.

use super::{flag, or_missing};
use crate::profile::Scene;

pub(super) fn failure_level(scene: &Scene<'_>) -> f64 {
    or_missing(scene.tenant.map(|tenant| tenant.failure_level(scene.now_s)))
}

pub(super) fn place_missing(scene: &Scene<'_>) -> f64 {
    flag(scene.login.point.is_none() && scene.login.country.is_none())
}

pub(super) fn device_missing(scene: &Scene<'_>) -> f64 {
    flag(scene.login.device.is_none() && scene.login.agent.is_none())
}

pub(super) fn address_missing(scene: &Scene<'_>) -> f64 {
    flag(scene.login.address.is_none())
}
