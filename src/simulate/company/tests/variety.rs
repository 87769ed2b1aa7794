//! A company meets as many networks, cities and browsers as it says.

use std::net::IpAddr;

use super::*;

fn honest(text: &str) -> Vec<Event<'static>> {
    world(text, 300, 30).0
}

/// The /24 or /48 of an address.
fn block(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits() >> 8),
        IpAddr::V6(address) => address.to_bits() >> 80,
    }
}

/// An operator has no more blocks in a city than it is given, and its customers are all in them,
/// attackers as well.
#[test]
fn an_operator_has_few_blocks_in_a_city() {
    let most_blocks = |text: &str| {
        let (honest, attacks) = world(&format!("listed_hosters = false\n{text}"), 300, 30);
        let mut blocks: BTreeMap<_, BTreeSet<u128>> = BTreeMap::new();
        for event in honest.iter().chain(&attacks) {
            let place = (event.asn, event.geo_location.clone(), event.city.clone());
            blocks
                .entry(place)
                .or_default()
                .extend(event.ip_address.map(block));
        }
        blocks.values().map(BTreeSet::len).max().unwrap_or(0)
    };
    let few = most_blocks("[variety]\nblocks_per_city = 3");
    let many = most_blocks("");
    assert!(few == 3 && many > 30, "{few} {many}");
}

#[test]
fn people_go_to_few_cities_where_the_company_says_so() {
    let of = |text: &str| {
        let cities = honest(text)
            .into_iter()
            .map(|event| (event.geo_location, event.city));
        cities.collect::<BTreeSet<_>>().len()
    };
    let few = of("worldwide = false\n[variety]\nfar_cities = 5\nnear_cities = 2");
    let many = of("worldwide = false");
    assert!(few * 3 < many, "{few} {many}");
}

#[test]
fn browsers_tell_of_few_builds_where_the_company_says_so() {
    let of = |text: &str| {
        let agents = honest(text).into_iter().map(|event| event.user_agent);
        agents.collect::<BTreeSet<_>>().len()
    };
    let few = of("[provider]\nbuilds = 1");
    let many = of("");
    assert!(few * 3 < many, "{few} {many}");
}
