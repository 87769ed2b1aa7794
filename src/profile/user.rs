//! What is remembered of one user.

use smallvec::SmallVec;

use super::cell::{Cell, Lesson};
use super::distinct::Distinct;
use super::ring::{Horizons, Moments, Ring};
use super::seen::Seen;
use super::shown::Shown;
use super::wire::{Wire, read_list, read_sparse, wire_struct, write_list, write_sparse};
use crate::geo::Point;
use crate::login::{EventKind, Id, Login};

/// Two seasons of 60 days: what is usual follows a user who changes, and forgets slowly.
const SEASON_S: u32 = 60 * 86_400;
/// Known places are this far apart at least, km; nearer ones are one place.
const SAME_PLACE_KM: f64 = 50.0;
const MAX_PLACES: usize = 8;
const DAY_S: u32 = 86_400;

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

impl super::ring::Tally for HourCounts {
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

/// A place where the user has logged in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub point: Point,
    last_s: u32,
    count: u32,
}

wire_struct!(Place {
    point,
    last_s,
    count
});

/// The last login of a user that succeeded.
#[derive(Clone, Debug, PartialEq)]
pub struct LastSuccess {
    pub time_ms: i64,
    pub point: Option<Point>,
    pub device: Option<Id>,
    /// What an analyst is shown beside an alert.
    pub shown: Shown,
}

wire_struct!(LastSuccess {
    time_ms,
    point,
    device,
    shown
});

/// The state of one user.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserCell {
    pub first_s: u32,
    pub last_attempt_ms: i64,
    pub last_success: Option<LastSuccess>,
    pub successes: u32,
    pub attempts: Horizons<u16>,
    pub failures: Horizons<u16>,
    /// Failures since the last success, and when the first of them was.
    pub failure_run: u16,
    pub failure_run_since_s: u32,
    pub resets: Ring<u8, 24, 3600>,
    pub mfa_denials: Ring<u8, 10, 60>,
    pub daily_successes: Ring<u8, 14, DAY_S>,
    pub devices: Seen<16>,
    pub addresses: Seen<12>,
    pub blocks: Seen<12>,
    pub asns: Seen<8>,
    pub countries: Seen<8>,
    pub cities: Seen<8>,
    pub agents: Seen<8>,
    pub browsers: Seen<6>,
    pub operating_systems: Seen<4>,
    pub device_types: Seen<4>,
    pub methods: Seen<4>,
    pub places: Places,
    pub hours: Ring<HourCounts, 2, SEASON_S>,
    pub bytes_in: Ring<Moments, 2, SEASON_S>,
    pub bytes_out: Ring<Moments, 2, SEASON_S>,
    pub addresses_tried: Distinct<32>,
    pub countries_tried: Distinct<32>,
    /// Attempts by address, failures included.
    pub tried: Seen<8>,
}

wire_struct!(UserCell {
    first_s,
    last_attempt_ms,
    last_success,
    successes,
    attempts,
    failures,
    failure_run,
    failure_run_since_s,
    resets,
    mfa_denials,
    daily_successes,
    devices,
    addresses,
    blocks,
    asns,
    countries,
    cities,
    agents,
    browsers,
    operating_systems,
    device_types,
    methods,
    places,
    hours,
    bytes_in,
    bytes_out,
    addresses_tried,
    countries_tried,
    tried
});

/// Where the user has logged in, at most [`MAX_PLACES`] places apart from each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places(SmallVec<[Place; 1]>);

impl Places {
    pub fn iter(&self) -> impl Iterator<Item = &Place> {
        self.0.iter()
    }

    fn learn(&mut self, point: Point, time_s: u32) {
        let near = |place: &&mut Place| place.point.distance_km(&point) < SAME_PLACE_KM;
        if let Some(place) = self.0.iter_mut().find(near) {
            place.last_s = place.last_s.max(time_s);
            place.count = place.count.saturating_add(1);
            return;
        }
        if self.0.len() == MAX_PLACES {
            let least =
                (0..MAX_PLACES).min_by_key(|&index| (self.0[index].count, self.0[index].last_s));
            if let Some(index) = least {
                self.0.swap_remove(index);
            }
        }
        self.0.push(Place {
            point,
            last_s: time_s,
            count: 1,
        });
    }
}

impl Wire for Places {
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        write_list(&self.0, base_s, out);
    }
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        read_list(base_s, input, MAX_PLACES).map(Self)
    }
}

impl UserCell {
    fn learn_success(&mut self, login: &Login, shown: &Shown) {
        let now = login.time_s();
        self.successes = self.successes.saturating_add(1);
        self.daily_successes.add(now, &1);
        let seen = |list: &mut dyn FnMut(Id), id: Option<Id>| {
            if let Some(id) = id {
                list(id);
            }
        };
        seen(&mut |id| self.devices.add(id, now), login.device);
        seen(&mut |id| self.addresses.add(id, now), login.address);
        seen(&mut |id| self.blocks.add(id, now), login.block);
        seen(&mut |id| self.asns.add(id, now), login.asn);
        seen(&mut |id| self.countries.add(id, now), login.country);
        seen(&mut |id| self.cities.add(id, now), login.city);
        seen(&mut |id| self.methods.add(id, now), login.method);
        if let Some(agent) = login.agent {
            self.agents.add(agent.text, now);
            self.browsers.add(agent.browser, now);
            self.operating_systems.add(agent.operating_system, now);
            self.device_types.add(agent.device_type, now);
        }
        if let Some(point) = login.point {
            self.places.learn(point, now);
        }
        let mut hour = HourCounts::default();
        hour.0[hour_slot(now)] = 1;
        self.hours.add(now, &hour);
        if let Some(bytes) = login.bytes_in {
            self.bytes_in.add(now, &Moments::of_bytes(bytes));
        }
        if let Some(bytes) = login.bytes_out {
            self.bytes_out.add(now, &Moments::of_bytes(bytes));
        }
        if self
            .last_success
            .as_ref()
            .is_none_or(|last| last.time_ms <= login.time_ms)
        {
            self.last_success = Some(LastSuccess {
                time_ms: login.time_ms,
                point: login.point,
                device: login.device,
                shown: shown.clone(),
            });
        }
    }

    /// The place the user logs in from most.
    #[must_use]
    pub fn home(&self) -> Option<Point> {
        let most = self
            .places
            .iter()
            .max_by_key(|place| (place.count, place.last_s))?;
        Some(most.point)
    }
}

impl Cell for UserCell {
    fn apply(&mut self, lesson: &Lesson<'_>) {
        let login = lesson.login;
        let now = login.time_s();
        if self.first_s == 0 {
            self.first_s = now;
        }
        self.first_s = self.first_s.min(now);
        self.last_attempt_ms = self.last_attempt_ms.max(login.time_ms);
        self.attempts.add(now, &1);
        if let Some(address) = login.address {
            self.addresses_tried.add(address, now);
            self.tried.add(address, now);
        }
        if let Some(country) = login.country {
            self.countries_tried.add(country, now);
        }
        match (login.kind, login.success) {
            (EventKind::PasswordReset, _) => self.resets.add(now, &1),
            (EventKind::MfaChallenge, false) => self.mfa_denials.add(now, &1),
            (_, false) => {
                if self.failure_run == 0 {
                    self.failure_run_since_s = now;
                }
                self.failure_run = self.failure_run.saturating_add(1);
                self.failures.add(now, &1);
            }
            (_, true) => self.failure_run = 0,
        }
        if lesson.teaches() && login.kind != EventKind::PasswordReset {
            self.learn_success(login, lesson.shown);
        }
    }

    fn last_s(&self) -> u32 {
        u32::try_from(self.last_attempt_ms / 1000).unwrap_or(0)
    }

    fn is_established(&self) -> bool {
        self.successes >= 3
    }
}
