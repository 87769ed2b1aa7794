//! What changed since the last commit: to be written with the batch, or to be taken back.

use std::collections::BTreeSet;

use super::book::{Case, Incidents, Lead, PartName};
use super::snapshot::Snapshot;
use super::{DueVerdict, Incident, IncidentId, State};
use crate::detector::link::Link;
use crate::login::Partition;

/// A part of an incident that is to be written; without bytes it is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedIncident {
    pub partition: Partition,
    pub id: IncidentId,
    pub bytes: Option<Vec<u8>>,
}

impl Incidents {
    /// What is to be written with the batch.
    #[must_use]
    pub fn changes(&self) -> Vec<ChangedIncident> {
        let names = self.before.keys();
        let change = |name: &PartName| ChangedIncident {
            partition: name.partition,
            id: name.id,
            bytes: self.snapshot(*name).map(|snapshot| snapshot.to_bytes()),
        };
        names.map(change).collect()
    }

    /// Makes everything since the last commit final.
    pub fn commit(&mut self) {
        self.before.clear();
        self.reviewed.clear();
        self.stolen.clear();
        let due: BTreeSet<IncidentId> = self
            .due_verdicts()
            .iter()
            .map(DueVerdict::incident)
            .collect();
        self.to_apply = due;
    }

    /// Takes everything since the last commit back.
    pub fn roll_back(&mut self) {
        let reviewed = std::mem::take(&mut self.reviewed);
        self.to_review.extend(reviewed);
        let before = std::mem::take(&mut self.before);
        for name in before.keys() {
            self.take_out(*name);
        }
        for (name, snapshot) in before {
            if let Some(snapshot) = snapshot {
                self.put_quietly(name, snapshot.incident, &snapshot.leads);
            }
        }
        for (link, lead) in std::mem::take(&mut self.stolen).into_iter().rev() {
            if self.part(lead.name).is_some() {
                self.leads.insert(link, lead);
            }
        }
    }

    /// How many parts of incidents are kept in a partition.
    #[must_use]
    pub fn count_in(&self, partition: Partition) -> u32 {
        self.counts.get(&partition).copied().unwrap_or(0)
    }

    pub(super) fn snapshot(&self, name: PartName) -> Option<Snapshot> {
        Some(Snapshot {
            incident: self.part(name)?.clone(),
            leads: self.leads_of(name),
        })
    }

    /// The links that lead to a part, with when each was last met.
    pub(super) fn leads_of(&self, name: PartName) -> Vec<(Link, u32)> {
        let links = self.part(name).map(|part| part.links.iter());
        let lead = |link: &Link| {
            let lead = self.leads.get(link).filter(|lead| lead.name == name)?;
            Some((*link, lead.last_s))
        };
        links.into_iter().flatten().filter_map(lead).collect()
    }

    /// Remembers a part as it is before it changes.
    pub(super) fn remember(&mut self, name: PartName) {
        if !self.goes_one_way && !self.before.contains_key(&name) {
            let snapshot = self.snapshot(name);
            self.before.insert(name, snapshot);
        }
    }

    /// Changes a part.
    pub(super) fn change<R>(
        &mut self,
        name: PartName,
        change: impl FnOnce(&mut Incident) -> R,
    ) -> Option<R> {
        self.remember(name);
        self.unindex(name);
        let case = self.cases.get_mut(&name.id);
        let mut parts = case.into_iter().flat_map(|case| case.parts.iter_mut());
        let part = parts.find(|(partition, _)| *partition == name.partition);
        let result = part.map(|(_, part)| change(part));
        self.index(name);
        result
    }

    /// Adds a part.
    pub(super) fn put(&mut self, name: PartName, incident: Incident, leads: &[(Link, u32)]) {
        self.remember(name);
        self.take_out(name);
        self.put_quietly(name, incident, leads);
    }

    /// Forgets a part for good.
    pub(super) fn forget(&mut self, name: PartName) {
        // Who was merged is followed for as long as the other is there.
        if let Some(State::Merged { into }) = self.part(name).map(|part| part.state)
            && let Some(ends_s) = self.main(self.resolve(into)).map(|main| main.closes_at_s)
            && self.ended.len() <= self.limits.kept
            && self
                .part(name)
                .is_some_and(|part| part.closes_at_s < ends_s)
        {
            self.change(name, |part| part.closes_at_s = ends_s);
            return;
        }
        self.remember(name);
        self.take_out(name);
    }

    /// Adds a part, and what leads to it, which belongs to no batch.
    pub(super) fn put_quietly(
        &mut self,
        name: PartName,
        incident: Incident,
        leads: &[(Link, u32)],
    ) {
        for (link, last_s) in leads {
            let lead = Lead {
                name,
                last_s: *last_s,
            };
            self.leads.insert(*link, lead);
        }
        let home = incident.home;
        let case = self.cases.entry(name.id).or_insert_with(|| Case::new(home));
        case.home = home;
        let at = case
            .parts
            .partition_point(|(partition, _)| *partition < name.partition);
        case.parts.insert(at, (name.partition, incident));
        *self.counts.entry(name.partition).or_default() += 1;
        self.index(name);
    }

    /// Takes a part out, and what leads to it, which belongs to no batch.
    pub(super) fn take_out(&mut self, name: PartName) {
        self.unlink(name);
        self.unindex(name);
        let Some(case) = self.cases.get_mut(&name.id) else {
            return;
        };
        let before = case.parts.len();
        case.parts
            .retain(|(partition, _)| *partition != name.partition);
        let gone = (before - case.parts.len()) as u32;
        let count = self.counts.entry(name.partition).or_default();
        *count = count.saturating_sub(gone);
        if case.is_empty() {
            self.cases.remove(&name.id);
            self.awaiting.retain(|_, asking| {
                asking.remove(&name.id);
                !asking.is_empty()
            });
        }
    }

    /// Nothing leads to a part any more.
    pub(super) fn unlink(&mut self, name: PartName) {
        let links: Vec<Link> = self.leads_of(name).iter().map(|(link, _)| *link).collect();
        for link in links {
            self.leads.remove(&link);
        }
    }

    /// Enters a part in the lists of what ends, and of what follows what.
    pub(super) fn index(&mut self, name: PartName) {
        if let Some((place, closes_at_s)) = self.place_of(name) {
            match place {
                Place::Open => self.ends.insert((closes_at_s, name.id)),
                Place::Ended => self.ended.insert((closes_at_s, name)),
            };
        }
        if let Some(into) = self.follows(name) {
            let home = self.part(name).map_or(name.partition, |part| part.home);
            let case = self.cases.entry(into).or_insert_with(|| Case::new(home));
            case.absorbed.insert(name.id);
        }
        self.pass_on_shares(name.id);
        self.note_sum(name);
    }

    /// What a part adds beside the home's own, or through a pointer, counts in the sums of others.
    fn note_sum(&mut self, name: PartName) {
        let is_plain = |part: &Incident| {
            part.home == name.partition && !matches!(part.state, State::Merged { .. })
        };
        if !self.part(name).is_some_and(is_plain) {
            self.forget_sum(name.id);
        }
    }

    /// What others have added to an incident counts in those that it was merged into.
    fn pass_on_shares(&mut self, id: IncidentId) {
        let mut id = id;
        while self.cases.get(&id).is_some_and(Case::is_shared)
            && let Some(State::Merged { into }) = self.main(id).map(|main| main.state)
            && let Some(case) = self.cases.get_mut(&into)
            && case.shared.insert(id)
        {
            id = into;
        }
    }

    pub(super) fn unindex(&mut self, name: PartName) {
        self.note_sum(name);
        if let Some((place, closes_at_s)) = self.place_of(name) {
            match place {
                Place::Open => self.ends.remove(&(closes_at_s, name.id)),
                Place::Ended => self.ended.remove(&(closes_at_s, name)),
            };
        }
        if let Some(into) = self.follows(name)
            && let Some(case) = self.cases.get_mut(&into)
        {
            case.absorbed.remove(&name.id);
            case.shared.remove(&name.id);
            if case.is_empty() {
                self.cases.remove(&into);
            }
        }
    }

    /// In which list a part of this process stands.
    fn place_of(&self, name: PartName) -> Option<(Place, u32)> {
        let part = self.part(name).filter(|_| self.owns(name.partition))?;
        let is_main = part.home == name.partition;
        let place = match part.state {
            State::Open if is_main => Place::Open,
            _ => Place::Ended,
        };
        Some((place, part.closes_at_s))
    }

    /// The incident that a part's was merged into.
    fn follows(&self, name: PartName) -> Option<IncidentId> {
        let part = self.part(name).filter(|part| part.home == name.partition)?;
        match part.state {
            State::Merged { into } => Some(into),
            _ => None,
        }
    }
}

/// The lists of what ends.
enum Place {
    Open,
    Ended,
}
