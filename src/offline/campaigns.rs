//! Campaigns: one attacker with one plan. What counts is whether, and how soon, one of its logins
//! is flagged.

use std::collections::BTreeMap;

use serde::Serialize;

use super::metrics::Scored;

/// How long campaigns went on before their first alert.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct FirstAlerts {
    /// Campaigns that were found.
    pub found: u64,
    /// Of these, the share that was found at the first login.
    pub at_first_login: f64,
    pub median_logins_before: f64,
    pub median_minutes: f64,
    pub p90_minutes: f64,
}

/// Measures from the first login of each campaign that was found to its first flagged one.
#[must_use]
pub(super) fn first_alerts(scored: &[Scored], flagged: &[bool], times_ms: &[i64]) -> FirstAlerts {
    /// When it began, how many logins it had so far, and what it took to the first alert.
    struct Course {
        began_ms: i64,
        logins: u64,
        found: Option<(u64, i64)>,
    }
    let mut courses: BTreeMap<u32, Course> = BTreeMap::new();
    for (place, login) in scored.iter().enumerate().filter(|(_, login)| login.attack) {
        let Some(campaign) = login.campaign else {
            continue;
        };
        let course = courses.entry(campaign).or_insert(Course {
            began_ms: times_ms[place],
            logins: 0,
            found: None,
        });
        if flagged[place] {
            let after_ms = times_ms[place] - course.began_ms;
            course.found.get_or_insert((course.logins, after_ms));
        }
        course.logins += 1;
    }
    let found: Vec<(u64, i64)> = courses.values().filter_map(|course| course.found).collect();
    let mut logins: Vec<f64> = found.iter().map(|(logins, _)| *logins as f64).collect();
    let mut minutes: Vec<f64> = found.iter().map(|(_, ms)| *ms as f64 / 60_000.0).collect();
    let at_once = found.iter().filter(|(logins, _)| *logins == 0).count();
    FirstAlerts {
        found: found.len() as u64,
        at_first_login: at_once as f64 / found.len().max(1) as f64,
        median_logins_before: quantile(&mut logins, 0.5),
        median_minutes: quantile(&mut minutes, 0.5),
        p90_minutes: quantile(&mut minutes, 0.9),
    }
}

fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (values.len() as f64 * share) as usize;
    let value = values.get(place.min(values.len().saturating_sub(1)));
    value.copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::offline::metrics;

    #[test]
    fn a_campaign_is_found_by_any_of_its_logins_and_timed_to_the_first() {
        let login = |campaign: u32| Scored {
            score: 0.0,
            attack: true,
            campaign: Some(campaign),
            family: None,
        };
        let scored = [login(1), login(2), login(1), login(1), login(2)];
        let flagged = [false, true, false, true, false];
        let times_ms = [0, 60_000, 120_000, 180_000, 240_000];
        let found = metrics::campaigns_found(&scored, |place| flagged[place]);
        assert!(found.values().all(|found| *found) && found.len() == 2);
        let alerts = first_alerts(&scored, &flagged, &times_ms);
        assert_eq!((alerts.found, alerts.at_first_login), (2, 0.5));
        assert_eq!(
            (alerts.median_minutes, alerts.median_logins_before),
            (3.0, 2.0)
        );
    }
}
