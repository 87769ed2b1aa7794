use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

fn schedule(quiet: Option<&str>, digest_minutes: i64, at_once: Severity) -> Schedule {
    Schedule {
        quiet: quiet.map(|text| QuietHours::parse(text, jiff::tz::TimeZone::UTC).unwrap()),
        digest_ms: digest_minutes * 60_000,
        at_once,
    }
}

fn outbox(schedule: Schedule) -> Outbox {
    let mut outbox = Outbox::new(schedule);
    outbox.assign(&BTreeMap::from([(Partition(0), Standing::default())]));
    outbox
}

fn offsets(notice: &Notice) -> Vec<i64> {
    notice.reads().map(|read| read.offset.0).collect()
}

fn send(outbox: &mut Outbox, now_ms: i64) -> Option<Vec<i64>> {
    let notice = outbox.due(now_ms)?;
    outbox.done(&notice);
    Some(offsets(&notice))
}

#[test]
fn without_a_schedule_each_goes_at_once_and_in_order() {
    let mut outbox = outbox(schedule(None, 0, Severity::Critical));
    for offset in 0..3 {
        outbox.take(read(offset, NOON_MS, incident(Severity::Low)));
    }
    for offset in 0..3 {
        assert_eq!(send(&mut outbox, NOON_MS), Some(vec![offset]));
    }
    assert_eq!(send(&mut outbox, NOON_MS), None);
    assert_eq!(outbox.standings()[&Partition(0)].offset, Offset(3));
}

#[test]
fn quiet_hours_hold_back_what_is_not_urgent_and_end_with_one_notice() {
    let mut outbox = outbox(schedule(Some("11:00-13:00"), 0, Severity::High));
    for (offset, severity) in [Severity::Low, Severity::High, Severity::Medium]
        .into_iter()
        .enumerate()
    {
        outbox.take(read(offset as i64, NOON_MS, incident(severity)));
    }
    assert_eq!(send(&mut outbox, NOON_MS), Some(vec![1]));
    assert_eq!(send(&mut outbox, NOON_MS), None);
    // The next process knows what waits, and what was sent.
    let standing = outbox.standings()[&Partition(0)].clone();
    assert_eq!(standing.offset, Offset(0));
    assert_eq!(standing.note, "read 3 waiting 0,2");
    outbox.assign(&BTreeMap::from([(Partition(0), standing)]));
    for (offset, severity) in [Severity::Low, Severity::High, Severity::Medium]
        .into_iter()
        .enumerate()
    {
        outbox.take(read(offset as i64, NOON_MS, incident(severity)));
    }
    assert_eq!(send(&mut outbox, NOON_MS), None);
    outbox.take(read(3, NOON_MS + HOUR_MS, incident(Severity::Low)));
    assert_eq!(send(&mut outbox, NOON_MS + HOUR_MS), Some(vec![0, 2]));
    assert_eq!(send(&mut outbox, NOON_MS + HOUR_MS), Some(vec![3]));
}

#[test]
fn a_digest_gathers_for_its_time() {
    let mut outbox = outbox(schedule(None, 30, Severity::Critical));
    outbox.take(read(0, NOON_MS, incident(Severity::High)));
    outbox.take(read(1, NOON_MS + HOUR_MS / 4, incident(Severity::Low)));
    assert_eq!(send(&mut outbox, NOON_MS + HOUR_MS / 2 - 1), None);
    let notice = outbox.due(NOON_MS + HOUR_MS / 2).unwrap();
    assert!(notice.is_digest());
    assert!(
        notice.title().starts_with("2 incidents, the worst is high"),
        "{}",
        notice.title()
    );
    assert_eq!(offsets(&notice), [0, 1]);
}

/// Of what waits there is a bound: one more, and it goes.
#[test]
fn what_waits_is_bounded_and_its_note_fits_a_broker() {
    let mut outbox = outbox(schedule(Some("00:00-23:59"), 0, Severity::Critical));
    let mut offset = 0;
    while !outbox.is_full() {
        outbox.take(read(offset, NOON_MS, incident(Severity::Low)));
        offset += 1_000_000;
    }
    let note = &outbox.standings()[&Partition(0)].note;
    assert!(note.len() < 4_096, "{}", note.len());
    assert!(send(&mut outbox, NOON_MS).is_some_and(|sent| sent.len() == 50));
    assert_eq!(send(&mut outbox, NOON_MS), None);
}

#[derive(Clone, Debug)]
enum Step {
    Read,
    Send,
    Keep,
    Crash,
    Later,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Read),
        4 => Just(Step::Send),
        3 => Just(Step::Keep),
        1 => Just(Step::Crash),
        1 => Just(Step::Later),
    ]
}

fn severities() -> impl Strategy<Value = Vec<Severity>> {
    prop::collection::vec(prop::sample::select(Severity::ALERTING.to_vec()), 1..40)
}

proptest! {
    /// Wherever the process dies, every telling is sent, and none twice that was noted as sent.
    #[test]
    fn nothing_is_lost_and_only_what_was_not_kept_is_sent_again(
        severities in severities(),
        steps in prop::collection::vec(step(), 0..300),
        quiet in any::<bool>(),
        digest_minutes in prop::sample::select(vec![0, 10]),
    ) {
        let schedule = schedule(quiet.then_some("11:00-13:00"), digest_minutes, Severity::High);
        let mut kept = BTreeMap::from([(Partition(0), Standing::default())]);
        let mut outbox = Outbox::new(schedule);
        outbox.assign(&kept);
        let (mut next, mut now_ms) = (0, NOON_MS);
        // How often each was sent, and which as the last note knew.
        let mut sent = vec![0; severities.len()];
        let (mut noted, mut done) = (BTreeSet::new(), BTreeSet::new());
        let ending = [Step::Read, Step::Send, Step::Keep, Step::Later];
        let ending = ending.into_iter().cycle().take(4 * (severities.len() + 30));
        for step in steps.into_iter().chain(ending) {
            match step {
                Step::Read => if let Some(severity) = severities.get(next as usize) {
                    let at_ms = NOON_MS + next * 60_000;
                    // Every third is not for this receiver.
                    match next % 3 {
                        2 => outbox.skip(Partition(0), Offset(next)),
                        _ => outbox.take(read(next, at_ms, incident(*severity))),
                    }
                    next += 1;
                },
                Step::Send => if let Some(offsets) = send(&mut outbox, now_ms) {
                    for offset in offsets {
                        prop_assert!(!noted.contains(&offset), "{offset} was noted as sent");
                        sent[offset as usize] += 1;
                        done.insert(offset);
                    }
                },
                Step::Keep => {
                    kept = outbox.standings();
                    noted.clone_from(&done);
                }
                Step::Crash => {
                    outbox.assign(&kept);
                    done.clone_from(&noted);
                    next = kept[&Partition(0)].offset.0;
                }
                Step::Later => now_ms += HOUR_MS / 4,
            }
        }
        for (offset, times) in sent.iter().enumerate() {
            prop_assert_eq!(*times > 0, offset % 3 != 2, "{} was sent {} times", offset, times);
        }
        prop_assert!(outbox.is_empty());
    }
}
