//! Against scikit-learn: its trees in our form give its scores.

#![allow(clippy::unwrap_used)]

use nightlatch::forest::isolation::{average_path_length, score};
use nightlatch::forest::{Arena, Node, Split, Tree, arena, round_down};
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
}

/// The tree breadth first, siblings adjacent; a leaf is worth its depth and what its rows would have added.
fn tree(golden: &GoldenTree) -> Tree {
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
        let value = (depth as f64 + average_path_length(golden.samples[at])) as f32;
        nodes.push(Node {
            split,
            value,
            cover: golden.samples[at] as f32,
        });
    }
    Tree { nodes }
}

#[test]
fn the_isolation_score_is_that_of_scikit_learn() {
    let golden: Golden = serde_json::from_str(include_str!("data/isolation.json")).unwrap();
    let trees: Vec<Tree> = golden.trees.iter().map(tree).collect();
    assert!(trees.iter().all(|tree| tree.validate(4).is_ok()));
    let forest = Arena::compile(&trees, 64).unwrap();
    for (row, expected) in golden.rows.iter().zip(&golden.scores) {
        let found = score(forest.mean(&arena::row(row)), golden.max_samples);
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }
}
