//! Killed or suspended, it ends where a process would that never was.

use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::stream::incidents::Incidents;

/// Killed at random moments, it publishes the alerts of a run that never was, each once and with
/// the same risk, and the same records of incidents, and knows the same in the end; also where
/// somebody says meanwhile what incidents are.
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
    digest(port);
    assert_eq!(running.stop().0, Some(0));
    let verdicts = say(&site);
    for _ in 0..kills.min(4) {
        let mut running = site.run();
        std::thread::sleep(Duration::from_millis(rng.random_range(200..2_000)));
        running.signal("KILL");
        running.wait();
    }
    let running = site.run();
    await_heard(&site, verdicts);
    let known = digest(port);
    assert_eq!(running.stop().0, Some(0));
    assert_same_as_scored(site.alerts(), &scored);
    let incidents = Incidents::read(&site).unnamed();

    let (reference, port) = start(false);
    publish(&reference, &args, None);
    let running = reference.run();
    reference.await_committed(total);
    assert_eq!(say(&reference), verdicts);
    await_heard(&reference, verdicts);
    assert_eq!(known, digest(port), "profiles differ");
    assert_eq!(running.stop().0, Some(0));
    let expected = Incidents::read(&reference).unnamed();
    println!("{} incidents", expected.len());
    assert!(incidents == expected, "incidents differ");

    // Started once more after its stop, it knows the same without redoing anything.
    let running = reference.run();
    assert_eq!(known, digest(port), "profiles differ after a stop");
    assert_eq!(running.stop().0, Some(0));
}

/// Says something of every other incident, and how often.
fn say(site: &Site) -> usize {
    const VERDICTS: [&str; 5] = ["confirmed", "benign", "unsure", "expected", "withdrawn"];
    let ids = Incidents::read(site).in_order();
    let about = ids.iter().step_by(2).take(60).enumerate();
    let said: Vec<Vec<u8>> = about
        .map(|(number, id)| {
            let verdict = VERDICTS[number % VERDICTS.len()];
            format!(
                r#"{{"verdict_id":"v{number}","verdict":"{verdict}","incident_id":"{id}","by":"kim","until":"2099-01-01"}}"#
            )
            .into_bytes()
        })
        .collect();
    site.publish_to("feedback", &said, 1);
    said.len()
}

/// Every verdict is a label, and an entry of the audit, once.
fn await_heard(site: &Site, verdicts: usize) {
    eventually("the verdicts are heard", || {
        site.read("verdicts", 1).len() >= verdicts
    });
    let count = |topic| site.read(topic, 1).len();
    assert_eq!((count("verdicts"), count("audit")), (verdicts, verdicts));
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

/// As librdkafka ends where it reads what is not there.
const SIGSEGV: i32 = 11;

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
    let mut running: Vec<Running> = (0..3).map(|number| site.run_as(&name(number))).collect();
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
    // librdkafka itself may fail where a group's coordinator goes away, as 2.12 does (its issue 5347);
    // who deploys the program has it started again.
    let mut started_again = 0;
    eventually(&format!("{total} records committed"), || {
        for (number, one) in running.iter_mut().enumerate() {
            if let Some(signal) = one.ended_by() {
                let said = one.said();
                println!(
                    "instance {number} was ended by signal {signal}; starting it again\n{said}"
                );
                assert_eq!(signal, SIGSEGV, "{said}");
                let own = ["panicked", "overflowed its stack", "memory allocation"];
                assert!(own.iter().all(|own| !said.contains(own)), "{said}");
                *one = site.run_as(&name(number));
                started_again += 1;
            }
        }
        site.committed() >= total
    });
    assert!(started_again <= 1, "{started_again} were ended by signals");
    let mut taken_back = 0;
    for one in running {
        let (code, said) = one.stop();
        assert_eq!(code, Some(0), "{said}");
        taken_back += said.matches("taking it back").count();
    }
    println!("fenced without a rival: {taken_back} times");
    assert_eq!(alerted(&site).len() as i64, total);
    // Every incident can be found, and no login is in two.
    let incidents = Incidents::read(&site);
    let mut alerts: BTreeMap<&str, u64> = BTreeMap::new();
    let read = site.alerts();
    for alert in &read {
        let id = incidents.resolve(alert["incident_id"].as_str().unwrap());
        assert!(!incidents.of(id).is_empty(), "{id} is nowhere");
        *alerts.entry(id).or_default() += 1;
    }
    let told = alerts.keys().map(|id| incidents.of(id).last().unwrap());
    let attempts: u64 = told.map(|last| last["attempts"].as_u64().unwrap()).sum();
    // The last records of open incidents may be a refresh behind.
    println!(
        "{attempts} attempts told of {total}, in {} incidents",
        alerts.len()
    );
    assert!(attempts as i64 <= total, "{attempts} attempts");
}
