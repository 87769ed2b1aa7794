//! How much: bytes and logins against the user's own usual.

use super::or_missing;
use crate::profile::Scene;

/// Days over which a usual day is taken.
const USUAL_DAYS: usize = 14;

pub(super) fn bytes_in_z(scene: &Scene<'_>) -> f64 {
    let z_score = || {
        scene
            .user?
            .bytes_in
            .total(scene.now_s)
            .z_score(scene.login.bytes_in?)
    };
    or_missing(z_score())
}

pub(super) fn bytes_out_z(scene: &Scene<'_>) -> f64 {
    let z_score = || {
        scene
            .user?
            .bytes_out
            .total(scene.now_s)
            .z_score(scene.login.bytes_out?)
    };
    or_missing(z_score())
}

/// Today's logins over those of a usual day of the last two weeks.
pub(super) fn day_share(scene: &Scene<'_>) -> f64 {
    let Some(user) = scene.user else {
        return 0.0;
    };
    let today = f64::from(user.daily_successes.sum(scene.now_s, 1));
    let all = f64::from(user.daily_successes.sum(scene.now_s, USUAL_DAYS));
    let usual = (all - today) / (USUAL_DAYS - 1) as f64;
    today / (usual + 1.0)
}
