//! Questions to what is held, answered a page at a time.

use std::net::IpAddr;
use std::sync::Arc;

use super::{RecentAlert, RecentIncident, Store};
use crate::detector::Severity;

/// In which order incidents are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The one that began last comes first.
    #[default]
    Newest,
    /// The most severe, and of these the one that began last.
    Severity,
}

/// Which incidents are wanted; what is not said may be anything.
#[derive(Clone, Debug, Default)]
pub struct IncidentQuery {
    /// Tenants that the caller may see; `None` for all.
    pub tenants: Option<Vec<String>>,
    pub tenant: Option<String>,
    pub state: Option<String>,
    pub kind: Option<String>,
    pub family: Option<String>,
    /// This severe at least.
    pub severity: Severity,
    /// `none` for those without one.
    pub verdict: Option<String>,
    pub user: Option<String>,
    pub source: Option<String>,
    /// Whether somebody got in.
    pub entered: Option<bool>,
    /// Anything of it holds this, in any case; itself in small letters.
    pub text: Option<String>,
    /// Those that were found to be another too.
    pub merged: bool,
    pub order: Order,
}

/// Which alerts are wanted.
#[derive(Clone, Debug, Default)]
pub struct AlertQuery {
    pub tenants: Option<Vec<String>>,
    pub tenant: Option<String>,
    pub incident: Option<String>,
    pub user: Option<String>,
    pub family: Option<String>,
    pub severity: Severity,
    pub address: Option<IpAddr>,
    pub device: Option<String>,
}

/// A part of a list.
#[derive(Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next part begins; `None` at the end.
    pub next: Option<String>,
    /// In all parts together.
    pub total: usize,
}

fn is_of(wanted: Option<&str>, found: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == found)
}

fn is_visible(tenants: Option<&[String]>, tenant: &str) -> bool {
    tenants.is_none_or(|tenants| tenants.iter().any(|one| one == tenant))
}

impl IncidentQuery {
    fn wants(&self, incident: &RecentIncident) -> bool {
        let verdict = incident.verdict.as_deref().unwrap_or("none");
        let entered = incident.users_entered > 0;
        let has_source = |value: &str| incident.sources.iter().any(|one| one.value == value);
        let has_user = |user: &str| {
            let mut users = incident.users.iter();
            users.any(|one| one.eq_ignore_ascii_case(user))
        };
        is_visible(self.tenants.as_deref(), &incident.tenant)
            && is_of(self.tenant.as_deref(), &incident.tenant)
            && is_of(self.state.as_deref(), &incident.state)
            && is_of(self.kind.as_deref(), &incident.kind)
            && is_of(self.family.as_deref(), &incident.family)
            && is_of(self.verdict.as_deref(), verdict)
            && incident.severity >= self.severity
            && self.entered.is_none_or(|wanted| wanted == entered)
            && (self.merged || !incident.is_merged())
            && self.user.as_deref().is_none_or(has_user)
            && self.source.as_deref().is_none_or(has_source)
            && self
                .text
                .as_deref()
                .is_none_or(|text| holds(incident, text))
    }

    /// By what an incident is ordered: greater comes first. Opaque to whoever pages.
    fn key(&self, incident: &RecentIncident) -> String {
        let severity = match self.order {
            Order::Newest => 0,
            Order::Severity => incident.severity_score,
        };
        format!(
            "{severity:02}.{}.{}",
            incident.first_seen, incident.incident_id
        )
    }
}

/// Whether any of its texts holds a text, in any case.
fn holds(incident: &RecentIncident, text: &str) -> bool {
    let sources = incident.sources.iter().map(|source| &source.value);
    let reasons = incident.reasons.iter().map(|reason| &reason.text);
    let own = [
        &incident.incident_id,
        &incident.family,
        &incident.tenant,
        &incident.kind,
    ];
    let mut all = incident
        .users
        .iter()
        .chain(sources)
        .chain(reasons)
        .chain(own);
    all.any(|one| one.to_lowercase().contains(text))
}

impl Store {
    /// The incidents that are wanted, after a cursor.
    #[must_use]
    pub fn find_incidents(
        &self,
        query: &IncidentQuery,
        cursor: Option<&str>,
        limit: usize,
    ) -> Page<Arc<RecentIncident>> {
        let wanted = self.incidents().filter(|incident| query.wants(incident));
        let mut keyed: Vec<(String, &Arc<RecentIncident>)> = wanted
            .map(|incident| (query.key(incident), incident))
            .collect();
        let total = keyed.len();
        keyed.sort_unstable_by(|one, other| other.0.cmp(&one.0));
        let from = cursor.map_or(0, |cursor| {
            keyed.partition_point(|(key, _)| key.as_str() >= cursor)
        });
        let mut page = keyed.split_off(from.min(total));
        let has_more = page.len() > limit;
        page.truncate(limit);
        Page {
            next: page.last().filter(|_| has_more).map(|(key, _)| key.clone()),
            items: page.into_iter().map(|(_, one)| Arc::clone(one)).collect(),
            total,
        }
    }

    /// The alerts that are wanted, the newest first, after a cursor; nothing after what is none.
    #[must_use]
    pub fn find_alerts(
        &self,
        query: &AlertQuery,
        cursor: Option<&str>,
        limit: usize,
    ) -> Page<Arc<RecentAlert>> {
        let wanted = |alert: &&Arc<RecentAlert>| {
            is_visible(query.tenants.as_deref(), &alert.tenant)
                && is_of(query.tenant.as_deref(), &alert.tenant)
                && is_of(query.incident.as_deref(), &alert.incident_id)
                && is_of(query.family.as_deref(), &alert.family)
                && alert.severity >= query.severity
                && query
                    .user
                    .as_deref()
                    .is_none_or(|user| alert.user_id.eq_ignore_ascii_case(user))
                && query.address.is_none_or(|one| alert.address == Some(one))
                && query
                    .device
                    .as_deref()
                    .is_none_or(|one| alert.device.as_deref() == Some(one))
        };
        let below: u64 = cursor.map_or(Ok(u64::MAX), str::parse).unwrap_or(0);
        let found: Vec<&Arc<RecentAlert>> = self.alerts().filter(wanted).collect();
        let from = found.partition_point(|alert| alert.number >= below);
        let mut items: Vec<Arc<RecentAlert>> = found[from..]
            .iter()
            .take(limit + 1)
            .map(|alert| Arc::clone(alert))
            .collect();
        let has_more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| has_more);
        Page {
            next: last.map(|alert| alert.number.to_string()),
            items,
            total: found.len(),
        }
    }

    /// Past incidents that are most like one, with how like they are, 0 to 1: the same family, the
    /// same observations, common sources or users, and whether somebody got in.
    #[must_use]
    pub fn similar(
        &self,
        to: &RecentIncident,
        tenants: Option<&[String]>,
        most: usize,
    ) -> Vec<(f64, Arc<RecentIncident>)> {
        let others = self.incidents().filter(|one| {
            one.incident_id != to.incident_id
                && !one.is_merged()
                && one.tenant == to.tenant
                && is_visible(tenants, &one.tenant)
        });
        let mut all: Vec<(f64, &Arc<RecentIncident>)> = others
            .map(|one| (likeness(one, to), one))
            .filter(|(like, _)| *like >= LEAST_LIKENESS)
            .collect();
        all.sort_by(|one, other| {
            let recent = || other.1.last_seen.cmp(&one.1.last_seen);
            other.0.total_cmp(&one.0).then_with(recent)
        });
        all.truncate(most);
        all.into_iter()
            .map(|(like, one)| (like, Arc::clone(one)))
            .collect()
    }
}

/// Less alike are none of the similar ones.
const LEAST_LIKENESS: f64 = 0.3;

/// How like two incidents are, 0 to 1.
fn likeness(one: &RecentIncident, other: &RecentIncident) -> f64 {
    fn codes(incident: &RecentIncident) -> Vec<&str> {
        let reasons = incident.reasons.iter();
        reasons.map(|reason| reason.code.as_str()).collect()
    }
    fn sources(incident: &RecentIncident) -> Vec<&str> {
        let sources = incident.sources.iter();
        sources.map(|source| source.value.as_str()).collect()
    }
    let same = |is: bool| f64::from(u8::from(is));
    0.3 * jaccard(&codes(one), &codes(other))
        + 0.2 * same(one.family == other.family)
        + 0.1 * same(one.kind == other.kind)
        + 0.1 * same((one.users_entered > 0) == (other.users_entered > 0))
        + 0.2 * same(jaccard(&sources(one), &sources(other)) > 0.0)
        + 0.1 * same(jaccard(&one.users, &other.users) > 0.0)
}

/// What two lists have in common, of what they have together (Jaccard 1901).
fn jaccard<T: PartialEq>(one: &[T], other: &[T]) -> f64 {
    let common = one.iter().filter(|text| other.contains(text)).count();
    let all = one.len() + other.len() - common;
    if all == 0 {
        0.0
    } else {
        common as f64 / all as f64
    }
}
