//! Whether the profiles in Kafka were written under the key that is configured.

use std::collections::BTreeMap;
use std::time::Duration;

use super::beside::Tail;
use super::topics::Marks;
use crate::checkpoint::{Seal, Unreadable};
use crate::config::Config;
use crate::log::LogError;

/// Of each partition the last so many offsets are read; markers of transactions are among them.
const LAST: i64 = 20;
const WAIT: Duration = Duration::from_millis(200);
/// Nothing for so many waits: what cannot be read now is the restore's to wait for.
const SILENCES: u32 = 5;

/// That what was last written to the profiles opens under this key; older pages may be of another,
/// and count no more.
pub(super) fn require_same(
    config: &Config,
    marks: &Marks,
    partitions: i32,
) -> Result<(), LogError> {
    let topic = &config.topics.profiles;
    let (mut from, mut ends) = (BTreeMap::new(), BTreeMap::new());
    for partition in 0..partitions {
        let (low, end) = marks.range(topic, partition)?;
        if end > low {
            from.insert(partition, low.max(end - LAST));
            ends.insert(partition, end);
        }
    }
    if ends.is_empty() {
        return Ok(());
    }
    let seal = Seal::new(&config.ids);
    let mut other: BTreeMap<i32, bool> = BTreeMap::new();
    let mut tail = Tail::start(config, topic)?;
    tail.assign(from, ends)?;
    let mut silences = 0;
    while !tail.is_done() && silences < SILENCES {
        let mut silent = true;
        tail.poll(WAIT, |message| {
            use rdkafka::message::Message;
            silent = false;
            if let Some(mut value) = message.payload() {
                let opened = seal.check_header(&mut value);
                other.insert(message.partition(), opened == Err(Unreadable::OtherKey));
            }
        })?;
        silences += u32::from(silent);
    }
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
