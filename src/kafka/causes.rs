//! Why no broker answers. Calls fail with a time-out or a broken connection, whatever it was; what
//! it was, librdkafka tells beside them, in words. They are put together here, each with its
//! remedy.

use std::sync::{Arc, Mutex};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use crate::config::KafkaConfig;

/// More kinds of trouble at once are not told.
const MOST: usize = 4;
/// A broker that wants a user hangs up within this time.
const SHORTLY_MS: u32 = 2_000;

/// A kind of trouble with connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    WrongCredentials,
    UnknownMechanism,
    SaslWanted,
    UntrustedCertificate,
    OtherHostName,
    TlsToPlaintext,
    PlaintextToTls,
    TlsFailed,
    UnknownHost,
    Refused,
    NoRoute,
}

impl Cause {
    /// From librdkafka's words; the code only says that something happened.
    pub(super) fn of(code: Option<Code>, reason: &str) -> Option<Self> {
        let reason = reason.to_ascii_lowercase();
        let says = |words: &str| reason.contains(words);
        Some(if says("unsupported") && says("mechanism") {
            Self::UnknownMechanism
        } else if says("sasl authentication error") || says("authentication failed") {
            Self::WrongCredentials
        } else if says("might require sasl") {
            Self::SaslWanted
        } else if says("hostname mismatch") || says("ip address mismatch") {
            Self::OtherHostName
        } else if says("certificate verify failed") || says("could not be verified") {
            Self::UntrustedCertificate
        } else if says("connecting to a plaintext") || says("wrong version number") {
            Self::TlsToPlaintext
        } else if says("connecting to a ssl")
            || (says("disconnected") && says("in state apiversion_query"))
        {
            Self::PlaintextToTls
        } else if says("disconnected") && was_up_shortly(&reason) {
            Self::SaslWanted
        } else if says("ssl handshake failed") {
            Self::TlsFailed
        } else if says("failed to resolve") {
            Self::UnknownHost
        } else if says("connection refused") {
            Self::Refused
        } else if says("connection setup timed out")
            || says("no route to host")
            || says("unreachable")
        {
            Self::NoRoute
        } else {
            match code? {
                Code::Authentication | Code::SaslAuthenticationFailed => Self::WrongCredentials,
                Code::UnsupportedSASLMechanism => Self::UnknownMechanism,
                Code::SSL => Self::TlsFailed,
                Code::Resolve => Self::UnknownHost,
                _ => return None,
            }
        })
    }

    /// Whether it stays until somebody changes the configuration. The others may pass: brokers that
    /// start, and what stands before them, hang up as well.
    fn stays(self) -> bool {
        matches!(
            self,
            Self::WrongCredentials
                | Self::UnknownMechanism
                | Self::UntrustedCertificate
                | Self::OtherHostName
        )
    }

    fn text(self, config: &KafkaConfig) -> String {
        let protocol = &config.security_protocol;
        match self {
            Self::WrongCredentials => format!(
                "the broker refused the user name `{}` or its password; check kafka.sasl_username, \
                 kafka.sasl_password_file and kafka.sasl_mechanism ({})",
                config.sasl_username, config.sasl_mechanism
            ),
            Self::UnknownMechanism => format!(
                "the broker does not take kafka.sasl_mechanism {}; set one that it does",
                config.sasl_mechanism
            ),
            Self::SaslWanted => format!(
                "the broker hung up at once, as one does that wants a user; \
                 kafka.security_protocol is {protocol}: check whether that port wants \
                 sasl_plaintext or sasl_ssl"
            ),
            Self::UntrustedCertificate => format!(
                "the broker's certificate is not signed by {}; set kafka.ca_file to the \
                 certificate authority of the brokers",
                match &config.ca_file {
                    Some(path) => format!("an authority of {}", path.display()),
                    None => "an authority that this machine knows".to_owned(),
                }
            ),
            Self::OtherHostName => {
                "the broker's certificate is for another host name; use a name of the certificate \
                 in kafka.brokers"
                    .to_owned()
            }
            Self::TlsToPlaintext => format!(
                "the port does not speak TLS, and kafka.security_protocol is {protocol}; use the \
                 port of the brokers' TLS listener, or {}",
                if protocol == "sasl_ssl" {
                    "sasl_plaintext"
                } else {
                    "plaintext"
                }
            ),
            Self::PlaintextToTls => format!(
                "the broker hung up at the first words, as a port does that speaks TLS; \
                 kafka.security_protocol is {protocol}: use {} or another port",
                protocol.replace("plaintext", "ssl")
            ),
            Self::TlsFailed => "TLS cannot be agreed on with the broker; check kafka.ca_file and \
                                kafka.security_protocol"
                .to_owned(),
            Self::UnknownHost => {
                "a host name cannot be resolved; check kafka.brokers, and the names that the \
                 brokers advertise"
                    .to_owned()
            }
            Self::Refused => {
                "nothing listens on that port; check kafka.brokers, and whether the broker runs"
                    .to_owned()
            }
            Self::NoRoute => {
                "the broker's address does not answer; check kafka.brokers, and firewalls between"
                    .to_owned()
            }
        }
    }
}

/// Whether a connection was only just made when it broke.
fn was_up_shortly(reason: &str) -> bool {
    let duration = reason
        .split_once("ms in state up")
        .and_then(|(before, _)| before.rsplit_once("after "));
    duration.is_some_and(|(_, ms)| ms.parse::<u32>().is_ok_and(|ms| ms < SHORTLY_MS))
}

/// Passes on what librdkafka logs.
pub(super) fn pass_on(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
            tracing::error!(facility, "{message}")
        }
        // Lost connections are librdkafka's errors and our normal life: health tells of them once.
        _ => tracing::debug!(facility, "{message}"),
    }
}

/// The last few kinds of trouble that a client had, shared with its context.
#[derive(Clone, Debug, Default)]
pub(super) struct Causes(Arc<Mutex<Vec<(Cause, String)>>>);

impl Causes {
    /// Takes note of a line that librdkafka logs, and passes it on.
    pub(super) fn hear_log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.note(None, message);
        pass_on(level, facility, message);
    }

    /// Takes note of an error of a client that is told outside any call.
    pub(super) fn hear_error(&self, error: &KafkaError, reason: &str, client: &str) {
        self.note(error.rdkafka_error_code(), reason);
        tracing::debug!(%error, reason, client, "librdkafka reports an error");
    }

    fn note(&self, code: Option<Code>, reason: &str) {
        let (Some(cause), Ok(mut causes)) = (Cause::of(code, reason), self.0.lock()) else {
            return;
        };
        causes.retain(|(other, _)| *other != cause);
        causes.push((cause, reason.to_owned()));
        if causes.len() > MOST {
            causes.remove(0);
        }
    }

    /// A broker was reached.
    pub(super) fn clear(&self) {
        if let Ok(mut causes) = self.0.lock() {
            causes.clear();
        }
    }

    /// Whether waiting does not help.
    pub(super) fn stay(&self) -> bool {
        let causes = self.0.lock();
        causes.is_ok_and(|causes| causes.iter().any(|(cause, _)| cause.stays()))
    }

    /// What is known, with the remedies: of the kinds that stay alone where there are any, for
    /// others follow from them.
    pub(super) fn text(&self, config: &KafkaConfig) -> Option<String> {
        let causes = self.0.lock().ok()?;
        let any_stays = causes.iter().any(|(cause, _)| cause.stays());
        let told = causes
            .iter()
            .filter(|(cause, _)| cause.stays() == any_stays);
        let texts: Vec<String> = told
            .map(|(cause, reason)| format!("{} ({reason})", cause.text(config)))
            .collect();
        (!texts.is_empty()).then(|| texts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    /// As librdkafka 2.12 words them.
    const SAID: &[(&str, Cause)] = &[
        (
            "sasl_ssl://127.0.0.1:9094/bootstrap: SASL authentication error: Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512 (after 310ms in state AUTH_REQ)",
            Cause::WrongCredentials,
        ),
        (
            "sasl_ssl://127.0.0.1:9094/bootstrap: SASL SCRAM-SHA-256 mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported mechanisms: SCRAM-SHA-512",
            Cause::UnknownMechanism,
        ),
        (
            "ssl://127.0.0.1:9094/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker certificate could not be verified, verify that ssl.ca.location is correctly configured or root CA certificates are installed (install ca-certificates package) (after 9ms in state SSL_HANDSHAKE)",
            Cause::UntrustedCertificate,
        ),
        (
            "ssl://127.0.0.1:9092/bootstrap: SSL handshake failed: Disconnected: connecting to a PLAINTEXT broker listener? (after 9ms in state SSL_HANDSHAKE)",
            Cause::TlsToPlaintext,
        ),
        (
            "127.0.0.1:9094/bootstrap: Disconnected: connection closed by peer: receive 0 after POLLIN (after 46ms in state APIVERSION_QUERY, 1 identical error(s) suppressed)",
            Cause::PlaintextToTls,
        ),
        (
            "127.0.0.1:9094/1: Disconnected: connection closed by peer: receive 0 after POLLIN (after 3ms in state UP)",
            Cause::SaslWanted,
        ),
        (
            "nohost:9092/bootstrap: Failed to resolve 'nohost:9092': Name or service not known (after 1ms in state CONNECT)",
            Cause::UnknownHost,
        ),
        (
            "127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT)",
            Cause::Refused,
        ),
    ];

    #[test]
    fn each_trouble_is_known_by_its_words_and_has_words_of_its_own() {
        let config = Config::from_layers(&[], &[], &[]).unwrap().kafka;
        let mut texts = std::collections::BTreeSet::new();
        for (reason, cause) in SAID {
            assert_eq!(Cause::of(None, reason), Some(*cause), "{reason}");
            texts.insert(cause.text(&config));
        }
        assert_eq!(texts.len(), SAID.len());
        for nothing in [
            "1/1 brokers are down",
            "127.0.0.1:9092/1: Disconnected: connection closed by peer (after 90031ms in state UP)",
        ] {
            assert_eq!(
                Cause::of(Some(Code::AllBrokersDown), nothing),
                None,
                "{nothing}"
            );
        }
    }

    #[test]
    fn what_stays_is_told_alone() {
        let config = Config::from_layers(&[], &[], &[]).unwrap().kafka;
        let causes = Causes::default();
        assert_eq!((causes.text(&config), causes.stay()), (None, false));
        causes.note(None, SAID[7].0);
        assert!(causes.text(&config).unwrap().contains("nothing listens") && !causes.stay());
        causes.note(None, SAID[0].0);
        let text = causes.text(&config).unwrap();
        assert!(text.contains("password") && !text.contains("nothing listens") && causes.stay());
        causes.clear();
        assert_eq!(causes.text(&config), None);
    }
}
