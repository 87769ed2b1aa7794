//! A new model beside those that it might replace, on the logins that its own trees had not seen.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::cross_fit::CrossFitModels;
use super::dataset::Dataset;
use super::metrics::{self, PairedDifference, Scored};
use super::options::Rival;
use crate::features::Values;
use crate::login::{Id, timestamp};

/// What is found or missed as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Campaign,
    /// The attacks on one user, where no campaigns are named.
    User,
}

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Campaign(u32),
    User(Id),
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Campaign => "campaigns",
            Self::User => "attacked users",
        }
    }
}

/// The new model against a rival, at one rate of false alarms.
#[derive(Clone, Debug)]
pub struct Comparison {
    pub name: String,
    pub rate: f64,
    pub unit: Unit,
    pub all: usize,
    /// The shares that each of them finds.
    pub new: f64,
    pub rival: f64,
    /// Of the new one's share less the rival's.
    pub difference: PairedDifference,
    /// Whether the rival may have learnt from the logins that it is asked of: then it proves nothing.
    pub has_seen_them: bool,
    /// So many units would tell a difference like this one from chance.
    pub needed: Option<usize>,
}

impl Comparison {
    /// Whether the new one finds more or less, and not by chance.
    fn is_sure(&self) -> bool {
        self.difference.p < 0.05
    }

    /// Whether the rival is the better one, not by chance, and not because it has seen the answers.
    #[must_use]
    pub fn is_worse(&self) -> bool {
        self.difference.mean < 0.0 && self.is_sure() && !self.has_seen_them
    }

    /// In one sentence.
    #[must_use]
    pub fn text(&self) -> String {
        let mean = self.difference.mean;
        let verdict = match (self.is_sure(), self.needed) {
            (true, _) if mean > 0.0 => "better".to_owned(),
            (true, _) => "worse".to_owned(),
            (false, _) if mean == 0.0 => "no difference".to_owned(),
            (false, None) => "no sure difference".to_owned(),
            (false, Some(needed)) => {
                format!("no sure difference; about {needed} would be needed to tell")
            }
        };
        let seen = match self.has_seen_them {
            true => ", which may have seen these logins",
            false => "",
        };
        let percent = |share: f64| 100.0 * share;
        format!(
            "against {}{seen}: finds {:.1} % of {} {} instead of {:.1} % at a false-positive rate of {} \
             ({:+.1} to {:+.1} points): {verdict}",
            self.name,
            percent(self.new),
            self.all,
            self.unit.name(),
            percent(self.rival),
            self.rate,
            percent(self.difference.interval.low),
            percent(self.difference.interval.high)
        )
    }
}

/// Compares with each rival what the new model's cross-fitted trees say of the judged logins.
pub(super) fn compare(
    rivals: &[Rival],
    data: &Dataset,
    judges: &CrossFitModels,
    rows: &[Values],
    scored: &[Scored],
    rate: f64,
) -> Vec<Comparison> {
    let judged = (0..rows.len()).filter(|place| judges.of(*place).is_some());
    let judged: Vec<usize> = judged.collect();
    let first = judged
        .first()
        .map_or(0, |place| data.logins[*place].login.time_ms);
    let judged_from = timestamp::to_text(first);
    let unit = match scored.iter().any(|login| login.campaign.is_some()) {
        true => Unit::Campaign,
        false => Unit::User,
    };
    let by_unit: Vec<Option<Key>> = judged
        .iter()
        .zip(scored)
        .map(|(place, login)| match unit {
            Unit::Campaign => login.campaign.map(Key::Campaign),
            Unit::User => login
                .attack
                .then(|| Key::User(data.logins[*place].login.user)),
        })
        .collect();
    let new = found(scored, &by_unit, rate);
    let each = rivals.iter().map(|rival| {
        let theirs = judged
            .par_iter()
            .map(|place| data.logins[*place].scored(rival.model.risk(&rows[*place])));
        let theirs: Vec<Scored> = theirs.collect();
        let rivals = found(&theirs, &by_unit, rate);
        Comparison {
            has_seen_them: !rival.is_shipped
                && rival.model.card().to.as_str() >= judged_from.as_str(),
            ..weigh(&rival.name, rate, unit, &new, &rivals)
        }
    });
    each.collect()
}

/// Which units have a login that is flagged at a rate of false alarms, in the order of their names.
fn found(scored: &[Scored], by_unit: &[Option<Key>], rate: f64) -> Vec<bool> {
    let threshold = metrics::threshold_at(scored, rate);
    let mut units = BTreeMap::new();
    for (login, unit) in scored.iter().zip(by_unit) {
        if let (true, Some(unit)) = (login.attack, unit) {
            *units.entry(*unit).or_insert(false) |= login.score >= threshold;
        }
    }
    units.into_values().collect()
}

/// The normal quantile of 97.5 %.
const Z: f64 = 1.959_963_984_540_054;

fn weigh(name: &str, rate: f64, unit: Unit, new: &[bool], rival: &[bool]) -> Comparison {
    let all = new.len();
    let share = |found: &[bool]| {
        let found = found.iter().filter(|one| **one).count();
        found as f64 / all.max(1) as f64
    };
    let difference = PairedDifference::of(new, rival);
    let mean = difference.mean;
    let needed =
        (mean != 0.0).then(|| (Z * Z * difference.variance / (mean * mean)).ceil() as usize + 1);
    Comparison {
        name: name.to_owned(),
        rate,
        unit,
        all,
        new: share(new),
        rival: share(rival),
        difference,
        has_seen_them: false,
        needed: needed.filter(|needed| *needed > all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(new: usize, rival: usize, all: usize) -> Comparison {
        let found = |count: usize| (0..all).map(|one| one < count).collect::<Vec<_>>();
        weigh(
            "the old one",
            1e-3,
            Unit::Campaign,
            &found(new),
            &found(rival),
        )
    }

    #[test]
    fn a_clear_difference_is_told_from_chance() {
        let worse = compared(60, 94, 100);
        assert!(worse.is_worse() && worse.needed.is_none(), "{worse:?}");
        assert!(worse.text().ends_with("worse"), "{}", worse.text());
        let better = compared(94, 60, 100);
        assert!(better.text().ends_with("better") && !better.is_worse());
        let seen = Comparison {
            has_seen_them: true,
            ..worse
        };
        assert!(!seen.is_worse() && seen.text().contains("may have seen"));
        // One campaign, or five, may be chance.
        assert!(!compared(0, 1, 1).is_worse() && !compared(0, 5, 5).is_worse());
        assert!(compared(0, 1, 1).text().contains("no sure difference"));
        assert!(compared(0, 6, 6).is_worse());
        let even = compared(9, 10, 12);
        assert!(!even.is_worse() && even.needed > Some(12), "{even:?}");
        assert!(compared(5, 5, 10).text().ends_with("no difference"));
        assert!(!compared(0, 0, 0).is_worse());
    }
}
