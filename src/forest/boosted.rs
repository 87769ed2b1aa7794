//! Boosted trees (Friedman 2001, over histograms as Ke et al. 2017): each small tree corrects the
//! sum of those before it.
//!
//! A random forest averages what its trees say, and evidence of one kind that few attacks show is
//! outvoted. Here it adds to the log-odds. Missing values are a bin of their own below all others,
//! so they go left, as everywhere.

use rand::seq::index;
use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use rayon::prelude::*;

use super::bins::{Binned, MAX_BINS};
use super::{Node, Split, Tree};

/// No leaf says more than this, in log-odds.
pub const LARGEST_LEAF: u32 = 2;

/// What is the same for all rows is sought up to this, in log-odds, in so many halvings.
const MOST_BASE: f64 = 30.0;
const BASE_STEPS: usize = 40;

/// How boosted trees are trained.
#[derive(Clone, Copy, Debug)]
pub struct BoostedOptions {
    pub trees: usize,
    /// Leaves of a tree at most.
    pub leaves: usize,
    pub learning_rate: f64,
    pub min_rows_leaf: u32,
    /// Added to the curvature of a leaf: keeps the outputs of small leaves small.
    pub ridge: f64,
    /// The share of the features that a tree may use.
    pub feature_share: f64,
    pub seed: u64,
}

impl Default for BoostedOptions {
    fn default() -> Self {
        Self {
            trees: 300,
            leaves: 15,
            learning_rate: 0.06,
            min_rows_leaf: 20,
            ridge: 1.0,
            feature_share: 0.5,
            seed: 0,
        }
    }
}

/// What trees say of a row: log-odds against the base rate.
#[must_use]
pub fn output(trees: &[Tree], row: &[f32]) -> f64 {
    let leaves = trees.iter().map(|tree| tree.nodes[tree.leaf(row)].value);
    leaves.map(f64::from).sum()
}

/// Trains on rows with 0/1 labels and weights. The sum of the trees' leaves is log-odds against the
/// base rate. `prior` are trees of another training, which come first and which the new ones
/// correct.
#[must_use]
pub fn train(
    rows: &[&[f32]],
    labels: &[bool],
    weights: &[f64],
    options: BoostedOptions,
    prior: &[Tree],
) -> Vec<Tree> {
    let of_attacks = |wanted: bool| {
        let each = labels
            .iter()
            .zip(weights)
            .filter(|(label, _)| **label == wanted);
        each.map(|(_, weight)| weight)
            .sum::<f64>()
            .max(f64::MIN_POSITIVE)
    };
    let base = libm::log(of_attacks(true) / of_attacks(false));
    let said_before = rows.par_iter().map(|row| base + output(prior, row));
    let outputs: Vec<f64> = said_before.collect();
    let mut trees = prior.to_vec();
    for tree in &mut trees {
        tree.set_covers(rows.iter().copied());
    }
    trees.extend(grow(rows, labels, weights, options, outputs));
    trees
}

/// Trains trees that correct what others said of the rows, log-odds up to what is the same for all
/// of them.
#[must_use]
pub fn correct(
    rows: &[&[f32]],
    labels: &[bool],
    weights: &[f64],
    options: BoostedOptions,
    said: &[f64],
) -> Vec<Tree> {
    let base = base_of(labels, weights, said);
    let outputs = said.iter().map(|said| base + said).collect();
    grow(rows, labels, weights, options, outputs)
}

/// What log-odds lack for their probabilities to add up to the labels.
fn base_of(labels: &[bool], weights: &[f64], said: &[f64]) -> f64 {
    let (mut low, mut high) = (-MOST_BASE, MOST_BASE);
    for _ in 0..BASE_STEPS {
        let middle = f64::midpoint(low, high);
        let each = labels.iter().zip(weights).zip(said);
        let gradient: f64 = each
            .map(|((label, weight), said)| Slope::of(said + middle, *label, *weight).gradient)
            .sum();
        match gradient > 0.0 {
            true => high = middle,
            false => low = middle,
        }
    }
    f64::midpoint(low, high)
}

/// Grows trees one after the other, each of what those before left, from outputs in log-odds on.
fn grow(
    rows: &[&[f32]],
    labels: &[bool],
    weights: &[f64],
    options: BoostedOptions,
    mut outputs: Vec<f64>,
) -> Vec<Tree> {
    let features = rows.first().map_or(0, |row| row.len());
    if features == 0 {
        return Vec::new();
    }
    let binned = Binned::new(rows, features);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(options.seed);
    // Weights of 1 in the mean, so that the ridge and the rows of a leaf mean what they say.
    let scale = rows.len() as f64 / weights.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let kept = ((features as f64 * options.feature_share) as usize).clamp(1, features);
    let next_tree = |_| {
        let slopes: Vec<Slope> = (0..rows.len())
            .into_par_iter()
            .map(|row| Slope::of(outputs[row], labels[row], weights[row] * scale))
            .collect();
        let mut chosen = index::sample(&mut rng, features, kept).into_vec();
        chosen.sort_unstable();
        let grown = Grower::new(&binned, &slopes, &chosen, options).grow();
        for leaf in &grown.leaves {
            for row in &leaf.rows {
                outputs[*row as usize] += f64::from(grown.tree.nodes[leaf.node].value);
            }
        }
        grown.tree
    };
    (0..options.trees).map(next_tree).collect()
}

/// Gradient and curvature of the logistic loss of one row, or sums of them.
#[derive(Clone, Copy, Default)]
struct Slope {
    gradient: f64,
    curvature: f64,
}

impl Slope {
    fn of(output: f64, label: bool, weight: f64) -> Self {
        let probability = 1.0 / (1.0 + libm::exp(-output));
        Self {
            gradient: weight * (probability - f64::from(u8::from(label))),
            curvature: weight * (probability * (1.0 - probability)).max(1e-9),
        }
    }

    fn add(&mut self, other: &Self) {
        self.gradient += other.gradient;
        self.curvature += other.curvature;
    }

    fn without(&self, other: &Self) -> Self {
        Self {
            gradient: self.gradient - other.gradient,
            curvature: self.curvature - other.curvature,
        }
    }

    /// Twice what the best output of a leaf takes off the loss.
    fn gain(&self, ridge: f64) -> f64 {
        self.gradient * self.gradient / (self.curvature + ridge)
    }
}

/// Sums by bin of one feature.
type Histogram = Vec<(Slope, u32)>;

/// A leaf that may still be split.
struct Leaf {
    node: usize,
    rows: Vec<u32>,
    histograms: Vec<Histogram>,
    total: Slope,
    best: Option<Candidate>,
}

#[derive(Clone, Copy)]
struct Candidate {
    gain: f64,
    /// Position among the chosen features.
    position: usize,
    bin: usize,
    left: Slope,
}

struct Grown {
    tree: Tree,
    leaves: Vec<Leaf>,
}

struct Grower<'a> {
    binned: &'a Binned,
    slopes: &'a [Slope],
    features: &'a [usize],
    options: BoostedOptions,
}

impl<'a> Grower<'a> {
    fn new(
        binned: &'a Binned,
        slopes: &'a [Slope],
        features: &'a [usize],
        options: BoostedOptions,
    ) -> Self {
        Self {
            binned,
            slopes,
            features,
            options,
        }
    }

    /// Splits whichever leaf gains most, until there are as many leaves as there may be.
    fn grow(&self) -> Grown {
        let all: Vec<u32> = (0..self.binned.rows as u32).collect();
        let mut total = Slope::default();
        self.slopes.iter().for_each(|slope| total.add(slope));
        let histograms = self.histograms(&all);
        let mut nodes = vec![self.node(&total, all.len())];
        let mut leaves = vec![self.leaf(0, all, histograms, total)];
        while leaves.len() < self.options.leaves {
            let gain = |leaf: &Leaf| leaf.best.map_or(0.0, |best| best.gain);
            let most =
                (0..leaves.len()).max_by(|&a, &b| gain(&leaves[a]).total_cmp(&gain(&leaves[b])));
            let Some((at, best)) = most.and_then(|at| Some((at, leaves[at].best?))) else {
                break;
            };
            let leaf = leaves.swap_remove(at);
            let left = nodes.len();
            nodes[leaf.node].split = Some(Split {
                feature: self.features[best.position] as u16,
                threshold: self
                    .binned
                    .threshold(self.features[best.position], best.bin),
                left: left as u32,
            });
            for child in self.split(leaf, &best, left) {
                nodes.push(self.node(&child.total, child.rows.len()));
                leaves.push(child);
            }
        }
        Grown {
            tree: Tree { nodes },
            leaves,
        }
    }

    fn node(&self, total: &Slope, rows: usize) -> Node {
        let most = f64::from(LARGEST_LEAF);
        let output = -total.gradient / (total.curvature + self.options.ridge);
        Node {
            split: None,
            value: (output * self.options.learning_rate).clamp(-most, most) as f32,
            cover: rows.max(1) as f32,
        }
    }

    fn leaf(&self, node: usize, rows: Vec<u32>, histograms: Vec<Histogram>, total: Slope) -> Leaf {
        let best = self.best(&histograms, &total, rows.len() as u32);
        Leaf {
            node,
            rows,
            histograms,
            total,
            best,
        }
    }

    fn histograms(&self, rows: &[u32]) -> Vec<Histogram> {
        // Gathered once, and read forwards for every feature.
        let slopes: Vec<Slope> = rows.iter().map(|row| self.slopes[*row as usize]).collect();
        self.features
            .par_iter()
            .map(|feature| {
                let column = &self.binned.columns[*feature];
                let mut histogram = vec![(Slope::default(), 0); MAX_BINS];
                for (row, slope) in rows.iter().zip(&slopes) {
                    let bin = &mut histogram[usize::from(column[*row as usize])];
                    bin.0.add(slope);
                    bin.1 += 1;
                }
                histogram
            })
            .collect()
    }

    /// The split that takes most off the loss, if any does.
    fn best(&self, histograms: &[Histogram], total: &Slope, rows: u32) -> Option<Candidate> {
        let least = self.options.min_rows_leaf;
        if rows < 2 * least {
            return None;
        }
        let whole = total.gain(self.options.ridge);
        let of_feature = |(position, histogram): (usize, &Histogram)| {
            let (mut left, mut count) = (Slope::default(), 0u32);
            let mut best: Option<Candidate> = None;
            let splits = self.binned.splits(self.features[position]);
            for (bin, (slope, in_bin)) in histogram.iter().enumerate().take(splits) {
                left.add(slope);
                count += in_bin;
                if *in_bin == 0 || count < least || rows - count < least {
                    continue;
                }
                let ridge = self.options.ridge;
                let gain = left.gain(ridge) + total.without(&left).gain(ridge) - whole;
                if gain > best.map_or(LEAST_GAIN, |best| best.gain) {
                    best = Some(Candidate {
                        gain,
                        position,
                        bin,
                        left,
                    });
                }
            }
            best
        };
        let found: Vec<Candidate> = histograms
            .par_iter()
            .enumerate()
            .filter_map(of_feature)
            .collect();
        // The first of equal ones, so that the order of the work does not matter.
        found
            .into_iter()
            .reduce(|best, other| if other.gain > best.gain { other } else { best })
    }

    /// The two leaves of a split; only the smaller one's rows are gone through again.
    fn split(&self, leaf: Leaf, best: &Candidate, left_node: usize) -> [Leaf; 2] {
        let column = &self.binned.columns[self.features[best.position]];
        let (left, right): (Vec<u32>, Vec<u32>) = leaf
            .rows
            .iter()
            .partition(|row| usize::from(column[**row as usize]) <= best.bin);
        let small_is_left = left.len() <= right.len();
        let small = self.histograms(if small_is_left { &left } else { &right });
        let mut large = leaf.histograms;
        large.par_iter_mut().zip(&small).for_each(|(large, small)| {
            for (large, small) in large.iter_mut().zip(small) {
                *large = (large.0.without(&small.0), large.1 - small.1);
            }
        });
        let (of_left, of_right) = if small_is_left {
            (small, large)
        } else {
            (large, small)
        };
        [
            self.leaf(left_node, left, of_left, best.left),
            self.leaf(
                left_node + 1,
                right,
                of_right,
                leaf.total.without(&best.left),
            ),
        ]
    }
}

/// A split that takes less off the loss is noise of rounding.
const LEAST_GAIN: f64 = 1e-9;

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    fn data(rows: usize) -> (Vec<Vec<f32>>, Vec<bool>) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
        (0..rows)
            .map(|_| {
                let mut row: Vec<f32> = (0..5).map(|_| rng.random_range(-1.0f32..1.0)).collect();
                let label = row[0] * row[1] > 0.2 || row[2] > 0.9;
                if rng.random_bool(0.1) {
                    row[3] = f32::NAN;
                }
                (row, label)
            })
            .unzip()
    }

    fn loss(outputs: &[f64], labels: &[bool]) -> f64 {
        let each = outputs.iter().zip(labels);
        each.map(|(output, label)| libm::log1p(libm::exp(if *label { -output } else { *output })))
            .sum::<f64>()
            / labels.len() as f64
    }

    /// Trees that correct others leave less to correct, whatever is added to all that was said; and
    /// of what is said as it is, nothing is left.
    #[test]
    fn trees_correct_what_others_said() {
        let (data, labels) = data(4_000);
        let rows: Vec<&[f32]> = data.iter().map(Vec::as_slice).collect();
        let weights = vec![1.0; rows.len()];
        let options = BoostedOptions {
            trees: 40,
            ..BoostedOptions::default()
        };
        let said: Vec<f64> = data.iter().map(|row| f64::from(2.0 * row[2])).collect();
        let corrected = |shift: f64| -> Vec<f64> {
            let said: Vec<f64> = said.iter().map(|said| said + shift).collect();
            let base = base_of(&labels, &weights, &said);
            let trees = correct(&rows, &labels, &weights, options, &said);
            assert_eq!(trees.len(), 40);
            let each = said.iter().zip(&rows);
            each.map(|(said, row)| base + said + output(&trees, row))
                .collect()
        };
        let base = base_of(&labels, &weights, &said);
        let before: Vec<f64> = said.iter().map(|said| base + said).collect();
        let after = loss(&corrected(0.0), &labels);
        assert!(after < 0.7 * loss(&before, &labels), "{after}");
        for shift in [-9.0, 4.0] {
            assert!(
                (loss(&corrected(shift), &labels) - after).abs() < 1e-3,
                "{shift}"
            );
        }
        let certain: Vec<f64> = labels
            .iter()
            .map(|label| if *label { 25.0 } else { -25.0 })
            .collect();
        let trees = correct(&rows, &labels, &weights, options, &certain);
        let most = rows.iter().map(|row| output(&trees, row).abs());
        assert!(most.fold(0.0, f64::max) < 1e-3);
    }

    #[test]
    fn it_learns_an_interaction_and_repeats() {
        let (data, labels) = data(4_000);
        let rows: Vec<&[f32]> = data.iter().map(Vec::as_slice).collect();
        let weights = vec![1.0; rows.len()];
        let train = || train(&rows, &labels, &weights, BoostedOptions::default(), &[]);
        let trees = train();
        assert_eq!(trees, train());
        assert!(trees.iter().all(|tree| tree.validate(5).is_ok()));
        let base = {
            let attacks = labels.iter().filter(|label| **label).count() as f64;
            (attacks / (labels.len() as f64 - attacks)).ln()
        };
        let wrong = rows
            .iter()
            .zip(&labels)
            .filter(|(row, label)| (base + output(&trees, row) > 0.0) != **label)
            .count();
        assert!(wrong < 80, "{wrong} of {} wrong", rows.len());
    }

    /// The rows that a leaf was grown from are those that the finished tree sends to it.
    #[test]
    fn a_tree_sends_rows_where_they_were_counted() {
        let (data, labels) = data(1_000);
        let rows: Vec<&[f32]> = data.iter().map(Vec::as_slice).collect();
        let weights = vec![1.0; rows.len()];
        let options = BoostedOptions {
            trees: 5,
            feature_share: 1.0,
            ..BoostedOptions::default()
        };
        for tree in train(&rows, &labels, &weights, options, &[]) {
            let mut counted = tree.clone();
            counted.set_covers(rows.iter().copied());
            assert_eq!(counted, tree);
        }
    }
}
