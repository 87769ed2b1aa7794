//! `nightlatch explain`: everything that speaks for and against one login, of a file or in Kafka.

use std::fmt::Write;

use serde::Serialize;

use super::exit::{Code, Failure};
use super::offline::{detector, load_by, rules};
use super::{ExplainArgs, Format, configured, note, result};
use crate::config::Config;
use crate::detector::explanation::{Explanation, FeatureSeen, KnownUser};
use crate::kafka::Replay;
use crate::log::Record;
use crate::login::{Event, Offset, Partition, timestamp};
use crate::offline::RowRules;
use crate::offline::dataset::Labelled;
use crate::profile::{Profiles, go_through};

/// Features that the text shows.
const SHOWN: usize = 12;

#[derive(Serialize)]
struct Explained {
    event_id: Option<String>,
    timestamp: String,
    #[serde(flatten)]
    explanation: Explanation,
    after: KnownUser,
}

pub(super) fn run(args: &ExplainArgs) -> Result<(), Failure> {
    let config = configured(&args.config)?;
    let detector = detector(args.model.as_deref(), &config)?;
    let rules = RowRules {
        labelled: false,
        ..rules(&config)
    };
    let logins = match &args.offset {
        Some(offset) => of_topic(offset, &config, &rules)?,
        None => of_files(args, &rules)?,
    };
    let Some(wanted) = logins.len().checked_sub(1) else {
        return Err(Failure::new(Code::NoInput, "there is no login"));
    };
    let mut profiles = Profiles::without_undo(&config.profiles);
    let on_their_way = logins.iter().map(Labelled::on_its_way);
    let mut explanations = go_through(&mut profiles, on_their_way, |place, context| {
        let display = &logins[place].display;
        let verdict = detector.judge(context, display);
        let explanation = (place == wanted).then(|| detector.explain(context, display));
        (verdict.disposition(), explanation)
    })?;
    let one = &logins[wanted];
    let opened = profiles.reader().open(&one.login)?;
    let after = KnownUser::of(opened.context(&one.login).user);
    let explanation = explanations.pop().flatten();
    let explanation = explanation.ok_or_else(|| Failure::internal("it was not judged"))?;
    let explained = Explained {
        event_id: named(one).map(str::to_owned),
        timestamp: timestamp::to_text(one.login.time_ms),
        explanation,
        after,
    };
    match args.format {
        Format::Text => result(text(&explained).trim_end()),
        Format::Json => {
            result(serde_json::to_string_pretty(&explained).map_err(Failure::internal)?)
        }
    }
}

/// The logins of files up to the one that is asked for.
fn of_files(args: &ExplainArgs, rules: &RowRules<'_>) -> Result<Vec<Labelled>, Failure> {
    let mut logins = load_by(&args.files, rules)?.logins;
    if let Some(id) = &args.event {
        let Some(wanted) = logins.iter().rposition(|one| named(one) == Some(id)) else {
            let text = format!("no login has the event_id `{id}`");
            return Err(Failure::new(Code::NoInput, text));
        };
        logins.truncate(wanted + 1);
    }
    Ok(logins)
}

/// The logins of a topic up to the one at an offset, in the order of their times.
fn of_topic(
    place: &OffsetPlace,
    config: &Config,
    rules: &RowRules<'_>,
) -> Result<Vec<Labelled>, Failure> {
    let replay = Replay::read(config, &place.topic)
        .map_err(|error| Failure::new(Code::Unavailable, error))?;
    if !replay.is_whole {
        let text = format!("the records of `{}` did not all come", place.topic);
        return Err(Failure::new(Code::Unavailable, text));
    }
    if replay.is_cut {
        note("only the last million records are gone through: what came before is not known here");
    }
    let read = |record: &Record| {
        let event = Event::from_message(&record.value, rules.max_row_bytes)?;
        Labelled::of(event, rules)
    };
    let wanted =
        |record: &Record| (record.partition, record.offset) == (place.partition, place.offset);
    let Some(record) = replay.records.iter().find(|record| wanted(record)) else {
        let text = format!("there is no record {place}, or it was deleted");
        return Err(Failure::new(Code::NoInput, text));
    };
    let last = read(record).map_err(|rejected| {
        Failure::new(Code::BadData, format!("{place} is no login: {rejected}"))
    })?;
    let others = replay.records.iter().filter(|record| !wanted(record));
    let mut logins: Vec<(i64, &Record, Labelled)> = others
        .filter_map(|record| {
            let one = read(record).ok()?;
            let is_before = one.login.time_ms < last.login.time_ms
                || (one.login.time_ms == last.login.time_ms
                    && (record.partition, record.offset) < (place.partition, place.offset));
            is_before.then_some((one.login.time_ms, record, one))
        })
        .collect();
    logins.sort_by_key(|(time_ms, record, _)| (*time_ms, record.partition, record.offset));
    let logins = logins.into_iter().map(|(_, _, one)| one);
    Ok(logins.chain([last]).collect())
}

/// Where a login stands in Kafka: TOPIC:PARTITION:OFFSET.
#[derive(Clone, Debug)]
pub(super) struct OffsetPlace {
    topic: String,
    partition: Partition,
    offset: Offset,
}

impl std::fmt::Display for OffsetPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.topic, self.partition, self.offset)
    }
}

impl std::str::FromStr for OffsetPlace {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let mut parts = text.rsplitn(3, ':');
            let (offset, partition, topic) = (parts.next()?, parts.next()?, parts.next()?);
            Some(Self {
                topic: topic.to_owned(),
                partition: Partition(partition.parse().ok()?),
                offset: Offset(offset.parse().ok()?),
            })
        };
        read().ok_or("it is TOPIC:PARTITION:OFFSET, such as logins:0:4711")
    }
}

fn named(one: &Labelled) -> Option<&str> {
    one.display.event_id.as_deref()
}

fn text(explained: &Explained) -> String {
    let one = &explained.explanation;
    let mut text = String::new();
    let name = explained.event_id.as_deref().unwrap_or("the login");
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{name} of {}\n{}", explained.timestamp, one.why);
    let _ = writeln!(
        text,
        "severity {}{}; threshold {:.4} ({})",
        one.severity.name(),
        one.family
            .map_or(String::new(), |family| format!(", {family}")),
        one.threshold,
        one.threshold_is
    );
    if !one.flagged && !one.reasons.is_empty() {
        let _ = writeln!(text, "were it flagged, it would say:");
    }
    for reason in &one.reasons {
        let _ = writeln!(
            text,
            "  - {}: {} [{}]",
            reason.code,
            reason.text,
            reason.attack.join(", ")
        );
    }
    let _ = writeln!(text, "\nrisk {:.4}, of", one.risk);
    for part in &one.parts {
        let _ = writeln!(
            text,
            "  {:<18} {:>9.4}  weight {:.2}, alone it would say {:.4}",
            part.name, part.value, part.weight, part.alone
        );
    }
    rules_asked(one, &mut text);
    let _ = writeln!(
        text,
        "\nwhat moved the risk most               value        usual   log-odds"
    );
    for feature in one.features.iter().take(SHOWN) {
        let _ = writeln!(text, "{}", row(feature));
    }
    if !one.mitigators.is_empty() {
        let _ = writeln!(text, "\nspoke for the user: {}", one.mitigators.join(", "));
    }
    if let Some(counterfactual) = &one.counterfactual {
        let risk = counterfactual.risk;
        let _ = writeln!(text, "\n{} (risk {risk:.4})", counterfactual.text);
    }
    let _ = writeln!(text, "\nthe user before: {}", known(&one.before));
    let _ = writeln!(text, "the user after:  {}", known(&explained.after));
    text
}

fn rules_asked(one: &Explanation, text: &mut String) {
    for rule in &one.rules {
        let end = match (rule.met, rule.shadow) {
            (true, false) => "met: it flags",
            (true, true) => "met, only counted",
            (false, _) => "not met",
        };
        let _ = writeln!(text, "\nrule {}: {end}", rule.name);
        for asked in &rule.asked {
            let sign = if asked.holds { "+" } else { "-" };
            let _ = writeln!(text, "  {sign} {:<44} {}", asked.asked, asked.found);
        }
    }
}

fn row(feature: &FeatureSeen) -> String {
    let is_flag = feature.unit == "true or false";
    let shown = |value: Option<f64>| match value {
        None => "not known".to_owned(),
        Some(value) if is_flag => (value >= 0.5).to_string(),
        Some(value) if value.abs() >= 100.0 => format!("{value:.0}"),
        Some(value) => format!("{value:.2}"),
    };
    format!(
        "  {:<30} {:>12} {:>12}  {:>+9.3}  {}",
        feature.name,
        shown(feature.value),
        shown(feature.usual),
        feature.contribution,
        feature.unit
    )
}

fn known(user: &KnownUser) -> String {
    let Some(first_seen) = &user.first_seen else {
        return "never seen".to_owned();
    };
    let last = match (&user.last_success, &user.last_place) {
        (Some(time), Some(place)) => format!(", last in {time} from {place}"),
        (Some(time), None) => format!(", last in {time}"),
        (None, _) => String::new(),
    };
    format!(
        "seen since {first_seen}: {} successes, {} failures ({} in a row), {} devices, {} networks, \
         {} countries{last}",
        user.successes,
        user.failures,
        user.failure_run,
        user.devices,
        user.networks,
        user.countries
    )
}
