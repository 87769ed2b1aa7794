//! The flagged logins of a batch join their incidents, in the order in which they were judged.

use rayon::prelude::*;

use super::batch::OpenBatch;
use super::flagged::{AlertError, Flagged, Joined, MomentS};
use crate::config::Publishing;
use crate::detector::RecordPosition;
use crate::incident::{
    FlaggedLogin, Incident, IncidentId, IncidentRecord, Incidents, LateEvidence, Telling, Words,
};
use crate::log::IncidentMessage;
use crate::login::{Event, IdHasher, Login};

/// Writes down what incidents have to tell.
#[derive(Default)]
pub(super) struct Teller {
    pub messages: Vec<IncidentMessage>,
    told: bool,
    failed: Option<serde_json::Error>,
}

impl Teller {
    pub fn tell(&mut self, telling: Telling, incident: &Incident) {
        self.told |= telling.told.is_some();
        match serde_json::to_vec(&IncidentRecord::new(incident, telling)) {
            Ok(json) => self.messages.push(IncidentMessage {
                key: incident.id.to_string(),
                told: telling.told,
                json,
            }),
            Err(error) => self.failed = Some(error),
        }
    }

    pub fn into_messages(self) -> Result<Vec<IncidentMessage>, AlertError> {
        match self.failed {
            None => Ok(self.messages),
            Some(cause) => Err(AlertError::UnwritableIncident { cause }),
        }
    }
}

/// What joining needs of the pipeline.
pub(super) struct Joining<'a> {
    pub incidents: &'a mut Incidents,
    pub hasher: &'a IdHasher,
    /// The name of the logins topic.
    pub topic: &'a str,
    pub publishing: Publishing,
}

impl Joining<'_> {
    /// Joins all flagged logins of a batch, and says what late evidence makes worse.
    pub fn join(
        &mut self,
        open: &OpenBatch,
        teller: &mut Teller,
    ) -> Result<Vec<Option<Joined>>, AlertError> {
        let publishing = self.publishing;
        let read: Vec<Option<(Event<'_>, Login)>> = open
            .flagged
            .par_iter()
            .map(|flagged| {
                if !flagged.joins(publishing) {
                    return Ok(None);
                }
                let event = flagged.event()?;
                let login = Login::new(&event, self.hasher);
                Ok(Some((event, login)))
            })
            .collect::<Result<_, AlertError>>()?;
        let mut evidence = open.evidence.iter().peekable();
        let mut joined = Vec::with_capacity(read.len());
        for (place, (flagged, read)) in open.flagged.iter().zip(&read).enumerate() {
            while let Some(late) = evidence.next_if(|late| late.before <= place) {
                self.raise(late.evidence, late.now_s, teller);
            }
            let one = read.as_ref();
            let one = one.map(|(event, login)| self.join_one(flagged, event, login, teller));
            joined.push(one);
        }
        for late in evidence {
            self.raise(late.evidence, late.now_s, teller);
        }
        Ok(joined)
    }

    fn raise(&mut self, evidence: LateEvidence, now_s: MomentS, teller: &mut Teller) {
        let mut tell = |telling, incident: &Incident| teller.tell(telling, incident);
        self.incidents.close_until(now_s, &mut tell);
        self.incidents.raise(&evidence, &mut tell);
    }

    fn join_one(
        &mut self,
        flagged: &Flagged,
        event: &Event<'_>,
        login: &Login,
        teller: &mut Teller,
    ) -> Joined {
        let finding = &flagged.finding;
        let position = RecordPosition {
            topic: self.topic.to_owned(),
            partition: flagged.record.partition,
            offset: flagged.record.offset,
        };
        let id = IncidentId::of(&position.event_id());
        let one = FlaggedLogin::of(id, position.partition, login, finding);
        let words = Words {
            alert_id: &position.alert_id(),
            tenant: &event.tenant,
            user: &event.user_id,
            address: event.ip_address,
            device: event.device_id.as_deref(),
            agent: event.user_agent.as_deref(),
            reasons: &finding.reasons,
        };
        teller.told = false;
        let mut tell = |telling, incident: &Incident| teller.tell(telling, incident);
        let incident = self.incidents.join(&one, &words, flagged.now_s, &mut tell);
        Joined {
            incident,
            told: teller.told,
            quiet_by: self.incidents.quiet_by(incident),
        }
    }
}
