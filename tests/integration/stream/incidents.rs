//! Incidents and what people say of them, as a SOC meets them in Kafka.

use std::collections::BTreeMap;

use crate::support::*;

/// Ten thousand attempts of one attacker on as many users, five of them entered: one campaign, told
/// of a few times, and named by every alert.
#[test]
fn a_flood_is_one_campaign_that_is_told_a_few_times() {
    let mut site = Site::with_topics(Broker::shared(), 1);
    site.set("NIGHTLATCH__ALERTS__RISK", "0");
    let flood: Vec<Vec<u8>> = (0..10_000)
        .map(|number| {
            let time_ms = 1_750_000_000_000i64 + number * 200;
            let entered = number % 2_000 == 1_999;
            format!(
                r#"{{"user_id":"victim-{number}","timestamp":{time_ms},"success":{entered},"ip_address":"185.1.2.3","user_agent":"python-requests/2.31"}}"#
            )
            .into_bytes()
        })
        .collect();
    site.publish(&flood);
    let running = site.run();
    site.await_committed(10_000);
    assert_eq!(running.stop().0, Some(0));
    let alerts = site.alerts();
    assert_eq!(alerts.len(), 10_000);
    let incidents = Incidents::read(&site);
    let ids: std::collections::BTreeSet<&str> = alerts
        .iter()
        .map(|alert| incidents.resolve(alert["incident_id"].as_str().unwrap()))
        .collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    let records = incidents.of(ids.first().unwrap());
    let told = records.iter().filter(|record| !record["told"].is_null());
    let told = told.count();
    assert!(told <= 20, "{told} tellings");
    let last = records.last().unwrap();
    assert_eq!(
        (&last["kind"], &last["users_entered"]),
        (&"campaign".into(), &5.into())
    );
    assert_eq!(last["users"].as_array().unwrap().len(), 20);
    println!("{told} tellings, {} records, {last}", records.len());
}

#[test]
fn what_somebody_says_of_an_incident_acts_once_and_is_answered() {
    let mut site = Site::with_topics(Broker::shared(), 2);
    site.set("NIGHTLATCH__ALERTS__RISK", "0.2");
    let total = world(
        &site.path("logins.ndjson"),
        &["--users", "60", "--days", "20", "--attack-share", "0.03"],
    );
    site.publish_file("logins.ndjson");
    let running = site.run();
    site.await_committed(total);
    let incidents = Incidents::read(&site);
    for alert in site.alerts() {
        let id = incidents.resolve(alert["incident_id"].as_str().unwrap());
        assert!(!incidents.of(id).is_empty(), "{alert}");
    }
    for records in incidents.0.values() {
        for (number, record) in records.iter().enumerate() {
            assert_eq!(record["revision"], number + 1, "{record}");
        }
    }
    let id = incidents.entered();
    let say = |about: &str, verdict: &str| {
        let args = [
            "feedback",
            "--incident",
            about,
            "--verdict",
            verdict,
            "--by",
            "kim",
        ];
        stdout(&succeed(&mut site.command(&args)))
    };
    let said = say(&id, "confirmed");
    assert!(
        said.contains(&id) && said.contains(&site.topic("verdicts")),
        "{said}"
    );
    say("00000000000000000000000000000001", "benign");
    eventually("the verdict is accepted", || {
        site.read("verdicts", 1).len() == 1
    });
    eventually("the other is refused", || {
        site.read("rejected", 1).len() == 1
    });
    // Killed, it says nothing twice.
    running.signal("KILL");
    drop(running);
    let running = site.run();
    say(&id, "unsure");
    eventually("the next is accepted", || {
        site.read("verdicts", 1).len() == 2
    });
    assert_eq!(running.stop().0, Some(0));
    let label: serde_json::Value =
        serde_json::from_slice(&site.read("verdicts", 1)[0].value).unwrap();
    assert_eq!(
        (&label["verdict"], &label["by"]),
        (&"confirmed".into(), &"kim".into())
    );
    assert_eq!(label["incident_id"], id.as_str());
    assert_eq!(site.read("audit", 1).len(), 2);
    let refused = &site.read("rejected", 1)[0];
    assert_eq!(refused.headers["reason"], "unknown_incident");
    assert_eq!(refused.headers["source.topic"], site.topic("feedback"));
    let incidents = Incidents::read(&site);
    let verdicts = incidents.of(&id).iter();
    let verdicts = verdicts.filter(|record| record["told"] == "verdict");
    let verdicts: Vec<&serde_json::Value> = verdicts.map(|record| &record["verdict"]).collect();
    assert_eq!(verdicts, [&"confirmed", &"unsure"]);
    fail(
        &mut site.command(&[
            "feedback",
            "--incident",
            &id,
            "--verdict",
            "expected",
            "--by",
            "kim",
        ]),
        64,
    );
}

/// The records of incidents by their ids, in their order.
pub struct Incidents(pub BTreeMap<String, Vec<serde_json::Value>>);

impl Incidents {
    pub fn read(site: &Site) -> Self {
        let mut incidents: BTreeMap<String, Vec<serde_json::Value>> = BTreeMap::new();
        for message in site.read("incidents", site.partitions) {
            let record = serde_json::from_slice(&message.value).expect("a record is JSON");
            incidents
                .entry(message.key.unwrap())
                .or_default()
                .push(record);
        }
        Self(incidents)
    }

    pub fn of(&self, id: &str) -> &[serde_json::Value] {
        self.0.get(id).map_or(&[], Vec::as_slice)
    }

    /// The incident that one is by now.
    pub fn resolve<'a>(&'a self, mut id: &'a str) -> &'a str {
        while let Some(into) = self
            .of(id)
            .last()
            .and_then(|last| last["merged_into"].as_str())
        {
            id = into;
        }
        id
    }

    /// One in which somebody got in.
    fn entered(&self) -> String {
        let mut last = self.0.values().filter_map(|records| records.last());
        let entered = |last: &&serde_json::Value| last["users_entered"].as_u64() > Some(0);
        let found = last.find(entered).expect("somebody got in");
        found["incident_id"].as_str().unwrap().to_owned()
    }

    /// What does not depend on the names of topics, of every incident.
    pub fn unnamed(&self) -> Vec<String> {
        let mut all: Vec<String> = self.0.values().map(|one| unnamed(one)).collect();
        all.sort();
        all
    }

    /// The ids of those that were merged into no other, in an order that does not depend on the
    /// names of topics.
    pub fn in_order(&self) -> Vec<String> {
        let own = self.0.iter().filter(|(id, _)| self.resolve(id) == *id);
        let mut ids: Vec<(String, &String)> =
            own.map(|(id, records)| (unnamed(records), id)).collect();
        ids.sort();
        ids.into_iter().map(|(_, id)| id.clone()).collect()
    }
}

fn unnamed(records: &[serde_json::Value]) -> String {
    let mut records = records.to_vec();
    for record in &mut records {
        let fields = record.as_object_mut().unwrap();
        for name in ["incident_id", "first_alert_id", "merged_into"] {
            fields.remove(name);
        }
    }
    serde_json::to_string(&records).unwrap()
}
