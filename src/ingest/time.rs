//! The time of a provider's event, in every form that one writes.

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::TimeZone;

use crate::login::fields::Scalar;
use crate::login::timestamp::{self, EARLIEST_MS, LATEST_MS};

/// How far the clock of a host may be ahead of the record that brings its line.
const MOST_AHEAD_MS: i64 = 24 * 3_600_000;

/// Forms with a date, beside RFC 3339 and what is like it; without a zone they are UTC.
const DATED: &[&str] = &[
    "%Y-%m-%d %H:%M:%S UTC",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %H:%M:%S",
    "%b %d %Y %H:%M:%S%.f %Z",
    "%b %d %Y %H:%M:%S%.f",
    "%d/%b/%Y:%H:%M:%S %z",
    "%a, %d %b %Y %H:%M:%S GMT",
    "%a %b %d %H:%M:%S %Y",
];
/// A date without its year (RFC 3164).
const YEARLESS: &str = "%Y %b %d %H:%M:%S%.f";

/// Milliseconds since 1970. Lines that leave out the year or the date are dated by when they came in.
pub(super) fn parse(scalar: &Scalar<'_>, received_ms: i64) -> Option<i64> {
    match scalar {
        Scalar::Integer(epoch) => from_epoch(*epoch),
        Scalar::Float(epoch) if epoch.is_finite() => {
            let scale = if *epoch < 1e11 { 1000.0 } else { 1.0 };
            from_epoch((epoch * scale) as i64)
        }
        Scalar::Text(text) => from_text(text.trim(), received_ms),
        _ => None,
    }
}

/// Seconds, milliseconds, microseconds or nanoseconds: no two could be meant by one number.
fn from_epoch(epoch: i64) -> Option<i64> {
    let within = |ms: i64| (EARLIEST_MS..LATEST_MS).contains(&ms).then_some(ms);
    within(epoch)
        .or_else(|| within(epoch.checked_mul(1000)?))
        .or_else(|| within(epoch / 1000))
        .or_else(|| within(epoch / 1_000_000))
}

fn from_text(text: &str, received_ms: i64) -> Option<i64> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return from_epoch(text.parse().ok()?);
    }
    if let Ok(ms) = timestamp::from_text(text) {
        return Some(ms);
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return parse(&Scalar::Float(seconds), received_ms);
    }
    DATED
        .iter()
        .find_map(|form| dated(form, text))
        .or_else(|| yearless(text, received_ms))
        .or_else(|| dateless(text, received_ms))
        .filter(|ms| (EARLIEST_MS..LATEST_MS).contains(ms))
}

fn dated(form: &str, text: &str) -> Option<i64> {
    let broken: BrokenDownTime = strtime::parse(form, text).ok()?;
    let moment = match broken.to_timestamp() {
        Ok(moment) => moment,
        Err(_) => in_utc(broken.to_datetime().ok()?)?,
    };
    Some(moment.as_millisecond())
}

fn in_utc(time: DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(time).ok()
}

/// The latest such day that is not after the record came in.
fn yearless(text: &str, received_ms: i64) -> Option<i64> {
    let received = Timestamp::from_millisecond(received_ms).ok()?;
    let this_year = received.to_zoned(TimeZone::UTC).year();
    [this_year + 1, this_year, this_year - 1, this_year - 2]
        .into_iter()
        .filter_map(|year| dated(YEARLESS, &format!("{year} {text}")))
        .find(|ms| *ms <= received_ms + MOST_AHEAD_MS)
}

/// The latest such time of day that is not after the record came in.
fn dateless(text: &str, received_ms: i64) -> Option<i64> {
    let time: Time = text.replace(',', ".").parse().ok()?;
    let received = Timestamp::from_millisecond(received_ms).ok()?;
    let today = received.to_zoned(TimeZone::UTC).date();
    [today, today.yesterday().ok()?]
        .into_iter()
        .filter_map(|date| in_utc(date.to_datetime(time)))
        .map(|moment| moment.as_millisecond())
        .find(|ms| *ms <= received_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    fn read(text: &str, received: &str) -> Option<String> {
        let received_ms = timestamp::from_text(received).unwrap();
        let scalar = Scalar::Text(Cow::Borrowed(text));
        parse(&scalar, received_ms).map(timestamp::to_text)
    }

    #[test]
    fn every_form_that_a_provider_writes_is_read() {
        let came = "2026-01-15T09:00:00Z";
        for (text, expected) in [
            (
                "2026-01-13T06:40:11.9071234+00:00",
                "2026-01-13T06:40:11.907Z",
            ),
            ("2026-01-13T06:40:11.9071234Z", "2026-01-13T06:40:11.907Z"),
            ("2025-06-01T08:00:00", "2025-06-01T08:00:00.000Z"),
            ("2023-05-25 22:24:19,357", "2023-05-25T22:24:19.357Z"),
            ("2026-01-14 13:14:00 UTC", "2026-01-14T13:14:00.000Z"),
            ("12/12/2025 3:03:58 PM", "2025-12-12T15:03:58.000Z"),
            ("Jan 13 2026 08:00:00.123", "2026-01-13T08:00:00.123Z"),
            ("1768291200125290", "2026-01-13T08:00:00.125Z"),
            ("1768291200", "2026-01-13T08:00:00.000Z"),
            ("1768291200.5", "2026-01-13T08:00:00.500Z"),
            ("Jan 14 03:10:01", "2026-01-14T03:10:01.000Z"),
            ("Feb  3 03:10:01", "2025-02-03T03:10:01.000Z"),
            ("08:59:00,123", "2026-01-15T08:59:00.123Z"),
            ("23:59:00,123", "2026-01-14T23:59:00.123Z"),
        ] {
            assert_eq!(read(text, came).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "soon", "13/13/2025 1:00:00 AM", "99999999999999999999"] {
            assert_eq!(read(text, came), None, "{text}");
        }
    }

    #[test]
    fn a_leap_day_without_a_year_is_of_the_last_leap_year() {
        let read = read("Feb 29 10:00:00", "2026-01-15T09:00:00Z");
        assert_eq!(read.as_deref(), Some("2024-02-29T10:00:00.000Z"));
    }
}
