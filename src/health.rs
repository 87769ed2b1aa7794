//! Whether the process can do its work, as the stream knows it and as `/health/ready` tells it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use prometheus::{Error, IntGauge};
use serde_json::{Map, Value, json};

use crate::metrics::Registry;

/// Tells more than whether something is ready.
type Detail = Box<dyn Fn() -> Value + Send + Sync>;

/// Shared between the stream, which writes it, and whoever asks.
#[derive(Clone, Default)]
pub struct Health(Arc<Flags>);

#[derive(Default)]
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
    details: Mutex<Vec<(&'static str, Detail)>>,
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

    /// Adds what is told beside whether the process is ready, under a name.
    pub fn add_detail(
        &self,
        name: &'static str,
        detail: impl Fn() -> Value + Send + Sync + 'static,
    ) {
        if let Ok(mut details) = self.0.details.lock() {
            details.push((name, Box::new(detail)));
        }
    }

    /// All there is to tell: `status` is `healthy` or `not_ready`, then with a `reason`.
    #[must_use]
    pub fn told(&self) -> Value {
        let mut told = Map::new();
        match self.not_ready() {
            None => told.insert("status".to_owned(), json!("healthy")),
            Some(reason) => {
                told.insert("status".to_owned(), json!("not_ready"));
                told.insert("reason".to_owned(), json!(reason))
            }
        };
        if let Ok(details) = self.0.details.lock() {
            for (name, detail) in details.iter() {
                told.insert((*name).to_owned(), detail());
            }
        }
        Value::Object(told)
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
