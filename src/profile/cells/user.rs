//! What is remembered of one user.

use smallvec::SmallVec;

use super::display::DisplayFields;
use super::finding::Findings;
use super::{Disposition, ESTABLISHING_SUCCESSES, JudgedLogin, ProfileCell};
use crate::codec::{Wire, read_list, read_sparse, wire_struct, write_list, write_sparse};
use crate::enrich::geo::Point;
use crate::login::{EventKind, Id, Login};
use crate::sketch::{Distinct, FrequencyList, Horizons, Moments, Ring, Tally};

/// Two seasons of 60 days: what is usual follows a user who changes, and forgets slowly.
const SEASON_S: u32 = 60 * 86_400;
/// Known places are this far apart at least, km; nearer ones are one place.
const SAME_PLACE_KM: f64 = 50.0;
/// More degrees of latitude than that many kilometres.
const SAME_PLACE_DEGREES: f32 = 0.5;
const MAX_PLACES: usize = 8;
const DAY_S: u32 = 86_400;
/// Days on which a device or a network that nothing vouches for has to come until it is familiar.
const PROBATION_DAYS: u32 = 14;
/// Before so many successes a user has no habits yet.
const PROBATION_FROM_SUCCESSES: u32 = 10;

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

/// A place where the user has logged in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KnownPlace {
    pub point: Point,
    last_s: u32,
    count: u32,
}

wire_struct!(KnownPlace {
    point,
    last_s,
    count
});

impl KnownPlace {
    /// Successes from there.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Whether a point is of this place. The latitudes alone say that most others are far.
    fn is_at(&self, point: Point) -> bool {
        (self.point.latitude - point.latitude).abs() < SAME_PLACE_DEGREES
            && self.point.distance_km(&point) < SAME_PLACE_KM
    }
}

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

/// When something last happened that is no login; 0 before the first time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EvidenceTimes {
    /// The password was right, and a factor was asked for.
    pub factor_pending_s: u32,
    pub factor_enrolled_s: u32,
    pub factor_removed_s: u32,
    pub mail_rule_s: u32,
}

wire_struct!(EvidenceTimes {
    factor_pending_s,
    factor_enrolled_s,
    factor_removed_s,
    mail_rule_s
});

impl EvidenceTimes {
    fn last_s(&self) -> u32 {
        self.factor_pending_s
            .max(self.factor_enrolled_s)
            .max(self.factor_removed_s)
            .max(self.mail_rule_s)
    }

    fn note(&mut self, kind: EventKind, now: u32) {
        let time_s = match kind {
            EventKind::FactorPending => &mut self.factor_pending_s,
            EventKind::FactorEnrolled => &mut self.factor_enrolled_s,
            EventKind::FactorRemoved => &mut self.factor_removed_s,
            EventKind::MailRule => &mut self.mail_rule_s,
            _ => return,
        };
        *time_s = now.max(*time_s);
    }
}

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

/// Where the user has logged in, at most [`MAX_PLACES`] places apart from each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places(SmallVec<[KnownPlace; 1]>);

impl Places {
    pub fn iter(&self) -> impl Iterator<Item = &KnownPlace> {
        self.0.iter()
    }

    /// Takes one sighting of a place back.
    pub(super) fn unlearn(&mut self, point: Point) {
        if let Some(at) = self.0.iter().position(|place| place.is_at(point)) {
            self.0[at].count = self.0[at].count.saturating_sub(1);
            if self.0[at].count == 0 {
                self.0.swap_remove(at);
            }
        }
    }

    pub(super) fn learn(&mut self, point: Point, time_s: u32) {
        if let Some(place) = self.0.iter_mut().find(|place| place.is_at(point)) {
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
        self.0.push(KnownPlace {
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

/// What is on probation with a login.
fn on_probation(login: &Login) -> [Option<Id>; 2] {
    let browser = login.agent.as_ref().map(|agent| agent.text);
    probation_of(login.device, browser, login.network())
}

/// The device, for which the browser stands where none is told, and the network.
pub(super) fn probation_of(
    device: Option<Id>,
    browser: Option<Id>,
    network: Option<Id>,
) -> [Option<Id>; 2] {
    [device.or(browser), network]
}

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

    /// Whether a login that is not flagged is held back. A device and a network that this user has
    /// never got in with are on probation together: the user's own device from there, the device on
    /// a network that is known, an analyst's word, or so many days of either make them familiar, and
    /// nothing else does. So an attacker who is never flagged does not become normal by coming again.
    /// Who is new has nothing to compare with, and where nothing tells the device or the network,
    /// nothing is held back.
    #[must_use]
    pub fn holds_back(&self, login: &Login) -> bool {
        let may_teach =
            login.success && !login.kind.is_evidence() && login.kind != EventKind::PasswordReset;
        let is_unknown =
            self.knows_device(login) == Some(false) && self.knows_network(login) == Some(false);
        if !may_teach || !is_unknown || self.successes < PROBATION_FROM_SUCCESSES {
            return false;
        }
        let today = login.time_s() / DAY_S;
        let days_before = |id: Id| {
            let known = self.probation.get(id)?;
            Some(known.count - u32::from(known.last_s / DAY_S >= today))
        };
        let days = on_probation(login)
            .into_iter()
            .flatten()
            .filter_map(days_before);
        days.max().unwrap_or(0) + 1 < PROBATION_DAYS
    }

    /// Counts the days on which something on probation came.
    fn count_probation(&mut self, login: &Login) {
        let now = login.time_s();
        for id in on_probation(login).into_iter().flatten() {
            let known = self.probation.get(id);
            if known.is_none_or(|known| known.last_s / DAY_S < now / DAY_S) {
                self.probation.add(id, now);
            }
        }
    }

    /// Whether the user has got in with the device of a login; its browser stands for it where no
    /// device is told. `None` where neither is.
    fn knows_device(&self, login: &Login) -> Option<bool> {
        match (login.device, &login.agent) {
            (Some(device), _) => Some(self.devices.get(device).is_some()),
            (None, Some(agent)) => Some(self.agents.get(agent.text).is_some()),
            (None, None) => None,
        }
    }

    /// The same of its network.
    pub(super) fn knows_network(&self, login: &Login) -> Option<bool> {
        match (login.asn, login.block) {
            (Some(asn), _) => Some(self.asns.get(asn).is_some()),
            (None, Some(block)) => Some(self.blocks.get(block).is_some()),
            (None, None) => None,
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
        let most = self
            .places
            .iter()
            .max_by_key(|place| (place.count, place.last_s))?;
        Some(most.point)
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
            for id in on_probation(login).into_iter().flatten() {
                self.probation.remove(id);
            }
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
