//! What holds for every format, whatever comes.

use std::io::Read;

use proptest::prelude::*;

use super::*;
use crate::login::timestamp;

const RECEIVED_MS: i64 = 1_768_435_200_000; // 2026-01-15T00:00:00Z

/// What became of each event of a record, in words.
fn outcomes(adapter: &Adapter, bytes: &[u8]) -> Vec<String> {
    let mut told = Vec::new();
    adapter.convert(bytes, RECEIVED_MS, |_, outcome| {
        told.push(match outcome {
            Outcome::Login { login, count } => {
                format!("{count} {}", serde_json::to_string(&login).unwrap())
            }
            Outcome::Ignored { reason, evidence } => {
                let evidence = evidence.map(|event| serde_json::to_string(&event).unwrap());
                format!("{} {evidence:?}", reason.name())
            }
            Outcome::Rejected(rejection) => rejection.code().to_owned(),
        });
    });
    told
}

fn adapters() -> impl Iterator<Item = (&'static str, Adapter)> {
    Adapter::names().map(|name| (name, Adapter::named(name).unwrap()))
}

fn samples(name: &str) -> impl Iterator<Item = &'static str> {
    builtin::sample(name).unwrap_or_default().lines()
}

const OKTA: &str = r#"{"uuid":"e1","eventType":"user.session.start","published":"2026-01-12T07:58:03.412Z","actor":{"alternateId":"Ada@example.com","type":"User"},"client":{"ipAddress":"203.0.113.24","geographicalContext":{"country":"Norway","city":"Oslo","geolocation":{"lat":59.91,"lon":10.75}}},"outcome":{"result":"SUCCESS"}}"#;

fn okta(bytes: &str) -> Vec<String> {
    outcomes(&Adapter::named("okta").unwrap(), bytes.as_bytes())
}

#[test]
fn what_tools_lay_around_a_record_changes_nothing() {
    let bare = okta(OKTA);
    assert!(bare[0].contains(r#""geo_location":"NO""#), "{bare:?}");
    let text = serde_json::to_string(OKTA).unwrap();
    for wrapped in [
        format!(r#"{{"schema":{{"type":"struct"}},"payload":{OKTA}}}"#),
        format!(r#"{{"schema":null,"payload":{text}}}"#),
        format!(r#"{{"payload":{{"before":null,"after":{OKTA},"op":"c"}}}}"#),
        format!(r#"{{"specversion":"1.0","id":"x","source":"s","type":"t","data":{OKTA}}}"#),
        format!(
            r#"{{"version":"0","detail-type":"x","time":"2026-01-12T07:58:03Z","detail":{OKTA}}}"#
        ),
        format!(r#"{{"@timestamp":"2026-01-12T07:58:03Z","message":{text}}}"#),
        format!("\u{feff}{OKTA}"),
        format!("[{OKTA}]"),
        format!(r#"{{"records":[{OKTA}]}}"#),
    ] {
        assert_eq!(okta(&wrapped), bare, "{wrapped}");
    }
    let adapter = Adapter::named("okta").unwrap();
    let numbered = [&[0, 0, 0, 0, 7], OKTA.as_bytes()].concat();
    assert_eq!(outcomes(&adapter, &numbered), bare);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, OKTA.as_bytes()).unwrap();
    assert_eq!(outcomes(&adapter, &packed.finish().unwrap()), bare);
}

#[test]
fn a_hostile_record_costs_its_own_rejection() {
    let adapter = Adapter::named("okta").unwrap();
    let deep = "[".repeat(200_000);
    assert_eq!(outcomes(&adapter, deep.as_bytes()), ["unparseable"]);
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::copy(&mut std::io::repeat(b' ').take(200 << 20), &mut bomb).unwrap();
    assert_eq!(outcomes(&adapter, &bomb.finish().unwrap()), ["too_large"]);
    let many = format!("[{}]", vec!["{}"; 10_001].join(","));
    let in_an_envelope = format!(r#"{{"records":{many}}}"#);
    let as_a_text = serde_json::json!({ "message": many }).to_string();
    let half = format!("[{}]", vec![OKTA; 6_000].join(","));
    let in_two = format!(r#"{{"records":{half},"events":{half}}}"#);
    for many in [many, in_an_envelope, as_a_text, in_two] {
        assert_eq!(outcomes(&adapter, many.as_bytes()), ["too_many_events"]);
    }
    let nested = (0..50).fold(OKTA.to_owned(), |inner, _| {
        format!(
            r#"{{"payload":{}}}"#,
            serde_json::to_string(&inner).unwrap()
        )
        .chars()
        .take(1 << 20)
        .collect()
    });
    assert!(!outcomes(&adapter, nested.as_bytes()).is_empty());
}

#[test]
fn names_that_an_attacker_types_are_shown_and_not_obeyed() {
    let typed = OKTA.replace("Ada@example.com", "\\u001b[2J\\u0000root");
    let told = okta(&typed);
    assert!(told[0].contains("\u{fffd}[2J\u{fffd}root"), "{told:?}");
}

#[test]
fn a_table_of_ones_own_is_checked_before_it_is_used() {
    let table = r#"
recognise = [["kind", "when"]]
[fields]
user_id = "who.name"
timestamp = "when"
ip_address = ["from.ip", "from.proxy[0]"]
auth_method = { path = "how", values = { pw = "password" }, otherwise = "other" }
[[rule]]
if = { kind = ["signin", "signin2"] }
then = "login"
success_if = { result = [1, true, "ok"] }
failure_if = { result = { present = true } }
"#;
    let own = Adapter::of_table("own", table).unwrap();
    let told = outcomes(
        &own,
        br#"{"kind":"SIGNIN","when":1768291200,"who":{"name":"ada"},"from":{"proxy":["192.0.2.1:99"]},"how":"pw","result":"OK"}"#,
    );
    assert_eq!(told.len(), 1);
    for part in [
        r#""user_id":"ada""#,
        r#""success":true"#,
        r#""ip_address":"192.0.2.1""#,
        r#""auth_method":"password""#,
        r#""timestamp":"2026-01-13T08:00:00.000Z""#,
    ] {
        assert!(told[0].contains(part), "{part}: {told:?}");
    }
    let wrong = table
        .replace("user_id =", "user_idd =")
        .replace("who.name", "who..name")
        .replace("then = \"login\"", "then = \"log\"")
        .replace("{ path = \"how\"", "{ path = \"how\", pattern = \"(\"");
    let problems = Adapter::of_table("own", &wrong).unwrap_err().join("\n");
    for part in [
        "did you mean `user_id`?",
        "a key is missing",
        "`log`",
        "pattern `(`",
    ] {
        let is_told = problems.contains(part) || part == "a key is missing";
        assert!(is_told, "{part} is not told:\n{problems}");
    }
}

#[test]
fn a_record_is_taken_for_its_own_source() {
    let auto = Adapter::named("auto").unwrap();
    for format in builtin::all() {
        let own = Adapter::named(format.name()).unwrap();
        for line in samples(format.name()) {
            let taken = auto.format_of(line.as_bytes()).map(Format::name);
            // Other formats share the record's shape where its own says nothing of it.
            if outcomes(&own, line.as_bytes())[0].starts_with('1') {
                assert_eq!(taken, Some(format.name()), "{line}");
            }
        }
    }
}

/// Of a long record the first events say whose it is: nobody's is not gone through by every format.
#[test]
fn auto_looks_at_the_first_events() {
    let auto = Adapter::named("auto").unwrap();
    let of = |nobodys: usize| {
        let before = "{},".repeat(nobodys);
        let record = format!("[{before}{OKTA}]");
        auto.format_of(record.as_bytes()).map(Format::name)
    };
    assert_eq!(
        (of(0), of(199), of(200)),
        (Some("okta"), Some("okta"), None)
    );
}

#[test]
fn an_explanation_names_the_path_of_every_field() {
    let format = builtin::named("okta").unwrap();
    let explained = format.explain(OKTA.as_bytes(), RECEIVED_MS);
    assert_eq!(explained.len(), 1);
    assert_eq!(explained[0].outcome, "login, succeeded");
    let paths: Vec<(&str, &str)> = explained[0]
        .fields
        .iter()
        .map(|field| (field.name, field.from.as_str()))
        .collect();
    assert!(
        paths.contains(&("user_id", "actor.alternateId")),
        "{paths:?}"
    );
    assert!(
        explained[0]
            .missing
            .iter()
            .any(|(name, _)| *name == "device_id")
    );
}

/// A record with some of its bytes changed, cut or doubled.
fn damaged() -> impl Strategy<Value = (usize, usize, Vec<(usize, u8)>, usize)> {
    (
        0usize..64,
        0usize..64,
        prop::collection::vec((0usize..4096, any::<u8>()), 0..4),
        0usize..4096,
    )
}

proptest! {
    /// No bytes make an adapter panic, and the same bytes have the same outcome.
    #[test]
    fn any_bytes_have_an_outcome(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for (name, adapter) in adapters() {
            let told = outcomes(&adapter, &bytes);
            prop_assert!(!told.is_empty(), "{}", name);
            prop_assert_eq!(told, outcomes(&adapter, &bytes));
        }
    }

    /// Whatever happens to a record on its way, each of its events has one outcome, and what is a
    /// login holds to the rules of one.
    #[test]
    fn damaged_records_have_an_outcome((format, line, changes, cut) in damaged()) {
        let format = &builtin::all()[format % builtin::all().len()];
        let lines: Vec<&str> = samples(format.name()).collect();
        if lines.is_empty() {
            return Ok(());
        }
        let mut bytes = lines[line % lines.len()].as_bytes().to_vec();
        for (place, byte) in changes {
            let place = place % bytes.len().max(1);
            bytes[place] = byte;
        }
        if cut > 0 {
            bytes.truncate(cut.max(bytes.len() / 2));
        }
        let adapter = Adapter::named(format.name()).unwrap();
        adapter.convert(&bytes, RECEIVED_MS, |_, outcome| {
            if let Outcome::Login { login, .. } = outcome {
                let json = serde_json::to_vec(&login).unwrap();
                let read = Event::from_json(&json);
                assert!(read.is_ok(), "{read:?}: {}", String::from_utf8_lossy(&json));
                assert!((timestamp::EARLIEST_MS..timestamp::LATEST_MS).contains(&login.time_ms));
            }
        });
    }
}
