//! The program's own messages.

use crate::config::{Config, LogFormat};

/// Sends the program's own messages to standard error.
pub(super) fn start_logging(format: &LogFormat, level: &str) {
    let filter = tracing_subscriber::EnvFilter::try_new(level).unwrap_or_default();
    let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(ansi);
    // A second start within one process keeps the first.
    let _ = match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}

/// The same as configured, beginning with what of the configuration is hardly meant.
pub(super) fn start_configured_logging(config: &Config) {
    start_logging(&config.log_format, &config.log_level);
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
}
