//! What is new, to whoever listens: each event has an id, and a listener who was away goes on after
//! the last that he saw, or is told that there is a gap.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::broadcast;

use super::{RecentAlert, RecentIncident};

/// Events that are kept for who comes back.
const MOST_KEPT: usize = 4_096;
/// Bytes of them.
const MOST_KEPT_BYTES: usize = 32 << 20;
/// Events that wait for one listener; who is further behind has a gap.
const MOST_WAITING: usize = 1_024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedKind {
    Incident,
    Alert,
}

impl FeedKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Alert => "alert",
        }
    }
}

/// Something new.
#[derive(Clone, Debug)]
pub struct FeedEvent {
    /// Its place in the feed, from 1 on.
    number: u64,
    pub kind: FeedKind,
    pub tenant: Arc<str>,
    pub json: Arc<str>,
}

pub(super) struct Feed {
    epoch: String,
    kept: Mutex<Kept>,
    sender: broadcast::Sender<FeedEvent>,
}

#[derive(Default)]
struct Kept {
    last: u64,
    events: VecDeque<FeedEvent>,
    bytes: usize,
}

/// Where a listener begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumed {
    /// Nothing was seen before.
    Fresh,
    /// After what was seen, with nothing left out.
    After,
    /// What came between is not known.
    Gap,
}

/// A listener: what he missed first, then what comes.
pub struct Subscription {
    epoch: String,
    /// The last event before it began to listen.
    last: u64,
    pub resumed: Resumed,
    pub missed: VecDeque<FeedEvent>,
    pub receiver: broadcast::Receiver<FeedEvent>,
}

impl Subscription {
    /// The id of an event, by which one goes on after it.
    #[must_use]
    pub fn id(&self, event: &FeedEvent) -> String {
        format!("{}-{}", self.epoch, event.number)
    }

    /// The id to go on from where nothing has come yet.
    #[must_use]
    pub fn begins_after(&self) -> String {
        let missed = self.missed.front();
        let last = missed.map_or(self.last, |event| event.number - 1);
        format!("{}-{last}", self.epoch)
    }
}

impl Feed {
    pub(super) fn new(epoch: &str) -> Self {
        Self {
            epoch: epoch.to_owned(),
            kept: Mutex::default(),
            sender: broadcast::channel(MOST_WAITING).0,
        }
    }

    pub(super) fn publish_incident(&self, incident: &RecentIncident) {
        // A form that was read can be written.
        if let Ok(json) = serde_json::to_string(incident) {
            self.publish(FeedKind::Incident, &incident.tenant, json.into());
        }
    }

    pub(super) fn publish_alert(&self, alert: &RecentAlert) {
        self.publish(FeedKind::Alert, &alert.tenant, Arc::clone(&alert.json));
    }

    fn publish(&self, kind: FeedKind, tenant: &str, json: Arc<str>) {
        let mut kept = self.kept.lock();
        kept.last += 1;
        let event = FeedEvent {
            number: kept.last,
            kind,
            tenant: tenant.into(),
            json,
        };
        kept.bytes += event.json.len();
        kept.events.push_back(event.clone());
        while kept.events.len() > MOST_KEPT || kept.bytes > MOST_KEPT_BYTES {
            let Some(oldest) = kept.events.pop_front() else {
                break;
            };
            kept.bytes -= oldest.json.len();
        }
        // Nobody listens: it is kept all the same.
        let _ = self.sender.send(event);
    }

    /// The id of the last event, to go on from.
    pub(super) fn position(&self) -> String {
        format!("{}-{}", self.epoch, self.kept.lock().last)
    }

    pub(super) fn subscribe(&self, last_seen: Option<&str>) -> Subscription {
        // Held until the receiver is there, so that nothing comes between.
        let kept = self.kept.lock();
        let (resumed, missed) = match last_seen {
            None => (Resumed::Fresh, VecDeque::new()),
            Some(id) => match self.after(&kept, id) {
                Some(missed) => (Resumed::After, missed),
                None => (Resumed::Gap, VecDeque::new()),
            },
        };
        Subscription {
            epoch: self.epoch.clone(),
            last: kept.last,
            resumed,
            missed,
            receiver: self.sender.subscribe(),
        }
    }

    /// What came after an event; `None` where that is not all there any more.
    fn after(&self, kept: &Kept, id: &str) -> Option<VecDeque<FeedEvent>> {
        let (epoch, number) = id.rsplit_once('-')?;
        let number: u64 = number.parse().ok()?;
        let first = kept
            .events
            .front()
            .map_or(kept.last + 1, |event| event.number);
        if epoch != self.epoch || number > kept.last || number + 1 < first {
            return None;
        }
        let later = kept.events.iter().filter(|event| event.number > number);
        Some(later.cloned().collect())
    }
}
