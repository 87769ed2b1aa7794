//! An explanation as people read it.

use std::fmt::Write;

use super::{Explained, Explanation, FeatureSeen, KnownUser};

/// Features that the text shows.
const SHOWN: usize = 12;

impl Explained {
    /// The same for people, in lines.
    #[must_use]
    pub fn text(&self) -> String {
        let one = &self.explanation;
        let mut text = String::new();
        let name = self.event_id.as_deref().unwrap_or("the login");
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name} of {}\n{}", self.timestamp, one.why);
        observed(one, &mut text);
        parts(one, &mut text);
        rules_asked(one, &mut text);
        moved(one, &mut text);
        let _ = writeln!(text, "\nthe user before: {}", known(&one.before));
        if let Some(after) = &self.after {
            let _ = writeln!(text, "the user after:  {}", known(after));
        }
        if self.knows_later {
            let _ = writeln!(
                text,
                "what is known holds this login, or later ones: it is what would be said of it now"
            );
        }
        text
    }
}

fn observed(one: &Explanation, text: &mut String) {
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
}

fn parts(one: &Explanation, text: &mut String) {
    let _ = match one.risk > one.fused {
        false => writeln!(text, "\nrisk {:.4}, of", one.risk),
        true => writeln!(
            text,
            "\nrisk {:.4}, as nothing like it was seen; without that it would be {:.4}, of",
            one.risk, one.fused
        ),
    };
    for part in &one.parts {
        let _ = writeln!(
            text,
            "  {:<18} {:>9.4}  weight {:.2}, alone it would say {:.4}",
            part.name, part.value, part.weight, part.alone
        );
    }
}

fn moved(one: &Explanation, text: &mut String) {
    let _ = writeln!(
        text,
        "\nwhat moved the risk most               value        usual   log-odds"
    );
    for feature in one.features.iter().take(SHOWN) {
        let _ = writeln!(text, "{}", row(feature));
    }
    if !one.mitigators.is_empty() {
        let _ = writeln!(text, "\nspoke for the user");
        for mitigator in &one.mitigators {
            let _ = writeln!(text, "  - {}", mitigator.text);
        }
    }
    if let Some(counterfactual) = &one.counterfactual {
        let risk = counterfactual.risk;
        let _ = writeln!(text, "\n{} (risk {risk:.4})", counterfactual.text);
    }
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
    let probation = match user.on_probation {
        0 => String::new(),
        new => format!(", {new} devices and networks on probation"),
    };
    format!(
        "seen since {first_seen}: {} successes, {} failures ({} in a row), {} devices, {} networks, {} \
         countries{probation}{last}",
        user.successes,
        user.failures,
        user.failure_run,
        user.devices,
        user.networks,
        user.countries
    )
}
