//! Labelled logins in event time, and their features at their points in time.

use std::path::{Path, PathBuf};

use super::metrics::Scored;
use super::{LoadError, NoLogin, RowRules};
use crate::detector::holds_back;
use crate::features::{self, Values};
use crate::files::{Reader, Refusals};
use crate::login::{Event, Login, Partition, Presence, Rejected};
use crate::profile::{
    ChunkLogin, DamagedCell, DisplayFields, Disposition, Flag, LoginContext, ProfileLimits,
    Profiles, go_through,
};

/// One login with its truth.
#[derive(Debug)]
pub struct Labelled {
    pub login: Login,
    pub display: DisplayFields,
    pub attack: bool,
    /// Index into [`Dataset::campaigns`].
    pub campaign: Option<u32>,
    /// Index into [`Dataset::families`].
    pub family: Option<u32>,
}

impl Labelled {
    /// A login, by the rules of files.
    pub fn of(event: Event<'_>, rules: &RowRules<'_>) -> Result<Self, Rejected> {
        Ok(Parsed::new(event, rules)?.login)
    }

    /// As it goes through the profiles: all of one partition.
    pub fn on_its_way(&self) -> ChunkLogin<'_> {
        ChunkLogin {
            partition: Partition(0),
            login: &self.login,
            display: &self.display,
        }
    }

    pub(super) fn scored(&self, score: f64) -> Scored {
        Scored {
            score,
            attack: self.attack,
            campaign: self.campaign,
            family: self.family,
        }
    }
}

/// Labelled logins in event time.
#[derive(Debug, Default)]
pub struct Dataset {
    pub logins: Vec<Labelled>,
    pub campaigns: Names,
    pub families: Names,
    /// Rows that were no logins.
    pub refused: Refusals,
    pub presence: Presence,
}

/// What a row became: a login with the names of its attack and campaign, and whether it has a
/// label.
struct Parsed {
    login: Labelled,
    family: Option<String>,
    campaign: Option<String>,
    has_label: bool,
}

impl Parsed {
    fn new(event: Event<'_>, rules: &RowRules<'_>) -> Result<Self, Rejected> {
        let event = event.not_after(rules.latest_ms)?;
        let own = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(str::to_owned);
        let (login, display) = DisplayFields::with_login(&event, rules.hasher);
        Ok(Self {
            login: Labelled {
                login,
                display,
                attack: event.truth.label == Some(true),
                campaign: None,
                family: None,
            },
            family: own(&event.truth.attack),
            // Companies number their campaigns alike.
            campaign: own(&event.truth.campaign).map(|name| format!("{}/{name}", event.tenant)),
            has_label: event.truth.label.is_some(),
        })
    }
}

impl Dataset {
    /// Reads files and sorts their logins by event time; equal times keep the order of the files.
    /// Each file must hold a login.
    pub fn load(
        paths: &[PathBuf],
        rules: &RowRules<'_>,
        mut progress: impl FnMut(u64, &Presence),
    ) -> Result<Self, LoadError> {
        let mut data = Self::default();
        for path in paths {
            data.append(path, rules, &mut progress)?;
        }
        data.logins.sort_by_key(|labelled| labelled.login.time_ms);
        Ok(data)
    }

    fn append(
        &mut self,
        path: &Path,
        rules: &RowRules<'_>,
        progress: &mut impl FnMut(u64, &Presence),
    ) -> Result<(), LoadError> {
        let before = self.logins.len();
        let (mut refused, mut presence) = (Refusals::default(), Presence::default());
        let mut reader = Reader::open(path, rules.max_row_bytes)?;
        let mut chunk = reader.chunk();
        let mut row = 0;
        while reader.read(&mut chunk)? {
            let parsed = chunk.parse(&mut presence, |event| Parsed::new(event, rules));
            for (index, parsed) in parsed.enumerate() {
                row += 1;
                match parsed {
                    Ok(parsed) if parsed.has_label || !rules.labelled => self.push(parsed),
                    Ok(_) => {
                        let path = path.to_owned();
                        return Err(LoadError::NoLabel { path, row });
                    }
                    Err(rejected) => refused.add(&chunk, index, rejected),
                }
            }
            progress(self.logins.len() as u64, &presence);
        }
        if self.logins.len() == before {
            return Err(NoLogin::new(path, &refused, &presence).into());
        }
        self.refused.count += refused.count;
        self.refused.first = self.refused.first.take().or(refused.first);
        self.presence.merge(presence);
        Ok(())
    }

    fn push(&mut self, parsed: Parsed) {
        let (family, campaign) = (parsed.family, parsed.campaign);
        self.logins.push(Labelled {
            family: family.map(|name| self.families.index(name)),
            campaign: campaign.map(|name| self.campaigns.index(name)),
            ..parsed.login
        });
    }

    /// The features of every login, each before it is applied as `rule` says by its place in the
    /// stream and its features.
    pub fn replay(
        &self,
        limits: &ProfileLimits,
        mut rule: impl FnMut(usize, &LoginContext<'_>, &Values) -> Disposition,
    ) -> Result<Vec<Values>, DamagedCell> {
        let mut profiles = Profiles::without_undo(limits);
        let logins = self.logins.iter().map(Labelled::on_its_way);
        go_through(&mut profiles, logins, |place, context| {
            let values = features::extract(context);
            (rule(place, context, &values), values)
        })
    }

    /// The same, where every attack is flagged and nothing else.
    pub fn replay_by_labels(&self, limits: &ProfileLimits) -> Result<Vec<Values>, DamagedCell> {
        self.replay(limits, |place, context, _| {
            disposition(context, self.logins[place].attack)
        })
    }
}

/// What a login means to the profiles, where only that is known whether it is flagged.
pub(super) fn disposition(context: &LoginContext<'_>, flagged: bool) -> Disposition {
    let flag = Flag {
        family: 0,
        severity: 1,
        repeat: false,
    };
    match flagged {
        true => Disposition::Flagged(flag),
        false if holds_back(context) => Disposition::HeldBack,
        false => Disposition::Clear,
    }
}

/// Names by the order of their first appearance.
#[derive(Debug, Default)]
pub struct Names {
    names: Vec<String>,
    index: std::collections::HashMap<String, u32>,
}

impl std::ops::Deref for Names {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.names
    }
}

impl Names {
    fn index(&mut self, name: String) -> u32 {
        if let Some(index) = self.index.get(&name) {
            return *index;
        }
        let index = self.names.len() as u32;
        self.names.push(name.clone());
        self.index.insert(name, index);
        index
    }
}
