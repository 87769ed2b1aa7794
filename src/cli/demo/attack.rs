//! The attack that a button of the demo's pages begins: one address tries forty people's passwords,
//! and gets in as two.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};

use crate::login::Event;

/// People that are tried; of these so many are entered.
const TRIED: usize = 40;
const ENTERED: usize = 2;
const BETWEEN_MS: i64 = 2_000;
/// Where it comes from: a hoster in another part of the world.
const COUNTRY: &str = "RO";
const CITY: &str = "Bucharest";
const PLACE: (f32, f32) = (44.43, 26.10);
const HOSTER: u32 = 9_009;
const TOOL: &str = "python-requests/2.32";

/// People who logged in lately, the last login of each.
#[derive(Default)]
pub(super) struct Victims {
    logins: VecDeque<Event<'static>>,
    attacks: u32,
}

impl Victims {
    /// Takes note of a login.
    pub fn note(&mut self, event: &Event<'static>) {
        let is_honest = event.success && event.truth.label != Some(true);
        let is_known = || self.logins.iter().any(|one| one.user_id == event.user_id);
        if !is_honest || is_known() {
            return;
        }
        if self.logins.len() == TRIED {
            self.logins.pop_front();
        }
        self.logins.push_back(event.clone());
    }

    /// The logins of an attack that begins at a time, milliseconds since 1970.
    pub fn attack(&mut self, begins_ms: i64) -> Vec<Event<'static>> {
        self.attacks += 1;
        let campaign = format!("button-{}", self.attacks);
        let address = Ipv4Addr::new(203, 0, 113, (self.attacks % 250 + 1) as u8);
        let entered = self.logins.len().saturating_sub(ENTERED);
        let tries = self.logins.iter().enumerate().map(|(number, login)| {
            let mut event = login.clone();
            event.event_id = Some(format!("{campaign}-{number}").into());
            event.time_ms = begins_ms + number as i64 * BETWEEN_MS;
            event.event_type = Cow::Borrowed("login");
            event.success = number >= entered;
            event.ip_address = Some(IpAddr::V4(address));
            event.asn = Some(HOSTER);
            event.geo_location = Some(Cow::Borrowed(COUNTRY));
            event.city = Some(Cow::Borrowed(CITY));
            (event.latitude, event.longitude) = (Some(PLACE.0), Some(PLACE.1));
            event.device_id = Some(format!("tool-{}", self.attacks).into());
            event.user_agent = Some(Cow::Borrowed(TOOL));
            event.auth_method = Some(Cow::Borrowed("password"));
            event.is_new_device = None;
            event.login_hour = None;
            event.truth.label = Some(true);
            event.truth.campaign = Some(campaign.clone().into());
            event
        });
        tries.collect()
    }
}
