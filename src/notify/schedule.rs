//! What may wait: quiet hours, and digests.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::detector::Severity;

/// Hours of every day in which nobody is disturbed, over midnight where they end before they begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuietHours {
    pub from: Time,
    pub until: Time,
    pub zone: TimeZone,
}

impl QuietHours {
    /// Reads `22:00-07:00`; `None` where it is not of that form.
    #[must_use]
    pub fn parse(text: &str, zone: TimeZone) -> Option<Self> {
        let (from, until) = text.split_once('-')?;
        let time = |text: &str| Time::strptime("%H:%M", text.trim()).ok();
        let (from, until) = (time(from)?, time(until)?);
        (from != until).then_some(Self { from, until, zone })
    }

    #[must_use]
    pub fn contains(&self, time_ms: i64) -> bool {
        let Ok(time) = Timestamp::from_millisecond(time_ms) else {
            return false;
        };
        let time = time.to_zoned(self.zone.clone()).time();
        if self.from < self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        }
    }
}

/// When a receiver is told of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub quiet: Option<QuietHours>,
    /// What comes within so long goes together; 0: each by itself.
    pub digest_ms: i64,
    /// From this severity on nothing waits.
    pub at_once: Severity,
}

impl Schedule {
    #[must_use]
    pub fn is_at_once(&self, severity: Severity) -> bool {
        severity >= self.at_once || (self.quiet.is_none() && self.digest_ms == 0)
    }

    /// Whether what may wait does so now.
    #[must_use]
    pub fn is_quiet(&self, now_ms: i64) -> bool {
        self.quiet
            .as_ref()
            .is_some_and(|quiet| quiet.contains(now_ms))
    }
}
