//! Values as the numbers of their bins: what trees of all kinds look for their splits in.
//!
//! Missing values are a bin of their own below all others, so they go left, as everywhere.

use rayon::prelude::*;

use super::round_down;

/// Bins of a feature, the one of missing values included.
pub(super) const MAX_BINS: usize = 256;

/// The rows by feature, each value as the number of its bin.
pub(super) struct Binned {
    pub columns: Vec<Vec<u8>>,
    /// The upper edge of each bin of a feature but the last; the first bin holds what is missing.
    edges: Vec<Vec<f32>>,
    pub rows: usize,
}

impl Binned {
    pub fn new(rows: &[&[f32]], features: usize) -> Self {
        let (columns, edges) = (0..features)
            .into_par_iter()
            .map(|feature| {
                let values: Vec<f32> = rows.iter().map(|row| row[feature]).collect();
                let edges = edges(&values);
                let bin = |value: &f32| match value.is_nan() {
                    true => 0,
                    false => 1 + edges.partition_point(|edge| edge < value) as u8,
                };
                (values.iter().map(bin).collect(), edges)
            })
            .unzip();
        Self {
            columns,
            edges,
            rows: rows.len(),
        }
    }

    /// After how many of its bins, from the lowest, a feature can be split.
    pub fn splits(&self, feature: usize) -> usize {
        self.edges[feature].len() + 1
    }

    /// The threshold that sends a bin and all below it left.
    pub fn threshold(&self, feature: usize, bin: usize) -> f32 {
        match bin {
            0 => f32::MIN,
            _ => self.edges[feature][bin - 1],
        }
    }
}

/// Edges between distinct values, at quantiles where there are too many.
fn edges(values: &[f32]) -> Vec<f32> {
    let mut sorted: Vec<f32> = values
        .iter()
        .copied()
        .filter(|value| !value.is_nan())
        .collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let between = |left: f32, right: f32| {
        let middle = round_down((f64::from(left) + f64::from(right)) / 2.0);
        if middle < right {
            middle.max(left)
        } else {
            left
        }
    };
    let mut distinct = sorted.clone();
    distinct.dedup();
    if distinct.len() < MAX_BINS {
        return distinct
            .windows(2)
            .map(|pair| between(pair[0], pair[1]))
            .collect();
    }
    let most = MAX_BINS - 2;
    let mut edges: Vec<f32> = (1..most)
        .map(|quantile| {
            let right = quantile * sorted.len() / most;
            between(sorted[right - 1], sorted[right])
        })
        .collect();
    edges.dedup();
    edges
}
