//! What happens to a company on some days, and makes honest people look strange together.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::super::devices::System;
use super::place::Place;
use super::{CompanyError, Share, known, within};

/// Something that happens. Days count from the first one of the world, which is 0.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(in crate::simulate) enum Happening {
    /// Nobody gets in for so many minutes from an hour of UTC on.
    Outage { day: i32, hour: f64, minutes: f64 },
    /// Of the groups' people, so many get a new phone or computer within some days, each on one
    /// of them; some of them reset their password on it.
    Rollout {
        #[serde(default)]
        groups: Vec<String>,
        device: DeviceKind,
        from_day: i32,
        days: i32,
        share: Share,
        #[serde(default)]
        reset_share: Share,
    },
    /// So many of the groups' people are in one city and one network for some days.
    Conference {
        #[serde(default)]
        groups: Vec<String>,
        /// Any city of the world where none is named.
        city: Option<Place>,
        from_day: i32,
        days: i32,
        share: Share,
    },
    /// Days on which people log in only so often.
    Holiday {
        #[serde(default)]
        groups: Vec<String>,
        from_day: i32,
        days: i32,
        activity_share: Share,
    },
    /// A site's provider is drawn anew from a day on.
    NewConnection { site: String, day: i32 },
    /// The groups' passwords expire, each on one of three days.
    PasswordsExpire {
        #[serde(default)]
        groups: Vec<String>,
        day: i32,
    },
    /// So many of the groups' people begin on one day.
    Intake {
        #[serde(default)]
        groups: Vec<String>,
        day: i32,
        share: Share,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::simulate) enum DeviceKind {
    Phone,
    Computer,
}

impl DeviceKind {
    pub(in crate::simulate) fn is_of(self, system: System) -> bool {
        system.is_phone() == (self == Self::Phone)
    }
}

impl Happening {
    /// Whom it is about: the names of groups, none of them for everybody.
    pub(super) fn groups(&self) -> &[String] {
        match self {
            Self::Rollout { groups, .. }
            | Self::Conference { groups, .. }
            | Self::Holiday { groups, .. }
            | Self::PasswordsExpire { groups, .. }
            | Self::Intake { groups, .. } => groups,
            Self::Outage { .. } | Self::NewConnection { .. } => &[],
        }
    }

    pub(in crate::simulate) fn concerns(&self, group: &str) -> bool {
        let groups = self.groups();
        groups.is_empty() || groups.iter().any(|name| name == group)
    }

    pub(super) fn check(&self, sites: &BTreeSet<&str>) -> Result<(), CompanyError> {
        match self {
            Self::Outage { hour, minutes, .. } => {
                within("hour of an outage", *hour, 0.0..=24.0)?;
                within("minutes of an outage", *minutes, 1.0..=1_440.0)?;
            }
            Self::NewConnection { site, .. } => {
                known("site", std::slice::from_ref(site), sites)?;
            }
            _ => {}
        }
        within("day of an event", self.first_day().into(), 0.0..=3_650.0)?;
        within("days of an event", self.days().into(), 1.0..=3_650.0)
    }

    /// The site whose connection changes.
    pub(super) fn moved_site(&self) -> Option<&str> {
        match self {
            Self::NewConnection { site, .. } => Some(site),
            _ => None,
        }
    }

    /// When it begins.
    pub(in crate::simulate) fn first_day(&self) -> i32 {
        match self {
            Self::Rollout { from_day, .. }
            | Self::Conference { from_day, .. }
            | Self::Holiday { from_day, .. } => *from_day,
            Self::Outage { day, .. }
            | Self::NewConnection { day, .. }
            | Self::PasswordsExpire { day, .. }
            | Self::Intake { day, .. } => *day,
        }
    }

    /// How long it takes.
    fn days(&self) -> i32 {
        match self {
            Self::Rollout { days, .. }
            | Self::Conference { days, .. }
            | Self::Holiday { days, .. } => *days,
            _ => 1,
        }
    }

    pub(in crate::simulate) fn is_on(&self, day: i32) -> bool {
        let first_day = self.first_day();
        (first_day..first_day.saturating_add(self.days())).contains(&day)
    }
}
