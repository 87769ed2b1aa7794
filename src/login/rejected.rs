//! Why a message is not a login.

use std::fmt;

use super::field::Field;

/// The reason code, as it stands in the `reason` header of a rejected event and in the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RejectReason {
    /// No value at all, or an empty one.
    Empty,
    /// More bytes than `limits.max_message_bytes`.
    TooLarge,
    NotUtf8,
    /// Not JSON, or JSON followed by something else.
    NotJson,
    /// JSON that ends in the middle.
    Truncated,
    /// JSON, but an array, a string, a number...
    NotAnObject,
    DuplicateField,
    MissingField,
    WrongType,
    /// A text longer than its field allows.
    TooLong,
    /// A control character in a field that names somebody or something.
    ControlCharacter,
    /// A number outside its field's range.
    OutOfRange,
    BadTimestamp,
    /// A year that no login can have (before 2000, or 2100 and later).
    TimestampOutOfRange,
    /// Dated more than `limits.max_clock_skew_ms` after its own message.
    TimestampInFuture,
    BadIpAddress,
}

impl RejectReason {
    pub const ALL: [Self; 16] = [
        Self::Empty,
        Self::TooLarge,
        Self::NotUtf8,
        Self::NotJson,
        Self::Truncated,
        Self::NotAnObject,
        Self::DuplicateField,
        Self::MissingField,
        Self::WrongType,
        Self::TooLong,
        Self::ControlCharacter,
        Self::OutOfRange,
        Self::BadTimestamp,
        Self::TimestampOutOfRange,
        Self::TimestampInFuture,
        Self::BadIpAddress,
    ];

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge => "too_large",
            Self::NotUtf8 => "not_utf8",
            Self::NotJson => "not_json",
            Self::Truncated => "truncated",
            Self::NotAnObject => "not_an_object",
            Self::DuplicateField => "duplicate_field",
            Self::MissingField => "missing_field",
            Self::WrongType => "wrong_type",
            Self::TooLong => "too_long",
            Self::ControlCharacter => "control_character",
            Self::OutOfRange => "out_of_range",
            Self::BadTimestamp => "bad_timestamp",
            Self::TimestampOutOfRange => "timestamp_out_of_range",
            Self::TimestampInFuture => "timestamp_in_future",
            Self::BadIpAddress => "bad_ip_address",
        }
    }
}

/// A message that is not a login: the reason and, where one is to blame, the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub reason: RejectReason,
    pub field: Option<Field>,
}

impl Rejected {
    #[must_use]
    pub fn new(reason: RejectReason) -> Self {
        Self {
            reason,
            field: None,
        }
    }

    #[must_use]
    pub fn field(reason: RejectReason, field: Field) -> Self {
        Self {
            reason,
            field: Some(field),
        }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field {
            Some(field) => write!(f, "{} ({})", self.reason.code(), field.name()),
            None => f.write_str(self.reason.code()),
        }
    }
}

impl std::error::Error for Rejected {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct() {
        let codes: std::collections::BTreeSet<_> = RejectReason::ALL
            .iter()
            .map(|reason| reason.code())
            .collect();
        assert_eq!(codes.len(), RejectReason::ALL.len());
    }
}
