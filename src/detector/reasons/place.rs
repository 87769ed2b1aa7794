//! From where somebody comes: places and networks.

use super::Case;
use crate::enrich::hosting;
use crate::features::travel::{distance_km, speed_kmh};
use crate::words::{count, grouped, span};

/// The network by number, and whose it is where that is known.
fn network_name(case: &Case<'_>) -> Option<String> {
    let number = case.context.login.asn_number?;
    Some(match hosting::hoster(number) {
        Some(hoster) => format!("AS{number}, {hoster}"),
        None => format!("AS{number}"),
    })
}

/// In brackets what is known of them, with a space before; else nothing.
fn bracketed<const N: usize>(all: [Option<String>; N]) -> String {
    let known: Vec<String> = all.into_iter().flatten().collect();
    match known.is_empty() {
        true => String::new(),
        false => format!(" ({})", known.join(", ")),
    }
}

pub(super) fn anonymiser(case: &Case<'_>) -> Option<String> {
    let login = case.context.login;
    let known = case
        .context
        .user
        .zip(login.asn)
        .is_some_and(|(user, asn)| user.asns.get(asn).is_some());
    (login.hosting == Some(true) && !known).then(|| {
        let class = login.network_class.filter(|class| class.is_anonymiser());
        let what = match class {
            Some(class) => format!("a network of the class {}", class.name()),
            None => "a network of hosters and VPN exits".to_owned(),
        };
        let name = bracketed([network_name(case)]);
        format!("{what}{name} that this user has never come from")
    })
}

pub(super) fn is_unknown_block(case: &Case<'_>) -> bool {
    let (Some(user), Some(block)) = (case.context.user, case.context.login.block) else {
        return false;
    };
    user.blocks.lacks(block)
}

pub(super) fn session_theft(case: &Case<'_>) -> Option<String> {
    let (login, last) = (
        case.context.login,
        case.context.user?.last_success.as_ref()?,
    );
    let same_device = login.device.is_some() && login.device == last.device;
    let minutes = (login.time_ms - last.time_ms).abs() as f64 / 60_000.0;
    (same_device
        && login.success
        && is_unknown_block(case)
        && minutes < case.limits.session_theft_minutes)
        .then(|| {
            let from = last.display.ip_address.map_or_else(
                || "another address".to_owned(),
                |address| address.to_string(),
            );
            format!(
                "the device that logged in from {from} {} before now comes from a network never \
                 seen for this user",
                span((minutes * 60.0) as u32)
            )
        })
}

pub(super) fn impossible_travel(case: &Case<'_>) -> Option<String> {
    let distance = distance_km(case.context)?;
    let speed = speed_kmh(case.context, distance)?;
    let user = case.context.user?;
    let last = user.last_success.as_ref()?;
    (distance >= case.limits.travel_km && speed >= case.limits.travel_kmh).then(|| {
        let from = last.display.place.as_deref().unwrap_or("the last place");
        let to = case.display.place.as_deref().unwrap_or("this place");
        let since =
            span(((case.context.login.time_ms - last.time_ms) / 1000).unsigned_abs() as u32);
        format!(
            "{} km from the last login {since} before ({from} to {to}): {} km/h; \
             usual for this user: {}",
            grouped(distance),
            grouped(speed),
            count(user.cities.len() as f64, "known city")
        )
    })
}

/// Somebody who failed was not there.
fn arrival(case: &Case<'_>, place: &str) -> String {
    match case.context.login.success {
        true => format!("first login from {place}"),
        false => format!("an attempt from {place}, where this user has never logged in"),
    }
}

pub(super) fn new_country(case: &Case<'_>) -> Option<String> {
    let (user, country) = (case.context.user?, case.context.login.country?);
    user.countries.lacks(country).then(|| {
        let place = case.display.place.as_deref().unwrap_or("this country");
        format!(
            "{}; usual for this user: {} in {}",
            arrival(case, place),
            count(f64::from(user.successes), "login"),
            count(user.countries.len() as f64, "known country")
        )
    })
}

pub(super) fn new_city(case: &Case<'_>) -> Option<String> {
    let (user, city) = (case.context.user?, case.context.login.city?);
    let same_country = case
        .context
        .login
        .country
        .is_none_or(|country| user.countries.get(country).is_some());
    (user.cities.lacks(city) && same_country).then(|| {
        let place = case.display.place.as_deref().unwrap_or("this city");
        format!(
            "{}; usual for this user: {}",
            arrival(case, place),
            count(user.cities.len() as f64, "known city")
        )
    })
}

pub(super) fn new_network(case: &Case<'_>) -> Option<String> {
    let user = case.context.user?;
    let unknown_asn = case
        .context
        .login
        .asn
        .is_none_or(|asn| user.asns.get(asn).is_none());
    (is_unknown_block(case) && unknown_asn).then(|| {
        let address = case.display.ip_address.map(|address| address.to_string());
        let name = bracketed([network_name(case), address]);
        format!(
            "a network never seen for this user{name}; usual for this user: {}",
            count(user.blocks.len() as f64, "known network")
        )
    })
}
