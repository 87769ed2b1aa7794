//! Trains both forests on a table and prints their areas under the ROC curve.
//!
//! ```text
//! cargo run --release --example tabular -- TABLE.csv[.gz] [SEED]
//! ```
//!
//! The table has columns `x0`, `x1`, ... with numbers, `y` (0 or 1) and, if some rows are to be
//! held out, `is_test`. The random forest (100 trees) is trained on the rows that are not held out
//! and measured on those that are, or on all rows without the column; the isolation forest (1000
//! trees, so that the figure hangs less on the seed) sees and is measured on all rows. Prints
//! `{"random_forest_auc":..,"isolation_forest_auc":..}`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use nightlatch::forest::isolation::{self, IsolationOptions};
use nightlatch::forest::random::{self, RandomOptions};
use nightlatch::forest::{self, Arena};
use nightlatch::offline::metrics::{Scored, roc_auc};

#[derive(Default)]
struct Table {
    rows: Vec<Vec<f32>>,
    labels: Vec<bool>,
    held_out: Vec<bool>,
}

fn read(path: &Path) -> anyhow::Result<Table> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let bytes: Box<dyn Read> = match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => Box::new(flate2::read::MultiGzDecoder::new(file)),
        _ => Box::new(file),
    };
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers()?.clone();
    let position = |name: &str| header.iter().position(|column| column == name);
    let features: Vec<usize> = (0..)
        .map_while(|index| position(&format!("x{index}")))
        .collect();
    let label = position("y").context("there is no column `y`")?;
    if features.is_empty() {
        bail!("there is no column `x0`");
    }
    let is_test = position("is_test");
    let mut table = Table::default();
    for record in reader.records() {
        let record = record?;
        let number = |column: usize| record[column].parse::<f32>().unwrap_or(f32::NAN);
        table
            .rows
            .push(features.iter().map(|column| number(*column)).collect());
        table.labels.push(is_one(&record[label]));
        table
            .held_out
            .push(is_test.is_some_and(|column| is_one(&record[column])));
    }
    Ok(table)
}

/// Whether a text is the number one.
fn is_one(text: &str) -> bool {
    matches!(text.trim(), "1" | "1.0" | "true")
}

fn auc(scores: impl Iterator<Item = (f64, bool)>) -> f64 {
    let scored: Vec<Scored> = scores
        .map(|(score, attack)| Scored {
            score,
            attack,
            campaign: None,
            family: None,
        })
        .collect();
    roc_auc(&scored)
}

fn random_forest_auc(table: &Table, seed: u64) -> anyhow::Result<f64> {
    let any_held_out = table.held_out.contains(&true);
    let part = |held_out: bool| {
        (0..table.rows.len()).filter(move |row| !any_held_out || table.held_out[*row] == held_out)
    };
    let rows: Vec<&[f32]> = part(false).map(|row| table.rows[row].as_slice()).collect();
    let labels: Vec<bool> = part(false).map(|row| table.labels[row]).collect();
    let trees = random::train(
        &rows,
        &labels,
        None,
        RandomOptions {
            seed,
            ..RandomOptions::default()
        },
    )?;
    let forest = Arena::compile(&trees, 1)?;
    Ok(auc(part(true).map(|row| {
        (
            forest.mean(&forest::row(&table.rows[row])),
            table.labels[row],
        )
    })))
}

fn isolation_forest_auc(table: &Table, seed: u64) -> anyhow::Result<f64> {
    let rows: Vec<&[f32]> = table.rows.iter().map(Vec::as_slice).collect();
    let options = IsolationOptions {
        seed,
        trees: 1000,
        ..IsolationOptions::default()
    };
    let forest = Arena::compile(&isolation::train(&rows, options), 64)?;
    let sample = options.sample.min(rows.len());
    let score = |row: &&[f32]| isolation::score(forest.mean(&forest::row(row)), sample);
    Ok(auc(rows
        .iter()
        .map(score)
        .zip(table.labels.iter().copied())))
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments
        .next()
        .context("usage: tabular TABLE.csv[.gz] [SEED]")?;
    let seed = arguments
        .next()
        .map_or(Ok(2), |seed| seed.parse())
        .context("the seed is a whole number")?;
    let table = read(Path::new(&path))?;
    let result = serde_json::json!({
        "random_forest_auc": random_forest_auc(&table, seed)?,
        "isolation_forest_auc": isolation_forest_auc(&table, seed)?,
    });
    #[allow(clippy::print_stdout)]
    {
        println!("{result}");
    }
    Ok(())
}
