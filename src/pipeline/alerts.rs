//! From flagged logins to the alerts of a batch.

use rayon::prelude::*;

use crate::checkpoint::FlaggedAt;
use crate::config::Publishing;
use crate::detector::alert::{Contribution, explain_all};
use crate::detector::{Alert, AlertSettings, Finding, RecordPosition, Suppressions, Verdict};
use crate::features::Values;
use crate::log::{AlertMessage, Record};
use crate::login::{Event, Offset, Partition, Rejected};
use crate::model::Model;

/// A flagged login on its way to becoming an alert.
pub(super) struct Flagged {
    pub record: Record,
    /// Event time, milliseconds since 1970.
    pub time_ms: i64,
    pub finding: Box<Finding>,
    /// The name of the suppression that keeps its alert back.
    pub suppressed_by: Option<String>,
}

impl Flagged {
    /// A login whose verdict has a finding; `None` for others.
    pub fn new(
        record: Record,
        time_ms: i64,
        verdict: Verdict,
        suppressions: &Suppressions,
    ) -> Option<Self> {
        let finding = verdict.finding?;
        Some(Self {
            suppressed_by: suppressed_by(suppressions, &record, &finding),
            record,
            time_ms,
            finding,
        })
    }

    pub fn at(&self) -> FlaggedAt {
        FlaggedAt {
            partition: self.record.partition,
            offset: self.record.offset,
            flag: self.finding.flag,
        }
    }

    pub fn is_repeat(&self) -> bool {
        self.finding.flag.repeat
    }

    /// Whether it is of a time whose alerts are only counted.
    pub fn is_withheld(&self, publishing: Publishing) -> bool {
        self.time_ms < publishing.since_ms
    }

    /// Whether it becomes an alert.
    pub fn is_published(&self, publishing: Publishing) -> bool {
        !self.is_withheld(publishing)
            && self.suppressed_by.is_none()
            && (publishing.repeats || !self.is_repeat())
    }
}

fn suppressed_by(
    suppressions: &Suppressions,
    record: &Record,
    finding: &Finding,
) -> Option<String> {
    if suppressions.is_empty() {
        return None;
    }
    // It was read as a login before.
    let event = Event::from_json(&record.value).ok()?;
    let suppression = suppressions.of(&event, finding.family)?;
    Some(suppression.name.clone())
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
}

/// What all alerts of a batch have in common.
pub(super) struct AlertWriter<'a> {
    pub topic: &'a str,
    pub model: &'a Model,
    pub settings: AlertSettings,
    pub publishing: Publishing,
    pub detected_at_ms: i64,
}

impl AlertWriter<'_> {
    /// Writes the alerts of a batch, in parallel.
    pub fn write(&self, flagged: &[Flagged]) -> Result<Vec<AlertMessage>, AlertError> {
        let published: Vec<&Flagged> = flagged
            .iter()
            .filter(|flagged| flagged.is_published(self.publishing))
            .collect();
        let explained = |flagged: &&&Flagged| flagged.finding.explained;
        let values: Vec<&Values> = published
            .iter()
            .filter(explained)
            .map(|flagged| &flagged.finding.values)
            .collect();
        let contributions = explain_all(self.model, &values, self.settings.contributions);
        let mut contributions = contributions.into_iter();
        let published: Vec<_> = published
            .into_iter()
            .map(|flagged| {
                let own = flagged.finding.explained.then(|| contributions.next());
                (flagged, own.flatten())
            })
            .collect();
        published
            .into_par_iter()
            .map(|(flagged, own)| self.write_one(flagged, own))
            .collect()
    }

    fn write_one(
        &self,
        flagged: &Flagged,
        contributions: Option<Vec<Contribution>>,
    ) -> Result<AlertMessage, AlertError> {
        let (partition, offset) = (flagged.record.partition, flagged.record.offset);
        let unreadable = |cause| AlertError::Unreadable {
            partition,
            offset,
            cause,
        };
        let event = Event::from_json(&flagged.record.value).map_err(unreadable)?;
        let position = RecordPosition {
            topic: self.topic.to_owned(),
            partition,
            offset,
        };
        let alert = Alert::new(
            &event,
            &flagged.finding,
            self.model,
            &position,
            self.detected_at_ms,
            self.settings,
            contributions,
        );
        let json = serde_json::to_vec(&alert).map_err(|cause| AlertError::Unwritable {
            partition,
            offset,
            cause,
        })?;
        Ok(AlertMessage {
            user_id: event.user_id.to_string(),
            json,
        })
    }
}
