//! Features one by one: how they are spread, how they hang together, and what the risk loses
//! without them.

use rand::seq::SliceRandom;
use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use rayon::prelude::*;
use serde::Serialize;

use super::effects::{Effect, effect};
use super::metrics::{self, Scored};
use super::ranks::{correlation, ranks};
use super::surrogate::{self, Agreement};
use crate::features::{FEATURES, Values};
use crate::model::Model;

/// Logins that are looked at: attacks, and honest ones.
const MOST_ATTACKS: usize = 2_000;
const MOST_HONEST: usize = 10_000;
/// Features whose spread and correlation is worth showing.
const SHOWN: usize = 12;
const BINS: usize = 20;
/// Features whose effect is shown, and the logins that show it.
const EFFECTS: usize = 10;
const EFFECT_LOGINS: usize = 1_000;
/// Logins whose contributions are compared with a line.
const COMPARED_LOGINS: usize = 200;

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
    /// What the most important ones do to the risk.
    pub effects: Vec<Effect>,
    /// Whether contributions are what a line around the login says.
    pub agreement: Option<Agreement>,
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

/// Every so many of some, so that no more are left.
fn thinned<T: Copy>(all: &[T], most: usize) -> Vec<T> {
    let step = all.len().div_ceil(most).max(1);
    all.iter().step_by(step).copied().collect()
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
            thinned(&all, most)
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

    /// The attacks that the model says most of.
    fn surest_attacks(&self, model: &Model, most: usize) -> Vec<&Values> {
        let attacks = self.values.iter().zip(&self.attacks);
        let attacks = attacks.filter(|(_, attack)| **attack);
        let mut attacks: Vec<(&Values, f64)> = attacks
            .map(|(values, _)| (values, model.log_odds(values)))
            .collect();
        attacks.sort_by(|one, other| other.1.total_cmp(&one.1));
        // Half of them: what is missed has no alert to explain.
        attacks.truncate(attacks.len().div_ceil(2));
        let attacks = thinned(&attacks, most).into_iter();
        attacks.map(|(values, _)| values).collect()
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
            effects: effects(model, &sample, &losses),
            agreement: surrogate::compare(model, &sample.surest_attacks(model, COMPARED_LOGINS)),
        }
    }
}

/// The effects of the most important features that people can read.
fn effects(model: &Model, sample: &InspectedSample, losses: &[(usize, f64)]) -> Vec<Effect> {
    let logins = thinned(&sample.values, EFFECT_LOGINS);
    let each = losses
        .iter()
        .filter_map(|(feature, _)| effect(model, &logins, *feature));
    each.take(EFFECTS).collect()
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
