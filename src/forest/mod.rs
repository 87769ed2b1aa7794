//! Trees: how they are trained ([`random`], [`isolation`]), run ([`arena`]) and explained
//! ([`shap`]).
//!
//! A [`Tree`] is the training form, with what an explanation needs. It is compiled once into an
//! [`Arena`], the form that scores.

pub mod arena;
mod bins;
pub mod boosted;
pub mod isolation;
pub mod prune;
pub mod random;
pub mod shap;
mod simd;
mod walk;

use serde::{Deserialize, Serialize};

pub use arena::Arena;
pub use walk::Walk;

/// The most features a forest may read.
pub const MAX_FEATURES: usize = 128;
/// The values of all features, padded to the width of a feature number.
pub type Row = [f32; MAX_FEATURES];

/// A row from a slice of at most [`MAX_FEATURES`] values; the rest is missing.
#[must_use]
pub fn row(values: &[f32]) -> Row {
    let mut row = [f32::NAN; MAX_FEATURES];
    for (slot, value) in row.iter_mut().zip(values) {
        *slot = *value;
    }
    row
}

/// No tree is deeper; a file that says so is corrupt.
pub const MAX_DEPTH: usize = 64;

/// Where a node sends a row: left when the value is missing or at most the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Split {
    pub feature: u16,
    pub threshold: f32,
    /// The left child; the right one stands next to it.
    pub left: u32,
}

impl Split {
    /// The child a row goes to.
    #[must_use]
    pub fn child(&self, row: &[f32]) -> usize {
        let right = row[usize::from(self.feature)] > self.threshold;
        self.left as usize + usize::from(right)
    }

    /// The left and the right child.
    #[must_use]
    pub fn children(&self) -> [usize; 2] {
        [self.left as usize, self.left as usize + 1]
    }
}

/// A node: an inner one with a split, or a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    pub split: Option<Split>,
    /// The output of a leaf.
    pub value: f32,
    /// How many training rows came through.
    pub cover: f32,
}

/// A binary tree; node 0 is the root, children stand after their parent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    pub nodes: Vec<Node>,
}

/// Why a tree cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidTree {
    #[error("a tree has no nodes")]
    Empty,
    #[error("a node points outside its tree or back")]
    BadLink,
    #[error("a node reads feature {0}, which does not exist")]
    BadFeature(u16),
    #[error("a node holds a number that is not finite, or a cover that is not positive")]
    BadNumber,
    #[error("a tree is deeper than {MAX_DEPTH}")]
    TooDeep,
}

/// The largest f32 that is not above a threshold: for every f32 `x`, `x <= threshold` is `x <=
/// round_down(threshold)`.
#[must_use]
pub fn round_down(threshold: f64) -> f32 {
    let nearest = threshold as f32;
    if f64::from(nearest) > threshold {
        nearest.next_down()
    } else {
        nearest
    }
}

impl Tree {
    /// The leaf that a row ends in.
    #[must_use]
    pub fn leaf(&self, row: &[f32]) -> usize {
        let mut at = 0;
        while let Some(split) = self.nodes[at].split {
            at = split.child(row);
        }
        at
    }

    /// Counts rows into the nodes they pass, as an explanation needs it.
    pub fn set_covers<'a>(&mut self, rows: impl Iterator<Item = &'a [f32]>) {
        let mut counts = vec![0u32; self.nodes.len()];
        for row in rows {
            let mut at = 0;
            counts[0] += 1;
            while let Some(split) = self.nodes[at].split {
                at = split.child(row);
                counts[at] += 1;
            }
        }
        for (node, count) in self.nodes.iter_mut().zip(counts) {
            // A leaf that no row reached still has to be possible.
            node.cover = (count as f32).max(0.5);
        }
    }

    /// Checks all that traversal relies on.
    pub fn validate(&self, features: usize) -> Result<(), InvalidTree> {
        if self.nodes.is_empty() {
            return Err(InvalidTree::Empty);
        }
        for (index, node) in self.nodes.iter().enumerate() {
            if !node.value.is_finite() || !node.cover.is_finite() || node.cover <= 0.0 {
                return Err(InvalidTree::BadNumber);
            }
            let Some(split) = node.split else { continue };
            if split.threshold.is_nan() {
                return Err(InvalidTree::BadNumber);
            }
            if usize::from(split.feature) >= features {
                return Err(InvalidTree::BadFeature(split.feature));
            }
            let [left, right] = split.children();
            if left <= index || right >= self.nodes.len() {
                return Err(InvalidTree::BadLink);
            }
        }
        if self.depth() > MAX_DEPTH {
            return Err(InvalidTree::TooDeep);
        }
        Ok(())
    }

    /// The most splits between the root and a leaf.
    #[must_use]
    pub fn depth(&self) -> usize {
        let mut depths = vec![0usize; self.nodes.len()];
        let mut deepest = 0;
        // Children stand after their parent, so one pass sees every parent first.
        for (index, node) in self.nodes.iter().enumerate() {
            deepest = deepest.max(depths[index]);
            if let Some(split) = node.split {
                for child in split.children() {
                    if child < depths.len() {
                        depths[child] = depths[child].max(depths[index] + 1);
                    }
                }
            }
        }
        deepest
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

    /// A random tree over `features` features, splits at most `depth` deep.
    pub(crate) fn random_tree(seed: u64, features: u16, depth: usize) -> Tree {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut nodes = vec![Node {
            split: None,
            value: 0.0,
            cover: 1000.0,
        }];
        let mut open = vec![(0usize, 0usize)];
        while let Some((index, level)) = open.pop() {
            if level == depth || (level > 0 && rng.random_bool(0.2)) {
                nodes[index].value = rng.random_range(0.0..1.0);
                continue;
            }
            let left = nodes.len() as u32;
            let share: f32 = rng.random_range(0.05..0.95);
            let cover = nodes[index].cover;
            for share in [share, 1.0 - share] {
                nodes.push(Node {
                    split: None,
                    value: 0.0,
                    cover: cover * share,
                });
            }
            nodes[index].split = Some(Split {
                feature: rng.random_range(0..features),
                threshold: rng.random_range(-1.0..1.0),
                left,
            });
            open.extend([(left as usize, level + 1), (left as usize + 1, level + 1)]);
        }
        Tree { nodes }
    }

    #[test]
    fn a_broken_tree_is_refused() {
        let good = random_tree(1, 4, 5);
        assert_eq!(good.validate(4), Ok(()));
        assert!(matches!(good.validate(1), Err(InvalidTree::BadFeature(_))));
        let spoil = |change: &dyn Fn(&mut Split)| {
            let mut tree = good.clone();
            change(tree.nodes[0].split.as_mut().unwrap());
            tree.validate(4)
        };
        assert_eq!(spoil(&|split| split.left = 0), Err(InvalidTree::BadLink));
        assert_eq!(
            spoil(&|split| split.left = 1_000_000),
            Err(InvalidTree::BadLink)
        );
        assert_eq!(
            spoil(&|split| split.threshold = f32::NAN),
            Err(InvalidTree::BadNumber)
        );
        assert_eq!(Tree { nodes: vec![] }.validate(4), Err(InvalidTree::Empty));
    }

    #[test]
    fn rounding_a_threshold_down_changes_no_decision() {
        for threshold in [0.1f64, -0.1, 1e-30, 123_456.789, f64::from(0.3f32), -7.0] {
            let rounded = round_down(threshold);
            for x in [rounded.next_down(), rounded, rounded.next_up()] {
                assert_eq!(f64::from(x) <= threshold, x <= rounded, "{x} {threshold}");
            }
        }
    }
}
