//! Whether the process can do its work, as the stream knows it and as `/health/ready` tells it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use prometheus::{Error, IntGauge};

use crate::metrics::Registry;

/// Shared between the stream, which writes it, and whoever asks.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Flags>);

#[derive(Debug, Default)]
struct Flags {
    /// The consumer group has given this process partitions, or told it that there are none left
    /// for it.
    joined: AtomicBool,
    broker: AtomicBool,
    stopping: AtomicBool,
    braked: AtomicBool,
    /// How far a restore of the profiles is.
    restoring: Mutex<Option<String>>,
    /// What else the process does, by name.
    others: Mutex<Vec<(String, Health)>>,
}

impl Health {
    pub fn set_joined(&self, joined: bool) {
        self.0.joined.store(joined, Ordering::Relaxed);
    }

    pub fn set_broker(&self, reachable: bool) {
        if self.0.broker.swap(reachable, Ordering::Relaxed) != reachable {
            if reachable {
                tracing::info!("a broker is reachable");
            } else {
                tracing::warn!("no broker is reachable; waiting for one");
            }
        }
    }

    pub fn set_stopping(&self) {
        self.0.stopping.store(true, Ordering::Relaxed);
    }

    /// Almost everything was rejected, and the consumer stopped.
    pub fn set_braked(&self) {
        self.0.braked.store(true, Ordering::Relaxed);
    }

    /// How far a restore is; `None` when it is done.
    pub fn set_restoring(&self, state: Option<String>) {
        if let Ok(mut restoring) = self.0.restoring.lock() {
            *restoring = state;
        }
    }

    /// Adds something that has to be ready too.
    pub fn add(&self, name: String, other: Self) {
        if let Ok(mut others) = self.0.others.lock() {
            others.push((name, other));
        }
    }

    /// The first of the others that is not ready, and why.
    fn other_not_ready(&self) -> Option<String> {
        let others = self.0.others.lock().ok()?;
        others
            .iter()
            .find_map(|(name, other)| Some(format!("{name}: {}", other.not_ready()?)))
    }

    /// Why the process is not ready; `None` where it is.
    #[must_use]
    pub fn not_ready(&self) -> Option<String> {
        let restoring = self.0.restoring.lock().ok().and_then(|state| state.clone());
        let why = if self.0.stopping.load(Ordering::Relaxed) {
            Some("stopping")
        } else if self.0.braked.load(Ordering::Relaxed) {
            Some("almost every record was rejected, and the consumer stopped")
        } else if !self.0.broker.load(Ordering::Relaxed) {
            Some("no broker is reachable")
        } else if !self.0.joined.load(Ordering::Relaxed) {
            Some("not yet a member of the consumer group")
        } else {
            None
        };
        why.map(str::to_owned)
            .or(restoring)
            .or_else(|| self.other_not_ready())
    }
}

/// The metric of it, as of the last update.
#[derive(Clone)]
pub struct HealthMetrics {
    ready: IntGauge,
}

impl HealthMetrics {
    pub fn register(registry: &Registry) -> Result<Self, Error> {
        Ok(Self {
            ready: registry.gauge(
                "nightlatch_ready",
                "1 while logins are consumed and alerts can be published",
            )?,
        })
    }

    pub fn update(&self, health: &Health) {
        self.ready.set(i64::from(health.not_ready().is_none()));
    }
}
