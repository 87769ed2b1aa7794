//! The model, the rules, what is kept back, and how the risk of logins lies.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::super::Shared;
use super::super::api::visible;
use super::super::caller::{Caller, Reads};
use super::columns::Column;
use super::filters::{percent, plain};
use super::{Layout, document, filters};
use crate::detector::{Rule, Suppression};
use crate::login::timestamp;
use crate::metrics::buckets;
use crate::model::Card;

/// From which risks on incidents a day are told, beside the threshold.
const RISKS: [f64; 5] = [0.7, 0.8, 0.9, 0.95, 0.99];
const DAY_MS: i64 = 86_400_000;

#[derive(Template)]
#[template(path = "model.html")]
struct ModelPage<'a> {
    layout: Layout,
    checksum: &'a str,
    card: &'a Card,
    threshold: String,
    threshold_first: String,
    parts: Vec<(&'static str, String)>,
    points: Vec<(String, String, String, String)>,
    importance: Vec<(&'a str, String, f64)>,
    rules: Vec<&'a Rule>,
    suppressions: Vec<&'a Suppression>,
    /// How many logins had which risk; none for who sees some tenants alone.
    risks: Vec<Column>,
    judged: u64,
    /// Thresholds, and how many incidents a day there would be.
    daily: Vec<(String, String)>,
}

/// The model, the rules, what is kept back.
pub(super) async fn model(Reads(caller): Reads, State(shared): State<Arc<Shared>>) -> Response {
    let model = shared.detector.model();
    let card = model.card();
    let (threshold, threshold_first) = shared.detector.thresholds_of_risk();
    let points = card.operating_points.iter().map(|point| {
        (
            percent(point.false_positive_rate),
            percent(point.recall),
            point.campaign_recall.map_or("–".to_owned(), percent),
            plain(point.threshold),
        )
    });
    let most = card
        .importance
        .first()
        .map_or(1.0, |(_, share)| *share)
        .max(1e-9);
    let importance = card.importance.iter().take(20).map(|(name, share)| {
        let width = (share / most * 1_000.0).round() / 10.0;
        (name.as_str(), percent(*share), width)
    });
    let parts = model.parts().calibration.parts();
    let counts = match caller.sees_the_process() {
        true => buckets(&shared.metrics.risk),
        false => Vec::new(),
    };
    document(&ModelPage {
        layout: Layout::new(&shared, "Model"),
        checksum: model.checksum(),
        card,
        threshold: plain(threshold),
        threshold_first: plain(threshold_first),
        parts: parts
            .map(|(name, weight)| (name, format!("{weight:.2}")))
            .into(),
        points: points.collect(),
        importance: importance.collect(),
        rules: shared.detector.rules().iter().collect(),
        suppressions: visible(&shared.suppressions, &caller).collect(),
        risks: columns(&counts, threshold),
        judged: counts.iter().map(|(_, count)| count).sum(),
        daily: daily(&shared, &caller, threshold),
    })
}

/// A column for each bucket, its height by the logarithm of its count: few are flagged.
fn columns(counts: &[(f64, u64)], threshold: f64) -> Vec<Column> {
    const HEIGHT: f64 = 96.0;
    let height = |count: u64| ((count + 1) as f64).log10();
    let most = counts
        .iter()
        .map(|(_, count)| height(*count))
        .fold(0.1, f64::max);
    let mut from = 0.0;
    let mut columns = Vec::new();
    for (place, (to, count)) in counts.iter().enumerate() {
        let scaled = (height(*count) / most * HEIGHT).round() as usize;
        columns.push(Column {
            x: place * 24 + 2,
            y: HEIGHT as usize - scaled,
            height: scaled,
            class: if from >= threshold { "attack" } else { "usual" },
            label: format!("risk {} to {}: {count} logins", plain(from), plain(*to)),
        });
        from = *to;
    }
    columns
}

/// How many incidents a day there are, by those that are held, had a higher risk been asked for.
fn daily(shared: &Shared, caller: &Caller, threshold: f64) -> Vec<(String, String)> {
    let time = |text: &str| timestamp::from_date_or_text(text).ok();
    let held: Vec<(f64, Option<i64>)> = shared.recent.read(|store| {
        let incidents = store
            .incidents()
            .filter(|one| caller.sees(&one.tenant) && !one.is_merged());
        incidents
            .map(|one| (one.score, time(&one.first_seen)))
            .collect()
    });
    let times = || held.iter().filter_map(|(_, time)| *time);
    let (Some(first), Some(last)) = (times().min(), times().max()) else {
        return Vec::new();
    };
    // Less than a day says nothing of a day.
    let span_ms = last - first;
    if span_ms < DAY_MS {
        return Vec::new();
    }
    let days = span_ms as f64 / DAY_MS as f64;
    let higher = RISKS.into_iter().filter(|risk| *risk > threshold);
    let row = |risk: f64| {
        let count = held.iter().filter(|(score, _)| *score >= risk).count();
        (plain(risk), format!("{:.1}", count as f64 / days))
    };
    std::iter::once(threshold).chain(higher).map(row).collect()
}
