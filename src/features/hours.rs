//! Where a user's clock stands, and how usual an hour is there.

use crate::enrich::geo::Point;
use crate::profile::LoginContext;
use crate::profile::cells::user::{local_s, slot_of};

/// How many logins of everyone a user's own habit is worth at first.
const HABIT_PRIOR: f64 = 10.0;

/// The user's most used place, or else this one.
pub(crate) fn home(context: &LoginContext<'_>) -> Option<Point> {
    let home = context.user.and_then(|user| user.home());
    home.or(context.login.point)
}

/// How usual the hour of a login is.
pub(crate) struct HourShares {
    /// The share of everyone's successes.
    pub everyone: f64,
    /// -ln p(hour | user), smoothed over the neighbouring hours and towards everyone's hours.
    pub surprise: f64,
}

impl HourShares {
    /// Nothing before anybody was seen; `home` is where the user's clock stands.
    pub(crate) fn new(context: &LoginContext<'_>, home: Option<Point>) -> Option<Self> {
        let slot = slot_of(context.login, context.now_s);
        let local_slot = slot_of(context.login, local_s(context.now_s, home));
        let everyone = context.tenant?.hour_share(local_slot);
        let surprise = match context.user {
            Some(user) => {
                let counts = user.hours.total(context.now_s).0;
                let (day, hour) = (slot / 24 * 24, slot % 24);
                let count = |hour: usize| f64::from(counts[day + hour % 24]);
                let near = 0.5 * count(hour) + 0.25 * (count(hour + 1) + count(hour + 23));
                let total: u32 = counts.iter().map(|count| u32::from(*count)).sum();
                -libm::log((near + HABIT_PRIOR * everyone) / (f64::from(total) + HABIT_PRIOR))
            }
            None => -libm::log(everyone),
        };
        Some(Self { everyone, surprise })
    }
}
