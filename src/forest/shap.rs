//! Explains a forest: exact path-dependent TreeSHAP (Lundberg et al. 2020).
//!
//! Along the path to a leaf, a feature either follows the row or is averaged over by cover (its
//! share). The Shapley value of a feature is an integral over t in 0..1 of the product of `t *
//! follows + (1 - t) * share` over the other features of the path: a polynomial, which eight
//! Gauss-Legendre points integrate exactly up to 16 distinct features a path.

pub(super) mod tree;

use tree::{Batch, Branches, branches};

use super::{Tree, Walk, simd};

/// Rows that are explained together: enough to share a tree's tables, few enough that their sums
/// stay in the cache.
const BATCH: usize = 32;

/// Explains the mean output of a forest.
#[derive(Clone, Debug)]
pub struct Explainer {
    trees: Vec<Branches>,
    walk: Walk,
}

impl Explainer {
    /// Prepares valid trees ([`Tree::validate`]).
    #[must_use]
    pub fn new(trees: &[Tree]) -> Self {
        Self {
            trees: trees.iter().map(branches).collect(),
            walk: Walk::best(),
        }
    }

    /// The same computed in another way, with the same bits, if this processor can.
    #[must_use]
    pub fn with_walk(self, walk: Walk) -> Option<Self> {
        walk.is_available().then_some(Self { walk, ..self })
    }

    /// Adds each feature's share of the forest's mean output for each row, against the mean over
    /// the training rows, times a weight.
    pub fn add_contributions<R: AsRef<[f32]>>(
        &self,
        rows: &[R],
        weight: f64,
        contributions: &mut [Vec<f64>],
    ) {
        let weight = weight / self.trees.len().max(1) as f64;
        let mut batch = Batch::default();
        for (rows, contributions) in rows.chunks(BATCH).zip(contributions.chunks_mut(BATCH)) {
            batch.take(rows);
            simd::explain(self.walk, &mut batch, &self.trees);
            for (contributions, sums) in contributions.iter_mut().zip(batch.sums()) {
                for (contribution, points) in contributions.iter_mut().zip(sums) {
                    *contribution += weight * points.iter().sum::<f64>();
                }
            }
        }
    }
}

/// The mean output over the training rows: what the contributions start from.
#[must_use]
pub fn expected_value(trees: &[Tree]) -> f64 {
    let mean = |tree: &Tree| -> f64 {
        let leaves = tree.nodes.iter().filter(|node| node.split.is_none());
        let (sum, cover) = leaves.fold((0.0, 0.0), |(sum, cover), node| {
            (
                sum + f64::from(node.value) * f64::from(node.cover),
                cover + f64::from(node.cover),
            )
        });
        sum / cover
    };
    trees.iter().map(mean).sum::<f64>() / trees.len().max(1) as f64
}

#[cfg(test)]
mod tests;
