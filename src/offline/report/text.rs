//! The evaluation as text.

use std::fmt::Write;

use super::{interval, optional_percent, percent};
use crate::offline::evaluate::Evaluation;
use crate::offline::incidents::IncidentResults;
use crate::offline::rules::RuleResult;

/// Features whose drift is worth a line.
const DRIFTS: usize = 5;

/// The evaluation as text.
#[must_use]
pub fn text(evaluation: &Evaluation) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{} logins, {} by attackers, {} campaigns; model {}",
        evaluation.logins, evaluation.attacks, evaluation.campaigns, evaluation.model
    );
    threshold(evaluation, &mut text);
    incidents(&evaluation.incidents, &mut text);
    points(evaluation, &mut text);
    outputs(evaluation, &mut text);
    families(evaluation, &mut text);
    let first = &evaluation.first_alerts;
    if first.found > 0 {
        let _ = writeln!(
            text,
            "\nfirst alert of a campaign: at its first login in {}; after {:.1} minutes in half of \
             them, {:.0} in nine of ten",
            percent(first.at_first_login),
            first.median_minutes,
            first.p90_minutes
        );
    }
    let _ = writeln!(
        text,
        "calibration: Brier score {:.5}, tenths of the risk lie {:.4} off on average",
        evaluation.brier_score, evaluation.calibration_error
    );
    for cohort in &evaluation.cohorts {
        let _ = writeln!(
            text,
            "  {:<30} {:>9} logins, {:>7} attacks: mean risk {:>8}, share of attacks {:>8}",
            cohort.name,
            cohort.logins,
            cohort.attacks,
            percent(cohort.mean_risk),
            percent(cohort.share_of_attacks)
        );
    }
    let drifts = evaluation.drift.iter().take(DRIFTS);
    let drifts: Vec<String> = drifts
        .map(|(feature, index)| format!("{feature} {index:.2}"))
        .collect();
    let _ = writeln!(
        text,
        "drift against the training (PSI, above 0.25 is much): {}",
        drifts.join(", ")
    );
    text.trim_end().to_owned()
}

fn threshold(evaluation: &Evaluation, text: &mut String) {
    let _ = writeln!(text, "\nat the alert threshold {:.4}", evaluation.threshold);
    let rows = [
        (
            "recall of attack logins",
            percent(evaluation.recall),
            interval(Some(evaluation.recall_interval)),
        ),
        (
            "recall of campaigns",
            optional_percent(evaluation.campaign_recall),
            interval(evaluation.campaign_recall_interval),
        ),
        (
            "honest logins flagged",
            percent(evaluation.false_positive_rate),
            interval(Some(evaluation.false_positive_rate_interval)),
        ),
        (
            "  among a user's first ten",
            percent(evaluation.false_positive_rate_first_logins),
            String::new(),
        ),
    ];
    for (name, value, interval) in rows {
        let _ = writeln!(text, "  {name:<26} {value:>9}  {interval}");
    }
    let _ = writeln!(
        text,
        "  {:<26} {:>9}  F1 {:.3}, accuracy {} (attacks are rare: who flags nothing has {})",
        "precision",
        percent(evaluation.precision),
        evaluation.f1,
        percent(evaluation.accuracy),
        percent(1.0 - evaluation.attacks as f64 / evaluation.logins.max(1) as f64)
    );
    let _ = writeln!(
        text,
        "  {:<26} {:>7.0}    {:.0} without repeats of open findings",
        "alerts per 100 000", evaluation.alerts_per_100_000, evaluation.findings_per_100_000
    );
}

pub(super) fn incidents(results: &IncidentResults, text: &mut String) {
    let found = &results.false_incidents_a_million_interval;
    let _ = writeln!(
        text,
        "\nincidents: {} in {:.0} days, {:.1} a day; {} false, {:.1} a million honest logins \
         ({:.1} to {:.1})\n  tellings an incident {:.2}, at most {}; {} with two campaigns or more, \
         {} campaigns in two or more",
        results.incidents,
        results.days,
        results.incidents_a_day,
        results.false_incidents,
        results.false_incidents_a_million,
        found.low,
        found.high,
        results.tellings_an_incident,
        results.most_tellings,
        results.mixed_incidents,
        results.split_campaigns
    );
    let _ = writeln!(
        text,
        "\nfalse incidents a million   campaigns found                  incidents a day   threshold"
    );
    for point in &results.points {
        let _ = writeln!(
            text,
            "{:<27} {:>9}  {:<21} {:>15.1}   {}",
            point.false_incidents_a_million,
            optional_percent(point.campaign_recall),
            interval(point.campaign_recall_interval),
            point.incidents_a_day,
            match point.kept {
                true => format!("{:.4}", point.threshold),
                false => "not kept: rules alone cost more".to_owned(),
            }
        );
    }
    rules(&results.rules, text);
}

fn rules(results: &[RuleResult], text: &mut String) {
    if results.is_empty() {
        return;
    }
    let _ = writeln!(
        text,
        "\nrule                                  campaigns (only it)   attack logins   honest logins   \
         only it, a million"
    );
    for rule in results {
        let name = match rule.shadow {
            true => format!("{} (shadow)", rule.name),
            false => rule.name.to_owned(),
        };
        let _ = writeln!(
            text,
            "{name:<40} {:>5} {:>12} {:>15} {:>15} {:>20.2}",
            rule.campaigns,
            format!("({})", rule.campaigns_only),
            rule.attack_logins,
            rule.honest_logins,
            rule.honest_only_a_million
        );
    }
}

fn points(evaluation: &Evaluation, text: &mut String) {
    let _ = writeln!(
        text,
        "\nfalse-positive rate   logins found                     campaigns found                  threshold"
    );
    for point in &evaluation.operating_points {
        let _ = writeln!(
            text,
            "{:<21} {:>9}  {:<21} {:>9}  {:<21} {:.4}",
            point.false_positive_rate,
            percent(point.recall),
            interval(Some(point.recall_interval)),
            optional_percent(point.campaign_recall),
            interval(point.campaign_recall_interval),
            point.threshold
        );
    }
}

fn outputs(evaluation: &Evaluation, text: &mut String) {
    let _ = writeln!(
        text,
        "\n{:<18} {:>8} {:>8}   campaigns found at {}",
        "alone",
        "ROC-AUC",
        "PR-AUC",
        evaluation
            .operating_points
            .iter()
            .map(|point| point.false_positive_rate.to_string())
            .collect::<Vec<_>>()
            .join(", ")
    );
    for baseline in &evaluation.baselines {
        let points = baseline.operating_points.iter();
        let campaigns: Vec<String> = points
            .map(|point| optional_percent(point.campaign_recall))
            .collect();
        let _ = writeln!(
            text,
            "{:<18} {:>8.5} {:>8.5}   {}",
            baseline.name,
            baseline.roc_auc,
            baseline.pr_auc,
            campaigns.join(", ")
        );
    }
    for against in &evaluation.against_best_part {
        let points = |share: f64| 100.0 * share;
        let difference = &against.difference;
        let _ = writeln!(
            text,
            "the risk less its best part at {}: {:+.2} points of campaigns ({:+.2} to {:+.2}; {})",
            against.false_positive_rate,
            points(difference.mean),
            points(difference.interval.low),
            points(difference.interval.high),
            against.part
        );
    }
}

fn families(evaluation: &Evaluation, text: &mut String) {
    let _ = writeln!(
        text,
        "\nfound by family, at the alert threshold      logins      campaigns"
    );
    for (family, result) in &evaluation.families {
        let _ = writeln!(
            text,
            "  {family:<34} {:>6} of {:<6} {:>4} of {}",
            result.found, result.logins, result.campaigns_found, result.campaigns
        );
    }
}
