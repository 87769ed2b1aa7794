//! What people say of incidents: it acts once, through crashes, and teaches no more than its
//! incident.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::crashes::come_and_go;
use super::setting::{Verdicts, incidents};
use super::stream::{Feed, Stream};
use super::{Process, StepClock, arm, assert_same, digest, generator, seeds};
use crate::incident::IncidentId;
use crate::login::IdKind;
use crate::pipeline::tests::{Alerts, alerts, parts};
use crate::pipeline::*;
use crate::profile::{CellKind, SourceCell, UserCell};
use crate::simulate::{Options, World};

/// What came of a run.
#[derive(Debug)]
struct Outcome {
    alerts: Alerts,
    incidents: Vec<(String, String)>,
    verdicts: Vec<String>,
    digest: String,
}

fn start(broker: &MemoryBroker, rng: &mut Xoshiro256PlusPlus) -> Process {
    let mut parts = parts(broker, StepClock::default());
    parts.detector = Verdicts::All.detector(parts.detector.model());
    parts.config.max_records = rng.random_range(1..200);
    parts.config.contributions = 0;
    parts.checkpoint.bytes_per_second = 1 << rng.random_range(10..26);
    Pipeline::new(parts)
}

/// Goes on, in as many lives as it takes, until something is so.
fn until(
    broker: &MemoryBroker,
    process: &mut Option<Process>,
    rng: &mut Xoshiro256PlusPlus,
    crashes: &mut u32,
    so: impl Fn(&MemoryBroker) -> bool,
) {
    for _ in 0..1_000_000 {
        let living = process.get_or_insert_with(|| {
            let mut process = start(broker, rng);
            arm(&mut process, rng, *crashes > 0);
            *crashes = crashes.saturating_sub(1);
            process
        });
        let is_live = living.recovering.is_none() && living.merge.partitions().next().is_some();
        if so(broker) && is_live {
            return;
        }
        match living.turn() {
            Ok(_) => {}
            Err(PipelineError::Log(LogError::Fatal(_))) => {
                broker.leave(living.log().member());
                *process = None;
            }
            Err(error) => panic!("{error}"),
        }
    }
    panic!("it never comes to it");
}

/// A stream, after each block of which somebody says something of some incidents.
fn run(seed: u64, mut crashes: u32) -> Outcome {
    let mut drawn = generator(seed);
    let partitions = drawn.random_range(1..4);
    let stream = Stream::draw_in_order(&mut drawn, partitions);
    let mut rng = generator(seed ^ u64::from(crashes) << 32);
    let broker = MemoryBroker::new(partitions);
    let mut feed = Feed::new(&stream, &[]);
    let mut process = None;
    let mut said = 0;
    while feed.supply(&broker) {
        until(&broker, &mut process, &mut rng, &mut crashes, |broker| {
            broker.is_drained()
        });
        let known = incidents(&broker);
        for _ in 0..drawn.random_range(0..4) {
            let verdict = VERDICTS[drawn.random_range(0..VERDICTS.len())];
            let about = match (known.len(), drawn.random_range(0..5)) {
                (0, _) | (_, 0) => format!("{:032x}", drawn.random::<u128>()),
                (count, _) => known[drawn.random_range(0..count)].0.clone(),
            };
            broker.say(&format!(
                r#"{{"verdict":"{verdict}","incident_id":"{about}","by":"kim","until":"2026-06-01"}}"#
            ));
            said += 1;
        }
        until(&broker, &mut process, &mut rng, &mut crashes, |broker| {
            broker.verdicts().len() + broker.refused().len() == said
        });
    }
    let text = |json: Vec<u8>| String::from_utf8(json).unwrap();
    let verdicts = broker.verdicts().into_iter();
    Outcome {
        alerts: alerts(&broker),
        incidents: incidents(&broker),
        verdicts: verdicts.map(|verdict| text(verdict.json)).collect(),
        digest: digest(&process.unwrap()),
    }
}

const VERDICTS: [&str; 5] = ["confirmed", "benign", "expected", "unsure", "withdrawn"];

/// However often a process is killed and its transactions fail, what verdicts come to is what they
/// come to without: alerts, incidents, labels and profiles, bit for bit.
#[test]
fn verdicts_act_once_through_crashes() {
    (0..seeds() / 4).into_par_iter().for_each(|seed| {
        let expected = run(seed, 0);
        let found = run(seed, 8);
        assert_same(
            &found.alerts,
            &expected.alerts,
            &format!("alerts, seed {seed}"),
        );
        assert_same(
            &found.incidents,
            &expected.incidents,
            &format!("incidents, seed {seed}"),
        );
        assert_same(
            &found.verdicts,
            &expected.verdicts,
            &format!("verdicts, seed {seed}"),
        );
        assert_eq!(found.digest, expected.digest, "profiles, seed {seed}");
    });
}

/// Of several processes that come, go and crash, one hears each verdict: it is a label once or
/// refused once, and what incidents hold is still what was flagged.
#[test]
fn several_processes_hear_each_verdict_once() {
    let all_said = AtomicUsize::new(0);
    (0..seeds() / 4).into_par_iter().for_each(|seed| {
        let mut rng = generator(seed);
        let mut drawn = generator(seed ^ 1 << 40);
        let partitions = drawn.random_range(2..5);
        let stream = Stream::draw(&mut drawn, partitions, true);
        let broker = MemoryBroker::new(partitions);
        let what = format!("seed {seed}");
        let mut feed = Feed::new(&stream, &[]);
        let mut said = 0;
        let begin = |max_records| {
            let mut parts = parts(&broker, StepClock::default());
            parts.detector = Verdicts::All.detector(parts.detector.model());
            parts.config.max_records = max_records;
            parts.config.contributions = 0;
            Pipeline::new(parts)
        };
        let more = || {
            if broker.verdicts().len() + broker.refused().len() < said {
                return true;
            }
            let known = incidents(&broker);
            if !known.is_empty() && broker.is_drained() && said < stream.blocks() * 3 && drawn.random_bool(0.7) {
                let verdict = VERDICTS[drawn.random_range(0..VERDICTS.len())];
                let about = match drawn.random_range(0..6) {
                    0 => format!("{:032x}", drawn.random::<u128>()),
                    _ => known[drawn.random_range(0..known.len())].0.clone(),
                };
                broker.say(&format!(
                    r#"{{"verdict_id":"v{said}","verdict":"{verdict}","incident_id":"{about}","by":"kim","until":"2026-06-01"}}"#
                ));
                said += 1;
                return true;
            }
            feed.supply(&broker)
        };
        let processes = come_and_go(&broker, &mut rng, begin, more, &what);
        all_said.fetch_add(said, Ordering::Relaxed);
        let mut heard: Vec<String> = broker.verdicts().into_iter().map(|label| label.key).collect();
        heard.extend(broker.refused().iter().map(|refused| {
            let sent: serde_json::Value = serde_json::from_slice(&refused.value).unwrap();
            sent["verdict_id"].as_str().unwrap().to_owned()
        }));
        heard.sort();
        let mut expected: Vec<String> = (0..said).map(|number| format!("v{number}")).collect();
        expected.sort();
        assert_same(&heard, &expected, &format!("verdicts, {what}"));
        assert!(!processes.is_empty(), "{what}");
    });
    let all_said = all_said.into_inner() as u64;
    assert!(all_said > seeds(), "only {all_said} verdicts");
}

/// A company with a user of habits, and somebody who is not that user.
struct Company {
    broker: MemoryBroker,
    process: Process,
    now_ms: i64,
}

const OWN: &str = r#""ip_address":"81.62.10.20","geo_location":"CH","city":"Bern","latitude":46.95,"longitude":7.45,"asn":3303,"device_id":"ann-laptop""#;
const STRANGER: &str = r#""ip_address":"102.89.4.5","geo_location":"NG","city":"Lagos","latitude":6.45,"longitude":3.39,"asn":29465,"device_id":"stranger""#;

impl Company {
    fn new(change: impl FnOnce(&mut PipelineParts<MemoryLog, StepClock>)) -> Self {
        let broker = MemoryBroker::new(1);
        let mut parts = parts(&broker, StepClock::default());
        let model = Arc::clone(parts.detector.model());
        parts.detector = Detector::new(model, crate::detector::Thresholds::default(), Some(0.1));
        change(&mut parts);
        let mut company = Self {
            process: Pipeline::new(parts),
            broker,
            now_ms: 0,
        };
        let world = World::new(Options {
            users: 60,
            days: 20,
            seed: 5,
            attack_share: 0.0,
            ..Options::default()
        });
        let mut day = 0;
        for event in world {
            company.now_ms = event.time_ms;
            let json = serde_json::to_vec(&event).unwrap();
            company.broker.append(Partition(0), event.time_ms, json);
            if event.time_ms / 86_400_000 > day {
                day = event.time_ms / 86_400_000;
                company.send("ann", true, OWN);
            }
        }
        company.settle();
        company
    }

    /// An hour later somebody logs in.
    fn send(&mut self, user: &str, success: bool, rest: &str) {
        let now_ms = self.now_ms;
        let json =
            format!(r#"{{"user_id":"{user}","timestamp":{now_ms},"success":{success},{rest}}}"#);
        self.broker.append(Partition(0), now_ms, json.into_bytes());
    }

    fn login(&mut self, user: &str, success: bool, rest: &str) -> Option<serde_json::Value> {
        self.now_ms += 3_600_000;
        let before = self.broker.alerts().len();
        self.send(user, success, rest);
        self.settle();
        let alerts = self.broker.alerts();
        let alert = alerts.get(before)?;
        Some(serde_json::from_slice(&alert.json).unwrap())
    }

    fn settle(&mut self) {
        let said = |broker: &MemoryBroker| broker.verdicts().len() + broker.refused().len();
        let before = said(&self.broker);
        for turn in 0..100_000 {
            self.process.turn().unwrap();
            let done = self.broker.is_drained() && self.process.feedback.is_empty();
            if done && (turn > 600 || said(&self.broker) > before) {
                return;
            }
        }
        panic!("it is never drained");
    }

    fn say(&mut self, rest: &str) {
        self.broker.say(&format!("{{{rest}}}"));
        self.settle();
    }

    fn user(&mut self, name: &str) -> UserCell {
        let id = IdHasher::default().id(IdKind::User, "default", name.as_bytes());
        let profiles = &mut self.process.parts.profiles;
        assert!(
            profiles.user_state(id, Partition(0)).is_some(),
            "{name} is unknown"
        );
        let (_, cell) = profiles
            .amend_user(id, |cell| cell.clone())
            .unwrap()
            .unwrap();
        cell
    }

    fn knows(&mut self, device: &str) -> bool {
        let id = IdHasher::default().id(IdKind::Device, "default", device.as_bytes());
        self.user("ann").devices.get(id).is_some()
    }

    fn doubts(&mut self, device: &str) -> bool {
        let id = IdHasher::default().id(IdKind::Device, "default", device.as_bytes());
        self.user("ann").suspect_devices.get(id).is_some()
    }

    /// The last record of an incident.
    fn incident(&self, id: &str) -> serde_json::Value {
        let mut records = self.broker.incidents().into_iter();
        let last = records.rfind(|record| record.key == id);
        serde_json::from_slice(&last.unwrap().json).unwrap()
    }
}

fn incident_of(alert: &serde_json::Value) -> String {
    alert["incident_id"].as_str().unwrap().to_owned()
}

#[test]
fn confirmed_marks_the_sources_for_everyone_and_watches_the_user_until_a_reset() {
    let mut company = Company::new(|_| ());
    let alert = company
        .login("ann", true, STRANGER)
        .expect("a stranger is flagged");
    let id = incident_of(&alert);
    company.say(&format!(
        r#""verdict":"confirmed","incident_id":"{id}","by":"kim","verdict_id":"v1""#
    ));
    let incident = company.incident(&id);
    assert_eq!(
        (&incident["verdict"], &incident["told"]),
        (&"confirmed".into(), &"verdict".into())
    );
    assert!(company.user("ann").raised_until_s > 0);
    // Another user from there is doubted for it.
    let other = company
        .login("bob", true, STRANGER)
        .expect("it comes from an attacker's device");
    let codes = other["reasons"].as_array().unwrap();
    assert!(
        codes
            .iter()
            .any(|reason| reason["code"] == "confirmed_source"),
        "{codes:?}"
    );
    assert_eq!(incident_of(&other), id);
    // A label and an entry of the audit, each once.
    assert_eq!(
        (
            company.broker.verdicts().len(),
            company.broker.audit().len()
        ),
        (1, 1)
    );
    let label: serde_json::Value =
        serde_json::from_slice(&company.broker.verdicts()[0].json).unwrap();
    assert_eq!(
        (&label["verdict_id"], &label["users"][0]),
        (&"v1".into(), &"ann".into())
    );
    company.login(
        "ann",
        true,
        &format!(r#"{OWN},"event_type":"password_reset""#),
    );
    assert_eq!(company.user("ann").raised_until_s, 0);
}

/// A verdict is about the incident as it stood: who is entered later is told as worse, and saying
/// it again is about them too. What it marked is not marked any more once it is taken back.
#[test]
fn confirmed_is_about_the_incident_as_it_stood_and_can_be_said_again() {
    let mut company = Company::new(|_| ());
    let alert = company.login("ann", true, STRANGER).unwrap();
    let id = incident_of(&alert);
    let say = |company: &mut Company, verdict: &str| {
        company.say(&format!(
            r#""verdict":"{verdict}","incident_id":"{id}","by":"kim""#
        ));
    };
    say(&mut company, "confirmed");
    let other = company.login("bob", true, STRANGER).unwrap();
    assert_eq!(incident_of(&other), id);
    assert_eq!(company.incident(&id)["told"], "worse");
    let raised = |company: &mut Company, name| company.user(name).raised_until_s;
    let ann_s = raised(&mut company, "ann");
    assert_eq!((ann_s > 0, raised(&mut company, "bob")), (true, 0));
    say(&mut company, "confirmed");
    let later_s = raised(&mut company, "ann");
    assert!(later_s > ann_s && raised(&mut company, "bob") == later_s);
    let marked_s = |company: &mut Company| {
        let device = IdHasher::default().id(IdKind::Device, "default", b"stranger");
        let profiles = &mut company.process.parts.profiles;
        let mut until_s = 0;
        let look = |cell: &mut SourceCell| until_s = cell.confirmed_until_s;
        let known = profiles.amend_source(CellKind::Device, device, Partition(0), look);
        assert!(known.unwrap().is_some());
        until_s
    };
    assert!(marked_s(&mut company) > later_s);
    say(&mut company, "withdrawn");
    let raised = [raised(&mut company, "ann"), raised(&mut company, "bob")];
    assert_eq!((raised, marked_s(&mut company)), ([0, 0], 0));
}

#[test]
fn benign_teaches_one_sighting_of_its_users_and_can_be_taken_back() {
    let mut company = Company::new(|_| ());
    let alert = company.login("ann", true, STRANGER).unwrap();
    let id = incident_of(&alert);
    assert!(!company.knows("stranger") && company.doubts("stranger"));
    let places = company.user("ann").places.iter().count();
    company.say(&format!(
        r#""verdict":"benign","alert_id":{},"by":"kim""#,
        alert["alert_id"]
    ));
    assert!(company.knows("stranger") && !company.doubts("stranger"));
    assert_eq!(company.user("ann").places.iter().count(), places + 1);
    let incident = company.incident(&id);
    assert_eq!(
        (&incident["state"], &incident["recommended_action"]),
        (&"closed".into(), &"none".into())
    );
    // Nobody is told of the same again, and of another device there.
    let opened = |company: &Company| {
        let records = company.broker.incidents().into_iter();
        let opened = records.filter(|record| record.told == Some(crate::incident::Told::Opened));
        opened.count()
    };
    let before = opened(&company);
    assert!(company.login("ann", true, STRANGER).is_none());
    assert_eq!(opened(&company), before);
    let other = STRANGER.replace("stranger", "another");
    assert!(company.login("ann", true, &other).is_some());
    company.say(&format!(
        r#""verdict":"withdrawn","incident_id":"{id}","by":"kim""#
    ));
    assert!(!company.knows("stranger"));
    assert!(company.doubts("stranger"));
    assert_eq!(company.user("ann").places.iter().count(), places);
    assert_eq!(company.incident(&id)["verdict"], serde_json::Value::Null);
    assert!(company.knows("ann-laptop"));
}

#[test]
fn expected_is_quiet_until_its_end_and_counted() {
    let mut company = Company::new(|_| ());
    let alert = company.login("ann", true, STRANGER).unwrap();
    let id = incident_of(&alert);
    let until_ms = company.now_ms + 2 * 86_400_000;
    let until = crate::login::timestamp::to_text(until_ms);
    company.say(&format!(
        r#""verdict":"expected","incident_id":"{id}","by":"kim","until":"{until}""#
    ));
    assert!(company.login("ann", true, STRANGER).is_none());
    assert_eq!(
        company.process.parts.metrics.alerts.suppressed("expected"),
        1
    );
    assert_eq!(company.incident(&id)["verdict"], "expected");
    // Another attacker is told of.
    let other = STRANGER
        .replace("stranger", "another")
        .replace("102.89.4.5", "45.10.1.1")
        .replace("29465", "9009");
    assert!(company.login("bob", true, &other).is_some());
    company.now_ms = until_ms;
    assert!(company.login("ann", true, STRANGER).is_some());
    assert_eq!(company.incident(&id)["told"], "closed");
}

#[test]
fn benign_of_what_is_critical_can_need_two_people() {
    let mut company = Company::new(|parts| parts.config.two_for_critical = true);
    company.login("ann", false, STRANGER);
    let alert = company.login("ann", true, STRANGER).unwrap();
    assert_eq!(alert["severity"], "critical");
    let id = incident_of(&alert);
    for (by, known) in [("kim", false), ("kim", false), ("lee", true)] {
        company.say(&format!(
            r#""verdict":"benign","incident_id":"{id}","by":"{by}""#
        ));
        assert_eq!(company.knows("stranger"), known, "{by}");
    }
    let proposed = |number: usize| -> serde_json::Value {
        serde_json::from_slice(&company.broker.verdicts()[number].json).unwrap()
    };
    assert_eq!(
        (&proposed(0)["proposed"], &proposed(2)["proposed"]),
        (&true.into(), &serde_json::Value::Null)
    );
}

#[test]
fn what_cannot_be_meant_is_refused_with_a_reason() {
    let mut company = Company::new(|_| ());
    let alert = company.login("ann", true, STRANGER).unwrap();
    let id = incident_of(&alert);
    for said in [
        r#""verdict":"benign","incident_id":"00000000000000000000000000000001","by":"kim""#
            .to_owned(),
        format!(r#""verdict":"expected","incident_id":"{id}","by":"kim","until":"2001-01-01""#),
        r#""verdict":"benign","user_id":"nobody","device_id":"d","by":"kim""#.to_owned(),
        r#""verdict":"perhaps","by":"kim""#.to_owned(),
    ] {
        company.say(&said);
    }
    let refused = company.broker.refused();
    let reasons: Vec<&str> = refused.iter().map(|message| message.reason).collect();
    assert_eq!(
        reasons,
        [
            "unknown_incident",
            "needs_until",
            "unknown_user",
            "unknown_verdict"
        ]
    );
    assert!(company.broker.verdicts().is_empty());
    assert!(IncidentId::from_text(&id).is_some());
}

/// Two thousand users in one incident: a verdict teaches twenty of them two logins each, and no one
/// else.
#[test]
fn a_verdict_teaches_no_more_than_its_kept_users() {
    let mut company = Company::new(|_| ());
    let many = 2_000;
    let mut id = String::new();
    for number in 0..many {
        company.now_ms += 1_000;
        company.send(&format!("victim-{number}"), number % 10 == 0, STRANGER);
    }
    company.settle();
    for alert in company.broker.alerts() {
        let alert: serde_json::Value = serde_json::from_slice(&alert.json).unwrap();
        if alert["user_id"].as_str().unwrap().starts_with("victim") {
            id = incident_of(&alert);
        }
    }
    let device = IdHasher::default().id(IdKind::Device, "default", b"stranger");
    let known = |company: &mut Company| {
        let users = (0..many).map(|number| company.user(&format!("victim-{number}")));
        users
            .filter(|user| user.devices.get(device).is_some())
            .count()
    };
    let before = known(&mut company);
    company.say(&format!(
        r#""verdict":"benign","incident_id":"{id}","by":"kim""#
    ));
    assert!(before < many, "all of them know it already");
    let taught = known(&mut company) - before;
    assert!((1..=20).contains(&taught), "{taught} users were taught");
}
