//! Where a login's time goes: CPU time of each step, over the same recorded world, as ratios within
//! one run.
//!
//! ```text
//! cargo bench --bench detect [-- LOGINS]
//! ```
//!
//! Prints microseconds of CPU a login and the share of the whole. The machine's speed drifts; the
//! shares do not.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::hint::black_box;
use std::sync::Arc;

use nightlatch::detector::{Detector, Thresholds};
use nightlatch::features::{self, Values};
use nightlatch::forest::boosted::LARGEST_LEAF;
use nightlatch::forest::{Arena, Walk, arena};
use nightlatch::login::{Event, IdHasher, Login};
use nightlatch::model::Model;
use nightlatch::profile::{
    ChunkLogin, DisplayFields, Disposition, ProfileLimits, Profiles, go_through,
};
use nightlatch::simulate::{Options, World};

/// CPU seconds of this process so far.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    stat.split_whitespace()
        .next()
        .unwrap()
        .parse::<f64>()
        .unwrap()
        / 1e9
}

struct Report {
    logins: usize,
    steps: Vec<(&'static str, f64)>,
}

impl Report {
    fn measure<T>(&mut self, step: &'static str, work: impl FnOnce() -> T) -> T {
        let start = cpu_seconds();
        let result = black_box(work());
        self.steps
            .push((step, (cpu_seconds() - start) * 1e6 / self.logins as f64));
        result
    }
}

fn main() {
    let logins = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(200_000);
    let options = Options {
        users: (logins / 57) as u32,
        days: 30,
        ..Options::default()
    };
    let messages: Vec<Vec<u8>> = World::new(options)
        .take(logins)
        .map(|event| serde_json::to_vec(&event).unwrap())
        .collect();
    let mut report = Report {
        logins: messages.len(),
        steps: Vec::new(),
    };
    let hasher = IdHasher::default();
    let model = Arc::new(Model::shipped().unwrap());
    let detector = Detector::new(Arc::clone(&model), Thresholds::default(), None);

    report.measure("parse", || {
        messages
            .iter()
            .filter(|message| Event::from_json(message).is_ok())
            .count()
    });
    let decoded: Vec<(Login, DisplayFields)> = report.measure("parse and hash", || {
        messages
            .iter()
            .map(|message| Event::from_json(message).unwrap())
            .map(|event| DisplayFields::with_login(&event, &hasher))
            .collect()
    });
    let on_their_way: Vec<ChunkLogin<'_>> = decoded
        .iter()
        .map(|(login, display)| ChunkLogin {
            partition: 0,
            login,
            display,
        })
        .collect();
    let mut profiles = Profiles::without_undo(&ProfileLimits::default());
    report.measure("apply", || {
        let logins = on_their_way.iter().copied();
        go_through(&mut profiles, logins, |_, _| (Disposition::Clear, ())).unwrap()
    });
    let mut profiles = Profiles::without_undo(&ProfileLimits::default());
    let values: Vec<Values> = report.measure("features and apply", || {
        let logins = on_their_way.iter().copied();
        go_through(&mut profiles, logins, |_, context| {
            (Disposition::Clear, features::extract(context))
        })
        .unwrap()
    });
    report.measure("the risk", || {
        values.iter().map(|values| model.risk(values)).sum::<f64>()
    });
    let mut profiles = Profiles::without_undo(&ProfileLimits::default());
    report.measure("the whole step (features, forests, apply)", || {
        detector.judge_all(&mut profiles, &on_their_way).unwrap()
    });
    let mut profiles = Profiles::new(&ProfileLimits::default());
    report.measure("the whole step, with undo, batches of 1000", || {
        for batch in on_their_way.chunks(1000) {
            detector.judge_all(&mut profiles, batch).unwrap();
            profiles.commit();
        }
    });
    println!("{} logins", messages.len());
    let whole = report.steps[5].1;
    for (step, microseconds) in &report.steps {
        println!(
            "{step:<42} {microseconds:>9.3} us   {:>6.2} of the step",
            microseconds / whole
        );
    }
    walks(&model, &values);
    explanations(&model, &values);
}

/// Nanoseconds a login of each forest, by the way it is walked. Every login is another row, as in
/// the stream.
fn walks(model: &Model, values: &[Values]) {
    let parts = model.parts();
    let mut boosted = parts.boosted.clone();
    for node in boosted.iter_mut().flat_map(|tree| &mut tree.nodes) {
        node.value += LARGEST_LEAF as f32;
    }
    let forests = [
        ("random forest", &parts.random, 1),
        ("isolation forest", &parts.isolation, 64),
        ("boosted trees", &boosted, 2 * LARGEST_LEAF),
    ];
    for (name, trees, largest) in forests {
        let nodes: usize = trees.iter().map(|tree| tree.nodes.len()).sum();
        print!("{name:<17} {nodes:>6} nodes");
        for walk in [Walk::Avx512, Walk::Avx2, Walk::Portable] {
            let arena = Arena::compile(trees, largest).unwrap();
            let Some(arena) = arena.with_walk(walk) else {
                continue;
            };
            let start = cpu_seconds();
            for values in values {
                black_box(arena.mean(&arena::row(values)));
            }
            let nanoseconds = (cpu_seconds() - start) * 1e9 / values.len() as f64;
            print!("   {walk:?} {nanoseconds:>6.0} ns");
        }
        println!();
    }
}

/// Microseconds of an explanation, alone and together with others.
fn explanations(model: &Model, values: &[Values]) {
    let explained = &values[..values.len().min(4_000)];
    for batch in [1, 10, 100] {
        let start = cpu_seconds();
        for batch in explained.chunks(batch) {
            black_box(model.contributions_of(&batch.iter().collect::<Vec<_>>()));
        }
        let microseconds = (cpu_seconds() - start) * 1e6 / explained.len() as f64;
        println!("explained {batch:>3} at a time {microseconds:>9.1} us each");
    }
}
