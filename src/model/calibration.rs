//! From the outputs of the forests to one risk that means a probability.
//!
//! Platt scaling over several outputs: the log-odds of the risk are a weighted sum of the random
//! forest's probability, the isolation forest's relative depth, the sum of the boosted trees, and
//! the likelihood ratio of Freeman et al. (2016). Each is a sum over trees or features, so the
//! Shapley values of the parts, weighted, are those of the log-odds.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What the parts of a model say of one login.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outputs {
    /// The random forest's probability.
    pub random: f64,
    /// The isolation forest's mean depth over the depth of an average row.
    pub isolation: f64,
    /// The sum of the boosted trees, log-odds.
    pub boosted: f64,
    /// ln p(network, agent) - ln p(network, agent | user).
    pub likelihood_ratio: f64,
}

/// The weights of the log-odds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    pub intercept: f64,
    pub random: f64,
    /// Negative: what is deep is usual.
    pub isolation: f64,
    pub boosted: f64,
    pub likelihood_ratio: f64,
}

/// Keeps the weights finite where classes separate perfectly.
const RIDGE: f64 = 1e-2;
const MAX_STEPS: usize = 50;
/// An intercept and one weight for each output.
const TERMS: usize = 5;
/// In which direction each output may count: more of it is more risk, or less.
const SIGNS: [f64; TERMS] = [0.0, 1.0, -1.0, 1.0, 1.0];

type Vector = [f64; TERMS];

impl Outputs {
    fn terms(&self) -> Vector {
        [
            1.0,
            self.random,
            self.isolation,
            self.boosted,
            self.likelihood_ratio,
        ]
    }
}

impl Calibration {
    /// The random forest's word alone: before anything was fitted.
    pub const NONE: Self = Self {
        intercept: 0.0,
        random: 1.0,
        isolation: 0.0,
        boosted: 0.0,
        likelihood_ratio: 0.0,
    };

    /// The parts of the risk by their names, with their weights in its log-odds.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, f64); TERMS - 1] {
        [
            ("random_forest", self.random),
            ("isolation_forest", self.isolation),
            ("boosted", self.boosted),
            ("likelihood_ratio", self.likelihood_ratio),
        ]
    }

    fn weights(&self) -> Vector {
        [
            self.intercept,
            self.random,
            self.isolation,
            self.boosted,
            self.likelihood_ratio,
        ]
    }

    fn of_weights(weights: Vector) -> Self {
        let [intercept, random, isolation, boosted, likelihood_ratio] = weights;
        Self {
            intercept,
            random,
            isolation,
            boosted,
            likelihood_ratio,
        }
    }

    /// The log-odds of the risk.
    #[must_use]
    pub fn log_odds(&self, outputs: &Outputs) -> f64 {
        dot(&self.weights(), &outputs.terms())
    }

    /// The risk, 0 to 1.
    #[must_use]
    pub fn risk(&self, outputs: &Outputs) -> f64 {
        logistic(self.log_odds(outputs))
    }

    /// Fits the weights to (outputs, is an attack) by Newton's method. The direction of each output
    /// is kept: one that would count against its own meaning is left out.
    #[must_use]
    pub fn fit(samples: &[(Outputs, bool)]) -> Self {
        let mut kept = [true; TERMS];
        loop {
            let fitted = newton(samples, kept);
            let wrong = |term: usize| kept[term] && fitted[term] * SIGNS[term] < 0.0;
            // One at a time: without the worst, others may count as they should.
            let worst = (1..TERMS)
                .filter(|term| wrong(*term))
                .max_by(|&a, &b| fitted[a].abs().total_cmp(&fitted[b].abs()));
            match worst {
                Some(term) => kept[term] = false,
                None => return Self::of_weights(fitted),
            }
        }
    }

    #[must_use]
    pub fn is_valid(&self) -> bool {
        let weights = self.weights();
        weights
            .iter()
            .zip(SIGNS)
            .all(|(weight, sign)| weight.is_finite() && weight.abs() < 1e6 && weight * sign >= 0.0)
    }
}

impl fmt::Display for Calibration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.2} + {:.2} random forest {:+.2} isolation depth + {:.2} boosted + {:.2} likelihood \
             ratio",
            self.intercept, self.random, self.isolation, self.boosted, self.likelihood_ratio
        )
    }
}

fn logistic(log_odds: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-log_odds))
}

fn dot(left: &Vector, right: &Vector) -> f64 {
    left.iter()
        .zip(right)
        .map(|(left, right)| left * right)
        .sum()
}

fn newton(samples: &[(Outputs, bool)], kept: [bool; TERMS]) -> Vector {
    let mut beta = [0.0; TERMS];
    for _ in 0..MAX_STEPS {
        let (mut gradient, mut hessian) = slopes(samples, &beta);
        for index in 0..TERMS {
            gradient[index] -= RIDGE * beta[index];
            hessian[index][index] += RIDGE;
            if !kept[index] {
                gradient[index] = 0.0;
                hessian[index] = [0.0; TERMS];
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

/// The gradient of the log-likelihood and its negative curvature.
fn slopes(samples: &[(Outputs, bool)], beta: &Vector) -> (Vector, [Vector; TERMS]) {
    let (mut gradient, mut hessian) = ([0.0; TERMS], [[0.0; TERMS]; TERMS]);
    for (outputs, attack) in samples {
        let terms = outputs.terms();
        let risk = logistic(dot(beta, &terms));
        let weight = (risk * (1.0 - risk)).max(1e-12);
        for row in 0..TERMS {
            gradient[row] += terms[row] * (f64::from(u8::from(*attack)) - risk);
            for column in 0..TERMS {
                hessian[row][column] += weight * terms[row] * terms[column];
            }
        }
    }
    (gradient, hessian)
}

/// Gaussian elimination with pivoting of a small system.
fn solve(mut matrix: [Vector; TERMS], mut right: Vector) -> Vector {
    for column in 0..TERMS {
        let largest = (column..TERMS)
            .max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs()));
        let pivot = largest.unwrap_or(column);
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        for row in column + 1..TERMS {
            let factor = matrix[row][column] / matrix[column][column];
            let pivot_row = matrix[column];
            for (value, pivot) in matrix[row].iter_mut().zip(pivot_row) {
                *value -= factor * pivot;
            }
            right[row] -= factor * right[column];
        }
    }
    let mut solution = [0.0; TERMS];
    for row in (0..TERMS).rev() {
        let known: f64 = (row + 1..TERMS)
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

    fn outputs(random: f64, isolation: f64) -> Outputs {
        Outputs {
            random,
            isolation,
            boosted: 0.0,
            likelihood_ratio: 0.0,
        }
    }

    #[test]
    fn it_finds_the_weights_that_made_the_data() {
        let truth = Calibration {
            intercept: -4.0,
            random: 7.0,
            isolation: -1.5,
            boosted: 0.5,
            likelihood_ratio: 0.3,
        };
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let samples: Vec<_> = (0..60_000)
            .map(|_| {
                let drawn = Outputs {
                    random: rng.random(),
                    isolation: rng.random_range(0.5..1.5),
                    boosted: rng.random_range(-3.0..3.0),
                    likelihood_ratio: rng.random_range(-2.0..5.0),
                };
                (drawn, rng.random_bool(truth.risk(&drawn)))
            })
            .collect();
        let found = Calibration::fit(&samples);
        for (found, truth) in found.weights().iter().zip(truth.weights()) {
            assert!((found - truth).abs() < 0.4, "{found} instead of {truth}");
        }
    }

    #[test]
    fn perfect_separation_and_a_misleading_output_stay_sane() {
        let separated: Vec<_> = (0..1000)
            .map(|row| (outputs(f64::from(row % 2), 1.0), row % 2 == 1))
            .collect();
        let found = Calibration::fit(&separated);
        assert!(found.is_valid(), "{found:?}");
        assert!(found.risk(&outputs(1.0, 1.0)) > 0.9 && found.risk(&outputs(0.0, 1.0)) < 0.1);
        let misleading: Vec<_> = (0..1000)
            .map(|row| {
                let both = f64::from(row % 2);
                (outputs(both, both), row % 2 == 1)
            })
            .collect();
        let found = Calibration::fit(&misleading);
        assert!(found.is_valid(), "{found:?}");
        assert!(found.isolation <= 0.0);
    }
}
