//! Where honest people log in from: home, an office, a trip, a VPN, a carrier, somebody else's
//! network.

use rand::RngExt;

use super::devices::Device;
use super::network::Origin;
use super::planned::{Stay, UserDay};
use super::population::{Population, Role, User};
use super::usage::Used;
use super::{Options, Random, random};

const PURPOSE_TRIP: u64 = 4;

/// At home, or on a trip.
pub(super) fn stay(options: &Options, population: &Population, user: &User, day: i32) -> Stay {
    if let Some(venue) = user.story.venue_on(day) {
        return Stay {
            origin: venue.clone(),
            is_home: false,
        };
    }
    if let Some(origin) = trip(options, population, user, day) {
        // A trip to one's own city is none.
        let is_home = std::ptr::eq(origin.city, user.home);
        return Stay { origin, is_home };
    }
    Stay {
        origin: home_of(user, day),
        is_home: true,
    }
}

fn trip(options: &Options, population: &Population, user: &User, day: i32) -> Option<Origin> {
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
    if !away || !(first..first + length).contains(&day.rem_euclid(14)) {
        return None;
    }
    let city = if user.far_traveller {
        population.networks.far_city(random)
    } else {
        population.networks.city_near(user.home, 900.0, random)
    };
    let hotel = population.networks.access(city.iso, random);
    Some(Origin::new(city, &hotel, random.random_range(0..1 << 30)))
}

/// The user's own connection on a day.
fn home_of(user: &User, day: i32) -> Origin {
    let (city, access) = user.story.home_on(day).unwrap_or((user.home, &user.access));
    let lease = (day / user.address_lease_days) as u64;
    let mut origin = Origin::new(city, access, user.index << 12 | lease);
    if user.lease_in_block {
        origin.address = access.neighbour(city, user.index << 12, (lease * 37) as u8);
    }
    origin
}

/// Where one login of a day comes from, by the device it is made with.
pub(super) fn origin_of_login(today: &UserDay<'_>, used: &Used, random: &mut Random) -> Origin {
    let UserDay {
        population,
        user,
        stay,
        day,
        ..
    } = today;
    if let Some(there) = station_origin(today, used.is_shared, random) {
        return there;
    }
    if random.random_bool(user.vpn_share) {
        return population.places.vpn(random);
    }
    if let Some((hoster, share)) = user.own_vpn
        && random.random_bool(share)
    {
        let (operator, city) = &population.networks.hosters[hoster];
        return Origin::new(city, operator, random.random_range(0..500));
    }
    let city = stay.origin.city;
    let is_guest = random.random_bool(user.guest_share);
    if is_guest || (used.is_borrowed && stay.is_home && random.random_bool(0.7)) {
        let city = population.networks.city_near(city, 60.0, random);
        let operator = population.networks.access(city.iso, random);
        return Origin::new(city, &operator, random.random_range(0..1 << 30));
    }
    if user.behind_relay && random.random_bool(0.6) {
        // A relay gives another address each time, in the user's region at best.
        let city = population.networks.city_near(city, 400.0, random);
        let relay = &population.places.relay;
        return Origin::new(city, relay, random.random_range(0..4096));
    }
    if let Some(origin) = through_carrier(today, &used.device, random) {
        return origin;
    }
    let works_today = day % 7 < 5 || user.weekend_share > BUSY_WEEKEND;
    if let (Some(office), true, true) = (population.office(user), stay.is_home, works_today)
        && !used.device.system.is_phone()
        && (user.station.is_some() || random.random_bool(user.office_share))
    {
        return office.origin(*day, random);
    }
    let second = user.story.second_home(stay, random);
    second.unwrap_or_else(|| stay.origin.clone())
}

/// Where the user's station stands, for a login with one of its machines; nothing where these are
/// carried along.
pub(super) fn station_origin(
    today: &UserDay<'_>,
    is_shared: bool,
    random: &mut Random,
) -> Option<Origin> {
    let stays = is_shared && !today.group.stations.carried;
    let population = today.population;
    let station = population.station(today.user).filter(|_| stays)?;
    Some(population.places.offices[station.office].origin(today.day, random))
}

/// From this share of the usual logins on, a weekend's day is one at work: of those who choose
/// their weekends nobody has as much.
const BUSY_WEEKEND: f64 = 0.3;

/// Through a mobile carrier, where the user or the phone is on one.
fn through_carrier(today: &UserDay<'_>, device: &Device, random: &mut Random) -> Option<Origin> {
    let (user, stay) = (today.user, &today.stay);
    let networks = &today.population.networks;
    let city = stay.origin.city;
    if user.is_roamer
        && random.random_bool(0.8)
        && let Some(carrier) = networks.carrier(city.iso)
    {
        let city = networks.city_near(city, 900.0, random);
        let carrier = networks.carrier(city.iso).unwrap_or(carrier);
        return Some(Origin::new(city, carrier, random.random_range(0..100_000)));
    }
    if !device.system.is_phone() || !random.random_bool(user.mobile_share.min(1.0)) {
        return None;
    }
    let of_home = user.story.roams_home && !stay.is_home;
    let city = if of_home { user.home } else { city };
    let carrier = networks.carrier(city.iso)?;
    // Carriers hide many phones behind few addresses and place them in whichever city the exit
    // stands.
    let city = if random.random_bool(0.3) {
        networks.city_near(city, 500.0, random)
    } else {
        city
    };
    Some(Origin::new(city, carrier, random.random_range(0..64)))
}
