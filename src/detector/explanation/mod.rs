//! Everything that speaks for and against a login, flagged or not: what is known, the parts of the
//! risk, the rules with what they saw, and what would have had to be otherwise.

mod text;

use serde::Serialize;

use super::contribution::{Contribution, Mitigator, Moved};
use super::counterfactual::Counterfactual;
use super::rule::Subject;
use super::rule::condition::Observed;
use super::{Detector, Finding, Severity};
use crate::features::natural::Seen;
use crate::features::{self, FEATURES, Values};
use crate::login::timestamp;
use crate::model::{PARTS, Part};
use crate::profile::{DisplayFields, LoginContext, UserCell};

/// A login, and everything that speaks for and against it.
#[derive(Debug, Serialize)]
pub struct Explained {
    pub event_id: Option<String>,
    pub timestamp: String,
    #[serde(flatten)]
    pub explanation: Explanation,
    /// What is known of the user once the login is learned; `None` where it is not.
    pub after: Option<KnownUser>,
    /// Whether what is known holds logins of the user as late as this one, it among them perhaps.
    pub knows_later: bool,
}

/// Why a login is flagged, or why it is not.
#[derive(Debug, Serialize)]
pub struct Explanation {
    pub flagged: bool,
    /// In one sentence.
    pub why: String,
    pub severity: Severity,
    pub family: Option<&'static str>,
    pub risk: f64,
    /// The risk from which it is flagged, and why it is that.
    pub threshold: f64,
    pub threshold_is: &'static str,
    /// Whether it is flagged only because nothing like it was seen.
    pub novel: bool,
    /// The risk without that.
    pub fused: f64,
    pub parts: [Part; PARTS.len()],
    /// What is observed, whether it is flagged or not.
    pub reasons: Vec<ObservedReason>,
    pub rules: Vec<RuleAsked>,
    /// Every feature that people can read, those first that moved the risk most.
    pub features: Vec<FeatureSeen>,
    /// What spoke for the user.
    pub mitigators: Vec<Mitigator>,
    pub counterfactual: Option<Counterfactual>,
    pub before: KnownUser,
}

#[derive(Debug, Serialize)]
pub struct ObservedReason {
    pub code: &'static str,
    pub text: String,
    pub attack: &'static [&'static str],
}

/// A rule, and what it asked.
#[derive(Debug, Serialize)]
pub struct RuleAsked {
    pub name: &'static str,
    pub met: bool,
    pub shadow: bool,
    pub asked: Vec<Observed>,
}

/// A feature as people think of it.
#[derive(Debug, Serialize)]
pub struct FeatureSeen {
    pub name: &'static str,
    /// What it is, for people.
    pub says: &'static str,
    pub unit: &'static str,
    /// Null where it is missing.
    pub value: Option<f64>,
    /// The median over honest logins.
    pub usual: Option<f64>,
    /// In log-odds of the risk.
    pub contribution: f64,
}

/// What is known of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct KnownUser {
    pub first_seen: Option<String>,
    /// The last attempt.
    pub last_seen: Option<String>,
    pub successes: u32,
    pub failures: u32,
    pub failure_run: u16,
    pub devices: usize,
    pub networks: usize,
    pub countries: usize,
    pub last_success: Option<String>,
    pub last_place: Option<String>,
    /// Devices and networks that are new together, and teach nothing yet.
    pub on_probation: usize,
    /// Until when it takes less to doubt the user's logins.
    pub watched_until: Option<String>,
}

impl KnownUser {
    #[must_use]
    pub fn of(user: Option<&UserCell>) -> Self {
        let Some(user) = user else {
            return Self::default();
        };
        let time = |time_s: u32| timestamp::to_text(i64::from(time_s) * 1_000);
        let last = user.last_success.as_ref();
        Self {
            first_seen: Some(time(user.first_s)),
            last_seen: (user.last_attempt_ms > 0).then(|| timestamp::to_text(user.last_attempt_ms)),
            successes: user.successes,
            failures: user.failures_ever,
            failure_run: user.failure_run,
            devices: user.devices.len(),
            networks: user.asns.len(),
            countries: user.countries.len(),
            last_success: last.map(|last| timestamp::to_text(last.time_ms)),
            last_place: last.and_then(|last| last.display.place.as_deref().map(str::to_owned)),
            on_probation: user.probation.iter().count(),
            watched_until: (user.raised_until_s > 0).then(|| time(user.raised_until_s)),
        }
    }
}

impl Detector {
    /// Explains a login by what is known, without what it teaches.
    #[must_use]
    pub fn explain(&self, context: &LoginContext<'_>, display: &DisplayFields) -> Explained {
        let time_ms = context.login.time_ms;
        let is_later = |user: &UserCell| user.last_attempt_ms >= time_ms;
        Explained {
            event_id: display.event_id.as_deref().map(str::to_owned),
            timestamp: timestamp::to_text(time_ms),
            explanation: self.explanation(context, display),
            after: None,
            knows_later: context.user.is_some_and(is_later),
        }
    }

    /// Why it is flagged or not.
    #[must_use]
    pub fn explanation(&self, context: &LoginContext<'_>, display: &DisplayFields) -> Explanation {
        let values = features::extract(context);
        let outputs = self.model().outputs(&values);
        let scores = self.model().score_of(&outputs);
        let verdict = self.judge_scores(context, display, values, scores);
        let finding = verdict.finding.as_deref();
        let (threshold, threshold_is) = self.threshold_and_why(context);
        let observed = match finding {
            Some(finding) => finding.reasons.clone(),
            None => self.reasons(context, display),
        };
        let codes = || observed.iter().map(|reason| reason.code).collect();
        let subject = Subject::new(context, &values, scores.risk, &codes);
        let all = self.rules().iter().enumerate();
        let rules = all.map(|(place, rule)| RuleAsked {
            name: rule.name,
            met: verdict.met.has(place),
            shadow: rule.shadow,
            asked: rule.condition.observed(&subject),
        });
        let rules: Vec<RuleAsked> = rules.collect();
        let contributions = self.model().contributions(&values);
        let moved = Moved::of(self.model(), &values, &contributions, FEATURES.len());
        let own = moved.contributions;
        Explanation {
            flagged: finding.is_some(),
            why: self.why(finding, scores.risk, threshold, context),
            severity: verdict.severity(),
            family: finding.map(|finding| finding.family.name()),
            risk: scores.risk,
            threshold,
            threshold_is,
            novel: finding.is_some_and(|finding| finding.novel),
            fused: scores.fused,
            parts: self.model().parts_of(&scores),
            reasons: observed
                .iter()
                .map(|reason| ObservedReason {
                    code: reason.code,
                    text: reason.text.clone(),
                    attack: reason.attack,
                })
                .collect(),
            rules,
            features: seen(&values, self.model().usual(), &own),
            mitigators: moved.mitigators,
            counterfactual: finding.and_then(|finding| self.counterfactual(finding, &moved.raised)),
            before: KnownUser::of(context.user),
        }
    }

    fn why(
        &self,
        finding: Option<&Finding>,
        risk: f64,
        threshold: f64,
        context: &LoginContext<'_>,
    ) -> String {
        if context.login.kind.is_evidence() {
            return "it is evidence and no login: it is remembered, and never scored".to_owned();
        }
        let Some(finding) = finding else {
            return format!(
                "not flagged: its risk of {risk:.4} is below {threshold:.4}, and no rule that flags is met"
            );
        };
        let rules: Vec<&str> = self
            .rules()
            .of(finding.rules)
            .map(|rule| rule.name)
            .collect();
        let by_rules = format!("the rules {}", rules.join(", "));
        let by_risk = format!("its risk of {risk:.4} is {threshold:.4} or more");
        match (finding.by_risk, rules.is_empty()) {
            (true, true) => format!("flagged: {by_risk}"),
            (true, false) => format!("flagged: {by_risk}, and by {by_rules}"),
            (false, _) => format!("flagged by {by_rules}, whatever the risk ({risk:.4}) says"),
        }
    }
}

fn seen(values: &Values, usual: &[f32], own: &[Contribution]) -> Vec<FeatureSeen> {
    let each = own.iter().filter_map(|one| {
        let seen = Seen::of(features::index(one.feature)?, values, usual)?;
        Some(FeatureSeen {
            name: seen.name(),
            says: seen.says,
            unit: seen.unit(),
            value: seen.value,
            usual: seen.usual,
            contribution: one.contribution,
        })
    });
    each.collect()
}
