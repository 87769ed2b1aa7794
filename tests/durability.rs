//! The promise under fire: real processes killed against a real Apache Kafka, and what is lost
//! told.
//!
//! `scripts/chaos` runs the same at full length.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use support::*;

const HTTP: &str = "NIGHTLATCH__HTTP__ADDRESS";

/// A number from the environment, for longer runs.
fn wanted(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// The arguments of a world of about so many logins.
fn world_args(logins: u64, seed: u64) -> Vec<String> {
    let users = (logins / 57).max(20);
    [
        "--users",
        &users.to_string(),
        "--days",
        "30",
        "--seed",
        &seed.to_string(),
        "--attack-share",
        "0.02",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn publish(site: &Site, args: &[String], rate: Option<u64>) {
    let mut all = vec!["simulate".to_owned(), "--kafka".to_owned()];
    all.extend_from_slice(args);
    if let Some(rate) = rate {
        all.extend(["--rate".to_owned(), rate.to_string()]);
    }
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    succeed(&mut site.command(&all));
}

fn make_world(site: &Site, args: &[String]) -> i64 {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    world(&site.path("logins.ndjson"), &args)
}

/// Publishes a world, and gives how many logins it has and what `score` makes of them.
fn fill(site: &Site, args: &[String]) -> (i64, BTreeMap<String, serde_json::Value>) {
    let total = make_world(site, args);
    let scored = scores(
        &site.path("logins.ndjson"),
        &site.path("scores.ndjson"),
        &[],
    );
    publish(site, args, None);
    (total, scored)
}

/// What a process that has seen everything knows.
fn digest(port: u16) -> String {
    eventually("ready", || {
        http_get(port, "/health/ready").starts_with("HTTP/1.1 200")
    });
    let answer = http_get(port, "/api/profiles");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    let answer: serde_json::Value = serde_json::from_str(body).expect("JSON");
    answer["digest"].as_str().unwrap().to_owned()
}

/// Event ids of the alerts; panics where one comes twice.
fn alerted(site: &Site) -> BTreeSet<String> {
    by_event(site.alerts()).into_keys().collect()
}

/// Killed at random moments, it publishes the alerts of a run that never was, each once and with
/// the same risk, and knows the same in the end.
#[test]
fn killed_again_and_again_it_ends_where_one_process_would() {
    let (logins, kills) = (wanted("CHAOS_LOGINS", 30_000), wanted("CHAOS_KILLS", 8));
    let seed = wanted("CHAOS_SEED", u64::from(std::process::id()));
    println!("CHAOS_SEED={seed}");
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let broker = Broker::shared();
    let args = world_args(logins, 11);
    let start = |quick: bool| {
        let mut site = Site::new(broker, 4);
        let port = free_port();
        site.set(HTTP, &format!("127.0.0.1:{port}"));
        // On a busy machine a partition may be silent for long; nothing goes ahead of it.
        site.set("NIGHTLATCH__ORDER__MAX_WAIT_MS", "60000");
        if quick {
            site.set(
                "NIGHTLATCH__BATCH__MAX_RECORDS",
                &(logins / 100).to_string(),
            );
            // So little is written that there is always something to redo.
            site.set("NIGHTLATCH__CHECKPOINT__BYTES_PER_SECOND", "65536");
            site.make_profiles_compacted_often(broker);
        }
        succeed(&mut site.command(&["topics", "create"]));
        (site, port)
    };
    let (site, port) = start(true);
    let (total, scored) = fill(&site, &args);
    let mut done = 0;
    for _ in 0..kills {
        let mut running = site.run();
        // Some are killed while they start or restore, most while they work.
        std::thread::sleep(Duration::from_millis(rng.random_range(200..4_000)));
        running.signal("KILL");
        running.wait();
        done = site.committed();
    }
    println!("{done} of {total} logins committed before the last start");
    let running = site.run();
    site.await_committed(total);
    let known = digest(port);
    assert_eq!(running.stop().0, Some(0));
    assert_same_as_scored(site.alerts(), &scored);

    let (reference, port) = start(false);
    publish(&reference, &args, None);
    let running = reference.run();
    reference.await_committed(total);
    assert_eq!(known, digest(port), "profiles differ");
    assert_eq!(running.stop().0, Some(0));

    // Started once more after its stop, it knows the same without redoing anything.
    let running = reference.run();
    assert_eq!(known, digest(port), "profiles differ after a stop");
    assert_eq!(running.stop().0, Some(0));
}

/// Three instances restarted one after the other under load score each login once.
#[test]
fn a_rolling_restart_of_three_instances_scores_each_login_once() {
    let broker = Broker::shared();
    let mut site = Site::with_topics(broker, 6);
    site.set("NIGHTLATCH__ALERTS__RISK", "0");
    site.set("NIGHTLATCH__ALERTS__CONTRIBUTIONS", "0");
    let args = world_args(wanted("CHAOS_LOGINS", 30_000) / 2, 12);
    let total = make_world(&site, &args);
    let name = |number: usize| format!("{}-{number}", site.name);
    let mut running: Vec<Running> = (0..3).map(|number| site.run_as(&name(number))).collect();
    let rate = (total / 20).unsigned_abs();
    std::thread::scope(|scope| {
        let publisher = scope.spawn(|| publish(&site, &args, Some(rate)));
        eventually("some progress", || site.committed() > total / 20);
        for (number, one) in running.iter_mut().enumerate() {
            let old = std::mem::replace(one, Running::none());
            let (code, said) = old.stop();
            assert_eq!(code, Some(0), "{said}");
            *one = site.run_as(&name(number));
            std::thread::sleep(Duration::from_secs(2));
        }
        publisher.join().unwrap();
    });
    site.await_committed(total);
    for one in running {
        let (code, said) = one.stop();
        assert_eq!(code, Some(0), "{said}");
    }
    assert_eq!(alerted(&site).len() as i64, total);
}

/// A process that is suspended until its partitions are another's, or until its transaction was
/// ended for it, harms nothing when it wakes.
#[test]
fn a_process_that_sleeps_too_long_doubles_nothing() {
    let broker = Broker::shared();
    let mut site = Site::with_topics(broker, 4);
    site.set("NIGHTLATCH__ALERTS__RISK", "0");
    site.set("NIGHTLATCH__ALERTS__CONTRIBUTIONS", "0");
    site.set("NIGHTLATCH__BATCH__MAX_RECORDS", "50");
    let args = world_args(12_000, 13);
    let total = make_world(&site, &args);
    publish(&site, &args, None);
    let sleeper = site.run_as(&format!("{}-a", site.name));
    eventually("some progress", || site.committed() > total / 20);
    sleeper.signal("STOP");
    let other = site.run_as(&format!("{}-b", site.name));
    eventually("the other goes on", || site.committed() > total / 4);
    sleeper.signal("CONT");
    site.await_committed(total);
    assert_eq!(other.stop().0, Some(0));
    drop(sleeper);
    assert_eq!(alerted(&site).len() as i64, total);
}

#[test]
fn a_process_suspended_for_longer_than_a_transaction_goes_on() {
    let mut site = Site::with_topics(Broker::shared(), 2);
    site.set("NIGHTLATCH__BATCH__MAX_RECORDS", "50");
    let args = world_args(10_000, 14);
    let (total, scored) = fill(&site, &args);
    let running = site.run();
    eventually("some progress", || site.committed() > total / 20);
    running.signal("STOP");
    std::thread::sleep(Duration::from_secs(13));
    running.signal("CONT");
    site.await_committed(total);
    let (code, said) = running.stop();
    assert_eq!(code, Some(0), "{said}");
    assert_same_as_scored(site.alerts(), &scored);
}

/// What a killed process left open on the profiles is waited for, and then does not count.
#[test]
fn an_open_transaction_is_waited_for() {
    let mut site = Site::with_topics(Broker::shared(), 1);
    let port = free_port();
    site.set(HTTP, &format!("127.0.0.1:{port}"));
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", &site.brokers)
        .set("transactional.id", format!("{}-left", site.name))
        .create()
        .unwrap();
    producer.init_transactions(PATIENCE).unwrap();
    producer.begin_transaction().unwrap();
    producer
        .send(
            BaseRecord::<[u8], [u8]>::to(&site.topic("profiles"))
                .key(b"head")
                .payload(b"never committed"),
        )
        .unwrap();
    producer.flush(PATIENCE).unwrap();
    let args = world_args(2_000, 15);
    let total = make_world(&site, &args);
    publish(&site, &args, None);
    let running = site.run();
    std::thread::sleep(Duration::from_secs(4));
    assert_eq!(site.committed(), 0, "it did not wait");
    assert!(http_get(port, "/health/ready").starts_with("HTTP/1.1 503"));
    producer.abort_transaction(PATIENCE).unwrap();
    site.await_committed(total);
    assert_eq!(running.stop().0, Some(0));
}

/// A deleted topic, logins that are gone, a changed number of partitions: told, and right or
/// refused.
#[test]
fn what_is_lost_is_told_and_never_guessed() {
    let broker = Broker::start();
    let mut site = Site::with_topics(&broker, 2);
    let port = free_port();
    site.set(HTTP, &format!("127.0.0.1:{port}"));
    // Slowly, so that it is killed half way.
    site.set("NIGHTLATCH__BATCH__MAX_RECORDS", "50");
    let args = world_args(3_000, 16);
    let (total, scored) = fill(&site, &args);
    let topic = |verb: &[&str]| {
        let mut args = vec![
            "org.apache.kafka.tools.TopicCommand",
            "--bootstrap-server",
            &site.brokers,
        ];
        args.extend(verb);
        broker.tool(&args);
    };
    let mut running = site.run();
    eventually("some progress", || site.committed() > total / 3);
    running.signal("KILL");
    running.wait();
    let profiles = site.topic("profiles");
    let make_again = || {
        eventually("the topic can be made again", || {
            let made = site.command(&["topics", "create"]).output().unwrap();
            made.status.success() && stdout(&made).contains(&format!("created  {profiles}"))
        });
    };

    topic(&["--delete", "--topic", &profiles]);
    let said = fail(&mut site.command(&["run"]), 78);
    assert!(
        said.contains(&profiles) && said.contains("topics create"),
        "{said}"
    );
    make_again();
    // Every login is still there: the profiles are found again from them.
    let running = site.run();
    site.await_committed(total);
    digest(port);
    let (code, said) = running.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("found again from the logins"), "{said}");
    assert_same_as_scored(site.alerts(), &scored);

    // Now logins are gone as well.
    topic(&["--delete", "--topic", &profiles]);
    make_again();
    let deletion = site.path("deletion.json");
    let logins = site.topic("logins");
    std::fs::write(
        &deletion,
        format!(
            r#"{{"version":1,"partitions":[{{"topic":"{logins}","partition":0,"offset":100}}]}}"#
        ),
    )
    .unwrap();
    broker.tool(&[
        "org.apache.kafka.tools.DeleteRecordsCommand",
        "--bootstrap-server",
        &site.brokers,
        "--offset-json-file",
        &deletion.display().to_string(),
    ]);
    let said = fail(&mut site.command(&["run"]), 65);
    assert!(
        said.contains("cannot be restored") && said.contains("accept_loss"),
        "{said}"
    );
    let mut accepting = site.command(&["run"]);
    accepting.env("NIGHTLATCH__CHECKPOINT__ACCEPT_LOSS", "true");
    let running = Running::start(&mut accepting);
    publish(&site, &world_args(2_000, 17), None);
    eventually("it goes on", || site.committed() > total);
    assert_eq!(running.stop().0, Some(0));

    topic(&["--alter", "--topic", &logins, "--partitions", "3"]);
    let said = fail(&mut site.command(&["run"]), 78);
    assert!(
        said.contains("3 partitions") && said.contains("rekey"),
        "{said}"
    );
    let said = stdout(&site.command(&["validate"]).output().unwrap());
    assert!(said.contains("BAD") && said.contains(&profiles), "{said}");
}

/// A topic without keys, moved by a process that is killed half way: every message once, each user
/// in one partition and in the order of time; and what is no login goes along.
#[test]
fn rekey_moves_each_login_once_to_its_users_partition() {
    let mut site = Site::with_topics(Broker::shared(), 3);
    let total = make_world(&site, &world_args(6_000, 18)) as usize;
    let text = std::fs::read_to_string(site.path("logins.ndjson")).unwrap();
    let mut messages: Vec<Vec<u8>> = text.lines().map(|line| line.as_bytes().to_vec()).collect();
    messages.push(b"not a login".to_vec());
    site.publish_over(&messages, 3);
    let from = site.topic("logins");
    site.set("NIGHTLATCH__BATCH__MAX_RECORDS", "200");
    let keyed = site.topic("keyed");
    succeed(
        site.command(&["topics", "create"])
            .env("NIGHTLATCH__TOPICS__LOGINS", &keyed),
    );
    let said = fail(&mut site.command(&["rekey", "--to", &from]), 78);
    assert!(said.contains("round for ever"), "{said}");
    let said = fail(
        &mut site.command(&["rekey", "--to", "nowhere-to-be-found"]),
        78,
    );
    assert!(said.contains("does not exist"), "{said}");
    let mut killed = Running::start(&mut site.command(&["rekey", "--to", &keyed]));
    eventually("some are moved", || site.read("keyed", 3).len() > 500);
    killed.signal("KILL");
    killed.wait();
    succeed(&mut site.command(&["rekey", "--to", &keyed, "--until-end"]));
    let moved = site.read("keyed", 3);
    assert_eq!(moved.len(), total + 1);
    let mut of_user: BTreeMap<String, (i32, String)> = Default::default();
    let mut events = BTreeSet::new();
    for message in &moved {
        let Some(user) = &message.key else {
            assert_eq!(message.value, b"not a login");
            continue;
        };
        let login: serde_json::Value = serde_json::from_slice(&message.value).unwrap();
        assert_eq!(login["user_id"].as_str(), Some(user.as_str()));
        events.insert(login["event_id"].as_str().unwrap().to_owned());
        let time = login["timestamp"].as_str().unwrap().to_owned();
        let known = of_user
            .entry(user.clone())
            .or_insert_with(|| (message.partition, time.clone()));
        assert_eq!(known.0, message.partition, "{user} is in two partitions");
        assert!(known.1 <= time, "{user} runs backwards");
        known.1 = time;
    }
    assert_eq!(events.len(), total);
}

/// A broker that is killed forgets what it had not written, and may say that a member has a rival
/// where it has none: every instance goes on.
#[test]
fn three_instances_go_on_when_their_broker_is_killed_twice() {
    let broker = Broker::start();
    let mut site = Site::with_topics(&broker, 6);
    site.set("NIGHTLATCH__ALERTS__RISK", "0");
    site.set("NIGHTLATCH__ALERTS__CONTRIBUTIONS", "0");
    site.set("NIGHTLATCH__BATCH__MAX_RECORDS", "20");
    let args = world_args(wanted("CHAOS_LOGINS", 30_000) / 2, 19);
    let total = make_world(&site, &args);
    publish(&site, &args, None);
    let name = |number: usize| format!("{}-{number}", site.name);
    let running: Vec<Running> = (0..3).map(|number| site.run_as(&name(number))).collect();
    for part in [20, 4] {
        eventually("some progress", || site.committed() > total / part);
        broker.kill();
        std::thread::sleep(Duration::from_secs(6));
        broker.start_again();
    }
    assert!(
        site.committed() < total,
        "it was killed too late to mean anything"
    );
    site.await_committed(total);
    let mut taken_back = 0;
    for one in running {
        let (code, said) = one.stop();
        assert_eq!(code, Some(0), "{said}");
        taken_back += said.matches("taking it back").count();
    }
    println!("fenced without a rival: {taken_back} times");
    assert_eq!(alerted(&site).len() as i64, total);
}

/// A member of a site's group that has the name of an instance on another machine.
struct Rival(BaseConsumer);

impl Rival {
    fn join(site: &Site) -> Self {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &site.brokers)
            .set("group.id", &site.name)
            .set("group.instance.id", &site.name)
            .set("client.id", format!("{}@elsewhere", site.name))
            .set("partition.assignment.strategy", "range")
            .set("session.timeout.ms", "15000")
            .set("heartbeat.interval.ms", "1000")
            .set("enable.auto.commit", "false")
            .create()
            .unwrap();
        consumer.subscribe(&[&site.topic("logins")]).unwrap();
        let rival = Self(consumer);
        eventually("the rival has joined", || {
            rival.0.poll(Duration::from_millis(100));
            rival.0.assignment().unwrap().count() > 0
        });
        rival
    }

    fn is_fenced(&self) -> bool {
        self.0.poll(Duration::from_millis(100));
        self.0.client().fatal_error().is_some()
    }
}

/// Of two processes of one instance on a machine, the second yields, and the first does not notice.
#[test]
fn a_second_process_of_an_instance_yields() {
    let mut site = Site::with_topics(Broker::shared(), 2);
    site.set("NIGHTLATCH__BATCH__MAX_RECORDS", "50");
    let args = world_args(10_000, 20);
    let (total, scored) = fill(&site, &args);
    let first = site.run();
    eventually("some progress", || site.committed() > total / 20);
    for _ in 0..3 {
        let said = fail(&mut site.command(&["run"]), 78);
        let named = format!("instance `{}`", site.name);
        assert!(
            said.contains(&named) && said.contains("on this machine"),
            "{said}"
        );
    }
    site.await_committed(total);
    let (code, said) = first.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("taking it back"), "{said}");
    assert_same_as_scored(site.alerts(), &scored);
}

/// On another machine too: a process yields to a living one of its name, and takes the place of a
/// dead one.
#[test]
fn a_process_yields_to_a_living_one_of_its_name_on_another_machine_and_not_to_a_dead_one() {
    let site = Site::with_topics(Broker::shared(), 2);
    let args = world_args(3_000, 21);
    let (total, scored) = fill(&site, &args);
    let mut rival = Rival::join(&site);
    let mut second = site.run();
    eventually("the rival is knocked at", || rival.is_fenced());
    rival = Rival::join(&site);
    let (code, said) = second.wait();
    assert_eq!(code, Some(78), "{said}");
    assert!(
        said.contains("on another machine") && said.contains(&site.name),
        "{said}"
    );
    assert!(!rival.is_fenced(), "it went on taking the place");
    drop(rival);

    let running = site.run();
    site.await_committed(total);
    let (code, said) = running.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("finding out whether it lives"), "{said}");
    assert_same_as_scored(site.alerts(), &scored);
}

/// A member that is put out of its place by one that does not come again takes it back.
#[test]
fn a_member_that_is_fenced_takes_its_place_back() {
    let mut site = Site::with_topics(Broker::shared(), 2);
    site.set("NIGHTLATCH__BATCH__MAX_RECORDS", "20");
    let args = world_args(10_000, 22);
    let (total, scored) = fill(&site, &args);
    let running = site.run();
    for part in [20, 4] {
        eventually("some progress", || site.committed() > total / part);
        drop(Rival::join(&site));
        // Who comes again sooner is a rival.
        std::thread::sleep(Duration::from_secs(8));
    }
    site.await_committed(total);
    let (code, said) = running.stop();
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said.matches("taking it back").count(), 2, "{said}");
    assert_same_as_scored(site.alerts(), &scored);
}
