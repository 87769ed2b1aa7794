//! Models that each judge logins they have not seen, and the search for a threshold in a stream run
//! by them.

use std::sync::Arc;

use rayon::prelude::*;

use super::dataset::{Dataset, disposition};
use super::folds::Fold;
use super::metrics::{self, Scored};
use super::options::{HoldOut, TrainOptions};
use crate::detector::{Detector, Rules, Thresholds};
use crate::model::{Model, ModelError, Outputs};
use crate::profile::{DamagedCell, ProfileLimits, Profiles, go_through};

/// The share of the budget of false alarms that the threshold is searched for: later days have more
/// of them than those it was found on, because users who were flagged once add up.
const SHARE_OF_BUDGET: f64 = 0.5;
/// Steps of the search for the threshold.
const THRESHOLD_STEPS: usize = 6;
/// The share of the budget that is enough of it, and the share that is aimed at.
const ENOUGH_OF_BUDGET: f64 = 0.9;
const AIMED_OF_BUDGET: f64 = 0.95;
/// What each further threshold is asked for, of those tried side by side, by the one before.
const STRICTER: f64 = 0.8;
/// The stream is taken to flag between so many times what the scores say and one over it.
const LEAST_MULTIPLE: f64 = 0.1;
/// No threshold is nearer to 0 or 1.
const LEAST_RISK: f64 = 1e-6;

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

    /// The risks of all judged logins, in their order, by what the trees said of each place.
    pub fn score(&self, data: &Dataset, outputs: &[(usize, Outputs)]) -> Vec<Scored> {
        let score = |(place, outputs): &(usize, Outputs)| {
            let model = &self.models[self.of(*place)?];
            Some(data.logins[*place].scored(model.risk_of(outputs)))
        };
        outputs.par_iter().filter_map(score).collect()
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
    /// budget, the one with the fewest false alarms.
    pub fn find_threshold(
        &self,
        data: &Dataset,
        scored: &[Scored],
        first: f64,
        options: &TrainOptions,
    ) -> Result<Found, DamagedCell> {
        let budget = budget(options);
        let tenants = data.by_tenant();
        let run = |threshold: f64| {
            let detectors = self.detectors(threshold, first.max(threshold), &options.rules);
            let flagged = self.run(data, &tenants, &detectors, &options.limits)?;
            Ok::<_, DamagedCell>(Found { threshold, flagged })
        };
        Search::new(budget).run(
            // A company alone goes one login after another.
            if tenants.len() == 1 { 2 } else { 1 },
            |share| metrics::threshold_at(scored, share),
            |threshold| metrics::share_from(scored, threshold),
            run,
        )
    }

    /// The share of honest logins that a run of the stream flags. Tenants share nothing, so each is
    /// a run of its own.
    fn run(
        &self,
        data: &Dataset,
        tenants: &[Vec<usize>],
        detectors: &[Detector],
        limits: &ProfileLimits,
    ) -> Result<f64, DamagedCell> {
        let (honest, flagged) = tenants
            .par_iter()
            .with_max_len(1)
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
            let verdict = detector.judge(context, labelled.display());
            honest += u64::from(!labelled.attack);
            flagged += u64::from(!labelled.attack && verdict.finding.is_some());
            (verdict.disposition(), ())
        })?;
        Ok((honest, flagged))
    }
}

/// A threshold, and the share of honest logins that a stream run with it flags.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub threshold: f64,
    pub flagged: f64,
}

/// The search for the lowest threshold within a budget.
struct Search {
    budget: f64,
    /// The highest that flags too many, and the lowest that does not.
    too_low: f64,
    enough: f64,
    best: Found,
}

impl Search {
    fn new(budget: f64) -> Self {
        let nothing_known = Found {
            threshold: 1.0,
            flagged: f64::INFINITY,
        };
        Self {
            budget,
            too_low: 0.0,
            enough: 1.0,
            best: nothing_known,
        }
    }

    /// Tries thresholds, so many side by side, until enough of the budget is used. The stream flags a
    /// multiple of what the scores say, and much the same one at thresholds near each other: what is
    /// asked of the scores next (`threshold_at` a share of the honest logins, and its inverse) is what
    /// is aimed at over it.
    fn run<E: Send>(
        mut self,
        side_by_side: usize,
        threshold_at: impl Fn(f64) -> f64,
        share_from: impl Fn(f64) -> f64,
        run: impl Fn(f64) -> Result<Found, E> + Sync,
    ) -> Result<Found, E> {
        let aimed = AIMED_OF_BUDGET * self.budget;
        let mut asked = aimed;
        for _ in 0..THRESHOLD_STEPS {
            let mut tried = vec![self.bracketed(threshold_at(asked))];
            for _ in 1..side_by_side {
                asked *= STRICTER;
                let last = tried[tried.len() - 1];
                let next = self.above(last, threshold_at(asked));
                tried.extend((next > last).then_some(next));
            }
            let found: Result<Vec<Found>, E> = tried.into_par_iter().map(&run).collect();
            let found = found?;
            found.iter().for_each(|found| self.note(*found));
            if self.is_done() {
                break;
            }
            let distance = |found: &&Found| libm::fabs(libm::log(found.flagged / aimed));
            let nearest = found
                .iter()
                .min_by(|one, other| distance(one).total_cmp(&distance(other)));
            if let Some(nearest) = nearest {
                let multiple = nearest.flagged / share_from(nearest.threshold);
                asked = aimed / multiple.clamp(LEAST_MULTIPLE, 1.0 / LEAST_MULTIPLE);
            }
        }
        Ok(self.best)
    }

    /// A guess, or what lies in the middle where it is known to be too low, or not the lowest.
    fn bracketed(&self, guess: f64) -> f64 {
        let guess = guess.clamp(LEAST_RISK, 1.0 - LEAST_RISK);
        match self.too_low < guess && guess < self.enough {
            true => guess,
            false => middle(self.too_low, self.enough),
        }
    }

    /// A guess above another, or what lies between that and what is enough.
    fn above(&self, below: f64, guess: f64) -> f64 {
        match below < guess && guess < self.enough {
            true => guess,
            false => middle(below, self.enough),
        }
    }

    fn note(&mut self, found: Found) {
        let is_within = |found: Found| found.flagged <= self.budget;
        let is_better = match (is_within(found), is_within(self.best)) {
            (true, true) => found.threshold < self.best.threshold,
            (false, false) => found.flagged < self.best.flagged,
            (within, _) => within,
        };
        match is_within(found) {
            true => self.enough = self.enough.min(found.threshold),
            false => self.too_low = self.too_low.max(found.threshold),
        }
        if is_better {
            self.best = found;
        }
    }

    fn is_done(&self) -> bool {
        let enough = ENOUGH_OF_BUDGET * self.budget..=self.budget;
        enough.contains(&self.best.flagged) || self.too_low >= self.enough
    }
}

/// Between two risks, in log-odds, where those near 0 and near 1 have room.
fn middle(low: f64, high: f64) -> f64 {
    let log_odds = |risk: f64| {
        let risk = risk.clamp(LEAST_RISK, 1.0 - LEAST_RISK);
        libm::log(risk / (1.0 - risk))
    };
    1.0 / (1.0 + libm::exp(-f64::midpoint(log_odds(low), log_odds(high))))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    const BUDGET: f64 = 1e-3;

    /// Searches over so many honest logins whose scores are even; the stream flags `flags` of the
    /// share that the scores say. Gives what was found, and what was tried.
    fn search(
        honest: usize,
        side_by_side: usize,
        flags: impl Fn(f64) -> f64 + Sync,
    ) -> (Found, Vec<f64>) {
        let tried = Mutex::new(Vec::new());
        let count = honest as f64;
        let found = Search::new(BUDGET).run(
            side_by_side,
            |share| 1.0 - (share * count).floor() / count,
            |threshold| ((1.0 - threshold) * count).round().max(1.0) / count,
            |threshold| {
                tried.lock().unwrap().push(threshold);
                let flagged = (flags(1.0 - threshold) * count).floor() / count;
                Ok::<_, std::convert::Infallible>(Found { threshold, flagged })
            },
        );
        let Ok(found) = found;
        (found, tried.into_inner().unwrap())
    }

    /// Whatever multiple of what the scores say a stream flags, the search ends within the budget,
    /// near it, and after few replays.
    #[test]
    fn the_search_uses_its_budget() {
        for (multiple, power) in [(1.0, 1.0), (3.0, 1.0), (0.4, 1.0), (4.0, 0.9), (2.0, 1.1)] {
            for side_by_side in [1, 2] {
                let flags = |share: f64| multiple * libm::pow(share, power);
                let (found, tried) = search(1_000_000, side_by_side, flags);
                let used = found.flagged / BUDGET;
                let what = format!("{multiple} times, to the power {power}: {used} in {tried:?}");
                assert!((0.9..=1.0).contains(&used), "{what}");
                assert!(tried.len() <= 5 * side_by_side, "{what}");
            }
        }
    }

    /// Few honest logins leave few thresholds: none is tried twice, and what is found is within the
    /// budget.
    #[test]
    fn no_threshold_is_tried_twice() {
        for honest in [500, 5_000, 20_000] {
            for multiple in [0.3, 1.0, 3.0, 6.0, 20.0] {
                let (found, mut tried) = search(honest, 2, |share| multiple * share);
                assert!(
                    found.flagged <= BUDGET,
                    "{honest} {multiple}: {found:?} of {tried:?}"
                );
                let all = tried.len();
                tried.sort_by(f64::total_cmp);
                tried.dedup();
                assert_eq!(tried.len(), all, "{honest} {multiple}: {tried:?}");
            }
        }
    }

    /// Where nothing keeps the budget, as where rules alone exceed it, what exceeds it least is
    /// taken.
    #[test]
    fn a_budget_that_cannot_be_kept_is_exceeded_as_little_as_may_be() {
        let (found, tried) = search(100_000, 1, |share| share + 2.0 * BUDGET);
        assert!(found.flagged < 2.1 * BUDGET, "{found:?} of {tried:?}");
        assert_eq!(tried.len(), THRESHOLD_STEPS);
    }
}
