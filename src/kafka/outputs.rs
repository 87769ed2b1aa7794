//! Follows the topics of incidents and alerts beside the stream, for whoever looks at what came
//! out: from the last records of each on.

use std::collections::BTreeMap;
use std::thread::JoinHandle;
use std::time::Duration;

use rdkafka::message::Message;

use super::Stop;
use super::beside::Tail;
use super::topics::{self, Marks};
use crate::config::Config;
use crate::log::LogError;
use crate::login::{Offset, Partition};
use crate::recent::Recent;

/// How long a poll waits for a record.
const WAIT: Duration = Duration::from_millis(50);
/// After an error it is begun anew.
const AFTER_ERROR: Duration = Duration::from_secs(5);
/// Records and markers of transactions read for each incident or alert that is held: an incident
/// has several records.
const RECORDS_EACH: usize = 4;

/// Follows both topics on a thread of its own until the process stops.
pub fn follow_outputs(
    config: &Config,
    recent: Recent,
    stop: Stop,
) -> std::io::Result<JoinHandle<()>> {
    let config = config.clone();
    std::thread::Builder::new()
        .name("outputs".to_owned())
        .spawn(move || {
            let mut reached = Reached::default();
            while !stop.is_requested() {
                if let Err(error) = follow(&config, &recent, &stop, &mut reached) {
                    tracing::warn!(%error, "incidents and alerts cannot be followed for now");
                    wait(AFTER_ERROR, &stop);
                }
            }
        })
}

fn wait(time: Duration, stop: &Stop) {
    let mut left = time;
    while !stop.is_requested() && !left.is_zero() {
        let step = left.min(WAIT);
        std::thread::sleep(step);
        left -= step;
    }
}

type Offsets = BTreeMap<Partition, Offset>;

/// How far each topic was read: who begins anew goes on there, so that nothing old is news.
#[derive(Default)]
struct Reached {
    incidents: Offsets,
    alerts: Offsets,
}

fn follow(
    config: &Config,
    recent: &Recent,
    stop: &Stop,
    reached: &mut Reached,
) -> Result<(), LogError> {
    let existing = topics::existing(config)?;
    let marks = Marks::new(config)?;
    let limits = config.http.recent;
    let start = |topic: &str, held: usize, reached: &Offsets| {
        let partitions = existing.get(topic).copied().unwrap_or(0);
        last_of(config, &marks, (topic, partitions), held, reached)
    };
    let topics = &config.topics;
    let mut incidents = start(&topics.incidents, limits.incidents, &reached.incidents)?;
    let mut alerts = start(&topics.alerts, limits.alerts, &reached.alerts)?;
    let mut is_loaded = false;
    while !stop.is_requested() {
        let took = take(&mut incidents, |json| recent.take_incident(json));
        reached.incidents.clone_from(incidents.positions());
        took?;
        let took = take(&mut alerts, |json| recent.take_alert(json));
        reached.alerts.clone_from(alerts.positions());
        took?;
        if !is_loaded && incidents.is_done() && alerts.is_done() {
            is_loaded = true;
            recent.set_loaded();
        }
    }
    Ok(())
}

fn take(
    tail: &mut Tail,
    take: impl Fn(&[u8]) -> Result<(), crate::recent::Refused>,
) -> Result<(), LogError> {
    if tail.positions().is_empty() {
        std::thread::sleep(WAIT);
        return Ok(());
    }
    tail.poll(WAIT, |message| {
        // Without a payload it is a record of the compacted topic that was taken out.
        let Some(json) = message.payload() else {
            return;
        };
        if let Err(refused) = take(json) {
            let (topic, partition, offset) =
                (message.topic(), message.partition(), message.offset());
            tracing::warn!(topic, partition, offset, %refused, "a record is not shown");
        }
    })
}

/// Reads a topic from where it was reached, else from where about so many records that are held are
/// left.
fn last_of(
    config: &Config,
    marks: &Marks,
    (topic, partitions): (&str, usize),
    held: usize,
    reached: &Offsets,
) -> Result<Tail, LogError> {
    let each = held.saturating_mul(RECORDS_EACH) / partitions.max(1);
    let each = i64::try_from(each).unwrap_or(i64::MAX);
    let mut from = Offsets::new();
    for number in (0..partitions).filter_map(|number| i32::try_from(number).ok()) {
        let partition = Partition(number);
        let there = marks.range(topic, partition)?;
        let start = there.start.0.max(there.end.0.saturating_sub(each));
        let reached = reached.get(&partition).copied();
        from.insert(partition, reached.unwrap_or(Offset(start)));
    }
    let mut tail = Tail::start_leniently(config, topic)?;
    tail.assign(from, BTreeMap::new())?;
    Ok(tail)
}
