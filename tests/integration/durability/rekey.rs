//! Logins that are moved to keys.

use super::*;

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
