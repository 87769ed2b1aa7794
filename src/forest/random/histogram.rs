//! The random forest over bins: sums by bin instead of sorted values.
//!
//! Squared error on 0/1 labels is Gini impurity, and leaves are probabilities. What looks at a few
//! rows sorts their bins; what looks at many adds them up. A tree depends on the seed and its own
//! number alone, so trees are grown side by side whatever the machine has.

use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use rayon::prelude::*;

use super::RandomOptions;
use crate::forest::bins::{Binned, MAX_BINS};
use crate::forest::{Node, Split, Tree};

/// Below so many rows of a node, sorting costs less than going through all bins.
const FEW_ROWS: usize = 96;

/// Draws and, among them, attacks.
#[derive(Clone, Copy, Default)]
struct Count {
    all: u32,
    attacks: u32,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.all += other.all;
        self.attacks += other.attacks;
    }

    fn without(self, other: Self) -> Self {
        Self {
            all: self.all - other.all,
            attacks: self.attacks - other.attacks,
        }
    }

    /// The larger the sum of two parts, the less impure they are.
    fn purity(self) -> f64 {
        let attacks = f64::from(self.attacks);
        attacks * attacks / f64::from(self.all.max(1))
    }

    fn is_pure(self) -> bool {
        self.attacks == 0 || self.attacks == self.all
    }
}

/// Trains on rows with 0/1 labels; `weights`, if any, say how often a row is drawn.
pub(super) fn train(
    rows: &[&[f32]],
    labels: &[bool],
    weights: Option<&[f64]>,
    options: RandomOptions,
) -> Vec<Tree> {
    let features = rows.first().map_or(0, |row| row.len());
    if features == 0 {
        return Vec::new();
    }
    let binned = Binned::new(rows, features);
    let cumulative = weights.map(cumulative);
    let tree = |number: usize| {
        let seed = options.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed.wrapping_add(number as u64));
        let counts = draw(labels, cumulative.as_deref(), &mut random);
        Grower {
            binned: &binned,
            counts: &counts,
            options,
            features: (0..features).collect(),
            random,
            histogram: [Count::default(); MAX_BINS],
            few: Vec::with_capacity(FEW_ROWS),
        }
        .grow()
    };
    (0..options.trees).into_par_iter().map(tree).collect()
}

/// Where each row ends on a line as long as all weights.
fn cumulative(weights: &[f64]) -> Vec<f64> {
    let sum = |end: &mut f64, weight: &f64| {
        *end += weight.max(0.0);
        Some(*end)
    };
    weights.iter().scan(0.0, sum).collect()
}

/// As many draws with replacement as there are rows.
fn draw(
    labels: &[bool],
    cumulative: Option<&[f64]>,
    random: &mut Xoshiro256PlusPlus,
) -> Vec<Count> {
    let mut counts = vec![Count::default(); labels.len()];
    for _ in 0..labels.len() {
        let row = match cumulative {
            Some(ends) => {
                let at = random.random::<f64>() * ends.last().copied().unwrap_or(0.0);
                ends.partition_point(|end| *end <= at).min(ends.len() - 1)
            }
            None => random.random_range(0..labels.len()),
        };
        counts[row].add(Count {
            all: 1,
            attacks: u32::from(labels[row]),
        });
    }
    counts
}

#[derive(Clone, Copy)]
struct Candidate {
    purity: f64,
    feature: usize,
    bin: usize,
    left: Count,
}

/// A node whose split is still looked for.
struct Open {
    node: usize,
    /// Where its rows stand.
    from: usize,
    to: usize,
    depth: u16,
    count: Count,
}

struct Grower<'a> {
    binned: &'a Binned,
    counts: &'a [Count],
    options: RandomOptions,
    /// In the order of the last draw.
    features: Vec<usize>,
    random: Xoshiro256PlusPlus,
    histogram: [Count; MAX_BINS],
    few: Vec<(u8, Count)>,
}

impl Grower<'_> {
    fn grow(mut self) -> Tree {
        let drawn = |row: &u32| self.counts[*row as usize].all > 0;
        let mut rows: Vec<u32> = (0..self.counts.len() as u32).filter(drawn).collect();
        let mut count = Count::default();
        rows.iter()
            .for_each(|row| count.add(self.counts[*row as usize]));
        let mut nodes = vec![leaf(count)];
        let mut open = vec![Open {
            node: 0,
            from: 0,
            to: rows.len(),
            depth: 0,
            count,
        }];
        while let Some(next) = open.pop() {
            let own = &mut rows[next.from..next.to];
            let Some(best) = self.best(own, &next) else {
                continue;
            };
            let column = &self.binned.columns[best.feature];
            let is_left = |row: u32| usize::from(column[row as usize]) <= best.bin;
            let middle = next.from + partition(own, is_left);
            let left = nodes.len();
            nodes[next.node].split = Some(Split {
                feature: best.feature as u16,
                threshold: self.binned.threshold(best.feature, best.bin),
                left: left as u32,
            });
            let right = next.count.without(best.left);
            let parts = [(next.from, middle, best.left), (middle, next.to, right)];
            for (place, (from, to, count)) in parts.into_iter().enumerate() {
                nodes.push(leaf(count));
                open.push(Open {
                    node: left + place,
                    from,
                    to,
                    depth: next.depth + 1,
                    count,
                });
            }
        }
        Tree { nodes }
    }

    /// The best split among a draw of the features; where none of them can split, others are tried.
    fn best(&mut self, rows: &[u32], open: &Open) -> Option<Candidate> {
        let least = self.options.min_samples_leaf.max(1) as u32;
        let is_done = open.depth >= self.options.max_depth;
        if is_done || open.count.is_pure() || open.count.all < 2 * least {
            return None;
        }
        let all = self.features.len();
        let wanted = self.options.features_per_split;
        let wanted = wanted.unwrap_or((all as f64).sqrt() as usize).clamp(1, all);
        let mut best: Option<Candidate> = None;
        for tried in 0..all {
            if tried >= wanted && best.is_some() {
                break;
            }
            let drawn = self.random.random_range(tried..all);
            self.features.swap(tried, drawn);
            let feature = self.features[tried];
            let found = self.of_feature(feature, rows, open.count, least);
            let purity = |one: Option<Candidate>| one.map_or(0.0, |one| one.purity);
            if purity(found) > purity(best) {
                best = found;
            }
        }
        best
    }

    fn of_feature(
        &mut self,
        feature: usize,
        rows: &[u32],
        total: Count,
        least: u32,
    ) -> Option<Candidate> {
        let column = &self.binned.columns[feature];
        let mut search = Search {
            feature,
            total,
            least,
            // A split has to be better than none.
            best: None,
            purity: total.purity() + LEAST_GAIN,
            left: Count::default(),
        };
        if rows.len() < FEW_ROWS {
            self.few.clear();
            self.few.extend(
                rows.iter()
                    .map(|row| (column[*row as usize], self.counts[*row as usize])),
            );
            self.few.sort_unstable_by_key(|(bin, _)| *bin);
            let mut few = self.few.iter().peekable();
            while let Some((bin, count)) = few.next() {
                search.left.add(*count);
                // A bin is split from the next one, not through its middle.
                if few.peek().is_some_and(|(next, _)| next != bin) {
                    search.look(usize::from(*bin));
                }
            }
            return search.best;
        }
        let splits = self.binned.splits(feature);
        self.histogram[..=splits].fill(Count::default());
        for row in rows {
            self.histogram[usize::from(column[*row as usize])].add(self.counts[*row as usize]);
        }
        for (bin, count) in self.histogram[..splits].iter().enumerate() {
            if count.all > 0 {
                search.left.add(*count);
                search.look(bin);
            }
        }
        search.best
    }
}

/// Impurity that is taken away by less than this is noise of rounding.
const LEAST_GAIN: f64 = 1e-9;

/// Goes through the bins of one feature from below.
struct Search {
    feature: usize,
    total: Count,
    least: u32,
    best: Option<Candidate>,
    /// What has to be beaten.
    purity: f64,
    left: Count,
}

impl Search {
    /// Splits after a bin, if that is better.
    fn look(&mut self, bin: usize) {
        let right = self.total.without(self.left);
        if self.left.all < self.least || right.all < self.least {
            return;
        }
        let purity = self.left.purity() + right.purity();
        if purity > self.purity {
            self.purity = purity;
            self.best = Some(Candidate {
                purity,
                feature: self.feature,
                bin,
                left: self.left,
            });
        }
    }
}

fn leaf(count: Count) -> Node {
    Node {
        split: None,
        value: (f64::from(count.attacks) / f64::from(count.all.max(1))) as f32,
        cover: count.all.max(1) as f32,
    }
}

/// Puts those that go left before the others, and says how many they are.
fn partition(rows: &mut [u32], is_left: impl Fn(u32) -> bool) -> usize {
    let mut left = 0;
    for at in 0..rows.len() {
        if is_left(rows[at]) {
            rows.swap(left, at);
            left += 1;
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::super::{Trainer, train as train_by};
    use super::*;

    fn data(rows: usize, seed: u64) -> (Vec<Vec<f32>>, Vec<bool>) {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        (0..rows)
            .map(|_| {
                let mut row: Vec<f32> = (0..8).map(|_| random.random_range(-1.0..1.0)).collect();
                let signal = f64::from(row[0] * row[1] + row[2]) + f64::from(row[3] > 0.5);
                let label = random.random_bool(1.0 / (1.0 + libm::exp(-6.0 * (signal - 0.8))));
                if random.random_bool(0.2) {
                    row[4] = f32::NAN;
                }
                (row, label)
            })
            .unzip()
    }

    fn said(trees: &[Tree], row: &[f32]) -> f64 {
        let leaves = trees.iter().map(|tree| tree.nodes[tree.leaf(row)].value);
        leaves.map(f64::from).sum::<f64>() / trees.len() as f64
    }

    fn brier(trees: &[Tree], rows: &[Vec<f32>], labels: &[bool]) -> f64 {
        let error = |(row, label): (&Vec<f32>, &bool)| {
            (said(trees, row) - f64::from(u8::from(*label))).powi(2)
        };
        rows.iter().zip(labels).map(error).sum::<f64>() / rows.len() as f64
    }

    /// On rows that neither has seen it is as right as smartcore's.
    #[test]
    fn it_is_as_good_as_the_oracle() {
        let ((rows, labels), (unseen, truth)) = (data(4_000, 3), data(4_000, 4));
        let slices: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let [ours, theirs] = [Trainer::Histogram, Trainer::Smartcore].map(|trainer| {
            let options = RandomOptions {
                trainer,
                trees: 40,
                max_depth: 14,
                min_samples_leaf: 3,
                features_per_split: Some(3),
                seed: 1,
            };
            let trees = train_by(&slices, &labels, None, options).unwrap();
            assert!(trees.iter().all(|tree| tree.validate(8).is_ok()));
            brier(&trees, &unseen, &truth)
        });
        assert!(
            (ours / theirs - 1.0).abs() < 0.03,
            "{ours} against {theirs}"
        );
    }

    /// A row that is drawn twice as often counts twice, and one of weight 0 not at all.
    #[test]
    fn weights_say_how_often_a_row_is_drawn() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(9);
        let labels = [true, false, true];
        let ends = cumulative(&[2.0, 1.0, 0.0]);
        let mut drawn = [0u32; 3];
        for _ in 0..4_000 {
            let counts = draw(&labels, Some(&ends), &mut random);
            for (sum, count) in drawn.iter_mut().zip(&counts) {
                *sum += count.all;
            }
        }
        assert_eq!(drawn[2], 0);
        let ratio = f64::from(drawn[0]) / f64::from(drawn[1]);
        assert!((ratio - 2.0).abs() < 0.1, "{drawn:?}");
    }

    /// The same seed gives the same trees; leaves hold enough draws, and no tree is too deep.
    #[test]
    fn it_repeats_and_keeps_its_bounds() {
        let (rows, labels) = data(1_500, 5);
        let slices: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let options = RandomOptions {
            trees: 6,
            max_depth: 5,
            min_samples_leaf: 20,
            seed: 2,
            ..RandomOptions::default()
        };
        let trees = train(&slices, &labels, None, options);
        assert_eq!(trees, train(&slices, &labels, None, options));
        for tree in &trees {
            let leaves = tree.nodes.iter().filter(|node| node.split.is_none());
            assert!(leaves.clone().all(|leaf| leaf.cover >= 20.0));
            assert!(leaves.count() <= 32);
        }
    }

    /// What is missing goes left, also where nothing else tells the rows apart.
    #[test]
    fn missing_can_be_the_split() {
        let rows: Vec<Vec<f32>> = (0..400)
            .map(|row| vec![if row % 2 == 0 { f32::NAN } else { 1.0 }])
            .collect();
        let labels: Vec<bool> = (0..400).map(|row| row % 2 == 0).collect();
        let slices: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let options = RandomOptions {
            trees: 3,
            ..RandomOptions::default()
        };
        let trees = train(&slices, &labels, None, options);
        assert!(said(&trees, &[f32::NAN]) > 0.99 && said(&trees, &[1.0]) < 0.01);
    }
}
