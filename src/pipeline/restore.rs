//! From an assignment to the first live login: profiles are loaded, and what they lack is redone.
//! The group is served meanwhile, nothing is consumed and nothing is published.

use rayon::prelude::*;

use super::decode::{Decoded, Step};
use super::merge::{PartitionMerge, Patience};
use super::{Pipeline, PipelineError};
use crate::checkpoint::{
    Loaded, PageSections, PartitionStart, ProfileRecord, Recovery, Unreadable,
};
use crate::clock::Clock;
use crate::log::{Assigned, Log, Polled, Record, SideBatch, SideTopic};
use crate::login::{Login, Offset, OffsetRange, Partition};
use crate::profile::{CHUNK_LOGINS, CellName, ChunkLogin, DamagedCell, DisplayFields, WorkingSet};

/// Logins that wait for each partition while they are redone; more are not read.
const MAX_WAITING: usize = 20_000;
const MAX_WAITING_BYTES: usize = 32 << 20;
const REDO_AT_ONCE: usize = 10_000;
/// Other processes' profiles are waited for this long at most before going live.
const OTHERS_PATIENCE_MS: u64 = 30_000;

/// A restore and what it has done so far.
pub(crate) struct Recovering {
    recovery: Recovery,
    assigned: Vec<Assigned>,
    phase: Phase,
    since_ms: u64,
    /// Read and opened, but not yet in the profiles.
    opened: Vec<Loaded>,
    cells: usize,
    redone: usize,
    others_done: bool,
}

enum Phase {
    Loading,
    Redoing(Box<PartitionMerge<Decoded>>),
    Redone,
}

impl Recovering {
    /// The partitions whose state is not whole yet.
    pub(crate) fn partitions(&self) -> Vec<Partition> {
        self.recovery.partitions()
    }

    /// Whether it only waits for what others wrote.
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.phase, Phase::Redone)
    }

    /// What it is at, for people.
    fn state(&self) -> String {
        match &self.phase {
            Phase::Loading => format!("restoring profiles: {} cells loaded", self.cells),
            Phase::Redoing(_) => {
                format!("restoring profiles: {} logins gone through", self.redone)
            }
            Phase::Redone => "restoring profiles: reading those of the others".to_owned(),
        }
    }
}

impl<L: Log + Send, C: Clock + Sync> Pipeline<L, C> {
    /// New partitions: those whose profiles are still in memory are kept, the others' are restored.
    pub(crate) fn assigned(&mut self, assigned: Vec<Assigned>) -> Result<(), PipelineError> {
        let owned: Vec<Partition> = assigned.iter().map(|one| one.partition).collect();
        self.parts.log.set_paused(&owned, true)?;
        let kept = self.kept(&assigned);
        let load: Vec<&Assigned> = assigned
            .iter()
            .filter(|one| !kept.contains(&one.partition))
            .collect();
        // A restore that was given up has left half of something.
        let mut afresh = std::mem::take(&mut self.given_up);
        afresh.retain(|partition| !owned.contains(partition));
        self.take_out(&owned, &kept, &afresh)?;
        let enabled = self.checkpoint.config().enabled;
        let ranges: Vec<OffsetRange> = load
            .iter()
            .filter(|one| enabled && one.profiles_end > Offset::ZERO)
            .map(|one| OffsetRange {
                partition: one.partition,
                from: Offset::ZERO,
                to: one.profiles_end,
            })
            .collect();
        self.parts.log.read_beside(SideTopic::Profiles, &ranges)?;
        if enabled {
            self.has_peers = self.parts.log.follow_others(&owned, &afresh)? > 0;
        }
        let starts: Vec<PartitionStart> = load.iter().map(|one| start(one)).collect();
        self.recovering = Some(Recovering {
            recovery: Recovery::new(self.checkpoint.stream(), &starts, kept),
            assigned,
            phase: Phase::Loading,
            since_ms: self.parts.clock.monotonic_ms(),
            opened: Vec::new(),
            cells: 0,
            redone: 0,
            others_done: !enabled,
        });
        Ok(())
    }

    /// Partitions whose cells in memory are as they were committed, and whose profiles nobody else
    /// has written.
    fn kept(&self, assigned: &[Assigned]) -> Vec<Partition> {
        let keep =
            |one: &&Assigned| one.untouched && self.checkpoint.keeps(one.partition, one.committed);
        let kept: Vec<Partition> = assigned
            .iter()
            .filter(keep)
            .map(|one| one.partition)
            .collect();
        let known = |one: &Assigned| self.checkpoint.cut().contains_key(&one.partition);
        // With the same partitions as before, logins without keys may belong to cells of any of
        // them: all or none.
        if kept.len() < assigned.len() && assigned.iter().all(known) {
            return Vec::new();
        }
        kept
    }

    /// Takes out of memory what is another process's now, what is to be restored, and what was
    /// restored by half.
    fn take_out(
        &mut self,
        owned: &[Partition],
        kept: &[Partition],
        half: &[Partition],
    ) -> Result<(), DamagedCell> {
        let load = owned.iter().filter(|partition| !kept.contains(partition));
        let out: Vec<Partition> = load.chain(half).copied().collect();
        let profiles = &mut self.parts.profiles;
        profiles.remove_partitions(&out)?;
        profiles.keep_users_of(owned)?;
        profiles.journal_mut().own(owned.to_vec());
        self.checkpoint.keep(kept);
        self.incidents.remove_partitions(&out);
        self.incidents.own(owned);
        Ok(())
    }

    /// One step of a restore.
    pub(crate) fn recover(&mut self) -> Result<(), PipelineError> {
        let Some(mut recovering) = self.recovering.take() else {
            return Ok(());
        };
        self.parts.health.set_restoring(Some(recovering.state()));
        recovering.others_done |= self.follow_others()?;
        recovering.phase = match recovering.phase {
            Phase::Loading => self.load(&mut recovering)?,
            Phase::Redoing(mut merge) => {
                if self.redo(&mut recovering.recovery, &mut merge, &mut recovering.redone)? {
                    Phase::Redone
                } else {
                    Phase::Redoing(merge)
                }
            }
            Phase::Redone => Phase::Redone,
        };
        let waited_ms = self.parts.clock.monotonic_ms() - recovering.since_ms;
        let others_done = recovering.others_done || waited_ms >= OTHERS_PATIENCE_MS;
        if others_done && recovering.is_waiting() {
            return self.go_live(recovering);
        }
        self.recovering = Some(recovering);
        Ok(())
    }

    fn load(&mut self, recovering: &mut Recovering) -> Result<Phase, PipelineError> {
        let recovery = &mut recovering.recovery;
        let mut beside = SideBatch::default();
        self.parts.log.poll_beside(&[], &mut beside)?;
        let (seal, profiles) = (self.checkpoint.seal(), &mut self.parts.profiles);
        let open = || -> Vec<Loaded> {
            let rows = beside.profiles.par_iter();
            rows.map(|row| Loaded::open(seal, row.partition, &row.key, row.value.as_deref()))
                .collect()
        };
        // What came before is put while what came now is opened.
        let before = std::mem::take(&mut recovering.opened);
        let cells = &mut recovering.cells;
        let mut put = |loaded: Vec<Loaded>| {
            loaded.into_iter().try_for_each(|loaded| {
                if let Ok(ProfileRecord::Page(page)) = &loaded.record {
                    *cells += page.cells.len();
                }
                recovery.load(loaded, profiles)
            })
        };
        let (put_before, now) = rayon::join(|| put(before), open);
        put_before?;
        if !beside.done {
            recovering.opened = now;
            return Ok(Phase::Loading);
        }
        put(now)?;
        self.begin_redo(recovery)
    }

    /// Everything is loaded: sets out to redo what is lacking.
    fn begin_redo(&mut self, recovery: &mut Recovery) -> Result<Phase, PipelineError> {
        let config = self.checkpoint.config();
        if !config.enabled {
            if recovery.skip() {
                tracing::warn!(
                    "checkpoint.enabled is false: what earlier logins taught is not known"
                );
            }
            return Ok(Phase::Redone);
        }
        recovery.decide(&mut self.parts.profiles, config.accept_loss)?;
        for warning in &recovery.outcome().warnings {
            tracing::warn!("{warning}");
        }
        let ranges = &recovery.outcome().redo;
        if ranges.is_empty() {
            return Ok(Phase::Redone);
        }
        let mut merge = PartitionMerge::new(Patience {
            least_hold_ms: 0,
            hold_ms: 0,
            max_wait_ms: u64::MAX,
        });
        for range in ranges {
            merge.assign(range.partition, range.from, range.to);
        }
        self.parts.log.read_beside(SideTopic::Logins, ranges)?;
        Ok(Phase::Redoing(Box::new(merge)))
    }

    /// Goes through some logins again, counts them, and says whether these were the last.
    fn redo(
        &mut self,
        recovery: &mut Recovery,
        merge: &mut PartitionMerge<Decoded>,
        redone: &mut usize,
    ) -> Result<bool, PipelineError> {
        let full = merge.full(MAX_WAITING, MAX_WAITING_BYTES);
        let mut beside = SideBatch::default();
        self.parts.log.poll_beside(&full, &mut beside)?;
        let limits = self.decode_limits();
        let hasher = &self.parts.hasher;
        let decoded: Vec<Step> = beside
            .logins
            .into_par_iter()
            .map(|record| Step::new(Polled::Record(record), hasher, &limits))
            .collect();
        for step in decoded {
            if let Step::Decoded(decoded) = step {
                merge.push_decoded(*decoded, 0);
            }
        }
        // What ends a transaction takes an offset but is never delivered: being read to the end
        // says so.
        for partition in &beside.ended {
            merge.caught_up(*partition);
        }
        let mut batch = Vec::new();
        merge.take(0, REDO_AT_ONCE, &mut batch);
        *redone += batch.len();
        // What is found again is not taken back.
        self.parts.profiles.commit();
        let batch: Vec<(Record, Box<(Login, DisplayFields)>)> = batch
            .into_iter()
            .filter_map(|Decoded { record, login }| Some((record, login.ok()?)))
            .collect();
        for chunk in batch.chunks(CHUNK_LOGINS) {
            self.redo_chunk(recovery, chunk)?;
        }
        Ok(beside.done && merge.waiting() == 0)
    }

    /// Goes through some logins again: those whose verdicts have to be found again are judged, the
    /// others go to the cells that lack them.
    fn redo_chunk(
        &mut self,
        recovery: &mut Recovery,
        chunk: &[(Record, Box<(Login, DisplayFields)>)],
    ) -> Result<(), DamagedCell> {
        let on_their_way: Vec<ChunkLogin<'_>> = chunk
            .iter()
            .map(|(record, login)| ChunkLogin::new(record.partition, login))
            .collect();
        let mut set = WorkingSet::open(&mut self.parts.profiles, &on_their_way)?;
        for (place, (record, login)) in chunk.iter().enumerate() {
            let (partition, offset) = (record.partition, record.offset);
            if recovery.detects(partition) {
                recovery.note_time(partition, login.0.time_s());
                let verdict = self.parts.detector.judge(&set.context(place), &login.1);
                set.apply(place, verdict.disposition())?;
                recovery.note_ruling(partition, offset, verdict.disposition());
            } else {
                let disposition = recovery.disposition(partition, offset);
                set.redo(place, disposition, |kind, id, state| {
                    recovery.lacks(partition, offset, kind, id, state)
                })?;
            }
        }
        Ok(())
    }

    fn go_live(&mut self, mut recovering: Recovering) -> Result<(), PipelineError> {
        let told = recovering.recovery.outcome().warnings.len();
        recovering.recovery.restore_incidents(&mut self.incidents);
        for warning in &recovering.recovery.outcome().warnings[told..] {
            tracing::warn!("{warning}");
        }
        let partitions: Vec<Partition> = recovering
            .assigned
            .iter()
            .map(|one| one.partition)
            .collect();
        self.incidents.own(&partitions);
        let outcome = recovering.recovery.outcome();
        for one in &recovering.assigned {
            // Without a committed offset the log might begin elsewhere by now.
            let live_from = outcome.live_from.get(&one.partition).copied();
            if let Some(live_from) = live_from.filter(|offset| Some(*offset) != one.committed) {
                self.parts.log.start_at(one.partition, live_from)?;
                self.merge.assign(one.partition, live_from, one.end);
            }
        }
        recovering
            .recovery
            .finish(&mut self.parts.profiles, &mut self.checkpoint);
        self.follow_feedback()?;
        self.parts.log.set_paused(&partitions, false)?;
        self.parts.health.set_restoring(None);
        self.last_commit_ms = self.parts.clock.monotonic_ms();
        let took_ms = self.last_commit_ms - recovering.since_ms;
        let restore_seconds = &self.parts.metrics.checkpoint.restore_seconds;
        restore_seconds.set(took_ms as f64 / 1e3);
        if recovering.cells > 0 || recovering.redone > 0 {
            tracing::info!(
                cells = recovering.cells,
                redone = recovering.redone,
                took_ms,
                "profiles restored"
            );
        }
        Ok(())
    }

    /// Takes over what other processes wrote of shared things; says whether that is all there is.
    pub(crate) fn follow_others(&mut self) -> Result<bool, PipelineError> {
        if !self.checkpoint.config().enabled {
            return Ok(true);
        }
        let mut beside = SideBatch::default();
        self.parts.log.poll_others(&mut beside)?;
        if beside.profiles.is_empty() {
            return Ok(beside.done);
        }
        let seal = self.checkpoint.seal();
        let opened: Vec<(Partition, Result<ProfileRecord, Unreadable>)> = beside
            .profiles
            .par_iter()
            .map(|row| {
                let (key, value) = (&row.key, row.value.as_deref());
                let record =
                    ProfileRecord::open(seal, row.partition, key, value, PageSections::Shared);
                (row.partition, record)
            })
            .collect();
        let mut unusable = None;
        for (partition, record) in opened {
            match record {
                Ok(ProfileRecord::Page(page)) => {
                    for (kind, id, cell) in page.cells {
                        self.put_foreign(kind.of(id, partition), cell)?;
                    }
                }
                Ok(ProfileRecord::Incident(id, bytes)) => {
                    let put = self.incidents.put_foreign(partition, id, bytes.as_deref());
                    if !put {
                        unusable = Some((partition, Unreadable::Damaged));
                    }
                }
                Ok(_) => {}
                Err(unreadable) => {
                    tracing::debug!(
                        partition = partition.0,
                        %unreadable,
                        "profiles of another process"
                    );
                    unusable = Some((partition, unreadable));
                }
            }
        }
        if let Some((partition, unreadable)) = unusable.filter(|_| !self.told_unusable) {
            self.told_unusable = true;
            tracing::warn!(
                partition = partition.0,
                %unreadable,
                "profiles of another process cannot be used"
            );
        }
        self.parts.profiles.hold();
        Ok(beside.done)
    }

    fn put_foreign(&mut self, name: CellName, bytes: Option<Box<[u8]>>) -> Result<(), DamagedCell> {
        let profiles = &mut self.parts.profiles;
        if profiles.journal().owns(name.partition) {
            return Ok(());
        }
        let put = bytes.is_some_and(|bytes| profiles.put_foreign(name, bytes));
        if put { Ok(()) } else { profiles.remove(name) }
    }
}

fn start(one: &Assigned) -> PartitionStart {
    PartitionStart {
        partition: one.partition,
        committed: one.committed,
        is_ours: one.is_ours,
        fallback: one.fallback,
        low: one.low,
        end: one.end,
    }
}
