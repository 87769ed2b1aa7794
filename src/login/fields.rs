//! The fields of one event, and the scalars they hold before they are checked.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

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

/// The known fields of one event, unchecked. JSON, CSV and Parquet all end here, and one set of rules follows.
#[derive(Clone, Debug, Default)]
pub struct Fields<'a> {
    values: [Scalar<'a>; Field::ALL.len()],
    /// A bit a field that was set, so that a null does not hide a duplicate.
    seen: u32,
}

impl<'a> Fields<'a> {
    /// Sets a field; a second value for one is an error.
    pub fn set(&mut self, field: Field, value: Scalar<'a>) -> Result<(), Rejected> {
        let bit = 1 << field as u32;
        if self.seen & bit != 0 {
            return Err(Rejected::field(RejectReason::DuplicateField, field));
        }
        self.seen |= bit;
        self.values[field as usize] = value;
        Ok(())
    }

    /// Takes a field's value out.
    pub fn take(&mut self, field: Field) -> Scalar<'a> {
        std::mem::take(&mut self.values[field as usize])
    }

    /// Reads a JSON object. Unknown fields are passed over, whatever they hold.
    pub fn from_json(bytes: &'a [u8]) -> Result<Self, Rejected> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(Rejected::new(RejectReason::Empty));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| Rejected::new(RejectReason::NotUtf8))?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let mut fields = Self::default();
        let mut rejected = None;
        let seed = ObjectSeed {
            fields: &mut fields,
            rejected: &mut rejected,
        };
        let parsed = seed
            .deserialize(&mut deserializer)
            .and_then(|()| deserializer.end());
        // A rule that was broken says more than the parser, which stopped because of it.
        if let Some(rejected) = rejected {
            return Err(rejected);
        }
        match parsed {
            Ok(()) => Ok(fields),
            Err(error) => Err(Rejected::new(reason_of(&error))),
        }
    }
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
            let value = map.next_value_seed(ScalarVisitor)?;
            if let Err(rejected) = self.fields.set(field, value) {
                *self.rejected = Some(rejected);
                return Err(M::Error::custom("a field stands twice"));
            }
        }
        Ok(())
    }
}

/// A key, borrowed where it has no escape.
struct Key<'a>(Cow<'a, str>);

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

struct ScalarVisitor;

impl<'de> DeserializeSeed<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Scalar<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ScalarVisitor {
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
