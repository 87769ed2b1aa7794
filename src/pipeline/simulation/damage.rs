//! Damaged profiles and lost logins: what is found again, what is refused, and why.

use super::crashes::live;
use super::digest;
use super::setting::{Setting, Verdicts};
use crate::checkpoint::page_number;
use crate::login::Offset;
use crate::pipeline::*;

fn setting() -> Setting {
    Setting {
        world: 1,
        partitions: 2,
        keyed: true,
        idle_hours: 30,
        verdicts: Verdicts::Real,
    }
}

/// A broker whose logins are all committed, by a process that is gone.
fn left_behind(rate: u32) -> MemoryBroker {
    let broker = setting().broker();
    let mut process = setting().start(&broker, 50, rate);
    assert!(live(&mut process, &broker));
    broker.leave(process.log().member());
    broker
}

/// The same by a process that wrote all its profiles before it went.
fn left_in_order() -> MemoryBroker {
    let broker = setting().broker();
    let mut process = setting().start(&broker, 50, 1 << 26);
    assert!(live(&mut process, &broker));
    while process.checkpoint_is_due() {
        process.turn().unwrap();
    }
    broker.leave(process.log().member());
    broker
}

fn restored(broker: &MemoryBroker, accept_loss: bool) -> Result<String, String> {
    let mut process = setting().start(broker, 50, 1 << 20);
    process.checkpoint = Checkpoint::new(
        "test/logins".to_owned(),
        Seal::new(&IdHasher::default()),
        CheckpointConfig {
            accept_loss,
            ..*process.checkpoint.config()
        },
    );
    let outcome = (0..10_000).find_map(|_| match process.turn() {
        Err(error) => Some(Err(error.to_string())),
        Ok(_) if process.recovering.is_none() => Some(Ok(digest(&process))),
        Ok(_) => None,
    });
    broker.leave(process.log().member());
    outcome.expect("it never goes live")
}

/// Every kind of damage to the profiles, while all logins are there: the same profiles are found
/// again from the logins.
#[test]
fn damaged_profiles_are_found_again_from_the_logins() {
    let expected = setting().reference().digest;
    for rate in [2_000, 1 << 26] {
        let all = |rows: &mut Vec<(Offset, crate::log::ProfileRow)>| rows.clear();
        let broker = left_behind(rate);
        assert_eq!(restored(&broker, false), Ok(expected.clone()));
        broker.damage_profiles(Partition(0), all);
        assert_eq!(
            restored(&broker, false),
            Ok(expected.clone()),
            "one emptied"
        );
        let broker = left_behind(rate);
        (0..2).for_each(|partition| broker.damage_profiles(Partition(partition), all));
        assert_eq!(
            restored(&broker, false),
            Ok(expected.clone()),
            "a deleted topic"
        );
        type Damage = fn(&mut Vec<(Offset, crate::log::ProfileRow)>);
        let damages: [(&str, Damage); 4] = [
            ("no head", |rows| rows.retain(|(_, row)| row.key != b"head")),
            ("a page is missing", |rows| {
                let last = rows
                    .iter()
                    .rposition(|(_, row)| page_number(&row.key).is_some());
                rows.remove(last.unwrap());
            }),
            ("a bit is flipped", |rows| {
                let last = rows
                    .iter()
                    .rposition(|(_, row)| page_number(&row.key).is_some());
                let value = rows[last.unwrap()].1.value.as_mut().unwrap();
                let middle = value.len() / 2;
                value[middle] ^= 1;
            }),
            ("another version", |rows| {
                for (_, row) in rows {
                    if let Some(value) = &mut row.value {
                        value[0] += 1;
                    }
                }
            }),
        ];
        for (name, damage) in damages {
            let broker = left_behind(rate);
            broker.damage_profiles(Partition(1), damage);
            assert_eq!(restored(&broker, false), Ok(expected.clone()), "{name}");
        }
        let broker = left_behind(rate);
        let committed = broker.committed();
        let offset = committed[&Partition(0)];
        broker.set_committed(Partition(0), Some(Offset(offset.0 - 5)));
        let mut process = setting().start(&broker, 50, rate);
        assert!(live(&mut process, &broker));
        assert_eq!(digest(&process), expected, "an offset moved back");
        let broker = left_behind(rate);
        broker.set_committed(Partition(1), None);
        assert_eq!(
            restored(&broker, false),
            Ok(expected.clone()),
            "a forgotten offset"
        );
    }
}

/// A broker that is killed may lose the offsets of a transaction that it committed, and keep all
/// else of it: nothing of it is published again, also not by who comes after.
#[test]
fn offsets_that_the_broker_lost_are_known_from_the_profiles() {
    let expected = setting().reference();
    for back in [1, 5, 40] {
        let broker = left_behind(2_000);
        for (partition, offset) in broker.committed() {
            broker.lose_committed(partition, Offset((offset.0 - back).max(0)));
        }
        assert_eq!(
            restored(&broker, false),
            Ok(expected.digest.clone()),
            "{back}"
        );
        let alerts = broker.alerts().len();
        for _ in 0..2 {
            let mut process = setting().start(&broker, 50, 2_000);
            assert!(live(&mut process, &broker));
            for _ in 0..20 {
                process.turn().unwrap();
            }
            assert_eq!(broker.alerts().len(), alerts, "an alert came twice");
            broker.leave(process.log().member());
        }
    }
}

/// What is found again from the logins is itself restored after a crash, however little of it was
/// written by then and though the pages of the earlier life are still there.
#[test]
fn a_crash_after_profiles_were_found_again_is_survived() {
    let expected = setting().reference().digest;
    for turns in 1..40 {
        let broker = left_behind(1 << 26);
        broker.damage_profiles(Partition(1), |rows| {
            rows.retain(|(_, row)| row.key != b"head")
        });
        let mut process = setting().start(&broker, 50, 100_000);
        while process.recovering.is_some() || process.checkpoint.cut().is_empty() {
            process.turn().unwrap();
        }
        for _ in 0..turns {
            process.checkpoint_alone(1_000).unwrap();
        }
        broker.leave(process.log().member());
        assert_eq!(
            restored(&broker, false),
            Ok(expected.clone()),
            "{turns} commits"
        );
    }
}

/// Profiles of another group or topic are never taken for one's own.
#[test]
fn the_profiles_of_another_stream_are_refused() {
    let broker = left_behind(1 << 26);
    let mut process = setting().start(&broker, 50, 1 << 20);
    process.checkpoint = Checkpoint::new(
        "test/other".to_owned(),
        Seal::new(&IdHasher::default()),
        *process.checkpoint.config(),
    );
    let refused = (0..100).find_map(|_| process.turn().err()).unwrap();
    assert!(
        refused.to_string().contains("a topics.profiles of its own"),
        "{refused}"
    );
}

/// Where logins are gone that the state needs, it is refused with the reason and the remedy, unless
/// the loss is accepted.
#[test]
fn lost_logins_are_told_and_refused_until_the_loss_is_accepted() {
    let broker = left_behind(2_000);
    broker.damage_profiles(Partition(0), Vec::clear);
    broker.delete_logins(Partition(0), Offset(10));
    let refused = restored(&broker, false).unwrap_err();
    assert!(
        refused.contains("partition 0") && refused.contains("accept_loss"),
        "{refused}"
    );
    assert!(restored(&broker, true).is_ok());

    // Pages alone are enough where nothing is left to redo.
    let broker = left_in_order();
    let committed = broker.committed();
    for (partition, offset) in &committed {
        broker.delete_logins(*partition, *offset);
    }
    assert_eq!(restored(&broker, false), Ok(setting().reference().digest));

    // Down for longer than logins are kept.
    let offset = committed[&Partition(0)];
    broker.set_committed(Partition(0), Some(offset));
    for _ in 0..10 {
        broker.append(Partition(0), 0, b"{}".to_vec());
    }
    broker.delete_logins(Partition(0), Offset(offset.0 + 5));
    let refused = restored(&broker, false).unwrap_err();
    assert!(refused.contains("before they were scored"), "{refused}");
    assert!(restored(&broker, true).is_ok());
}

/// The topic stays within a few times the state, however long the stream is.
#[test]
fn the_profiles_topic_stays_bounded() {
    let broker = setting().broker();
    let mut process = setting().start(&broker, 10, 1 << 26);
    let mut most = 0;
    while !broker.is_drained() {
        process.turn().unwrap();
        broker.compact();
        most = most.max(broker.profile_bytes());
    }
    let cells: usize = process.profiles().sizes().iter().map(|size| size.1).sum();
    assert!(broker.commits() > 50);
    assert!(
        most < 400 * 2 * (2 * cells + 2 * 2_048),
        "{most} bytes for {cells} cells"
    );
}
