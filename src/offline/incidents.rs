//! Measured as an analyst meets it: by incidents. How many a day, how many of them about nobody's
//! attack, and how well they keep campaigns together and apart.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;

use super::dataset::{Dataset, Labelled};
use super::metrics::{self, Interval};
use super::rules::{RuleResult, RuleTally};
use crate::detector::{Detector, Family, Rules, Severity, Verdict, links_of};
use crate::incident::{
    FlaggedLogin, Incident, IncidentId, IncidentLimits, Incidents, State, Telling, Words,
};
use crate::login::{Id, Partition};
use crate::profile::{DamagedCell, LoginContext, ProfileLimits, Profiles, go_through};

/// False incidents a million honest logins at which campaigns are counted.
const RATES: [f64; 3] = [1.0, 5.0, 20.0];
/// Logins below this share of the detector's threshold are flagged at no rate that is measured.
const FLOOR_SHARE: f64 = 0.05;
const DAY_S: f64 = 86_400.0;

/// A login that is or might be flagged.
#[derive(Debug)]
struct Candidate {
    /// Whether the detector flagged it.
    is_flagged: bool,
    /// Whether a rule did, and so at any threshold.
    by_rule: bool,
    attack: bool,
    campaign: Option<u32>,
    flagged: FlaggedLogin,
}

/// What a run of one company's logins leaves to be counted by incidents: few of them.
#[derive(Debug, Default)]
pub(super) struct Company {
    /// In the order of their logins.
    candidates: Vec<Candidate>,
    rules: RuleTally,
    honest: u64,
    campaigns: BTreeSet<u32>,
    /// Of the first and the last login, seconds since 1970.
    span_s: Option<(u32, u32)>,
}

impl Company {
    /// Counts a login, and keeps it where some threshold that is measured may flag it.
    pub fn add(
        &mut self,
        truth: &Labelled,
        context: &LoginContext<'_>,
        verdict: &Verdict,
        detector: &Detector,
    ) {
        self.rules.add(truth, verdict, detector.rules());
        self.honest += u64::from(!truth.attack);
        self.campaigns.extend(truth.campaign);
        let first_s = self.span_s.map_or(context.now_s, |(first_s, _)| first_s);
        self.span_s = Some((first_s, context.now_s));
        if verdict.finding.is_none() && verdict.risk < detector.alert_risk() * FLOOR_SHARE {
            return;
        }
        let finding = verdict.finding.as_deref();
        let place = self.candidates.len() as u128;
        self.candidates.push(Candidate {
            is_flagged: finding.is_some(),
            by_rule: finding.is_some_and(|finding| !finding.rules.is_empty()),
            attack: truth.attack,
            campaign: truth.campaign,
            flagged: FlaggedLogin {
                id: IncidentId(Id::from_bytes(place.to_be_bytes())),
                partition: Partition(0),
                user: context.login.user,
                time_s: context.now_s,
                entered: context.login.success,
                severity: finding.map_or(Severity::Low, |finding| finding.severity),
                family: finding.map_or(Family::Unusual, |finding| finding.family),
                risk: verdict.risk,
                links: links_of(context),
                sighting: None,
            },
        });
    }
}

/// What was found at a rate of false incidents.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct IncidentPoint {
    /// The most that was allowed.
    pub false_incidents_a_million: f64,
    /// Whether it is kept: rules flag at any threshold.
    pub kept: bool,
    pub threshold: f64,
    pub incidents_a_day: f64,
    pub campaigns_found: u64,
    pub campaign_recall: Option<f64>,
    /// 95 % (Wilson), for the campaigns at hand.
    pub campaign_recall_interval: Option<Interval>,
}

/// What an analyst would have worked.
#[derive(Clone, Debug, Serialize)]
pub struct IncidentResults {
    pub days: f64,
    pub incidents: u64,
    pub incidents_a_day: f64,
    /// Without any login of an attack.
    pub false_incidents: u64,
    pub false_incidents_a_million: f64,
    /// 95 %, exact (Garwood 1936).
    pub false_incidents_a_million_interval: Interval,
    /// With logins of two campaigns or more.
    pub mixed_incidents: u64,
    /// Campaigns that are in two incidents or more.
    pub split_campaigns: u64,
    pub tellings_an_incident: f64,
    /// The most tellings of one.
    pub most_tellings: u64,
    pub points: Vec<IncidentPoint>,
    pub rules: Vec<RuleResult>,
}

/// An incident, as far as it is measured.
#[derive(Debug, Default)]
struct Counted {
    attack: bool,
    campaigns: BTreeSet<u32>,
}

/// The incidents of what was flagged, and how often each was told of.
#[derive(Debug, Default)]
struct Worked {
    /// By where it ended up.
    incidents: BTreeMap<IncidentId, Counted>,
    tellings: BTreeMap<IncidentId, u64>,
}

impl Worked {
    fn of<'a>(flagged: impl Iterator<Item = &'a Candidate>) -> Self {
        let mut open = Incidents::without_undo(IncidentLimits::default());
        let mut worked = Self::default();
        for candidate in flagged {
            let flagged = &candidate.flagged;
            let mut merged = Vec::new();
            let tellings = &mut worked.tellings;
            let mut tell = |telling: Telling, whole: &Incident| {
                if telling.told.is_some() {
                    *tellings.entry(whole.id).or_default() += 1;
                }
                if let State::Merged { into } = whole.state {
                    merged.push((whole.id, into));
                }
            };
            let id = open.join(flagged, &Words::default(), flagged.time_s, &mut tell);
            for (other, into) in merged {
                let other = worked.incidents.remove(&other).unwrap_or_default();
                let counted = worked.incidents.entry(into).or_default();
                counted.attack |= other.attack;
                counted.campaigns.extend(other.campaigns);
            }
            let counted = worked.incidents.entry(id).or_default();
            counted.attack |= candidate.attack;
            counted.campaigns.extend(candidate.campaign);
        }
        worked
    }

    fn count_false(&self) -> u64 {
        let incidents = self.incidents.values();
        incidents.filter(|counted| !counted.attack).count() as u64
    }

    fn campaigns_found(&self) -> u64 {
        let campaigns = self
            .incidents
            .values()
            .flat_map(|counted| &counted.campaigns);
        campaigns.collect::<BTreeSet<_>>().len() as u64
    }
}

/// Measures what was flagged by incidents, and what would have been at other thresholds; of several
/// companies together, each with incidents of its own.
pub(super) fn measure(companies: &[Company], rules: &Rules) -> IncidentResults {
    let of = |company: &Company| {
        let candidates = company.candidates.iter();
        Worked::of(candidates.filter(|candidate| candidate.is_flagged))
    };
    let worked: Vec<Worked> = companies.iter().map(of).collect();
    let honest: u64 = companies.iter().map(|company| company.honest).sum();
    let millions = honest.max(1) as f64 / 1e6;
    let days: f64 = companies.iter().map(Company::days).sum();
    let incidents: u64 = worked
        .iter()
        .map(|worked| worked.incidents.len() as u64)
        .sum();
    let false_incidents: u64 = worked.iter().map(Worked::count_false).sum();
    let counted = || worked.iter().flat_map(|worked| worked.incidents.values());
    let split = worked.iter().map(|worked| {
        let mut in_incidents: BTreeMap<u32, u64> = BTreeMap::new();
        for campaign in worked.incidents.values().flat_map(|one| &one.campaigns) {
            *in_incidents.entry(*campaign).or_default() += 1;
        }
        in_incidents.values().filter(|count| **count > 1).count() as u64
    });
    let tellings = || {
        worked
            .iter()
            .flat_map(|worked| worked.tellings.values().copied())
    };
    let interval = Interval::poisson(false_incidents);
    IncidentResults {
        days,
        incidents,
        incidents_a_day: incidents as f64 / days,
        false_incidents,
        false_incidents_a_million: false_incidents as f64 / millions,
        false_incidents_a_million_interval: Interval {
            low: interval.low / millions,
            high: interval.high / millions,
        },
        mixed_incidents: counted().filter(|one| one.campaigns.len() > 1).count() as u64,
        split_campaigns: split.sum(),
        tellings_an_incident: tellings().sum::<u64>() as f64 / incidents.max(1) as f64,
        most_tellings: tellings().max().unwrap_or(0),
        points: RATES
            .iter()
            .map(|rate| point(companies, *rate, *rate * millions, days))
            .collect(),
        rules: RuleResult::of(rules, companies.iter().map(|company| &company.rules)),
    }
}

impl Company {
    fn days(&self) -> f64 {
        let span_s = self
            .span_s
            .map_or(0, |(first_s, last_s)| last_s.saturating_sub(first_s));
        (f64::from(span_s) / DAY_S).max(1.0)
    }

    fn at(&self, threshold: f64) -> Worked {
        let candidates = self.candidates.iter();
        Worked::of(candidates.filter(move |one| one.by_rule || one.flagged.risk >= threshold))
    }
}

/// The lowest threshold with no more false incidents than allowed, and what it finds.
fn point(companies: &[Company], rate: f64, allowed: f64, days: f64) -> IncidentPoint {
    let at = |threshold: f64| -> Vec<Worked> {
        companies
            .par_iter()
            .map(|company| company.at(threshold))
            .collect()
    };
    let mut thresholds: Vec<f64> = companies
        .iter()
        .flat_map(|company| &company.candidates)
        .filter(|one| !one.attack)
        .map(|one| one.flagged.risk)
        .collect();
    thresholds.sort_by(f64::total_cmp);
    thresholds.dedup();
    // Just above every honest login; more of them make more incidents, but for few that then join.
    let above = |place: usize| thresholds.get(place).map_or(0.0, |score| score.next_up());
    let (mut low, mut high) = (0, thresholds.len());
    while low < high {
        let middle = (low + high) / 2;
        let found = at(above(middle))
            .iter()
            .map(Worked::count_false)
            .sum::<u64>();
        match found as f64 <= allowed {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    let threshold = above(low.min(thresholds.len().saturating_sub(1)));
    let worked = at(threshold);
    let found: u64 = worked.iter().map(Worked::campaigns_found).sum();
    let campaigns: u64 = companies
        .iter()
        .map(|company| company.campaigns.len() as u64)
        .sum();
    let incidents: u64 = worked
        .iter()
        .map(|worked| worked.incidents.len() as u64)
        .sum();
    let (campaign_recall, campaign_recall_interval) = metrics::found_of(found, campaigns);
    IncidentPoint {
        false_incidents_a_million: rate,
        kept: worked.iter().map(Worked::count_false).sum::<u64>() as f64 <= allowed,
        threshold,
        incidents_a_day: incidents as f64 / days,
        campaigns_found: found,
        campaign_recall,
        campaign_recall_interval,
    }
}

/// What was found in several companies together.
#[derive(Clone, Debug, Serialize)]
pub struct PooledResults {
    pub companies: u64,
    pub honest_logins: u64,
    pub campaigns: u64,
    pub model: String,
    pub threshold: f64,
    pub incidents: IncidentResults,
}

/// Goes through companies one after the other; of each, little is kept.
pub struct Pool<'a> {
    detector: &'a Detector,
    limits: ProfileLimits,
    since_ms: Option<i64>,
    companies: Vec<Company>,
}

impl<'a> Pool<'a> {
    #[must_use]
    pub fn new(detector: &'a Detector, limits: ProfileLimits, since_ms: Option<i64>) -> Self {
        Self {
            detector,
            limits,
            since_ms,
            companies: Vec::new(),
        }
    }

    /// Replays a company's logins; those before the time warm the profiles up and are not measured.
    pub fn add(&mut self, data: &Dataset) -> Result<(), DamagedCell> {
        let mut company = Company::default();
        let mut profiles = Profiles::without_undo(&self.limits);
        let logins = data.logins.iter().map(Labelled::on_its_way);
        go_through(&mut profiles, logins, |number, context| {
            let labelled = &data.logins[number];
            let verdict = self.detector.judge(context, labelled.display());
            let is_measured = self
                .since_ms
                .is_none_or(|since_ms| labelled.login.time_ms >= since_ms);
            if is_measured {
                company.add(labelled, context, &verdict, self.detector);
            }
            (verdict.disposition(), ())
        })?;
        self.companies.push(company);
        Ok(())
    }

    #[must_use]
    pub fn measure(&self) -> PooledResults {
        let companies = self.companies.iter();
        PooledResults {
            companies: self.companies.len() as u64,
            honest_logins: companies.clone().map(|company| company.honest).sum(),
            campaigns: companies
                .map(|company| company.campaigns.len() as u64)
                .sum(),
            model: self.detector.model().checksum().to_owned(),
            threshold: self.detector.alert_risk(),
            incidents: measure(&self.companies, self.detector.rules()),
        }
    }
}
