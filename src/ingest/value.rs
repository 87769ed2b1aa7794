//! What a path found in a record.

use std::borrow::Cow;

use crate::login::fields::Scalar;

/// Words that providers write where they know nothing.
const UNKNOWN: &[&str] = &[
    "",
    "-",
    "unknown",
    "null",
    "(null)",
    "none",
    "n/a",
    "undefined",
    "not available",
    "{}",
    "[]",
    "00000000-0000-0000-0000-000000000000",
];

/// The value of a path; an absent one and a null are the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Found<'a> {
    #[default]
    Absent,
    One(Scalar<'a>),
    /// The texts and numbers of an array.
    Many(Vec<Scalar<'a>>),
}

impl<'a> Found<'a> {
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Takes a value where there is none yet.
    pub fn fill(&mut self, scalar: Scalar<'a>) {
        if self.is_absent() && scalar != Scalar::Null {
            *self = Self::One(scalar);
        }
    }

    pub fn fill_list(&mut self, scalars: Vec<Scalar<'a>>) {
        if self.is_absent() && !scalars.is_empty() {
            *self = Self::Many(scalars);
        }
    }

    pub fn scalars(&self) -> &[Scalar<'a>] {
        match self {
            Self::Absent => &[],
            Self::One(scalar) => std::slice::from_ref(scalar),
            Self::Many(scalars) => scalars,
        }
    }

    /// Whether it is this word or number, or a list with it; case does not matter.
    pub fn is(&self, word: &str) -> bool {
        self.scalars().iter().any(|scalar| is(scalar, word))
    }

    pub fn into_owned(self) -> Found<'static> {
        match self {
            Self::Absent => Found::Absent,
            Self::One(scalar) => Found::One(into_owned(scalar)),
            Self::Many(scalars) => Found::Many(scalars.into_iter().map(into_owned).collect()),
        }
    }
}

fn into_owned(scalar: Scalar<'_>) -> Scalar<'static> {
    match scalar {
        Scalar::Null => Scalar::Null,
        Scalar::Bool(value) => Scalar::Bool(value),
        Scalar::Integer(value) => Scalar::Integer(value),
        Scalar::Float(value) => Scalar::Float(value),
        Scalar::Text(text) => Scalar::Text(Cow::Owned(text.into_owned())),
        Scalar::Nested => Scalar::Nested,
    }
}

fn is(scalar: &Scalar<'_>, word: &str) -> bool {
    match scalar {
        Scalar::Text(text) => text.eq_ignore_ascii_case(word),
        Scalar::Integer(number) => word.parse() == Ok(*number),
        Scalar::Bool(value) => word == if *value { "true" } else { "false" },
        _ => false,
    }
}

/// The text of a scalar, where it says something.
pub(super) fn text<'s>(scalar: &'s Scalar<'_>) -> Option<Cow<'s, str>> {
    match scalar {
        Scalar::Text(text) => {
            let text = text.trim();
            let is_unknown = UNKNOWN.iter().any(|word| text.eq_ignore_ascii_case(word));
            (!is_unknown).then_some(Cow::Borrowed(text))
        }
        Scalar::Integer(number) => Some(Cow::Owned(number.to_string())),
        Scalar::Float(number) => Some(Cow::Owned(number.to_string())),
        Scalar::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
        Scalar::Null | Scalar::Nested => None,
    }
}

/// A number, also where it is written as a text.
pub(super) fn number(scalar: &Scalar<'_>) -> Option<f64> {
    match scalar {
        Scalar::Integer(number) => Some(*number as f64),
        Scalar::Float(number) => Some(*number),
        Scalar::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}
