//! How the features were spread where a model was trained, so that drift can be seen later.

use serde::{Deserialize, Serialize};

/// Shares of one feature's values between edges, for all logins of the training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Deciles, without those that fall together.
    edges: Vec<f32>,
    /// Of the values up to each edge, above the last, and missing.
    shares: Vec<f64>,
}

/// A share counts as this at least: an empty bin is no infinite surprise.
const LEAST_SHARE: f64 = 1e-4;

impl Reference {
    /// The first and the last decile; none where no login had the feature.
    #[must_use]
    pub fn outer_deciles(&self) -> [Option<f32>; 2] {
        [self.edges.first().copied(), self.edges.last().copied()]
    }

    #[must_use]
    pub fn of(values: &[f32]) -> Self {
        let mut known: Vec<f32> = values
            .iter()
            .copied()
            .filter(|value| !value.is_nan())
            .collect();
        known.sort_unstable_by(f32::total_cmp);
        let mut edges: Vec<f32> = (1..10)
            .filter_map(|decile| known.get(decile * known.len() / 10).copied())
            .collect();
        edges.dedup();
        let shares = shares(&edges, values);
        Self { edges, shares }
    }

    /// The population stability index of other values: 0 for the same spread; above 0.25 it is
    /// usually called a drift.
    #[must_use]
    pub fn stability_index(&self, values: &[f32]) -> f64 {
        let others = shares(&self.edges, values);
        let terms = self.shares.iter().zip(others).map(|(then, now)| {
            let (then, now) = (then.max(LEAST_SHARE), now.max(LEAST_SHARE));
            (now - then) * libm::log(now / then)
        });
        terms.sum()
    }

    #[must_use]
    pub(super) fn is_valid(&self) -> bool {
        self.edges.is_sorted()
            && self.shares.len() == self.edges.len() + 2
            && self.shares.iter().all(|share| (0.0..=1.0).contains(share))
    }
}

fn shares(edges: &[f32], values: &[f32]) -> Vec<f64> {
    let mut counts = vec![0.0; edges.len() + 2];
    for value in values {
        let bin = match value.is_nan() {
            true => edges.len() + 1,
            false => edges.partition_point(|edge| edge < value),
        };
        counts[bin] += 1.0;
    }
    let total = values.len().max(1) as f64;
    counts.into_iter().map(|count| count / total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_spread_has_index_0_and_another_one_has_not() {
        let values: Vec<f32> = (0..1_000)
            .map(|value| (value * 37 % 1_000) as f32)
            .collect();
        let reference = Reference::of(&values);
        assert!(reference.is_valid());
        assert!(reference.stability_index(&values).abs() < 1e-12);
        let moved: Vec<f32> = values.iter().map(|value| value + 300.0).collect();
        assert!(reference.stability_index(&moved) > 0.25);
        let missing = vec![f32::NAN; 1_000];
        assert!(reference.stability_index(&missing) > 1.0);
        assert!(Reference::of(&missing).is_valid());
    }
}
