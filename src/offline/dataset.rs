//! Labelled logins in event time, and their features at their points in time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::metrics::Scored;
use super::{LoadError, NoLogin, RowRules};
use crate::detector::{holds_back, is_first};
use crate::features::{self, Values};
use crate::files::{Reader, Refusals};
use crate::login::{Event, Id, Login, Partition, Presence, Rejected};
use crate::profile::{
    ChunkLogin, DamagedCell, DisplayFields, Disposition, Flag, LoginContext, ProfileLimits,
    Profiles, go_through,
};

/// One login with its truth.
#[derive(Debug)]
pub struct Labelled {
    pub login: Login,
    display: Option<Box<DisplayFields>>,
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

    /// A labelled login of JSON.
    #[cfg(test)]
    pub(super) fn test(json: &str) -> Self {
        let rules = RowRules {
            hasher: &crate::login::IdHasher::default(),
            latest_ms: i64::MAX,
            max_row_bytes: 10_000,
            labelled: true,
            shown: true,
        };
        let event = Event::from_json(json.as_bytes()).expect("a login");
        Self::of(event, &rules).expect("a labelled login")
    }

    /// What people read of it, where that was kept.
    pub fn display(&self) -> &DisplayFields {
        self.display.as_deref().unwrap_or(DisplayFields::NONE)
    }

    /// As it goes through the profiles: all of one partition.
    pub fn on_its_way(&self) -> ChunkLogin<'_> {
        ChunkLogin {
            partition: Partition(0),
            login: &self.login,
            display: self.display(),
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

/// What a replay shows of every login, in their order.
#[derive(Debug)]
pub struct Replayed {
    /// Its features.
    pub rows: Vec<Values>,
    /// Whether it is among the first of its user.
    pub first: Vec<bool>,
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
        let (login, display) = match rules.shown {
            true => {
                let (login, display) = DisplayFields::with_login(&event, rules.hasher);
                (login, Some(Box::new(display)))
            }
            false => (Login::new(&event, rules.hasher), None),
        };
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
        sort_by_time(&mut data.logins);
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
    /// stream and its features. Tenants share nothing, so each goes by
    /// itself, within limits of its own.
    pub fn replay(
        &self,
        limits: &ProfileLimits,
        rule: impl Fn(usize, &LoginContext<'_>, &Values) -> Disposition + Sync,
    ) -> Result<Replayed, DamagedCell> {
        let mut rows = vec![[f32::NAN; features::COUNT]; self.logins.len()];
        let mut first = vec![false; self.logins.len()];
        let mut slots: Vec<Option<&mut Values>> = rows.iter_mut().map(Some).collect();
        let tenants = self.by_tenant().into_iter().map(|places| {
            let own = places.iter().filter_map(|place| slots[*place].take());
            let own: Vec<&mut Values> = own.collect();
            (places, own)
        });
        let tenants: Vec<_> = tenants.collect();
        drop(slots);
        let of_tenants = tenants
            .into_par_iter()
            .with_max_len(1)
            .map(|(places, own)| {
                let first = self.replay_tenant(limits, &places, own, &rule)?;
                Ok((places, first))
            });
        let of_tenants: Result<Vec<_>, DamagedCell> = of_tenants.collect();
        for (places, of_tenant) in of_tenants? {
            for (place, is_first) in places.into_iter().zip(of_tenant) {
                first[place] = is_first;
            }
        }
        Ok(Replayed { rows, first })
    }

    /// Fills in the features of a tenant's logins, and says which are among the first of their user.
    fn replay_tenant(
        &self,
        limits: &ProfileLimits,
        places: &[usize],
        mut rows: Vec<&mut Values>,
        rule: &impl Fn(usize, &LoginContext<'_>, &Values) -> Disposition,
    ) -> Result<Vec<bool>, DamagedCell> {
        let mut profiles = Profiles::without_undo(limits);
        let logins = places.iter().map(|place| self.logins[*place].on_its_way());
        go_through(&mut profiles, logins, |number, context| {
            let row = &mut rows[number];
            **row = features::extract(context);
            (rule(places[number], context, row), is_first(context))
        })
    }

    /// The same, where every attack is flagged and nothing else.
    pub fn replay_by_labels(&self, limits: &ProfileLimits) -> Result<Vec<Values>, DamagedCell> {
        let by_labels = self.replay(limits, |place, context, _| {
            disposition(context, self.logins[place].attack)
        });
        Ok(by_labels?.rows)
    }

    /// The places of each tenant's logins, those of the largest tenant first.
    pub fn by_tenant(&self) -> Vec<Vec<usize>> {
        let mut by_tenant: BTreeMap<Id, Vec<usize>> = BTreeMap::new();
        for (place, labelled) in self.logins.iter().enumerate() {
            let places = by_tenant.entry(labelled.login.tenant).or_default();
            places.push(place);
        }
        let mut tenants: Vec<Vec<usize>> = by_tenant.into_values().collect();
        tenants.sort_by_key(|places| std::cmp::Reverse(places.len()));
        tenants
    }
}

/// Sorts in place, as a sort of so many that keeps equal times in their order would need the memory
/// of all of them again.
fn sort_by_time(logins: &mut [Labelled]) {
    let mut comes_from: Vec<usize> = (0..logins.len()).collect();
    comes_from.par_sort_by_key(|place| logins[*place].login.time_ms);
    for first in 0..logins.len() {
        let mut place = first;
        while comes_from[place] != first {
            let next = std::mem::replace(&mut comes_from[place], place);
            logins.swap(place, next);
            place = next;
        }
        comes_from[place] = place;
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

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    /// Logins come out by time, and those of one time in the order in which they came.
    #[test]
    fn logins_are_sorted_by_time_and_keep_their_order_within_it() {
        let mut random = rand::rngs::Xoshiro256PlusPlus::seed_from_u64(12);
        for count in [0, 1, 2, 3, 50, 2_000] {
            let mut logins: Vec<Labelled> = (0..count)
                .map(|number| {
                    let time_ms = 1_700_000_000_000i64 + random.random_range(0..count * 2 / 3 + 1);
                    Labelled::test(&format!(
                        r#"{{"user_id":"u{number}","timestamp":{time_ms},"success":true,"label":0,"bytes_in":{number}}}"#
                    ))
                })
                .collect();
            let key = |one: &Labelled| (one.login.time_ms, one.login.bytes_in);
            let mut expected: Vec<_> = logins.iter().map(key).collect();
            expected.sort_by_key(|(time_ms, _)| *time_ms);
            sort_by_time(&mut logins);
            assert_eq!(logins.iter().map(key).collect::<Vec<_>>(), expected);
        }
    }

    /// However their logins lie among each other, every tenant's come out at their places, and are
    /// what they are where one goes after another through the profiles of all.
    #[test]
    fn tenants_go_by_themselves_and_come_out_in_their_places() {
        let login = |number: u32| {
            let json = format!(
                r#"{{"tenant":"t{}","user_id":"u{}","timestamp":{},"success":{},"label":{},"device_id":"d{}","ip_address":"192.0.2.{}"}}"#,
                number * number % 3,
                number % 5,
                1_700_000_000 + 500 * number,
                !number.is_multiple_of(4),
                u8::from(number.is_multiple_of(11)),
                number % 7,
                number % 9,
            );
            Labelled::test(&json)
        };
        let data = Dataset {
            logins: (0..3_000).map(login).collect(),
            ..Dataset::default()
        };
        assert_eq!(data.by_tenant().len(), 2);
        let limits = ProfileLimits::default();
        let mut profiles = Profiles::without_undo(&limits);
        let logins = data.logins.iter().map(Labelled::on_its_way);
        let expected = go_through(&mut profiles, logins, |place, context| {
            let row = (features::extract(context), is_first(context));
            (disposition(context, data.logins[place].attack), row)
        });
        let rule = |place: usize, context: &LoginContext<'_>, _: &Values| {
            disposition(context, data.logins[place].attack)
        };
        let replayed = data.replay(&limits, rule).unwrap();
        let bits = |row: &Values| row.map(f32::to_bits);
        for (place, (row, first)) in expected.unwrap().iter().enumerate() {
            assert_eq!(bits(row), bits(&replayed.rows[place]), "login {place}");
            assert_eq!(*first, replayed.first[place], "login {place}");
        }
    }
}
