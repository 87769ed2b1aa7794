//! Says what the figures were measured on and with.

use std::fmt;

use serde::Serialize;

/// What of a processor decides how trees are walked and texts are read.
const FEATURES: [&str; 7] = [
    "sse4_2", "avx2", "fma", "avx512f", "avx512vl", "asimd", "sve",
];

/// No other is set.
const ALLOCATOR: &str = "the system's";

/// The machine and the program.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    pub cpu: String,
    pub cores: usize,
    pub features: Vec<&'static str>,
    pub version: &'static str,
    /// As the build was told in `NIGHTLATCH_COMMIT`.
    pub commit: &'static str,
    pub allocator: &'static str,
}

impl Machine {
    /// The one this runs on.
    pub(super) fn this() -> Self {
        // What is not Linux does not say.
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let value = |keys: [&str; 2]| {
            let lines = cpuinfo.lines();
            let mut pairs = lines.filter_map(|line| line.split_once(':'));
            let found = pairs.find(|(key, _)| keys.contains(&key.trim()));
            found.map_or("unknown", |(_, value)| value.trim())
        };
        let flags: Vec<&str> = value(["flags", "Features"]).split_whitespace().collect();
        Self {
            cpu: value(["model name", "CPU part"]).to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            features: FEATURES
                .into_iter()
                .filter(|feature| flags.contains(feature))
                .collect(),
            version: env!("CARGO_PKG_VERSION"),
            commit: option_env!("NIGHTLATCH_COMMIT").unwrap_or("unknown"),
            allocator: ALLOCATOR,
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, {} cores ({}); nightlatch {} (commit {}), allocator: {}",
            self.cpu,
            self.cores,
            self.features.join(" "),
            self.version,
            self.commit,
            self.allocator
        )
    }
}
