//! What a stream has to come to, at every place where a batch may end.

use std::collections::BTreeMap;

use super::stream::{Progress, Stream};
use super::{Process, assert_same};
use crate::log::RejectedMessage;
use crate::login::Offset;
use crate::pipeline::*;
use crate::profile::CellKind;

/// An alert but for the moment it was made, after the place of its login.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PlacedAlert {
    pub partition: Partition,
    pub offset: Offset,
    pub alert: String,
}

/// Of what is remembered of each kind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Digests(pub [u128; CellKind::COUNT]);

impl std::fmt::Debug for Digests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kinds = CellKind::ALL.iter().zip(self.0);
        f.debug_map()
            .entries(kinds.map(|(kind, digest)| (kind.name(), digest as u32)))
            .finish()
    }
}

/// All that comes out, and what is remembered after each login.
#[derive(Clone, Debug, Default)]
pub(super) struct Expected {
    pub states: BTreeMap<Progress, Digests>,
    pub alerts: Vec<PlacedAlert>,
    pub rejected: Vec<RejectedMessage>,
}

/// The visible alerts, whole, in the order of their logins.
pub(super) fn placed_alerts(broker: &MemoryBroker) -> Vec<PlacedAlert> {
    let alerts = broker.alerts();
    let mut placed: Vec<_> = alerts.iter().map(|alert| placed(&alert.json)).collect();
    placed.sort();
    placed
}

pub(super) fn placed(json: &[u8]) -> PlacedAlert {
    let mut alert: serde_json::Value = serde_json::from_slice(json).unwrap();
    // Which incident it is of is asked elsewhere: it depends on the order of all logins.
    for name in ["detected_at", "incident_id"] {
        assert!(alert.as_object_mut().unwrap().remove(name).is_some());
    }
    let number = |name: &str| alert["source"][name].as_i64().unwrap();
    PlacedAlert {
        partition: Partition(number("partition") as i32),
        offset: Offset(number("offset")),
        alert: alert.to_string(),
    }
}

pub(super) fn rejected(broker: &MemoryBroker) -> Vec<RejectedMessage> {
    let mut rejected = broker.rejected();
    rejected.sort_by_key(|message| (message.partition, message.offset));
    rejected
}

/// What a process remembers, at the time of the last login that is committed.
fn state(process: &Process, stream: &Stream) -> (Progress, Digests) {
    let progress = stream.progress(&process.log().broker().committed());
    let reader = process.profiles().reader();
    let digests = Digests(reader.digests(stream.latest_s(&progress)));
    (progress, digests)
}

impl Expected {
    pub(super) fn note_state(&mut self, process: &Process, stream: &Stream) {
        let (progress, digests) = state(process, stream);
        self.states.insert(progress, digests);
    }

    /// The records that are no logins go out as they are.
    pub(super) fn note_rejected(&mut self, stream: &Stream) {
        self.rejected = stream.rejected();
    }

    pub(super) fn note_output(&mut self, broker: &MemoryBroker) {
        self.alerts = placed_alerts(broker);
        self.rejected = rejected(broker);
    }

    #[track_caller]
    pub(super) fn assert_state(&self, process: &Process, stream: &Stream, what: &str) {
        let (progress, digests) = state(process, stream);
        match self.states.get(&progress) {
            Some(expected) => assert_eq!(&digests, expected, "profiles after {progress:?}, {what}"),
            None => panic!("no order of the logins ends a batch at {progress:?}, {what}"),
        }
    }

    /// What is visible is what is expected of the logins that are committed, no more and no less.
    #[track_caller]
    pub(super) fn assert_output(&self, broker: &MemoryBroker, what: &str) {
        let committed = broker.committed();
        let done = |partition: Partition, offset: Offset| {
            committed.get(&partition).is_some_and(|end| offset < *end)
        };
        let due = self.alerts.iter();
        let due = due.filter(|alert| done(alert.partition, alert.offset));
        let due: Vec<PlacedAlert> = due.cloned().collect();
        assert_same(&placed_alerts(broker), &due, &format!("alerts, {what}"));
        let due = self.rejected.iter();
        let due = due.filter(|message| done(message.partition, message.offset));
        let due: Vec<RejectedMessage> = due.cloned().collect();
        assert_same(
            &rejected(broker),
            &due,
            &format!("rejected records, {what}"),
        );
    }
}
