//! The rules of the profiles once more, one login at a time and as plainly as they can be said:
//! nothing is packed, shared between threads, written or taken back. What the pipeline does with
//! batches is held against it.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use super::expected::{Digests, Expected, PlacedAlert, placed};
use super::setting::Verdicts;
use super::stream::{Progress, Sent, Stream};
use crate::codec::Wire;
use crate::detector::contribution::Moved;
use crate::detector::{Alert, AlertSettings, Detector, RecordPosition, Verdict};
use crate::login::{Event, Id, IdHasher, Login, Partition};
use crate::model::Model;
use crate::profile::{
    CellKind, DisplayFields, JudgedLogin, Limits, LoginContext, PrevalenceCell, Prevalences,
    ProfileCell, ProfileLimits, SourceCell, TenantCell, UserCell,
};

/// A login looks at this many of the oldest profiles and no more, where none has to go.
const MOST_LOOKS: usize = 4;

/// What is known of one thing: its cells, by the partition that writes them.
#[derive(Clone)]
struct Known<C> {
    cells: Vec<(Partition, C)>,
    /// All of them as one.
    whole: C,
    digest: u128,
    settled: bool,
}

/// All things of one kind.
#[derive(Clone)]
struct Kind<C> {
    kind: CellKind,
    limits: Limits,
    /// Adds a cell to another; `None` where all partitions share one.
    merge: Option<fn(&mut C, &C)>,
    known: BTreeMap<Id, Known<C>>,
    /// (id, its last use when it queued), oldest first.
    probation: VecDeque<(Id, u32)>,
    settled: VecDeque<(Id, u32)>,
}

impl<C: ProfileCell> Kind<C> {
    fn new(kind: CellKind, limits: Limits, merge: Option<fn(&mut C, &C)>) -> Self {
        Self {
            kind,
            limits,
            merge,
            known: BTreeMap::new(),
            probation: VecDeque::new(),
            settled: VecDeque::new(),
        }
    }

    fn is_idle(&self, last_s: u32, now_s: u32) -> bool {
        u64::from(last_s) + u64::from(self.limits.idle_s) < u64::from(now_s)
    }

    /// What a login at a time is judged by.
    fn read(&self, id: Option<Id>, now_s: u32) -> Option<&C> {
        let known = self.known.get(&id?)?;
        (!self.is_idle(known.whole.last_s(), now_s)).then_some(&known.whole)
    }

    fn apply(&mut self, id: Id, partition: Partition, judged: &JudgedLogin<'_>) {
        let now_s = judged.login.time_s();
        if self.read(Some(id), now_s).is_none() {
            let new = Known {
                cells: vec![(partition, C::default())],
                whole: C::default(),
                digest: 0,
                settled: false,
            };
            self.known.insert(id, new);
            self.probation.push_back((id, now_s));
        }
        let (shared, idle_s) = (self.merge.is_none(), self.limits.idle_s);
        let known = self.known.get_mut(&id).unwrap();
        let mut writers = known.cells.iter().map(|(writer, _)| *writer);
        let at = writers.position(|writer| shared || writer == partition);
        let at = at.unwrap_or_else(|| {
            known.cells.push((partition, C::default()));
            known.cells.len() - 1
        });
        let cell = &mut known.cells[at].1;
        if cell.last_s() > 0 && cell.last_s().saturating_add(idle_s) < now_s {
            *cell = C::default();
        }
        cell.apply(judged);
        known.sum_up(self.kind, id, self.merge);
        if known.whole.is_established() && !known.settled {
            known.settled = true;
            self.settled.push_back((id, now_s));
        }
        self.end_probation(now_s);
        self.end_settled(now_s);
    }

    /// Strangers go first in, first out, and when they were idle.
    fn end_probation(&mut self, now_s: u32) {
        for looks in 0.. {
            let full = self.probation.len() > self.limits.max_probation;
            let Some((id, queued_s)) = self.probation.front().copied() else {
                return;
            };
            if !full && (looks >= MOST_LOOKS || !self.is_idle(queued_s, now_s)) {
                return;
            }
            self.probation.pop_front();
            match self.last_use(id, false) {
                Some(last_s) if !full && !self.is_idle(last_s, now_s) => {
                    self.probation.push_back((id, last_s));
                }
                Some(_) => drop(self.known.remove(&id)),
                None => {}
            }
        }
    }

    /// Of the settled the oldest goes, unless it was used since it queued: that gives it a second
    /// chance.
    fn end_settled(&mut self, now_s: u32) {
        for looks in 0.. {
            let full = self.settled.len() > self.limits.max_profiles;
            let Some((id, queued_s)) = self.settled.front().copied() else {
                return;
            };
            if !full && (looks >= MOST_LOOKS || !self.is_idle(queued_s, now_s)) {
                return;
            }
            self.settled.pop_front();
            let Some(last_s) = self.last_use(id, true) else {
                continue;
            };
            let stays = match full {
                true => last_s > queued_s && looks < MOST_LOOKS,
                false => !self.is_idle(last_s, now_s),
            };
            if stays {
                self.settled.push_back((id, last_s));
            } else {
                self.known.remove(&id);
            }
        }
    }

    /// When a thing was last used, if it is known and stands in that queue.
    fn last_use(&self, id: Id, settled: bool) -> Option<u32> {
        let known = self.known.get(&id)?;
        (known.settled == settled).then(|| known.whole.last_s())
    }

    /// The queues after a restart: by what is known now, and by last use.
    fn restart(&mut self) {
        let mut all: Vec<(u32, Id)> = Vec::new();
        for (id, known) in &mut self.known {
            known.settled = known.whole.is_established();
            all.push((known.whole.last_s(), *id));
        }
        all.sort_unstable();
        self.probation.clear();
        self.settled.clear();
        for (last_s, id) in all {
            let queue = match self.known[&id].settled {
                true => &mut self.settled,
                false => &mut self.probation,
            };
            queue.push_back((id, last_s));
        }
    }

    fn digest(&self, now_s: u32) -> u128 {
        let known = self.known.values();
        let living = known.filter(|known| !self.is_idle(known.whole.last_s(), now_s));
        living.fold(0, |sum, known| sum.wrapping_add(known.digest))
    }
}

impl<C: ProfileCell> Known<C> {
    /// Sums the cells up after a change.
    fn sum_up(&mut self, kind: CellKind, id: Id, merge: Option<fn(&mut C, &C)>) {
        self.cells.sort_by_key(|(partition, _)| *partition);
        self.whole = self.cells[0].1.clone();
        for (_, cell) in &self.cells[1..] {
            merge.unwrap()(&mut self.whole, cell);
        }
        let mut bytes = vec![kind as u8];
        id.write(0, &mut bytes);
        self.whole.pack(&mut bytes);
        for (partition, cell) in &self.cells {
            partition.0.write(0, &mut bytes);
            cell.pack(&mut bytes);
        }
        let half = blake3::hash(&bytes).as_bytes()[..16].try_into().unwrap();
        self.digest = u128::from_le_bytes(half);
    }
}

/// Everything that is known.
#[derive(Clone)]
pub(super) struct Rules {
    users: Kind<UserCell>,
    devices: Kind<SourceCell>,
    addresses: Kind<SourceCell>,
    blocks: Kind<SourceCell>,
    prevalences: Kind<PrevalenceCell>,
    tenants: Kind<TenantCell>,
    names: Kind<SourceCell>,
    detector: Detector,
    contributions: usize,
}

impl Rules {
    pub(super) fn new(limits: &ProfileLimits, verdicts: Verdicts, contributions: usize) -> Self {
        static MODEL: LazyLock<Arc<Model>> = LazyLock::new(|| Arc::new(Model::shipped().unwrap()));
        let source = |kind, limits| Kind::new(kind, limits, Some(SourceCell::merge as _));
        Self {
            users: Kind::new(CellKind::User, limits.users, None),
            devices: source(CellKind::Device, limits.devices),
            addresses: source(CellKind::Address, limits.networks),
            blocks: source(CellKind::Block, limits.networks),
            prevalences: Kind::new(
                CellKind::Prevalence,
                limits.prevalences,
                Some(PrevalenceCell::merge),
            ),
            tenants: Kind::new(CellKind::Tenant, limits.tenants, Some(TenantCell::merge)),
            names: source(CellKind::Name, limits.networks),
            detector: verdicts.detector(&MODEL),
            contributions,
        }
    }

    /// Judges a login by what is known of its parties, and teaches them.
    fn step(&mut self, partition: Partition, login: &Login, display: &DisplayFields) -> Verdict {
        let now_s = login.time_s();
        let prevalence = |id| {
            let cell = self.prevalences.read(id, now_s);
            cell.map(|cell| cell.at(now_s)).unwrap_or_default()
        };
        let verdict = self.detector.judge(
            &LoginContext {
                login,
                now_s,
                user: self.users.read(Some(login.user), now_s),
                device: self.devices.read(login.device, now_s),
                address: self.addresses.read(login.address, now_s),
                block: self.blocks.read(login.block, now_s),
                tenant: self.tenants.read(Some(login.tenant), now_s),
                name: self.names.read(login.typed_name, now_s),
                prevalences: Prevalences::new(Prevalences::ids(login).map(prevalence)),
            },
            display,
        );
        let disposition = verdict.disposition();
        let judged = JudgedLogin {
            login,
            display,
            disposition,
        };
        if let Some(user) = login.known_user() {
            self.users.apply(user, partition, &judged);
        }
        for id in Prevalences::ids(login).into_iter().flatten() {
            self.prevalences.apply(id, partition, &judged);
        }
        // Evidence about a user says nothing of where it came from.
        if !login.counts_at_source() {
            return verdict;
        }
        for (kind, id) in [
            (&mut self.devices, login.device),
            (&mut self.addresses, login.address),
            (&mut self.blocks, login.block),
            (&mut self.names, login.failed_name()),
        ] {
            id.into_iter()
                .for_each(|id| kind.apply(id, partition, &judged));
        }
        self.tenants.apply(login.tenant, partition, &judged);
        verdict
    }

    fn digests(&self, now_s: u32) -> Digests {
        Digests([
            self.users.digest(now_s),
            self.devices.digest(now_s),
            self.addresses.digest(now_s),
            self.blocks.digest(now_s),
            self.prevalences.digest(now_s),
            self.tenants.digest(now_s),
            self.names.digest(now_s),
        ])
    }

    pub(super) fn restart(&mut self) {
        self.users.restart();
        self.devices.restart();
        self.addresses.restart();
        self.blocks.restart();
        self.prevalences.restart();
        self.tenants.restart();
        self.names.restart();
    }

    /// Goes through some of the logins in order, noting the state before and after each and its
    /// alert.
    pub(super) fn follow(&mut self, stream: &Stream, range: Range<usize>, expected: &mut Expected) {
        let mut progress = vec![0; stream.partitions];
        let order = stream.in_order();
        for sent in &order[..range.start] {
            progress[sent.partition.0 as usize] += 1;
        }
        self.note_state(stream, &progress, expected);
        for sent in &order[range] {
            progress[sent.partition.0 as usize] += 1;
            expected.alerts.extend(self.take(sent));
            self.note_state(stream, &progress, expected);
        }
        expected.alerts.sort();
    }

    fn note_state(&self, stream: &Stream, progress: &Progress, expected: &mut Expected) {
        let digests = self.digests(stream.latest_s(progress));
        expected.states.insert(progress.clone(), digests);
    }

    fn take(&mut self, sent: &Sent) -> Option<PlacedAlert> {
        let event = Event::from_json(&sent.value).unwrap();
        let (login, display) = DisplayFields::with_login(&event, &IdHasher::default());
        let verdict = self.step(sent.partition, &login, &display);
        let source = RecordPosition {
            topic: "logins".to_owned(),
            partition: sent.partition,
            offset: sent.offset,
        };
        let settings = AlertSettings {
            contributions: self.contributions,
            publish_repeats: true,
            detected_at_ms: 0,
        };
        let model = self.detector.model();
        let finding = verdict.finding.as_deref()?;
        let moved = finding.explained.then(|| {
            let all = model.contributions(&finding.values);
            Moved::of(model, &finding.values, &all, self.contributions)
        });
        let alert = Alert::new(
            &event,
            finding,
            String::new(),
            &self.detector,
            &source,
            settings,
            moved,
        );
        Some(placed(&serde_json::to_vec(&alert).unwrap()))
    }
}
