//! Fails where a piece costs far more than it should: CPU time as a ratio to parsing the same
//! logins into a `serde_json::Value`.
//!
//! ```text
//! scripts/bench            the table of `nightlatch bench`, then this
//! ```
//!
//! A machine's speed cancels out of a ratio, but for its cache and its vectors. A ceiling is twice
//! what was measured when it was set; what depends on the widest vectors has room for portable
//! code. Where a piece gets cheaper, lower its ceiling.

#![allow(clippy::print_stdout)]

use std::process::ExitCode;

use nightlatch::bench::{self, BenchError, BenchOptions, Row};

/// The most that a piece may cost, in parses of a login to a `Value`.
const CEILINGS: [(&str, f64); 25] = [
    ("JSON to an event", 0.95),
    ("ids and places", 0.5),
    ("profiles opened and applied", 1.7),
    ("features", 1.3),
    ("random forest, AVX-512", 1.3),
    ("isolation forest, AVX-512", 0.7),
    ("boosted trees, AVX-512", 1.9),
    ("random forest, AVX2", 2.6),
    ("isolation forest, AVX2", 1.5),
    ("boosted trees, AVX2", 3.1),
    ("random forest, portable", 2.7),
    ("isolation forest, portable", 1.6),
    ("boosted trees, portable", 5.5),
    ("the risk", 9.8),
    ("explained alone", 4_000.0),
    ("explained with 99 others", 3_000.0),
    ("alert as JSON", 6.5),
    ("user cell packed", 1.7),
    ("user cell unpacked", 2.2),
    ("source cell packed", 0.16),
    ("source cell unpacked", 0.14),
    ("the whole step", 13.0),
    ("the whole step, with undo", 14.0),
    ("the whole step, in a flood", 13.0),
    ("the whole step, cold", 22.0),
];
/// What not every processor can do.
const OPTIONAL: [&str; 2] = ["AVX-512", "AVX2"];

/// What is wrong with a piece's cost, if anything is.
fn complaint(rows: &[Row], piece: &str, ceiling: f64) -> Option<String> {
    match rows.iter().find(|row| row.piece == piece) {
        None if OPTIONAL.iter().any(|walk| piece.ends_with(walk)) => None,
        None => Some(format!("`{piece}` was not measured; name it as bench does")),
        Some(row) if row.ratio > ceiling => Some(format!(
            "`{piece}` costs {:.2} times a parse to a Value; at most {ceiling} are allowed",
            row.ratio
        )),
        Some(_) => None,
    }
}

fn main() -> Result<ExitCode, BenchError> {
    let options = BenchOptions {
        logins: 20_000,
        rounds: 3,
    };
    let report = bench::run(options, |_| ())?;
    println!("{report}");
    let complaints: Vec<String> = CEILINGS
        .into_iter()
        .filter_map(|(piece, ceiling)| complaint(&report.rows, piece, ceiling))
        .collect();
    for complaint in &complaints {
        println!("{complaint}");
    }
    if complaints.is_empty() {
        println!("every piece is below its ceiling");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}
