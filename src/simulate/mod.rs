//! Worlds to learn from and to test with: a population that logs in, and attackers among it.
//!
//! Every choice comes from one seed. Events come in time order, no two at the same millisecond.

mod attacks;
mod campaign;
mod company;
mod devices;
mod drill;
mod family;
mod habits;
mod mishaps;
mod network;
mod output;
mod places;
mod planned;
mod population;
mod story;
mod usage;
mod whereabouts;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

use crate::login::{Event, Truth};
use campaign::Campaign;
use population::Population;

pub use company::{Company, CompanyError};
pub use drill::{Drill, DrillError, families};
pub use output::{COLUMNS, row};

/// The generator of every choice: a named algorithm, so that a seed means the same world on every
/// machine.
type Random = Xoshiro256PlusPlus;

/// No login moves more: a stream refuses it.
const MOST_BYTES: u64 = 1 << 50;
const DAY_MS: i64 = 86_400_000;
/// 2025-01-06T00:00:00Z, a Monday: where worlds begin unless told otherwise.
pub const DEFAULT_START_MS: i64 = 1_736_121_600_000;

/// How long worlds last unless told otherwise.
pub const DAYS: u32 = 30;
/// Events that a user makes in those days, roughly.
const EVENTS_PER_USER: u64 = 57;

/// What world to make.
#[derive(Clone, Debug)]
pub struct Options {
    pub users: u32,
    pub days: u32,
    pub seed: u64,
    pub start_ms: i64,
    /// The share of all events that attackers send, at most.
    pub attack_share: f64,
    pub company: Life,
    /// The tenant all of it belongs to: worlds with different ones can be mixed.
    pub tenant: String,
}

/// How the company of a world lives.
#[derive(Clone, Debug, Default)]
pub enum Life {
    /// As most do; its provider sends everything.
    #[default]
    Typical,
    /// Drawn in every respect, what its provider sends too: no two worlds alike, to learn from.
    Varied,
    /// As somebody wrote it down.
    Described(Arc<Company>),
}

impl Options {
    /// A company that makes about so many events in so many days, of no fewer users than some.
    #[must_use]
    pub fn of_about(events: u64, days: u32, least_users: u64) -> Self {
        let each = EVENTS_PER_USER * u64::from(days) / u64::from(DAYS);
        let users = (events / each.max(1)).max(least_users);
        Self {
            users: u32::try_from(users).unwrap_or(u32::MAX),
            days,
            ..Self::default()
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            users: 1_000,
            days: DAYS,
            seed: 1,
            start_ms: DEFAULT_START_MS,
            attack_share: 0.01,
            company: Life::Typical,
            tenant: "default".to_owned(),
        }
    }
}

const PURPOSE_COMPANY: u64 = 7;

/// A moment of a world, on its way to becoming an event.
#[derive(Clone, Debug)]
struct Draft {
    time_ms: i64,
    event: Event<'static>,
}

/// A world that unfolds day by day: an iterator over its events.
pub struct World {
    options: Options,
    company: Arc<Company>,
    /// Decides what the provider leaves out.
    leaving_out: Random,
    population: Population,
    campaigns: Vec<Campaign>,
    day: u32,
    /// Events by (time, order of making), not yet due.
    waiting: BTreeMap<(i64, u64), Event<'static>>,
    made: u64,
    last_ms: i64,
}

/// A generator for one purpose of one seed.
fn random(seed: u64, purpose: u64, index: u64) -> Random {
    let mixed = seed
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(purpose.wrapping_mul(0xBF58_476D_1CE4_E5B9))
        .wrapping_add(index.wrapping_mul(0x94D0_49BB_1331_11EB));
    Random::seed_from_u64(mixed)
}

/// The place of one of some weights, the greater the likelier.
fn weighted(weights: impl Iterator<Item = f64> + Clone, random: &mut Random) -> usize {
    let all: f64 = weights.clone().sum();
    let mut left = random.random_range(0.0..all);
    let mut last = 0;
    for (place, weight) in weights.enumerate().filter(|(_, weight)| *weight > 0.0) {
        last = place;
        if left < weight {
            break;
        }
        left -= weight;
    }
    last
}

/// A number of a range, the only one where both its ends are the same.
fn drawn(range: Range<f64>, random: &mut Random) -> f64 {
    if range.is_empty() {
        return range.start;
    }
    random.random_range(range)
}

/// A number between two, as likely within one doubling as within another.
fn between(least: f64, most: f64, random: &mut Random) -> f64 {
    drawn(least.ln()..most.ln(), random).exp()
}

impl World {
    #[must_use]
    pub fn new(options: Options) -> Self {
        let company = match &options.company {
            Life::Typical => Arc::default(),
            Life::Varied => Arc::new(Company::drawn(&mut random(
                options.seed,
                PURPOSE_COMPANY,
                0,
            ))),
            Life::Described(company) => Arc::clone(company),
        };
        let population = Population::new(&options, Arc::clone(&company));
        let campaigns = campaign::plan(&options, &population);
        Self {
            company,
            leaving_out: random(options.seed, PURPOSE_COMPANY, 1),
            options,
            population,
            campaigns,
            day: 0,
            waiting: BTreeMap::new(),
            made: 0,
            last_ms: 0,
        }
    }

    /// How many days have been made, of how many.
    #[must_use]
    pub fn progress(&self) -> (u32, u32) {
        (self.day, self.options.days)
    }

    fn make_day(&mut self) {
        let day = self.day;
        self.day += 1;
        let mut drafts = Vec::new();
        habits::day(&self.options, &self.population, day, &mut drafts);
        for campaign in &self.campaigns {
            campaign.day(&self.options, day, &mut drafts);
        }
        for mut draft in drafts {
            if draft.event.truth.label.is_none() {
                draft.event.truth = honest();
            }
            self.waiting.insert((draft.time_ms, self.made), draft.event);
            self.made += 1;
        }
    }

    /// The start of the day that is being made: what is later may still be preceded.
    fn due_ms(&self) -> i64 {
        if self.day >= self.options.days {
            return i64::MAX;
        }
        // Local days begin up to 14 hours before the UTC day, and an attack's burst may straddle
        // midnight.
        self.options.start_ms + i64::from(self.day) * DAY_MS - DAY_MS
    }
}

impl Iterator for World {
    type Item = Event<'static>;

    fn next(&mut self) -> Option<Event<'static>> {
        loop {
            let due_ms = self.due_ms();
            if let Some(entry) = self.waiting.first_entry()
                && entry.key().0 < due_ms
            {
                let ((time_ms, number), mut event) = entry.remove_entry();
                event.time_ms = time_ms.max(self.last_ms + 1);
                self.last_ms = event.time_ms;
                let bytes = |bytes: u64| bytes.min(MOST_BYTES);
                event.bytes_in = event.bytes_in.map(bytes);
                event.bytes_out = event.bytes_out.map(bytes);
                self.company
                    .provider
                    .send(&mut event, &mut self.leaving_out);
                event.tenant = Cow::Owned(self.options.tenant.clone());
                event.event_id = Some(Cow::Owned(format!("{:x}-{number:x}", self.options.seed)));
                return Some(event);
            }
            if self.day >= self.options.days {
                return None;
            }
            self.make_day();
        }
    }
}

/// The day of a world that a time falls on.
fn day_of(options: &Options, time_ms: i64) -> u32 {
    ((time_ms - options.start_ms).max(0) / DAY_MS) as u32
}

/// The label of an honest event.
fn honest() -> Truth<'static> {
    Truth {
        label: Some(false),
        attack: None,
        campaign: None,
    }
}

#[cfg(test)]
mod tests;
