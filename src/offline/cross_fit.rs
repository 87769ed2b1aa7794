//! Models that each judge logins they have not seen, and the search for a threshold in a stream run
//! by them.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::dataset::{Dataset, disposition};
use super::folds::Fold;
use super::metrics::{self, Scored};
use super::options::{HoldOut, TrainOptions};
use crate::detector::{Detector, Rules, Thresholds};
use crate::features::Values;
use crate::login::Id;
use crate::model::{Model, ModelError};
use crate::profile::{DamagedCell, ProfileLimits, Profiles, go_through};

/// The share of the budget of false alarms that the threshold is searched for: later days have more
/// of them than those it was found on, because users who were flagged once add up.
const SHARE_OF_BUDGET: f64 = 0.5;
/// Replays that the search for the threshold may take.
const THRESHOLD_STEPS: usize = 6;

/// The share of honest logins that may be flagged where the threshold is searched.
fn budget(options: &TrainOptions) -> f64 {
    match options.hold_out {
        HoldOut::Time => options.max_false_positive_rate * SHARE_OF_BUDGET,
        // Whole histories are judged, and those whom they flagged have added up already.
        HoldOut::Tenants | HoldOut::Users | HoldOut::Families => options.max_false_positive_rate,
    }
}

/// The models of the folds, each for its own logins.
pub(super) struct CrossFitModels {
    pub models: Vec<Arc<Model>>,
    /// Which of them judges a login, by its place.
    judge: Vec<Option<u8>>,
}

impl CrossFitModels {
    pub fn new(folds: &[Fold], logins: usize) -> Result<Self, ModelError> {
        let models = folds
            .iter()
            .map(|fold| Ok(Arc::new(Model::new(fold.parts.clone())?)));
        let mut judge = vec![None; logins];
        for (number, fold) in folds.iter().enumerate() {
            for place in &fold.judged {
                judge[*place] = u8::try_from(number).ok();
            }
        }
        Ok(Self {
            models: models.collect::<Result<_, ModelError>>()?,
            judge,
        })
    }

    pub fn of(&self, place: usize) -> Option<usize> {
        self.judge[place].map(usize::from)
    }

    pub fn not_judged(&self) -> Vec<usize> {
        let all = 0..self.judge.len();
        all.filter(|place| self.judge[*place].is_none()).collect()
    }

    pub fn detectors(&self, threshold: f64, first: f64, rules: &Rules) -> Vec<Detector> {
        let detector = |model: &Arc<Model>| {
            Detector::new(Arc::clone(model), Thresholds::default(), Some(threshold))
                .with_alert_risk_first(first)
                .with_rules(rules.clone())
        };
        self.models.iter().map(detector).collect()
    }

    /// The risks of all judged logins, in their order.
    pub fn score(&self, data: &Dataset, rows: &[Values]) -> Vec<Scored> {
        let score = |place: usize| {
            let model = &self.models[self.of(place)?];
            Some(data.logins[place].scored(model.risk(&rows[place])))
        };
        (0..rows.len()).into_par_iter().filter_map(score).collect()
    }

    /// The threshold for a user's first logins. There are too few of them for a search of their
    /// own, and they may be flagged twice as often as others.
    pub fn threshold_first(
        &self,
        scored: &[Scored],
        first: &[bool],
        options: &TrainOptions,
    ) -> f64 {
        let judged = (0..self.judge.len()).filter(|place| self.of(*place).is_some());
        let first: Vec<Scored> = scored
            .iter()
            .zip(judged)
            .filter(|(_, place)| first[*place])
            .map(|(scored, _)| *scored)
            .collect();
        let rate = 2.0 * budget(options);
        let overall = metrics::threshold_at(scored, rate);
        metrics::threshold_at(&first, rate)
            .max(overall)
            .clamp(0.0, 1.0)
    }

    /// The lowest threshold whose false alarms stay within the budget when the stream is really run
    /// with it, and with the rules, which do not give way: a flagged login teaches nothing, so an
    /// honest user who is flagged once for a new phone is flagged for it again. Where none keeps the
    /// budget, the one with the fewest false alarms. Gives the threshold and its share of false
    /// alarms.
    pub fn find_threshold(
        &self,
        data: &Dataset,
        scored: &[Scored],
        first: f64,
        options: &TrainOptions,
    ) -> Result<(f64, f64), DamagedCell> {
        let budget = budget(options);
        let run = |threshold: f64| {
            let detectors = self.detectors(threshold, first.max(threshold), &options.rules);
            let flagged = self.run(data, &detectors, &options.limits)?;
            Ok::<_, DamagedCell>((threshold, flagged))
        };
        // In log-odds, where risks near 0 and near 1 have room.
        let log_odds = |risk: f64| libm::log(risk / (1.0 - risk));
        let lowest = metrics::threshold_at(scored, budget).clamp(1e-6, 1.0 - 1e-6);
        let mut best = run(lowest)?;
        if best.1 <= budget {
            return Ok(best);
        }
        let (mut too_low, mut enough) = (log_odds(lowest), log_odds(1.0 - 1e-6));
        for _ in 0..THRESHOLD_STEPS {
            let middle = (too_low + enough) / 2.0;
            let found = run(1.0 / (1.0 + libm::exp(-middle)))?;
            if found.1 <= budget {
                enough = middle;
            } else {
                too_low = middle;
            }
            // Within the budget each one found is lower than the last; above it, fewer false alarms
            // are better.
            if found.1 <= budget || found.1 < best.1 {
                best = found;
            }
        }
        Ok(best)
    }

    /// The share of honest logins that a run of the stream flags. Tenants share nothing, so each is
    /// a run of its own.
    fn run(
        &self,
        data: &Dataset,
        detectors: &[Detector],
        limits: &ProfileLimits,
    ) -> Result<f64, DamagedCell> {
        let mut by_tenant: BTreeMap<Id, Vec<usize>> = BTreeMap::new();
        for (place, labelled) in data.logins.iter().enumerate() {
            let places = by_tenant.entry(labelled.login.tenant).or_default();
            places.push(place);
        }
        let tenants: Vec<Vec<usize>> = by_tenant.into_values().collect();
        let (honest, flagged) = tenants
            .par_iter()
            .map(|places| self.run_tenant(data, places, detectors, limits))
            .try_reduce(
                || (0, 0),
                |one, other| Ok((one.0 + other.0, one.1 + other.1)),
            )?;
        Ok(flagged as f64 / honest.max(1) as f64)
    }

    /// How many honest logins a tenant has, and how many of them are flagged. Those that nobody
    /// judges build the profiles, by labels that are known by then.
    fn run_tenant(
        &self,
        data: &Dataset,
        places: &[usize],
        detectors: &[Detector],
        limits: &ProfileLimits,
    ) -> Result<(u64, u64), DamagedCell> {
        let mut profiles = Profiles::without_undo(limits);
        let (mut honest, mut flagged) = (0u64, 0u64);
        let logins = places.iter().map(|place| data.logins[*place].on_its_way());
        go_through(&mut profiles, logins, |number, context| {
            let place = places[number];
            let labelled = &data.logins[place];
            let Some(detector) = self.of(place).map(|model| &detectors[model]) else {
                return (disposition(context, labelled.attack), ());
            };
            let verdict = detector.judge(context, &labelled.display);
            honest += u64::from(!labelled.attack);
            flagged += u64::from(!labelled.attack && verdict.finding.is_some());
            (verdict.disposition(), ())
        })?;
        Ok((honest, flagged))
    }
}
