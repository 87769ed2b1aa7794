//! Who is told of incidents, by a real process on a real Kafka.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::*;

/// How often each id arrived.
type Arrived = Arc<Mutex<BTreeMap<String, u32>>>;

/// A record of the topic of incidents.
fn telling(id: &str, revision: u32, severity: &str, told: Option<&str>) -> Vec<u8> {
    let time = "2026-01-05T12:00:00.000Z";
    let incident = json!({
        "incident_id": id, "tenant": "default", "kind": "account", "family": "account_takeover",
        "severity": severity, "severity_score": 73, "score": 0.9, "state": "open", "verdict": null,
        "revision": revision, "closes_at": time, "first_seen": time, "last_seen": time, "updated_at": time,
        "attempts": 1, "alerts": 1, "users_tried": 1, "users_entered": 1, "users": ["ann"],
        "sources": [{"kind": "address", "value": "203.0.113.7", "attempts": 1}],
        "reasons": [{"code": "new_device", "text": "a new device", "attack": ["T1078.004"]}],
        "first_alert_id": "a", "recommended_action": "reset", "action_reason": "In.", "told": told
    });
    serde_json::to_vec(&incident).unwrap()
}

/// Takes one request, and answers with a status.
fn take(mut stream: TcpStream, arrived: &Arrived, status: impl Fn(&str) -> u16) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut id, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let line = line.trim().to_ascii_lowercase();
        match line.split_once(": ") {
            Some(("webhook-id", value)) => id = value.to_owned(),
            Some(("content-length", value)) => length = value.parse().unwrap(),
            None if line.is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    serde_json::from_slice::<Value>(&body).unwrap();
    let status = status(&id);
    if status == 200 {
        *arrived.lock().unwrap().entry(id).or_default() += 1;
    }
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
    );
}

/// A receiver that answers as it is told to.
fn receiver(
    listener: TcpListener,
    status: impl Fn(&str) -> u16 + Copy + Send + 'static,
) -> Arrived {
    let arrived = Arrived::default();
    let into = Arc::clone(&arrived);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            take(stream.unwrap(), &into, status);
        }
    });
    arrived
}

fn listener(port: u16) -> TcpListener {
    TcpListener::bind(("127.0.0.1", port)).unwrap()
}

/// Through kills, every telling reaches every receiver that takes it; one that is away has all of
/// it once it is there, one that hangs keeps nobody, and what one refuses is kept with the
/// undelivered.
#[test]
fn every_receiver_is_told_of_every_telling() {
    let mut site = Site::new(Broker::shared(), 2);
    let (away, http) = (free_port(), free_port());
    let good = listener(0);
    let (hangs, refuses) = (listener(0), listener(0));
    let port = |listener: &TcpListener| listener.local_addr().unwrap().port();
    let receivers = [
        ("good", port(&good), "severity = \"medium\""),
        ("away", away, ""),
        ("hangs", port(&hangs), "timeout_s = 2"),
        ("refuses", port(&refuses), ""),
    ];
    let tables = receivers.map(|(name, port, more)| {
        format!(
            "[[receiver]]\nname = \"{name}\"\nchannel = \"webhook\"\nallow_private = true\n\
             url = \"http://127.0.0.1:{port}/\"\n{more}\n"
        )
    });
    let config = site.path("notify.toml");
    std::fs::write(&config, tables.join("\n")).unwrap();
    let config = config.to_str().unwrap();
    site.set(
        "NIGHTLATCH__TOPICS__UNDELIVERED",
        &site.topic("undelivered"),
    );
    let _hanging = std::thread::spawn(move || {
        let kept: Vec<_> = hangs.incoming().take(1_000).collect();
        drop(kept);
    });
    let good = receiver(good, |_| 200);
    let refused = receiver(refuses, |id| if id.contains("poison") { 400 } else { 200 });

    let start = || {
        let http = format!("127.0.0.1:{http}");
        Running::start(&mut site.command(&["notify", "--config", config, "--http", &http]))
    };
    let mut running = start();
    let (code, said) = running.wait();
    assert_eq!(code, Some(78), "{said}");
    assert!(said.contains("topics create"), "{said}");
    succeed(&mut site.command(&["topics", "create", "--config", config]));
    let before = telling("before", 1, "high", Some("opened"));
    site.publish_keyed("incidents", Some("before"), &[before], 2);
    let mut running = start();
    let ready = || http_get(http, "/health/ready").starts_with("HTTP/1.1 200");
    eventually("each receiver has its place", ready);

    const TELLINGS: u32 = 60;
    let mut expected = Vec::new();
    for part in 0..4 {
        let mut records = vec![b"no incident".to_vec()];
        for number in part * TELLINGS / 4..(part + 1) * TELLINGS / 4 {
            let id = if number == 7 {
                "poison".to_owned()
            } else {
                format!("i{number}")
            };
            records.push(telling(&id, 1, "high", Some("opened")));
            records.push(telling(&id, 2, "high", None));
            records.push(telling(&format!("low{number}"), 1, "low", Some("opened")));
            expected.push(format!("{id}-1"));
        }
        site.publish_keyed("incidents", Some("one"), &records, 2);
        // Some of it is sent.
        let wanted = expected.len() / 2;
        eventually("some arrive", || good.lock().unwrap().len() >= wanted);
        running.signal("KILL");
        running.wait();
        running = start();
    }
    let has_all = |arrived: &Arrived, but: &str| {
        let arrived = arrived.lock().unwrap();
        expected
            .iter()
            .all(|id| id.contains(but) || arrived.contains_key(id))
    };
    eventually("everything arrives", || has_all(&good, "nothing"));
    eventually("what is not refused arrives", || {
        has_all(&refused, "poison")
    });
    let away = receiver(listener(away), |_| 200);
    eventually("who was away has all of it", || has_all(&away, "nothing"));

    let good = good.lock().unwrap().clone();
    assert_eq!(good.len(), expected.len(), "{good:?}");
    // At each kill one may have been sent whose place was not kept yet.
    let doubled: u32 = good.values().map(|times| times - 1).sum();
    assert!(doubled <= 4, "{good:?}");
    let undelivered = site.read("undelivered", 1);
    let given_up: Value = serde_json::from_slice(&undelivered[0].value).unwrap();
    assert_eq!(given_up["receiver"], "refuses", "{given_up}");
    assert_eq!(given_up["id"], "poison-1");
    assert_eq!(given_up["incidents"][0]["incident_id"], "poison");
    assert!(given_up["reason"].as_str().unwrap().contains("400"));
    for line in [
        "nightlatch_notices_failing{receiver=\"hangs\"} 1",
        "nightlatch_notices_failing{receiver=\"good\"} 0",
        "nightlatch_notices_waiting{receiver=\"good\"} 0",
    ] {
        eventually(line, || http_get(http, "/metrics").contains(line));
    }
    let (code, said) = running.stop();
    assert_eq!(code, Some(0), "{said}");
}

/// A trial says of each receiver whether it took it.
#[test]
fn receivers_can_be_tried() {
    let site = Site::new(Broker::shared(), 1);
    let good = listener(0);
    let port = good.local_addr().unwrap().port();
    let good = receiver(good, |_| 200);
    let config = site.path("notify.toml");
    let table = |name: &str, url: &str| {
        format!("[[receiver]]\nname = \"{name}\"\nchannel = \"webhook\"\n{url}\n")
    };
    let here = format!("url = \"http://127.0.0.1:{port}/\"\nallow_private = true");
    let guarded = format!("url = \"https://127.0.0.1:{port}/\"");
    std::fs::write(&config, table("good", &here) + &table("guarded", &guarded)).unwrap();
    let config = config.to_str().unwrap();
    let run = |args: &[&str]| {
        let mut command = site.command(&["notify", "test"]);
        let output = command
            .args(args)
            .args(["--config", config])
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    let (code, said) = run(&["good"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("ok    good (http://127.0.0.1"), "{said}");
    assert_eq!(good.lock().unwrap().len(), 1);
    let (code, said) = run(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("BAD   guarded") && said.contains("allow_private"),
        "{said}"
    );
    let (code, said) = run(&["nobody"]);
    assert_eq!(code, Some(64), "{said}");
    assert!(said.contains("good, guarded"), "{said}");
}
