//! Measured as an analyst meets it: by incidents. How many a day, how many of them about nobody's
//! attack, and how well they keep campaigns together and apart.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::metrics::{self, Interval, Scored};
use crate::detector::{Family, Severity, Verdict, links_of};
use crate::incident::{
    FlaggedLogin, Incident, IncidentId, IncidentLimits, Incidents, State, Telling, Words,
};
use crate::login::{Id, Partition};
use crate::profile::LoginContext;

/// False incidents a million honest logins at which campaigns are counted.
const RATES: [f64; 3] = [1.0, 5.0, 20.0];
/// Logins below this share of the detector's threshold are flagged at no rate that is measured.
const FLOOR_SHARE: f64 = 0.05;
const DAY_S: f64 = 86_400.0;

/// A login that is or might be flagged.
#[derive(Debug)]
struct Candidate {
    /// Among the logins that are measured.
    place: usize,
    flagged: FlaggedLogin,
}

/// The candidates of a run, in the order of their logins.
#[derive(Debug, Default)]
pub(super) struct Candidates(Vec<Candidate>);

impl Candidates {
    /// Keeps a login where some threshold that is measured may flag it.
    pub fn add(&mut self, place: usize, context: &LoginContext<'_>, verdict: &Verdict, alert: f64) {
        if verdict.finding.is_none() && verdict.risk < alert * FLOOR_SHARE {
            return;
        }
        let finding = verdict.finding.as_deref();
        self.0.push(Candidate {
            place,
            flagged: FlaggedLogin {
                id: IncidentId(Id::from_bytes((place as u128).to_be_bytes())),
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
}

/// The incidents of what was flagged: which logins each holds, and how often it was told of.
#[derive(Debug, Default)]
struct Worked {
    /// By where it ended up, the places of its logins.
    incidents: BTreeMap<IncidentId, Vec<usize>>,
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
                let places = worked.incidents.remove(&other).unwrap_or_default();
                worked.incidents.entry(into).or_default().extend(places);
            }
            worked
                .incidents
                .entry(id)
                .or_default()
                .push(candidate.place);
        }
        worked
    }

    fn count_false(&self, scored: &[Scored]) -> u64 {
        let is_false = |places: &&Vec<usize>| !places.iter().any(|place| scored[*place].attack);
        self.incidents.values().filter(is_false).count() as u64
    }

    /// The campaigns in each incident.
    fn campaigns<'a>(&'a self, scored: &'a [Scored]) -> impl Iterator<Item = BTreeSet<u32>> + 'a {
        self.incidents.values().map(|places| {
            let campaigns = places.iter().filter_map(|place| scored[*place].campaign);
            campaigns.collect()
        })
    }
}

/// Measures what was flagged by incidents, and what would have been at other thresholds.
pub(super) fn measure(
    candidates: &Candidates,
    scored: &[Scored],
    flagged: &[bool],
    times_ms: &[i64],
) -> IncidentResults {
    let candidates = &candidates.0;
    let worked = Worked::of(candidates.iter().filter(|one| flagged[one.place]));
    let honest = scored.iter().filter(|login| !login.attack).count() as f64;
    let millions = honest.max(1.0) / 1e6;
    let span_ms = times_ms.last().zip(times_ms.first());
    let days = span_ms.map_or(0.0, |(last, first)| (last - first) as f64 / 1000.0 / DAY_S);
    let days = days.max(1.0);
    let incidents = worked.incidents.len() as u64;
    let false_incidents = worked.count_false(scored);
    let mut in_incidents: BTreeMap<u32, u64> = BTreeMap::new();
    let mut mixed_incidents = 0;
    for campaigns in worked.campaigns(scored) {
        mixed_incidents += u64::from(campaigns.len() > 1);
        for campaign in campaigns {
            *in_incidents.entry(campaign).or_default() += 1;
        }
    }
    let tellings: u64 = worked.tellings.values().sum();
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
        mixed_incidents,
        split_campaigns: in_incidents.values().filter(|count| **count > 1).count() as u64,
        tellings_an_incident: tellings as f64 / incidents.max(1) as f64,
        most_tellings: worked.tellings.values().copied().max().unwrap_or(0),
        points: RATES
            .iter()
            .map(|rate| point(candidates, scored, *rate, *rate * millions, days))
            .collect(),
    }
}

/// The lowest threshold with no more false incidents than allowed, and what it finds.
fn point(
    candidates: &[Candidate],
    scored: &[Scored],
    rate: f64,
    allowed: f64,
    days: f64,
) -> IncidentPoint {
    let at = |threshold: f64| {
        let flagged = candidates.iter();
        Worked::of(flagged.filter(move |one| scored[one.place].score >= threshold))
    };
    let mut thresholds: Vec<f64> = candidates
        .iter()
        .filter(|one| !scored[one.place].attack)
        .map(|one| scored[one.place].score)
        .collect();
    thresholds.sort_by(f64::total_cmp);
    thresholds.dedup();
    // Just above every honest login; more of them make more incidents, but for few that then join.
    let above = |place: usize| thresholds.get(place).map_or(0.0, |score| score.next_up());
    let (mut low, mut high) = (0, thresholds.len());
    while low < high {
        let middle = (low + high) / 2;
        match at(above(middle)).count_false(scored) as f64 <= allowed {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    let threshold = above(low.min(thresholds.len().saturating_sub(1)));
    let worked = at(threshold);
    let found: BTreeSet<u32> = worked.campaigns(scored).flatten().collect();
    let campaigns: BTreeSet<u32> = scored.iter().filter_map(|login| login.campaign).collect();
    let (campaign_recall, campaign_recall_interval) =
        metrics::found_of(found.len() as u64, campaigns.len() as u64);
    IncidentPoint {
        false_incidents_a_million: rate,
        threshold,
        incidents_a_day: worked.incidents.len() as f64 / days,
        campaigns_found: found.len() as u64,
        campaign_recall,
        campaign_recall_interval,
    }
}
