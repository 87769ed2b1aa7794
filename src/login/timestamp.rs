//! Reads the time of a login: RFC 3339, `YYYY-MM-DD HH:MM:SS` in UTC, or an epoch in seconds or
//! milliseconds.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use super::rejected::RejectReason;

/// 2000-01-01T00:00:00Z: no login stream is older.
pub const EARLIEST_MS: i64 = 946_684_800_000;
/// 2100-01-01T00:00:00Z: what is later is a mistake or a forgery.
pub const LATEST_MS: i64 = 4_102_444_800_000;

/// Milliseconds since 1970 of a text.
pub fn from_text(text: &str) -> Result<i64, RejectReason> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return from_epoch(
            text.parse()
                .map_err(|_| RejectReason::TimestampOutOfRange)?,
        );
    }
    let timestamp = match text.parse::<Timestamp>() {
        Ok(timestamp) => timestamp,
        Err(_) => text
            .parse::<DateTime>()
            .and_then(|civil| TimeZone::UTC.to_timestamp(civil))
            .map_err(|_| unreadable(text))?,
    };
    in_range(timestamp.as_millisecond())
}

/// The same of a text that may also be a date alone, such as 2026-01-15: then its first moment.
pub fn from_date_or_text(text: &str) -> Result<i64, RejectReason> {
    match text.len() {
        10 => from_text(&format!("{text}T00:00:00Z")),
        _ => from_text(text),
    }
}

/// A date of a year that cannot be is out of range, even where the calendar library stops before
/// it.
fn unreadable(text: &str) -> RejectReason {
    let year = text.split_once('-').map(|(year, _)| year.parse::<u16>());
    match year {
        Some(Ok(year)) if !(2000..2100).contains(&year) => RejectReason::TimestampOutOfRange,
        _ => RejectReason::BadTimestamp,
    }
}

/// Milliseconds since 1970 of an epoch. The range of years allowed leaves no number that could mean
/// both units.
pub fn from_epoch(epoch: i64) -> Result<i64, RejectReason> {
    let seconds = EARLIEST_MS / 1000..LATEST_MS / 1000;
    if seconds.contains(&epoch) {
        return Ok(epoch * 1000);
    }
    in_range(epoch)
}

fn in_range(milliseconds: i64) -> Result<i64, RejectReason> {
    if (EARLIEST_MS..LATEST_MS).contains(&milliseconds) {
        Ok(milliseconds)
    } else {
        Err(RejectReason::TimestampOutOfRange)
    }
}

/// `2026-01-02 10:11` of an RFC 3339 time, for people.
#[must_use]
pub fn to_minute(time: &str) -> String {
    let text: String = time.chars().take(16).collect();
    text.replace('T', " ")
}

/// RFC 3339 in UTC with milliseconds.
#[must_use]
pub fn to_text(milliseconds: i64) -> String {
    Text::new(milliseconds).as_str().to_owned()
}

/// The same without an allocation and without a formatter: a row of scores takes half a
/// microsecond.
pub struct Text {
    bytes: [u8; Self::FORM.len()],
}

impl Text {
    const FORM: &[u8; 24] = b"0000-00-00T00:00:00.000Z";

    /// The text of a time of the years 0 to 9999; of any other, that of 1970.
    #[must_use]
    pub fn new(milliseconds: i64) -> Self {
        let timestamp = Timestamp::from_millisecond(milliseconds).unwrap_or_default();
        let time = Offset::UTC.to_datetime(timestamp);
        let mut bytes = *Self::FORM;
        digits(&mut bytes[..4], time.year().unsigned_abs());
        digits(&mut bytes[5..7], time.month().unsigned_abs().into());
        digits(&mut bytes[8..10], time.day().unsigned_abs().into());
        digits(&mut bytes[11..13], time.hour().unsigned_abs().into());
        digits(&mut bytes[14..16], time.minute().unsigned_abs().into());
        digits(&mut bytes[17..19], time.second().unsigned_abs().into());
        digits(&mut bytes[20..23], time.millisecond().unsigned_abs());
        Self { bytes }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        // They are digits and the form's own letters.
        std::str::from_utf8(&self.bytes).unwrap_or_default()
    }
}

/// Writes a number into the place it has, with zeros before it.
fn digits(place: &mut [u8], mut number: u16) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The text is what the calendar library writes, of every time that a login can have.
        #[test]
        fn a_text_is_rfc_3339(milliseconds in EARLIEST_MS..LATEST_MS) {
            let timestamp = Timestamp::from_millisecond(milliseconds).unwrap();
            prop_assert_eq!(to_text(milliseconds), format!("{timestamp:.3}"));
            prop_assert_eq!(from_text(&to_text(milliseconds)), Ok(milliseconds));
        }
    }

    #[test]
    fn every_form_of_one_moment_is_the_same_moment() {
        for text in [
            "2025-06-12T12:46:42Z",
            "2025-06-12 12:46:42",
            "2025-06-12T14:46:42.000+02:00",
            "2025-06-12 12:46:42.000",
            "1749732402",
            "1749732402000",
        ] {
            assert_eq!(from_text(text), Ok(1_749_732_402_000), "{text}");
        }
        assert_eq!(to_text(1_749_732_402_007), "2025-06-12T12:46:42.007Z");
    }

    #[test]
    fn years_that_no_login_has_are_told_from_nonsense() {
        for text in [
            "0000-01-01T00:00:00Z",
            "9999-12-31T00:00:00Z",
            "1999-12-31 23:59:59",
        ] {
            assert_eq!(
                from_text(text),
                Err(RejectReason::TimestampOutOfRange),
                "{text}"
            );
        }
        for text in [
            "",
            "yesterday",
            "2025-13-01T00:00:00Z",
            "12:00",
            "2025-06-31",
        ] {
            assert_eq!(from_text(text), Err(RejectReason::BadTimestamp), "{text}");
        }
        assert_eq!(from_epoch(-5), Err(RejectReason::TimestampOutOfRange));
        assert_eq!(from_epoch(i64::MAX), Err(RejectReason::TimestampOutOfRange));
    }
}
