//! How many profiles there are, and how many had to go.

use prometheus::{Error, IntGaugeVec};

use super::Profiles;
use crate::metrics::Registry;

/// The metrics of the profiles in memory.
#[derive(Clone)]
pub struct ProfileMetrics {
    profiles: IntGaugeVec,
    evicted: IntGaugeVec,
}

impl ProfileMetrics {
    pub fn register(registry: &Registry) -> Result<Self, Error> {
        Ok(Self {
            profiles: registry.gauges("nightlatch_profiles", "Profiles in memory", &["kind"])?,
            evicted: registry.gauges(
                "nightlatch_profiles_evicted",
                "Profiles pushed out by caps and idle time since the start",
                &["kind"],
            )?,
        })
    }

    pub fn update(&self, profiles: &Profiles) {
        for (kind, profiles, evicted) in profiles.sizes() {
            let (kept, gone) = (&self.profiles, &self.evicted);
            kept.with_label_values(&[kind]).set(profiles as i64);
            gone.with_label_values(&[kind]).set(evicted as i64);
        }
    }
}
