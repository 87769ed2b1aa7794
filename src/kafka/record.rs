//! What an output is as messages of Kafka.

use rdkafka::message::{Header, OwnedHeaders};

use crate::checkpoint::ProfileMessage;
use crate::config::TopicsConfig;
use crate::log::{
    AlertMessage, IncidentMessage, KeyedMessage, MovedMessage, Output, RejectedMessage,
};
use crate::login::Partition;

/// A message on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outgoing<'a> {
    pub topic: &'a str,
    /// Chosen by the key where there is none.
    pub partition: Option<Partition>,
    pub key: Option<&'a [u8]>,
    pub payload: Option<&'a [u8]>,
    pub timestamp_ms: Option<i64>,
    pub header_values: Vec<(&'static str, String)>,
}

impl<'a> Outgoing<'a> {
    /// A message of a transaction that is aborted: nobody sees it.
    pub(super) fn unseen(topic: &'a str, partition: Partition) -> Self {
        Self {
            partition: Some(partition),
            // A compacted topic takes nothing without a key.
            key: Some(b"unseen"),
            ..Self::to(topic)
        }
    }

    fn to(topic: &'a str) -> Self {
        Self {
            topic,
            partition: None,
            key: None,
            payload: None,
            timestamp_ms: None,
            header_values: Vec::new(),
        }
    }

    fn alert(topics: &'a TopicsConfig, alert: &'a AlertMessage) -> Self {
        Self {
            key: Some(alert.user_id.as_bytes()),
            payload: Some(&alert.json),
            ..Self::to(&topics.alerts)
        }
    }

    fn incident(topics: &'a TopicsConfig, incident: &'a IncidentMessage) -> Self {
        Self {
            key: Some(incident.key.as_bytes()),
            payload: Some(&incident.json),
            ..Self::to(&topics.incidents)
        }
    }

    fn keyed(topic: &'a str, message: &'a KeyedMessage) -> Self {
        Self {
            key: Some(message.key.as_bytes()),
            payload: Some(&message.json),
            ..Self::to(topic)
        }
    }

    fn rejected(topics: &'a TopicsConfig, rejected: &'a RejectedMessage, from: &str) -> Self {
        let mut header_values = vec![
            ("reason", rejected.reason.to_owned()),
            ("source.topic", from.to_owned()),
            ("source.partition", rejected.partition.to_string()),
            ("source.offset", rejected.offset.to_string()),
        ];
        if rejected.size > rejected.value.len() {
            header_values.push(("source.bytes", rejected.size.to_string()));
        }
        Self {
            payload: Some(&rejected.value),
            header_values,
            ..Self::to(&topics.rejected)
        }
    }

    fn profile(topics: &'a TopicsConfig, message: &'a ProfileMessage) -> Self {
        Self {
            partition: Some(message.partition),
            key: Some(&message.key),
            payload: message.value.as_deref(),
            ..Self::to(&topics.profiles)
        }
    }

    fn moved(topics: &'a TopicsConfig, message: &'a MovedMessage) -> Self {
        Self {
            key: message.key.as_deref().map(str::as_bytes),
            payload: Some(&message.value),
            timestamp_ms: message.timestamp_ms,
            ..Self::to(&topics.moved)
        }
    }

    pub(super) fn headers(&self) -> Option<OwnedHeaders> {
        if self.header_values.is_empty() {
            return None;
        }
        let headers = OwnedHeaders::new_with_capacity(self.header_values.len());
        Some(
            self.header_values
                .iter()
                .fold(headers, |headers, (key, value)| {
                    headers.insert(Header {
                        key,
                        value: Some(value),
                    })
                }),
        )
    }
}

/// The messages of an output; `from` is the topic that its rejected records came from.
pub(super) fn of<'a>(
    output: &'a Output,
    topics: &'a TopicsConfig,
    from: &'a str,
) -> impl Iterator<Item = Outgoing<'a>> {
    let alerts = output.alerts.iter().map(|one| Outgoing::alert(topics, one));
    let incidents = output.incidents.iter();
    let incidents = incidents.map(|one| Outgoing::incident(topics, one));
    let rejected = output.rejected.iter();
    let rejected = rejected.map(move |one| Outgoing::rejected(topics, one, from));
    let refused = output.refused.iter();
    let refused = refused.map(|one| Outgoing::rejected(topics, one, &topics.feedback));
    let verdicts = output.verdicts.iter();
    let verdicts = verdicts.map(|one| Outgoing::keyed(&topics.verdicts, one));
    let audit = output.audit.iter();
    let audit = audit.map(|one| Outgoing::keyed(&topics.audit, one));
    let profiles = output
        .profiles
        .iter()
        .map(|one| Outgoing::profile(topics, one));
    let moved = output.moved.iter().map(|one| Outgoing::moved(topics, one));
    alerts
        .chain(incidents)
        .chain(rejected)
        .chain(refused)
        .chain(verdicts)
        .chain(audit)
        .chain(profiles)
        .chain(moved)
}
