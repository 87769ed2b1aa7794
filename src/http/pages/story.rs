//! Flagged logins in the order in which they came, each in a line.

use std::sync::Arc;

use serde_json::Value;

use super::filters::{plain, to_minute};
use super::geography::place_of;
use crate::recent::AlertDocument;

/// A flagged login.
pub(super) struct StoryLine {
    pub timestamp: String,
    pub time: String,
    pub user: String,
    pub incident: String,
    /// `in` or `out`: whether it succeeded.
    pub outcome: &'static str,
    pub what: &'static str,
    pub place: Option<String>,
    pub address: Option<String>,
    pub device: Option<String>,
    pub risk: String,
    pub rules: String,
    pub reasons: String,
    /// Of the same user from the same address with the same end, right after it.
    pub repeated: usize,
    /// Attempts at others in the same way from the same address, right after it.
    pub others: usize,
}

impl StoryLine {
    pub fn of(alert: &AlertDocument) -> Self {
        let text = |name: &str| alert.login.get(name).and_then(Value::as_str);
        let succeeded = alert.login.get("success").is_some_and(is_true);
        let what = match (text("event_type").unwrap_or("login"), succeeded) {
            ("password_reset", _) => "reset the password",
            ("mfa_challenge", true) => "passed the second factor",
            ("mfa_challenge", false) => "did not pass the second factor",
            (_, true) => "got in",
            (_, false) => "was tried",
        };
        let reasons: Vec<&str> = alert.reasons.iter().map(|one| one.text.as_str()).collect();
        Self {
            time: to_minute(&alert.timestamp),
            timestamp: alert.timestamp.clone(),
            user: alert.user_id.clone(),
            incident: alert.incident_id.clone(),
            outcome: if succeeded { "in" } else { "out" },
            what,
            place: place_of(&alert.login).1,
            address: text("ip_address").map(str::to_owned),
            device: text("device_id").map(str::to_owned),
            risk: plain(alert.risk),
            rules: alert.rules.join(", "),
            reasons: reasons.join(" · "),
            repeated: 0,
            others: 0,
        }
    }

    /// Whether an attacker who fails goes on in the same way.
    fn goes_on(&self, other: &Self) -> bool {
        self.outcome == "out"
            && self.address.is_some()
            && self.address == other.address
            && self.device == other.device
            && self.what == other.what
    }

    /// What happened, and how often in a row.
    pub fn what_in_all(&self) -> String {
        match (self.others, self.what) {
            (0, what) => what.to_owned(),
            (others, what) => format!("{what}, and {others} more in the same way"),
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        self.user == other.user && self.address == other.address && self.what == other.what
    }
}

pub(super) fn is_true(value: &Value) -> bool {
    value.as_bool().unwrap_or(value.as_i64() == Some(1))
}

/// So many in a row are told of by themselves, and the next counts those after it.
const MOST_IN_A_ROW: usize = 3;

/// The lines of alerts: the oldest first, by event time, those alike as one.
pub(super) fn story(alerts: &[Arc<AlertDocument>]) -> Vec<StoryLine> {
    let mut in_order: Vec<&Arc<AlertDocument>> = alerts.iter().rev().collect();
    in_order.sort_by(|one, other| one.timestamp.cmp(&other.timestamp));
    let mut lines: Vec<StoryLine> = Vec::new();
    for alert in in_order {
        let line = StoryLine::of(alert);
        let in_a_row = lines
            .iter()
            .rev()
            .take_while(|last| last.goes_on(&line))
            .count();
        match lines.last_mut() {
            Some(last) if last.others == 0 && last.is_like(&line) => last.repeated += 1,
            Some(last) if in_a_row > MOST_IN_A_ROW => last.others += 1,
            _ => lines.push(line),
        }
    }
    lines
}
