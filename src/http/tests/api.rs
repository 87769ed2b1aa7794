//! The API and the pages over what is held.

use std::io::BufRead;

use serde_json::{Value, json};

use super::*;

pub(super) fn incident(id: &str, tenant: &str, user: &str) -> Vec<u8> {
    incident_with(id, 1, &json!({"tenant": tenant, "users": [user]}))
}

fn incident_with(id: &str, revision: u32, change: &Value) -> Vec<u8> {
    let mut incident = json!({
        "incident_id": id, "tenant": "default", "kind": "account", "family": "takeover",
        "severity": "high", "severity_score": 73, "score": 0.9, "state": "open", "verdict": null,
        "revision": revision, "closes_at": "2026-01-02T00:00:00.000Z",
        "first_seen": "2026-01-01T10:00:00.000Z", "last_seen": "2026-01-01T10:05:00.000Z",
        "updated_at": "2026-01-01T10:05:00.000Z", "attempts": 2, "alerts": 2, "users_tried": 1,
        "users_entered": 1, "users": ["ann"],
        "sources": [{"kind": "address", "value": "192.0.2.7", "attempts": 2}],
        "reasons": [{"code": "new_device", "text": "a new device", "attack": ["T1078.004"]}],
        "first_alert_id": "a", "recommended_action": "reset", "action_reason": "somebody got in",
        "told": "opened"
    });
    for (key, value) in change.as_object().unwrap() {
        incident[key] = value.clone();
    }
    serde_json::to_vec(&incident).unwrap()
}

pub(super) fn alert(id: &str, incident: &str, tenant: &str, user: &str) -> Vec<u8> {
    let alert = json!({
        "alert_id": id, "event_id": "e", "incident_id": incident, "tenant": tenant, "user_id": user,
        "source": {"topic": "logins", "partition": 0, "offset": 1},
        "timestamp": "2026-01-01T10:00:00.000Z", "detected_at": "2026-01-01T10:00:00.100Z",
        "severity": "high", "severity_score": 73, "family": "takeover", "finding_id": "f",
        "repeat": false, "suppressed": 0, "risk": 0.93, "threshold": 0.58, "random_forest": 0.7,
        "isolation_forest": 0.5, "model": "m", "rules": [],
        "reasons": [{"code": "new_device", "text": "a new device", "attack": ["T1078.004"]}],
        "contributions": [{"feature": "country_share", "unit": "share", "value": 0.0,
            "usual": 1.0, "contribution": 1.5}],
        "mitigators": [{"feature": "device_age", "text": "an old device", "contribution": -0.4}],
        "counterfactual": {"text": "with another it would be quiet", "changes": [], "risk": 0.1},
        "login": {"user_id": user, "timestamp": "2026-01-01T10:00:00.000Z", "success": true,
            "ip_address": "192.0.2.7", "geo_location": "RO", "device_id": "d"},
        "previous_login": {"timestamp": "2025-12-31T10:00:00.000Z", "place": "Bern, Switzerland",
            "device_id": "laptop", "ip_address": "198.51.100.7"}
    });
    serde_json::to_vec(&alert).unwrap()
}

fn get(server: &Server, path: &str) -> Value {
    let (line, body) = ask(server, "GET", path, "");
    assert!(line.contains("200"), "{path}: {line} {body}");
    serde_json::from_str(&body).unwrap()
}

fn filled() -> Server {
    let server = server(|_| ());
    server
        .recent
        .take_incident(&incident("a1", "default", "ann"))
        .unwrap();
    server
        .recent
        .take_alert(&alert("x1", "a1", "default", "ann"))
        .unwrap();
    let other = json!({"severity": "low", "severity_score": 21, "users": ["bob"],
        "first_seen": "2026-01-01T11:00:00.000Z", "users_entered": 0, "state": "closed"});
    server
        .recent
        .take_incident(&incident_with("b2", 1, &other))
        .unwrap();
    server.recent.set_loaded();
    server
}

#[test]
fn incidents_are_listed_found_and_given_in_full() {
    let server = filled();
    let list = get(&server, "/api/v1/incidents?limit=1");
    assert_eq!(
        (&list["total"], &list["items"][0]["incident_id"]),
        (&2.into(), &"b2".into())
    );
    let next = format!(
        "/api/v1/incidents?limit=1&cursor={}",
        list["next"].as_str().unwrap()
    );
    let list = get(&server, &next);
    assert_eq!(
        (&list["next"], &list["items"][0]["incident_id"]),
        (&Value::Null, &"a1".into())
    );
    for (query, found) in [
        ("severity=medium", 1),
        ("user=bob", 1),
        ("source=192.0.2.7", 2),
        ("entered=false", 1),
        ("state=closed&severity=low", 1),
        ("q=DEVICE", 2),
        ("verdict=none", 2),
        ("tenant=other", 0),
    ] {
        let list = get(&server, &format!("/api/v1/incidents?{query}"));
        assert_eq!(list["total"], found, "{query}");
    }
    for query in [
        "severity=worst",
        "limit=0",
        "limit=9999",
        "sort=oldest",
        "colour=red",
    ] {
        let (line, body) = ask(&server, "GET", &format!("/api/v1/incidents?{query}"), "");
        let problem: Value = serde_json::from_str(&body).unwrap();
        assert!(line.contains("400"), "{query}: {line}");
        assert_eq!(problem["error"], "bad_query", "{query}: {body}");
    }
    let full = get(&server, "/api/v1/incidents/a1");
    assert_eq!(full["alert_list"][0]["alert_id"], "x1");
    assert_eq!(full["similar"][0]["incident"]["incident_id"], "b2");
    assert!(
        ask(&server, "GET", "/api/v1/incidents/none", "")
            .0
            .contains("404")
    );
    assert_eq!(
        get(&server, "/api/v1/alerts?incident=a1")["items"][0]["risk"],
        0.93
    );
    assert_eq!(get(&server, "/api/v1/alerts/x1")["login"]["device_id"], "d");
    assert_eq!(
        get(&server, "/api/v1/users/Ann")["alerts"][0]["alert_id"],
        "x1"
    );
    let source = get(&server, "/api/v1/sources/network/192.0.2.0%2F24");
    assert_eq!(
        (&source["alerts"], &source["users"][0]["user_id"]),
        (&1.into(), &"ann".into())
    );
    assert_eq!(
        get(&server, "/api/v1/model")["parts"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
    let batch = format!(
        r#"[{}, {{}}]"#,
        r#"{"user_id":"a","timestamp":"2025-06-12","success":1}"#
    );
    let (_, body) = ask(&server, "POST", "/predict/batch", &batch);
    let batch: Value = serde_json::from_str(&body).unwrap();
    assert!(batch["items"][0]["risk"].is_number(), "{batch}");
    assert!(batch["items"][1]["error"].is_string(), "{batch}");
}

/// A verdict is published as the feedback topic wants it, by who says so, or refused with why.
#[test]
fn a_verdict_is_published_or_refused() {
    let server = filled();
    let json = ["host: localhost", "content-type: application/json"];
    let say = |id: &str, body: &str| {
        let path = format!("/api/v1/incidents/{id}/verdict");
        let (head, body) = ask_with(&server, "POST", &path, &json, body);
        (status(&head), serde_json::from_str::<Value>(&body).unwrap())
    };
    let id = "0000000000000000000000000000000a";
    server
        .recent
        .take_incident(&incident(id, "default", "ann"))
        .unwrap();
    let (code, taken) = say(
        id,
        r#"{"verdict":"benign","comment":"she is here","by":"kim"}"#,
    );
    assert_eq!((code, &taken["by"]), (202, &"kim".into()), "{taken}");
    let sent = server.verdicts.lock().unwrap().pop().unwrap();
    assert_eq!(
        (&sent["incident_id"], &sent["by"]),
        (&id.into(), &"kim".into())
    );
    assert_eq!(
        (&sent["verdict"], &sent["verdict_id"]),
        (&"benign".into(), &taken["verdict_id"])
    );
    for (id, body, expected) in [
        (id, r#"{"verdict":"bad"}"#, 400),
        (id, r#"{"verdict":"expected"}"#, 400),
        (id, r#"{"verdict":"expected","until":"soon"}"#, 400),
        (id, r#"{"verdict":"benign","colour":1}"#, 400),
        (id, "nonsense", 400),
        ("none", r#"{"verdict":"benign"}"#, 404),
    ] {
        let (code, problem) = say(id, body);
        assert_eq!(code, expected, "{body}: {problem}");
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|text| text.len() > 20),
            "{problem}"
        );
    }
    assert!(server.verdicts.lock().unwrap().is_empty());
}

fn listen(server: &Server, headers: &str) -> std::io::BufReader<TcpStream> {
    let mut stream = connect(server);
    let request = format!("GET /api/v1/stream HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    std::io::BufReader::new(stream)
}

/// The next line of a stream that begins with a word.
fn next(reader: &mut impl BufRead, word: &str) -> String {
    loop {
        let mut line = String::new();
        assert!(
            reader.read_line(&mut line).unwrap() > 0,
            "the stream ended before `{word}`"
        );
        if let Some(rest) = line.strip_prefix(word) {
            return rest.trim().to_owned();
        }
    }
}

/// What is new arrives; who comes back goes on after what he saw, or hears of a gap.
#[test]
fn the_stream_goes_on_where_it_was() {
    let server = filled();
    let take = |id: &str| {
        let json = incident(id, "default", "cy");
        server.recent.take_incident(&json).unwrap();
    };
    let mut first = listen(&server, "");
    next(&mut first, "content-type: text/event-stream");
    assert_eq!(next(&mut first, "event: "), "ready");
    let before = next(&mut first, "id: ");
    take("c3");
    let id = next(&mut first, "id: ");
    assert_eq!(next(&mut first, "event: "), "incident");
    assert!(next(&mut first, "data: {\"").contains("\"c3\""));
    drop(first);
    take("d4");
    let mut again = listen(&server, &format!("last-event-id: {id}\r\n"));
    assert!(next(&mut again, "data: {\"").contains("\"d4\""));
    // Who was cut off before anything came misses nothing either.
    let mut earlier = listen(&server, &format!("last-event-id: {before}\r\n"));
    assert!(next(&mut earlier, "data: {\"").contains("\"c3\""));
    let mut lost = listen(&server, "last-event-id: other-7\r\n");
    assert_eq!(next(&mut lost, "event: "), "ready");
    assert_eq!(next(&mut lost, "event: "), "gap");
}

#[test]
fn there_are_no_more_streams_than_may_be() {
    let server = server(|config| config.max_streams = 1);
    let mut first = listen(&server, "");
    next(&mut first, "content-type: text/event-stream");
    assert!(next(&mut listen(&server, ""), "HTTP/1.1 ").starts_with("503"));
}

/// Whatever stands in a field, a page shows it as text.
#[test]
fn what_users_send_is_text_on_every_page() {
    let server = server(|_| ());
    let script = r#"</script><script>alert(1)</script>"'><img src=x onerror=alert(2)>"#;
    let change = json!({"users": [script], "tenant": script, "family": script, "verdict": script,
        "verdict_by": script, "action_reason": script, "recommended_action": script,
        "sources": [{"kind": "device", "value": script, "attempts": 1}],
        "reasons": [{"code": script, "text": script, "attack": [script]}]});
    server
        .recent
        .take_incident(&incident_with("a1", 1, &change))
        .unwrap();
    let mut nasty: Value = serde_json::from_slice(&alert("x1", "a1", script, script)).unwrap();
    for field in [
        "device_id",
        "geo_location",
        "city",
        "user_agent",
        "auth_method",
    ] {
        nasty["login"][field] = script.into();
    }
    nasty["previous_login"]["place"] = script.into();
    nasty["counterfactual"]["text"] = script.into();
    nasty["mitigators"][0]["text"] = script.into();
    nasty["rules"] = json!([script]);
    nasty["contributions"][0]["feature"] = script.into();
    nasty["contributions"][0]["unit"] = script.into();
    server
        .recent
        .take_alert(&serde_json::to_vec(&nasty).unwrap())
        .unwrap();
    let encoded: String = form_urlencoded::byte_serialize(script.as_bytes()).collect();
    let encoded = encoded.replace('+', "%20");
    for path in [
        "/".to_owned(),
        format!("/?q={encoded}"),
        "/incidents/a1".to_owned(),
        "/rows/a1".to_owned(),
        "/dashboard".to_owned(),
        format!("/users/{encoded}?tenant={encoded}"),
        format!("/sources/device/{encoded}?tenant={encoded}"),
    ] {
        let (line, body) = ask(&server, "GET", &path, "");
        assert!(line.contains("200"), "{path}: {line}");
        assert!(
            !body.contains("<script>alert") && !body.contains("<img src=x"),
            "{path}"
        );
        let told = body.contains("What spoke for the user");
        assert_eq!(told, path.starts_with("/incidents/"), "{path}");
        assert!(!body.contains(" style="), "{path}: no style of its own");
    }
    let (_, body) = ask(&server, "GET", &format!("/{encoded}"), "");
    assert!(serde_json::from_str::<Value>(&body).is_ok(), "{body}");
}

/// Answers have what their description says, of the right types, and every route is described.
#[test]
fn answers_are_as_they_are_described() {
    let server = filled();
    let description = get(&server, "/openapi.json");
    for path in [
        "/api/v1/incidents",
        "/api/v1/incidents/a1",
        "/api/v1/alerts",
        "/api/v1/alerts/x1",
        "/api/v1/users/ann",
        "/api/v1/sources/address/192.0.2.7",
        "/api/v1/search?q=ann",
        "/api/v1/stats",
        "/api/v1/model",
        "/api/v1/rules",
        "/api/v1/suppressions",
    ] {
        let answer = get(&server, path);
        let bare = path.split('?').next().unwrap();
        let described = description["paths"].as_object().unwrap();
        let (_, route) = described
            .iter()
            .find(|(template, _)| is_of(bare, template))
            .unwrap_or_else(|| panic!("{path} is not described"));
        let schema = &route["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        fits(&answer, schema, &description, path);
    }
}

fn is_of(path: &str, template: &str) -> bool {
    let (path, template) = (path.split('/'), template.split('/'));
    path.clone().count() == template.clone().count()
        && path
            .zip(template)
            .all(|(part, own)| part == own || own.starts_with('{'))
}

/// Whether a value is as a schema says.
fn fits(value: &Value, schema: &Value, all: &Value, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        let named = all
            .pointer(pointer)
            .unwrap_or_else(|| panic!("{place}: no {reference}"));
        return fits(value, named, all, place);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return parts.iter().for_each(|part| fits(value, part, all, place));
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let is_null = |choice: &&Value| choice["type"] == "null";
        if value.is_null() {
            return assert!(
                choices.iter().any(|choice| is_null(&choice)),
                "{place}: null"
            );
        }
        let choice = choices.iter().find(|choice| !is_null(choice)).unwrap();
        return fits(value, choice, all, place);
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => return,
    };
    let is = |name: &&str| match *name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    };
    assert!(
        types.iter().any(is),
        "{place}: {value} is none of {types:?}"
    );
    if let Some(items) = value.as_array() {
        items
            .iter()
            .for_each(|item| fits(item, &schema["items"], all, place));
    }
    if let (Some(fields), Some(known)) = (value.as_object(), schema["properties"].as_object()) {
        for required in schema["required"].as_array().into_iter().flatten() {
            let name = required.as_str().unwrap();
            assert!(fields.contains_key(name), "{place}: {name} is missing");
        }
        for (name, field) in fields {
            if let Some(own) = known.get(name) {
                fits(field, own, all, &format!("{place}.{name}"));
            }
        }
    }
}
