//! What an alert costs beyond its login: its explanation, alone and with others, and its JSON.

use super::BenchError;
use super::material::{self, Material};
use super::meter::Meter;
use crate::detector::{Alert, AlertSettings, Detector, RecordPosition, Thresholds, Verdict};
use crate::features::Values;
use crate::login::{Event, Offset, Partition};

/// Alerts are explained in batches of so many at most.
const BATCH: usize = 100;
/// How many are explained in a round.
const EXPLAINED: usize = 400;

pub(super) fn measure(
    meter: &mut Meter<impl FnMut(&str)>,
    material: &Material,
) -> Result<(), BenchError> {
    let last = material.values.len().saturating_sub(EXPLAINED);
    let explained: Vec<&Values> = material.values[last..].iter().collect();
    let an_alert = (explained.len(), "alert");
    for (piece, batch) in [("explained alone", 1), ("explained with 99 others", BATCH)] {
        meter.measure(piece, an_alert, || {
            for batch in explained.chunks(batch) {
                std::hint::black_box(material.model.contributions_of(batch));
            }
            Ok(())
        })?;
    }
    json(meter, material)
}

/// Writes alerts of logins that are all flagged, without their explanations.
fn json(meter: &mut Meter<impl FnMut(&str)>, material: &Material) -> Result<(), BenchError> {
    let detector = Detector::new(material.model.clone(), Thresholds::default(), Some(0.0));
    let judged = |(place, opened): &(usize, crate::profile::OpenedProfiles)| {
        let (login, display) = &material.decoded[*place];
        let verdict = detector.judge(&opened.context(login), display);
        Ok((material::parse(&material.messages[*place])?, verdict))
    };
    let flagged: Vec<(Event<'_>, Verdict)> = material
        .opened
        .iter()
        .map(judged)
        .collect::<Result<_, BenchError>>()?;
    let source = RecordPosition {
        topic: "logins".to_owned(),
        partition: Partition(0),
        offset: Offset(1),
    };
    let settings = AlertSettings {
        contributions: 0,
        publish_repeats: true,
        detected_at_ms: 0,
    };
    let id = source.alert_id();
    meter.measure("alert as JSON", (flagged.len(), "alert"), || {
        for (event, verdict) in &flagged {
            let Some(finding) = verdict.finding.as_deref() else {
                continue;
            };
            let alert = Alert::new(
                event,
                finding,
                id.clone(),
                &detector,
                &source,
                settings,
                None,
            );
            std::hint::black_box(serde_json::to_vec(&alert)?);
        }
        Ok(())
    })
}
