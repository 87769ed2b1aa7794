//! Sources through a real broker, killed on the way.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::*;

fn okta(number: usize, at_s: i64) -> Vec<u8> {
    let failed = number.is_multiple_of(7);
    serde_json::json!({
        "uuid": format!("okta-{number}"),
        "eventType": if number.is_multiple_of(3) { "user.authentication.sso" } else { "user.session.start" },
        "published": timestamp(at_s),
        "actor": {"alternateId": format!("User{}@example.com", number % 40), "type": "User"},
        "client": {
            "ipAddress": format!("198.51.100.{}", number % 40),
            "userAgent": {"rawUserAgent": "Mozilla/5.0 (Windows NT 10.0) Chrome/131.0"},
            "geographicalContext": {"country": "Norway", "city": "Oslo"},
        },
        "outcome": {"result": if failed { "FAILURE" } else { "SUCCESS" }},
    })
    .to_string()
    .into_bytes()
}

fn entra(number: usize, at_s: i64) -> Value {
    serde_json::json!({
        "time": timestamp(at_s + 60),
        "category": if number.is_multiple_of(3) { "NonInteractiveUserSignInLogs" } else { "SignInLogs" },
        "operationName": "Sign-in activity",
        "tenantId": "t-1",
        "resultType": "0",
        "properties": {
            "id": format!("entra-{number}"),
            "createdDateTime": timestamp(at_s),
            "userPrincipalName": format!("user{}@example.com", number % 40),
            "ipAddress": format!("203.0.113.{}:443", number % 40),
            "status": {"errorCode": 0},
            "authenticationProtocol": "none",
        },
    })
}

fn native(number: usize, at_s: i64) -> Vec<u8> {
    serde_json::json!({
        "event_id": format!("native-{number}"),
        "user_id": format!("user{}@example.com", number % 40),
        "timestamp": timestamp(at_s),
        "success": !number.is_multiple_of(5),
        "ip_address": format!("192.0.2.{}", number % 40),
    })
    .to_string()
    .into_bytes()
}

/// A moment of the past, so many seconds after its beginning.
fn timestamp(at_s: i64) -> String {
    let day = 1 + at_s / 86_400;
    let (hour, minute, second) = (at_s / 3_600 % 24, at_s / 60 % 60, at_s % 60);
    format!("2026-01-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z")
}

const EACH: usize = 1_500;

/// Publishes what three providers say; half of Entra's records hold two events, a tenth of Okta's
/// come twice, and one of each topic is broken.
fn publish(site: &Site) {
    let mut records = Vec::new();
    for number in 0..EACH {
        let at_s = number as i64 * 600;
        records.push(okta(number, at_s));
        if number % 10 == 1 {
            records.push(okta(number, at_s));
        }
    }
    records.push(b"{\"uuid\":\"broken\",\"eventType\":".to_vec());
    site.publish_to("okta", &records, 1);
    let mut records = Vec::new();
    for number in (0..EACH).step_by(4) {
        let at_s = |number: usize| number as i64 * 600 + 200;
        records.push(entra(number, at_s(number)).to_string().into_bytes());
        records.push(entra(number + 1, at_s(number + 1)).to_string().into_bytes());
        let pair = [2, 3].map(|more| entra(number + more, at_s(number + more)));
        let batch = serde_json::json!({"records": pair});
        records.push(batch.to_string().into_bytes());
    }
    records.push(b"nonsense".to_vec());
    site.publish_to("entra", &records, 2);
    let records: Vec<Vec<u8>> = (0..EACH)
        .map(|number| native(number, number as i64 * 600 + 400))
        .collect();
    site.publish_to("native", &records, 2);
}

fn configure(site: &mut Site) -> String {
    let file = site.path("sources.toml");
    let mut text = String::new();
    for (name, format) in [
        ("okta", "okta"),
        ("entra", "auto"),
        ("native", "nightlatch"),
    ] {
        let topic = site.topic(name);
        text.push_str(&format!(
            "[[source]]\nname = \"{name}\"\ntopics = \"{topic}\"\nformat = \"{format}\"\n"
        ));
    }
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

/// Okta, Entra and logins of our own, through `run` that is killed again and again: each login is
/// in the logins topic once, names where it was read, and nothing else is there.
#[test]
fn three_sources_through_kills_give_each_login_once() {
    let mut site = Site::with_topics(Broker::shared(), 3);
    let config = configure(&mut site);
    for (topic, partitions) in [("okta", 1), ("entra", 2), ("native", 2)] {
        site.create_topic(topic, partitions);
    }
    publish(&site);
    // So small that there is something to kill between.
    site.set("NIGHTLATCH__BATCH__MAX_RECORDS", "10");
    site.set("NIGHTLATCH__ALERTS__RISK", "0");
    let expected: BTreeSet<String> = (0..EACH)
        .filter(|number| !number.is_multiple_of(3))
        .flat_map(|number| [format!("okta-{number}"), format!("entra-{number}")])
        .chain((0..EACH).map(|number| format!("native-{number}")))
        .collect();
    let written = |site: &Site| site.read("logins", 3).len();
    for share in [6, 3] {
        let mut killed = Running::start(&mut site.command(&["run", "--config", &config]));
        eventually("a part is written", || {
            site.offsets("logins", 3) > (expected.len() / share) as i64
        });
        killed.signal("KILL");
        killed.wait();
    }
    let port = free_port();
    site.set("NIGHTLATCH__HTTP__ADDRESS", &format!("127.0.0.1:{port}"));
    let running = Running::start(&mut site.command(&["run", "--config", &config]));
    eventually("all are written", || written(&site) >= expected.len());
    eventually("all are judged", || {
        site.read("alerts", 3).len() >= expected.len()
    });
    let sources = || {
        let answer = http_get(port, "/health");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        let health: Value = serde_json::from_str(body).unwrap_or_default();
        health["sources"].as_array().cloned().unwrap_or_default()
    };
    eventually("nothing is left to read", || {
        let lags = sources().into_iter();
        let mut lags = lags.map(|one| one["lag_records"].as_object().cloned().unwrap_or_default());
        lags.len() == 3 && lags.all(|lags| lags.values().all(|lag| lag == 0))
    });
    // Of what this life of the process has written.
    let written: Vec<Value> = sources()
        .into_iter()
        .filter(|one| one["logins"].as_u64() > Some(0))
        .collect();
    assert!(!written.is_empty());
    for one in written {
        assert_eq!(one["shares"]["address"], 1.0, "{one}");
        assert_eq!(one["shares"]["device"], 0.0, "{one}");
        let last = one["last_login"].as_str().unwrap();
        assert!(last.starts_with("2026-01-11"), "{one}");
    }
    assert_eq!(running.stop().0, Some(0));

    let mut seen = BTreeMap::new();
    for message in site.read("logins", 3) {
        let login: Value = serde_json::from_slice(&message.value).unwrap();
        let id = login["event_id"].as_str().unwrap().to_owned();
        let user = login["user_id"].as_str().unwrap().to_lowercase();
        assert_eq!(message.key.as_deref(), Some(user.as_str()));
        assert_eq!(login["origin"]["source"], id.split('-').next().unwrap());
        *seen.entry(id).or_insert(0) += 1;
    }
    let twice: Vec<_> = seen.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert_eq!(seen.into_keys().collect::<BTreeSet<_>>(), expected);

    let mut alerted = BTreeSet::new();
    for message in site.read("alerts", 3) {
        let alert: Value = serde_json::from_slice(&message.value).unwrap();
        let origin = &alert["origin"];
        let topic = site.topic(origin["source"].as_str().unwrap());
        assert_eq!(origin["topic"], topic.as_str());
        let id = alert["event_id"].as_str().unwrap().to_owned();
        assert!(alerted.insert(id.clone()), "{id} is alerted twice");
    }
    assert_eq!(alerted, expected);
    assert_eq!(site.read("rejected", 1).len(), 2);
}

/// An export that is cut off goes on where it was.
#[test]
fn a_file_that_is_cut_off_goes_on_and_nothing_is_written_twice() {
    let site = Site::with_topics(Broker::shared(), 2);
    let total = 30_000;
    let mut text = Vec::new();
    for number in 0..total {
        text.extend(okta(number * 3 + 1, number as i64 * 2));
        text.push(b'\n');
    }
    let file = site.path("history.ndjson");
    std::fs::write(&file, text).unwrap();
    let file = file.display().to_string();
    let args = ["ingest", "--source", "okta", "--input", &file];
    // So small batches that there is time to kill it, however busy the machine is.
    let mut slow = site.command(&args);
    let mut killed = Running::start(slow.env("NIGHTLATCH__BATCH__MAX_RECORDS", "10"));
    eventually("a part is written", || killed.has_said("logins written: "));
    killed.signal("KILL");
    killed.wait();
    let before = site.read("logins", 2).len();
    succeed(&mut site.command(&args));
    let said = stderr(&succeed(&mut site.command(&args)));
    assert!(said.contains(" 0 logins written"), "{said}");
    let ids: BTreeSet<String> = site
        .read("logins", 2)
        .iter()
        .map(|message| {
            let login: Value = serde_json::from_slice(&message.value).unwrap();
            login["event_id"].as_str().unwrap().to_owned()
        })
        .collect();
    assert!(before < total, "it was killed too late to say anything");
    assert_eq!(site.read("logins", 2).len(), total);
    assert_eq!(ids.len(), total);
}

/// A provider's records stand on other brokers: what is written of them survives kills, each once,
/// although the offsets cannot travel with it; and that no more is promised is said.
#[test]
fn a_source_of_other_brokers_goes_on_after_kills() {
    let foreign = Broker::start();
    let provider = Site::new(&foreign, 2);
    provider.create_topic("provider", 2);
    let mut site = Site::with_topics(Broker::shared(), 3);
    let total = 6_000;
    let records: Vec<Vec<u8>> = (0..total)
        .map(|number| native(number, number as i64 * 60))
        .collect();
    provider.publish_to("provider", &records, 2);
    let file = site.path("apart.toml");
    let text = format!(
        "[[source]]\nname = \"far\"\ntopics = \"{}\"\nformat = \"nightlatch\"\nbrokers = \"{}\"\n",
        provider.topic("provider"),
        foreign.address
    );
    std::fs::write(&file, text).unwrap();
    let config = file.display().to_string();
    let said = stdout(&succeed(
        &mut site.command(&["validate", "--config", &config]),
    ));
    assert!(said.contains("AT LEAST ONCE"), "{said}");
    assert!(
        said.contains("source `far`: of the last 2000 records"),
        "{said}"
    );
    site.set("NIGHTLATCH__BATCH__MAX_RECORDS", "10");
    let written = |site: &Site| site.read("logins", 3).len();
    for share in [6, 3] {
        let mut killed = Running::start(&mut site.command(&["ingest", "--config", &config]));
        eventually("a part is written", || {
            site.offsets("logins", 3) > (total / share) as i64
        });
        killed.signal("KILL");
        killed.wait();
    }
    assert!(
        written(&site) < total,
        "it was killed too late to say anything"
    );
    let running = Running::start(&mut site.command(&["ingest", "--config", &config]));
    eventually("all are written", || written(&site) >= total);
    let (code, said) = running.stop();
    assert_eq!(code, Some(0), "{said}");
    let mut seen = BTreeMap::new();
    for message in site.read("logins", 3) {
        let login: Value = serde_json::from_slice(&message.value).unwrap();
        assert_eq!(login["origin"]["source"], "far");
        let id = login["event_id"].as_str().unwrap().to_owned();
        *seen.entry(id).or_insert(0) += 1;
    }
    let twice: Vec<_> = seen.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert_eq!(seen.len(), total);
}

/// A folder of exports is read whatever its files are and however they are ordered: what comes out
/// is in the order of its times.
#[test]
fn a_folder_of_exports_is_read_in_the_order_of_its_times() {
    let site = Site::with_topics(Broker::shared(), 1);
    let folder = site.path("exports");
    std::fs::create_dir_all(folder.join("deep")).unwrap();
    let simulated = |name: &str, start: &str| {
        let path = folder.join(name);
        let output = path.display().to_string();
        let world = ["--users", "30", "--days", "5", "--start", start];
        let mut args = vec!["simulate", "--output", &output];
        args.extend(world);
        succeed(&mut site.command(&args));
        path
    };
    // The later ones have the earlier names.
    simulated("z.parquet", "2025-01-06");
    simulated("deep/y.ndjson.gz", "2025-02-03");
    let lines = simulated("a.ndjson", "2025-03-03");
    let mut logins: Vec<Value> = std::fs::read_to_string(&lines)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    logins.reverse();
    let pretty = serde_json::to_string_pretty(&logins).unwrap();
    std::fs::write(folder.join("a.json"), pretty).unwrap();
    std::fs::remove_file(lines).unwrap();
    let folder = folder.display().to_string();
    let args = ["ingest", "--source", "nightlatch", "--input", &folder];
    let said = stderr(&succeed(&mut site.command(&args)));
    assert!(
        said.contains("a.json: the newest record comes first"),
        "{said}"
    );
    let times: Vec<i64> = site
        .read("logins", 1)
        .iter()
        .map(|message| {
            let login: Value = serde_json::from_slice(&message.value).unwrap();
            let text = login["timestamp"].as_str().unwrap().to_owned();
            text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
        })
        .collect();
    assert!(
        times.is_sorted(),
        "they are not in the order of their times"
    );
    assert_eq!(times.len(), 3 * logins.len(), "{said}");
    let again = stderr(&succeed(&mut site.command(&args)));
    assert_eq!(again.matches(" 0 logins written").count(), 3, "{again}");
}

/// A mistake in a source is told with its place before anything begins.
#[test]
fn what_is_wrong_with_a_source_is_told() {
    let site = Site::with_topics(Broker::shared(), 1);
    let file = site.path("wrong.toml");
    let text = "[[source]]\nname = \"a\"\ntopics = \"x\"\nformat = \"octa\"\n\
                [[source]]\nname = \"a\"\ntopic = \"x\"\nformat = \"okta\"\n\
                [[network_list]]\nfile = \"/nowhere\"\nclass = \"vpm\"\n";
    std::fs::write(&file, text).unwrap();
    let file = file.display().to_string();
    let said = fail(&mut site.command(&["run", "--config", &file]), 78);
    for part in [
        "did you mean `okta`?",
        "did you mean `topics`?",
        "did you mean `vpn`?",
        "source[0]",
        "source[1]",
    ] {
        assert!(said.contains(part), "{part} is not said: {said}");
    }
    let text = "[[source]]\nname = \"a\"\ntopics = \"not-there\"\nformat = \"okta\"\n";
    std::fs::write(&file, text).unwrap();
    let said = fail(&mut site.command(&["run", "--config", &file]), 78);
    assert!(said.contains("`not-there`"), "{said}");
}
