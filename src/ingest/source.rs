//! A source: the topics of an identity provider, and how its records become logins.

use std::borrow::Cow;

use super::adapter::{Adapter, EventIndex};
use super::enrich::Enricher;
use super::outcome::Outcome;
use crate::login::Event;
use crate::login::event::{Origin, OriginFields};

/// A source as it is configured.
#[derive(Clone, Debug)]
pub struct SourceConfig {
    pub name: String,
    pub topics: Vec<String>,
    pub adapter: Adapter,
    /// Whose logins these are.
    pub tenant: String,
}

/// Where a record was read.
#[derive(Clone, Copy, Debug)]
pub struct ReadAt<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
    /// When it came in, milliseconds since 1970.
    pub received_ms: i64,
}

impl ReadAt<'_> {
    /// A name for an event that its provider gives none.
    fn id(&self, place: EventIndex) -> String {
        let Self {
            topic,
            partition,
            offset,
            ..
        } = self;
        match place.in_batch() {
            Some(index) => format!("{topic}-{partition}-{offset}-{index}"),
            None => format!("{topic}-{partition}-{offset}"),
        }
    }
}

/// Makes logins of the records of a source.
#[derive(Clone)]
pub struct SourceReader {
    config: SourceConfig,
    enricher: Enricher,
}

impl SourceReader {
    #[must_use]
    pub fn new(config: SourceConfig, enricher: Enricher) -> Self {
        Self { config, enricher }
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// Calls back with what becomes of each event of a record: logins and evidence enriched, with
    /// their tenant and where they were read.
    pub fn read(
        &self,
        record: &[u8],
        at: ReadAt<'_>,
        mut each: impl FnMut(EventIndex, Outcome<'_>),
    ) {
        self.config
            .adapter
            .convert(record, at.received_ms, |place, outcome| {
                each(place, self.complete(outcome, place, at));
            });
    }

    fn complete<'e>(&self, outcome: Outcome<'e>, place: EventIndex, at: ReadAt<'_>) -> Outcome<'e> {
        let complete = |event: &mut Event<'e>| {
            if event.tenant == "default" {
                event.tenant = Cow::Owned(self.config.tenant.clone());
            }
            if event.event_id.is_none() {
                event.event_id = Some(Cow::Owned(at.id(place)));
            }
            self.enricher.enrich(event);
            event.origin = self.origin(place, at);
        };
        match outcome {
            Outcome::Login { mut login, count } => {
                complete(&mut login);
                Outcome::Login { login, count }
            }
            Outcome::Ignored {
                reason,
                evidence: Some(mut evidence),
            } => {
                complete(&mut evidence);
                Outcome::Ignored {
                    reason,
                    evidence: Some(evidence),
                }
            }
            other => other,
        }
    }

    fn origin(&self, place: EventIndex, at: ReadAt<'_>) -> Option<Origin<'static>> {
        let fields = OriginFields {
            source: Cow::Borrowed(&self.config.name),
            topic: Cow::Borrowed(at.topic),
            partition: at.partition,
            offset: at.offset,
            index: place.index,
        };
        Origin::new(Cow::Owned(serde_json::to_string(&fields).ok()?))
    }
}
