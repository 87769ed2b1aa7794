//! Scores a file of logins as the stream would: in the order of the file, with the same code over
//! the same profiles.

use std::borrow::Cow;
use std::path::Path;

use serde::ser::{Serialize, Serializer};

use super::{LoadError, NoLogin, RowRules};
use crate::detector::contribution::{Contribution, explain_all};
use crate::detector::{Detector, Verdict};
use crate::features::{self, Values};
use crate::files::{
    Column, ColumnKind, Format, Reader, Record, Refusals, Value, Writer, refuse_overwrite,
};
use crate::login::{Event, Login, Partition, Presence, Rejected, timestamp};
use crate::model::{Model, PARTS, Part, Scores};
use crate::profile::{ChunkLogin, DisplayFields, ProfileLimits, Profiles, go_through};

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
    column("boosted", ColumnKind::Float),
    column("likelihood_ratio", ColumnKind::Float),
    column("flagged", ColumnKind::Bool),
    column("severity", ColumnKind::Text),
    column("reasons", ColumnKind::Json),
    column("contributions", ColumnKind::Json),
    column("parts", ColumnKind::Json),
];

/// The last ones, which only what is explained has.
const EXPLAINED_COLUMNS: usize = 2;

/// What a run did.
#[derive(Debug, Default)]
pub struct ScoreSummary {
    pub scored: u64,
    pub flagged: u64,
    /// Logins that meet each rule, by its place: those that are only counted too.
    pub met: Vec<u64>,
    pub refused: Refusals,
    pub presence: Presence,
    /// Logins older than the one before them.
    pub out_of_order: u64,
}

/// Where scores go, and how.
pub struct Target<'a> {
    pub path: &'a Path,
    /// `None` where the name says it.
    pub format: Option<Format>,
    pub explain: bool,
}

/// Scores a file. The output gets its name when all of it is there.
pub fn score(
    input: &Path,
    rules: &RowRules<'_>,
    target: &Target<'_>,
    detector: &Detector,
    limits: &ProfileLimits,
    mut progress: impl FnMut(u64, &Presence),
) -> Result<ScoreSummary, LoadError> {
    refuse_overwrite([input], target.path)?;
    let mut reader = Reader::open(input, rules.max_row_bytes)?;
    let columns = if target.explain {
        COLUMNS
    } else {
        &COLUMNS[..COLUMNS.len() - EXPLAINED_COLUMNS]
    };
    let mut writer = Writer::create_as(target.path, columns, target.format)?;
    let mut profiles = Profiles::without_undo(limits);
    let mut summary = ScoreSummary {
        met: vec![0; detector.rules().len()],
        ..ScoreSummary::default()
    };
    let (mut row, mut last_ms) = (0u64, i64::MIN);
    let mut chunk = reader.chunk();
    while reader.read(&mut chunk)? {
        let parsed = chunk.parse(&mut summary.presence, |event| Parsed::new(event, rules));
        let mut logins = Vec::with_capacity(chunk.len());
        for (index, parsed) in parsed.enumerate() {
            row += 1;
            match parsed {
                Ok(parsed) => {
                    summary.out_of_order += u64::from(parsed.login.time_ms < last_ms);
                    last_ms = parsed.login.time_ms;
                    logins.push((row, parsed));
                }
                Err(rejected) => summary.refused.add(&chunk, index, rejected),
            }
        }
        let on_their_way = logins.iter().map(|(_, parsed)| parsed.on_its_way());
        let judged = go_through(&mut profiles, on_their_way, |place, context| {
            let values = features::extract(context);
            let scores = detector.model().score(&values);
            let display = &logins[place].1.display;
            let verdict = detector.judge_scores(context, display, values, scores);
            let values = target.explain.then(|| Box::new(values));
            (verdict.disposition(), (verdict, scores, values))
        })?;
        let mut scored: Vec<Scored<'_>> = logins
            .into_iter()
            .zip(judged)
            .filter(|((_, parsed), _)| !parsed.login.kind.is_evidence())
            .map(|((row, parsed), judged)| parsed.scored(row, judged))
            .collect();
        summary.scored += scored.len() as u64;
        let is_flagged = |scored: &&Scored<'_>| scored.verdict.finding.is_some();
        summary.flagged += scored.iter().filter(is_flagged).count() as u64;
        for (place, met) in summary.met.iter_mut().enumerate() {
            let meets = scored.iter().filter(|scored| scored.verdict.met.has(place));
            *met += meets.count() as u64;
        }
        if target.explain {
            explain(&mut scored, detector.model());
        }
        writer.write_all(scored)?;
        progress(row, &summary.presence);
    }
    if summary.scored == 0 {
        return Err(NoLogin::new(input, &summary.refused, &summary.presence).into());
    }
    writer.finish()?;
    Ok(summary)
}

/// A login with what its row of scores needs, borrowed from the row that was read.
struct Parsed<'c> {
    login: Login,
    display: DisplayFields,
    event_id: Option<Cow<'c, str>>,
    user_id: Cow<'c, str>,
}

impl<'c> Parsed<'c> {
    fn new(event: Event<'c>, rules: &RowRules<'_>) -> Result<Self, Rejected> {
        let event = event.not_after(rules.latest_ms)?;
        let (login, display) = DisplayFields::with_login(&event, rules.hasher);
        Ok(Self {
            login,
            display,
            event_id: event.event_id,
            user_id: event.user_id,
        })
    }

    fn on_its_way(&self) -> ChunkLogin<'_> {
        ChunkLogin {
            partition: Partition(0),
            login: &self.login,
            display: &self.display,
        }
    }

    fn scored(
        self,
        row: u64,
        (verdict, scores, values): (Verdict, Scores, Option<Box<Values>>),
    ) -> Scored<'c> {
        Scored {
            event_id: self.event_id.unwrap_or_else(|| Cow::Owned(row.to_string())),
            user_id: self.user_id,
            time_ms: self.login.time_ms,
            verdict,
            scores,
            values,
            explained: None,
        }
    }
}

/// A row of scores.
struct Scored<'c> {
    event_id: Cow<'c, str>,
    user_id: Cow<'c, str>,
    time_ms: i64,
    verdict: Verdict,
    scores: Scores,
    values: Option<Box<Values>>,
    explained: Option<Explained>,
}

/// What is added to a row that is explained.
struct Explained {
    parts: [Part; PARTS.len()],
    contributions: Vec<Contribution>,
}

/// Says of each row what each part says, and what each feature contributed.
fn explain(rows: &mut [Scored<'_>], model: &Model) {
    let values: Vec<&Values> = rows
        .iter()
        .filter_map(|row| row.values.as_deref())
        .collect();
    let mut all = explain_all(model, &values, TOP).into_iter();
    for row in rows {
        let moved = row.values.take().and_then(|_| all.next());
        row.explained = moved.map(|moved| Explained {
            parts: model.parts_of(&row.scores),
            contributions: moved.contributions,
        });
    }
}

impl Scored<'_> {
    fn codes(&self) -> impl Iterator<Item = &'static str> {
        let finding = self.verdict.finding.as_deref();
        let reasons = finding.map_or(&[][..], |finding| &finding.reasons);
        reasons.iter().map(|reason| reason.code)
    }
}

struct Codes<'a>(&'a Scored<'a>);

impl Serialize for Codes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.codes())
    }
}

impl Record for Scored<'_> {
    /// In the order of [`COLUMNS`]. The keys need no escapes and stand here as they are written.
    fn write_json(&self, _: &[Column], line: &mut Vec<u8>) -> serde_json::Result<()> {
        fn put<T: Serialize + ?Sized>(
            line: &mut Vec<u8>,
            key: &str,
            value: &T,
        ) -> serde_json::Result<()> {
            line.extend_from_slice(key.as_bytes());
            serde_json::to_writer(line, value)
        }
        let scores = &self.scores;
        put(line, r#"{"event_id":"#, self.event_id.as_ref())?;
        put(line, r#","user_id":"#, self.user_id.as_ref())?;
        line.extend_from_slice(br#","timestamp":""#);
        line.extend_from_slice(timestamp::Text::new(self.time_ms).as_str().as_bytes());
        put(line, r#"","risk":"#, &scores.risk)?;
        put(line, r#","random_forest":"#, &scores.random_forest)?;
        put(line, r#","isolation_forest":"#, &scores.isolation_forest)?;
        put(line, r#","boosted":"#, &scores.boosted)?;
        put(line, r#","likelihood_ratio":"#, &scores.likelihood_ratio)?;
        put(line, r#","flagged":"#, &self.verdict.finding.is_some())?;
        put(line, r#","severity":"#, self.verdict.severity().name())?;
        put(line, r#","reasons":"#, &Codes(self))?;
        if let Some(explained) = &self.explained {
            put(line, r#","contributions":"#, &explained.contributions)?;
            put(line, r#","parts":"#, &explained.parts)?;
        }
        line.push(b'}');
        Ok(())
    }

    fn values(self) -> Vec<Value> {
        let json = |value: serde_json::Result<String>| value.map_or(Value::Null, Value::Json);
        let scores = &self.scores;
        let mut row = vec![
            Value::Text(self.event_id.to_string()),
            Value::Text(self.user_id.to_string()),
            Value::Text(timestamp::to_text(self.time_ms)),
            Value::Float(scores.risk),
            Value::Float(scores.random_forest),
            Value::Float(scores.isolation_forest),
            Value::Float(scores.boosted),
            Value::Float(scores.likelihood_ratio),
            Value::Bool(self.verdict.finding.is_some()),
            Value::Text(self.verdict.severity().name().to_owned()),
            json(serde_json::to_string(&Codes(&self))),
        ];
        if let Some(explained) = &self.explained {
            row.push(json(serde_json::to_string(&explained.contributions)));
            row.push(json(serde_json::to_string(&explained.parts)));
        }
        row
    }
}
