//! Where from: distance and speed, and how familiar the place and the network are.

use super::facts::Facts;
use super::travel::speed_kmh;
use super::{DAY_S, flag, log, or_missing};
use crate::login::Id;
use crate::profile::cells::user::Novelty;
use crate::profile::{Prevalence, SourceCell, UserCell};
use crate::sketch::frequency::FrequencyList;

/// Weights of address, autonomous system and country (Freeman et al. 2016, as tuned by Wiefling et
/// al. 2021).
const NETWORK_WEIGHTS: [f64; 3] = [0.6, 0.3, 0.1];

pub(super) fn distance(facts: &Facts<'_>) -> f64 {
    log(or_missing(facts.distance_km))
}

pub(super) fn speed(facts: &Facts<'_>) -> f64 {
    let speed = |distance_km| speed_kmh(facts, distance_km);
    log(or_missing(facts.distance_km.and_then(speed)))
}

pub(super) fn nearest_known_place(facts: &Facts<'_>) -> f64 {
    let nearest = || {
        let point = facts.login.point?;
        let mut nearest: Option<f64> = None;
        for place in facts.user?.places.iter() {
            let distance_km = place.point.certain_distance_km(&point);
            nearest = Some(nearest.map_or(distance_km, |nearest| nearest.min(distance_km)));
            if distance_km <= 0.0 {
                break; // Nothing is nearer.
            }
        }
        nearest
    };
    log(or_missing(nearest()))
}

/// 1 where the user has a history of such things and this one is not in it.
pub(super) fn is_new<const N: usize>(
    facts: &Facts<'_>,
    id: Option<Id>,
    list: impl Fn(&UserCell) -> &FrequencyList<N>,
) -> f64 {
    let is_new = || {
        let (id, seen) = (id?, list(facts.user?));
        (!seen.is_empty()).then(|| flag(seen.get(id).is_none()))
    };
    or_missing(is_new())
}

pub(super) fn new_country(facts: &Facts<'_>) -> f64 {
    is_new(facts, facts.login.country, |user| &user.countries)
}

pub(super) fn new_city(facts: &Facts<'_>) -> f64 {
    is_new(facts, facts.login.city, |user| &user.cities)
}

pub(super) fn new_address(facts: &Facts<'_>) -> f64 {
    is_new(facts, facts.login.address, |user| &user.addresses)
}

pub(super) fn new_block(facts: &Facts<'_>) -> f64 {
    is_new(facts, facts.login.block, |user| &user.blocks)
}

pub(super) fn new_asn(facts: &Facts<'_>) -> f64 {
    is_new(facts, facts.login.asn, |user| &user.asns)
}

/// Days since the user was last seen in this country; missing where never.
pub(super) fn country_unseen_for(facts: &Facts<'_>) -> f64 {
    let seen = || facts.user?.countries.get(facts.login.country?);
    or_missing(seen().map(|known| log(f64::from(facts.now_s.saturating_sub(known.last_s)) / DAY_S)))
}

pub(super) fn country_share(facts: &Facts<'_>) -> f64 {
    or_missing(
        facts
            .user
            .and_then(|user| user.countries.share(facts.login.country?)),
    )
}

/// -ln of the share of everyone's successes of the half year.
pub(super) fn rarity(facts: &Facts<'_>, of: Prevalence) -> Option<f64> {
    Some(-libm::log(everyone_share(facts, of)?))
}

/// The share among everyone's successes of the half year.
pub(super) fn everyone_share(facts: &Facts<'_>, of: Prevalence) -> Option<f64> {
    Some(smoothed(of.successes, facts.tenant_successes?))
}

fn smoothed(count: u32, total: u32) -> f64 {
    (f64::from(count) + 0.5) / (f64::from(total) + 1.0)
}

pub(super) fn country_rarity(facts: &Facts<'_>) -> f64 {
    or_missing(
        facts
            .login
            .country
            .and_then(|_| rarity(facts, facts.prevalences.country)),
    )
}

pub(super) fn city_rarity(facts: &Facts<'_>) -> f64 {
    or_missing(
        facts
            .login
            .city
            .and_then(|_| rarity(facts, facts.prevalences.city)),
    )
}

pub(super) fn asn_rarity(facts: &Facts<'_>) -> f64 {
    or_missing(
        facts
            .login
            .asn
            .and_then(|_| rarity(facts, facts.prevalences.asn)),
    )
}

/// A weighted mixture of probabilities among everyone and of the same for the user: ln p(x) - ln
/// p(x | user).
pub(super) fn likelihood_ratio(
    parts: impl Iterator<Item = (f64, Option<f64>, Option<f64>)>,
) -> f64 {
    let (mut everyone, mut user, mut weights) = (0.0, 0.0, 0.0);
    for (weight, everyone_share, user_share) in parts {
        if let (Some(of_everyone), Some(of_user)) = (everyone_share, user_share) {
            everyone += weight * of_everyone;
            user += weight * of_user;
            weights += weight;
        }
    }
    if weights > 0.0 {
        libm::log(everyone) - libm::log(user)
    } else {
        f64::NAN
    }
}

/// A user's own share, with everyone's worth one login of his.
pub(super) fn user_share<const N: usize>(
    seen: Option<&FrequencyList<N>>,
    id: Option<Id>,
    of_everyone: Option<f64>,
    logins: Option<u32>,
) -> Option<f64> {
    let (own, logins) = (seen?.share(id?).unwrap_or(0.0), f64::from(logins?));
    Some((own * logins + of_everyone?) / (logins + 1.0))
}

pub(super) fn network_likelihood_ratio(facts: &Facts<'_>) -> f64 {
    let (login, user) = (facts.login, facts.user);
    let logins = user.map(|user| user.successes);
    let address_successes = facts.address.map_or(0, |address| address.successes);
    let address_everyone = facts
        .tenant_successes
        .map(|total| smoothed(address_successes.min(total), total));
    let (asn_everyone, country_everyone) = (
        everyone_share(facts, facts.prevalences.asn),
        everyone_share(facts, facts.prevalences.country),
    );
    let parts = [
        (
            address_everyone,
            user_share(
                user.map(|user| &user.addresses),
                login.address,
                address_everyone,
                logins,
            ),
        ),
        (
            asn_everyone,
            user_share(user.map(|user| &user.asns), login.asn, asn_everyone, logins),
        ),
        (
            country_everyone,
            user_share(
                user.map(|user| &user.countries),
                login.country,
                country_everyone,
                logins,
            ),
        ),
    ];
    likelihood_ratio(
        NETWORK_WEIGHTS
            .into_iter()
            .zip(parts)
            .map(|(weight, (all, own))| (weight, all, own)),
    )
}

pub(super) fn asn_share(facts: &Facts<'_>) -> f64 {
    or_missing(
        facts
            .user
            .and_then(|user| user.asns.share(facts.login.asn?)),
    )
}

pub(super) fn block_share(facts: &Facts<'_>) -> f64 {
    or_missing(
        facts
            .user
            .and_then(|user| user.blocks.share(facts.login.block?)),
    )
}

/// How often something is new for this user, with half a new thing of two logins to begin with.
pub(super) fn novelty(facts: &Facts<'_>, count: impl Fn(&Novelty) -> u16) -> f64 {
    or_missing(
        facts.user.map(|user| {
            (f64::from(count(&user.novelty)) + 0.5) / (f64::from(user.successes) + 2.0)
        }),
    )
}

pub(super) fn network_novelty(facts: &Facts<'_>) -> f64 {
    novelty(facts, |novelty| novelty.asns)
}

pub(super) fn block_novelty(facts: &Facts<'_>) -> f64 {
    novelty(facts, |novelty| novelty.blocks)
}

pub(super) fn city_novelty(facts: &Facts<'_>) -> f64 {
    novelty(facts, |novelty| novelty.cities)
}

/// Rented by the hour by anybody: a hoster, a VPN or a relay, by its number.
pub(super) fn hosting(facts: &Facts<'_>) -> f64 {
    or_missing(facts.login.hosting.map(flag))
}

/// A source that many have logged in from is trusted more than one that nobody has.
fn successes(source: Option<&SourceCell>) -> f64 {
    log(source.map_or(0.0, |source| f64::from(source.successes)))
}

pub(super) fn address_successes(facts: &Facts<'_>) -> f64 {
    or_missing(facts.login.address.map(|_| successes(facts.address)))
}

pub(super) fn block_successes(facts: &Facts<'_>) -> f64 {
    or_missing(facts.login.block.map(|_| successes(facts.block)))
}

/// Minutes since the user's last success where it was on this device and from another block: one
/// device, two networks.
pub(super) fn device_moved(facts: &Facts<'_>) -> f64 {
    let moved = || {
        let (login, user) = (facts.login, facts.user?);
        let last = user.last_success.as_ref()?;
        (login.device.is_some() && last.device == login.device && last.block != login.block)
            .then(|| log((login.time_ms - last.time_ms).abs() as f64 / 60_000.0))
    };
    or_missing(moved())
}

/// Days since anybody first got in from this address, unsuspected.
pub(super) fn address_age(facts: &Facts<'_>) -> f64 {
    if facts.login.address.is_none() {
        return f64::NAN;
    }
    let familiar = |address: &SourceCell| address.familiar_for_s(facts.now_s);
    log(f64::from(facts.address.map_or(0, familiar)) / DAY_S)
}
