//! The wish to stop, from signals to the stream.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::clock::{Clock, SystemClock};

/// The wish to stop, and when it was made.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<StopFlags>);

#[derive(Debug, Default)]
struct StopFlags {
    requested: AtomicBool,
    deadline_ms: AtomicU64,
}

impl Stop {
    /// Asks the stream to finish its batch within a time.
    pub fn request(&self, grace_ms: u64) {
        self.request_within(&SystemClock, grace_ms);
    }

    /// The same by another clock.
    pub fn request_within(&self, clock: &impl Clock, grace_ms: u64) {
        let deadline_ms = clock.monotonic_ms() + grace_ms;
        self.0.deadline_ms.store(deadline_ms, Ordering::Relaxed);
        self.0.requested.store(true, Ordering::Relaxed);
    }

    /// The flag that the pipeline looks at between two turns.
    #[must_use]
    pub fn flag(&self) -> &AtomicBool {
        &self.0.requested
    }

    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.requested.load(Ordering::Relaxed)
    }

    /// Whether the time for finishing is over.
    #[must_use]
    pub fn is_overdue(&self, clock: &impl Clock) -> bool {
        self.is_requested() && clock.monotonic_ms() >= self.0.deadline_ms.load(Ordering::Relaxed)
    }
}
