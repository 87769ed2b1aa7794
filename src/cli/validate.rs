//! `validate`: configuration, model, broker, topics and rights, and what would become of what is
//! there.

use std::collections::BTreeMap;

use super::exit::Failure;
use super::stream::{configured_detector, missing_token};
use super::{ConfigArgs, result, service};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, NO_KEY, Start};
use crate::detector::{Rules, Suppression};
use crate::kafka::check::CheckResult;
use crate::kafka::{self, KnownUsers, LoginHistory, LoginSample, Reach, SourceSample};
use crate::login::timestamp;

/// With less history most habits are not known for a while.
const ENOUGH_DAYS: i64 = 30;

pub(super) fn run(args: &ConfigArgs) -> Result<(), Failure> {
    let config = Config::load(&args.config, &[])?;
    let mut bad = 0;
    let mut say = |finding: CheckResult| {
        let (mark, text) = match finding {
            CheckResult::Good(text) => ("ok    ", text),
            CheckResult::Differs(text) => ("note  ", text),
            CheckResult::Bad(text) => {
                bad += 1;
                ("BAD   ", text)
            }
        };
        result(format_args!("{mark}{text}"))
    };
    say(CheckResult::Good("the configuration is valid".to_owned()))?;
    for warning in &config.warnings {
        say(CheckResult::Differs(warning.clone()))?;
    }
    say(if config.has_key {
        CheckResult::Good("ids.key_file is set".to_owned())
    } else {
        CheckResult::Differs(NO_KEY.to_owned())
    })?;
    if let Some(missing) = missing_token(&config.http) {
        say(CheckResult::Differs(missing))?;
    }
    if let Err(failure) = service::tls(&config.http) {
        say(CheckResult::Bad(failure.message))?;
    }
    say(match configured_detector(&config) {
        Ok(detector) => {
            CheckResult::Good(format!("the model {} loads", detector.model().checksum()))
        }
        Err(failure) => CheckResult::Bad(failure.message),
    })?;
    say(rules(&config.rules))?;
    for one in &config.receivers {
        let (name, place) = (&one.name, one.channel.place());
        let text =
            format!("receiver `{name}` is told at {place}; `nightlatch notify test` tries it");
        say(CheckResult::Good(text))?;
    }
    for one in config.suppressions.iter() {
        say(suppression(one))?;
    }
    for told in exceptions(&config.rules) {
        say(told)?;
    }
    match service::runtime()?.block_on(kafka::check(&config)) {
        Ok(findings) => {
            findings.into_iter().try_for_each(&mut say)?;
            sampled(&config).into_iter().try_for_each(&mut say)?;
            history(&config).into_iter().try_for_each(&mut say)?;
            sampled_sources(&config)
                .into_iter()
                .try_for_each(&mut say)?;
        }
        Err(error) => say(CheckResult::Bad(format!("the broker: {error}")))?,
    }
    match bad {
        0 => Ok(()),
        _ => Err(Failure::configuration(format_args!(
            "{bad} of the above {} wrong",
            if bad == 1 { "is" } else { "are" }
        ))),
    }
}

/// What is flagged whatever the risk says.
fn rules(rules: &Rules) -> CheckResult {
    let names = |shadow: bool| {
        let some = rules.iter().filter(|rule| rule.shadow == shadow);
        some.map(|rule| rule.name).collect::<Vec<_>>()
    };
    let (flag, count) = (names(false), names(true));
    let mut text = match flag.as_slice() {
        [] => "no rule flags".to_owned(),
        _ => format!("{} rules flag: {}", flag.len(), flag.join(", ")),
    };
    if !count.is_empty() {
        text += &format!("; {} are only counted: {}", count.len(), count.join(", "));
    }
    CheckResult::Good(text)
}

/// What is not alerted of, and until when.
fn suppression(one: &Suppression) -> CheckResult {
    let Suppression { name, by, why, .. } = one;
    let until = timestamp::to_text(one.until_ms);
    match one.has_ended(SystemClock.now_ms()) {
        true => CheckResult::Differs(format!(
            "suppression `{name}` ({by}: {why}) has ended, {until}; take it out"
        )),
        false => CheckResult::Good(format!("suppression `{name}` ({by}: {why}) until {until}")),
    }
}

/// The exceptions of rules, as the suppressions that they are.
fn exceptions(rules: &Rules) -> impl Iterator<Item = CheckResult> {
    let all = rules.iter().flat_map(|rule| rule.exceptions.iter());
    all.map(|one| match suppression(one) {
        CheckResult::Differs(text) => CheckResult::Differs(format!("rule exception: {text}")),
        CheckResult::Good(text) => CheckResult::Good(format!("rule exception: {text}")),
        other => other,
    })
}

/// What the last logins of the topic hold, and which of them are none.
fn sampled(config: &Config) -> Vec<CheckResult> {
    let sample = match LoginSample::read(config) {
        Ok(sample) => sample,
        Err(error) => {
            let text = format!("the last logins cannot be read: {error}");
            return vec![CheckResult::Differs(text)];
        }
    };
    if sample.records == 0 {
        let text = "there are no logins yet to look at";
        return vec![CheckResult::Good(text.to_owned())];
    }
    let (records, rejected) = (sample.records, sample.rejected.values().sum::<u64>());
    let mut results = Vec::new();
    if rejected > 0 {
        results.push(CheckResult::Differs(format!(
            "of the last {records} records {rejected} are rejected: {}",
            listed(&sample.rejected)
        )));
    }
    let lines = sample.presence.lines().into_iter().enumerate();
    results.extend(lines.map(|(number, line)| match number {
        0 => CheckResult::Good(format!("of the last {records} records, {line}")),
        _ => CheckResult::Differs(line),
    }));
    results
}

/// How far back the logins reach, and what they will teach.
fn history(config: &Config) -> Vec<CheckResult> {
    let history = match LoginHistory::read(config) {
        Ok(history) => history,
        Err(error) => {
            let text = format!("how much history there is cannot be told: {error}");
            return vec![CheckResult::Differs(text)];
        }
    };
    let Some((first_ms, last_ms)) = history.reach.times_ms else {
        return Vec::new();
    };
    let days = history.reach.days();
    let mut text = format!("history: {}", reach_text(&history.reach));
    let KnownUsers {
        users,
        known,
        with_one,
    } = history.users;
    if users > 0 {
        let share = |part: usize| 100 * part / users;
        text.push_str(&format!(
            "; of {users} users in its fullest partition {} % have {} logins or more, {} % have one",
            share(known),
            LoginHistory::KNOWN,
            share(with_one)
        ));
    }
    let mut results = Vec::new();
    if days < ENOUGH_DAYS {
        results.push(CheckResult::Differs(format!(
            "{text}. With less than {ENOUGH_DAYS} days many habits are still unknown: `nightlatch \
             ingest --input FILE --source NAME` brings a provider's exports"
        )));
    } else {
        results.push(CheckResult::Good(text));
    }
    if history.has_begun {
        return results;
    }
    if config.kafka.start == Start::Latest {
        let text = "this history is not read: kafka.start is latest";
        results.push(CheckResult::Differs(text.to_owned()));
    } else if config.pipeline.publishing.since_ms <= first_ms && days >= 1 {
        results.push(CheckResult::Differs(format!(
            "alerts about all of this history will be published; `alerts.since` keeps to those \
             after a day, such as \"{}\"",
            date_of(last_ms)
        )));
    }
    results
}

/// How many records there are, and from when to when their logins are.
fn reach_text(reach: &Reach) -> String {
    let records = reach.records;
    match reach.times_ms {
        Some((first_ms, last_ms)) => format!(
            "about {records} records, their logins from {} to {} ({} days)",
            date_of(first_ms),
            date_of(last_ms),
            reach.days()
        ),
        None => format!("about {records} records"),
    }
}

/// `a 3, b 1`
fn listed(counts: &BTreeMap<&str, u64>) -> String {
    let counts: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    counts.join(", ")
}

/// What the last records of every source would become.
fn sampled_sources(config: &Config) -> Vec<CheckResult> {
    let mut results = Vec::new();
    for source in &config.ingest.sources {
        if config.ingest.apart.contains_key(&source.name)
            && let Err(error) = kafka::topics::require_apart(config, source)
        {
            results.push(CheckResult::Bad(error.to_string()));
            continue;
        }
        for topic in &source.topics {
            results.push(match SourceSample::read(config, source, topic) {
                Ok(sample) => sampled_source(&sample),
                Err(error) => CheckResult::Differs(format!(
                    "source `{}`: the last records of `{topic}` cannot be read: {error}",
                    source.name
                )),
            });
        }
    }
    results
}

fn sampled_source(sample: &SourceSample) -> CheckResult {
    let mut text = format!(
        "source `{}`: of the last {} records of `{}`, {} logins",
        sample.source, sample.records, sample.topic, sample.logins
    );
    if !sample.ignored.is_empty() {
        text.push_str(&format!("; ignored: {}", listed(&sample.ignored)));
    }
    if !sample.rejected.is_empty() {
        text.push_str(&format!("; rejected: {}", listed(&sample.rejected)));
    }
    if sample.records > 0 {
        text.push_str(&format!("; in all {}", reach_text(&sample.reach)));
    }
    let nothing_read = sample.logins == 0 && sample.ignored.is_empty();
    match sample.rejected.is_empty() {
        true => CheckResult::Good(text),
        false if nothing_read => CheckResult::Bad(format!(
            "{text}; is it another format? `nightlatch source explain FILE` says of which"
        )),
        false => CheckResult::Differs(text),
    }
}

fn date_of(time_ms: i64) -> String {
    let mut text = timestamp::to_text(time_ms);
    text.truncate("2025-01-06".len());
    text
}
