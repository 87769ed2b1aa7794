//! A condition as it is asked of each login: comparisons, in the order of what they cost.
//!
//! What is missing meets nothing: neither `speed_kmh > 900` nor its opposite holds where no speed is
//! known. So there is no "not" here; the compiler turns what is asked the other way round.

use std::cell::OnceCell;

use super::super::is_first;
use super::field::Word;
use crate::features::Values;
use crate::features::natural::NATURAL;
use crate::login::Login;
use crate::profile::LoginContext;

/// A login that conditions are asked of.
pub struct Subject<'a> {
    pub login: &'a Login,
    pub values: &'a Values,
    /// The calibrated probability of an attack, 0 to 1.
    pub risk: f64,
    /// Whether it is one of its user's first logins.
    pub is_first: bool,
    /// Successes of everyone in the half year from its network, which the model knows as a share.
    pub asn_successes: Option<u32>,
    /// Finds the codes of its reasons, once where some condition asks.
    find_reasons: &'a dyn Fn() -> Vec<&'static str>,
    reasons: OnceCell<Vec<&'static str>>,
}

impl<'a> Subject<'a> {
    #[must_use]
    pub fn new(
        context: &LoginContext<'a>,
        values: &'a Values,
        risk: f64,
        find_reasons: &'a dyn Fn() -> Vec<&'static str>,
    ) -> Self {
        let asn = context.login.asn;
        Self {
            login: context.login,
            values,
            risk,
            is_first: is_first(context),
            asn_successes: asn.map(|_| context.prevalences.asn.successes),
            find_reasons,
            reasons: OnceCell::new(),
        }
    }

    fn has_reason(&self, code: &str) -> bool {
        let reasons = self.reasons.get_or_init(self.find_reasons);
        reasons.contains(&code)
    }
}

/// How two numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    Below,
    AtMost,
    Equal,
    NotEqual,
    AtLeast,
    Above,
}

impl Test {
    /// The test that holds where this one does not.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Below => Self::AtLeast,
            Self::AtMost => Self::Above,
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::AtLeast => Self::Below,
            Self::Above => Self::AtMost,
        }
    }

    /// The same test with its sides exchanged.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::Below => Self::Above,
            Self::AtMost => Self::AtLeast,
            Self::AtLeast => Self::AtMost,
            Self::Above => Self::Below,
            same => same,
        }
    }

    // Counts are exact: see `Natural::to_feature`.
    #[allow(clippy::float_cmp)]
    fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Below => value < bound,
            Self::AtMost => value <= bound,
            Self::Equal => value == bound,
            Self::NotEqual => !value.is_nan() && value != bound,
            Self::AtLeast => value >= bound,
            Self::Above => value > bound,
        }
    }

    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::AtLeast => ">=",
            Self::Above => ">",
        }
    }
}

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    /// A feature against a bound in its own scale.
    Number {
        feature: usize,
        test: Test,
        bound: f32,
    },
    Flag {
        feature: usize,
        is: bool,
    },
    Known {
        feature: usize,
        is: bool,
    },
    Risk {
        test: Test,
        bound: f64,
    },
    /// Everyone's successes from the network.
    AsnSuccesses {
        test: Test,
        bound: f64,
    },
    Success(bool),
    FirstLogins(bool),
    /// Whether a field has one of some words, by their bits.
    Word {
        field: Word,
        words: u32,
        is: bool,
    },
    Country {
        codes: Vec<[u8; 2]>,
        is: bool,
    },
    Reason {
        code: &'static str,
        is: bool,
    },
    Constant(bool),
}

impl Condition {
    /// Whether a login meets it.
    #[must_use]
    pub fn holds(&self, subject: &Subject<'_>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(subject)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(subject)),
            Self::Number {
                feature,
                test,
                bound,
            } => test.holds(f64::from(subject.values[*feature]), f64::from(*bound)),
            Self::Flag { feature, is } => {
                let value = subject.values[*feature];
                if *is { value >= 0.5 } else { value < 0.5 }
            }
            Self::Known { feature, is } => subject.values[*feature].is_nan() != *is,
            Self::Risk { test, bound } => test.holds(subject.risk, *bound),
            Self::AsnSuccesses { test, bound } => {
                let successes = subject.asn_successes;
                successes.is_some_and(|successes| test.holds(successes.into(), *bound))
            }
            Self::Success(is) => subject.login.success == *is,
            Self::FirstLogins(is) => subject.is_first == *is,
            Self::Word { field, words, is } => {
                let place = field.of(subject.login);
                place.is_some_and(|place| (words >> place & 1 == 1) == *is)
            }
            Self::Country { codes, is } => {
                let code = subject.login.country_code;
                code.is_some_and(|code| codes.contains(&code) == *is)
            }
            Self::Reason { code, is } => subject.has_reason(code) == *is,
            Self::Constant(is) => *is,
        }
    }

    /// What asking costs, roughly: reasons are found for every login that comes so far.
    fn cost(&self) -> u32 {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::cost).sum(),
            Self::Reason { .. } => 10_000,
            Self::Country { .. } | Self::Word { .. } => 2,
            _ => 1,
        }
    }

    /// The same with the cheapest parts first, and no list within one of its kind.
    pub(super) fn in_order(self) -> Self {
        let (parts, all) = match self {
            Self::All(parts) => (parts, true),
            Self::Any(parts) => (parts, false),
            single => return single,
        };
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts.into_iter().map(Self::in_order) {
            match part {
                Self::All(inner) if all => flat.extend(inner),
                Self::Any(inner) if !all => flat.extend(inner),
                other => flat.push(other),
            }
        }
        flat.sort_by_key(Self::cost);
        if all {
            Self::All(flat)
        } else {
            Self::Any(flat)
        }
    }

    /// The parts that are asked, each with what a login has there and whether it holds.
    #[must_use]
    pub fn observed(&self, subject: &Subject<'_>) -> Vec<Observed> {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                let parts = parts.iter();
                parts.flat_map(|part| part.observed(subject)).collect()
            }
            single => vec![Observed {
                asked: single.to_string(),
                found: single.found(subject),
                holds: single.holds(subject),
            }],
        }
    }

    fn found(&self, subject: &Subject<'_>) -> String {
        let number = |value: f64| match value {
            value if value.is_nan() => "not known".to_owned(),
            value if value.abs() >= 100.0 => format!("{value:.0}"),
            value => format!("{}", (value * 100.0).round() / 100.0),
        };
        match self {
            Self::All(_) | Self::Any(_) | Self::Constant(_) => String::new(),
            Self::Number { feature, .. } => number(natural(*feature, subject.values[*feature])),
            Self::Flag { feature, .. } => match subject.values[*feature] {
                value if value.is_nan() => "not known".to_owned(),
                value => (value >= 0.5).to_string(),
            },
            Self::Known { feature, .. } => match subject.values[*feature].is_nan() {
                true => "not known".to_owned(),
                false => "known".to_owned(),
            },
            Self::Risk { .. } => number(subject.risk),
            Self::AsnSuccesses { .. } => number(subject.asn_successes.map_or(f64::NAN, f64::from)),
            Self::Success(_) => subject.login.success.to_string(),
            Self::FirstLogins(_) => subject.is_first.to_string(),
            Self::Word { field, .. } => {
                let place = field.of(subject.login);
                place
                    .map_or("not known", |place| field.all()[place])
                    .to_owned()
            }
            Self::Country { .. } => {
                let code = subject.login.country_code.as_ref();
                code.map_or("not known".to_owned(), text_of)
            }
            Self::Reason { code, .. } => subject.has_reason(code).to_string(),
        }
    }
}

/// A part of a condition as it was met.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Observed {
    pub asked: String,
    pub found: String,
    pub holds: bool,
}

impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list = |f: &mut std::fmt::Formatter<'_>, parts: &[Self], sign: &str| {
            for (place, part) in parts.iter().enumerate() {
                let sign = if place > 0 { sign } else { "" };
                match part {
                    Self::Any(_) => write!(f, "{sign}({part})")?,
                    _ => write!(f, "{sign}{part}")?,
                }
            }
            Ok(())
        };
        let not = |is: &bool| if *is { "" } else { "!" };
        match self {
            Self::All(parts) => list(f, parts, " && "),
            Self::Any(parts) => list(f, parts, " || "),
            Self::Number {
                feature,
                test,
                bound,
            } => {
                let bound = (natural(*feature, *bound) * 1e4).round() / 1e4;
                write!(f, "{} {} {bound}", name(*feature), test.sign())
            }
            Self::Flag { feature, is } => write!(f, "{}{}", not(is), name(*feature)),
            Self::Known { feature, is } => write!(f, "{}known({})", not(is), name(*feature)),
            Self::Risk { test, bound } => write!(f, "risk {} {bound}", test.sign()),
            Self::AsnSuccesses { test, bound } => {
                write!(f, "asn_successes {} {bound}", test.sign())
            }
            Self::Success(is) => write!(f, "{}success", not(is)),
            Self::FirstLogins(is) => write!(f, "{}first_logins", not(is)),
            Self::Word { field, words, is } => {
                let all = field.all().into_iter().enumerate();
                let of = all.filter(|(place, _)| words >> place & 1 == 1);
                let of: Vec<String> = of.map(|(_, word)| format!("{word:?}")).collect();
                let name = match field {
                    Word::EventType => "event_type",
                    Word::NetworkClass => "network_class",
                    Word::ProviderRisk => "provider_risk",
                };
                write!(f, "{}({name} in [{}])", not(is), of.join(", "))
            }
            Self::Country { codes, is } => {
                let codes: Vec<String> = codes.iter().map(text_of).collect();
                write!(f, "{}(country in {codes:?})", not(is))
            }
            Self::Reason { code, is } => write!(f, "{}({code:?} in reasons)", not(is)),
            Self::Constant(is) => write!(f, "{is}"),
        }
    }
}

fn text_of(code: &[u8; 2]) -> String {
    String::from_utf8_lossy(code).into_owned()
}

fn name(feature: usize) -> &'static str {
    let natural = NATURAL.get(feature).and_then(Option::as_ref);
    natural.map_or("", |natural| natural.name.as_str())
}

fn natural(feature: usize, value: f32) -> f64 {
    let natural = NATURAL.get(feature).and_then(Option::as_ref);
    natural.map_or(f64::NAN, |natural| natural.of_feature(value))
}
