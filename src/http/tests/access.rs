//! Who is let in, and who is not.

use super::*;
use crate::access::{Identity, Person, Role, Token, TokenHash};

const ID: &str = "0000000000000000000000000000000a";

fn secret(name: &str) -> String {
    format!("nlt_{name:0>40}")
}

fn token(name: &str, role: Role, tenants: Option<&[&str]>) -> Token {
    Token {
        name: name.to_owned(),
        role,
        tenants: tenants.map(|all| all.iter().map(|one| (*one).to_owned()).collect()),
        hash: TokenHash::of(&secret(name)),
    }
}

/// A process that others reach, with a token of each role.
fn open_to_others() -> Server {
    let tokens = |config: &mut HttpConfig| {
        let roles = Role::ALL.map(|role| token(role.name(), role, None));
        config.access.tokens = roles.into();
        let acme = Some(&["acme"][..]);
        config
            .access
            .tokens
            .push(token("of_acme", Role::Analyst, acme));
    };
    server_at(tokens, Some(([0, 0, 0, 0], 8080).into()))
}

fn ask_as(server: &Server, name: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let bearer = format!("authorization: Bearer {}", secret(name));
    let headers = [
        "host: 192.0.2.1:8080",
        "content-type: application/json",
        &bearer,
    ];
    let (head, body) = ask_with(server, method, path, &headers, body);
    (status(&head), body)
}

const LOGIN: &str = r#"{"user_id":"ann","timestamp":"2025-06-12 12:46:42","success":1}"#;

/// Each role at each kind of route: what it may not do is refused with 403, and never done.
#[test]
fn a_role_reaches_what_it_may_and_nothing_else() {
    let server = open_to_others();
    server
        .recent
        .take_incident(&api::incident(ID, "default", "ann"))
        .unwrap();
    let verdict = r#"{"verdict":"unsure"}"#;
    for (method, path, body, predict, read, analyst, admin) in [
        ("POST", "/predict", LOGIN, 200, 403, 200, 200),
        ("POST", "/predict/batch", "[]", 200, 403, 200, 200),
        ("POST", "/explain", LOGIN, 403, 200, 200, 200),
        ("GET", "/api/v1/incidents", "", 403, 200, 200, 200),
        (
            "GET",
            "/api/v1/incidents/0000000000000000000000000000000a",
            "",
            403,
            200,
            200,
            200,
        ),
        ("GET", "/api/v1/alerts", "", 403, 200, 200, 200),
        ("GET", "/api/v1/alerts/a", "", 403, 404, 404, 404),
        ("GET", "/api/v1/users/ann", "", 403, 200, 200, 200),
        (
            "GET",
            "/api/v1/sources/address/192.0.2.7",
            "",
            403,
            200,
            200,
            200,
        ),
        ("GET", "/api/v1/search?q=ann", "", 403, 200, 200, 200),
        ("GET", "/api/v1/stats", "", 403, 200, 200, 200),
        ("GET", "/api/v1/model", "", 403, 200, 200, 200),
        ("GET", "/api/v1/rules", "", 403, 200, 200, 200),
        ("GET", "/api/v1/suppressions", "", 403, 200, 200, 200),
        (
            "POST",
            "/api/v1/incidents/0000000000000000000000000000000a/verdict",
            verdict,
            403,
            403,
            202,
            202,
        ),
        ("POST", "/api/v1/demo/attack", "{}", 403, 403, 404, 404),
        ("GET", "/api/profiles", "", 403, 403, 403, 200),
        ("GET", "/", "", 403, 200, 200, 200),
        (
            "GET",
            "/incidents/0000000000000000000000000000000a",
            "",
            403,
            200,
            200,
            200,
        ),
        (
            "GET",
            "/rows/0000000000000000000000000000000a",
            "",
            403,
            200,
            200,
            200,
        ),
        ("GET", "/users/ann", "", 403, 200, 200, 200),
        ("GET", "/dashboard", "", 403, 200, 200, 200),
        ("GET", "/model", "", 403, 200, 200, 200),
        ("GET", "/try", "", 403, 200, 200, 200),
        ("GET", "/system", "", 403, 403, 403, 200),
    ] {
        for (role, expected) in Role::ALL.into_iter().zip([predict, read, analyst, admin]) {
            let (status, answer) = ask_as(&server, role.name(), method, path, body);
            assert_eq!(
                status,
                expected,
                "{} {method} {path}: {answer}",
                role.name()
            );
        }
        let headers = ["host: 192.0.2.1:8080", "content-type: application/json"];
        let (head, _) = ask_with(&server, method, path, &headers, body);
        assert_eq!(status(&head), 401, "nobody {method} {path}");
    }
    assert_eq!(
        server.verdicts.lock().unwrap().len(),
        2,
        "only those who may judge did"
    );
}

/// What is of another tenant is as if it were not there, by every route.
#[test]
fn a_tenant_sees_nothing_of_another() {
    let server = open_to_others();
    for (id, tenant) in [(ID, "acme"), ("b1", "beta")] {
        let recent = &server.recent;
        recent
            .take_incident(&api::incident(id, tenant, "ann"))
            .unwrap();
        recent
            .take_alert(&api::alert(id, id, tenant, "ann"))
            .unwrap();
    }
    let ask = |path: &str| ask_as(&server, "of_acme", "GET", path, "");
    for (path, own) in [
        ("/api/v1/incidents", 1),
        ("/api/v1/incidents?tenant=beta", 0),
        ("/api/v1/alerts", 1),
        ("/api/v1/alerts?tenant=beta", 0),
        ("/api/v1/search?q=ann", 1),
    ] {
        let (status, body) = ask(path);
        let list: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (status, &list["total"]),
            (200, &own.into()),
            "{path}: {body}"
        );
        assert!(!body.contains("beta"), "{path}: {body}");
    }
    for path in [
        "/api/v1/incidents/b1",
        "/api/v1/alerts/b1",
        "/api/v1/users/ann?tenant=beta",
        "/api/v1/sources/address/192.0.2.7?tenant=beta",
        "/incidents/b1",
        "/rows/b1",
        "/users/ann?tenant=beta",
        "/sources/address/192.0.2.7?tenant=beta",
    ] {
        assert_eq!(ask(path).0, 404, "{path}");
    }
    let (status, body) = ask("/api/v1/users/ann");
    assert!(
        status == 200 && body.contains("acme") && !body.contains("beta"),
        "{body}"
    );
    let (_, stats) = ask("/api/v1/stats");
    let stats: serde_json::Value = serde_json::from_str(&stats).unwrap();
    assert_eq!(
        (&stats["process"], &stats["incidents"]["open"]),
        (&serde_json::Value::Null, &1.into())
    );
    let verdict = r#"{"verdict":"benign"}"#;
    let path = "/api/v1/incidents/b1/verdict";
    assert_eq!(ask_as(&server, "of_acme", "POST", path, verdict).0, 404);
    let foreign = LOGIN.replace('{', r#"{"tenant":"beta","#);
    assert_eq!(
        ask_as(&server, "of_acme", "POST", "/predict", &foreign).0,
        403
    );
    let (_, batch) = ask_as(
        &server,
        "of_acme",
        "POST",
        "/predict/batch",
        &format!("[{foreign}]"),
    );
    assert!(batch.contains("refused"), "{batch}");
    assert!(server.verdicts.lock().unwrap().is_empty());
}

/// A web page can neither act through an analyst's browser, nor give its own name this address.
#[test]
fn pages_of_others_reach_nothing() {
    let server = server(|config| config.access.hosts = vec!["soc.example.com".to_owned()]);
    server
        .recent
        .take_incident(&api::incident(ID, "default", "ann"))
        .unwrap();
    let verdict = r#"{"verdict":"benign"}"#;
    let path = "/api/v1/incidents/0000000000000000000000000000000a/verdict";
    let json = "content-type: application/json";
    let say = |headers: &[&str]| status(&ask_with(&server, "POST", path, headers, verdict).0);
    let host = "host: localhost:8080";
    for (headers, expected) in [
        (vec![host, json], 202),
        (vec![host, json, "origin: http://localhost:8080"], 202),
        (
            vec![
                host,
                json,
                "origin: http://localhost:8080",
                "sec-fetch-site: same-origin",
            ],
            202,
        ),
        (vec![host, json, "origin: http://evil.example"], 403),
        (vec![host, json, "origin: null"], 403),
        (vec![host, json, "origin: http://localhost:9090"], 403),
        (vec![host, json, "sec-fetch-site: cross-site"], 403),
        (vec![host, json, "sec-fetch-site: same-site"], 403),
        (vec![host, "content-type: text/plain"], 415),
        (
            vec![host, "content-type: application/x-www-form-urlencoded"],
            415,
        ),
        (vec![host], 415),
        (vec!["host: evil.example", json], 421),
        (vec!["host: localhost.evil.example", json], 421),
        (
            vec![
                "host: evil.example:8080",
                json,
                "origin: http://evil.example:8080",
            ],
            421,
        ),
    ] {
        assert_eq!(say(&headers), expected, "{headers:?}");
    }
    let get = |host: &str| status(&ask_with(&server, "GET", "/", &[host], "").0);
    for own in [
        "host: localhost",
        "host: 127.0.0.1:8080",
        "host: [::1]:8080",
    ] {
        assert_eq!(get(own), 200, "{own}");
    }
    assert_eq!(get("host: evil.example"), 421);
    // A proxy's name is known, but whoever comes by it is not whoever sits here.
    assert_eq!(get("host: soc.example.com"), 401);
    assert_eq!(get("host: 192.0.2.7"), 401);
    assert_eq!(server.verdicts.lock().unwrap().len(), 3);
}

/// A token is shown as a bearer or a cookie; guessing is slowed down, and probes need none.
#[test]
fn tokens_are_shown_in_two_ways_and_not_guessed() {
    let server = open_to_others();
    let host = "host: 192.0.2.1";
    let ask = |path: &str, headers: &[&str]| {
        let all: Vec<&str> = [host].iter().chain(headers).copied().collect();
        ask_with(&server, "GET", path, &all, "").0
    };
    for path in ["/health/live", "/metrics", "/sign-in"] {
        assert_eq!(status(&ask(path, &[])), 200, "{path}");
    }
    let refused = ask("/api/v1/stats", &[]);
    assert!(
        refused.to_lowercase().contains("www-authenticate: bearer"),
        "{refused}"
    );
    let page = ask("/", &["accept: text/html"]);
    assert!(status(&page) == 303 && page.contains("/sign-in"), "{page}");
    let sign_in = |token: &str| {
        let body = format!(r#"{{"token":"{token}"}}"#);
        ask_with(
            &server,
            "POST",
            "/sign-in",
            &[host, "content-type: application/json"],
            &body,
        )
        .0
    };
    let signed_in = sign_in(&secret("read"));
    let cookie = signed_in
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    let cookie = format!("cookie: other=1; {}", cookie.split(';').next().unwrap());
    assert_eq!(status(&ask("/", &[&cookie])), 200);
    assert_eq!(status(&ask("/system", &[&cookie])), 403);
    let wrong: Vec<u16> = (0..40).map(|_| status(&sign_in("guess"))).collect();
    assert!(wrong.contains(&401) && wrong.ends_with(&[429]), "{wrong:?}");
    assert_eq!(
        status(&ask("/", &[&cookie])),
        200,
        "who has a token is not kept out by it"
    );
}

#[test]
fn one_caller_asks_no_more_than_he_may() {
    let server = server(|config| config.access.requests_per_second = 5);
    let statuses: Vec<u16> = (0..20)
        .map(|_| status(&ask_with(&server, "GET", "/api/v1/stats", &["host: localhost"], "").0))
        .collect();
    assert!(
        statuses.starts_with(&[200; 5]) && statuses.contains(&429),
        "{statuses:?}"
    );
    assert!(
        ask(&server, "GET", "/health/live", "").0.contains("200"),
        "probes are not counted"
    );
}

/// Every answer forbids what is inline, of others, framed or kept.
#[test]
fn every_answer_says_what_a_browser_may_do() {
    let server = server(|_| ());
    for path in [
        "/",
        "/nowhere",
        "/api/v1/incidents",
        "/health",
        "/sign-in",
        "/openapi.json",
    ] {
        let (head, _) = ask_with(&server, "GET", path, &["host: localhost"], "");
        let head = head.to_lowercase();
        assert!(
            head.contains("default-src 'none'; script-src 'self'"),
            "{path}: {head}"
        );
        assert!(
            !head.contains("unsafe-") && !head.contains("access-control"),
            "{path}: {head}"
        );
        assert!(
            head.contains("nosniff") && head.contains("frame-ancestors 'none'"),
            "{head}"
        );
        assert!(head.contains("cache-control: no-store"), "{path}: {head}");
    }
}

/// A proxy on this machine looks as if it sat here: what it passes on is not whoever sits here, and
/// where there are tokens nobody is.
#[test]
fn what_a_proxy_passes_on_needs_a_token() {
    let server = server(|_| ());
    let get = |server: &Server, headers: &[&str]| {
        status(&ask_with(server, "GET", "/api/v1/stats", headers, "").0)
    };
    let host = "host: 127.0.0.1:8080";
    assert_eq!(get(&server, &[host]), 200);
    for header in [
        "x-forwarded-for: 192.0.2.9",
        "forwarded: for=192.0.2.9",
        "via: 1.1 proxy",
    ] {
        assert_eq!(get(&server, &[host, header]), 401, "{header}");
    }
    let with_tokens = super::server(|config| {
        config.access.tokens = vec![token("read", Role::Read, None)];
    });
    assert_eq!(get(&with_tokens, &[host]), 401);
    let bearer = format!("authorization: Bearer {}", secret("read"));
    assert_eq!(get(&with_tokens, &[host, &bearer]), 200);
}

/// A cookie of a token that is none any more is as if it were not there: its owner can sign in.
#[test]
fn an_old_cookie_keeps_nobody_out() {
    let server = open_to_others();
    let cookie = format!("cookie: nightlatch_token={}", secret("gone"));
    let get = |path: &str| {
        let headers = ["host: 192.0.2.1", "accept: text/html", &cookie];
        status(&ask_with(&server, "GET", path, &headers, "").0)
    };
    assert_eq!(get("/sign-in"), 200);
    assert_eq!(get("/"), 303, "it leads to the form");
    let local = super::server(|_| ());
    let headers = ["host: localhost", &cookie];
    assert_eq!(status(&ask_with(&local, "GET", "/", &headers, "").0), 200);
}

/// Metrics are of all tenants: where they are not open, who sees one alone does not see them.
#[test]
fn closed_metrics_are_for_those_who_see_everything() {
    let server = server_at(
        |config| {
            config.access.metrics_open = false;
            config.access.tokens = vec![
                token("read", Role::Read, None),
                token("predict", Role::Predict, None),
                token("acme", Role::Admin, Some(&["acme"])),
            ];
        },
        Some(([0, 0, 0, 0], 8080).into()),
    );
    for (name, expected) in [("read", 200), ("predict", 403), ("acme", 403)] {
        assert_eq!(
            ask_as(&server, name, "GET", "/metrics", "").0,
            expected,
            "{name}"
        );
    }
    let open = super::server(|_| ());
    let headers = ["host: evil.example", "sec-fetch-site: same-origin"];
    assert_eq!(
        status(&ask_with(&open, "GET", "/metrics", &headers, "").0),
        421
    );
    assert_eq!(
        status(&ask_with(&open, "GET", "/metrics", &["host: nightlatch:8080"], "").0),
        200
    );
}

/// Whom the proxy names is let in from where the proxy stands alone, with the role that he has, and
/// stands in what he says; another site's page cannot use that.
#[test]
fn a_proxy_says_who_somebody_is() {
    let behind = |network: &str| {
        let network = network.parse().unwrap();
        let identity = move |config: &mut HttpConfig| {
            config.access.hosts = vec!["nightlatch.example.com".to_owned()];
            config.access.identity = Some(Identity {
                header: "x-forwarded-user".to_owned(),
                networks: vec![network],
                role: Some(Role::Read),
                people: vec![Person {
                    name: "kim".to_owned(),
                    role: Role::Analyst,
                    tenants: Some(vec!["default".to_owned()]),
                }],
            });
        };
        let server = server_at(identity, Some(([0, 0, 0, 0], 8080).into()));
        let taken = server
            .recent
            .take_incident(&api::incident(ID, "default", "ann"));
        taken.unwrap();
        server
    };
    let ask = |server: &Server, headers: &[&str], verdict: bool| {
        let (method, path, body) = match verdict {
            false => ("GET", "/api/v1/incidents".to_owned(), ""),
            true => (
                "POST",
                format!("/api/v1/incidents/{ID}/verdict"),
                r#"{"verdict":"unsure"}"#,
            ),
        };
        let named = [
            "host: nightlatch.example.com",
            "content-type: application/json",
        ];
        let headers = [&named[..], headers].concat();
        status(&ask_with(server, method, &path, &headers, body).0)
    };
    let server = behind("127.0.0.0/8");
    let (kim, bo) = ("x-forwarded-user: kim", "x-forwarded-user: bo");
    assert_eq!(ask(&server, &[kim], true), 202);
    assert_eq!(server.verdicts.lock().unwrap()[0]["by"], "kim");
    assert_eq!(
        (ask(&server, &[bo], false), ask(&server, &[bo], true)),
        (200, 403)
    );
    assert_eq!(ask(&server, &[], false), 401);
    assert_eq!(ask(&server, &[kim, bo], false), 401, "named twice");
    let foreign = [kim, "origin: https://evil.example"];
    assert_eq!(ask(&server, &foreign, true), 403);
    let wrong = [kim, "authorization: Bearer nlt_wrong"];
    assert_eq!(ask(&server, &wrong, false), 401, "a wrong token is no name");
    let (head, _) = ask_with(
        &server,
        "GET",
        "/api/v1/incidents",
        &["host: rebound.example", kim],
        "",
    );
    assert_eq!(status(&head), 421);
    let server = behind("10.0.0.0/8");
    assert_eq!(ask(&server, &[kim], false), 401, "not from the proxy");
}

/// A browser that may not see a page is shown one that says so; a program has the problem.
#[test]
fn who_may_not_see_a_page_gets_one() {
    let server = open_to_others();
    let bearer = format!("authorization: Bearer {}", secret("predict"));
    let ask = |accept: &str| {
        let headers = ["host: 192.0.2.1:8080", &bearer, accept];
        ask_with(&server, "GET", "/", &headers, "")
    };
    let (head, body) = ask("accept: text/html,*/*");
    assert_eq!(status(&head), 403);
    assert!(body.contains("<h1>Not with this token</h1>"), "{body}");
    let (head, body) = ask("accept: application/json");
    assert_eq!(status(&head), 403);
    assert!(body.contains("\"error\":\"forbidden\""), "{body}");
}
