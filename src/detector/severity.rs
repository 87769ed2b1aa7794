//! How urgent a finding is: what happened, and how many independent kinds of evidence agree.

use std::collections::BTreeSet;

use serde::Serialize;

use super::reasons::{Evidence, Reason};

/// The severity of a login, `none` where it was not flagged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
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
}

/// From this risk on, two kinds of evidence are enough for the highest severity.
const NEAR_CERTAIN: f64 = 0.9;

/// The severity of a flagged login. A failure weighs less than a success; a score without a reason that a person can
/// check is never above medium; critical needs a success and two kinds of evidence at least.
#[must_use]
pub fn of(success: bool, risk: f64, reasons: &[Reason]) -> Severity {
    let kinds: BTreeSet<Evidence> = reasons
        .iter()
        .map(|reason| reason.evidence)
        .filter(|evidence| *evidence != Evidence::Model)
        .collect();
    match (success, kinds.len()) {
        (true, 3..) => Severity::Critical,
        (true, 2) if risk >= NEAR_CERTAIN => Severity::Critical,
        (true, 2) => Severity::High,
        (true, _) => Severity::Medium,
        (false, 2..) => Severity::Medium,
        (false, _) => Severity::Low,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(kinds: &[Evidence]) -> Vec<Reason> {
        let reason = |evidence: &Evidence| Reason {
            code: "x",
            evidence: *evidence,
            attack: &[],
            text: String::new(),
        };
        kinds.iter().map(reason).collect()
    }

    #[test]
    fn a_score_alone_is_never_above_medium() {
        assert_eq!(
            of(true, 1.0, &reasons(&[Evidence::Model])),
            Severity::Medium
        );
        assert_eq!(of(false, 1.0, &reasons(&[Evidence::Model])), Severity::Low);
    }

    #[test]
    fn critical_needs_a_success_and_two_kinds() {
        let two = reasons(&[Evidence::Place, Evidence::Device]);
        assert_eq!(of(true, 0.95, &two), Severity::Critical);
        assert_eq!(of(true, 0.5, &two), Severity::High);
        assert_eq!(of(false, 1.0, &two), Severity::Medium);
        assert_eq!(
            of(true, 1.0, &reasons(&[Evidence::Place, Evidence::Place])),
            Severity::Medium
        );
    }
}
