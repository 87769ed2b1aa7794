//! `nightlatch explain`: everything that speaks for and against one login of a file.

use std::fmt::Write;

use serde::Serialize;

use super::exit::{Code, Failure};
use super::offline::{detector, load};
use super::{ExplainArgs, Format, configured, result};
use crate::detector::explanation::{Explanation, FeatureSeen, KnownUser};
use crate::login::{Partition, timestamp};
use crate::offline::dataset::Labelled;
use crate::profile::{ChunkLogin, Profiles, go_through};

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
    let data = load(&args.files, &config)?;
    let wanted = match &args.event {
        None => data.logins.len().checked_sub(1),
        Some(id) => data.logins.iter().rposition(|one| named(one) == Some(id)),
    };
    let Some(wanted) = wanted else {
        let id = args.event.as_deref().unwrap_or_default();
        let text = format!("no login has the event_id `{id}`");
        return Err(Failure::new(Code::NoInput, text));
    };
    let mut profiles = Profiles::without_undo(&config.profiles);
    let logins = data.logins[..=wanted].iter().map(|one| ChunkLogin {
        partition: Partition(0),
        login: &one.login,
        display: &one.display,
    });
    let mut explanations = go_through(&mut profiles, logins, |place, context| {
        let display = &data.logins[place].display;
        let verdict = detector.judge(context, display);
        let explanation = (place == wanted).then(|| detector.explain(context, display));
        (verdict.disposition(), explanation)
    })?;
    let one = &data.logins[wanted];
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
            "  {:<18} {:>9.4}  weight {:.2}",
            part.name, part.value, part.weight
        );
    }
    rules(one, &mut text);
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

fn rules(one: &Explanation, text: &mut String) {
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
