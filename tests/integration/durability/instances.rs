//! Several processes of one group, and several of one name.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::*;

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
