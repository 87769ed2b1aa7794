//! What an analyst is shown of a user's last login beside an alert.

use std::sync::Arc;

use crate::codec::wire_struct;
use crate::login::{Event, IdHasher, Login};

/// The readable side of a login, cut to a bound. It is kept for the last success of a user alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DisplayFields {
    pub event_id: Option<Box<str>>,
    pub ip_address: Option<std::net::IpAddr>,
    pub place: Option<Arc<str>>,
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
    /// Of a login whose fields nobody will read.
    pub const NONE: &Self = &Self {
        event_id: None,
        ip_address: None,
        place: None,
        device: None,
    };

    /// What is worth showing of an event, beside the login that the detector reads.
    #[must_use]
    pub fn with_login(event: &Event<'_>, hasher: &IdHasher) -> (Login, Self) {
        let place = hasher.place(event);
        let login = Login::at(event, hasher, &place);
        let cut = |text: &str| Box::from(&text[..text.floor_char_boundary(MAX_SHOWN_BYTES)]);
        let display = Self {
            event_id: event.event_id.as_deref().map(cut),
            ip_address: event.ip_address,
            place: place.text,
            device: event.device_id.as_deref().map(cut),
        };
        (login, display)
    }
}
