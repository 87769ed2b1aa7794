//! What is there and what is not: which fields came, which keys nothing reads, which of those look
//! like ours.
//!
//! An optional field under another name is no error, and yet the detector is blind to it: somebody
//! has to say so.

use std::collections::HashMap;

use super::event::{Event, EventKind};
use super::field::Field;
use super::fields::Fields;
use super::rejected::Rejected;
pub use super::synonyms::resembles;
use crate::enrich::geo;

/// The first rows are all looked at for keys that nothing reads.
const FIRST_ROWS: u64 = 1000;
/// After them, one of so many.
const SAMPLE: u64 = 256;
/// Different names that are counted one by one.
const MAX_NAMES: usize = 256;
/// What is kept of a name, bytes.
const MAX_NAME_BYTES: usize = 64;
/// Names told of each kind.
const TOLD: usize = 8;
/// A field in fewer rows than this may well stand under another name.
const MISSED_SHARE: f64 = 0.5;

/// What the detector sees most with, beside the fields that every login has.
const TELLING: [Field; 11] = [
    Field::IpAddress,
    Field::GeoLocation,
    Field::City,
    Field::Latitude,
    Field::Longitude,
    Field::Asn,
    Field::DeviceId,
    Field::UserAgent,
    Field::AuthMethod,
    Field::BytesIn,
    Field::BytesOut,
];

/// Counts what rows hold. The memory is bounded, and a row costs some nanoseconds.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    rows: u64,
    filled: [u64; Field::ALL.len()],
    looked_at: u64,
    unread: Tally,
    countries: Tally,
    event_types: Tally,
}

/// Names and how often they came.
#[derive(Clone, Debug, Default)]
struct Tally {
    names: HashMap<String, u64>,
    /// Those of names that found no room.
    others: u64,
}

impl Tally {
    fn add(&mut self, name: &str, count: u64) {
        let name = &name[..name.floor_char_boundary(MAX_NAME_BYTES)];
        if let Some(counted) = self.names.get_mut(name) {
            *counted += count;
        } else if self.names.len() < MAX_NAMES {
            self.names.insert(name.to_owned(), count);
        } else {
            self.others += count;
        }
    }

    fn merge(&mut self, other: Self) {
        for (name, count) in other.names {
            self.add(&name, count);
        }
        self.others += other.others;
    }

    /// The most frequent first; the same for the same counts.
    fn sorted(&self) -> Vec<(&str, u64)> {
        let mut all: Vec<(&str, u64)> = self
            .names
            .iter()
            .map(|(name, count)| (name.as_str(), *count))
            .collect();
        all.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(right.0)));
        all
    }

    fn told(&self, told: impl Fn(&str, u64) -> String) -> String {
        let all = self.sorted();
        let mut text: Vec<String> = all
            .iter()
            .take(TOLD)
            .map(|(name, count)| told(name, *count))
            .collect();
        if all.len() > TOLD || self.others > 0 {
            text.push("...".to_owned());
        }
        text.join(", ")
    }
}

impl Presence {
    /// Whether the keys of a row, by its number from 1, are worth a look.
    #[must_use]
    pub fn looks_at(number: u64) -> bool {
        number <= FIRST_ROWS || number.is_multiple_of(SAMPLE)
    }

    /// Counts a row and its fields, as far as they were read.
    pub fn count(&mut self, fields: &Fields<'_>) {
        self.rows += 1;
        let mut filled = fields.filled();
        while filled != 0 {
            self.filled[filled.trailing_zeros() as usize] += 1;
            filled &= filled - 1;
        }
    }

    /// Counts what an event says that nobody knows.
    pub fn count_event(&mut self, event: &Event<'_>) {
        if event.kind() == EventKind::Other {
            self.event_types.add(&event.event_type, 1);
        }
        if event.latitude.is_none()
            && let Some(country) = event.geo_location.as_deref()
            && geo::country(country).is_none()
        {
            self.countries.add(country, 1);
        }
    }

    /// Counts a row whose keys are looked at.
    pub fn count_look(&mut self) {
        self.looked_at += 1;
    }

    /// Counts a key that nothing reads, of a row that is looked at.
    pub fn count_unread(&mut self, key: &str) {
        self.unread.add(key, 1);
    }

    /// Counts an event in JSON and all its keys; the error says why it is none.
    pub fn count_json(&mut self, json: &[u8]) -> Result<(), Rejected> {
        let mut fields = Fields::default();
        let read = fields.read_json(json);
        self.count(&fields);
        self.count_look();
        Fields::unread_keys(json, |key| self.count_unread(key));
        read?;
        let event = Event::from_fields(&mut fields)?;
        self.count_event(&event);
        Ok(())
    }

    pub fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        for (mine, other) in self.filled.iter_mut().zip(other.filled) {
            *mine += other;
        }
        self.looked_at += other.looked_at;
        self.unread.merge(other.unread);
        self.countries.merge(other.countries);
        self.event_types.merge(other.event_types);
    }

    /// The share of rows in which a field has a value.
    #[must_use]
    pub fn share(&self, field: Field) -> f64 {
        self.filled[field as usize] as f64 / self.rows.max(1) as f64
    }

    /// Keys that nothing reads, and the fields they look like that most rows lack.
    #[must_use]
    pub fn look_alikes(&self) -> Vec<String> {
        let unread = self.unread.sorted();
        let alike = unread.iter().filter_map(|(key, _)| self.look_alike(key));
        alike.take(TOLD).collect()
    }

    fn look_alike(&self, key: &str) -> Option<String> {
        let like = resembles(key)?;
        let why = if like.spelling {
            " (case, spelling)"
        } else {
            ""
        };
        (self.share(like.field) < MISSED_SHARE)
            .then(|| format!("{}: {}?{why}", key.escape_debug(), like.field.name()))
    }

    /// What to tell a user, in lines; nothing of no rows.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        if self.rows == 0 {
            return Vec::new();
        }
        let present = Field::ALL.iter().filter(|field| self.share(**field) > 0.0);
        let present =
            present.map(|field| format!("{} {}", field.name(), percent(self.share(*field))));
        let mut lines = vec![format!(
            "fields: {}",
            present.collect::<Vec<_>>().join(", ")
        )];
        let absent = TELLING.iter().filter(|field| self.share(**field) == 0.0);
        let absent: Vec<&str> = absent.map(|field| field.name()).collect();
        if !absent.is_empty() {
            lines.push(format!("in no row: {}", absent.join(", ")));
        }
        let unread = self.unread.told(|key, count| {
            let share = count as f64 / self.looked_at.max(1) as f64;
            format!("{} {}", key.escape_debug(), percent(share))
        });
        if !unread.is_empty() {
            lines.push(format!("not read: {unread}"));
        }
        let alike = self.look_alikes();
        if !alike.is_empty() {
            lines.push(format!(
                "not read, but they look like fields of ours (rename them, if they are): {}",
                alike.join(", ")
            ));
        }
        let counted = |name: &str, count| format!("`{}` ({count})", name.escape_debug());
        let countries = self.countries.told(counted);
        if !countries.is_empty() {
            lines.push(format!(
                "countries that are not known, and so have no place: {countries}"
            ));
        }
        let event_types = self.event_types.told(counted);
        if !event_types.is_empty() {
            lines.push(format!(
                "event types without rules of their own, read as logins: {event_types}"
            ));
        }
        lines
    }
}

/// A share in whole percent; what is there is never 0 %, what is missing somewhere never 100 %.
fn percent(share: f64) -> String {
    match share * 100.0 {
        percent if percent > 0.0 && percent < 1.0 => "<1 %".to_owned(),
        percent if percent > 99.0 && percent < 100.0 => ">99 %".to_owned(),
        percent => format!("{percent:.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> Presence {
        let mut presence = Presence::default();
        for line in lines {
            let _ = presence.count_json(line.as_bytes());
        }
        presence
    }

    #[test]
    fn what_stands_under_another_name_is_told_and_what_is_there_twice_is_not() {
        let presence = of(&[
            r#"{"user_id":"u","timestamp":"2025-06-12 12:46:42","success":1,"src_ip":"10.0.0.1",
               "device_id":"","User_Agent":"x","username":"u","weather":"fine"}"#,
        ]);
        let told = presence.lines().join("\n");
        for part in [
            "user_id 100 %",
            "in no row: ip_address",
            "src_ip: ip_address?",
            "User_Agent: user_agent? (case, spelling)",
            "weather 100 %",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert!(!told.contains("username: "), "user_id is there: {told}");
        assert!(
            !told.contains("device_id 100"),
            "an empty text is no value: {told}"
        );
    }

    #[test]
    fn countries_and_event_types_that_nobody_knows_are_counted() {
        let line = r#"{"user_id":"u","timestamp":"2025-06-12 12:46:42","success":1,"event_type":"signin","geo_location":"Atlantis"}"#;
        let told = of(&[line, line]).lines().join("\n");
        assert!(
            told.contains("`Atlantis` (2)") && told.contains("`signin` (2)"),
            "{told}"
        );
    }

    #[test]
    fn the_memory_is_bounded_and_nothing_goes_uncounted() {
        let mut tally = Tally::default();
        for index in 0..10_000 {
            tally.add(&format!("{index}{}", "x".repeat(1000)), 1);
        }
        assert_eq!(tally.names.len(), MAX_NAMES);
        assert!(tally.names.keys().all(|name| name.len() <= MAX_NAME_BYTES));
        assert_eq!(tally.names.values().sum::<u64>() + tally.others, 10_000);
    }

    #[test]
    fn counting_in_parts_is_counting() {
        let line = r#"{"user_id":"u","timestamp":1,"ip":"a"}"#;
        let mut parts = of(&[line]);
        parts.merge(of(&[line, "nonsense"]));
        assert_eq!(parts.lines(), of(&[line, line, "nonsense"]).lines());
    }
}
