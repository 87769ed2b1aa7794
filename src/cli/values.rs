//! Values of arguments that several commands take.

use std::ops::RangeBounds;

use crate::login::timestamp;

/// A share from 0 to below 1.
pub fn share(text: &str) -> Result<f64, String> {
    number(text, &(0.0..1.0), "must be a share from 0 to below 1")
}

/// A number from 0 to 1.
pub fn stealth(text: &str) -> Result<f64, String> {
    number(text, &(0.0..=1.0), "must be a number from 0 to 1")
}

/// `TENANT=TIMES`; a tenant may have the sign in its name.
pub fn weight(text: &str) -> Result<(String, f64), String> {
    let told = "must be TENANT=TIMES, with a number from 0.001 to 1000";
    let (tenant, times) = text.rsplit_once('=').ok_or(told)?;
    Ok((tenant.to_owned(), number(times, &(0.001..=1_000.0), told)?))
}

fn number(text: &str, range: &impl RangeBounds<f64>, told: &str) -> Result<f64, String> {
    let number = text.parse().ok();
    let number = number.filter(|number| range.contains(number));
    number.ok_or_else(|| told.to_owned())
}

/// A date or a time, milliseconds since 1970.
pub fn date(text: &str) -> Result<i64, String> {
    timestamp::from_date_or_text(text)
        .map_err(|_| "must be a date such as 2025-01-06 or an RFC 3339 time".to_owned())
}
