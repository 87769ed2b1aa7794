use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::super::producer::Undelivered;
use super::*;
use crate::log::AlertMessage;

/// A clock that only goes on while somebody sleeps.
#[derive(Clone, Default)]
struct SleepClock(Arc<AtomicU64>);

impl Clock for SleepClock {
    fn now_ms(&self) -> i64 {
        0
    }
    fn monotonic_ms(&self) -> u64 {
        self.monotonic_ns() / 1_000_000
    }
    fn monotonic_ns(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
    fn sleep(&self, duration: Duration) {
        self.0
            .fetch_add(duration.as_nanos() as u64, Ordering::Relaxed);
    }
}

/// A producer whose calls go as the test says; those it says nothing of succeed.
#[derive(Clone, Default)]
struct Scripted(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    answers: BTreeMap<&'static str, VecDeque<CallError>>,
    /// Whether the last answer of a call is given for ever.
    for_ever: bool,
    undelivered: Option<Undelivered>,
    fatal: Option<Code>,
    calls: Vec<&'static str>,
    begun_again: usize,
    /// How often no broker answers one that begins again.
    away: usize,
}

impl Scripted {
    fn call(&self, name: &'static str) -> Result<(), CallError> {
        let mut script = self.0.lock().unwrap();
        script.calls.push(name);
        let for_ever = script.for_ever;
        let Some(answers) = script.answers.get_mut(name) else {
            return Ok(());
        };
        let answer = if for_ever {
            answers.front().cloned()
        } else {
            answers.pop_front()
        };
        answer.map_or(Ok(()), Err)
    }

    fn answer(&self, name: &'static str, code: Code, retriable: bool) {
        let error = CallError {
            code: Some(code),
            retriable,
            text: code.to_string(),
        };
        let mut script = self.0.lock().unwrap();
        script.answers.entry(name).or_default().push_back(error);
    }

    fn calls(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().calls.clone()
    }
}

impl TransactionalProducer for Scripted {
    type Group = ();

    fn begin(&self) -> Result<(), CallError> {
        self.call("begin")
    }
    fn send(&self, _: &Outgoing<'_>) -> Result<(), CallError> {
        self.call("send")
    }
    fn in_flight(&self) -> usize {
        0
    }
    fn take_undelivered(&self) -> Option<Undelivered> {
        self.0.lock().unwrap().undelivered.take()
    }
    fn send_offsets(
        &self,
        _: &str,
        _: &BTreeMap<Partition, Offset>,
        (): &(),
    ) -> Result<(), CallError> {
        self.call("send_offsets")
    }
    fn commit(&self) -> Result<(), CallError> {
        self.call("commit")
    }
    fn purge(&self) {
        let _ = self.call("purge");
    }
    fn abort(&self) -> Result<(), CallError> {
        self.call("abort")
    }
    fn fatal(&self) -> Option<(Code, String)> {
        let fatal = self.0.lock().unwrap().fatal?;
        Some((fatal, "as the test says".to_owned()))
    }
}

struct Case {
    producer: Scripted,
    transactions: Transactions<Scripted, SleepClock>,
    clock: SleepClock,
    fencing: Fencing,
    stop: Stop,
}

impl Case {
    fn new() -> Self {
        let (producer, clock, stop) = (Scripted::default(), SleepClock::default(), Stop::default());
        let again = producer.clone();
        let begin = move || {
            let mut script = again.0.lock().unwrap();
            if script.away > 0 {
                script.away -= 1;
                return Err(LogError::Unavailable("no broker".into()));
            }
            (script.begun_again, script.fatal) = (script.begun_again + 1, None);
            drop(script);
            Ok(again.clone())
        };
        let transactions = Transactions {
            producer: producer.clone(),
            begin: Box::new(begin),
            config: Config::from_layers(&[], &[], &[]).unwrap(),
            profiles_ends: ProfilesEnds::default(),
            clock: clock.clone(),
            stop: stop.clone(),
        };
        Self {
            producer,
            transactions,
            fencing: Fencing::new(0, CutOff::default()),
            clock,
            stop,
        }
    }

    fn commit(&mut self) -> Result<(), Uncommitted> {
        let output = Output {
            alerts: vec![AlertMessage {
                user_id: "ann".to_owned(),
                json: b"{}".to_vec(),
            }],
            offsets: BTreeMap::from([(Partition(0), Offset(1))]),
            ..Output::default()
        };
        self.transactions
            .commit(&output, "logins", Some(&()), &mut self.fencing)
    }
}

#[test]
fn everything_is_sent_before_the_offsets_and_then_committed() {
    let mut case = Case::new();
    assert!(case.commit().is_ok());
    assert_eq!(
        case.producer.calls(),
        ["begin", "send", "send_offsets", "commit"]
    );
}

#[test]
fn what_may_pass_is_tried_again_until_it_does() {
    let mut case = Case::new();
    case.producer.answer("send", Code::QueueFull, false);
    for _ in 0..5 {
        case.producer
            .answer("send_offsets", Code::NotCoordinator, true);
        case.producer
            .answer("commit", Code::OperationTimedOut, true);
    }
    assert!(case.commit().is_ok());
    let calls = case.producer.calls();
    let times = |name: &str| calls.iter().filter(|call| **call == name).count();
    assert_eq!(
        (times("send"), times("send_offsets"), times("commit")),
        (2, 6, 6)
    );
    assert_eq!(times("abort"), 0);
    assert!(case.clock.monotonic_ms() >= 10 * RETRY_AFTER.as_millis() as u64);
}

#[test]
fn a_stop_that_is_overdue_ends_the_trying_and_nothing_is_committed() {
    let mut case = Case::new();
    case.producer
        .answer("commit", Code::OperationTimedOut, true);
    case.producer.0.lock().unwrap().for_ever = true;
    case.stop.request_within(&case.clock, 1_000);
    let ended = case.commit();
    assert!(
        matches!(ended, Err(Uncommitted::Log(LogError::Unavailable(_)))),
        "{ended:?}"
    );
    assert!(case.clock.monotonic_ms() >= 1_000);
}

#[test]
fn a_member_that_left_the_group_aborts_and_a_fenced_one_too() {
    for code in [
        Code::UnknownMemberId,
        Code::IllegalGeneration,
        Code::FencedInstanceId,
    ] {
        let mut case = Case::new();
        case.producer.answer("send_offsets", code, false);
        let aborted = case.commit();
        assert!(
            matches!(aborted, Err(Uncommitted::Log(LogError::Aborted(_)))),
            "{aborted:?}"
        );
        let calls = case.producer.calls();
        assert_eq!(
            calls,
            ["begin", "send", "send_offsets", "purge", "abort"],
            "{code}"
        );
    }
}

#[test]
fn after_a_message_that_was_not_delivered_another_producer_goes_on() {
    for sent in [true, false] {
        let mut case = Case::new();
        if sent {
            case.producer.0.lock().unwrap().undelivered = Some(Undelivered {
                code: Code::MessageTimedOut,
                topic: "alerts".to_owned(),
            });
            case.producer.answer("commit", Code::MessageTimedOut, false);
        } else {
            case.producer.answer("send", Code::State, false);
        }
        let aborted = case.commit();
        assert!(
            matches!(aborted, Err(Uncommitted::Log(LogError::Aborted(_)))),
            "{aborted:?}"
        );
        assert_eq!(case.producer.0.lock().unwrap().begun_again, 1);
        let calls = case.producer.calls();
        assert!(!calls.contains(&"abort"), "{calls:?}");
        assert!(case.commit().is_ok());
        assert_eq!(case.producer.0.lock().unwrap().begun_again, 1);
    }
}

#[test]
fn brokers_that_are_away_are_waited_for_by_a_producer_that_begins_again() {
    let mut case = Case::new();
    case.producer.0.lock().unwrap().away = 5;
    case.producer.answer("send", Code::State, false);
    let aborted = case.commit();
    assert!(
        matches!(aborted, Err(Uncommitted::Log(LogError::Aborted(_)))),
        "{aborted:?}"
    );
    assert!(case.clock.monotonic_ms() >= 5 * RETRY_AFTER.as_millis() as u64);
    case.producer.0.lock().unwrap().away = usize::MAX;
    case.producer.answer("send", Code::State, false);
    case.stop.request_within(&case.clock, 1_000);
    let ended = case.commit();
    assert!(
        matches!(ended, Err(Uncommitted::Log(LogError::Unavailable(_)))),
        "{ended:?}"
    );
}

#[test]
fn a_missing_right_ends_the_process_and_names_the_topic() {
    let mut case = Case::new();
    case.producer.0.lock().unwrap().undelivered = Some(Undelivered {
        code: Code::PurgeQueue,
        topic: "alerts".to_owned(),
    });
    case.producer
        .answer("commit", Code::TopicAuthorizationFailed, false);
    match case.commit() {
        Err(Uncommitted::Log(LogError::Configuration(reason))) => {
            assert!(
                reason
                    .to_string()
                    .contains("cannot write to topic `alerts`"),
                "{reason}"
            );
            assert!(std::error::Error::source(&reason).is_some());
            assert!(case.producer.calls().ends_with(&["purge", "abort"]));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_left_open_is_ended_by_a_transaction_that_is_aborted() {
    let case = Case::new();
    let partitions = [Partition(0), Partition(1)];
    let group = Some(&());
    case.transactions
        .end_left_open("logins", &partitions, group);
    let calls = ["begin", "send", "send", "send_offsets", "purge", "abort"];
    assert_eq!(case.producer.calls(), calls);
}

#[test]
fn an_ended_producer_is_renewed_and_what_became_of_its_transaction_is_asked() {
    let mut case = Case::new();
    case.clock.sleep(Duration::from_secs(3_600));
    // Suspended every now and then, for years.
    for times in 1..100 {
        case.producer.answer("commit", Code::ProducerFenced, false);
        case.producer.0.lock().unwrap().fatal = Some(Code::ProducerFenced);
        let unknown = case.commit();
        assert!(
            matches!(unknown, Err(Uncommitted::Unknown(_))),
            "{unknown:?}"
        );
        assert_eq!(case.producer.0.lock().unwrap().begun_again, times);
        assert!(case.commit().is_ok());
        case.clock.sleep(Duration::from_secs(60));
    }
}

#[test]
fn a_rival_that_ends_the_producer_again_and_again_is_yielded_to() {
    let mut case = Case::new();
    case.clock.sleep(Duration::from_secs(3_600));
    case.producer.0.lock().unwrap().for_ever = true;
    case.producer.answer("begin", Code::ProducerFenced, false);
    for _ in 0..20 {
        match case.commit() {
            Err(Uncommitted::Unknown(_)) => {}
            Err(Uncommitted::Log(LogError::Configuration(reason))) => {
                assert!(reason.to_string().contains("instance"), "{reason}");
                return;
            }
            other => panic!("{other:?}"),
        }
    }
    panic!("it never yields");
}
