//! Over TLS, and what other processes of the group know.

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::*;
use crate::access::{Role, Token, TokenHash};
use crate::config::{Secret, TlsFiles};
use crate::login::Event;

fn files(folder: &tempfile::TempDir) -> (TlsFiles, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let files = TlsFiles {
        certificate: folder.path().join("certificate.pem"),
        key: folder.path().join("key.pem"),
    };
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    (files, made.cert.der().clone())
}

/// With a certificate nobody is answered without TLS, who is silent is cut off, and browsers are
/// told to come back over TLS alone.
#[test]
fn the_process_speaks_tls() {
    let folder = tempfile::tempdir().unwrap();
    let (files, certificate) = files(&folder);
    let server = server(|config| config.tls = Some(files));
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(client, connect(&server));
    let request = "GET /api/v1/incidents HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer.contains("strict-transport-security: max-age="),
        "{answer}"
    );

    let mut plain = connect(&server);
    plain.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/1.1"));
    let mut silent = connect(&server);
    // The handshake has a time, as headers have.
    assert!(matches!(silent.read(&mut [0; 16]), Ok(0) | Err(_)));
}

const SECRET: &str = "nlt_0000000000000000000000000000000000000000";

/// A process of which another asks.
fn peer(token: bool) -> Server {
    server(|config| {
        if token {
            config.access.tokens.push(Token {
                name: "peer".to_owned(),
                role: Role::Read,
                tenants: None,
                hash: TokenHash::of(SECRET),
            });
        }
    })
}

fn asking(addresses: Vec<String>, token: &str) -> Server {
    server(|config| {
        config.peers.addresses = addresses;
        config.peers.token = Some(Secret::new(token.to_owned()));
    })
}

/// What no process knows is asked of each once; a peer that is away, or does not know who asks, is
/// told of; nobody asks on.
#[test]
fn a_user_of_another_process_is_asked_of_it() {
    let knows = peer(true);
    let json = r#"{"user_id":"Ann B","timestamp":"2025-06-12 12:46:42","success":1}"#;
    let event = Event::from_json(json.as_bytes()).unwrap();
    knows.learn(&event);
    let ignorant = peer(true);
    let address = |server: &Server| format!("http://{}", server.address);
    let away = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let all = vec![away.clone(), address(&ignorant), address(&knows)];
    let server = asking(all.clone(), SECRET);
    let user = |server: &Server, name: &str, more: &[&str]| {
        let headers = [&["host: localhost"][..], more].concat();
        let (head, body) = ask_with(
            server,
            "GET",
            &format!("/api/v1/users/{name}"),
            &headers,
            "",
        );
        (
            status(&head),
            serde_json::from_str::<serde_json::Value>(&body).unwrap(),
        )
    };
    let (code, body) = user(&server, "Ann%20B", &[]);
    assert_eq!(code, 200, "{body}");
    assert_eq!(body["known"]["successes"], 1);
    assert_eq!(body["tenant"], "default");
    let (code, body) = user(&server, "nobody", &[]);
    assert_eq!(code, 404);
    assert!(body["detail"].as_str().unwrap().contains(&away), "{body}");
    let (code, _) = user(&server, "Ann%20B", &["x-nightlatch-peer: 1"]);
    assert_eq!(code, 404, "a peer's question is not asked on");
    let server = asking(all, "nlt_wrong");
    let (code, body) = user(&server, "Ann%20B", &[]);
    assert_eq!(code, 404);
    assert!(
        body["detail"].as_str().unwrap().contains(&address(&knows)),
        "{body}"
    );
}
