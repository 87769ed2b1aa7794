//! What differs from company to company: how its people live, and what its identity provider sends.

use rand::RngExt;

use super::Random;
use super::population::METHODS;
use crate::login::Event;

/// Which optional fields an identity provider sends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Provider {
    network: bool,
    city: bool,
    position: bool,
    device: bool,
    agent: bool,
    volume: bool,
    method: bool,
    /// Says of a failed login how little was sent.
    volume_of_failures: bool,
    /// Sends the challenges of a second factor, and resets, as events of their own.
    pub challenges: bool,
    pub resets: bool,
    /// The share of events that lack network and position.
    gaps: f64,
}

impl Provider {
    const COMPLETE: Self = Self {
        network: true,
        city: true,
        position: true,
        device: true,
        agent: true,
        volume: true,
        method: true,
        volume_of_failures: false,
        challenges: true,
        resets: true,
        gaps: 0.0,
    };

    fn drawn(random: &mut Random) -> Self {
        Self {
            network: random.random_bool(0.88),
            city: random.random_bool(0.92),
            position: random.random_bool(0.88),
            device: random.random_bool(0.93),
            agent: random.random_bool(0.95),
            volume: random.random_bool(0.85),
            method: random.random_bool(0.7),
            volume_of_failures: random.random_bool(0.4),
            challenges: random.random_bool(0.8),
            resets: random.random_bool(0.8),
            gaps: if random.random_bool(0.3) {
                random.random_range(0.01..0.15)
            } else {
                0.0
            },
        }
    }

    /// Takes away what this provider does not send.
    pub(super) fn send(&self, event: &mut Event<'static>, random: &mut Random) {
        let gap = self.gaps > 0.0 && random.random_bool(self.gaps);
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

/// A company.
#[derive(Clone, Copy, Debug)]
pub(super) struct Character {
    pub provider: Provider,
    /// Offices all over the world, or within a region.
    pub worldwide: bool,
    pub users_per_office: u32,
    pub remote_share: f64,
    /// People on shifts that change by the week.
    pub shift_share: f64,
    /// People at machines that a group shares.
    pub ward_share: f64,
    /// People who are on the road, on another address at every login.
    pub roamer_share: f64,
    /// People behind a private relay.
    pub relay_share: f64,
    pub vpn_share: f64,
    pub vpn_exits: usize,
    pub service_share: f64,
    pub dormant_share: f64,
    pub newcomer_share: f64,
    pub mfa_share: f64,
    /// People who use an app instead of a browser on their phones.
    pub app_share: f64,
    /// Times the usual number of logins a day, and how far people lie apart in it.
    pub pace: f64,
    pub spread: f64,
    /// Times the usual number of typing errors.
    pub typing: f64,
    /// The chance that a password is forgotten over a weekend.
    pub lapse: f64,
    /// The chance that the first logins on a strange machine go wrong: the password is on the other
    /// one.
    pub fumbling: f64,
    /// The chance that a second factor is asked for on a strange machine.
    pub step_up: f64,
    /// How most people prove who they are.
    pub method: &'static str,
    /// Logins by another method than the user's usual one.
    pub method_mix: f64,
    /// People who get one more device, a quarter.
    pub further_device_share: f64,
    /// People whose next device is of another kind than the last.
    pub switch_share: f64,
    /// Logins from somebody else's machine, in somebody else's network mostly.
    pub borrowed_share: f64,
    /// Trips on which a machine of the house is used.
    pub loan_share: f64,
    /// People who use two browsers of one machine.
    pub two_browsers_share: f64,
    /// Logins at any hour.
    pub irregular_share: f64,
    /// The standard deviation of the ln of bytes.
    pub volume_spread: f64,
    /// Logins that move five to eighty times the usual.
    pub bulk_share: f64,
    /// People whose device ids change now and then, as cookies are cleared.
    pub clearing_share: f64,
    /// A department's passwords expire on one day.
    pub expiry_together: bool,
    /// Hosters are in the public lists.
    pub listed_hosters: bool,
}

impl Character {
    /// A company whose provider sends everything.
    pub(super) const TYPICAL: Self = Self {
        provider: Provider::COMPLETE,
        worldwide: true,
        users_per_office: 300,
        remote_share: 0.25,
        shift_share: 0.08,
        ward_share: 0.05,
        roamer_share: 0.03,
        relay_share: 0.02,
        vpn_share: 0.15,
        vpn_exits: 3,
        service_share: 0.015,
        dormant_share: 0.035,
        newcomer_share: 0.08,
        mfa_share: 0.4,
        app_share: 0.1,
        pace: 1.0,
        spread: 0.7,
        typing: 1.0,
        lapse: 0.03,
        fumbling: 0.15,
        step_up: 0.3,
        method: "password",
        method_mix: 0.03,
        further_device_share: 0.15,
        switch_share: 0.3,
        borrowed_share: 0.003,
        loan_share: 0.25,
        two_browsers_share: 0.1,
        irregular_share: 0.02,
        volume_spread: 0.7,
        bulk_share: 0.001,
        clearing_share: 0.1,
        expiry_together: false,
        listed_hosters: true,
    };

    /// A company like no other.
    pub(super) fn drawn(random: &mut Random) -> Self {
        // Most companies have little of a thing, and some have much of it.
        let mut share = |most: f64| most * random.random_range(0.0..1.0f64).powi(2);
        Self {
            remote_share: share(0.8),
            shift_share: share(0.5),
            ward_share: share(0.4),
            roamer_share: share(0.15),
            relay_share: share(0.1),
            vpn_share: share(0.5),
            newcomer_share: 0.02 + share(0.2),
            mfa_share: share(1.0),
            app_share: share(0.5),
            lapse: 0.01 + share(0.2),
            fumbling: 0.02 + share(0.6),
            method_mix: share(0.2),
            further_device_share: share(0.8),
            switch_share: share(1.0),
            borrowed_share: share(0.03),
            loan_share: share(0.8),
            two_browsers_share: share(0.5),
            irregular_share: share(0.15),
            bulk_share: share(0.006),
            clearing_share: share(0.5),
            dormant_share: 0.01 + share(0.1),
            service_share: share(0.05),
            provider: Provider::drawn(random),
            step_up: random.random_range(0.0..1.0),
            method: METHODS[random.random_range(0..METHODS.len())],
            volume_spread: random.random_range(0.4..1.2),
            worldwide: random.random_bool(0.4),
            users_per_office: random.random_range(40..800),
            vpn_exits: random.random_range(1..7),
            pace: random.random_range(-0.7..0.7f64).exp(),
            spread: random.random_range(0.4..1.3),
            typing: random.random_range(-1.0..1.0f64).exp(),
            expiry_together: random.random_bool(0.3),
            listed_hosters: random.random_bool(0.6),
        }
    }
}
