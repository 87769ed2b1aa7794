//! What the demo found, and what it missed.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::provider::DemoTruth;
use super::watch::Watched;

/// What the demo found out.
#[derive(Debug, Serialize)]
pub(super) struct DemoSummary {
    history_logins: u64,
    history_seconds: f64,
    logins: u64,
    seconds: f64,
    logins_per_second: f64,
    first_alert_after_seconds: Option<f64>,
    alerts: u64,
    alerts_by_severity: BTreeMap<String, u64>,
    incidents: u64,
    /// Without a login of an attack.
    false_incidents: u64,
    false_incidents_a_million: f64,
    tellings_an_incident: f64,
    attack_logins: u64,
    attack_logins_found: u64,
    recall: f64,
    campaigns: u64,
    campaigns_found: u64,
    campaign_recall: f64,
    honest_logins_flagged: u64,
    false_positive_rate: f64,
    model: String,
}

pub(super) fn summarise(truth: &DemoTruth, watched: &Watched, model: String) -> DemoSummary {
    let mut by_severity: BTreeMap<String, u64> = BTreeMap::new();
    let mut found_campaigns = BTreeSet::new();
    let mut incidents: BTreeMap<&str, bool> = BTreeMap::new();
    let (mut found, mut honest_flagged) = (BTreeSet::new(), 0);
    for alert in &watched.alerts {
        *by_severity.entry(alert.severity.clone()).or_default() += 1;
        let campaign = truth.attacks.get(&alert.event_id);
        let incident = incidents.entry(watched.resolve(&alert.incident_id));
        *incident.or_default() |= campaign.is_some();
        match campaign {
            Some(campaign) => {
                found.insert(&alert.event_id);
                found_campaigns.insert(campaign);
            }
            None => honest_flagged += 1,
        }
    }
    let campaigns: BTreeSet<&String> = truth.attacks.values().collect();
    let seconds = truth.live_ms as f64 / 1000.0;
    let share = |part: usize, whole: usize| {
        if whole == 0 {
            0.0
        } else {
            part as f64 / whole as f64
        }
    };
    let honest = truth.live - truth.attacks.len() as u64;
    let false_incidents = incidents.values().filter(|is_attack| !**is_attack).count();
    DemoSummary {
        history_logins: truth.history,
        history_seconds: truth.history_ms as f64 / 1000.0,
        logins: truth.live,
        seconds,
        logins_per_second: (truth.live as f64 / seconds.max(0.001)).round(),
        first_alert_after_seconds: watched
            .first_after_ms
            .map(|after_ms| after_ms as f64 / 1000.0),
        alerts: watched.alerts.len() as u64,
        alerts_by_severity: by_severity,
        incidents: incidents.len() as u64,
        false_incidents: false_incidents as u64,
        false_incidents_a_million: 1e6 * share(false_incidents, honest as usize),
        tellings_an_incident: share(watched.tellings as usize, incidents.len()),
        attack_logins: truth.attacks.len() as u64,
        attack_logins_found: found.len() as u64,
        recall: share(found.len(), truth.attacks.len()),
        campaigns: campaigns.len() as u64,
        campaigns_found: found_campaigns.len() as u64,
        campaign_recall: share(found_campaigns.len(), campaigns.len()),
        honest_logins_flagged: honest_flagged,
        false_positive_rate: share(honest_flagged as usize, honest as usize),
        model,
    }
}

pub(super) fn text(summary: &DemoSummary) -> String {
    let severities: Vec<String> = ["critical", "high", "medium", "low"]
        .iter()
        .filter_map(|name| Some(format!("{} {name}", summary.alerts_by_severity.get(*name)?)))
        .collect();
    let first = summary.first_alert_after_seconds.map_or_else(
        || "none".to_owned(),
        |seconds| format!("{seconds:.1} s after the start"),
    );
    format!(
        "\nhistory         {} logins of a month in {:.1} s\n\
         logins          {} in {:.1} s: {} a second\n\
         incidents       {}, told of {:.1} times each; {} of them about nobody's attack ({:.0} a million logins)\n\
         alerts          {} ({}); the first {first}\n\
         attacks         {} of {} attack logins found ({:.1} %), {} of {} campaigns ({:.1} %)\n\
         false alarms    {} of the honest logins flagged ({:.3} %)",
        summary.history_logins,
        summary.history_seconds,
        summary.logins,
        summary.seconds,
        summary.logins_per_second,
        summary.incidents,
        summary.tellings_an_incident,
        summary.false_incidents,
        summary.false_incidents_a_million,
        summary.alerts,
        severities.join(", "),
        summary.attack_logins_found,
        summary.attack_logins,
        100.0 * summary.recall,
        summary.campaigns_found,
        summary.campaigns,
        100.0 * summary.campaign_recall,
        summary.honest_logins_flagged,
        100.0 * summary.false_positive_rate
    )
}
