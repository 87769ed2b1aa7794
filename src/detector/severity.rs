//! How urgent a finding is: what happened, how sure the risk is, and how many families of evidence
//! agree.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::family::Family;
use super::reasons::{Evidence, Reason};

/// The severity of a login, `none` where it was not flagged.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    #[default]
    None,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    pub const ALERTING: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The number that SOC tools know it by (Elastic's risk scores).
    #[must_use]
    pub fn score(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Low => 21,
            Self::Medium => 47,
            Self::High => 73,
            Self::Critical => 99,
        }
    }
}

/// From this risk on, one family is enough for `high`.
const LIKELY: f64 = 0.5;

/// The families that agree about a finding: the named patterns, and what is new for the user as one
/// more where two kinds of it come together.
#[must_use]
pub fn families(reasons: &[Reason]) -> BTreeSet<Family> {
    let named = reasons.iter().filter_map(|reason| reason.family);
    let mut families: BTreeSet<Family> = named.collect();
    let new = [Evidence::Place, Evidence::Network, Evidence::Device];
    let kinds: BTreeSet<Evidence> = reasons
        .iter()
        .filter(|reason| reason.family.is_none() && new.contains(&reason.evidence))
        .map(|reason| reason.evidence)
        .collect();
    if kinds.len() >= 2 {
        families.insert(Family::Takeover);
    }
    families
}

/// The severity of a flagged login. A failure weighs less than a success; a score that no family
/// supports is never above medium; critical needs a success and two families; a success soon after
/// an attack on the user is high at least.
#[must_use]
pub fn of(success: bool, risk: f64, families: &BTreeSet<Family>) -> Severity {
    match (success, families.len()) {
        (true, 2..) => Severity::Critical,
        (true, 1) if risk >= LIKELY || families.contains(&Family::AfterAttack) => Severity::High,
        (true, _) => Severity::Medium,
        (false, 1..) if risk >= LIKELY => Severity::Medium,
        (false, _) => Severity::Low,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(evidence: Evidence, family: Option<Family>) -> Reason {
        Reason {
            code: "x",
            evidence,
            family,
            attack: &[],
            text: String::new(),
        }
    }

    fn of_reasons(success: bool, risk: f64, reasons: &[Reason]) -> Severity {
        of(success, risk, &families(reasons))
    }

    #[test]
    fn a_score_alone_is_never_above_medium() {
        let alone = [reason(Evidence::Model, None)];
        assert_eq!(of_reasons(true, 1.0, &alone), Severity::Medium);
        assert_eq!(of_reasons(false, 1.0, &alone), Severity::Low);
        let one_novelty = [reason(Evidence::Device, None)];
        assert_eq!(of_reasons(true, 1.0, &one_novelty), Severity::Medium);
    }

    #[test]
    fn critical_needs_a_success_and_two_families() {
        let new = [
            reason(Evidence::Place, None),
            reason(Evidence::Device, None),
        ];
        assert_eq!(of_reasons(true, 0.95, &new), Severity::High);
        assert_eq!(of_reasons(true, 0.2, &new), Severity::Medium);
        let mut both = new.to_vec();
        both.push(reason(Evidence::Credentials, Some(Family::BruteForce)));
        assert_eq!(of_reasons(true, 0.2, &both), Severity::Critical);
        assert_eq!(of_reasons(false, 1.0, &both), Severity::Medium);
    }

    #[test]
    fn a_success_after_an_attack_is_high() {
        let after = [reason(Evidence::Account, Some(Family::AfterAttack))];
        assert_eq!(of_reasons(true, 0.05, &after), Severity::High);
    }
}
