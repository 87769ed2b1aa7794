//! What a company's identity provider sends of a login.

use std::borrow::Cow;

use rand::RngExt;
use serde::Deserialize;

use super::{CompanyError, Method, Share, within};
use crate::login::Event;
use crate::simulate::Random;
use crate::simulate::devices::{BUILDS, Device};
use crate::simulate::network::random_city;
use crate::simulate::planned::{of_type, position};

/// Which optional fields an identity provider sends.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::simulate) struct Provider {
    network: bool,
    city: bool,
    position: bool,
    device: bool,
    /// Names only devices of the company: no device of somebody's own, and none of an attacker.
    pub managed_devices_only: bool,
    agent: bool,
    /// Builds and models that user agents tell apart.
    pub builds: u32,
    volume: bool,
    method: bool,
    /// Says of a failed login how little was sent.
    volume_of_failures: bool,
    /// Sends the challenges of a second factor, and resets, as events of their own.
    pub challenges: bool,
    /// What a challenge says it was answered with; the user's own method where it is not given.
    pub challenge_method: Option<Method>,
    /// A login after a challenge says that method too.
    pub logins_name_challenges: bool,
    pub resets: bool,
    /// Events that lack network and position.
    gaps_share: Share,
    /// Events that are put into another city.
    pub misplaced_share: Share,
}

impl Default for Provider {
    fn default() -> Self {
        Self {
            network: true,
            city: true,
            position: true,
            device: true,
            managed_devices_only: false,
            agent: true,
            builds: BUILDS,
            volume: true,
            method: true,
            volume_of_failures: false,
            challenges: true,
            challenge_method: None,
            logins_name_challenges: false,
            resets: true,
            gaps_share: Share::of(0.0),
            misplaced_share: Share::of(0.0),
        }
    }
}

impl Provider {
    pub(super) fn drawn(random: &mut Random) -> Self {
        Self {
            network: random.random_bool(0.88),
            city: random.random_bool(0.92),
            position: random.random_bool(0.88),
            device: random.random_bool(0.93),
            managed_devices_only: false,
            agent: random.random_bool(0.95),
            builds: BUILDS,
            volume: random.random_bool(0.85),
            method: random.random_bool(0.7),
            volume_of_failures: random.random_bool(0.4),
            challenges: random.random_bool(0.8),
            challenge_method: None,
            logins_name_challenges: false,
            resets: random.random_bool(0.8),
            gaps_share: Share::of(if random.random_bool(0.3) {
                random.random_range(0.01..0.15)
            } else {
                0.0
            }),
            misplaced_share: Share::of(0.0),
        }
    }

    /// Whether what it is to say can be said.
    pub(super) fn check(&self) -> Result<(), CompanyError> {
        if self.logins_name_challenges && self.challenge_method.is_none() {
            return Err(CompanyError::Needs {
                key: "provider.logins_name_challenges",
                needed: "provider.challenge_method",
            });
        }
        let builds = 1.0..=f64::from(BUILDS);
        within("provider.builds", self.builds.into(), builds)
    }

    /// Whether a login with a device says which it is.
    pub(in crate::simulate) fn names(&self, device: &Device) -> bool {
        !device.is_nameless && (device.is_managed || !self.managed_devices_only)
    }

    /// An event as a challenge of a second factor.
    pub(in crate::simulate) fn challenge(&self, event: Event<'static>) -> Event<'static> {
        let mut event = of_type(event, "mfa_challenge");
        self.name_challenge(&mut event);
        event
    }

    /// A login after a challenge.
    pub(in crate::simulate) fn challenged(&self, login: &mut Event<'static>) {
        if self.logins_name_challenges {
            self.name_challenge(login);
        }
    }

    fn name_challenge(&self, event: &mut Event<'static>) {
        if let Some(method) = self.challenge_method {
            event.auth_method = Some(Cow::Borrowed(method.name()));
        }
    }

    /// Takes away what this provider does not send.
    pub(in crate::simulate) fn send(&self, event: &mut Event<'static>, random: &mut Random) {
        if self.misplaced_share.holds(random) {
            let city = random_city(random);
            let (latitude, longitude) = position(city, random);
            (event.latitude, event.longitude) = (Some(latitude), Some(longitude));
            event.geo_location = Some(Cow::Borrowed(city.iso));
            event.city = Some(Cow::Borrowed(city.name));
        }
        let gap = self.gaps_share.holds(random);
        if !self.network || gap {
            event.asn = None;
        }
        if !self.position || gap {
            (event.latitude, event.longitude) = (None, None);
        }
        if !self.city {
            event.city = None;
        }
        if !self.device {
            event.device_id = None;
        }
        if !self.agent {
            event.user_agent = None;
        }
        if !self.method {
            event.auth_method = None;
        }
        if !self.volume {
            (event.bytes_in, event.bytes_out) = (None, None);
        } else if self.volume_of_failures && !event.success {
            let little = |random: &mut Random| Some(random.random_range(200..3_000));
            (event.bytes_in, event.bytes_out) = (little(random), little(random));
        }
    }
}
