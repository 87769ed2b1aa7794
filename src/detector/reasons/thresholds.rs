//! From where on an observation is worth a reason.

/// From where on an observation is worth a reason. They explain and weigh; what is flagged is the
/// risk's to say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    pub travel_km: f64,
    pub travel_kmh: f64,
    /// From one address in an hour.
    pub spray_users: f64,
    pub spray_attempts: f64,
    pub spray_attempts_per_user: f64,
    /// From one address in ten minutes.
    pub stuffing_users: f64,
    pub stuffing_attempts: f64,
    pub stuffing_attempts_per_user: f64,
    /// With one user agent in a week, and how many times the usual share of failures.
    pub wide_spray_failures: u32,
    pub wide_spray_times: f64,
    pub failure_run: u16,
    pub mfa_denials: u8,
    pub dormant_days: u32,
    pub shared_device_users: f64,
    pub volume_spreads: f64,
    /// Less than this is never called an exfiltration.
    pub exfiltration_bytes: u64,
    pub odd_hour_nats: f64,
    pub addresses_an_hour: f64,
    pub session_theft_minutes: f64,
    pub after_attack_minutes: u32,
    /// Within this time of an alert, flagged logins of the same user and family are its repeats.
    pub cooldown_s: u32,
    /// Alerts of a tenant and minute of event time that say what each feature contributed: high and
    /// critical ones, and the others.
    pub urgent_explanations_per_minute: u16,
    pub explanations_per_minute: u16,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            travel_km: 500.0,
            travel_kmh: 800.0,
            spray_users: 5.0,
            spray_attempts: 15.0,
            spray_attempts_per_user: 8.0,
            stuffing_users: 15.0,
            stuffing_attempts: 25.0,
            stuffing_attempts_per_user: 2.0,
            wide_spray_failures: 20,
            wide_spray_times: 4.0,
            failure_run: 5,
            mfa_denials: 5,
            dormant_days: 30,
            shared_device_users: 10.0,
            volume_spreads: 3.5,
            exfiltration_bytes: 10_000_000,
            odd_hour_nats: 5.0,
            addresses_an_hour: 4.0,
            session_theft_minutes: 180.0,
            after_attack_minutes: 180,
            cooldown_s: 3_600,
            urgent_explanations_per_minute: 30,
            explanations_per_minute: 10,
        }
    }
}
