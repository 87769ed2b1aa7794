//! Grows one tree over histograms.

use rayon::prelude::*;

use super::super::bins::{Binned, MAX_BINS};
use super::super::{Node, Split, Tree};
use super::{BoostedOptions, LARGEST_LEAF};

/// A split that takes less off the loss is noise of rounding.
const LEAST_GAIN: f64 = 1e-9;

/// Gradient and curvature of the logistic loss of one row, or sums of them.
#[derive(Clone, Copy, Default)]
pub(super) struct Slope {
    pub gradient: f64,
    curvature: f64,
}

impl Slope {
    pub fn of(output: f64, label: bool, weight: f64) -> Self {
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
pub(super) struct Leaf {
    pub node: usize,
    pub rows: Vec<u32>,
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

pub(super) struct Grown {
    pub tree: Tree,
    pub leaves: Vec<Leaf>,
}

pub(super) struct Grower<'a> {
    binned: &'a Binned,
    slopes: &'a [Slope],
    features: &'a [usize],
    options: BoostedOptions,
}

impl<'a> Grower<'a> {
    pub fn new(
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
    pub fn grow(&self) -> Grown {
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
