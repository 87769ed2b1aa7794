//! Where a company is: its offices, the exits of its VPN, and machines that people share.

use std::ops::Range;

use rand::RngExt;

use super::company::{Company, Group, Happening};
use super::devices::{Browser, Device, System, device};
use super::network::{Networks, Operator, Origin, random_city};
use super::{Options, Random};
use crate::enrich::geo::City;

/// A place to work with a few addresses for all.
#[derive(Clone, Debug)]
pub(super) struct Office {
    pub city: &'static City,
    operator: Operator,
    number: u64,
    exits: u64,
    weight: f64,
    /// From this day on it has this provider.
    next: Option<(i32, Operator)>,
}

impl Office {
    /// Where a login from there seems to come from.
    pub(super) fn origin(&self, day: i32, random: &mut Random) -> Origin {
        let operator = match &self.next {
            Some((from_day, next)) if day >= *from_day => next,
            _ => &self.operator,
        };
        let exit = if self.exits > 1 {
            random.random_range(0..self.exits)
        } else {
            0
        };
        Origin {
            city: self.city,
            asn: operator.asn,
            // Hundreds of exits are more than a block has.
            address: operator.neighbour(self.city, self.number + (exit >> 7), (exit & 127) as u8),
        }
    }
}

/// An exit of the company's VPN.
#[derive(Clone, Debug)]
struct VpnExit {
    city: &'static City,
    operator: Operator,
    number: u64,
}

/// Machines in an office that a group of people share.
#[derive(Clone, Debug)]
pub(super) struct Station {
    pub office: usize,
    machines: Vec<Device>,
}

impl Station {
    /// The machine that somebody sits down at: the first ones stand nearest to the door.
    pub(super) fn machine(&self, random: &mut Random) -> &Device {
        match self.machines.as_slice() {
            [only] => only,
            several => {
                let near = random.random_range(0.0..1.0f64).powf(1.3);
                &several[((near * several.len() as f64) as usize).min(several.len() - 1)]
            }
        }
    }
}

/// A company's places.
#[derive(Clone, Debug)]
pub(super) struct Places {
    pub offices: Vec<Office>,
    vpn_exits: Vec<VpnExit>,
    pub stations: Vec<Station>,
    /// By group, which stations are its own.
    stations_of_groups: Vec<Range<usize>>,
    /// By group, the offices at which its people work, where they do not work at all of them.
    offices_of_groups: Vec<Option<Vec<usize>>>,
    pub relay: Operator,
    /// What the help desk works with, in the first office.
    pub help_desk: Device,
}

const PURPOSE_HELP_DESK: u64 = 15;

impl Places {
    pub(super) fn new(
        options: &Options,
        company: &Company,
        networks: &Networks,
        random: &mut Random,
    ) -> Self {
        let capital = random_city(random);
        let offices = if company.sites.is_empty() {
            drawn_offices(options, company, capital, networks, random)
        } else {
            sites(company, networks, random)
        };
        let vpn_exits = networks.hosters.iter().take(company.vpn_exits).enumerate();
        let vpn_exits = vpn_exits
            .map(|(number, (operator, city))| VpnExit {
                city,
                operator: operator.clone(),
                number: 1 << 41 | number as u64,
            })
            .collect();
        let mut places = Self {
            offices,
            vpn_exits,
            stations: Vec::new(),
            stations_of_groups: Vec::new(),
            offices_of_groups: company
                .groups
                .iter()
                .map(|group| offices_of(company, group))
                .collect(),
            relay: networks.hosters[networks.hosters.len() - 1].0.clone(),
            help_desk: {
                let random = &mut super::random(options.seed, PURPOSE_HELP_DESK, 0);
                companys(device(System::Windows, Browser::Edge, 0, random))
            },
        };
        let all: f64 = company.groups.iter().map(|group| group.weight).sum();
        for (number, group) in company.groups.iter().enumerate() {
            let people = f64::from(options.users) * (group.weight / all);
            places.add_stations(company, number, people, random);
        }
        places
    }

    fn add_stations(&mut self, company: &Company, group: usize, people: f64, random: &mut Random) {
        let shared = &company.groups[group].stations;
        let (system, browser) = if shared.app {
            (System::Android, Browser::App)
        } else {
            (System::Windows, Browser::Chrome)
        };
        let first = self.stations.len();
        let at_them = (people * shared.share.get()) as usize;
        for _ in 0..at_them.div_ceil(shared.people as usize) {
            let machines = (0..shared.machines)
                .map(|_| companys(device(system, browser, 0, random)))
                .collect();
            let office = self.office_of(company, group, random);
            self.stations.push(Station { office, machines });
        }
        self.stations_of_groups.push(first..self.stations.len());
    }

    /// Where the help desk works on a day.
    pub(super) fn help_desk_origin(&self, day: i32, random: &mut Random) -> Origin {
        self.offices[0].origin(day, random)
    }

    pub(super) fn stations_of(&self, group: usize) -> Range<usize> {
        self.stations_of_groups[group].clone()
    }

    /// An office that somebody of a group works at.
    pub(super) fn office_of(&self, company: &Company, group: usize, random: &mut Random) -> usize {
        if company.sites.is_empty() {
            return random.random_range(0..self.offices.len());
        }
        match &self.offices_of_groups[group] {
            None => super::weighted(self.offices.iter().map(|office| office.weight), random),
            Some(offices) => {
                let weights = offices.iter().map(|office| self.offices[*office].weight);
                offices[super::weighted(weights, random)]
            }
        }
    }

    /// Where a login through the company's VPN seems to come from.
    pub(super) fn vpn(&self, random: &mut Random) -> Origin {
        let exit = &self.vpn_exits[random.random_range(0..self.vpn_exits.len())];
        Origin::new(
            exit.city,
            &exit.operator,
            exit.number << 3 | random.random_range(0..4),
        )
    }

    /// How many of the hosters are the company's own exits: the first ones.
    pub(super) fn own_hosters(&self) -> usize {
        self.vpn_exits.len()
    }
}

/// A device of the company.
fn companys(device: Device) -> Device {
    Device {
        is_managed: true,
        ..device
    }
}

/// Offices in the world, or within reach of the first one.
fn drawn_offices(
    options: &Options,
    company: &Company,
    capital: &'static City,
    networks: &Networks,
    random: &mut Random,
) -> Vec<Office> {
    let count = 2 + u64::from((options.users / company.users_per_office).min(40));
    (0..count)
        .map(|number| {
            let city = match number {
                0 => capital,
                _ if company.worldwide => random_city(random),
                _ => networks.city_near(capital, 800.0, random),
            };
            Office {
                city,
                operator: networks.access(city.iso, random),
                number: 1 << 40 | number,
                exits: 1,
                weight: 1.0,
                next: None,
            }
        })
        .collect()
}

/// The offices that a company names.
fn sites(company: &Company, networks: &Networks, random: &mut Random) -> Vec<Office> {
    let sites = company.sites.iter().enumerate();
    sites
        .map(|(number, site)| {
            let city = site.city.city();
            let moves = company.events.iter().find_map(|event| match event {
                Happening::NewConnection { site: name, day } if *name == site.name => Some(*day),
                _ => None,
            });
            let operator = networks.access(city.iso, random);
            let next = moves.map(|day| (day, networks.other(&operator, city.iso, random)));
            Office {
                city,
                number: 1 << 40 | (number as u64) << 8,
                exits: site.exits,
                weight: site.weight,
                next,
                operator,
            }
        })
        .collect()
}

fn offices_of(company: &Company, group: &Group) -> Option<Vec<usize>> {
    if group.sites.is_empty() {
        return None;
    }
    let sites = company.sites.iter().enumerate();
    let named = sites.filter(|(_, site)| group.sites.contains(&site.name));
    Some(named.map(|(number, _)| number).collect())
}
