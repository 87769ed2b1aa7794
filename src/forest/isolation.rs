//! The isolation forest (Liu, Ting, Zhou 2008), with scikit-learn's definition of the score.
//!
//! A tree splits a sample of 256 rows at random until each stands alone; what stands alone early is
//! unusual. A leaf's value is its depth plus the depth that splitting its rows further would have
//! added.

use rand::seq::index;
use rand::{Rng, RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use rayon::prelude::*;

use super::{Node, Split, Tree, round_down};

/// The Euler-Mascheroni constant.
const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// How an isolation forest is trained.
#[derive(Clone, Copy, Debug)]
pub struct IsolationOptions {
    pub trees: usize,
    /// Rows a tree is grown from.
    pub sample: usize,
    pub seed: u64,
}

impl Default for IsolationOptions {
    fn default() -> Self {
        Self {
            trees: 100,
            sample: 256,
            seed: 0,
        }
    }
}

/// The mean depth of an unsuccessful search in a binary tree of `rows` rows: c(n) of the paper.
#[must_use]
pub fn average_path_length(rows: usize) -> f64 {
    match rows {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => {
            let rows = rows as f64;
            2.0 * (libm::log(rows - 1.0) + EULER_GAMMA) - 2.0 * (rows - 1.0) / rows
        }
    }
}

/// The score of a mean depth, 0 to 1, higher is less usual: scikit-learn's `-score_samples`.
#[must_use]
pub fn score(mean_depth: f64, sample: usize) -> f64 {
    score_of_relative_depth(mean_depth / average_path_length(sample).max(f64::MIN_POSITIVE))
}

/// The score of a mean depth over that of an average row.
#[must_use]
pub fn score_of_relative_depth(relative_depth: f64) -> f64 {
    libm::exp2(-relative_depth)
}

/// The mean depth over that of an average row which a score stands for.
#[must_use]
pub fn relative_depth_of_score(score: f64) -> f64 {
    -libm::log2(score.max(f64::MIN_POSITIVE))
}

/// Trains trees on rows. `rows` may hold missing values, which go left.
#[must_use]
pub fn train(rows: &[&[f32]], options: IsolationOptions) -> Vec<Tree> {
    train_as(rows.len(), options, |row| rows[row].to_vec())
}

/// The same with so many rows as they are to be seen, each by its number.
#[must_use]
pub fn train_as(
    rows: usize,
    options: IsolationOptions,
    seen: impl Fn(usize) -> Vec<f32> + Sync,
) -> Vec<Tree> {
    let sample = options.sample.min(rows);
    (0..options.trees)
        .into_par_iter()
        .map(|tree| {
            // Neighbouring seeds must not share trees.
            let first = options.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(first.wrapping_add(tree as u64));
            let picked: Vec<Vec<f32>> = index::sample(&mut rng, rows, sample)
                .iter()
                .map(&seen)
                .collect();
            grow(picked.iter().map(Vec::as_slice).collect(), &mut rng)
        })
        .collect()
}

fn grow(mut rows: Vec<&[f32]>, rng: &mut impl Rng) -> Tree {
    let max_depth = (rows.len().max(2) as f64).log2().ceil() as usize;
    let mut nodes = vec![leaf(0, rows.len())];
    // (node, its rows from, to, its depth)
    let mut open = vec![(0usize, 0usize, rows.len(), 0usize)];
    while let Some((index, from, to, depth)) = open.pop() {
        if depth >= max_depth || to - from <= 1 {
            continue;
        }
        let Some((feature, threshold)) = choose_split(&rows[from..to], rng) else {
            continue;
        };
        let middle = from + partition(&mut rows[from..to], feature, threshold);
        let left = nodes.len() as u32;
        nodes[index].split = Some(Split {
            feature: feature as u16,
            threshold,
            left,
        });
        nodes.push(leaf(depth + 1, middle - from));
        nodes.push(leaf(depth + 1, to - middle));
        open.push((left as usize + 1, middle, to, depth + 1));
        open.push((left as usize, from, middle, depth + 1));
    }
    Tree { nodes }
}

fn leaf(depth: usize, rows: usize) -> Node {
    Node {
        split: None,
        value: (depth as f64 + average_path_length(rows)) as f32,
        cover: rows as f32,
    }
}

/// A random feature that is not constant here, and a random threshold within it.
fn choose_split(rows: &[&[f32]], rng: &mut impl Rng) -> Option<(usize, f32)> {
    let features = rows.first()?.len();
    let mut order: Vec<usize> = (0..features).collect();
    for pick in 0..features {
        let swap = rng.random_range(pick..features);
        order.swap(pick, swap);
        let feature = order[pick];
        if let Some(threshold) = random_threshold(rows, feature, rng) {
            return Some((feature, threshold));
        }
    }
    None
}

fn random_threshold(rows: &[&[f32]], feature: usize, rng: &mut impl Rng) -> Option<f32> {
    let (mut least, mut most, mut missing) = (f32::INFINITY, f32::NEG_INFINITY, false);
    for row in rows {
        let value = row[feature];
        missing |= value.is_nan();
        least = least.min(value);
        most = most.max(value);
    }
    if least < most {
        let span = f64::from(most) - f64::from(least);
        let threshold = round_down(f64::from(least) + span * rng.random::<f64>());
        return Some(if threshold < most {
            threshold
        } else {
            most.next_down()
        });
    }
    // All known values are one: what can be told apart is known from missing, whatever else is known.
    (missing && least.is_finite()).then_some(f32::MIN)
}

/// Moves the rows that go left to the front, and says how many.
fn partition(rows: &mut [&[f32]], feature: usize, threshold: f32) -> usize {
    let mut left = 0;
    for index in 0..rows.len() {
        let goes_right = rows[index][feature] > threshold;
        if !goes_right {
            rows.swap(index, left);
            left += 1;
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_lengths_are_those_of_the_paper() {
        assert!((average_path_length(256) - 10.244_770_920_119_917).abs() < 1e-12);
        assert_eq!(average_path_length(2), 1.0);
        assert!((score(average_path_length(256), 256) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn an_outlier_scores_higher_and_seeds_repeat() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        let mut data: Vec<Vec<f32>> = (0..500)
            .map(|_| (0..3).map(|_| rng.random_range(-1.0f32..1.0)).collect())
            .collect();
        data.push(vec![9.0, -9.0, f32::NAN]);
        let rows: Vec<&[f32]> = data.iter().map(Vec::as_slice).collect();
        let trees = train(&rows, IsolationOptions::default());
        assert_eq!(trees, train(&rows, IsolationOptions::default()));
        let mean = |row: &[f32]| {
            let depths = trees
                .iter()
                .map(|tree| f64::from(tree.nodes[tree.leaf(row)].value));
            depths.sum::<f64>() / trees.len() as f64
        };
        assert!(score(mean(&data[500]), 256) > 0.65);
        assert!(score(mean(&[0.0, 0.0, 0.0]), 256) < 0.5);
        assert!(trees.iter().all(|tree| tree.validate(3).is_ok()));
    }
}
