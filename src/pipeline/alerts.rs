//! From flagged logins to the alerts of a batch.

use rayon::prelude::*;

use crate::checkpoint::FlaggedAt;
use crate::detector::alert::largest_contributions;
use crate::detector::{Alert, AlertSettings, Finding, RecordPosition, Verdict};
use crate::log::{AlertMessage, Record};
use crate::login::{Event, Rejected};
use crate::model::Model;

/// Alerts that one thread explains together: what is worked out for a tree is shared by them.
const MOST_TOGETHER: usize = 128;

/// A flagged login on its way to becoming an alert.
pub(super) struct Flagged {
    pub record: Record,
    pub verdict: Verdict,
    pub finding: Box<Finding>,
}

impl Flagged {
    /// A login whose verdict has a finding; `None` for others.
    pub fn new(record: Record, mut verdict: Verdict) -> Option<Self> {
        let finding = verdict.finding.take()?;
        Some(Self {
            record,
            verdict,
            finding,
        })
    }

    pub fn at(&self) -> FlaggedAt {
        (self.record.partition, self.record.offset, self.finding.flag)
    }

    pub fn is_repeat(&self) -> bool {
        self.finding.flag.repeat
    }
}

/// An alert that cannot be written. Its login would be committed without it, so the process ends.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    #[error("the login at {partition}/{offset} was judged, but cannot be read again: {cause}")]
    Unreadable {
        partition: i32,
        offset: i64,
        cause: Rejected,
    },
    #[error("the alert of the login at {partition}/{offset} cannot be written: {cause}")]
    Unwritable {
        partition: i32,
        offset: i64,
        cause: serde_json::Error,
    },
}

/// What all alerts of a batch have in common.
pub(super) struct AlertWriter<'a> {
    pub topic: &'a str,
    pub model: &'a Model,
    pub settings: AlertSettings,
    pub detected_at_ms: i64,
}

impl AlertWriter<'_> {
    pub fn is_published(&self, flagged: &Flagged) -> bool {
        self.settings.publish_repeats || !flagged.is_repeat()
    }

    /// Writes the alerts of a batch, in parallel: an explanation costs a hundred times what a score
    /// does.
    pub fn write(&self, flagged: &[Flagged]) -> Result<Vec<AlertMessage>, AlertError> {
        let published = flagged.iter().filter(|flagged| self.is_published(flagged));
        let published: Vec<&Flagged> = published.collect();
        let each = published.len().div_ceil(rayon::current_num_threads());
        let pieces = published.par_chunks(each.clamp(1, MOST_TOGETHER));
        let written: Vec<Vec<AlertMessage>> = pieces
            .map(|piece| self.write_piece(piece))
            .collect::<Result<_, _>>()?;
        Ok(written.into_iter().flatten().collect())
    }

    fn write_piece(&self, piece: &[&Flagged]) -> Result<Vec<AlertMessage>, AlertError> {
        let explained = piece.iter().filter(|flagged| flagged.finding.explained);
        let values: Vec<_> = explained.map(|flagged| &flagged.finding.values).collect();
        let mut contributions = self.model.contributions_of(&values).into_iter();
        piece
            .iter()
            .map(|flagged| {
                let own = if flagged.finding.explained {
                    contributions.next()
                } else {
                    None
                };
                self.write_one(flagged, own)
            })
            .collect()
    }

    fn write_one(
        &self,
        flagged: &Flagged,
        contributions: Option<Vec<f64>>,
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
        let (model, values) = (self.model, &flagged.finding.values);
        let contributions = contributions
            .map(|all| largest_contributions(model, values, all, self.settings.contributions));
        let alert = Alert::new(
            &event,
            &flagged.verdict,
            &flagged.finding,
            model,
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
