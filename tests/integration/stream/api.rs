//! What people and programs see over HTTP, of a real process on a real Kafka.

use serde_json::Value;

use super::incidents::Incidents;
use crate::support::*;

/// The API shows what the topics have, also to a process that has just started; a verdict that is
/// given to it reaches the topics under the name of who gave it, and the incident.
#[test]
fn the_api_shows_what_the_topics_have_and_a_verdict_reaches_them() {
    let mut site = Site::with_topics(Broker::shared(), 2);
    site.set("NIGHTLATCH__ALERTS__RISK", "0.2");
    let port = free_port();
    site.set("NIGHTLATCH__HTTP__ADDRESS", &format!("127.0.0.1:{port}"));
    let path = site.path("logins.ndjson");
    let total = world(
        &path,
        &["--users", "60", "--days", "20", "--attack-share", "0.03"],
    );
    site.publish_file("logins.ndjson");
    let running = site.run();
    site.await_committed(total);
    let get = |path: &str| json_of(&http_get(port, path));
    let shown = || {
        let list = get("/api/v1/incidents?limit=500");
        let mut items = list["items"].as_array().cloned().unwrap_or_default();
        items.sort_by_key(|one| one["incident_id"].to_string());
        items
    };
    let in_topic = || -> Vec<Value> {
        let incidents = Incidents::read(&site);
        let last = incidents.0.values().filter_map(|records| records.last());
        last.filter(|one| one["state"] != "merged")
            .cloned()
            .collect()
    };
    eventually("the API shows the last record of each incident", || {
        let shown = shown();
        !shown.is_empty() && shown == in_topic()
    });
    assert_eq!(get("/api/v1/alerts?limit=1")["total"], site.alerts().len());

    let entered = get("/api/v1/incidents?entered=true&limit=1");
    let id = entered["items"][0]["incident_id"].as_str().unwrap();
    let user = entered["items"][0]["users"][0].as_str().unwrap();
    let known = get(&format!("/api/v1/users/{user}"));
    assert!(known["known"]["successes"].as_u64() > Some(0), "{known}");
    let path = format!("/api/v1/incidents/{id}/verdict");
    let said = json_of(&http_post(
        port,
        &path,
        None,
        r#"{"verdict":"confirmed","by":"kim"}"#,
    ));
    assert_eq!(said["by"], "kim", "{said}");
    let verdict = || get(&format!("/api/v1/incidents/{id}"))["verdict"].clone();
    eventually("the incident has the verdict", || verdict() == "confirmed");
    let label = &site.read("verdicts", 1)[0];
    let label: Value = serde_json::from_slice(&label.value).unwrap();
    assert_eq!(label["verdict_id"], said["verdict_id"]);
    let audit: Value = serde_json::from_slice(&site.read("audit", 1)[0].value).unwrap();
    assert_eq!(audit["by"], "kim", "{audit}");

    // Who begins anew reads it again.
    running.signal("KILL");
    drop(running);
    let running = site.run();
    eventually("the next process shows the same", || {
        shown() == in_topic() && verdict() == "confirmed"
    });
    assert_eq!(running.stop().0, Some(0));
}

/// From other machines nobody asks without a token, and the process does not start without one.
#[test]
fn at_another_address_than_loopback_a_token_is_needed() {
    let mut site = Site::with_topics(Broker::shared(), 1);
    let port = free_port();
    site.set("NIGHTLATCH__HTTP__ADDRESS", &format!("0.0.0.0:{port}"));
    let said = fail(&mut site.command(&["run"]), 78);
    assert!(
        said.contains("token create") && said.contains("--insecure"),
        "{said}"
    );
    let file = site.path("http.token").display().to_string();
    let printed = stdout(&succeed(&mut site.command(&["token", "create", &file])));
    assert!(printed.contains("[[http.token]]"), "{printed}");
    fail(&mut site.command(&["token", "create", &file]), 73);
    let token = std::fs::read_to_string(&file).unwrap();
    assert!(
        !printed.contains(token.trim()),
        "the hash is printed, and not the token"
    );
    site.set("NIGHTLATCH__HTTP__TOKEN_FILE", &file);
    let running = site.run();
    eventually("it is ready", || {
        http_get(port, "/health/ready").contains("200 OK")
    });
    assert!(http_get(port, "/api/v1/stats").contains("401"));
    let login = r#"{"user_id":"ann","timestamp":"2025-06-12 12:46:42","success":1}"#;
    assert!(http_post(port, "/predict", None, login).contains("401"));
    let answer = http_post(port, "/predict", Some(token.trim()), login);
    assert!(json_of(&answer)["risk"].is_number(), "{answer}");
    assert_eq!(running.stop().0, Some(0));
}
