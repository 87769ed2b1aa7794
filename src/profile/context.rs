//! What is known about the parties of one login, before it.

use super::cells::prevalence::Prevalence;
use super::cells::source::SourceCell;
use super::cells::tenant::TenantCell;
use super::cells::user::UserCell;
use crate::login::{EventKind, Id, Login};

/// Everything that is known about the parties of one login, before it.
pub struct LoginContext<'a> {
    pub login: &'a Login,
    pub now_s: u32,
    pub user: Option<&'a UserCell>,
    pub device: Option<&'a SourceCell>,
    pub address: Option<&'a SourceCell>,
    pub block: Option<&'a SourceCell>,
    pub tenant: Option<&'a TenantCell>,
    /// Of the typed name.
    pub name: Option<&'a SourceCell>,
    pub prevalences: Prevalences,
}

impl LoginContext<'_> {
    /// Whether it comes from a device or an address that an analyst has said to be an attacker's.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        let mut sources = [self.device, self.address].into_iter().flatten();
        sources.any(|source| self.now_s < source.confirmed_until_s)
    }
}

/// How common what a login comes with is among everyone; nothing where the login does not say it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prevalences {
    pub country: Prevalence,
    pub city: Prevalence,
    pub asn: Prevalence,
    /// The whole user agent, and its families.
    pub agent: Prevalence,
    pub browser: Prevalence,
    pub operating_system: Prevalence,
    pub device_type: Prevalence,
}

impl Prevalences {
    /// How many there are.
    pub const COUNT: usize = 7;
    /// The place of the whole user agent among them.
    const AGENT: usize = 3;

    /// What a login has of each, in the order of [`Prevalences::new`].
    #[must_use]
    pub fn ids(login: &Login) -> [Option<Id>; Self::COUNT] {
        let agent = login.agent.as_ref();
        if login.kind.is_evidence() {
            // An attempt tells of its tool; what else it comes with is nobody's habit.
            let tool = agent.filter(|_| login.kind == EventKind::Attempt);
            let mut ids = [None; Self::COUNT];
            ids[Self::AGENT] = tool.map(|agent| agent.text);
            return ids;
        }
        [
            login.country,
            login.city,
            login.asn,
            agent.map(|agent| agent.text),
            agent.map(|agent| agent.browser),
            agent.map(|agent| agent.operating_system),
            agent.map(|agent| agent.device_type),
        ]
    }

    #[must_use]
    pub fn new(prevalences: [Prevalence; Self::COUNT]) -> Self {
        let [
            country,
            city,
            asn,
            agent,
            browser,
            operating_system,
            device_type,
        ] = prevalences;
        Self {
            country,
            city,
            asn,
            agent,
            browser,
            operating_system,
            device_type,
        }
    }
}
