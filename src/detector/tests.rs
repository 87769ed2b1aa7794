//! What the shipped model and the rules make of one user, in the middle of a company.

use std::sync::Arc;

use super::contribution::Moved;
use super::*;
use crate::login::{Event, IdHasher, Offset, Partition};
use crate::model::Model;
use crate::profile::ProfileLimits;
use crate::simulate::{Options, World};

const DAY_MS: i64 = 86_400_000;

fn shipped_rules() -> Rules {
    let config = crate::config::Config::from_layers(&[], &[], &[]);
    config.unwrap().rules
}

/// A company of some weeks, and one user of it with habits.
struct Company {
    profiles: Profiles,
    detector: Detector,
    now_ms: i64,
}

impl Company {
    fn detector(alert_risk: Option<f64>) -> Detector {
        let model = Arc::new(Model::shipped().unwrap());
        Detector::new(model, Thresholds::default(), alert_risk)
    }

    fn new(alert_risk: Option<f64>) -> Self {
        let mut company = Self {
            profiles: Profiles::without_undo(&ProfileLimits::default()),
            detector: Self::detector(alert_risk),
            now_ms: 0,
        };
        let world = World::new(Options {
            users: 150,
            days: 30,
            seed: 5,
            ..Options::default()
        });
        let honest = world.filter(|event| event.truth.label == Some(false));
        let mut last_ms = 0;
        for event in honest {
            let hours = (event.time_ms / 3_600_000) % 24;
            let next_day = event.time_ms / DAY_MS > last_ms / DAY_MS;
            company.login(&event);
            if next_day && hours < 12 {
                company.own_login(event.time_ms + 1);
            }
            last_ms = event.time_ms;
        }
        company
    }

    fn login(&mut self, event: &Event<'_>) -> Verdict {
        self.now_ms = self.now_ms.max(event.time_ms);
        let (login, display) = DisplayFields::with_login(event, &IdHasher::default());
        let one = [ChunkLogin {
            partition: Partition(0),
            login: &login,
            display: &display,
        }];
        let verdicts = self.detector.judge_all(&mut self.profiles, &one);
        verdicts.unwrap().remove(0)
    }

    /// The same, and nothing is remembered of it.
    fn judged(&self, event: &Event<'_>) -> Verdict {
        let (login, display) = DisplayFields::with_login(event, &IdHasher::default());
        let opened = self.profiles.reader().open(&login).unwrap();
        self.detector.judge(&opened.context(&login), &display)
    }

    fn of_user(&mut self, time_ms: i64, success: bool, rest: &str) -> Verdict {
        let json =
            format!(r#"{{"user_id":"ann","timestamp":{time_ms},"success":{success},{rest}}}"#);
        self.login(&Event::from_json(json.as_bytes()).unwrap())
    }

    fn own_login(&mut self, time_ms: i64) -> Verdict {
        self.of_user(
            time_ms,
            true,
            r#""ip_address":"81.62.10.20","geo_location":"CH","city":"Bern","latitude":46.95,"longitude":7.45,"asn":3303,
               "device_id":"ann-laptop","user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36",
               "bytes_in":40000,"bytes_out":30000,"auth_method":"password""#,
        )
    }

    fn attacker_login(&mut self, time_ms: i64, success: bool) -> Verdict {
        self.of_user(
            time_ms,
            success,
            r#""ip_address":"102.89.4.5","geo_location":"NG","city":"Lagos","latitude":6.45,"longitude":3.39,"asn":29465,
               "device_id":"stranger","user_agent":"Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
               "bytes_in":40000,"bytes_out":30000,"auth_method":"password""#,
        )
    }

    /// How many days in a row, from the first on, an attacker who comes once a day has risks from
    /// `risk` on, while the owner goes on as ever.
    fn days_until_normal(&mut self, days: i64, risk: f64) -> i64 {
        let first_ms = self.now_ms;
        for day in 0..days {
            let verdict = self.attacker_login(first_ms + day * DAY_MS + 7_200_000, true);
            if verdict.finding.is_none() && verdict.risk < risk {
                return day;
            }
            self.own_login(first_ms + day * DAY_MS + 12 * 3_600_000);
        }
        days
    }
}

/// Whoever is flagged teaches nothing: an attacker who comes back every day for two months is
/// flagged every day.
#[test]
fn a_flagged_attacker_never_becomes_normal() {
    let mut company = Company::new(None);
    company.detector = company.detector.with_rules(shipped_rules());
    let alert_risk = company.detector.alert_risk();
    assert_eq!(company.days_until_normal(60, alert_risk), 60);
}

/// Whoever is never flagged becomes normal, and this says how soon: on the fourteenth day that he
/// comes on, as his device and his network are on probation until then. README names the number.
/// Until then he is an attacker more likely than not; that day his risk is less than a fifth of that.
#[test]
fn an_attacker_who_is_never_flagged_is_strange_for_fourteen_days() {
    for risk in [0.5, 0.1] {
        let mut company = Company::new(Some(1.0));
        assert_eq!(company.days_until_normal(60, risk), 14, "{risk}");
    }
}

/// A finding is told of once: what follows within the cooldown is a repeat and counted, unless it
/// is more severe.
#[test]
fn repeats_are_counted_and_worse_ones_told() {
    let mut company = Company::new(Some(0.0));
    // Longer after the owner's last login, which is flagged as all are, than the cooldown.
    let start_ms = company.now_ms + 2 * 3_600_000;
    let flag = |verdict: &Verdict| verdict.finding.as_deref().unwrap().flag;
    let first = company.attacker_login(start_ms, false);
    assert!(!flag(&first).repeat);
    let again = company.attacker_login(start_ms + 60_000, false);
    assert_eq!(flag(&again).family, flag(&first).family);
    assert!(flag(&again).repeat);
    let third = company.attacker_login(start_ms + 120_000, false);
    assert_eq!(
        third.finding.as_deref().unwrap().open.unwrap().suppressed,
        1
    );
    let success = company.attacker_login(start_ms + 180_000, true);
    assert!(flag(&success).severity > flag(&first).severity);
    assert!(!flag(&success).repeat);
    let hours_later = company.attacker_login(start_ms + 3 * 3_600_000, false);
    assert!(!flag(&hours_later).repeat);
}

/// What was published was not left out: repeats are suppressed only where they are not published.
#[test]
fn suppressed_counts_what_was_left_out() {
    let mut company = Company::new(Some(0.0));
    let start_ms = company.now_ms + 2 * 3_600_000;
    company.attacker_login(start_ms, false);
    company.attacker_login(start_ms + 60_000, false);
    let third = company.attacker_login(start_ms + 120_000, false);
    let event = format!(r#"{{"user_id":"ann","timestamp":{start_ms},"success":false}}"#);
    let event = Event::from_json(event.as_bytes()).unwrap();
    let source = RecordPosition {
        topic: "logins".to_owned(),
        partition: Partition(0),
        offset: Offset(7),
    };
    let finding = third.finding.as_deref().unwrap();
    let suppressed = |publish_repeats| {
        let settings = AlertSettings {
            contributions: 0,
            publish_repeats,
            detected_at_ms: 0,
        };
        let id = source.alert_id();
        let detector = &company.detector;
        Alert::new(&event, finding, id, detector, &source, settings, None).suppressed
    };
    assert_eq!((suppressed(true), suppressed(false)), (0, 1));
}

/// Each named pattern is found where it was acted out, and not at the owner's own login before it.
#[test]
fn patterns_are_named() {
    const STRANGER: &str = r#""ip_address":"102.89.4.5","geo_location":"NG","city":"Lagos","latitude":6.45,"longitude":3.39,"asn":29465,"device_id":"stranger""#;
    const HOSTED: &str = r#""ip_address":"185.1.2.3","geo_location":"CH","city":"Zurich","latitude":47.37,"longitude":8.54,"asn":9009,"device_id":"stranger""#;
    const OWN_DEVICE_ABROAD: &str = r#""ip_address":"102.89.4.5","geo_location":"NG","city":"Lagos","latitude":6.45,"longitude":3.39,"asn":29465,"device_id":"ann-laptop""#;
    const OWN_DEVICE_ON_LINUX: &str = r#""ip_address":"81.62.99.1","geo_location":"CH","city":"Bern","latitude":46.95,"longitude":7.45,"asn":3303,"device_id":"ann-laptop","user_agent":"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0""#;
    let denied = format!(r#"{STRANGER},"event_type":"mfa_challenge""#);
    let reset = format!(r#"{STRANGER},"event_type":"password_reset""#);
    /// What is expected, what comes before (success and the rest of the event), and the login that
    /// is flagged.
    type Case<'a> = (&'a str, Family, &'a [(bool, &'a str)], &'a str);
    let cases: [Case<'_>; 7] = [
        (
            "failures_then_success",
            Family::BruteForce,
            &[(false, STRANGER); 6],
            STRANGER,
        ),
        (
            "mfa_fatigue",
            Family::MfaFatigue,
            &[(false, denied.as_str()); 5],
            STRANGER,
        ),
        (
            "reset_then_new",
            Family::ResetTakeover,
            &[(true, reset.as_str())],
            STRANGER,
        ),
        ("impossible_travel", Family::Travel, &[], STRANGER),
        (
            "session_theft",
            Family::SessionTheft,
            &[],
            OWN_DEVICE_ABROAD,
        ),
        (
            "device_changed_system",
            Family::SessionTheft,
            &[],
            OWN_DEVICE_ON_LINUX,
        ),
        ("anonymiser", Family::Anonymiser, &[], HOSTED),
    ];
    for (code, family, before, login) in cases {
        let mut company = Company::new(Some(1.0));
        let mut time_ms = company.now_ms + 3_600_000;
        company.own_login(time_ms);
        company.detector = Detector::new(
            Arc::clone(company.detector.model()),
            Thresholds::default(),
            Some(0.0),
        );
        time_ms += 600_000;
        let own = company.own_login(time_ms).finding.unwrap();
        assert!(
            own.reasons.iter().all(|reason| reason.code != code),
            "{code}"
        );
        for (success, rest) in before {
            time_ms += 20_000;
            company.of_user(time_ms, *success, rest);
        }
        let finding = company
            .of_user(time_ms + 20_000, true, login)
            .finding
            .unwrap();
        let reason = finding.reasons.iter().find(|reason| reason.code == code);
        let codes: Vec<&str> = finding.reasons.iter().map(|reason| reason.code).collect();
        assert!(reason.is_some(), "{code} not among {codes:?}");
        assert!(!reason.unwrap().attack.is_empty());
        let families = severity::families(&finding.reasons);
        assert!(
            families.contains(&family),
            "{family:?} not among {families:?}"
        );
        assert!(
            finding.severity >= Severity::High,
            "{code}: {:?}",
            finding.severity
        );
    }
}

/// A provider that knows a user by a number says of a failure only what was typed: failures of the
/// name speak at the user's next success, and not at the one after it.
#[test]
fn failures_of_a_typed_name_speak_at_the_success_that_carries_it() {
    let mut company = Company::new(None);
    company.detector = Company::detector(Some(0.0));
    let start_ms = company.now_ms + 2 * 3_600_000;
    company.own_login(start_ms - 3_700_000);
    let typed = r#""typed_name":"Ann@Example.com","ip_address":"102.89.4.5""#;
    for number in 1..=6 {
        let time_ms = start_ms + number * 20_000;
        let json = format!(
            r#"{{"user_id":"ann@example.com","timestamp":{time_ms},"success":false,{typed}}}"#
        );
        company.login(&Event::from_json(json.as_bytes()).unwrap());
    }
    let speaks = |verdict: &Verdict| {
        let finding = verdict.finding.as_deref().unwrap();
        let mut reasons = finding.reasons.iter();
        reasons.any(|reason| reason.text.contains("6 failures under the typed name"))
    };
    let success = |company: &mut Company, second: i64, rest: &str| {
        company.of_user(start_ms + second * 1000, true, rest)
    };
    let other = success(&mut company, 130, r#""typed_name":"ben""#);
    assert!(!speaks(&other), "another name");
    let own = success(&mut company, 140, typed);
    assert!(speaks(&own));
    let at = own.finding.as_deref().unwrap();
    let place = crate::features::FEATURES
        .iter()
        .position(|feature| feature.name == "user_failures_hour");
    assert_eq!(at.values[place.unwrap()], 7f64.ln() as f32);
    company.detector = Company::detector(Some(1.0));
    company.own_login(start_ms + 150_000);
    company.detector = Company::detector(Some(0.0));
    let later = success(&mut company, 160, typed);
    assert!(
        !speaks(&later),
        "a success that was not flagged has ended them"
    );
}

/// What is no login is never scored, teaches nothing, and stands in the reasons of what follows.
#[test]
fn evidence_is_never_scored_and_is_told_of() {
    // With a history, and from then on flagged whatever comes.
    let mut company = Company::new(None);
    company.detector = Company::detector(Some(0.0));
    let start_ms = company.now_ms + 2 * 3_600_000;
    let event = |company: &mut Company, kind: &str, time_ms: i64| {
        let rest = format!(
            r#""event_type":"{kind}","ip_address":"102.89.4.5","device_id":"stranger","geo_location":"NG""#
        );
        company.of_user(time_ms, true, &rest)
    };
    for kind in ["factor_pending", "factor_enrolled", "mail_rule"] {
        let verdict = event(&mut company, kind, start_ms);
        assert!(verdict.finding.is_none() && verdict.risk == 0.0, "{kind}");
    }
    let codes = |verdict: &Verdict| -> Vec<&'static str> {
        let finding = verdict.finding.as_deref().unwrap();
        finding.reasons.iter().map(|reason| reason.code).collect()
    };
    let denied = company.of_user(
        start_ms + 60_000,
        false,
        r#""event_type":"mfa_challenge","ip_address":"102.89.4.5""#,
    );
    assert!(
        codes(&denied).contains(&"password_was_right"),
        "{:?}",
        codes(&denied)
    );
    let entered = company.attacker_login(start_ms + 120_000, true);
    for code in ["factor_changed", "mail_rule_made", "new_device"] {
        assert!(
            codes(&entered).contains(&code),
            "{code}: {:?}",
            codes(&entered)
        );
    }
    let later = company.attacker_login(start_ms + 3 * DAY_MS, true);
    assert!(!codes(&later).contains(&"factor_changed"));
}

/// Attempts on names that a provider hides count where they come from: a spray does not hide there.
#[test]
fn attempts_on_nobody_known_count_at_their_address() {
    let mut company = Company::new(Some(0.0));
    let start_ms = company.now_ms + 2 * 3_600_000;
    let before = company.attacker_login(start_ms, false);
    for number in 0..40 {
        let json = format!(
            r#"{{"event_type":"attempt","timestamp":{},"success":false,"ip_address":"102.89.4.5"}}"#,
            start_ms + number * 1_000
        );
        let verdict = company.login(&Event::from_json(json.as_bytes()).unwrap());
        assert!(verdict.finding.is_none());
    }
    let failures = |verdict: &Verdict| {
        let place = crate::features::FEATURES
            .iter()
            .position(|feature| feature.name == "address_failures_hour")
            .expect("the feature");
        verdict.finding.as_deref().unwrap().values[place]
    };
    let after = company.attacker_login(start_ms + 60_000, false);
    assert!(
        failures(&after) > failures(&before),
        "{} {}",
        failures(&before),
        failures(&after)
    );
}

/// Twenty users of habits, each with the own device, forty minutes after a login at home from the
/// other side of the earth on a network nobody ever used: the rule flags them, whatever the model
/// says.
#[test]
fn travel_that_no_plane_makes_is_flagged_whatever_the_risk_says() {
    let rules = shipped_rules();
    let mut company = Company::new(None);
    let mut flagged = [0, 0];
    for number in 0..20 {
        let user = format!("traveller-{number}");
        let from = |time_ms: i64, place: &str| {
            let json = format!(
                r#"{{"user_id":"{user}","timestamp":{time_ms},"success":true,"device_id":"laptop-{number}","user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/134.0.0.0 Safari/537.36",{place}}}"#
            );
            json
        };
        let home = r#""ip_address":"81.62.10.20","geo_location":"CH","city":"Bern","latitude":46.95,"longitude":7.45,"asn":3303"#;
        let begun_ms = company.now_ms + DAY_MS;
        let mut last_ms = begun_ms;
        for day in 0..16 {
            last_ms = begun_ms + day * DAY_MS;
            let json = from(last_ms, home);
            company.login(&Event::from_json(json.as_bytes()).unwrap());
        }
        let auckland = format!(
            r#""ip_address":"203.0.113.{number}","geo_location":"NZ","city":"Auckland","latitude":-36.85,"longitude":174.76,"asn":{}"#,
            64_600 + number
        );
        let json = from(last_ms + 40 * 60_000, &auckland);
        let event = Event::from_json(json.as_bytes()).unwrap();
        for (place, with) in [Rules::default(), rules.clone()].into_iter().enumerate() {
            company.detector = company.detector.clone().with_rules(with);
            let verdict = company.judged(&event);
            flagged[place] += usize::from(verdict.finding.is_some());
            if let Some(finding) = verdict.finding.filter(|one| !one.rules.is_empty()) {
                assert_eq!(finding.reasons[0].code, "travel_no_plane_makes");
                assert!(finding.severity >= Severity::High);
                assert!(finding.by_risk || finding.family == Family::Travel);
            }
        }
        company.login(&event);
    }
    println!(
        "without rules {} of 20 are flagged, with them {}",
        flagged[0], flagged[1]
    );
    assert_eq!(flagged[1], 20);
}

/// What is said to have kept a login quiet would have: one feature or two, and no more.
#[test]
fn a_counterfactual_keeps_the_login_quiet() {
    let mut company = Company::new(None);
    let detector = company.detector.clone();
    let world = World::new(Options {
        users: 60,
        days: 12,
        seed: 8,
        attack_share: 0.05,
        ..Options::default()
    });
    let (mut flagged, mut told, mut spoken) = (0, 0, 0);
    for event in world {
        let verdict = company.login(&event);
        let Some(finding) = verdict.finding else {
            continue;
        };
        flagged += 1;
        let all = detector.model().contributions(&finding.values);
        let moved = Moved::of(detector.model(), &finding.values, &all, 8);
        let lowered: Vec<f64> = moved
            .mitigators
            .iter()
            .map(|one| one.contribution)
            .collect();
        assert!(lowered.len() <= 3 && lowered.is_sorted() && lowered.iter().all(|by| *by < 0.0));
        spoken += usize::from(!moved.mitigators.is_empty());
        let Some(counterfactual) = detector.counterfactual(&finding, &moved.raised) else {
            continue;
        };
        told += 1;
        assert!(
            (1..=2).contains(&counterfactual.changes.len()),
            "{counterfactual:?}"
        );
        let mut values = finding.values;
        for change in &counterfactual.changes {
            let natural = crate::features::natural::NATURAL.iter();
            let place = natural
                .clone()
                .position(|one| one.as_ref().is_some_and(|one| one.name == change.feature));
            let place = place.unwrap();
            let natural = crate::features::natural::NATURAL[place].as_ref().unwrap();
            values[place] = natural.to_feature(change.instead);
        }
        assert!(
            counterfactual.risk < finding.threshold,
            "{counterfactual:?}"
        );
        // Through the units of people and back, where a tree does not split in between.
        assert!(detector.model().risk(&values) < 2.0 * finding.threshold.max(counterfactual.risk));
    }
    println!("{told} of {flagged} flagged logins have one; something spoke for {spoken} users");
    assert!(spoken * 2 > flagged, "{spoken} of {flagged}");
    assert!(flagged > 50 && told * 4 > flagged, "{told} of {flagged}");
}
