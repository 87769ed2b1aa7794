//! A user's profile as people read it. Profiles keep ids, which are hashes: what comes from a known
//! list (countries, browsers) is named by hashing the list, what was seen in texts at hand (alerts)
//! by hashing those; of everything else only since when and how often is known.

use std::collections::HashMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::UserCell;
use crate::enrich::{agent, geo};
use crate::login::{Id, IdHasher, IdKind, timestamp};
use crate::sketch::{FrequencyEntry, FrequencyList};

/// Something that a user is known to use.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct KnownThing {
    /// Null where only its hash is known.
    pub name: Option<String>,
    pub first_seen: String,
    pub last_seen: String,
    pub logins: u32,
}

/// Where a user logs in from.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct SeenPlace {
    pub latitude: f32,
    pub longitude: f32,
    pub logins: u32,
}

/// What is known of a user.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct Portrait {
    pub first_seen: String,
    pub last_success: Option<String>,
    pub last_place: Option<String>,
    pub last_device: Option<String>,
    pub last_address: Option<String>,
    pub successes: u32,
    pub failures: u32,
    /// Failures since the last success.
    pub failure_run: u16,
    /// Until when it takes less to doubt the user's logins.
    pub watched_until: Option<String>,
    pub countries: Vec<KnownThing>,
    pub devices: Vec<KnownThing>,
    pub addresses: Vec<KnownThing>,
    /// Autonomous systems.
    pub networks: Vec<KnownThing>,
    pub browsers: Vec<KnownThing>,
    pub operating_systems: Vec<KnownThing>,
    pub places: Vec<SeenPlace>,
    /// Successes by hour of the day on the user's own clock: 24 of weekdays, then 24 of weekends.
    #[schema(value_type = Vec<u8>)]
    pub hours: Vec<u8>,
}

/// Texts by which things of a user can be named.
#[derive(Clone, Debug, Default)]
pub struct KnownTexts {
    pub devices: Vec<String>,
    pub addresses: Vec<IpAddr>,
    pub systems: Vec<u32>,
}

/// Names by the part of an id that lists keep.
struct Names<'a> {
    hasher: &'a IdHasher,
    tenant: &'a str,
}

impl Names<'_> {
    fn of<'t>(
        &self,
        kind: IdKind,
        texts: impl Iterator<Item = (String, Vec<u8>)> + 't,
    ) -> HashMap<u32, String> {
        let id = |bytes: &[u8]| self.hasher.id(kind, self.tenant, bytes).short();
        texts.map(|(text, bytes)| (id(&bytes), text)).collect()
    }

    fn families(
        &self,
        kind: IdKind,
        all: impl Iterator<Item = &'static str>,
    ) -> HashMap<u32, String> {
        self.of(
            kind,
            all.map(|name| (name.to_owned(), name.as_bytes().to_vec())),
        )
    }
}

impl Portrait {
    /// Of a profile, as it stands at the user's last attempt: event time, which in a replay is far
    /// from now.
    #[must_use]
    pub fn of(user: &UserCell, hasher: &IdHasher, tenant: &str, texts: &KnownTexts) -> Self {
        let names = Names { hasher, tenant };
        let now_s = u32::try_from(user.last_attempt_ms / 1_000).unwrap_or(u32::MAX);
        let last = user.last_success.as_ref();
        let display = last.map(|last| &last.display);
        let last_device = display.and_then(|display| display.device.as_deref());
        let last_address = display.and_then(|display| display.ip_address);
        let countries = geo::countries();
        let countries = countries.map(|one| (one.name.to_owned(), one.iso.as_bytes().to_vec()));
        let devices = texts.devices.iter().map(String::as_str).chain(last_device);
        let devices = devices.map(|text| (text.to_owned(), text.as_bytes().to_vec()));
        let addresses = texts.addresses.iter().copied().chain(last_address);
        let addresses = addresses.map(|address| {
            let bytes = match address {
                IpAddr::V4(address) => address.octets().to_vec(),
                IpAddr::V6(address) => address.octets().to_vec(),
            };
            (address.to_string(), bytes)
        });
        let systems = texts.systems.iter();
        let systems = systems.map(|asn| (format!("AS{asn}"), asn.to_le_bytes().to_vec()));
        let time = |time_s: u32| timestamp::to_text(i64::from(time_s) * 1_000);
        Self {
            first_seen: time(user.first_s),
            last_success: last.map(|last| timestamp::to_text(last.time_ms)),
            last_place: display.and_then(|display| display.place.as_deref().map(str::to_owned)),
            last_device: last_device.map(str::to_owned),
            last_address: last_address.map(|address| address.to_string()),
            successes: user.successes,
            failures: user.failures_ever,
            failure_run: user.failure_run,
            watched_until: (user.raised_until_s > now_s).then(|| time(user.raised_until_s)),
            countries: things(&user.countries, &names.of(IdKind::Country, countries)),
            devices: things(&user.devices, &names.of(IdKind::Device, devices)),
            addresses: things(&user.addresses, &names.of(IdKind::Address, addresses)),
            networks: things(&user.asns, &names.of(IdKind::Asn, systems)),
            browsers: things(
                &user.browsers,
                &names.families(IdKind::Browser, agent::browsers()),
            ),
            operating_systems: things(
                &user.operating_systems,
                &names.families(IdKind::OperatingSystem, agent::systems()),
            ),
            places: user
                .places
                .iter()
                .map(|place| SeenPlace {
                    latitude: place.point.latitude,
                    longitude: place.point.longitude,
                    logins: place.count(),
                })
                .collect(),
            hours: user.hours.total(now_s).0.to_vec(),
        }
    }
}

/// The things of a list, those used most first.
fn things<const N: usize>(
    list: &FrequencyList<N>,
    names: &HashMap<u32, String>,
) -> Vec<KnownThing> {
    let time = |time_s: u32| timestamp::to_text(i64::from(time_s) * 1_000);
    let mut entries: Vec<&FrequencyEntry> = list.iter().collect();
    entries.sort_by_key(|entry| std::cmp::Reverse((entry.count, entry.last_s)));
    let thing = |entry: &FrequencyEntry| KnownThing {
        name: names.get(&entry.id()).cloned(),
        first_seen: time(entry.first_s),
        last_seen: time(entry.last_s),
        logins: entry.count,
    };
    entries.into_iter().map(thing).collect()
}

/// The id of a user's profile.
#[must_use]
pub fn user_id(hasher: &IdHasher, tenant: &str, user: &str) -> Id {
    hasher.id(
        IdKind::User,
        tenant,
        crate::login::same_name(user).as_bytes(),
    )
}
