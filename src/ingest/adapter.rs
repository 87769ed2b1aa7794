//! What reads a source's records: a format of ours, one of a user's own, our logins, or whichever
//! fits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::format::Format;
use super::outcome::{Broken, Outcome, Rejection};
use super::{builtin, compile};
use crate::login::Event;
use crate::spelling::did_you_mean;

/// Records may be larger than logins: some hold thousands of events.
pub const MAX_RECORD_BYTES: usize = 16 << 20;
/// Our own logins.
const NATIVE: &str = "nightlatch";
/// Whichever format fits.
const AUTO: &str = "auto";

/// Where an event stands in its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventIndex {
    pub index: usize,
    /// Whether the record can hold several.
    pub is_batch: bool,
}

impl EventIndex {
    /// Its number, where that is needed to tell it from others.
    #[must_use]
    pub fn in_batch(self) -> Option<usize> {
        self.is_batch.then_some(self.index)
    }
}

/// Reads records.
#[derive(Clone, Debug)]
pub struct Adapter {
    kind: Kind,
    /// Its name, or a digest of its table: what read a file is part of how far it was read.
    identity: String,
}

#[derive(Clone, Debug)]
enum Kind {
    Native,
    Format(&'static Format),
    Own(Arc<Format>),
    /// With the number of the format that the record before had.
    Auto(Arc<AtomicUsize>),
}

impl Adapter {
    /// The adapter of a name, or which names there are.
    pub fn named(name: &str) -> Result<Self, String> {
        let kind = match name {
            NATIVE => Kind::Native,
            AUTO => Kind::Auto(Arc::default()),
            name => Kind::Format(builtin::named(name).ok_or_else(|| unknown(name))?),
        };
        Ok(Self {
            kind,
            identity: name.to_owned(),
        })
    }

    /// An adapter of a user's own table, or all that is wrong with it.
    pub fn of_table(name: &str, table: &str) -> Result<Self, Vec<String>> {
        let format = compile::compile(name, table)?;
        Ok(Self {
            kind: Kind::Own(Arc::new(format)),
            identity: blake3::hash(table.as_bytes()).to_hex().to_string(),
        })
    }

    #[must_use]
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Every name there is.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let formats = builtin::all().iter().map(Format::name);
        formats.chain([NATIVE, AUTO])
    }

    /// The format that reads a record; none, where it is one of our own logins or nobody's.
    #[must_use]
    pub fn format_of(&self, bytes: &[u8]) -> Option<&Format> {
        match &self.kind {
            Kind::Native => None,
            Kind::Format(format) => Some(format),
            Kind::Own(format) => Some(format),
            Kind::Auto(last) => {
                let number = builtin::of(bytes, last.load(Ordering::Relaxed))?;
                last.store(number, Ordering::Relaxed);
                builtin::all().get(number)
            }
        }
    }

    /// Calls back with what becomes of each event of a record.
    pub fn convert(
        &self,
        bytes: &[u8],
        received_ms: i64,
        mut each: impl FnMut(EventIndex, Outcome<'_>),
    ) {
        let single = EventIndex {
            index: 0,
            is_batch: false,
        };
        if bytes.len() > MAX_RECORD_BYTES {
            return each(single, rejected(Broken::TooLarge));
        }
        match (self.format_of(bytes), &self.kind) {
            (Some(format), _) => format.convert(bytes, received_ms, each),
            (None, Kind::Auto(_)) if Event::from_json(bytes).is_err() => {
                each(single, rejected(Broken::UnknownShape));
            }
            (None, _) => each(single, native(bytes)),
        }
    }
}

fn rejected<'a>(broken: Broken) -> Outcome<'a> {
    Outcome::Rejected(Rejection::Record(broken))
}

fn native(bytes: &[u8]) -> Outcome<'_> {
    match Event::from_json(bytes) {
        Ok(event) => Outcome::Login {
            login: Box::new(event),
            count: 1,
        },
        Err(rejected) => Outcome::Rejected(Rejection::Login(rejected)),
    }
}

fn unknown(name: &str) -> String {
    let hint = did_you_mean(name, Adapter::names());
    let names: Vec<&str> = Adapter::names().collect();
    format!(
        "there is no format `{name}`{hint}; there are {}",
        names.join(", ")
    )
}
