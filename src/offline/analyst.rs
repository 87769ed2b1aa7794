//! A company with an analyst in the loop: what his verdicts, late and sometimes wrong, change week
//! by week.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use serde::Serialize;

use super::dataset::{Dataset, Labelled};
use crate::detector::Detector;
use crate::incident::{
    Decision, FlaggedLogin, Incident, IncidentId, IncidentLimits, Incidents, State, Telling,
    VerdictKind, Words,
};
use crate::login::{Id, Offset, Partition};
use crate::profile::{CHUNK_LOGINS, ChunkLogin, DamagedCell, ProfileLimits, Profiles};

const WEEK_S: u32 = 7 * 86_400;

/// How the analyst works.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Analyst {
    /// From when an incident is told of to what is said of it.
    pub hours: f64,
    /// The share of verdicts that are wrong.
    pub wrong: f64,
    pub seed: u64,
}

/// One week.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Week {
    pub honest_logins: u64,
    /// That were opened in it, and those of them without a login of an attack.
    pub incidents: u64,
    pub false_incidents: u64,
    /// That began in it.
    pub campaigns: u64,
    pub campaigns_found: u64,
    pub honest_logins_flagged: u64,
    pub verdicts: u64,
    pub wrong_verdicts: u64,
}

/// The same company with and without verdicts.
#[derive(Clone, Debug, Serialize)]
pub struct AnalystResults {
    pub analyst: Analyst,
    pub without: Vec<Week>,
    pub with: Vec<Week>,
}

/// Replays a company twice.
pub fn compare(
    data: &Dataset,
    detector: &Detector,
    limits: &ProfileLimits,
    since_ms: Option<i64>,
    analyst: Analyst,
) -> Result<AnalystResults, DamagedCell> {
    let replay = |analyst| Replay::new(data, detector, limits, since_ms, analyst).run();
    Ok(AnalystResults {
        analyst,
        without: replay(None)?,
        with: replay(Some(analyst))?,
    })
}

/// What is known of an incident.
#[derive(Default)]
struct Known {
    opened_s: u32,
    attack: bool,
}

struct Replay<'a> {
    data: &'a Dataset,
    detector: &'a Detector,
    profiles: Profiles,
    incidents: Incidents,
    analyst: Option<(Analyst, Xoshiro256PlusPlus)>,
    known: BTreeMap<IncidentId, Known>,
    /// (when something will be said, of what), oldest first.
    to_judge: VecDeque<(u32, IncidentId)>,
    judged: BTreeSet<IncidentId>,
    /// From when on weeks are counted, seconds since 1970.
    since_s: u32,
    weeks: Vec<Week>,
    begun: BTreeMap<u32, usize>,
    found: BTreeSet<u32>,
}

impl<'a> Replay<'a> {
    fn new(
        data: &'a Dataset,
        detector: &'a Detector,
        limits: &ProfileLimits,
        since_ms: Option<i64>,
        analyst: Option<Analyst>,
    ) -> Self {
        let first_s = data.logins.first().map_or(0, |first| first.login.time_s());
        let since_s = since_ms.and_then(|since_ms| u32::try_from(since_ms / 1_000).ok());
        let generator =
            |analyst: Analyst| (analyst, Xoshiro256PlusPlus::seed_from_u64(analyst.seed));
        Self {
            data,
            detector,
            profiles: Profiles::without_undo(limits),
            incidents: Incidents::without_undo(IncidentLimits::default()),
            analyst: analyst.map(generator),
            known: BTreeMap::new(),
            to_judge: VecDeque::new(),
            judged: BTreeSet::new(),
            since_s: since_s.unwrap_or(first_s),
            weeks: Vec::new(),
            begun: BTreeMap::new(),
            found: BTreeSet::new(),
        }
    }

    fn run(mut self) -> Result<Vec<Week>, DamagedCell> {
        let mut from = 0;
        while from < self.data.logins.len() {
            let now_s = self.data.logins[from].login.time_s();
            self.say_what_is_due(now_s)?;
            let next_s = self.to_judge.front().map_or(u32::MAX, |(due_s, _)| *due_s);
            let rest = &self.data.logins[from..];
            let until = rest.partition_point(|one| one.login.time_s() < next_s.max(now_s + 1));
            let piece = &rest[..until.clamp(1, CHUNK_LOGINS)];
            self.go_through(from, piece)?;
            from += piece.len();
        }
        for (campaign, week) in &self.begun {
            let week = &mut self.weeks[*week];
            week.campaigns += 1;
            week.campaigns_found += u64::from(self.found.contains(campaign));
        }
        for known in self.known.values() {
            if let Some(week) = week_of(known.opened_s, self.since_s) {
                let week = &mut self.weeks[week];
                week.incidents += 1;
                week.false_incidents += u64::from(!known.attack);
            }
        }
        Ok(self.weeks)
    }

    fn go_through(&mut self, from: usize, piece: &[Labelled]) -> Result<(), DamagedCell> {
        let logins: Vec<ChunkLogin<'_>> = piece.iter().map(Labelled::on_its_way).collect();
        let verdicts = self.detector.judge_all(&mut self.profiles, &logins)?;
        for (place, (one, verdict)) in piece.iter().zip(verdicts).enumerate() {
            let finding = verdict.finding.as_deref();
            if let Some(week) = self.week(one.login.time_s()) {
                week.honest_logins += u64::from(!one.attack);
                week.honest_logins_flagged += u64::from(!one.attack && finding.is_some());
            }
            if let (Some(campaign), Some(week)) =
                (one.campaign, week_of(one.login.time_s(), self.since_s))
            {
                self.begun.entry(campaign).or_insert(week);
            }
            let Some(finding) = finding else { continue };
            self.found.extend(one.campaign);
            let number = (from + place) as u128;
            let id = IncidentId(Id::from_bytes(number.to_be_bytes()));
            let flagged = FlaggedLogin::of(id, Partition(0), &one.login, finding);
            self.join(&flagged, one.attack);
        }
        Ok(())
    }

    fn join(&mut self, flagged: &FlaggedLogin, attack: bool) {
        let (mut opened, mut merged) = (Vec::new(), Vec::new());
        let mut tell = |telling: Telling, whole: &Incident| {
            if telling.told == Some(crate::incident::Told::Opened) {
                opened.push((whole.id, telling.at_s));
            }
            if let State::Merged { into } = whole.state {
                merged.push((whole.id, into));
            }
        };
        let words = Words::default();
        let id = self
            .incidents
            .join(flagged, &words, flagged.time_s, &mut tell);
        for (id, opened_s) in opened {
            self.known.entry(id).or_default().opened_s = opened_s;
            if let Some((analyst, _)) = &self.analyst {
                let late_s = (analyst.hours * 3_600.0) as u32;
                self.to_judge.push_back((opened_s + late_s, id));
            }
        }
        for (other, into) in merged {
            let other = self.known.remove(&other).unwrap_or_default();
            self.known.entry(into).or_default().attack |= other.attack;
        }
        self.known.entry(id).or_default().attack |= attack;
    }

    fn say_what_is_due(&mut self, now_s: u32) -> Result<(), DamagedCell> {
        while let Some((due_s, id)) = self.to_judge.front().copied() {
            if due_s > now_s {
                break;
            }
            self.to_judge.pop_front();
            self.say(id, now_s)?;
        }
        Ok(())
    }

    /// One verdict about an incident, right or wrong.
    fn say(&mut self, id: IncidentId, now_s: u32) -> Result<(), DamagedCell> {
        let Some(id) = self.incidents.get(id).map(|incident| incident.id) else {
            return Ok(());
        };
        let attack = self.known.get(&id).is_some_and(|known| known.attack);
        let Some((analyst, generator)) = &mut self.analyst else {
            return Ok(());
        };
        if !self.judged.insert(id) {
            return Ok(());
        }
        let wrong = generator.random_bool(analyst.wrong);
        let verdict = match attack != wrong {
            true => VerdictKind::Confirmed,
            false => VerdictKind::Benign,
        };
        if let Some(week) = self.week(now_s) {
            week.verdicts += 1;
            week.wrong_verdicts += u64::from(wrong);
        }
        let decision = Decision {
            id: id.to_string().into(),
            verdict,
            by: "analyst".into(),
            until_s: 0,
            at_s: now_s,
            offset: Offset(self.judged.len() as i64),
        };
        let decided = self.incidents.decide(id, decision, &mut |_, _| ());
        debug_assert!(decided.is_ok(), "one person is enough");
        self.incidents.apply_verdicts(&mut self.profiles)?;
        self.profiles.commit();
        self.incidents.commit();
        Ok(())
    }

    fn week(&mut self, time_s: u32) -> Option<&mut Week> {
        let week = week_of(time_s, self.since_s)?;
        if self.weeks.len() <= week {
            self.weeks.resize(week + 1, Week::default());
        }
        self.weeks.get_mut(week)
    }
}

fn week_of(time_s: u32, since_s: u32) -> Option<usize> {
    Some((time_s.checked_sub(since_s)? / WEEK_S) as usize)
}
