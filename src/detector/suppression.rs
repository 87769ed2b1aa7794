//! What a company has decided not to be alerted of for a time: by whom, why, and until when.
//!
//! A suppressed login is judged, remembered and counted as any other; only its alert is not
//! published. The time that counts is the login's, so that a redo and a replay suppress the same.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ipnet::IpNet;

use super::Family;
use crate::login::{Event, same_name};

/// Which logins are meant: those that every list has that is not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Covered {
    pub tenant: Option<String>,
    /// By the names that users are known by.
    pub users: BTreeSet<String>,
    pub networks: Vec<IpNet>,
    pub systems: BTreeSet<u32>,
    pub devices: BTreeSet<String>,
    pub families: BTreeSet<Family>,
}

impl Covered {
    /// Whether nothing but a tenant is named: that would be everything.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.users.is_empty()
            && self.networks.is_empty()
            && self.systems.is_empty()
            && self.devices.is_empty()
            && self.families.is_empty()
    }

    fn covers(&self, event: &Event<'_>, family: Family) -> bool {
        let of_tenant = self
            .tenant
            .as_deref()
            .is_none_or(|tenant| tenant == event.tenant);
        let of_user =
            self.users.is_empty() || self.users.contains(same_name(&event.user_id).as_ref());
        let of_device = self.devices.is_empty()
            || event
                .device_id
                .as_deref()
                .is_some_and(|device| self.devices.contains(device));
        let of_family = self.families.is_empty() || self.families.contains(&family);
        of_tenant && of_user && of_device && of_family && self.has_network(event)
    }

    /// Addresses and systems are one list to whoever writes it.
    fn has_network(&self, event: &Event<'_>) -> bool {
        if self.networks.is_empty() && self.systems.is_empty() {
            return true;
        }
        let holds = |address: IpAddr| {
            self.networks
                .iter()
                .any(|network| network.contains(&address))
        };
        event.ip_address.is_some_and(holds)
            || event.asn.is_some_and(|asn| self.systems.contains(&asn))
    }
}

/// A suppression, with an end.
#[derive(Debug)]
pub struct Suppression {
    pub name: String,
    /// Who decided it.
    pub by: String,
    pub why: String,
    /// Event time, milliseconds since 1970.
    pub until_ms: i64,
    pub covered: Covered,
    /// Whether its end was told by an alert that it would have kept back.
    end_is_told: AtomicBool,
}

impl Suppression {
    #[must_use]
    pub fn new(name: String, by: String, why: String, until_ms: i64, covered: Covered) -> Self {
        Self {
            name,
            by,
            why,
            until_ms,
            covered,
            end_is_told: AtomicBool::new(false),
        }
    }

    #[must_use]
    pub fn has_ended(&self, now_ms: i64) -> bool {
        self.until_ms <= now_ms
    }
}

/// All that are configured.
#[derive(Clone, Debug)]
pub struct Suppressions(Arc<[Suppression]>);

impl Default for Suppressions {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Suppressions {
    #[must_use]
    pub fn new(all: Vec<Suppression>) -> Self {
        Self(all.into())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Suppression> {
        self.0.iter()
    }

    /// The first that keeps the alert of a flagged login back. One that would have, had it not
    /// ended, is told of once.
    #[must_use]
    pub fn of(&self, event: &Event<'_>, family: Family) -> Option<&Suppression> {
        let covering = || self.iter().filter(|one| one.covered.covers(event, family));
        let found = covering().find(|one| !one.has_ended(event.time_ms));
        if found.is_none() {
            for ended in covering() {
                if !ended.end_is_told.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        suppression = ended.name,
                        by = ended.by,
                        why = ended.why,
                        "a suppression has ended; what it kept back is alerted of again"
                    );
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(rest: &str) -> Event<'static> {
        let json = format!(
            r#"{{"user_id":"Ann","timestamp":"2026-03-01T10:00:00Z","success":true{rest}}}"#
        );
        Event::from_json(Box::leak(json.into_boxed_str()).as_bytes()).unwrap()
    }

    fn suppression(until: &str, covered: Covered) -> Suppressions {
        let until_ms = crate::login::timestamp::from_text(until).unwrap();
        let [name, by, why] = ["test", "me", "a test"].map(str::to_owned);
        Suppressions::new(vec![Suppression::new(name, by, why, until_ms, covered)])
    }

    #[test]
    fn every_list_has_to_have_it_and_an_empty_one_has_everything() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let covered = Covered {
            users: texts(&["ann"]),
            networks: vec!["198.51.100.0/24".parse().unwrap()],
            systems: BTreeSet::from([64_500]),
            ..Covered::default()
        };
        let all = suppression("2026-04-01T00:00:00Z", covered);
        let is = |rest: &str| all.of(&event(rest), Family::Travel).is_some();
        assert!(is(r#","ip_address":"198.51.100.7""#));
        assert!(is(r#","ip_address":"203.0.113.7","asn":64500"#));
        assert!(!is(r#","ip_address":"203.0.113.7""#));
        assert!(!is(""), "no network is none of these");

        let families = BTreeSet::from([Family::Travel]);
        let covered = Covered {
            tenant: Some("other".to_owned()),
            families: families.clone(),
            ..Covered::default()
        };
        let all = suppression("2026-04-01T00:00:00Z", covered);
        assert!(all.of(&event(""), Family::Travel).is_none());
        assert!(
            all.of(&event(r#","tenant":"other""#), Family::Travel)
                .is_some()
        );
        assert!(
            all.of(&event(r#","tenant":"other""#), Family::Takeover)
                .is_none()
        );
        let covered = Covered {
            devices: texts(&["probe"]),
            families,
            ..Covered::default()
        };
        let all = suppression("2026-04-01T00:00:00Z", covered);
        assert!(
            all.of(&event(r#","device_id":"probe""#), Family::Travel)
                .is_some()
        );
        assert!(all.of(&event(""), Family::Travel).is_none());
    }

    #[test]
    fn it_ends_by_the_time_of_the_login() {
        let covered = Covered {
            users: BTreeSet::from(["ann".to_owned()]),
            ..Covered::default()
        };
        for (until, holds) in [
            ("2026-03-01T10:00:00.001Z", true),
            ("2026-03-01T10:00:00Z", false),
        ] {
            let all = suppression(until, covered.clone());
            assert_eq!(
                all.of(&event(""), Family::Unusual).is_some(),
                holds,
                "{until}"
            );
        }
    }
}
