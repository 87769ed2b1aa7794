//! The fields of one event, and the scalars they hold before they are checked.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use serde_json::value::RawValue;

use super::field::Field;
use super::rejected::{RejectReason, Rejected};

/// A value before its field's rules are applied.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Scalar<'a> {
    /// Absent or null.
    #[default]
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(Cow<'a, str>),
    /// An array or an object.
    Nested,
}

/// The known fields of one event, unchecked. JSON, CSV and Parquet all end here, and one set of
/// rules follows.
#[derive(Clone, Debug, Default)]
pub struct Fields<'a> {
    values: [Scalar<'a>; Field::ALL.len()],
    /// A bit a field that was set, so that a null does not hide a duplicate.
    seen: u32,
    /// A bit a field that has a value.
    filled: u32,
}

/// What is shown of a value, characters.
const MAX_SHOWN_CHARS: usize = 40;

/// The beginning of a value, so that a terminal takes no harm from it.
#[must_use]
pub fn shown(bytes: &[u8]) -> String {
    // A character takes four bytes at most; one more tells that there is more.
    let beginning = &bytes[..bytes.len().min(4 * (MAX_SHOWN_CHARS + 1))];
    let text = String::from_utf8_lossy(beginning);
    let cut: String = text.chars().take(MAX_SHOWN_CHARS).collect();
    let more = if cut.len() < text.len() { "..." } else { "" };
    format!("{cut:?}{more}")
}

/// As a user is shown it.
impl fmt::Display for Scalar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value}"),
            Self::Text(text) => f.write_str(&shown(text.as_bytes())),
            Self::Nested => f.write_str("an array or an object"),
        }
    }
}

impl Scalar<'_> {
    fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            _ => false,
        }
    }
}

impl<'a> Fields<'a> {
    /// Sets a field; a second value for one is an error.
    pub fn set(&mut self, field: Field, value: Scalar<'a>) -> Result<(), Rejected> {
        let bit = 1 << field as u32;
        if self.seen & bit != 0 {
            return Err(Rejected::field(RejectReason::DuplicateField, field));
        }
        self.seen |= bit;
        if !value.is_empty() {
            self.filled |= bit;
        }
        self.values[field as usize] = value;
        Ok(())
    }

    /// Takes a field's value out.
    pub fn take(&mut self, field: Field) -> Scalar<'a> {
        std::mem::take(&mut self.values[field as usize])
    }

    /// A field's value.
    #[must_use]
    pub fn get(&self, field: Field) -> &Scalar<'a> {
        &self.values[field as usize]
    }

    /// A bit, `1 << field`, for each field that has a value.
    #[must_use]
    pub fn filled(&self) -> u32 {
        self.filled
    }

    /// The bytes of all texts.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        let bytes = |value: &Scalar<'_>| match value {
            Scalar::Text(text) => text.len(),
            _ => 0,
        };
        self.values.iter().map(bytes).sum()
    }

    /// The same with its texts borrowed.
    #[must_use]
    pub fn borrowed(&self) -> Fields<'_> {
        let values = std::array::from_fn(|index| match &self.values[index] {
            Scalar::Null => Scalar::Null,
            Scalar::Bool(value) => Scalar::Bool(*value),
            Scalar::Integer(value) => Scalar::Integer(*value),
            Scalar::Float(value) => Scalar::Float(*value),
            Scalar::Text(text) => Scalar::Text(Cow::Borrowed(text)),
            Scalar::Nested => Scalar::Nested,
        });
        Fields {
            values,
            seen: self.seen,
            filled: self.filled,
        }
    }

    /// Calls back with every key of a JSON object that is no field; what is not JSON has none.
    pub fn unread_keys(bytes: &[u8], mut found: impl FnMut(&str)) {
        walk(bytes, |key, _| {
            if Field::from_name(key).is_none() {
                found(key);
            }
        });
    }

    /// The last value of a field of a JSON object, as a user is shown it.
    #[must_use]
    pub fn value_in(bytes: &[u8], field: Field) -> String {
        let mut value = String::new();
        walk(bytes, |key, scalar| {
            if key == field.name() {
                value = scalar.to_string();
            }
        });
        value
    }

    /// Reads a JSON object. Unknown fields are passed over, whatever they hold.
    pub fn read_json(&mut self, bytes: &'a [u8]) -> Result<(), Rejected> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(Rejected::new(RejectReason::Empty));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| Rejected::new(RejectReason::NotUtf8))?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let mut rejected = None;
        let seed = ObjectSeed {
            fields: self,
            rejected: &mut rejected,
        };
        let parsed = seed
            .deserialize(&mut deserializer)
            .and_then(|()| deserializer.end());
        // A rule that was broken says more than the parser, which stopped because of it.
        if let Some(rejected) = rejected {
            return Err(rejected);
        }
        parsed.map_err(|error| Rejected::new(reason_of(&error)))
    }
}

/// Calls back with the keys and values of a JSON object, as far as it is one.
fn walk(bytes: &[u8], found: impl FnMut(&str, &Scalar<'_>)) {
    struct Walk<F>(F);
    impl<'de, F: FnMut(&str, &Scalar<'_>)> Visitor<'de> for Walk<F> {
        type Value = ();
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON object")
        }
        fn visit_map<M: MapAccess<'de>>(mut self, mut map: M) -> Result<(), M::Error> {
            while let Some(Key(key)) = map.next_key()? {
                let value = map.next_value_seed(ScalarSeed)?;
                (self.0)(&key, &value);
            }
            Ok(())
        }
    }
    // What is broken was found before the break; the rejection says the rest.
    let _ = serde_json::Deserializer::from_slice(bytes).deserialize_map(Walk(found));
}

fn reason_of(error: &serde_json::Error) -> RejectReason {
    use serde_json::error::Category;
    match error.classify() {
        Category::Eof => RejectReason::Truncated,
        Category::Data => RejectReason::NotAnObject,
        // serde_json has no category of its own for 1e999.
        _ if error.to_string().starts_with("number out of range") => RejectReason::OutOfRange,
        _ => RejectReason::NotJson,
    }
}

struct ObjectSeed<'f, 'a> {
    fields: &'f mut Fields<'a>,
    rejected: &'f mut Option<Rejected>,
}

impl<'de> DeserializeSeed<'de> for ObjectSeed<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ObjectSeed<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a login event, which is a JSON object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(Key(key)) = map.next_key()? {
            let Some(field) = Field::from_name(&key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = if field == Field::Origin {
                Scalar::Text(Cow::Borrowed(map.next_value::<&'de RawValue>()?.get()))
            } else {
                map.next_value_seed(ScalarSeed)?
            };
            if let Err(rejected) = self.fields.set(field, value) {
                *self.rejected = Some(rejected);
                return Err(M::Error::custom("a field stands twice"));
            }
        }
        Ok(())
    }
}

/// A key, borrowed where it has no escape.
pub(crate) struct Key<'a>(pub Cow<'a, str>);

impl<'de: 'a, 'a> serde::Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field name")
            }
            fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(value)))
            }
            fn visit_str<E>(self, value: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(value.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

/// Reads any JSON value; what is not scalar is passed over.
pub(crate) struct ScalarSeed;

impl<'de> DeserializeSeed<'de> for ScalarSeed {
    type Value = Scalar<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Scalar<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ScalarSeed {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }
    fn visit_unit<E>(self) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Integer(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Scalar<'de>, E> {
        Ok(i64::try_from(value).map_or(Scalar::Float(value as f64), Scalar::Integer))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Float(value))
    }
    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Borrowed(value)))
    }
    fn visit_str<E>(self, value: &str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Owned(value.to_owned())))
    }
    fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<Scalar<'de>, S::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }
    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Scalar<'de>, M::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }
}
