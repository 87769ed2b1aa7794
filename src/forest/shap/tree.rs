//! Explains one tree for a batch of rows.
//!
//! A tree is gone through without recursion: down, multiplying the products of the eight points,
//! and back up, adding the leaves together and crediting each split's feature. What a split
//! multiplies by depends on the row in one way only, by its [outcome](Outcome), so it is worked out
//! once for a batch of rows, tree by tree: one tree's tables fit in the cache, those of a forest
//! would not.

use crate::forest::{self, MAX_FEATURES, Row, Tree};

/// Gauss-Legendre nodes on 0..1.
pub(super) const NODES: [f64; 8] = [
    0.019_855_071_751_231_884,
    0.101_666_761_293_186_64,
    0.237_233_795_041_835_5,
    0.408_282_678_752_175_1,
    0.591_717_321_247_825,
    0.762_766_204_958_164_5,
    0.898_333_238_706_813_4,
    0.980_144_928_248_768_1,
];
pub(super) const WEIGHTS: [f64; 8] = [
    0.050_614_268_145_188_13,
    0.111_190_517_226_687_24,
    0.156_853_322_938_943_63,
    0.181_341_891_689_181,
    0.181_341_891_689_181,
    0.156_853_322_938_943_63,
    0.111_190_517_226_687_24,
    0.050_614_268_145_188_13,
];

/// 1 less each node.
const RESTS: [f64; 8] = {
    let mut rests = [1.0; 8];
    let mut point = 0;
    while point < 8 {
        rests[point] -= NODES[point];
        point += 1;
    }
    rests
};

/// Numbers at the eight points.
type Points = [f64; 8];

/// A split, with all that an explanation needs of its path.
#[derive(Clone, Copy, Debug)]
pub(in crate::forest) struct Branch {
    feature: u8,
    threshold: f32,
    /// Where the split itself stands; its children stand at twice its number plus 1 and 2.
    place: u32,
    /// The child by which the path left the last split by the same feature; the root where there is
    /// none.
    earlier: u32,
    /// The share of `earlier`, 1 for the root.
    earlier_share: f64,
    /// The shares of the feature below, left and right.
    shares: [f64; 2],
    /// The values of children that are leaves, 1 for others.
    values: [f64; 2],
}

/// The splits of a tree, parents before their children.
pub(in crate::forest) type Branches = Vec<Branch>;

/// Where a row goes at a split; the first two are the numbers of the children.
#[derive(Clone, Copy)]
enum Outcome {
    Left,
    Right,
    /// The row left the path at an earlier split by the same feature.
    Off,
}

/// What a split says for one outcome, left child and right child.
#[derive(Clone, Copy, Default)]
struct Entry {
    /// Multiplies the products.
    factors: [Points; 2],
    /// Credits the feature for what is below, less what its earlier split was credited for the same
    /// leaves, so that only the last one counts.
    credits: [Points; 2],
}

pub(super) fn branches(tree: &Tree) -> Branches {
    // (node, its place, the path above: feature, place and share of each step)
    let mut open = vec![(0usize, 0u32, Vec::<(u16, u32, f64)>::new())];
    let mut branches = Vec::new();
    while let Some((at, place, path)) = open.pop() {
        let Some(split) = tree.nodes[at].split else {
            continue;
        };
        let last = path
            .iter()
            .rev()
            .find(|(feature, ..)| *feature == split.feature);
        let (earlier, earlier_share) = last.map_or((0, 1.0), |(_, place, share)| (*place, *share));
        let children = split.children().map(|child| tree.nodes[child]);
        let covers = children.map(|child| f64::from(child.cover));
        let shares = covers.map(|cover| earlier_share * cover / (covers[0] + covers[1]));
        let left = 2 * branches.len() as u32 + 1;
        for ((child, place), share) in split.children().into_iter().zip(left..).zip(shares) {
            if tree.nodes[child].split.is_some() {
                let mut path = path.clone();
                path.push((split.feature, place, share));
                open.push((child, place, path));
            }
        }
        branches.push(Branch {
            feature: split.feature as u8,
            threshold: split.threshold,
            place,
            earlier,
            earlier_share,
            shares,
            values: children.map(|child| match child.split {
                Some(_) => 1.0,
                None => f64::from(child.value),
            }),
        });
    }
    branches
}

impl Branch {
    /// The entries of all outcomes.
    #[inline(always)]
    fn entries(&self) -> [Entry; 3] {
        let mut entries = [Entry::default(); 3];
        let before = each(|point| 1.0 / (NODES[point] + RESTS[point] * self.earlier_share));
        let credit_before = each(|point| (1.0 - self.earlier_share) * before[point]);
        for child in 0..2 {
            let (share, value) = (self.shares[child], self.values[child]);
            let factor = each(|point| NODES[point] + RESTS[point] * share);
            let credit = each(|point| (1.0 - share) / factor[point] - credit_before[point]);
            let follows = &mut entries[child];
            follows.factors[child] = each(|point| factor[point] * before[point] * value);
            follows.credits[child] = each(|point| WEIGHTS[point] * credit[point]);
            let averaged = &mut entries[1 - child];
            averaged.factors[child] = each(|point| RESTS[point] * share * before[point] * value);
            averaged.credits[child] =
                each(|point| WEIGHTS[point] * (-1.0 / RESTS[point] - credit_before[point]));
            entries[Outcome::Off as usize].factors[child] = [share / self.earlier_share * value; 8];
        }
        entries
    }
}

/// Rows that are explained together, and room for the work on one tree.
#[derive(Default)]
pub(in crate::forest) struct Batch {
    rows: Vec<Row>,
    /// By row and feature, what is to be added up over the points.
    sums: Vec<[Points; MAX_FEATURES]>,
    entries: Vec<[Entry; 3]>,
    outcomes: Vec<Outcome>,
    /// By place: whether the row follows the path of its last feature, and the products, later the
    /// sums from below.
    follows: Vec<bool>,
    products: Vec<Points>,
}

impl Batch {
    /// Rows to explain, at most [`MAX_FEATURES`] values each.
    pub(super) fn take<R: AsRef<[f32]>>(&mut self, rows: &[R]) {
        self.rows = rows.iter().map(|row| forest::row(row.as_ref())).collect();
        self.sums = vec![[[0.0; 8]; MAX_FEATURES]; rows.len()];
    }

    /// By row and feature, its share at each of the points.
    pub(super) fn sums(&self) -> &[[Points; MAX_FEATURES]] {
        &self.sums
    }

    /// Inlined, so that it is compiled for the vectors of each caller.
    #[inline(always)]
    pub(in crate::forest) fn explain(&mut self, trees: &[Branches]) {
        for branches in trees {
            self.entries.clear();
            // A loop, for an iterator's insides would not be compiled for the caller's vectors.
            for branch in branches {
                self.entries.push(branch.entries());
            }
            self.outcomes.clear();
            self.outcomes.resize(branches.len(), Outcome::Off);
            self.follows.resize(2 * branches.len() + 1, true);
            self.products.resize(2 * branches.len() + 1, [1.0; 8]);
            for row in 0..self.rows.len() {
                self.descend(branches, row);
                self.ascend(branches, row);
            }
        }
    }

    #[inline(always)]
    fn descend(&mut self, branches: &[Branch], row: usize) {
        let row = &self.rows[row];
        self.follows[0] = true;
        self.products[0] = [1.0; 8];
        let steps = branches.iter().zip(&self.entries).zip(&mut self.outcomes);
        for (number, ((branch, entries), outcome)) in steps.enumerate() {
            let right = row[usize::from(branch.feature) % MAX_FEATURES] > branch.threshold;
            *outcome = match (self.follows[branch.earlier as usize], right) {
                (false, _) => Outcome::Off,
                (true, false) => Outcome::Left,
                (true, true) => Outcome::Right,
            };
            let entry = &entries[*outcome as usize];
            let product = self.products[branch.place as usize];
            let left = 2 * number + 1;
            self.follows[left] = matches!(outcome, Outcome::Left);
            self.follows[left + 1] = matches!(outcome, Outcome::Right);
            self.products[left] = each(|point| product[point] * entry.factors[0][point]);
            self.products[left + 1] = each(|point| product[point] * entry.factors[1][point]);
        }
    }

    #[inline(always)]
    fn ascend(&mut self, branches: &[Branch], row: usize) {
        let sums = &mut self.sums[row];
        let steps = branches.iter().zip(&self.entries).zip(&self.outcomes);
        for (number, ((branch, entries), outcome)) in steps.enumerate().rev() {
            let [left, right] = [2 * number + 1, 2 * number + 2].map(|place| self.products[place]);
            let credits = &entries[*outcome as usize].credits;
            let sum = &mut sums[usize::from(branch.feature) % MAX_FEATURES];
            let place = &mut self.products[branch.place as usize];
            for point in 0..8 {
                sum[point] += credits[0][point] * left[point] + credits[1][point] * right[point];
                place[point] = left[point] + right[point];
            }
        }
    }
}

/// A number for each point; a loop of its own, so that it becomes a vector.
#[inline(always)]
fn each(number: impl Fn(usize) -> f64) -> Points {
    let mut points = [0.0; 8];
    for (point, slot) in points.iter_mut().enumerate() {
        *slot = number(point);
    }
    points
}
