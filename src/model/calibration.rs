//! From the outputs of the parts to one risk that means a probability.
//!
//! Platt scaling over several outputs: the log-odds of the risk are a weighted sum of the random
//! forest's log-odds, the isolation forest's relative depth, the sum of the boosted trees, and the
//! likelihood ratio of Freeman et al. (2016). Probabilities are weighed as log-odds: near 0 and 1 a
//! probability hardly moves any more, where the evidence still does. The same scaling of one part by
//! itself is what that part alone would say.

use std::fmt;

use rayon::prelude::*;
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

/// A login to fit the weights to.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    pub outputs: Outputs,
    pub attack: bool,
    /// How much it counts; 1 in the mean.
    pub weight: f64,
}

/// What a part alone would say: the log-odds are a line over its term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alone {
    pub intercept: f64,
    pub slope: f64,
}

/// A part of the risk, and what it says of one login.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Part {
    pub name: &'static str,
    /// In the part's own measure.
    pub value: f64,
    /// How much it counts in the log-odds of the risk.
    pub weight: f64,
    /// The risk that this part alone would say, 0 to 1.
    pub alone: f64,
}

/// The parts of the risk, in the order in which they are told.
pub const PARTS: [&str; TERMS - 1] = [
    "random_forest",
    "isolation_forest",
    "boosted",
    "likelihood_ratio",
];

/// The weights of the log-odds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    pub intercept: f64,
    /// Of its log-odds.
    pub random: f64,
    /// Negative: what is deep is usual.
    pub isolation: f64,
    pub boosted: f64,
    pub likelihood_ratio: f64,
    /// In the order of [`PARTS`].
    pub alone: [Alone; TERMS - 1],
}

/// A forest's probability is no surer than this: of so many rows it has seen none.
const LEAST_PROBABILITY: f64 = 1e-3;

/// The log-odds of a forest's probability.
#[must_use]
pub(super) fn forest_log_odds(probability: f64) -> f64 {
    let within = probability.clamp(LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY);
    libm::log(within / (1.0 - within))
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
            forest_log_odds(self.random),
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
        alone: [Alone {
            intercept: 0.0,
            slope: 0.0,
        }; TERMS - 1],
    };

    /// The weights of the parts by their names.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, f64); TERMS - 1] {
        let weights = self.weights();
        std::array::from_fn(|part| (PARTS[part], weights[part + 1]))
    }

    /// What each part says of a login; `values` in their own measures.
    #[must_use]
    pub fn said(&self, outputs: &Outputs, values: [f64; TERMS - 1]) -> [Part; TERMS - 1] {
        let (weights, terms) = (self.weights(), outputs.terms());
        std::array::from_fn(|part| {
            let alone = self.alone[part];
            Part {
                name: PARTS[part],
                value: values[part],
                weight: weights[part + 1],
                alone: logistic(alone.intercept + alone.slope * terms[part + 1]),
            }
        })
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

    fn of_weights(weights: Vector, alone: [Alone; TERMS - 1]) -> Self {
        let [intercept, random, isolation, boosted, likelihood_ratio] = weights;
        Self {
            intercept,
            random,
            isolation,
            boosted,
            likelihood_ratio,
            alone,
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

    /// Fits the weights by Newton's method. The direction of each output is kept: one that would
    /// count against its own meaning is left out.
    #[must_use]
    pub fn fit(samples: &[Sample]) -> Self {
        let only = |part: usize| {
            let mut kept = [false; TERMS];
            (kept[0], kept[part + 1]) = (true, true);
            let fitted = keeping_directions(samples, kept);
            Alone {
                intercept: fitted[0],
                slope: fitted[part + 1],
            }
        };
        let together = keeping_directions(samples, [true; TERMS]);
        Self::of_weights(together, std::array::from_fn(only))
    }

    #[must_use]
    pub fn is_valid(&self) -> bool {
        let weights = self.weights();
        let is_sane = |weight: f64, sign: f64| {
            weight.is_finite() && weight.abs() < 1e6 && weight * sign >= 0.0
        };
        let mut together = weights.iter().zip(SIGNS);
        let mut alone = self.alone.iter().zip(&SIGNS[1..]);
        together.all(|(weight, sign)| is_sane(*weight, sign))
            && alone
                .all(|(alone, sign)| is_sane(alone.slope, *sign) && is_sane(alone.intercept, 0.0))
    }
}

impl fmt::Display for Calibration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.2} + {:.2} random forest's log-odds {:+.2} isolation depth + {:.2} boosted + {:.2} likelihood \
             ratio",
            self.intercept, self.random, self.isolation, self.boosted, self.likelihood_ratio
        )
    }
}

/// The probability of log-odds.
#[must_use]
pub(super) fn logistic(log_odds: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-log_odds))
}

fn dot(left: &Vector, right: &Vector) -> f64 {
    left.iter()
        .zip(right)
        .map(|(left, right)| left * right)
        .sum()
}

/// The weights of some terms, without those whose direction comes out wrong.
fn keeping_directions(samples: &[Sample], mut kept: [bool; TERMS]) -> Vector {
    loop {
        let fitted = newton(samples, kept);
        let wrong = |term: usize| kept[term] && fitted[term] * SIGNS[term] < 0.0;
        // One at a time: without the worst, others may count as they should.
        let worst = (1..TERMS)
            .filter(|term| wrong(*term))
            .max_by(|&a, &b| fitted[a].abs().total_cmp(&fitted[b].abs()));
        match worst {
            Some(term) => kept[term] = false,
            None => return fitted,
        }
    }
}

fn newton(samples: &[Sample], kept: [bool; TERMS]) -> Vector {
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

/// Samples that one thread sums up: in pieces of one size, so that the sums are the same whatever
/// the machine has.
const PIECE: usize = 16_384;

/// The gradient of the log-likelihood and its negative curvature.
fn slopes(samples: &[Sample], beta: &Vector) -> (Vector, [Vector; TERMS]) {
    let pieces = samples.par_chunks(PIECE);
    let pieces: Vec<_> = pieces.map(|piece| slopes_of(piece, beta)).collect();
    let (mut gradient, mut hessian) = ([0.0; TERMS], [[0.0; TERMS]; TERMS]);
    for (of_gradient, of_hessian) in pieces {
        for row in 0..TERMS {
            gradient[row] += of_gradient[row];
            for column in 0..TERMS {
                hessian[row][column] += of_hessian[row][column];
            }
        }
    }
    (gradient, hessian)
}

fn slopes_of(samples: &[Sample], beta: &Vector) -> (Vector, [Vector; TERMS]) {
    let (mut gradient, mut hessian) = ([0.0; TERMS], [[0.0; TERMS]; TERMS]);
    for sample in samples {
        let terms = sample.outputs.terms();
        let risk = logistic(dot(beta, &terms));
        let weight = sample.weight * (risk * (1.0 - risk)).max(1e-12);
        let error = sample.weight * (f64::from(u8::from(sample.attack)) - risk);
        for row in 0..TERMS {
            gradient[row] += terms[row] * error;
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

    fn sample(outputs: Outputs, attack: bool) -> Sample {
        Sample {
            outputs,
            attack,
            weight: 1.0,
        }
    }

    #[test]
    fn it_finds_the_weights_that_made_the_data() {
        let truth = Calibration {
            intercept: -4.0,
            random: 0.8,
            isolation: -1.5,
            boosted: 0.5,
            likelihood_ratio: 0.3,
            ..Calibration::NONE
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
                sample(drawn, rng.random_bool(truth.risk(&drawn)))
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
            .map(|row| sample(outputs(f64::from(row % 2), 1.0), row % 2 == 1))
            .collect();
        let found = Calibration::fit(&separated);
        assert!(found.is_valid(), "{found:?}");
        assert!(found.risk(&outputs(1.0, 1.0)) > 0.9 && found.risk(&outputs(0.0, 1.0)) < 0.1);
        let misleading: Vec<_> = (0..1000)
            .map(|row| {
                let both = f64::from(row % 2);
                sample(outputs(both, both), row % 2 == 1)
            })
            .collect();
        let found = Calibration::fit(&misleading);
        assert!(found.is_valid(), "{found:?}");
        assert!(found.isolation <= 0.0);
    }

    /// What counts twice is as good as twice there.
    #[test]
    fn weights_count_as_repetitions() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
        let once: Vec<Sample> = (0..2_000)
            .map(|_| {
                let drawn = outputs(rng.random(), rng.random_range(0.5..1.5));
                sample(drawn, rng.random_bool(drawn.random))
            })
            .collect();
        let twice: Vec<Sample> = once.iter().chain(&once).copied().collect();
        let weighed: Vec<Sample> = once
            .iter()
            .map(|one| Sample {
                weight: 2.0,
                ..*one
            })
            .collect();
        let (twice, weighed) = (Calibration::fit(&twice), Calibration::fit(&weighed));
        for (one, other) in twice.weights().iter().zip(weighed.weights()) {
            assert!((one - other).abs() < 1e-6, "{twice:?} {weighed:?}");
        }
    }

    /// A part alone says what is as likely as it was seen, and more with more of it.
    #[test]
    fn a_part_alone_is_calibrated() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        let samples: Vec<Sample> = (0..40_000)
            .map(|_| {
                let drawn = outputs(rng.random_range(0.05..0.95), rng.random_range(0.5..1.5));
                sample(drawn, rng.random_bool(drawn.random))
            })
            .collect();
        let fitted = Calibration::fit(&samples);
        for random in [0.1, 0.5, 0.9] {
            let said = fitted.said(&outputs(random, 1.0), [random, 0.0, 0.0, 0.0]);
            assert!((said[0].alone - random).abs() < 0.03, "{said:?}");
        }
    }

    /// The weights are the same to the last bit, however many threads add up the pieces.
    #[test]
    fn the_fit_does_not_depend_on_the_machine() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(3);
        let samples: Vec<Sample> = (0..3 * PIECE + 17)
            .map(|_| {
                let attack = random.random_bool(0.1);
                let lift = if attack { 0.3 } else { 0.0 };
                Sample {
                    outputs: outputs(
                        (random.random_range(0.0f64..0.7) + lift).min(1.0),
                        random.random_range(0.8..1.2) - lift / 2.0,
                    ),
                    attack,
                    weight: 1.0,
                }
            })
            .collect();
        let fitted = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap().install(|| Calibration::fit(&samples))
        };
        assert_eq!(fitted(1), fitted(4));
    }
}
