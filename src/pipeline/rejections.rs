//! Tells while records are rejected: at once of the first, then once a minute of how many and why.

use std::collections::BTreeMap;

const EVERY_MS: u64 = 60_000;

/// What was rejected since it was last told.
#[derive(Debug, Default)]
pub struct Rejections {
    counts: BTreeMap<&'static str, u64>,
    told_ms: Option<u64>,
}

impl Rejections {
    /// Counts a rejected record.
    pub fn count(&mut self, reason: &'static str) {
        *self.counts.entry(reason).or_default() += 1;
    }

    /// What to tell now, if anything: the number of records, and how many for each reason.
    pub fn due(&mut self, now_ms: u64) -> Option<(u64, String)> {
        let waits = |told_ms: u64| now_ms.saturating_sub(told_ms) < EVERY_MS;
        if self.counts.is_empty() || self.told_ms.is_some_and(waits) {
            return None;
        }
        self.told_ms = Some(now_ms);
        let counts = std::mem::take(&mut self.counts);
        let texts: Vec<String> = counts
            .iter()
            .map(|(reason, count)| format!("{reason} {count}"))
            .collect();
        Some((counts.values().sum(), texts.join(", ")))
    }

    /// Says what is due.
    pub fn tell(&mut self, now_ms: u64, topic: &str) {
        if let Some((records, reasons)) = self.due(now_ms) {
            tracing::warn!(
                records,
                reasons,
                topic,
                "records are no logins and were rejected"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_told_at_once_and_the_others_once_a_minute() {
        let mut rejections = Rejections::default();
        assert_eq!(rejections.due(0), None);
        rejections.count("not_json");
        assert_eq!(rejections.due(5), Some((1, "not_json 1".to_owned())));
        for reason in ["not_json", "empty", "not_json"] {
            rejections.count(reason);
        }
        assert_eq!(rejections.due(60_004), None);
        assert_eq!(
            rejections.due(60_005),
            Some((3, "empty 1, not_json 2".to_owned()))
        );
        assert_eq!(rejections.due(200_000), None);
        rejections.count("empty");
        assert_eq!(rejections.due(200_001), Some((1, "empty 1".to_owned())));
    }
}
