//! The charts that explain a model: what its strongest features do to the risk, and whether it
//! means what it says of each kind of login.

use std::fmt::Write;

use super::svg::{self, Axis, Line};
use super::{escape, percent};
use crate::offline::effects::Effect;
use crate::offline::evaluate::Evaluation;

/// Effects of features on the risk.
pub(super) fn effects(evaluation: &Evaluation) -> String {
    let Some(inspection) = &evaluation.inspection else {
        return String::new();
    };
    if inspection.effects.is_empty() {
        return String::new();
    }
    let charts: String = inspection.effects.iter().map(effect).collect();
    let agreement = inspection.agreement.map_or_else(String::new, |agreement| {
        format!(
            " Contributions were checked against a line fitted around each of {} attacks, of the half \
             that the risk is surest of (LIME): of the five largest {} have its sign; the rank \
             correlation (Spearman) of the ten largest is {:.2}.",
            agreement.logins,
            percent(agreement.same_sign),
            agreement.rank_correlation
        )
    });
    format!(
        "<h2>What the strongest features do</h2><p class=\"note\">Log-odds of the risk over the \
         feature's range, at its quantiles; 0 is the mean. Partial dependence \
         sets the feature in every login; accumulated local effects move it only where logins are, \
         and count where features hang together.{agreement}</p><div class=\"charts\">{charts}</div>"
    )
}

fn effect(effect: &Effect) -> String {
    let both = effect
        .partial_dependence
        .iter()
        .chain(&effect.accumulated_local);
    let (least, most) = both.fold((0.0f64, 0.0f64), |(least, most), value| {
        (least.min(*value), most.max(*value))
    });
    let width = (most - least).max(1e-9);
    let last = effect.values.len().saturating_sub(1).max(1) as f64;
    let line = |name, values: &[f64]| Line {
        name,
        points: values
            .iter()
            .enumerate()
            .map(|(place, value)| (place as f64 / last, (value - least) / width))
            .collect(),
    };
    let shown = |share: f64| {
        let place = (share * last).round() as usize;
        effect.shown.get(place).map_or("", String::as_str)
    };
    // What stands between the ends of a flag is nothing.
    let across: Vec<&str> = match effect.values.len() {
        2 => vec![shown(0.0), shown(1.0)],
        _ => vec![shown(0.0), shown(0.5), shown(1.0)],
    };
    let up: Vec<String> = [0.0, 0.25, 0.5, 0.75, 1.0]
        .map(|share| format!("{:+.1}", least + share * width))
        .into();
    let up: Vec<&str> = up.iter().map(String::as_str).collect();
    svg::lines(
        effect.says,
        &Axis {
            title: &effect.feature,
            ticks: &across,
        },
        &Axis {
            title: "log-odds of the risk",
            ticks: &up,
        },
        &[
            line("partial dependence", &effect.partial_dependence),
            line("accumulated local effects", &effect.accumulated_local),
        ],
        false,
    )
}

/// The calibration of each kind of login.
pub(super) fn cohorts(evaluation: &Evaluation) -> String {
    let mut rows = String::new();
    for cohort in &evaluation.cohorts {
        let _ = write!(
            rows,
            "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td></tr>",
            escape(cohort.name),
            cohort.logins,
            cohort.attacks,
            percent(cohort.mean_risk),
            percent(cohort.share_of_attacks)
        );
    }
    format!(
        "<h3>By kind of login</h3><p class=\"note\">Where the risk is right, its mean is the share of \
         attacks.</p><table><tr><th></th><th class=\"n\">logins</th><th \
         class=\"n\">attacks</th><th class=\"n\">mean risk</th><th class=\"n\">share of attacks</th>\
         </tr>{rows}</table>"
    )
}
