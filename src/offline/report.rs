//! What an evaluation found, for people: text, and one self-contained HTML file with charts as inline SVG.

use std::fmt::Write;

use super::evaluate::Evaluation;
use super::metrics;

fn percent(share: f64) -> String {
    if share.is_nan() {
        "-".to_owned()
    } else {
        format!("{:.2} %", 100.0 * share)
    }
}

fn optional_percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), percent)
}

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
    let _ = writeln!(text, "\nat the alert threshold {:.4}", evaluation.threshold);
    let _ = writeln!(
        text,
        "  recall of attack logins   {}",
        percent(evaluation.recall)
    );
    let _ = writeln!(
        text,
        "  recall of campaigns       {}",
        optional_percent(evaluation.campaign_recall)
    );
    let _ = writeln!(
        text,
        "  false-positive rate       {}",
        percent(evaluation.false_positive_rate)
    );
    let _ = writeln!(
        text,
        "  alerts per 100 000        {:.0}",
        evaluation.alerts_per_100_000
    );
    let _ = writeln!(
        text,
        "\nfalse-positive rate   logins found   campaigns found   threshold"
    );
    for point in &evaluation.operating_points {
        let campaigns = optional_percent(point.campaign_recall);
        let _ = writeln!(
            text,
            "{:<21} {:>12}   {:>15}   {:.4}",
            point.false_positive_rate,
            percent(point.recall),
            campaigns,
            point.threshold
        );
    }
    let _ = writeln!(text, "\n                     ROC-AUC    PR-AUC");
    for (name, (roc, pr)) in outputs(evaluation) {
        let _ = writeln!(text, "{name:<18}  {roc:>8.5}  {pr:>8.5}");
    }
    let _ = writeln!(text, "\nattack logins found by family");
    for (family, (found, all)) in &evaluation.families {
        let _ = writeln!(text, "  {family:<22} {found:>6} of {all}");
    }
    text.trim_end().to_owned()
}

fn outputs(evaluation: &Evaluation) -> [(&'static str, (f64, f64)); 3] {
    [
        ("risk", (evaluation.roc_auc, evaluation.pr_auc)),
        ("random forest", evaluation.random_forest_alone),
        ("isolation forest", evaluation.isolation_forest_alone),
    ]
}

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1c2330}\
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse}td,th{padding:.25rem .9rem .25rem 0;text-align:left;\
border-bottom:1px solid #dde2ea}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.charts{display:flex;flex-wrap:wrap;gap:1.5rem}\
figure{margin:0}figcaption{font-size:.85rem;color:#4a5468}svg{background:#f7f8fa}.note{color:#4a5468}";

/// The evaluation as one HTML file that needs nothing else.
#[must_use]
pub fn html(evaluation: &Evaluation) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>nightlatch evaluation</title><style>{STYLE}</style><h1>Evaluation of model {}</h1>\
         <p class=\"note\">{} logins, {} by attackers, {} campaigns.</p>",
        escape(&evaluation.model),
        evaluation.logins,
        evaluation.attacks,
        evaluation.campaigns
    );
    page.push_str(&threshold_section(evaluation));
    page.push_str(&points_section(evaluation));
    page.push_str(&charts_section(evaluation));
    page.push_str(&families_section(evaluation));
    page.push_str("</html>\n");
    page
}

fn threshold_section(evaluation: &Evaluation) -> String {
    let counts = &evaluation.confusion;
    format!(
        "<h2>At the alert threshold {:.4}</h2><p>{} of attack logins and {} of campaigns found; {} of honest logins flagged; \
         {:.0} alerts per 100 000 logins.</p><table><tr><th></th><th class=\"n\">not flagged</th><th class=\"n\">flagged</th></tr>\
         <tr><th>honest</th><td class=\"n\">{}</td><td class=\"n\">{}</td></tr><tr><th>attack</th><td class=\"n\">{}</td><td class=\"n\">{}</td></tr></table>",
        evaluation.threshold,
        percent(evaluation.recall),
        optional_percent(evaluation.campaign_recall),
        percent(evaluation.false_positive_rate),
        evaluation.alerts_per_100_000,
        counts.true_negatives,
        counts.false_positives,
        counts.false_negatives,
        counts.true_positives
    )
}

fn points_section(evaluation: &Evaluation) -> String {
    let mut rows = String::new();
    for point in &evaluation.operating_points {
        let _ = write!(
            rows,
            "<tr><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{:.4}</td></tr>",
            point.false_positive_rate,
            percent(point.recall),
            optional_percent(point.campaign_recall),
            point.threshold
        );
    }
    format!(
        "<h2>At rates of false alarms</h2><table><tr><th class=\"n\">false-positive rate</th><th class=\"n\">logins found</th>\
         <th class=\"n\">campaigns found</th><th class=\"n\">threshold</th></tr>{rows}</table>"
    )
}

fn charts_section(evaluation: &Evaluation) -> String {
    let curve = metrics::curve(&evaluation.scored);
    // False alarms matter between one in ten and one in a hundred thousand: a logarithmic axis shows them.
    let roc: Vec<(f64, f64)> = curve
        .iter()
        .map(|point| ((point.0.max(1e-5).log10() + 5.0) / 5.0, point.1))
        .collect();
    let precision: Vec<(f64, f64)> = curve.iter().map(|point| (point.1, point.2)).collect();
    let reliability: Vec<(f64, f64)> = evaluation
        .reliability
        .iter()
        .map(|tenth| (tenth.0, tenth.1))
        .collect();
    let roc_ticks = ["0.00001", "0.0001", "0.001", "0.01", "0.1", "1"];
    let tenths = ["0", "0.2", "0.4", "0.6", "0.8", "1"];
    let mut table = String::new();
    for (name, (roc, pr)) in outputs(evaluation) {
        let _ = write!(
            table,
            "<tr><td>{name}</td><td class=\"n\">{roc:.5}</td><td class=\"n\">{pr:.5}</td></tr>"
        );
    }
    format!(
        "<h2>Curves</h2><div class=\"charts\">{}{}{}</div><table><tr><th></th><th class=\"n\">ROC-AUC</th><th class=\"n\">PR-AUC</th></tr>{table}</table>",
        chart(
            "Recall over the false-positive rate (logarithmic)",
            &roc,
            &roc_ticks,
            false
        ),
        chart("Precision over recall", &precision, &tenths, false),
        chart(
            "Reliability: share of attacks over risk",
            &reliability,
            &tenths,
            true
        ),
    )
}

const SIDE: f64 = 280.0;
const LEFT: f64 = 40.0;
/// Points of a curve closer than this, in pixels, cannot be told apart.
const LEAST_STEP: f64 = 0.5;

/// A line through points of the unit square.
fn chart(title: &str, points: &[(f64, f64)], ticks: &[&str; 6], diagonal: bool) -> String {
    let place = |(x, y): (f64, f64)| (LEFT + x * SIDE, 10.0 + (1.0 - y) * SIDE);
    let mut line = String::new();
    let mut last = (f64::MIN, f64::MIN);
    for (index, point) in points.iter().enumerate() {
        let (x, y) = place(*point);
        let far = (x - last.0).abs() + (y - last.1).abs() >= LEAST_STEP;
        if far || index + 1 == points.len() {
            let _ = write!(line, "{x:.1},{y:.1} ");
            last = (x, y);
        }
    }
    let mut grid = String::new();
    for (index, tick) in ticks.iter().enumerate() {
        let share = index as f64 / 5.0;
        let (x, y) = place((share, share));
        let _ = write!(
            grid,
            "<path d=\"M{x:.1} 10V{bottom}M{LEFT} {y:.1}H{right}\" stroke=\"#dde2ea\"/><text x=\"{x:.1}\" y=\"{label}\" text-anchor=\"middle\">{tick}</text>\
             <text x=\"{axis}\" y=\"{y:.1}\" text-anchor=\"end\" dominant-baseline=\"middle\">{share:.1}</text>",
            bottom = 10.0 + SIDE,
            right = LEFT + SIDE,
            label = 26.0 + SIDE,
            axis = LEFT - 5.0,
        );
    }
    let guide = if diagonal {
        format!(
            "<path d=\"M{LEFT} {}L{} 10\" stroke=\"#9aa4b5\" stroke-dasharray=\"4\"/>",
            10.0 + SIDE,
            LEFT + SIDE
        )
    } else {
        String::new()
    };
    format!(
        "<figure><svg width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" font-size=\"10\" fill=\"#4a5468\" role=\"img\" aria-label=\"{title}\">{grid}{guide}\
         <polyline points=\"{line}\" fill=\"none\" stroke=\"#1f5fbf\" stroke-width=\"2\"/></svg><figcaption>{title}</figcaption></figure>",
        w = LEFT + SIDE + 20.0,
        h = SIDE + 34.0,
    )
}

fn families_section(evaluation: &Evaluation) -> String {
    let mut rows = String::new();
    for (family, (found, all)) in &evaluation.families {
        let share = percent(*found as f64 / *all as f64);
        let _ = write!(
            rows,
            "<tr><td>{}</td><td class=\"n\">{found}</td><td class=\"n\">{all}</td><td class=\"n\">{share}</td></tr>",
            escape(family)
        );
    }
    format!(
        "<h2>By family of attack</h2><table><tr><th>family</th><th class=\"n\">found</th><th class=\"n\">logins</th><th class=\"n\">recall</th></tr>{rows}</table>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
