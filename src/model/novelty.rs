//! What was never seen: a share of the false alarms belongs to the isolation forest by itself, so
//! that what is far from everything usual is found, whatever the parts have learned of attacks.
//!
//! Both are compared by how rare honest logins make them. Where the fused risk may flag the share
//! `1 - s` of the allowed honest logins and the isolation forest the share `s`, a login that is as
//! far out as the share `t` of honest ones stands where the fused risk is exceeded by
//! `t (1 - s) / s` of them. The risk of a login is the larger of both, so that every threshold
//! divides its false alarms like that.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// The fused risk that so many honest logins exceed is nothing to raise an isolated one to.
const MOST_EXCEEDED: f64 = 0.1;

/// A place of the curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Knot {
    /// The isolation forest's relative depth: deeper is more usual.
    pub depth: f64,
    /// The share of honest logins that are no deeper.
    pub rarity: f64,
    /// The log-odds of the risk there.
    pub log_odds: f64,
}

/// From the isolation forest's depth to the risk that a login has by that alone. Empty: none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Novelty {
    /// The share of the false alarms.
    pub share: f64,
    /// From the rarest; depths rise, log-odds fall.
    knots: Vec<Knot>,
}

/// What an honest login looks like to both.
#[derive(Clone, Copy, Debug)]
pub struct Honest {
    pub depth: f64,
    /// Of the fused risk.
    pub log_odds: f64,
}

impl Novelty {
    /// The curve of honest logins that no tree has seen.
    #[must_use]
    pub fn fit(honest: &[Honest], share: f64) -> Self {
        let mut depths: Vec<f64> = honest.iter().map(|one| one.depth).collect();
        let mut risks: Vec<f64> = honest.iter().map(|one| one.log_odds).collect();
        depths.par_sort_unstable_by(f64::total_cmp);
        risks.par_sort_unstable_by(|one, other| other.total_cmp(one));
        let count = honest.len() as f64;
        let exceeds = (1.0 - share) / share;
        let mut knots = Vec::new();
        let mut rank = 1usize;
        loop {
            let exceeded = (rank as f64 * exceeds) as usize;
            let (Some(depth), Some(log_odds)) = (depths.get(rank - 1), risks.get(exceeded)) else {
                break;
            };
            if exceeded as f64 > count * MOST_EXCEEDED {
                break;
            }
            knots.push(Knot {
                depth: *depth,
                rarity: rank as f64 / count,
                log_odds: *log_odds,
            });
            rank = (rank + 1).max(rank * 3 / 2);
        }
        // Of equal depths the rarest knot is enough.
        knots.dedup_by(|next, kept| next.depth <= kept.depth);
        Self { share, knots }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.knots.is_empty()
    }

    /// The log-odds of a login that is so deep by that alone; `None` where it is usual.
    #[must_use]
    pub fn log_odds(&self, depth: f64) -> Option<f64> {
        self.between(depth, |knot| knot.log_odds)
    }

    /// The share of honest logins that are no deeper; `None` where it is usual.
    #[must_use]
    pub fn rarity(&self, depth: f64) -> Option<f64> {
        self.between(depth, |knot| knot.rarity)
    }

    /// A value of the curve, on a line between its places. What is rarer than every honest login is
    /// as the rarest of them.
    fn between(&self, depth: f64, value: impl Fn(&Knot) -> f64) -> Option<f64> {
        let next = self.knots.partition_point(|knot| knot.depth < depth);
        let right = self.knots.get(next)?;
        let Some(left) = next.checked_sub(1).and_then(|left| self.knots.get(left)) else {
            return Some(value(right));
        };
        let part = (depth - left.depth) / (right.depth - left.depth);
        Some(value(left) + part * (value(right) - value(left)))
    }

    #[must_use]
    pub fn is_valid(&self) -> bool {
        let sane = |knot: &Knot| {
            knot.depth.is_finite()
                && knot.log_odds.is_finite()
                && (0.0..=1.0).contains(&knot.rarity)
        };
        let falls = |pair: &[Knot]| {
            pair[0].depth < pair[1].depth
                && pair[0].rarity <= pair[1].rarity
                && pair[0].log_odds >= pair[1].log_odds
        };
        (0.0..1.0).contains(&self.share)
            && self.knots.iter().all(sane)
            && self.knots.windows(2).all(falls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

    fn honest(count: usize) -> Vec<Honest> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let one = |_| Honest {
            depth: rng.random_range(0.5..1.5),
            log_odds: rng.random_range(-10.0..10.0),
        };
        (0..count).map(one).collect()
    }

    /// At every rate of false alarms the isolation forest has its share of them, and the fused risk
    /// the rest.
    #[test]
    fn false_alarms_are_divided_by_the_share() {
        let all = honest(100_000);
        for share in [0.02, 0.1, 0.3] {
            let novelty = Novelty::fit(&all, share);
            assert!(novelty.is_valid());
            for threshold in [9.0, 9.5, 9.9] {
                let fused = all.iter().filter(|one| one.log_odds >= threshold).count() as f64;
                let by_depth = |one: &&Honest| {
                    novelty
                        .log_odds(one.depth)
                        .is_some_and(|novel| novel >= threshold)
                };
                let isolated = all.iter().filter(by_depth).count() as f64;
                let found = isolated / (isolated + fused);
                assert!(
                    (found / share - 1.0).abs() < 0.2,
                    "{found} of {share} at {threshold}"
                );
            }
        }
    }

    /// The rarer, the more risk; what is usual has none by this, and what is rarer than anything
    /// honest has that of the rarest.
    #[test]
    fn rarer_is_never_less_risk() {
        let novelty = Novelty::fit(&honest(20_000), 0.1);
        let mut before = f64::INFINITY;
        for step in 0..1_000 {
            let depth = 0.4 + f64::from(step) / 1_000.0;
            let now = novelty.log_odds(depth).unwrap_or(f64::NEG_INFINITY);
            assert!(now <= before, "{depth}: {now} after {before}");
            before = now;
        }
        assert_eq!(novelty.log_odds(0.0), novelty.log_odds(0.4));
        assert_eq!(novelty.log_odds(1.4), None);
        assert!(novelty.rarity(0.0).unwrap() <= 1e-4);
    }

    #[test]
    fn without_logins_or_a_share_nothing_is_novel() {
        assert!(Novelty::fit(&[], 0.1).is_empty());
        assert!(Novelty::fit(&honest(1_000), 0.0).is_empty());
        assert!(Novelty::default().is_valid());
    }
}
