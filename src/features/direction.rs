//! In which direction a feature speaks for an attack, where people are sure of it.
//!
//! For what has to tell the suspicious from the unusual without labels. Trees that learn from labels
//! are free: bound to these directions they found less on companies of other authors. A feature whose
//! meaning depends on others, such as the time since something, has none.

use super::FEATURES;

/// More of it is more suspicious.
const MORE: &[&str] = &[
    "hour_surprise",
    "hour_likelihood_ratio",
    "distance",
    "speed",
    "nearest_known_place",
    "new_country",
    "new_city",
    "country_rarity",
    "city_rarity",
    "new_address",
    "new_block",
    "new_asn",
    "hosting",
    "asn_rarity",
    "network_likelihood_ratio",
    "new_device",
    "claimed_new_device",
    "new_browser",
    "new_operating_system",
    "device_changed_system",
    "device_changed_browser",
    "device_users_excess",
    "agent_likelihood_ratio",
    "agent_rarity",
    "strange_failures",
    "country_failure_excess",
    "asn_failure_excess",
    "agent_failure_excess",
    "address_failures_hour",
    "address_failures_week",
    "address_failure_ratio",
    "device_failures_day",
    "block_failure_ratio",
    "address_users_10min",
    "address_users_excess",
    "block_users_excess",
    "user_addresses_hour",
    "user_addresses_day",
    "user_countries_day",
    "resets_hour",
    "resets_day",
    "mfa_denials",
    "mfa_denials_day",
    "device_flagged",
    "network_flagged",
    "new_method",
    "bytes_out_z",
    "bytes_out_above_most",
    "day_bytes_out",
];

/// More of it is less suspicious.
const LESS: &[&str] = &[
    "country_share",
    "city_novelty",
    "block_share",
    "asn_share",
    "block_novelty",
    "network_novelty",
    "address_successes",
    "block_successes",
    "device_share",
    "device_age",
    "agent_share",
    "device_novelty",
    "device_successes",
    "usual_failures",
];

/// Which side of the usual is the suspicious one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    #[default]
    Either,
    Up,
    Down,
}

/// The direction of each feature, in the order of [`FEATURES`].
#[must_use]
pub fn directions() -> Vec<Direction> {
    let direction = |name: &str| match (MORE.contains(&name), LESS.contains(&name)) {
        (true, _) => Direction::Up,
        (_, true) => Direction::Down,
        _ => Direction::Either,
    };
    FEATURES
        .iter()
        .map(|feature| direction(feature.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_direction_is_a_feature_and_has_one() {
        for name in MORE.iter().chain(LESS) {
            assert!(super::super::index(name).is_some(), "{name}");
        }
        assert!(MORE.iter().all(|name| !LESS.contains(name)));
        let set = directions();
        for name in crate::features::UNLEARNT {
            let place = super::super::index(name).expect(name);
            assert_eq!(set[place], Direction::Either, "{name} is learnt from");
        }
        let with = set.iter().filter(|one| **one != Direction::Either).count();
        assert_eq!(with, MORE.len() + LESS.len());
    }
}
