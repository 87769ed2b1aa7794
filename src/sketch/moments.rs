//! Mean and spread of numbers of bytes, without rounding: sums of whole sixteenths of a doubling.

use super::ring::Tally;
use crate::codec::wire_struct;

/// Count, sum, sum of squares and largest of whole numbers: mean and spread without rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    count: u32,
    sum: u64,
    squares: u64,
    most: u16,
}

const SIXTEENTHS: f64 = 16.0;

/// Sixteenths of a doubling: log2 of a number of bytes in fixed point.
fn log2_sixteenths(bytes: u64) -> u64 {
    (libm::log2(bytes as f64 + 1.0) * SIXTEENTHS + 0.5) as u64
}

/// The least spread that counts, in sixteenths of a doubling: a user who always sends the same is
/// not a machine.
const LEAST_SPREAD: f64 = 8.0;
/// How many observations the least spread is worth.
const PRIOR_WEIGHT: f64 = 4.0;
/// How far out of the usual a number may lie and still teach all it says.
const MOST_SPREADS: f64 = 4.0;

impl Moments {
    /// What a number of bytes teaches: one that is far out of the usual teaches only as much as the
    /// edge of the usual, or one big download would make the next one normal.
    #[must_use]
    pub fn winsorised(&self, bytes: u64) -> Self {
        let value = log2_sixteenths(bytes);
        let edge = self
            .mean_and_spread()
            .map(|(mean, spread)| mean + MOST_SPREADS * spread);
        let value = edge.map_or(value, |edge| value.min(edge.ceil() as u64));
        Self {
            count: 1,
            sum: value,
            squares: value * value,
            most: value as u16,
        }
    }

    /// How many doublings a number of bytes lies above the most seen; `None` before three
    /// observations.
    #[must_use]
    pub fn above_most(&self, bytes: u64) -> Option<f64> {
        (self.count >= 3)
            .then(|| (log2_sixteenths(bytes) as f64 - f64::from(self.most)) / SIXTEENTHS)
    }

    /// How many usual spreads a number of bytes lies above the mean; `None` before three
    /// observations.
    #[must_use]
    pub fn z_score(&self, bytes: u64) -> Option<f64> {
        let (mean, spread) = self.mean_and_spread()?;
        Some((log2_sixteenths(bytes) as f64 - mean) / spread)
    }

    fn mean_and_spread(&self) -> Option<(f64, f64)> {
        if self.count < 3 {
            return None;
        }
        let count = f64::from(self.count);
        let mean = self.sum as f64 / count;
        let variance = (self.squares as f64 / count - mean * mean).max(0.0);
        let prior = 4.0 * LEAST_SPREAD * LEAST_SPREAD;
        let spread = ((variance * count + prior * PRIOR_WEIGHT) / (count + PRIOR_WEIGHT)).sqrt();
        Some((mean, spread.max(LEAST_SPREAD)))
    }

    /// The typical number of bytes (the geometric mean).
    #[must_use]
    pub fn typical_bytes(&self) -> Option<f64> {
        (self.count > 0)
            .then(|| libm::exp2(self.sum as f64 / f64::from(self.count) / SIXTEENTHS) - 1.0)
    }
}

impl Tally for Moments {
    fn add(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.sum = self.sum.saturating_add(other.sum);
        self.squares = self.squares.saturating_add(other.squares);
        self.most = self.most.max(other.most);
    }
}

wire_struct!(Moments {
    count,
    sum,
    squares,
    most
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_far_above_the_usual_stands_out() {
        let mut moments = Moments::default();
        assert!(moments.z_score(1000).is_none());
        for bytes in [1000u64, 1200, 900, 1100, 1000, 1050] {
            moments.add(&Moments::default().winsorised(bytes));
        }
        assert!(moments.z_score(1000).unwrap().abs() < 0.5);
        assert!(moments.z_score(1_000_000).unwrap() > 5.0);
        assert!((moments.typical_bytes().unwrap() - 1037.0).abs() < 40.0);
    }
}
