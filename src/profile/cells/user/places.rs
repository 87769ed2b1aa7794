//! Where a user gets in from.

use smallvec::SmallVec;

use crate::codec::{Wire, read_list, wire_struct, write_list};
use crate::enrich::geo::Point;

/// Known places are this far apart at least, km; nearer ones are one place.
const SAME_PLACE_KM: f64 = 50.0;
/// More degrees of latitude than that many kilometres.
const SAME_PLACE_DEGREES: f32 = 0.5;
const MAX_PLACES: usize = 8;

/// A place where the user has logged in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KnownPlace {
    pub point: Point,
    last_s: u32,
    count: u32,
}

wire_struct!(KnownPlace {
    point,
    last_s,
    count
});

impl KnownPlace {
    /// Successes from there.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Whether a point is of this place. The latitudes alone say that most others are far.
    fn is_at(&self, point: Point) -> bool {
        (self.point.latitude - point.latitude).abs() < SAME_PLACE_DEGREES
            && self.point.distance_km(&point) < SAME_PLACE_KM
    }
}

/// Where the user has logged in, at most [`MAX_PLACES`] places apart from each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places(SmallVec<[KnownPlace; 1]>);

impl Places {
    pub fn iter(&self) -> impl Iterator<Item = &KnownPlace> {
        self.0.iter()
    }

    /// Where most successes are from.
    pub(super) fn most_frequent(&self) -> Option<Point> {
        let most = self
            .0
            .iter()
            .max_by_key(|place| (place.count, place.last_s))?;
        Some(most.point)
    }

    /// Takes one sighting of a place back.
    pub(in crate::profile::cells) fn unlearn(&mut self, point: Point) {
        if let Some(at) = self.0.iter().position(|place| place.is_at(point)) {
            self.0[at].count = self.0[at].count.saturating_sub(1);
            if self.0[at].count == 0 {
                self.0.swap_remove(at);
            }
        }
    }

    pub(in crate::profile::cells) fn learn(&mut self, point: Point, time_s: u32) {
        if let Some(place) = self.0.iter_mut().find(|place| place.is_at(point)) {
            place.last_s = place.last_s.max(time_s);
            place.count = place.count.saturating_add(1);
            return;
        }
        if self.0.len() == MAX_PLACES {
            let least =
                (0..MAX_PLACES).min_by_key(|&index| (self.0[index].count, self.0[index].last_s));
            if let Some(index) = least {
                self.0.swap_remove(index);
            }
        }
        self.0.push(KnownPlace {
            point,
            last_s: time_s,
            count: 1,
        });
    }
}

impl Wire for Places {
    fn write(&self, base_s: u32, out: &mut Vec<u8>) {
        write_list(&self.0, base_s, out);
    }
    fn read(base_s: u32, input: &mut &[u8]) -> Option<Self> {
        read_list(base_s, input, MAX_PLACES).map(Self)
    }
}
