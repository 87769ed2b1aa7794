//! What moved the risk of a login: which features raised it, and which spoke for the user.

use rayon::prelude::*;
use serde::Serialize;

use crate::features::natural::Seen;
use crate::features::{FEATURES, Values};
use crate::model::Model;
use crate::words::short;

/// What one feature added to the risk.
#[derive(Clone, Debug, Serialize)]
pub struct Contribution {
    pub feature: &'static str,
    /// What it is, for people.
    pub says: &'static str,
    /// Of the two values: one that people use.
    pub unit: &'static str,
    /// Null where it is missing.
    pub value: Option<f64>,
    /// The median over the honest logins that the model learnt from.
    pub usual: Option<f64>,
    /// Both as people say them.
    pub shown: String,
    pub shown_usual: String,
    /// In log-odds of the risk.
    pub contribution: f64,
}

/// What spoke for the user.
#[derive(Clone, Debug, Serialize)]
pub struct Mitigator {
    pub feature: &'static str,
    /// The value and what is usual, for people.
    pub text: String,
    /// In log-odds of the risk, below 0.
    pub contribution: f64,
}

/// What moved the risk of one login.
#[derive(Clone, Debug, Default)]
pub struct Moved {
    /// The features that moved it most, up or down.
    pub contributions: Vec<Contribution>,
    /// The features that lowered it most; empty where none did.
    pub mitigators: Vec<Mitigator>,
    /// The places of all features that raised it, those first that raised it most.
    pub raised: Vec<usize>,
}

/// Features that are told as what spoke for the user, and by how much at least, in log-odds.
const MOST_MITIGATORS: usize = 3;
const LEAST_LOWERED: f64 = 0.05;

impl Moved {
    /// Of what all features contributed ([`Model::contributions`]), the `top` that moved it most;
    /// nothing of any where those are none.
    #[must_use]
    pub fn of(model: &Model, values: &Values, contributions: &[f64], top: usize) -> Self {
        if top == 0 {
            return Self::default();
        }
        let mut all: Vec<(usize, f64)> = contributions.iter().copied().enumerate().collect();
        all.sort_by(|left, right| right.1.abs().total_cmp(&left.1.abs()));
        let largest = all.iter().take(top);
        let lowered = all.iter().filter(|one| one.1 <= -LEAST_LOWERED);
        let raised = all.iter().filter(|one| one.1 > 0.0);
        Self {
            contributions: largest
                .map(|&(index, by)| contribution(model, values, index, by))
                .collect(),
            mitigators: lowered
                .filter_map(|&(index, by)| mitigator(model, values, index, by))
                .take(MOST_MITIGATORS)
                .collect(),
            raised: raised.map(|one| one.0).collect(),
        }
    }
}

/// `None` of what people cannot read, and of what tells them nothing.
fn mitigator(model: &Model, values: &Values, index: usize, by: f64) -> Option<Mitigator> {
    let seen = Seen::of(index, values, model.usual()).filter(Seen::is_telling)?;
    Some(Mitigator {
        feature: FEATURES[index].name,
        text: seen.sentence(),
        contribution: by,
    })
}

fn contribution(model: &Model, values: &Values, index: usize, by: f64) -> Contribution {
    let feature = &FEATURES[index];
    let seen = Seen::of(index, values, model.usual());
    // What means nothing alone stays as the model has it.
    let raw = |value: f32| Some(f64::from(value)).filter(|value| value.is_finite());
    let (unit, value, usual) = match &seen {
        Some(seen) => (seen.unit(), seen.value, seen.usual),
        None => (feature.unit, raw(values[index]), raw(model.usual()[index])),
    };
    let plain = |value: Option<f64>| value.map_or_else(|| "not known".to_owned(), short);
    let (shown, shown_usual) = match &seen {
        Some(seen) => (seen.value_in_words(), seen.usual_in_words()),
        None => (plain(value), plain(usual)),
    };
    Contribution {
        feature: feature.name,
        says: feature.says,
        unit,
        value,
        usual,
        shown,
        shown_usual,
        contribution: by,
    }
}

/// Rows that one thread explains together: what is worked out for a tree is shared by them.
const MOST_TOGETHER: usize = 128;

/// For each row, what moved its risk. In parallel: an explanation costs a hundred
/// times what a score does.
#[must_use]
pub fn explain_all(model: &Model, rows: &[&Values], top: usize) -> Vec<Moved> {
    let each = rows.len().div_ceil(rayon::current_num_threads());
    rows.par_chunks(each.clamp(1, MOST_TOGETHER))
        .flat_map_iter(|piece| {
            let own = piece.iter().zip(model.contributions_of(piece));
            own.map(|(values, all)| Moved::of(model, values, &all, top))
        })
        .collect()
}
