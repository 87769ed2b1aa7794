//! Several processes: each writes its own parts, and knows of the others' late.

use std::collections::BTreeSet;

use super::*;
use crate::login::Offset;

/// Processes, each of which owns the partition of its number, and what they have written.
struct Group {
    processes: Vec<Incidents>,
    log: Vec<ChangedIncident>,
    /// How much of the log each has seen.
    seen: Vec<usize>,
}

impl Group {
    fn new(count: usize) -> Self {
        let process = |partition| {
            let mut one = Incidents::new(tight(1_000));
            one.own(&[Partition(partition)]);
            one
        };
        Self {
            processes: (0..count as i32).map(process).collect(),
            log: Vec::new(),
            seen: vec![0; count],
        }
    }

    /// Lets a process see what was written up to a place of the log.
    fn see(&mut self, at: usize, upto: usize) {
        let from = self.seen[at];
        for changed in &self.log[from..upto.max(from)] {
            let (process, bytes) = (&mut self.processes[at], changed.bytes.as_deref());
            assert!(process.put_foreign(changed.partition, changed.id, bytes));
        }
        self.seen[at] = upto.max(from);
    }

    /// Ends the batch of a process.
    fn commit(&mut self, at: usize) {
        self.processes[at].settle(0, &mut |_, _| ());
        self.log.extend(self.processes[at].changes());
        self.processes[at].commit();
    }

    /// A flagged login in its partition, of which the others do not hear yet.
    fn join(&mut self, one: &FlaggedLogin) -> IncidentId {
        let at = one.partition.0 as usize;
        let id = join(&mut self.processes[at], one).0;
        self.commit(at);
        id
    }

    /// Everything reaches everybody, and what that leads to.
    fn meet(&mut self) {
        for _ in 0..20 {
            for at in 0..self.processes.len() {
                self.see(at, self.log.len());
                self.commit(at);
            }
        }
    }

    /// Every process reads a verdict about an incident. Gives those that accept it.
    fn say(&mut self, id: IncidentId, verdict: VerdictKind, offset: i64) -> Vec<usize> {
        let mut accepted = Vec::new();
        for (at, process) in self.processes.iter_mut().enumerate() {
            let Some(home) = process.home_of(id) else {
                continue;
            };
            let decision = decision(verdict, offset);
            let result = match process.hearing(id, home) {
                Some(Hearing::Here(root)) => process.decide(root, decision, &mut |_, _| ()),
                Some(Hearing::PassedOn(root)) => process.pass_on(root, home, decision),
                Some(Hearing::Elsewhere) | None => continue,
            };
            assert_eq!(result, Ok(()));
            accepted.push(at);
        }
        accepted
    }

    /// Applies what is due in a process: everything it says of users and sources is done.
    fn apply(&mut self, at: usize) -> Vec<DueVerdict> {
        let process = &mut self.processes[at];
        let all = process.due_verdicts();
        for due in &all {
            let changed = due.users.iter().map(|(user, ..)| UserChange {
                user: *user,
                lists: Vec::new(),
                raised_until_s: 1,
            });
            let changed = changed.filter(|_| due.decision.is_some()).collect();
            process.note_applied(due, changed, Vec::new());
        }
        all
    }

    fn verdict_of(&self, at: usize, id: IncidentId) -> Option<VerdictKind> {
        let incident = self.processes[at].get(id).unwrap();
        incident.stands().map(|decision| decision.verdict)
    }
}

fn decision(verdict: VerdictKind, offset: i64) -> Decision {
    Decision {
        id: format!("v{offset}").into(),
        verdict,
        by: "kim".into(),
        until_s: 0,
        at_s: DAY_S + 120,
        offset: Offset(offset),
    }
}

fn entered_in(
    partition: i32,
    number: u128,
    user: u128,
    address: u128,
    time_s: u32,
) -> FlaggedLogin {
    let mut one = flagged(number, user, address, time_s);
    one.partition = Partition(partition);
    one.entered = true;
    one
}

/// The same login as one that also came from another address.
fn from_there_too(mut one: FlaggedLogin, address: u128) -> FlaggedLogin {
    one.links.insert(1, link(LinkKind::Address, address));
    one
}

fn users(due: &[DueVerdict]) -> Vec<Id> {
    due.iter()
        .flat_map(|due| &due.users)
        .map(|(user, ..)| *user)
        .collect()
}

/// An incident that began in partition 0, and one that began in partition 1 a second later.
fn two_incidents(group: &mut Group) -> (IncidentId, IncidentId) {
    let first = group.join(&entered_in(0, 1, 10, 1, DAY_S));
    let second = group.join(&entered_in(1, 2, 11, 2, DAY_S + 1));
    group.meet();
    (first, second)
}

/// Who owns an incident decides, and everybody applies it to the users and sources of his own
/// parts, once.
#[test]
fn a_verdict_reaches_the_parts_of_other_processes() {
    let mut group = Group::new(2);
    let id = group.join(&entered_in(0, 1, 10, 1, DAY_S));
    group.meet();
    assert_eq!(group.join(&entered_in(1, 2, 11, 1, DAY_S + 60)), id);
    group.meet();
    assert_eq!(group.say(id, VerdictKind::Confirmed, 0), [0]);
    let own = group.apply(0);
    assert_eq!(users(&own), [Id::test(10)]);
    assert_eq!(own[0].sources.len(), 1);
    assert!(group.apply(1).is_empty());
    group.commit(0);
    group.meet();
    let theirs = group.apply(1);
    assert_eq!(
        (users(&theirs), theirs[0].sources.len()),
        (vec![Id::test(11)], 1)
    );
    group.commit(1);
    group.meet();
    assert!(group.apply(0).is_empty() && group.apply(1).is_empty());
}

/// Who hears of an incident that he has just merged into another's tells its owner, and nobody else
/// acts.
#[test]
fn a_verdict_that_crosses_a_merge_is_passed_on() {
    let mut group = Group::new(2);
    let (first, second) = two_incidents(&mut group);
    // The second is found to be one with the first where it began; the owner of the first does not
    // know yet.
    group.join(&from_there_too(entered_in(1, 3, 12, 2, DAY_S + 2), 1));
    assert_eq!(group.say(second, VerdictKind::Benign, 0), [1]);
    group.commit(1);
    assert_eq!(group.verdict_of(0, first), None);
    group.meet();
    for at in 0..2 {
        assert_eq!(group.verdict_of(at, second), Some(VerdictKind::Benign));
    }
    // Heard once: what the owner says later is not overruled by what he was told before.
    assert_eq!(group.say(first, VerdictKind::Withdrawn, 1), [0]);
    group.commit(0);
    group.meet();
    assert_eq!(group.verdict_of(1, first), None);
}

/// What was said of an incident goes with it into another process's, and can be taken back there.
#[test]
fn a_verdict_goes_with_an_incident_that_is_merged() {
    let mut group = Group::new(2);
    let (first, second) = two_incidents(&mut group);
    assert_eq!(group.say(second, VerdictKind::Confirmed, 0), [1]);
    assert_eq!(users(&group.apply(1)), [Id::test(11)]);
    group.commit(1);
    group.join(&from_there_too(entered_in(1, 3, 12, 2, DAY_S + 2), 1));
    // Not even before the owner of the first has heard of it is it taken back.
    assert!(group.apply(1).is_empty());
    group.meet();
    assert_eq!(group.verdict_of(0, first), Some(VerdictKind::Confirmed));
    // It is about the incident as it stood.
    assert!(group.apply(0).is_empty() && group.apply(1).is_empty());
    assert_eq!(group.say(second, VerdictKind::Withdrawn, 1), [1]);
    group.commit(1);
    group.meet();
    let taken_back = group.apply(1);
    let changed: Vec<Id> = taken_back
        .iter()
        .flat_map(|due| &due.changed)
        .map(|one| one.user)
        .collect();
    assert_eq!(changed, [Id::test(11)]);
    assert!(group.apply(0).is_empty());
    group.commit(1);
    group.meet();
    assert_eq!(group.verdict_of(0, first), None);
    assert!(group.apply(0).is_empty() && group.apply(1).is_empty());
}

/// Who is asked to merge into an incident that he does not know yet does so once he does.
#[test]
fn a_merge_waits_for_the_incident_that_it_leads_to() {
    let mut group = Group::new(3);
    let first = group.join(&entered_in(2, 1, 10, 1, DAY_S));
    let from_2 = group.log.len();
    let second = group.join(&entered_in(0, 2, 11, 2, DAY_S + 1));
    group.see(1, group.log.len());
    group.commit(1);
    group.join(&from_there_too(entered_in(1, 3, 12, 2, DAY_S + 2), 1));
    // What the third process wrote comes late to the first.
    let log = std::mem::take(&mut group.log);
    let process = &mut group.processes[0];
    let put = |process: &mut Incidents, some: &[ChangedIncident]| {
        for changed in some {
            let bytes = changed.bytes.as_deref();
            assert!(process.put_foreign(changed.partition, changed.id, bytes));
        }
        process.settle(0, &mut |_, _| ());
    };
    put(process, &log[from_2..]);
    assert_eq!(process.resolve(second), second);
    process.commit();
    put(process, &log[..from_2]);
    assert_eq!(process.resolve(second), first);
}

/// A batch that is taken back gives back what it took from another process's part.
#[test]
fn an_abort_gives_back_a_link_of_another_process() {
    let mut group = Group::new(2);
    let id = group.join(&entered_in(0, 1, 10, 1, DAY_S));
    group.meet();
    let process = &mut group.processes[1];
    let leads = |process: &Incidents| process.leads.clone();
    let before = leads(process);
    join(process, &entered_in(1, 2, 11, 1, DAY_S + 60));
    assert_ne!(leads(process), before);
    process.roll_back();
    assert_eq!(leads(process), before);
    assert_eq!(join(process, &entered_in(1, 2, 11, 1, DAY_S + 60)).0, id);
}

proptest! {
    /// Three processes that know of each other late: every flagged login counts once, in an incident
    /// that can be found; and every verdict is heard by one of them, and of each incident something
    /// stands that was said of it, or nothing.
    #[test]
    fn several_processes_count_every_login_and_hear_every_verdict_once(
        logins in any_flagged(3),
        late in prop::collection::vec((0..6usize, any::<bool>()), 1..60),
    ) {
        let mut group = Group::new(3);
        let mut ids = Vec::new();
        let mut late = late.into_iter().cycle();
        let mut said = 0;
        for one in &logins {
            let (missing, says) = late.next().unwrap();
            let at = one.partition.0 as usize;
            group.see(at, group.log.len().saturating_sub(missing));
            let id = group.join(one);
            ids.push(id);
            if says {
                let verdict = [VerdictKind::Confirmed, VerdictKind::Unsure][said % 2];
                prop_assert_eq!(group.say(id, verdict, said as i64).len(), 1, "{}", said);
                said += 1;
                for at in 0..3 {
                    group.apply(at);
                    group.commit(at);
                }
            }
        }
        group.meet();
        for at in 0..3 {
            group.apply(at);
            group.commit(at);
        }
        group.meet();
        let last_s = logins.last().map_or(0, |one| one.time_s);
        for process in &mut group.processes {
            process.settle(last_s, &mut |_, _| ());
        }
        let mut verdicts = BTreeSet::new();
        for process in &group.processes {
            let resolved: BTreeSet<IncidentId> =
                ids.iter().map(|id| process.resolve(*id)).collect();
            let wholes: Vec<_> = resolved.iter().map(|id| process.get(*id).unwrap()).collect();
            prop_assert_eq!(wholes.iter().map(|one| one.attempts).sum::<u64>(), logins.len() as u64);
            let decided = wholes.iter().filter_map(|one| Some((one.id, one.stands()?.offset)));
            verdicts.insert(decided.collect::<Vec<_>>());
            prop_assert!(process.due_verdicts().is_empty());
        }
        prop_assert_eq!(verdicts.len(), 1);
        prop_assert_eq!(verdicts.iter().all(Vec::is_empty), said == 0);
    }
}
