//! What is remembered of one user.

mod evidence;
mod hours;
mod places;
mod probation;

pub use evidence::EvidenceTimes;
pub use hours::{HourCounts, hour_slot, local_s, slot_of};
pub use places::{KnownPlace, Places};
pub(super) use probation::probation_of;

use super::display::DisplayFields;
use super::finding::Findings;
use super::{Disposition, ESTABLISHING_SUCCESSES, JudgedLogin, ProfileCell};
use crate::codec::wire_struct;
use crate::enrich::geo::Point;
use crate::login::{EventKind, Id, Login};
use crate::sketch::{Distinct, FrequencyList, Horizons, Moments, Ring};

/// Two seasons of 60 days: what is usual follows a user who changes, and forgets slowly.
const SEASON_S: u32 = 60 * 86_400;
const DAY_S: u32 = 86_400;

/// The last login of a user that succeeded.
#[derive(Clone, Debug, PartialEq)]
pub struct LastSuccess {
    pub time_ms: i64,
    pub point: Option<Point>,
    pub device: Option<Id>,
    pub block: Option<Id>,
    /// What an analyst is shown beside an alert.
    pub display: DisplayFields,
}

wire_struct!(LastSuccess {
    time_ms,
    point,
    device,
    block,
    display
});

/// How many successes came with something not seen before: some people change networks daily,
/// others never.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Novelty {
    pub devices: u16,
    pub blocks: u16,
    pub asns: u16,
    pub cities: u16,
}

wire_struct!(Novelty {
    devices,
    blocks,
    asns,
    cities
});

/// The last challenge of a second factor that was passed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PassedChallenge {
    pub time_s: u32,
    pub device: Option<Id>,
    pub address: Option<Id>,
}

wire_struct!(PassedChallenge {
    time_s,
    device,
    address
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
    /// Failures of all time.
    pub failures_ever: u32,
    pub resets: Ring<u8, 24, 3600>,
    /// When the last one was; 0 before the first.
    pub last_reset_s: u32,
    pub mfa_denials: Ring<u8, 10, 60>,
    pub mfa_denials_of_day: Ring<u8, 24, 3600>,
    /// Failures from what was not known of the user at the time.
    pub strange_failures: Ring<u8, 24, 3600>,
    pub daily_successes: Ring<u8, 14, DAY_S>,
    pub devices: FrequencyList<16>,
    pub addresses: FrequencyList<12>,
    pub blocks: FrequencyList<12>,
    pub asns: FrequencyList<8>,
    pub countries: FrequencyList<8>,
    pub cities: FrequencyList<8>,
    pub agents: FrequencyList<8>,
    pub browsers: FrequencyList<6>,
    pub operating_systems: FrequencyList<4>,
    pub device_types: FrequencyList<4>,
    /// Devices together with the system and with the browser that they were seen with.
    pub device_systems: FrequencyList<16>,
    pub device_browsers: FrequencyList<24>,
    pub methods: FrequencyList<4>,
    /// How often something was new among the successes.
    pub novelty: Novelty,
    pub places: Places,
    pub hours: Ring<HourCounts, 2, SEASON_S>,
    pub bytes_in: Ring<Moments, 2, SEASON_S>,
    pub bytes_out: Ring<Moments, 2, SEASON_S>,
    /// KiB out by day, of flagged logins too.
    pub daily_out_kib: Ring<u32, 14, DAY_S>,
    pub addresses_tried: Distinct<32>,
    pub countries_tried: Distinct<32>,
    /// Attempts by address, failures included.
    pub tried: FrequencyList<8>,
    /// Devices and networks that came together when neither was known, by the days on which they
    /// did: see [`UserCell::holds_back`].
    pub probation: FrequencyList<8>,
    /// With what, and from which networks, flagged logins succeeded: see `suspicion.rs`.
    pub suspect_devices: FrequencyList<8>,
    pub suspect_networks: FrequencyList<8>,
    pub last_challenge: Option<PassedChallenge>,
    pub findings: Findings,
    pub evidence: EvidenceTimes,
    /// Until when it takes less to doubt a login, because somebody else got in; 0 before the first
    /// time, and after a reset of the password.
    pub raised_until_s: u32,
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
    failures_ever,
    resets,
    last_reset_s,
    mfa_denials,
    mfa_denials_of_day,
    strange_failures,
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
    device_systems,
    device_browsers,
    methods,
    novelty,
    places,
    hours,
    bytes_in,
    bytes_out,
    daily_out_kib,
    addresses_tried,
    countries_tried,
    tried,
    probation,
    suspect_devices,
    suspect_networks,
    last_challenge,
    findings,
    evidence,
    raised_until_s
});

/// Counts what was new.
fn count(number: &mut u16, new: bool) {
    *number = number.saturating_add(u16::from(new));
}

impl UserCell {
    fn learn_success(&mut self, login: &Login, display: &DisplayFields) {
        let now = login.time_s();
        self.successes = self.successes.saturating_add(1);
        self.daily_successes.add(now, &1);
        let novelty = &mut self.novelty;
        if let Some(device) = login.device {
            count(&mut novelty.devices, self.devices.add(device, now));
        }
        if let Some(block) = login.block {
            count(&mut novelty.blocks, self.blocks.add(block, now));
        }
        if let Some(asn) = login.asn {
            count(&mut novelty.asns, self.asns.add(asn, now));
        }
        if let Some(city) = login.city {
            count(&mut novelty.cities, self.cities.add(city, now));
        }
        if let Some(address) = login.address {
            self.addresses.add(address, now);
        }
        if let Some(country) = login.country {
            self.countries.add(country, now);
        }
        if let Some(method) = login.method {
            self.methods.add(method, now);
        }
        if let Some(agent) = login.agent {
            self.agents.add(agent.text, now);
            self.browsers.add(agent.browser, now);
            self.operating_systems.add(agent.operating_system, now);
            self.device_types.add(agent.device_type, now);
            if let Some(device) = login.device {
                self.device_systems
                    .add(device.with(agent.operating_system), now);
                self.device_browsers.add(device.with(agent.browser), now);
            }
        }
        if let Some(point) = login.point {
            self.places.learn(point, now);
        }
        let mut hour = HourCounts::default();
        hour.0[slot_of(login, now)] = 1;
        self.hours.add(now, &hour);
        // A challenge or a reset moves next to nothing, and says nothing of what a session moves.
        if login.kind.is_session() {
            self.learn_volume(login, now);
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
                block: login.block,
                display: display.clone(),
            });
        }
    }

    /// When it last changed, milliseconds since 1970.
    fn last_ms(&self) -> i64 {
        let evidence_ms = i64::from(self.evidence.last_s()) * 1000;
        self.last_attempt_ms.max(evidence_ms)
    }

    fn learn_volume(&mut self, login: &Login, now: u32) {
        if let Some(bytes) = login.bytes_in {
            let usual = self.bytes_in.total(now);
            self.bytes_in.add(now, &usual.winsorised(bytes));
        }
        if let Some(bytes) = login.bytes_out {
            let usual = self.bytes_out.total(now);
            self.bytes_out.add(now, &usual.winsorised(bytes));
        }
    }

    /// Whether the user has a history and this login's device, or without one its block, is not in
    /// it.
    #[must_use]
    pub fn is_stranger(&self, login: &Login) -> bool {
        let known = match (login.device, login.block) {
            (Some(device), _) if !self.devices.is_empty() => self.devices.get(device).is_some(),
            (_, Some(block)) if !self.blocks.is_empty() => self.blocks.get(block).is_some(),
            _ => true,
        };
        !known
    }

    /// The place the user logs in from most.
    #[must_use]
    pub fn home(&self) -> Option<Point> {
        self.places.most_frequent()
    }
}

impl ProfileCell for UserCell {
    const DIVIDED: bool = false;

    fn apply(&mut self, judged: &JudgedLogin<'_>) {
        let login = judged.login;
        let now = login.time_s();
        if self.first_s == 0 {
            self.first_s = now;
        }
        if login.kind.is_evidence() {
            self.evidence.note(login.kind, now);
            return;
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
            (EventKind::PasswordReset, _) => {
                self.resets.add(now, &1);
                if login.success {
                    self.raised_until_s = 0;
                }
                self.last_reset_s = self.last_reset_s.max(now);
            }
            (EventKind::MfaChallenge, false) => {
                self.mfa_denials.add(now, &1);
                self.mfa_denials_of_day.add(now, &1);
            }
            (_, false) => {
                if self.failure_run == 0 {
                    self.failure_run_since_s = now;
                }
                self.failure_run = self.failure_run.saturating_add(1);
                self.failures.add(now, &1);
                self.failures_ever = self.failures_ever.saturating_add(1);
                if self.is_stranger(login) {
                    self.strange_failures.add(now, &1);
                }
            }
            (kind, true) => {
                self.failure_run = 0;
                if kind == EventKind::MfaChallenge {
                    self.last_challenge = Some(PassedChallenge {
                        time_s: now,
                        device: login.device,
                        address: login.address,
                    });
                }
            }
        }
        if let Some(bytes) = login.bytes_out.filter(|_| login.success) {
            let kib = u32::try_from(bytes / 1024).unwrap_or(u32::MAX);
            self.daily_out_kib.add(now, &kib);
        }
        if let Disposition::Flagged(flag) = judged.disposition {
            self.findings.note(flag, now);
            if login.success {
                self.suspect(login, now);
            }
        }
        if judged.disposition == Disposition::HeldBack {
            self.count_probation(login);
        }
        if judged.teaches() && login.kind != EventKind::PasswordReset {
            self.made_familiar(login);
            self.end_suspicion(login, now);
            self.learn_success(login, judged.display);
        }
    }

    fn last_s(&self) -> u32 {
        let attempt_s = u32::try_from(self.last_attempt_ms / 1000).unwrap_or(0);
        attempt_s.max(self.evidence.last_s())
    }

    fn is_established(&self) -> bool {
        self.successes >= ESTABLISHING_SUCCESSES
    }

    fn merge(&mut self, other: &Self) {
        if other.last_ms() > self.last_ms() {
            self.clone_from(other);
        }
    }
}
