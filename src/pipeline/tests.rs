use std::sync::{Arc, LazyLock};

use super::*;
use crate::clock::SystemClock;
use crate::config::{Config, PublishedAlerts};
use crate::detector::suppression::Covered;
use crate::detector::{Suppression, Thresholds};
use crate::log::AlertMessage;
use crate::log::memory::Fault;
use crate::login::{Event, Login, Offset};
use crate::metrics::Registry;
use crate::model::Model;
use crate::profile::ProfileLimits;
use crate::simulate::{Options, World};
use proptest::prelude::*;

/// What a process over a broker in memory is made of.
pub(super) fn parts<C: Clock>(broker: &MemoryBroker, clock: C) -> PipelineParts<MemoryLog, C> {
    static MODEL: LazyLock<Arc<Model>> = LazyLock::new(|| Arc::new(Model::shipped().unwrap()));
    let config = Config::from_layers(&[], &[], &[]).unwrap();
    let mut parts = PipelineParts {
        log: broker.join(),
        clock,
        config: config.pipeline,
        checkpoint: config.checkpoint,
        detector: detector(Arc::clone(&MODEL), 0.01),
        suppressions: Suppressions::default(),
        incidents: IncidentLimits::default(),
        profiles: Profiles::new(&ProfileLimits::default()),
        hasher: IdHasher::default(),
        metrics: PipelineMetrics::register(&Registry::new().unwrap()).unwrap(),
        health: Health::default(),
        topic: "logins".to_owned(),
        stream: "test/logins".to_owned(),
    };
    parts.config.hold_ms = 0;
    parts.config.max_open_ms = 0;
    parts
}

pub(super) fn detector(model: Arc<Model>, alert_risk: f64) -> Detector {
    Detector::new(model, Thresholds::default(), Some(alert_risk))
}

fn pipeline(
    broker: &MemoryBroker,
    change: impl FnOnce(&mut PipelineParts<MemoryLog, SystemClock>),
) -> Pipeline<MemoryLog, SystemClock> {
    let mut parts = parts(broker, SystemClock);
    change(&mut parts);
    Pipeline::new(parts)
}

/// A small world over some partitions, by user or round robin.
pub(super) fn world(seed: u64, partitions: usize, keyed: bool) -> MemoryBroker {
    let broker = MemoryBroker::new(partitions);
    for (number, event) in World::new(Options {
        users: 40,
        days: 12,
        seed,
        attack_share: 0.05,
        ..Options::default()
    })
    .enumerate()
    {
        let by_user = event.user_id.bytes().map(usize::from).sum::<usize>();
        let partition = (if keyed { by_user } else { number }) % partitions;
        broker.append(
            Partition(partition as i32),
            event.time_ms,
            serde_json::to_vec(&event).unwrap(),
        );
    }
    broker
}

fn drain(pipeline: &mut Pipeline<MemoryLog, SystemClock>) {
    for _ in 0..1_000_000 {
        pipeline.turn().unwrap();
        if pipeline.log().broker().is_drained() {
            return;
        }
    }
    panic!("the log is never drained");
}

/// Whole alerts, each with the id of its event first, in order.
pub(super) type Alerts = Vec<(String, String)>;

/// The alerts but for the moment they were made.
pub(super) fn alerts(broker: &MemoryBroker) -> Alerts {
    alerts_without(broker, &["detected_at"])
}

/// The alerts but for the moment they were made, the place they came from, and what is named by places.
fn alerts_anywhere(broker: &MemoryBroker) -> Alerts {
    alerts_without(
        broker,
        &["detected_at", "source", "alert_id", "incident_id"],
    )
}

fn alerts_without(broker: &MemoryBroker, left_out: &[&str]) -> Alerts {
    let without = |message: &AlertMessage| {
        let mut alert: serde_json::Value = serde_json::from_slice(&message.json).unwrap();
        for name in left_out {
            assert!(alert.as_object_mut().unwrap().remove(*name).is_some());
        }
        (
            alert["event_id"].as_str().unwrap().to_owned(),
            alert.to_string(),
        )
    };
    let mut alerts: Alerts = broker.alerts().iter().map(without).collect();
    alerts.sort();
    alerts
}

fn reference(seed: u64) -> (Alerts, String) {
    let broker = world(seed, 1, true);
    let mut pipeline = pipeline(&broker, |_| ());
    drain(&mut pipeline);
    (alerts_anywhere(&broker), pipeline.profiles().digest(0))
}

#[test]
fn alerts_come_out_each_once_and_say_why() {
    let (found, _) = reference(1);
    assert!(found.len() > 5, "{} alerts", found.len());
    let ids: std::collections::BTreeSet<_> = found.iter().map(|alert| &alert.0).collect();
    assert_eq!(ids.len(), found.len());
    let broker = world(1, 1, true);
    drain(&mut pipeline(&broker, |_| ()));
    for message in &broker.alerts() {
        let alert: serde_json::Value = serde_json::from_slice(&message.json).unwrap();
        assert!(!alert["reasons"].as_array().unwrap().is_empty());
        let contributions = alert["contributions"].as_array().map(Vec::len);
        let expected = (alert["repeat"] == false).then_some(8);
        assert_eq!(contributions, expected, "repeats are not explained");
        assert_eq!(alert["login"]["user_id"], alert["user_id"]);
        assert_eq!(message.user_id, alert["user_id"]);
    }
}

/// A suppression keeps the alerts of what it covers back, and changes nothing else.
#[test]
fn what_is_suppressed_is_judged_and_counted_and_not_alerted_of() {
    let (all, digest) = reference(1);
    let user_of = |alert: &(String, String)| {
        let alert: serde_json::Value = serde_json::from_str(&alert.1).unwrap();
        alert["user_id"].as_str().unwrap().to_owned()
    };
    let user = user_of(&all[0]);
    let (kept_back, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|alert| user_of(alert) == user);
    let covered = Covered {
        users: [user].into(),
        ..Covered::default()
    };
    let [name, by, why] = ["quiet", "me", "a test"].map(str::to_owned);
    let broker = world(1, 1, true);
    let mut pipeline = pipeline(&broker, |parts| {
        let one = Suppression::new(name, by, why, i64::MAX, covered);
        parts.suppressions = Suppressions::new(vec![one]);
    });
    drain(&mut pipeline);
    assert_eq!(alerts_anywhere(&broker), others);
    assert_eq!(pipeline.profiles().digest(0), digest);
    let counted = pipeline.parts.metrics.alerts.suppressed("quiet");
    assert_eq!(counted, kept_back.len() as u64);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Alerts and risks do not depend on how the stream is cut into batches and partitions, with or
    /// without keys, nor on transactions that are aborted: a batch that is taken back leaves no
    /// trace.
    #[test]
    fn results_depend_on_the_logins_alone(
        seed in 1u64..4,
        partitions in 1usize..5,
        keyed: bool,
        max_records in 1usize..300,
        faults in prop::collection::vec(prop::bool::weighted(0.3), 0..30),
    ) {
        let (expected, digest) = reference(seed);
        let broker = world(seed, partitions, keyed);
        let mut pipeline = pipeline(&broker, |parts| {
            parts.config.max_records = max_records;
            parts.config.max_waiting = 100;
        });
        pipeline.log_mut().faults =
            faults.into_iter().map(|abort| if abort { Fault::Abort } else { Fault::None }).collect();
        drain(&mut pipeline);
        prop_assert_eq!(alerts_anywhere(&broker), expected);
        if partitions == 1 {
            prop_assert_eq!(pipeline.profiles().digest(0), digest);
        }
    }
}

/// Alerts may be all, those at which something of their incident is told, or none; incidents are
/// told of all the same.
#[test]
fn which_alerts_are_published_changes_nothing_of_incidents() {
    let run = |alerts| {
        let broker = world(3, 1, true);
        drain(&mut pipeline(&broker, |parts| {
            parts.config.publishing.alerts = alerts;
        }));
        (broker.alerts(), broker.incidents())
    };
    let (all, incidents) = run(PublishedAlerts::All);
    let (told, same) = run(PublishedAlerts::Told);
    assert_eq!(incidents, same);
    let told: Vec<&AlertMessage> = told.iter().collect();
    assert!(told.len() < all.len() && !told.is_empty(), "{}", told.len());
    let openings = incidents.iter();
    let openings = openings.filter(|record| record.told == Some(crate::incident::Told::Opened));
    assert!(told.len() >= openings.count());
    let (none, same) = run(PublishedAlerts::None);
    assert_eq!((none.len(), same), (0, incidents));
}

#[test]
fn bad_events_go_out_untouched_and_good_ones_between_them_are_scored() {
    let broker = MemoryBroker::new(1);
    let good = |user: &str| {
        format!(r#"{{"user_id":"{user}","timestamp":"2025-06-12 12:46:42","success":1}}"#)
            .into_bytes()
    };
    let now_ms = 1_749_800_000_000;
    broker.append(Partition(0), now_ms, good("a"));
    broker.append(Partition(0), now_ms, b"\xff\x00 raw bytes".to_vec());
    broker.append(Partition(0), now_ms, good("b"));
    broker.append(Partition(0), 1_749_000_000_000, good("from the future"));
    broker.append(Partition(0), now_ms, Vec::new());
    let mut pipeline = pipeline(&broker, |_| ());
    drain(&mut pipeline);
    let rejected: Vec<_> = broker
        .rejected()
        .iter()
        .map(|message| (message.offset, message.reason, message.value.clone()))
        .collect();
    assert_eq!(
        rejected[0],
        (Offset(1), "not_utf8", b"\xff\x00 raw bytes".to_vec())
    );
    assert_eq!(
        rejected[1],
        (Offset(3), "timestamp_in_future", good("from the future"))
    );
    assert_eq!(rejected[2], (Offset(4), "empty", Vec::new()));
    assert_eq!(pipeline.profiles().sizes()[0], ("user", 2, 0));
}

#[test]
fn a_record_too_large_for_the_rejected_topic_is_cut_and_not_met_for_ever() {
    let broker = MemoryBroker::new(1);
    broker.append(Partition(0), 1_749_800_000_000, vec![b'x'; 1_500_000]);
    drain(&mut pipeline(&broker, |_| ()));
    let rejected = &broker.rejected()[0];
    assert_eq!(
        (rejected.reason, rejected.value.len(), rejected.size),
        ("too_large", 1_000_000, 1_500_000)
    );
}

#[test]
fn a_topic_of_garbage_is_not_drained() {
    let broker = MemoryBroker::new(1);
    for _ in 0..1000 {
        broker.append(Partition(0), 0, b"garbage".to_vec());
    }
    let mut pipeline = pipeline(&broker, |parts| {
        parts.config.brake_window = 100;
        parts.config.max_records = 60;
    });
    let stopped = (0..100).find_map(|_| pipeline.turn().err());
    assert!(
        matches!(stopped, Some(PipelineError::Tripped(_))),
        "{stopped:?}"
    );
    assert!(broker.rejected().len() < 100);
}

/// Training sees a login exactly as the stream did: the features of a recorded stream, replayed
/// from its file, are those that the stream computed, bit for bit.
#[test]
fn training_and_serving_features_are_equal() {
    let events: Vec<Event<'static>> = World::new(Options {
        users: 60,
        days: 15,
        seed: 4,
        attack_share: 0.0,
        ..Options::default()
    })
    .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recorded.ndjson");
    let mut writer = crate::files::Writer::create(&path, crate::simulate::COLUMNS).unwrap();
    for event in &events {
        writer.write(crate::simulate::row(event)).unwrap();
    }
    writer.finish().unwrap();
    let rules = crate::offline::RowRules {
        hasher: &IdHasher::default(),
        latest_ms: i64::MAX,
        max_row_bytes: usize::MAX,
        labelled: true,
        shown: true,
    };
    let data = crate::offline::Dataset::load(&[path], &rules, |_, _| ()).unwrap();
    let replayed = data.replay_by_labels(&ProfileLimits::default()).unwrap();

    let broker = MemoryBroker::new(3);
    let mut pipeline = pipeline(&broker, |parts| {
        // Nothing is flagged, as nothing is an attack: both teach everything.
        parts.detector = detector(Arc::clone(parts.detector.model()), 1.1);
    });
    assert_eq!(replayed.len(), events.len());
    for (number, event) in events.iter().enumerate() {
        let login = Login::new(event, &IdHasher::default());
        let opened = pipeline.reader().open(&login).unwrap();
        let served = crate::features::extract(&opened.context(&login));
        assert_eq!(
            served.map(f32::to_bits),
            replayed[number].map(f32::to_bits),
            "login {number}"
        );
        broker.append(
            Partition(number as i32 % 3),
            event.time_ms,
            serde_json::to_vec(event).unwrap(),
        );
        while !broker.is_drained() {
            pipeline.turn().unwrap();
        }
    }
}
