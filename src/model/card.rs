//! The model card: what a model was trained on, how, and how well it did.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Recall and threshold at one false-positive rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    pub false_positive_rate: f64,
    pub recall: f64,
    /// Share of campaigns with at least one login found; absent where the data names no campaigns.
    pub campaign_recall: Option<f64>,
    pub threshold: f64,
}

/// How trees did on logins that they had not seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldResult {
    /// Event time of its first login, RFC 3339.
    pub from: String,
    pub logins: u64,
    pub attacks: u64,
    pub pr_auc: f64,
    pub operating_points: Vec<OperatingPoint>,
}

/// How well boosted trees alone do with less to learn from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearningPoint {
    pub logins: u64,
    pub attacks: u64,
    pub pr_auc: f64,
    /// At one false alarm in a thousand.
    pub recall: f64,
}

/// Where a model comes from and what it can do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The program that trained it.
    pub version: String,
    /// The names of the input files, without their folders.
    pub inputs: Vec<String>,
    pub seed: u64,
    /// Logins and attacks the trees were grown from.
    pub training_logins: u64,
    pub training_attacks: u64,
    /// Of these, the ones that were judged by trees that had not seen them: calibration and
    /// figures.
    pub calibration_logins: u64,
    pub calibration_attacks: u64,
    /// Event time of the first and the last login, RFC 3339.
    pub from: String,
    pub to: String,
    pub features: u64,
    /// Of the random and of the isolation forest, each.
    pub trees: u64,
    pub boosted_trees: u64,
    pub max_depth: u64,
    pub max_false_positive_rate: f64,
    /// Measured on the calibration part; the threshold was chosen on it.
    pub operating_points: Vec<OperatingPoint>,
    pub pr_auc: f64,
    pub roc_auc: f64,
    pub folds: Vec<FoldResult>,
    /// Logins learnt from, and what they were enough for: measured on the last fold.
    pub learning: Vec<LearningPoint>,
    /// The most important features, with their share of all contributions.
    pub importance: Vec<(String, f64)>,
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_training(f)?;
        for point in &self.operating_points {
            write_point(f, point)?;
        }
        for (number, fold) in self.folds.iter().enumerate() {
            write_fold(f, number + 1, fold)?;
        }
        let names: Vec<String> = self
            .importance
            .iter()
            .take(10)
            .map(|(name, share)| format!("{name} {:.1} %", 100.0 * share))
            .collect();
        write!(f, "leans most on   {}", names.join(", "))
    }
}

impl Card {
    fn write_training(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "trained by      nightlatch {}, seed {}",
            self.version, self.seed
        )?;
        writeln!(
            f,
            "data            {}, {} to {}",
            self.inputs.join(", "),
            self.from,
            self.to
        )?;
        writeln!(
            f,
            "grown on        {} logins, {} of them attacks",
            self.training_logins, self.training_attacks
        )?;
        writeln!(
            f,
            "calibrated on   {} of them, {} attacks, by trees that had not seen them",
            self.calibration_logins, self.calibration_attacks
        )?;
        writeln!(
            f,
            "forests         {} trees each over {} features, at most {} splits deep; \
             {} boosted trees",
            self.trees, self.features, self.max_depth, self.boosted_trees
        )?;
        writeln!(
            f,
            "PR-AUC          {:.4}   ROC-AUC {:.5}   (calibration part)",
            self.pr_auc, self.roc_auc
        )
    }
}

fn write_point(f: &mut fmt::Formatter<'_>, point: &OperatingPoint) -> fmt::Result {
    let (rate, recall) = (point.false_positive_rate, 100.0 * point.recall);
    write!(f, "at FPR {rate:<8} recall {recall:.1} %")?;
    if let Some(campaigns) = point.campaign_recall {
        write!(
            f,
            " of attack logins, {:.1} % of campaigns",
            100.0 * campaigns
        )?;
    }
    writeln!(f, ", threshold {:.4}", point.threshold)
}

fn write_fold(f: &mut fmt::Formatter<'_>, number: usize, fold: &FoldResult) -> fmt::Result {
    let points: Vec<String> = fold.operating_points.iter().map(recall_at).collect();
    writeln!(
        f,
        "fold {number}          from {}, {} attacks of {}: PR-AUC {:.4}; {}",
        fold.from,
        fold.attacks,
        fold.logins,
        fold.pr_auc,
        points.join(", ")
    )
}

/// What was found at a false-positive rate, in short.
fn recall_at(point: &OperatingPoint) -> String {
    let (rate, recall) = (point.false_positive_rate, 100.0 * point.recall);
    match point.campaign_recall {
        None => format!("logins at {rate}: {recall:.1} %"),
        Some(share) => {
            let campaigns = 100.0 * share;
            format!("logins / campaigns at {rate}: {recall:.1} % / {campaigns:.1} %")
        }
    }
}
