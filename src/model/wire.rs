//! The payload of a model file: CBOR, trees as columns.

use serde::{Deserialize, Serialize};

use super::{Calibration, Card, ModelParts, Novelty, Reference};
use crate::forest::{Node, Split, Tree};

/// A forest as columns over all its nodes; a node whose left child is 0 is a leaf.
#[derive(Serialize, Deserialize)]
struct Forest {
    /// Nodes of each tree.
    sizes: Vec<u32>,
    features: Vec<u16>,
    thresholds: Vec<f32>,
    lefts: Vec<u32>,
    values: Vec<f32>,
    covers: Vec<f32>,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    card: Card,
    random: Forest,
    isolation: Forest,
    boosted: Forest,
    isolation_sample: u32,
    calibration: Calibration,
    /// Files of older programs have none.
    #[serde(default)]
    novelty: Novelty,
    threshold: f64,
    threshold_first: f64,
    usual: Vec<f32>,
    references: Vec<Reference>,
}

impl Forest {
    fn from_trees(trees: &[Tree]) -> Self {
        let nodes: Vec<&Node> = trees.iter().flat_map(|tree| &tree.nodes).collect();
        let column = |read: &dyn Fn(&Split) -> u32| {
            nodes
                .iter()
                .map(|node| node.split.as_ref().map_or(0, read))
                .collect()
        };
        Self {
            sizes: trees.iter().map(|tree| tree.nodes.len() as u32).collect(),
            features: nodes
                .iter()
                .map(|node| node.split.map_or(0, |split| split.feature))
                .collect(),
            thresholds: nodes
                .iter()
                .map(|node| node.split.map_or(0.0, |split| split.threshold))
                .collect(),
            lefts: column(&|split| split.left),
            values: nodes
                .iter()
                .map(|node| {
                    if node.split.is_some() {
                        0.0
                    } else {
                        node.value
                    }
                })
                .collect(),
            covers: nodes.iter().map(|node| node.cover).collect(),
        }
    }

    fn into_trees(self) -> Result<Vec<Tree>, String> {
        let total: usize = self.sizes.iter().map(|size| *size as usize).sum();
        let lengths = [
            self.features.len(),
            self.thresholds.len(),
            self.lefts.len(),
            self.values.len(),
            self.covers.len(),
        ];
        if lengths.iter().any(|length| *length != total) {
            return Err("a forest's columns differ in length".to_owned());
        }
        let node = |index: usize| Node {
            split: (self.lefts[index] != 0).then(|| Split {
                feature: self.features[index],
                threshold: self.thresholds[index],
                left: self.lefts[index],
            }),
            value: self.values[index],
            cover: self.covers[index],
        };
        let mut start = 0;
        let tree = |size: &u32| {
            let nodes = (start..start + *size as usize).map(node).collect();
            start += *size as usize;
            Tree { nodes }
        };
        Ok(self.sizes.iter().map(tree).collect())
    }
}

pub(super) fn encode(parts: &ModelParts) -> Result<Vec<u8>, String> {
    let payload = Payload {
        card: parts.card.clone(),
        random: Forest::from_trees(&parts.random),
        isolation: Forest::from_trees(&parts.isolation),
        boosted: Forest::from_trees(&parts.boosted),
        isolation_sample: parts.isolation_sample,
        calibration: parts.calibration,
        novelty: parts.novelty.clone(),
        threshold: parts.threshold,
        threshold_first: parts.threshold_first,
        usual: parts.usual.clone(),
        references: parts.references.clone(),
    };
    let mut bytes = Vec::new();
    ciborium::into_writer(&payload, &mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

pub(super) fn decode(bytes: &[u8]) -> Result<ModelParts, String> {
    let payload: Payload = ciborium::from_reader(bytes).map_err(|error| error.to_string())?;
    Ok(ModelParts {
        card: payload.card,
        random: payload.random.into_trees()?,
        isolation: payload.isolation.into_trees()?,
        boosted: payload.boosted.into_trees()?,
        isolation_sample: payload.isolation_sample,
        calibration: payload.calibration,
        novelty: payload.novelty,
        threshold: payload.threshold,
        threshold_first: payload.threshold_first,
        usual: payload.usual,
        references: payload.references,
    })
}
