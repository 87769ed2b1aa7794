//! Features as people think of them: kilometres and minutes, not their logarithms.

use std::sync::LazyLock;

use super::{FEATURES, log};

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
