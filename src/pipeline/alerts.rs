//! From flagged logins to the alerts of a batch.

use rayon::prelude::*;

use super::flagged::{AlertError, Flagged, Joined};
use crate::config::Publishing;
use crate::detector::contribution::{Moved, explain_all};
use crate::detector::{Alert, AlertSettings, Detector, RecordPosition};
use crate::features::Values;
use crate::incident::IncidentId;
use crate::log::AlertMessage;

/// Writes the alerts of a batch.
pub(super) struct AlertWriter<'a> {
    pub topic: &'a str,
    pub detector: &'a Detector,
    pub settings: AlertSettings,
    pub publishing: Publishing,
}

impl AlertWriter<'_> {
    /// Writes the alerts of a batch, in parallel.
    pub fn write(
        &self,
        flagged: &[Flagged],
        joined: &[Option<Joined>],
    ) -> Result<Vec<AlertMessage>, AlertError> {
        let published: Vec<(&Flagged, IncidentId)> = flagged
            .iter()
            .zip(joined)
            .filter_map(|(flagged, joined)| {
                let joined = joined.filter(|joined| flagged.is_published(self.publishing, *joined));
                Some((flagged, joined?.incident))
            })
            .collect();
        let values: Vec<&Values> = published
            .iter()
            .filter(|(flagged, _)| flagged.finding.explained)
            .map(|(flagged, _)| &flagged.finding.values)
            .collect();
        let moved = explain_all(self.detector.model(), &values, self.settings.contributions);
        let mut moved = moved.into_iter();
        let published: Vec<_> = published
            .into_iter()
            .map(|(flagged, incident)| {
                let own = flagged.finding.explained.then(|| moved.next());
                (flagged, incident, own.flatten())
            })
            .collect();
        published
            .into_par_iter()
            .map(|(flagged, incident, own)| self.write_one(flagged, incident, own))
            .collect()
    }

    fn write_one(
        &self,
        flagged: &Flagged,
        incident: IncidentId,
        moved: Option<Moved>,
    ) -> Result<AlertMessage, AlertError> {
        let (partition, offset) = (flagged.record.partition, flagged.record.offset);
        let event = flagged.event()?;
        let position = RecordPosition {
            topic: self.topic.to_owned(),
            partition,
            offset,
        };
        let alert = Alert::new(
            &event,
            &flagged.finding,
            incident.to_string(),
            self.detector,
            &position,
            self.settings,
            moved,
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
