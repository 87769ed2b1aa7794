//! Which campaigns a world has, and when.

use std::borrow::Cow;

use rand::RngExt;

use super::attacks::Attacker;
use super::company::{Attackers, Share};
use super::family::{AttackFamily, FAMILIES};
use super::population::Population;
use super::{Draft, Options, day_of, random, weighted};
use crate::login::Truth;

const PURPOSE_PLAN: u64 = 5;
const PURPOSE_CAMPAIGN: u64 = 6;
const PURPOSE_STEALTH: u64 = 14;
/// Honest events a login of a user makes over the week, roughly: weekends are quiet, errors and
/// challenges come on top.
const EVENTS_PER_LOGIN: f64 = 1.0;

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

/// How careful one attacker of a company is.
fn stealth(attackers: &Attackers, seed: u64, number: u64) -> Option<f64> {
    let [least, most] = attackers.stealth?.map(Share::get);
    let part = random(seed, PURPOSE_STEALTH, number).random_range(0.0..1.0);
    Some(least + (most - least) * part)
}

/// Plans campaigns until their events reach the share asked for.
pub(super) fn plan(options: &Options, population: &Population) -> Vec<Campaign> {
    let logins: f64 = population
        .users
        .iter()
        .map(|user| user.logins_per_day)
        .sum();
    let honest = logins * f64::from(options.days) * EVENTS_PER_LOGIN;
    let budget = (honest * options.attack_share / (1.0 - options.attack_share)) as usize;
    // One wide campaign must not use up the attacks of a small world.
    let most_events = (budget / FAMILIES.len()).clamp(20, 400);
    let mut random_plan = random(options.seed, PURPOSE_PLAN, 0);
    let mut campaigns = Vec::new();
    let mut events = 0;
    let attackers = &population.company.attackers;
    let challenges = population.company.provider.challenges;
    let offset = random_plan.random_range(0..FAMILIES.len());
    for number in 0.. {
        if events >= budget {
            break;
        }
        let place = if attackers.families.is_empty() {
            (number + offset) % FAMILIES.len()
        } else {
            weighted(attackers.weights(challenges), &mut random_plan)
        };
        let (family, name) = FAMILIES[place];
        // Without such events there is nothing of the family to be seen.
        if family == AttackFamily::MfaFatigue && !challenges {
            continue;
        }
        let random = &mut random(options.seed, PURPOSE_CAMPAIGN, number as u64);
        let mut attacker = Attacker::new(
            options,
            population,
            random,
            most_events.min(budget - events),
        );
        attacker.set_stealth(stealth(attackers, options.seed, number as u64));
        attacker.attack(family, random);
        let label = Truth {
            label: Some(true),
            attack: Some(Cow::Borrowed(name)),
            campaign: Some(Cow::Owned(format!("c{number}"))),
        };
        let mut drafts = attacker.drafts;
        // Nothing happens after the end of the world.
        drafts.retain(|draft| day_of(options, draft.time_ms) < options.days);
        // A victim's own login may be part of the story.
        for draft in drafts
            .iter_mut()
            .filter(|draft| draft.event.truth.label.is_none())
        {
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
