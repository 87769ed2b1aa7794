//! The people of a world, and the machines that log in as people do.

use std::ops::Range;

use rand::RngExt;
use rand_distr::{Distribution, LogNormal};

use super::character::Character;
use super::devices::{Browser, Device, System, device, usual_browser};
use super::network::{Networks, Operator, random_city};
use super::{Options, Random, random};
use crate::enrich::geo::City;

/// A place to work with one address for all.
#[derive(Clone, Debug)]
pub(super) struct Office {
    pub city: &'static City,
    pub operator: Operator,
    pub number: u64,
}

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
    /// The shared machine the user works at, if any.
    pub ward: Option<usize>,
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
}

/// Where a user lives, and the office and shared machine the user works at, if any.
struct Workplace {
    ward: Option<usize>,
    office: Option<usize>,
    home: &'static City,
}

/// Everyone, and what they share.
#[derive(Clone, Debug)]
pub(super) struct Population {
    pub users: Vec<User>,
    pub offices: Vec<Office>,
    pub networks: Networks,
    /// The company's VPN exits.
    pub vpn_exits: Vec<Office>,
    /// Machines that a group shares, each in an office.
    pub wards: Vec<(usize, Device)>,
    pub relay: Operator,
    pub character: Character,
}

const PURPOSE_WORLD: u64 = 1;
const PURPOSE_USER: u64 = 2;
const PURPOSE_INTAKE: u64 = 8;

/// How people prove who they are.
pub(super) const METHODS: [&str; 4] = ["password", "sso", "mfa", "passkey"];
/// Users at one shared machine.
const USERS_PER_WARD: usize = 12;
/// Newcomers who begin together begin on one of this many days.
const INTAKES: u64 = 4;

impl Population {
    pub(super) fn new(options: &Options, character: Character) -> Self {
        let random_world = &mut random(options.seed, PURPOSE_WORLD, 0);
        let networks = Networks::new(character.listed_hosters, random_world);
        let capital = random_city(random_world);
        let office_count = 2 + (options.users / character.users_per_office).min(40) as usize;
        let offices: Vec<Office> = (0..office_count)
            .map(|number| {
                office(
                    number,
                    capital,
                    character.worldwide,
                    &networks,
                    random_world,
                )
            })
            .collect();
        let vpn_exits = (0..character.vpn_exits)
            .map(|number| {
                let (operator, city) = &networks.hosters[number];
                Office {
                    city,
                    operator: operator.clone(),
                    number: 1 << 41 | number as u64,
                }
            })
            .collect();
        let on_wards = (f64::from(options.users) * character.ward_share) as usize;
        let wards = (0..on_wards.div_ceil(USERS_PER_WARD))
            .map(|_| {
                let machine = device(System::Windows, Browser::Chrome, 0, random_world);
                (random_world.random_range(0..offices.len()), machine)
            })
            .collect();
        let relay = networks.hosters[networks.hosters.len() - 1].0.clone();
        let mut population = Self {
            users: Vec::new(),
            offices,
            networks,
            vpn_exits,
            wards,
            relay,
            character,
        };
        population.users = (0..u64::from(options.users))
            .map(|index| population.user(options, index))
            .collect();
        population
    }

    /// Every draw in its order: a seed is a world.
    fn user(&self, options: &Options, index: u64) -> User {
        let random = &mut random(options.seed, PURPOSE_USER, index);
        let character = &self.character;
        let role = self.role(random);
        let Workplace { ward, office, home } = self.workplace(role, random);
        let rate: f64 =
            LogNormal::new(0.3, character.spread).map_or(1.0, |rate| rate.sample(random));
        let often_away = random.random_bool(0.2);
        let mfa = random.random_bool(character.mfa_share);
        let usual_method = if mfa { "mfa" } else { character.method };
        let methods = [usual_method, METHODS[random.random_range(0..METHODS.len())]];
        let days = options.days as i32;
        User {
            id: format!("u{:06}", index * 7919 % 1_000_003),
            index,
            role,
            home,
            access: self.networks.access(home.iso, random),
            address_lease_days: address_lease_days(random),
            lease_in_block: random.random_bool(0.4),
            guest_share: random.random_range(0.0..0.3f64).powi(3) * 3.0,
            own_vpn: self.own_vpn(random),
            private_share: share_of_some(0.1, 0.01..0.2, random),
            borrowed_share: character.borrowed_share * random.random_range(0.0..2.0),
            other_browser_share: share_of_some(character.two_browsers_share, 0.01..0.3, random),
            irregular_share: character.irregular_share * random.random_range(0.0..2.0),
            methods,
            other_method_share: (character.method_mix * random.random_range(0.0..2.0)).min(0.5),
            volume_spread: character.volume_spread * random.random_range(0.7..1.3),
            bulk_share: character.bulk_share * random.random_range(0.0..2.0),
            office,
            office_share: office.map_or(0.0, |_| random.random_range(0.2..0.95)),
            mobile_share: random.random_range(0.0..0.35f64).powi(2) * 4.0,
            vpn_share: share_of_some(character.vpn_share, 0.02..0.9, random),
            devices: self.devices(index, days, role, random),
            logins_per_day: logins_per_day(role, rate * character.pace, random),
            start_hour: start_hour(random),
            hours: random.random_range(6.0..11.0),
            weekend_share: random.random_range(0.0..0.5f64).powi(2),
            on_call: random.random_bool(0.05),
            on_shifts: random.random_bool(character.shift_share),
            ward,
            is_roamer: random.random_bool(character.roamer_share),
            behind_relay: random.random_bool(character.relay_share),
            first_day: first_day(options.seed, days, character.newcomer_share, random),
            typo_rate: (random.random_range(-5.5..-2.0f64).exp() * character.typing).min(0.4),
            mfa,
            trips_per_year: random.random_range(if often_away { 2.0..14.0 } else { 0.0..1.5 }),
            far_traveller: random.random_bool(0.3),
            bytes_in: random.random_range(8.0..14.0),
            bytes_out: random.random_range(7.5..13.0),
            expiry_weeks: expiry_weeks(random),
        }
    }

    /// A shared machine's office, any other, or the user's own city.
    fn workplace(&self, role: Role, random: &mut Random) -> Workplace {
        let character = &self.character;
        let ward = (role == Role::Person
            && !self.wards.is_empty()
            && random.random_bool(character.ward_share))
        .then(|| random.random_range(0..self.wards.len()));
        let office = ward.map_or_else(
            || random.random_range(0..self.offices.len()),
            |ward| self.wards[ward].0,
        );
        let is_remote = ward.is_none() && random.random_bool(character.remote_share);
        let home = if is_remote {
            random_city(random)
        } else {
            self.offices[office].city
        };
        Workplace {
            ward,
            office: (!is_remote).then_some(office),
            home,
        }
    }

    fn own_vpn(&self, random: &mut Random) -> Option<(usize, f64)> {
        random.random_bool(0.05).then(|| {
            (
                random.random_range(0..self.networks.hosters.len()),
                random.random_range(0.05..0.6),
            )
        })
    }

    fn role(&self, random: &mut Random) -> Role {
        let (service, dormant) = (self.character.service_share, self.character.dormant_share);
        match random.random_range(0.0..1.0) {
            part if part < service => Role::Service,
            part if part < service + dormant => Role::Dormant,
            _ => Role::Person,
        }
    }

    fn devices(&self, user: u64, days: i32, role: Role, random: &mut Random) -> Vec<Device> {
        let mut devices = Vec::new();
        let clearing_days = if random.random_bool(self.character.clearing_share) {
            random.random_range(5..60)
        } else {
            0
        };
        let has_app = random.random_bool(self.character.app_share);
        let mut add = |system: System, from_day: i32, to_day: i32, random: &mut Random| {
            let browser = usual_browser(system, has_app, random);
            let mut added = device(system, browser, user, random);
            (added.from_day, added.to_day) = (from_day, to_day);
            added.clearing_days = clearing_days;
            devices.push(added);
        };
        let computer = match random.random_range(0..10) {
            0..6 => System::Windows,
            6..9 => System::Mac,
            _ => System::Linux,
        };
        if role != Role::Person {
            add(
                if role == Role::Service {
                    System::Linux
                } else {
                    computer
                },
                i32::MIN,
                i32::MAX,
                random,
            );
            return devices;
        }
        // One computer in twenty is replaced within a quarter, and three phones in ten.
        let switches = random.random_bool(self.character.switch_share);
        let (last, replaced) = change_day(0.05, days, random);
        add(computer, i32::MIN, last, random);
        if replaced {
            let next = if switches { computer.other() } else { computer };
            add(next, last, i32::MAX, random);
        }
        let phone = if random.random_bool(0.5) {
            System::Iphone
        } else {
            System::Android
        };
        let (last, replaced) = change_day(0.3, days, random);
        add(phone, i32::MIN, last, random);
        if replaced {
            let next = if switches { phone.other() } else { phone };
            add(next, last, i32::MAX, random);
        }
        if random.random_bool(0.2) {
            add(System::Windows, i32::MIN, i32::MAX, random);
        }
        // A tablet, a second computer, a desktop in a data centre: of any kind, from some day on.
        let (from_day, added) = change_day(self.character.further_device_share, days, random);
        if added {
            add(System::any(random), from_day, i32::MAX, random);
        }
        devices
    }
}

/// An office in the world, or within reach of the capital.
fn office(
    number: usize,
    capital: &'static City,
    worldwide: bool,
    networks: &Networks,
    random: &mut Random,
) -> Office {
    let city = match number {
        0 => capital,
        _ if worldwide => random_city(random),
        _ => super::network::city_near(capital, 800.0, random),
    };
    Office {
        city,
        operator: networks.access(city.iso, random),
        number: 1 << 40 | number as u64,
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

fn start_hour(random: &mut Random) -> f64 {
    let any_hour = random.random_bool(0.1);
    random.random_range(if any_hour { 0.0..24.0 } else { 6.5..10.5 })
}

fn expiry_weeks(random: &mut Random) -> i32 {
    if random.random_bool(0.5) {
        8 + random.random_range(0..6)
    } else {
        0
    }
}

/// The day an account begins: long ago, or within the world, half of those together with others.
fn first_day(seed: u64, days: i32, newcomer_share: f64, random: &mut Random) -> i32 {
    if !random.random_bool(newcomer_share) {
        return i32::MIN;
    }
    let day = random.random_range(0..days.max(2));
    if random.random_bool(0.5) {
        return day;
    }
    let intake = super::random(seed, PURPOSE_INTAKE, random.random_range(0..INTAKES));
    { intake }.random_range(0..days.max(2))
}

/// Whether a device is replaced within these days, by its chance a quarter, and when.
fn change_day(chance: f64, days: i32, random: &mut Random) -> (i32, bool) {
    if random.random_bool((chance * f64::from(days) / 90.0).min(0.9)) {
        (random.random_range(0..days.max(1)), true)
    } else {
        (i32::MAX, false)
    }
}
