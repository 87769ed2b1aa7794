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
    let groups: Vec<usize> = logins.iter().map(group).collect();
    (0..options.folds.max(2))
        .map(|of_fold| {
            let (judged, teaching): (Vec<usize>, Vec<usize>) =
                (0..logins.len()).partition(|place| groups[*place] == of_fold);
            check("training", logins, teaching.iter().copied())?;
            check("held-out", logins, judged.iter().copied())?;
            Ok(FoldPlan { teaching, judged })
        })
        .collect()
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
