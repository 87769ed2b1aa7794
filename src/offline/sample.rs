//! Which logins the trees are grown from, and what each weighs.
//!
//! Attacks are few and all taken. Of honest logins, those that look like attacks teach most: a
//! scout, trained on a random draw, finds them. The rest is drawn, and each drawn one stands for
//! those left out.

use std::collections::{HashMap, HashSet};

use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::index;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

use super::dataset::Labelled;
use super::options::TenantWeights;
use crate::features::{Values, learnt};
use crate::forest::arena::CompileError;
use crate::forest::boosted::{self, BoostedOptions};
use crate::forest::row;

/// Honest logins that look most like attacks, and those drawn from the rest, for each attack.
const HARD_PER_ATTACK: usize = 8;
const DRAWN_PER_ATTACK: usize = 12;
const LEAST_HARD: usize = 20_000;
const LEAST_DRAWN: usize = 30_000;
const MOST_HARD: usize = 80_000;
const MOST_DRAWN: usize = 120_000;
/// The share of attacks in the weight of all rows.
const ATTACK_MASS: f64 = 0.2;
/// Trees and logins of the scout.
const SCOUT_TREES: usize = 60;
const SCOUT_LOGINS: usize = 40_000;

/// Rows to grow trees from, as they are learnt from.
pub(super) struct Sample {
    values: Vec<Values>,
    pub attacks: Vec<bool>,
    /// 1 in the mean.
    pub weights: Vec<f64>,
}

impl Sample {
    /// From the logins at some places.
    pub(super) fn draw(
        rows: &[Values],
        logins: &[Labelled],
        among: &[usize],
        tenants: &TenantWeights,
        seed: u64,
    ) -> Result<Self, CompileError> {
        let weighed = weighed(rows, logins, among, tenants, seed)?;
        Ok(Self::of_weighed(rows, logins, &weighed))
    }

    /// From logins by place and weight.
    pub(super) fn of_weighed(
        rows: &[Values],
        logins: &[Labelled],
        weighed: &[(usize, f64)],
    ) -> Self {
        Self {
            values: weighed.iter().map(|(row, _)| learnt(&rows[*row])).collect(),
            attacks: weighed.iter().map(|(row, _)| logins[*row].attack).collect(),
            weights: weighed.iter().map(|(_, weight)| *weight).collect(),
        }
    }

    pub(super) fn rows(&self) -> Vec<&[f32]> {
        self.values.iter().map(Values::as_slice).collect()
    }

    /// At most so many of the rows, evenly over time.
    pub(super) fn thinned(&self, most: usize) -> Self {
        let all: Vec<usize> = (0..self.values.len()).collect();
        let kept = evenly(&all, most);
        Self {
            values: kept.iter().map(|row| self.values[*row]).collect(),
            attacks: kept.iter().map(|row| self.attacks[*row]).collect(),
            weights: kept.iter().map(|row| self.weights[*row]).collect(),
        }
    }
}

/// At most so many of some places, evenly over them.
pub(super) fn evenly(places: &[usize], most: usize) -> Vec<usize> {
    let kept = most.min(places.len());
    let step = places.len() as f64 / kept.max(1) as f64;
    let each = (0..kept).map(|place| places[(place as f64 * step) as usize]);
    each.collect()
}

/// The logins to grow trees from, by place and weight.
fn weighed(
    rows: &[Values],
    logins: &[Labelled],
    among: &[usize],
    tenants: &TenantWeights,
    seed: u64,
) -> Result<Vec<(usize, f64)>, CompileError> {
    let counts = |row: &usize| tenants.of(&logins[*row]);
    let of = |wanted: bool| {
        let chosen = among
            .iter()
            .copied()
            .filter(|row| logins[*row].attack == wanted);
        chosen.collect::<Vec<usize>>()
    };
    let (attacks, mut honest) = (of(true), of(false));
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let hard = (attacks.len() * HARD_PER_ATTACK).clamp(LEAST_HARD, MOST_HARD);
    let drawn = (attacks.len() * DRAWN_PER_ATTACK).clamp(LEAST_DRAWN, MOST_DRAWN);
    let mut of_honest: Vec<(usize, f64)> = Vec::with_capacity(hard + drawn);
    if honest.len() > hard + drawn {
        let scout = scout(
            rows,
            &attacks,
            &pick(&honest, SCOUT_LOGINS, &mut rng),
            counts,
            seed,
        )?;
        let suspicion = |place: &usize| scout.of(&row(&rows[*place]));
        let mut ranked: Vec<(f64, usize)> = honest
            .par_iter()
            .map(|row| (suspicion(row), *row))
            .collect();
        ranked.par_sort_unstable_by(|left, right| {
            right.0.total_cmp(&left.0).then(left.1.cmp(&right.1))
        });
        honest = ranked.into_iter().map(|(_, row)| row).collect();
        let (hard, rest) = honest.split_at(hard);
        let stands_for = rest.len() as f64 / drawn as f64;
        of_honest.extend(hard.iter().map(|row| (*row, counts(row))));
        let drawn = pick(rest, drawn, &mut rng);
        of_honest.extend(
            drawn
                .into_iter()
                .map(|row| (row, stands_for * counts(&row))),
        );
    } else {
        of_honest.extend(honest.iter().map(|row| (*row, counts(row))));
    }
    let of_attacks = weighed_attacks(attacks, logins, tenants, f64::sqrt);
    Ok(balanced(of_attacks, of_honest, ATTACK_MASS))
}

/// Attacks and honest logins by place and weight, together in the order of their places, so that
/// memory is read forwards: attacks with a share of the weight, and all with a mean of 1.
pub(super) fn balanced(
    mut attacks: Vec<(usize, f64)>,
    mut honest: Vec<(usize, f64)>,
    attack_mass: f64,
) -> Vec<(usize, f64)> {
    let count = (attacks.len() + honest.len()) as f64;
    for (part, mass) in [
        (&mut attacks, attack_mass),
        (&mut honest, 1.0 - attack_mass),
    ] {
        let sum: f64 = part.iter().map(|(_, weight)| weight).sum();
        for (_, weight) in part {
            *weight *= mass * count / sum.max(f64::MIN_POSITIVE);
        }
    }
    attacks.append(&mut honest);
    attacks.sort_unstable_by_key(|(place, _)| *place);
    attacks
}

fn pick(from: &[usize], count: usize, rng: &mut impl Rng) -> Vec<usize> {
    let picked = index::sample(rng, from.len(), count.min(from.len()));
    picked.iter().map(|index| from[index]).collect()
}

/// Attacks with their weights, each divided by a measure of how many logins its campaign has. A
/// campaign of a thousand attempts is worth more than one of a single login, but not a thousand
/// times more. Without campaigns, what was done to one user counts as one.
pub(super) fn weighed_attacks(
    attacks: Vec<usize>,
    logins: &[Labelled],
    tenants: &TenantWeights,
    divisor: impl Fn(f64) -> f64,
) -> Vec<(usize, f64)> {
    let sizes = campaign_sizes(&attacks, logins);
    let weighed = attacks.into_iter().zip(sizes);
    weighed
        .map(|(place, size)| (place, tenants.of(&logins[place]) / divisor(size)))
        .collect()
}

/// For logins at some places: 1 for each honest one; a campaign's share for each attack, so that all
/// campaigns weigh the same, and all attacks together as much as they are.
pub(super) fn even_campaigns(places: &[usize], logins: &[Labelled]) -> Vec<f64> {
    let attacks: Vec<usize> = places
        .iter()
        .copied()
        .filter(|place| logins[*place].attack)
        .collect();
    let sizes = campaign_sizes(&attacks, logins);
    let campaigns: f64 = sizes.iter().map(|size| 1.0 / size).sum();
    let each = attacks.len() as f64 / campaigns.max(f64::MIN_POSITIVE);
    let mut sizes = sizes.into_iter();
    let weight = |place: &usize| match logins[*place].attack {
        true => sizes.next().map_or(1.0, |size| each / size),
        false => 1.0,
    };
    places.iter().map(weight).collect()
}

/// What a login belongs to: its campaign, by number, or where it has none its user, by some bits.
pub(super) fn group(login: &Labelled) -> (u64, bool) {
    match login.campaign {
        Some(campaign) => (u64::from(campaign), true),
        None => (login.login.user.slot_bits(), false),
    }
}

/// How many campaigns the logins at some places name.
pub(super) fn campaigns(places: &[usize], logins: &[Labelled]) -> usize {
    let named = places.iter().filter_map(|place| logins[*place].campaign);
    named.collect::<HashSet<u32>>().len()
}

/// For each attack, how many logins its campaign has.
fn campaign_sizes(attacks: &[usize], logins: &[Labelled]) -> Vec<f64> {
    let group = |place: &usize| group(&logins[*place]);
    let mut sizes: HashMap<(u64, bool), f64> = HashMap::new();
    for place in attacks {
        *sizes.entry(group(place)).or_default() += 1.0;
    }
    attacks.iter().map(|place| sizes[&group(place)]).collect()
}

fn scout(
    rows: &[Values],
    attacks: &[usize],
    honest: &[usize],
    counts: impl Fn(&usize) -> f64,
    seed: u64,
) -> Result<boosted::Sum, CompileError> {
    let chosen = attacks.iter().chain(honest);
    let values: Vec<Values> = chosen.map(|row| learnt(&rows[*row])).collect();
    let values: Vec<&[f32]> = values.iter().map(Values::as_slice).collect();
    let labels: Vec<bool> = (0..values.len())
        .map(|place| place < attacks.len())
        .collect();
    let all_of = |places: &[usize]| places.iter().map(&counts).sum::<f64>();
    let honest_weight = all_of(attacks) / all_of(honest).max(f64::MIN_POSITIVE);
    let of_honest = honest.iter().map(|row| counts(row) * honest_weight);
    let weights: Vec<f64> = attacks.iter().map(&counts).chain(of_honest).collect();
    let options = BoostedOptions {
        trees: SCOUT_TREES,
        learning_rate: 0.15,
        seed,
        ..BoostedOptions::default()
    };
    let trees = boosted::train(&values, &labels, &weights, options, &[])?;
    boosted::Sum::compile(&trees)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::COUNT;

    /// A tenant that counts four times weighs four times as much as one of as many attacks and
    /// honest logins, whether these were all taken or stand for those that were left out.
    #[test]
    fn a_tenant_weighs_as_many_times_as_it_counts() {
        for of_each in [2_000, 30_000] {
            let login = |number: usize| {
                let attack = (number / 2).is_multiple_of(100);
                let json = format!(
                    r#"{{"user_id":"u{}","tenant":"t{}","timestamp":{},"success":true,"label":{}}}"#,
                    number / 2 % 40,
                    number % 2,
                    1_700_000_000 + number,
                    u8::from(attack)
                );
                Labelled::test(&json)
            };
            let logins: Vec<Labelled> = (0..2 * of_each).map(login).collect();
            let rows = vec![[0.0; COUNT]; logins.len()];
            let among: Vec<usize> = (0..logins.len()).collect();
            let [one, other] = [0, 1].map(|number: usize| logins[number].login.tenant);
            let tenants = TenantWeights(HashMap::from([(other, 4.0)]));
            let drawn = weighed(&rows, &logins, &among, &tenants, 1).unwrap();
            for attack in [false, true] {
                let of = |tenant| -> f64 {
                    let of_tenant = drawn.iter().filter(|(place, _)| {
                        logins[*place].attack == attack && logins[*place].login.tenant == tenant
                    });
                    of_tenant.map(|(_, weight)| weight).sum()
                };
                let times = of(other) / of(one);
                assert!(
                    (times / 4.0 - 1.0).abs() < 0.05,
                    "{of_each}, {attack}: {times}"
                );
            }
        }
    }
}
