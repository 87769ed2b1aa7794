//! Which model is in use.

use prometheus::{Error, IntGaugeVec};

use super::Model;
use crate::metrics::Registry;

/// The metric that names the model.
#[derive(Clone)]
pub struct ModelMetrics {
    info: IntGaugeVec,
}

impl ModelMetrics {
    pub fn register(registry: &Registry) -> Result<Self, Error> {
        let (name, help) = ("nightlatch_model_info", "The model in use");
        Ok(Self {
            info: registry.gauges(name, help, &["checksum"])?,
        })
    }

    pub fn set(&self, model: &Model) {
        self.info.with_label_values(&[model.checksum()]).set(1);
    }
}
