//! What is found of families of attack that the trees have never seen, by each part of the risk.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use super::cross_fit::CrossFitModels;
use super::dataset::Dataset;
use super::metrics::{self, Scored};
use super::ways::{self, WAYS};
use crate::features::Values;

/// A family that was left out.
#[derive(Clone, Debug, Serialize)]
pub struct FamilyLeftOut {
    pub family: String,
    pub campaigns: usize,
    /// Campaigns found at the rate of false alarms, in the order of [`WAYS`].
    pub found: [usize; WAYS.len()],
}

/// Measures with the trees that judge each login, which have not seen its family.
pub(super) fn measure(
    data: &Dataset,
    judges: &CrossFitModels,
    rows: &[Values],
    rate: f64,
) -> Vec<FamilyLeftOut> {
    let judged = (0..rows.len())
        .into_par_iter()
        .filter_map(|place| Some((place, &judges.models[judges.of(place)?])));
    let scored: Vec<[Scored; WAYS.len()]> = judged
        .map(|(place, model)| {
            let outputs = model.outputs(&rows[place]);
            let scores = ways::scores(&model.score_of(&outputs));
            scores.map(|score| data.logins[place].scored(score))
        })
        .collect();
    let mut families: BTreeMap<Option<u32>, FamilyLeftOut> = BTreeMap::new();
    for way in 0..WAYS.len() {
        let of_way: Vec<Scored> = scored.iter().map(|ways| ways[way]).collect();
        let threshold = metrics::threshold_at(&of_way, rate);
        let campaigns = metrics::campaigns_found(&of_way, |place| of_way[place].score >= threshold);
        let family_of: BTreeMap<u32, Option<u32>> = of_way
            .iter()
            .filter_map(|login| Some((login.campaign?, login.family)))
            .collect();
        for (campaign, found) in campaigns {
            let number = family_of.get(&campaign).copied().flatten();
            let family = families.entry(number).or_insert_with(|| FamilyLeftOut {
                family: number
                    .and_then(|number| data.families.get(number as usize))
                    .map_or_else(|| "unnamed".to_owned(), String::clone),
                campaigns: 0,
                found: [0; WAYS.len()],
            });
            family.campaigns += usize::from(way == 0);
            family.found[way] += usize::from(found);
        }
    }
    families.into_values().collect()
}

/// As a table.
#[must_use]
pub fn table(families: &[FamilyLeftOut], rate: f64) -> Vec<String> {
    let mut lines = vec![format!(
        "campaigns found of families that the trees had not seen, at a false-positive rate of {rate}:"
    )];
    let row = |name: &str, campaigns: String, shares: [String; WAYS.len()]| {
        let shares: Vec<String> = shares.iter().map(|share| format!("{share:>17}")).collect();
        format!("  {name:<24} {campaigns:>9} {}", shares.join(""))
    };
    lines.push(row(
        "family",
        "campaigns".to_owned(),
        WAYS.map(str::to_owned),
    ));
    let percent =
        |found: usize, all: usize| format!("{:.1} %", 100.0 * found as f64 / all.max(1) as f64);
    for one in families {
        let shares = one.found.map(|found| percent(found, one.campaigns));
        lines.push(row(&one.family, one.campaigns.to_string(), shares));
    }
    let all = families.iter().map(|one| one.campaigns).sum();
    let shares =
        std::array::from_fn(|way| percent(families.iter().map(|one| one.found[way]).sum(), all));
    lines.push(row("all", all.to_string(), shares));
    lines
}
