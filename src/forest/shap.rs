//! Explains a forest: exact path-dependent TreeSHAP (Lundberg et al. 2020).
//!
//! Along the path to a leaf, a feature either follows the row (`follows` is 1 or 0) or is averaged over by cover
//! (`share`). The Shapley value of a feature is an integral over t in 0..1 of the product of
//! `t * follows + (1 - t) * share` over the other features of the path: a polynomial, which eight Gauss-Legendre
//! points integrate exactly up to 16 distinct features a path.

use super::Tree;

/// Gauss-Legendre nodes on 0..1.
const NODES: [f64; 8] = [
    0.019_855_071_751_231_884,
    0.101_666_761_293_186_64,
    0.237_233_795_041_835_5,
    0.408_282_678_752_175_1,
    0.591_717_321_247_825,
    0.762_766_204_958_164_5,
    0.898_333_238_706_813_4,
    0.980_144_928_248_768_1,
];
const WEIGHTS: [f64; 8] = [
    0.050_614_268_145_188_13,
    0.111_190_517_226_687_24,
    0.156_853_322_938_943_63,
    0.181_341_891_689_181,
    0.181_341_891_689_181,
    0.156_853_322_938_943_63,
    0.111_190_517_226_687_24,
    0.050_614_268_145_188_13,
];

/// What the path so far says of one feature.
#[derive(Clone, Copy)]
struct Step {
    feature: usize,
    follows: f64,
    share: f64,
}

impl Step {
    /// The feature's factor in the product, at an integration point.
    fn factor(&self, t: f64) -> f64 {
        t * self.follows + (1.0 - t) * self.share
    }
}

struct Walk<'a> {
    tree: &'a Tree,
    row: &'a [f32],
    path: Vec<Step>,
    contributions: &'a mut [f64],
    weight: f64,
}

/// Adds each feature's share of a forest's mean output for a row, against the mean over the training rows.
pub fn contributions(trees: &[Tree], row: &[f32], contributions: &mut [f64]) {
    let weight = 1.0 / trees.len().max(1) as f64;
    for tree in trees {
        let mut walk = Walk {
            tree,
            row,
            path: Vec::new(),
            contributions,
            weight,
        };
        walk.visit(0, [1.0; 8]);
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

impl Walk<'_> {
    /// Visits a subtree whose path has these products, and returns the sum of its leaves' values times products.
    fn visit(&mut self, index: usize, products: [f64; 8]) -> [f64; 8] {
        let node = &self.tree.nodes[index];
        let Some(split) = node.split else {
            return products.map(|product| product * f64::from(node.value));
        };
        let feature = usize::from(split.feature);
        let taken_child = split.child(self.row);
        let earlier = self
            .path
            .iter()
            .rev()
            .find(|step| step.feature == feature)
            .copied();
        let mut total = [0.0; 8];
        let covers = split
            .children()
            .map(|child| f64::from(self.tree.nodes[child].cover));
        for (child, cover) in split.children().into_iter().zip(covers) {
            let before = earlier.unwrap_or(Step {
                feature,
                follows: 1.0,
                share: 1.0,
            });
            let step = Step {
                feature,
                follows: if child == taken_child {
                    before.follows
                } else {
                    0.0
                },
                share: before.share * cover / (covers[0] + covers[1]),
            };
            let mut next = products;
            for (product, t) in next.iter_mut().zip(NODES) {
                *product *= step.factor(t) / before.factor(t);
            }
            self.path.push(step);
            let below = self.visit(child, next);
            self.path.pop();
            self.credit(&step, &before, &below);
            for (sum, value) in total.iter_mut().zip(below) {
                *sum += value;
            }
        }
        total
    }

    /// Credits a feature with what lies below its step. What an earlier step of the same feature was credited for
    /// the same leaves is taken back, so that only the last one counts.
    fn credit(&mut self, step: &Step, before: &Step, below: &[f64; 8]) {
        let mut sum = 0.0;
        for ((value, t), weight) in below.iter().zip(NODES).zip(WEIGHTS) {
            let now = (step.follows - step.share) / step.factor(t);
            let then = (before.follows - before.share) / before.factor(t);
            sum += weight * value * (now - then);
        }
        self.contributions[step.feature] += sum * self.weight;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::random_tree;
    use super::*;
    use proptest::prelude::*;

    /// The expected output when only the features of `known` follow the row: the game whose Shapley values are meant.
    fn expectation(tree: &Tree, row: &[f32], known: u32, at: usize) -> f64 {
        let Some(split) = tree.nodes[at].split else {
            return f64::from(tree.nodes[at].value);
        };
        let [left, right] = split.children();
        if known >> split.feature & 1 == 1 {
            return expectation(tree, row, known, split.child(row));
        }
        let covers = [left, right].map(|child| f64::from(tree.nodes[child].cover));
        (covers[0] * expectation(tree, row, known, left)
            + covers[1] * expectation(tree, row, known, right))
            / (covers[0] + covers[1])
    }

    /// Shapley values by their definition, over all subsets.
    fn by_definition(tree: &Tree, row: &[f32], features: u32) -> Vec<f64> {
        let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
        (0..features)
            .map(|feature| {
                (0..1u32 << features)
                    .filter(|known| known >> feature & 1 == 0)
                    .map(|known| {
                        let size = known.count_ones();
                        let weight =
                            factorial(size) * factorial(features - size - 1) / factorial(features);
                        weight
                            * (expectation(tree, row, known | 1 << feature, 0)
                                - expectation(tree, row, known, 0))
                    })
                    .sum()
            })
            .collect()
    }

    proptest! {
        /// Contributions are the Shapley values of their definition, and add up to the output less its mean.
        #[test]
        fn they_are_the_shapley_values(seed in any::<u64>(), row in prop::collection::vec(-1.2f32..1.2, 5)) {
            let tree = random_tree(seed, 5, 7);
            let mut found = vec![0.0; 5];
            contributions(std::slice::from_ref(&tree), &row, &mut found);
            for (found, expected) in found.iter().zip(by_definition(&tree, &row, 5)) {
                prop_assert!((found - expected).abs() < 1e-9, "{} {}", found, expected);
            }
            let output = f64::from(tree.nodes[tree.leaf(&row)].value);
            let total: f64 = found.iter().sum();
            prop_assert!((total - (output - expected_value(std::slice::from_ref(&tree)))).abs() < 1e-4);
        }
    }
}
