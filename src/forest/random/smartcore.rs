//! The random forest as smartcore grows it.
//!
//! smartcore's *regressor* on 0/1 labels: on them squared error is Gini impurity, its leaves are
//! probabilities, and it samples rows by weight. (Its classifier votes hard, takes no weights and
//! skips splits between tied values.)

use ::smartcore::ensemble::random_forest_regressor::{
    RandomForestRegressor, RandomForestRegressorParameters,
};
use ::smartcore::linalg::basic::matrix::DenseMatrix;
use rayon::prelude::*;
use serde::Deserialize;

use super::{RandomOptions, TrainError};
use crate::forest::{Node, Split, Tree, round_down};

/// Stands for a missing value while smartcore sorts: below every number, so that missing goes left.
const MISSING: f32 = f32::MIN;
/// smartcore grows one tree after another; this many forests are grown side by side, whatever the
/// machine has, so that a seed gives the same trees everywhere.
const SHARDS: usize = 4;

/// Trains on rows with 0/1 labels; `weights`, if any, say how often a row is drawn.
pub(super) fn train(
    rows: &[&[f32]],
    labels: &[bool],
    weights: Option<&[f64]>,
    options: RandomOptions,
) -> Result<Vec<Tree>, TrainError> {
    let columns = rows.first().map_or(0, |row| row.len());
    let mut values = Vec::with_capacity(rows.len() * columns);
    for feature in 0..columns {
        values.extend(rows.iter().map(|row| {
            if row[feature].is_nan() {
                MISSING
            } else {
                row[feature]
            }
        }));
    }
    let matrix = DenseMatrix::new(rows.len(), columns, values, true)?;
    let labels: Vec<f64> = labels
        .iter()
        .map(|label| f64::from(u8::from(*label)))
        .collect();
    let shards: Result<Vec<Vec<Tree>>, TrainError> = (0..SHARDS)
        .into_par_iter()
        .map(|shard| {
            let trees = options.trees / SHARDS + usize::from(shard < options.trees % SHARDS);
            if trees == 0 {
                return Ok(Vec::new());
            }
            let parameters = RandomForestRegressorParameters {
                max_depth: Some(options.max_depth),
                min_samples_leaf: options.min_samples_leaf,
                min_samples_split: 2 * options.min_samples_leaf.max(1),
                n_trees: trees,
                m: Some(
                    options
                        .features_per_split
                        .unwrap_or((columns as f64).sqrt() as usize)
                        .max(2),
                ),
                keep_samples: false,
                // Trees take consecutive seeds, so shards and neighbouring seeds start far apart.
                seed: options
                    .seed
                    .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                    .wrapping_add(shard as u64 * 1_000_003),
            };
            let forest = match weights {
                Some(weights) => {
                    RandomForestRegressor::fit_with_weights(&matrix, &labels, weights, parameters)?
                }
                None => RandomForestRegressor::fit(&matrix, &labels, parameters)?,
            };
            read_back(&forest)
        })
        .collect();
    let mut trees: Vec<Tree> = shards?.into_iter().flatten().collect();
    trees
        .par_iter_mut()
        .for_each(|tree| tree.set_covers(rows.iter().copied()));
    Ok(trees)
}

type Regressor = RandomForestRegressor<f32, f64, DenseMatrix<f32>, Vec<f64>>;

/// smartcore keeps its nodes to itself, but writes them with serde.
#[derive(Deserialize)]
struct WrittenForest {
    forest_regressor: Option<WrittenTrees>,
}

#[derive(Deserialize)]
struct WrittenTrees {
    trees: Option<Vec<WrittenTree>>,
}

#[derive(Deserialize)]
struct WrittenTree {
    nodes: Vec<WrittenNode>,
}

#[derive(Deserialize)]
struct WrittenNode {
    output: f64,
    split_feature: usize,
    split_value: Option<f64>,
    true_child: Option<usize>,
    false_child: Option<usize>,
}

fn read_back(forest: &Regressor) -> Result<Vec<Tree>, TrainError> {
    let mut bytes = Vec::new();
    ciborium::into_writer(forest, &mut bytes)
        .map_err(|error| TrainError::ReadBack(error.to_string()))?;
    let written: WrittenForest = ciborium::from_reader(bytes.as_slice())
        .map_err(|error| TrainError::ReadBack(error.to_string()))?;
    let trees = written
        .forest_regressor
        .and_then(|forest| forest.trees)
        .ok_or_else(|| TrainError::ReadBack("it has no trees".to_owned()))?;
    Ok(trees.iter().map(tree).collect())
}

impl WrittenNode {
    fn children(&self) -> Option<[usize; 2]> {
        Some([self.true_child?, self.false_child?])
    }

    /// The probability of a leaf.
    fn value(&self) -> f32 {
        (self.output as f32).clamp(0.0, 1.0)
    }
}

/// The tree as we keep it, siblings adjacent, without splits that decide nothing.
fn tree(written: &WrittenTree) -> Tree {
    let mut constant: Vec<Option<f32>> = vec![None; written.nodes.len()];
    // Children stand after their parent, so going back sees every child first.
    for (index, node) in written.nodes.iter().enumerate().rev() {
        constant[index] = match node.children() {
            None => Some(node.value()),
            Some(children) => {
                let [left, right] = children.map(|child| constant[child]);
                left.filter(|_| left == right)
            }
        };
    }
    let mut nodes = Vec::new();
    let mut order = vec![0usize];
    let mut next = 0;
    while let Some(&index) = order.get(next) {
        let from = &written.nodes[index];
        let mut node = Node {
            split: None,
            value: constant[index].unwrap_or(0.0),
            cover: 1.0,
        };
        if let (None, Some(children), Some(threshold)) =
            (constant[index], from.children(), from.split_value)
        {
            node.split = Some(Split {
                feature: from.split_feature as u16,
                threshold: round_down(threshold),
                left: order.len() as u32,
            });
            order.extend(children);
        }
        nodes.push(node);
        next += 1;
    }
    Tree { nodes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

    fn data(rows: usize) -> (Vec<Vec<f32>>, Vec<bool>) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
        (0..rows)
            .map(|_| {
                let row: Vec<f32> = (0..4).map(|_| rng.random_range(-1.0f32..1.0)).collect();
                let label = row[0] > 0.3 && row[1] < 0.2;
                let seen = if rng.random_bool(0.1) {
                    f32::NAN
                } else {
                    row[2]
                };
                (vec![row[0], row[1], seen, row[3]], label)
            })
            .unzip()
    }

    #[test]
    fn it_learns_and_repeats() {
        let (data, labels) = data(2000);
        let rows: Vec<&[f32]> = data.iter().map(Vec::as_slice).collect();
        let options = RandomOptions {
            trees: 20,
            seed: 5,
            ..RandomOptions::default()
        };
        let trees = train(&rows, &labels, None, options).unwrap();
        assert_eq!(trees.len(), 20);
        assert_eq!(trees, train(&rows, &labels, None, options).unwrap());
        assert!(trees.iter().all(|tree| tree.validate(4).is_ok()));
        let wrong = rows.iter().zip(&labels).filter(|(row, label)| {
            let mean = trees
                .iter()
                .map(|tree| tree.nodes[tree.leaf(row)].value)
                .sum::<f32>()
                / 20.0;
            (mean > 0.5) != **label
        });
        assert!(wrong.count() < 20);
    }

    #[test]
    fn read_back_predicts_what_smartcore_predicts() {
        let (data, labels) = data(500);
        let rows: Vec<&[f32]> = data
            .iter()
            .filter(|row| !row[2].is_nan())
            .map(Vec::as_slice)
            .collect();
        let labels: Vec<f64> = labels[..rows.len()]
            .iter()
            .map(|label| f64::from(u8::from(*label)))
            .collect();
        let values = (0..4)
            .flat_map(|feature| rows.iter().map(move |row| row[feature]))
            .collect();
        let matrix = DenseMatrix::new(rows.len(), 4, values, true).unwrap();
        let forest: Regressor = RandomForestRegressor::fit(
            &matrix,
            &labels,
            RandomForestRegressorParameters::default(),
        )
        .unwrap();
        let trees = read_back(&forest).unwrap();
        for (row, expected) in rows.iter().zip(forest.predict(&matrix).unwrap()) {
            let mean = trees
                .iter()
                .map(|tree| f64::from(tree.nodes[tree.leaf(row)].value))
                .sum::<f64>()
                / trees.len() as f64;
            assert!((mean - expected).abs() < 1e-6);
        }
    }
}
