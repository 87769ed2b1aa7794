//! How to train, and why there may be no model.

use std::collections::HashMap;
use std::sync::Arc;

use super::dataset::Labelled;
use crate::detector::Rules;
use crate::forest::Tree;
use crate::forest::arena::CompileError;
use crate::forest::random::{TrainError, Trainer};
use crate::login::Id;
use crate::model::{Model, ModelError};
use crate::profile::ProfileLimits;

/// What separates the logins that teach from those that are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldOut {
    /// Later logins.
    Time,
    /// Other tenants.
    Tenants,
    /// Other users.
    Users,
    /// Attacks of other families, and other users: what is found of what was never seen.
    Families,
}

/// A model that is there already.
#[derive(Clone, Debug)]
pub struct Rival {
    /// As people know it.
    pub name: String,
    /// Whether it is of made-up companies, and so has seen nobody's logins.
    pub is_shipped: bool,
    pub model: Arc<Model>,
}

/// How many times the logins of a tenant count; once where nothing is said.
#[derive(Clone, Debug, Default)]
pub struct TenantWeights(pub HashMap<Id, f64>);

impl TenantWeights {
    /// How many times a login counts.
    #[must_use]
    pub fn of(&self, login: &Labelled) -> f64 {
        self.0.get(&login.login.tenant).copied().unwrap_or(1.0)
    }
}

/// How to train.
#[derive(Clone, Debug)]
pub struct TrainOptions {
    pub seed: u64,
    /// Who grows the random forest.
    pub trainer: Trainer,
    /// Of the random and of the isolation forest, each.
    pub trees: usize,
    pub boosted_trees: usize,
    pub max_depth: u16,
    pub max_false_positive_rate: f64,
    /// The share of them that belongs to what was never seen.
    pub novelty_share: f64,
    /// Groups of logins, each judged by trees that have not seen them.
    pub folds: usize,
    pub hold_out: HoldOut,
    /// What the trees learn from counts by its tenant.
    pub weights: TenantWeights,
    /// Boosted trees of another model, to begin with.
    pub prior: Vec<Tree>,
    /// How long it takes until an attack is known to be one.
    pub label_delay_ms: i64,
    pub limits: ProfileLimits,
    /// They flag whatever the risk says, and have their part of the false alarms.
    pub rules: Rules,
    /// Models that are there already, to compare with.
    pub rivals: Vec<Rival>,
    /// For the card.
    pub inputs: Vec<String>,
}

/// Why there is no model.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    #[error(transparent)]
    Damaged(#[from] crate::profile::DamagedCell),
    #[error(
        "only {attacks} attacks and {honest} honest logins in the {part} part, {other_attacks} and \
         {other_honest} in the rest; training needs at least {least} of each in both"
    )]
    TooFew {
        part: &'static str,
        attacks: usize,
        honest: usize,
        other_attacks: usize,
        other_honest: usize,
        least: usize,
    },
    #[error(
        "the attacks are of {0} families; holding families out needs a field `attack` that names three \
         at least; hold out time instead"
    )]
    TooFewFamilies(usize),
    #[error(transparent)]
    Forest(#[from] TrainError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("the trees cannot be compiled: {0}")]
    Compile(#[from] CompileError),
}
