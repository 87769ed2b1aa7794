//! At which hours of the day and of the week a user gets in.

use super::DAY_S;
use crate::codec::{Wire, read_sparse, write_sparse};
use crate::enrich::geo::Point;
use crate::login::Login;
use crate::sketch::Tally;

/// Successes by hour of the day, weekdays and weekends apart: 48 slots.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HourCounts(pub [u8; 48]);

impl Default for HourCounts {
    fn default() -> Self {
        Self([0; 48])
    }
}

impl Wire for HourCounts {
    fn write(&self, _: u32, out: &mut Vec<u8>) {
        write_sparse(&self.0, out);
    }
    fn read(_: u32, input: &mut &[u8]) -> Option<Self> {
        read_sparse(input).map(Self)
    }
}

impl Tally for HourCounts {
    fn add(&mut self, other: &Self) {
        for (slot, count) in self.0.iter_mut().zip(other.0) {
            *slot = slot.saturating_add(count);
        }
    }
}

/// The slot of [`HourCounts`] of a time, UTC.
#[must_use]
pub fn hour_slot(time_s: u32) -> usize {
    let hour = (time_s / 3600) % 24;
    // 1970-01-01 was a Thursday.
    let weekday = (time_s / DAY_S + 3) % 7;
    (if weekday >= 5 { 24 + hour } else { hour }) as usize
}

/// Degrees of longitude an hour.
const DEGREES_PER_HOUR: f64 = 15.0;

/// The time on the sun's clock at a place; UTC where the place is not known.
#[must_use]
pub fn local_s(time_s: u32, point: Option<Point>) -> u32 {
    let hours = point.map_or(0.0, |point| f64::from(point.longitude) / DEGREES_PER_HOUR);
    time_s.saturating_add_signed((hours * 3600.0) as i32)
}

/// The slot of [`HourCounts`] of a login: by the provider's word for the hour, or else by a clock
/// of ours.
#[must_use]
pub fn slot_of(login: &Login, clock_s: u32) -> usize {
    let slot = hour_slot(clock_s);
    login
        .claimed_hour
        .map_or(slot, |hour| slot / 24 * 24 + usize::from(hour) % 24)
}
