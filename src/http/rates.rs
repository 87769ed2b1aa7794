//! How the last hour went: samples of the counters, one every few seconds.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::{Clock, SystemClock};
use crate::pipeline::PipelineMetrics;

/// Between two samples.
const SAMPLE_EVERY: Duration = Duration::from_secs(5);
/// A minute, and an hour, of them.
pub(super) const OF_A_MINUTE: usize = 12;
const MOST: usize = 60 * OF_A_MINUTE;

/// What happened between two samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct Rate {
    /// Milliseconds since 1970.
    pub at_ms: i64,
    pub logins_per_second: f64,
    pub alerts_per_second: f64,
    /// Records that wait, of all partitions.
    pub lag: i64,
}

/// The samples of the last hour.
#[derive(Clone, Default)]
pub struct Rates(Arc<Mutex<Samples>>);

#[derive(Default)]
struct Samples {
    last: Option<Counters>,
    rates: VecDeque<Rate>,
}

#[derive(Clone, Copy)]
struct Counters {
    at_ms: u64,
    logins: u64,
    alerts: u64,
}

impl Rates {
    /// Takes samples for as long as the process runs.
    pub async fn sample(self, metrics: PipelineMetrics) {
        loop {
            self.take(&metrics);
            tokio::time::sleep(SAMPLE_EVERY).await;
        }
    }

    fn take(&self, metrics: &PipelineMetrics) {
        let now = Counters {
            at_ms: SystemClock.monotonic_ms(),
            logins: metrics.logins.get(),
            alerts: metrics.alerts.total(),
        };
        let mut samples = self.0.lock();
        let last = samples.last.replace(now);
        let Some(last) = last.filter(|last| now.at_ms > last.at_ms) else {
            return;
        };
        let seconds = (now.at_ms - last.at_ms) as f64 / 1_000.0;
        let each = |now: u64, before: u64| now.saturating_sub(before) as f64 / seconds;
        if samples.rates.len() == MOST {
            samples.rates.pop_front();
        }
        samples.rates.push_back(Rate {
            at_ms: SystemClock.now_ms(),
            logins_per_second: each(now.logins, last.logins),
            alerts_per_second: each(now.alerts, last.alerts),
            lag: metrics.order.total_lag(),
        });
    }

    pub(super) fn all(&self) -> Vec<Rate> {
        self.0.lock().rates.iter().copied().collect()
    }
}
