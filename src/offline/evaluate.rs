//! Measures a model on labelled logins, as the stream would have met them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::campaigns::{self, FirstAlerts};
use super::cohorts::{self, Cohort};
use super::dataset::{Dataset, Labelled};
use super::incidents::{self, Company, IncidentResults};
use super::inspect::{self, Inspection};
use super::metrics::{self, Confusion, Interval, PairedDifference, Scored};
use super::ways::{self, FIRST_PART, WAYS};
use crate::detector::{Detector, Verdict, is_first};
use crate::features::{self, Values};
use crate::model::Scores;
use crate::model::card::{FoldResult, LearningPoint};
use crate::profile::{DamagedCell, ProfileLimits, Profiles, go_through};

/// Recall at one rate of false alarms.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct OperatingPoint {
    pub false_positive_rate: f64,
    pub threshold: f64,
    pub recall: f64,
    /// 95 % (Wilson), for the attacks at hand; that the threshold was chosen on the same logins is
    /// not in it.
    pub recall_interval: Interval,
    pub campaign_recall: Option<f64>,
    pub campaign_recall_interval: Option<Interval>,
    /// Flagged logins of all kinds.
    pub alerts_per_100_000: f64,
}

/// One way of scoring, alone.
#[derive(Clone, Debug, Serialize)]
pub struct Baseline {
    pub name: &'static str,
    pub roc_auc: f64,
    pub pr_auc: f64,
    pub operating_points: Vec<OperatingPoint>,
}

/// The risk beside the part that finds most campaigns at a rate of false alarms.
#[derive(Clone, Debug, Serialize)]
pub struct AgainstBestPart {
    pub false_positive_rate: f64,
    pub part: &'static str,
    pub difference: PairedDifference,
}

/// What was found of a family.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct FamilyResult {
    pub logins: u64,
    pub found: u64,
    pub campaigns: u64,
    pub campaigns_found: u64,
}

/// A tenth of the risk.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Tenth {
    pub mean_risk: f64,
    pub share_of_attacks: f64,
    pub logins: u64,
}

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
    pub recall_interval: Interval,
    pub precision: f64,
    pub f1: f64,
    pub accuracy: f64,
    pub false_positive_rate: f64,
    pub false_positive_rate_interval: Interval,
    /// The same among the first ten logins of a user.
    pub false_positive_rate_first_logins: f64,
    pub campaign_recall: Option<f64>,
    pub campaign_recall_interval: Option<Interval>,
    pub alerts_per_100_000: f64,
    /// Without those that an open finding covers.
    pub findings_per_100_000: f64,
    /// The same as an analyst would meet it.
    pub incidents: IncidentResults,
    pub pr_auc: f64,
    pub roc_auc: f64,
    pub operating_points: Vec<OperatingPoint>,
    /// By attack family, at the detector's threshold.
    pub families: BTreeMap<String, FamilyResult>,
    pub first_alerts: FirstAlerts,
    /// The risk first, with and without novelty, then each of its parts alone.
    pub baselines: Vec<Baseline>,
    /// What the risk finds more or less than the best of its parts, by false-positive rate.
    pub against_best_part: Vec<AgainstBestPart>,
    pub reliability: Vec<Tenth>,
    /// Mean squared error of the risk as a probability, and how far its tenths lie off on average.
    pub brier_score: f64,
    pub calibration_error: f64,
    /// The same by kind of login.
    pub cohorts: Vec<Cohort>,
    /// Population stability index of each feature against the training, the largest first.
    pub drift: Vec<(String, f64)>,
    /// From the training: what fewer logins would have been enough for, and the folds.
    pub learning: Vec<LearningPoint>,
    pub folds: Vec<FoldResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inspection: Option<Inspection>,
    #[serde(skip)]
    pub scored: BTreeMap<&'static str, Vec<Scored>>,
}

/// What a run of the stream left to be counted.
#[derive(Default)]
struct Run {
    outputs: [Vec<Scored>; WAYS.len()],
    flagged: Vec<bool>,
    times_ms: Vec<i64>,
    values: Vec<Values>,
    repeats: u64,
    company: Company,
    /// Honest logins among the first of their users, and those of them that were flagged.
    first: (u64, u64),
}

/// Replays a dataset through the detector; logins before `since_ms` warm the profiles up and are
/// not measured. With `inspect`, features are looked at one by one, too.
pub fn evaluate(
    data: &Dataset,
    detector: &Detector,
    limits: &ProfileLimits,
    since_ms: Option<i64>,
    inspect: bool,
    progress: impl FnMut(u64),
) -> Result<Evaluation, DamagedCell> {
    let run = run(data, detector, limits, since_ms, progress)?;
    let [risk, ..] = &run.outputs;
    let confusion = Confusion::of(risk.iter().zip(&run.flagged));
    let count = risk.len().max(1) as f64;
    let found = metrics::campaigns_found(risk, |place| run.flagged[place]);
    let campaigns = found.len() as u64;
    let campaigns_found = found.values().filter(|found| **found).count() as u64;
    let (campaign_recall, campaign_recall_interval) = metrics::found_of(campaigns_found, campaigns);
    let flagged = run.flagged.iter().filter(|flagged| **flagged).count() as f64;
    let reliability = reliability(risk);
    let card = detector.model().card();
    Ok(Evaluation {
        logins: risk.len() as u64,
        attacks: confusion.attacks(),
        campaigns,
        model: detector.model().checksum().to_owned(),
        threshold: detector.alert_risk(),
        confusion,
        recall: confusion.recall(),
        recall_interval: Interval::wilson(confusion.true_positives, confusion.attacks()),
        precision: confusion.precision(),
        f1: confusion.f1(),
        accuracy: confusion.accuracy(),
        false_positive_rate: confusion.false_positive_rate(),
        false_positive_rate_interval: Interval::wilson(
            confusion.false_positives,
            confusion.honest(),
        ),
        false_positive_rate_first_logins: run.first.1 as f64 / run.first.0.max(1) as f64,
        campaign_recall,
        campaign_recall_interval,
        alerts_per_100_000: 100_000.0 * flagged / count,
        findings_per_100_000: 100_000.0 * (flagged - run.repeats as f64) / count,
        incidents: incidents::measure(std::slice::from_ref(&run.company), detector.rules()),
        pr_auc: metrics::pr_auc(risk),
        roc_auc: metrics::roc_auc(risk),
        operating_points: points(risk),
        families: families(data, risk, &run.flagged),
        first_alerts: campaigns::first_alerts(risk, &run.flagged, &run.times_ms),
        baselines: baselines(&run.outputs),
        against_best_part: against_best_part(&run.outputs),
        brier_score: brier_score(risk),
        calibration_error: calibration_error(&reliability),
        reliability,
        cohorts: cohorts::cohorts(risk, &run.values),
        drift: inspect::drift(detector.model(), &run.values),
        learning: card.learning.clone(),
        folds: card.folds.clone(),
        inspection: inspect.then(|| Inspection::new(detector.model(), risk, &run.values)),
        scored: WAYS.into_iter().zip(run.outputs).collect(),
    })
}

fn run(
    data: &Dataset,
    detector: &Detector,
    limits: &ProfileLimits,
    since_ms: Option<i64>,
    mut progress: impl FnMut(u64),
) -> Result<Run, DamagedCell> {
    let mut profiles = Profiles::without_undo(limits);
    let mut run = Run::default();
    let logins = data.logins.iter().map(Labelled::on_its_way);
    go_through(&mut profiles, logins, |number, context| {
        if number % 16_384 == 0 {
            progress(number as u64);
        }
        let labelled = &data.logins[number];
        let values = features::extract(context);
        let outputs = detector.model().outputs(&values);
        let scores = detector.model().score_of(&outputs);
        let verdict = detector.judge_scores(context, labelled.display(), values, scores);
        let disposition = verdict.disposition();
        if since_ms.is_none_or(|since_ms| labelled.login.time_ms >= since_ms) {
            run.company.add(labelled, context, &verdict, detector);
            run.add(labelled, &scores, &verdict, is_first(context), values);
        }
        (disposition, ())
    })?;
    Ok(run)
}

impl Run {
    fn add(
        &mut self,
        labelled: &Labelled,
        scores: &Scores,
        verdict: &Verdict,
        first: bool,
        values: Values,
    ) {
        for (output, score) in self.outputs.iter_mut().zip(ways::scores(scores)) {
            output.push(labelled.scored(score));
        }
        let finding = verdict.finding.as_deref();
        if first && !labelled.attack {
            self.first.0 += 1;
            self.first.1 += u64::from(finding.is_some());
        }
        self.repeats += u64::from(finding.is_some_and(|finding| finding.flag.repeat));
        self.flagged.push(finding.is_some());
        self.times_ms.push(labelled.login.time_ms);
        self.values.push(values);
    }
}

fn points(scored: &[Scored]) -> Vec<OperatingPoint> {
    let point = |rate: &f64| {
        let threshold = metrics::threshold_at(scored, *rate);
        let counts = Confusion::at(scored, threshold);
        let found = metrics::campaigns_found(scored, |place| scored[place].score >= threshold);
        let campaigns_found = found.values().filter(|found| **found).count() as u64;
        let (campaign_recall, campaign_recall_interval) =
            metrics::found_of(campaigns_found, found.len() as u64);
        let alerts = counts.true_positives + counts.false_positives;
        OperatingPoint {
            false_positive_rate: *rate,
            threshold,
            recall: counts.recall(),
            recall_interval: Interval::wilson(counts.true_positives, counts.attacks()),
            campaign_recall,
            campaign_recall_interval,
            alerts_per_100_000: 100_000.0 * alerts as f64 / scored.len().max(1) as f64,
        }
    };
    metrics::FALSE_POSITIVE_RATES.iter().map(point).collect()
}

fn baselines(outputs: &[Vec<Scored>]) -> Vec<Baseline> {
    let baseline = |(name, scored): (&'static str, &Vec<Scored>)| Baseline {
        name,
        roc_auc: metrics::roc_auc(scored),
        pr_auc: metrics::pr_auc(scored),
        operating_points: points(scored),
    };
    WAYS.into_iter().zip(outputs).map(baseline).collect()
}

fn against_best_part(outputs: &[Vec<Scored>]) -> Vec<AgainstBestPart> {
    let found = |scored: &[Scored], rate: f64| -> Vec<bool> {
        let threshold = metrics::threshold_at(scored, rate);
        let found = metrics::campaigns_found(scored, |place| scored[place].score >= threshold);
        found.into_values().collect()
    };
    let count = |found: &[bool]| found.iter().filter(|one| **one).count();
    let (Some(risk), parts) = (outputs.first(), outputs.iter().zip(WAYS).skip(FIRST_PART)) else {
        return Vec::new();
    };
    let each = metrics::FALSE_POSITIVE_RATES.iter().filter_map(|rate| {
        let parts = parts
            .clone()
            .map(|(scored, name)| (name, found(scored, *rate)));
        let (part, theirs) = parts.max_by_key(|(_, found)| count(found))?;
        let own = found(risk, *rate);
        (!own.is_empty()).then(|| AgainstBestPart {
            false_positive_rate: *rate,
            part,
            difference: PairedDifference::of(&own, &theirs),
        })
    });
    each.collect()
}

fn families(data: &Dataset, scored: &[Scored], flagged: &[bool]) -> BTreeMap<String, FamilyResult> {
    let mut families: BTreeMap<String, FamilyResult> = BTreeMap::new();
    let mut campaigns: BTreeMap<(String, u32), bool> = BTreeMap::new();
    for (login, flagged) in scored.iter().zip(flagged).filter(|(login, _)| login.attack) {
        let family = login
            .family
            .and_then(|family| data.families.get(family as usize));
        let family = family.map_or_else(|| "unnamed".to_owned(), String::clone);
        if let Some(campaign) = login.campaign {
            *campaigns.entry((family.clone(), campaign)).or_default() |= flagged;
        }
        let counts = families.entry(family).or_default();
        counts.found += u64::from(*flagged);
        counts.logins += 1;
    }
    for ((family, _), found) in campaigns {
        let counts = families.entry(family).or_default();
        counts.campaigns += 1;
        counts.campaigns_found += u64::from(found);
    }
    families
}

fn reliability(scored: &[Scored]) -> Vec<Tenth> {
    let mut tenths = [(0.0, 0u64, 0u64); 10];
    for login in scored {
        let tenth = &mut tenths[((login.score * 10.0) as usize).min(9)];
        tenth.0 += login.score;
        tenth.1 += u64::from(login.attack);
        tenth.2 += 1;
    }
    let tenth = |(risk, attacks, logins): (f64, u64, u64)| Tenth {
        mean_risk: risk / logins as f64,
        share_of_attacks: attacks as f64 / logins as f64,
        logins,
    };
    let filled = tenths.into_iter().filter(|tenth| tenth.2 > 0);
    filled.map(tenth).collect()
}

fn brier_score(scored: &[Scored]) -> f64 {
    let error = |login: &Scored| (login.score - f64::from(u8::from(login.attack))).powi(2);
    scored.iter().map(error).sum::<f64>() / scored.len().max(1) as f64
}

/// How far the mean risk of a tenth lies off its share of attacks, weighed by logins.
fn calibration_error(reliability: &[Tenth]) -> f64 {
    let logins: u64 = reliability.iter().map(|tenth| tenth.logins).sum();
    let error =
        |tenth: &Tenth| (tenth.mean_risk - tenth.share_of_attacks).abs() * tenth.logins as f64;
    reliability.iter().map(error).sum::<f64>() / logins.max(1) as f64
}
