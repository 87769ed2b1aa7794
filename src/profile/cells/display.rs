//! What an analyst is shown of a user's last login beside an alert.

use crate::codec::wire_struct;
use crate::login::Event;

/// The readable side of a login, cut to a bound. It is kept for the last success of a user alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DisplayFields {
    pub event_id: Option<Box<str>>,
    pub ip_address: Option<std::net::IpAddr>,
    pub place: Option<Box<str>>,
    pub device: Option<Box<str>>,
}

wire_struct!(DisplayFields {
    event_id,
    ip_address,
    place,
    device
});

/// The longest text kept for display, bytes.
const MAX_SHOWN_BYTES: usize = 64;

impl DisplayFields {
    /// What is worth showing of an event.
    #[must_use]
    pub fn new(event: &Event<'_>) -> Self {
        let cut = |text: &str| Box::from(&text[..text.floor_char_boundary(MAX_SHOWN_BYTES)]);
        let country = event.geo_location.as_deref();
        let country =
            country.map(|name| crate::enrich::geo::country(name).map_or(name, |known| known.name));
        let place = match (event.city.as_deref(), country) {
            (Some(city), Some(country)) => Some(cut(&format!("{city}, {country}"))),
            (Some(name), None) | (None, Some(name)) => Some(cut(name)),
            (None, None) => None,
        };
        Self {
            event_id: event.event_id.as_deref().map(cut),
            ip_address: event.ip_address,
            place,
            device: event.device_id.as_deref().map(cut),
        }
    }
}
