//! Labelled logins in event time, and their features at their points in time.

use std::path::PathBuf;

use rayon::prelude::*;

use super::metrics::Scored;
use crate::features::{self, Values};
use crate::files::{self, FileError, Row};
use crate::login::{IdHasher, Login, Rejected};
use crate::profile::{
    ChunkLogin, DamagedCell, DisplayFields, Disposition, Flag, LoginContext, ProfileLimits,
    Profiles, go_through,
};

/// Rows parsed at once.
const CHUNK_ROWS: usize = 16 * 1024;

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
    /// As it goes through the profiles: all of one partition.
    pub(super) fn on_its_way(&self) -> ChunkLogin<'_> {
        ChunkLogin {
            partition: 0,
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
    pub campaigns: Vec<String>,
    pub families: Vec<String>,
    /// Rows that were no logins, and the reason of the first.
    pub rejected: u64,
    pub first_rejected: Option<(u64, Rejected)>,
}

/// Why labelled logins cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(
        "{path}: row {row} has no label; training and evaluation need a field `label` (0 or 1) in every row"
    )]
    NoLabel { path: PathBuf, row: u64 },
    #[error("no login among {rejected} rows{}", first.map_or(String::new(), |(row, rejected)| format!("; row {row}: {rejected}")))]
    Nothing {
        rejected: u64,
        first: Option<(u64, Rejected)>,
    },
}

/// What one row of a file became.
type Parsed = Result<(Labelled, Option<String>, Option<String>, bool), Rejected>;

fn parse(row: &Row, hasher: &IdHasher, latest_ms: i64) -> Parsed {
    let event = row.event()?.not_after(latest_ms)?;
    let own = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(str::to_owned);
    let (login, display) = DisplayFields::with_login(&event, hasher);
    let labelled = Labelled {
        login,
        display,
        attack: event.truth.label == Some(true),
        campaign: None,
        family: None,
    };
    Ok((
        labelled,
        own(&event.truth.attack),
        // Companies number their campaigns alike.
        own(&event.truth.campaign).map(|name| format!("{}/{name}", event.tenant)),
        event.truth.label.is_some(),
    ))
}

impl Dataset {
    /// Reads files and sorts their logins by event time; equal times keep the order of the files. What is dated after
    /// `latest_ms` is rejected.
    pub fn load(
        paths: &[PathBuf],
        hasher: &IdHasher,
        latest_ms: i64,
        mut progress: impl FnMut(u64),
    ) -> Result<Self, LoadError> {
        let mut data = Self::default();
        let (mut campaigns, mut families) = (Names::default(), Names::default());
        for path in paths {
            let mut rows = files::open(path)?;
            let mut number = 0u64;
            loop {
                let chunk: Vec<Row> = rows.by_ref().take(CHUNK_ROWS).collect::<Result<_, _>>()?;
                if chunk.is_empty() {
                    break;
                }
                let parsed: Vec<Parsed> = chunk
                    .par_iter()
                    .map(|row| parse(row, hasher, latest_ms))
                    .collect();
                for parsed in parsed {
                    number += 1;
                    match parsed {
                        Ok((_, _, _, false)) => {
                            return Err(LoadError::NoLabel {
                                path: path.clone(),
                                row: number,
                            });
                        }
                        Ok((mut labelled, family, campaign, true)) => {
                            labelled.family = family.map(|name| families.index(name));
                            labelled.campaign = campaign.map(|name| campaigns.index(name));
                            data.logins.push(labelled);
                        }
                        Err(rejected) => {
                            data.rejected += 1;
                            data.first_rejected.get_or_insert((number, rejected));
                        }
                    }
                }
                progress(data.logins.len() as u64);
            }
        }
        if data.logins.is_empty() {
            return Err(LoadError::Nothing {
                rejected: data.rejected,
                first: data.first_rejected,
            });
        }
        data.logins.sort_by_key(|labelled| labelled.login.time_ms);
        (data.campaigns, data.families) = (campaigns.names, families.names);
        Ok(data)
    }

    /// The features of every login, each before it is applied as `rule` says by its place in the stream and its features.
    #[must_use]
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
    #[must_use]
    pub fn replay_by_labels(&self, limits: &ProfileLimits) -> Result<Vec<Values>, DamagedCell> {
        let rule = |place: usize| disposition(self.logins[place].attack);
        self.replay(limits, |place, _, _| rule(place))
    }
}

/// Flagged or not, where only that is known.
pub(super) fn disposition(flagged: bool) -> Disposition {
    let flag = Flag {
        family: 0,
        severity: 1,
        repeat: false,
    };
    if flagged {
        Disposition::Flagged(flag)
    } else {
        Disposition::Clear
    }
}

/// Names by the order of their first appearance.
#[derive(Default)]
struct Names {
    names: Vec<String>,
    index: std::collections::HashMap<String, u32>,
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
