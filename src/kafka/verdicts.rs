//! Publishes verdicts that people give over HTTP, one by one: each is with the brokers before the
//! next is sent.

use std::time::Duration;

use parking_lot::Mutex;

use super::Publisher;
use crate::config::Config;
use crate::log::LogError;

/// How long the brokers may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Publishes verdicts. Its producer is made at the first, and anew after an error.
pub struct VerdictSender {
    config: Config,
    publisher: Mutex<Option<Publisher>>,
}

impl VerdictSender {
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            config: config.clone(),
            publisher: Mutex::new(None),
        }
    }

    /// Publishes one, and waits until the brokers have it. Blocks.
    pub fn send(&self, about: &str, json: &[u8]) -> Result<(), LogError> {
        let mut kept = self.publisher.lock();
        let publisher = match kept.take() {
            Some(publisher) => publisher,
            None => Publisher::start(&self.config)?,
        };
        publisher.send_to(&self.config.topics.feedback, about, json)?;
        publisher.finish_within(PATIENCE)?;
        *kept = Some(publisher);
        Ok(())
    }
}
