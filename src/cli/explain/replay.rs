//! Explains a login by going through the logins before it.

use super::{ExplainArgs, OffsetPlace, beyond};
use crate::cli::exit::{Code, Failure};
use crate::cli::note;
use crate::cli::offline::{detector, load_by, rules};
use crate::config::Config;
use crate::detector::explanation::{Explained, KnownUser};
use crate::kafka::Replay;
use crate::log::Record;
use crate::login::Event;
use crate::offline::RowRules;
use crate::offline::dataset::Labelled;
use crate::profile::{Profiles, go_through};

pub(super) fn explain(args: &ExplainArgs, config: &Config) -> Result<Explained, Failure> {
    let detector = detector(args.model.as_deref(), config)?;
    let rules = RowRules {
        labelled: false,
        ..rules(config)
    };
    let logins = match &args.offset {
        Some(place) => of_topic(place, config, &rules)?,
        None => of_files(args, &rules)?,
    };
    let Some(wanted) = logins.len().checked_sub(1) else {
        return Err(Failure::new(Code::NoInput, "there is no login"));
    };
    let mut profiles = Profiles::without_undo(&config.profiles);
    let on_their_way = logins.iter().map(Labelled::on_its_way);
    let mut explanations = go_through(&mut profiles, on_their_way, |place, context| {
        let display = logins[place].display();
        let verdict = detector.judge(context, display);
        let explained = (place == wanted).then(|| detector.explain(context, display));
        (verdict.disposition(), explained)
    })?;
    let explained = explanations.pop().flatten();
    let explained = explained.ok_or_else(|| Failure::internal("it was not judged"))?;
    let one = &logins[wanted];
    let opened = profiles.reader().open(&one.login)?;
    Ok(Explained {
        after: Some(KnownUser::of(opened.context(&one.login).user)),
        // What is replayed came before.
        knows_later: false,
        ..explained
    })
}

/// The logins of files up to the one that is asked for.
fn of_files(args: &ExplainArgs, rules: &RowRules<'_>) -> Result<Vec<Labelled>, Failure> {
    let mut logins = load_by(&args.files, rules)?.logins;
    if let Some(id) = &args.event {
        let named = |one: &Labelled| one.display().event_id.as_deref() == Some(id);
        let Some(wanted) = logins.iter().rposition(named) else {
            return Err(super::no_event(id));
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
        note(
            "only the last million records are gone through: what came before is not known here; \
             a running process knows it (--process)",
        );
    }
    let read = |record: &Record| {
        let event = Event::from_message(&record.value, rules.max_row_bytes)?;
        Labelled::of(event, rules)
    };
    let wanted =
        |record: &Record| (record.partition, record.offset) == (place.partition, place.offset);
    let Some(record) = replay.records.iter().find(|record| wanted(record)) else {
        return Err(beyond(place));
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
