//! How values are written on pages.

use std::fmt::Display;

use askama::Values;

use crate::login::timestamp;

/// The path of a technique of MITRE ATT&CK: T1110/004.
#[askama::filter_fn]
pub fn technique(id: impl Display, _: &dyn Values) -> askama::Result<String> {
    Ok(id.to_string().replace('.', "/"))
}

/// A name as words.
#[askama::filter_fn]
pub fn words(name: impl Display, _: &dyn Values) -> askama::Result<String> {
    Ok(name.to_string().replace('_', " "))
}

/// The day of a time.
#[askama::filter_fn]
pub fn day(time: impl Display, _: &dyn Values) -> askama::Result<String> {
    Ok(time.to_string().chars().take(10).collect())
}

/// A time to the minute.
#[askama::filter_fn]
pub fn short(time: impl Display, _: &dyn Values) -> askama::Result<String> {
    Ok(to_minute(&time.to_string()))
}

/// A time, milliseconds since 1970, to the minute.
#[askama::filter_fn]
pub fn moment(time_ms: &i64, _: &dyn Values) -> askama::Result<String> {
    Ok(to_minute(&timestamp::to_text(*time_ms)))
}

pub(super) use crate::login::timestamp::to_minute;

/// A number with as many digits as matter.
#[askama::filter_fn]
pub fn number(value: &f64, _: &dyn Values) -> askama::Result<String> {
    Ok(plain(*value))
}

/// A number with as many digits as matter.
pub(super) fn plain(value: f64) -> String {
    let digits = match value.abs() {
        value if value >= 100.0 || value == 0.0 => 0,
        value if value >= 10.0 => 1,
        value if value >= 0.1 => 2,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// A part as a percentage.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", plain(share * 100.0))
}
