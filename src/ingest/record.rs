//! From the bytes of a record to the events in it: envelopes opened, arrays taken apart, texts
//! kept for patterns.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::io::Read;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::format::Format;
use super::outcome::Broken;
use super::tree::Walk;
use super::value::Found;
use crate::login::fields::Key;

/// Envelopes within envelopes.
const MAX_ENVELOPES: usize = 4;
/// Events that one record may hold.
pub const MAX_EVENTS: usize = 10_000;
/// Events of a record that tell of which format it is.
const LOOKED_AT: usize = 200;
/// What a compressed record may grow to, times its own size and at most.
const MAX_EXPANSION: usize = 100;
const MAX_EXPANDED_BYTES: usize = 16 << 20;

/// The values that the paths of a format found in one event, or its text.
#[derive(Debug)]
pub(super) struct Raw<'a> {
    pub values: Vec<Found<'a>>,
    pub text: Option<Cow<'a, str>>,
    /// Whether it has what records of the format have.
    pub recognised: bool,
}

impl<'a> Raw<'a> {
    /// An event of which nothing is known yet but its text, if it is one.
    fn new(format: &Format, text: Option<Cow<'a, str>>) -> Self {
        Self {
            values: vec![Found::Absent; format.slots],
            text,
            recognised: false,
        }
    }

    fn into_owned(self) -> Raw<'static> {
        Raw {
            values: self.values.into_iter().map(Found::into_owned).collect(),
            text: self.text.map(|text| Cow::Owned(text.into_owned())),
            recognised: self.recognised,
        }
    }
}

/// The events of a record.
#[derive(Debug, Default)]
pub(super) struct Events<'a> {
    pub events: Vec<Raw<'a>>,
    /// Whether the record can hold several.
    pub is_batch: bool,
}

impl<'a> Events<'a> {
    fn push(&mut self, event: Raw<'a>, bound: &Bound) -> Result<(), TooMany> {
        if self.events.len() >= bound.events {
            return Err(TooMany);
        }
        self.events.push(event);
        Ok(())
    }

    fn into_owned(self) -> Events<'static> {
        Events {
            events: self.events.into_iter().map(Raw::into_owned).collect(),
            is_batch: self.is_batch,
        }
    }

    fn append(&mut self, other: Self, bound: &Bound) -> Result<(), TooMany> {
        self.is_batch |= other.is_batch;
        other
            .events
            .into_iter()
            .try_for_each(|event| self.push(event, bound))
    }

    /// Adds what lay under a key that is usual for envelopes, if it is an event or several.
    fn take_in(&mut self, within: Self, bound: &Bound) -> Result<(), TooMany> {
        let says_something = |event: &Raw<'_>| event.recognised || event.text.is_some();
        if !within.is_batch && !within.events.iter().any(says_something) {
            return Ok(());
        }
        self.append(within, bound)
    }
}

struct TooMany;

/// How many events are read, and what is to be known where there are more: the parser's own errors
/// cannot say it.
struct Bound {
    events: usize,
    is_passed: Cell<bool>,
    /// Whether an event was recognised by then.
    recognised: Cell<bool>,
}

impl Bound {
    fn new(events: usize) -> Self {
        Self {
            events,
            is_passed: Cell::default(),
            recognised: Cell::default(),
        }
    }

    fn error<E: serde::de::Error>(&self, _: TooMany) -> E {
        self.is_passed.set(true);
        E::custom("too many events")
    }
}

/// A record's bytes without what tools lay around them: gzip, a schema's number, a byte-order mark.
pub(super) fn unwrapped(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Broken> {
    let bytes = match bytes {
        [0x1f, 0x8b, ..] => Cow::Owned(expanded(bytes)?),
        _ => Cow::Borrowed(bytes),
    };
    let skipped = match bytes.as_ref() {
        // The number of a schema of a registry, four bytes.
        [0, _, _, _, _, b'{', ..] => 5,
        [0xef, 0xbb, 0xbf, ..] => 3,
        _ => 0,
    };
    Ok(match bytes {
        Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[skipped..]),
        Cow::Owned(mut bytes) => {
            bytes.drain(..skipped);
            Cow::Owned(bytes)
        }
    })
}

fn expanded(bytes: &[u8]) -> Result<Vec<u8>, Broken> {
    let most = bytes
        .len()
        .saturating_mul(MAX_EXPANSION)
        .min(MAX_EXPANDED_BYTES);
    let mut expanded = Vec::new();
    let decoder = flate2::read::MultiGzDecoder::new(bytes);
    let read = decoder.take(most as u64 + 1).read_to_end(&mut expanded);
    match read {
        Ok(length) if length > most => Err(Broken::TooLarge),
        Ok(_) => Ok(expanded),
        Err(_) => Err(Broken::Unparseable),
    }
}

/// Reads the events of a record as a format looks for them.
pub(super) fn read<'a>(format: &Format, bytes: &'a [u8]) -> Result<Events<'a>, Broken> {
    read_some(format, bytes, &Bound::new(MAX_EVENTS))
}

/// Whether a record is of a format, where its first events say it: one of ten thousand events of
/// nobody's must not be gone through by every format. `None` where they do not.
pub(super) fn begins_as(format: &Format, bytes: &[u8]) -> Option<bool> {
    let bound = Bound::new(LOOKED_AT);
    // What is wrong with it is found out when it is read.
    let _ = read_some(format, bytes, &bound);
    match bound.recognised.get() {
        true => Some(true),
        // Of a text only its patterns know.
        false if format.reads_text() => None,
        false => Some(false),
    }
}

fn read_some<'a>(format: &Format, bytes: &'a [u8], bound: &Bound) -> Result<Events<'a>, Broken> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text.trim()),
        // A host's log may hold what its users typed.
        Err(_) => Cow::Owned(String::from_utf8_lossy(bytes).trim().to_owned()),
    };
    let mut events = Events::default();
    if !text.starts_with(['{', '[']) {
        if !format.reads_text() || text.is_empty() {
            return Err(Broken::Unparseable);
        }
        events.events.push(Raw::new(format, Some(text)));
        return Ok(events);
    }
    let is_array = text.starts_with('[');
    let root = Root {
        format,
        depth: 0,
        events: &mut events,
        bound,
    };
    let read = root.json(text);
    match read {
        // An array is no envelope: one without anything in it holds no record.
        Ok(()) if events.events.is_empty() && is_array => Err(Broken::Unparseable),
        Ok(()) => Ok(events),
        Err(_) if bound.is_passed.get() => Err(Broken::TooManyEvents),
        Err(_) => Err(Broken::Unparseable),
    }
}

/// Where an event, an array of them or an envelope may stand.
struct Root<'f, 'e, 'a> {
    format: &'f Format,
    depth: usize,
    events: &'e mut Events<'a>,
    bound: &'f Bound,
}

impl<'a> Root<'_, '_, 'a> {
    fn json(self, text: Cow<'a, str>) -> Result<(), serde_json::Error> {
        match text {
            Cow::Borrowed(text) => self.borrowed_json(text),
            Cow::Owned(text) => self.owned_json(&text),
        }
    }

    fn borrowed_json(self, text: &'a str) -> Result<(), serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        self.deserialize(&mut deserializer)?;
        deserializer.end()
    }

    /// The same of a text that does not live as long as the record.
    fn owned_json(self, text: &str) -> Result<(), serde_json::Error> {
        let mut inner = Events::default();
        let root = Root {
            format: self.format,
            depth: self.depth,
            events: &mut inner,
            bound: self.bound,
        };
        let read = root.borrowed_json(text);
        self.events
            .append(inner.into_owned(), self.bound)
            .map_err(|many| self.bound.error(many))?;
        read
    }

    /// A text within an envelope: JSON once more, or a line.
    fn text<E: serde::de::Error>(self, text: Cow<'a, str>) -> Result<(), E> {
        if text.trim_start().starts_with(['{', '[']) {
            let before = self.events.events.len();
            let inner = Root {
                events: &mut *self.events,
                ..self
            };
            let read = inner.json(text);
            if self.bound.is_passed.get() {
                return Err(self.bound.error(TooMany));
            }
            if read.is_err() {
                // What only looks like JSON is a text like others.
                self.events.events.truncate(before);
            }
            return Ok(());
        }
        if self.format.reads_text() {
            let raw = Raw::new(self.format, Some(text));
            let pushed = self.events.push(raw, self.bound);
            return pushed.map_err(|many| self.bound.error(many));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Root<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Root<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event, or an array of them")
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_borrowed_str<E: serde::de::Error>(self, value: &'de str) -> Result<(), E> {
        self.text(Cow::Borrowed(value))
    }
    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.text(Cow::Owned(value.to_owned()))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<(), S::Error> {
        self.events.is_batch = true;
        loop {
            let before = self.events.events.len();
            let item = Root {
                format: self.format,
                depth: self.depth + 1,
                events: &mut *self.events,
                bound: self.bound,
            };
            if items.next_element_seed(item)?.is_none() {
                return Ok(());
            }
            // What is no event at all is one all the same: its place in the array counts.
            if self.events.events.len() == before {
                self.events
                    .push(Raw::new(self.format, None), self.bound)
                    .map_err(|many| self.bound.error(many))?;
            }
        }
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let mut values = vec![Found::Absent; self.format.slots];
        let mut inner = Events::default();
        while let Some(Key(key)) = map.next_key()? {
            if self.depth < MAX_ENVELOPES && self.format.envelopes.iter().any(|name| **name == *key)
            {
                let mut within = Events::default();
                map.next_value_seed(Root {
                    format: self.format,
                    depth: self.depth + 1,
                    events: &mut within,
                    bound: self.bound,
                })?;
                let taken = inner.take_in(within, self.bound);
                taken.map_err(|many| self.bound.error(many))?;
                continue;
            }
            match self.format.tree.child(&key) {
                Some(node) => map.next_value_seed(Walk {
                    node,
                    slots: &mut values,
                })?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let bound = self.bound;
        let settled = self.settle(values, inner);
        settled.map_err(|many| bound.error(many))
    }
}

impl<'a> Root<'_, '_, 'a> {
    /// Whether the object is the event, or only lies around some.
    fn settle(self, values: Vec<Found<'a>>, inner: Events<'a>) -> Result<(), TooMany> {
        let recognised = self.format.recognises(&values);
        if recognised || (inner.events.is_empty() && !inner.is_batch) {
            let event = Raw {
                values,
                text: None,
                recognised,
            };
            self.events.push(event, self.bound)?;
            if recognised {
                self.bound.recognised.set(true);
            }
            return Ok(());
        }
        self.events.append(inner, self.bound)
    }
}

impl Format {
    /// Whether its records may be texts that are no JSON.
    fn reads_text(&self) -> bool {
        self.texts.iter().any(|text| text.required)
    }

    /// Whether an event has what events of this format have.
    pub(super) fn recognises(&self, values: &[Found<'_>]) -> bool {
        self.recognise
            .iter()
            .any(|group| group.iter().all(|slot| !values[*slot].is_absent()))
    }
}
