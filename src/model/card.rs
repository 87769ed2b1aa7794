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

/// Where a model comes from and what it can do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The program that trained it.
    pub version: String,
    /// The names of the input files, without their folders.
    pub inputs: Vec<String>,
    pub seed: u64,
    /// Logins and attacks used to grow the forests.
    pub training_logins: u64,
    pub training_attacks: u64,
    /// Later logins and attacks, used to calibrate and to measure.
    pub calibration_logins: u64,
    pub calibration_attacks: u64,
    /// Event time of the first and the last login, RFC 3339.
    pub from: String,
    pub to: String,
    pub features: u64,
    pub trees: u64,
    pub max_depth: u64,
    pub max_false_positive_rate: f64,
    /// Measured on the calibration part: later in time than the training part, but the threshold was chosen on it.
    pub operating_points: Vec<OperatingPoint>,
    pub pr_auc: f64,
    pub roc_auc: f64,
    /// The most important features, with their share of all contributions.
    pub importance: Vec<(String, f64)>,
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
            "calibrated on   {} later logins, {} of them attacks",
            self.calibration_logins, self.calibration_attacks
        )?;
        writeln!(
            f,
            "forests         {} trees each over {} features, at most {} splits deep",
            self.trees, self.features, self.max_depth
        )?;
        writeln!(
            f,
            "PR-AUC          {:.4}   ROC-AUC {:.5}   (calibration part)",
            self.pr_auc, self.roc_auc
        )?;
        for point in &self.operating_points {
            write!(
                f,
                "at FPR {:<8} recall {:.1} %",
                point.false_positive_rate,
                100.0 * point.recall
            )?;
            if let Some(campaigns) = point.campaign_recall {
                write!(
                    f,
                    " of attack logins, {:.1} % of campaigns",
                    100.0 * campaigns
                )?;
            }
            writeln!(f, ", threshold {:.4}", point.threshold)?;
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
