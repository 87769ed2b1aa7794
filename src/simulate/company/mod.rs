//! What differs from company to company: how its people live, what happens there, what its identity
//! provider sends, and who attacks it. A company is a file, `config/companies/*.toml`; what the
//! file leaves out is as in [`Company::default`].

mod attackers;
mod drawn;
mod event;
mod group;
mod place;
mod provider;
mod share;
mod variety;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde::Deserialize;

use crate::spelling;
pub(super) use attackers::Attackers;
pub(super) use event::{DeviceKind, Happening};
pub(super) use group::{Group, Method};
pub(super) use place::Place;
pub(super) use provider::Provider;
pub(super) use share::Share;
pub(super) use variety::Variety;

/// A place to work.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Site {
    pub name: String,
    pub city: Place,
    /// Addresses that its people share.
    #[serde(default = "one")]
    pub exits: u64,
    /// How many people work there, beside the weights of the other sites.
    #[serde(default = "weight")]
    pub weight: f64,
}

fn one() -> u64 {
    1
}

fn weight() -> f64 {
    1.0
}

/// A company.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Company {
    /// People and other accounts, unless told otherwise.
    users: Option<u32>,
    /// Where there are no sites: offices all over the world, or within a region, and for how many
    /// people each.
    pub(super) worldwide: bool,
    pub(super) users_per_office: u32,
    /// Exits of the company's VPN, at hosters.
    pub(super) vpn_exits: usize,
    /// Hosters are in the public lists.
    pub(super) listed_hosters: bool,
    /// A department's passwords expire on one day.
    pub(super) passwords_expire_together: bool,
    pub(super) provider: Provider,
    pub(super) variety: Variety,
    pub(super) sites: Vec<Site>,
    pub(super) groups: Vec<Group>,
    pub(super) events: Vec<Happening>,
    pub(super) attackers: Attackers,
}

impl Default for Company {
    /// A company whose provider sends everything.
    fn default() -> Self {
        Self {
            users: None,
            worldwide: true,
            users_per_office: 300,
            vpn_exits: 3,
            listed_hosters: true,
            passwords_expire_together: false,
            provider: Provider::default(),
            variety: Variety::default(),
            sites: Vec::new(),
            groups: vec![Group::default()],
            events: Vec::new(),
            attackers: Attackers::default(),
        }
    }
}

/// Why a text describes no company.
#[derive(Debug, thiserror::Error)]
pub enum CompanyError {
    #[error("{0}")]
    Unreadable(#[from] toml::de::Error),
    #[error("{what} `{name}` is not known{hint}")]
    Unknown {
        what: &'static str,
        name: String,
        hint: String,
    },
    #[error("{key} needs {needed}")]
    Needs {
        key: &'static str,
        needed: &'static str,
    },
    #[error("two {what} are named `{name}`")]
    Twice { what: &'static str, name: String },
    #[error("{key} is {found}: give a number from {least} to {most}")]
    OutOfRange {
        key: String,
        found: f64,
        least: f64,
        most: f64,
    },
}

impl Company {
    /// Of the text of a file.
    pub fn from_toml(text: &str) -> Result<Self, CompanyError> {
        let company: Self = toml::from_str(text)?;
        company.check()?;
        Ok(company)
    }

    /// Accounts, unless told otherwise.
    #[must_use]
    pub fn users(&self) -> Option<u32> {
        self.users
    }

    /// The share of all events that attackers send, unless told otherwise.
    #[must_use]
    pub fn attack_share(&self) -> f64 {
        self.attackers.share.get()
    }

    /// How many of its events begin after so many days.
    #[must_use]
    pub fn events_after(&self, days: u32) -> usize {
        let is_later = |event: &&Happening| i64::from(event.first_day()) >= i64::from(days);
        self.events.iter().filter(is_later).count()
    }

    fn check(&self) -> Result<(), CompanyError> {
        within(
            "the number of groups",
            self.groups.len() as f64,
            1.0..=1_000.0,
        )?;
        within("users", f64::from(self.users.unwrap_or(1)), 1.0..=1e7)?;
        within("users_per_office", self.users_per_office.into(), 1.0..=1e7)?;
        // The company's exits are at hosters, and attackers have others.
        within("vpn_exits", self.vpn_exits as f64, 1.0..=20.0)?;
        let sites = unique("sites", self.sites.iter().map(|site| site.name.as_str()))?;
        let groups = unique(
            "groups",
            self.groups.iter().map(|group| group.name.as_str()),
        )?;
        for site in &self.sites {
            within(
                &format!("exits of `{}`", site.name),
                site.exits as f64,
                1.0..=1_000.0,
            )?;
            within(
                &format!("weight of `{}`", site.name),
                site.weight,
                MORE_THAN_NONE,
            )?;
        }
        for group in &self.groups {
            known("site", &group.sites, &sites)?;
            group.check()?;
        }
        for event in &self.events {
            known("group", event.groups(), &groups)?;
            event.check(&sites)?;
        }
        let moved = self.events.iter().filter_map(Happening::moved_site);
        unique("new connections of sites", moved)?;
        self.provider.check()?;
        self.variety.check()?;
        self.attackers.check(self.provider.challenges)
    }
}

/// A weight that is one.
const MORE_THAN_NONE: RangeInclusive<f64> = 1e-6..=1e9;

fn known(what: &'static str, names: &[String], all: &BTreeSet<&str>) -> Result<(), CompanyError> {
    let stranger = names.iter().find(|name| !all.contains(name.as_str()));
    stranger.map_or(Ok(()), |name| {
        Err(CompanyError::Unknown {
            what,
            name: name.clone(),
            hint: spelling::did_you_mean(name, all.iter().copied()),
        })
    })
}

fn unique<'a>(
    what: &'static str,
    names: impl Iterator<Item = &'a str>,
) -> Result<BTreeSet<&'a str>, CompanyError> {
    let mut all = BTreeSet::new();
    for name in names {
        if !all.insert(name) {
            let name = name.to_owned();
            return Err(CompanyError::Twice { what, name });
        }
    }
    Ok(all)
}

fn within(key: &str, found: f64, range: RangeInclusive<f64>) -> Result<(), CompanyError> {
    if range.contains(&found) {
        return Ok(());
    }
    Err(CompanyError::OutOfRange {
        key: key.to_owned(),
        found,
        least: *range.start(),
        most: *range.end(),
    })
}

#[cfg(test)]
mod tests;
