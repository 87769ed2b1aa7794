//! Features as people think of them: kilometres and minutes, not their logarithms.

use std::sync::LazyLock;

use super::{FEATURES, Values, log};
use crate::words::{bytes, count, grouped, short, span};

const DAY_S: f64 = 86_400.0;

/// How a feature is computed from what people would say.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scale {
    Same,
    /// ln(1 + x), of so many units each.
    Log1p(f64),
    /// ln(x)
    Log,
    /// 0 or 1
    Flag,
}

/// A feature under the name and in the unit that people use.
#[derive(Debug)]
pub struct Natural {
    pub name: String,
    pub unit: &'static str,
    scale: Scale,
}

impl Natural {
    /// Whether it is true or false.
    #[must_use]
    pub fn is_flag(&self) -> bool {
        self.scale == Scale::Flag
    }

    /// A value in this unit as people say it.
    #[must_use]
    pub fn in_words(&self, value: Option<f64>) -> String {
        let Some(value) = value else {
            return "not known".to_owned();
        };
        match self.unit {
            _ if self.is_flag() => if value >= 0.5 { "yes" } else { "no" }.to_owned(),
            "minutes" => span((value * 60.0).round() as u32),
            "days" if value < 2.0 => span((value * DAY_S).round() as u32),
            "days" => count(value, "day"),
            "km" | "km/h" => format!("{} {}", grouped(value), self.unit),
            "bytes" => bytes(value),
            "nats" if self.name.contains("likelihood_ratio") => {
                format!("{} times", short(libm::exp(value)))
            }
            "nats" => format!("one in {}", grouped(libm::exp(value).max(1.0))),
            // What rounds to nothing has no sign of its own.
            "spreads above the usual" if value.abs() < 0.05 => "0 spreads".to_owned(),
            "spreads above the usual" => format!("{value:+.1} spreads"),
            "doublings" => format!("{} times", short(libm::exp2(value))),
            "new ones a login" => {
                format!(
                    "once in {}",
                    count((1.0 / value.max(1e-6)).max(1.0), "login")
                )
            }
            "denials in 10 min" => grouped(value),
            "today's logins over a usual day's" => format!("{} times", short(value)),
            unit if unit.starts_with("share of") => format!("{:.0} %", 100.0 * value),
            unit if unit.contains("times ") => format!("{} times", short(value)),
            // What is counted says what a feature is.
            unit if !unit.contains(' ') => grouped(value),
            unit => format!("{} {unit}", short(value)),
        }
    }

    /// The value of the feature that stands for one in this unit. Exact: what was counted compares
    /// as counts do.
    #[must_use]
    pub fn to_feature(&self, natural: f64) -> f32 {
        let value = match self.scale {
            Scale::Same | Scale::Flag => natural,
            Scale::Log1p(_) if natural < 0.0 => f64::NAN,
            Scale::Log1p(units) => log(natural * units),
            Scale::Log => libm::log(natural),
        };
        value as f32
    }

    /// What a value of the feature means in this unit; NaN where it is missing.
    #[must_use]
    pub fn of_feature(&self, value: f32) -> f64 {
        let value = f64::from(value);
        match self.scale {
            Scale::Same | Scale::Flag => value,
            Scale::Log1p(units) => libm::expm1(value) / units,
            Scale::Log => libm::exp(value),
        }
    }
}

/// A feature of one login, in its natural unit, and what is usual.
#[derive(Clone, Debug)]
pub struct Seen {
    natural: &'static Natural,
    /// What it is, for people.
    pub says: &'static str,
    /// `None` where it is missing.
    pub value: Option<f64>,
    /// The median over honest logins.
    pub usual: Option<f64>,
}

impl Seen {
    /// `None` of a feature that means nothing alone.
    #[must_use]
    pub fn of(feature: usize, values: &Values, usual: &[f32]) -> Option<Self> {
        let natural = NATURAL[feature].as_ref()?;
        let known = |value: f32| Some(natural.of_feature(value)).filter(|value| value.is_finite());
        Some(Self {
            natural,
            says: FEATURES[feature].says,
            value: known(values[feature]),
            usual: known(usual[feature]),
        })
    }

    #[must_use]
    pub fn name(&self) -> &'static str {
        &self.natural.name
    }

    #[must_use]
    pub fn unit(&self) -> &'static str {
        self.natural.unit
    }

    /// Whether it explains something: what is not known, or as it always is, does not.
    #[must_use]
    pub fn is_telling(&self) -> bool {
        self.value.is_some() && self.value_in_words() != self.usual_in_words()
    }

    #[must_use]
    pub fn value_in_words(&self) -> String {
        self.natural.in_words(self.value)
    }

    #[must_use]
    pub fn usual_in_words(&self) -> String {
        self.natural.in_words(self.usual)
    }

    /// What it is, and against what: `speed from the last login: 4 200 km/h (usual:
    /// 12 km/h)`.
    #[must_use]
    pub fn sentence(&self) -> String {
        match (self.natural.is_flag(), self.value, self.usual) {
            (true, Some(value), Some(usual)) if value >= 0.5 && usual < 0.5 => self.says.to_owned(),
            (_, _, Some(_)) => format!(
                "{}: {} (usual: {})",
                self.says,
                self.value_in_words(),
                self.usual_in_words()
            ),
            (_, _, None) => format!("{}: {}", self.says, self.value_in_words()),
        }
    }
}

/// Each feature as people think of it; `None` for those that mean nothing alone.
pub static NATURAL: LazyLock<Vec<Option<Natural>>> = LazyLock::new(|| {
    let all = FEATURES
        .iter()
        .map(|feature| natural(feature.name, feature.unit));
    all.collect()
});

fn natural(name: &str, unit: &'static str) -> Option<Natural> {
    let logged = unit
        .strip_prefix("ln(1 + ")
        .and_then(|unit| unit.strip_suffix(')'));
    let (ending, unit, scale) = match (unit, logged) {
        (_, Some("s")) => ("_minutes", "minutes", Scale::Log1p(60.0)),
        (_, Some("min")) => ("_minutes", "minutes", Scale::Log1p(1.0)),
        (_, Some("days")) => ("_days", "days", Scale::Log1p(1.0)),
        (_, Some("km")) => ("_km", "km", Scale::Log1p(1.0)),
        (_, Some("km/h")) => ("_kmh", "km/h", Scale::Log1p(1.0)),
        (_, Some(counted)) => ("", counted, Scale::Log1p(1.0)),
        ("0 or 1", None) => ("", "true or false", Scale::Flag),
        (unit, None) if unit.starts_with("sine ") || unit.starts_with("cosine ") => return None,
        (unit, None) => match unit.strip_prefix("ln of ") {
            Some(times) => ("_times", times, Scale::Log),
            None => ("", unit, Scale::Same),
        },
    };
    Some(Natural {
        name: format!("{name}{ending}"),
        unit,
        scale,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn named(name: &str) -> &'static Natural {
        let mut all = NATURAL.iter().flatten();
        all.find(|natural| natural.name == name).expect(name)
    }

    #[test]
    fn names_are_distinct_and_say_their_unit() {
        let names: BTreeSet<&str> = NATURAL
            .iter()
            .flatten()
            .map(|one| one.name.as_str())
            .collect();
        assert_eq!(names.len(), NATURAL.iter().flatten().count());
        assert_eq!(named("speed_kmh").unit, "km/h");
        assert_eq!(named("since_reset_minutes").unit, "minutes");
        assert!(named("new_device").is_flag());
        assert_eq!(
            NATURAL[crate::features::index("hour_sin").unwrap()]
                .as_ref()
                .map(|_| ()),
            None
        );
    }

    #[test]
    fn values_read_as_people_say_them() {
        let say = |name: &str, value: f64| named(name).in_words(Some(value));
        assert_eq!(say("speed_kmh", 4_200.0), "4 200 km/h");
        assert_eq!(say("since_reset_minutes", 12.5), "12 minutes");
        assert_eq!(say("device_age_days", 210.0), "210 days");
        assert_eq!(say("device_share", 0.25), "25 %");
        assert_eq!(say("country_rarity", libm::log(400.0)), "one in 400");
        assert_eq!(say("new_device", 1.0), "yes");
        assert_eq!(say("bytes_out", 349_881.0), "349.9 kB");
        assert_eq!(say("user_failures_hour", 2.0), "2");
        assert_eq!(say("day_bytes_out_times", 8.0), "8.00 times");
        assert_eq!(say("bytes_out_z", 2.48), "+2.5 spreads");
        assert_eq!(say("bytes_out_z", -0.04), "0 spreads");
        assert_eq!(named("speed_kmh").in_words(None), "not known");
        assert_eq!(say("day_share", 8.0), "8.00 times");
        assert_eq!(say("mfa_denials", 3.0), "3");
        assert_eq!(say("account_age_days", 1.0), "24 hours");
        assert_eq!(say("device_novelty", 0.25), "once in 4 logins");
        // Every unit has its words: none is a number with the unit of the model behind it.
        for natural in NATURAL.iter().flatten() {
            let said = natural.in_words(Some(0.3));
            let has_unit = natural.unit.contains(' ') && said.ends_with(natural.unit);
            assert!(
                !has_unit || natural.unit == "failures a success",
                "{}: {said}",
                natural.name
            );
        }
    }

    /// A bound is the very value that the feature has there.
    #[test]
    #[allow(clippy::float_cmp)]
    fn counts_compare_as_counts() {
        let failures = named("user_failures_hour");
        for count in 0..2_000u32 {
            let value = log(f64::from(count)) as f32;
            assert_eq!(failures.to_feature(f64::from(count)), value);
            assert!((failures.of_feature(value) - f64::from(count)).abs() < 1e-2);
        }
        let minutes = named("since_reset_minutes");
        assert_eq!(minutes.to_feature(2.0), log(120.0) as f32);
        assert!(minutes.of_feature(f32::NAN).is_nan());
    }
}
