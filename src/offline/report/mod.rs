//! What an evaluation found, for people: text, and one self-contained HTML file with charts as
//! inline SVG.

mod charts;
mod explained;
mod loops;
mod svg;
mod text;

use std::fmt::Write;

pub use loops::{analyst, pooled};
pub use text::text;

use super::evaluate::Evaluation;
use super::metrics::Interval;

fn percent(share: f64) -> String {
    if share.is_nan() {
        "-".to_owned()
    } else {
        format!("{:.2} %", 100.0 * share)
    }
}

fn interval(interval: Option<Interval>) -> String {
    interval.map_or_else(String::new, |interval| {
        format!(
            "({:.2} to {:.2} %)",
            100.0 * interval.low,
            100.0 * interval.high
        )
    })
}

fn optional_percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), percent)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

const STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;\
color:#1c2330;background:#fff}\
h1{font-size:1.5rem}h2{font-size:1.15rem;margin:2.2rem 0 .6rem}h3{font-size:1rem}\
table{border-collapse:collapse;margin:.6rem 0;display:block;overflow-x:auto;max-width:100%}\
td,th{padding:.25rem .9rem .25rem 0;text-align:left;border-bottom:1px solid #dde2ea}\
@media(max-width:30rem){td,th{padding-right:.5rem;font-size:.85rem}}.name,td.n{white-space:nowrap}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}\
.charts{display:flex;flex-wrap:wrap;gap:1.5rem 2rem;align-items:flex-start}\
figure{margin:0;max-width:36rem}.charts figure{max-width:24rem}\
.charts figure.wide{max-width:36rem}\
figcaption{font-size:.85rem;color:#4a5468;margin-top:.2rem}\
svg{background:#f7f8fa;border-radius:4px;max-width:100%;height:auto}.note{color:#4a5468}\
.big{display:flex;flex-wrap:wrap;gap:1rem}\
.big div{background:#f2f5fa;border-radius:6px;padding:.6rem 1rem;min-width:9rem}\
.big b{display:block;font-size:1.35rem}td.hit{background:#dbe8fb}\
td.miss{background:#fbe6d6}";

/// The evaluation as one HTML file that needs nothing else.
#[must_use]
pub fn html(evaluation: &Evaluation) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>nightlatch evaluation</title><style>{STYLE}</style><h1>Evaluation of model {}</h1>\
         <p class=\"note\">{} logins, {} by attackers, {} campaigns. Ranges are 95 % confidence \
         intervals (Wilson).</p>",
        escape(&evaluation.model),
        evaluation.logins,
        evaluation.attacks,
        evaluation.campaigns
    );
    page.push_str(&headline(evaluation));
    page.push_str(&confusion(evaluation));
    page.push_str(&incidents(evaluation));
    page.push_str(&points(evaluation));
    page.push_str(&families(evaluation));
    page.push_str(&charts::curves(evaluation));
    page.push_str(&baselines(evaluation));
    page.push_str(&charts::calibration(evaluation));
    page.push_str(&explained::cohorts(evaluation));
    page.push_str(&explained::effects(evaluation));
    page.push_str(&charts::inspection(evaluation));
    page.push_str(&drift(evaluation));
    page.push_str(&charts::learning(evaluation));
    page.push_str("</html>\n");
    page
}

fn headline(evaluation: &Evaluation) -> String {
    let first = &evaluation.first_alerts;
    let boxes = [
        (
            "campaigns found",
            optional_percent(evaluation.campaign_recall),
        ),
        ("attack logins found", percent(evaluation.recall)),
        (
            "honest logins flagged",
            percent(evaluation.false_positive_rate),
        ),
        (
            "alerts per 100 000 logins",
            format!("{:.0}", evaluation.alerts_per_100_000),
        ),
        (
            "of these, new findings",
            format!("{:.0}", evaluation.findings_per_100_000),
        ),
        (
            "median time to first alert",
            format!("{:.1} min", first.median_minutes),
        ),
    ];
    let mut body = format!(
        "<h2>At the alert threshold {:.4}</h2><div class=\"big\">",
        evaluation.threshold
    );
    for (name, value) in boxes {
        let _ = write!(body, "<div><b>{value}</b>{name}</div>");
    }
    let _ = write!(
        body,
        "</div><p class=\"note\">Campaigns {}; logins {}; honest flagged {}, among a user's first \
         ten logins {}. {} of the campaigns found are found at their first login, nine of ten \
         within {:.0} minutes.</p>",
        interval(evaluation.campaign_recall_interval),
        interval(Some(evaluation.recall_interval)),
        interval(Some(evaluation.false_positive_rate_interval)),
        percent(evaluation.false_positive_rate_first_logins),
        percent(first.at_first_login),
        first.p90_minutes
    );
    body
}

fn confusion(evaluation: &Evaluation) -> String {
    let counts = &evaluation.confusion;
    format!(
        "<h2>Confusion matrix</h2><table><tr><th></th><th class=\"n\">not flagged</th>\
         <th class=\"n\">flagged</th></tr><tr><th>honest</th><td class=\"n hit\">{}</td>\
         <td class=\"n miss\">{}</td></tr><tr><th>attack</th><td class=\"n miss\">{}</td>\
         <td class=\"n hit\">{}</td></tr></table><p class=\"note\">Precision {}, F1 {:.3}, accuracy \
         {}. Accuracy misleads: attacks are rare, so whoever flags nothing at all has {}.</p>",
        counts.true_negatives,
        counts.false_positives,
        counts.false_negatives,
        counts.true_positives,
        percent(evaluation.precision),
        evaluation.f1,
        percent(evaluation.accuracy),
        percent(1.0 - evaluation.attacks as f64 / evaluation.logins.max(1) as f64)
    )
}

fn points(evaluation: &Evaluation) -> String {
    let mut rows = String::new();
    for point in &evaluation.operating_points {
        let _ = write!(
            rows,
            "<tr><td class=\"n\">{}</td><td class=\"n\">{} {}</td><td class=\"n\">{} {}</td>\
             <td class=\"n\">{:.0}</td><td class=\"n\">{:.4}</td></tr>",
            point.false_positive_rate,
            percent(point.recall),
            interval(Some(point.recall_interval)),
            optional_percent(point.campaign_recall),
            interval(point.campaign_recall_interval),
            point.alerts_per_100_000,
            point.threshold
        );
    }
    format!(
        "<h2>At rates of false alarms</h2><table><tr><th class=\"n\">false-positive rate</th>\
         <th class=\"n\">logins found</th><th class=\"n\">campaigns found</th>\
         <th class=\"n\">alerts per 100 000</th><th class=\"n\">threshold</th></tr>{rows}</table>"
    )
}

fn incidents(evaluation: &Evaluation) -> String {
    let results = &evaluation.incidents;
    let false_interval = &results.false_incidents_a_million_interval;
    let mut rows = String::new();
    for point in &results.points {
        let _ = write!(
            rows,
            "<tr><td class=\"n\">{}</td><td class=\"n\">{} {}</td><td class=\"n\">{:.1}</td>\
             <td class=\"n\">{:.4}</td></tr>",
            point.false_incidents_a_million,
            optional_percent(point.campaign_recall),
            interval(point.campaign_recall_interval),
            point.incidents_a_day,
            point.threshold
        );
    }
    format!(
        "<h2>By incidents</h2><p>{} incidents in {:.0} days, {:.1} a day. {} of them hold no login of \
         an attack: {:.1} a million honest logins (95 % {:.1} to {:.1}). An incident is told {:.2} \
         times, at most {}. {} hold two campaigns or more, {} campaigns are in two incidents or more.\
         </p><table><tr><th class=\"n\">false incidents a million</th><th class=\"n\">campaigns \
         found</th><th class=\"n\">incidents a day</th><th class=\"n\">threshold</th></tr>{rows}\
         </table>",
        results.incidents,
        results.days,
        results.incidents_a_day,
        results.false_incidents,
        results.false_incidents_a_million,
        false_interval.low,
        false_interval.high,
        results.tellings_an_incident,
        results.most_tellings,
        results.mixed_incidents,
        results.split_campaigns
    )
}

fn families(evaluation: &Evaluation) -> String {
    let mut rows = String::new();
    for (family, result) in &evaluation.families {
        let _ = write!(
            rows,
            "<tr><td>{}</td><td class=\"n\">{} of {}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{} of {}</td></tr>",
            escape(family),
            result.found,
            result.logins,
            percent(result.found as f64 / result.logins.max(1) as f64),
            result.campaigns_found,
            result.campaigns
        );
    }
    format!(
        "<h2>By family of attack</h2><table><tr><th>family</th><th class=\"n\">logins found</th>\
         <th class=\"n\">recall</th><th class=\"n\">campaigns found</th></tr>{rows}</table>"
    )
}

fn baselines(evaluation: &Evaluation) -> String {
    let mut rows = String::new();
    for baseline in &evaluation.baselines {
        let campaigns: String = baseline
            .operating_points
            .iter()
            .map(|point| {
                format!(
                    "<td class=\"n\">{}</td>",
                    optional_percent(point.campaign_recall)
                )
            })
            .collect();
        let _ = write!(
            rows,
            "<tr><td>{}</td><td class=\"n\">{:.5}</td><td class=\"n\">{:.5}</td>{campaigns}</tr>",
            baseline.name, baseline.roc_auc, baseline.pr_auc
        );
    }
    let rates: String = evaluation
        .operating_points
        .iter()
        .map(|point| {
            format!(
                "<th class=\"n\">campaigns at {}</th>",
                point.false_positive_rate
            )
        })
        .collect();
    format!(
        "<h2>The risk and its parts alone</h2><table><tr><th></th><th class=\"n\">ROC-AUC</th>\
         <th class=\"n\">PR-AUC</th>{rates}</tr>{rows}</table>"
    )
}

fn drift(evaluation: &Evaluation) -> String {
    /// Features worth a bar.
    const SHOWN: usize = 15;
    let rows: Vec<(String, f64, String)> = evaluation
        .drift
        .iter()
        .take(SHOWN)
        .map(|(feature, index)| (feature.clone(), *index, format!("{index:.3}")))
        .collect();
    format!(
        "<h2>Drift</h2><p class=\"note\">Population stability index of each feature between the \
         training and these logins: below 0.1 is little, above 0.25 is much.</p>{}",
        svg::bars("features that drifted most", &rows)
    )
}
