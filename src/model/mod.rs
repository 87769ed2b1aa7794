//! A model: two forests, the boosted trees that correct them, their calibration, the alert
//! threshold, and the card that says where they come from.

pub mod calibration;
pub mod card;
pub mod envelope;
mod metrics;
pub mod novelty;
pub mod reference;
mod wire;

use std::path::Path;

pub use calibration::{Calibration, Outputs, PARTS, Part, Sample};
use calibration::{forest_log_odds, logistic};
pub use card::Card;
pub use envelope::EnvelopeError;
pub use metrics::ModelMetrics;
pub use novelty::Novelty;
pub use reference::Reference;

use crate::features::{self, Values};
use crate::forest::arena::CompileError;
use crate::forest::boosted;
use crate::forest::isolation::{self, average_path_length};
use crate::forest::shap::{Explainer, expected_value};
use crate::forest::{self, Arena, InvalidTree, Row, Tree};

/// The model that is built into the program, so that it works from anywhere.
const SHIPPED: &[u8] = include_bytes!("../../models/default.cbor");

/// A user's first logins are as many as these, failed ones included.
pub const FIRST_LOGINS: u32 = 10;

/// The deepest an isolation tree's leaf can be worth.
pub(crate) const MAX_PATH_LENGTH: u32 = 64;

/// The features whose sum is the likelihood ratio of Freeman et al.
const LIKELIHOOD_RATIOS: [&str; 2] = ["network_likelihood_ratio", "agent_likelihood_ratio"];

/// A ratio that cannot be known speaks for neither side.
fn known(ratio: f32) -> f64 {
    if ratio.is_nan() {
        0.0
    } else {
        f64::from(ratio)
    }
}

/// Everything a model file says.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelParts {
    pub card: Card,
    pub random: Vec<Tree>,
    pub isolation: Vec<Tree>,
    /// Leaves within [`boosted::LARGEST_LEAF`], log-odds.
    pub boosted: Vec<Tree>,
    /// Rows each isolation tree was grown from.
    pub isolation_sample: u32,
    pub calibration: Calibration,
    pub novelty: Novelty,
    /// The risk from which a login is flagged.
    pub threshold: f64,
    /// The same for a user's first logins ([`FIRST_LOGINS`]), when there is little to compare with.
    pub threshold_first: f64,
    /// The median of each feature over honest logins: what "usual" means in an alert.
    pub usual: Vec<f32>,
    /// How each feature was spread in the training.
    pub references: Vec<Reference>,
}

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("{0}")]
    Unreadable(#[from] std::io::Error),
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    #[error("the model file cannot be decoded: {0}")]
    Payload(String),
    #[error("the model file is not consistent: {0}")]
    Tree(#[from] InvalidTree),
    #[error("the model file is not consistent: {0}")]
    Compile(#[from] CompileError),
    #[error("the model file is not consistent: {0}")]
    Inconsistent(&'static str),
}

/// The outputs for one login.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scores {
    /// Calibrated probability of an attack, 0 to 1; more, where the login is novel.
    pub risk: f64,
    /// The same without novelty: what the parts say together.
    pub fused: f64,
    /// The share of honest logins that are as far from what is usual; `None` where it is not rare.
    pub rarity: Option<f64>,
    /// The random forest's probability.
    pub random_forest: f64,
    /// The isolation forest's score, as scikit-learn's `-score_samples`.
    pub isolation_forest: f64,
    /// The sum of the boosted trees, log-odds.
    pub boosted: f64,
    /// How much less usual network and agent are for the user than for everybody, nats.
    pub likelihood_ratio: f64,
}

/// A checked and compiled model.
#[derive(Debug)]
pub struct Model {
    parts: ModelParts,
    random: Arena,
    isolation: Arena,
    boosted: boosted::Sum,
    /// Of the random forest, the isolation forest and the boosted trees.
    explainers: [Explainer; 3],
    /// What the random forest says in the mean, where its explanations start.
    usual_probability: f64,
    /// Where the parts of the likelihood ratio stand among the features.
    ratios: [usize; 2],
    checksum: String,
}

impl Model {
    /// Checks and compiles what was trained.
    pub fn new(parts: ModelParts) -> Result<Self, ModelError> {
        let payload = wire::encode(&parts).map_err(ModelError::Payload)?;
        Self::compile(parts, blake3::hash(&payload))
    }

    /// Reads a model from the bytes of its file.
    pub fn from_bytes(file: &[u8]) -> Result<Self, ModelError> {
        let (payload, checksum) = envelope::open(file, &features::list_hash())?;
        let parts = wire::decode(payload).map_err(ModelError::Payload)?;
        Self::compile(parts, checksum)
    }

    /// Reads a model file.
    pub fn load(path: &Path) -> Result<Self, ModelError> {
        Self::from_bytes(&std::fs::read(path)?)
    }

    /// The model that comes with the program.
    pub fn shipped() -> Result<Self, ModelError> {
        Self::from_bytes(SHIPPED)
    }

    /// The bytes of its file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ModelError> {
        let payload = wire::encode(&self.parts).map_err(ModelError::Payload)?;
        Ok(envelope::seal(&payload, &features::list_hash()))
    }

    fn compile(parts: ModelParts, checksum: blake3::Hash) -> Result<Self, ModelError> {
        let trees = parts.random.iter().chain(&parts.isolation);
        for tree in trees.chain(&parts.boosted) {
            tree.validate(features::COUNT)?;
        }
        let inconsistent = |message| Err(ModelError::Inconsistent(message));
        if parts.random.is_empty() || parts.isolation.is_empty() {
            return inconsistent("a forest has no trees");
        }
        if parts.usual.len() != features::COUNT {
            return inconsistent("the usual values are not one a feature");
        }
        let references = &parts.references;
        if references.len() != features::COUNT || !references.iter().all(Reference::is_valid) {
            return inconsistent("the spreads are not one a feature");
        }
        if !parts.calibration.is_valid() {
            return inconsistent("the calibration is not one");
        }
        if !parts.novelty.is_valid() {
            return inconsistent("the curve of novelty is not one");
        }
        if [parts.threshold, parts.threshold_first]
            .iter()
            .any(|risk| !(0.0..=1.0).contains(risk))
        {
            return inconsistent("a threshold is not within 0 to 1");
        }
        let [Some(network), Some(agent)] = LIKELIHOOD_RATIOS.map(features::index) else {
            return inconsistent("a part of the likelihood ratio is no feature");
        };
        if parts.isolation_sample < 2 {
            return inconsistent("the isolation forest's sample is below 2 rows");
        }
        Ok(Self {
            random: Arena::compile(&parts.random, 1)?,
            isolation: Arena::compile(&parts.isolation, MAX_PATH_LENGTH)?,
            boosted: boosted::Sum::compile(&parts.boosted)?,
            explainers: [&parts.random, &parts.isolation, &parts.boosted]
                .map(|trees| Explainer::new(trees)),
            usual_probability: expected_value(&parts.random),
            ratios: [network, agent],
            checksum: checksum.to_hex()[..16].to_owned(),
            parts,
        })
    }

    /// Scores one login.
    #[must_use]
    pub fn score(&self, values: &Values) -> Scores {
        self.score_of(&self.outputs(values))
    }

    /// The scores of a login whose outputs are at hand.
    #[must_use]
    pub fn score_of(&self, outputs: &Outputs) -> Scores {
        Scores {
            risk: self.risk_of(outputs),
            fused: self.parts.calibration.risk(outputs),
            rarity: self.parts.novelty.rarity(outputs.isolation),
            random_forest: outputs.random,
            isolation_forest: isolation::score_of_relative_depth(outputs.isolation),
            boosted: outputs.boosted,
            likelihood_ratio: outputs.likelihood_ratio,
        }
    }

    /// The risk alone, bit for bit that of [`score`](Self::score): what has no weight in it is not
    /// walked.
    #[must_use]
    pub fn risk(&self, values: &Values) -> f64 {
        self.risk_of(&self.weighed_outputs(values))
    }

    /// The risk of a login whose outputs are at hand, or its
    /// [`weighed_outputs`](Self::weighed_outputs).
    #[must_use]
    pub fn risk_of(&self, outputs: &Outputs) -> f64 {
        logistic(self.log_odds_of(outputs).0)
    }

    /// The log-odds of the risk, where a probability near 1 hardly moves any more.
    #[must_use]
    pub fn log_odds(&self, values: &Values) -> f64 {
        self.log_odds_of(&self.weighed_outputs(values)).0
    }

    /// The log-odds of the risk, and whether they are more than the parts say together.
    fn log_odds_of(&self, outputs: &Outputs) -> (f64, bool) {
        let fused = self.parts.calibration.log_odds(outputs);
        match self.parts.novelty.log_odds(outputs.isolation) {
            Some(novel) if novel > fused => (novel, true),
            _ => (fused, false),
        }
    }

    /// What the parts say that count in the risk; 0 for the others, which are not walked.
    #[must_use]
    pub fn weighed_outputs(&self, values: &Values) -> Outputs {
        let row = forest::row(values);
        let calibration = &self.parts.calibration;
        let if_weighed = |weight: f64, output: &dyn Fn() -> f64| match weight == 0.0 {
            true => 0.0,
            false => output(),
        };
        Outputs {
            random: if_weighed(calibration.random, &|| self.random.mean(&row)),
            isolation: match self.walks_isolation() {
                true => self.relative_depth(&row),
                false => 0.0,
            },
            boosted: if_weighed(calibration.boosted, &|| self.boosted.of(&row)),
            likelihood_ratio: self.likelihood_ratio(values),
        }
    }

    /// The scores of a login whose [`weighed_outputs`](Self::weighed_outputs) are at hand: walks
    /// what they left out.
    #[must_use]
    pub fn score_from(&self, weighed: &Outputs, values: &Values) -> Scores {
        let calibration = &self.parts.calibration;
        let is_whole = calibration.random != 0.0 && calibration.boosted != 0.0;
        if is_whole && self.walks_isolation() {
            return self.score_of(weighed);
        }
        self.score(values)
    }

    fn walks_isolation(&self) -> bool {
        self.parts.calibration.isolation != 0.0 || !self.parts.novelty.is_empty()
    }

    /// What the parts say of one login, before they are weighed.
    #[must_use]
    pub fn outputs(&self, values: &Values) -> Outputs {
        let row = forest::row(values);
        Outputs {
            random: self.random.mean(&row),
            isolation: self.relative_depth(&row),
            boosted: self.boosted.of(&row),
            likelihood_ratio: self.likelihood_ratio(values),
        }
    }

    fn relative_depth(&self, row: &Row) -> f64 {
        self.isolation.mean(row) / self.average_depth()
    }

    fn likelihood_ratio(&self, values: &Values) -> f64 {
        self.ratios.map(|index| known(values[index])).iter().sum()
    }

    fn average_depth(&self) -> f64 {
        average_path_length(self.parts.isolation_sample as usize)
    }

    /// Each feature's share of the risk's log-odds, against the training rows' mean (exact
    /// TreeSHAP; the random forest's, which is exact for its probability, scaled to its log-odds)
    /// and a likelihood ratio of one. Those of a novel login are the isolation forest's, scaled to
    /// its log-odds.
    #[must_use]
    pub fn contributions(&self, values: &Values) -> Vec<f64> {
        self.contributions_of(&[values]).pop().unwrap_or_default()
    }

    /// The same of several logins. What is worked out for a tree is shared by them, so that an
    /// explanation costs less than one by itself. Stays on this thread: to use several, split the
    /// logins.
    #[must_use]
    pub fn contributions_of(&self, logins: &[&Values]) -> Vec<Vec<f64>> {
        let calibration = &self.parts.calibration;
        let mut all = vec![vec![0.0; features::COUNT]; logins.len()];
        if calibration.random != 0.0 {
            self.explainers[0].add_contributions(logins, 1.0, &mut all);
            for own in &mut all {
                let probability = self.usual_probability + own.iter().sum::<f64>();
                let weight = calibration.random * self.random_slope(probability);
                own.iter_mut().for_each(|one| *one *= weight);
            }
        }
        for (explainer, weight) in [
            (
                &self.explainers[1],
                calibration.isolation / self.average_depth(),
            ),
            (
                &self.explainers[2],
                calibration.boosted * self.parts.boosted.len() as f64,
            ),
        ] {
            if weight != 0.0 {
                explainer.add_contributions(logins, weight, &mut all);
            }
        }
        for (all, values) in all.iter_mut().zip(logins) {
            for index in self.ratios {
                all[index] += calibration.likelihood_ratio * known(values[index]);
            }
        }
        self.explain_novel(logins, &mut all);
        all
    }

    /// Puts what isolates a login in the place of what the parts say, where it is that which makes
    /// its risk.
    fn explain_novel(&self, logins: &[&Values], all: &mut [Vec<f64>]) {
        if self.parts.novelty.is_empty() {
            return;
        }
        for (own, values) in all.iter_mut().zip(logins) {
            let outputs = self.weighed_outputs(values);
            let (log_odds, is_novel) = self.log_odds_of(&outputs);
            if !is_novel {
                continue;
            }
            let moved: f64 = own.iter().sum();
            let usual = self.parts.calibration.log_odds(&outputs) - moved;
            let mut isolated = [vec![0.0; features::COUNT]];
            self.explainers[1].add_contributions(&[values], 1.0, &mut isolated);
            let [isolated] = isolated;
            let isolation: f64 = isolated.iter().sum();
            if isolation < 0.0 && log_odds > usual {
                let scale = (log_odds - usual) / isolation;
                *own = isolated.iter().map(|one| one * scale).collect();
            } else if let Some(most) =
                (0..own.len()).min_by(|one, other| isolated[*one].total_cmp(&isolated[*other]))
            {
                // Of a risk that is hardly raised: what isolates it most has the difference.
                own[most] += log_odds - usual - moved;
            }
        }
    }

    /// How much the random forest's log-odds move for its probability, from the mean to here: its
    /// exact values, which add up to the probability, are scaled by it to add up to the log-odds.
    fn random_slope(&self, probability: f64) -> f64 {
        let usual = self.usual_probability;
        if (probability - usual).abs() < 1e-9 {
            return 1.0 / (usual * (1.0 - usual)).max(1e-9);
        }
        let moved = forest_log_odds(probability) - forest_log_odds(usual);
        moved / (probability - usual)
    }

    /// What each part says of a login, and would say alone.
    #[must_use]
    pub fn parts_of(&self, scores: &Scores) -> [Part; PARTS.len()] {
        let outputs = Outputs {
            random: scores.random_forest,
            isolation: isolation::relative_depth_of_score(scores.isolation_forest),
            boosted: scores.boosted,
            likelihood_ratio: scores.likelihood_ratio,
        };
        let values = [
            scores.random_forest,
            scores.isolation_forest,
            scores.boosted,
            scores.likelihood_ratio,
        ];
        self.parts.calibration.said(&outputs, values)
    }

    #[must_use]
    pub fn threshold(&self) -> f64 {
        self.parts.threshold
    }

    #[must_use]
    pub fn threshold_first(&self) -> f64 {
        self.parts.threshold_first
    }

    #[must_use]
    pub fn usual(&self) -> &[f32] {
        &self.parts.usual
    }

    #[must_use]
    pub fn card(&self) -> &Card {
        &self.parts.card
    }

    #[must_use]
    pub fn parts(&self) -> &ModelParts {
        &self.parts
    }

    /// The first half of the payload's checksum: the name a model goes by in alerts and metrics.
    #[must_use]
    pub fn checksum(&self) -> &str {
        &self.checksum
    }
}

#[cfg(test)]
mod tests;
