//! The commands that work on files, as processes.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::*;

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
    for shown in ["accumulated local effects", "By kind of login", "(LIME)"] {
        assert!(report.contains(shown), "{shown}");
    }
    let effects = measured["inspection"]["effects"].as_array().unwrap();
    assert!(effects.len() >= 5, "{measured}");
    for effect in effects {
        let values = effect["values"].as_array().unwrap().len();
        assert_eq!(
            effect["accumulated_local"].as_array().unwrap().len(),
            values
        );
        assert_eq!(
            effect["partial_dependence"].as_array().unwrap().len(),
            values
        );
    }
    assert!(measured["cohorts"].as_array().unwrap().len() >= 4);
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
        "boosted",
        "likelihood_ratio",
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

/// A company is what its file says: whoever says less on the command line gets its users and its
/// attackers, and what is wrong in the file is told with the file's name.
#[test]
fn a_company_is_written_down_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let company = r#"
        users = 40
        [[sites]]
        name = "mill"
        city = "Bern"
        [[groups]]
        whereabouts = { remote_share = 0.0 }
        [attackers]
        share = 0.0
    "#;
    fs::write(path("mill.toml"), company).unwrap();
    let simulate = |days: &str| {
        let mut command = nightlatch();
        command.args(["simulate", "--days", days, "--output", "-", "--company"]);
        command.arg(path("mill.toml"));
        command
    };
    let text = stdout(&succeed(&mut simulate("20")));
    assert!(text.contains("\"city\":\"Bern\""), "{text}");
    let of = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
    let logins: Vec<_> = text.lines().map(of).collect();
    assert!(logins.iter().all(|login| login["label"] == 0));
    let users = logins.iter().map(|login| login["user_id"].to_string());
    let users = users.collect::<std::collections::BTreeSet<_>>().len();
    // Somebody may begin on the last day, and not log in on it.
    assert!((35..=40).contains(&users), "{users}");
    let few = stdout(&succeed(simulate("20").args(["--attack-share", "0.05"])));
    assert!(few.lines().map(of).any(|login| login["label"] == 1));

    fs::write(path("mill.toml"), company.replace("Bern", "Bernn")).unwrap();
    let said = fail(&mut simulate("20"), 65);
    assert!(
        said.contains("the city `Bernn` is not known; did you mean `Bern`?"),
        "{said}"
    );
    fs::write(
        path("mill.toml"),
        company.replace("share = 0.0", "shares = 0.0"),
    )
    .unwrap();
    let said = fail(&mut simulate("20"), 65);
    assert!(
        said.contains("mill.toml") && said.contains("shares"),
        "{said}"
    );
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

/// A login, and a label for those who want one.
fn login(number: usize, rest: &str) -> String {
    format!(
        r#"{{"user_id":"u{}","timestamp":{},"success":1,"label":0{rest}}}"#,
        number % 50,
        1_749_732_402_000_u64 + number as u64 * 1000
    )
}

fn logins(count: usize, rest: &str) -> String {
    (0..count)
        .map(|number| login(number, rest) + "\n")
        .collect()
}

fn score(input: &Path, output: &Path) -> Command {
    let mut command = nightlatch();
    command.arg("score").arg("--input").arg(input);
    command.arg("--output").arg(output);
    command
}

#[test]
fn an_input_is_never_replaced_by_what_is_made_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let text = logins(20, "");
    fs::write(path("a.ndjson"), &text).unwrap();
    std::os::unix::fs::symlink(path("a.ndjson"), path("link.ndjson")).unwrap();
    let other_spelling = folder.path().join(".").join("a.ndjson");
    for output in [path("a.ndjson"), path("link.ndjson"), other_spelling] {
        let said = fail(&mut score(&path("a.ndjson"), &output), 64);
        assert!(said.contains("also the input"), "{said}");
        let mut train = nightlatch();
        train.args(["train", "--input"]).arg(path("a.ndjson"));
        fail(train.arg("--output").arg(&output), 64);
        let mut evaluate = nightlatch();
        evaluate.args(["evaluate", "--input"]).arg(path("a.ndjson"));
        fail(evaluate.arg("--report").arg(&output), 64);
    }
    let mut redirected = score(Path::new("-"), &path("a.ndjson"));
    fail(
        redirected.stdin(fs::File::open(path("a.ndjson")).unwrap()),
        64,
    );
    assert_eq!(fs::read_to_string(path("a.ndjson")).unwrap(), text);
}

#[test]
fn a_killed_or_failed_run_leaves_what_was_there() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("scores.ndjson");
    fs::write(&output, "of yesterday").unwrap();
    let mut child = score(Path::new("-"), &output)
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // More than one chunk, so that some of it is written.
    input.write_all(logins(20_000, "").as_bytes()).unwrap();
    input.flush().unwrap();
    let is_part = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.unwrap();
        let name = entry.file_name();
        name.to_string_lossy().ends_with(".part") && entry.metadata().unwrap().len() > 0
    };
    eventually("some of it is written", || {
        fs::read_dir(folder.path()).unwrap().any(is_part)
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(fs::read_to_string(&output).unwrap(), "of yesterday");

    let broken = folder.path().join("broken.ndjson.gz");
    let whole = folder.path().join("whole.ndjson.gz");
    let mut simulate = nightlatch();
    simulate.args(["simulate", "--users", "50", "--days", "5", "--output"]);
    succeed(simulate.arg(&whole));
    let bytes = fs::read(&whole).unwrap();
    fs::write(&broken, &bytes[..bytes.len() - 20]).unwrap();
    fail(&mut score(&broken, &output), 65);
    assert_eq!(fs::read_to_string(&output).unwrap(), "of yesterday");
}

#[test]
fn scores_go_to_devices_and_to_names_that_say_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("a.ndjson"), logins(20, "")).unwrap();
    succeed(&mut score(&path("a.ndjson"), Path::new("/dev/null")));
    let said = fail(&mut score(&path("a.ndjson"), &path("scores")), 64);
    assert!(said.contains("--format"), "{said}");
    succeed(score(&path("a.ndjson"), &path("scores")).args(["--format", "csv"]));
    let text = fs::read_to_string(path("scores")).unwrap();
    assert!(text.starts_with("event_id,user_id,timestamp"), "{text}");
    assert_eq!(text.lines().count(), 21);
    let output = succeed(score(&path("a.ndjson"), Path::new("-")).args(["--format", "csv"]));
    assert_eq!(stdout(&output), text);
}

#[test]
fn fields_under_other_names_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let rest = r#","src_ip":"10.0.0.1","UserAgent":"curl","geo_location":"Atlantis","event_type":"signin""#;
    fs::write(path("a.ndjson"), logins(200, rest)).unwrap();
    for said in [
        stderr(&succeed(&mut score(&path("a.ndjson"), &path("s.csv")))),
        stderr(&succeed(
            nightlatch()
                .args(["evaluate", "--input"])
                .arg(path("a.ndjson")),
        )),
    ] {
        for part in [
            "user_id 100 %",
            "in no row: ip_address",
            "src_ip: ip_address?",
            "UserAgent: user_agent? (case, spelling)",
            "`Atlantis` (200)",
            "`signin` (200)",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
    // Long files say it before the end, too.
    fs::write(path("b.ndjson"), logins(20_000, rest)).unwrap();
    let said = stderr(&succeed(&mut score(&path("b.ndjson"), &path("s.csv"))));
    assert_eq!(said.matches("src_ip: ip_address?").count(), 2, "{said}");
    fs::write(
        path("c.csv"),
        "User_ID;Time;success\nu;2025-06-12 12:46:42;1\n",
    )
    .unwrap();
    let said = fail(&mut score(&path("c.csv"), &path("s.csv")), 65);
    assert!(said.contains("rename `User_ID`"), "{said}");
    let renamed = logins(3, "").replace("user_id", "User_ID");
    fs::write(path("d.ndjson"), renamed).unwrap();
    let said = fail(&mut score(&path("d.ndjson"), &path("s.csv")), 65);
    assert!(said.contains("User_ID: user_id?"), "{said}");
}

#[test]
fn an_input_without_a_login_is_bad_data_whatever_its_kind() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for (name, text, said) in [
        ("a.ndjson", "", "the file is empty"),
        ("a.csv", "", "the file is empty"),
        ("b.ndjson", "\n \n", "the file is empty"),
        ("b.csv", "user_id,timestamp,success\n", "the file is empty"),
        ("c.ndjson", "[{\"user_id\":1}]\n", "jq"),
        ("d.ndjson", "a,b\n", "if it is CSV"),
        ("e.ndjson", "{\"user_id\":7,\n", "each line"),
        (
            "f.csv",
            "user_id,timestamp,success\nu,yesterday,1\n",
            "\"yesterday\"",
        ),
    ] {
        fs::write(path(name), text).unwrap();
        let output = path("scores.ndjson");
        let error = fail(&mut score(&path(name), &output), 65);
        assert!(
            error.contains(said) && error.contains(name),
            "{name}: {error}"
        );
        assert!(!output.exists(), "{name}");
        let mut evaluate = nightlatch();
        let error = fail(evaluate.args(["evaluate", "--input"]).arg(path(name)), 65);
        assert!(error.contains(said), "{name}: {error}");
    }
}

#[test]
fn a_line_that_the_stream_rejects_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let long = login(1, &format!(r#","x":"{}""#, "x".repeat(200_000)));
    let text = format!("{}{long}\n{}", logins(1, ""), logins(1, ""));
    fs::write(path("a.ndjson"), text).unwrap();
    let said = stderr(&succeed(&mut score(&path("a.ndjson"), &path("s.ndjson"))));
    assert!(
        said.contains("row 2: too_large") && said.contains("2 logins scored"),
        "{said}"
    );
    let mut larger = score(&path("a.ndjson"), &path("s.ndjson"));
    larger.env("NIGHTLATCH__LIMITS__MAX_MESSAGE_BYTES", "300000");
    assert!(stderr(&succeed(&mut larger)).contains("3 logins scored"));
}

#[test]
fn what_cannot_be_written_is_said_before_the_work() {
    let nowhere = "/nowhere/input.ndjson";
    for arguments in [
        ["train", "--output", "/nowhere/m.cbor"].as_slice(),
        &[
            "train",
            "--output",
            "/dev/null",
            "--report",
            "/nowhere/r.html",
        ],
        &["evaluate", "--report", "/nowhere/r.html"],
    ] {
        // The input is not there either: it was not looked at yet.
        let said = fail(nightlatch().args(arguments).args(["--input", nowhere]), 73);
        assert!(said.contains("/nowhere/"), "{said}");
        assert!(said.contains("No such file or directory"), "{said}");
    }
    let simulate = ["simulate", "--days", "3650", "--output", "/nowhere/a.csv"];
    fail(nightlatch().args(simulate), 73);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("a.ndjson");
    fs::write(&input, logins(30_000, "")).unwrap();
    let mut child = score(&input, Path::new("-"))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn every_kind_of_file_has_the_same_columns_of_scores() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("a.ndjson"), logins(3, "")).unwrap();
    for name in ["s.ndjson", "s.csv"] {
        succeed(score(&path("a.ndjson"), &path(name)).arg("--explain"));
    }
    let rows = fs::read_to_string(path("s.ndjson")).unwrap();
    let header = fs::read_to_string(path("s.csv")).unwrap();
    let header: Vec<&str> = header.lines().next().unwrap().split(',').collect();
    for row in rows.lines() {
        let values: serde_json::Value = serde_json::from_str(row).unwrap();
        assert_eq!(values.as_object().unwrap().len(), header.len());
        let places = header
            .iter()
            .map(|name| row.find(&format!("\"{name}\":")).unwrap());
        assert!(places.is_sorted(), "{row}");
    }
}

/// Tests of detections end with what they found: 0, or 1 and the differences, as JUnit too.
#[test]
fn detections_are_tested_from_files() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/rules/tests/default.toml");
    let said = stdout(&succeed(nightlatch().arg("test").arg(&shipped)));
    assert!(said.lines().all(|line| line.starts_with("ok ")), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let case = "[[case]]\nname = \"a < b\"\nlogin = { user_id = \"a\", timestamp = \"2026-01-01\", success = true }\n\
                expect = { flagged = false, rules = [\"mine\"] }\n";
    fs::write(path("case.toml"), case).unwrap();
    fail(nightlatch().arg("test").arg(path("case.toml")), 1);
    let junit = |command: &mut Command| {
        let output = command.args(["--format", "junit"]).output().unwrap();
        stdout(&output)
    };
    let failed = junit(nightlatch().arg("test").arg(path("case.toml")));
    assert!(
        failed.contains("failures=\"1\"") && failed.contains("a &lt; b"),
        "{failed}"
    );
    // A rule of the company's own, only counted, is what the case asks for.
    let mine = "[[rule]]\nname = \"mine\"\nwhen = \"success && !known(new_device)\"\nsays = \"x\"\n\
                severity = \"low\"\nfamily = \"unusual\"\nshadow = true\n";
    fs::write(path("mine.toml"), mine).unwrap();
    let config = format!("[rules]\nfiles = [\"{}\"]\n", path("mine.toml").display());
    fs::write(path("config.toml"), config).unwrap();
    let with = |command: &mut Command| {
        command
            .arg("test")
            .arg(path("case.toml"))
            .arg("--config")
            .arg(path("config.toml"));
        junit(command)
    };
    let passed = with(&mut nightlatch());
    assert!(passed.contains("failures=\"0\""), "{passed}");
    fail(nightlatch().arg("test").arg(path("nowhere.toml")), 66);
    fs::write(path("none.json"), "{}").unwrap();
    fail(nightlatch().arg("test").arg(path("none.json")), 65);
}

/// Why a login was flagged, and why another was not, with what was known before and after.
#[test]
fn a_login_is_explained_whether_flagged_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    world(
        &path("w.ndjson"),
        &[
            "--users",
            "60",
            "--days",
            "20",
            "--seed",
            "3",
            "--attack-share",
            "0.03",
        ],
    );
    succeed(
        nightlatch()
            .args(["score", "--input"])
            .arg(path("w.ndjson"))
            .arg("--output")
            .arg(path("s.ndjson")),
    );
    let scored = fs::read_to_string(path("s.ndjson")).unwrap();
    let scored: Vec<serde_json::Value> = scored
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let explain = |id: &str, format: &str| {
        let mut command = nightlatch();
        command.arg("explain").arg(path("w.ndjson"));
        stdout(&succeed(command.args(["--event", id, "--format", format])))
    };
    for flagged in [true, false] {
        let one = scored
            .iter()
            .rfind(|one| one["flagged"] == flagged)
            .unwrap();
        let id = one["event_id"].as_str().unwrap();
        let json: serde_json::Value = serde_json::from_str(&explain(id, "json")).unwrap();
        assert_eq!(json["flagged"], flagged);
        assert_eq!(json["risk"], one["risk"], "the risk of the file");
        assert_eq!(json["severity"], one["severity"]);
        let count = |when: &str| {
            let of = |what: &str| json[when][what].as_u64().unwrap();
            of("successes") + of("failures")
        };
        assert!(count("after") >= count("before"));
        let text = explain(id, "text");
        let why = if flagged { "flagged" } else { "not flagged" };
        assert!(text.lines().nth(1).unwrap().starts_with(why), "{text}");
        assert!(text.contains("rule travel_no_plane_makes"), "{text}");
    }
    fail(
        nightlatch()
            .arg("explain")
            .arg(path("w.ndjson"))
            .args(["--event", "no-such"]),
        66,
    );
    // No label is needed, and the last login is meant where none is named.
    let plain = r#"{"user_id":"ann","timestamp":1750000000000,"success":true}"#;
    fs::write(path("plain.ndjson"), plain).unwrap();
    let text = stdout(&succeed(
        nightlatch().arg("explain").arg(path("plain.ndjson")),
    ));
    assert!(text.contains("the user before: never seen"), "{text}");
}

/// Rules have their part of the false alarms: the threshold gives way, and what cannot be kept is
/// told.
#[test]
fn training_leaves_rules_their_part_of_the_budget() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    world(
        &path("w.ndjson"),
        &[
            "--users",
            "200",
            "--days",
            "30",
            "--seed",
            "2",
            "--attack-share",
            "0.03",
        ],
    );
    let rule = "[[rule]]\nname = \"everybody\"\nwhen = \"success && logins_seen >= 20 && since_success_minutes > 600\"\n\
                says = \"x\"\nseverity = \"low\"\nfamily = \"unusual\"\n";
    fs::write(path("rule.toml"), rule).unwrap();
    let train = |to: &str, config: Option<&str>| {
        let mut command = nightlatch();
        command.args([
            "train",
            "--force",
            "--trees",
            "10",
            "--boosted-trees",
            "10",
            "--input",
        ]);
        command.arg(path("w.ndjson")).arg("--output").arg(path(to));
        if let Some(config) = config {
            command.arg("--config").arg(path(config));
        }
        stderr(&succeed(&mut command))
    };
    assert!(!train("without.cbor", None).contains("cannot be kept"));
    assert!(train("with.cbor", Some("rule.toml")).contains("cannot be kept"));
}

#[test]
fn a_worse_model_replaces_none_unless_it_is_forced() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let arguments = ["--users", "300", "--days", "30", "--seed", "5"];
    world(
        &path("w.ndjson"),
        &[&arguments[..], &["--attack-share", "0.05"]].concat(),
    );
    let train = |force: bool| {
        let mut command = nightlatch();
        command.args([
            "train",
            "--from-scratch",
            "--trees",
            "1",
            "--boosted-trees",
            "1",
        ]);
        command.args(["--max-depth", "1"]);
        command.arg("--input").arg(path("w.ndjson"));
        command.arg("--output").arg(path("m.cbor"));
        if force {
            command.arg("--force");
        }
        command
    };
    let said = fail(&mut train(false), 1);
    assert!(said.contains("against the shipped model: finds"), "{said}");
    assert!(said.contains("--force"), "{said}");
    assert!(!path("m.cbor").exists(), "nothing is written");
    succeed(&mut train(true));
    assert!(path("m.cbor").exists());
    // What attacks there are elsewhere is told where they are too few in one part.
    let text = fs::read_to_string(path("w.ndjson")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let honest_first = lines
        .iter()
        .enumerate()
        .filter(|(place, line)| *place >= lines.len() * 3 / 4 || line.contains("\"label\":0"));
    let honest_first: Vec<&str> = honest_first.map(|(_, line)| *line).collect();
    fs::write(path("w.ndjson"), honest_first.join("\n")).unwrap();
    let said = fail(&mut train(true), 65);
    assert!(
        said.contains("only 0 attacks") && said.contains("in the rest"),
        "{said}"
    );
}

#[test]
fn what_is_found_of_families_that_were_left_out_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let arguments = ["--users", "300", "--days", "30", "--seed", "6"];
    world(
        &path("w.ndjson"),
        &[&arguments[..], &["--attack-share", "0.05"]].concat(),
    );
    let train = || {
        let mut command = nightlatch();
        command.args([
            "train",
            "--from-scratch",
            "--force",
            "--hold-out",
            "families",
        ]);
        command.args(["--trees", "5", "--boosted-trees", "20"]);
        command.arg("--input").arg(path("w.ndjson"));
        command.arg("--output").arg(path("m.cbor"));
        command
    };
    let said = stderr(&succeed(&mut train()));
    assert!(
        said.contains("families that the trees had not seen"),
        "{said}"
    );
    assert!(
        said.contains("session_theft") && said.contains("isolation forest"),
        "{said}"
    );
    let text = fs::read_to_string(path("w.ndjson")).unwrap();
    fs::write(path("w.ndjson"), text.replace("\"attack\":", "\"kind\":")).unwrap();
    let said = fail(&mut train(), 65);
    assert!(
        said.contains("1 families") && said.contains("hold out time"),
        "{said}"
    );
}
