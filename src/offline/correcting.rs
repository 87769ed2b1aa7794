//! Boosted trees that correct others where it is decided what is flagged.
//!
//! Of a million honest logins a handful may be flagged, and a loss over all of them hardly sees
//! those. So half of the trees are grown from the honest logins that look most like attacks, and
//! from the attacks among which they stand, by what trees said of each that had not seen it: what
//! trees say of their own logins leaves nothing to correct.

use rayon::prelude::*;

use super::dataset::Labelled;
use super::options::{TenantWeights, TrainOptions};
use super::sample::{self, Sample};
use crate::features::Values;
use crate::forest::arena::CompileError;
use crate::forest::boosted::{self, BoostedOptions};
use crate::forest::{Tree, row};

/// With fewer campaigns or trees, half of them say too little of the others; and where attacks name no
/// campaigns, what one attacker does to many users is not kept in one half. Measured on companies
/// of other authors: 100 to 170 campaigns lose, 500 to 1 000 gain nothing, 1 300 and 3 300 gain.
const LEAST_CAMPAIGNS: usize = 1_000;
const LEAST_TREES: usize = 300;
/// Half as many trees take larger steps.
const LEARNING_RATE: f64 = 0.1;
/// Honest logins that are corrected: those that look most like attacks.
const HONEST_LOGINS: usize = 20_000;
/// The share of attacks in the weight of what is corrected.
const ATTACK_MASS: f64 = 0.5;

/// Grows the boosted trees from a sample, which was drawn from the logins at some places.
pub(super) fn boost(
    sample: &Sample,
    rows: &[Values],
    logins: &[Labelled],
    among: &[usize],
    options: &TrainOptions,
) -> Result<Vec<Tree>, CompileError> {
    let all = BoostedOptions {
        trees: options.boosted_trees,
        seed: options.seed,
        ..BoostedOptions::default()
    };
    if all.trees < LEAST_TREES || sample::campaigns(among, logins) < LEAST_CAMPAIGNS {
        return train(sample, all, &options.prior);
    }
    let half = BoostedOptions {
        trees: all.trees / 2,
        learning_rate: LEARNING_RATE,
        ..all
    };
    let said = said_unseen(rows, logins, among, &options.weights, half, &options.prior)?;
    let weighed = most_suspicious(logins, among, &options.weights, &said);
    let said: Vec<f64> = weighed.iter().map(|(place, _)| said[*place]).collect();
    let suspicious = Sample::of_weighed(rows, logins, &weighed);
    let mut trees = train(sample, half, &options.prior)?;
    let correcting = BoostedOptions {
        trees: all.trees - half.trees,
        ..half
    };
    trees.extend(boosted::correct(
        &suspicious.rows(),
        &suspicious.attacks,
        &suspicious.weights,
        correcting,
        &said,
    ));
    Ok(trees)
}

fn train(
    sample: &Sample,
    options: BoostedOptions,
    prior: &[Tree],
) -> Result<Vec<Tree>, CompileError> {
    boosted::train(
        &sample.rows(),
        &sample.attacks,
        &sample.weights,
        options,
        prior,
    )
}

/// What trees say of the logins at some places that were grown from the other half of the campaigns
/// and users; by place, and not a number elsewhere.
fn said_unseen(
    rows: &[Values],
    logins: &[Labelled],
    among: &[usize],
    tenants: &TenantWeights,
    options: BoostedOptions,
    prior: &[Tree],
) -> Result<Vec<f64>, CompileError> {
    let is_of_one = |place: &usize| sample::group(&logins[*place]).0.is_multiple_of(2);
    let (one, other): (Vec<usize>, Vec<usize>) = among.iter().partition(|place| is_of_one(place));
    let mut said = vec![f64::NAN; rows.len()];
    for (teaching, judged) in [(&one, &other), (&other, &one)] {
        let sample = Sample::draw(rows, logins, teaching, tenants, options.seed)?;
        let trees = boosted::Sum::compile(&train(&sample, options, prior)?)?;
        let judge = |place: &usize| trees.of(&row(&rows[*place]));
        let outputs: Vec<f64> = judged.par_iter().map(judge).collect();
        for (place, output) in judged.iter().zip(outputs) {
            said[*place] = output;
        }
    }
    Ok(said)
}

/// The honest logins that look most like attacks, and the attacks that look no less like it, each
/// with its weight, in the order of their places. All campaigns weigh the same.
fn most_suspicious(
    logins: &[Labelled],
    among: &[usize],
    tenants: &TenantWeights,
    said: &[f64],
) -> Vec<(usize, f64)> {
    let (mut attacks, mut honest): (Vec<usize>, Vec<usize>) =
        among.iter().partition(|place| logins[**place].attack);
    honest.par_sort_unstable_by(|one, other| {
        said[*other].total_cmp(&said[*one]).then(one.cmp(other))
    });
    honest.truncate(HONEST_LOGINS);
    let least = honest
        .last()
        .map_or(f64::NEG_INFINITY, |place| said[*place]);
    attacks.retain(|place| said[*place] >= least);
    let attacks = sample::weighed_attacks(attacks, logins, tenants, |size| size);
    let honest = honest
        .into_iter()
        .map(|place| (place, tenants.of(&logins[place])))
        .collect();
    sample::balanced(attacks, honest, ATTACK_MASS)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

    use super::*;
    use crate::features::COUNT;

    /// A login a second; every third user is under attack, in a campaign of his own. Some users come
    /// more often than others.
    fn logins(count: usize, users: usize) -> Vec<Labelled> {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(3);
        let login = |number: usize| {
            let [one, other] = [0; 2].map(|_| random.random_range(0..users));
            let user = one.min(other);
            let attack = user.is_multiple_of(3);
            let json = format!(
                r#"{{"user_id":"u{user}","timestamp":{},"success":true,"label":{}}}"#,
                1_700_000_000 + number,
                u8::from(attack)
            );
            let mut labelled = Labelled::test(&json);
            labelled.campaign = attack.then_some(user as u32);
            labelled
        };
        (0..count).map(login).collect()
    }

    /// What is corrected are the honest logins that look most like attacks and the attacks among
    /// them; each campaign weighs the same, and all of them as much as all of the honest logins.
    #[test]
    fn what_is_corrected_is_what_is_hard_to_tell() {
        let logins = logins(60_000, 90);
        let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
        let said: Vec<f64> = logins.iter().map(|_| random.random::<f64>()).collect();
        let among: Vec<usize> = (0..logins.len()).filter(|place| place % 7 != 3).collect();
        let weighed = most_suspicious(&logins, &among, &TenantWeights::default(), &said);
        assert!(weighed.is_sorted_by(|one, other| one.0 < other.0));
        let chosen: Vec<usize> = weighed.iter().map(|(place, _)| *place).collect();
        let is_honest = |place: &&usize| !logins[**place].attack;
        assert_eq!(chosen.iter().filter(is_honest).count(), HONEST_LOGINS);
        let least = chosen.iter().map(|place| said[*place]);
        let least = least.fold(f64::INFINITY, f64::min);
        for place in &among {
            let is_chosen = chosen.binary_search(place).is_ok();
            assert_eq!(
                is_chosen,
                said[*place] >= least,
                "{place}: {}",
                said[*place]
            );
        }
        let mut of_campaigns = std::collections::BTreeMap::<u32, f64>::new();
        for (place, weight) in &weighed {
            if let Some(campaign) = logins[*place].campaign {
                *of_campaigns.entry(campaign).or_default() += weight;
            }
        }
        let all: f64 = weighed.iter().map(|(_, weight)| weight).sum();
        let each = all * ATTACK_MASS / of_campaigns.len() as f64;
        assert_eq!(of_campaigns.len(), 30);
        for (campaign, weight) in of_campaigns {
            assert!(
                (weight / each - 1.0).abs() < 1e-9,
                "{campaign}: {weight}, not {each}"
            );
        }
    }

    /// What is said of a login comes from trees that have not seen its user or campaign: of what can
    /// only be known by heart, they know nothing.
    #[test]
    fn what_is_said_of_a_login_was_not_learnt_from_it() {
        let logins = logins(12_000, 120);
        let mut rows = vec![[f32::NAN; COUNT]; logins.len()];
        let mut random = Xoshiro256PlusPlus::seed_from_u64(2);
        let marks: Vec<f32> = (0..120).map(|_| random.random()).collect();
        let mut users: Vec<_> = logins.iter().map(|login| login.login.user).collect();
        users.sort_unstable();
        users.dedup();
        for (row, login) in rows.iter_mut().zip(&logins) {
            row[0] = marks[users.partition_point(|user| *user < login.login.user)];
        }
        let among: Vec<usize> = (0..logins.len()).collect();
        let options = BoostedOptions {
            trees: 100,
            learning_rate: 0.3,
            ..BoostedOptions::default()
        };
        let right = |said: &[f64]| {
            let right = said.iter().zip(&logins);
            let right = right.filter(|(said, login)| (**said > 0.0) == login.attack);
            right.count() as f64 / logins.len() as f64
        };
        let tenants = TenantWeights::default();
        let sample = Sample::draw(&rows, &logins, &among, &tenants, 1).unwrap();
        let seen = boosted::Sum::compile(&train(&sample, options, &[]).unwrap()).unwrap();
        let seen: Vec<f64> = rows.iter().map(|values| seen.of(&row(values))).collect();
        let unseen = said_unseen(&rows, &logins, &among, &tenants, options, &[]).unwrap();
        assert!(right(&seen) > 0.9, "by heart: {}", right(&seen));
        assert!(right(&unseen) < 0.7, "unseen: {}", right(&unseen));
    }
}
