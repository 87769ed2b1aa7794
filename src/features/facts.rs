//! What several features of a login need, found out once.

use std::ops::Deref;

use super::hours::{self, HourShares};
use super::travel;
use crate::enrich::geo::Point;
use crate::profile::LoginContext;

/// A login's context, with what more than one feature asks of it.
pub(super) struct Facts<'a> {
    context: &'a LoginContext<'a>,
    /// The user's most used place, or else this one.
    pub home: Option<Point>,
    /// Everyone's share of successes at this hour, and -ln of the user's own.
    pub hour: Option<HourShares>,
    pub distance_km: Option<f64>,
    /// Of everyone, over the half year.
    pub tenant_successes: Option<u32>,
}

impl<'a> Facts<'a> {
    pub fn new(context: &'a LoginContext<'a>) -> Self {
        let home = hours::home(context);
        Self {
            context,
            home,
            hour: HourShares::new(context, home),
            distance_km: travel::distance_km(context),
            tenant_successes: context.tenant.map(|tenant| tenant.successes(context.now_s)),
        }
    }
}

impl<'a> Deref for Facts<'a> {
    type Target = LoginContext<'a>;

    fn deref(&self) -> &LoginContext<'a> {
        self.context
    }
}
