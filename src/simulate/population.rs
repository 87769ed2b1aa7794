//! The people of a world, and the machines that log in as people do.

use rand::RngExt;
use rand_distr::{Distribution, LogNormal};

use super::network::{Networks, Operator, random_city};
use super::{Options, Random, random};
use crate::geo::City;

/// A device and the days on which it is in use.
#[derive(Clone, Debug)]
pub(super) struct Device {
    pub id: String,
    pub system: System,
    pub browser: Browser,
    pub from_day: i32,
    pub to_day: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum System {
    Windows,
    Mac,
    Linux,
    Android,
    Iphone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Browser {
    Chrome,
    Firefox,
    Edge,
    Safari,
}

impl System {
    pub(super) fn is_phone(self) -> bool {
        matches!(self, Self::Android | Self::Iphone)
    }
}

/// The user agent of a system and browser of a version.
pub(super) fn user_agent(system: System, browser: Browser, version: u32) -> String {
    let platform = match system {
        System::Windows => "Windows NT 10.0; Win64; x64",
        System::Mac => "Macintosh; Intel Mac OS X 10_15_7",
        System::Linux => "X11; Linux x86_64",
        System::Android => "Linux; Android 14; Pixel 8",
        System::Iphone => "iPhone; CPU iPhone OS 17_4 like Mac OS X",
    };
    let mobile = if system.is_phone() { " Mobile" } else { "" };
    match browser {
        Browser::Chrome => format!(
            "Mozilla/5.0 ({platform}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0{mobile} Safari/537.36"
        ),
        Browser::Firefox => {
            format!("Mozilla/5.0 ({platform}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0")
        }
        Browser::Edge => format!(
            "Mozilla/5.0 ({platform}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36 Edg/{version}.0.0.0"
        ),
        Browser::Safari => format!(
            "Mozilla/5.0 ({platform}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{}{mobile} Safari/604.1",
            version % 10
        ),
    }
}

/// The browser version of a day: a new one every four weeks.
pub(super) fn version_on(day: i32, lag: u32) -> u32 {
    (118 + (day + 280) / 28) as u32 - lag
}

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
    pub version_lag: u32,
}

/// Everyone, and what they share.
#[derive(Clone, Debug)]
pub(super) struct Population {
    pub users: Vec<User>,
    pub offices: Vec<Office>,
    pub networks: Networks,
    /// The company's VPN exits.
    pub vpn_exits: Vec<Office>,
}

const PURPOSE_WORLD: u64 = 1;
const PURPOSE_USER: u64 = 2;

impl Population {
    pub(super) fn new(options: &Options) -> Self {
        let random_world = &mut random(options.seed, PURPOSE_WORLD, 0);
        let networks = Networks::new(random_world);
        // A company sits in a few cities; some in one country, some all over the world.
        let worldwide = random_world.random_bool(0.5);
        let capital = random_city(random_world);
        let office_count = 2 + (options.users as usize / 400).min(12);
        let offices: Vec<Office> = (0..office_count)
            .map(|number| {
                let city = if worldwide || number == 0 {
                    random_city(random_world)
                } else {
                    super::network::city_near(capital, 800.0, random_world)
                };
                Office {
                    city,
                    operator: networks.access(city.iso, random_world),
                    number: 1 << 40 | number as u64,
                }
            })
            .collect();
        let vpn_exits = (0..3)
            .map(|number| {
                let (operator, city) = &networks.hosters[number];
                Office {
                    city,
                    operator: operator.clone(),
                    number: 1 << 41 | number as u64,
                }
            })
            .collect();
        let mut population = Self {
            users: Vec::new(),
            offices,
            networks,
            vpn_exits,
        };
        population.users = (0..u64::from(options.users))
            .map(|index| population.user(options, index))
            .collect();
        population
    }

    fn user(&self, options: &Options, index: u64) -> User {
        let random = &mut random(options.seed, PURPOSE_USER, index);
        let role = match random.random_range(0.0..1.0) {
            0.0..0.015 => Role::Service,
            0.015..0.05 => Role::Dormant,
            _ => Role::Person,
        };
        let office = random.random_range(0..self.offices.len());
        let remote = random.random_bool(0.25);
        let home = if remote {
            random_city(random)
        } else {
            self.offices[office].city
        };
        let days = options.days as i32;
        let first_day = if random.random_bool(0.08) {
            random.random_range(0..days.max(2))
        } else {
            i32::MIN
        };
        let rate: f64 = LogNormal::new(0.3, 0.7).map_or(1.0, |rate| rate.sample(random));
        User {
            id: format!("u{:06}", index * 7919 % 1_000_003),
            index,
            role,
            home,
            access: self.networks.access(home.iso, random),
            address_lease_days: if random.random_bool(0.4) {
                random.random_range(1..15)
            } else {
                10_000
            },
            office: (!remote).then_some(office),
            office_share: if remote {
                0.0
            } else {
                random.random_range(0.2..0.95)
            },
            mobile_share: random.random_range(0.0..0.35f64).powi(2) * 4.0,
            vpn_share: if random.random_bool(0.15) {
                random.random_range(0.05..0.8)
            } else {
                0.0
            },
            devices: devices(index, days, role, random),
            logins_per_day: match role {
                Role::Person => rate.clamp(0.1, 12.0),
                Role::Service => random.random_range(4.0..24.0),
                Role::Dormant => 0.7,
            },
            start_hour: if random.random_bool(0.1) {
                random.random_range(0.0..24.0)
            } else {
                random.random_range(6.5..10.5)
            },
            hours: random.random_range(6.0..11.0),
            weekend_share: random.random_range(0.0..0.5f64).powi(2),
            on_call: random.random_bool(0.05),
            first_day,
            typo_rate: random.random_range(0.005..0.09),
            mfa: random.random_bool(0.4),
            trips_per_year: if random.random_bool(0.2) {
                random.random_range(2.0..14.0)
            } else {
                random.random_range(0.0..1.5)
            },
            far_traveller: random.random_bool(0.3),
            bytes_in: random.random_range(10.0..13.5),
            bytes_out: random.random_range(9.0..12.5),
            expiry_weeks: if random.random_bool(0.5) {
                8 + random.random_range(0..6)
            } else {
                0
            },
            version_lag: if random.random_bool(0.2) {
                random.random_range(1..4)
            } else {
                0
            },
        }
    }
}

fn devices(user: u64, days: i32, role: Role, random: &mut Random) -> Vec<Device> {
    let mut devices = Vec::new();
    let mut add = |system: System, from_day: i32, to_day: i32, random: &mut Random| {
        let browser = match system {
            System::Iphone => Browser::Safari,
            System::Mac if random.random_bool(0.5) => Browser::Safari,
            System::Windows if random.random_bool(0.35) => Browser::Edge,
            _ if random.random_bool(0.2) => Browser::Firefox,
            _ => Browser::Chrome,
        };
        let id = format!("d-{user:x}-{:06x}", random.random_range(0..0xff_ffff));
        devices.push(Device {
            id,
            system,
            browser,
            from_day,
            to_day,
        });
    };
    let computer = match random.random_range(0..10) {
        0..6 => System::Windows,
        6..9 => System::Mac,
        _ => System::Linux,
    };
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
    if role == Role::Person {
        let phone = if random.random_bool(0.5) {
            System::Iphone
        } else {
            System::Android
        };
        // Three people in ten get a new phone within a quarter.
        let changes = random.random_bool((0.3 * f64::from(days) / 90.0).min(0.9));
        let change_day = if changes {
            random.random_range(0..days.max(1))
        } else {
            i32::MAX
        };
        add(phone, i32::MIN, change_day, random);
        if changes {
            add(phone, change_day, i32::MAX, random);
        }
        if random.random_bool(0.2) {
            add(System::Windows, i32::MIN, i32::MAX, random);
        }
    }
    devices
}
