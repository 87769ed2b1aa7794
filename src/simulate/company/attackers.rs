//! Who attacks a company, and how carefully.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{CompanyError, MORE_THAN_NONE, Share, known, within};
use crate::simulate::family::{AttackFamily, FAMILIES};

/// The attackers of a company.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::simulate) struct Attackers {
    /// Of all events, theirs, at most.
    pub share: Share,
    /// Between careless (0: far, fast, with any browser, takes much) and careful (1: near, slow,
    /// with the victim's browser, at the victim's hours, takes little); each campaign somewhere
    /// between. Where it is not given, every campaign is drawn without regard to the rest of it.
    pub stealth: Option<[Share; 2]>,
    /// Attackers who come through another home connection near the victim each time.
    pub hops_share: Share,
    /// How often each family attacks, beside the others: 1 where it is not said.
    pub families: BTreeMap<String, f64>,
}

impl Default for Attackers {
    fn default() -> Self {
        Self {
            share: Share::of(0.01),
            stealth: None,
            hops_share: Share::of(0.0),
            families: BTreeMap::new(),
        }
    }
}

impl Attackers {
    /// Whether somebody can attack, by a provider that sends challenges or does not.
    pub(super) fn check(&self, challenges: bool) -> Result<(), CompanyError> {
        within("attackers.share", self.share.get(), 0.0..=0.5)?;
        if let Some([least, most]) = self.stealth.map(|stealth| stealth.map(Share::get)) {
            within("attackers.stealth", most, least..=1.0)?;
        }
        let names = self.families.keys().cloned().collect::<Vec<_>>();
        let all = FAMILIES.iter().map(|(_, name)| *name).collect();
        known("family of attack", &names, &all)?;
        for (name, weight) in &self.families {
            within(&format!("attackers.families.{name}"), *weight, 0.0..=1e6)?;
        }
        let all = self.weights(challenges).sum();
        within("the weight of all attackers.families", all, MORE_THAN_NONE)
    }

    /// The weight of each family. Where there are no challenges, nobody wears them out.
    pub(in crate::simulate) fn weights(
        &self,
        challenges: bool,
    ) -> impl Iterator<Item = f64> + Clone {
        let weight = |name: &str| self.families.get(name).copied().unwrap_or(1.0);
        FAMILIES.iter().map(move |(family, name)| match family {
            AttackFamily::MfaFatigue if !challenges => 0.0,
            _ => weight(name),
        })
    }
}
