//! Why a login was flagged: observations in words, with numbers, what is usual, and the ATT&CK
//! techniques they fit.

use super::family::Family;
use super::words::{count, grouped, span};
use crate::features::device;
use crate::features::place::{distance_km, speed_kmh};
use crate::features::time::{HourShares, home};
use crate::login::{ClaimedRisk, EventKind};
use crate::profile::{DisplayFields, LoginContext, SourceCell};

const HOUR_S: u32 = 3_600;
const DAY_S: u32 = 86_400;
const TEN_MINUTES_S: u32 = 600;
/// What kind of evidence a reason is; severity asks how many kinds agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Evidence {
    Place,
    Network,
    Device,
    Time,
    Credentials,
    Account,
    Volume,
    Model,
    /// Somebody's word.
    Rule,
}

/// One reason of one finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    pub code: &'static str,
    pub evidence: Evidence,
    /// The named pattern, if it is one.
    pub family: Option<Family>,
    /// MITRE ATT&CK technique ids.
    pub attack: &'static [&'static str],
    pub text: String,
}

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

/// What a rule looks at.
struct Case<'a> {
    context: &'a LoginContext<'a>,
    display: &'a DisplayFields,
    limits: &'a Thresholds,
}

type Look = fn(&Case<'_>) -> Option<String>;

struct Rule {
    code: &'static str,
    evidence: Evidence,
    family: Option<Family>,
    attack: &'static [&'static str],
    look: Look,
}

macro_rules! rules {
    ($($evidence:ident, $family:expr, $code:literal, [$($attack:literal),*], $look:path;)+) => {
        static RULES: &[Rule] = &[
            $(Rule {
                code: $code,
                evidence: Evidence::$evidence,
                family: $family,
                attack: &[$($attack),*],
                look: $look,
            },)+
        ];
    };
}

// Named patterns first, the more telling before the others: the first that fits names the finding.
rules! {
    Account, Some(Family::MfaFatigue), "mfa_fatigue", ["T1621"], mfa_fatigue;
    Account, Some(Family::ResetTakeover), "reset_then_new", ["T1098"], reset_then_new;
    Credentials, Some(Family::CredentialStuffing), "credential_stuffing", ["T1110.004"],
        credential_stuffing;
    Credentials, Some(Family::PasswordSpray), "password_spray", ["T1110.003"], password_spray;
    Credentials, Some(Family::PasswordSpray), "wide_spray", ["T1110.003"], wide_spray;
    Credentials, Some(Family::BruteForce), "failures_then_success", ["T1110.001"],
        failures_then_success;
    Credentials, Some(Family::BruteForce), "failure_run", ["T1110.001"], failure_run;
    Credentials, None, "password_was_right", ["T1078", "T1621"], password_was_right;
    Account, None, "factor_changed", ["T1098.005", "T1556.006"], factor_changed;
    Account, None, "mail_rule_made", ["T1564.008", "T1114.003"], mail_rule_made;
    Credentials, None, "confirmed_source", ["T1078"], confirmed_source;
    Account, None, "after_takeover", ["T1078"], after_takeover;
    Device, Some(Family::SharedDevice), "shared_device", ["T1078"], shared_device;
    Network, Some(Family::SessionTheft), "session_theft", ["T1539", "T1550"], session_theft;
    Device, Some(Family::SessionTheft), "device_changed_system", ["T1539", "T1550"],
        device_changed_system;
    Time, Some(Family::DormantReturn), "dormant_return", ["T1078"], dormant_return;
    Network, Some(Family::Anonymiser), "anonymiser", ["T1090.003"], anonymiser;
    Place, Some(Family::Travel), "impossible_travel", ["T1078.004"], impossible_travel;
    Volume, Some(Family::Exfiltration), "unusual_volume", ["T1567"], unusual_volume;
    Account, Some(Family::AfterAttack), "after_attack", ["T1078"], after_attack;
    Place, None, "new_country", ["T1078.004"], new_country;
    Place, None, "new_city", ["T1078.004"], new_city;
    Network, None, "new_network", ["T1078.004"], new_network;
    Network, None, "many_addresses", ["T1110.003"], many_addresses;
    Device, None, "new_device", ["T1078.004"], new_device;
    Time, None, "odd_hour", ["T1078"], odd_hour;
    Model, None, "provider_risk", ["T1078"], provider_risk;
}

/// Every reason code there is, in the order in which reasons are listed.
pub fn codes() -> impl Iterator<Item = &'static str> {
    RULES
        .iter()
        .map(|rule| rule.code)
        .chain([UNUSUAL_COMBINATION])
}

pub(super) const UNUSUAL_COMBINATION: &str = "unusual_combination";

/// The reasons of a flagged login; never none.
#[must_use]
pub fn find(
    context: &LoginContext<'_>,
    display: &DisplayFields,
    limits: &Thresholds,
) -> Vec<Reason> {
    let case = Case {
        context,
        display,
        limits,
    };
    let mut reasons: Vec<Reason> = RULES
        .iter()
        .filter_map(|rule| {
            Some(Reason {
                code: rule.code,
                evidence: rule.evidence,
                family: rule.family,
                attack: rule.attack,
                text: (rule.look)(&case)?,
            })
        })
        .collect();
    if reasons.is_empty() {
        reasons.push(Reason {
            code: UNUSUAL_COMBINATION,
            evidence: Evidence::Model,
            family: None,
            attack: &["T1078"],
            text: "no single observation stands out; their combination does".to_owned(),
        });
    }
    reasons
}

fn mfa_fatigue(case: &Case<'_>) -> Option<String> {
    let denials = case.context.user?.mfa_denials.total(case.context.now_s);
    (denials >= case.limits.mfa_denials).then(|| {
        let end = if case.context.login.success {
            ", then this success"
        } else {
            ""
        };
        format!("{denials} MFA challenges denied within 10 minutes{end}; usual: none")
    })
}

fn reset_then_new(case: &Case<'_>) -> Option<String> {
    let resets = case.context.user?.resets.total(case.context.now_s);
    let is_new = is_unknown_device(case) || is_unknown_block(case);
    (resets > 0
        && is_new
        && case.context.login.success
        && case.context.login.kind != EventKind::PasswordReset)
        .then(|| {
            format!(
                "{} in the last day, then a login from something new",
                count(f64::from(resets), "password reset")
            )
        })
}

/// What an analyst has said of others counts for everyone.
fn confirmed_source(case: &Case<'_>) -> Option<String> {
    let is_confirmed = |source: Option<&SourceCell>| {
        source.is_some_and(|source| case.context.now_s < source.confirmed_until_s)
    };
    let what = if is_confirmed(case.context.device) {
        "device"
    } else if is_confirmed(case.context.address) {
        "address"
    } else {
        return None;
    };
    Some(format!(
        "an analyst has confirmed an attack from this {what}"
    ))
}

fn after_takeover(case: &Case<'_>) -> Option<String> {
    let user = case.context.user?;
    (case.context.now_s < user.raised_until_s).then(|| {
        "an analyst has confirmed that somebody got in as this user, and the password was not reset since".to_owned()
    })
}

/// The provider's own opinion is a witness, and never the only one.
fn provider_risk(case: &Case<'_>) -> Option<String> {
    let rated = match case.context.login.claimed_risk? {
        ClaimedRisk::High => "high",
        ClaimedRisk::Medium => "medium",
        ClaimedRisk::Low | ClaimedRisk::None => return None,
    };
    Some(format!(
        "the identity provider itself rates this login's risk as {rated}"
    ))
}

/// How long ago something was, where that was within a time.
fn within(case: &Case<'_>, time_s: u32, window_s: u32) -> Option<u32> {
    let since_s = case.context.now_s.checked_sub(time_s)?;
    (time_s > 0 && since_s <= window_s).then_some(since_s)
}

/// A second factor that fails after a right password is worse than one that anybody can ask for.
fn password_was_right(case: &Case<'_>) -> Option<String> {
    let login = case.context.login;
    let is_denied = login.kind == EventKind::MfaChallenge && !login.success;
    let pending_s = case.context.user?.evidence.factor_pending_s;
    let since_s = within(case, pending_s, HOUR_S).filter(|_| is_denied)?;
    Some(format!(
        "the second factor failed {} after the right password",
        span(since_s)
    ))
}

fn factor_changed(case: &Case<'_>) -> Option<String> {
    let evidence = &case.context.user?.evidence;
    let is_new = is_unknown_device(case) || is_unknown_block(case);
    if !case.context.login.success || !is_new {
        return None;
    }
    let enrolled = within(case, evidence.factor_enrolled_s, DAY_S);
    let removed = within(case, evidence.factor_removed_s, DAY_S);
    let (what, since_s) = match (enrolled, removed) {
        (Some(since_s), None) => ("enrolled", since_s),
        (None, Some(since_s)) => ("removed", since_s),
        (Some(enrolled), Some(removed)) => ("exchanged", enrolled.max(removed)),
        (None, None) => return None,
    };
    Some(format!(
        "a second factor was {what} {} before this login from something new",
        span(since_s)
    ))
}

fn mail_rule_made(case: &Case<'_>) -> Option<String> {
    let made_s = case.context.user?.evidence.mail_rule_s;
    let since_s = within(case, made_s, DAY_S)?;
    Some(format!(
        "a rule that forwards or hides mail was made {} before",
        span(since_s)
    ))
}

fn failures_then_success(case: &Case<'_>) -> Option<String> {
    if !case.context.login.success {
        return None;
    }
    let run = case
        .context
        .user
        .filter(|user| user.failure_run >= case.limits.failure_run);
    match run {
        Some(user) => {
            let since = span(case.context.now_s.saturating_sub(user.failure_run_since_s));
            Some(format!(
                "success after {} in a row that began {since} before",
                count(f64::from(user.failure_run), "failure")
            ))
        }
        None => failures_of_name(case),
    }
}

/// Failures under the typed name, where the provider did not know yet whose they were. Silent where
/// the user got in within the hour: some of them may have been before that.
fn failures_of_name(case: &Case<'_>) -> Option<String> {
    let name = case.context.name?;
    let failures = name.failures.hour(case.context.now_s);
    let last = case
        .context
        .user
        .and_then(|user| user.last_success.as_ref());
    let since_ms = case.context.login.time_ms - 1000 * i64::from(HOUR_S);
    let got_in = last.is_some_and(|last| last.time_ms >= since_ms);
    (!got_in && u32::from(failures) >= u32::from(case.limits.failure_run)).then(|| {
        format!(
            "success after {} under the typed name within an hour",
            count(f64::from(failures), "failure")
        )
    })
}

fn failure_run(case: &Case<'_>) -> Option<String> {
    let user = case.context.user?;
    (!case.context.login.success && user.failure_run >= case.limits.failure_run).then(|| {
        format!(
            "{} in a row for this user before this one",
            count(f64::from(user.failure_run), "failure")
        )
    })
}

/// Many users from one address, few attempts each, most of them failures.
fn many_users(
    case: &Case<'_>,
    window_s: u32,
    least_users: f64,
    least_attempts: f64,
    most_each: f64,
) -> Option<(f64, f64, f64)> {
    let (address, now_s) = (case.context.address?, case.context.now_s);
    let users = address.users.count(now_s, window_s);
    let attempts = f64::from(address.attempts.hour(now_s));
    let failures = f64::from(address.failures.hour(now_s));
    // The sketch of users is off by a few per cent, and the hour holds more than ten minutes do.
    let few_each = attempts <= users * (most_each + 1.0);
    let fits =
        users >= least_users && attempts >= least_attempts && few_each && failures > attempts * 0.5;
    fits.then_some((users, attempts, failures))
}

fn credential_stuffing(case: &Case<'_>) -> Option<String> {
    let limits = case.limits;
    let (users, attempts, failures) = many_users(
        case,
        TEN_MINUTES_S,
        limits.stuffing_users,
        limits.stuffing_attempts,
        limits.stuffing_attempts_per_user,
    )?;
    Some(format!(
        "{users:.0} users tried from this address within 10 minutes; {failures:.0} of \
         {attempts:.0} attempts of the hour failed"
    ))
}

fn password_spray(case: &Case<'_>) -> Option<String> {
    let limits = case.limits;
    let (users, attempts, failures) = many_users(
        case,
        HOUR_S,
        limits.spray_users,
        limits.spray_attempts,
        limits.spray_attempts_per_user,
    )?;
    Some(format!(
        "{users:.0} users tried from this address within an hour; {failures:.0} of {attempts:.0} \
         attempts failed"
    ))
}

/// One tool over many addresses: its user agent fails far more often than others, on devices nobody
/// knows.
fn wide_spray(case: &Case<'_>) -> Option<String> {
    case.context.login.agent?;
    let agent = case.context.prevalences.agent;
    let usual = case.context.tenant?.usual_failure_share();
    let share = f64::from(agent.failures) / f64::from(agent.attempts.max(1));
    let strange = case
        .context
        .user
        .is_none_or(|user| user.is_stranger(case.context.login));
    let fits = agent.failures >= case.limits.wide_spray_failures
        && share >= usual * case.limits.wide_spray_times
        && strange;
    fits.then(|| {
        format!(
            "{} of {} attempts of the week with this user agent failed, {:.0} % of them; usual: \
             {:.0} %",
            agent.failures,
            agent.attempts,
            100.0 * share,
            100.0 * usual
        )
    })
}

fn anonymiser(case: &Case<'_>) -> Option<String> {
    let user = case.context.user?;
    let known = case
        .context
        .login
        .asn
        .is_some_and(|asn| user.asns.get(asn).is_some());
    (case.context.login.hosting == Some(true) && !known)
        .then(|| "a network of hosters and VPN exits that this user has never come from".to_owned())
}

fn after_attack(case: &Case<'_>) -> Option<String> {
    let last = case.context.user?.findings.latest()?;
    let since_s = case.context.now_s.saturating_sub(last.last_s);
    let family = Family::from_code(last.family)?;
    (case.context.login.success && since_s <= case.limits.after_attack_minutes * 60).then(|| {
        format!(
            "{} after a flagged login of this user ({})",
            span(since_s),
            family.name()
        )
    })
}

fn is_unknown_device(case: &Case<'_>) -> bool {
    let (Some(user), Some(device)) = (case.context.user, case.context.login.device) else {
        return false;
    };
    user.devices.lacks(device)
}

fn is_unknown_block(case: &Case<'_>) -> bool {
    let (Some(user), Some(block)) = (case.context.user, case.context.login.block) else {
        return false;
    };
    user.blocks.lacks(block)
}

fn session_theft(case: &Case<'_>) -> Option<String> {
    let (login, last) = (
        case.context.login,
        case.context.user?.last_success.as_ref()?,
    );
    let same_device = login.device.is_some() && login.device == last.device;
    let minutes = (login.time_ms - last.time_ms).abs() as f64 / 60_000.0;
    (same_device
        && login.success
        && is_unknown_block(case)
        && minutes < case.limits.session_theft_minutes)
        .then(|| {
            let from = last.display.ip_address.map_or_else(
                || "another address".to_owned(),
                |address| address.to_string(),
            );
            format!(
                "the device that logged in from {from} {} before now comes from a network never \
                 seen for this user",
                span((minutes * 60.0) as u32)
            )
        })
}

fn device_changed_system(case: &Case<'_>) -> Option<String> {
    (device::has_changed_system(case.context)?).then(|| {
        let device = case.display.device.as_deref().unwrap_or("a known device");
        format!(
            "{device} reports an operating system that this user never had on it; a stolen session \
             brings the device's id along, not the machine"
        )
    })
}

fn impossible_travel(case: &Case<'_>) -> Option<String> {
    let distance = distance_km(case.context)?;
    let speed = speed_kmh(case.context, distance)?;
    let last = case.context.user?.last_success.as_ref()?;
    (distance >= case.limits.travel_km && speed >= case.limits.travel_kmh).then(|| {
        let from = last.display.place.as_deref().unwrap_or("the last place");
        let to = case.display.place.as_deref().unwrap_or("this place");
        let since =
            span(((case.context.login.time_ms - last.time_ms) / 1000).unsigned_abs() as u32);
        format!(
            "{} km from the last login {since} before ({from} to {to}): {} km/h; usual: below {} \
             km/h",
            grouped(distance),
            grouped(speed),
            grouped(case.limits.travel_kmh)
        )
    })
}

fn new_country(case: &Case<'_>) -> Option<String> {
    let (user, country) = (case.context.user?, case.context.login.country?);
    user.countries.lacks(country).then(|| {
        let place = case.display.place.as_deref().unwrap_or("this country");
        format!(
            "first login from {place}; usual: {} in {}",
            count(f64::from(user.successes), "login"),
            count(user.countries.len() as f64, "known country")
        )
    })
}

fn new_city(case: &Case<'_>) -> Option<String> {
    let (user, city) = (case.context.user?, case.context.login.city?);
    let same_country = case
        .context
        .login
        .country
        .is_none_or(|country| user.countries.get(country).is_some());
    (user.cities.lacks(city) && same_country).then(|| {
        let place = case.display.place.as_deref().unwrap_or("this city");
        format!(
            "first login from {place}; usual: {}",
            count(user.cities.len() as f64, "known city")
        )
    })
}

fn new_network(case: &Case<'_>) -> Option<String> {
    let user = case.context.user?;
    let unknown_asn = case
        .context
        .login
        .asn
        .is_none_or(|asn| user.asns.get(asn).is_none());
    (is_unknown_block(case) && unknown_asn).then(|| {
        let address = case
            .display
            .ip_address
            .map_or_else(String::new, |address| format!(" ({address})"));
        format!(
            "a network never seen for this user{address}; usual: {}",
            count(user.blocks.len() as f64, "known network")
        )
    })
}

fn many_addresses(case: &Case<'_>) -> Option<String> {
    let addresses = case
        .context
        .user?
        .addresses_tried
        .count(case.context.now_s, HOUR_S);
    (addresses >= case.limits.addresses_an_hour)
        .then(|| format!("{addresses:.0} addresses tried this user within an hour"))
}

fn new_device(case: &Case<'_>) -> Option<String> {
    let user = case.context.user?;
    is_unknown_device(case).then(|| {
        let known_browser = case
            .context
            .login
            .agent
            .is_none_or(|agent| user.browsers.get(agent.browser).is_some());
        let browser = if known_browser {
            ""
        } else {
            " with a browser never seen"
        };
        format!(
            "a device never seen for this user{browser}; usual: {}",
            count(user.devices.len() as f64, "known device")
        )
    })
}

fn shared_device(case: &Case<'_>) -> Option<String> {
    let users = case.context.device?.users.count(case.context.now_s, DAY_S);
    (users >= case.limits.shared_device_users)
        .then(|| format!("this device was used for {users:.0} users within a day; usual: 1"))
}

fn dormant_return(case: &Case<'_>) -> Option<String> {
    let last = case.context.user?.last_success.as_ref()?;
    let days = (case.context.login.time_ms - last.time_ms) / 1000 / i64::from(DAY_S);
    (days >= i64::from(case.limits.dormant_days))
        .then(|| format!("the first login after {days} days without one"))
}

fn odd_hour(case: &Case<'_>) -> Option<String> {
    let user = case.context.user?;
    let surprise = HourShares::new(case.context, home(case.context))?.surprise;
    (user.successes >= 20 && surprise >= case.limits.odd_hour_nats).then(|| {
        let hour = case.context.now_s / HOUR_S % 24;
        format!(
            "at {hour:02}:00 UTC, an hour in which this user is seen in {:.1} % of logins",
            100.0 * libm::exp(-surprise)
        )
    })
}

fn unusual_volume(case: &Case<'_>) -> Option<String> {
    let (user, bytes) = (case.context.user?, case.context.login.bytes_out?);
    let usual = user.bytes_out.total(case.context.now_s);
    let above = usual.z_score(bytes)?;
    (above >= case.limits.volume_spreads)
        .then(|| {
            Some(format!(
                "{} bytes out; usual: {}",
                grouped(bytes as f64),
                grouped(usual.typical_bytes()?)
            ))
        })
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct() {
        let distinct: std::collections::BTreeSet<_> = codes().collect();
        assert_eq!(distinct.len(), codes().count());
    }
}
