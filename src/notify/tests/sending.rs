use std::io::{BufRead, BufReader, Read as _, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::mpsc::{self, Receiver as Seen};

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;
use crate::clock::{Clock, SystemClock};
use crate::notify::webhook::signature;

/// What `timeout` of the receivers here is; and how long they may take at most.
const TIMEOUT: Duration = Duration::from_millis(700);
const PATIENCE: Duration = Duration::from_millis(2_500);

/// A server that does one thing with each connection; what it saw comes out of the channel.
fn server(
    act: impl Fn(TcpStream, &mpsc::Sender<String>) + std::marker::Send + 'static,
) -> (u16, Seen<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (saw, seen) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            act(stream.unwrap(), &saw);
        }
    });
    (port, seen)
}

/// Reads a request: its head and the body that it says it has.
fn request(stream: &mut impl std::io::Read) -> String {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    head + "\r\n" + std::str::from_utf8(&body).unwrap()
}

/// A server that answers each request with the same.
fn answering(answer: &str) -> (u16, Seen<String>) {
    let answer = answer.to_owned();
    server(move |mut stream, saw| {
        let _ = saw.send(request(&mut stream));
        let _ = stream.write_all(answer.as_bytes());
    })
}

fn webhook(url: &str) -> Webhook {
    Webhook {
        url: url.parse().unwrap(),
        recipe: Arc::new(Recipe::read(RECIPES[0].1).unwrap()),
        secret: Some("token".to_owned()),
        signing: signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        page_url: None,
        allow_private: true,
        trust: Trust::default(),
        timeout: TIMEOUT,
    }
}

/// Sends a notice to a channel; it must be done in time, whatever the receiver does.
fn send(channel: &Channel) -> Result<(), SendError> {
    let began_ms = SystemClock.monotonic_ms();
    let sent = channel
        .open()
        .send(&notice(incident(Severity::High)), NOON_MS);
    let took = Duration::from_millis(SystemClock.monotonic_ms() - began_ms);
    assert!(took < PATIENCE, "it took {took:?}");
    sent
}

fn post(url: &str) -> Result<(), SendError> {
    send(&Channel::Webhook(Box::new(webhook(url))))
}

fn is_later(sent: &Result<(), SendError>) -> bool {
    matches!(sent, Err(SendError::Later { .. }))
}

/// The example of <https://github.com/standard-webhooks/standard-webhooks>, computed again with
/// Python's hmac.
#[test]
fn signatures_are_those_of_standard_webhooks() {
    let key = signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let body = r#"{"test": 2432232314}"#;
    assert_eq!(
        signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body),
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    );
    assert_eq!(signing_key("plain text"), Some(b"plain text".to_vec()));
    assert_eq!(signing_key("whsec_!"), None);
}

#[test]
fn a_webhook_is_signed_and_says_what_it_is() {
    let (port, seen) = answering("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n");
    post(&format!("http://127.0.0.1:{port}/hook?a=b")).unwrap();
    let said = seen.recv_timeout(PATIENCE).unwrap();
    let (head, body) = said.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /hook?a=b HTTP/1.1\r\n"), "{head}");
    let id = notice(incident(Severity::High)).key();
    let key = signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let at_s = NOON_MS / 1_000;
    for header in [
        format!("idempotency-key: {id}"),
        format!("webhook-id: {id}"),
        format!("webhook-timestamp: {at_s}"),
        format!("webhook-signature: {}", signature(&key, &id, at_s, body)),
        "content-type: application/json".to_owned(),
    ] {
        assert!(
            head.lines().any(|line| line.eq_ignore_ascii_case(&header)),
            "{header} in {head}"
        );
    }
    assert!(
        head.to_ascii_lowercase()
            .contains("authorization: bearer token"),
        "{head}"
    );
}

/// Whatever a receiver does, it keeps its courier for no longer than its time-out, and what it
/// answers decides whether the notice is tried again.
#[test]
fn what_a_receiver_answers_is_understood() {
    let sent = |answer: &str| {
        let (port, _seen) = answering(answer);
        post(&format!("http://127.0.0.1:{port}/"))
    };
    let refused = "HTTP/1.1 400 Bad Request\r\ncontent-length: 11\r\n\r\nno \x1b[31mway";
    assert_eq!(
        sent(refused),
        Err(SendError::Refused("it answers 400: no [31mway".to_owned()))
    );
    let echo = "HTTP/1.1 404 X\r\ncontent-length: 27\r\n\r\nno /verysecret/path; token!";
    let (port, _seen) = answering(echo);
    let told = post(&format!("http://127.0.0.1:{port}/verysecret/path"))
        .unwrap_err()
        .to_string();
    assert!(
        !told.contains("verysecret") && told.contains("****"),
        "{told}"
    );
    let busy = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 30\r\ncontent-length: 0\r\n\r\n";
    let after = Some(Duration::from_secs(30));
    assert_eq!(
        sent(busy),
        Err(SendError::Later {
            text: "it answers 429".to_owned(),
            after
        })
    );
    for broken in [
        "HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 401 Who\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 404 Where\r\ncontent-length: 0\r\n\r\n",
        "not HTTP at all\r\n\r\n",
        "",
        "HTTP/1.1 200 OK",
    ] {
        assert!(is_later(&sent(broken)), "{broken}");
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let (there, seen_there) = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    for status in [301, 302, 303, 307, 308] {
        let answer = format!(
            "HTTP/1.1 {status} Elsewhere\r\nlocation: http://127.0.0.1:{there}/\r\ncontent-length: 0\r\n\r\n"
        );
        let (port, _seen) = answering(&answer);
        assert!(
            is_later(&post(&format!("http://127.0.0.1:{port}/"))),
            "{status}"
        );
    }
    assert!(seen_there.try_recv().is_err(), "a redirect was followed");
}

#[test]
fn a_receiver_that_hangs_drips_or_floods_keeps_nobody() {
    let url = |port: u16| format!("http://127.0.0.1:{port}/");
    let (hangs, _seen) = server(|stream, _| {
        std::thread::spawn(move || {
            let _kept = stream;
            std::thread::sleep(Duration::from_secs(10));
        });
    });
    assert!(is_later(&post(&url(hangs))));
    let (drips, _seen) = server(|mut stream, _| {
        std::thread::spawn(move || {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx: ");
            while stream.write_all(b"a").is_ok() {
                std::thread::sleep(Duration::from_millis(50));
            }
        });
    });
    assert!(is_later(&post(&url(drips))));
    for head in ["HTTP/1.1 500 Oh\r\n\r\n", "HTTP/1.1 500 Oh\r\nx: "] {
        let (floods, _seen) = server(move |mut stream, _| {
            std::thread::spawn(move || {
                let _ = stream.write_all(head.as_bytes());
                while stream.write_all(&[b'a'; 65_536]).is_ok() {}
            });
        });
        assert!(is_later(&post(&url(floods))), "{head}");
    }
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    assert!(is_later(&post(&url(nobody))));
}

/// A name that leads into a private network is refused before anything is connected to.
#[test]
fn a_private_address_is_refused_unless_it_is_meant() {
    let (port, seen) = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
    ] {
        let guarded = Webhook {
            allow_private: false,
            ..webhook(&format!("https://{host}:{port}/"))
        };
        let sent = send(&Channel::Webhook(Box::new(guarded)));
        let Err(SendError::Later { text, .. }) = sent else {
            panic!("{host}: {sent:?}");
        };
        // A machine may be without IPv6.
        assert!(
            text.contains("private") || host.contains("::"),
            "{host}: {text}"
        );
    }
    assert!(seen.try_recv().is_err(), "it was connected to");
}

/// Certificates that a test's authority signed, and its own.
struct Authority {
    config: Arc<ServerConfig>,
    _dir: tempfile::TempDir,
    trust: Trust,
}

impl Authority {
    fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        std::fs::write(&path, made.cert.pem()).unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], PrivateKeyDer::Pkcs8(key))
            .unwrap();
        Self {
            config: Arc::new(config),
            trust: Trust::of_file(&path).unwrap(),
            _dir: dir,
        }
    }

    fn accept(
        config: &Arc<ServerConfig>,
        stream: TcpStream,
    ) -> StreamOwned<ServerConnection, TcpStream> {
        StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), stream)
    }
}

#[test]
fn a_certificate_has_to_be_trusted() {
    let authority = Authority::new();
    let config = Arc::clone(&authority.config);
    let (port, seen) = server(move |stream, saw| {
        let mut stream = Authority::accept(&config, stream);
        let said = request(&mut stream);
        let _ = saw.send(said);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
    let mut webhook = webhook(&format!("https://localhost:{port}/"));
    let sent = send(&Channel::Webhook(Box::new(webhook.clone())));
    assert!(is_later(&sent), "{sent:?}");
    webhook.trust = authority.trust.clone();
    send(&Channel::Webhook(Box::new(webhook))).unwrap();
    let said = [seen.recv().unwrap(), seen.recv().unwrap()];
    assert!(
        !said[0].contains("POST") && said[1].contains("POST"),
        "{said:?}"
    );
}

/// A server of SMTP that answers RCPT with what is given, and passes on the mails it takes.
fn smtp(greeting: &'static str, rcpt: &'static str) -> (u16, Seen<String>) {
    server(move |stream, saw| {
        let mut out = stream.try_clone().unwrap();
        let mut lines = BufReader::new(stream).lines();
        let _ = out.write_all(greeting.as_bytes());
        while let Some(Ok(line)) = lines.next() {
            let answer = match line.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" => "250-there\r\n250 8BITMIME\r\n",
                // Whoever is called ok is known.
                "RCPT" if line.contains("<ok") => "250 ok\r\n",
                "RCPT" => rcpt,
                "DATA" => {
                    let _ = out.write_all(b"354 go on\r\n");
                    let mail = lines.by_ref().map_while(Result::ok);
                    let mail: Vec<String> = mail.take_while(|line| line != ".").collect();
                    let _ = saw.send(mail.join("\n"));
                    "250 taken\r\n"
                }
                "QUIT" => "221 bye\r\n",
                _ => "250 ok\r\n",
            };
            if out.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    })
}

fn email(port: u16, encryption: EmailEncryption) -> Channel {
    Channel::Email(Box::new(Email {
        host: "localhost".to_owned(),
        port,
        encryption,
        login: None,
        from: "nightlatch <nightlatch@example.com>".parse().unwrap(),
        to: vec!["soc@example.com".parse().unwrap()],
        hostname: "node1".to_owned(),
        page_url: Some("https://n.example".to_owned()),
        trust: Trust::default(),
        timeout: TIMEOUT,
    }))
}

#[test]
fn a_mail_arrives_with_an_id_of_its_own_in_the_thread_of_its_incident() {
    let (port, seen) = smtp("220 there\r\n", "250 ok\r\n");
    send(&email(port, EmailEncryption::None)).unwrap();
    let mail = seen.recv_timeout(PATIENCE).unwrap();
    let notice = notice(incident(Severity::High));
    let id = &notice.first().incident_id;
    for line in [
        format!("Message-ID: <{}@example.com>", notice.key()),
        format!("References: <{id}@example.com>"),
        "Auto-Submitted: auto-generated".to_owned(),
        "To: soc@example.com".to_owned(),
    ] {
        assert!(mail.lines().any(|one| one == line), "{line} in {mail}");
    }
    assert!(mail.contains("40 users were tried"), "{mail}");
}

/// A colleague who has left keeps nobody else from being told.
#[test]
fn each_recipient_is_told_by_himself() {
    let (port, seen) = smtp("220 there\r\n", "550 nobody\r\n");
    let mut channel = email(port, EmailEncryption::None);
    if let Channel::Email(email) = &mut channel {
        email.to.insert(0, "ok@example.com".parse().unwrap());
        email.to.push("ok2@example.com".parse().unwrap());
    }
    send(&channel).unwrap();
    assert_eq!(seen.try_iter().count(), 2);
}

#[test]
fn a_mail_is_refused_for_good_or_for_now() {
    let sent = |greeting: &'static str, rcpt: &'static str| {
        let (port, _seen) = smtp(greeting, rcpt);
        send(&email(port, EmailEncryption::None))
    };
    let refused = sent("220 there\r\n", "550 nobody\r\n");
    assert!(
        matches!(&refused, Err(SendError::Refused(text)) if text.contains("nobody")),
        "{refused:?}"
    );
    for (greeting, rcpt) in [
        ("220 there\r\n", "451 later\r\n"),
        ("220 there\r\n", "535 who are you\r\n"),
        ("421 busy\r\n", "250 ok\r\n"),
        ("", "250 ok\r\n"),
    ] {
        let sent = sent(greeting, rcpt);
        assert!(is_later(&sent), "{greeting}{rcpt}: {sent:?}");
    }
    // Nothing is sent in the clear where TLS is asked for and not there.
    let (port, seen) = smtp("220 there\r\n", "250 ok\r\n");
    assert!(send(&email(port, EmailEncryption::StartTls)).is_err());
    assert!(seen.try_recv().is_err());
}

fn syslog(transport: SyslogTransport, port: u16, trust: Trust) -> Channel {
    Channel::Syslog(Box::new(Syslog {
        transport,
        host: "localhost".to_owned(),
        port,
        facility: DEFAULT_FACILITY,
        hostname: "node 1".to_owned(),
        page_url: None,
        trust,
        timeout: TIMEOUT,
    }))
}

/// The grammar of RFC 5424, section 6, as a pattern.
fn is_rfc_5424(message: &str) -> bool {
    let time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)";
    let data = r#"\[[!-~&&[^=\]" ]]{1,32}( [!-~&&[^=\]" ]]{1,32}="([^"\\\]]|\\["\\\]])*")*\]"#;
    let pattern = format!(
        "^<\\d{{1,3}}>1 {time} [!-~]{{1,255}} [!-~]{{1,48}} [!-~]{{1,128}} [!-~]{{1,32}} ({data})+( \u{feff}[^\r\n]*)?$"
    );
    regex::Regex::new(&pattern).unwrap().is_match(message)
}

#[test]
fn a_syslog_message_is_of_rfc_5424_whatever_names_hold() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let port = socket.local_addr().unwrap().port();
    let mut sender = syslog(SyslogTransport::Udp, port, Trust::default());
    if let Channel::Syslog(syslog) = &mut sender {
        syslog.host = "127.0.0.1".to_owned();
    }
    let mut sender = sender.open();
    let mut incident = incident(Severity::Critical);
    incident.tenant = "a\"b]c\\d\r\ne".to_owned();
    incident.users = vec!["x\n<13>1 forged".to_owned()];
    sender.send(&notice(incident), NOON_MS).unwrap();
    let mut buffer = [0; 65_536];
    let length = socket.recv(&mut buffer).unwrap();
    let message = std::str::from_utf8(&buffer[..length]).unwrap();
    assert!(
        message.starts_with("<130>1 2026-01-05T12:00:00.000Z node1 nightlatch "),
        "{message}"
    );
    assert!(message.contains(r#"tenant="a\"b\]c\\d  e""#), "{message}");
    assert!(is_rfc_5424(message), "{message}");
    assert!(
        !is_rfc_5424("<13>1 now - - - - -"),
        "the pattern says no to something"
    );
}

/// A collector that hung up is connected to again: the first message after it is not lost.
#[test]
fn syslog_streams_are_counted_and_come_back() {
    let authority = Authority::new();
    for transport in [SyslogTransport::Tcp, SyslogTransport::Tls] {
        let config = Arc::clone(&authority.config);
        let (port, seen) = server(move |stream, saw| {
            // One message a connection.
            let mut buffer = [0; 8_192];
            let length = match transport {
                SyslogTransport::Tls => Authority::accept(&config, stream).read(&mut buffer),
                _ => {
                    let mut stream = stream;
                    stream.read(&mut buffer)
                }
            };
            let _ = saw.send(String::from_utf8_lossy(&buffer[..length.unwrap_or(0)]).into_owned());
        });
        let mut sender = syslog(transport, port, authority.trust.clone()).open();
        for _ in 0..3 {
            sender
                .send(&notice(incident(Severity::High)), NOON_MS)
                .unwrap();
            let message = seen.recv_timeout(PATIENCE).unwrap();
            let (length, message) = message.split_once(' ').unwrap();
            assert_eq!(length.parse(), Ok(message.len()));
            assert!(is_rfc_5424(message), "{message}");
            // The connection is closed by now.
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    let (port, _seen) = server(|stream, _| drop(stream));
    let untrusted = syslog(SyslogTransport::Tls, port, Trust::default());
    assert!(is_later(&send(&untrusted)));
}
