//! From the outputs of both forests to one risk that means a probability.
//!
//! Platt scaling: risk = 1 / (1 + exp(-(intercept + random * p + isolation * d))), with p the random forest's
//! probability and d the isolation forest's mean depth over the depth of an average row. Both are means over trees,
//! so the log-odds of the risk are a sum over trees, and the Shapley values of the trees are those of the risk.

use serde::{Deserialize, Serialize};

/// The three coefficients of the log-odds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    pub intercept: f64,
    pub random: f64,
    /// Negative: what is deep is usual.
    pub isolation: f64,
}

/// Keeps the coefficients finite where classes separate perfectly.
const RIDGE: f64 = 1e-2;
const MAX_STEPS: usize = 50;

impl Calibration {
    /// The log-odds of a pair of outputs.
    #[must_use]
    pub fn log_odds(&self, probability: f64, relative_depth: f64) -> f64 {
        self.intercept + self.random * probability + self.isolation * relative_depth
    }

    /// The risk, 0 to 1.
    #[must_use]
    pub fn risk(&self, probability: f64, relative_depth: f64) -> f64 {
        1.0 / (1.0 + libm::exp(-self.log_odds(probability, relative_depth)))
    }

    /// Fits the coefficients to (probability, relative depth, is an attack) by Newton's method. The direction of
    /// each forest is kept: an output that would count against its own meaning is left out.
    #[must_use]
    pub fn fit(samples: &[(f64, f64, bool)]) -> Self {
        let full = newton(samples, [true, true, true]);
        let kept = [true, full[1] > 0.0, full[2] < 0.0];
        let fitted = if kept == [true; 3] {
            full
        } else {
            newton(samples, kept)
        };
        Self {
            intercept: fitted[0],
            random: fitted[1],
            isolation: fitted[2],
        }
    }

    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.intercept.is_finite()
            && (0.0..1e6).contains(&self.random)
            && (-1e6..=0.0).contains(&self.isolation)
    }
}

fn newton(samples: &[(f64, f64, bool)], kept: [bool; 3]) -> [f64; 3] {
    let mut beta = [0.0f64; 3];
    for _ in 0..MAX_STEPS {
        let mut gradient = [0.0f64; 3];
        let mut hessian = [[0.0f64; 3]; 3];
        for &(probability, depth, attack) in samples {
            let x = [1.0, probability, depth];
            let odds: f64 = beta.iter().zip(x).map(|(beta, x)| beta * x).sum();
            let risk = 1.0 / (1.0 + libm::exp(-odds));
            let weight = (risk * (1.0 - risk)).max(1e-12);
            for row in 0..3 {
                gradient[row] += x[row] * (f64::from(u8::from(attack)) - risk);
                for column in 0..3 {
                    hessian[row][column] += weight * x[row] * x[column];
                }
            }
        }
        for index in 0..3 {
            gradient[index] -= RIDGE * beta[index];
            hessian[index][index] += RIDGE;
            if !kept[index] {
                gradient[index] = 0.0;
                hessian[index] = [0.0; 3];
                hessian.iter_mut().for_each(|row| row[index] = 0.0);
                hessian[index][index] = 1.0;
            }
        }
        let step = solve(hessian, gradient);
        let largest = step.iter().fold(0.0f64, |most, step| most.max(step.abs()));
        // A long Newton step can overshoot where the classes separate.
        let damping = (5.0 / largest.max(5.0)).min(1.0);
        for (beta, step) in beta.iter_mut().zip(step) {
            *beta += damping * step;
        }
        if largest < 1e-9 {
            break;
        }
    }
    beta
}

/// Gaussian elimination with pivoting of a 3 by 3 system.
fn solve(mut matrix: [[f64; 3]; 3], mut right: [f64; 3]) -> [f64; 3] {
    for column in 0..3 {
        let largest = (column..3)
            .max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs()));
        let pivot = largest.unwrap_or(column);
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        for row in column + 1..3 {
            let factor = matrix[row][column] / matrix[column][column];
            let pivot_row = matrix[column];
            for (value, pivot) in matrix[row].iter_mut().zip(pivot_row) {
                *value -= factor * pivot;
            }
            right[row] -= factor * right[column];
        }
    }
    let mut solution = [0.0; 3];
    for row in (0..3).rev() {
        let known: f64 = (row + 1..3)
            .map(|column| matrix[row][column] * solution[column])
            .sum();
        solution[row] = (right[row] - known) / matrix[row][row];
    }
    solution
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

    #[test]
    fn it_finds_the_coefficients_that_made_the_data() {
        let truth = Calibration {
            intercept: -4.0,
            random: 7.0,
            isolation: -1.5,
        };
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let samples: Vec<_> = (0..60_000)
            .map(|_| {
                let (p, d) = (rng.random::<f64>(), rng.random_range(0.5..1.5));
                (p, d, rng.random_bool(truth.risk(p, d)))
            })
            .collect();
        let found = Calibration::fit(&samples);
        assert!((found.intercept - truth.intercept).abs() < 0.4, "{found:?}");
        assert!((found.random - truth.random).abs() < 0.4, "{found:?}");
        assert!((found.isolation - truth.isolation).abs() < 0.4, "{found:?}");
    }

    #[test]
    fn perfect_separation_and_a_misleading_output_stay_sane() {
        let separated: Vec<_> = (0..1000)
            .map(|row| (f64::from(row % 2), 1.0, row % 2 == 1))
            .collect();
        let found = Calibration::fit(&separated);
        assert!(
            found.is_valid() && found.risk(1.0, 1.0) > 0.9 && found.risk(0.0, 1.0) < 0.1,
            "{found:?}"
        );
        let misleading: Vec<_> = (0..1000)
            .map(|row| (f64::from(row % 2), f64::from(row % 2), row % 2 == 1))
            .collect();
        let found = Calibration::fit(&misleading);
        assert!(found.is_valid(), "{found:?}");
        assert!(found.isolation <= 0.0);
    }
}
