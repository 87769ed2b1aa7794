//! What a verdict changes in what is known of a user: what came with a login is learnt as one
//! sighting, or what was first seen since an incident began is taken out; both can be taken back.

use super::user::{UserCell, probation_of};
use crate::codec::{Wire, wire_struct};
use crate::enrich::geo::Point;
use crate::login::{Id, Login};
use crate::sketch::{FrequencyEntry, FrequencyList};

/// What a login came with, as far as lists of what is familiar go.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sighting {
    pub device: Option<Id>,
    pub address: Option<Id>,
    pub block: Option<Id>,
    pub asn: Option<Id>,
    pub country: Option<Id>,
    pub city: Option<Id>,
    pub agent: Option<Id>,
    pub browser: Option<Id>,
    pub operating_system: Option<Id>,
    pub device_type: Option<Id>,
    pub point: Option<Point>,
}

wire_struct!(Sighting {
    device,
    address,
    block,
    asn,
    country,
    city,
    agent,
    browser,
    operating_system,
    device_type,
    point
});

impl Sighting {
    #[must_use]
    pub fn of(login: &Login) -> Self {
        let agent = login.agent.as_ref();
        Self {
            device: login.device,
            address: login.address,
            block: login.block,
            asn: login.asn,
            country: login.country,
            city: login.city,
            agent: agent.map(|agent| agent.text),
            browser: agent.map(|agent| agent.browser),
            operating_system: agent.map(|agent| agent.operating_system),
            device_type: agent.map(|agent| agent.device_type),
            point: login.point,
        }
    }

    fn network(&self) -> Option<Id> {
        self.asn.or(self.block)
    }

    fn in_order(&self) -> [Option<Id>; 10] {
        [
            self.device,
            self.address,
            self.block,
            self.asn,
            self.country,
            self.city,
            self.agent,
            self.browser,
            self.operating_system,
            self.device_type,
        ]
    }
}

/// A change of one list, by the list's place among all.
#[derive(Clone, Debug, PartialEq)]
pub enum ListChange {
    /// Taken out.
    Forgotten(u8, FrequencyEntry),
    /// Counted once.
    Learnt(u8, Id),
    /// A place that was counted once.
    Place(Point),
    /// Not doubted any more.
    Cleared(Doubt, FrequencyEntry),
}

/// What is doubted of a user after a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    Device,
    Network,
}

impl Doubt {
    const ALL: [Self; 2] = [Self::Device, Self::Network];
}

impl Wire for ListChange {
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        match self {
            Self::Forgotten(list, entry) => {
                out.extend([0, *list]);
                entry.write(base_s, out);
            }
            Self::Learnt(list, id) => {
                out.extend([1, *list]);
                id.write(base_s, out);
            }
            Self::Place(point) => {
                out.extend([2, 0]);
                point.write(base_s, out);
            }
            Self::Cleared(doubt, entry) => {
                out.extend([3, *doubt as u8]);
                entry.write(base_s, out);
            }
        }
    }

    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        let head = crate::codec::take(input, 2)?;
        let (kind, list) = (head[0], head[1]);
        match kind {
            0 => Some(Self::Forgotten(list, Wire::read(base_s, input)?)),
            1 => Some(Self::Learnt(list, Wire::read(base_s, input)?)),
            2 if list == 0 => Some(Self::Place(Wire::read(base_s, input)?)),
            3 => {
                let doubt = *Doubt::ALL.get(usize::from(list))?;
                Some(Self::Cleared(doubt, Wire::read(base_s, input)?))
            }
            _ => None,
        }
    }
}

/// The place of what is on probation: after all lists of what is familiar.
const PROBATION: u8 = 10;

/// A list of whatever length.
trait Known {
    fn learn(&mut self, id: Id, time_s: u32);
    fn unlearn(&mut self, id: Id);
    fn forget_since(&mut self, id: Id, since_s: u32) -> Option<FrequencyEntry>;
    fn put_back(&mut self, entry: FrequencyEntry);
}

impl<const N: usize> Known for FrequencyList<N> {
    fn learn(&mut self, id: Id, time_s: u32) {
        self.add(id, time_s);
    }
    fn unlearn(&mut self, id: Id) {
        self.take_sighting(id);
    }
    fn forget_since(&mut self, id: Id, since_s: u32) -> Option<FrequencyEntry> {
        self.get(id).filter(|known| known.first_s >= since_s)?;
        self.remove(id)
    }
    fn put_back(&mut self, entry: FrequencyEntry) {
        self.restore(entry);
    }
}

impl UserCell {
    fn lists(&mut self) -> [&mut dyn Known; 10] {
        [
            &mut self.devices,
            &mut self.addresses,
            &mut self.blocks,
            &mut self.asns,
            &mut self.countries,
            &mut self.cities,
            &mut self.agents,
            &mut self.browsers,
            &mut self.operating_systems,
            &mut self.device_types,
        ]
    }

    /// Takes out what came with a login and was first seen since a time. Counts of all sightings
    /// stay.
    pub fn forget_since(&mut self, sighting: &Sighting, since_s: u32) -> Vec<ListChange> {
        let mut changes = self.end_probation(sighting);
        let ids = sighting.in_order();
        let lists = self.lists().into_iter().zip(ids).enumerate();
        changes.extend(lists.filter_map(|(list, (known, id))| {
            let entry = known.forget_since(id?, since_s)?;
            Some(ListChange::Forgotten(list as u8, entry))
        }));
        changes
    }

    /// Takes out the days on which what came with a login was on probation: an analyst's word counts
    /// instead.
    fn end_probation(&mut self, sighting: &Sighting) -> Vec<ListChange> {
        let ids = probation_of(sighting.device, sighting.agent, sighting.network());
        let ended = ids.into_iter().filter_map(|id| {
            let entry = self.probation.remove(id?)?;
            Some(ListChange::Forgotten(PROBATION, entry))
        });
        ended.collect()
    }

    fn doubted(&mut self, doubt: Doubt) -> &mut FrequencyList<8> {
        match doubt {
            Doubt::Device => &mut self.suspect_devices,
            Doubt::Network => &mut self.suspect_networks,
        }
    }

    /// Counts what came with a login as seen once, and doubts it no more.
    pub fn learn_sighting(&mut self, sighting: &Sighting, time_s: u32) -> Vec<ListChange> {
        let doubted = [
            (Doubt::Device, sighting.device),
            (Doubt::Network, sighting.network()),
        ];
        let cleared = doubted.into_iter().filter_map(|(doubt, id)| {
            let entry = self.doubted(doubt).remove(id?)?;
            Some(ListChange::Cleared(doubt, entry))
        });
        let mut changes: Vec<ListChange> = cleared.collect();
        changes.extend(self.end_probation(sighting));
        let ids = sighting.in_order();
        let lists = self.lists().into_iter().zip(ids).enumerate();
        changes.extend(lists.filter_map(|(list, (known, id))| {
            known.learn(id?, time_s);
            Some(ListChange::Learnt(list as u8, id?))
        }));
        if let Some(point) = sighting.point {
            self.places.learn(point, time_s);
            changes.push(ListChange::Place(point));
        }
        changes
    }

    /// Takes changes back.
    pub fn take_back(&mut self, changes: &[ListChange]) {
        for change in changes.iter().rev() {
            let list = |list: &u8| usize::from(*list);
            match change {
                ListChange::Forgotten(PROBATION, entry) => self.probation.restore(*entry),
                ListChange::Forgotten(number, entry) => {
                    if let Some(known) = self.lists().get_mut(list(number)) {
                        known.put_back(*entry);
                    }
                }
                ListChange::Learnt(number, id) => {
                    if let Some(known) = self.lists().get_mut(list(number)) {
                        known.unlearn(*id);
                    }
                }
                ListChange::Place(point) => self.places.unlearn(*point),
                ListChange::Cleared(doubt, entry) => self.doubted(*doubt).restore(*entry),
            }
        }
    }
}
