//! Profiles that cannot be taken as they are: waited for, found again or refused.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use super::*;

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
