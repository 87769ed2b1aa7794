//! A share of something, in 0 to 1.

use rand::RngExt;
use serde::Deserialize;

use crate::simulate::Random;

/// A share: a number from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "f64")]
pub(in crate::simulate) struct Share(f64);

impl Share {
    /// Of a number that is known to be one.
    pub(in crate::simulate) const fn of(share: f64) -> Self {
        Self(share.clamp(0.0, 1.0))
    }

    pub(in crate::simulate) fn get(self) -> f64 {
        self.0
    }

    pub(in crate::simulate) fn max(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }

    /// Whether one drawn belongs to it. What nobody has, or everybody, takes no draw.
    pub(in crate::simulate) fn holds(self, random: &mut Random) -> bool {
        self.0 > 0.0 && (self.0 >= 1.0 || random.random_bool(self.0))
    }
}

impl TryFrom<f64> for Share {
    type Error = String;

    fn try_from(share: f64) -> Result<Self, String> {
        if (0.0..=1.0).contains(&share) {
            return Ok(Self(share));
        }
        Err(format!("{share} is no share: give a number from 0 to 1"))
    }
}
