//! Boosted trees (Friedman 2001, over histograms as Ke et al. 2017): each small tree corrects the
//! sum of those before it.
//!
//! A random forest averages what its trees say, and evidence of one kind that few attacks show is
//! outvoted. Here it adds to the log-odds. Missing values are a bin of their own below all others,
//! so they go left, as everywhere.

mod grower;
mod sum;

use rand::seq::index;
use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use rayon::prelude::*;

use super::arena::CompileError;
use super::bins::Binned;
use super::{Tree, row};
use grower::{Grower, Slope};
pub use sum::Sum;
pub(crate) use sum::raised;

/// No leaf says more than this, in log-odds.
pub const LARGEST_LEAF: u32 = 2;

/// What is the same for all rows is sought up to this, in log-odds, in so many halvings.
const MOST_BASE: f64 = 30.0;
const BASE_STEPS: usize = 40;

/// How boosted trees are trained.
#[derive(Clone, Copy, Debug)]
pub struct BoostedOptions {
    pub trees: usize,
    /// Leaves of a tree at most.
    pub leaves: usize,
    pub learning_rate: f64,
    pub min_rows_leaf: u32,
    /// Added to the curvature of a leaf: keeps the outputs of small leaves small.
    pub ridge: f64,
    /// The share of the features that a tree may use.
    pub feature_share: f64,
    pub seed: u64,
}

impl Default for BoostedOptions {
    fn default() -> Self {
        Self {
            trees: 300,
            leaves: 15,
            learning_rate: 0.06,
            min_rows_leaf: 20,
            ridge: 1.0,
            feature_share: 0.5,
            seed: 0,
        }
    }
}

/// Trains on rows with 0/1 labels and weights. The sum of the trees' leaves is log-odds against the
/// base rate. `prior` are trees of another training, which come first and which the new ones
/// correct; their covers are still those of that training.
pub fn train(
    rows: &[&[f32]],
    labels: &[bool],
    weights: &[f64],
    options: BoostedOptions,
    prior: &[Tree],
) -> Result<Vec<Tree>, CompileError> {
    let of_attacks = |wanted: bool| {
        let each = labels
            .iter()
            .zip(weights)
            .filter(|(label, _)| **label == wanted);
        each.map(|(_, weight)| weight)
            .sum::<f64>()
            .max(f64::MIN_POSITIVE)
    };
    let base = libm::log(of_attacks(true) / of_attacks(false));
    let said = Sum::compile(prior)?;
    let said_before = rows.par_iter().map(|values| base + said.of(&row(values)));
    let mut trees = prior.to_vec();
    trees.extend(grow(rows, labels, weights, options, said_before.collect()));
    Ok(trees)
}

/// Trains trees that correct what others said of the rows, log-odds up to what is the same for all
/// of them.
#[must_use]
pub fn correct(
    rows: &[&[f32]],
    labels: &[bool],
    weights: &[f64],
    options: BoostedOptions,
    said: &[f64],
) -> Vec<Tree> {
    let base = base_of(labels, weights, said);
    let outputs = said.iter().map(|said| base + said).collect();
    grow(rows, labels, weights, options, outputs)
}

/// What log-odds lack for their probabilities to add up to the labels.
fn base_of(labels: &[bool], weights: &[f64], said: &[f64]) -> f64 {
    let (mut low, mut high) = (-MOST_BASE, MOST_BASE);
    for _ in 0..BASE_STEPS {
        let middle = f64::midpoint(low, high);
        let each = labels.iter().zip(weights).zip(said);
        let gradient: f64 = each
            .map(|((label, weight), said)| Slope::of(said + middle, *label, *weight).gradient)
            .sum();
        match gradient > 0.0 {
            true => high = middle,
            false => low = middle,
        }
    }
    f64::midpoint(low, high)
}

/// Grows trees one after the other, each of what those before left, from outputs in log-odds on.
fn grow(
    rows: &[&[f32]],
    labels: &[bool],
    weights: &[f64],
    options: BoostedOptions,
    mut outputs: Vec<f64>,
) -> Vec<Tree> {
    let features = rows.first().map_or(0, |row| row.len());
    if features == 0 {
        return Vec::new();
    }
    let binned = Binned::new(rows, features);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(options.seed);
    // Weights of 1 in the mean, so that the ridge and the rows of a leaf mean what they say.
    let scale = rows.len() as f64 / weights.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let kept = ((features as f64 * options.feature_share) as usize).clamp(1, features);
    let next_tree = |_| {
        let slopes: Vec<Slope> = (0..rows.len())
            .into_par_iter()
            .map(|row| Slope::of(outputs[row], labels[row], weights[row] * scale))
            .collect();
        let mut chosen = index::sample(&mut rng, features, kept).into_vec();
        chosen.sort_unstable();
        let grown = Grower::new(&binned, &slopes, &chosen, options).grow();
        for leaf in &grown.leaves {
            for row in &leaf.rows {
                outputs[*row as usize] += f64::from(grown.tree.nodes[leaf.node].value);
            }
        }
        grown.tree
    };
    (0..options.trees).map(next_tree).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    fn data(rows: usize) -> (Vec<Vec<f32>>, Vec<bool>) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
        (0..rows)
            .map(|_| {
                let mut row: Vec<f32> = (0..5).map(|_| rng.random_range(-1.0f32..1.0)).collect();
                let label = row[0] * row[1] > 0.2 || row[2] > 0.9;
                if rng.random_bool(0.1) {
                    row[3] = f32::NAN;
                }
                (row, label)
            })
            .unzip()
    }

    /// What trees say of a row, one tree after the other.
    fn output(trees: &[Tree], row: &[f32]) -> f64 {
        let leaves = trees.iter().map(|tree| tree.nodes[tree.leaf(row)].value);
        leaves.map(f64::from).sum()
    }

    fn loss(outputs: &[f64], labels: &[bool]) -> f64 {
        let each = outputs.iter().zip(labels);
        each.map(|(output, label)| libm::log1p(libm::exp(if *label { -output } else { *output })))
            .sum::<f64>()
            / labels.len() as f64
    }

    /// Trees that correct others leave less to correct, whatever is added to all that was said; and
    /// of what is said as it is, nothing is left.
    #[test]
    fn trees_correct_what_others_said() {
        let (data, labels) = data(4_000);
        let rows: Vec<&[f32]> = data.iter().map(Vec::as_slice).collect();
        let weights = vec![1.0; rows.len()];
        let options = BoostedOptions {
            trees: 40,
            ..BoostedOptions::default()
        };
        let said: Vec<f64> = data.iter().map(|row| f64::from(2.0 * row[2])).collect();
        let corrected = |shift: f64| -> Vec<f64> {
            let said: Vec<f64> = said.iter().map(|said| said + shift).collect();
            let base = base_of(&labels, &weights, &said);
            let trees = correct(&rows, &labels, &weights, options, &said);
            assert_eq!(trees.len(), 40);
            let each = said.iter().zip(&rows);
            each.map(|(said, row)| base + said + output(&trees, row))
                .collect()
        };
        let base = base_of(&labels, &weights, &said);
        let before: Vec<f64> = said.iter().map(|said| base + said).collect();
        let after = loss(&corrected(0.0), &labels);
        assert!(after < 0.7 * loss(&before, &labels), "{after}");
        for shift in [-9.0, 4.0] {
            assert!(
                (loss(&corrected(shift), &labels) - after).abs() < 1e-3,
                "{shift}"
            );
        }
        let certain: Vec<f64> = labels
            .iter()
            .map(|label| if *label { 25.0 } else { -25.0 })
            .collect();
        let trees = correct(&rows, &labels, &weights, options, &certain);
        let most = rows.iter().map(|row| output(&trees, row).abs());
        assert!(most.fold(0.0, f64::max) < 1e-3);
    }

    #[test]
    fn it_learns_an_interaction_and_repeats() {
        let (data, labels) = data(4_000);
        let rows: Vec<&[f32]> = data.iter().map(Vec::as_slice).collect();
        let weights = vec![1.0; rows.len()];
        let train = || train(&rows, &labels, &weights, BoostedOptions::default(), &[]).unwrap();
        let trees = train();
        assert_eq!(trees, train());
        assert!(trees.iter().all(|tree| tree.validate(5).is_ok()));
        let base = {
            let attacks = labels.iter().filter(|label| **label).count() as f64;
            (attacks / (labels.len() as f64 - attacks)).ln()
        };
        let wrong = rows
            .iter()
            .zip(&labels)
            .filter(|(row, label)| (base + output(&trees, row) > 0.0) != **label)
            .count();
        assert!(wrong < 80, "{wrong} of {} wrong", rows.len());
    }

    /// Compiled trees say what they say one by one, up to the rounding of fixed point; none say 0.
    #[test]
    fn compiled_trees_say_the_same() {
        let (data, labels) = data(1_000);
        let rows: Vec<&[f32]> = data.iter().map(Vec::as_slice).collect();
        let weights = vec![1.0; rows.len()];
        let trees = train(&rows, &labels, &weights, BoostedOptions::default(), &[]).unwrap();
        for trees in [&trees[..], &[]] {
            let sum = Sum::compile(trees).unwrap();
            for values in &rows {
                assert!((sum.of(&row(values)) - output(trees, values)).abs() < 1e-5);
            }
        }
    }

    /// The rows that a leaf was grown from are those that the finished tree sends to it.
    #[test]
    fn a_tree_sends_rows_where_they_were_counted() {
        let (data, labels) = data(1_000);
        let rows: Vec<&[f32]> = data.iter().map(Vec::as_slice).collect();
        let weights = vec![1.0; rows.len()];
        let options = BoostedOptions {
            trees: 5,
            feature_share: 1.0,
            ..BoostedOptions::default()
        };
        for tree in train(&rows, &labels, &weights, options, &[]).unwrap() {
            let mut counted = tree.clone();
            counted.set_covers(rows.iter().copied());
            assert_eq!(counted, tree);
        }
    }
}
