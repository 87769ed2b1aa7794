//! Where the file side of `score` goes: CPU time a row of reading, checking, hashing and writing.
//!
//! ```text
//! cargo bench --bench files [-- LOGINS]
//! ```

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::hint::black_box;

use nightlatch::files::{Column, Reader, Record, Value, Writer};
use nightlatch::login::{Event, IdHasher, Login, Presence, timestamp};
use nightlatch::simulate::{self, DAYS, Options, World};
use rustix::time::{ClockId, clock_gettime};

/// CPU seconds of all threads of this process so far.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

#[derive(Default)]
struct Report {
    steps: Vec<(&'static str, f64)>,
}

impl Report {
    fn measure<T>(&mut self, step: &'static str, work: impl FnOnce() -> T) -> T {
        let start = cpu_seconds();
        let result = black_box(work());
        let seconds = cpu_seconds() - start;
        match self.steps.iter_mut().find(|(name, _)| *name == step) {
            Some((_, sum)) => *sum += seconds,
            None => self.steps.push((step, seconds)),
        }
        result
    }
}

/// A row as `score` writes it.
struct Row<'c> {
    event: Event<'c>,
    login: Login,
}

impl Record for Row<'_> {
    fn write_json(&self, _: &[Column], line: &mut Vec<u8>) -> serde_json::Result<()> {
        let number = self.login.time_ms as f64;
        line.extend_from_slice(br#"{"event_id":"#);
        serde_json::to_writer(&mut *line, &self.event.event_id)?;
        line.extend_from_slice(br#","user_id":"#);
        serde_json::to_writer(&mut *line, &self.event.user_id)?;
        line.extend_from_slice(br#","timestamp":""#);
        line.extend_from_slice(timestamp::Text::new(self.login.time_ms).as_str().as_bytes());
        line.extend_from_slice(br#"","risk":"#);
        serde_json::to_writer(&mut *line, &(number * 1.234e-17))?;
        line.extend_from_slice(br#","random_forest":"#);
        serde_json::to_writer(&mut *line, &(number * 2.345e-13))?;
        line.extend_from_slice(br#","isolation_forest":"#);
        serde_json::to_writer(&mut *line, &(number * 5.345e-13))?;
        line.extend_from_slice(br#","flagged":false,"severity":"none","reasons":[]}"#);
        Ok(())
    }
    fn values(self) -> Vec<Value> {
        Vec::new()
    }
}

fn main() {
    let logins = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(200_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logins.ndjson");
    let world = World::new(Options::of_about(logins as u64, DAYS, 1));
    let mut writer = Writer::create(&path, simulate::COLUMNS).unwrap();
    for event in world.take(logins) {
        writer.write(simulate::row(&event)).unwrap();
    }
    writer.finish().unwrap();

    let hasher = IdHasher::default();
    let mut report = Report::default();
    let mut reader = Reader::open(&path, 65_536).unwrap();
    let mut writer = Writer::create(&folder.path().join("scores.ndjson"), &[]).unwrap();
    let (mut chunk, mut presence, mut rows) = (reader.chunk(), Presence::default(), 0);
    while report.measure("read", || reader.read(&mut chunk).unwrap()) {
        rows += chunk.len();
        report.measure("parse", || {
            let times = chunk.parse(&mut presence, |event| Ok(event.time_ms));
            times.filter(Result::is_ok).count()
        });
        let parsed = report.measure("parse and hash", || {
            chunk.parse(&mut presence, |event| {
                let login = Login::new(&event, &hasher);
                Ok(Row { event, login })
            })
        });
        let parsed: Vec<Row<'_>> = parsed.map(Result::unwrap).collect();
        report.measure("write", || writer.write_all(parsed).unwrap());
    }
    writer.finish().unwrap();
    println!("{rows} rows, CPU nanoseconds a row");
    for (step, seconds) in &report.steps {
        println!("{step:<16} {:>6.0}", seconds * 1e9 / rows as f64);
    }
}
