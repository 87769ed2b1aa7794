//! How far a login is from the last one, and how fast that is.

use crate::profile::LoginContext;

/// Two logins closer in time than this could come from two clocks, hours.
const LEAST_HOURS: f64 = 1.0 / 60.0;

/// Kilometres from the last success that no error of geolocation explains.
pub(crate) fn distance_km(context: &LoginContext<'_>) -> Option<f64> {
    let last = context.user?.last_success.as_ref()?;
    Some(context.login.point?.certain_distance_km(&last.point?))
}

/// The speed of travel between the last success, so far away, and this login, whichever was first,
/// km/h.
pub(crate) fn speed_kmh(context: &LoginContext<'_>, distance_km: f64) -> Option<f64> {
    let last = context.user?.last_success.as_ref()?;
    let hours = (context.login.time_ms - last.time_ms).abs() as f64 / 3_600_000.0;
    Some(distance_km / hours.max(LEAST_HOURS))
}
