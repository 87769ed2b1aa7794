//! Processes that are stopped or killed, and a broker that goes away.

use crate::support::*;

#[test]
fn stopped_and_killed_processes_go_on_where_they_were() {
    let site = Site::with_topics(Broker::shared(), 4);
    let world_args = [
        "--users",
        "200",
        "--days",
        "40",
        "--seed",
        "9",
        "--attack-share",
        "0.05",
    ];
    let logins = world(&site.path("logins.ndjson"), &world_args);
    let mut site = site;
    // Small batches, so that there is something to interrupt.
    site.set("NIGHTLATCH__BATCH__MAX_RECORDS", "50");
    let mut args = vec!["simulate", "--kafka"];
    args.extend(world_args);
    succeed(&mut site.command(&args));
    for (number, signal) in ["TERM", "KILL", "INT", "KILL"].into_iter().enumerate() {
        let before = site.committed();
        let mut running = site.run();
        let share = logins * (number as i64 + 1) / 6;
        // What is told to stop before it has begun just ends.
        eventually("some progress", || {
            site.committed() >= share.max(before + 1)
        });
        running.signal(signal);
        let (code, said) = running.wait();
        if signal != "KILL" {
            assert_eq!(code, Some(0), "{said}");
        }
    }
    assert!(
        site.committed() < logins,
        "it was interrupted too late to mean anything"
    );
    let running = site.run();
    site.await_committed(logins);
    assert_eq!(running.stop().0, Some(0));
    let scored = scores(
        &site.path("logins.ndjson"),
        &site.path("scores.ndjson"),
        &[],
    );
    assert_same_as_scored(site.alerts(), &scored);
}

#[test]
fn a_broker_that_goes_away_and_comes_back_loses_and_doubles_nothing() {
    let broker = Broker::start();
    let mut site = Site::with_topics(&broker, 4);
    site.hold_exactly(2_000);
    let port = free_port();
    site.set("NIGHTLATCH__HTTP__ADDRESS", &format!("127.0.0.1:{port}"));
    let world_args = [
        "--users",
        "200",
        "--days",
        "20",
        "--seed",
        "3",
        "--attack-share",
        "0.05",
    ];
    let logins = world(&site.path("logins.ndjson"), &world_args);
    let scored = scores(
        &site.path("logins.ndjson"),
        &site.path("scores.ndjson"),
        &[],
    );
    site.set("NIGHTLATCH__BATCH__MAX_RECORDS", "100");
    let mut args = vec!["simulate", "--kafka"];
    args.extend(world_args);
    succeed(&mut site.command(&args));
    let running = site.run();
    eventually("some progress", || site.committed() >= logins / 5);
    broker.kill();
    eventually("not ready while the broker is away", || {
        http_get(port, "/health/ready").starts_with("HTTP/1.1 503")
    });
    assert!(http_get(port, "/health/live").starts_with("HTTP/1.1 200"));
    broker.start_again();
    eventually("ready again", || {
        http_get(port, "/health/ready").starts_with("HTTP/1.1 200")
    });
    site.await_committed(logins);
    let (code, said) = running.stop();
    assert_eq!(code, Some(0), "{said}");
    assert_same_as_scored(site.alerts(), &scored);
}

/// The second signal ends it at once, with the code that shells give for that signal.
#[test]
fn a_second_signal_ends_it_at_once() {
    let broker = Broker::start();
    let mut site = Site::with_topics(&broker, 2);
    site.set("NIGHTLATCH__BATCH__MAX_RECORDS", "20");
    // As long as a test waits: only a second signal ends it sooner.
    site.set("NIGHTLATCH__SHUTDOWN__GRACE_MS", "60000");
    let mut running = [("INT", 130), ("TERM", 143)].map(|(signal, code)| {
        (
            signal,
            code,
            site.run_as(&format!("{}-{signal}", site.name)),
        )
    });
    succeed(&mut site.command(&["simulate", "--kafka", "--users", "300", "--days", "20"]));
    eventually("some progress", || site.committed() > 200);
    // Batches that cannot be committed keep it from ending.
    broker.kill();
    for (signal, code, running) in &mut running {
        running.signal(signal);
        eventually("it stops", || running.has_said("once more to stop at once"));
        running.signal(signal);
        assert_eq!(running.wait().0, Some(*code));
    }
}
