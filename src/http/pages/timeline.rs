//! When flagged logins came, on a line.

use std::sync::Arc;

use super::filters::to_minute;
use super::story::StoryLine;
use crate::login::timestamp;
use crate::recent::AlertDocument;

/// The width of the drawing, in its units.
pub(super) const WIDTH: f64 = 720.0;

/// A flagged login.
pub(super) struct Mark {
    pub x: f64,
    /// `in` or `out`: whether it succeeded.
    pub class: &'static str,
    pub label: String,
}

/// A mark for each flagged login, those that got in last, so that they are seen; none where all are
/// of one moment.
pub(super) fn marks(alerts: &[Arc<AlertDocument>]) -> Vec<Mark> {
    let timed = alerts.iter().filter_map(|alert| {
        let at_ms = timestamp::from_date_or_text(&alert.timestamp).ok()?;
        Some((at_ms, StoryLine::of(alert)))
    });
    let timed: Vec<(i64, StoryLine)> = timed.collect();
    let times = || timed.iter().map(|(at_ms, _)| *at_ms);
    let (Some(first), Some(last)) = (times().min(), times().max()) else {
        return Vec::new();
    };
    if first == last {
        return Vec::new();
    }
    let x = |at_ms: i64| {
        let share = (at_ms - first) as f64 / (last - first) as f64;
        ((4.0 + share * (WIDTH - 8.0)) * 10.0).round() / 10.0
    };
    let mut marks: Vec<Mark> = timed
        .iter()
        .map(|(at_ms, line)| Mark {
            x: x(*at_ms),
            class: line.outcome,
            label: format!(
                "{}: {} {}",
                to_minute(&line.timestamp),
                line.user,
                line.what
            ),
        })
        .collect();
    marks.sort_by_key(|mark| mark.class == "in");
    marks
}
