//! The random forest (Breiman 2001): many deep trees, each grown from a draw of the rows, and at each
//! split from a draw of the features.

mod histogram;
mod smartcore;

use super::Tree;

/// Who grows the trees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trainer {
    /// Ours, over bins.
    #[default]
    Histogram,
    /// smartcore's, over sorted values: slower, and what the other is held against.
    Smartcore,
}

/// How a random forest is trained.
#[derive(Clone, Copy, Debug)]
pub struct RandomOptions {
    pub trainer: Trainer,
    pub trees: usize,
    /// Levels of splits at most. smartcore goes on splitting pure nodes, row by row, so there is
    /// always a bound.
    pub max_depth: u16,
    pub min_samples_leaf: usize,
    /// Features looked at for a split; `None` for the square root of all, two at least: where the
    /// one feature looked at is constant, smartcore gives a node up.
    pub features_per_split: Option<usize>,
    pub seed: u64,
}

impl Default for RandomOptions {
    fn default() -> Self {
        Self {
            trainer: Trainer::default(),
            trees: 100,
            max_depth: 60,
            min_samples_leaf: 1,
            features_per_split: None,
            seed: 0,
        }
    }
}

/// Why a forest could not be grown.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error("the random forest could not be grown: {0}")]
    Smartcore(#[from] ::smartcore::error::Failed),
    #[error("smartcore's forest could not be read back: {0}")]
    ReadBack(String),
}

/// Trains on rows with 0/1 labels; `weights`, if any, say how often a row is drawn.
pub fn train(
    rows: &[&[f32]],
    labels: &[bool],
    weights: Option<&[f64]>,
    options: RandomOptions,
) -> Result<Vec<Tree>, TrainError> {
    match options.trainer {
        Trainer::Histogram => Ok(histogram::train(rows, labels, weights, options)),
        Trainer::Smartcore => smartcore::train(rows, labels, weights, options),
    }
}
