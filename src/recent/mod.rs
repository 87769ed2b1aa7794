//! What came out lately, for whoever looks: incidents as they stand and alerts, as many as fit, and
//! a feed of what is new. Filled from the topics, so that it shows what is committed, of every
//! process; what is older is in the topics alone.

mod alert;
mod feed;
mod incident;
mod query;
mod sentence;
mod store;

use std::sync::Arc;

use parking_lot::RwLock;

pub use alert::{
    AlertDocument, ContributionDocument, CounterfactualDocument, MitigatorDocument, PartDocument,
    PreviousDocument, RecentAlert,
};
pub use feed::{FeedEvent, FeedKind, Resumed, Subscription};
pub use incident::{ReasonText, RecentIncident, SourceCount};
pub use query::{AlertQuery, IncidentQuery, Order, Page};
pub use store::{RecentLimits, Refused, Store};

use feed::Feed;

/// Shared by the thread that reads the topics and those that answer requests.
#[derive(Clone)]
pub struct Recent(Arc<Shared>);

struct Shared {
    store: RwLock<Store>,
    feed: Feed,
}

impl Recent {
    /// `epoch` tells the ids of this process's feed from those of another start.
    #[must_use]
    pub fn new(limits: RecentLimits, epoch: &str) -> Self {
        Self(Arc::new(Shared {
            store: RwLock::new(Store::new(limits)),
            feed: Feed::new(epoch),
        }))
    }

    /// What is held, for the time of a closure.
    pub fn read<T>(&self, with: impl FnOnce(&Store) -> T) -> T {
        with(&self.0.store.read())
    }

    /// Takes a record of the topic of incidents.
    pub fn take_incident(&self, json: &[u8]) -> Result<(), Refused> {
        let incident = RecentIncident::from_json(json)?;
        // One lock over both, so that the feed has the order of the store.
        let mut store = self.0.store.write();
        if let Some(incident) = store.put_incident(incident)
            && store.is_loaded()
        {
            self.0.feed.publish_incident(&incident);
        }
        Ok(())
    }

    /// Takes a record of the topic of alerts.
    pub fn take_alert(&self, json: &[u8]) -> Result<(), Refused> {
        let alert = RecentAlert::from_json(json)?;
        let mut store = self.0.store.write();
        if let Some(alert) = store.put_alert(alert)
            && store.is_loaded()
        {
            self.0.feed.publish_alert(&alert);
        }
        Ok(())
    }

    /// All that was there at the start has been read: from here on, what comes is new.
    pub fn set_loaded(&self) {
        self.0.store.write().set_loaded();
    }

    /// The id of the last event: whoever shows what is held now goes on from there.
    #[must_use]
    pub fn position(&self) -> String {
        self.0.feed.position()
    }

    /// Listens to what is new, after an event that was seen, if one was.
    #[must_use]
    pub fn subscribe(&self, last_seen: Option<&str>) -> Subscription {
        self.0.feed.subscribe(last_seen)
    }
}

#[cfg(test)]
mod tests;
