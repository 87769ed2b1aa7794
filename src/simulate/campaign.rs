//! Which campaigns a world has, and when.

use std::borrow::Cow;

use rand::RngExt;

use super::attacks::Attacker;
use super::family::FAMILIES;
use super::population::Population;
use super::{Draft, Options, day_of, random};
use crate::login::Truth;

const PURPOSE_PLAN: u64 = 5;
const PURPOSE_CAMPAIGN: u64 = 6;
/// Honest events a user sends a day, roughly: what the share of attacks is reckoned against.
const EVENTS_PER_USER_DAY: f64 = 1.9;

/// One attacker's plan: its events, ready made, by day.
#[derive(Clone, Debug)]
pub(super) struct Campaign {
    drafts: Vec<Draft>,
    first_day: u32,
    last_day: u32,
}

impl Campaign {
    /// Adds the events of a day.
    pub(super) fn day(&self, options: &Options, day: u32, drafts: &mut Vec<Draft>) {
        if !(self.first_day..=self.last_day).contains(&day) {
            return;
        }
        let due = self
            .drafts
            .iter()
            .filter(|draft| day_of(options, draft.time_ms) == day);
        drafts.extend(due.cloned());
    }
}

/// Plans campaigns until their events reach the share asked for.
pub(super) fn plan(options: &Options, population: &Population) -> Vec<Campaign> {
    let honest = f64::from(options.users) * f64::from(options.days) * EVENTS_PER_USER_DAY;
    let budget = (honest * options.attack_share / (1.0 - options.attack_share)) as usize;
    // One wide campaign must not use up the attacks of a small world.
    let most_events = (budget / FAMILIES.len()).clamp(20, 400);
    let mut random_plan = random(options.seed, PURPOSE_PLAN, 0);
    let mut campaigns = Vec::new();
    let mut events = 0;
    let offset = random_plan.random_range(0..FAMILIES.len());
    for number in 0.. {
        if events >= budget {
            break;
        }
        let (family, name) = FAMILIES[(number + offset) % FAMILIES.len()];
        let random = &mut random(options.seed, PURPOSE_CAMPAIGN, number as u64);
        let mut attacker = Attacker::new(
            options,
            population,
            random,
            most_events.min(budget - events),
        );
        attacker.attack(family, random);
        let label = Truth {
            label: Some(true),
            attack: Some(Cow::Borrowed(name)),
            campaign: Some(Cow::Owned(format!("c{number}"))),
        };
        let mut drafts = attacker.drafts;
        // Nothing happens after the end of the world.
        drafts.retain(|draft| day_of(options, draft.time_ms) < options.days);
        for draft in &mut drafts {
            draft.event.truth = label.clone();
        }
        events += drafts.len().max(1);
        let days = drafts.iter().map(|draft| day_of(options, draft.time_ms));
        if let (Some(first_day), Some(last_day)) = (days.clone().min(), days.max()) {
            campaigns.push(Campaign {
                drafts,
                first_day,
                last_day,
            });
        }
    }
    campaigns
}
