//! The runs over whole worlds: profiles have room, so that a restart changes nothing at all.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::{Process, StepClock, digest, generator};
use crate::model::Model;
use crate::pipeline::tests::{Alerts, alerts, detector, parts, world};
use crate::pipeline::*;
use crate::profile::{Limits, ProfileLimits};

/// What a run is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Setting {
    pub world: u64,
    pub partitions: usize,
    pub keyed: bool,
    /// After how long what is idle is forgotten; a world lasts twelve days.
    pub idle_hours: u32,
    pub verdicts: Verdicts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Verdicts {
    /// Of the shipped model: some logins are flagged and teach nothing.
    Real,
    /// Every login is an alert.
    All,
    None,
}

impl Verdicts {
    pub(super) fn detector(self, model: &Arc<Model>) -> Detector {
        let risk = match self {
            Self::Real => 0.01,
            Self::All => 0.0,
            Self::None => 1.1,
        };
        detector(Arc::clone(model), risk)
    }
}

impl Setting {
    pub(super) fn draw(rng: &mut Xoshiro256PlusPlus) -> Self {
        Self {
            world: rng.random_range(1..4),
            partitions: rng.random_range(1..5),
            keyed: rng.random(),
            idle_hours: [1, 6, 30, 24 * 180][rng.random_range(0..4)],
            verdicts: Verdicts::Real,
        }
    }

    pub(super) fn broker(&self) -> MemoryBroker {
        world(self.world, self.partitions, self.keyed)
    }

    fn limits(&self) -> ProfileLimits {
        let idle_s = self.idle_hours * 3_600;
        let with = |limits: Limits| Limits { idle_s, ..limits };
        let limits = ProfileLimits::default();
        ProfileLimits {
            users: with(limits.users),
            devices: with(limits.devices),
            networks: with(limits.networks),
            prevalences: with(limits.prevalences),
            tenants: with(limits.tenants),
        }
    }

    pub(super) fn start(
        &self,
        broker: &MemoryBroker,
        max_records: usize,
        bytes_per_second: u32,
    ) -> Process {
        let mut parts = parts(broker, StepClock::default());
        parts.detector = self.verdicts.detector(parts.detector.model());
        parts.profiles = Profiles::new(&self.limits());
        parts.config.max_records = max_records;
        parts.config.contributions = 0;
        parts.checkpoint.bytes_per_second = bytes_per_second;
        parts.checkpoint.max_redo = 200;
        Pipeline::new(parts)
    }

    /// What one process gives that never crashes.
    pub(super) fn reference(&self) -> Reference {
        let broker = self.broker();
        let mut process = self.start(&broker, 100, 1 << 30);
        while !broker.is_drained() {
            process.turn().unwrap();
        }
        Reference {
            alerts: alerts(&broker),
            incidents: incidents(&broker),
            digest: digest(&process),
            held_back: process.parts.metrics.held_back.get(),
        }
    }
}

/// The records of incidents, those of one together in their order.
pub(super) fn incidents(broker: &MemoryBroker) -> Vec<(String, String)> {
    let text = |json| String::from_utf8(json).unwrap();
    let records = broker.incidents().into_iter();
    let mut records: Vec<(String, String)> = records
        .map(|record| (record.key, text(record.json)))
        .collect();
    records.sort_by(|left, right| left.0.cmp(&right.0));
    records
}

pub(super) struct Reference {
    pub alerts: Alerts,
    pub incidents: Vec<(String, String)>,
    pub digest: String,
    pub held_back: u64,
}

/// Runs many seeds, each with a setting and what it has to come to.
pub(super) fn run_seeds(
    count: u64,
    draw: impl Fn(&mut Xoshiro256PlusPlus) -> Setting + Sync,
    run: impl Fn(u64, &mut Xoshiro256PlusPlus, Setting, &Reference) + Sync,
) {
    let mut settings: Vec<Setting> = (0..count).map(|seed| draw(&mut generator(seed))).collect();
    settings.sort_unstable();
    settings.dedup();
    let references: BTreeMap<Setting, Reference> = settings
        .into_par_iter()
        .map(|setting| (setting, setting.reference()))
        .collect();
    (0..count).into_par_iter().for_each(|seed| {
        let mut rng = generator(seed);
        let setting = draw(&mut rng);
        run(seed, &mut rng, setting, &references[&setting]);
    });
}
