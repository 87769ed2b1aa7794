//! What moved the risk, in sentences: for findings that no pattern fits.

use crate::features::Values;
use crate::features::natural::Seen;
use crate::model::Model;

/// So many features are told.
const MOST_TOLD: usize = 3;

/// The features that raised the risk most, with their values and what is usual.
#[must_use]
pub(in crate::detector) fn of(model: &Model, values: &Values) -> Option<String> {
    let mut raised: Vec<(f64, Seen)> = model
        .contributions(values)
        .into_iter()
        .enumerate()
        .filter(|(_, contribution)| *contribution > 0.0)
        .filter_map(|(feature, contribution)| {
            let seen = Seen::of(feature, values, model.usual())?;
            seen.is_telling().then_some((contribution, seen))
        })
        .collect();
    raised.sort_by(|left, right| right.0.total_cmp(&left.0));
    raised.truncate(MOST_TOLD);
    let told: Vec<String> = raised.iter().map(|(_, seen)| seen.sentence()).collect();
    (!told.is_empty()).then(|| {
        format!(
            "no observation stands out by itself; what raised the risk most: {}",
            told.join("; ")
        )
    })
}
