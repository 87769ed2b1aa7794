//! A flagged login on its way to becoming an alert, and to its incident.

use crate::checkpoint::Ruling;
use crate::config::{PublishedAlerts, Publishing};
use crate::detector::{Finding, Rules, Suppressions};
use crate::incident::{IncidentId, VerdictKind};
use crate::log::Record;
use crate::login::{Event, Offset, Partition, Rejected};
use crate::profile::Disposition;

/// The latest event time of all logins until then, seconds since 1970.
pub(super) type MomentS = u32;

/// What joining said of a flagged login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Joined {
    pub incident: IncidentId,
    /// Whether something was told of the incident at it.
    pub told: bool,
    /// The verdict by which nobody is told of it.
    pub quiet_by: Option<VerdictKind>,
}

/// A flagged login on its way to becoming an alert.
pub(super) struct Flagged {
    pub record: Record,
    /// Event time, milliseconds since 1970.
    pub time_ms: i64,
    pub now_s: MomentS,
    pub finding: Box<Finding>,
    /// The name of the suppression that keeps its alert back.
    pub suppressed_by: Option<String>,
}

impl Flagged {
    /// A login whose verdict has a finding.
    pub fn new(
        record: Record,
        time_ms: i64,
        now_s: MomentS,
        finding: Box<Finding>,
        suppressions: &Suppressions,
        rules: &Rules,
    ) -> Self {
        Self {
            suppressed_by: suppressed_by(suppressions, rules, &record, &finding),
            record,
            time_ms,
            now_s,
            finding,
        }
    }

    /// The event, once more: it was read as a login before.
    pub fn event(&self) -> Result<Event<'_>, AlertError> {
        let (partition, offset) = (self.record.partition, self.record.offset);
        Event::from_json(&self.record.value).map_err(|cause| AlertError::Unreadable {
            partition,
            offset,
            cause,
        })
    }

    pub fn ruling(&self) -> Ruling {
        Ruling {
            partition: self.record.partition,
            offset: self.record.offset,
            disposition: Disposition::Flagged(self.finding.flag),
        }
    }

    pub fn is_repeat(&self) -> bool {
        self.finding.flag.repeat
    }

    /// Whether it is of a time whose alerts are only counted.
    pub fn is_withheld(&self, publishing: Publishing) -> bool {
        self.time_ms < publishing.since_ms
    }

    /// Whether it belongs to an incident.
    pub fn joins(&self, publishing: Publishing) -> bool {
        !self.is_withheld(publishing) && self.suppressed_by.is_none()
    }

    /// Whether its batch may have something to tell for it.
    pub fn may_tell(&self, publishing: Publishing) -> bool {
        self.joins(publishing) && (publishing.repeats || !self.is_repeat())
    }

    /// Whether it becomes an alert, once it has joined an incident.
    pub fn is_published(&self, publishing: Publishing, joined: Joined) -> bool {
        let wanted = match publishing.alerts {
            PublishedAlerts::All => true,
            PublishedAlerts::Told => joined.told,
            PublishedAlerts::None => false,
        };
        wanted && joined.quiet_by.is_none() && self.may_tell(publishing)
    }
}

fn suppressed_by(
    suppressions: &Suppressions,
    rules: &Rules,
    record: &Record,
    finding: &Finding,
) -> Option<String> {
    if suppressions.is_empty() && !finding.has_exceptions(rules) {
        return None;
    }
    // It was read as a login before.
    let event = Event::from_json(&record.value).ok()?;
    let name = finding.suppressed_by(suppressions, rules, &event)?;
    Some(name.to_owned())
}

/// An alert that cannot be written. Its login would be committed without it, so the process ends.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    #[error("the login at {partition}/{offset} was judged, but cannot be read again: {cause}")]
    Unreadable {
        partition: Partition,
        offset: Offset,
        cause: Rejected,
    },
    #[error("the alert of the login at {partition}/{offset} cannot be written: {cause}")]
    Unwritable {
        partition: Partition,
        offset: Offset,
        cause: serde_json::Error,
    },
    #[error("an incident cannot be written: {cause}")]
    UnwritableIncident { cause: serde_json::Error },
}
