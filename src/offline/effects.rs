//! What a feature does to the risk over its range: partial dependence (Friedman 2001), which sets
//! it to each value in every login, and accumulated local effects (Apley and Zhu 2020), which move
//! it only between the values next to its own, so that no login is asked for that cannot be.

use rayon::prelude::*;
use serde::Serialize;

use crate::features::natural::NATURAL;
use crate::features::{FEATURES, Values};
use crate::model::Model;

/// Values of a feature that are looked at, at most: quantiles.
const MOST_EDGES: usize = 21;

/// Effects of one feature on the log-odds of the risk; both have a mean of 0 over the logins.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// The feature under the name that people use, what it is, and its unit.
    pub feature: String,
    pub says: &'static str,
    pub unit: &'static str,
    /// In that unit, rising; and the same in words.
    pub values: Vec<f64>,
    pub shown: Vec<String>,
    pub partial_dependence: Vec<f64>,
    pub accumulated_local: Vec<f64>,
}

/// The effects of a feature over some logins; `None` of one that means nothing alone, or that is
/// the same in all of them.
#[must_use]
pub fn effect(model: &Model, logins: &[Values], feature: usize) -> Option<Effect> {
    let natural = NATURAL[feature].as_ref()?;
    let edges = edges(logins, feature);
    if edges.len() < 2 {
        return None;
    }
    let log_odds = |values: &Values| model.log_odds(values);
    let values: Vec<f64> = edges.iter().map(|edge| natural.of_feature(*edge)).collect();
    Some(Effect {
        feature: natural.name.clone(),
        says: FEATURES[feature].says,
        unit: natural.unit,
        shown: values
            .iter()
            .map(|value| natural.in_words(Some(*value)))
            .collect(),
        values,
        partial_dependence: partial_dependence(logins, feature, &edges, log_odds),
        accumulated_local: accumulated_local(logins, feature, &edges, log_odds),
    })
}

/// Distinct quantiles of the values that are known.
fn edges(logins: &[Values], feature: usize) -> Vec<f32> {
    let known = logins.iter().map(|values| values[feature]);
    let mut known: Vec<f32> = known.filter(|value| value.is_finite()).collect();
    known.sort_by(f32::total_cmp);
    let Some(last) = known.len().checked_sub(1) else {
        return Vec::new();
    };
    let quantile = |step: usize| known[last * step / (MOST_EDGES - 1)];
    let mut edges: Vec<f32> = (0..MOST_EDGES).map(quantile).collect();
    edges.dedup_by(|next, kept| next <= kept);
    edges
}

fn with(values: &Values, feature: usize, value: f32) -> Values {
    let mut changed = *values;
    changed[feature] = value;
    changed
}

fn partial_dependence(
    logins: &[Values],
    feature: usize,
    edges: &[f32],
    log_odds: impl Fn(&Values) -> f64 + Sync,
) -> Vec<f64> {
    let mean = |edge: &f32| {
        let each = logins
            .iter()
            .map(|login| log_odds(&with(login, feature, *edge)));
        each.sum::<f64>() / logins.len().max(1) as f64
    };
    let means: Vec<f64> = edges.par_iter().map(mean).collect();
    centred(means, &weights(logins, feature, edges))
}

fn accumulated_local(
    logins: &[Values],
    feature: usize,
    edges: &[f32],
    log_odds: impl Fn(&Values) -> f64 + Sync,
) -> Vec<f64> {
    let steps = edges.par_windows(2).enumerate().map(|(bin, pair)| {
        let (low, high) = (pair[0], pair[1]);
        let is_first = bin == 0;
        let within = |value: f32| (value > low || is_first && value >= low) && value <= high;
        let inside = logins.iter().filter(|login| within(login[feature]));
        let (mut sum, mut count) = (0.0, 0.0f64);
        for login in inside {
            sum += log_odds(&with(login, feature, high)) - log_odds(&with(login, feature, low));
            count += 1.0;
        }
        (sum / count.max(1.0), count)
    });
    let steps: Vec<(f64, f64)> = steps.collect();
    let mut accumulated = vec![0.0];
    let mut total = 0.0;
    for (step, _) in &steps {
        total += step;
        accumulated.push(total);
    }
    centred(accumulated, &weights(logins, feature, edges))
}

/// How many logins each edge stands for: one counts half at each end of where it lies.
fn weights(logins: &[Values], feature: usize, edges: &[f32]) -> Vec<f64> {
    let mut weights = vec![0.0; edges.len()];
    let known = logins.iter().map(|login| login[feature]);
    for value in known.filter(|value| value.is_finite()) {
        let right = edges.partition_point(|edge| *edge < value);
        let right = right.clamp(1, edges.len() - 1);
        weights[right - 1] += 0.5;
        weights[right] += 0.5;
    }
    weights
}

/// Moves values to a weighted mean of 0.
fn centred(mut values: Vec<f64>, weights: &[f64]) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    let sum: f64 = values
        .iter()
        .zip(weights)
        .map(|(value, weight)| value * weight)
        .sum();
    let mean = sum / total.max(f64::MIN_POSITIVE);
    values.iter_mut().for_each(|value| *value -= mean);
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

    /// Two features that hang together: the second is the first, nearly.
    fn logins() -> Vec<Values> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let one = |_| {
            let mut values = [0.0; FEATURES.len()];
            values[0] = rng.random_range(0.0..1.0);
            values[1] = values[0] + rng.random_range(-0.01..0.01);
            values
        };
        (0..4_000).map(one).collect()
    }

    /// Of a sum each feature's effect is its own term, by both ways.
    #[test]
    fn the_effects_in_a_sum_are_its_terms() {
        let logins = logins();
        let edges = edges(&logins, 0);
        assert_eq!(edges.len(), MOST_EDGES);
        let sum = |values: &Values| 2.0 * f64::from(values[0]) + 5.0 * f64::from(values[1]);
        for effects in [
            partial_dependence(&logins, 0, &edges, sum),
            accumulated_local(&logins, 0, &edges, sum),
        ] {
            let slope = (effects[20] - effects[0]) / f64::from(edges[20] - edges[0]);
            assert!((slope - 2.0).abs() < 1e-3, "{slope}");
            assert!(effects.iter().sum::<f64>().abs() < 0.5);
        }
    }

    /// In a product of features that hang together, partial dependence is a line, as it asks for
    /// logins that cannot be; accumulated effects are the parabola that is there: d/dx (x y) = y,
    /// which is x, so x^2 / 2.
    #[test]
    fn accumulated_effects_ask_for_nothing_that_cannot_be() {
        let logins = logins();
        let edges = edges(&logins, 0);
        let product = |values: &Values| f64::from(values[0]) * f64::from(values[1]);
        let of = |edge: usize| f64::from(edges[edge]);
        let local = accumulated_local(&logins, 0, &edges, product);
        let expected = (of(20).powi(2) - of(0).powi(2)) / 2.0;
        assert!((local[20] - local[0] - expected).abs() < 0.01, "{local:?}");
        let half = (of(10).powi(2) - of(0).powi(2)) / 2.0;
        assert!((local[10] - local[0] - half).abs() < 0.01, "{local:?}");
        let partial = partial_dependence(&logins, 0, &edges, product);
        let middle = (partial[20] + partial[0]) / 2.0;
        assert!((partial[10] - middle).abs() < 0.02, "{partial:?}");
    }

    #[test]
    fn what_is_always_the_same_has_no_effect() {
        assert_eq!(edges(&logins(), 7).len(), 1);
        assert!(edges(&[[f32::NAN; FEATURES.len()]], 0).is_empty());
    }
}
