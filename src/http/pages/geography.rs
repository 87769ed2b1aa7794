//! Points on the map of the pages: degrees, longitude from 180 west, latitude from 85 north
//! downward.

use serde_json::{Map, Value};

use crate::enrich::geo;

/// A point.
pub(super) struct Dot {
    pub x: f64,
    pub y: f64,
    pub r: f64,
    pub class: &'static str,
    pub label: String,
}

impl Dot {
    pub fn new(
        (latitude, longitude): (f64, f64),
        r: f64,
        class: &'static str,
        label: String,
    ) -> Self {
        Self {
            x: tenth(longitude + 180.0),
            y: tenth((85.0 - latitude).clamp(0.0, 150.0)),
            r,
            class,
            label,
        }
    }
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Where a login says that it comes from, and its name.
pub(super) fn place_of(login: &Map<String, Value>) -> (Option<(f64, f64)>, Option<String>) {
    let text = |name: &str| login.get(name).and_then(Value::as_str);
    let number = |name: &str| login.get(name).and_then(Value::as_f64);
    let country = text("geo_location").and_then(geo::country);
    let country_name = country.map(|one| one.name).or(text("geo_location"));
    let name = match (text("city"), country_name) {
        (Some(city), Some(country)) => Some(format!("{city}, {country}")),
        (Some(name), None) | (None, Some(name)) => Some(name.to_owned()),
        (None, None) => None,
    };
    let point = number("latitude").zip(number("longitude"));
    let centre = country.map(|one| {
        let centre = one.centre;
        (f64::from(centre.latitude), f64::from(centre.longitude))
    });
    (point.or(centre), name)
}

/// Where a place that is named "City, Country" is.
pub(super) fn point_of_name(name: &str) -> Option<(f64, f64)> {
    let (city, country) = match name.rsplit_once(", ") {
        Some((city, country)) => (Some(city), country),
        None => (None, name),
    };
    let country = geo::country(country)?;
    let is_it = |one: &&geo::City| one.iso == country.iso && Some(one.name) == city;
    let city = geo::cities().iter().find(is_it);
    let centre = country.centre;
    Some(city.map_or(
        (f64::from(centre.latitude), f64::from(centre.longitude)),
        |city| (f64::from(city.latitude), f64::from(city.longitude)),
    ))
}
