//! The commands that work on files, as processes.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::fs;

use support::*;

#[test]
fn train_evaluate_and_score_work_together() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    world(
        &path("a.ndjson"),
        &[
            "--users",
            "300",
            "--days",
            "30",
            "--seed",
            "1",
            "--attack-share",
            "0.03",
        ],
    );
    let shown = stdout(&succeed(
        nightlatch()
            .arg("train")
            .arg("--input")
            .arg(path("a.ndjson"))
            .arg("--output")
            .arg(path("m.cbor"))
            .arg("--trees")
            .arg("20"),
    ));
    assert!(
        shown.contains("PR-AUC") && shown.contains("20 trees"),
        "{shown}"
    );
    let again = stdout(&succeed(
        nightlatch()
            .arg("train")
            .arg("--input")
            .arg(path("a.ndjson"))
            .arg("--output")
            .arg(path("n.cbor"))
            .arg("--trees")
            .arg("20"),
    ));
    assert_eq!(shown, again);
    assert!(
        fs::read(path("m.cbor")).unwrap() == fs::read(path("n.cbor")).unwrap(),
        "a seed is a model, byte for byte"
    );
    world(
        &path("b.csv"),
        &["--users", "200", "--days", "20", "--seed", "2"],
    );
    let mut evaluate = nightlatch();
    evaluate
        .arg("evaluate")
        .arg("--model")
        .arg(path("m.cbor"))
        .arg("--input")
        .arg(path("b.csv"))
        .args(["--format", "json", "--report"])
        .arg(path("r.html"));
    let measured: serde_json::Value =
        serde_json::from_slice(&succeed(&mut evaluate).stdout).unwrap();
    assert!(measured["roc_auc"].as_f64().unwrap() > 0.95, "{measured}");
    assert_eq!(measured["operating_points"].as_array().unwrap().len(), 3);
    let report = fs::read_to_string(path("r.html")).unwrap();
    assert!(
        report.contains("<svg") && !report.contains("http"),
        "the report needs nothing else"
    );
    let mut score = nightlatch();
    score
        .arg("score")
        .arg("--explain")
        .arg("--model")
        .arg(path("m.cbor"))
        .arg("--input")
        .arg(path("b.csv"))
        .arg("--output")
        .arg(path("s.ndjson"));
    succeed(&mut score);
    let text = fs::read_to_string(path("s.ndjson")).unwrap();
    let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(first["contributions"].as_array().unwrap().len(), 8);
    for name in [
        "event_id",
        "user_id",
        "timestamp",
        "risk",
        "random_forest",
        "isolation_forest",
        "flagged",
        "severity",
        "reasons",
    ] {
        assert!(first.get(name).is_some(), "{name}");
    }
}

#[test]
fn the_kind_of_file_does_not_change_a_score() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut all = Vec::new();
    for name in ["a.ndjson", "a.csv.gz", "a.parquet", "a.ndjson.zst"] {
        succeed(
            nightlatch()
                .args(["simulate", "--users", "60", "--days", "8", "--output"])
                .arg(path(name)),
        );
        all.push(scores(&path(name), &path("scores.ndjson"), &[]));
    }
    assert!(all[0].len() > 500);
    assert!(all.iter().all(|scores| *scores == all[0]));
}

#[test]
fn a_damaged_foreign_or_older_model_is_an_error_and_never_a_score() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    world(&path("a.ndjson"), &["--users", "20", "--days", "2"]);
    let good = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/models/default.cbor")).unwrap();
    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x10;
    let mut older = good.clone();
    older[8] = 0;
    let cases: [(&str, &[u8], &str); 5] = [
        ("truncated", &good[..good.len() / 3], "cut short"),
        ("flipped", &flipped, "damaged"),
        (
            "foreign",
            b"PK\x03\x04 something else",
            "not a nightlatch model",
        ),
        ("older", &older, "format 0"),
        ("empty", b"", "not a nightlatch model"),
    ];
    for (name, bytes, said) in cases {
        let model = path(name);
        fs::write(&model, bytes).unwrap();
        let mut score = nightlatch();
        score
            .arg("score")
            .arg("--model")
            .arg(&model)
            .arg("--input")
            .arg(path("a.ndjson"))
            .arg("--output")
            .arg(path("out.ndjson"));
        let error = fail(&mut score, 65);
        assert!(error.contains(said) && error.contains(name), "{error}");
        assert!(!path("out.ndjson").exists());
        let error = fail(
            nightlatch()
                .arg("run")
                .env("NIGHTLATCH__MODEL__PATH", &model),
            78,
        );
        assert!(
            error.contains("model.path") && error.contains(said),
            "{error}"
        );
        fail(nightlatch().args(["model", "show"]).arg(&model), 65);
    }
    fail(nightlatch().args(["model", "show", "/nowhere/m.cbor"]), 66);
}

#[test]
fn errors_name_the_thing_and_have_their_codes() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let score = |input: &str, output: &str, code: i32| {
        fail(
            nightlatch().args(["score", "--input", input, "--output", output]),
            code,
        )
    };
    assert!(score("/nowhere/a.ndjson", "-", 66).contains("/nowhere/a.ndjson"));
    fs::write(path("a.csv"), "who,when\na,b\n").unwrap();
    assert!(score(path("a.csv").to_str().unwrap(), "-", 65).contains("user_id"));
    fs::write(path("bad.ndjson"), "nonsense\n{}\n").unwrap();
    assert!(
        score(path("bad.ndjson").to_str().unwrap(), "-", 65).contains("not one row is a login")
    );
    fs::write(
        path("good.ndjson"),
        r#"{"user_id":"u","timestamp":"2025-06-12 12:46:42","success":1}"#,
    )
    .unwrap();
    assert!(
        score(
            path("good.ndjson").to_str().unwrap(),
            "/nowhere/out.ndjson",
            73
        )
        .contains("/nowhere/out.ndjson")
    );
    let mut train = nightlatch();
    train
        .args(["train", "--input"])
        .arg(path("good.ndjson"))
        .arg("--output")
        .arg(path("m.cbor"));
    assert!(fail(&mut train, 65).contains("no label"));
    fail(nightlatch().arg("fly"), 64);
    fail(nightlatch().args(["demo", "--rate", "0"]), 64);
    fs::write(path("c.toml"), "[kafka]\nbroker = 'x'\n").unwrap();
    let said = fail(
        nightlatch().args(["run", "--config"]).arg(path("c.toml")),
        78,
    );
    assert!(
        said.contains("did you mean `kafka.brokers`") && said.contains("c.toml"),
        "{said}"
    );
    assert!(succeed(nightlatch().arg("--version")).status.success());
}

#[test]
fn a_closed_pipe_is_no_error_and_standard_input_works() {
    use std::io::Write;
    let mut child = nightlatch()
        .args(["score", "--input", "-", "--output", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(br#"{"user_id":"u","timestamp":"2025-06-12 12:46:42","success":1}"#)
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(
        stdout(&output).starts_with(r#"{"event_id":"1","user_id":"u""#),
        "{}",
        stdout(&output)
    );
}
