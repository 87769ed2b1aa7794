//! Who runs which addresses: access providers, mobile carriers, hosters and offices.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rand::RngExt;

use super::Random;
use super::company::{Company, Variety};
use crate::enrich::geo::{self, City};
use crate::enrich::hosting;

/// A network operator: a number and a prefix.
#[derive(Clone, Debug)]
pub(super) struct Operator {
    pub asn: u32,
    /// The upper 12 bits of its IPv4 addresses.
    prefix: u32,
    /// Gives its customers IPv6 addresses.
    v6: bool,
    /// Blocks that it has in a city; all of its blocks are everywhere where none are given.
    blocks_per_city: Option<u16>,
}

/// A number that no hoster of the public lists has.
fn access_number(random: &mut Random) -> u32 {
    loop {
        let asn = random.random_range(1_000..400_000);
        if !hosting::is_hosting(asn) {
            return asn;
        }
    }
}

impl Operator {
    fn new(blocks_per_city: Option<u16>, random: &mut Random) -> Self {
        Self {
            asn: access_number(random),
            // 11.0.0.0 to 223.255.0.0, without the loopback.
            prefix: loop {
                let prefix = random.random_range(11u32 << 4..224 << 4);
                if prefix >> 4 != 127 {
                    break prefix;
                }
            },
            v6: random.random_bool(0.15),
            blocks_per_city,
        }
    }

    /// A hoster, under a number of the public lists.
    fn listed(blocks_per_city: Option<u16>, random: &mut Random) -> Self {
        let numbers = hosting::HOSTING;
        Self {
            asn: numbers[random.random_range(0..numbers.len())].0,
            ..Self::new(blocks_per_city, random)
        }
    }

    /// The address of a customer: the same number, the same address.
    fn address(&self, city: &City, customer: u64) -> IpAddr {
        self.neighbour(city, customer, 0)
    }

    /// Another address of the customer's block.
    pub(super) fn neighbour(&self, city: &City, customer: u64, host: u8) -> IpAddr {
        let mixed = mix(customer);
        if self.v6 {
            let network = 0x2a00_0000u128 + u128::from(self.asn);
            let customer = self.block(city, mixed >> 16) << 16 | mixed & 0xffff;
            return IpAddr::V6(Ipv6Addr::from(
                network << 96
                    | u128::from(customer & 0xffff_ffff) << 64
                    | u128::from(host) << 8
                    | 1,
            ));
        }
        let block = self.block(city, mixed >> 8) as u32;
        IpAddr::V4(Ipv4Addr::from(
            self.prefix << 20 | (block & 0xfff) << 8 | u32::from((mixed as u8).wrapping_add(host)),
        ))
    }

    /// The block of a customer: any, or one of the few of a city.
    fn block(&self, city: &City, any: u64) -> u64 {
        self.blocks_per_city.map_or(any, |blocks| {
            let place =
                u64::from(city.latitude.to_bits()) << 32 | u64::from(city.longitude.to_bits());
            mix(place.wrapping_add(any % u64::from(blocks)))
        })
    }
}

/// Spreads numbers that stand close together.
fn mix(number: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20
}

/// Where a login comes from.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub city: &'static City,
    pub asn: u32,
    pub address: IpAddr,
}

impl Origin {
    pub(super) fn new(city: &'static City, operator: &Operator, customer: u64) -> Self {
        Self {
            city,
            asn: operator.asn,
            address: operator.address(city, customer),
        }
    }
}

/// The operators of a world by country, and the hosters that attackers and VPNs rent.
#[derive(Clone, Debug)]
pub(super) struct Networks {
    access: Vec<(&'static str, Vec<Operator>)>,
    carriers: Vec<(&'static str, Operator)>,
    pub hosters: Vec<(Operator, &'static City)>,
    variety: Variety,
}

/// Operators a country has.
const ACCESS_PROVIDERS: usize = 5;

impl Networks {
    pub(super) fn new(company: &Company, random: &mut Random) -> Self {
        let variety = company.variety;
        let operator = |random: &mut Random| Operator::new(variety.blocks_per_city, random);
        let mut countries: Vec<&'static str> = geo::cities().iter().map(|city| city.iso).collect();
        countries.sort_unstable();
        countries.dedup();
        let access = countries
            .iter()
            .map(|iso| {
                (
                    *iso,
                    (0..ACCESS_PROVIDERS).map(|_| operator(random)).collect(),
                )
            })
            .collect();
        let carriers = countries
            .iter()
            .map(|iso| (*iso, operator(random)))
            .collect();
        let hosters = (0..40)
            .map(|_| {
                let hoster = if company.listed_hosters {
                    Operator::listed(variety.blocks_per_city, random)
                } else {
                    operator(random)
                };
                (hoster, larger_of(variety.far(), random))
            })
            .collect();
        Self {
            access,
            carriers,
            hosters,
            variety,
        }
    }

    /// A city far away that somebody has to do with.
    pub(super) fn far_city(&self, random: &mut Random) -> &'static City {
        larger_of(self.variety.far(), random)
    }

    /// A city within a distance of another, km; the other itself where there is none.
    pub(super) fn city_near(
        &self,
        home: &'static City,
        most_km: f64,
        random: &mut Random,
    ) -> &'static City {
        let point = |city: &City| geo::Point::city(city.latitude, city.longitude);
        let mut near: Vec<&'static City> = geo::cities()
            .iter()
            .filter(|city| point(city).distance_km(&point(home)) <= most_km)
            .collect();
        near.truncate(self.variety.near_cities.unwrap_or(near.len()));
        near.get(random.random_range(0..near.len().max(1)))
            .copied()
            .unwrap_or(home)
    }

    pub(super) fn access(&self, iso: &str, random: &mut Random) -> Operator {
        let list = self
            .access
            .iter()
            .find(|(country, _)| *country == iso)
            .map(|(_, list)| list);
        match list {
            // The first providers of a country have most customers.
            Some(list) => list[random
                .random_range(0..ACCESS_PROVIDERS)
                .min(random.random_range(0..ACCESS_PROVIDERS))]
            .clone(),
            None => Operator::new(self.variety.blocks_per_city, random),
        }
    }

    /// Another operator of the country than this one.
    pub(super) fn other(&self, than: &Operator, iso: &str, random: &mut Random) -> Operator {
        loop {
            let operator = self.access(iso, random);
            if operator.asn != than.asn {
                return operator;
            }
        }
    }

    pub(super) fn carrier(&self, iso: &str) -> Option<&Operator> {
        self.carriers
            .iter()
            .find(|(country, _)| *country == iso)
            .map(|(_, operator)| operator)
    }
}

/// A city of the world, the larger the likelier.
pub(super) fn random_city(random: &mut Random) -> &'static City {
    larger_of(geo::cities(), random)
}

/// One of cities that stand in the order of their size, the larger the likelier.
fn larger_of(cities: &'static [City], random: &mut Random) -> &'static City {
    let (one, other) = (
        random.random_range(0..cities.len()),
        random.random_range(0..cities.len()),
    );
    &cities[one.min(other)]
}
