//! Several companies together, and a company with an analyst in the loop, as text.

use std::fmt::Write;

use super::text::incidents;
use crate::offline::analyst::{AnalystResults, Week};
use crate::offline::incidents::PooledResults;

/// What was found in several companies together.
#[must_use]
pub fn pooled(results: &PooledResults) -> String {
    let mut text = format!(
        "{} companies, {} honest logins, {} campaigns; model {}, alert threshold {:.4}\n",
        results.companies,
        results.honest_logins,
        results.campaigns,
        results.model,
        results.threshold
    );
    incidents(&results.incidents, &mut text);
    text.trim_end().to_owned()
}

/// What an analyst's verdicts change, week by week.
#[must_use]
pub fn analyst(results: &AnalystResults) -> String {
    let analyst = &results.analyst;
    let mut text = format!(
        "an analyst says of each incident what it was {} hours after it was told of, and is wrong in \
         {} % of them\n",
        analyst.hours,
        100.0 * analyst.wrong
    );
    for (name, weeks) in [("without", &results.without), ("with", &results.with)] {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "\n{name} verdicts\nweek   incidents a day   precision   false a million   campaigns found   \
             honest logins flagged   verdicts (wrong)"
        );
        let weeks = weeks.iter().enumerate();
        for (number, week) in weeks.clone() {
            row(&(number + 1).to_string(), week, 7.0, &mut text);
        }
        let days = 7.0 * weeks.clone().count().max(1) as f64;
        let all = weeks.fold(Week::default(), |sum, (_, week)| sum.with(week));
        row("all", &all, days, &mut text);
    }
    text.trim_end().to_owned()
}

fn row(name: &str, week: &Week, days: f64, text: &mut String) {
    let share = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
    let precise = share(week.incidents - week.false_incidents, week.incidents);
    let _ = writeln!(
        text,
        "{name:<4} {:>17.1} {:>10.1}% {:>17.1} {:>8} of {:<4} {:>20.3}% {:>12} ({})",
        week.incidents as f64 / days,
        100.0 * precise,
        1e6 * share(week.false_incidents, week.honest_logins),
        week.campaigns_found,
        week.campaigns,
        100.0 * share(week.honest_logins_flagged, week.honest_logins),
        week.verdicts,
        week.wrong_verdicts
    );
}

impl Week {
    fn with(mut self, other: &Self) -> Self {
        self.honest_logins += other.honest_logins;
        self.incidents += other.incidents;
        self.false_incidents += other.false_incidents;
        self.campaigns += other.campaigns;
        self.campaigns_found += other.campaigns_found;
        self.honest_logins_flagged += other.honest_logins_flagged;
        self.verdicts += other.verdicts;
        self.wrong_verdicts += other.wrong_verdicts;
        self
    }
}
