//! Runs a forest: all trees in one flat array, many walked at once.
//!
//! A node is 8 bytes: a threshold, and its feature with its left child; the right child stands next
//! to the left. A lane that arrives at a leaf goes on with the next tree. The walks of the lanes
//! are independent, which hides the latency of memory. Leaves hold fixed-point integers: a sum does
//! not depend on the order of its terms, so every way of walking ([`Walk`]) gives the same bits.

use super::simd::{MAX_NODES, Nodes, PackedNode};
use super::{MAX_FEATURES, Row, Tree, Walk};

/// A compiled forest.
#[derive(Clone, Debug)]
pub struct Arena {
    nodes: Nodes,
    walk: Walk,
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
    #[error("a node points outside the forest")]
    BadLink,
    #[error("a node reads feature {0}, which no row has")]
    BadFeature(u16),
}

impl Arena {
    /// Compiles trees whose leaves lie within 0..=`largest`. The trees must be valid
    /// ([`Tree::validate`](super::Tree::validate)).
    pub fn compile(trees: &[Tree], largest: u32) -> Result<Self, CompileError> {
        let unit = f64::from(u32::MAX / 2) / f64::from(largest.max(1));
        let mut nodes = Vec::new();
        let mut roots = Vec::new();
        // The deepest first: a tree that is begun late should be short, for the other lanes wait
        // for it.
        let mut by_depth: Vec<&Tree> = trees.iter().collect();
        by_depth.sort_by_cached_key(|tree| std::cmp::Reverse(tree.depth()));
        for tree in by_depth {
            roots.push(nodes.len() as u32);
            place(tree, &mut nodes, unit, largest)?;
        }
        if nodes.len() >= MAX_NODES {
            return Err(CompileError::TooManyNodes);
        }
        Ok(Self {
            nodes: Nodes::new(nodes, roots).ok_or(CompileError::BadLink)?,
            walk: Walk::best(),
            scale: unit * trees.len() as f64,
        })
    }

    /// The same forest walked in another way, if this processor can.
    #[must_use]
    pub fn with_walk(self, walk: Walk) -> Option<Self> {
        walk.is_available().then_some(Self { walk, ..self })
    }

    /// The mean of the trees' leaf values for a row.
    #[must_use]
    pub fn mean(&self, row: &Row) -> f64 {
        self.nodes.sum(self.walk, row) as f64 / self.scale
    }
}

/// Appends a tree, breadth first, siblings adjacent.
fn place(
    tree: &Tree,
    nodes: &mut Vec<PackedNode>,
    unit: f64,
    largest: u32,
) -> Result<(), CompileError> {
    let base = nodes.len();
    let mut order = vec![0usize];
    let mut next = 0;
    while let Some(&at) = order.get(next) {
        let node = &tree.nodes[at];
        nodes.push(match node.split {
            Some(split) => {
                if usize::from(split.feature) >= MAX_FEATURES {
                    return Err(CompileError::BadFeature(split.feature));
                }
                let left = (base + order.len()) as u32;
                order.extend(split.children());
                PackedNode::inner(split.threshold, split.feature, left)
            }
            None => {
                if !(0.0..=largest as f32).contains(&node.value) {
                    return Err(CompileError::LeafOutOfRange(largest));
                }
                let value = (f64::from(node.value) * unit).round() as u32;
                PackedNode::leaf(value, (base + next) as u32)
            }
        });
        next += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::row;
    use super::super::tests::random_tree;
    use super::*;
    use proptest::prelude::*;

    fn walks() -> impl Iterator<Item = Walk> {
        let all = [Walk::Avx512, Walk::Avx2, Walk::Portable];
        all.into_iter().filter(|walk| walk.is_available())
    }

    /// Anything that a feature can hold.
    fn value() -> impl Strategy<Value = f32> {
        prop_oneof![
            8 => -1.5f32..1.5,
            2 => Just(f32::NAN),
            1 => Just(f32::INFINITY),
            1 => Just(f32::NEG_INFINITY),
            1 => any::<f32>(),
        ]
    }

    /// The mean of the leaves as fixed-point numbers, tree by tree.
    fn one_by_one(trees: &[Tree], values: &[f32], largest: u32) -> f64 {
        let unit = f64::from(u32::MAX / 2) / f64::from(largest);
        let leaf = |tree: &Tree| f64::from(tree.nodes[tree.leaf(values)].value);
        let sum: u64 = trees
            .iter()
            .map(|tree| (leaf(tree) * unit).round() as u64)
            .sum();
        sum as f64 / (unit * trees.len() as f64)
    }

    proptest! {
        /// However a compiled forest is walked, it says bit for bit what its trees say one by one,
        /// in any order, missing and infinite values included.
        #[test]
        fn every_walk_equals_the_trees(
            seed in any::<u64>(),
            count in 1usize..300,
            depth in 0usize..12,
            largest in 1u32..70,
            values in prop::collection::vec(value(), MAX_FEATURES),
        ) {
            let mut trees: Vec<Tree> = (0..count as u64)
                .map(|tree| random_tree(seed.wrapping_add(tree), MAX_FEATURES as u16, depth))
                .collect();
            let expected = one_by_one(&trees, &values, largest);
            for walk in walks() {
                let arena = Arena::compile(&trees, largest).unwrap().with_walk(walk).unwrap();
                prop_assert_eq!(arena.mean(&row(&values)).to_bits(), expected.to_bits(), "{:?}", walk);
            }
            trees.reverse();
            let other_order = Arena::compile(&trees, largest).unwrap();
            prop_assert_eq!(other_order.mean(&row(&values)).to_bits(), expected.to_bits());
        }
    }

    #[test]
    fn a_forest_of_no_trees_sums_to_nothing_on_every_walk() {
        for walk in walks() {
            let arena = Arena::compile(&[], 1).unwrap().with_walk(walk).unwrap();
            assert_eq!(arena.nodes.sum(walk, &row(&[])), 0, "{walk:?}");
        }
    }

    /// What was not validated is refused, before a vector reads it.
    #[test]
    fn a_feature_that_no_row_has_is_refused() {
        let mut tree = random_tree(1, 3, 3);
        tree.nodes[0].split.as_mut().unwrap().feature = MAX_FEATURES as u16;
        assert_eq!(
            Arena::compile(&[tree], 1).unwrap_err(),
            CompileError::BadFeature(MAX_FEATURES as u16)
        );
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
