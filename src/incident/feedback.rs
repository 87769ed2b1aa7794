//! A verdict as it is sent: JSON, checked.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{IncidentId, VerdictKind};
use crate::login::timestamp;

/// More bytes than any verdict has.
const MAX_BYTES: usize = 65_536;
const MAX_NAME_BYTES: usize = 256;
const MAX_COMMENT_BYTES: usize = 4_096;

/// What a verdict is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    Incident(IncidentId),
    /// By its id.
    Alert(String),
    User(AboutUser),
}

/// A user's device or network, or everything that he comes with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AboutUser {
    pub tenant: String,
    pub user_id: String,
    pub device_id: Option<String>,
    pub ip_address: Option<IpAddr>,
}

/// A verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// Its position, where it names itself by none.
    pub verdict_id: Option<String>,
    pub verdict: VerdictKind,
    pub about: About,
    pub by: String,
    /// Said to be given then, milliseconds since 1970; nothing depends on it.
    pub at_ms: Option<i64>,
    pub comment: Option<String>,
    /// Milliseconds since 1970.
    pub until_ms: Option<i64>,
}

/// Why a verdict is refused; the code stands in the header of the rejected record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum Refusal {
    #[error("it is no JSON object, or a field has the wrong type")]
    NotJson,
    #[error("it is longer than {MAX_BYTES} bytes, or a name longer than {MAX_NAME_BYTES}")]
    TooLarge,
    #[error("verdict must be confirmed, benign, expected, unsure or withdrawn")]
    UnknownVerdict,
    #[error("by is missing: a verdict is somebody's")]
    MissingBy,
    #[error("one of incident_id, alert_id and user_id is needed, and no more")]
    OneReference,
    #[error("a time must be RFC 3339, or a date")]
    BadTime,
    #[error("what is expected needs an end (until) after the latest login")]
    NeedsUntil,
    #[error("there is no such incident, or it was forgotten")]
    UnknownIncident,
    #[error("there is no such alert, or it is one of many; name its incident_id")]
    UnknownAlert,
    #[error("there is no such user")]
    UnknownUser,
    #[error("of a user only confirmed and benign can be said, with device_id or ip_address")]
    NotOfUsers,
}

impl Refusal {
    pub const ALL: [Self; 11] = [
        Self::NotJson,
        Self::TooLarge,
        Self::UnknownVerdict,
        Self::MissingBy,
        Self::OneReference,
        Self::BadTime,
        Self::NeedsUntil,
        Self::UnknownIncident,
        Self::UnknownAlert,
        Self::UnknownUser,
        Self::NotOfUsers,
    ];

    /// Whether what it names may be known in a moment, where another process began it.
    #[must_use]
    pub fn may_be_on_its_way(self) -> bool {
        matches!(self, Self::UnknownIncident | Self::UnknownAlert)
    }

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::TooLarge => "too_large",
            Self::UnknownVerdict => "unknown_verdict",
            Self::MissingBy => "missing_by",
            Self::OneReference => "one_reference",
            Self::BadTime => "bad_time",
            Self::NeedsUntil => "needs_until",
            Self::UnknownIncident => "unknown_incident",
            Self::UnknownAlert => "unknown_alert",
            Self::UnknownUser => "unknown_user",
            Self::NotOfUsers => "not_of_users",
        }
    }
}

/// A verdict that somebody gives, with what it is about.
#[derive(Debug, Serialize)]
pub struct NewVerdict<'a> {
    pub verdict: VerdictKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<IpAddr>,
    pub by: &'a str,
    /// RFC 3339.
    pub at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

impl NewVerdict<'_> {
    /// Its id and the message to send, checked: the same said of the same at the same time has one
    /// id.
    pub fn to_json(&self) -> Result<(String, Vec<u8>), Refusal> {
        #[derive(Serialize)]
        struct Message<'a> {
            verdict_id: &'a str,
            #[serde(flatten)]
            verdict: &'a NewVerdict<'a>,
        }
        let about = self.incident_id.or(self.alert_id).or(self.user_id);
        let words = [
            about.unwrap_or_default(),
            self.verdict.name(),
            self.by,
            &self.at,
        ];
        let verdict_id = blake3::hash(words.join("/").as_bytes()).to_hex()[..32].to_owned();
        let message = Message {
            verdict_id: &verdict_id,
            verdict: self,
        };
        let json = serde_json::to_vec(&message).map_err(|_| Refusal::NotJson)?;
        Feedback::from_json(&json)?;
        Ok((verdict_id, json))
    }
}

#[derive(Deserialize)]
struct Sent {
    verdict_id: Option<String>,
    verdict: Option<String>,
    incident_id: Option<String>,
    alert_id: Option<String>,
    user_id: Option<String>,
    tenant: Option<String>,
    device_id: Option<String>,
    ip_address: Option<String>,
    by: Option<String>,
    at: Option<String>,
    comment: Option<String>,
    until: Option<String>,
}

impl Feedback {
    /// Reads and checks a message.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.len() > MAX_BYTES {
            return Err(Refusal::TooLarge);
        }
        let sent: Sent = serde_json::from_slice(bytes).map_err(|_| Refusal::NotJson)?;
        let names = [&sent.verdict_id, &sent.by, &sent.user_id, &sent.tenant];
        let names = names.into_iter().chain([&sent.device_id, &sent.alert_id]);
        let is_long = |text: &String| text.len() > MAX_NAME_BYTES;
        if names.flatten().any(is_long) {
            return Err(Refusal::TooLarge);
        }
        let time = |text: &Option<String>| {
            let read = text.as_deref().map(timestamp::from_date_or_text);
            read.transpose().map_err(|_| Refusal::BadTime)
        };
        let (at_ms, until_ms) = (time(&sent.at)?, time(&sent.until)?);
        let verdict = sent.verdict.as_deref().and_then(VerdictKind::from_name);
        let verdict = verdict.ok_or(Refusal::UnknownVerdict)?;
        let by = sent.by.clone().filter(|by| !by.is_empty());
        let mut comment = sent.comment.clone();
        if let Some(comment) = &mut comment {
            comment.truncate(comment.floor_char_boundary(MAX_COMMENT_BYTES));
        }
        Ok(Self {
            verdict_id: sent.verdict_id.clone().filter(|id| !id.is_empty()),
            verdict,
            about: about(sent, verdict)?,
            by: by.ok_or(Refusal::MissingBy)?,
            at_ms,
            comment,
            until_ms,
        })
    }
}

fn about(sent: Sent, verdict: VerdictKind) -> Result<About, Refusal> {
    match (sent.incident_id, sent.alert_id, sent.user_id) {
        (Some(id), None, None) => IncidentId::from_text(&id)
            .map(About::Incident)
            .ok_or(Refusal::UnknownIncident),
        (None, Some(id), None) => Ok(About::Alert(id)),
        (None, None, Some(user_id)) => {
            let ip_address = sent.ip_address.as_deref().map(str::parse);
            let ip_address = ip_address.transpose().map_err(|_| Refusal::NotJson)?;
            let is_named = sent.device_id.is_some() || ip_address.is_some();
            let is_said = matches!(verdict, VerdictKind::Confirmed | VerdictKind::Benign);
            if !is_named || !is_said {
                return Err(Refusal::NotOfUsers);
            }
            Ok(About::User(AboutUser {
                tenant: sent.tenant.unwrap_or_else(|| "default".to_owned()),
                user_id,
                device_id: sent.device_id,
                ip_address,
            }))
        }
        _ => Err(Refusal::OneReference),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_has_a_code() {
        let refused = |json: &str| Feedback::from_json(json.as_bytes()).unwrap_err();
        let cases = [
            ("nonsense", Refusal::NotJson),
            (r#"{"verdict":"bad","by":"kim"}"#, Refusal::UnknownVerdict),
            (r#"{"verdict":"benign","by":"kim"}"#, Refusal::OneReference),
            (
                r#"{"verdict":"benign","by":"kim","incident_id":"x"}"#,
                Refusal::UnknownIncident,
            ),
            (
                r#"{"verdict":"benign","incident_id":"00000000000000000000000000000001"}"#,
                Refusal::MissingBy,
            ),
            (
                r#"{"verdict":"benign","by":"kim","alert_id":"a","user_id":"b"}"#,
                Refusal::OneReference,
            ),
            (
                r#"{"verdict":"benign","by":"kim","user_id":"b"}"#,
                Refusal::NotOfUsers,
            ),
            (
                r#"{"verdict":"benign","by":"kim","alert_id":"a","at":"soon"}"#,
                Refusal::BadTime,
            ),
        ];
        for (json, refusal) in cases {
            assert_eq!(refused(json), refusal, "{json}");
        }
        let read = Feedback::from_json(
            br#"{"verdict":"confirmed","by":"kim","user_id":"ann","device_id":"d"}"#,
        );
        let About::User(user) = read.unwrap().about else {
            panic!("it is about a user")
        };
        assert_eq!((&*user.tenant, &*user.user_id), ("default", "ann"));
    }
}
