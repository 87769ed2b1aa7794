//! Why a login was flagged: observations in words, with numbers, what is usual, and the ATT&CK
//! techniques they fit.

mod account;
mod credentials;
mod device;
mod habit;
mod place;
pub(super) mod sentences;
mod thresholds;

use super::family::Family;
use crate::profile::{DisplayFields, LoginContext};
use crate::words::grouped;
use account::{
    after_attack, after_takeover, confirmed_source, dormant_return, factor_changed, mail_rule_made,
    mfa_fatigue, password_was_right, provider_risk, reset_then_new, unknown_account,
};
use credentials::{
    credential_stuffing, failure_run, failures_then_success, many_addresses, password_spray,
    wide_spray,
};
use device::{device_changed_system, new_device, script, shared_device};
use habit::{odd_hour, raised_volume, unusual_volume};
use place::{anonymiser, impossible_travel, new_city, new_country, new_network, session_theft};
pub use thresholds::Thresholds;

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
    Account, None, "unknown_account", ["T1078"], unknown_account;
    Place, None, "new_country", ["T1078.004"], new_country;
    Place, None, "new_city", ["T1078.004"], new_city;
    Network, None, "new_network", ["T1078.004"], new_network;
    Network, None, "many_addresses", ["T1110.003"], many_addresses;
    Device, None, "new_device", ["T1078.004"], new_device;
    Credentials, None, "script", ["T1078"], script;
    Volume, None, "raised_volume", ["T1567"], raised_volume;
    Time, None, "odd_hour", ["T1078"], odd_hour;
    Model, None, "provider_risk", ["T1078"], provider_risk;
}

/// Every code of an observation, in the order in which reasons are listed. What is told because of
/// how it was judged is none: no rule can ask for it.
pub fn codes() -> impl Iterator<Item = &'static str> {
    RULES
        .iter()
        .map(|rule| rule.code)
        .chain([UNUSUAL_COMBINATION])
}

pub(super) const UNUSUAL_COMBINATION: &str = "unusual_combination";
const NOVEL: &str = "novel";

/// The reason of what is flagged because nothing like it was seen.
pub(super) fn novel(rarity: f64) -> Reason {
    Reason {
        code: NOVEL,
        evidence: Evidence::Model,
        family: None,
        attack: &["T1078"],
        text: format!(
            "like no attack that was learned, and as unusual as one in {} honest logins",
            grouped(1.0 / rarity)
        ),
    }
}

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
            text: "no observation stands out by itself; their combination does".to_owned(),
        });
    }
    reasons
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
