//! The only place that asks what time it is. The detector never does: it knows event time alone.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A source of time, injected so that tests have their own.
pub trait Clock: Send {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> i64;
    /// Milliseconds since some moment, never backwards.
    fn monotonic_ms(&self) -> u64;
    /// The same in nanoseconds, for measuring.
    fn monotonic_ns(&self) -> u64;
    /// Waits; a test's clock just goes on.
    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[allow(clippy::disallowed_methods)]
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

#[allow(clippy::disallowed_methods)]
impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
    }

    fn monotonic_ms(&self) -> u64 {
        self.monotonic_ns() / 1_000_000
    }

    fn monotonic_ns(&self) -> u64 {
        let start = *START;
        u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}
