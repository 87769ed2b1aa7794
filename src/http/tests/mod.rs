use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::*;
use crate::config::{Config, HttpConfig};
use crate::detector::Thresholds;
use crate::login::{Event, Partition};
use crate::model::Model;
use crate::profile::{DisplayFields, Disposition, JudgedLogin, ProfileLimits, Profiles};

mod access;
mod api;
mod others;

struct Server {
    address: SocketAddr,
    health: Health,
    recent: Recent,
    profiles: std::sync::Mutex<Profiles>,
    /// What was published of verdicts.
    verdicts: Arc<std::sync::Mutex<Vec<serde_json::Value>>>,
    stop: tokio::sync::watch::Sender<bool>,
    _runtime: tokio::runtime::Runtime,
}

fn server(change: impl FnOnce(&mut HttpConfig)) -> Server {
    server_at(change, None)
}

/// The same as if it listened at another address than it does.
fn server_at(change: impl FnOnce(&mut HttpConfig), listens: Option<SocketAddr>) -> Server {
    let mut config = Config::from_layers(&[], &[], &[]).unwrap().http;
    config.header_timeout_ms = 300;
    change(&mut config);
    let health = Health::default();
    let registry = Registry::new().unwrap();
    let profiles = Profiles::new(&ProfileLimits::default());
    let recent = Recent::new(config.recent, "test");
    let verdicts = Arc::new(std::sync::Mutex::new(Vec::new()));
    let sent = Arc::clone(&verdicts);
    let shared = Shared {
        suppressions: Suppressions::default(),
        recent: recent.clone(),
        send_verdict: Arc::new(move |_, json| {
            sent.lock()
                .unwrap()
                .push(serde_json::from_slice(json).unwrap());
            Ok(())
        }),
        metrics: PipelineMetrics::register(&registry).unwrap(),
        rates: Rates::default(),
        streams: Arc::new(Semaphore::new(config.max_streams)),
        judging: Arc::new(Semaphore::new(2)),
        publishing: Arc::new(Semaphore::new(1)),
        simulate_attack: None,
        detector: Detector::new(
            Arc::new(Model::shipped().unwrap()),
            Thresholds::default(),
            None,
        ),
        profiles: profiles.reader(),
        hasher: IdHasher::default(),
        peers: Peers::new(&config.peers),
        registry,
        health: health.clone(),
        digesting: Default::default(),
        contributions: 8,
        max_body_bytes: config.max_body_bytes,
        body_timeout: Duration::from_millis(config.header_timeout_ms),
        max_clock_skew_ms: 300_000,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let door = Door {
        is_tls: config.tls.is_some(),
        access: config.access.clone(),
        address: listens.unwrap_or(address),
    };
    let router = router(shared, door).unwrap();
    let tls = config.tls.as_ref().map(|files| Tls::open(files).unwrap());
    runtime.spawn(serve(listener, router, tls, config, stopped));
    Server {
        address,
        health,
        recent,
        profiles: profiles.into(),
        verdicts,
        stop,
        _runtime: runtime,
    }
}

impl Server {
    /// Lets the profiles learn of a login.
    fn learn(&self, event: &Event<'_>) {
        let (login, display) = DisplayFields::with_login(event, &IdHasher::default());
        let judged = JudgedLogin {
            login: &login,
            display: &display,
            disposition: Disposition::Clear,
        };
        let mut profiles = self.profiles.lock().unwrap();
        profiles.apply(Partition(0), &judged).unwrap();
    }
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    stream
}

/// Sends a request and gives the status line and the body.
fn ask(server: &Server, method: &str, path: &str, body: &str) -> (String, String) {
    let (head, body) = ask_with(server, method, path, &["host: localhost"], body);
    (head.lines().next().unwrap().to_owned(), body)
}

/// Sends a request with its headers and gives the head and the body of the answer.
fn ask_with(
    server: &Server,
    method: &str,
    path: &str,
    headers: &[&str],
    body: &str,
) -> (String, String) {
    let mut stream = connect(server);
    let request = format!(
        "{method} {path} HTTP/1.1\r\n{}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        headers.join("\r\n"),
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// The status of an answer.
fn status(head: &str) -> u16 {
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn readiness_tells_the_truth() {
    let server = server(|_| ());
    assert!(ask(&server, "GET", "/health/live", "").0.contains("200"));
    let (status, body) = ask(&server, "GET", "/health/ready", "");
    assert!(
        status.contains("503") && body.contains("no broker"),
        "{status} {body}"
    );
    server.health.set_broker(true);
    assert!(
        ask(&server, "GET", "/health/ready", "")
            .1
            .contains("consumer group")
    );
    server.health.set_joined(true);
    server
        .health
        .add_detail("sources", || serde_json::json!([{"logins": 3}]));
    let (status, body) = ask(&server, "GET", "/health", "");
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert!(
        status.contains("200") && body["status"] == "healthy",
        "{body}"
    );
    assert_eq!(body["sources"][0]["logins"], 3);
    assert!(
        ask(&server, "GET", "/metrics", "")
            .1
            .contains("nightlatch_ready 1")
    );
    server.health.set_stopping();
    assert!(ask(&server, "GET", "/health/ready", "").0.contains("503"));
    let (status, body) = ask(&server, "GET", "/health", "");
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert!(status.contains("503"), "{status}");
    assert_eq!(
        (&body["status"], &body["reason"]),
        (&"not_ready".into(), &"stopping".into())
    );
}

#[test]
fn a_login_is_judged_and_a_bad_one_is_refused_with_its_reason() {
    let server = server(|config| config.max_body_bytes = 2_000);
    let login =
        r#"{"user_id":"ann","timestamp":"2025-06-12 12:46:42","success":1,"geo_location":"CH"}"#;
    let (status, body) = ask(&server, "POST", "/predict", login);
    assert!(status.contains("200"), "{status}");
    let answer: serde_json::Value = serde_json::from_str(&body).unwrap();
    let sum = answer["probability_normal"].as_f64().unwrap()
        + answer["probability_anomaly"].as_f64().unwrap();
    assert!((sum - 1.0).abs() < 1e-12);
    assert_eq!(answer["contributions"].as_array().unwrap().len(), 8);
    // Nothing was learnt from it: the same login gets the same answer.
    assert_eq!(ask(&server, "POST", "/predict", login).1, body);
    let (status, body) = ask(
        &server,
        "POST",
        "/predict",
        r#"{"user_id":"ann","timestamp":"never","success":1}"#,
    );
    assert!(status.contains("400"), "{status}");
    let refusal: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(refusal["error"], "bad_timestamp");
    assert_eq!(refusal["field"], "timestamp");
    assert_eq!(refusal["message"], r#"bad_timestamp (timestamp): "never""#);
    assert!(
        ask(&server, "POST", "/predict", &" ".repeat(3_000))
            .0
            .contains("413")
    );
    assert!(ask(&server, "GET", "/predict", "").0.contains("405"));
    assert!(ask(&server, "GET", "/nowhere", "").0.contains("404"));
}

/// What explains a login says the same as what judges it, and what is behind it, for people too.
#[test]
fn a_login_is_explained_as_it_is_judged() {
    let server = server(|_| ());
    let login = r#"{"user_id":"ann","timestamp":"2025-06-12 12:46:42","success":1,"event_id":"e"}"#;
    let asked = |path: &str| -> serde_json::Value {
        serde_json::from_str(&ask(&server, "POST", path, login).1).unwrap()
    };
    let (judged, explained) = (asked("/predict"), asked("/explain"));
    assert_eq!(explained["event_id"], "e");
    for part in ["risk", "severity", "parts", "reasons"] {
        assert_eq!(explained[part], judged[part], "{part}");
    }
    assert_eq!(explained["before"]["successes"], 0);
    assert!(explained["after"].is_null() && explained["knows_later"] == false);
    let text = explained["text"].as_str().unwrap();
    assert!(text.starts_with("e of 2025-06-12T12:46:42"), "{text}");
    assert!(text.contains("the user before: never seen"), "{text}");
    let refused = ask(&server, "POST", "/explain", "{}");
    assert!(
        refused.0.contains("400") && refused.1.contains("user_id"),
        "{}",
        refused.1
    );
}

#[test]
fn a_date_that_the_stream_would_reject_is_refused() {
    let server = server(|_| ());
    let login = r#"{"user_id":"ann","timestamp":"2099-06-12 12:46:42","success":1}"#;
    let (status, body) = ask(&server, "POST", "/predict", login);
    assert!(status.contains("400"), "{status}");
    assert!(body.contains("timestamp_in_future"), "{body}");
}

/// The first login of a company is not flagged, and yet everything about it is new.
#[test]
fn an_unflagged_login_has_its_reasons() {
    let server = server(|_| ());
    let login = r#"{"user_id":"ann","timestamp":"2025-06-12 12:46:42","success":1,"device_id":"d",
        "ip_address":"10.0.0.1","geo_location":"CH","is_new_device":true}"#;
    let (_, body) = ask(&server, "POST", "/predict", login);
    let answer: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(answer["anomaly"], 0, "{body}");
    assert!(!answer["reasons"].as_array().unwrap().is_empty(), "{body}");
}

#[test]
fn an_error_is_a_code_and_words_and_is_counted() {
    let server = server(|config| config.max_body_bytes = 2_000);
    for (method, path, body, status, code) in [
        ("GET", "/nowhere", String::new(), "404", "not_found"),
        (
            "GET",
            "/predict",
            String::new(),
            "405",
            "method_not_allowed",
        ),
        ("POST", "/predict", " ".repeat(3_000), "413", "too_large"),
        ("POST", "/predict", "[]".to_owned(), "400", "not_an_object"),
    ] {
        let (line, body) = ask(&server, method, path, &body);
        assert!(line.contains(status), "{line}");
        let error: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(error["error"], code);
        assert!(!error["message"].as_str().unwrap().is_empty(), "{body}");
    }
    let (_, text) = ask(&server, "GET", "/metrics", "");
    for series in [
        r#"nightlatch_http_requests_total{route="none",status="404"} 1"#,
        r#"nightlatch_http_requests_total{route="/predict",status="405"} 1"#,
        r#"nightlatch_http_requests_total{route="/predict",status="413"} 1"#,
        r#"nightlatch_http_request_seconds_count{route="/predict"} 3"#,
    ] {
        assert!(text.contains(series), "{series}: {text}");
    }
}

#[test]
fn silent_connections_end_and_do_not_keep_others_out() {
    let server = server(|config| config.max_connections = 2);
    let mut silent: Vec<TcpStream> = (0..4).map(|_| connect(&server)).collect();
    assert!(
        ask(&server, "GET", "/health/live", "").0.contains("200"),
        "it is served once the silent ones have ended"
    );
    let mut rest = Vec::new();
    silent[0].read_to_end(&mut rest).unwrap();
}

#[test]
fn a_body_that_never_comes_ends_its_connection_and_does_not_keep_the_process_from_stopping() {
    let server = server(|config| config.max_connections = 1);
    let mut slow = connect(&server);
    slow.write_all(b"POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{")
        .unwrap();
    assert!(ask(&server, "GET", "/health/live", "").0.contains("200"));
    let mut answer = String::new();
    let _ = slow.read_to_string(&mut answer);
    assert!(answer.contains("408"), "{answer}");
}

#[test]
fn it_stops_when_told() {
    let server = server(|_| ());
    assert!(ask(&server, "GET", "/health/live", "").0.contains("200"));
    server.stop.send(true).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(TcpStream::connect_timeout(&server.address, Duration::from_millis(300)).is_err());
}
