//! What Prometheus scrapes: one registry, made by the command line and handed to every room that
//! counts. A room keeps what it counts in a struct of its own; there are no global counters.

use prometheus::core::{Collector, Metric};
use prometheus::{
    Encoder, Error, Gauge, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec,
    IntGauge, IntGaugeVec, Opts, TextEncoder,
};

/// The value below which a share of what a histogram saw lies, from its buckets (linear within
/// one); `None` before the first.
#[must_use]
pub fn quantile(histogram: &Histogram, share: f64) -> Option<f64> {
    let metric = histogram.metric();
    let seen = metric.get_histogram();
    let wanted = share * seen.get_sample_count() as f64;
    let (mut below, mut from) = (0.0, 0.0);
    for bucket in seen.get_bucket() {
        let (within, to) = (bucket.cumulative_count() as f64, bucket.upper_bound());
        if within >= wanted && within > 0.0 {
            let part = (wanted - below) / (within - below).max(1.0);
            return Some(from + part * (to - from));
        }
        (below, from) = (within, to);
    }
    (seen.get_sample_count() > 0).then_some(from)
}

/// How many a histogram saw in each of its buckets: its upper bound and the count.
#[must_use]
pub fn buckets(histogram: &Histogram) -> Vec<(f64, u64)> {
    let metric = histogram.metric();
    let mut below = 0;
    let counts = metric.get_histogram().get_bucket().iter().map(|bucket| {
        let count = bucket.cumulative_count() - below;
        below = bucket.cumulative_count();
        (bucket.upper_bound(), count)
    });
    counts.collect()
}

/// Makes metrics, and renders all that it has made.
#[derive(Clone)]
pub struct Registry(prometheus::Registry);

impl Registry {
    /// With what is measured of every process: its CPU time, memory and files.
    pub fn new() -> Result<Self, Error> {
        let registry = Self(prometheus::Registry::new());
        #[cfg(target_os = "linux")]
        registry.0.register(Box::new(
            prometheus::process_collector::ProcessCollector::for_self(),
        ))?;
        Ok(registry)
    }

    pub fn counter(&self, name: &str, help: &str) -> Result<IntCounter, Error> {
        self.keep(IntCounter::new(name, help))
    }

    pub fn counters(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<IntCounterVec, Error> {
        self.keep(IntCounterVec::new(Opts::new(name, help), labels))
    }

    pub fn gauge(&self, name: &str, help: &str) -> Result<IntGauge, Error> {
        self.keep(IntGauge::new(name, help))
    }

    pub fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec, Error> {
        self.keep(IntGaugeVec::new(Opts::new(name, help), labels))
    }

    /// A gauge of fractions.
    pub fn float_gauge(&self, name: &str, help: &str) -> Result<Gauge, Error> {
        self.keep(Gauge::new(name, help))
    }

    pub fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> Result<Histogram, Error> {
        let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
        self.keep(Histogram::with_opts(options))
    }

    pub fn histograms(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
        buckets: &[f64],
    ) -> Result<HistogramVec, Error> {
        let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
        self.keep(HistogramVec::new(options, labels))
    }

    /// The text that a scrape reads.
    #[must_use]
    pub fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        match TextEncoder::new().encode(&self.0.gather(), &mut text) {
            Ok(()) => text,
            Err(error) => format!("# {error}\n").into_bytes(),
        }
    }

    fn keep<M: Collector + Clone + 'static>(&self, made: Result<M, Error>) -> Result<M, Error> {
        let metric = made?;
        self.0.register(Box::new(metric.clone()))?;
        Ok(metric)
    }
}
