//! The pure core: a login and the profiles before it give a verdict; then the login is applied to
//! the profiles.
//!
//! No I/O, no clock, no random number: the same logins in the same order give the same verdicts,
//! bit for bit.

pub mod alert;
pub mod contribution;
pub mod counterfactual;
pub mod explanation;
pub mod family;
pub mod link;
pub mod reasons;
pub mod rule;
pub mod severity;
pub mod suppression;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use alert::{Alert, AlertSettings, RecordPosition};
pub use counterfactual::Counterfactual;
pub use family::Family;
pub use link::{Link, LinkKind, Links, links_of};
pub use reasons::{Reason, Thresholds};
pub use rule::{Rule, RuleSet, Rules};
pub use severity::Severity;
pub use suppression::{Suppression, Suppressions};

use crate::features::{self, Values};
use crate::login::Event;
use crate::model::{FIRST_LOGINS, Model, Scores};
use crate::profile::cells::finding::{Flag, OpenFinding};
use crate::profile::{
    ChunkLogin, DamagedCell, DisplayFields, Disposition, LastSuccess, LoginContext, Profiles,
    UserCell, go_through,
};
use reasons::{Evidence, UNUSUAL_COMBINATION};
use rule::Subject;

/// What the detector says of one login.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The calibrated probability of an attack, 0 to 1.
    pub risk: f64,
    /// The rules that it meets, those that are only counted too.
    pub met: RuleSet,
    /// Present where the login is flagged.
    pub finding: Option<Box<Finding>>,
    /// Whether it teaches nothing although it is not flagged: see [`UserCell::holds_back`].
    pub held_back: bool,
}

impl Verdict {
    /// Of what is not scored.
    const NONE: Self = Self {
        risk: 0.0,
        met: RuleSet::NONE,
        finding: None,
        held_back: false,
    };

    #[must_use]
    pub fn severity(&self) -> Severity {
        self.finding
            .as_ref()
            .map_or(Severity::None, |finding| finding.severity)
    }

    /// What it means to the profiles.
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        match (self.finding.as_deref(), self.held_back) {
            (Some(finding), _) => Disposition::Flagged(finding.flag),
            (None, true) => Disposition::HeldBack,
            (None, false) => Disposition::Clear,
        }
    }
}

/// A flagged login: how urgent, why, and what an alert needs of the moment it was judged.
#[derive(Clone, Debug)]
pub struct Finding {
    pub severity: Severity,
    pub family: Family,
    /// What the profiles remember of it.
    pub flag: Flag,
    /// The open finding of this user and family, if any.
    pub open: Option<OpenFinding>,
    /// The rules that flag it.
    pub rules: RuleSet,
    /// Whether the risk flags it.
    pub by_risk: bool,
    /// The risk from which this login is flagged.
    pub threshold: f64,
    /// Whether it is flagged only because nothing like it was seen: see [`crate::model::novelty`].
    pub novel: bool,
    pub reasons: Vec<Reason>,
    /// By which it may belong to an incident.
    pub links: Links,
    pub previous: Option<LastSuccess>,
    pub scores: Scores,
    pub values: Values,
    /// Whether its alert says what each feature contributed. Repeats do not, and of the others so
    /// many a tenant and minute do: a flood must not stop the detector when it is needed.
    pub explained: bool,
}

impl Finding {
    /// Whether a rule that flags it may except it. What the risk flags no rule's exception covers.
    #[must_use]
    pub fn has_exceptions(&self, rules: &Rules) -> bool {
        !self.by_risk && rules.has_exceptions(self.rules)
    }

    /// What keeps its alert back: the name of a suppression, or of the rule that excepts it.
    #[must_use]
    pub fn suppressed_by<'a>(
        &self,
        suppressions: &'a Suppressions,
        rules: &'a Rules,
        event: &Event<'_>,
    ) -> Option<&'a str> {
        if let Some(suppression) = suppressions.of(event, self.family) {
            return Some(&suppression.name);
        }
        if !self.has_exceptions(rules) {
            return None;
        }
        let rule = rules.exception(self.rules, event, self.family)?;
        Some(rule.name)
    }
}

/// The model and the rules, without state.
#[derive(Clone)]
pub struct Detector {
    model: Arc<Model>,
    rules: Rules,
    thresholds: Thresholds,
    /// The risk from which a login is flagged.
    alert_risk: f64,
    /// The same for a user's first logins.
    alert_risk_first: f64,
}

/// Why a login is flagged.
#[derive(Clone, Copy)]
struct Flagging {
    rules: RuleSet,
    by_risk: bool,
    threshold: f64,
}

/// What was flagged once is flagged again from this share of the threshold on: it takes much less
/// to doubt it than it took to notice it.
const SUSPICIOUS_SHARE: f64 = 0.05;
/// The same of a user whom somebody has got in as, by an analyst's word.
const RAISED_SHARE: f64 = 0.25;

/// The pattern that names a finding: the first that fits. Hiding behind a network is evidence of
/// something, and names only what has no other name.
fn name_of(
    reasons: &[Reason],
    families: &BTreeSet<Family>,
    goes_on: Option<Family>,
) -> Option<Family> {
    let mut named = reasons.iter().filter_map(|reason| reason.family);
    let takeover = families.contains(&Family::Takeover);
    named
        .clone()
        .find(|family| *family != Family::Anonymiser)
        .or(goes_on)
        .or_else(|| takeover.then_some(Family::Takeover))
        .or_else(|| named.next())
}

/// Ways to guess passwords: who fails again without more of a pattern goes on with it.
const GUESSING: [Family; 3] = [
    Family::BruteForce,
    Family::PasswordSpray,
    Family::CredentialStuffing,
];

/// Whether a login is held back where it is not flagged.
#[must_use]
pub fn holds_back(context: &LoginContext<'_>) -> bool {
    context
        .user
        .is_some_and(|user| user.holds_back(context.login))
}

/// Whether this is one of the user's first logins.
#[must_use]
pub fn is_first(context: &LoginContext<'_>) -> bool {
    let seen = |user: &UserCell| user.successes.saturating_add(user.failures_ever);
    context.user.map_or(0, seen) < FIRST_LOGINS
}

impl Detector {
    /// `alert_risk` overrides the model's own threshold.
    #[must_use]
    pub fn new(model: Arc<Model>, thresholds: Thresholds, alert_risk: Option<f64>) -> Self {
        let alert_risk_first = alert_risk.unwrap_or(model.threshold_first());
        let alert_risk = alert_risk.unwrap_or(model.threshold());
        Self {
            model,
            rules: Rules::default(),
            thresholds,
            alert_risk,
            alert_risk_first,
        }
    }

    /// The risk from which a login is flagged, and the same of a user's first logins.
    #[must_use]
    pub fn thresholds_of_risk(&self) -> (f64, f64) {
        (self.alert_risk, self.alert_risk_first)
    }

    /// The same with rules.
    #[must_use]
    pub fn with_rules(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The same with another risk for a user's first logins.
    #[must_use]
    pub fn with_alert_risk_first(self, alert_risk_first: f64) -> Self {
        Self {
            alert_risk_first,
            ..self
        }
    }

    #[must_use]
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// The risk from which a login is flagged.
    #[must_use]
    pub fn alert_risk(&self) -> f64 {
        self.alert_risk
    }

    /// Whether a login of a risk is flagged. Whoever was flagged and comes again with the same
    /// device from the same network has not become normal by coming again; and what comes from where
    /// an analyst has confirmed an attack needs little to be doubted.
    #[must_use]
    pub fn flags(&self, context: &LoginContext<'_>, risk: f64) -> bool {
        risk >= self.threshold(context)
    }

    /// The risk from which a login is flagged.
    #[must_use]
    pub fn threshold(&self, context: &LoginContext<'_>) -> f64 {
        self.threshold_and_why(context).0
    }

    /// The same, and why it is that.
    fn threshold_and_why(&self, context: &LoginContext<'_>) -> (f64, &'static str) {
        let (alert_risk, is) = match is_first(context) {
            true => (self.alert_risk_first, "that of a user's first logins"),
            false => (self.alert_risk, "that of all logins"),
        };
        let continues =
            |user: &UserCell| context.login.success && user.continues_suspicion(context.login);
        let is_raised = |user: &UserCell| context.now_s < user.raised_until_s;
        if context.user.is_some_and(continues) {
            (
                alert_risk * SUSPICIOUS_SHARE,
                "a twentieth: it was flagged before with this",
            )
        } else if context.is_confirmed() {
            (
                alert_risk * SUSPICIOUS_SHARE,
                "a twentieth: an analyst confirmed an attack from there",
            )
        } else if context.user.is_some_and(is_raised) {
            (
                alert_risk * RAISED_SHARE,
                "a quarter: an analyst confirmed that somebody got in",
            )
        } else {
            (alert_risk, is)
        }
    }

    /// What would have had to be otherwise for a login not to be flagged, of those features that
    /// raised its risk most; `None` where a rule flags it, or nothing short would have kept it quiet.
    #[must_use]
    pub fn counterfactual(&self, finding: &Finding, raised: &[usize]) -> Option<Counterfactual> {
        counterfactual::find(&self.model, finding, raised)
    }

    /// Judges a login by what was known before it.
    #[must_use]
    pub fn judge(&self, context: &LoginContext<'_>, display: &DisplayFields) -> Verdict {
        if context.login.kind.is_evidence() {
            return Verdict::NONE;
        }
        let values = features::extract(context);
        let outputs = self.model.weighed_outputs(&values);
        let risk = self.model.risk_of(&outputs);
        let scores = |values: &Values| self.model.score_from(&outputs, values);
        self.judge_risk(context, display, values, risk, scores)
    }

    /// The same where the features of the login and its scores are at hand.
    #[must_use]
    pub fn judge_scores(
        &self,
        context: &LoginContext<'_>,
        display: &DisplayFields,
        values: Values,
        scores: Scores,
    ) -> Verdict {
        if context.login.kind.is_evidence() {
            return Verdict::NONE;
        }
        self.judge_risk(context, display, values, scores.risk, |_| scores)
    }

    fn judge_risk(
        &self,
        context: &LoginContext<'_>,
        display: &DisplayFields,
        values: Values,
        risk: f64,
        scores: impl FnOnce(&Values) -> Scores,
    ) -> Verdict {
        let met = self.rules_met(context, display, &values, risk);
        let threshold = self.threshold(context);
        let flagged = Flagging {
            rules: self.rules.flagging(met),
            by_risk: risk >= threshold,
            threshold,
        };
        let find = || self.find(context, display, scores(&values), values, flagged);
        let is_flagged = flagged.by_risk || !flagged.rules.is_empty();
        let finding = is_flagged.then(|| Box::new(find()));
        Verdict {
            risk,
            met,
            finding,
            held_back: holds_back(context),
        }
    }

    fn rules_met(
        &self,
        context: &LoginContext<'_>,
        display: &DisplayFields,
        values: &Values,
        risk: f64,
    ) -> RuleSet {
        if self.rules.is_empty() {
            return RuleSet::NONE;
        }
        let codes = || {
            let reasons = self.reasons(context, display);
            reasons.iter().map(|reason| reason.code).collect()
        };
        let subject = Subject::new(context, values, risk, &codes);
        self.rules.matching(&subject)
    }

    /// What is worth a reason in a login, flagged or not.
    #[must_use]
    pub fn reasons(&self, context: &LoginContext<'_>, display: &DisplayFields) -> Vec<Reason> {
        reasons::find(context, display, &self.thresholds)
    }

    fn find(
        &self,
        context: &LoginContext<'_>,
        display: &DisplayFields,
        scores: Scores,
        values: Values,
        flagged: Flagging,
    ) -> Finding {
        let reasons = self.reasons(context, display);
        let families = severity::families(&reasons);
        let severity = severity::of(context.login.success, scores.risk, &families);
        let least = self.rules.of(flagged.rules).map(|rule| rule.severity).max();
        let severity = severity.max(least.unwrap_or_default());
        let family = self.family(context, &reasons, &families, flagged);
        let open = context.user.and_then(|user| {
            let findings = &user.findings;
            findings.open(family as u8, context.now_s, self.thresholds.cooldown_s)
        });
        let flag = Flag {
            family: family as u8,
            severity: severity as u8,
            repeat: open.is_some_and(|open| severity as u8 <= open.severity),
        };
        let explained = self.explains(context, flag);
        let told = explained.then(|| self.in_sentences(&reasons, &values));
        let mut reasons = told.flatten().unwrap_or(reasons);
        let novel = flagged.by_risk && scores.fused < flagged.threshold;
        if novel {
            reasons.extend(scores.rarity.map(reasons::novel));
        }
        Finding {
            severity,
            family,
            flag,
            open: open.copied(),
            rules: flagged.rules,
            by_risk: flagged.by_risk,
            threshold: flagged.threshold,
            novel,
            reasons: self.with_rules_said(reasons, flagged.rules),
            links: links_of(context),
            previous: context.user.and_then(|user| user.last_success.clone()),
            scores,
            values,
            explained,
        }
    }

    /// What a finding is: the first reason that is a pattern names it; what the risk would have passed
    /// over is what its rule says.
    fn family(
        &self,
        context: &LoginContext<'_>,
        reasons: &[Reason],
        families: &BTreeSet<Family>,
        flagged: Flagging,
    ) -> Family {
        let named = name_of(reasons, families, self.goes_on(context));
        let ruled = self.rules.of(flagged.rules).map(|rule| rule.family).next();
        let named = match flagged.by_risk {
            true => named.or(ruled),
            false => ruled.or(named),
        };
        named
            .or_else(|| families.first().copied())
            .unwrap_or(Family::Unusual)
    }

    /// The guessing of this user's password that a failed login goes on with.
    fn goes_on(&self, context: &LoginContext<'_>) -> Option<Family> {
        let findings = &context.user?.findings;
        let is_open = |family: &Family| {
            let open = findings.open(*family as u8, context.now_s, self.thresholds.cooldown_s);
            open.is_some()
        };
        let mut guessing = GUESSING.into_iter().filter(|_| !context.login.success);
        guessing.find(is_open)
    }

    /// What moved the risk, where nothing was observed that people have a name for.
    fn in_sentences(&self, reasons: &[Reason], values: &Values) -> Option<Vec<Reason>> {
        let [reason] = reasons else {
            return None;
        };
        if reason.code != UNUSUAL_COMBINATION {
            return None;
        }
        let text = reasons::sentences::of(&self.model, values)?;
        Some(vec![Reason {
            text,
            ..reason.clone()
        }])
    }

    /// What rules say of a login goes before what is observed besides.
    fn with_rules_said(&self, reasons: Vec<Reason>, rules: RuleSet) -> Vec<Reason> {
        if rules.is_empty() {
            return reasons;
        }
        let said = self.rules.of(rules).map(|rule| Reason {
            code: rule.name,
            evidence: Evidence::Rule,
            family: None,
            attack: rule.attack,
            text: rule.says.clone(),
        });
        let observed = reasons.into_iter();
        let observed = observed.filter(|reason| reason.code != UNUSUAL_COMBINATION);
        said.chain(observed).collect()
    }

    fn explains(&self, context: &LoginContext<'_>, flag: Flag) -> bool {
        let told = context
            .tenant
            .map_or(0, |tenant| tenant.told_this_minute(context.now_s, flag));
        let most = if flag.is_urgent() {
            self.thresholds.urgent_explanations_per_minute
        } else {
            self.thresholds.explanations_per_minute
        };
        !flag.repeat && told < most
    }

    /// Judges logins in order and applies each before the next.
    pub fn judge_all(
        &self,
        profiles: &mut Profiles,
        logins: &[ChunkLogin<'_>],
    ) -> Result<Vec<Verdict>, DamagedCell> {
        go_through(profiles, logins.iter().copied(), |place, context| {
            let verdict = self.judge(context, logins[place].display);
            (verdict.disposition(), verdict)
        })
    }
}

#[cfg(test)]
mod tests;
