//! Runs a case: every login is judged by what was known before it, and applied.

use serde::Serialize;

use super::file::{Case, Expected};
use crate::detector::explanation::RuleAsked;
use crate::detector::{Detector, Severity, Suppressions, Verdict, reasons};
use crate::incident::{FlaggedLogin, Incident, IncidentId, IncidentLimits, Incidents, Words};
use crate::login::{Event, Id, IdHasher, Login, Partition};
use crate::profile::{ChunkLogin, DamagedCell, DisplayFields, ProfileLimits, Profiles, go_through};
use crate::spelling::did_you_mean;

/// What became of the login that a case is about.
#[derive(Debug, Default, Serialize)]
pub struct Found {
    pub flagged: bool,
    /// What keeps its alert back: a suppression, or the exception of a rule.
    pub suppressed_by: Option<String>,
    pub risk: f64,
    pub severity: Severity,
    pub family: Option<&'static str>,
    pub reasons: Vec<&'static str>,
    /// Rules that it meets, those that are only counted too.
    pub rules: Vec<&'static str>,
    pub incident: Option<FoundIncident>,
}

/// The incident that it joined.
#[derive(Debug, Serialize)]
pub struct FoundIncident {
    pub kind: crate::incident::IncidentKind,
    pub attempts: u64,
    pub users_entered: u32,
}

/// How a case went.
#[derive(Debug, Serialize)]
pub struct CaseResult {
    pub name: String,
    /// What is otherwise than expected; none where it passed.
    pub differences: Vec<String>,
    pub found: Found,
}

/// Runs a case.
pub fn run(
    case: &Case,
    detector: &Detector,
    suppressions: &Suppressions,
    hasher: &IdHasher,
    limits: &ProfileLimits,
) -> Result<CaseResult, DamagedCell> {
    let events = case.logins.iter();
    // They were checked when they were read.
    let events: Vec<Event<'_>> = events
        .filter_map(|json| Event::from_json(json).ok())
        .collect();
    let logins: Vec<(Login, DisplayFields)> = events
        .iter()
        .map(|event| DisplayFields::with_login(event, hasher))
        .collect();
    let mut profiles = Profiles::without_undo(limits);
    let on_their_way = logins.iter().map(|(login, display)| ChunkLogin {
        partition: Partition(0),
        login,
        display,
    });
    let last = logins.len().saturating_sub(1);
    let mut asked = Vec::new();
    let verdicts = go_through(&mut profiles, on_their_way, |place, context| {
        let display = &logins[place].1;
        let verdict = detector.judge(context, display);
        if place == last && !case.expected.rules.is_empty() {
            asked = detector.explanation(context, display).rules;
        }
        (verdict.disposition(), verdict)
    })?;
    let incident = incident(&events, &logins, &verdicts);
    let mut found = verdicts
        .last()
        .map(|verdict| found(verdict, detector, incident))
        .unwrap_or_default();
    let finding = verdicts.last().and_then(|verdict| verdict.finding.as_ref());
    if let (Some(finding), Some(event)) = (finding, events.last()) {
        let name = finding.suppressed_by(suppressions, detector.rules(), event);
        found.suppressed_by = name.map(str::to_owned);
    }
    Ok(CaseResult {
        name: case.name.clone(),
        differences: differences(&case.expected, &found)
            .into_iter()
            .chain(unknown(&case.expected, detector))
            .chain(unmet(&case.expected, &asked))
            .collect(),
        found,
    })
}

/// The incident that the last login joined, where it was flagged.
fn incident(
    events: &[Event<'_>],
    logins: &[(Login, DisplayFields)],
    verdicts: &[Verdict],
) -> Option<FoundIncident> {
    let mut incidents = Incidents::without_undo(IncidentLimits::default());
    let mut last = None;
    for (place, verdict) in verdicts.iter().enumerate() {
        last = verdict.finding.as_ref().map(|finding| {
            let id = IncidentId(Id::from_bytes((place as u128).to_be_bytes()));
            let (event, login) = (&events[place], &logins[place].0);
            let flagged = FlaggedLogin::of(id, Partition(0), login, finding);
            let words = Words {
                user: &event.user_id,
                tenant: &event.tenant,
                address: event.ip_address,
                device: event.device_id.as_deref(),
                agent: event.user_agent.as_deref(),
                reasons: &finding.reasons,
                ..Words::default()
            };
            incidents.join(&flagged, &words, flagged.time_s, &mut |_, _: &Incident| ())
        });
    }
    let incident = incidents.get(last?)?;
    Some(FoundIncident {
        kind: incident.kind(),
        attempts: incident.attempts,
        users_entered: incident.users_entered(),
    })
}

fn found(verdict: &Verdict, detector: &Detector, incident: Option<FoundIncident>) -> Found {
    let finding = verdict.finding.as_deref();
    let rules = detector.rules().of(verdict.met);
    let reasons = finding.into_iter().flat_map(|finding| &finding.reasons);
    Found {
        flagged: finding.is_some(),
        suppressed_by: None,
        risk: verdict.risk,
        severity: verdict.severity(),
        family: finding.map(|finding| finding.family.name()),
        reasons: reasons.map(|reason| reason.code).collect(),
        rules: rules.map(|rule| rule.name).collect(),
        incident,
    }
}

/// Rules and reasons that are expected, or not, and that nothing is called.
fn unknown(expected: &Expected, detector: &Detector) -> Vec<String> {
    let rules = || detector.rules().iter().map(|rule| rule.name);
    let wanted = expected.rules.iter().chain(&expected.not_rules);
    let wrong = wanted.filter(|name| !rules().any(|rule| rule == name.as_str()));
    let rules_told = wrong.map(|name| {
        let hint = did_you_mean(name, rules());
        format!("no rule that counts is called `{name}`{hint}")
    });
    let codes = || reasons::codes().chain(rules());
    let wrong = expected.reasons.iter();
    let wrong = wrong.filter(|code| !codes().any(|known| known == code.as_str()));
    let reasons_told = wrong.map(|code| {
        let hint = did_you_mean(code, codes());
        format!("no reason is called `{code}`{hint}")
    });
    rules_told.chain(reasons_told).collect()
}

/// Of rules that are expected and not met, what was not so.
fn unmet(expected: &Expected, asked: &[RuleAsked]) -> Vec<String> {
    let wanted = |rule: &&RuleAsked| expected.rules.iter().any(|name| name == rule.name);
    let unmet = asked.iter().filter(wanted).filter(|rule| !rule.met);
    let told = unmet.map(|rule| {
        let parts = rule.asked.iter().filter(|part| !part.holds);
        let parts = parts.map(|part| format!("{} ({})", part.asked, part.found));
        let parts: Vec<String> = parts.collect();
        format!("`{}` is not met: {}", rule.name, parts.join("; "))
    });
    told.collect()
}

/// What is otherwise than expected, in words.
fn differences(expected: &Expected, found: &Found) -> Vec<String> {
    let mut differences = Vec::new();
    let mut compare = |what: &str, expected: Option<String>, found: String| {
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            differences.push(format!("{what}: expected {expected}, found {found}"));
        }
    };
    let flagged = expected.flagged.map(|flagged| flagged.to_string());
    compare("flagged", flagged, found.flagged.to_string());
    let suppressed = expected.suppressed.map(|suppressed| suppressed.to_string());
    let is_suppressed = found.suppressed_by.is_some();
    compare("suppressed", suppressed, is_suppressed.to_string());
    compare(
        "severity",
        expected.severity.clone(),
        found.severity.name().to_owned(),
    );
    let family = found.family.unwrap_or("none").to_owned();
    compare("family", expected.family.clone(), family);
    if let Some(wanted) = &expected.incident {
        let incident = found.incident.as_ref();
        let text = |of: &dyn Fn(&FoundIncident) -> String| incident.map_or("none".to_owned(), of);
        let kind = text(&|one| format!("{:?}", one.kind).to_lowercase());
        compare("kind of its incident", wanted.kind.clone(), kind);
        let attempts = wanted.attempts.map(|count| count.to_string());
        compare(
            "attempts of its incident",
            attempts,
            text(&|one| one.attempts.to_string()),
        );
        let entered = wanted.users_entered.map(|count| count.to_string());
        let found = text(&|one| one.users_entered.to_string());
        compare("users entered of its incident", entered, found);
    }
    let mut lacks = |what: &str, wanted: &[String], found: &[&str], is: bool| {
        for one in wanted
            .iter()
            .filter(|one| found.contains(&one.as_str()) != is)
        {
            let not = if is { "is not" } else { "is" };
            differences.push(format!("`{one}` {not} among its {what}: {found:?}"));
        }
    };
    lacks("reasons", &expected.reasons, &found.reasons, true);
    lacks("rules", &expected.rules, &found.rules, true);
    lacks("rules", &expected.not_rules, &found.rules, false);
    differences
}
