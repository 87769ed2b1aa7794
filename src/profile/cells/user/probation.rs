//! What is not flagged is not always learned: what came for the first time with a network that is
//! new as well has to come often, or to be vouched for.

use super::{DAY_S, UserCell};
use crate::login::{EventKind, Id, Login};

/// Days on which a device or a network that nothing vouches for has to come until it is familiar.
const PROBATION_DAYS: u32 = 14;
/// Before so many successes a user has no habits yet.
const PROBATION_FROM_SUCCESSES: u32 = 10;

/// What is on probation with a login.
fn on_probation(login: &Login) -> [Option<Id>; 2] {
    let browser = login.agent.as_ref().map(|agent| agent.text);
    probation_of(login.device, browser, login.network())
}

/// The device, for which the browser stands where none is told, and the network.
pub(in crate::profile::cells) fn probation_of(
    device: Option<Id>,
    browser: Option<Id>,
    network: Option<Id>,
) -> [Option<Id>; 2] {
    [device.or(browser), network]
}

impl UserCell {
    /// Whether a login that is not flagged is held back. A device and a network that this user has
    /// never got in with are on probation together: the user's own device from there, the device on
    /// a network that is known, an analyst's word, or so many days of either make them familiar, and
    /// nothing else does. So an attacker who is never flagged does not become normal by coming again.
    /// Who is new has nothing to compare with, and where nothing tells the device or the network,
    /// nothing is held back.
    #[must_use]
    pub fn holds_back(&self, login: &Login) -> bool {
        let may_teach =
            login.success && !login.kind.is_evidence() && login.kind != EventKind::PasswordReset;
        let is_unknown =
            self.knows_device(login) == Some(false) && self.knows_network(login) == Some(false);
        if !may_teach || !is_unknown || self.successes < PROBATION_FROM_SUCCESSES {
            return false;
        }
        let today = login.time_s() / DAY_S;
        let days_before = |id: Id| {
            let known = self.probation.get(id)?;
            Some(known.count - u32::from(known.last_s / DAY_S >= today))
        };
        let days = on_probation(login)
            .into_iter()
            .flatten()
            .filter_map(days_before);
        days.max().unwrap_or(0) + 1 < PROBATION_DAYS
    }

    /// Counts the days on which something on probation came.
    pub(super) fn count_probation(&mut self, login: &Login) {
        let now = login.time_s();
        for id in on_probation(login).into_iter().flatten() {
            let known = self.probation.get(id);
            if known.is_none_or(|known| known.last_s / DAY_S < now / DAY_S) {
                self.probation.add(id, now);
            }
        }
    }

    /// What taught is familiar.
    pub(super) fn made_familiar(&mut self, login: &Login) {
        for id in on_probation(login).into_iter().flatten() {
            self.probation.remove(id);
        }
    }

    /// Whether the user has got in with the device of a login; its browser stands for it where no
    /// device is told. `None` where neither is.
    fn knows_device(&self, login: &Login) -> Option<bool> {
        match (login.device, &login.agent) {
            (Some(device), _) => Some(self.devices.get(device).is_some()),
            (None, Some(agent)) => Some(self.agents.get(agent.text).is_some()),
            (None, None) => None,
        }
    }

    /// The same of its network.
    pub(in crate::profile::cells) fn knows_network(&self, login: &Login) -> Option<bool> {
        match (login.asn, login.block) {
            (Some(asn), _) => Some(self.asns.get(asn).is_some()),
            (None, Some(block)) => Some(self.blocks.get(block).is_some()),
            (None, None) => None,
        }
    }
}
