use super::super::tests::random_tree;
use super::tree::{NODES, WEIGHTS};
use super::*;
use proptest::prelude::*;

/// The contributions of rows, by row.
fn explained(explainer: &Explainer, rows: &[Vec<f32>]) -> Vec<Vec<f64>> {
    let mut contributions: Vec<Vec<f64>> = rows.iter().map(|row| vec![0.0; row.len()]).collect();
    explainer.add_contributions(rows, 1.0, &mut contributions);
    contributions
}

fn value() -> impl Strategy<Value = f32> {
    prop_oneof![
        8 => -1.2f32..1.2,
        1 => Just(f32::NAN),
        1 => Just(f32::INFINITY),
    ]
}

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

struct Visit<'a> {
    tree: &'a Tree,
    row: &'a [f32],
    path: Vec<Step>,
    contributions: &'a mut [f64],
    weight: f64,
}

/// The same by recursion, as it is usually written down: what the flat form is held against.
fn recursive(trees: &[Tree], row: &[f32], contributions: &mut [f64]) {
    let weight = 1.0 / trees.len().max(1) as f64;
    for tree in trees {
        let mut visit = Visit {
            tree,
            row,
            path: Vec::new(),
            contributions,
            weight,
        };
        visit.visit(0, [1.0; 8]);
    }
}

impl Visit<'_> {
    /// Visits a subtree whose path has these products, and returns the sum of its leaves' values
    /// times products.
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

    /// Credits a feature with what lies below its step. What an earlier step of the same feature
    /// was credited for the same leaves is taken back, so that only the last one counts.
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

/// The expected output when only the features of `known` follow the row: the game whose Shapley
/// values are meant.
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
    /// Contributions are the Shapley values of their definition, and add up to the output less its
    /// mean.
    #[test]
    fn they_are_the_shapley_values(seed in any::<u64>(), row in prop::collection::vec(-1.2f32..1.2, 5)) {
        let tree = random_tree(seed, 5, 7);
        let found = explained(&Explainer::new(std::slice::from_ref(&tree)), std::slice::from_ref(&row)).remove(0);
        for (found, expected) in found.iter().zip(by_definition(&tree, &row, 5)) {
            prop_assert!((found - expected).abs() < 1e-9, "{} {}", found, expected);
        }
        let output = f64::from(tree.nodes[tree.leaf(&row)].value);
        let total: f64 = found.iter().sum();
        prop_assert!((total - (output - expected_value(std::slice::from_ref(&tree)))).abs() < 1e-4);
    }

    /// Whole batches are explained as each row is by itself, the same bits on every walk, and as
    /// recursion does it.
    #[test]
    fn they_are_those_of_the_recursive_form(
        seed in any::<u64>(),
        count in 1u64..8,
        rows in prop::collection::vec(prop::collection::vec(value(), 16), 1..80),
    ) {
        let trees: Vec<Tree> = (0..count).map(|tree| random_tree(seed.wrapping_add(tree), 16, 14)).collect();
        let portable = Explainer::new(&trees).with_walk(Walk::Portable).unwrap();
        let together = explained(&portable, &rows);
        for (row, found) in rows.iter().zip(&together) {
            prop_assert_eq!(&explained(&portable, std::slice::from_ref(row))[0], found);
            let mut expected = vec![0.0; 16];
            recursive(&trees, row, &mut expected);
            for (found, expected) in found.iter().zip(expected) {
                prop_assert!((found - expected).abs() < 1e-11, "{} {}", found, expected);
            }
        }
        for walk in [Walk::Avx512, Walk::Avx2] {
            if let Some(other) = Explainer::new(&trees).with_walk(walk) {
                prop_assert_eq!(&explained(&other, &rows), &together, "{:?}", walk);
            }
        }
    }
}

#[test]
fn a_tree_of_one_leaf_explains_nothing() {
    let explainer = Explainer::new(&[random_tree(1, 3, 0)]);
    assert_eq!(explained(&explainer, &[vec![0.0; 3]]), [vec![0.0; 3]]);
}
