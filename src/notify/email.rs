//! Mail over SMTP.

use std::collections::BTreeSet;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::Tls;
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, Message, SmtpTransport, Transport};

use super::{Notice, SendError, Sender};
use crate::trust::Trust;

/// How the connection is kept from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailEncryption {
    /// From the first byte on.
    Tls,
    /// After the greeting, and never without.
    StartTls,
    None,
}

/// A receiver of mail.
#[derive(Clone)]
pub struct Email {
    pub host: String,
    pub port: u16,
    pub encryption: EmailEncryption,
    /// User name and password.
    pub login: Option<(String, String)>,
    pub from: Mailbox,
    pub to: Vec<Mailbox>,
    /// The name by which this machine greets the server.
    pub hostname: String,
    pub page_url: Option<String>,
    pub trust: Trust,
    pub timeout: Duration,
}

impl Email {
    pub(super) fn place(&self) -> String {
        format!("smtp {}:{}", self.host, self.port)
    }

    fn transport(&self) -> Result<SmtpTransport, lettre::transport::smtp::Error> {
        let tls = match self.encryption {
            EmailEncryption::Tls => Tls::Wrapper(self.trust.for_mail(&self.host)?),
            EmailEncryption::StartTls => Tls::Required(self.trust.for_mail(&self.host)?),
            EmailEncryption::None => Tls::None,
        };
        let builder = SmtpTransport::builder_dangerous(&self.host)
            .port(self.port)
            .timeout(Some(self.timeout))
            .hello_name(ClientId::Domain(self.hostname.clone()))
            .tls(tls);
        let builder = match &self.login {
            Some((name, password)) => {
                builder.credentials(Credentials::new(name.clone(), password.clone()))
            }
            None => builder,
        };
        Ok(builder.build())
    }

    /// The mail: of one incident in one thread, and the same for the same notice.
    fn message(&self, notice: &Notice) -> Result<Message, lettre::error::Error> {
        let domain = self.from.email.domain();
        let thread = format!("<{}@{domain}>", notice.first().incident_id);
        let mut builder = Message::builder()
            .from(self.from.clone())
            .subject(notice.title())
            .message_id(Some(format!("<{}@{domain}>", notice.key())))
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .header(ContentType::TEXT_PLAIN);
        if !notice.is_digest() {
            builder = builder.references(thread);
        }
        for to in &self.to {
            builder = builder.to(to.clone());
        }
        builder.body(format!("{}\n", notice.text(self.page_url.as_deref())))
    }
}

/// Sends to each recipient by itself: one that is refused keeps the others from nothing.
pub(super) struct MailSender {
    email: Email,
    /// Who has the notice of this id already.
    had: (String, BTreeSet<Address>),
}

impl MailSender {
    pub fn new(email: &Email) -> Self {
        Self {
            email: email.clone(),
            had: Default::default(),
        }
    }

    fn send_to(&self, to: &Address, message: &[u8]) -> Result<(), SendError> {
        let from = self.email.from.email.clone();
        let envelope = Envelope::new(Some(from), vec![to.clone()]);
        let envelope = envelope.map_err(|error| SendError::Refused(error.to_string()))?;
        let sent = self
            .email
            .transport()
            .and_then(|transport| transport.send_raw(&envelope, message));
        sent.map(drop).map_err(|error| told(&error))
    }
}

/// Answers that speak of who sends, and not of what is sent (RFC 4954 and others).
const OF_THE_LOGIN: [u16; 4] = [530, 534, 535, 538];

impl Sender for MailSender {
    fn send(&mut self, notice: &Notice, _now_ms: i64) -> Result<(), SendError> {
        let message = self.email.message(notice);
        let message = message.map_err(|error| SendError::Refused(error.to_string()))?;
        let (key, message) = (notice.key(), message.formatted());
        if self.had.0 != key {
            self.had = (key, BTreeSet::new());
        }
        let (mut refused, mut later) = (None, None);
        for to in self.email.to.clone() {
            let to = to.email;
            if self.had.1.contains(&to) {
                continue;
            }
            match self.send_to(&to, &message) {
                Ok(()) => {
                    self.had.1.insert(to);
                }
                Err(SendError::Refused(text)) => {
                    tracing::warn!(%to, text, "a recipient is refused");
                    refused = Some(SendError::Refused(text));
                }
                Err(error) => later = Some(error),
            }
        }
        match (later, refused, self.had.1.is_empty()) {
            (Some(later), ..) => Err(later),
            (None, Some(refused), true) => Err(refused),
            _ => Ok(()),
        }
    }
}

fn told(error: &lettre::transport::smtp::Error) -> SendError {
    let mut text = error.to_string();
    if let Some(cause) = std::error::Error::source(error) {
        text = format!("{text}: {cause}");
    }
    let text: String = text.replace(|letter: char| letter.is_control(), " ");
    let code = error.status().map(u16::from);
    match code {
        Some(code) if error.is_permanent() && !OF_THE_LOGIN.contains(&code) => {
            SendError::Refused(text)
        }
        _ => SendError::later(text),
    }
}
