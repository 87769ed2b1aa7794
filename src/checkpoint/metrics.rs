//! What keeping the profiles costs: what is written, and what a restore takes.

use prometheus::{Error, Gauge, IntCounter, IntGauge};

use super::ProfileMessage;
use crate::metrics::Registry;

/// The metrics of the checkpoint.
#[derive(Clone)]
pub struct CheckpointMetrics {
    /// Written to the profiles topic, as Kafka gets it.
    bytes: IntCounter,
    cells: IntCounter,
    /// What a restore would have to go through again.
    pub redo_logins: IntGauge,
    pub restore_seconds: Gauge,
}

impl CheckpointMetrics {
    pub fn register(registry: &Registry) -> Result<Self, Error> {
        Ok(Self {
            bytes: registry.counter(
                "nightlatch_checkpoint_bytes_total",
                "Bytes written to the profiles topic",
            )?,
            cells: registry.counter(
                "nightlatch_checkpoint_cells_total",
                "Cells written to the profiles topic",
            )?,
            redo_logins: registry.gauge(
                "nightlatch_redo_logins",
                "Logins that a restore would go through again",
            )?,
            restore_seconds: registry.float_gauge(
                "nightlatch_restore_seconds",
                "How long the last restore of the profiles took",
            )?,
        })
    }

    /// Counts what a committed transaction wrote.
    pub fn count_written(&self, messages: &[ProfileMessage], cells: usize) {
        let values = messages.iter().filter_map(|message| message.value.as_ref());
        let bytes: usize = values.map(Vec::len).sum();
        self.bytes.inc_by(bytes as u64);
        self.cells.inc_by(cells as u64);
    }
}
