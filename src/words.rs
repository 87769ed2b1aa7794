//! Numbers as people read them.

const HOUR_S: u32 = 3_600;
const DAY_S: u32 = 86_400;

/// A number of things, in words: `1 failure`, `2 failures`, `3 cities`.
#[must_use]
pub fn count(number: f64, thing: &str) -> String {
    let digits = grouped(number);
    let plural = match thing.strip_suffix('y') {
        _ if digits == "1" => thing.to_owned(),
        Some(stem) if !stem.ends_with('a') => format!("{stem}ies"),
        _ => format!("{thing}s"),
    };
    format!("{digits} {plural}")
}

/// A whole number with its thousands apart: `1 240`.
#[must_use]
pub fn grouped(number: f64) -> String {
    let digits = format!("{:.0}", number.max(0.0));
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A length of time in its largest fitting unit.
#[must_use]
pub fn span(seconds: u32) -> String {
    match seconds {
        0 => "less than a second".to_owned(),
        1..120 => count(f64::from(seconds), "second"),
        120..7_200 => count(f64::from(seconds / 60), "minute"),
        7_200..172_800 => count(f64::from(seconds / HOUR_S), "hour"),
        _ => count(f64::from(seconds / DAY_S), "day"),
    }
}

/// A number of bytes in the unit of its size, decimal: `349.9 kB`.
#[must_use]
pub fn bytes(number: f64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    let mut rest = number.max(0.0);
    if rest < 1_000.0 {
        return count(rest, "byte");
    }
    let mut unit = 0;
    rest /= 1_000.0;
    while rest >= 999.95 && unit + 1 < units.len() {
        rest /= 1_000.0;
        unit += 1;
    }
    format!("{rest:.1} {}", units[unit])
}

/// A number with three digits that count.
#[must_use]
pub fn short(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 && value < 0.0 => format!("-{}", grouped(-value)),
        large if large >= 100.0 => grouped(value),
        middling if middling >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(1_240_000.4), "1 240 000");
        assert_eq!(grouped(12.0), "12");
        assert_eq!(count(1.0, "failure"), "1 failure");
        assert_eq!(count(3.0, "known country"), "3 known countries");
        assert_eq!(bytes(512.0), "512 bytes");
        assert_eq!(bytes(349_881.0), "349.9 kB");
        assert_eq!(bytes(999_960.0), "1.0 MB");
        assert_eq!(bytes(2.5e12), "2.5 TB");
        assert_eq!(short(3.236), "3.24");
        assert_eq!(short(1_234.5), "1 234");
        assert_eq!(short(-150.0), "-150");
        assert_eq!(span(90), "90 seconds");
        assert_eq!(span(1_100), "18 minutes");
        assert_eq!(span(86_400 * 3), "3 days");
    }
}
