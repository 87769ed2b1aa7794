//! Asks running processes to explain a login by what they know.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

use super::{ExplainArgs, OffsetPlace, beyond};
use crate::cli::exit::{Code, Failure};
use crate::cli::{file_text, note};
use crate::config::{Config, Secret};
use crate::files::Reader;
use crate::kafka::Replay;
use crate::login::{Event, Presence};

const TIMEOUT: Duration = Duration::from_secs(10);
const MOST_ANSWER_BYTES: u64 = 8 << 20;
/// How much of an answer that is no explanation is told.
const MOST_TOLD: usize = 300;

/// What the first process says that knows the user; else what the first says.
pub(super) fn explain(args: &ExplainArgs, config: &Config) -> Result<Value, Failure> {
    let login = match &args.offset {
        Some(place) => of_topic(place, config)?,
        None => of_files(args, config)?,
    };
    let agent = config.http.peers.trust.http_client(TIMEOUT).build().into();
    let token = args.token_file.as_deref().map(token_of).transpose()?;
    let (mut first, mut failed) = (None, None);
    for process in &args.process {
        match ask(&agent, process, token.as_ref(), &login) {
            Ok(explained) if !explained["before"]["first_seen"].is_null() => return Ok(explained),
            Ok(explained) => _ = first.get_or_insert(explained),
            Err(failure) => {
                if args.process.len() > 1 {
                    note(&failure.message);
                }
                failed.get_or_insert(failure);
            }
        }
    }
    match (first, failed) {
        (Some(explained), _) => {
            note(
                "no process that answered knows the user: name those that have his partition, too",
            );
            Ok(explained)
        }
        (None, failed) => Err(failed.unwrap_or_else(|| Failure::internal("no process was asked"))),
    }
}

fn token_of(path: &Path) -> Result<Secret, Failure> {
    Ok(Secret::new(file_text(path)?.trim().to_owned()))
}

fn ask(
    agent: &Agent,
    process: &str,
    token: Option<&Secret>,
    login: &[u8],
) -> Result<Value, Failure> {
    let unavailable =
        |problem: String| Failure::new(Code::Unavailable, format!("{process}: {problem}"));
    let url = format!("{}/explain", process.trim_end_matches('/'));
    let mut request = agent.post(url).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {}", token.reveal()));
    }
    let mut answer = request
        .send(login)
        .map_err(|error| unavailable(error.to_string()))?;
    let status = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(MOST_ANSWER_BYTES);
    let text = body
        .read_to_string()
        .map_err(|error| unavailable(error.to_string()))?;
    let read: Value = serde_json::from_str(&text).unwrap_or_default();
    let said = || match &read["detail"] {
        Value::String(detail) => detail.clone(),
        _ => text.chars().take(MOST_TOLD).collect(),
    };
    match status {
        200 if read["text"].is_string() => Ok(read),
        400 => Err(Failure::new(
            Code::BadData,
            format!("{process}: {}", said()),
        )),
        401 | 403 if token.is_none() => Err(unavailable(format!("{}; give --token-file", said()))),
        404 => Err(unavailable(
            "it explains nothing: is it a nightlatch of this version?".into(),
        )),
        _ => Err(unavailable(format!("it answers {status}: {}", said()))),
    }
}

/// The login of files that is asked for, as JSON: the last one, in their times.
fn of_files(args: &ExplainArgs, config: &Config) -> Result<Vec<u8>, Failure> {
    let mut found: Option<(i64, Vec<u8>)> = None;
    for path in &args.files {
        let mut reader = Reader::open(path, config.pipeline.max_message_bytes)?;
        let mut chunk = reader.chunk();
        while reader.read(&mut chunk)? {
            let wanted = |event: &Event<'_>| {
                let id = args.event.as_deref();
                id.is_none() || event.event_id.as_deref() == id
            };
            let parsed = chunk.parse(&mut Presence::default(), |event| {
                let json = wanted(&event).then(|| serde_json::to_vec(&event));
                Ok((event.time_ms, json.transpose()))
            });
            // What is no login is not what was asked for.
            for (time_ms, json) in parsed.flatten() {
                if let Some(json) = json.map_err(Failure::internal)?
                    && found
                        .as_ref()
                        .is_none_or(|(latest_ms, _)| time_ms >= *latest_ms)
                {
                    found = Some((time_ms, json));
                }
            }
        }
    }
    let found = found.map(|(_, json)| json);
    found.ok_or_else(|| match &args.event {
        Some(id) => super::no_event(id),
        None => Failure::new(Code::NoInput, "there is no login"),
    })
}

fn of_topic(place: &OffsetPlace, config: &Config) -> Result<Vec<u8>, Failure> {
    let record = Replay::one(config, &place.topic, place.partition, place.offset);
    let record = record.map_err(|error| Failure::new(Code::Unavailable, error))?;
    record
        .map(|record| record.value)
        .ok_or_else(|| beyond(place))
}
