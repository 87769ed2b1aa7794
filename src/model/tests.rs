use super::*;
use crate::forest::shap;
use crate::forest::tests::random_tree;

pub(crate) fn small() -> ModelParts {
    ModelParts {
        card: Card::default(),
        random: (0..5)
            .map(|seed| random_tree(seed, features::COUNT as u16, 5))
            .collect(),
        isolation: (5..9)
            .map(|seed| random_tree(seed, features::COUNT as u16, 5))
            .collect(),
        boosted: (9..12)
            .map(|seed| random_tree(seed, features::COUNT as u16, 3))
            .collect(),
        isolation_sample: 256,
        calibration: Calibration {
            intercept: -3.0,
            random: 1.5,
            isolation: -1.0,
            boosted: 0.5,
            likelihood_ratio: 0.1,
            ..Calibration::NONE
        },
        novelty: Novelty::default(),
        threshold: 0.5,
        threshold_first: 0.6,
        usual: vec![0.0; features::COUNT],
        references: vec![Reference::of(&[0.0, 1.0]); features::COUNT],
    }
}

fn rows() -> impl Iterator<Item = Values> {
    (0..50).map(|row| {
        std::array::from_fn(|index| match (row * 31 + index * 7) % 18 {
            17 => f32::NAN,
            step => step as f32 / 8.0 - 1.0,
        })
    })
}

fn scores_of(model: &Model) -> Vec<[u64; 3]> {
    rows()
        .map(|values| {
            let scores = model.score(&values);
            [scores.risk, scores.random_forest, scores.isolation_forest].map(f64::to_bits)
        })
        .collect()
}

/// The risk alone is the risk among the scores, whichever parts have no weight.
#[test]
fn the_risk_alone_is_the_same_bits() {
    for without in 0..16 {
        let mut parts = small();
        let calibration = &mut parts.calibration;
        let weights = [
            &mut calibration.random,
            &mut calibration.isolation,
            &mut calibration.boosted,
            &mut calibration.likelihood_ratio,
        ];
        for (part, weight) in weights.into_iter().enumerate() {
            if without >> part & 1 == 1 {
                *weight = 0.0;
            }
        }
        let model = Model::new(parts).unwrap();
        for values in rows() {
            assert_eq!(
                model.risk(&values).to_bits(),
                model.score(&values).risk.to_bits(),
                "without the parts of the bits {without:b}"
            );
        }
    }
}

#[test]
fn a_model_survives_its_file_bit_for_bit() {
    let model = Model::new(small()).unwrap();
    let again = Model::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert_eq!(scores_of(&model), scores_of(&again));
    assert_eq!(model.checksum(), again.checksum());
    assert_eq!(model.parts().calibration, again.parts().calibration);
}

#[test]
fn contributions_add_up_to_the_log_odds() {
    let model = Model::new(small()).unwrap();
    let parts = model.parts();
    let scale = average_path_length(256);
    let base = parts.calibration.log_odds(&Outputs {
        random: shap::expected_value(&parts.random),
        isolation: shap::expected_value(&parts.isolation) / scale,
        boosted: parts.boosted.len() as f64 * shap::expected_value(&parts.boosted),
        likelihood_ratio: 0.0,
    });
    let values: Values = std::array::from_fn(|index| (index % 5) as f32 / 2.0 - 1.0);
    let risk = model.score(&values).risk;
    let total: f64 = model.contributions(&values).iter().sum();
    assert!((base + total - (risk / (1.0 - risk)).ln()).abs() < 1e-3);
}

/// Logins that are explained together get what each gets by itself.
#[test]
fn explanations_do_not_depend_on_company() {
    let model = Model::new(small()).unwrap();
    let rows: Vec<Values> = rows().collect();
    let together = model.contributions_of(&rows.iter().collect::<Vec<_>>());
    let alone: Vec<Vec<f64>> = rows.iter().map(|row| model.contributions(row)).collect();
    assert_eq!(together, alone);
    assert!(model.contributions_of(&[]).is_empty());
}

#[test]
fn an_inconsistent_model_is_refused() {
    let spoil = |change: &dyn Fn(&mut ModelParts)| {
        let mut parts = small();
        change(&mut parts);
        Model::new(parts).is_err()
    };
    assert!(spoil(&|parts| parts.threshold = 1.5));
    assert!(spoil(&|parts| parts.random.clear()));
    assert!(spoil(&|parts| parts.calibration.random = f64::NAN));
    assert!(spoil(&|parts| parts.usual.clear()));
    assert!(spoil(&|parts| parts.isolation[0].nodes[0].cover = 0.0));
    assert!(spoil(&|parts| parts.random[0].nodes.clear()));
}

#[test]
fn the_shipped_model_loads() {
    let model = Model::shipped().unwrap();
    assert_eq!(model.card().features as usize, features::COUNT);
}

/// A login that is far from everything has the risk of that, whatever the parts say, and its
/// contributions add up to it: they are those of what isolates it. Without novelty nothing changes.
#[test]
fn what_was_never_seen_has_a_risk_of_its_own() {
    let usual = Model::new(small()).unwrap();
    let mut depths: Vec<f64> = rows().map(|row| usual.outputs(&row).isolation).collect();
    depths.sort_by(f64::total_cmp);
    let honest = |place: usize| novelty::Honest {
        depth: depths[place % 50],
        log_odds: 40.0 - place as f64 / 50.0,
    };
    let honest: Vec<novelty::Honest> = (0..5_000).map(honest).collect();
    let novelty = Novelty::fit(&honest, 0.1);
    let mut seen = [0, 0];
    // Also where nothing else asks for the isolation forest.
    for weight in [0.0, small().calibration.isolation] {
        let mut parts = small();
        parts.calibration.isolation = weight;
        let plain = Model::new(parts.clone()).unwrap();
        parts.novelty = novelty.clone();
        let model = Model::new(parts).unwrap();
        for row in rows() {
            let (scores, before) = (model.score(&row), plain.score(&row));
            assert_eq!(scores.fused, before.risk);
            assert_eq!(model.risk(&row).to_bits(), scores.risk.to_bits());
            let is_novel = scores.risk > scores.fused;
            seen[usize::from(is_novel)] += 1;
            let total = |model: &Model| model.contributions(&row).iter().sum::<f64>();
            let log_odds = |risk: f64| libm::log(risk / (1.0 - risk));
            let moved = total(&model) - total(&plain);
            let raised = match is_novel {
                true => novelty.log_odds(model.outputs(&row).isolation).unwrap(),
                false => log_odds(before.risk),
            };
            assert!(
                (moved - (raised - log_odds(before.risk))).abs() < 1e-3,
                "{moved}"
            );
            assert!(!is_novel || scores.rarity.is_some());
        }
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
}
