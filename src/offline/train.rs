//! Trains a model on labelled logins: forests on the earlier part, calibration and threshold on the later.

use std::sync::Arc;

use rand::seq::index;
use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use rayon::prelude::*;

use super::dataset::Dataset;
use super::metrics::{self, Scored};
use crate::detector::{Detector, Thresholds};
use crate::features::{self, FEATURES, Values};
use crate::forest::Tree;
use crate::forest::isolation::{self, IsolationOptions};
use crate::forest::random::{self, RandomOptions, TrainError};
use crate::login::timestamp;
use crate::model::{Calibration, Card, Model, ModelError, Parts};
use crate::profile::{ProfileLimits, Profiles};

/// The share of the logins, in time, that the forests are grown on.
const TRAINING_SHARE: f64 = 0.7;
/// Honest logins drawn for an attack; more adds time and no recall.
const HONEST_PER_ATTACK: usize = 25;
const LEAST_HONEST: usize = 20_000;
const MOST_HONEST: usize = 150_000;
/// The share of attacks among the rows that a tree draws.
const ATTACK_MASS: f64 = 0.2;
/// Rows whose contributions make the importance of the card.
const IMPORTANCE_ROWS: usize = 200;
/// Replays that the search for the threshold may take.
const THRESHOLD_STEPS: usize = 6;
pub const FALSE_POSITIVE_RATES: [f64; 3] = [1e-2, 1e-3, 1e-4];

/// How to train.
#[derive(Clone, Debug)]
pub struct TrainOptions {
    pub seed: u64,
    pub trees: usize,
    pub max_depth: u16,
    pub max_false_positive_rate: f64,
    pub limits: ProfileLimits,
    /// For the card.
    pub inputs: Vec<String>,
}

/// Why there is no model.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    #[error(
        "only {attacks} attacks and {honest} honest logins in the {part} part; training needs at least {least} of each"
    )]
    TooFew {
        part: &'static str,
        attacks: usize,
        honest: usize,
        least: usize,
    },
    #[error(transparent)]
    Forest(#[from] TrainError),
    #[error(transparent)]
    Model(#[from] ModelError),
}

const LEAST_OF_EACH: usize = 10;

/// A model, and what running the stream with it showed.
pub struct Trained {
    pub model: Model,
    /// The share of honest logins of the later part that are flagged at the model's threshold.
    pub false_positive_rate: f64,
}

/// Trains on a dataset and the features of its logins.
pub fn train(
    data: &Dataset,
    rows: &[Values],
    options: &TrainOptions,
) -> Result<Trained, TrainingError> {
    let split = (data.logins.len() as f64 * TRAINING_SHARE) as usize;
    let attacks: Vec<bool> = data.logins.iter().map(|labelled| labelled.attack).collect();
    check_part("earlier (training)", &attacks[..split])?;
    check_part("later (calibration)", &attacks[split..])?;

    let random_trees = grow_random(&rows[..split], &attacks[..split], options)?;
    let all: Vec<&[f32]> = rows[..split].iter().map(|row| row.as_slice()).collect();
    let isolation_options = IsolationOptions {
        trees: options.trees,
        seed: options.seed,
        ..IsolationOptions::default()
    };
    let isolation_trees = isolation::train(&all, isolation_options);
    let sample = isolation_options.sample.min(split) as u32;

    let mut parts = Parts {
        card: Card::default(),
        random: random_trees,
        isolation: isolation_trees,
        isolation_sample: sample,
        calibration: Calibration {
            intercept: 0.0,
            random: 1.0,
            isolation: 0.0,
        },
        threshold: 1.0,
        usual: usual(&rows[..split], &attacks[..split]),
    };
    parts.calibration = calibrate(&parts, &rows[split..], &attacks[split..])?;
    let scored = score(parts.clone(), data, rows, split)?;
    let (threshold, false_positive_rate) = find_threshold(&parts, data, &scored, split, options)?;
    parts.threshold = threshold;
    parts.card = card(data, split, &scored, options);
    parts.card.importance = importance(parts.clone(), &rows[split..], &attacks[split..])?;
    Ok(Trained {
        model: Model::new(parts)?,
        false_positive_rate,
    })
}

fn check_part(part: &'static str, attacks: &[bool]) -> Result<(), TrainingError> {
    let count = attacks.iter().filter(|attack| **attack).count();
    let honest = attacks.len() - count;
    if count < LEAST_OF_EACH || honest < LEAST_OF_EACH {
        return Err(TrainingError::TooFew {
            part,
            attacks: count,
            honest,
            least: LEAST_OF_EACH,
        });
    }
    Ok(())
}

/// All attacks, and enough honest logins: the rows for the random forest, with the weight of each.
fn grow_random(
    rows: &[Values],
    attacks: &[bool],
    options: &TrainOptions,
) -> Result<Vec<Tree>, TrainError> {
    let of = |wanted: bool| (0..rows.len()).filter(move |row| attacks[*row] == wanted);
    let mut chosen: Vec<usize> = of(true).collect();
    let attack_count = chosen.len();
    let honest: Vec<usize> = of(false).collect();
    let most = (attack_count * HONEST_PER_ATTACK)
        .clamp(LEAST_HONEST, MOST_HONEST)
        .min(honest.len());
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(options.seed);
    chosen.extend(
        index::sample(&mut rng, honest.len(), most)
            .iter()
            .map(|picked| honest[picked]),
    );
    chosen.sort_unstable();

    let labels: Vec<bool> = chosen.iter().map(|row| attacks[*row]).collect();
    let weight_of_attack = ATTACK_MASS / (1.0 - ATTACK_MASS) * most as f64 / attack_count as f64;
    let weights: Vec<f64> = labels
        .iter()
        .map(|attack| {
            if *attack {
                weight_of_attack.max(1.0)
            } else {
                1.0
            }
        })
        .collect();
    let chosen: Vec<&[f32]> = chosen.iter().map(|row| rows[*row].as_slice()).collect();
    let options = RandomOptions {
        trees: options.trees,
        max_depth: options.max_depth,
        min_samples_leaf: 3,
        features_per_split: Some(12),
        seed: options.seed,
    };
    random::train(&chosen, &labels, Some(&weights), options)
}

/// Medians over honest logins; missing where nobody has the feature.
fn usual(rows: &[Values], attacks: &[bool]) -> Vec<f32> {
    (0..features::COUNT)
        .into_par_iter()
        .map(|feature| {
            let honest = rows.iter().zip(attacks).filter(|(_, attack)| !**attack);
            let mut values: Vec<f32> = honest
                .map(|(row, _)| row[feature])
                .filter(|value| !value.is_nan())
                .collect();
            let middle = values.len() / 2;
            if values.is_empty() {
                return f32::NAN;
            }
            *values.select_nth_unstable_by(middle, f32::total_cmp).1
        })
        .collect()
}

fn calibrate(parts: &Parts, rows: &[Values], attacks: &[bool]) -> Result<Calibration, ModelError> {
    let model = Model::new(parts.clone())?;
    let samples: Vec<(f64, f64, bool)> = rows
        .par_iter()
        .zip(attacks)
        .map(|(row, attack)| {
            let scores = model.score(row);
            // The score is 2 to the minus relative depth.
            let relative_depth = -libm::log2(scores.isolation_forest);
            (scores.random_forest, relative_depth, *attack)
        })
        .collect();
    Ok(Calibration::fit(&samples))
}

/// The lowest threshold whose false alarms stay within the budget when the stream is really run with it: a flagged
/// login teaches nothing, so an honest user who is flagged once for a new phone is flagged for it again. Where none
/// keeps the budget, the one with the fewest false alarms. Gives the threshold and its share of false alarms.
fn find_threshold(
    parts: &Parts,
    data: &Dataset,
    scored: &[Scored],
    split: usize,
    options: &TrainOptions,
) -> Result<(f64, f64), ModelError> {
    let budget = options.max_false_positive_rate;
    let model = Arc::new(Model::new(parts.clone())?);
    let run = |threshold: f64| {
        let detector = Detector::new(Arc::clone(&model), Thresholds::default(), Some(threshold));
        (
            threshold,
            false_positive_rate(data, &detector, &options.limits, split),
        )
    };
    // In log-odds, where risks near 0 and near 1 have room.
    let log_odds = |risk: f64| libm::log(risk / (1.0 - risk));
    let lowest = metrics::threshold_at(scored, budget).clamp(1e-6, 1.0 - 1e-6);
    let mut best = run(lowest);
    if best.1 <= budget {
        return Ok(best);
    }
    let (mut too_low, mut enough) = (log_odds(lowest), log_odds(1.0 - 1e-6));
    for _ in 0..THRESHOLD_STEPS {
        let middle = (too_low + enough) / 2.0;
        let found = run(1.0 / (1.0 + libm::exp(-middle)));
        if found.1 <= budget {
            enough = middle;
        } else {
            too_low = middle;
        }
        // Within the budget each one found is lower than the last; above it, fewer false alarms are better.
        if found.1 <= budget || found.1 < best.1 {
            best = found;
        }
    }
    Ok(best)
}

/// The share of honest logins after `from` that a run of the stream flags.
fn false_positive_rate(
    data: &Dataset,
    detector: &Detector,
    limits: &ProfileLimits,
    from: usize,
) -> f64 {
    let mut profiles = Profiles::without_undo(limits);
    let (mut honest, mut flagged) = (0u64, 0u64);
    for (number, labelled) in data.logins.iter().enumerate() {
        let verdict = detector.step(&mut profiles, 0, &labelled.login, &labelled.shown);
        if number >= from && !labelled.attack {
            honest += 1;
            flagged += u64::from(verdict.finding.is_some());
        }
    }
    flagged as f64 / honest.max(1) as f64
}

/// The risks of the later part.
fn score(
    parts: Parts,
    data: &Dataset,
    rows: &[Values],
    split: usize,
) -> Result<Vec<Scored>, ModelError> {
    let model = Model::new(parts)?;
    let scored = data.logins[split..]
        .par_iter()
        .zip(&rows[split..])
        .map(|(labelled, row)| Scored {
            score: model.score(row).risk,
            attack: labelled.attack,
            campaign: labelled.campaign,
            family: labelled.family,
        });
    Ok(scored.collect())
}

fn card(data: &Dataset, split: usize, scored: &[Scored], options: &TrainOptions) -> Card {
    let attacks = |part: &[super::dataset::Labelled]| {
        part.iter().filter(|labelled| labelled.attack).count() as u64
    };
    let (earlier, later) = data.logins.split_at(split);
    let time = |labelled: Option<&super::dataset::Labelled>| {
        labelled.map_or_else(String::new, |labelled| {
            timestamp::to_text(labelled.login.time_ms)
        })
    };
    Card {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        inputs: options.inputs.clone(),
        seed: options.seed,
        training_logins: earlier.len() as u64,
        training_attacks: attacks(earlier),
        calibration_logins: later.len() as u64,
        calibration_attacks: attacks(later),
        from: time(data.logins.first()),
        to: time(data.logins.last()),
        features: features::COUNT as u64,
        trees: options.trees as u64,
        max_depth: u64::from(options.max_depth),
        max_false_positive_rate: options.max_false_positive_rate,
        operating_points: FALSE_POSITIVE_RATES
            .iter()
            .map(|rate| metrics::operating_point(scored, *rate))
            .collect(),
        pr_auc: metrics::pr_auc(scored),
        roc_auc: metrics::roc_auc(scored),
        importance: Vec::new(),
    }
}

/// The mean size of each feature's contribution over attacks and honest logins alike, as shares, the largest first.
fn importance(
    parts: Parts,
    rows: &[Values],
    attacks: &[bool],
) -> Result<Vec<(String, f64)>, ModelError> {
    let model = Model::new(parts)?;
    let of = |wanted: bool| {
        rows.iter()
            .zip(attacks)
            .filter(move |(_, attack)| **attack == wanted)
            .map(|(row, _)| row)
    };
    let honest = of(false).count();
    let sample: Vec<&Values> = of(true)
        .take(IMPORTANCE_ROWS)
        .chain(
            of(false)
                .step_by((honest / IMPORTANCE_ROWS).max(1))
                .take(IMPORTANCE_ROWS),
        )
        .collect();
    let contributions: Vec<Vec<f64>> = sample
        .par_iter()
        .map(|row| model.contributions(row))
        .collect();
    let mut sizes: Vec<(String, f64)> = FEATURES
        .iter()
        .enumerate()
        .map(|(index, feature)| {
            (
                feature.name.to_owned(),
                contributions.iter().map(|row| row[index].abs()).sum(),
            )
        })
        .collect();
    let total: f64 = sizes.iter().map(|(_, size)| size).sum();
    for (_, size) in &mut sizes {
        *size /= total.max(f64::MIN_POSITIVE);
    }
    sizes.sort_by(|left, right| right.1.total_cmp(&left.1));
    Ok(sizes)
}
