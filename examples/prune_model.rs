//! Prunes the random forest of a model that was trained before training did so:
//!
//! ```text
//! cargo run --release --example prune_model -- MODEL NODES OUTPUT LABELLED_LOGINS...
//! ```

use std::path::PathBuf;

use anyhow::Context;
use nightlatch::login::IdHasher;
use nightlatch::model::Model;
use nightlatch::offline::{Dataset, RowRules, prune_again};
use nightlatch::profile::ProfileLimits;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [model, nodes, output, logins @ ..] = arguments.as_slice() else {
        anyhow::bail!("usage: prune_model MODEL NODES OUTPUT LABELLED_LOGINS...");
    };
    let model = Model::load(model).with_context(|| format!("{} is no model", model.display()))?;
    let rules = RowRules {
        hasher: &IdHasher::default(),
        latest_ms: i64::MAX,
        max_row_bytes: usize::MAX,
        labelled: true,
        shown: false,
    };
    let data = Dataset::load(logins, &rules, |_, _| {})?;
    let nodes = nodes
        .to_string_lossy()
        .parse()
        .context("NODES is a number")?;
    let parts = prune_again(
        model.parts().clone(),
        &data,
        &ProfileLimits::default(),
        nodes,
    )?;
    std::fs::write(output, Model::new(parts)?.to_bytes()?)
        .with_context(|| format!("{} cannot be written", output.display()))
}
