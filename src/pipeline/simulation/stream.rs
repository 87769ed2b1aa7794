//! Logins as they arrive: late ones, ones of the same moment, whole partitions that lag, and what
//! is no login.

use std::collections::{BTreeMap, VecDeque};
use std::sync::LazyLock;

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

use crate::log::MemoryBroker;
use crate::log::{ProfileRow, RejectedMessage};
use crate::login::{Event, Offset, Partition};
use crate::simulate::{Options, World};

/// A message on its way.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub partition: Partition,
    pub offset: Offset,
    /// When the message is made.
    pub timestamp_ms: i64,
    pub value: Vec<u8>,
    /// The time of the login; `None` where it is none.
    pub time_ms: Option<i64>,
    /// Whether it is a login that is judged: evidence is not.
    pub is_scored: bool,
}

/// Logins in blocks: the next one arrives when everything before is committed, so that the order of
/// all is known.
#[derive(Debug)]
pub(super) struct Stream {
    pub partitions: usize,
    blocks: Vec<Vec<Sent>>,
    /// Of each partition, (offset, time) of its logins, and so not of what is rejected.
    logins: Vec<Vec<(Offset, i64)>>,
}

/// How many logins of each partition are committed: what is rejected moves offsets and teaches
/// nothing.
pub(super) type Progress = Vec<usize>;

fn worlds() -> &'static [Vec<Event<'static>>] {
    static WORLDS: LazyLock<Vec<Vec<Event<'static>>>> = LazyLock::new(|| {
        let world = |seed| {
            World::new(Options {
                users: 40,
                days: 12,
                seed,
                attack_share: 0.05,
                ..Options::default()
            })
        };
        (1..4).map(|seed| world(seed).collect()).collect()
    });
    &WORLDS
}

/// What may be unusual about an arrival.
struct Unusual {
    keyed: bool,
    /// The share of logins that come after others of a later time, and how many others.
    late: (f64, usize),
    /// A partition of which every login is late.
    lagging: Option<usize>,
    /// The share of logins of the same millisecond as the one before.
    same_time: f64,
    rejected: f64,
    /// The share of events that are no logins and say something.
    evidence: f64,
    /// The share of logins with a name that was typed.
    named: f64,
}

/// The kinds of evidence.
const EVIDENCE: [&str; 5] = [
    "attempt",
    "factor_pending",
    "factor_enrolled",
    "factor_removed",
    "mail_rule",
];

impl Unusual {
    fn draw(rng: &mut Xoshiro256PlusPlus, keyed: bool) -> Self {
        let share = |rng: &mut Xoshiro256PlusPlus| [0.0, 0.05, 0.3][rng.random_range(0..3)];
        Self {
            keyed,
            late: (share(rng), rng.random_range(2..60)),
            lagging: rng.random_bool(0.3).then_some(0),
            same_time: share(rng),
            rejected: share(rng) / 3.0,
            evidence: share(rng),
            named: share(rng),
        }
    }
}

impl Stream {
    /// A part of a world, as it may arrive; by user where it is keyed.
    pub(super) fn draw(rng: &mut Xoshiro256PlusPlus, partitions: usize, keyed: bool) -> Self {
        let unusual = Unusual::draw(rng, keyed);
        Self::arrive(rng, partitions, &unusual)
    }

    /// The same with the logins of a user in any partition, none late and none of the same time: one
    /// order.
    pub(super) fn draw_in_order(rng: &mut Xoshiro256PlusPlus, partitions: usize) -> Self {
        let mut unusual = Unusual::draw(rng, false);
        unusual.late.0 = 0.0;
        unusual.lagging = None;
        unusual.same_time = 0.0;
        Self::arrive(rng, partitions, &unusual)
    }

    fn arrive(rng: &mut Xoshiro256PlusPlus, partitions: usize, unusual: &Unusual) -> Self {
        let world = &worlds()[rng.random_range(0..worlds().len())];
        let count = rng.random_range(60..300).min(world.len());
        let first = rng.random_range(0..=world.len() - count);
        let mut sent = arrivals(&world[first..first + count], partitions, unusual, rng);
        number(&mut sent, partitions);
        let mut logins = vec![Vec::new(); partitions];
        for one in &sent {
            logins[one.partition.0 as usize]
                .extend(one.time_ms.map(|time_ms| (one.offset, time_ms)));
        }
        let mut blocks = Vec::new();
        for _ in 0..rng.random_range(0..12) {
            blocks.push(sent.split_off(rng.random_range(0..=sent.len())));
        }
        blocks.push(sent);
        blocks.reverse();
        Self {
            partitions,
            blocks,
            logins,
        }
    }

    /// The same without the partitions that another process reads, and those alone.
    pub(super) fn divide(self, others: impl Fn(Partition) -> bool) -> (Self, Self) {
        let part = |theirs: bool| {
            let goes = |partition: Partition| others(partition) == theirs;
            let keep = |block: &Vec<Sent>| {
                let block = block.iter().filter(|one| goes(one.partition));
                block.cloned().collect()
            };
            let mut logins = self.logins.clone();
            for (partition, logins) in logins.iter_mut().enumerate() {
                if !goes(Partition(partition as i32)) {
                    logins.clear();
                }
            }
            Self {
                partitions: self.partitions,
                blocks: self.blocks.iter().map(keep).collect(),
                logins,
            }
        };
        (part(false), part(true))
    }

    pub(super) fn progress(&self, committed: &BTreeMap<Partition, Offset>) -> Progress {
        let done = |(partition, logins): (usize, &Vec<(Offset, i64)>)| {
            let to = committed.get(&Partition(partition as i32)).copied();
            let to = to.unwrap_or_default();
            logins.partition_point(|(offset, _)| *offset < to)
        };
        self.logins.iter().enumerate().map(done).collect()
    }

    /// The time of the latest of the logins so far, seconds since 1970.
    pub(super) fn latest_s(&self, progress: &Progress) -> u32 {
        let logins = self.logins.iter().zip(progress);
        let times = logins.flat_map(|(logins, done)| logins[..*done].iter());
        let latest_ms = times.map(|(_, time_ms)| *time_ms).max().unwrap_or(0);
        u32::try_from(latest_ms / 1_000).unwrap()
    }

    /// What is no login, as it has to come out.
    pub(super) fn rejected(&self) -> Vec<RejectedMessage> {
        let rejected = |sent: &&Sent| sent.time_ms.is_none();
        let message = |sent: &Sent| RejectedMessage {
            partition: sent.partition,
            offset: sent.offset,
            reason: "not_json",
            value: sent.value.clone(),
            size: sent.value.len(),
        };
        let sent = self.blocks.iter().flatten();
        let mut messages: Vec<_> = sent.filter(rejected).map(message).collect();
        messages.sort_by_key(|message| (message.partition, message.offset));
        messages
    }

    /// Where every login stands that is judged.
    pub(super) fn places(&self) -> Vec<(Partition, Offset)> {
        let sent = self.blocks.iter().flatten();
        let scored = sent.filter(|one| one.is_scored);
        let mut places: Vec<_> = scored.map(|one| (one.partition, one.offset)).collect();
        places.sort_unstable();
        places
    }

    pub(super) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// How many logins there are.
    pub(super) fn len(&self) -> usize {
        self.logins.iter().map(Vec::len).sum()
    }

    /// Every login in the order in which all of them have to be judged: block by block, of the
    /// partitions' next ones the earliest.
    pub(super) fn in_order(&self) -> Vec<&Sent> {
        let mut ordered = Vec::new();
        for block in &self.blocks {
            let mut queues: BTreeMap<Partition, VecDeque<&Sent>> = BTreeMap::new();
            for one in block.iter().filter(|one| one.time_ms.is_some()) {
                queues.entry(one.partition).or_default().push_back(one);
            }
            let next = |queues: &BTreeMap<Partition, VecDeque<&Sent>>| {
                let heads = queues.iter().filter_map(|(partition, queue)| {
                    let head = queue.front()?;
                    Some((head.timestamp_ms.min(head.time_ms?), *partition))
                });
                heads.min().map(|(_, partition)| partition)
            };
            while let Some(partition) = next(&queues) {
                ordered.extend(queues.get_mut(&partition).and_then(VecDeque::pop_front));
            }
        }
        ordered
    }
}

/// Events in the order of their arrival, not yet numbered.
fn arrivals(
    events: &[Event<'static>],
    partitions: usize,
    unusual: &Unusual,
    rng: &mut Xoshiro256PlusPlus,
) -> Vec<Sent> {
    let mut arriving: Vec<(usize, usize, Event<'static>)> = Vec::new();
    for (number, event) in events.iter().enumerate() {
        let by_user = event.user_id.bytes().map(usize::from).sum::<usize>();
        let partition = (if unusual.keyed { by_user } else { number }) % partitions;
        let mut event = event.clone();
        if let Some((_, _, before)) = arriving.last()
            && rng.random_bool(unusual.same_time)
        {
            event.time_ms = before.time_ms;
        }
        if rng.random_bool(unusual.evidence) {
            let kind = EVIDENCE[rng.random_range(0..EVIDENCE.len())];
            event.event_type = kind.into();
            if kind == "attempt" {
                event.user_id = "".into();
                event.success = false;
            }
        }
        if rng.random_bool(unusual.named) {
            event.typed_name = Some(format!("name-{}", number % 7).into());
        }
        let late = rng.random_bool(unusual.late.0) || unusual.lagging == Some(partition);
        let order = number
            + if late {
                rng.random_range(1..=unusual.late.1)
            } else {
                0
            };
        arriving.push((order, partition, event));
    }
    arriving.sort_by_key(|(order, _, _)| *order);
    let mut now_ms = 0;
    let mut sent = Vec::new();
    for (_, partition, event) in arriving {
        now_ms = now_ms.max(event.time_ms);
        let one = |value: Vec<u8>, time_ms: Option<i64>| Sent {
            partition: Partition(partition as i32),
            offset: Offset::ZERO,
            timestamp_ms: now_ms,
            value,
            time_ms,
            is_scored: time_ms.is_some() && !event.kind().is_evidence(),
        };
        if rng.random_bool(unusual.rejected) {
            sent.push(one(format!("no login, {now_ms}").into_bytes(), None));
        }
        let value = serde_json::to_vec(&event).unwrap();
        sent.push(one(value, Some(event.time_ms)));
    }
    sent
}

/// Gives each its offset.
fn number(sent: &mut [Sent], partitions: usize) {
    let mut next = vec![Offset::ZERO; partitions];
    for one in sent {
        let next = &mut next[one.partition.0 as usize];
        one.offset = *next;
        *next = next.next();
    }
}

/// Hands a stream to a broker, block by block.
#[derive(Clone)]
pub(super) struct Feed<'a> {
    stream: &'a Stream,
    /// What other processes write of their profiles before each block.
    foreign: &'a [Vec<ProfileRow>],
    next: usize,
}

impl<'a> Feed<'a> {
    pub(super) fn new(stream: &'a Stream, foreign: &'a [Vec<ProfileRow>]) -> Self {
        Self {
            stream,
            foreign,
            next: 0,
        }
    }

    pub(super) fn has_foreign(&self) -> bool {
        !self.foreign.is_empty()
    }

    pub(super) fn progress(&self, broker: &MemoryBroker) -> Progress {
        self.stream.progress(&broker.committed())
    }

    /// Lets another process join, which does nothing that is seen but for its pages.
    pub(super) fn join_others(&self, broker: &MemoryBroker) {
        if self.has_foreign() {
            drop(broker.join());
        }
    }

    /// Sends the next block where everything before is committed; whether there was more to do.
    pub(super) fn supply(&mut self, broker: &MemoryBroker) -> bool {
        if !broker.is_drained() {
            return true;
        }
        let Some(block) = self.stream.blocks.get(self.next) else {
            return false;
        };
        for row in self.foreign.get(self.next).into_iter().flatten() {
            broker.append_profile(row.clone());
        }
        for one in block {
            let offset = broker.append(one.partition, one.timestamp_ms, one.value.clone());
            assert_eq!(offset, one.offset);
        }
        self.next += 1;
        true
    }
}
