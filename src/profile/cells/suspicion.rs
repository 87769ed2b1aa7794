//! Suspicion of a user's devices and networks: what a flagged login succeeded with stays suspect
//! until what is the user's own vouches for it, or time does. Its end teaches nothing.

use super::user::UserCell;
use crate::login::{Id, Login};
use crate::sketch::frequency::FrequencyEntry;

/// For how long a flagged login is held against what it came with.
const SUSPICION_S: u32 = 30 * 86_400;

impl UserCell {
    /// The flagged logins with a device, as long as they count.
    #[must_use]
    pub fn suspect_device(&self, device: Id, now_s: u32) -> Option<&FrequencyEntry> {
        let known = self.suspect_devices.get(device);
        known.filter(|known| counts(known, now_s))
    }

    /// The same from a network.
    #[must_use]
    pub fn suspect_network(&self, network: Id, now_s: u32) -> Option<&FrequencyEntry> {
        let known = self.suspect_networks.get(network);
        known.filter(|known| counts(known, now_s))
    }

    /// Notes with what and from where a flagged login succeeded; what had ended begins anew.
    pub(super) fn suspect(&mut self, login: &Login, now_s: u32) {
        let doubted = [
            (login.device, &mut self.suspect_devices),
            (login.network(), &mut self.suspect_networks),
        ];
        for (id, suspects) in doubted {
            let Some(id) = id else { continue };
            if suspects.get(id).is_some_and(|known| !counts(known, now_s)) {
                suspects.remove(id);
            }
            suspects.add(id, now_s);
        }
    }

    /// Ends what a login that is neither flagged nor held back speaks against, before it is learned:
    /// a range of addresses that the user has got in from vouches for the device, and a device of
    /// his for the network. What is suspect itself vouches for nothing.
    pub(super) fn end_suspicion(&mut self, login: &Login, now_s: u32) {
        let (Some(device), Some(network)) = (login.device, login.network()) else {
            return;
        };
        let has_device = self.devices.get(device).is_some();
        let has_block = login
            .block
            .is_some_and(|block| self.blocks.get(block).is_some());
        match (
            self.suspect_device(device, now_s).is_some(),
            self.suspect_network(network, now_s).is_some(),
        ) {
            (false, true) if has_device => drop(self.suspect_networks.remove(network)),
            (true, false) if has_block => drop(self.suspect_devices.remove(device)),
            _ => {}
        }
    }

    /// Whether a flagged login goes on: with a device and from a network that were flagged before,
    /// and that no login has made familiar since.
    #[must_use]
    pub fn continues_suspicion(&self, login: &Login) -> bool {
        let now_s = login.time_s();
        let known_network = self.knows_network(login).unwrap_or(true);
        let suspect_network = login
            .network()
            .is_some_and(|network| self.suspect_network(network, now_s).is_some());
        let suspect_device = login.device.is_none_or(|device| {
            self.suspect_device(device, now_s).is_some() && self.devices.get(device).is_none()
        });
        suspect_network && !known_network && suspect_device
    }
}

fn counts(known: &FrequencyEntry, now_s: u32) -> bool {
    known.last_s.saturating_add(SUSPICION_S) >= now_s
}
