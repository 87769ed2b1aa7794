//! Grows the trees of a model, all three kinds, from logins up to a time.

use rayon::prelude::*;

use super::correcting;
use super::dataset::Labelled;
use super::options::{TrainOptions, TrainingError};
use super::sample::{Sample, evenly};
use crate::features::direction::{Direction, directions};
use crate::features::{self, Values};
use crate::forest::arena::CompileError;
use crate::forest::boosted::Sum;
use crate::forest::isolation::{self, IsolationOptions};
use crate::forest::prune::prune;
use crate::forest::random::{self, RandomOptions, Trainer};
use crate::model::{Calibration, Card, ModelParts, Novelty, Reference};

/// Features that the random forest looks at for a split.
const FEATURES_PER_SPLIT: usize = 12;
const MIN_SAMPLES_LEAF: usize = 3;
/// Rows that smartcore grows the random forest from.
const MOST_SORTED_ROWS: usize = 60_000;
/// Nodes of the random forest, all trees together: four fifths of what is grown tells the risk
/// nothing.
const MOST_RANDOM_NODES: usize = 20_000;
/// Logins that tell how a feature is spread.
const MOST_SPREAD_LOGINS: usize = 200_000;

/// Grows from the logins at some places and their features. What it says is not yet a probability:
/// see [`super::train`].
pub(super) fn grow(
    rows: &[Values],
    logins: &[Labelled],
    among: &[usize],
    options: &TrainOptions,
) -> Result<ModelParts, TrainingError> {
    let (parts, _) = grow_and_sample(rows, logins, among, options)?;
    Ok(parts)
}

/// The same for a model that is kept: with what its explanations need, and by what drift is seen.
pub(super) fn grow_kept(
    rows: &[Values],
    logins: &[Labelled],
    among: &[usize],
    options: &TrainOptions,
) -> Result<ModelParts, TrainingError> {
    let (mut parts, sample) = grow_and_sample(rows, logins, among, options)?;
    // Of all boosted trees against the same logins: other trainings and corrections saw others.
    let sample_rows = sample.rows();
    let boosted = parts.boosted.par_iter_mut();
    boosted.for_each(|tree| tree.set_covers(sample_rows.iter().copied()));
    parts.references = references(rows, among);
    Ok(parts)
}

/// The boosted trees alone.
pub(super) fn grow_boosted(
    rows: &[Values],
    logins: &[Labelled],
    among: &[usize],
    options: &TrainOptions,
) -> Result<Sum, CompileError> {
    let sample = Sample::draw(rows, logins, among, &options.weights, options.seed)?;
    Sum::compile(&correcting::boost(&sample, rows, logins, among, options)?)
}

/// What is grown, and the sample of logins that it is grown from.
fn grow_and_sample(
    rows: &[Values],
    logins: &[Labelled],
    among: &[usize],
    options: &TrainOptions,
) -> Result<(ModelParts, Sample), TrainingError> {
    let sample = Sample::draw(rows, logins, among, &options.weights, options.seed)?;
    let drawn = match options.trainer {
        Trainer::Histogram => None,
        // Its trees draw with replacement anyway; more rows would take it long.
        Trainer::Smartcore => Some(sample.thinned(MOST_SORTED_ROWS)),
    };
    let drawn = drawn.as_ref().unwrap_or(&sample);
    let sample_rows = sample.rows();
    let mut random = random::train(
        &drawn.rows(),
        &drawn.attacks,
        Some(&drawn.weights),
        RandomOptions {
            trainer: options.trainer,
            trees: options.trees,
            max_depth: options.max_depth,
            min_samples_leaf: MIN_SAMPLES_LEAF,
            features_per_split: Some(FEATURES_PER_SPLIT),
            seed: options.seed,
        },
    )?;
    prune(
        &mut random,
        &sample_rows,
        &sample.weights,
        MOST_RANDOM_NODES,
    );
    let boosted = correcting::boost(&sample, rows, logins, among, options)?;
    let isolation_options = IsolationOptions {
        trees: options.trees,
        seed: options.seed,
        ..IsolationOptions::default()
    };
    let usual = usual(rows, logins, among);
    let directions = directions();
    let parts = ModelParts {
        card: Card::default(),
        random,
        isolation: isolation::train_as(among.len(), isolation_options, |place| {
            surprises(&rows[among[place]], &directions, &usual)
        }),
        boosted,
        isolation_sample: isolation_options.sample.min(among.len()) as u32,
        calibration: Calibration::NONE,
        novelty: Novelty::default(),
        threshold: 1.0,
        threshold_first: 1.0,
        usual,
        references: vec![Reference::of(&[]); features::COUNT],
    };
    Ok((parts, sample))
}

/// What is surprising in a row, for the isolation forest. Of features with a direction, all that is
/// no more suspicious than usual is alike; those without one are all alike. So what is far out is
/// always suspicious and never just quiet. A tree that is grown from such rows sends whole rows to
/// the same leaves: none of its thresholds lies on the side that is alike.
fn surprises(row: &[f32], directions: &[Direction], usual: &[f32]) -> Vec<f32> {
    let each = row.iter().zip(directions).zip(usual);
    let surprise = |((value, direction), usual): ((&f32, &Direction), &f32)| match direction {
        Direction::Either => 0.0,
        _ if value.is_nan() || usual.is_nan() => *value,
        Direction::Up => value.max(*usual),
        Direction::Down => value.min(*usual),
    };
    each.map(surprise).collect()
}

fn references(rows: &[Values], among: &[usize]) -> Vec<Reference> {
    let among = evenly(among, MOST_SPREAD_LOGINS);
    let of_feature = |feature: usize| {
        let values: Vec<f32> = among.iter().map(|row| rows[*row][feature]).collect();
        Reference::of(&values)
    };
    (0..features::COUNT)
        .into_par_iter()
        .map(of_feature)
        .collect()
}

/// Medians over honest logins; missing where nobody has the feature.
fn usual(rows: &[Values], logins: &[Labelled], among: &[usize]) -> Vec<f32> {
    let honest = among.iter().copied().filter(|row| !logins[*row].attack);
    let honest = evenly(&honest.collect::<Vec<usize>>(), MOST_SPREAD_LOGINS);
    (0..features::COUNT)
        .into_par_iter()
        .map(|feature| {
            let mut values: Vec<f32> = honest
                .iter()
                .map(|row| rows[*row][feature])
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::Rules;
    use crate::forest::Tree;
    use crate::offline::options::{HoldOut, TenantWeights};
    use crate::profile::ProfileLimits;
    use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

    /// Explanations tell what boosted trees say against the logins that they were kept for: those of
    /// another training, which came first, too. What is only measured goes without.
    #[test]
    fn kept_trees_count_the_logins_they_are_kept_for() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(6);
        let login = |number: usize| {
            let json = format!(
                r#"{{"user_id":"u{}","timestamp":{},"success":true,"label":{}}}"#,
                number % 40,
                1_700_000_000 + number,
                u8::from(number.is_multiple_of(10))
            );
            Labelled::test(&json)
        };
        let logins: Vec<Labelled> = (0..900).map(login).collect();
        let mut value = |_| random.random_range(-1.0f32..1.0);
        let rows: Vec<Values> = (0..900).map(|_| std::array::from_fn(&mut value)).collect();
        let options = |prior: Vec<Tree>| TrainOptions {
            seed: 1,
            trainer: Trainer::Histogram,
            trees: 3,
            boosted_trees: 10,
            max_depth: 6,
            max_false_positive_rate: 0.01,
            novelty_share: 0.0,
            folds: 2,
            hold_out: HoldOut::Time,
            weights: TenantWeights::default(),
            prior,
            label_delay_ms: 0,
            limits: ProfileLimits::default(),
            rules: Rules::default(),
            rivals: Vec::new(),
            inputs: Vec::new(),
        };
        let few: Vec<usize> = (0..300).collect();
        let prior = grow(&rows, &logins, &few, &options(Vec::new())).unwrap();
        let all: Vec<usize> = (0..900).collect();
        let options = options(prior.boosted);
        let covers = |parts: &ModelParts| -> Vec<f32> {
            let trees = parts.boosted.iter();
            trees.map(|tree| tree.nodes[0].cover).collect()
        };
        let kept = grow_kept(&rows, &logins, &all, &options).unwrap();
        let measured = grow(&rows, &logins, &all, &options).unwrap();
        assert_eq!(covers(&kept), [900.0; 20]);
        assert_eq!(covers(&measured)[..10], [300.0; 10]);
        let spread = |parts: &ModelParts| parts.references[0].outer_deciles()[0].is_some();
        assert!(spread(&kept) && !spread(&measured));
    }

    /// A tree of surprises needs no rows but whole ones: both end in the same leaf.
    #[test]
    fn whole_rows_go_where_their_surprises_do() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(4);
        let rows: Vec<Vec<f32>> = (0..600)
            .map(|_| {
                let value = |_| match random.random_range(0..10) {
                    0 => f32::NAN,
                    _ => random.random_range(-3.0f32..3.0).round() / 2.0,
                };
                (0..3).map(value).collect()
            })
            .collect();
        let directions = [Direction::Up, Direction::Down, Direction::Either];
        let usual = [0.5, -0.5, 0.0];
        let slices: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let seen = |row: &[f32]| surprises(row, &directions, &usual);
        let seen_at = |row: usize| seen(slices[row]);
        let options = IsolationOptions {
            trees: 30,
            ..IsolationOptions::default()
        };
        let trees = isolation::train_as(slices.len(), options, seen_at);
        for row in &slices {
            let surprising = seen(row);
            assert!(
                trees
                    .iter()
                    .all(|tree| tree.leaf(row) == tree.leaf(&surprising))
            );
        }
        let splits = trees.iter().flat_map(|tree| &tree.nodes);
        let read: Vec<u16> = splits
            .filter_map(|node| Some(node.split?.feature))
            .collect();
        assert!(
            !read.is_empty() && !read.contains(&2),
            "what has no direction is not asked"
        );
    }
}
