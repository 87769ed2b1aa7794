//! Whether the profiles in Kafka were written under the key that is configured.

use std::collections::BTreeMap;

use rdkafka::message::Message;

use super::beside;
use super::topics::Marks;
use crate::checkpoint::{Seal, Unreadable};
use crate::config::Config;
use crate::log::LogError;
use crate::login::Partition;

/// Of each partition the last so many offsets are read; markers of transactions are among them.
const LAST: i64 = 20;

/// Whether a start with another key would be refused: where profiles are kept, and none may be lost.
pub(super) fn matters(config: &Config) -> bool {
    config.checkpoint.enabled && !config.checkpoint.accept_loss
}

/// That what was last written to the profiles opens under this key; older pages may be of another,
/// and count no more.
pub(super) fn require_same(
    config: &Config,
    marks: &Marks,
    partitions: i32,
) -> Result<(), LogError> {
    let topic = &config.topics.profiles;
    let seal = Seal::new(&config.ids);
    let mut other: BTreeMap<Partition, bool> = BTreeMap::new();
    // What cannot be read now is the restore's to wait for.
    beside::read_last(config, marks, (topic, partitions), LAST, |message| {
        if let Some(mut value) = message.payload() {
            let opened = seal.check_header(&mut value);
            other.insert(
                Partition(message.partition()),
                opened == Err(Unreadable::OtherKey),
            );
        }
    })?;
    if !other.values().any(|other| *other) {
        return Ok(());
    }
    let now = if config.has_key {
        "the one that is set"
    } else {
        "none, as now"
    };
    let text = format!(
        "the profiles in topic `{topic}` were written under another ids.key_file than {now}; set \
         the one they were written under. To begin anew, set topics.profiles to a new name and \
         make it with `nightlatch topics create`: the profiles are found again from the logins if \
         every one is still there"
    );
    Err(LogError::Configuration(text.into()))
}
