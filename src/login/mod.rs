//! Turns a message into a [`Login`], or into a [`Rejected`] with its reason.
//!
//! Two forms of one event: [`Event`] still has the texts, for people; [`Login`] has only hashes and
//! numbers, for the detector. Everything that comes from outside is bounded here and nowhere else.

pub mod event;
pub mod field;
pub mod fields;
pub mod id;
mod place;
pub mod position;
pub mod presence;
pub mod rejected;
mod synonyms;
pub mod timestamp;

use std::borrow::Cow;
use std::net::IpAddr;

pub use event::{Event, EventKind, Truth};
pub use id::{Id, IdHasher, IdKind};
pub use place::Place;
pub use position::{Offset, OffsetRange, Partition};
pub use presence::Presence;
pub use rejected::{RejectReason, Rejected};

use crate::enrich::agent::Families;
use crate::enrich::geo::Point;
use crate::enrich::hosting;
use crate::enrich::networks::NetworkClass;

/// What the detector reads of a login: no texts, no personal data.
#[derive(Clone, Debug, PartialEq)]
pub struct Login {
    pub tenant: Id,
    pub user: Id,
    /// The name that was typed, where the provider may call the user it found otherwise.
    pub typed_name: Option<Id>,
    /// Event time, milliseconds since 1970.
    pub time_ms: i64,
    pub kind: EventKind,
    pub success: bool,
    pub device: Option<Id>,
    pub address: Option<Id>,
    /// The /24 (IPv4) or /48 (IPv6) around the address.
    pub block: Option<Id>,
    pub asn: Option<Id>,
    /// The number of the autonomous system.
    pub asn_number: Option<u32>,
    /// Whether the network hides who comes from it: by the class that a list gave it, or because its
    /// system is one that anybody can rent from by the hour.
    pub hosting: Option<bool>,
    /// What a list says of the network.
    pub network_class: Option<NetworkClass>,
    pub country: Option<Id>,
    /// The country's ISO 3166-1 code of two letters.
    pub country_code: Option<[u8; 2]>,
    pub city: Option<Id>,
    pub point: Option<Point>,
    pub agent: Option<Agent>,
    pub method: Option<Id>,
    pub bytes_in: Option<u64>,
    pub bytes_out: Option<u64>,
    pub claimed_new_device: Option<bool>,
    /// The hour on the user's own clock, as the provider says, 0 to 23.
    pub claimed_hour: Option<u8>,
    pub claimed_risk: Option<ClaimedRisk>,
}

/// What the provider thinks of a login: one more witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimedRisk {
    None,
    Low,
    Medium,
    High,
}

impl ClaimedRisk {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "none" => Some(Self::None),
            "low" => Some(Self::Low),
            "medium" => Some(Self::Medium),
            "high" => Some(Self::High),
            _ => None,
        }
    }
}

/// A user agent: the whole string, and its families.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agent {
    pub text: Id,
    pub browser: Id,
    pub operating_system: Id,
    pub device_type: Id,
    pub families: Families,
}

impl Login {
    /// The detector's form of a checked event.
    #[must_use]
    pub fn new(event: &Event<'_>, hasher: &IdHasher) -> Self {
        Self::at(event, hasher, &hasher.place(event))
    }

    /// The same where it is known what the event's words for its place stand for.
    #[must_use]
    pub fn at(event: &Event<'_>, hasher: &IdHasher, place: &Place) -> Self {
        let id = |kind, value: &[u8]| hasher.id(kind, &event.tenant, value);
        let name = |kind, name: Option<&str>| name.map(|name| id(kind, name.as_bytes()));
        let class = event.network_class.as_deref();
        let class = class.and_then(NetworkClass::from_name);
        let point = match (event.latitude, event.longitude) {
            // Where a company or a relay lets its users out says nothing of where they are.
            _ if class.is_some_and(|class| !class.has_place()) => None,
            (Some(latitude), Some(longitude)) => {
                Some(Point::city(latitude, longitude).within(event.accuracy_km))
            }
            _ => place.centre,
        };
        let agent = event.user_agent.as_deref();
        Self {
            tenant: id(IdKind::Tenant, b""),
            user: id(IdKind::User, same_name(&event.user_id).as_bytes()),
            typed_name: event
                .typed_name
                .as_deref()
                .map(|name| id(IdKind::TypedName, same_name(name).as_bytes())),
            time_ms: event.time_ms,
            kind: event.kind(),
            success: event.success,
            device: name(IdKind::Device, event.device_id.as_deref()),
            address: event.ip_address.map(|address| address_id(&id, address)),
            block: event.ip_address.map(|address| block_id(&id, address)),
            asn: event.asn.map(|asn| id(IdKind::Asn, &asn.to_le_bytes())),
            asn_number: event.asn,
            hosting: class
                .map(NetworkClass::is_anonymiser)
                .or(event.asn.map(hosting::is_hosting)),
            network_class: class,
            country: place.country,
            country_code: place.country_code,
            city: place.city,
            point,
            agent: agent.map(|text| hasher.agent(&event.tenant, text)),
            method: name(IdKind::Method, event.auth_method.as_deref()),
            bytes_in: event.bytes_in,
            bytes_out: event.bytes_out,
            claimed_new_device: event.is_new_device,
            claimed_hour: event.login_hour,
            claimed_risk: event
                .provider_risk
                .as_deref()
                .and_then(ClaimedRisk::from_name),
        }
    }

    /// The user, where there is one.
    #[must_use]
    pub fn known_user(&self) -> Option<Id> {
        self.kind.has_user().then_some(self.user)
    }

    /// Whether it counts where it came from: evidence about a user does not.
    #[must_use]
    pub fn counts_at_source(&self) -> bool {
        !self.kind.is_evidence() || self.kind == EventKind::Attempt
    }

    /// The typed name that a failure counts at: it may be the only name that the user has by then.
    #[must_use]
    pub fn failed_name(&self) -> Option<Id> {
        let is_login = self.kind == EventKind::Login;
        self.typed_name.filter(|_| !self.success && is_login)
    }

    /// The autonomous system, or the block where that is not known.
    #[must_use]
    pub fn network(&self) -> Option<Id> {
        self.asn.or(self.block)
    }

    /// Event time in whole seconds since 1970.
    #[must_use]
    pub fn time_s(&self) -> u32 {
        u32::try_from(self.time_ms / 1000).unwrap_or(u32::MAX)
    }
}

/// The name by which a user is known: providers spell one name in several ways.
pub(crate) fn same_name(name: &str) -> Cow<'_, str> {
    if name.chars().any(char::is_uppercase) {
        Cow::Owned(name.to_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

impl IdHasher {
    /// The ids of a device, of an address and of its block.
    #[must_use]
    pub(crate) fn source_ids(
        &self,
        tenant: &str,
        device: Option<&str>,
        address: Option<IpAddr>,
    ) -> (Option<Id>, Option<Id>, Option<Id>) {
        let id = |kind, value: &[u8]| self.id(kind, tenant, value);
        let device = device.map(|device| id(IdKind::Device, device.as_bytes()));
        let block = address.map(|address| block_id(&id, address));
        (
            device,
            address.map(|address| address_id(&id, address)),
            block,
        )
    }
}

fn address_id(id: &impl Fn(IdKind, &[u8]) -> Id, address: IpAddr) -> Id {
    match address {
        IpAddr::V4(address) => id(IdKind::Address, &address.octets()),
        IpAddr::V6(address) => id(IdKind::Address, &address.octets()),
    }
}

/// The block of an address as people write it.
#[must_use]
pub(crate) fn block_text(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

fn block_id(id: &impl Fn(IdKind, &[u8]) -> Id, address: IpAddr) -> Id {
    match address {
        IpAddr::V4(address) => id(IdKind::Block, &address.octets()[..3]),
        IpAddr::V6(address) => id(IdKind::Block, &address.octets()[..6]),
    }
}

#[cfg(test)]
mod tests;
