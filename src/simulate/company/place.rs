//! A city that a company names.

use serde::Deserialize;

use crate::enrich::geo::{self, City};
use crate::spelling;

/// One of the large cities of the world, written `Bern`, or `Bern, CH` where several have the name.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(in crate::simulate) struct Place(&'static City);

impl Place {
    pub(in crate::simulate) fn city(self) -> &'static City {
        self.0
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl TryFrom<String> for Place {
    type Error = String;

    /// The largest city of the name.
    fn try_from(text: String) -> Result<Self, String> {
        let (name, country) = match text.split_once(',') {
            Some((name, country)) => (name.trim(), Some(country.trim())),
            None => (text.trim(), None),
        };
        let iso = match country
            .map(|name| geo::country(name).ok_or(name))
            .transpose()
        {
            Ok(country) => country.map(|country| country.iso),
            Err(name) => return Err(format!("there is no country `{name}`: give its ISO code")),
        };
        let mut cities = geo::cities().iter();
        let of_country = |city: &&City| iso.is_none_or(|iso| city.iso == iso);
        let there = cities.clone().filter(of_country);
        if let Some(found) = there.clone().find(|city| city.name == name) {
            return Ok(Self(found));
        }
        if let Some(elsewhere) = cities.find(|city| city.name == name) {
            return Err(format!(
                "`{text}` is not among the large cities; there is one in {}",
                elsewhere.iso
            ));
        }
        let nearest = spelling::did_you_mean(name, there.map(|city| city.name));
        Err(format!(
            "the city `{text}` is not known{}",
            match nearest.as_str() {
                "" => "; name a large one that is near",
                nearest => nearest,
            }
        ))
    }
}
