//! Against scikit-learn and shap: trees of the one in our form give its scores, and the
//! contributions of the other.

use nightlatch::forest::isolation::{average_path_length, score};
use nightlatch::forest::shap::Explainer;
use nightlatch::forest::{self, Arena, Node, Split, Tree, round_down};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    max_samples: usize,
    trees: Vec<GoldenTree>,
    rows: Vec<Vec<f32>>,
    scores: Vec<f64>,
}

#[derive(Deserialize)]
struct GoldenTree {
    feature: Vec<i32>,
    threshold: Vec<f64>,
    left: Vec<i32>,
    right: Vec<i32>,
    samples: Vec<usize>,
    #[serde(default)]
    cover: Vec<f32>,
    #[serde(default)]
    value: Vec<f64>,
}

/// The tree breadth first, siblings adjacent; `value` gives what a node is worth by its number and
/// depth.
fn tree_with(golden: &GoldenTree, value: impl Fn(usize, usize) -> f32) -> Tree {
    let mut order = vec![(0usize, 0usize)];
    let mut nodes = Vec::new();
    while let Some(&(at, depth)) = order.get(nodes.len()) {
        let split = (golden.feature[at] >= 0).then(|| Split {
            feature: golden.feature[at] as u16,
            threshold: round_down(golden.threshold[at]),
            left: order.len() as u32,
        });
        if split.is_some() {
            order.extend(
                [golden.left[at], golden.right[at]].map(|child| (child as usize, depth + 1)),
            );
        }
        nodes.push(Node {
            split,
            value: value(at, depth),
            cover: golden
                .cover
                .get(at)
                .copied()
                .unwrap_or(golden.samples[at] as f32),
        });
    }
    Tree { nodes }
}

/// A leaf is worth its depth and what its rows would have added.
fn isolation_tree(golden: &GoldenTree) -> Tree {
    tree_with(golden, |at, depth| {
        (depth as f64 + average_path_length(golden.samples[at])) as f32
    })
}

#[derive(Deserialize)]
struct GoldenShap {
    rows: Vec<Vec<f32>>,
    random: Explained,
    isolation: Explained,
}

#[derive(Deserialize)]
struct Explained {
    trees: Vec<GoldenTree>,
    contributions: Vec<Vec<f64>>,
}

fn largest_error(trees: &[Tree], rows: &[Vec<f32>], expected: &[Vec<f64>]) -> f64 {
    let mut found: Vec<Vec<f64>> = rows.iter().map(|row| vec![0.0; row.len()]).collect();
    Explainer::new(trees).add_contributions(rows, 1.0, &mut found);
    let pairs = found.iter().flatten().zip(expected.iter().flatten());
    pairs.fold(0.0, |largest, (found, expected)| {
        largest.max((found - expected).abs())
    })
}

/// The package explains the mean of the random forest's leaves, and the mean depth of the isolation
/// forest's.
#[test]
fn contributions_are_those_of_the_shap_package() {
    let golden: GoldenShap = serde_json::from_str(include_str!("../data/shap.json")).unwrap();
    let random: Vec<Tree> = golden
        .random
        .trees
        .iter()
        .map(|golden| tree_with(golden, |at, _| golden.value[at] as f32))
        .collect();
    let error = largest_error(&random, &golden.rows, &golden.random.contributions);
    assert!(error < 1e-6, "random forest: {error}");
    let isolation: Vec<Tree> = golden.isolation.trees.iter().map(isolation_tree).collect();
    let error = largest_error(&isolation, &golden.rows, &golden.isolation.contributions);
    assert!(error < 1e-6, "isolation forest: {error}");
}

#[test]
fn the_isolation_score_is_that_of_scikit_learn() {
    let golden: Golden = serde_json::from_str(include_str!("../data/isolation.json")).unwrap();
    let trees: Vec<Tree> = golden.trees.iter().map(isolation_tree).collect();
    assert!(trees.iter().all(|tree| tree.validate(4).is_ok()));
    let forest = Arena::compile(&trees, 64).unwrap();
    for (row, expected) in golden.rows.iter().zip(&golden.scores) {
        let found = score(forest.mean(&forest::row(row)), golden.max_samples);
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }
}
