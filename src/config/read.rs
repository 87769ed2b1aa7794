//! From layered values to the typed configuration.

use super::kafka::{kafka, topics};
use super::reader::Reader;
use super::{
    Config, Layers, LogFormat, PipelineConfig, Problem, PublishedAlerts, Publishing, http,
};
use crate::checkpoint::CheckpointConfig;
use crate::detector::Thresholds;
use crate::incident::IncidentLimits;
use crate::login::{IdHasher, timestamp};
use crate::profile::{Limits, ProfileLimits};

/// Shorter secrets can be guessed.
const SHORTEST_KEY_BYTES: usize = 16;

/// The secret of the ids, and whether it is the user's own.
fn ids(read: &mut Reader<'_>) -> (IdHasher, bool) {
    let has_key = read.path("ids.key_file").is_some();
    let problems = read.problems.len();
    let secret = read.secret("ids.key_file");
    if has_key
        && read.problems.len() == problems
        && secret.reveal().trim().len() < SHORTEST_KEY_BYTES
    {
        read.problem(
            "ids.key_file",
            format!(
                "holds fewer than {SHORTEST_KEY_BYTES} bytes, which can be guessed; make one with \
                 `nightlatch key create FILE`"
            ),
        );
    }
    (IdHasher::new(secret.reveal()), has_key)
}

pub(super) fn resolve(layers: &Layers, problems: &mut Vec<Problem>) -> Config {
    let mut read = Reader { layers, problems };
    let instance = match read.text("instance") {
        name if name.is_empty() => host_name(),
        name => name,
    };
    let (ids, has_key) = ids(&mut read);
    let topics = topics(&mut read);
    let kafka = kafka(&mut read);
    Config {
        ingest: super::sources::read(&mut read, &topics.logins, &kafka),
        suppressions: super::suppressions::read(&mut read),
        rules: super::rules::read(&mut read),
        receivers: super::receivers::read(&mut read, &host_name()),
        instance,
        kafka,
        topics,
        model_path: read.path("model.path"),
        http: http::read(&mut read),
        pipeline: pipeline(&mut read),
        alert_risk: Some(read.float("alerts.risk", -1.0..=1.0)).filter(|risk| *risk >= 0.0),
        incidents: incidents(&mut read),
        profiles: profiles(&mut read),
        checkpoint: CheckpointConfig {
            enabled: read.flag("checkpoint.enabled"),
            bytes_per_second: read.whole("checkpoint.bytes_per_second", 1024..=1 << 30u32),
            max_redo: read.whole("checkpoint.max_redo", 1_000..=u32::MAX),
            accept_loss: read.flag("checkpoint.accept_loss"),
        },
        ids,
        has_key,
        reasons: reasons(&mut read),
        log_format: if read.one_of("log.format", &["text", "json"]) == "json" {
            LogFormat::Json
        } else {
            LogFormat::Text
        },
        log_level: log_level(&mut read),
        grace_ms: read.whole("shutdown.grace_ms", 100..=600_000u32).into(),
        warnings: Vec::new(),
    }
}

fn host_name() -> String {
    let name =
        std::fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| std::env::var("HOSTNAME"));
    name.map(|name| name.trim().to_owned())
        .ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "nightlatch".to_owned())
}

fn pipeline(read: &mut Reader<'_>) -> PipelineConfig {
    PipelineConfig {
        max_records: read.size("batch.max_records", 1..=1_000_000),
        max_bytes: read.size("batch.max_bytes", 1024..=1 << 30),
        max_open_ms: read.whole("batch.max_open_ms", 0..=10_000u32).into(),
        linger_ms: read.whole("batch.linger_ms", 1..=60_000u32).into(),
        hold_ms: read.whole("order.hold_ms", 0..=60_000u32).into(),
        least_hold_ms: read.whole("order.least_hold_ms", 0..=60_000u32).into(),
        max_wait_ms: read.whole("order.max_wait_ms", 0..=600_000u32).into(),
        max_waiting: read.size("order.max_waiting", 100..=10_000_000),
        max_waiting_bytes: read.size("order.max_waiting_bytes", 1 << 20..=1 << 30),
        max_message_bytes: read.size("limits.max_message_bytes", 256..=16 << 20),
        max_clock_skew_ms: read.whole("limits.max_clock_skew_ms", 0..=31_536_000_000i64),
        brake_share: read.float("rejected.brake_share", 0.01..=1.0),
        brake_window: read.size("rejected.brake_window", 10..=10_000_000),
        publishing: Publishing {
            alerts: match read.one_of("alerts.publish", &["all", "told", "none"]) {
                "none" => PublishedAlerts::None,
                "told" => PublishedAlerts::Told,
                _ => PublishedAlerts::All,
            },
            repeats: read.flag("alerts.publish_repeats"),
            since_ms: since_ms(read),
        },
        two_for_critical: read.flag("incidents.two_for_critical"),
        contributions: read.size("alerts.contributions", 0..=crate::features::COUNT as u32),
        // The other half of the grace is for the batch at hand.
        last_checkpoint_ms: u64::from(read.whole("shutdown.grace_ms", 100..=600_000u32)) / 2,
    }
}

/// From which time on alerts are published.
fn since_ms(read: &mut Reader<'_>) -> i64 {
    let text = read.text("alerts.since");
    if text.is_empty() {
        return i64::MIN;
    }
    timestamp::from_date_or_text(&text).unwrap_or_else(|_| {
        let expected = "must be a date such as 2026-01-15, or an RFC 3339 time";
        let found = read.found("alerts.since");
        read.problem("alerts.since", format!("{expected}{found}"));
        i64::MIN
    })
}

fn profiles(read: &mut Reader<'_>) -> ProfileLimits {
    let idle_s = read.whole("profiles.idle_days", 1..=3650u32) * 86_400;
    let mut limits = |key: &str| {
        let max_profiles = read.size(key, 10..=1_000_000_000);
        Limits {
            max_profiles,
            max_probation: max_profiles.div_ceil(4),
            idle_s,
        }
    };
    ProfileLimits {
        users: limits("profiles.max_users"),
        devices: limits("profiles.max_devices"),
        networks: limits("profiles.max_networks"),
        prevalences: limits("profiles.max_shares"),
        tenants: limits("profiles.max_tenants"),
    }
}

fn incidents(read: &mut Reader<'_>) -> IncidentLimits {
    IncidentLimits {
        open: read.size("incidents.max_open", 10..=1_000_000),
        links: read.size("incidents.max_links", 8..=4_096),
        kept: read.size("incidents.max_kept", 10..=1_000_000),
        keep_s: read.whole("incidents.keep_days", 1..=3_650u32) * 86_400,
    }
}

fn reasons(read: &mut Reader<'_>) -> Thresholds {
    Thresholds {
        travel_km: read.float("reasons.travel_km", 1.0..=20_000.0),
        travel_kmh: read.float("reasons.travel_kmh", 1.0..=100_000.0),
        spray_users: read.float("reasons.spray_users", 2.0..=200.0),
        spray_attempts: read.float("reasons.spray_attempts", 2.0..=60_000.0),
        spray_attempts_per_user: read.float("reasons.spray_attempts_per_user", 1.0..=1_000.0),
        stuffing_users: read.float("reasons.stuffing_users", 2.0..=200.0),
        stuffing_attempts: read.float("reasons.stuffing_attempts", 2.0..=60_000.0),
        stuffing_attempts_per_user: read.float("reasons.stuffing_attempts_per_user", 1.0..=1_000.0),
        wide_spray_failures: read.whole("reasons.wide_spray_failures", 1..=1_000_000u32),
        wide_spray_times: read.float("reasons.wide_spray_times", 1.0..=1_000.0),
        failure_run: read.whole("reasons.failure_run", 1..=1_000u16),
        mfa_denials: read.whole("reasons.mfa_denials", 1..=200u8),
        dormant_days: read.whole("reasons.dormant_days", 1..=3_650u32),
        shared_device_users: read.float("reasons.shared_device_users", 2.0..=200.0),
        volume_spreads: read.float("reasons.volume_spreads", 0.5..=100.0),
        exfiltration_bytes: read.whole("reasons.exfiltration_bytes", 0..=u64::MAX >> 1),
        odd_hour_nats: read.float("reasons.odd_hour_nats", 0.5..=20.0),
        session_theft_minutes: read.float("reasons.session_theft_minutes", 1.0..=10_080.0),
        after_attack_minutes: read.whole("reasons.after_attack_minutes", 1..=10_080u32),
        cooldown_s: read.whole("alerts.cooldown_s", 0..=2_592_000u32),
        urgent_explanations_per_minute: read
            .whole("alerts.urgent_explanations_per_minute", 0..=u16::MAX),
        explanations_per_minute: read.whole("alerts.explanations_per_minute", 0..=u16::MAX),
        addresses_an_hour: read.float("reasons.addresses_an_hour", 2.0..=100.0),
    }
}

fn log_level(read: &mut Reader<'_>) -> String {
    let level = read.text("log.level");
    if tracing_subscriber::EnvFilter::try_new(&level).is_err() {
        read.problem(
            "log.level",
            format!("must be error, warn, info, debug, trace or a filter, found `{level}`"),
        );
    }
    level
}
