//! A world as rows of a file, with the truth beside each event.

use crate::files::{Column, ColumnKind, Value};
use crate::login::{Event, timestamp};

const fn column(name: &'static str, kind: ColumnKind) -> Column {
    Column { name, kind }
}

/// The columns of a simulated file.
pub static COLUMNS: &[Column] = &[
    column("event_id", ColumnKind::Text),
    column("tenant", ColumnKind::Text),
    column("user_id", ColumnKind::Text),
    column("timestamp", ColumnKind::Text),
    column("event_type", ColumnKind::Text),
    column("auth_method", ColumnKind::Text),
    column("success", ColumnKind::Bool),
    column("ip_address", ColumnKind::Text),
    column("geo_location", ColumnKind::Text),
    column("city", ColumnKind::Text),
    column("latitude", ColumnKind::Float),
    column("longitude", ColumnKind::Float),
    column("asn", ColumnKind::Integer),
    column("device_id", ColumnKind::Text),
    column("user_agent", ColumnKind::Text),
    column("bytes_in", ColumnKind::Integer),
    column("bytes_out", ColumnKind::Integer),
    column("label", ColumnKind::Integer),
    column("attack", ColumnKind::Text),
    column("campaign", ColumnKind::Text),
];

/// One event as a row of [`COLUMNS`].
#[must_use]
pub fn row(event: &Event<'_>) -> Vec<Value> {
    let text =
        |text: &Option<std::borrow::Cow<'_, str>>| Value::from(text.as_deref().map(str::to_owned));
    let bytes =
        |bytes: Option<u64>| bytes.map_or(Value::Null, |bytes| Value::Integer(bytes as i64));
    // Through its shortest text, or the digits that only an f64 has would be written too.
    let degrees = |degrees: Option<f32>| {
        degrees
            .and_then(|degrees| degrees.to_string().parse().ok())
            .map_or(Value::Null, Value::Float)
    };
    vec![
        text(&event.event_id),
        Value::Text(event.tenant.to_string()),
        Value::Text(event.user_id.to_string()),
        Value::Text(timestamp::to_text(event.time_ms)),
        Value::Text(event.event_type.to_string()),
        text(&event.auth_method),
        Value::Bool(event.success),
        event
            .ip_address
            .map_or(Value::Null, |address| Value::Text(address.to_string())),
        text(&event.geo_location),
        text(&event.city),
        degrees(event.latitude),
        degrees(event.longitude),
        event
            .asn
            .map_or(Value::Null, |asn| Value::Integer(i64::from(asn))),
        text(&event.device_id),
        text(&event.user_agent),
        bytes(event.bytes_in),
        bytes(event.bytes_out),
        event
            .truth
            .label
            .map_or(Value::Null, |label| Value::Integer(i64::from(label))),
        text(&event.truth.attack),
        text(&event.truth.campaign),
    ]
}
