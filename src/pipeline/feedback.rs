//! Verdicts act at the end of a batch, in its transaction: what they change is written with it, so
//! that a start has nothing to do again. Each process reads all of them and acts where it owns what
//! they are about; for each of its partitions, a head says how far.

use std::collections::VecDeque;

use serde::Serialize;

use super::incidents::Teller;
use super::{Pipeline, PipelineError};
use crate::clock::Clock;
use crate::incident::effect::CONFIRMED_S;
use crate::incident::feedback::{About, AboutUser, Feedback, Refusal};
use crate::incident::{Decision, Hearing, Incident, IncidentId, Undecided, VerdictKind};
use crate::log::{FeedbackRow, KeyedMessage, Log, Output, Record, RejectedMessage};
use crate::login::{IdKind, Offset, Partition, timestamp};
use crate::profile::{CellKind, CellName, DamagedCell, Sighting};

/// Verdicts that one batch takes; the others wait.
const MOST_VERDICTS: usize = 100;
/// What a verdict names may be on its way from another process for so long.
const ARRIVES_WITHIN_MS: u64 = 5_000;

/// Verdicts that were read and have not acted.
#[derive(Default)]
pub(super) struct PendingFeedback {
    /// Each with when it was read.
    rows: VecDeque<(FeedbackRow, u64)>,
    /// How many of them the batch at hand has taken.
    taken: usize,
}

impl PendingFeedback {
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn clear(&mut self) {
        self.rows.clear();
        self.taken = 0;
    }

    pub fn push(&mut self, rows: Vec<FeedbackRow>, now_ms: u64) {
        self.rows.extend(rows.into_iter().map(|row| (row, now_ms)));
    }

    pub fn has_room(&self) -> bool {
        self.rows.len() < MOST_VERDICTS
    }

    /// The offset after the last that was taken.
    pub fn taken_to(&self) -> Option<Offset> {
        let last = self.taken.checked_sub(1)?;
        Some(self.rows.get(last)?.0.offset.next())
    }

    pub fn commit(&mut self) {
        self.rows.drain(..self.taken);
        self.taken = 0;
    }

    pub fn roll_back(&mut self) {
        self.taken = 0;
    }
}

/// A verdict that was accepted, as it is published: a label.
#[derive(Serialize)]
struct Accepted<'a> {
    verdict_id: &'a str,
    verdict: VerdictKind,
    /// Whether it waits for a second person.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    proposed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    incident_id: Option<IncidentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alert_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    users: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_address: Option<std::net::IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<&'static str>,
    by: &'a str,
    at: Option<String>,
    comment: Option<&'a str>,
    until: Option<String>,
    accepted_at: String,
}

/// The same as an entry of the audit.
#[derive(Serialize)]
struct AuditEntry<'a> {
    action: &'static str,
    #[serde(flatten)]
    verdict: &'a Accepted<'a>,
}

impl<L: Log + Send, C: Clock + Sync> Pipeline<L, C> {
    /// Reads verdicts that have come.
    pub(super) fn gather_feedback(&mut self) -> Result<(), PipelineError> {
        if self.checkpoint.config().enabled && self.feedback.has_room() {
            let mut rows = Vec::new();
            self.parts.log.poll_feedback(&mut rows)?;
            let seen = self.checkpoint.feedback().values().min().copied();
            if let Some(seen) = seen.filter(|seen| rows.iter().any(|row| row.offset < *seen)) {
                tracing::warn!(
                    seen = seen.0,
                    "the topic of verdicts was made anew: those before this offset count as seen"
                );
            }
            let now_ms = self.parts.clock.monotonic_ms();
            self.feedback.push(rows, now_ms);
        }
        Ok(())
    }

    /// Reads on from what the partitions of this process have seen.
    pub(super) fn follow_feedback(&mut self) -> Result<(), PipelineError> {
        self.feedback.clear();
        if self.checkpoint.config().enabled {
            let from = self.checkpoint.feedback().values().min().copied();
            self.parts.log.follow_feedback(from.unwrap_or_default())?;
        }
        Ok(())
    }

    /// Lets the verdicts that wait act. Gives the cells that are to be written with the batch.
    pub(super) fn act_on_feedback(
        &mut self,
        now_s: u32,
        teller: &mut Teller,
        output: &mut Output,
    ) -> Result<Vec<CellName>, PipelineError> {
        let mut acting = Acting {
            now_s,
            output,
            cells: Vec::new(),
        };
        let now_ms = self.parts.clock.monotonic_ms();
        let most = self.feedback.rows.len().min(MOST_VERDICTS);
        for place in 0..most {
            let (row, read_ms) = self.feedback.rows[place].clone();
            match self.act(&row, &mut acting, teller) {
                // Each before the next, however many come at once.
                Ok(()) => self.apply_due(&mut acting)?,
                Err(Act::Refused(_)) if !self.refuses(row.offset) => {}
                Err(Act::Refused(refusal) | Act::RefusedHere(refusal)) => {
                    let waits = self.has_peers && refusal.may_be_on_its_way();
                    if waits && now_ms < read_ms + ARRIVES_WITHIN_MS {
                        break;
                    }
                    self.refuse(row, refusal, &mut acting);
                }
                Err(Act::Damaged(damaged)) => return Err(damaged.into()),
            }
            self.feedback.taken = place + 1;
        }
        self.apply_due(&mut acting)?;
        Ok(acting.cells)
    }

    /// Applies the verdicts that stand to the parts of this process.
    fn apply_due(&mut self, acting: &mut Acting<'_>) -> Result<(), DamagedCell> {
        let profiles = &mut self.parts.profiles;
        let cells = self.incidents.apply_verdicts(profiles)?;
        acting.cells.extend(cells);
        Ok(())
    }

    /// Whether this process acts on a verdict for a partition.
    fn acts(&self, partition: Partition, offset: Offset) -> bool {
        let seen = self.checkpoint.feedback().get(&partition);
        seen.is_some_and(|seen| offset >= *seen)
    }

    fn act(
        &mut self,
        row: &FeedbackRow,
        acting: &mut Acting<'_>,
        teller: &mut Teller,
    ) -> Result<(), Act> {
        let now_s = acting.now_s;
        let sent = Feedback::from_json(&row.value)?;
        let verdict_id = sent.verdict_id.clone();
        let verdict_id = verdict_id.unwrap_or_else(|| format!("feedback-0-{}", row.offset));
        let (id, partition) = match &sent.about {
            About::Incident(id) => {
                let home = self.incidents.home_of(*id);
                (*id, home.ok_or(Refusal::UnknownIncident)?)
            }
            About::Alert(id) => self.incidents.of_alert(id).ok_or(Refusal::UnknownAlert)?,
            About::User(user) => {
                let said = (&sent, verdict_id.as_str());
                return self.act_on_user(row.offset, said, user, acting);
            }
        };
        if !self.acts(partition, row.offset) {
            return Ok(());
        }
        let until_s = sent.until_ms.map_or(0, seconds);
        if sent.verdict == VerdictKind::Expected && until_s <= now_s {
            return Err(Act::RefusedHere(Refusal::NeedsUntil));
        }
        let decision = Decision {
            id: verdict_id.as_str().into(),
            verdict: sent.verdict,
            by: sent.by.as_str().into(),
            until_s,
            at_s: now_s,
            offset: row.offset,
        };
        let mut tell = |telling, incident: &Incident| teller.tell(telling, incident);
        let hearing = self.incidents.hearing(id, partition);
        let unknown = Act::RefusedHere(Refusal::UnknownIncident);
        let (id, decided) = match hearing.ok_or(unknown)? {
            Hearing::Here(id) => (id, self.incidents.decide(id, decision, &mut tell)),
            Hearing::PassedOn(id) => (id, self.incidents.pass_on(id, partition, decision)),
            Hearing::Elsewhere => return Ok(()),
        };
        let incident = self.incidents.get(id);
        let Some(incident) = incident.filter(|_| decided != Err(Undecided::Heard)) else {
            return Ok(());
        };
        let accepted = Accepted {
            proposed: decided == Err(Undecided::SecondPerson),
            incident_id: Some(id),
            alert_id: match &sent.about {
                About::Alert(id) => Some(id),
                _ => None,
            },
            tenant: Some(&incident.tenant),
            users: incident.users().iter().map(|user| &*user.name).collect(),
            family: Some(incident.family().name()),
            ..accepted(&sent, &verdict_id, now_s)
        };
        accepted.publish(acting.output);
        Ok(())
    }

    fn act_on_user(
        &mut self,
        offset: Offset,
        (sent, verdict_id): (&Feedback, &str),
        user: &AboutUser,
        acting: &mut Acting<'_>,
    ) -> Result<(), Act> {
        let now_s = acting.now_s;
        let hasher = &self.parts.hasher;
        let named = user.device_id.as_deref();
        let (device, address, block) = hasher.source_ids(&user.tenant, named, user.ip_address);
        let sighting = Sighting {
            device,
            address,
            block,
            ..Sighting::default()
        };
        let name = crate::login::same_name(&user.user_id);
        let id = hasher.id(IdKind::User, &user.tenant, name.as_bytes());
        let profiles = &mut self.parts.profiles;
        // Of several processes each knows its own users.
        let Some(state) = profiles.user_state(id, Partition(0)) else {
            return match self.has_peers {
                true => Ok(()),
                false => Err(Refusal::UnknownUser.into()),
            };
        };
        let seen = self.checkpoint.feedback().get(&state.writer);
        if seen.is_none_or(|seen| offset < *seen) {
            return Ok(());
        }
        let is_benign = sent.verdict == VerdictKind::Benign;
        let changed = profiles.amend_user(id, |cell| {
            if is_benign {
                cell.learn_sighting(&sighting, now_s);
            } else {
                cell.forget_since(&sighting, 0);
            }
        })?;
        acting.cells.extend(changed.map(|(name, ())| name));
        if !is_benign {
            let until_s = now_s.saturating_add(CONFIRMED_S);
            let device = (CellKind::Device, sighting.device);
            for (kind, id) in [device, (CellKind::Address, sighting.address)] {
                let Some(id) = id else { continue };
                let marked = profiles.amend_source(kind, id, state.writer, |cell| {
                    cell.confirmed_until_s = until_s;
                })?;
                acting.cells.extend(marked);
            }
        }
        let accepted = Accepted {
            tenant: Some(&user.tenant),
            users: vec![&user.user_id],
            device_id: user.device_id.as_deref(),
            ip_address: user.ip_address,
            ..accepted(sent, verdict_id, now_s)
        };
        accepted.publish(acting.output);
        Ok(())
    }

    /// Of all that cannot know, the owner of the first partition says that nobody does.
    fn refuses(&self, offset: Offset) -> bool {
        self.acts(Partition(0), offset)
    }

    fn refuse(&self, row: FeedbackRow, refusal: Refusal, acting: &mut Acting<'_>) {
        tracing::warn!(offset = row.offset.0, %refusal, "a verdict is refused");
        let record = Record {
            partition: Partition(0),
            offset: row.offset,
            timestamp_ms: None,
            value: row.value,
        };
        let refused = RejectedMessage::new(record, refusal.code());
        acting.output.refused.push(refused);
    }
}

/// What acting needs and gives.
struct Acting<'a> {
    /// The latest event time so far, seconds since 1970.
    now_s: u32,
    output: &'a mut Output,
    /// Cells that are to be written with the batch.
    cells: Vec<CellName>,
}

/// Why a verdict did not act.
enum Act {
    /// Of all processes that come to the same, one says so.
    Refused(Refusal),
    /// This process alone knows.
    RefusedHere(Refusal),
    Damaged(DamagedCell),
}

impl From<Refusal> for Act {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<DamagedCell> for Act {
    fn from(damaged: DamagedCell) -> Self {
        Self::Damaged(damaged)
    }
}

fn seconds(time_ms: i64) -> u32 {
    u32::try_from(time_ms / 1_000).unwrap_or(u32::MAX)
}

fn accepted<'a>(sent: &'a Feedback, verdict_id: &'a str, now_s: u32) -> Accepted<'a> {
    Accepted {
        verdict_id,
        verdict: sent.verdict,
        proposed: false,
        incident_id: None,
        alert_id: None,
        tenant: None,
        users: Vec::new(),
        device_id: None,
        ip_address: None,
        family: None,
        by: &sent.by,
        at: sent.at_ms.map(timestamp::to_text),
        comment: sent.comment.as_deref(),
        until: sent.until_ms.map(timestamp::to_text),
        accepted_at: timestamp::to_text(i64::from(now_s) * 1_000),
    }
}

impl Accepted<'_> {
    /// The label, and the entry of the audit.
    fn publish(&self, output: &mut Output) {
        let entry = AuditEntry {
            action: "verdict",
            verdict: self,
        };
        // Texts, numbers and times always have a form in JSON.
        let json = serde_json::to_vec(self).unwrap_or_default();
        let audit = serde_json::to_vec(&entry).unwrap_or_default();
        output.verdicts.push(KeyedMessage {
            key: self.verdict_id.to_owned(),
            json,
        });
        output.audit.push(KeyedMessage {
            key: self.by.to_owned(),
            json: audit,
        });
    }
}
