//! The bytes of a part of an incident, as a checkpoint keeps them.

use std::sync::Arc;

use super::parties::{
    MAX_OBSERVATIONS, MAX_SIGHTINGS, MAX_SOURCES, MAX_USERS, Member, Observation, Observations,
    Source, Sources, Users,
};
use super::snapshot::Snapshot;
use super::told::LastTold;
use super::{
    Heard, Incident, IncidentId, MAX_ALERT_MARKS, MOST_CHANGES, MOST_PASSED_ON, Mark, State,
    UserChange,
};
use crate::codec::{Wire, read_list, read_sparse, take, wire_struct, write_list, write_sparse};
use crate::detector::link::{Link, LinkKind};
use crate::detector::{Family, Severity};
use crate::login::{Id, Offset, Partition};
use crate::sketch::Cardinality;

/// Links of one incident that are read at most.
const MOST_LINKS: usize = 4_096;
/// More partitions than any topic has.
const MOST_PARTITIONS: usize = 65_536;
const MOST_TECHNIQUES: usize = 16;

impl Wire for Member {
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        self.user.write(base_s, out);
        self.name.write(base_s, out);
        self.attempts.write(base_s, out);
        self.entered_s.write(base_s, out);
        write_list(&self.sightings, base_s, out);
    }
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        Some(Self {
            user: Wire::read(base_s, input)?,
            name: Wire::read(base_s, input)?,
            attempts: Wire::read(base_s, input)?,
            entered_s: Wire::read(base_s, input)?,
            sightings: read_vec(base_s, input, MAX_SIGHTINGS)?,
        })
    }
}

impl Wire for UserChange {
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        self.user.write(base_s, out);
        write_list(&self.lists, base_s, out);
        self.raised_until_s.write(base_s, out);
    }
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        Some(Self {
            user: Wire::read(base_s, input)?,
            lists: read_vec(base_s, input, MOST_CHANGES)?,
            raised_until_s: Wire::read(base_s, input)?,
        })
    }
}

fn read_flag(input: &mut &[u8]) -> Option<bool> {
    match take(input, 1)?[0] {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

impl Wire for Offset {
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        self.0.write(base_s, out);
    }
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        i64::read(base_s, input).map(Self)
    }
}

impl Wire for Partition {
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        self.0.write(base_s, out);
    }
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        i32::read(base_s, input).map(Self)
    }
}

wire_struct!(Link { kind, id });

wire_struct!(Mark {
    source,
    partition,
    until_s
});

wire_struct!(Heard { partition, to });

wire_struct!(Source {
    kind,
    id,
    text,
    attempts
});

wire_struct!(LastTold {
    severity,
    entered,
    attempts
});

impl Wire for LinkKind {
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        (*self as u8).write(base_s, out);
    }
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        Self::from_code(u8::read(base_s, input)?)
    }
}

impl Wire for Severity {
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        (*self as u8).write(base_s, out);
    }
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        let code = u8::read(base_s, input)?;
        let known = [Self::None].into_iter().chain(Self::ALERTING);
        known.into_iter().find(|severity| *severity as u8 == code)
    }
}

impl Wire for IncidentId {
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        self.0.write(base_s, out);
    }
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        Id::read(base_s, input).map(Self)
    }
}

impl Wire for State {
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        match self {
            Self::Open => out.push(0),
            Self::Closed => out.push(1),
            Self::Merged { into } => {
                out.push(2);
                into.write(base_s, out);
            }
        }
    }
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        match take(input, 1)?[0] {
            0 => Some(Self::Open),
            1 => Some(Self::Closed),
            2 => Some(Self::Merged {
                into: IncidentId::read(base_s, input)?,
            }),
            _ => None,
        }
    }
}

impl Wire for Observation {
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        self.code.write(base_s, out);
        self.text.write(base_s, out);
        write_list(&self.attack, base_s, out);
    }
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        Some(Self {
            code: Wire::read(base_s, input)?,
            text: Wire::read(base_s, input)?,
            attack: read_vec::<Arc<str>>(base_s, input, MOST_TECHNIQUES)?,
        })
    }
}

fn read_vec<T: Wire>(base_s: u32, input: &mut &[u8], most: usize) -> Option<Vec<T>> {
    Some(read_list::<T, 1>(base_s, input, most)?.into_vec())
}

impl Wire for Incident {
    fn write(&self, _: u32, out: &mut Vec<u8>) {
        self.first_s.write(0, out);
        let base_s = self.first_s;
        self.id.write(base_s, out);
        self.home.write(base_s, out);
        self.tenant.write(base_s, out);
        self.state.write(base_s, out);
        self.severity.write(base_s, out);
        self.risk.to_bits().write(base_s, out);
        self.last_s.write(base_s, out);
        self.closes_at_s.write(base_s, out);
        self.attempts.write(base_s, out);
        self.first_alert_id.write(base_s, out);
        self.revision.write(base_s, out);
        self.decision.write(base_s, out);
        self.proposed_by.write(base_s, out);
        self.proposed_to.write(base_s, out);
        self.decided_to.write(base_s, out);
        self.carried.write(base_s, out);
        self.follows_from.write(base_s, out);
        write_list(&self.passed_on, base_s, out);
        write_list(&self.heard, base_s, out);
        self.applied.write(base_s, out);
        write_list(&self.changed, base_s, out);
        write_list(&self.marked, base_s, out);
        write_list(&self.alert_marks, base_s, out);
        write_list(&self.users.named, base_s, out);
        self.users.entered.write(base_s, out);
        self.tried.write(base_s, out);
        write_sparse(&self.families, out);
        write_list(&self.sources.0, base_s, out);
        write_list(&self.observations.0, base_s, out);
        out.push(u8::from(self.by_company));
        self.last_told.write(base_s, out);
        self.last_record_s.write(base_s, out);
        self.recorded_attempts.write(base_s, out);
    }

    fn read(_: u32, input: &mut &[u8]) -> Option<Self> {
        let first_s = u32::read(0, input)?;
        let base_s = first_s;
        Some(Self {
            first_s,
            id: Wire::read(base_s, input)?,
            home: Wire::read(base_s, input)?,
            tenant: Wire::read(base_s, input)?,
            state: Wire::read(base_s, input)?,
            severity: Wire::read(base_s, input)?,
            risk: f64::from_bits(Wire::read(base_s, input)?),
            last_s: Wire::read(base_s, input)?,
            closes_at_s: Wire::read(base_s, input)?,
            attempts: Wire::read(base_s, input)?,
            first_alert_id: Wire::read(base_s, input)?,
            revision: Wire::read(base_s, input)?,
            decision: Wire::read(base_s, input)?,
            proposed_by: Wire::read(base_s, input)?,
            proposed_to: Wire::read(base_s, input)?,
            decided_to: Wire::read(base_s, input)?,
            carried: Wire::read(base_s, input)?,
            follows_from: Wire::read(base_s, input)?,
            passed_on: read_vec(base_s, input, MOST_PASSED_ON)?,
            heard: read_vec(base_s, input, MOST_PARTITIONS)?,
            applied: Wire::read(base_s, input)?,
            changed: read_vec(base_s, input, MOST_CHANGES)?,
            marked: read_vec(base_s, input, MOST_CHANGES)?,
            alert_marks: read_vec(base_s, input, MAX_ALERT_MARKS)?,
            users: Users {
                named: read_vec(base_s, input, MAX_USERS)?,
                entered: Wire::read(base_s, input)?,
            },
            tried: Cardinality::read(base_s, input)?,
            families: read_sparse::<u32, { Family::ALL.len() }>(input)?,
            sources: Sources(read_vec(base_s, input, MAX_SOURCES)?),
            observations: Observations(read_vec(base_s, input, MAX_OBSERVATIONS)?),
            by_company: read_flag(input)?,
            links: Vec::new(),
            last_told: Wire::read(base_s, input)?,
            last_record_s: Wire::read(base_s, input)?,
            recorded_attempts: Wire::read(base_s, input)?,
        })
    }
}

/// A link, and when it was last met.
struct MetLink(Link, u32);

impl Wire for MetLink {
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        self.0.write(base_s, out);
        self.1.write(base_s, out);
    }
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        Some(Self(Wire::read(base_s, input)?, Wire::read(base_s, input)?))
    }
}

impl Snapshot {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.incident.write(0, &mut out);
        let leads = self
            .leads
            .iter()
            .map(|(link, met_s)| MetLink(*link, *met_s));
        write_list(&leads.collect::<Vec<_>>(), 0, &mut out);
        out
    }

    /// Reads what [`Snapshot::to_bytes`] wrote; `None` where the bytes are not of its form.
    pub(super) fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mut incident = Incident::read(0, &mut bytes)?;
        let leads = read_vec::<MetLink>(0, &mut bytes, MOST_LINKS)?;
        if !bytes.is_empty() {
            return None;
        }
        incident.links = leads.iter().map(|lead| lead.0).collect();
        let leads = leads.into_iter().map(|lead| (lead.0, lead.1)).collect();
        Some(Self { incident, leads })
    }
}
