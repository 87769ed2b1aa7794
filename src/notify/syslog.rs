//! Syslog messages (RFC 5424) over UDP (RFC 5426), TCP (RFC 6587) or TLS (RFC 5425).
//!
//! Syslog answers nothing: what a collector takes and loses, nobody hears of.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use super::{Notice, SendError, Sender};
use crate::detector::Severity;
use crate::recent::RecentIncident;
use crate::trust::Trust;

/// What fits a datagram on most ways.
const MOST_DATAGRAM_BYTES: usize = 1_400;
/// The number that stands for nobody in particular (RFC 5612).
const ENTERPRISE: u32 = 32_473;
/// `local0`: what has no facility of its own.
pub const DEFAULT_FACILITY: u8 = 16;

/// How messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyslogTransport {
    Udp,
    Tcp,
    Tls,
}

/// A collector of syslog.
#[derive(Clone)]
pub struct Syslog {
    pub transport: SyslogTransport,
    pub host: String,
    pub port: u16,
    /// 0 to 23.
    pub facility: u8,
    /// The name of this machine.
    pub hostname: String,
    pub page_url: Option<String>,
    pub trust: Trust,
    pub timeout: Duration,
}

impl Syslog {
    pub(super) fn place(&self) -> String {
        let transport = match self.transport {
            SyslogTransport::Udp => "udp",
            SyslogTransport::Tcp => "tcp",
            SyslogTransport::Tls => "tls",
        };
        format!("syslog {transport}://{}:{}", self.host, self.port)
    }

    /// A message of an incident, the numbers apart from the text.
    fn message(&self, incident: &RecentIncident, notice: &Notice) -> String {
        let level = match incident.severity {
            Severity::Critical => 2,
            Severity::High => 3,
            Severity::Medium => 4,
            Severity::Low => 5,
            Severity::None => 6,
        };
        let priority = u16::from(self.facility) * 8 + level;
        let id = &incident.incident_id;
        let told = incident.told.as_deref().unwrap_or("-");
        let number = |number: u64| number.to_string();
        let fields = [
            ("id", id.clone()),
            ("revision", number(incident.revision.into())),
            ("told", told.to_owned()),
            ("state", incident.state.clone()),
            ("verdict", incident.verdict.clone().unwrap_or_default()),
            ("tenant", incident.tenant.clone()),
            ("kind", incident.kind.clone()),
            ("family", incident.family.clone()),
            ("severity", incident.severity.name().to_owned()),
            ("score", format!("{:.4}", incident.score)),
            ("attempts", number(incident.attempts)),
            ("users_tried", number(incident.users_tried)),
            ("users_entered", number(incident.users_entered.into())),
            ("action", incident.recommended_action.clone()),
        ];
        let fields = fields.iter().filter(|(_, value)| !value.is_empty());
        let fields: Vec<String> = fields
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
            .collect();
        let text = Notice::line(incident, self.page_url.as_deref());
        let trial = if notice.is_trial() {
            "[Trial, nothing happened] "
        } else {
            ""
        };
        format!(
            "<{priority}>1 {} {} nightlatch {} {} [incident@{ENTERPRISE} {}] \u{feff}{trial}{text}",
            incident.updated_at,
            printable(&self.hostname, 255),
            std::process::id(),
            printable(told, 32),
            fields.join(" "),
        )
    }
}

/// A value of structured data: quotes, backslashes and brackets are escaped, and nothing ends the
/// line.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for letter in value.chars().take(256) {
        match letter {
            '"' | '\\' | ']' => escaped.extend(['\\', letter]),
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A name of the header: printable ASCII, and not empty.
fn printable(name: &str, most: usize) -> String {
    let name: String = name
        .chars()
        .filter(char::is_ascii_graphic)
        .take(most)
        .collect();
    if name.is_empty() {
        "-".to_owned()
    } else {
        name
    }
}

enum Connection {
    Udp(UdpSocket),
    Tcp(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

pub(super) struct SyslogSender {
    syslog: Syslog,
    connection: Option<Connection>,
}

impl SyslogSender {
    pub fn new(syslog: &Syslog) -> Self {
        Self {
            syslog: syslog.clone(),
            connection: None,
        }
    }

    fn write(&mut self, message: &str) -> io::Result<()> {
        let kept = self.connection.take();
        if let Some(kept) = kept.filter(Connection::is_open)
            && let Ok(kept) = kept.write(message)
        {
            self.connection = Some(kept);
            return Ok(());
        }
        // Half of a message that a collector hung up on is nothing to it.
        self.connection = Some(Connection::open(&self.syslog)?.write(message)?);
        Ok(())
    }
}

impl Sender for SyslogSender {
    fn send(&mut self, notice: &Notice, _now_ms: i64) -> Result<(), SendError> {
        for incident in notice.incidents() {
            let message = self.syslog.message(incident, notice);
            let written = self.write(&message);
            written.map_err(|error| SendError::later(error.to_string()))?;
        }
        Ok(())
    }
}

impl Connection {
    fn open(syslog: &Syslog) -> io::Result<Self> {
        let (host, port, timeout) = (syslog.host.as_str(), syslog.port, syslog.timeout);
        let mut last = io::Error::new(ErrorKind::NotFound, "its name is not known");
        for address in (host, port).to_socket_addrs()? {
            if syslog.transport == SyslogTransport::Udp {
                let here = if address.is_ipv4() {
                    "0.0.0.0:0"
                } else {
                    "[::]:0"
                };
                let socket = UdpSocket::bind(here)?;
                socket.connect(address)?;
                return Ok(Self::Udp(socket));
            }
            match TcpStream::connect_timeout(&address, timeout) {
                Ok(stream) => return Self::over(stream, syslog),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn over(stream: TcpStream, syslog: &Syslog) -> io::Result<Self> {
        stream.set_read_timeout(Some(syslog.timeout))?;
        stream.set_write_timeout(Some(syslog.timeout))?;
        if syslog.transport == SyslogTransport::Tcp {
            return Ok(Self::Tcp(stream));
        }
        let config = syslog.trust.for_stream().map_err(io::Error::other)?;
        let name = ServerName::try_from(syslog.host.clone()).map_err(io::Error::other)?;
        let client = ClientConnection::new(config, name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(client, stream);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Self::Tls(Box::new(stream)))
    }

    /// Whether the collector has not hung up: it sends nothing, so what can be read is the end.
    fn is_open(&self) -> bool {
        let stream = match self {
            Self::Udp(_) => return true,
            Self::Tcp(stream) => stream,
            Self::Tls(stream) => &stream.sock,
        };
        let ended = stream
            .set_nonblocking(true)
            .and_then(|()| stream.peek(&mut [0]));
        let is_blocking = stream.set_nonblocking(false).is_ok();
        // Tickets of TLS may come unasked; a reader of the stream would take them in.
        let is_silent = match ended {
            Ok(0) => false,
            Ok(_) => matches!(self, Self::Tls(_)),
            Err(error) => error.kind() == ErrorKind::WouldBlock,
        };
        is_blocking && is_silent
    }

    /// Writes a message, its length before it where it is a stream.
    fn write(mut self, message: &str) -> io::Result<Self> {
        let counted = || format!("{} {message}", message.len());
        match &mut self {
            Self::Udp(socket) => {
                let most = message.floor_char_boundary(MOST_DATAGRAM_BYTES);
                socket.send(&message.as_bytes()[..most])?;
            }
            Self::Tcp(stream) => stream.write_all(counted().as_bytes())?,
            Self::Tls(stream) => {
                take_in(stream)?;
                stream.write_all(counted().as_bytes())?;
                stream.flush()?;
            }
        }
        Ok(self)
    }
}

/// Takes in what the other side of TLS sent unasked, its farewell among it.
fn take_in(stream: &mut StreamOwned<ClientConnection, TcpStream>) -> io::Result<()> {
    stream.sock.set_nonblocking(true)?;
    let read = stream.read(&mut [0; 64]);
    stream.sock.set_nonblocking(false)?;
    match read {
        Ok(0) => Err(io::Error::new(
            ErrorKind::ConnectionAborted,
            "it has hung up",
        )),
        Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
        _ => Ok(()),
    }
}
