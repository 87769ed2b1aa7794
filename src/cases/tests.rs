use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::config::Config;
use crate::detector::{Detector, Suppressions};
use crate::login::IdHasher;
use crate::model::Model;
use crate::profile::ProfileLimits;

fn detector() -> Detector {
    let config = Config::from_layers(&[], &[], &[]).unwrap();
    let model = Arc::new(Model::shipped().unwrap());
    Detector::new(model, config.reasons, None).with_rules(config.rules)
}

fn run_all(path: &Path) -> Vec<CaseResult> {
    let (detector, hasher) = (detector(), IdHasher::default());
    let cases = read(path).unwrap();
    let results = cases.iter().map(|case| {
        run(
            case,
            &detector,
            &Suppressions::default(),
            &hasher,
            &ProfileLimits::default(),
        )
        .unwrap()
    });
    results.collect()
}

/// Each rule that is built in flags what it is for, and the shipped cases pass.
#[test]
fn the_rules_that_are_built_in_do_what_they_are_for() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config/rules/tests/default.toml");
    let results = run_all(&path);
    for one in &results {
        assert!(one.differences.is_empty(), "{one:?}");
    }
    for rule in detector().rules().iter() {
        let met = results
            .iter()
            .any(|one| one.found.rules.contains(&rule.name));
        assert!(met, "no case meets {}", rule.name);
    }
}

fn written(text: &str, ending: &str) -> Result<Vec<Case>, CaseError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("cases.{ending}"));
    std::fs::write(&path, text).unwrap();
    read(&path)
}

#[test]
fn a_case_that_is_none_says_what_is_wrong_with_it() {
    let login = r#"login = { user_id = "a", timestamp = "2026-01-01", success = true }"#;
    for (text, words) in [
        (
            "[[case]]\nname = \"x\"\nexpect = {}",
            "missing field `login`",
        ),
        ("nonsense", "expected"),
        (
            &format!("[[case]]\nname = \"x\"\n{login}\nexpect = {{ flaged = true }}"),
            "flaged",
        ),
        (
            &format!("[[case]]\nname = \"x\"\n{login}\nexpect = {{ family = \"travl\" }}"),
            "did you mean `travel`?",
        ),
        (
            "[[case]]\nname = \"x\"\nlogin = { user_id = \"a\", success = true }\nexpect = {}",
            "timestamp",
        ),
        ("case = []", "no [[case]]"),
        (
            &format!(
                "[[case]]\nname = \"x\"\n{login}\nexpect = {{}}\n[[case.before]]\nlogin = {{ user_id = \"a\", timestamp = \"2026-02-01\", success = true }}"
            ),
            "later than `login`",
        ),
    ] {
        let error = written(text, "toml").expect_err(text).to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
}

/// What is found otherwise is told, one line a difference; dates may be TOML's own; JSON is the
/// same.
#[test]
fn differences_are_told_and_json_is_the_same() {
    let toml = r#"
        [[case]]
        name = "an own login"
        login = { user_id = "a", timestamp = 2026-01-20T08:00:00Z, success = true, device_id = "d" }
        expect = { flagged = true, rules = ["known_bad_network"], not_rules = ["x"], incident = { attempts = 3 } }
        [[case.before]]
        times = 15
        every = "1d"
        login = { user_id = "a", timestamp = 2026-01-01T08:00:00Z, success = true, device_id = "d" }
    "#;
    let json = r#"{"case": [{
        "name": "an own login",
        "login": {"user_id": "a", "timestamp": "2026-01-20T08:00:00Z", "success": true, "device_id": "d"},
        "expect": {"flagged": true, "rules": ["known_bad_network"], "not_rules": ["x"], "incident": {"attempts": 3}},
        "before": [{"times": 15, "every": "1d", "login":
            {"user_id": "a", "timestamp": "2026-01-01T08:00:00Z", "success": true, "device_id": "d"}}]
    }]}"#;
    let (detector, hasher) = (detector(), IdHasher::default());
    let results = [(toml, "toml"), (json, "json")].map(|(text, ending)| {
        let cases = written(text, ending).unwrap();
        assert_eq!(cases[0].logins.len(), 16);
        run(
            &cases[0],
            &detector,
            &Suppressions::default(),
            &hasher,
            &ProfileLimits::default(),
        )
        .unwrap()
    });
    assert_eq!(results[0].differences, results[1].differences);
    let [flagged, incident, rules, typo, unmet] = &results[0].differences[..] else {
        panic!("{:?}", results[0].differences)
    };
    assert_eq!(flagged, "flagged: expected true, found false");
    assert!(incident.contains("expected 3, found none") && rules.contains("known_bad_network"));
    assert_eq!(typo, "no rule that counts is called `x`");
    assert!(
        unmet.contains("(network_class in [\"bad\"]) (not known)"),
        "{unmet}"
    );
}

/// An exception of a rule keeps back what only that rule flags, for whom it names and until its
/// end; a case asks for it.
#[test]
fn an_exception_keeps_back_what_only_its_rule_flags_until_its_end() {
    let rule = r#"
        [[rule]]
        name = "abroad"
        when = "success && country == \"NZ\""
        says = "abroad"
        severity = "high"
        family = "travel"
        attack = ["T1078"]
        [[rule.except]]
        by = "kim"
        why = "the sales trip"
        until = "2026-02-01"
        users = ["Ann"]
    "#;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    std::fs::write(&path, rule).unwrap();
    let files = ("rules.files", path.display().to_string());
    let config = Config::from_layers(&[], &[], &[files]).unwrap();
    let model = Arc::new(Model::shipped().unwrap());
    let detector = Detector::new(model, config.reasons, None).with_rules(config.rules);
    let hasher = IdHasher::default();
    for (user, day, suppressed) in [
        ("ann", "2026-01-20", true),
        ("ann", "2026-02-02", false),
        ("bob", "2026-01-20", false),
    ] {
        let case = format!(
            r#"
            [[case]]
            name = "abroad"
            login = {{ user_id = "{user}", timestamp = "{day} 08:00:00", success = true, device_id = "d", geo_location = "NZ" }}
            expect = {{ flagged = true, suppressed = {suppressed}, rules = ["abroad"] }}
            [[case.before]]
            times = 15
            every = "1d"
            login = {{ user_id = "{user}", timestamp = "2026-01-01 08:00:00", success = true, device_id = "d", geo_location = "NZ" }}
            "#
        );
        let cases = written(&case, "toml").unwrap();
        let limits = ProfileLimits::default();
        let result = run(
            &cases[0],
            &detector,
            &Suppressions::default(),
            &hasher,
            &limits,
        )
        .unwrap();
        assert!(result.differences.is_empty(), "{user} {day}: {result:?}");
    }
}
