//! Features one by one: how they are spread, how they hang together, and what the risk loses
//! without them.

use rand::seq::SliceRandom;
use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use rayon::prelude::*;
use serde::Serialize;

use super::metrics::{self, Scored};
use crate::features::{FEATURES, Values};
use crate::model::Model;

/// Logins that are looked at: attacks, and honest ones.
const MOST_ATTACKS: usize = 2_000;
const MOST_HONEST: usize = 10_000;
/// Features whose spread and correlation is worth showing.
const SHOWN: usize = 12;
const BINS: usize = 20;

/// What looking at features found.
#[derive(Debug, Serialize)]
pub struct Inspection {
    /// What PR-AUC loses when a feature is shuffled over a sample of logins, the largest loss
    /// first.
    pub permutation_importance: Vec<(String, f64)>,
    /// Of the most important ones.
    pub spreads: Vec<Spread>,
    /// Rank correlations (Spearman) of the most important ones, in their order.
    pub correlations: Vec<Vec<f64>>,
}

/// Shares of a feature's values in bins of equal width, and missing.
#[derive(Debug, Serialize)]
pub struct Spread {
    pub feature: String,
    pub unit: &'static str,
    pub least: f32,
    pub most: f32,
    pub honest: Vec<f64>,
    pub attacks: Vec<f64>,
    pub honest_missing: f64,
    pub attacks_missing: f64,
}

struct InspectedSample {
    values: Vec<Values>,
    attacks: Vec<bool>,
}

impl InspectedSample {
    fn new(scored: &[Scored], values: &[Values]) -> Self {
        let of = |wanted: bool, most: usize| {
            let all: Vec<usize> = (0..scored.len())
                .filter(|place| scored[*place].attack == wanted)
                .collect();
            let step = all.len().div_ceil(most).max(1);
            all.into_iter().step_by(step).collect::<Vec<_>>()
        };
        let places = [of(true, MOST_ATTACKS), of(false, MOST_HONEST)].concat();
        Self {
            values: places.iter().map(|place| values[*place]).collect(),
            attacks: places.iter().map(|place| scored[*place].attack).collect(),
        }
    }

    fn pr_auc(&self, model: &Model, change: impl Fn(usize, &mut Values)) -> f64 {
        let scored: Vec<Scored> = (0..self.values.len())
            .map(|place| {
                let mut values = self.values[place];
                change(place, &mut values);
                Scored {
                    score: model.risk(&values),
                    attack: self.attacks[place],
                    campaign: None,
                    family: None,
                }
            })
            .collect();
        metrics::pr_auc(&scored)
    }

    fn column(&self, feature: usize) -> Vec<f32> {
        self.values.iter().map(|values| values[feature]).collect()
    }
}

impl Inspection {
    #[must_use]
    pub fn new(model: &Model, scored: &[Scored], values: &[Values]) -> Self {
        let sample = InspectedSample::new(scored, values);
        let whole = sample.pr_auc(model, |_, _| ());
        let mut losses: Vec<(usize, f64)> = (0..FEATURES.len())
            .into_par_iter()
            .map(|feature| {
                let mut shuffled = sample.column(feature);
                shuffled.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(feature as u64));
                let without = sample.pr_auc(model, |place, values| {
                    values[feature] = shuffled[place];
                });
                (feature, whole - without)
            })
            .collect();
        losses.sort_by(|left, right| right.1.total_cmp(&left.1));
        let shown: Vec<usize> = losses
            .iter()
            .take(SHOWN)
            .map(|(feature, _)| *feature)
            .collect();
        let ranks: Vec<Vec<f64>> = shown
            .iter()
            .map(|feature| ranks(&sample.column(*feature)))
            .collect();
        let correlate =
            |left: &Vec<f64>| ranks.iter().map(|right| correlation(left, right)).collect();
        Self {
            permutation_importance: losses
                .iter()
                .map(|(feature, loss)| (FEATURES[*feature].name.to_owned(), *loss))
                .collect(),
            spreads: shown
                .iter()
                .map(|feature| spread(&sample, *feature))
                .collect(),
            correlations: ranks.iter().map(correlate).collect(),
        }
    }
}

fn spread(sample: &InspectedSample, feature: usize) -> Spread {
    let column = sample.column(feature);
    let known = column.iter().copied().filter(|value| value.is_finite());
    let least = known.clone().reduce(f32::min).unwrap_or(0.0);
    let most = known.reduce(f32::max).unwrap_or(1.0);
    let width = (most - least).max(f32::MIN_POSITIVE);
    let shares = |wanted: bool| {
        let (mut bins, mut missing, mut count) = (vec![0.0; BINS], 0.0, 0.0f64);
        for (value, attack) in column.iter().zip(&sample.attacks) {
            if *attack != wanted {
                continue;
            }
            count += 1.0;
            if value.is_finite() {
                let bin = ((value - least) / width * BINS as f32) as usize;
                bins[bin.min(BINS - 1)] += 1.0;
            } else {
                missing += 1.0;
            }
        }
        let of = |part: f64| part / count.max(1.0);
        (bins.into_iter().map(of).collect(), of(missing))
    };
    let ((honest, honest_missing), (attacks, attacks_missing)) = (shares(false), shares(true));
    Spread {
        feature: FEATURES[feature].name.to_owned(),
        unit: FEATURES[feature].unit,
        least,
        most,
        honest,
        attacks,
        honest_missing,
        attacks_missing,
    }
}

/// Ranks, equal values sharing the middle one; missing below all.
fn ranks(values: &[f32]) -> Vec<f64> {
    let key = |place: &usize| {
        if values[*place].is_nan() {
            f32::NEG_INFINITY
        } else {
            values[*place]
        }
    };
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|left, right| key(left).total_cmp(&key(right)));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let mut to = from;
        while to < order.len() && key(&order[to]).total_cmp(&key(&order[from])).is_eq() {
            to += 1;
        }
        for place in &order[from..to] {
            ranks[*place] = (from + to - 1) as f64 / 2.0;
        }
        from = to;
    }
    ranks
}

fn correlation(left: &[f64], right: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let (of_left, of_right) = (mean(left), mean(right));
    let (mut both, mut lefts, mut rights) = (0.0, 0.0, 0.0);
    for (left, right) in left.iter().zip(right) {
        both += (left - of_left) * (right - of_right);
        lefts += (left - of_left).powi(2);
        rights += (right - of_right).powi(2);
    }
    both / (lefts * rights).sqrt().max(f64::MIN_POSITIVE)
}

/// The population stability index of every feature against the training, the largest first.
#[must_use]
pub(super) fn drift(model: &Model, values: &[Values]) -> Vec<(String, f64)> {
    let of_feature = |(feature, reference): (usize, &crate::model::Reference)| {
        let column: Vec<f32> = values.iter().map(|values| values[feature]).collect();
        (
            FEATURES[feature].name.to_owned(),
            reference.stability_index(&column),
        )
    };
    let references = model.parts().references.par_iter().enumerate();
    let mut drift: Vec<(String, f64)> = references.map(of_feature).collect();
    drift.sort_by(|left, right| right.1.total_cmp(&left.1));
    drift
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of SciPy's `rankdata` and `spearmanr`.
    #[test]
    fn ranks_and_correlations_are_those_of_scipy() {
        assert_eq!(ranks(&[10.0, 20.0, 20.0, 5.0]), [1.0, 2.5, 2.5, 0.0]);
        let (left, right) = (
            ranks(&[1.0, 2.0, 3.0, 4.0, 5.0]),
            ranks(&[5.0, 6.0, 7.0, 8.0, 7.0]),
        );
        assert!((correlation(&left, &right) - 0.820_782_681_668_123).abs() < 1e-12);
    }
}
