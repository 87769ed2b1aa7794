//! Prunes a forest: minimal cost-complexity pruning (Breiman et al. 1984), with one price for all
//! trees.
//!
//! What a split gains is by how much it lowers the squared error of the leaves, over weighted rows.
//! A subtree stays where its gain exceeds the price times its splits. A merged leaf takes the mean
//! of the weights: by the rows' number alone, a few attacks among many honest logins would be
//! forgotten. Covers stay, as an explanation needs them.

use rayon::prelude::*;

use super::{Node, Tree};

/// Halvings in the search for the price: enough to tell any two gains apart.
const SEARCH_STEPS: usize = 60;
/// What a row of a node's cover weighs beside the rows given, so that no mean is over nothing.
const COVER_WEIGHT: f64 = 0.01;

/// Prunes a forest to at most as many nodes, or to one node a tree where that is more. The rows
/// weigh what they weighed when the trees were grown.
pub fn prune(trees: &mut [Tree], rows: &[&[f32]], weights: &[f64], most_nodes: usize) {
    let nodes: usize = trees.iter().map(|tree| tree.nodes.len()).sum();
    if nodes <= most_nodes {
        return;
    }
    let measured: Vec<Vec<Measured>> = trees
        .par_iter()
        .map(|tree| measure(tree, &masses(tree, rows, weights)))
        .collect();
    let kept_at = |price: f64| -> usize {
        let of_trees = trees.iter().zip(&measured);
        of_trees
            .map(|(tree, measured)| kept(tree, &worth(tree, measured, price)))
            .sum()
    };
    let largest = measured.iter().flatten().map(|node| node.gain);
    // In logarithms: gains differ by orders of magnitude. Above the sum of all gains, nothing
    // stays.
    let mut high = libm::log(largest.sum::<f64>().max(f64::MIN_POSITIVE)) + 1.0;
    let mut low = high - 100.0;
    for _ in 0..SEARCH_STEPS {
        let middle = f64::midpoint(low, high);
        if kept_at(libm::exp(middle)) <= most_nodes {
            high = middle;
        } else {
            low = middle;
        }
    }
    let price = libm::exp(high);
    for (tree, measured) in trees.iter_mut().zip(&measured) {
        *tree = cut(tree, measured, &worth(tree, measured, price));
    }
}

/// The weight that comes through each node.
fn masses(tree: &Tree, rows: &[&[f32]], weights: &[f64]) -> Vec<f64> {
    let of_cover = |node: &Node| COVER_WEIGHT * f64::from(node.cover);
    let mut masses: Vec<f64> = tree.nodes.iter().map(of_cover).collect();
    for (row, weight) in rows.iter().zip(weights) {
        masses[0] += weight;
        let mut at = 0;
        while let Some(split) = tree.nodes[at].split {
            at = split.child(row);
            masses[at] += weight;
        }
    }
    masses
}

/// What a node would be as a leaf, and what its split gains.
#[derive(Clone, Copy)]
struct Measured {
    mean: f64,
    gain: f64,
}

fn measure(tree: &Tree, masses: &[f64]) -> Vec<Measured> {
    let leaf = |node: &Node| Measured {
        mean: f64::from(node.value),
        gain: 0.0,
    };
    let mut measured: Vec<Measured> = tree.nodes.iter().map(leaf).collect();
    // Children stand after their parent, so going back sees every child first.
    for (index, node) in tree.nodes.iter().enumerate().rev() {
        let Some(split) = node.split else { continue };
        let [left, right] = split.children();
        let whole = masses[left] + masses[right];
        let apart = measured[left].mean - measured[right].mean;
        let sum = masses[left] * measured[left].mean + masses[right] * measured[right].mean;
        measured[index] = Measured {
            mean: sum / whole,
            gain: masses[left] * masses[right] / whole * apart * apart,
        };
    }
    measured
}

/// The gain of each node's subtree less the price of its splits, at its best; 0 for what is better
/// a leaf.
fn worth(tree: &Tree, measured: &[Measured], price: f64) -> Vec<f64> {
    let mut worth = vec![0.0f64; tree.nodes.len()];
    for (index, node) in tree.nodes.iter().enumerate().rev() {
        if let Some(split) = node.split {
            let below: f64 = split.children().iter().map(|child| worth[*child]).sum();
            worth[index] = (measured[index].gain + below - price).max(0.0);
        }
    }
    worth
}

fn kept(tree: &Tree, worth: &[f64]) -> usize {
    let mut reached = vec![false; tree.nodes.len()];
    reached[0] = true;
    for (index, node) in tree.nodes.iter().enumerate() {
        if let Some(split) = node.split.filter(|_| reached[index] && worth[index] > 0.0) {
            for child in split.children() {
                reached[child] = true;
            }
        }
    }
    reached.into_iter().filter(|reached| *reached).count()
}

/// The tree without what is below a node that is worth nothing, breadth first.
fn cut(tree: &Tree, measured: &[Measured], worth: &[f64]) -> Tree {
    let mut order = vec![0usize];
    let mut nodes = Vec::new();
    while let Some(&at) = order.get(nodes.len()) {
        let mut node = tree.nodes[at];
        match node.split.as_mut().filter(|_| worth[at] > 0.0) {
            Some(split) => {
                let children = split.children();
                split.left = order.len() as u32;
                order.extend(children);
            }
            None => {
                node.split = None;
                node.value = measured[at].mean as f32;
            }
        }
        nodes.push(node);
    }
    Tree { nodes }
}

#[cfg(test)]
mod tests {
    use super::super::tests::random_tree;
    use super::*;
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

    fn rows(seed: u64) -> Vec<Vec<f32>> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        (0..200)
            .map(|_| (0..6).map(|_| rng.random_range(-1.2..1.2)).collect())
            .collect()
    }

    proptest! {
        /// A pruned forest has no more nodes than it may, of trees that are valid and begin as they
        /// did, and over the rows it says on average what it said.
        #[test]
        fn it_keeps_the_mean(seed in any::<u64>(), count in 1u64..12, share in 0.0f64..1.0) {
            let whole: Vec<Tree> = (0..count)
                .map(|tree| random_tree(seed.wrapping_add(tree), 6, 9))
                .collect();
            let rows = rows(seed);
            let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
            let weights: Vec<f64> = (0..rows.len()).map(|row| 1e6 * (row % 3) as f64).collect();
            let nodes: usize = whole.iter().map(|tree| tree.nodes.len()).sum();
            let most = ((nodes as f64 * share) as usize).max(whole.len());
            let mut pruned = whole.clone();
            prune(&mut pruned, &rows, &weights, most);
            prop_assert!(pruned.iter().map(|tree| tree.nodes.len()).sum::<usize>() <= most);
            for (pruned, whole) in pruned.iter().zip(&whole) {
                prop_assert_eq!(pruned.validate(6), Ok(()));
                let root = |tree: &Tree| tree.nodes[0].split.map(|split| (split.feature, split.threshold));
                prop_assert!(root(pruned).is_none() || root(pruned) == root(whole));
                let mean = |tree: &Tree| {
                    let said = |row: &&[f32]| f64::from(tree.nodes[tree.leaf(row)].value);
                    let sum: f64 = rows.iter().zip(&weights).map(|(row, weight)| weight * said(row)).sum();
                    sum / weights.iter().sum::<f64>()
                };
                prop_assert!((mean(pruned) - mean(whole)).abs() < 1e-5);
            }
        }
    }

    /// Of two splits, the one that tells more apart stays.
    #[test]
    fn what_hardly_matters_goes_first() {
        let with_leaves = |seed: u64, values: [f32; 2]| {
            let mut tree = random_tree(seed, 2, 1);
            tree.nodes[1].value = values[0];
            tree.nodes[2].value = values[1];
            tree
        };
        let mut trees = [with_leaves(1, [0.5, 0.501]), with_leaves(2, [0.1, 0.9])];
        prune(&mut trees, &[], &[], 4);
        assert_eq!(trees[0].nodes.len(), 1);
        assert_eq!(trees[1], with_leaves(2, [0.1, 0.9]));
    }
}
