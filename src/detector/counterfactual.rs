//! What would have had to be otherwise for a login not to be flagged: the least change of one or two
//! features (Wachter et al. 2017).
//!
//! It says something of the model and not of the attacker: features that always go together are
//! changed alone. What a rule flags has none, for the rule says it.

use serde::Serialize;

use super::Finding;
use crate::features::natural::NATURAL;
use crate::features::{FEATURES, Values};
use crate::model::Model;

/// So many of the features that raised the risk most are tried.
const MOST_FEATURES: usize = 12;
/// Halvings of the way from a value to the usual one.
const STEPS: usize = 6;

/// One feature that would have had to be otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    pub feature: &'static str,
    pub unit: &'static str,
    /// In this unit; null where it is missing.
    pub value: Option<f64>,
    pub instead: f64,
}

/// The least change that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Counterfactual {
    pub text: String,
    pub changes: Vec<Change>,
    /// The risk with them.
    pub risk: f64,
}

/// A feature, and its value in the login with the least change.
type Step = (usize, f32);

/// Searches among the features that raised the risk of a finding most, the largest first.
pub(super) fn find(model: &Model, finding: &Finding, raised: &[usize]) -> Option<Counterfactual> {
    if !finding.rules.is_empty() || !finding.by_risk {
        return None;
    }
    let values = &finding.values;
    let risk_with = |steps: &[Step]| {
        let mut changed = *values;
        for (feature, value) in steps {
            changed[*feature] = *value;
        }
        model.risk(&changed)
    };
    let usual = raised.iter().filter_map(|feature| {
        NATURAL[*feature].as_ref()?;
        let usual = model.usual()[*feature];
        let differs = usual.total_cmp(&values[*feature]).is_ne();
        (usual.is_finite() && differs).then_some((*feature, usual))
    });
    let usual: Vec<Step> = usual.take(MOST_FEATURES).collect();
    let quiet = |steps: &[Step]| risk_with(steps) < finding.threshold;
    let mut steps =
        fewest(&usual, &quiet).or_else(|| fewest(&calmest(model, &usual, &risk_with), &quiet))?;
    for place in 0..steps.len() {
        steps[place].1 = least(values, &steps, place, &quiet);
    }
    Some(told(values, &steps, risk_with(&steps)))
}

/// One feature or two of those that had raised the risk least: the smallest change.
fn fewest(steps: &[Step], quiet: &impl Fn(&[Step]) -> bool) -> Option<Vec<Step>> {
    match steps.iter().rev().find(|step| quiet(&[**step])) {
        Some(step) => Some(vec![*step]),
        None => Some(pairs(steps).find(|pair| quiet(pair))?.to_vec()),
    }
}

/// The same features where the risk is least: at the usual value or an outer decile, as of a device
/// that is older than most.
fn calmest(model: &Model, steps: &[Step], risk_with: &impl Fn(&[Step]) -> f64) -> Vec<Step> {
    let of_step = |&(feature, usual): &Step| {
        let outer = model.parts().references[feature].outer_deciles();
        let values = outer.into_iter().flatten().chain([usual]);
        let risks = values.map(|value| (risk_with(&[(feature, value)]), value));
        let least = risks.min_by(|one, other| one.0.total_cmp(&other.0));
        (feature, least.map_or(usual, |(_, value)| value))
    };
    steps.iter().map(of_step).collect()
}

/// Pairs of features, those that had raised the risk least before the others.
fn pairs(usual: &[Step]) -> impl Iterator<Item = [Step; 2]> + '_ {
    let last = usual.len();
    (1..last)
        .rev()
        .flat_map(move |other| (0..other).rev().map(move |one| [usual[one], usual[other]]))
}

/// The value nearest to the login's own at which it stays quiet.
fn least(values: &Values, steps: &[Step], place: usize, quiet: &impl Fn(&[Step]) -> bool) -> f32 {
    let (feature, usual) = steps[place];
    let is_flag = NATURAL[feature].as_ref().is_none_or(|one| one.is_flag());
    let own = values[feature];
    if is_flag || own.is_nan() {
        return usual;
    }
    let (mut enough, mut too_little) = (usual, own);
    for _ in 0..STEPS {
        let middle = f32::midpoint(enough, too_little);
        let mut tried = steps.to_vec();
        tried[place].1 = middle;
        match quiet(&tried) {
            true => enough = middle,
            false => too_little = middle,
        }
    }
    enough
}

fn told(values: &Values, steps: &[Step], risk: f64) -> Counterfactual {
    let (mut words, mut all) = (Vec::new(), Vec::new());
    for (feature, instead) in steps {
        let Some(natural) = NATURAL[*feature].as_ref() else {
            continue;
        };
        let value = Some(natural.of_feature(values[*feature])).filter(|value| value.is_finite());
        let instead = natural.of_feature(*instead);
        let mut said = [Some(instead), value].map(|value| natural.in_words(value));
        if said[0] == said[1] {
            // Less than what words tell apart.
            said = [Some(instead), value].map(|value| match value {
                Some(value) => format!("{value} {}", natural.unit),
                None => natural.in_words(None),
            });
        }
        words.push(format!(
            "{}: {} instead of {}",
            FEATURES[*feature].says, said[0], said[1]
        ));
        all.push(Change {
            feature: natural.name.as_str(),
            unit: natural.unit,
            value,
            instead,
        });
    }
    Counterfactual {
        text: format!(
            "it would not have been flagged with {}",
            words.join(", and ")
        ),
        changes: all,
        risk,
    }
}
