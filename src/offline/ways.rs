//! The ways of scoring that are measured side by side.

use crate::model::Scores;

/// What decides.
pub const RISK: &str = "risk";

/// What decides, the same without novelty, and each part alone.
pub const WAYS: [&str; 6] = [
    RISK,
    "without novelty",
    "random forest",
    "isolation forest",
    "boosted trees",
    "likelihood ratio",
];

/// Where in [`WAYS`] the parts begin.
pub const FIRST_PART: usize = 2;

/// What each way says of a login, in the order of [`WAYS`].
#[must_use]
pub fn scores(scores: &Scores) -> [f64; WAYS.len()] {
    [
        scores.risk,
        scores.fused,
        scores.random_forest,
        scores.isolation_forest,
        scores.boosted,
        scores.likelihood_ratio,
    ]
}
