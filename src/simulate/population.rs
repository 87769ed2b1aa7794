//! The people of a world, and the machines that log in as people do.

use std::ops::Range;
use std::sync::Arc;

use rand::RngExt;
use rand_distr::{Distribution, LogNormal};

use super::company::{Company, Group, Method, Provider, Share};
use super::devices::{Device, System, device, usual_browser};
use super::network::{Networks, Operator};
use super::places::{Office, Places, Station};
use super::story::Story;
use super::{Options, Random, random};
use crate::enrich::geo::City;

/// What kind of account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Person,
    /// Runs around the clock from one machine.
    Service,
    /// Logs in a few times, then not for months.
    Dormant,
}

/// One account.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub id: String,
    pub index: u64,
    /// Its place among the groups of the company.
    pub group: usize,
    pub role: Role,
    pub home: &'static City,
    pub access: Operator,
    /// Days for which the provider leaves the home address.
    pub address_lease_days: i32,
    pub office: Option<usize>,
    pub office_share: f64,
    pub mobile_share: f64,
    pub vpn_share: f64,
    pub devices: Vec<Device>,
    pub logins_per_day: f64,
    pub start_hour: f64,
    pub hours: f64,
    pub weekend_share: f64,
    pub on_call: bool,
    pub first_day: i32,
    pub typo_rate: f64,
    pub mfa: bool,
    pub trips_per_year: f64,
    pub far_traveller: bool,
    /// ln of the usual bytes in and out.
    pub bytes_in: f64,
    pub bytes_out: f64,
    /// Weeks between password expiries, 0 for never.
    pub expiry_weeks: i32,
    /// Works shifts that change by the week.
    pub on_shifts: bool,
    /// The shared machines the user works at, if any.
    pub station: Option<usize>,
    pub is_roamer: bool,
    pub behind_relay: bool,
    /// The provider's next address is in the same block.
    pub lease_in_block: bool,
    /// Logins from other people's networks: cafés, trains, friends.
    pub guest_share: f64,
    /// Logins through a VPN of the user's own, at this hoster.
    pub own_vpn: Option<(usize, f64)>,
    /// Logins from a private window, known by no device id.
    pub private_share: f64,
    /// Logins from somebody else's machine.
    pub borrowed_share: f64,
    /// Logins with the other browser of a machine.
    pub other_browser_share: f64,
    /// Logins at any hour.
    pub irregular_share: f64,
    /// How the user proves who it is, the other way, and how often that is taken.
    pub methods: [&'static str; 2],
    pub other_method_share: f64,
    /// How far the ln of the bytes of a login lies from the usual, in the mean.
    pub volume_spread: f64,
    /// Logins that move far more than usual.
    pub bulk_share: f64,
    pub story: Story,
}

/// Where a user lives, and the office and shared machines the user works at, if any.
struct Workplace {
    station: Option<usize>,
    office: Option<usize>,
    home: &'static City,
}

/// Everyone, and what they share.
#[derive(Clone, Debug)]
pub(super) struct Population {
    pub users: Vec<User>,
    pub places: Places,
    pub networks: Networks,
    pub company: Arc<Company>,
}

const PURPOSE_WORLD: u64 = 1;
const PURPOSE_USER: u64 = 2;
const PURPOSE_INTAKE: u64 = 8;
const PURPOSE_GROUP: u64 = 11;

/// Newcomers who begin together begin on one of this many days.
const INTAKES: u64 = 4;

impl Population {
    pub(super) fn new(options: &Options, company: Arc<Company>) -> Self {
        let random_world = &mut random(options.seed, PURPOSE_WORLD, 0);
        let networks = Networks::new(&company, random_world);
        let places = Places::new(options, &company, &networks, random_world);
        let mut population = Self {
            users: Vec::new(),
            places,
            networks,
            company,
        };
        population.users = (0..u64::from(options.users))
            .map(|index| population.user(options, index))
            .collect();
        population
    }

    /// The group of a user.
    pub(super) fn group(&self, user: &User) -> &Group {
        &self.company.groups[user.group]
    }

    /// A user with a life of his own.
    fn user(&self, options: &Options, index: u64) -> User {
        let group = self.group_of(options.seed, index);
        let mut user = self.ordinary_user(options, index, group);
        super::story::tell(&mut user, options, self);
        user
    }

    fn group_of(&self, seed: u64, index: u64) -> usize {
        let groups = &self.company.groups;
        if groups.len() == 1 {
            return 0;
        }
        let random = &mut random(seed, PURPOSE_GROUP, index);
        super::weighted(groups.iter().map(|group| group.weight), random)
    }

    /// Every draw in its order: a seed is a world.
    fn ordinary_user(&self, options: &Options, index: u64, number: usize) -> User {
        let random = &mut random(options.seed, PURPOSE_USER, index);
        let group = &self.company.groups[number];
        let (devices, life, times) = (&group.devices, &group.whereabouts, &group.times);
        let credentials = &group.credentials;
        let role = role(group, random);
        let Workplace {
            station,
            office,
            home,
        } = self.workplace(number, role, random);
        let rate: f64 = LogNormal::new(0.3, times.spread).map_or(1.0, |rate| rate.sample(random));
        let often_away = life.traveller_share.holds(random);
        let mfa = credentials.mfa_share.holds(random);
        let usual_method = if mfa { Method::Mfa } else { credentials.method };
        let methods = [
            usual_method.name(),
            Method::ALL[random.random_range(0..Method::ALL.len())].name(),
        ];
        let days = options.days as i32;
        User {
            id: format!("u{:06}", index * 7919 % 1_000_003),
            index,
            group: number,
            role,
            home,
            access: self.networks.access(home.iso, random),
            address_lease_days: address_lease_days(random),
            lease_in_block: random.random_bool(0.4),
            guest_share: random.random_range(0.0..0.3f64).powi(3) * 3.0,
            own_vpn: self.own_vpn(life.own_vpn_share, random),
            private_share: share_of_some(0.1, 0.01..0.2, random),
            borrowed_share: about(devices.borrowed_share, random),
            other_browser_share: share_of_some(devices.two_browsers_share.get(), 0.01..0.3, random),
            irregular_share: about(times.irregular_share, random),
            methods,
            other_method_share: about(credentials.method_mix_share, random).min(0.5),
            volume_spread: group.volume.spread * random.random_range(0.7..1.3),
            bulk_share: about(group.volume.bulk_share, random),
            office,
            office_share: office.map_or(0.0, |_| {
                let [least, most] = life.office_share;
                super::drawn(least.get()..most.get(), random)
            }),
            mobile_share: {
                let drawn = random.random_range(0.0..0.35f64).powi(2) * 4.0;
                life.carrier_share.map_or(drawn, Share::get)
            },
            vpn_share: share_of_some(life.vpn_share.get(), 0.02..0.9, random),
            devices: own_devices(&self.company.provider, group, index, days, role, random),
            logins_per_day: logins_per_day(role, rate * times.pace, random),
            start_hour: start_hour(times.start_hours, random),
            hours: random.random_range(6.0..11.0),
            weekend_share: {
                let drawn = random.random_range(0.0..0.5f64).powi(2);
                times.weekend_share.map_or(drawn, Share::get)
            },
            on_call: random.random_bool(0.05),
            on_shifts: times.shift_share.holds(random),
            station,
            is_roamer: life.roamer_share.holds(random),
            behind_relay: life.relay_share.holds(random),
            first_day: first_day(options.seed, days, times.newcomer_share, random),
            typo_rate: (random.random_range(-5.5..-2.0f64).exp() * credentials.typing).min(0.4),
            mfa,
            trips_per_year: random.random_range(if often_away { 2.0..14.0 } else { 0.0..1.5 }),
            far_traveller: life.far_share.holds(random),
            bytes_in: usual_bytes(group.volume.bytes_in, 8.0..14.0, random),
            bytes_out: usual_bytes(group.volume.bytes_out, 7.5..13.0, random),
            expiry_weeks: expiry_weeks(random),
            story: Story::default(),
        }
    }

    /// A station's office, any other of the group's, or the user's own city.
    fn workplace(&self, group: usize, role: Role, random: &mut Random) -> Workplace {
        let stations = self.places.stations_of(group);
        let Group {
            stations: shared,
            whereabouts,
            ..
        } = &self.company.groups[group];
        let station = (role == Role::Person && !stations.is_empty() && shared.share.holds(random))
            .then(|| random.random_range(stations));
        let office = station.map_or_else(
            || self.places.office_of(&self.company, group, random),
            |station| self.places.stations[station].office,
        );
        let is_remote = station.is_none() && whereabouts.remote_share.holds(random);
        let home = if is_remote {
            self.networks.far_city(random)
        } else {
            self.places.offices[office].city
        };
        Workplace {
            station,
            office: (!is_remote).then_some(office),
            home,
        }
    }

    fn own_vpn(&self, share: Share, random: &mut Random) -> Option<(usize, f64)> {
        share.holds(random).then(|| {
            (
                random.random_range(0..self.networks.hosters.len()),
                random.random_range(0.05..0.6),
            )
        })
    }

    /// The office of a user, if any.
    pub(super) fn office(&self, user: &User) -> Option<&Office> {
        user.office.map(|office| &self.places.offices[office])
    }

    /// The shared machines of a user, if any.
    pub(super) fn station(&self, user: &User) -> Option<&Station> {
        user.station.map(|station| &self.places.stations[station])
    }
}

fn role(group: &Group, random: &mut Random) -> Role {
    let (service, dormant) = (group.service_share.get(), group.dormant_share.get());
    match random.random_range(0.0..1.0) {
        part if part < service => Role::Service,
        part if part < service + dormant => Role::Dormant,
        _ => Role::Person,
    }
}

/// The devices of a user's own, in the order of their use.
fn own_devices(
    provider: &Provider,
    group: &Group,
    user: u64,
    days: i32,
    role: Role,
    random: &mut Random,
) -> Vec<Device> {
    let shares = &group.devices;
    let mut devices = Vec::new();
    let clearing_days = if shares.clearing_share.holds(random) {
        random.random_range(5..60)
    } else {
        0
    };
    let has_app = shares.app_share.holds(random);
    let owns_computer = shares.own_computer_share.holds(random);
    let owns_phone = shares.own_phone_share.holds(random);
    let mut add = |system: System, from_day: i32, to_day: i32, random: &mut Random| {
        let browser = usual_browser(system, has_app, random);
        let mut added = device(system, browser, user, random);
        (added.from_day, added.to_day) = (from_day, to_day);
        // What a company manages is known by more than a cookie.
        added.clearing_days = match provider.managed_devices_only {
            true => 0,
            false => clearing_days,
        };
        added.is_managed = !(if system.is_phone() {
            owns_phone
        } else {
            owns_computer
        });
        devices.push(added);
    };
    let computer = match random.random_range(0..10) {
        0..6 => System::Windows,
        6..9 => System::Mac,
        _ => System::Linux,
    };
    if role != Role::Person {
        let system = match role {
            Role::Service => System::Linux,
            _ => computer,
        };
        add(system, i32::MIN, i32::MAX, random);
        return devices;
    }
    let switches = shares.switch_share.holds(random);
    let has_phone = shares.phone_share.holds(random);
    let mut add_replaced = |system: System, share: Share, random: &mut Random| {
        let replaced = change_day(share, days, random);
        add(system, i32::MIN, replaced.unwrap_or(i32::MAX), random);
        if let Some(day) = replaced {
            let next = if switches { system.other() } else { system };
            add(next, day, i32::MAX, random);
        }
    };
    // Nobody has nothing.
    if !has_phone || shares.computer_share.holds(random) {
        add_replaced(computer, shares.computers_replaced_share, random);
    }
    let phone = System::any_phone(random);
    if has_phone {
        add_replaced(phone, shares.phones_replaced_share, random);
    }
    if shares.second_computer_share.holds(random) {
        add(System::Windows, i32::MIN, i32::MAX, random);
    }
    // A tablet, a second computer, a desktop in a data centre: of any kind, from some day on.
    if let Some(from_day) = change_day(shares.further_share, days, random) {
        add(System::any(random), from_day, i32::MAX, random);
    }
    devices
}

/// The ln of what a user usually moves, between two amounts or two ln.
fn usual_bytes(given: Option<[f64; 2]>, usual_ln: Range<f64>, random: &mut Random) -> f64 {
    let ln = given.map_or(usual_ln, |[least, most]| least.ln()..most.ln());
    super::drawn(ln, random)
}

/// A share of one user, as far below that of all as above it.
fn about(share: Share, random: &mut Random) -> f64 {
    let factor = random.random_range(0.0..2.0);
    match share.get() {
        share if share <= 0.5 => share * factor,
        share => 1.0 - (1.0 - share) * factor,
    }
}

/// Nothing for most users, and a share of their logins for so many of them.
fn share_of_some(chance: f64, share: Range<f64>, random: &mut Random) -> f64 {
    if random.random_bool(chance) {
        random.random_range(share)
    } else {
        0.0
    }
}

fn address_lease_days(random: &mut Random) -> i32 {
    match random.random_range(0..10) {
        0..6 => 10_000,
        6..9 => random.random_range(2..15),
        _ => 1,
    }
}

fn logins_per_day(role: Role, usual: f64, random: &mut Random) -> f64 {
    match role {
        Role::Person => usual.clamp(0.05, 15.0),
        Role::Service => random.random_range(4.0..24.0),
        Role::Dormant => 0.7,
    }
}

fn start_hour([first, last]: [f64; 2], random: &mut Random) -> f64 {
    let any_hour = random.random_bool(0.1);
    super::drawn(if any_hour { 0.0..24.0 } else { first..last }, random)
}

fn expiry_weeks(random: &mut Random) -> i32 {
    if random.random_bool(0.5) {
        8 + random.random_range(0..6)
    } else {
        0
    }
}

/// The day an account begins: long ago, or within the world, half of those together with others.
fn first_day(seed: u64, days: i32, newcomers: Share, random: &mut Random) -> i32 {
    if !newcomers.holds(random) {
        return i32::MIN;
    }
    let day = random.random_range(0..days.max(2));
    if random.random_bool(0.5) {
        return day;
    }
    let intake = super::random(seed, PURPOSE_INTAKE, random.random_range(0..INTAKES));
    { intake }.random_range(0..days.max(2))
}

/// The day of these on which something happens, by its chance a quarter. What happens to nobody takes
/// no draw.
pub(super) fn change_day(quarterly: Share, days: i32, random: &mut Random) -> Option<i32> {
    let chance = Share::of((quarterly.get() * f64::from(days) / 90.0).min(0.9));
    chance
        .holds(random)
        .then(|| random.random_range(0..days.max(1)))
}
