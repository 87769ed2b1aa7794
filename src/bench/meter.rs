//! Measures CPU and wall-clock time of a piece over several rounds.

use std::fmt;
use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

use super::{BenchError, YARDSTICK};
use crate::clock::{Clock, SystemClock};

/// What a piece costs.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub piece: String,
    /// Nanoseconds of CPU time, all threads together: the median of the rounds.
    pub ns: f64,
    /// The least of the rounds.
    pub ns_min: f64,
    /// Nanoseconds on the clock, the median of the rounds.
    pub wall_ns: f64,
    /// Of what: a login, an alert, a cell.
    pub unit: &'static str,
    /// How many times the CPU time of [`YARDSTICK`], least to least.
    pub ratio: f64,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<32} {:<6} {:>10.0} {:>10.0} {:>10.0} {:>8.3}",
            self.piece, self.unit, self.ns, self.ns_min, self.wall_ns, self.ratio
        )
    }
}

/// Nanoseconds of CPU time of all threads of this process so far.
fn cpu_ns() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        1 => values[middle],
        _ if values.is_empty() => f64::NAN,
        _ => values[middle - 1].midpoint(values[middle]),
    }
}

/// Gathers rows.
pub(super) struct Meter<F> {
    rounds: usize,
    rows: Vec<Row>,
    finished: F,
}

impl<F: FnMut(&str)> Meter<F> {
    pub fn new(rounds: usize, finished: F) -> Self {
        Self {
            rounds: rounds.max(1),
            rows: Vec::new(),
            finished,
        }
    }

    pub fn into_rows(self) -> Vec<Row> {
        self.rows
    }

    /// Measures `work` on what `prepare` makes anew for every round. Neither making it nor dropping
    /// the result is counted.
    pub fn prepared<S, T>(
        &mut self,
        piece: &str,
        (count, unit): (usize, &'static str),
        mut prepare: impl FnMut() -> Result<S, BenchError>,
        mut work: impl FnMut(S) -> Result<T, BenchError>,
    ) -> Result<(), BenchError> {
        let count = count.max(1) as f64;
        let (mut cpu, mut wall) = (Vec::new(), Vec::new());
        for round in 0..=self.rounds {
            let prepared = prepare()?;
            let (cpu_start, wall_start) = (cpu_ns(), SystemClock.monotonic_ns());
            let result = black_box(work(black_box(prepared))?);
            let (cpu_end, wall_end) = (cpu_ns(), SystemClock.monotonic_ns());
            drop(result);
            // The first round warms caches and the allocator up.
            if round > 0 {
                cpu.push((cpu_end - cpu_start) / count);
                wall.push((wall_end - wall_start) as f64 / count);
            }
        }
        let ns_min = cpu.iter().copied().fold(f64::INFINITY, f64::min);
        let yardstick = self.rows.iter().find(|row| row.piece == YARDSTICK);
        self.rows.push(Row {
            piece: piece.to_owned(),
            ns: median(cpu),
            ns_min,
            wall_ns: median(wall),
            unit,
            ratio: ns_min / yardstick.map_or(ns_min, |row| row.ns_min),
        });
        (self.finished)(piece);
        Ok(())
    }

    /// Measures `work` that needs nothing made anew.
    pub fn measure<T>(
        &mut self,
        piece: &str,
        per: (usize, &'static str),
        mut work: impl FnMut() -> Result<T, BenchError>,
    ) -> Result<(), BenchError> {
        self.prepared(piece, per, || Ok(()), |()| work())
    }
}
