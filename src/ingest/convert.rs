//! From a record of a provider to logins, by the rules of its format.

use std::borrow::Cow;

use super::adapter::EventIndex;
use super::clean;
use super::format::{Format, LoginKind, Rule, Target, Then, any_holds};
use super::outcome::{Broken, Evidence, IgnoreReason, Outcome, Rejection};
use super::record::{self, Raw};
use super::time;
use super::value::{self, Found};
use crate::enrich::geo;
use crate::login::event::{MAX_USER_AGENT_BYTES, cut};
use crate::login::fields::Scalar;
use crate::login::{Event, Truth};

/// A line of a host's log stands for so many attempts at most.
const MAX_COUNT: f64 = 1000.0;
const MAX_BYTES: f64 = (1u64 << 50) as f64;

impl Format {
    /// Calls back with the place and the outcome of each event of a record. Lines without a year or
    /// a date are dated by when they came in.
    pub fn convert(
        &self,
        bytes: &[u8],
        received_ms: i64,
        mut each: impl FnMut(EventIndex, Outcome<'_>),
    ) {
        let read = record::unwrapped(bytes);
        let events = read
            .as_deref()
            .map_err(|broken| *broken)
            .and_then(|bytes| record::read(self, bytes));
        let single = EventIndex {
            index: 0,
            is_batch: false,
        };
        let events = match events {
            Ok(events) => events,
            Err(broken) => return each(single, Outcome::Rejected(Rejection::Record(broken))),
        };
        if events.events.is_empty() {
            each(single, ignored(IgnoreReason::Empty));
        }
        let is_batch = events.is_batch;
        for (index, mut event) in events.events.into_iter().enumerate() {
            let place = EventIndex { index, is_batch };
            each(place, self.outcome(&mut event, received_ms));
        }
    }

    /// Whether a record is of this format.
    #[must_use]
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        let Ok(bytes) = record::unwrapped(bytes) else {
            return false;
        };
        if let Some(is_of) = record::begins_as(self, &bytes) {
            return is_of;
        }
        let Ok(events) = record::read(self, &bytes) else {
            return false;
        };
        events
            .events
            .into_iter()
            .any(|mut event| self.take_apart(&mut event))
    }

    /// The rule that holds for an event, with its number from 1.
    pub(super) fn rule_of(&self, values: &[Found<'_>]) -> Option<(usize, &Rule)> {
        let rules = self.rules.iter().enumerate();
        rules
            .map(|(number, rule)| (number + 1, rule))
            .find(|(_, rule)| any_holds(&rule.when, values))
    }

    pub(super) fn outcome<'e>(&'e self, event: &'e mut Raw<'_>, received_ms: i64) -> Outcome<'e> {
        if !self.take_apart(event) {
            return Outcome::Rejected(Rejection::Record(if event.text.is_some() {
                Broken::Unparseable
            } else {
                Broken::UnknownShape
            }));
        }
        let values = &event.values;
        let Some((_, rule)) = self.rule_of(values) else {
            return ignored(IgnoreReason::NotALogin);
        };
        let found = Reading {
            format: self,
            rule,
            values,
            received_ms,
        };
        match &rule.then {
            Then::Ignored { reason, evidence } => Outcome::Ignored {
                reason: *reason,
                evidence: evidence.and_then(|evidence| found.evidence(evidence)),
            },
            Then::Login { kind, success } => match success.of(values) {
                Some(success) => found.login(*kind, success),
                None => ignored(IgnoreReason::NoOutcome),
            },
        }
    }
}

fn ignored<'a>(reason: IgnoreReason) -> Outcome<'a> {
    Outcome::Ignored {
        reason,
        evidence: None,
    }
}

/// An event with the rule that holds for it.
struct Reading<'e, 'a> {
    format: &'e Format,
    rule: &'e Rule,
    values: &'e [Found<'a>],
    received_ms: i64,
}

impl<'e> Reading<'e, '_> {
    fn login(&self, kind: LoginKind, success: bool) -> Outcome<'e> {
        let Some(time_ms) = self.time_ms() else {
            return Outcome::Rejected(Rejection::Record(Broken::NoTimestamp));
        };
        let Some(user_id) = self.name(Target::UserId) else {
            // Somebody was tried whom the provider does not name: his address still says it.
            let is_attempt = kind == LoginKind::Login && !success;
            return Outcome::Ignored {
                reason: IgnoreReason::NoUser,
                evidence: is_attempt
                    .then(|| self.evidence(Evidence::Attempt))
                    .flatten(),
            };
        };
        let count = self.number(Target::Count, 1.0..=MAX_COUNT);
        Outcome::Login {
            login: Box::new(self.event(user_id, time_ms, kind.name(), success)),
            count: count.map_or(1, |count| count as u32),
        }
    }

    /// What an event says that is no login; nothing, where nobody could make use of it.
    fn evidence(&self, evidence: Evidence) -> Option<Box<Event<'e>>> {
        let time_ms = self.time_ms()?;
        let success = evidence != Evidence::Attempt;
        let user_id = match (evidence, self.name(Target::UserId)) {
            (Evidence::Attempt, _) => Cow::Borrowed(""),
            (_, user_id) => user_id?,
        };
        let event = self.event(user_id, time_ms, evidence.name(), success);
        let says_who = evidence != Evidence::Attempt || event.ip_address.is_some();
        says_who.then(|| Box::new(event))
    }

    fn event(
        &self,
        user_id: Cow<'e, str>,
        time_ms: i64,
        event_type: &'static str,
        success: bool,
    ) -> Event<'e> {
        let (latitude, longitude) = self.coordinates();
        Event {
            event_id: self.name(Target::EventId),
            tenant: Cow::Borrowed("default"),
            typed_name: self.name(Target::TypedName),
            user_id,
            time_ms,
            event_type: Cow::Borrowed(event_type),
            auth_method: self.name(Target::AuthMethod),
            success,
            ip_address: self
                .text(Target::IpAddress)
                .and_then(|text| clean::address(&text)),
            geo_location: self.country(),
            city: self.name(Target::City),
            latitude,
            longitude,
            asn: self.asn(),
            device_id: self.name(Target::DeviceId),
            user_agent: self
                .text(Target::UserAgent)
                .map(|text| cut(text, MAX_USER_AGENT_BYTES)),
            bytes_in: self.bytes(Target::BytesIn),
            bytes_out: self.bytes(Target::BytesOut),
            is_new_device: self.flag(Target::IsNewDevice),
            login_hour: None,
            network_class: None,
            accuracy_km: None,
            provider_tenant: self.name(Target::ProviderTenant),
            provider_risk: self.name(Target::ProviderRisk),
            origin: None,
            truth: Truth::default(),
        }
    }

    fn value(&self, target: Target) -> Option<Scalar<'e>> {
        let ways = self.format.ways(target, self.rule);
        ways.iter().find_map(|find| find.value(self.values))
    }

    fn text(&self, target: Target) -> Option<Cow<'e, str>> {
        match self.value(target)? {
            Scalar::Text(text) => Some(text),
            other => value::text(&other).map(|text| Cow::Owned(text.into_owned())),
        }
    }

    fn name(&self, target: Target) -> Option<Cow<'e, str>> {
        self.text(target).map(clean::name)
    }

    fn number(&self, target: Target, range: std::ops::RangeInclusive<f64>) -> Option<f64> {
        let number = value::number(&self.value(target)?)?;
        range.contains(&number).then_some(number)
    }

    fn bytes(&self, target: Target) -> Option<u64> {
        self.number(target, 0.0..=MAX_BYTES)
            .map(|bytes| bytes as u64)
    }

    fn flag(&self, target: Target) -> Option<bool> {
        match self.text(target)?.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => None,
        }
    }

    fn time_ms(&self) -> Option<i64> {
        time::parse(&self.value(Target::Timestamp)?, self.received_ms)
    }

    /// The country's code, or its name where nobody knows it.
    fn country(&self) -> Option<Cow<'e, str>> {
        let name = self.name(Target::GeoLocation)?;
        Some(match geo::country(&name) {
            Some(country) => Cow::Borrowed(country.iso),
            None => name,
        })
    }

    /// Both coordinates; providers write 0, 0 where they know none.
    fn coordinates(&self) -> (Option<f32>, Option<f32>) {
        let latitude = self.number(Target::Latitude, -90.0..=90.0);
        let longitude = self.number(Target::Longitude, -180.0..=180.0);
        match (latitude, longitude) {
            (Some(latitude), Some(longitude)) if latitude != 0.0 || longitude != 0.0 => {
                (Some(latitude as f32), Some(longitude as f32))
            }
            _ => (None, None),
        }
    }

    fn asn(&self) -> Option<u32> {
        let text = self.text(Target::Asn)?;
        let digits = text.trim_start_matches(['A', 'S', 'a', 's']);
        digits.parse().ok().filter(|asn| *asn != 0)
    }
}
