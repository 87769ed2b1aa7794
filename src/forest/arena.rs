//! Runs a forest: all trees in one flat array, sixteen walked at once.
//!
//! A node is 8 bytes: a threshold, and its feature with its left child; the right child stands next to the left. A
//! leaf points at itself, so a walk needs no end test, only as many steps as the deepest tree of its group has. The
//! sixteen walks are independent, which hides the latency of memory. Leaves hold fixed-point integers: a sum does
//! not depend on the order of its terms, so every way of walking gives the same bits.

use super::{MAX_FEATURES, Tree};

/// How many trees are walked at once.
const LANES: usize = 16;

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

#[derive(Clone, Copy, Debug)]
struct PackedNode {
    threshold: f32,
    /// Feature in the low byte, left child in the upper 24 bits.
    link: u32,
}

impl PackedNode {
    fn inner(threshold: f32, feature: u16, left: u32) -> Self {
        Self {
            threshold,
            link: u32::from(feature) | (left << 8),
        }
    }

    fn leaf(index: u32) -> Self {
        Self::inner(f32::INFINITY, 0, index)
    }
}

/// Sixteen roots and the steps that bring every lane to a leaf.
#[derive(Clone, Debug)]
struct Group {
    roots: [u32; LANES],
    steps: usize,
}

/// A compiled forest.
#[derive(Clone, Debug)]
pub struct Arena {
    nodes: Vec<PackedNode>,
    /// Fixed-point leaf values, by node.
    leaves: Vec<u32>,
    groups: Vec<Group>,
    /// What one unit of output is in fixed point, times the number of trees.
    scale: f64,
}

/// Why a forest cannot be compiled.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CompileError {
    #[error("the forest has more nodes than an arena can hold (16 777 216)")]
    TooManyNodes,
    #[error("a leaf's value lies outside 0..={0}")]
    LeafOutOfRange(u32),
}

const MAX_NODES: usize = 1 << 24;

impl Arena {
    /// Compiles trees whose leaves lie within 0..=`largest`. The trees must be valid
    /// ([`Tree::validate`](super::Tree::validate)).
    pub fn compile(trees: &[Tree], largest: u32) -> Result<Self, CompileError> {
        let unit = f64::from(u32::MAX / 2) / f64::from(largest.max(1));
        let mut arena = Self {
            nodes: Vec::new(),
            leaves: Vec::new(),
            groups: Vec::new(),
            scale: unit * trees.len() as f64,
        };
        // Trees of like depth share a group, so that few steps are idle.
        let mut by_depth: Vec<&Tree> = trees.iter().collect();
        by_depth.sort_by_key(|tree| std::cmp::Reverse(tree.depth()));
        for trees in by_depth.chunks(LANES) {
            let mut group = Group {
                roots: [0; LANES],
                steps: 0,
            };
            for (lane, tree) in trees.iter().enumerate() {
                group.roots[lane] = arena.nodes.len() as u32;
                group.steps = group.steps.max(tree.depth());
                arena.place(tree, unit, largest)?;
            }
            let padding = arena.nodes.len() as u32;
            if trees.len() < LANES {
                arena.nodes.push(PackedNode::leaf(padding));
                arena.leaves.push(0);
            }
            group.roots[trees.len()..].fill(padding);
            arena.groups.push(group);
        }
        if arena.nodes.len() >= MAX_NODES {
            return Err(CompileError::TooManyNodes);
        }
        Ok(arena)
    }

    /// Appends a tree, breadth first, siblings adjacent.
    fn place(&mut self, tree: &Tree, unit: f64, largest: u32) -> Result<(), CompileError> {
        let base = self.nodes.len();
        let mut order = vec![0usize];
        let mut next = 0;
        while let Some(&at) = order.get(next) {
            let node = &tree.nodes[at];
            let index = (base + next) as u32;
            match node.split {
                Some(split) => {
                    let left = (base + order.len()) as u32;
                    order.extend(split.children());
                    self.nodes
                        .push(PackedNode::inner(split.threshold, split.feature, left));
                    self.leaves.push(0);
                }
                None => {
                    if !(0.0..=largest as f32).contains(&node.value) {
                        return Err(CompileError::LeafOutOfRange(largest));
                    }
                    self.nodes.push(PackedNode::leaf(index));
                    self.leaves
                        .push((f64::from(node.value) * unit).round() as u32);
                }
            }
            next += 1;
        }
        Ok(())
    }

    /// The mean of the trees' leaf values for a row.
    #[must_use]
    pub fn mean(&self, row: &Row) -> f64 {
        self.sum(row) as f64 / self.scale
    }

    fn sum(&self, row: &Row) -> u64 {
        let mut total = 0u64;
        for group in &self.groups {
            let mut at = group.roots;
            for _ in 0..group.steps {
                for index in &mut at {
                    let node = self.nodes[*index as usize];
                    let value = row[node.link as usize % MAX_FEATURES];
                    // A missing value compares false and so goes left.
                    *index = (node.link >> 8) + u32::from(value > node.threshold);
                }
            }
            for index in at {
                total += u64::from(self.leaves[index as usize]);
            }
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::random_tree;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A compiled forest says what its trees say one by one, missing values included.
        #[test]
        fn compiled_equals_the_trees(
            seed in any::<u64>(),
            count in 1usize..40,
            values in prop::collection::vec(prop::option::weighted(0.8, -1.5f32..1.5), 12),
        ) {
            let trees: Vec<Tree> = (0..count as u64).map(|tree| random_tree(seed.wrapping_add(tree), 12, 8)).collect();
            let values: Vec<f32> = values.into_iter().map(|value| value.unwrap_or(f32::NAN)).collect();
            let expected: f64 = trees.iter().map(|tree| f64::from(tree.nodes[tree.leaf(&values)].value)).sum::<f64>() / count as f64;
            let arena = Arena::compile(&trees, 1).unwrap();
            prop_assert!((arena.mean(&row(&values)) - expected).abs() < 1e-9);
            let reversed: Vec<Tree> = trees.into_iter().rev().collect();
            let other_order = Arena::compile(&reversed, 1).unwrap();
            prop_assert_eq!(arena.mean(&row(&values)).to_bits(), other_order.mean(&row(&values)).to_bits());
        }
    }

    #[test]
    fn infinite_values_stay_in_the_tree() {
        let trees: Vec<Tree> = (0..20).map(|seed| random_tree(seed, 3, 6)).collect();
        let arena = Arena::compile(&trees, 1).unwrap();
        for value in [
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
            f32::MAX,
            f32::MIN,
        ] {
            let mean = arena.mean(&row(&[value; 3]));
            assert!((0.0..=1.0).contains(&mean), "{value} gives {mean}");
        }
    }

    #[test]
    fn a_leaf_out_of_range_is_refused() {
        let mut tree = random_tree(1, 3, 3);
        tree.nodes.last_mut().unwrap().value = 2.0;
        assert_eq!(
            Arena::compile(&[tree], 1).unwrap_err(),
            CompileError::LeafOutOfRange(1)
        );
    }
}
