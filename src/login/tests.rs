use super::*;

fn reason(json: &[u8]) -> RejectReason {
    match Event::from_message(json, 4096) {
        Ok(_) => panic!("accepted: {}", String::from_utf8_lossy(json)),
        Err(rejected) => rejected.reason,
    }
}

fn with(extra: &str) -> String {
    format!(r#"{{"user_id":"u","timestamp":"2025-06-12 12:46:42","success":1{extra}}}"#)
}

#[test]
fn the_smallest_login_is_three_fields() {
    let text = with("");
    let event = Event::from_json(text.as_bytes()).unwrap();
    assert_eq!((event.user_id.as_ref(), event.success), ("u", true));
    assert_eq!(
        (event.tenant.as_ref(), event.event_type.as_ref()),
        ("default", "login")
    );
    assert!(event.ip_address.is_none() && event.bytes_in.is_none());
}

#[test]
fn unknown_fields_are_ignored_however_deep() {
    let deep = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
    let text = with(&format!(r#","mystery":{deep}"#));
    assert!(Event::from_json(text.as_bytes()).is_ok());
}

#[test]
fn escapes_in_a_text_are_read() {
    let text = with(r#","device_id":"caf\u00e9""#);
    assert_eq!(
        Event::from_json(text.as_bytes())
            .unwrap()
            .device_id
            .unwrap(),
        "café"
    );
}

#[test]
fn every_kind_of_bad_message_has_its_reason() {
    let cases: &[(&[u8], RejectReason)] = &[
        (b"", RejectReason::Empty),
        (b"  \n", RejectReason::Empty),
        (b"\xff\xfe{}", RejectReason::NotUtf8),
        (b"hello", RejectReason::NotJson),
        (b"{\"user_id\":NaN}", RejectReason::NotJson),
        (b"{} {}", RejectReason::NotJson),
        (b"{\"user_id\":\"a\nb\"}", RejectReason::NotJson),
        (b"{\"user_id\":\"u\"", RejectReason::Truncated),
        (b"[1,2]", RejectReason::NotAnObject),
        (b"\"text\"", RejectReason::NotAnObject),
        (b"null", RejectReason::NotAnObject),
        (b"{}", RejectReason::MissingField),
        (
            b"{\"user_id\":\"a\",\"user_id\":\"b\"}",
            RejectReason::DuplicateField,
        ),
        (
            b"{\"user_id\":null,\"user_id\":\"b\"}",
            RejectReason::DuplicateField,
        ),
        (b"{\"user_id\":[\"a\"]}", RejectReason::WrongType),
    ];
    for (bytes, expected) in cases {
        assert_eq!(
            reason(bytes),
            *expected,
            "{}",
            String::from_utf8_lossy(bytes)
        );
    }
    let extras: &[(&str, RejectReason)] = &[
        (r#","latitude":1e999"#, RejectReason::OutOfRange),
        (r#","latitude":91"#, RejectReason::OutOfRange),
        (r#","bytes_in":-1"#, RejectReason::OutOfRange),
        (r#","bytes_in":1.5"#, RejectReason::WrongType),
        (
            r#","bytes_in":18446744073709551615"#,
            RejectReason::OutOfRange,
        ),
        (r#","ip_address":"300.1.1.1""#, RejectReason::BadIpAddress),
        (r#","ip_address":7"#, RejectReason::WrongType),
        (r#","device_id":"a\u0000b""#, RejectReason::ControlCharacter),
        (r#","success":true"#, RejectReason::DuplicateField),
        (r#","asn":"ASx""#, RejectReason::WrongType),
    ];
    for (extra, expected) in extras {
        assert_eq!(reason(with(extra).as_bytes()), *expected, "{extra}");
    }
    assert_eq!(
        reason(with(&format!(r#","city":"{}""#, "x".repeat(300))).as_bytes()),
        RejectReason::TooLong
    );
    assert_eq!(reason(&[b' '; 5000]), RejectReason::TooLarge);
}

#[test]
fn a_long_user_agent_is_cut_and_not_refused() {
    let text = with(&format!(r#","user_agent":"{}""#, "é".repeat(600)));
    let event = Event::from_json(text.as_bytes()).unwrap();
    assert!(event.user_agent.unwrap().len() <= 512);
}

#[test]
fn lenient_forms_of_one_value_are_the_same() {
    for asn in ["64500", "\"AS64500\"", "\"64500\"", "64500.0"] {
        let text = with(&format!(r#","asn":{asn}"#));
        assert_eq!(
            Event::from_json(text.as_bytes()).unwrap().asn,
            Some(64500),
            "{asn}"
        );
    }
    let mapped = with(r#","ip_address":"::ffff:10.0.0.1""#);
    let plain = with(r#","ip_address":"10.0.0.1""#);
    let hasher = IdHasher::default();
    let login = |text: &str| Login::new(&Event::from_json(text.as_bytes()).unwrap(), &hasher);
    assert_eq!(login(&mapped).address, login(&plain).address);
    let (code, name) = (
        with(r#","geo_location":"KR""#),
        with(r#","geo_location":"South Korea""#),
    );
    assert_eq!(login(&code).country, login(&name).country);
}

#[test]
fn an_event_survives_its_own_json() {
    let text = with(
        r#","ip_address":"10.0.0.1","city":"Bern","latitude":46.9,"longitude":7.4,"bytes_out":12"#,
    );
    let event = Event::from_json(text.as_bytes()).unwrap();
    let again = serde_json::to_string(&event).unwrap();
    let hasher = IdHasher::default();
    let second = Event::from_json(again.as_bytes()).unwrap();
    assert_eq!(Login::new(&event, &hasher), Login::new(&second, &hasher));
}

/// What is remembered of one login does not change another: under other secrets and for other
/// tenants the ids differ.
#[test]
fn ids_are_the_same_however_often_they_are_asked_for() {
    let texts: Vec<String> = ["a", "b"]
        .iter()
        .map(|tenant| {
            with(&format!(
                r#","tenant":"{tenant}","city":"Bern","geo_location":"CH","asn":1,"user_agent":"curl/8.0","auth_method":"sso""#
            ))
        })
        .collect();
    let hashers = [IdHasher::new("one"), IdHasher::new("two")];
    let login =
        |text: &str, hasher| Login::new(&Event::from_json(text.as_bytes()).unwrap(), hasher);
    let first: Vec<Login> = hashers
        .iter()
        .flat_map(|hasher| texts.iter().map(move |text| login(text, hasher)))
        .collect();
    let again: Vec<Login> = hashers
        .iter()
        .flat_map(|hasher| texts.iter().map(move |text| login(text, hasher)))
        .collect();
    assert_eq!(first, again);
    let hasher = &hashers[0];
    assert_eq!(
        first[0].asn,
        Some(hasher.id(IdKind::Asn, "a", &1u32.to_le_bytes()))
    );
    assert_eq!(
        first[1].asn,
        Some(hasher.id(IdKind::Asn, "b", &1u32.to_le_bytes()))
    );
    for (index, one) in first.iter().enumerate() {
        for other in &first[index + 1..] {
            assert_ne!(
                (one.city, one.agent, one.method),
                (other.city, other.agent, other.method)
            );
            assert_ne!(one.country, other.country);
        }
    }
}

#[test]
fn a_user_is_the_same_however_the_name_is_spelt_and_an_attempt_needs_none() {
    let login = |user: &str| {
        let json = format!(r#"{{"user_id":"{user}","timestamp":1749732402000,"success":true}}"#);
        let event = Event::from_json(json.as_bytes()).unwrap();
        Login::new(&event, &IdHasher::default()).user
    };
    assert_eq!(login("Ann@Example.com"), login("ann@example.com"));
    assert_ne!(login("ann"), login("anna"));
    let nameless = br#"{"event_type":"attempt","timestamp":1749732402000,"success":false}"#;
    let attempt = Event::from_json(nameless).unwrap();
    assert_eq!(
        Login::new(&attempt, &IdHasher::default()).known_user(),
        None
    );
    let nameless = br#"{"event_type":"factor_pending","timestamp":1749732402000,"success":true}"#;
    assert!(Event::from_json(nameless).is_err());
}

#[test]
fn a_list_says_more_of_a_network_than_its_number() {
    let login = |fields: &str| {
        let json = format!(
            r#"{{"user_id":"u","timestamp":1749732402000,"success":1,"latitude":1,"longitude":2{fields}}}"#
        );
        let event = Event::from_json(json.as_bytes()).unwrap();
        Login::new(&event, &IdHasher::default())
    };
    assert_eq!(login("").hosting, None);
    assert_eq!(login(r#","asn":16276"#).hosting, Some(true));
    assert_eq!(
        login(r#","asn":16276,"network_class":"egress""#).hosting,
        Some(false)
    );
    assert_eq!(login(r#","network_class":"tor""#).hosting, Some(true));
    assert_eq!(login(r#","network_class":"egress""#).point, None);
    let radius = |fields: &str| login(fields).point.unwrap().radius_km;
    assert_eq!(radius(""), 25.0);
    assert_eq!(radius(r#","accuracy_km":200"#), 200.0);
    assert_eq!(radius(r#","accuracy_km":1"#), 25.0);
}
