//! Which charts a report has, and what they show.

use super::svg::{self, Axis, Line, TENTHS};
use crate::offline::evaluate::Evaluation;
use crate::offline::metrics::{self, Scored};
use crate::offline::ways::{FIRST_PART, RISK, WAYS};

/// The least false-positive rate that a logarithmic axis shows, as a power of ten.
const LEAST_POWER: f64 = -5.0;

/// ROC, precision and recall, and where the scores lie.
pub(super) fn curves(evaluation: &Evaluation) -> String {
    let (mut roc, mut precision) = (Vec::new(), Vec::new());
    for name in [RISK].into_iter().chain(WAYS.into_iter().skip(FIRST_PART)) {
        let Some(scored) = evaluation.scored.get(name) else {
            continue;
        };
        let curve = metrics::curve(scored);
        // False alarms matter between one in ten and one in a hundred thousand: a logarithmic axis
        // shows them.
        let across = |rate: f64| 1.0 - rate.max(10f64.powf(LEAST_POWER)).log10() / LEAST_POWER;
        roc.push(Line {
            name,
            points: curve
                .iter()
                .map(|point| (across(point.0), point.1))
                .collect(),
        });
        precision.push(Line {
            name,
            points: curve.iter().map(|point| (point.1, point.2)).collect(),
        });
    }
    let recall = |title| Axis {
        title,
        ticks: &TENTHS,
    };
    let rates = ["1e-5", "1e-4", "0.001", "0.01", "0.1", "1"];
    format!(
        "<h2>Curves</h2><div class=\"charts\">{}{}{}</div>",
        svg::lines(
            "ROC, logarithmic",
            &Axis {
                title: "false-positive rate",
                ticks: &rates
            },
            &recall("recall"),
            &roc,
            false
        ),
        svg::lines(
            "precision and recall",
            &recall("recall"),
            &recall("precision"),
            &precision,
            false
        ),
        evaluation
            .scored
            .get(RISK)
            .map_or_else(String::new, |scored| score_distribution(scored))
    )
}

/// Shares of honest logins and attacks by log-odds of the risk.
fn score_distribution(scored: &[Scored]) -> String {
    const BINS: usize = 24;
    const MOST: f64 = 12.0;
    let bin = |risk: f64| {
        let odds = libm::log(risk.max(1e-12) / (1.0 - risk).max(1e-12));
        (((odds + MOST) / (2.0 * MOST) * BINS as f64).max(0.0) as usize).min(BINS - 1)
    };
    let shares = |wanted: bool| -> Vec<f64> {
        let mut counts = [0.0; BINS];
        let of = scored.iter().filter(|login| login.attack == wanted);
        of.for_each(|login| counts[bin(login.score)] += 1.0);
        let total: f64 = counts.iter().sum();
        counts
            .iter()
            .map(|count| logarithmic(count / total.max(1.0)))
            .collect()
    };
    svg::histograms(
        "where the risks lie",
        &Axis {
            title: "log-odds of the risk",
            ticks: &["-12", "-8", "-4", "0", "4", "8", "12"],
        },
        &Axis {
            title: "share of logins, logarithmic",
            ticks: &["1e-5", "1e-4", "0.001", "0.01", "0.1", "1"],
        },
        ["honest", "attack"],
        [&shares(false), &shares(true)],
    )
}

/// The height of a share on a logarithmic axis.
fn logarithmic(share: f64) -> f64 {
    if share <= 0.0 {
        return 0.0;
    }
    (1.0 - share.log10() / LEAST_POWER).max(0.01)
}

/// Whether the risk means what it says.
pub(super) fn calibration(evaluation: &Evaluation) -> String {
    let tenths = evaluation.reliability.iter();
    let line = Line {
        name: "risk",
        points: tenths
            .map(|tenth| (tenth.mean_risk, tenth.share_of_attacks))
            .collect(),
    };
    let axis = |title| Axis {
        title,
        ticks: &TENTHS,
    };
    format!(
        "<h2>Calibration</h2><p class=\"note\">Brier score {:.5}; the tenths of the risk lie {:.4} \
         off on average.</p>{}",
        evaluation.brier_score,
        evaluation.calibration_error,
        svg::lines(
            "reliability",
            &axis("mean risk"),
            &axis("share of attacks"),
            &[line],
            true
        )
    )
}

/// Features one by one.
pub(super) fn inspection(evaluation: &Evaluation) -> String {
    /// Bars of the importance.
    const SHOWN: usize = 20;
    let Some(inspection) = &evaluation.inspection else {
        return String::new();
    };
    let rows: Vec<(String, f64, String)> = inspection
        .permutation_importance
        .iter()
        .take(SHOWN)
        .map(|(feature, loss)| (feature.clone(), loss.max(0.0), format!("{loss:.4}")))
        .collect();
    let names: Vec<&str> = inspection
        .spreads
        .iter()
        .map(|spread| spread.feature.as_str())
        .collect();
    let spreads: String = inspection
        .spreads
        .iter()
        .map(|spread| {
            let ticks = [
                format!("{:.1}", spread.least),
                format!("{:.1}", f32::midpoint(spread.least, spread.most)),
                format!("{:.1}", spread.most),
            ];
            let missing = format!(
                "{} ({}); missing: {:.0} % of honest, {:.0} % of attacks",
                spread.feature,
                spread.unit,
                100.0 * spread.honest_missing,
                100.0 * spread.attacks_missing
            );
            svg::histograms(
                &missing,
                &Axis {
                    title: spread.unit,
                    ticks: &[&ticks[0], &ticks[1], &ticks[2]],
                },
                &Axis {
                    title: "share of logins",
                    ticks: &TENTHS,
                },
                ["honest", "attack"],
                [&spread.honest, &spread.attacks],
            )
        })
        .collect();
    format!(
        "<h2>What the risk leans on</h2><div class=\"charts\">{}{}</div>\
         <h2>How the most important features are spread</h2><div class=\"charts\">{spreads}</div>",
        svg::bars("loss of PR-AUC when a feature is shuffled", &rows),
        svg::heat_map(
            "rank correlations: blue together, orange opposed",
            &names,
            &inspection.correlations
        )
    )
}

/// Whether more logins to learn from would help.
pub(super) fn learning(evaluation: &Evaluation) -> String {
    if evaluation.learning.is_empty() {
        return String::new();
    }
    let most = evaluation.learning.iter().map(|point| point.logins).max();
    let most = most.unwrap_or(1).max(1);
    let line = |name, value: &dyn Fn(usize) -> f64| Line {
        name,
        points: (0..evaluation.learning.len())
            .map(|place| {
                (
                    evaluation.learning[place].logins as f64 / most as f64,
                    value(place),
                )
            })
            .collect(),
    };
    let half = format!("{}", most / 2);
    let all = format!("{most}");
    format!(
        "<h2>Learning curve</h2><p class=\"note\">Of the training: a quarter of the boosted trees alone, grown from \
         the first part of the logins and measured on the last fold.</p>{}",
        svg::lines(
            "what fewer logins would have been enough for",
            &Axis {
                title: "logins learnt from",
                ticks: &["0", &half, &all]
            },
            &Axis {
                title: "share",
                ticks: &TENTHS
            },
            &[
                line("PR-AUC", &|place| evaluation.learning[place].pr_auc),
                line("recall at 0.001", &|place| evaluation.learning[place]
                    .recall),
            ],
            false
        )
    )
}
