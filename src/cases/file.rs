//! Cases as they are written: TOML or JSON.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::detector::{Family, Severity};
use crate::login::{Event, Rejected};

/// Logins that one case may have before the one that it is about.
const MOST_LOGINS: usize = 1_000_000;

/// Why there are no cases.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    #[error("{}: {cause}", path.display())]
    Unreadable {
        path: PathBuf,
        cause: std::io::Error,
    },
    #[error("{}: {message}", path.display())]
    Unreadably { path: PathBuf, message: String },
    #[error("{}, case `{case}`: {message}", path.display())]
    Case {
        path: PathBuf,
        case: String,
        message: String,
    },
}

/// A case.
#[derive(Debug)]
pub struct Case {
    pub name: String,
    /// Logins in the order in which they come; the last is the one that it is about.
    pub logins: Vec<Vec<u8>>,
    pub expected: Expected,
}

/// What is expected of the last login; what is not said may be anything.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    pub flagged: Option<bool>,
    /// Whether a suppression, or an exception of a rule, keeps its alert back.
    pub suppressed: Option<bool>,
    pub severity: Option<String>,
    pub family: Option<String>,
    /// Codes that are among its reasons.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// Rules that it meets, and rules that it does not.
    #[serde(default)]
    pub rules: Vec<String>,
    #[serde(default)]
    pub not_rules: Vec<String>,
    pub incident: Option<ExpectedIncident>,
}

/// What is expected of the incident that it joins.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedIncident {
    pub kind: Option<String>,
    pub attempts: Option<u64>,
    pub users_entered: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    case: Vec<WrittenCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCase {
    name: String,
    #[serde(default)]
    before: Vec<Step>,
    login: Value,
    expect: Expected,
}

/// A login, or several of it, one after the other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    login: Value,
    #[serde(default = "once")]
    times: usize,
    /// Such as "1d", "12h", "30m", "10s".
    every: Option<String>,
    /// Number each user, as in user-1, user-2: so many attempts, as many users.
    #[serde(default)]
    each_user: bool,
}

fn once() -> usize {
    1
}

/// Reads the cases of a file.
pub fn read(path: &Path) -> Result<Vec<Case>, CaseError> {
    let text = std::fs::read_to_string(path).map_err(|cause| CaseError::Unreadable {
        path: path.to_owned(),
        cause,
    })?;
    let wrong = |message: String| CaseError::Unreadably {
        path: path.to_owned(),
        message,
    };
    let is_json = path.extension().is_some_and(|ending| ending == "json");
    let value = if is_json {
        serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?
    } else {
        let value: toml::Value = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        as_json(value)
    };
    let written: Written =
        serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
    if written.case.is_empty() {
        return Err(wrong("it holds no [[case]]".to_owned()));
    }
    let case = |written: WrittenCase| {
        let name = written.name.clone();
        case(written).map_err(|message| CaseError::Case {
            path: path.to_owned(),
            case: name,
            message,
        })
    };
    written.case.into_iter().map(case).collect()
}

/// TOML's own dates are texts to everybody else.
fn as_json(value: toml::Value) -> Value {
    match value {
        toml::Value::Datetime(time) => Value::String(time.to_string()),
        toml::Value::Array(values) => values.into_iter().map(as_json).collect(),
        toml::Value::Table(table) => {
            let entries = table.into_iter();
            entries
                .map(|(name, value)| (name, as_json(value)))
                .collect()
        }
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(is) => is.into(),
    }
}

fn case(written: WrittenCase) -> Result<Case, String> {
    let known = |what: &str, wanted: &Option<String>, all: &[&str]| match wanted {
        Some(wanted) if !all.contains(&wanted.as_str()) => {
            let hint = crate::spelling::did_you_mean(wanted, all.iter().copied());
            Err(format!("there is no {what} `{wanted}`{hint}"))
        }
        _ => Ok(()),
    };
    let severities = Severity::ALERTING.map(Severity::name);
    known("severity", &written.expect.severity, &severities)?;
    known(
        "family",
        &written.expect.family,
        &Family::ALL.map(Family::name),
    )?;
    let mut logins = Vec::new();
    for step in &written.before {
        let every_ms = step.every.as_deref().map_or(Ok(0), milliseconds)?;
        if logins.len() + step.times > MOST_LOGINS {
            return Err(format!("more than {MOST_LOGINS} logins before"));
        }
        for number in 0..step.times {
            let user = step.each_user.then_some(number);
            logins.push(moved(&step.login, number as i64 * every_ms, user)?);
        }
    }
    let login = moved(&written.login, 0, None)?;
    let time_ms = |json: &[u8]| Event::from_json(json).map(|event| event.time_ms);
    let end_ms = time_ms(&login).map_err(|rejected| rejected.to_string())?;
    if logins
        .iter()
        .any(|json| time_ms(json).is_ok_and(|time_ms| time_ms > end_ms))
    {
        return Err("a login of `before` is later than `login`".to_owned());
    }
    logins.push(login);
    Ok(Case {
        name: written.name,
        logins,
        expected: written.expect,
    })
}

/// The login so much later, checked; of the user of a number.
fn moved(login: &Value, later_ms: i64, user: Option<usize>) -> Result<Vec<u8>, String> {
    let rejected = |rejected: Rejected| format!("a login is none: {rejected}: {login}");
    let bytes = serde_json::to_vec(login).map_err(|error| error.to_string())?;
    if later_ms == 0 && user.is_none() {
        Event::from_json(&bytes).map_err(rejected)?;
        return Ok(bytes);
    }
    let mut event = Event::from_json(&bytes).map_err(rejected)?;
    event.time_ms += later_ms;
    if let Some(number) = user {
        event.user_id = format!("{}-{number}", event.user_id).into();
    }
    serde_json::to_vec(&event).map_err(|error| error.to_string())
}

/// How long a text says.
fn milliseconds(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is no time such as 1d, 12h, 30m or 10s");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number = text.strip_suffix(unit).unwrap_or_default();
    let number: i64 = number.parse().map_err(|_| wrong())?;
    let unit_s = match unit {
        'd' => 86_400,
        'h' => 3_600,
        'm' => 60,
        's' => 1,
        _ => return Err(wrong()),
    };
    number.checked_mul(unit_s * 1_000).ok_or_else(wrong)
}
