//! How well scores separate attacks from honest logins, at rates of false alarms that people can
//! live with.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use rayon::prelude::*;

use crate::model::card::OperatingPoint;

/// Shares of honest logins flagged at which recall is told.
pub const FALSE_POSITIVE_RATES: [f64; 3] = [1e-2, 1e-3, 1e-4];

/// One scored login with its truth.
#[derive(Clone, Copy, Debug)]
pub struct Scored {
    pub score: f64,
    pub attack: bool,
    pub campaign: Option<u32>,
    pub family: Option<u32>,
}

/// Counts of the four outcomes at a threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Confusion {
    pub true_negatives: u64,
    pub false_positives: u64,
    pub false_negatives: u64,
    pub true_positives: u64,
}

impl Confusion {
    /// The outcomes when everything from `threshold` on is flagged.
    #[must_use]
    pub fn at(scored: &[Scored], threshold: f64) -> Self {
        let mut counts = Self::default();
        for login in scored {
            counts.count(login.attack, login.score >= threshold);
        }
        counts
    }

    /// The outcomes of what was flagged.
    #[must_use]
    pub fn of<'a>(judged: impl Iterator<Item = (&'a Scored, &'a bool)>) -> Self {
        let mut counts = Self::default();
        for (login, flagged) in judged {
            counts.count(login.attack, *flagged);
        }
        counts
    }

    fn count(&mut self, attack: bool, flagged: bool) {
        match (attack, flagged) {
            (false, false) => self.true_negatives += 1,
            (false, true) => self.false_positives += 1,
            (true, false) => self.false_negatives += 1,
            (true, true) => self.true_positives += 1,
        }
    }

    #[must_use]
    pub fn attacks(&self) -> u64 {
        self.true_positives + self.false_negatives
    }

    #[must_use]
    pub fn honest(&self) -> u64 {
        self.true_negatives + self.false_positives
    }

    #[must_use]
    pub fn recall(&self) -> f64 {
        ratio(
            self.true_positives,
            self.true_positives + self.false_negatives,
        )
    }

    /// The share of what is flagged that is an attack.
    #[must_use]
    pub fn precision(&self) -> f64 {
        ratio(
            self.true_positives,
            self.true_positives + self.false_positives,
        )
    }

    /// The harmonic mean of precision and recall.
    #[must_use]
    pub fn f1(&self) -> f64 {
        let wrong = self.false_positives + self.false_negatives;
        ratio(2 * self.true_positives, 2 * self.true_positives + wrong)
    }

    /// The share of logins that are called by their right name. Attacks are rare, so whoever flags
    /// nothing at all is right about most of them.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        ratio(
            self.true_positives + self.true_negatives,
            self.attacks() + self.honest(),
        )
    }

    #[must_use]
    pub fn false_positive_rate(&self) -> f64 {
        ratio(
            self.false_positives,
            self.false_positives + self.true_negatives,
        )
    }
}

/// Between which shares the truth lies with 95 %.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

impl Interval {
    /// Of a share found in so many cases (Wilson 1927).
    #[must_use]
    pub fn wilson(found: u64, all: u64) -> Self {
        if all == 0 {
            return Self {
                low: 0.0,
                high: 1.0,
            };
        }
        /// The normal quantile of 97.5 %.
        const Z: f64 = 1.959_963_984_540_054;
        let (all, share) = (all as f64, found as f64 / all as f64);
        let scale = 1.0 + Z * Z / all;
        let middle = (share + Z * Z / (2.0 * all)) / scale;
        let half = Z / scale * (share * (1.0 - share) / all + Z * Z / (4.0 * all * all)).sqrt();
        Self {
            low: (middle - half).max(0.0),
            high: (middle + half).min(1.0),
        }
    }
}

impl Interval {
    /// Of the mean of what was counted (Garwood 1936): exact, from the tails of Poisson's
    /// distribution.
    #[must_use]
    pub fn poisson(count: u64) -> Self {
        const TAIL: f64 = 0.025;
        let low = match count.checked_sub(1) {
            Some(fewer) => poisson_mean(fewer, 1.0 - TAIL),
            None => 0.0,
        };
        Self {
            low,
            high: poisson_mean(count, TAIL),
        }
    }
}

/// Draws of one resampling.
const RESAMPLES: usize = 2_000;

/// What one way of scoring finds of the units that another finds: paired, for both are asked of the
/// same.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct PairedDifference {
    /// The share found by the one less that of the other.
    pub mean: f64,
    pub interval: Interval,
    /// The variance of one unit's difference.
    #[serde(skip)]
    pub variance: f64,
    /// How likely chance alone gives a difference like this (sign test of the units that only one of
    /// them finds, two sides).
    pub p: f64,
}

/// Of units that only one of two finds, how likely they are as unevenly shared by chance.
fn sign_test(won: usize, lost: usize) -> f64 {
    let all = (won + lost) as f64;
    let term = |few: usize| {
        let few = few as f64;
        let ways =
            libm::lgamma(all + 1.0) - libm::lgamma(few + 1.0) - libm::lgamma(all - few + 1.0);
        libm::exp(ways - all * std::f64::consts::LN_2)
    };
    let tail: f64 = (0..=won.min(lost)).map(term).sum();
    (2.0 * tail).min(1.0)
}

impl PairedDifference {
    /// Resamples the units (Efron 1979).
    #[must_use]
    pub fn of(one: &[bool], other: &[bool]) -> Self {
        let all = one.len();
        let size = all.max(1) as f64;
        let gains: Vec<f64> = one
            .iter()
            .zip(other)
            .map(|(one, other)| f64::from(i8::from(*one) - i8::from(*other)))
            .collect();
        let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut means: Vec<f64> = (0..RESAMPLES)
            .map(|_| {
                let drawn = (0..all).map(|_| gains[random.random_range(0..all)]);
                drawn.sum::<f64>() / size
            })
            .collect();
        means.sort_by(f64::total_cmp);
        let mean = gains.iter().sum::<f64>() / size;
        let count = |sign: f64| gains.iter().filter(|gain| **gain * sign > 0.0).count();
        Self {
            p: sign_test(count(1.0), count(-1.0)),
            mean,
            interval: Interval {
                low: means[RESAMPLES / 40],
                high: means[RESAMPLES - 1 - RESAMPLES / 40],
            },
            variance: gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / size,
        }
    }
}

/// The mean at which no more than `count` comes with a probability.
fn poisson_mean(count: u64, probability: f64) -> f64 {
    let at_most = |mean: f64| -> f64 {
        let term = |number: u64| {
            let number = number as f64;
            libm::exp(number * libm::log(mean) - mean - libm::lgamma(number + 1.0))
        };
        (0..=count).map(term).sum()
    };
    let (mut low, mut high) = (0.0, count as f64 + 10.0 * (count as f64).sqrt() + 20.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if at_most(middle) > probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// A share with its interval (95 %, Wilson); nothing of nothing.
#[must_use]
pub fn found_of(found: u64, all: u64) -> (Option<f64>, Option<Interval>) {
    match all {
        0 => (None, None),
        all => (
            Some(found as f64 / all as f64),
            Some(Interval::wilson(found, all)),
        ),
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        f64::NAN
    } else {
        part as f64 / whole as f64
    }
}

/// The lowest threshold at which at most `rate` of the honest logins are flagged.
#[must_use]
pub fn threshold_at(scored: &[Scored], rate: f64) -> f64 {
    let mut honest: Vec<f64> = scored
        .iter()
        .filter(|login| !login.attack)
        .map(|login| login.score)
        .collect();
    honest.par_sort_unstable_by(|left, right| right.total_cmp(left));
    let allowed = (rate * honest.len() as f64).floor() as usize;
    honest
        .get(allowed)
        .map_or(f64::NEG_INFINITY, |first_refused| first_refused.next_up())
}

/// The share of the honest logins that are flagged from a threshold on; a login's worth at least.
#[must_use]
pub fn share_from(scored: &[Scored], threshold: f64) -> f64 {
    let honest = scored.iter().filter(|login| !login.attack);
    let (all, flagged) = honest.fold((0u64, 0u64), |(all, flagged), login| {
        (all + 1, flagged + u64::from(login.score >= threshold))
    });
    flagged.max(1) as f64 / all.max(1) as f64
}

/// Recall of logins and of campaigns at a rate of false alarms.
#[must_use]
pub fn operating_point(scored: &[Scored], rate: f64) -> OperatingPoint {
    let threshold = threshold_at(scored, rate);
    OperatingPoint {
        false_positive_rate: rate,
        recall: Confusion::at(scored, threshold).recall(),
        campaign_recall: campaign_recall(scored, threshold),
        threshold,
    }
}

/// Which campaigns had a login that was found, by number.
#[must_use]
pub(super) fn campaigns_found(
    scored: &[Scored],
    is_found: impl Fn(usize) -> bool,
) -> BTreeMap<u32, bool> {
    let mut campaigns: BTreeMap<u32, bool> = BTreeMap::new();
    for (place, login) in scored.iter().enumerate().filter(|(_, login)| login.attack) {
        if let Some(campaign) = login.campaign {
            *campaigns.entry(campaign).or_default() |= is_found(place);
        }
    }
    campaigns
}

/// The share of campaigns of which at least one login is flagged.
#[must_use]
pub fn campaign_recall(scored: &[Scored], threshold: f64) -> Option<f64> {
    let found = campaigns_found(scored, |place| scored[place].score >= threshold);
    let count = found.values().filter(|found| **found).count();
    (!found.is_empty()).then(|| count as f64 / found.len() as f64)
}

/// (false-positive rate, recall, precision) at every distinct score, from the highest.
#[must_use]
pub fn curve(scored: &[Scored]) -> Vec<(f64, f64, f64)> {
    let mut sorted: Vec<&Scored> = scored.iter().collect();
    sorted.par_sort_unstable_by(|left, right| right.score.total_cmp(&left.score));
    let attacks = scored.iter().filter(|login| login.attack).count() as f64;
    let honest = scored.len() as f64 - attacks;
    let (mut true_positives, mut false_positives) = (0.0, 0.0);
    let mut points = Vec::new();
    for (index, login) in sorted.iter().enumerate() {
        if login.attack {
            true_positives += 1.0;
        } else {
            false_positives += 1.0;
        }
        let last_of_score = sorted
            .get(index + 1)
            .is_none_or(|next| next.score < login.score);
        if last_of_score {
            points.push((
                false_positives / honest,
                true_positives / attacks,
                true_positives / (true_positives + false_positives),
            ));
        }
    }
    points
}

/// Area under the ROC curve; ties count half.
#[must_use]
pub fn roc_auc(scored: &[Scored]) -> f64 {
    let (mut area, mut last) = (0.0, (0.0, 0.0));
    for (false_rate, recall, _) in curve(scored) {
        area += (false_rate - last.0) * (recall + last.1) / 2.0;
        last = (false_rate, recall);
    }
    area
}

/// Area under the precision-recall curve, as average precision.
#[must_use]
pub fn pr_auc(scored: &[Scored]) -> f64 {
    let (mut area, mut last_recall) = (0.0, 0.0);
    for (_, recall, precision) in curve(scored) {
        area += (recall - last_recall) * precision;
        last_recall = recall;
    }
    area
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(pairs: &[(f64, bool)]) -> Vec<Scored> {
        let one = |(score, attack): &(f64, bool)| Scored {
            score: *score,
            attack: *attack,
            campaign: attack.then_some(0),
            family: None,
        };
        pairs.iter().map(one).collect()
    }

    /// Values of scikit-learn's `roc_auc_score` and `average_precision_score` on the same data.
    #[test]
    fn areas_are_those_of_scikit_learn() {
        let data = scored(&[(0.1, false), (0.4, false), (0.35, true), (0.8, true)]);
        assert!((roc_auc(&data) - 0.75).abs() < 1e-12);
        assert!((pr_auc(&data) - 0.833_333_333_333_333_3).abs() < 1e-12);
        let ties = scored(&[(0.5, false), (0.5, true), (0.5, false), (0.9, true)]);
        assert!((roc_auc(&ties) - 0.75).abs() < 1e-12);
        assert!((pr_auc(&ties) - 0.75).abs() < 1e-12);
    }

    /// Values of Python, with the tails summed by `math.fsum`.
    #[test]
    fn intervals_of_counts_are_exact() {
        for (count, low, high) in [
            (0, 0.0, 3.688_879),
            (1, 0.025_318, 5.571_643),
            (5, 1.623_486, 11.668_332),
            (100, 81.363_991, 121.626_794),
        ] {
            let interval = Interval::poisson(count);
            assert!((interval.low - low).abs() < 1e-4, "{count}: {interval:?}");
            assert!((interval.high - high).abs() < 1e-4, "{count}: {interval:?}");
        }
    }

    /// Values of SciPy's `binomtest(..).proportion_ci(method="wilson")`.
    #[test]
    fn intervals_are_those_of_scipy() {
        let close = |interval: Interval, low: f64, high: f64| {
            (interval.low - low).abs() < 1e-6 && (interval.high - high).abs() < 1e-6
        };
        assert!(close(Interval::wilson(5, 10), 0.236_593, 0.763_407));
        assert!(close(Interval::wilson(0, 20), 0.0, 0.161_125));
        assert!(close(Interval::wilson(146, 146), 0.974_363, 1.0));
    }

    /// Values of SciPy's `binomtest(won, won + lost).pvalue`.
    #[test]
    fn sign_tests_are_those_of_scipy() {
        for (won, lost, p) in [
            (0, 1, 1.0),
            (0, 5, 0.0625),
            (0, 6, 0.031_25),
            (3, 12, 0.035_156_25),
        ] {
            assert!((sign_test(won, lost) - p).abs() < 1e-9, "{won} {lost}");
        }
        assert_eq!(sign_test(0, 0), 1.0);
    }

    /// Values of scikit-learn's `precision_score`, `f1_score` and `accuracy_score`.
    #[test]
    fn shares_of_outcomes_are_those_of_scikit_learn() {
        let counts = Confusion {
            true_negatives: 90,
            false_positives: 2,
            false_negatives: 3,
            true_positives: 5,
        };
        assert!((counts.precision() - 0.714_285_714_285_714_3).abs() < 1e-12);
        assert!((counts.f1() - 0.666_666_666_666_666_6).abs() < 1e-12);
        assert!((counts.accuracy() - 0.95).abs() < 1e-12);
    }

    #[test]
    fn a_threshold_never_flags_more_honest_logins_than_allowed() {
        let mut pairs: Vec<(f64, bool)> = (0..1000)
            .map(|row| (f64::from(row % 100) / 100.0, false))
            .collect();
        pairs.push((0.995, true));
        let data = scored(&pairs);
        for rate in [0.0, 0.001, 0.01, 0.1, 0.5] {
            let counts = Confusion::at(&data, threshold_at(&data, rate));
            assert!(counts.false_positive_rate() <= rate, "{rate}");
        }
        let point = operating_point(&data, 0.001);
        assert_eq!((point.recall, point.campaign_recall), (1.0, Some(1.0)));
    }
}
