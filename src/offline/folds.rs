//! Folds: a model is measured on logins that its trees have not seen.
//!
//! In the order of time, the first half of the logins only teaches. The second is cut into blocks;
//! each is judged by trees grown from what came before it, without the last days, whose labels
//! would not have been known yet. By tenant or by user, the logins of each group are judged by
//! trees grown from the others: how a model does where it was never trained.

use super::dataset::Labelled;
use super::grow::grow;
use super::options::{HoldOut, TrainOptions, TrainingError};
use crate::features::Values;
use crate::login::{Id, Login};
use crate::model::ModelParts;

/// The share of the logins that only teaches.
const TEACHING_SHARE: f64 = 0.5;
/// The least attacks and honest logins that can be learnt from or measured on.
const LEAST_OF_EACH: usize = 10;

/// With fewer families, leaving some out leaves too little.
const LEAST_FAMILIES: usize = 3;

/// Trees, and the logins that they judge, by their places.
pub(super) struct Fold {
    pub parts: ModelParts,
    pub judged: Vec<usize>,
}

/// Which logins teach, and which are judged.
struct FoldPlan {
    teaching: Vec<usize>,
    judged: Vec<usize>,
}

/// Grows the trees of every fold.
pub(super) fn grow_folds(
    rows: &[Values],
    logins: &[Labelled],
    options: &TrainOptions,
) -> Result<Vec<Fold>, TrainingError> {
    let plans = match options.hold_out {
        HoldOut::Time => by_time(logins, options)?,
        HoldOut::Tenants => by_id(logins, options, |login| login.tenant)?,
        HoldOut::Users => by_id(logins, options, |login| login.user)?,
        HoldOut::Families => by_family(logins, options.folds)?,
    };
    let folds = plans.into_iter().map(|plan| {
        Ok(Fold {
            parts: grow(rows, logins, &plan.teaching, options)?,
            judged: plan.judged,
        })
    });
    folds.collect()
}

fn by_time(logins: &[Labelled], options: &TrainOptions) -> Result<Vec<FoldPlan>, TrainingError> {
    let first = (logins.len() as f64 * TEACHING_SHARE) as usize;
    check("earlier (training)", logins, 0..first)?;
    check("later (calibration)", logins, first..logins.len())?;
    let blocks = options.folds.max(1);
    let cut = |block: usize| first + (logins.len() - first) * block / blocks;
    let plans = (0..blocks).map(|block| {
        let judged: Vec<usize> = (cut(block)..cut(block + 1)).collect();
        let known = known_by(logins, cut(block), options.label_delay_ms);
        // Where the delay leaves too little, all that is earlier has to do.
        let known = match check("", logins, 0..known) {
            Ok(()) => known,
            Err(_) => cut(block),
        };
        FoldPlan {
            teaching: (0..known).collect(),
            judged,
        }
    });
    Ok(plans.collect())
}

/// Each group of tenants, or of users, is judged by trees grown from the others.
fn by_id(
    logins: &[Labelled],
    options: &TrainOptions,
    id: impl Fn(&Login) -> Id,
) -> Result<Vec<FoldPlan>, TrainingError> {
    let mut ids: Vec<Id> = logins.iter().map(|login| id(&login.login)).collect();
    ids.sort_unstable();
    ids.dedup();
    let group = |login: &Labelled| {
        let place = ids.partition_point(|other| *other < id(&login.login));
        place % options.folds.max(2)
    };
    by_group(logins, options.folds.max(2), group)
}

/// The logins of each group are judged by trees grown from the others.
fn by_group(
    logins: &[Labelled],
    folds: usize,
    group: impl Fn(&Labelled) -> usize,
) -> Result<Vec<FoldPlan>, TrainingError> {
    let groups: Vec<usize> = logins.iter().map(group).collect();
    (0..folds)
        .map(|of_fold| {
            let (judged, teaching): (Vec<usize>, Vec<usize>) =
                (0..logins.len()).partition(|place| groups[*place] == of_fold);
            check("training", logins, teaching.iter().copied())?;
            check("held-out", logins, judged.iter().copied())?;
            Ok(FoldPlan { teaching, judged })
        })
        .collect()
}

/// Each group of families, and of users, is judged by trees grown from the others. Attacks without a
/// family are one by themselves.
fn by_family(logins: &[Labelled], folds: usize) -> Result<Vec<FoldPlan>, TrainingError> {
    let attacks = logins.iter().filter(|login| login.attack);
    let mut families: Vec<Option<u32>> = attacks.map(|login| login.family).collect();
    families.sort_unstable();
    families.dedup();
    if families.len() < LEAST_FAMILIES {
        return Err(TrainingError::TooFewFamilies(families.len()));
    }
    let folds = folds.clamp(2, families.len());
    let group = |labelled: &Labelled| match labelled.attack {
        true => families.partition_point(|family| *family < labelled.family) % folds,
        false => (labelled.login.user.slot_bits() % folds as u64) as usize,
    };
    by_group(logins, folds, group)
}

/// How many of the logins before `now` have a label by then.
fn known_by(logins: &[Labelled], now: usize, delay_ms: i64) -> usize {
    let Some(now_ms) = logins.get(now).map(|login| login.login.time_ms) else {
        return now;
    };
    logins[..now].partition_point(|login| login.login.time_ms < now_ms - delay_ms)
}

fn check(
    part: &'static str,
    logins: &[Labelled],
    places: impl Iterator<Item = usize>,
) -> Result<(), TrainingError> {
    let (mut attacks, mut honest) = (0, 0);
    for place in places {
        *(if logins[place].attack {
            &mut attacks
        } else {
            &mut honest
        }) += 1;
    }
    if attacks < LEAST_OF_EACH || honest < LEAST_OF_EACH {
        let all = logins.iter().filter(|login| login.attack).count();
        return Err(TrainingError::TooFew {
            part,
            attacks,
            honest,
            other_attacks: all - attacks,
            other_honest: logins.len() - all - honest,
            least: LEAST_OF_EACH,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logins() -> Vec<Labelled> {
        let login = |number: u32| {
            let attack = number.is_multiple_of(3);
            let json = format!(
                r#"{{"user_id":"u{}","timestamp":{},"success":true,"label":{}}}"#,
                number % 40,
                1_700_000_000 + number,
                u8::from(attack)
            );
            let mut labelled = Labelled::test(&json);
            labelled.family = attack.then_some(number % 5);
            labelled
        };
        (0..600).map(login).collect()
    }

    /// Every login is judged once, attacks by trees that have seen none of their family.
    #[test]
    fn families_that_are_judged_teach_nothing() {
        let logins = logins();
        let plans = by_family(&logins, 3).unwrap();
        let mut judged: Vec<usize> = plans
            .iter()
            .flat_map(|plan| &plan.judged)
            .copied()
            .collect();
        judged.sort_unstable();
        assert_eq!(judged, (0..logins.len()).collect::<Vec<_>>());
        let families = |places: &[usize]| {
            let families = places.iter().filter_map(|place| logins[*place].family);
            families.collect::<std::collections::BTreeSet<u32>>()
        };
        for plan in &plans {
            let (taught, judged) = (families(&plan.teaching), families(&plan.judged));
            assert!(!judged.is_empty() && taught.is_disjoint(&judged));
        }
    }
}
