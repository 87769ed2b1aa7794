//! Measures a model on labelled logins, as the stream would have met them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::dataset::Dataset;
use super::metrics::{self, Confusion, Scored};
use super::train::FALSE_POSITIVE_RATES;
use crate::detector::Detector;
use crate::model::card::OperatingPoint;
use crate::profile::{ProfileLimits, Profiles};

/// What an evaluation found.
#[derive(Debug, Serialize)]
pub struct Evaluation {
    pub logins: u64,
    pub attacks: u64,
    pub campaigns: u64,
    pub model: String,
    /// At the threshold that the detector uses.
    pub threshold: f64,
    pub confusion: Confusion,
    pub recall: f64,
    pub false_positive_rate: f64,
    pub campaign_recall: Option<f64>,
    pub alerts_per_100_000: f64,
    pub pr_auc: f64,
    pub roc_auc: f64,
    pub operating_points: Vec<OperatingPoint>,
    /// Recall by attack family at the detector's threshold: (found, all).
    pub families: BTreeMap<String, (u64, u64)>,
    /// Each output alone: areas under its ROC and precision-recall curves.
    pub random_forest_alone: (f64, f64),
    pub isolation_forest_alone: (f64, f64),
    /// (mean risk, share of attacks, logins) by tenth of the risk.
    pub reliability: Vec<(f64, f64, u64)>,
    #[serde(skip)]
    pub scored: Vec<Scored>,
}

/// Replays a dataset through the detector; logins before `since_ms` warm the profiles up and are not measured.
#[must_use]
pub fn evaluate(
    data: &Dataset,
    detector: &Detector,
    limits: &ProfileLimits,
    since_ms: Option<i64>,
    mut progress: impl FnMut(u64),
) -> Evaluation {
    let mut profiles = Profiles::without_undo(limits);
    let (mut risk, mut random, mut isolation) = (Vec::new(), Vec::new(), Vec::new());
    let mut flagged = 0u64;
    for (number, labelled) in data.logins.iter().enumerate() {
        let verdict = detector.step(&mut profiles, 0, &labelled.login, &labelled.shown);
        if number % 16_384 == 0 {
            progress(number as u64);
        }
        if since_ms.is_some_and(|since_ms| labelled.login.time_ms < since_ms) {
            continue;
        }
        flagged += u64::from(verdict.finding.is_some());
        risk.push(labelled.scored(verdict.scores.risk));
        random.push(labelled.scored(verdict.scores.random_forest));
        isolation.push(labelled.scored(verdict.scores.isolation_forest));
    }
    let threshold = detector.alert_risk();
    let confusion = Confusion::at(&risk, threshold);
    let campaigns: std::collections::BTreeSet<u32> =
        risk.iter().filter_map(|login| login.campaign).collect();
    Evaluation {
        logins: risk.len() as u64,
        attacks: risk.iter().filter(|login| login.attack).count() as u64,
        campaigns: campaigns.len() as u64,
        model: detector.model().checksum().to_owned(),
        threshold,
        confusion,
        recall: confusion.recall(),
        false_positive_rate: confusion.false_positive_rate(),
        campaign_recall: metrics::campaign_recall(&risk, threshold),
        alerts_per_100_000: 100_000.0 * flagged as f64 / risk.len().max(1) as f64,
        pr_auc: metrics::pr_auc(&risk),
        roc_auc: metrics::roc_auc(&risk),
        operating_points: FALSE_POSITIVE_RATES
            .iter()
            .map(|rate| metrics::operating_point(&risk, *rate))
            .collect(),
        families: families(data, &risk, threshold),
        random_forest_alone: (metrics::roc_auc(&random), metrics::pr_auc(&random)),
        isolation_forest_alone: (metrics::roc_auc(&isolation), metrics::pr_auc(&isolation)),
        reliability: reliability(&risk),
        scored: risk,
    }
}

fn families(data: &Dataset, scored: &[Scored], threshold: f64) -> BTreeMap<String, (u64, u64)> {
    let mut families: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for login in scored.iter().filter(|login| login.attack) {
        let name = login
            .family
            .and_then(|family| data.families.get(family as usize));
        let counts = families
            .entry(name.map_or_else(|| "unnamed".to_owned(), String::clone))
            .or_default();
        counts.0 += u64::from(login.score >= threshold);
        counts.1 += 1;
    }
    families
}

fn reliability(scored: &[Scored]) -> Vec<(f64, f64, u64)> {
    let mut tenths = [(0.0, 0u64, 0u64); 10];
    for login in scored {
        let tenth = &mut tenths[((login.score * 10.0) as usize).min(9)];
        tenth.0 += login.score;
        tenth.1 += u64::from(login.attack);
        tenth.2 += 1;
    }
    let mean = |(risk, attacks, count): (f64, u64, u64)| {
        (risk / count as f64, attacks as f64 / count as f64, count)
    };
    tenths
        .into_iter()
        .filter(|tenth| tenth.2 > 0)
        .map(mean)
        .collect()
}
