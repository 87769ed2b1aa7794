//! What one sending says: of an incident, or of several together.

use std::sync::Arc;

use super::Read;
use crate::detector::Severity;
use crate::login::timestamp::{to_minute, to_text};
use crate::recent::RecentIncident;

/// Reasons of an incident that are told.
const MOST_REASONS: usize = 8;

/// What one sending says. It is of one incident at least.
#[derive(Clone, Debug)]
pub struct Notice {
    first: Read,
    others: Vec<Read>,
    is_trial: bool,
}

impl Notice {
    #[must_use]
    pub fn one(read: Read) -> Self {
        Self {
            first: read,
            others: Vec::new(),
            is_trial: false,
        }
    }

    /// Several together; none where there are none.
    pub(super) fn of(reads: Vec<Read>) -> Option<Self> {
        let mut reads = reads.into_iter();
        let first = reads.next()?;
        Some(Self {
            others: reads.collect(),
            ..Self::one(first)
        })
    }

    /// One that says that it is a trial.
    #[must_use]
    pub fn trial(read: Read) -> Self {
        Self {
            is_trial: true,
            ..Self::one(read)
        }
    }

    pub fn reads(&self) -> impl Iterator<Item = &Read> {
        std::iter::once(&self.first).chain(&self.others)
    }

    pub fn incidents(&self) -> impl Iterator<Item = &RecentIncident> {
        self.reads().map(|read| read.incident.as_ref())
    }

    #[must_use]
    pub fn first(&self) -> &RecentIncident {
        &self.first.incident
    }

    #[must_use]
    pub fn first_read(&self) -> &Read {
        &self.first
    }

    #[must_use]
    pub fn count(&self) -> usize {
        1 + self.others.len()
    }

    #[must_use]
    pub fn is_digest(&self) -> bool {
        !self.others.is_empty()
    }

    #[must_use]
    pub fn is_trial(&self) -> bool {
        self.is_trial
    }

    /// The same for the same records, so that a receiver can tell what it was told before.
    #[must_use]
    pub fn key(&self) -> String {
        match self.others.last() {
            None => key_of(self.first()),
            Some(last) => format!(
                "digest-{}-{}-{}",
                key_of(self.first()),
                key_of(&last.incident),
                self.count()
            ),
        }
    }

    #[must_use]
    pub fn severity(&self) -> Severity {
        let severities = self.incidents().map(|incident| incident.severity);
        severities.max().unwrap_or_default()
    }

    /// One line.
    #[must_use]
    pub fn title(&self) -> String {
        let title = match self.is_digest() {
            false => title_of(self.first()),
            true => format!(
                "{} incidents, the worst is {}",
                self.count(),
                self.severity().name()
            ),
        };
        match self.is_trial {
            true => format!("[Trial, nothing happened] {title}"),
            false => title,
        }
    }

    /// What happened, in lines.
    #[must_use]
    pub fn text(&self, page_url: Option<&str>) -> String {
        let mut lines = Vec::new();
        if self.is_digest() {
            for incident in self.incidents() {
                lines.push(format!("- {}", title_of(incident)));
                lines.extend(link_to(incident, page_url).map(|link| format!("  {link}")));
            }
        } else {
            lines = lines_of(self.first());
            lines.extend(self.link(page_url));
        }
        lines.join("\n")
    }

    /// One line of one incident.
    #[must_use]
    pub(super) fn line(incident: &RecentIncident, page_url: Option<&str>) -> String {
        let link = link_to(incident, page_url).map(|link| format!(" {link}"));
        format!("{}{}", title_of(incident), link.unwrap_or_default())
    }

    /// The page where it is shown.
    #[must_use]
    pub fn link(&self, page_url: Option<&str>) -> Option<String> {
        match (self.is_trial, self.is_digest()) {
            // What never happened has no page.
            (true, _) => None,
            (false, true) => page_url.map(str::to_owned),
            (false, false) => link_to(self.first(), page_url),
        }
    }
}

fn key_of(incident: &RecentIncident) -> String {
    format!("{}-{}", incident.incident_id, incident.revision)
}

fn link_to(incident: &RecentIncident, page_url: Option<&str>) -> Option<String> {
    let base = page_url?.trim_end_matches('/');
    Some(format!("{base}/incidents/{}", incident.incident_id))
}

fn title_of(incident: &RecentIncident) -> String {
    let told = match (incident.told.as_deref(), &incident.verdict) {
        _ if incident.is_merged() => "Part of another incident now: ".to_owned(),
        (Some("worse"), _) => "Worse: ".to_owned(),
        (Some("closed"), _) => "Closed: ".to_owned(),
        (Some("verdict"), Some(verdict)) => match &incident.verdict_by {
            Some(by) => format!("{by} says {verdict}: "),
            None => format!("{verdict}: "),
        },
        (Some("verdict"), None) => "A verdict is taken back: ".to_owned(),
        _ => String::new(),
    };
    let severity = incident.severity.name();
    // A line break in a name must not become one of ours.
    let line = format!("[{severity}] {told}{}", incident.sentence());
    line.replace(|letter: char| letter.is_control(), " ")
}

fn lines_of(incident: &RecentIncident) -> Vec<String> {
    let mut lines = vec![format!(
        "{}: {} at {}, {} entered, {} to {} (UTC).",
        incident.family_words(),
        counted(incident.attempts, "attempt"),
        counted(incident.users_tried, "user"),
        incident.users_entered,
        to_minute(&incident.first_seen),
        to_minute(&incident.last_seen)
    )];
    let reasons = incident.reasons.iter().take(MOST_REASONS);
    lines.extend(reasons.map(|reason| format!("- {}", reason.text)));
    if !incident.action_reason.is_empty() {
        lines.push(format!(
            "What to do: {}. {}",
            incident.recommended_action.replace('_', " "),
            incident.action_reason
        ));
    }
    for line in &mut lines {
        *line = line.replace(|letter: char| letter.is_control(), " ");
    }
    lines
}

fn counted(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// A made-up incident, to try receivers with.
#[must_use]
pub fn made_up(now_ms: i64) -> Arc<RecentIncident> {
    let now = to_text(now_ms);
    Arc::new(RecentIncident {
        incident_id: format!("trial{now_ms:016x}"),
        tenant: "default".to_owned(),
        kind: "campaign".to_owned(),
        family: "password_spray".to_owned(),
        severity: Severity::High,
        severity_score: Severity::High.score(),
        score: 0.97,
        state: "open".to_owned(),
        merged_into: None,
        verdict: None,
        verdict_by: None,
        revision: 1,
        closes_at: now.clone(),
        first_seen: now.clone(),
        last_seen: now.clone(),
        updated_at: now,
        attempts: 48,
        alerts: 48,
        users_tried: 40,
        users_entered: 1,
        users: vec!["alice.trial".to_owned(), "bob.trial".to_owned()],
        sources: vec![crate::recent::SourceCount {
            kind: "address".to_owned(),
            value: "203.0.113.7".to_owned(),
            attempts: 48,
        }],
        reasons: vec![crate::recent::ReasonText {
            code: "password_spray".to_owned(),
            text: "40 users were tried from one address within an hour".to_owned(),
            attack: vec!["T1110.003".to_owned()],
        }],
        first_alert_id: "trial".to_owned(),
        recommended_action: "reset".to_owned(),
        action_reason: "Somebody got in with a password that works until it is changed.".to_owned(),
        told: Some("opened".to_owned()),
    })
}
