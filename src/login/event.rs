//! The login event as it is sent: checked, with the texts still readable.

use std::borrow::Cow;
use std::net::IpAddr;

use serde::{Deserialize, Serialize, Serializer};

use super::field::Field;
use super::fields::{Fields, Scalar};
use super::rejected::{RejectReason, Rejected};
use super::timestamp;

/// The longest name of a user, device, tenant, event, city..., bytes.
const MAX_NAME_BYTES: usize = 256;
/// What is read of a user agent, bytes. An attacker chooses it, so a longer one is cut and not
/// refused.
pub const MAX_USER_AGENT_BYTES: usize = 512;
const MAX_ORIGIN_BYTES: usize = 1024;
/// Half way round the earth.
const MAX_ACCURACY_KM: f64 = 20_038.0;
const MAX_ASN: i64 = u32::MAX as i64;
/// More bytes than any session moves; above, the number is an error.
const MAX_TRANSFER_BYTES: i64 = 1 << 50;

/// What kind of event it is; all but the last of the logins have rules of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    Login,
    PasswordReset,
    MfaChallenge,
    Other,
    /// The password was right, and a second factor is asked for.
    FactorPending,
    /// Somebody was tried whom the provider does not name.
    Attempt,
    FactorEnrolled,
    FactorRemoved,
    /// A rule was made that forwards, moves or deletes mail.
    MailRule,
}

impl EventKind {
    /// Whether its success opens a session.
    #[must_use]
    pub fn is_session(self) -> bool {
        matches!(self, Self::Login | Self::Other)
    }

    /// Whether it is no login and says something all the same: it is never scored.
    #[must_use]
    pub fn is_evidence(self) -> bool {
        matches!(
            self,
            Self::FactorPending
                | Self::Attempt
                | Self::FactorEnrolled
                | Self::FactorRemoved
                | Self::MailRule
        )
    }

    /// Whether it is about a user; of an attempt on nobody known only its source is left.
    #[must_use]
    pub fn has_user(self) -> bool {
        self != Self::Attempt
    }

    fn from_name(name: &str) -> Self {
        match name {
            "login" => Self::Login,
            "password_reset" => Self::PasswordReset,
            "mfa_challenge" => Self::MfaChallenge,
            "factor_pending" => Self::FactorPending,
            "attempt" => Self::Attempt,
            "factor_enrolled" => Self::FactorEnrolled,
            "factor_removed" => Self::FactorRemoved,
            "mail_rule" => Self::MailRule,
            _ => Self::Other,
        }
    }
}

/// A checked login event. Absent fields are `None`: missing is not zero.
#[derive(Clone, Debug, Serialize)]
pub struct Event<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<Cow<'a, str>>,
    pub tenant: Cow<'a, str>,
    /// Empty only where the event is an attempt on nobody known.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub user_id: Cow<'a, str>,
    #[serde(rename = "timestamp", serialize_with = "as_rfc3339")]
    pub time_ms: i64,
    pub event_type: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_method: Option<Cow<'a, str>>,
    pub success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geo_location: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asn: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_out: Option<u64>,
    /// The provider's claim: one more witness beside our own history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_new_device: Option<bool>,
    /// The hour on the user's clock, as the provider says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_hour: Option<u8>,
    /// The name as it was typed, where the account has another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub typed_name: Option<Cow<'a, str>>,
    /// What a list says of the network: hosting, vpn, tor, ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_class: Option<Cow<'a, str>>,
    /// How far off the coordinates may be, km.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy_km: Option<f32>,
    /// What the provider calls the organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_tenant: Option<Cow<'a, str>>,
    /// The provider's own opinion: none, low, medium or high.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_risk: Option<Cow<'a, str>>,
    /// Where the event was read, as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin<'a>>,
    #[serde(skip)]
    pub truth: Truth<'a>,
}

/// Where an event was read before it became a login.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OriginFields<'a> {
    #[serde(borrow)]
    pub source: Cow<'a, str>,
    #[serde(borrow)]
    pub topic: Cow<'a, str>,
    pub partition: i32,
    pub offset: i64,
    /// Among the events of its record.
    #[serde(default)]
    pub index: usize,
}

/// The [`OriginFields`] of a login. The detector only shows them, and so they are kept as the JSON
/// that they are.
#[derive(Clone, Debug)]
pub struct Origin<'a>(Cow<'a, str>);

impl<'a> Origin<'a> {
    /// The JSON of an object; nothing, where it is none or too long.
    #[must_use]
    pub fn new(json: Cow<'a, str>) -> Option<Self> {
        let is_object = json.len() <= MAX_ORIGIN_BYTES
            && json.starts_with('{')
            && serde_json::from_str::<serde::de::IgnoredAny>(&json).is_ok();
        is_object.then_some(Self(json))
    }
}

impl Serialize for Origin<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &serde_json::value::RawValue =
            serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// What a labelled file says beside the event; never read by the detector.
#[derive(Clone, Debug, Default)]
pub struct Truth<'a> {
    pub label: Option<bool>,
    /// The family of the attack.
    pub attack: Option<Cow<'a, str>>,
    pub campaign: Option<Cow<'a, str>>,
}

fn as_rfc3339<S: Serializer>(time_ms: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&timestamp::to_text(*time_ms))
}

impl<'a> Event<'a> {
    /// Reads and checks a message, which may have at most so many bytes.
    pub fn from_message(bytes: &'a [u8], max_message_bytes: usize) -> Result<Self, Rejected> {
        if bytes.len() > max_message_bytes {
            return Err(Rejected::new(RejectReason::TooLarge));
        }
        Self::from_json(bytes)
    }

    /// Reads and checks one JSON event.
    pub fn from_json(bytes: &'a [u8]) -> Result<Self, Rejected> {
        let mut fields = Fields::default();
        fields.read_json(bytes)?;
        Self::from_fields(&mut fields)
    }

    /// Applies every field's rules, and takes the values out.
    pub fn from_fields(fields: &mut Fields<'a>) -> Result<Self, Rejected> {
        let event_type = name(fields, Field::EventType)?.unwrap_or(Cow::Borrowed("login"));
        let user_id = match name(fields, Field::UserId)? {
            None if EventKind::from_name(&event_type).has_user() => {
                return Err(Rejected::field(RejectReason::MissingField, Field::UserId));
            }
            user_id => user_id.unwrap_or_default(),
        };
        let time_ms = time(fields)?;
        let success = required(flag(fields, Field::Success)?, Field::Success)?;
        let (latitude, longitude) = coordinates(fields)?;
        Ok(Self {
            event_id: name(fields, Field::EventId)?,
            tenant: name(fields, Field::Tenant)?.unwrap_or(Cow::Borrowed("default")),
            user_id,
            time_ms,
            event_type,
            auth_method: name(fields, Field::AuthMethod)?,
            success,
            ip_address: ip_address(fields)?,
            geo_location: name(fields, Field::GeoLocation)?,
            city: name(fields, Field::City)?,
            latitude,
            longitude,
            asn: asn(fields)?,
            device_id: name(fields, Field::DeviceId)?,
            user_agent: user_agent(fields)?,
            bytes_in: transfer(fields, Field::BytesIn)?,
            bytes_out: transfer(fields, Field::BytesOut)?,
            is_new_device: flag(fields, Field::IsNewDevice)?,
            login_hour: hour(fields),
            typed_name: name(fields, Field::TypedName)?,
            network_class: name(fields, Field::NetworkClass)?,
            accuracy_km: accuracy(fields)?,
            provider_tenant: name(fields, Field::ProviderTenant)?,
            provider_risk: name(fields, Field::ProviderRisk)?,
            origin: origin(fields),
            truth: truth(fields)?,
        })
    }

    /// Refuses an event dated after a moment: one forged date must not age every profile.
    pub fn not_after(self, latest_ms: i64) -> Result<Self, Rejected> {
        if self.time_ms > latest_ms {
            return Err(Rejected::field(
                RejectReason::TimestampInFuture,
                Field::Timestamp,
            ));
        }
        Ok(self)
    }

    #[must_use]
    pub fn kind(&self) -> EventKind {
        EventKind::from_name(&self.event_type)
    }
}

fn required<T>(value: Option<T>, field: Field) -> Result<T, Rejected> {
    value.ok_or(Rejected::field(RejectReason::MissingField, field))
}

/// A text without its bounds checked. Numbers are taken too: identity providers send them as names.
fn text<'a>(fields: &mut Fields<'a>, field: Field) -> Result<Option<Cow<'a, str>>, Rejected> {
    match fields.take(field) {
        Scalar::Null => Ok(None),
        Scalar::Text(text) if text.is_empty() => Ok(None),
        Scalar::Text(text) => Ok(Some(text)),
        Scalar::Integer(number) => Ok(Some(Cow::Owned(number.to_string()))),
        _ => Err(Rejected::field(RejectReason::WrongType, field)),
    }
}

fn name<'a>(fields: &mut Fields<'a>, field: Field) -> Result<Option<Cow<'a, str>>, Rejected> {
    let Some(text) = text(fields, field)? else {
        return Ok(None);
    };
    if text.len() > MAX_NAME_BYTES {
        return Err(Rejected::field(RejectReason::TooLong, field));
    }
    if text.chars().any(char::is_control) {
        return Err(Rejected::field(RejectReason::ControlCharacter, field));
    }
    Ok(Some(text))
}

fn user_agent<'a>(fields: &mut Fields<'a>) -> Result<Option<Cow<'a, str>>, Rejected> {
    let text = text(fields, Field::UserAgent)?;
    Ok(text.map(|text| cut(text, MAX_USER_AGENT_BYTES)))
}

/// The letters of a text that fit so many bytes.
pub(crate) fn cut(text: Cow<'_, str>, max_bytes: usize) -> Cow<'_, str> {
    let end = text.floor_char_boundary(max_bytes);
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}

fn flag(fields: &mut Fields<'_>, field: Field) -> Result<Option<bool>, Rejected> {
    match fields.take(field) {
        Scalar::Null => Ok(None),
        Scalar::Bool(value) => Ok(Some(value)),
        Scalar::Integer(value @ 0..=1) => Ok(Some(value == 1)),
        Scalar::Integer(_) => Err(Rejected::field(RejectReason::OutOfRange, field)),
        Scalar::Text(text) => match text.as_ref() {
            "" => Ok(None),
            "1" | "true" | "True" | "TRUE" | "1.0" => Ok(Some(true)),
            "0" | "false" | "False" | "FALSE" | "0.0" => Ok(Some(false)),
            _ => Err(Rejected::field(RejectReason::WrongType, field)),
        },
        _ => Err(Rejected::field(RejectReason::WrongType, field)),
    }
}

fn float(value: Scalar<'_>, field: Field) -> Result<Option<f64>, Rejected> {
    match value {
        Scalar::Null => Ok(None),
        Scalar::Integer(value) => Ok(Some(value as f64)),
        Scalar::Float(value) => Ok(Some(value)),
        Scalar::Text(text) if text.is_empty() => Ok(None),
        Scalar::Text(text) => match text.trim().parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Rejected::field(RejectReason::WrongType, field)),
        },
        _ => Err(Rejected::field(RejectReason::WrongType, field)),
    }
}

/// A whole number within `range`; `12.0` is whole, as data frames write a column with gaps.
fn integer(value: Scalar<'_>, field: Field, most: i64) -> Result<Option<i64>, Rejected> {
    let Some(value) = float(value, field)? else {
        return Ok(None);
    };
    if value.fract() != 0.0 {
        return Err(Rejected::field(RejectReason::WrongType, field));
    }
    if (0.0..=most as f64).contains(&value) {
        Ok(Some(value as i64))
    } else {
        Err(Rejected::field(RejectReason::OutOfRange, field))
    }
}

fn transfer(fields: &mut Fields<'_>, field: Field) -> Result<Option<u64>, Rejected> {
    let bytes = integer(fields.take(field), field, MAX_TRANSFER_BYTES)?;
    Ok(bytes.map(i64::unsigned_abs))
}

/// A claim nobody needs: what is no hour is not there.
fn hour(fields: &mut Fields<'_>) -> Option<u8> {
    match integer(fields.take(Field::LoginHour), Field::LoginHour, 23) {
        Ok(Some(hour)) => u8::try_from(hour).ok(),
        _ => None,
    }
}

fn asn(fields: &mut Fields<'_>) -> Result<Option<u32>, Rejected> {
    let field = Field::Asn;
    let number = match fields.take(field) {
        Scalar::Text(text) => {
            let digits = text.strip_prefix("AS").or(text.strip_prefix("as"));
            let digits = digits.unwrap_or(&text);
            integer(Scalar::Text(Cow::Borrowed(digits)), field, MAX_ASN)?
        }
        other => integer(other, field, MAX_ASN)?,
    };
    Ok(number.and_then(|number| u32::try_from(number).ok()))
}

fn time(fields: &mut Fields<'_>) -> Result<i64, Rejected> {
    let field = Field::Timestamp;
    let parsed = match fields.take(field) {
        Scalar::Null => return Err(Rejected::field(RejectReason::MissingField, field)),
        Scalar::Text(text) => timestamp::from_text(&text),
        Scalar::Integer(epoch) => timestamp::from_epoch(epoch),
        Scalar::Float(epoch) if epoch.is_finite() => {
            // Seconds with a fraction, as Python's time() gives them.
            let scale = if epoch < 1e11 { 1000.0 } else { 1.0 };
            timestamp::from_epoch((epoch * scale) as i64)
        }
        Scalar::Float(_) => Err(RejectReason::TimestampOutOfRange),
        _ => Err(RejectReason::WrongType),
    };
    parsed.map_err(|reason| Rejected::field(reason, field))
}

fn ip_address(fields: &mut Fields<'_>) -> Result<Option<IpAddr>, Rejected> {
    let field = Field::IpAddress;
    match fields.take(field) {
        Scalar::Null => Ok(None),
        Scalar::Text(text) if text.is_empty() => Ok(None),
        Scalar::Text(text) => match text.trim().parse::<IpAddr>() {
            Ok(address) => Ok(Some(address.to_canonical())),
            Err(_) => Err(Rejected::field(RejectReason::BadIpAddress, field)),
        },
        _ => Err(Rejected::field(RejectReason::WrongType, field)),
    }
}

/// Both coordinates or none.
fn coordinates(fields: &mut Fields<'_>) -> Result<(Option<f32>, Option<f32>), Rejected> {
    let latitude = within(fields, Field::Latitude, 90.0)?;
    let longitude = within(fields, Field::Longitude, 180.0)?;
    Ok(match (latitude, longitude) {
        (Some(latitude), Some(longitude)) => (Some(latitude), Some(longitude)),
        _ => (None, None),
    })
}

fn within(fields: &mut Fields<'_>, field: Field, most: f64) -> Result<Option<f32>, Rejected> {
    match float(fields.take(field), field)? {
        Some(value) if value.abs() <= most => Ok(Some(value as f32)),
        Some(value) if value.is_nan() => Ok(None),
        Some(_) => Err(Rejected::field(RejectReason::OutOfRange, field)),
        None => Ok(None),
    }
}

fn accuracy(fields: &mut Fields<'_>) -> Result<Option<f32>, Rejected> {
    within(fields, Field::AccuracyKm, MAX_ACCURACY_KM)
}

fn origin<'a>(fields: &mut Fields<'a>) -> Option<Origin<'a>> {
    match fields.take(Field::Origin) {
        Scalar::Text(text) => Origin::new(text),
        _ => None,
    }
}

fn truth<'a>(fields: &mut Fields<'a>) -> Result<Truth<'a>, Rejected> {
    let mut label = None;
    for field in [Field::Label, Field::Anomaly, Field::IsAnomaly] {
        label = label.or(flag(fields, field)?);
    }
    Ok(Truth {
        label,
        attack: name(fields, Field::Attack)?,
        campaign: name(fields, Field::Campaign)?,
    })
}
