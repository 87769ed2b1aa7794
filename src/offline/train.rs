//! Trains a model on labelled logins. Folds in the order of time calibrate it and set its
//! threshold; the trees that are kept are then grown from all logins.

use std::collections::HashSet;

use rayon::prelude::*;

use super::cross_fit::CrossFitModels;
use super::dataset::{Dataset, Replayed, disposition};
use super::folds::{Fold, grow_folds};
use super::grow::{grow, grow_boosted, grow_kept};
use super::left_out::{self, FamilyLeftOut};
use super::metrics::{self, Scored};
use super::options::{HoldOut, TrainOptions, TrainingError};
use super::rivals::{self, Comparison};
use super::sample;
use crate::detector::Rules;
use crate::features::{self, FEATURES, Values};
use crate::forest::row;
use crate::login::timestamp;
use crate::model::card::{FoldResult, LearningPoint, OperatingPoint};
use crate::model::novelty::Honest;
use crate::model::{Calibration, Card, Model, ModelError, ModelParts, Novelty, Outputs, Sample};
use crate::profile::LoginContext;

/// Rows whose contributions make the importance of the card.
const IMPORTANCE_ROWS: usize = 200;
/// Trees of each forest while only what the stream would have flagged is asked for; the boosted
/// ones decide.
const FEW_TREES: usize = 4;
/// The share of honest logins that the stream which is guessed flags, before they come again: more
/// rather than less, as what teaches less of attackers tells them better.
const FIRST_ALARMS: f64 = 5e-4;

/// A model, and what running the stream with it showed.
pub struct Trained {
    pub model: Model,
    /// The share of honest logins of the later part that are flagged at the model's threshold.
    pub false_positive_rate: f64,
    /// How it does beside the models that are there already.
    pub comparisons: Vec<Comparison>,
    /// What was found of families that were held out; empty where none were.
    pub left_out: Vec<FamilyLeftOut>,
}

/// Trains on a dataset.
pub fn train(
    data: &Dataset,
    options: &TrainOptions,
    mut progress: impl FnMut(&str),
) -> Result<Trained, TrainingError> {
    progress("replaying the logins, and growing trees that say what the stream would have flagged");
    let stream = guess_stream(data, options)?;
    progress("growing the trees of the folds");
    let mut folds = grow_folds(&stream.rows, &data.logins, options)?;
    let calibrated = calibrate(&mut folds, data, &stream.rows, options)?;
    let judges = CrossFitModels::new(&folds, data.logins.len())?;
    let scored = judges.score(data, &calibrated.outputs);
    drop(calibrated.outputs);
    let comparisons = rivals::compare(
        &options.rivals,
        data,
        &judges,
        &stream.rows,
        &scored,
        options.max_false_positive_rate,
    );
    let left_out = match options.hold_out {
        HoldOut::Families => {
            let rate = options.max_false_positive_rate;
            left_out::measure(data, &judges, &stream.rows, rate)
        }
        HoldOut::Time | HoldOut::Tenants | HoldOut::Users => Vec::new(),
    };
    progress("growing the trees of the model");
    let all: Vec<usize> = (0..data.logins.len()).collect();
    let mut parts = grow_kept(&stream.rows, &data.logins, &all, options)?;
    parts.calibration = calibrated.calibration;
    parts.novelty = calibrated.novelty;
    parts.card = card(data, &judges, &scored, options);
    progress("measuring how much there was to learn from");
    parts.card.learning = learning_curve(data, &stream.rows, &folds, options)?;
    parts.card.importance = importance(parts.clone(), data, &stream.rows)?;

    progress("searching the threshold");
    // The search needs the memory of the features for profiles.
    drop(stream.rows);
    let threshold_first = judges.threshold_first(&scored, &stream.first, options);
    let found = judges.find_threshold(data, &scored, threshold_first, options)?;
    parts.threshold = found.threshold;
    parts.threshold_first = threshold_first.max(found.threshold);
    Ok(Trained {
        model: Model::new(parts)?,
        false_positive_rate: found.flagged,
        comparisons,
        left_out,
    })
}

/// The logins as a detector would have met them: what teaches is what it would not have flagged at
/// the time, not what labels say that nobody had. (By labels, an attacker's second login would
/// stand out as the one whose predecessor taught nothing: a sign that no stream shows.)
///
/// Replays by labels, grows trees, and replays by their verdicts. No login is judged by trees that
/// have seen it: the first half, which has nothing before it, is judged by trees grown from the
/// second.
fn guess_stream(data: &Dataset, options: &TrainOptions) -> Result<Replayed, TrainingError> {
    let rows = data.replay_by_labels(&options.limits)?;
    let options = TrainOptions {
        trees: FEW_TREES,
        boosted_trees: options.boosted_trees.div_ceil(2),
        // So few trees isolate nothing.
        novelty_share: 0.0,
        ..options.clone()
    };
    let mut folds = grow_folds(&rows, &data.logins, &options)?;
    let calibrated = calibrate(&mut folds, data, &rows, &options)?;
    let judges = CrossFitModels::new(&folds, data.logins.len())?;
    let scored = judges.score(data, &calibrated.outputs);
    let threshold = metrics::threshold_at(&scored, FIRST_ALARMS);
    let judged_by_none = judges.not_judged();
    if !judged_by_none.is_empty() {
        let judged: Vec<usize> = folds
            .iter()
            .flat_map(|fold| &fold.judged)
            .copied()
            .collect();
        folds.push(Fold {
            parts: ModelParts {
                calibration: calibrated.calibration,
                ..grow(&rows, &data.logins, &judged, &options)?
            },
            judged: judged_by_none,
        });
    }
    // The largest thing in memory, and the next replay makes it anew.
    drop(rows);
    let judges = CrossFitModels::new(&folds, data.logins.len())?;
    let detectors = judges.detectors(threshold, threshold, &Rules::default());
    let flags = |place: usize, context: &LoginContext<'_>, values: &Values| {
        let detector = judges.of(place).and_then(|model| detectors.get(model));
        detector.is_some_and(|detector| detector.flags(context, detector.model().risk(values)))
    };
    Ok(data.replay(&options.limits, |place, context, values| {
        disposition(context, flags(place, context, values))
    })?)
}

/// What calibration finds.
struct Calibrated {
    calibration: Calibration,
    novelty: Novelty,
    /// What the trees of each fold said of logins they have not seen, in the order of the logins, by
    /// their places.
    outputs: Vec<(usize, Outputs)>,
}

/// Fits the weights of the outputs, and what is novel, to what the trees of each fold say of logins
/// they have not seen, and gives them to the folds. A campaign counts as one, however many logins
/// it has: else the weights are those of floods.
fn calibrate(
    folds: &mut [Fold],
    data: &Dataset,
    rows: &[Values],
    options: &TrainOptions,
) -> Result<Calibrated, ModelError> {
    let judged: Vec<usize> = folds
        .iter()
        .flat_map(|fold| &fold.judged)
        .copied()
        .collect();
    let weights = sample::even_campaigns(&judged, &data.logins);
    let mut samples: Vec<Sample> = Vec::new();
    for fold in &*folds {
        let model = Model::new(fold.parts.clone())?;
        let places = fold.judged.par_iter();
        let weights = &weights[samples.len()..];
        let weighed = places.zip(weights).map(|(place, weight)| Sample {
            outputs: model.outputs(&rows[*place]),
            attack: data.logins[*place].attack,
            weight: *weight,
        });
        let weighed: Vec<Sample> = weighed.collect();
        samples.extend(weighed);
    }
    let calibration = Calibration::fit(&samples);
    let honest = samples.iter().filter(|sample| !sample.attack);
    let honest: Vec<Honest> = honest
        .map(|sample| Honest {
            depth: sample.outputs.isolation,
            log_odds: calibration.log_odds(&sample.outputs),
        })
        .collect();
    let novelty = Novelty::fit(&honest, options.novelty_share);
    for fold in folds {
        fold.parts.calibration = calibration;
        fold.parts.novelty = novelty.clone();
    }
    let outputs = samples.iter().map(|sample| sample.outputs);
    let mut outputs: Vec<(usize, Outputs)> = judged.into_iter().zip(outputs).collect();
    outputs.sort_unstable_by_key(|(place, _)| *place);
    Ok(Calibrated {
        calibration,
        novelty,
        outputs,
    })
}

fn operating_points(scored: &[Scored]) -> Vec<OperatingPoint> {
    let points = metrics::FALSE_POSITIVE_RATES.iter();
    points
        .map(|rate| metrics::operating_point(scored, *rate))
        .collect()
}

fn card(
    data: &Dataset,
    judges: &CrossFitModels,
    scored: &[Scored],
    options: &TrainOptions,
) -> Card {
    let time = |labelled: Option<&super::dataset::Labelled>| {
        labelled.map_or_else(String::new, |labelled| {
            timestamp::to_text(labelled.login.time_ms)
        })
    };
    let attacks = |scored: &[Scored]| scored.iter().filter(|login| login.attack).count() as u64;
    let judged: Vec<usize> = (0..data.logins.len())
        .filter(|place| judges.of(*place).is_some())
        .collect();
    let folds = (0..judges.models.len()).map(|fold| {
        let of_fold = judged
            .iter()
            .zip(scored)
            .filter(|(place, _)| judges.of(**place) == Some(fold));
        let (places, scored): (Vec<usize>, Vec<Scored>) =
            of_fold.map(|(place, scored)| (*place, *scored)).unzip();
        FoldResult {
            from: time(places.first().and_then(|place| data.logins.get(*place))),
            logins: scored.len() as u64,
            attacks: attacks(&scored),
            pr_auc: metrics::pr_auc(&scored),
            operating_points: operating_points(&scored),
        }
    });
    Card {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        inputs: options.inputs.clone(),
        seed: options.seed,
        training_logins: data.logins.len() as u64,
        training_attacks: data.logins.iter().filter(|login| login.attack).count() as u64,
        calibration_logins: scored.len() as u64,
        calibration_attacks: attacks(scored),
        from: time(data.logins.first()),
        to: time(data.logins.last()),
        features: features::COUNT as u64,
        trees: options.trees as u64,
        boosted_trees: options.boosted_trees as u64,
        max_depth: u64::from(options.max_depth),
        max_false_positive_rate: options.max_false_positive_rate,
        operating_points: operating_points(scored),
        pr_auc: metrics::pr_auc(scored),
        roc_auc: metrics::roc_auc(scored),
        folds: folds.collect(),
        learning: Vec::new(),
        importance: Vec::new(),
    }
}

/// What the first quarter, half and all of the logins before the last fold are enough for.
fn learning_curve(
    data: &Dataset,
    rows: &[Values],
    folds: &[Fold],
    options: &TrainOptions,
) -> Result<Vec<LearningPoint>, TrainingError> {
    let Some(judged) = folds.last().map(|fold| &fold.judged) else {
        return Ok(Vec::new());
    };
    let judged_places: HashSet<usize> = judged.iter().copied().collect();
    let before = |place: &usize| match options.hold_out {
        HoldOut::Time => judged.first().is_some_and(|first| place < first),
        HoldOut::Tenants | HoldOut::Users | HoldOut::Families => !judged_places.contains(place),
    };
    let teaching: Vec<usize> = (0..rows.len()).filter(before).collect();
    let options = TrainOptions {
        boosted_trees: options.boosted_trees.div_ceil(4),
        prior: Vec::new(),
        ..options.clone()
    };
    let mut points = Vec::new();
    for share in [0.125, 0.25, 0.5, 1.0] {
        let among = &teaching[..(teaching.len() as f64 * share) as usize];
        let attacks = among
            .iter()
            .filter(|place| data.logins[**place].attack)
            .count();
        if attacks == 0 {
            continue;
        }
        // They decide, and so they are enough.
        let trees = grow_boosted(rows, &data.logins, among, &options)?;
        let scored: Vec<Scored> = judged
            .par_iter()
            .map(|place| data.logins[*place].scored(trees.of(&row(&rows[*place]))))
            .collect();
        points.push(LearningPoint {
            logins: among.len() as u64,
            attacks: attacks as u64,
            pr_auc: metrics::pr_auc(&scored),
            recall: metrics::operating_point(&scored, 1e-3).recall,
        });
    }
    Ok(points)
}

/// The mean size of each feature's contribution over attacks and honest logins alike, as shares,
/// the largest first.
fn importance(
    parts: ModelParts,
    data: &Dataset,
    rows: &[Values],
) -> Result<Vec<(String, f64)>, ModelError> {
    let model = Model::new(parts)?;
    let of = |wanted: bool| {
        let all = rows.iter().zip(&data.logins);
        let rows: Vec<&Values> = all
            .filter(|(_, login)| login.attack == wanted)
            .map(|(row, _)| row)
            .collect();
        let step = (rows.len() / IMPORTANCE_ROWS).max(1);
        rows.into_iter().step_by(step).take(IMPORTANCE_ROWS)
    };
    let sample: Vec<&Values> = of(true).chain(of(false)).collect();
    let contributions: Vec<Vec<f64>> = sample
        .par_iter()
        .map(|row| model.contributions(row))
        .collect();
    let mut sizes: Vec<(String, f64)> = FEATURES
        .iter()
        .enumerate()
        .map(|(index, feature)| {
            let size = contributions.iter().map(|row| row[index].abs()).sum();
            (feature.name.to_owned(), size)
        })
        .collect();
    let total: f64 = sizes.iter().map(|(_, size)| size).sum();
    for (_, size) in &mut sizes {
        *size /= total.max(f64::MIN_POSITIVE);
    }
    sizes.sort_by(|left, right| right.1.total_cmp(&left.1));
    Ok(sizes)
}
