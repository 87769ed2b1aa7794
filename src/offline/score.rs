//! Scores a file of logins as the stream would: in the order of the file, with the same code over the same profiles.

use std::path::Path;

use rayon::prelude::*;

use crate::detector::alert::largest_contributions;
use crate::detector::{Detector, Verdict};
use crate::features::{self, Values};
use crate::files::{self, Column, ColumnKind, FileError, Row, Value, Writer};
use crate::login::{IdHasher, Login, Rejected, timestamp};
use crate::model::Scores;
use crate::profile::{ChunkLogin, DamagedCell, DisplayFields, ProfileLimits, Profiles, go_through};

/// Rows held at once: the memory of a run does not depend on the length of the file.
const CHUNK_ROWS: usize = 8 * 1024;
/// Contributions of a row.
const TOP: usize = 8;

const fn column(name: &'static str, kind: ColumnKind) -> Column {
    Column { name, kind }
}

static COLUMNS: &[Column] = &[
    column("event_id", ColumnKind::Text),
    column("user_id", ColumnKind::Text),
    column("timestamp", ColumnKind::Text),
    column("risk", ColumnKind::Float),
    column("random_forest", ColumnKind::Float),
    column("isolation_forest", ColumnKind::Float),
    column("flagged", ColumnKind::Bool),
    column("severity", ColumnKind::Text),
    column("reasons", ColumnKind::Json),
    column("contributions", ColumnKind::Json),
];

/// What a run did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ScoreSummary {
    pub scored: u64,
    pub flagged: u64,
    pub rejected: u64,
    pub first_rejected: Option<(u64, Rejected)>,
    /// Logins older than the one before them.
    pub out_of_order: u64,
}

/// Why a run ended.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Damaged(#[from] DamagedCell),
}

/// What is read, and how.
pub struct ScoreInput<'a> {
    pub path: &'a Path,
    pub hasher: &'a IdHasher,
    /// What is dated later is rejected, as the stream rejects what is dated after its own message.
    pub latest_ms: i64,
}

/// Scores a file into `output`.
pub fn score(
    source: &ScoreInput<'_>,
    output: &Path,
    explain: bool,
    detector: &Detector,
    limits: &ProfileLimits,
    mut progress: impl FnMut(u64),
) -> Result<ScoreSummary, ScoreError> {
    let mut rows = files::open(source.path)?;
    let columns = if explain {
        COLUMNS
    } else {
        &COLUMNS[..COLUMNS.len() - 1]
    };
    let mut writer = Writer::create(output, columns)?;
    let mut profiles = Profiles::without_undo(limits);
    let mut summary = ScoreSummary::default();
    let (mut line, mut last_ms) = (0u64, i64::MIN);
    loop {
        let chunk: Vec<Row> = rows.by_ref().take(CHUNK_ROWS).collect::<Result<_, _>>()?;
        if chunk.is_empty() {
            break;
        }
        let parsed: Vec<Result<Parsed, Rejected>> = chunk
            .par_iter()
            .map(|row| Parsed::new(row, source))
            .collect();
        let mut logins = Vec::with_capacity(parsed.len());
        for parsed in parsed {
            line += 1;
            match parsed {
                Ok(parsed) => {
                    summary.out_of_order += u64::from(parsed.login.time_ms < last_ms);
                    last_ms = parsed.login.time_ms;
                    logins.push((line, parsed));
                }
                Err(rejected) => {
                    summary.rejected += 1;
                    summary.first_rejected.get_or_insert((line, rejected));
                }
            }
        }
        let on_their_way = logins.iter().map(|(_, parsed)| parsed.on_its_way());
        let verdicts = go_through(&mut profiles, on_their_way, |place, context| {
            let values = features::extract(context);
            let scores = detector.model().score(&values);
            let display = &logins[place].1.display;
            let verdict = detector.judge_risk(context, display, values, scores.risk);
            let values = explain.then(|| Box::new(values));
            (verdict.disposition(), (verdict, scores, values))
        })?;
        let judged: Vec<Judged> = logins
            .into_iter()
            .zip(verdicts)
            .map(|((line, parsed), (verdict, scores, values))| {
                parsed.judged(line, verdict, scores, values)
            })
            .collect();
        summary.scored += judged.len() as u64;
        summary.flagged += judged
            .iter()
            .filter(|judged| judged.verdict.finding.is_some())
            .count() as u64;
        let written: Vec<Vec<Value>> = judged
            .into_par_iter()
            .map(|judged| judged.row(detector))
            .collect();
        for row in written {
            writer.write(row)?;
        }
        progress(line);
    }
    writer.finish()?;
    Ok(summary)
}

struct Parsed {
    login: Login,
    display: DisplayFields,
    event_id: Option<String>,
    user_id: String,
}

impl Parsed {
    fn new(row: &Row, source: &ScoreInput<'_>) -> Result<Self, Rejected> {
        let (event, hasher) = (row.event()?.not_after(source.latest_ms)?, source.hasher);
        let (login, display) = DisplayFields::with_login(&event, hasher);
        Ok(Self {
            login,
            display,
            event_id: event.event_id.as_deref().map(str::to_owned),
            user_id: event.user_id.to_string(),
        })
    }

    fn on_its_way(&self) -> ChunkLogin<'_> {
        ChunkLogin {
            partition: 0,
            login: &self.login,
            display: &self.display,
        }
    }

    fn judged(
        self,
        line: u64,
        verdict: Verdict,
        scores: Scores,
        values: Option<Box<Values>>,
    ) -> Judged {
        Judged {
            event_id: self.event_id.unwrap_or_else(|| line.to_string()),
            user_id: self.user_id,
            time_ms: self.login.time_ms,
            verdict,
            scores,
            values,
        }
    }
}

struct Judged {
    event_id: String,
    user_id: String,
    time_ms: i64,
    verdict: Verdict,
    scores: Scores,
    values: Option<Box<Values>>,
}

impl Judged {
    fn row(self, detector: &Detector) -> Vec<Value> {
        let finding = self.verdict.finding.as_deref();
        let codes: Vec<&str> = finding
            .map(|finding| finding.reasons.iter().map(|reason| reason.code).collect())
            .unwrap_or_default();
        let json = |value: serde_json::Result<String>| value.map_or(Value::Null, Value::Json);
        let mut row = vec![
            Value::Text(self.event_id),
            Value::Text(self.user_id),
            Value::Text(timestamp::to_text(self.time_ms)),
            Value::Float(self.scores.risk),
            Value::Float(self.scores.random_forest),
            Value::Float(self.scores.isolation_forest),
            Value::Bool(finding.is_some()),
            Value::Text(self.verdict.severity().name().to_owned()),
            json(serde_json::to_string(&codes)),
        ];
        if let Some(values) = self.values {
            let contributions = largest_contributions(detector.model(), &values, TOP);
            row.push(json(serde_json::to_string(&contributions)));
        }
        row
    }
}
