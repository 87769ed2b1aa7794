//! Whether the risk means what it says among logins of a kind, too: one that is right on the whole
//! can be wrong of newcomers.

use serde::Serialize;

use super::metrics::Scored;
use crate::features::{self, Values};
use crate::model::FIRST_LOGINS;

/// The calibration of one kind of logins.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cohort {
    pub name: &'static str,
    pub logins: u64,
    pub attacks: u64,
    pub mean_risk: f64,
    pub share_of_attacks: f64,
}

/// A kind, by a feature and from which value on it is of it.
struct Kind {
    name: &'static str,
    feature: &'static str,
    is: fn(f32) -> bool,
}

const KINDS: [Kind; 8] = [
    Kind {
        name: "users with fewer than ten successes",
        feature: "logins_seen",
        is: |value| !is_later(value),
    },
    Kind {
        name: "users with more",
        feature: "logins_seen",
        is: is_later,
    },
    Kind {
        name: "successes",
        feature: "failed",
        is: |value| value < 0.5,
    },
    Kind {
        name: "failures",
        feature: "failed",
        is: |value| value >= 0.5,
    },
    Kind {
        name: "a device new for the user",
        feature: "new_device",
        is: |value| value >= 0.5,
    },
    Kind {
        name: "a device known of the user",
        feature: "new_device",
        is: |value| value < 0.5,
    },
    Kind {
        name: "from hosters and VPN exits",
        feature: "hosting",
        is: |value| value >= 0.5,
    },
    Kind {
        name: "no device is known",
        feature: "device_missing",
        is: |value| value >= 0.5,
    },
];

/// The feature is ln(1 + logins).
fn is_later(value: f32) -> bool {
    value.exp_m1() >= FIRST_LOGINS as f32 - 0.5
}

/// Each kind that has logins.
#[must_use]
pub(super) fn cohorts(scored: &[Scored], values: &[Values]) -> Vec<Cohort> {
    let of_kind = |kind: &Kind| {
        let feature = features::index(kind.feature)?;
        let logins = scored.iter().zip(values);
        let logins = logins.filter(|(_, values)| (kind.is)(values[feature]));
        let (mut count, mut attacks, mut risk) = (0u64, 0u64, 0.0);
        for (login, _) in logins {
            count += 1;
            attacks += u64::from(login.attack);
            risk += login.score;
        }
        (count > 0).then(|| Cohort {
            name: kind.name,
            logins: count,
            attacks,
            mean_risk: risk / count as f64,
            share_of_attacks: attacks as f64 / count as f64,
        })
    };
    KINDS.iter().filter_map(of_kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every login is counted among those of its kinds, and every kind is a feature's.
    #[test]
    fn a_login_counts_among_its_kinds() {
        for kind in KINDS {
            assert!(features::index(kind.feature).is_some(), "{}", kind.feature);
        }
        let of = |failed: f32, seen: f32| {
            let mut values = [f32::NAN; features::COUNT];
            values[features::index("failed").unwrap()] = failed;
            values[features::index("logins_seen").unwrap()] = (1.0 + seen).ln();
            values
        };
        let scored = |score: f64, attack: bool| Scored {
            score,
            attack,
            campaign: None,
            family: None,
        };
        let logins = [scored(0.2, false), scored(0.6, true), scored(0.1, false)];
        let found = cohorts(&logins, &[of(0.0, 50.0), of(1.0, 2.0), of(0.0, 9.0)]);
        let named = |name: &str| found.iter().find(|cohort| cohort.name == name).unwrap();
        assert_eq!(named("users with more").logins, 1);
        assert_eq!(named("users with fewer than ten successes").attacks, 1);
        assert!((named("successes").mean_risk - 0.15).abs() < 1e-12);
        assert!((named("failures").share_of_attacks - 1.0).abs() < 1e-12);
        assert!(
            found
                .iter()
                .all(|cohort| cohort.name != "from hosters and VPN exits")
        );
    }
}
