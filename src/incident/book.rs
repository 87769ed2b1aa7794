//! All incidents that are known, and what leads to them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use smallvec::SmallVec;

use super::snapshot::Snapshot;
use super::{FlaggedLogin, Incident, IncidentId, Observation, State, Telling, Told, Words};
use crate::detector::Severity;
use crate::detector::link::{Link, LinkKind};
use crate::login::{EventKind, Id, Partition};

/// Bounds: an attacker must not fill the memory with incidents or links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IncidentLimits {
    /// Open at once; one more closes the one that would close next.
    pub open: usize,
    /// Of one incident; one more takes those away that were met longest ago.
    pub links: usize,
    /// Closed ones that are kept for what may be said of them; one more forgets the oldest.
    pub kept: usize,
    /// For how long at most, seconds of event time.
    pub keep_s: u32,
}

impl Default for IncidentLimits {
    fn default() -> Self {
        Self {
            open: 20_000,
            links: 128,
            kept: 20_000,
            keep_s: 30 * 86_400,
        }
    }
}

/// Evidence this long after a user was entered, seconds, belongs to it.
const EVIDENCE_AFTER_S: u32 = 3_600;

/// What a user did, or somebody in his place, that is no login.
#[derive(Clone, Copy, Debug)]
pub struct LateEvidence {
    pub user: Id,
    /// Event time, seconds since 1970.
    pub time_s: u32,
    pub kind: EventKind,
}

/// Where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lead {
    pub name: PartName,
    pub last_s: u32,
}

/// What one partition's logins have added to an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PartName {
    pub id: IncidentId,
    pub partition: Partition,
}

/// All that is known of an incident.
#[derive(Debug)]
pub(super) struct Case {
    pub home: Partition,
    /// By the partition that writes it.
    pub parts: SmallVec<[(Partition, Incident); 1]>,
    /// Incidents that were found to be one with it.
    pub absorbed: BTreeSet<IncidentId>,
    /// Those of them to which other processes have added, or that lead to such.
    pub shared: BTreeSet<IncidentId>,
    /// The sum of what others have added, until that changes.
    pub beside: OnceLock<Incident>,
}

impl Case {
    pub fn new(home: Partition) -> Self {
        Self {
            home,
            parts: SmallVec::new(),
            absorbed: BTreeSet::new(),
            shared: BTreeSet::new(),
            beside: OnceLock::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.absorbed.is_empty()
    }

    /// Whether others than its home have added to it, or to what it absorbed.
    pub fn is_shared(&self) -> bool {
        let mut others = self.parts.iter();
        !self.shared.is_empty() || others.any(|(partition, _)| *partition != self.home)
    }

    pub fn part(&self, partition: Partition) -> Option<&Incident> {
        let mut parts = self.parts.iter();
        let found = parts.find(|(writer, _)| *writer == partition);
        found.map(|(_, part)| part)
    }

    /// What its home says.
    pub fn main(&self) -> Option<&Incident> {
        self.part(self.home)
    }
}

/// The incidents.
#[derive(Debug, Default)]
pub struct Incidents {
    pub(super) limits: IncidentLimits,
    /// The partitions of this process; `None` where there is no other.
    pub(super) owned: Option<BTreeSet<Partition>>,
    pub(super) cases: BTreeMap<IncidentId, Case>,
    pub(super) leads: HashMap<Link, Lead, foldhash::fast::RandomState>,
    /// How many parts each partition keeps.
    pub(super) counts: BTreeMap<Partition, u32>,
    /// When each closes that this process owns.
    pub(super) ends: BTreeSet<(u32, IncidentId)>,
    /// When that ended what is only kept.
    pub(super) ended: BTreeSet<(u32, PartName)>,
    /// What changed since the last commit, as it was before.
    pub(super) before: BTreeMap<PartName, Option<Snapshot>>,
    /// Incidents to which others have added.
    pub(super) to_review: BTreeSet<IncidentId>,
    /// Incidents about which something was said that may not be applied everywhere.
    pub(super) to_apply: BTreeSet<IncidentId>,
    /// Looked at since the last commit.
    pub(super) reviewed: BTreeSet<IncidentId>,
    /// Of a replay that goes one way, nothing is remembered as it was.
    pub(super) goes_one_way: bool,
    /// Whether two people have to say that something critical is benign.
    pub(super) two_for_critical: bool,
    /// Where links led that were taken from parts of other processes since the last commit.
    pub(super) stolen: Vec<(Link, Lead)>,
    /// Incidents that are to be merged into one that is not known yet.
    pub(super) awaiting: BTreeMap<IncidentId, BTreeSet<IncidentId>>,
}

/// Takes the records of incidents, each as it is at that moment.
pub type Tell<'a> = dyn FnMut(Telling, &Incident) + 'a;

impl Incidents {
    #[must_use]
    pub fn new(limits: IncidentLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// The same for a replay that goes one way: there is nothing to commit.
    #[must_use]
    pub fn without_undo(limits: IncidentLimits) -> Self {
        Self {
            goes_one_way: true,
            ..Self::new(limits)
        }
    }

    /// The same where two people have to say that something critical is benign.
    #[must_use]
    pub fn with_two_for_critical(self, two_for_critical: bool) -> Self {
        Self {
            two_for_critical,
            ..self
        }
    }

    /// How many are open, of those that this process owns.
    #[must_use]
    pub fn open(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn owns(&self, partition: Partition) -> bool {
        let owned = self.owned.as_ref();
        owned.is_none_or(|owned| owned.contains(&partition))
    }

    /// What is known of an incident; of one that was merged, of the other.
    #[must_use]
    pub fn get(&self, id: IncidentId) -> Option<Cow<'_, Incident>> {
        self.whole(self.resolve(id))
    }

    /// Adds a flagged login to the incident that it belongs to, or begins one. `now_s` is the latest
    /// event time so far: what nothing has joined until then is closed first.
    pub fn join(
        &mut self,
        flagged: &FlaggedLogin,
        words: &Words<'_>,
        now_s: u32,
        tell: &mut Tell<'_>,
    ) -> IncidentId {
        self.close_until(now_s, tell);
        let (found, by_company) = self.found_by(flagged);
        let id = match found.first() {
            Some(earliest) => *earliest,
            None => self.begin(flagged, words, tell),
        };
        for other in found.into_iter().skip(1) {
            self.merge(other, id, flagged.partition, tell);
        }
        let name = self.part_of(id, flagged, words);
        let is_quiet = self.main(id).is_some_and(Incident::is_quiet);
        let patience_s = if is_quiet { 0 } else { patience_s(flagged) };
        let stands = self.main(id).and_then(|main| main.decision.clone());
        self.change(name, |incident| {
            if incident.attempts == 0 {
                // What was said before is not about what comes now.
                incident.applied = stands;
            }
            incident.add(flagged, words, patience_s);
            incident.by_company |= by_company;
        });
        if !is_quiet {
            self.link(name, flagged);
        }
        self.tell_if_due(id, flagged.time_s, tell);
        id
    }

    /// A factor was enrolled, a rule of mail was made: where somebody got in shortly before, it is
    /// worse than it looked. Once for each kind.
    pub fn raise(&mut self, evidence: &LateEvidence, tell: &mut Tell<'_>) {
        let Some((code, did, attack)) = late(evidence.kind) else {
            return;
        };
        let led = self.led(&Link::of_user(evidence.user), evidence.time_s);
        let is_open = |id: &IncidentId| !self.main(*id).is_some_and(Incident::is_benign);
        let Some(id) = led.map(|(_, id)| id).filter(is_open) else {
            return;
        };
        let entered = |part: &Incident| {
            let member = part.users.get(evidence.user)?;
            let since_s = evidence.time_s.checked_sub(member.entered_s)?;
            let is_late = member.is_entered() && since_s <= EVIDENCE_AFTER_S;
            is_late.then(|| (member.name.clone(), since_s))
        };
        let parts = self.cases.get(&id).map(|case| &case.parts);
        let held = parts.into_iter().flatten().find_map(|(partition, part)| {
            let found = entered(part).filter(|_| self.owns(*partition))?;
            Some((*partition, found))
        });
        let Some((partition, (user, since_s))) = held else {
            return;
        };
        let minutes = since_s / 60;
        let observation = Observation {
            code: code.into(),
            text: format!("{user} {did} {minutes} minutes after a doubtful login").into(),
            attack: vec![attack.into()],
        };
        self.change(PartName { id, partition }, |incident| {
            let before = incident.observations.named().len();
            incident.observations.add_late(code, || observation);
            if incident.observations.named().len() > before {
                incident.severity = worse(incident.severity);
            }
        });
        self.tell_if_due(id, evidence.time_s, tell);
    }

    /// Closes what nothing has joined until a time, and forgets what was closed long ago.
    pub fn close_until(&mut self, now_s: u32, tell: &mut Tell<'_>) {
        while let Some((closes_at_s, id)) = self.ends.first().copied() {
            if closes_at_s >= now_s {
                break;
            }
            self.close(id, tell);
        }
        while let Some((ended_s, name)) = self.ended.first().copied() {
            let is_over = ended_s.saturating_add(self.limits.keep_s) < now_s;
            if !is_over && self.ended.len() <= self.limits.kept {
                break;
            }
            self.forget(name);
        }
    }

    fn close(&mut self, id: IncidentId, tell: &mut Tell<'_>) {
        let Some(home) = self.cases.get(&id).map(|case| case.home) else {
            self.ends.retain(|(_, other)| *other != id);
            return;
        };
        let name = PartName {
            id,
            partition: home,
        };
        self.remember(name);
        self.unlink(name);
        self.change(name, |incident| {
            incident.state = State::Closed;
            incident.links.clear();
        });
        let at_s = self.main(id).map_or(0, |main| main.closes_at_s);
        // What is benign was said to be closed when somebody said so.
        let is_benign = self.main(id).is_some_and(Incident::is_benign);
        let told = Some(Told::Closed).filter(|_| !is_benign);
        self.record(id, Telling { told, at_s }, tell);
    }

    /// The open incidents that a login leads to, the earliest first, and whether only the company's
    /// distress led there. A user alone leads only to what is about that user: one that was tried by
    /// two attackers makes them not one.
    fn found_by(&self, flagged: &FlaggedLogin) -> (Vec<IncidentId>, bool) {
        let fits = |id: IncidentId| {
            let is_benign = self.main(id).is_some_and(Incident::is_benign);
            let parts = self.cases.get(&id).map(|case| &case.parts);
            let mut parts = parts.into_iter().flatten();
            !is_benign || parts.any(|(_, part)| part.has_seen(flagged))
        };
        let by = |goes: &dyn Fn(LinkKind) -> bool| -> BTreeSet<(u32, IncidentId)> {
            let links = flagged.links.iter().filter(|link| goes(link.kind));
            links
                .filter_map(|link| self.led(link, flagged.time_s))
                .filter(|(_, id)| fits(*id))
                .collect()
        };
        let mut found = by(&LinkKind::is_source);
        if found.is_empty() {
            found = by(&|kind| kind == LinkKind::User);
        }
        // What nobody is told of never takes in what somebody should be told of, nor the reverse.
        let is_quiet = |id: IncidentId| self.main(id).is_some_and(Incident::is_quiet);
        if found.iter().any(|(_, id)| !is_quiet(*id)) {
            found.retain(|(_, id)| !is_quiet(*id));
        }
        found = first_of_quiet(found, is_quiet);
        let linked = !found.is_empty();
        if !linked {
            found = by(&|kind| kind == LinkKind::Company);
        }
        let by_company = !linked && !found.is_empty();
        (found.into_iter().map(|(_, id)| id).collect(), by_company)
    }

    /// The open incident that a link leads to at a time, with when it began.
    fn led(&self, link: &Link, now_s: u32) -> Option<(u32, IncidentId)> {
        let lead = self.leads.get(link)?;
        let id = self.resolve(lead.name.id);
        let main = self.main(id).filter(|main| main.state == State::Open)?;
        let is_fresh = now_s <= lead.last_s.saturating_add(link.kind.patience_s());
        // What is expected or benign is so until its end.
        let is_quiet = main.is_quiet() && now_s <= main.closes_at_s;
        if !is_fresh && !is_quiet {
            return None;
        }
        Some((main.first_s, id))
    }

    fn begin(
        &mut self,
        flagged: &FlaggedLogin,
        words: &Words<'_>,
        tell: &mut Tell<'_>,
    ) -> IncidentId {
        if self.ends.len() >= self.limits.open
            && let Some((_, next)) = self.ends.first().copied()
        {
            self.close(next, tell);
        }
        let name = PartName {
            id: flagged.id,
            partition: flagged.partition,
        };
        let incident = Incident::begun(flagged.id, flagged.partition, flagged, words);
        self.put(name, incident, &[]);
        flagged.id
    }

    /// The part of an incident that logins of a partition go to: its home's, where that is this
    /// process's, else one of their own.
    fn part_of(&mut self, id: IncidentId, flagged: &FlaggedLogin, words: &Words<'_>) -> PartName {
        let partition = flagged.partition;
        let Some(case) = self.cases.get(&id) else {
            return PartName { id, partition };
        };
        let home = case.home;
        let partition = if self.owns(home) { home } else { partition };
        let name = PartName { id, partition };
        if case.part(partition).is_none() {
            self.put(name, Incident::begun(id, home, flagged, words), &[]);
        }
        name
    }

    /// Publishes an incident where its last change is worth it, and where this process owns it.
    pub(super) fn tell_if_due(&mut self, id: IncidentId, now_s: u32, tell: &mut Tell<'_>) {
        // Who does not publish it does not need the sum.
        let is_own = self.home_of(id).is_some_and(|home| self.owns(home));
        let whole = is_own.then(|| self.whole(id)).flatten();
        if let Some(telling) = whole.and_then(|whole| whole.due_telling(now_s)) {
            self.record(id, telling, tell);
        }
    }

    pub(super) fn record(&mut self, id: IncidentId, telling: Telling, tell: &mut Tell<'_>) {
        let Some(whole) = self.whole(id) else { return };
        let (partition, says) = (whole.home, whole.to_tell());
        self.change(PartName { id, partition }, |main| {
            main.note_record(telling, &says);
        });
        if let Some(whole) = self.whole(id) {
            tell(telling, &whole);
        }
    }

    pub(super) fn part(&self, name: PartName) -> Option<&Incident> {
        self.cases.get(&name.id)?.part(name.partition)
    }

    pub(super) fn main(&self, id: IncidentId) -> Option<&Incident> {
        self.cases.get(&id)?.main()
    }
}

/// Of incidents that nobody is told of, the earliest: what was said of one was not said of another.
fn first_of_quiet(
    found: BTreeSet<(u32, IncidentId)>,
    is_quiet: impl Fn(IncidentId) -> bool,
) -> BTreeSet<(u32, IncidentId)> {
    match found.first().copied() {
        Some(first) if is_quiet(first.1) => BTreeSet::from([first]),
        _ => found,
    }
}

/// How long what a login belongs to is waited for: as long as its most patient link.
fn patience_s(flagged: &FlaggedLogin) -> u32 {
    let patience = flagged.links.iter().map(|link| link.kind.patience_s());
    patience.max().unwrap_or(0)
}

/// Whether something of a kind may make an incident worse.
#[must_use]
pub fn is_late_evidence(kind: EventKind) -> bool {
    late(kind).is_some()
}

/// What late evidence is called, what was done, and its ATT&CK technique.
fn late(kind: EventKind) -> Option<(&'static str, &'static str, &'static str)> {
    match kind {
        EventKind::FactorEnrolled => {
            Some(("factor_enrolled_after", "enrolled a factor", "T1098.005"))
        }
        EventKind::FactorRemoved => Some(("factor_removed_after", "removed a factor", "T1556.006")),
        EventKind::MailRule => Some(("mail_rule_after", "made a rule for mail", "T1114.003")),
        EventKind::PasswordReset => Some(("reset_after", "reset the password", "T1098")),
        _ => None,
    }
}

fn worse(severity: Severity) -> Severity {
    match severity {
        Severity::None | Severity::Low => Severity::Medium,
        Severity::Medium => Severity::High,
        Severity::High | Severity::Critical => Severity::Critical,
    }
}
