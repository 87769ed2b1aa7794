//! Places on the globe: countries by name or ISO code, and great-circle distances.
//!
//! The two tables hold population-weighted centres derived from GeoNames (CC BY 4.0).

use std::collections::HashMap;
use std::sync::LazyLock;

const EARTH_RADIUS_KM: f64 = 6371.0;
/// How far a city-level geolocation is usually off, km.
const CITY_ERROR_KM: f32 = 25.0;

const COUNTRIES: &str = include_str!("countries.csv");
const CITIES: &str = include_str!("cities.csv");

/// Names that identity providers use beside the GeoNames ones, lower case.
const ALIASES: &[(&str, &str)] = &[
    ("antarctica (the territory south of 60 deg s)", "AQ"),
    ("bouvet island (bouvetoya)", "BV"),
    ("british indian ocean territory (chagos archipelago)", "IO"),
    ("brunei darussalam", "BN"),
    ("cape verde", "CV"),
    ("cocos (keeling) islands", "CC"),
    ("congo", "CG"),
    ("cote d'ivoire", "CI"),
    ("czech republic", "CZ"),
    ("falkland islands (malvinas)", "FK"),
    ("great britain", "GB"),
    ("holy see (vatican city state)", "VA"),
    ("korea", "KR"),
    ("korea, republic of", "KR"),
    ("kyrgyz republic", "KG"),
    ("lao people's democratic republic", "LA"),
    ("libyan arab jamahiriya", "LY"),
    ("macedonia", "MK"),
    ("netherlands", "NL"),
    ("pitcairn islands", "PN"),
    ("republic of korea", "KR"),
    ("russian federation", "RU"),
    ("slovakia (slovak republic)", "SK"),
    ("svalbard & jan mayen islands", "SJ"),
    ("swaziland", "SZ"),
    ("syrian arab republic", "SY"),
    ("timor-leste", "TL"),
    ("turkiye", "TR"),
    ("uk", "GB"),
    ("united states of america", "US"),
    ("united states virgin islands", "VI"),
    ("usa", "US"),
    ("viet nam", "VN"),
];

/// A position with the radius, km, within which the account holder really is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub latitude: f32,
    pub longitude: f32,
    pub radius_km: f32,
}

impl Point {
    /// A position as a geolocation service gives it, to a city.
    #[must_use]
    pub fn city(latitude: f32, longitude: f32) -> Self {
        Self {
            latitude,
            longitude,
            radius_km: CITY_ERROR_KM,
        }
    }

    /// The same where the service says how far it may be off, km.
    #[must_use]
    pub fn within(self, radius_km: Option<f32>) -> Self {
        let radius_km = radius_km.map_or(self.radius_km, |radius| radius.max(self.radius_km));
        Self { radius_km, ..self }
    }

    /// Great-circle distance between the centres, km (haversine).
    #[must_use]
    #[allow(clippy::float_cmp)] // Most logins come from the very place of the one before.
    pub fn distance_km(&self, other: &Self) -> f64 {
        if self.latitude == other.latitude && self.longitude == other.longitude {
            return 0.0;
        }
        let (from, to) = (
            f64::from(self.latitude).to_radians(),
            f64::from(other.latitude).to_radians(),
        );
        let half_latitude = libm::sin((to - from) / 2.0);
        let half_longitude =
            libm::sin((f64::from(other.longitude) - f64::from(self.longitude)).to_radians() / 2.0);
        let haversine = half_latitude * half_latitude
            + libm::cos(from) * libm::cos(to) * half_longitude * half_longitude;
        2.0 * EARTH_RADIUS_KM * libm::asin(haversine.min(1.0).sqrt())
    }

    /// The distance that is left when both errors are granted, km.
    #[must_use]
    pub fn certain_distance_km(&self, other: &Self) -> f64 {
        (self.distance_km(other) - f64::from(self.radius_km) - f64::from(other.radius_km)).max(0.0)
    }
}

/// A country: ISO 3166-1 alpha-2 code, name and where its people live.
#[derive(Debug)]
pub struct Country {
    pub iso: &'static str,
    pub name: &'static str,
    pub centre: Point,
}

/// A city of the simulator's worlds.
#[derive(Debug)]
pub struct City {
    pub name: &'static str,
    pub iso: &'static str,
    pub latitude: f32,
    pub longitude: f32,
    pub population: u32,
    pub utc_offset_hours: f32,
}

struct Countries {
    all: Vec<Country>,
    by_name: HashMap<String, usize>,
}

static COUNTRY_TABLE: LazyLock<Countries> = LazyLock::new(|| {
    let all: Vec<Country> = COUNTRIES
        .lines()
        .skip(1)
        .filter_map(|line| {
            // The radius, the longitude and the latitude are last, so that a name may hold commas.
            let mut columns = line.rsplitn(4, ',');
            let radius_km = columns.next()?.parse().ok()?;
            let longitude = columns.next()?.parse().ok()?;
            let latitude = columns.next()?.parse().ok()?;
            let (iso, name) = columns.next()?.split_once(',')?;
            let centre = Point {
                latitude,
                longitude,
                radius_km,
            };
            Some(Country {
                iso,
                name: name.trim_matches('"'),
                centre,
            })
        })
        .collect();
    let mut by_name = HashMap::new();
    for (index, country) in all.iter().enumerate() {
        by_name.insert(country.iso.to_lowercase(), index);
        by_name.insert(country.name.to_lowercase(), index);
    }
    for (alias, iso) in ALIASES {
        if let Some(&index) = by_name.get(&iso.to_lowercase()) {
            by_name.insert((*alias).to_owned(), index);
        }
    }
    Countries { all, by_name }
});

static CITY_TABLE: LazyLock<Vec<City>> = LazyLock::new(|| {
    CITIES
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut columns = line.rsplitn(6, ',');
            let utc_offset_hours = columns.next()?.parse().ok()?;
            let population = columns.next()?.parse().ok()?;
            let longitude = columns.next()?.parse().ok()?;
            let latitude = columns.next()?.parse().ok()?;
            let iso = columns.next()?;
            let name = columns.next()?.trim_matches('"');
            Some(City {
                name,
                iso,
                latitude,
                longitude,
                population,
                utc_offset_hours,
            })
        })
        .collect()
});

/// Finds a country by its ISO code or one of its names, in any case.
#[must_use]
pub fn country(name: &str) -> Option<&'static Country> {
    let table = &*COUNTRY_TABLE;
    let index = match table.by_name.get(name) {
        Some(index) => index,
        None => table.by_name.get(name.trim().to_lowercase().as_str())?,
    };
    table.all.get(*index)
}

/// All countries.
pub fn countries() -> impl Iterator<Item = &'static Country> {
    COUNTRY_TABLE.all.iter()
}

/// The large cities of the world, by population.
#[must_use]
pub fn cities() -> &'static [City] {
    &CITY_TABLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_found_by_code_name_and_alias() {
        for name in ["KR", "kr", "South Korea", "Korea", " republic of korea "] {
            assert_eq!(country(name).unwrap().iso, "KR", "{name}");
        }
        assert!(country("Atlantis").is_none());
        for (alias, iso) in ALIASES {
            assert_eq!(country(alias).map(|found| found.iso), Some(*iso), "{alias}");
        }
    }

    #[test]
    fn both_tables_are_read_whole() {
        assert_eq!(COUNTRY_TABLE.all.len(), COUNTRIES.lines().count() - 1);
        assert_eq!(cities().len(), CITIES.lines().count() - 1);
        assert!(cities().iter().all(|city| country(city.iso).is_some()));
    }

    #[test]
    fn distances_agree_with_published_ones() {
        let (london, paris) = (Point::city(51.5074, -0.1278), Point::city(48.8566, 2.3522));
        assert!((london.distance_km(&paris) - 343.6).abs() < 1.0);
        let (west, east) = (Point::city(0.0, -179.5), Point::city(0.0, 179.5));
        assert!((west.distance_km(&east) - 111.2).abs() < 0.5);
        assert!(london.certain_distance_km(&london) == 0.0);
    }
}
