//! How many different networks and cities a company meets.

use serde::Deserialize;

use super::{CompanyError, within};
use crate::enrich::geo::{self, City};

/// What is not given is as varied as the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::simulate) struct Variety {
    /// Blocks of addresses (a /24 or a /48) among which an operator spreads its customers in a city.
    pub blocks_per_city: Option<u16>,
    /// Cities that people live in or travel to far away, that hosters are in and attackers come from:
    /// the largest of the world's.
    pub far_cities: Option<usize>,
    /// Cities around another that anybody has to do with: the largest of them.
    pub near_cities: Option<usize>,
}

impl Variety {
    /// The cities far away, in the order of their size.
    pub(in crate::simulate) fn far(&self) -> &'static [City] {
        let cities = geo::cities();
        &cities[..self.far_cities.unwrap_or(cities.len()).min(cities.len())]
    }

    pub(super) fn check(&self) -> Result<(), CompanyError> {
        let numbers = [
            ("blocks_per_city", self.blocks_per_city.map(f64::from)),
            ("far_cities", self.far_cities.map(|cities| cities as f64)),
            ("near_cities", self.near_cities.map(|cities| cities as f64)),
        ];
        for (name, number) in numbers {
            within(
                &format!("variety.{name}"),
                number.unwrap_or(1.0),
                1.0..=4_096.0,
            )?;
        }
        Ok(())
    }
}
