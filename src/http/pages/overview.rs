//! How it goes, how the process is, and a form to try a login.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::super::Shared;
use super::super::api::{Stats, stats_of};
use super::super::caller::{Administers, Reads};
use super::columns::Column;
use super::incidents::newest;
use super::{Layout, document, filters};
use crate::clock::{Clock, SystemClock};
use crate::detector::Severity;
use crate::login::timestamp;

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Dashboard {
    layout: Layout,
    hourly: Vec<Column>,
    severities: Vec<(&'static str, usize)>,
    stats: Stats,
}

/// The overview.
pub(super) async fn dashboard(Reads(caller): Reads, State(shared): State<Arc<Shared>>) -> Response {
    let stats = stats_of(&shared, &caller);
    let by_severity = &stats.incidents.open_by_severity;
    let severities = Severity::ALERTING.iter().rev().map(|severity| {
        let name = severity.name();
        (name, by_severity.get(name).copied().unwrap_or(0))
    });
    document(&Dashboard {
        layout: Layout::new(&shared, "Overview"),
        hourly: hourly(&stats),
        severities: severities.collect(),
        stats,
    })
}

/// High and critical ones below, the others on top of them.
fn hourly(stats: &Stats) -> Vec<Column> {
    const HEIGHT: usize = 96;
    let hours = &stats.incidents_by_hour;
    let most = hours
        .iter()
        .map(|hour| hour.incidents)
        .max()
        .unwrap_or(0)
        .max(1);
    let scaled = |count: usize| (count * HEIGHT).div_ceil(most);
    let mut bars = Vec::new();
    for (place, hour) in hours.iter().enumerate() {
        let (all, severe) = (scaled(hour.incidents), scaled(hour.severe));
        let label = format!(
            "{}: {} incidents, {} high or critical",
            filters::to_minute(&hour.hour),
            hour.incidents,
            hour.severe
        );
        for (height, y, class) in [
            (severe, HEIGHT - severe, "attack"),
            (all - severe, HEIGHT - all, "usual"),
        ] {
            bars.push(Column {
                x: place * 10 + 1,
                y,
                height,
                class,
                label: label.clone(),
            });
        }
    }
    bars.retain(|bar| bar.height > 0);
    bars
}

/// A field of the form.
struct FormField {
    name: &'static str,
    label: &'static str,
    /// `text`, `number`, or `bool`.
    kind: &'static str,
    value: String,
    example: &'static str,
    required: bool,
}

#[derive(Template)]
#[template(path = "try.html")]
struct TryPage {
    layout: Layout,
    fields: Vec<FormField>,
}

/// The form that asks for the risk of a login.
pub(super) async fn try_a_login(
    Reads(caller): Reads,
    State(shared): State<Arc<Shared>>,
) -> Response {
    let field = |name, label, kind, value: &str, example| FormField {
        name,
        label,
        kind,
        value: value.to_owned(),
        example,
        required: matches!(name, "user_id" | "timestamp" | "success"),
    };
    // Of a moment that the profiles know: the newest that is held, where there is one.
    let now = match newest(&shared, &caller) {
        newest if newest.is_empty() => timestamp::to_text(SystemClock.now_ms()),
        newest => newest,
    };
    let fields = vec![
        field("user_id", "User", "text", "", "ann@example.com"),
        field(
            "timestamp",
            "Time (UTC)",
            "text",
            &now,
            "2026-01-15 08:30:00",
        ),
        field("success", "Got in", "bool", "true", ""),
        field("geo_location", "Country", "text", "", "CH"),
        field("city", "City", "text", "", "Bern"),
        field("ip_address", "Address", "text", "", "203.0.113.7"),
        field("asn", "Autonomous system", "number", "", "3303"),
        field("device_id", "Device", "text", "", "laptop-4711"),
        field("user_agent", "User agent", "text", "", "Mozilla/5.0 ..."),
        field("auth_method", "How", "text", "", "password"),
        field("event_type", "Event", "text", "", "login"),
        field("bytes_in", "Bytes in", "number", "", "20000"),
        field("bytes_out", "Bytes out", "number", "", "50000"),
        field("login_hour", "Hour on the user's clock", "number", "", "9"),
        field(
            "is_new_device",
            "New device, says the provider",
            "bool",
            "",
            "",
        ),
        field("tenant", "Tenant", "text", "", "default"),
    ];
    document(&TryPage {
        layout: Layout::new(&shared, "Try a login"),
        fields,
    })
}

#[derive(Template)]
#[template(path = "system.html")]
struct SystemPage {
    layout: Layout,
    ready: bool,
    reason: Option<String>,
    facts: Vec<(&'static str, String)>,
    profiles: Vec<(&'static str, usize)>,
    lags: Vec<(String, i64)>,
    detail: String,
}

/// The process.
pub(super) async fn system(
    Administers(caller): Administers,
    State(shared): State<Arc<Shared>>,
) -> Response {
    let reason = shared.health.not_ready();
    let metrics = &shared.metrics;
    let (incidents, alerts, forgotten) = shared.recent.read(|store| {
        (
            store.incident_count(),
            store.alert_count(),
            store.forgotten(),
        )
    });
    let mut lags = metrics.order.lags();
    lags.sort_by_key(|(partition, _)| partition.parse::<i32>().unwrap_or(i32::MAX));
    let detail = serde_json::to_string_pretty(&shared.health.told()).unwrap_or_default();
    document(&SystemPage {
        layout: Layout::new(&shared, "System"),
        ready: reason.is_none(),
        reason,
        facts: vec![
            ("Version", env!("CARGO_PKG_VERSION").to_owned()),
            ("Logins judged", metrics.logins.get().to_string()),
            (
                "Transactions committed",
                metrics.transactions.commits.get().to_string(),
            ),
            (
                "Transactions taken back",
                metrics.transactions.aborts.get().to_string(),
            ),
            (
                "Logins to redo after a crash",
                metrics.checkpoint.redo_logins.get().to_string(),
            ),
            ("Incidents held", incidents.to_string()),
            ("Alerts held", alerts.to_string()),
            ("Made room", forgotten.to_string()),
            ("Memory", memory()),
            (
                "You are",
                format!("{} ({})", caller.name, caller.role.name()),
            ),
        ],
        profiles: shared.profiles.sizes().to_vec(),
        lags,
        detail,
    })
}

/// What the process has in memory, where the system says.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.map_or("–".to_owned(), |kib| format!("{} MiB", kib / 1_024))
}
