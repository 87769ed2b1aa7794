//! What a login's words for a country, a city and a user agent stand for, remembered: few of them
//! come again and again.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::{Agent, Event, Id, IdHasher, IdKind};
use crate::enrich::agent;
use crate::enrich::geo::{self, Point};

/// The longest name of a place that is kept for an analyst, bytes.
const MAX_TEXT_BYTES: usize = 64;
/// Words that a thread remembers of each kind; when there are more, it begins anew.
const MOST_REMEMBERED: usize = 4_096;

/// Where a login says that it comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    pub country: Option<Id>,
    pub city: Option<Id>,
    /// The country's ISO 3166-1 code of two letters.
    pub country_code: Option<[u8; 2]>,
    /// The middle of the country.
    pub centre: Option<Point>,
    /// For people, cut to a bound.
    pub text: Option<Arc<str>>,
}

type Remembered<T> = HashMap<Id, T, foldhash::fast::RandomState>;

thread_local! {
    // Under ids that depend on the secret and the tenant, so that one memory serves all hashers.
    static PLACES: RefCell<Remembered<Place>> = RefCell::default();
    static AGENTS: RefCell<Remembered<Agent>> = RefCell::default();
}

fn remember<T: Clone>(memory: &RefCell<Remembered<T>>, key: Id, find_out: impl FnOnce() -> T) -> T {
    let mut memory = memory.borrow_mut();
    if let Some(known) = memory.get(&key) {
        return known.clone();
    }
    let found = find_out();
    if memory.len() >= MOST_REMEMBERED {
        memory.clear();
    }
    memory.insert(key, found.clone());
    found
}

impl IdHasher {
    /// Where an event says that it comes from.
    #[must_use]
    pub fn place(&self, event: &Event<'_>) -> Place {
        let (country, city) = (event.geo_location.as_deref(), event.city.as_deref());
        if country.is_none() && city.is_none() {
            return Place::default();
        }
        let words = [country, city].map(|word| word.unwrap_or_default().as_bytes());
        let key = self.id_of(IdKind::PlaceWords, &event.tenant, &words);
        PLACES.with(|places| {
            remember(places, key, || {
                self.find_place(&event.tenant, country, city)
            })
        })
    }

    fn find_place(&self, tenant: &str, country: Option<&str>, city: Option<&str>) -> Place {
        let known = country.and_then(geo::country);
        let id = |kind, value: &str| self.id(kind, tenant, value.as_bytes());
        let country_id = country.map(|name| match known {
            Some(known) => id(IdKind::Country, known.iso),
            None => id(IdKind::Country, &name.to_lowercase()),
        });
        let city_id = city.map(|city| {
            let place = format!("{country_id:?}/{}", city.to_lowercase());
            id(IdKind::City, &place)
        });
        let country_name = country.map(|name| known.map_or(name, |known| known.name));
        let cut = |text: &str| Arc::from(&text[..text.floor_char_boundary(MAX_TEXT_BYTES)]);
        let text = match (city, country_name) {
            (Some(city), Some(country)) => Some(cut(&format!("{city}, {country}"))),
            (Some(name), None) | (None, Some(name)) => Some(cut(name)),
            (None, None) => None,
        };
        Place {
            country: country_id,
            city: city_id,
            country_code: known.and_then(|known| known.iso.as_bytes().try_into().ok()),
            centre: known.map(|known| known.centre),
            text,
        }
    }

    /// A user agent and its families.
    #[must_use]
    pub fn agent(&self, tenant: &str, text: &str) -> Agent {
        let whole = self.id(IdKind::Agent, tenant, text.as_bytes());
        let find_out = || {
            let families = agent::families(text);
            let id = |kind, family: &str| self.id(kind, tenant, family.as_bytes());
            Agent {
                text: whole,
                browser: id(IdKind::Browser, families.browser()),
                operating_system: id(IdKind::OperatingSystem, families.operating_system()),
                device_type: id(IdKind::DeviceType, families.device_type()),
                families,
            }
        };
        AGENTS.with(|agents| remember(agents, whole, find_out))
    }
}
