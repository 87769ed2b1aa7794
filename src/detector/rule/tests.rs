use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::features::{self, Values};
use crate::login::{Event, IdHasher, Login};
use crate::profile::{LoginContext, Prevalences, UserCell};

fn login(rest: &str) -> Login {
    let json = format!(r#"{{"user_id":"ann","timestamp":1750000000000,"success":true{rest}}}"#);
    let event = Event::from_json(json.as_bytes()).unwrap();
    Login::new(&event, &IdHasher::default())
}

/// A login of somebody who has been here for long, of whom nothing else is known.
fn context(login: &Login) -> LoginContext<'_> {
    static USER: LazyLock<UserCell> = LazyLock::new(|| UserCell {
        successes: 100,
        ..UserCell::default()
    });
    LoginContext {
        login,
        now_s: login.time_s(),
        user: Some(&USER),
        device: None,
        address: None,
        block: None,
        tenant: None,
        name: None,
        prevalences: Prevalences::default(),
    }
}

/// Values as people say them; all others are missing.
fn values(known: &[(&str, f64)]) -> Values {
    let mut values = [f32::NAN; features::COUNT];
    for (name, value) in known {
        let natural = crate::features::natural::NATURAL.iter().enumerate();
        let mut found = natural.filter_map(|(place, one)| Some((place, one.as_ref()?)));
        let (place, natural) = found.find(|(_, one)| one.name == *name).expect(name);
        values[place] = natural.to_feature(*value);
    }
    values
}

fn holds(when: &str, known: &[(&str, f64)], rest: &str) -> bool {
    let condition = compile(when).unwrap_or_else(|error| panic!("{when}: {error}"));
    let (login, values) = (login(rest), values(known));
    let reasons = || vec!["new_device"];
    condition.holds(&Subject::new(&context(&login), &values, 0.3, &reasons))
}

#[test]
fn conditions_ask_in_the_units_of_people() {
    let travel = [("speed_kmh", 1_200.0), ("distance_km", 800.0)];
    assert!(holds(
        "success && speed_kmh > 1000 && distance_km >= 800",
        &travel,
        ""
    ));
    assert!(!holds("speed_kmh > 1200", &travel, ""));
    assert!(holds(
        "1000 < speed_kmh && 2 * 400 <= distance_km",
        &travel,
        ""
    ));
    assert!(holds(
        "user_failures_hour == 7",
        &[("user_failures_hour", 7.0)],
        ""
    ));
    assert!(holds(
        "since_reset_minutes <= 60",
        &[("since_reset_minutes", 60.0)],
        ""
    ));
    assert!(holds(
        "new_device && !hosting",
        &[("new_device", 1.0), ("hosting", 0.0)],
        ""
    ));
    assert!(holds(
        "new_device == true || risk > 0.9",
        &[("new_device", 1.0)],
        ""
    ));
    assert!(holds("risk >= 0.3 && !first_logins", &[], ""));
    assert!(holds(
        r#""new_device" in reasons && !("new_country" in reasons)"#,
        &[],
        ""
    ));
    let tor = r#","network_class":"tor","geo_location":"New Zealand","event_type":"mfa_challenge""#;
    assert!(holds(
        r#"network_class in ["vpn", "tor"] && country == "NZ""#,
        &[],
        tor
    ));
    assert!(holds(
        r#"event_type != "login" && !(country in ["CH", "DE"])"#,
        &[],
        tor
    ));
    assert!(!holds(r#"network_class == "bad""#, &[], tor));
}

/// Neither what is asked nor its opposite holds of what is not known.
#[test]
fn what_is_missing_meets_nothing_but_the_question_whether_it_is_known() {
    for when in [
        "speed_kmh > 900",
        "new_device",
        r#"network_class == "tor""#,
        r#"country == "CH""#,
    ] {
        assert!(
            !holds(when, &[], "") && !holds(&format!("!({when})"), &[], ""),
            "{when}"
        );
    }
    assert!(holds(
        "!known(speed_kmh) && known(hosting)",
        &[("hosting", 0.0)],
        ""
    ));
    assert!(holds("!hosting || !known(hosting)", &[], ""));
}

#[test]
fn what_is_no_condition_says_where_and_what_was_meant() {
    let cases = [
        ("sped_kmh > 900", 1, "did you mean `speed_kmh`?"),
        ("success && speed_kmh", 12, "km/h"),
        ("speed_kmh > \"fast\"", 13, "km/h"),
        ("success > 1", 11, "true or false"),
        ("network_class == \"tour\"", 18, "did you mean `tor`?"),
        ("\"new_devise\" in reasons", 1, "did you mean `new_device`?"),
        ("country == \"Atlantis\"", 12, "Atlantis"),
        ("country > \"CH\"", 1, "neither more nor less"),
        ("1 < 2", 1, "must be a name"),
        ("speed_kmh + 1 > 900", 1, "must be a name"),
        ("hour_sin > 0", 1, "there is no"),
        ("distance_km > -5", 16, "never near"),
        ("matches(speed_kmh)", 8, "a condition is"),
        ("speed_kmh >", 1, ""),
        ("success and new_device", 9, "write &&"),
        ("success && hosting OR new_device", 20, "write ||"),
        ("country not in [\"CH\"]", 9, "write !(...)"),
        ("speed_kmh = 900", 11, "write =="),
        ("speed_kmh => 900", 11, "write >="),
        ("speed_kmh > 900 &&", 19, "it ends in the middle"),
        ("country == \"or\" && speed_kmh = 900", 30, "write =="),
        ("user_id == \"ann\"", 1, "[[rule.except]]"),
        ("asn == 3303", 1, "`network_class`"),
    ];
    for (when, column, words) in cases {
        let error = compile(when).expect_err(when);
        assert!(error.message.contains(words), "{when}: {error}");
        if !words.is_empty() && !words.contains("neither") && !words.contains("must be") {
            assert_eq!(error.column, column, "{when}: {error}");
        }
    }
    assert!(compile(&"success && ".repeat(1_000)).is_err());
    for (before, after) in [
        ("(", ")"),
        ("!", ""),
        ("! ", ""),
        ("!(", ")"),
        ("[", "]"),
        ("a.b", ""),
        ("a?", ":b"),
    ] {
        let nested = format!("{}success{}", before.repeat(500), after.repeat(500));
        assert!(compile(&nested).is_err(), "{before}");
    }
    let long = vec!["risk>0"; 400].join("&&");
    assert!(compile(&long).is_ok());
}

#[test]
fn what_is_asked_is_told_with_what_was_found() {
    let condition =
        compile("speed_kmh > 1000 && (new_device || since_reset_minutes < 60)").unwrap();
    let (login, values) = (
        login(""),
        values(&[("speed_kmh", 1_234.5), ("new_device", 0.0)]),
    );
    let subject = Subject::new(&context(&login), &values, 0.1, &Vec::new);
    let observed = condition.observed(&subject);
    let told: Vec<(&str, &str, bool)> = observed
        .iter()
        .map(|one| (&*one.asked, &*one.found, one.holds))
        .collect();
    let expected = [
        ("speed_kmh > 1000", "1235", true),
        ("new_device", "false", false),
        ("since_reset_minutes < 60", "not known", false),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_rule_that_is_only_counted_flags_nothing() {
    let rule = |name: &str, shadow| Rule {
        name: kept(name),
        when: "success".to_owned(),
        condition: compile("success").unwrap(),
        says: String::new(),
        severity: Severity::High,
        family: Family::Travel,
        attack: &[],
        source: String::new(),
        shadow,
        exceptions: Suppressions::default(),
    };
    let rules = Rules::new(vec![rule("a", true), rule("b", false)]);
    let (login, values) = (login(""), values(&[]));
    let met = rules.matching(&Subject::new(&context(&login), &values, 0.0, &Vec::new));
    let names = |set| rules.of(set).map(|rule| rule.name).collect::<Vec<_>>();
    assert_eq!(names(met), ["a", "b"]);
    assert_eq!(names(rules.flagging(met)), ["b"]);
}

/// Any condition, as text.
fn any_condition() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (0..3usize, 0..5usize, 0..4u32).prop_map(|(name, sign, bound)| {
            let name = ["user_failures_hour", "distance_km", "since_reset_minutes"][name];
            format!("{name} {} {bound}", ["<", "<=", "==", ">=", ">"][sign])
        }),
        Just("new_device".to_owned()),
        Just("success".to_owned()),
        Just("known(distance_km)".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one} && {other})")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one} || {other})")),
            inner.prop_map(|one| format!("!({one})")),
        ]
    })
}

proptest! {
    /// A condition and its opposite never both hold; of what is all known one of them does; and what
    /// a condition is printed as is the same condition.
    #[test]
    fn a_condition_and_its_opposite(
        when in any_condition(),
        known in prop::collection::vec((0..4usize, 0..4u32), 0..4),
        all in any::<bool>(),
    ) {
        const NAMES: [&str; 4] =
            ["user_failures_hour", "distance_km", "since_reset_minutes", "new_device"];
        let mut known: Vec<(&str, f64)> = known
            .iter()
            .map(|(name, value)| (NAMES[*name], f64::from(*value % if *name == 3 { 2 } else { 4 })))
            .collect();
        if all {
            known.extend(NAMES.map(|name| (name, 1.0)));
        }
        let (is, is_not) = (holds(&when, &known, ""), holds(&format!("!({when})"), &known, ""));
        prop_assert!(!(is && is_not), "{}", when);
        prop_assert!(!all || is || is_not, "{}", when);
        let condition = compile(&when).unwrap();
        let printed = condition.to_string();
        prop_assert_eq!(compile(&printed).unwrap(), condition, "{}", printed);
    }
}
