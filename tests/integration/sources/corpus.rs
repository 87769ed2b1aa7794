//! Made records of every format, with what a reader expects of each.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::*;

const COMPARED: [&str; 10] = [
    "user_id",
    "timestamp",
    "success",
    "event_type",
    "ip_address",
    "event_id",
    "auth_method",
    "geo_location",
    "city",
    "device_id",
];

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn place(row: &Value) -> (u64, u64) {
    let number = |key: &str| row[key].as_u64().unwrap_or(0);
    (number("line"), number("record"))
}

/// What differs between what is expected of a record and what it became.
fn differences(expected: &Value, given: Option<&Value>) -> Vec<String> {
    let Some(given) = given else {
        return vec!["nothing was said of it".to_owned()];
    };
    let mut differences = Vec::new();
    let mut compare = |name: &str, expected: &Value, given: &Value| {
        let same = match (expected.as_str(), given.as_str()) {
            (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
            _ => expected == given,
        };
        if !same && !expected.is_null() {
            differences.push(format!("{name}: {expected} expected, {given} given"));
        }
    };
    compare("outcome", &expected["outcome"], &given["outcome"]);
    if expected["outcome"] == "login" {
        for name in COMPARED {
            compare(name, &expected[name], &given["login"][name]);
        }
    }
    compare(
        "evidence",
        &expected["evidence"],
        &given["evidence"]["event_type"],
    );
    differences
}

/// Every record of every source becomes what its expectation says.
#[test]
fn records_become_what_is_expected_of_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    let mut events = 0;
    for entry in std::fs::read_dir(folder.join("config/sources/samples")).unwrap() {
        let path = entry.unwrap().path();
        let source = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let expected = folder.join(format!(
            "tests/integration/sources/{source}.expected.ndjson"
        ));
        let expected = lines(&std::fs::read_to_string(expected).unwrap());
        let mut command = nightlatch();
        command.args([
            "convert",
            "--source",
            &source,
            "--outcomes",
            "--output",
            "-",
        ]);
        command.args(["--received-at", "2026-01-15T00:00:00Z", "--input"]);
        let given = lines(&stdout(&succeed(command.arg(&path))));
        let given: BTreeMap<(u64, u64), &Value> =
            given.iter().map(|row| (place(row), row)).collect();
        events += expected.len();
        for row in &expected {
            let at = place(row);
            for difference in differences(row, given.get(&at).copied()) {
                wrong.push(format!("{source}:{}.{}: {difference}", at.0, at.1));
            }
        }
        assert_eq!(given.len(), expected.len(), "{source}: events");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(events > 200, "{events} events are no corpus");
}
