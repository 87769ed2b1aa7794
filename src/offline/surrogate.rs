//! Whether the contributions of an alert are what a model of another kind says: around a login, a
//! weighted line is fitted to the risk with features set back to what is usual (LIME, Ribeiro et
//! al. 2016), and its signs and order are compared with those of the contributions.

use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use rayon::prelude::*;
use serde::Serialize;
use smartcore::linalg::basic::arrays::{Array, Array2};
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linalg::traits::cholesky::CholeskyDecomposable;

use super::ranks::{correlation, ranks};
use crate::features::Values;
use crate::model::Model;

/// Features of a login that the line is over: those that moved its risk most.
const FEATURES: usize = 10;
/// Of them, those whose signs are compared.
const COMPARED: usize = 5;
/// Neighbours of a login, each with about half of its features set back.
const NEIGHBOURS: usize = 300;
/// Keeps what never varies at 0.
const RIDGE: f64 = 1e-3;
/// A neighbour that differs in so many features counts by 1/e.
const WIDTH: f64 = 5.0;

/// What the comparison found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Agreement {
    pub logins: usize,
    /// The share of compared contributions whose sign is that of the line.
    pub same_sign: f64,
    /// How alike both order the features of a login (Spearman), in the mean.
    pub rank_correlation: f64,
}

/// Compares over some logins; `None` where none can be.
#[must_use]
pub fn compare(model: &Model, logins: &[&Values]) -> Option<Agreement> {
    let both: Vec<Both> = logins
        .par_iter()
        .enumerate()
        .filter_map(|(seed, login)| around(model, login, seed as u64))
        .filter(|both| both.contributions.len() > 1)
        .collect();
    let count = both.len() as f64;
    let same_sign = both.iter().map(Both::same_sign).sum::<f64>() / count;
    let rank_correlation = both.iter().map(Both::rank_correlation).sum::<f64>() / count;
    (!both.is_empty()).then_some(Agreement {
        logins: both.len(),
        same_sign,
        rank_correlation,
    })
}

/// What both say of the same features of a login, those first that contribute most.
struct Both {
    contributions: Vec<f64>,
    slopes: Vec<f64>,
}

impl Both {
    fn same_sign(&self) -> f64 {
        let pairs = self.contributions.iter().zip(&self.slopes).take(COMPARED);
        let count = pairs.len();
        let same = pairs.filter(|(one, other)| (**one > 0.0) == (**other > 0.0));
        same.count() as f64 / count.max(1) as f64
    }

    fn rank_correlation(&self) -> f64 {
        let ranks = |values: &[f64]| {
            let values: Vec<f32> = values.iter().map(|value| *value as f32).collect();
            ranks(&values)
        };
        correlation(&ranks(&self.contributions), &ranks(&self.slopes))
    }
}

/// A login's largest contributions, and the line around it.
fn around(model: &Model, login: &Values, seed: u64) -> Option<Both> {
    let contributions = model.contributions(login);
    let usual = model.usual();
    // What is as usual, or missing, cannot be set back.
    let differs = |feature: &usize| (login[*feature] - usual[*feature]).abs() > 0.0;
    let mut order: Vec<usize> = (0..contributions.len()).filter(differs).collect();
    order.sort_by(|a, b| contributions[*b].abs().total_cmp(&contributions[*a].abs()));
    order.truncate(FEATURES);
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let neighbours: Vec<(Vec<bool>, f64)> = (0..NEIGHBOURS)
        .map(|_| {
            let kept: Vec<bool> = order.iter().map(|_| random.random_bool(0.5)).collect();
            let mut values = *login;
            for (feature, kept) in order.iter().zip(&kept) {
                if !kept {
                    values[*feature] = usual[*feature];
                }
            }
            (kept, model.log_odds(&values))
        })
        .collect();
    Some(Both {
        contributions: order
            .iter()
            .map(|feature| contributions[*feature])
            .collect(),
        slopes: line(&neighbours, order.len())?,
    })
}

/// The slopes of a line over which features are kept, by weighted least squares.
fn line(neighbours: &[(Vec<bool>, f64)], features: usize) -> Option<Vec<f64>> {
    let terms = features + 1;
    let mut matrix = vec![vec![0.0; terms]; terms];
    let mut right = vec![0.0; terms];
    for (kept, value) in neighbours {
        let away = kept.iter().filter(|kept| !**kept).count() as f64;
        let weight = libm::exp(-away * away / (WIDTH * WIDTH));
        let term = |place: usize| match place.checked_sub(1) {
            None => 1.0,
            Some(feature) => f64::from(u8::from(kept[feature])),
        };
        for row in 0..terms {
            right[row] += weight * term(row) * value;
            for (column, cell) in matrix[row].iter_mut().enumerate() {
                *cell += weight * term(row) * term(column);
            }
        }
    }
    for (place, row) in matrix.iter_mut().enumerate() {
        row[place] += RIDGE;
    }
    let matrix = DenseMatrix::from_2d_vec(&matrix).ok()?;
    let right = DenseMatrix::from_2d_vec(&vec![right]).ok()?.transpose();
    let solved = matrix.cholesky_solve_mut(right).ok()?;
    Some((1..terms).map(|place| *solved.get((place, 0))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line through a sum has its terms as slopes.
    #[test]
    fn the_line_of_a_sum_has_its_slopes() {
        let neighbours: Vec<(Vec<bool>, f64)> = (0..64)
            .map(|bits| {
                let kept: Vec<bool> = (0..3).map(|place| bits >> place & 1 == 1).collect();
                let term = |place: usize, slope: f64| slope * f64::from(u8::from(kept[place]));
                let value = 1.0 + term(0, 2.0) + term(1, -3.0) + term(2, 0.5);
                (kept, value)
            })
            .collect();
        let slopes = line(&neighbours, 3).unwrap();
        for (slope, expected) in slopes.iter().zip([2.0, -3.0, 0.5]) {
            assert!((slope - expected).abs() < 0.01, "{slopes:?}");
        }
    }

    #[test]
    fn signs_and_order_are_compared() {
        let both = Both {
            contributions: vec![3.0, -2.0, 1.0, 0.5],
            slopes: vec![4.0, 1.0, 2.0, 1.5],
        };
        assert!((both.same_sign() - 0.75).abs() < 1e-12);
        assert!((both.rank_correlation() - 1.0).abs() < 1e-12);
    }

    /// What has no login has no comparison.
    #[test]
    fn no_login_compares_to_nothing() {
        assert_eq!(compare(&Model::shipped().unwrap(), &[]), None);
    }
}
