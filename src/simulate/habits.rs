//! What honest people do, the things that look bad included: trips, VPNs, new phones, other
//! people's machines, nights on call, big downloads. What goes wrong is in [`super::mishaps`].

use std::borrow::Cow;
use std::net::IpAddr;

use rand::RngExt;
use rand_distr::{Distribution, Normal, Poisson};

use super::character::Character;
use super::devices::{Device, any_device, device, user_agent, version_on};
use super::mishaps;
use super::network::{Operator, city_near, random_city};
use super::population::{Population, Role, User};
use super::{DAY_MS, Draft, Options, Random, random};
use crate::enrich::geo::City;
use crate::login::{Event, Truth};

const PURPOSE_DAY: u64 = 3;
const PURPOSE_TRIP: u64 = 4;
const PURPOSE_LOAN: u64 = 9;
const HOUR_MS: f64 = 3_600_000.0;

/// Where a login comes from.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub city: &'static City,
    pub asn: u32,
    pub address: IpAddr,
}

impl Origin {
    pub(super) fn new(city: &'static City, operator: &Operator, customer: u64) -> Self {
        Self {
            city,
            asn: operator.asn,
            address: operator.address(customer),
        }
    }
}

/// A login that somebody is about to make.
pub(super) struct PlannedLogin<'a> {
    pub user: &'a User,
    pub device: &'a Device,
    pub origin: &'a Origin,
    pub time_ms: i64,
    pub day: i32,
    /// The user has not used this machine before, or its cookies are gone.
    pub is_strange: bool,
}

impl PlannedLogin<'_> {
    pub(super) fn event(&self, random: &mut Random) -> Event<'static> {
        login_event(self.user, self.device, self.origin, self.day, random)
    }
}

/// What a login is made with.
struct Used {
    device: Device,
    is_borrowed: bool,
}

/// The honest events of everyone for a day.
pub(super) fn day(options: &Options, population: &Population, day: u32, drafts: &mut Vec<Draft>) {
    for user in &population.users {
        let mut random = random(
            options.seed,
            PURPOSE_DAY + (u64::from(day) << 8),
            user.index,
        );
        user_day(options, population, user, day as i32, &mut random, drafts);
    }
}

fn user_day(
    options: &Options,
    population: &Population,
    user: &User,
    day: i32,
    random: &mut Random,
    drafts: &mut Vec<Draft>,
) {
    let count = logins_of_day(user, day, random);
    let today = whereabouts(options, population, user, day);
    for number in 0..count {
        let time_ms = login_time(options, user, day, random);
        let used = device_of_login(options, population, user, &today, day, random);
        let origin = origin_of_login(population, user, &today, &used, day, random);
        let login = PlannedLogin {
            user,
            device: &used.device,
            origin: &origin,
            time_ms,
            day,
            is_strange: used.is_borrowed || used.device.is_new_on(day),
        };
        mishaps::before(&login, &population.character, random, drafts);
        let mut event = login.event(random);
        let of_month =
            number == 0 && day % 30 == (user.index % 30) as i32 && user.index.is_multiple_of(5);
        if of_month || random.random_bool(user.bulk_share) {
            event.bytes_out = event
                .bytes_out
                .map(|bytes| bytes * random.random_range(5..80));
        }
        drafts.push(Draft { time_ms, event });
    }
    let lapsed = day % 7 == 0 && random.random_bool(population.character.lapse);
    if count > 0 && (lapsed || expires(population, user, day)) {
        let device = own_or_shared_device(population, user, day, random);
        let login = PlannedLogin {
            user,
            device,
            origin: &today,
            time_ms: login_time(options, user, day, random),
            day,
            is_strange: false,
        };
        after_reset(&login, &population.character, random, drafts);
    }
}

/// The password is forgotten or expired: the old one a few times, a reset, and in.
fn after_reset(
    login: &PlannedLogin<'_>,
    company: &Character,
    random: &mut Random,
    drafts: &mut Vec<Draft>,
) {
    let failures = random.random_range(2..7);
    mishaps::reset(login, company, failures, random, drafts);
    drafts.push(Draft {
        time_ms: login.time_ms,
        event: login.event(random),
    });
}

/// How many logins a user makes on a day; nothing for one who is not there yet or any more.
fn logins_of_day(user: &User, day: i32, random: &mut Random) -> usize {
    let gone = user.role == Role::Dormant && (3..).contains(&day) && !user.index.is_multiple_of(10);
    let back = user.role == Role::Dormant && day as u64 % 97 == user.index % 97 && day > 30;
    if day < user.first_day || (gone && !back) {
        return 0;
    }
    let weekend = (day % 7) >= 5;
    let busy = match (user.role, weekend) {
        (Role::Service, _) | (_, false) => 1.0,
        (_, true) => user.weekend_share,
    };
    // Monday morning asks everyone to log in again.
    let monday = if day % 7 == 0 { 1.3 } else { 1.0 };
    let mean = (user.logins_per_day * busy * monday).max(1e-6);
    Poisson::new(mean).map_or(0.0, |count| count.sample(random)) as usize
}

/// Whether a user's password expires on a day: alone, or with the whole department.
fn expires(population: &Population, user: &User, day: i32) -> bool {
    if user.expiry_weeks == 0 {
        return false;
    }
    if population.character.expiry_together {
        let department = (user.index % 15) as i32;
        return day % 70 == department * 4 % 70;
    }
    day % (7 * user.expiry_weeks) == (user.index % 7) as i32
}

/// What the user logs in with: now and then somebody else's machine, on some trips one of the
/// house, and in private windows one that nobody knows.
fn device_of_login(
    options: &Options,
    population: &Population,
    user: &User,
    today: &Origin,
    day: i32,
    random: &mut Random,
) -> Used {
    let somebodys = |random: &mut Random| Used {
        device: any_device(user.index, random),
        is_borrowed: true,
    };
    if user.role == Role::Person && random.random_bool(user.borrowed_share) {
        return somebodys(random);
    }
    let away = !std::ptr::eq(today.city, user.home);
    let of_trip = &mut super::random(
        options.seed,
        PURPOSE_LOAN + (day.div_euclid(14) as u64) * 256,
        user.index,
    );
    if away && of_trip.random_bool(population.character.loan_share) && random.random_bool(0.7) {
        return somebodys(of_trip);
    }
    let mut used = own_or_shared_device(population, user, day, random).clone();
    if random.random_bool(user.other_browser_share) {
        used.browser = used.browser.second();
    }
    if random.random_bool(user.private_share) {
        used.id = device(used.system, used.browser, user.index, random).id;
    }
    Used {
        device: used,
        is_borrowed: false,
    }
}

/// The machine of the user's ward most of the time, where there is one.
fn own_or_shared_device<'a>(
    population: &'a Population,
    user: &'a User,
    day: i32,
    random: &mut Random,
) -> &'a Device {
    match user.ward {
        Some(ward) if random.random_bool(0.7) => &population.wards[ward].1,
        _ => pick_device(user, day, random),
    }
}

/// Where a user is for a day: at home, or on a trip.
fn whereabouts(options: &Options, population: &Population, user: &User, day: i32) -> Origin {
    // Trips are drawn by fortnight, so that each day of one knows of it.
    let fortnight = day.div_euclid(14);
    let mut random = random(
        options.seed,
        PURPOSE_TRIP + (fortnight as u64) * 256,
        user.index,
    );
    let random = &mut random;
    let away =
        user.role == Role::Person && random.random_bool((user.trips_per_year / 26.0).min(0.9));
    let (first, length) = (random.random_range(0..10), random.random_range(1..6));
    if away && (first..first + length).contains(&day.rem_euclid(14)) {
        let city = if user.far_traveller {
            random_city(random)
        } else {
            city_near(user.home, 900.0, random)
        };
        let hotel = population.networks.access(city.iso, random);
        return Origin::new(city, &hotel, random.random_range(0..1 << 30));
    }
    home_of(user, day)
}

/// The user's own connection on a day.
pub(super) fn home_of(user: &User, day: i32) -> Origin {
    let lease = (day / user.address_lease_days) as u64;
    if user.lease_in_block {
        let address = user.access.neighbour(user.index << 12, (lease * 37) as u8);
        return Origin {
            address,
            ..Origin::new(user.home, &user.access, 0)
        };
    }
    Origin::new(user.home, &user.access, user.index << 12 | lease)
}

fn origin_of_login(
    population: &Population,
    user: &User,
    today: &Origin,
    used: &Used,
    day: i32,
    random: &mut Random,
) -> Origin {
    let device = &used.device;
    let at_home = std::ptr::eq(today.city, user.home);
    if random.random_bool(user.vpn_share) {
        let exit = &population.vpn_exits[random.random_range(0..population.vpn_exits.len())];
        return Origin::new(
            exit.city,
            &exit.operator,
            exit.number << 3 | random.random_range(0..4),
        );
    }
    if let Some((hoster, share)) = user.own_vpn
        && random.random_bool(share)
    {
        let (operator, city) = &population.networks.hosters[hoster];
        return Origin::new(city, operator, random.random_range(0..500));
    }
    let is_guest = random.random_bool(user.guest_share);
    if is_guest || (used.is_borrowed && at_home && random.random_bool(0.7)) {
        let city = city_near(today.city, 60.0, random);
        let operator = population.networks.access(city.iso, random);
        return Origin::new(city, &operator, random.random_range(0..1 << 30));
    }
    if user.behind_relay && random.random_bool(0.6) {
        // A relay gives another address each time, in the user's region at best.
        let city = city_near(today.city, 400.0, random);
        return Origin::new(city, &population.relay, random.random_range(0..4096));
    }
    if user.is_roamer
        && random.random_bool(0.8)
        && let Some(carrier) = population.networks.carrier(today.city.iso)
    {
        let city = city_near(today.city, 900.0, random);
        let carrier = population.networks.carrier(city.iso).unwrap_or(carrier);
        return Origin::new(city, carrier, random.random_range(0..100_000));
    }
    if device.system.is_phone()
        && random.random_bool(user.mobile_share.min(1.0))
        && let Some(carrier) = population.networks.carrier(today.city.iso)
    {
        // Carriers hide many phones behind few addresses and place them in whichever city the exit
        // stands.
        let city = if random.random_bool(0.3) {
            city_near(today.city, 500.0, random)
        } else {
            today.city
        };
        return Origin::new(city, carrier, random.random_range(0..64));
    }
    if let (Some(office), true, true) = (user.office, at_home, day % 7 < 5)
        && !device.system.is_phone()
        && (user.ward.is_some() || random.random_bool(user.office_share))
    {
        let office = &population.offices[office];
        return Origin::new(office.city, &office.operator, office.number);
    }
    today.clone()
}

/// When shifts begin, local time.
const SHIFTS: [f64; 3] = [6.0, 14.0, 22.0];

fn login_time(options: &Options, user: &User, day: i32, random: &mut Random) -> i64 {
    let hour = if user.role == Role::Service
        || random.random_bool(user.irregular_share)
        || (user.on_call && random.random_bool(0.1))
    {
        random.random_range(0.0..24.0)
    } else {
        let start_hour = if user.on_shifts {
            SHIFTS[(day.div_euclid(7) as u64 + user.index) as usize % SHIFTS.len()]
        } else {
            user.start_hour
        };
        let middle = start_hour + user.hours / 2.0;
        let morning = random.random_bool(0.4);
        let (mean, spread) = if morning {
            (start_hour, 0.6)
        } else {
            (middle, user.hours / 3.0)
        };
        Normal::new(mean, spread).map_or(mean, |hour| hour.sample(random))
    };
    let utc = hour - f64::from(user.home.utc_offset_hours);
    options.start_ms + i64::from(day) * DAY_MS + (utc * HOUR_MS) as i64
}

/// The device of a login: what is in use on that day, the first one most.
pub(super) fn pick_device<'a>(user: &'a User, day: i32, random: &mut Random) -> &'a Device {
    let in_use: Vec<&Device> = user
        .devices
        .iter()
        .filter(|device| (device.from_day..device.to_day).contains(&day))
        .collect();
    match in_use.as_slice() {
        [] => &user.devices[0],
        [only] => only,
        [first, rest @ ..] => {
            if random.random_bool(0.65) {
                first
            } else {
                rest[random.random_range(0..rest.len())]
            }
        }
    }
}

/// An event of a user with everything usual about it.
pub(super) fn login_event(
    user: &User,
    device: &Device,
    origin: &Origin,
    day: i32,
    random: &mut Random,
) -> Event<'static> {
    // Two decimals of a degree are about a kilometre: what a geolocation service can know.
    let near = |degrees: f32, random: &mut Random| {
        ((degrees + random.random_range(-0.05f32..0.05)) * 100.0).round() / 100.0
    };
    let volume = |mean: f64, random: &mut Random| {
        Normal::new(mean, user.volume_spread)
            .map_or(mean, |ln| ln.sample(random))
            .exp() as u64
    };
    Event {
        event_id: None,
        tenant: Cow::Borrowed("default"),
        user_id: Cow::Owned(user.id.clone()),
        time_ms: 0,
        event_type: Cow::Borrowed("login"),
        auth_method: Some(Cow::Borrowed(
            user.methods[usize::from(random.random_bool(user.other_method_share))],
        )),
        success: true,
        ip_address: Some(origin.address),
        geo_location: Some(Cow::Borrowed(origin.city.iso)),
        city: Some(Cow::Borrowed(origin.city.name)),
        latitude: Some(near(origin.city.latitude, random)),
        longitude: Some(near(origin.city.longitude, random).clamp(-180.0, 180.0)),
        asn: Some(origin.asn),
        device_id: Some(Cow::Owned(device.id_on(day))),
        user_agent: Some(Cow::Owned(user_agent(
            device.system,
            device.browser,
            device.build,
            version_on(day, device.lag),
        ))),
        bytes_in: Some(volume(user.bytes_in, random)),
        bytes_out: Some(volume(user.bytes_out, random)),
        is_new_device: None,
        login_hour: None,
        typed_name: None,
        network_class: None,
        accuracy_km: None,
        provider_tenant: None,
        provider_risk: None,
        origin: None,
        truth: Truth::default(),
    }
}
