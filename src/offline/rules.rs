//! What each rule finds and costs, beside the risk and the other rules.

use std::collections::BTreeMap;

use serde::Serialize;

use super::dataset::Labelled;
use crate::detector::{RuleSet, Rules, Verdict};

/// What a rule found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RuleResult {
    pub name: &'static str,
    /// Whether it is only counted.
    pub shadow: bool,
    /// Logins of attacks that meet it, and campaigns with such.
    pub attack_logins: u64,
    pub campaigns: u64,
    /// Those of them of which neither the risk nor another rule flags a login.
    pub campaigns_only: u64,
    /// Honest logins that meet it.
    pub honest_logins: u64,
    /// Those of them that neither the risk nor another rule flags: its own cost.
    pub honest_only: u64,
    pub honest_only_a_million: f64,
}

/// Who flags a login, or some login of a campaign.
#[derive(Clone, Copy, Debug, Default)]
struct Finders {
    by_risk: bool,
    flagging: RuleSet,
    met: RuleSet,
}

impl Finders {
    /// Whether a rule does, or would, and nothing else.
    fn only(&self, place: usize) -> bool {
        self.met.has(place) && !self.by_risk && self.flagging.without(place).is_empty()
    }
}

/// What logins met, as it is counted.
#[derive(Debug, Default)]
pub(super) struct RuleTally {
    campaigns: BTreeMap<u32, Finders>,
    /// Of attacks, of honest logins, and of those that only the rule flags; by rule.
    logins: BTreeMap<usize, [u64; 3]>,
    honest: u64,
}

impl RuleTally {
    pub fn add(&mut self, truth: &Labelled, verdict: &Verdict, rules: &Rules) {
        self.honest += u64::from(!truth.attack);
        let finders = Finders {
            by_risk: verdict.finding.as_ref().is_some_and(|one| one.by_risk),
            flagging: rules.flagging(verdict.met),
            met: verdict.met,
        };
        if let Some(campaign) = truth.campaign {
            let all = self.campaigns.entry(campaign).or_default();
            all.by_risk |= finders.by_risk;
            all.flagging = all.flagging.with(finders.flagging);
            all.met = all.met.with(finders.met);
        }
        for place in (0..rules.len()).filter(|place| finders.met.has(*place)) {
            let counts = self.logins.entry(place).or_default();
            match truth.attack {
                true => counts[0] += 1,
                false => {
                    counts[1] += 1;
                    counts[2] += u64::from(finders.only(place));
                }
            }
        }
    }

    fn campaigns(&self, counts: impl Fn(&Finders) -> bool) -> u64 {
        self.campaigns.values().filter(|one| counts(one)).count() as u64
    }
}

impl RuleResult {
    /// What each rule found in several companies together.
    pub(super) fn of<'a>(
        rules: &Rules,
        tallies: impl Iterator<Item = &'a RuleTally> + Clone,
    ) -> Vec<Self> {
        let honest: u64 = tallies.clone().map(|tally| tally.honest).sum();
        let each = rules.iter().enumerate().map(|(place, rule)| {
            let mut result = Self {
                name: rule.name,
                shadow: rule.shadow,
                ..Self::default()
            };
            for tally in tallies.clone() {
                let [attacks, honest, only] = tally.logins.get(&place).copied().unwrap_or_default();
                result.attack_logins += attacks;
                result.honest_logins += honest;
                result.honest_only += only;
                result.campaigns += tally.campaigns(|one| one.met.has(place));
                result.campaigns_only += tally.campaigns(|one| one.only(place));
            }
            result.honest_only_a_million = 1e6 * result.honest_only as f64 / honest.max(1) as f64;
            result
        });
        each.collect()
    }
}
