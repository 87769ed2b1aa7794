//! Incidents of several processes: each writes parts in its own partitions alone, follows those of
//! the others, and publishes the incidents that began in its partitions.

use std::collections::BTreeSet;

use super::book::{Incidents, PartName, Tell};
use super::snapshot::Snapshot;
use super::{Incident, IncidentId, State, Telling};
use crate::login::Partition;

impl Incidents {
    /// The partitions that are this process's from now on. What others have added to their
    /// incidents meanwhile is looked at again.
    pub fn own(&mut self, partitions: &[Partition]) {
        self.owned = Some(partitions.iter().copied().collect());
        self.ends.clear();
        self.ended.clear();
        let names: Vec<PartName> = self.names().collect();
        for name in &names {
            self.index(*name);
        }
        self.awaiting.clear();
        self.to_review = names.iter().map(|name| name.id).collect();
        self.to_apply.clone_from(&self.to_review);
    }

    /// Takes out what some partitions hold: it is to be restored.
    pub fn remove_partitions(&mut self, partitions: &[Partition]) {
        let names = self.names();
        let out: Vec<PartName> = names
            .filter(|name| partitions.contains(&name.partition))
            .collect();
        for name in out {
            self.take_out(name);
        }
    }

    fn names(&self) -> impl Iterator<Item = PartName> + '_ {
        self.cases.iter().flat_map(|(id, case)| {
            let partitions = case.parts.iter().map(|(partition, _)| *partition);
            partitions.map(|partition| PartName { id: *id, partition })
        })
    }

    /// Puts a part as it was written; without bytes it is gone. `false` where the bytes are none.
    #[must_use]
    pub fn restore(&mut self, partition: Partition, id: IncidentId, bytes: Option<&[u8]>) -> bool {
        let name = PartName { id, partition };
        self.take_out(name);
        let Some(bytes) = bytes else { return true };
        let Some(snapshot) = Snapshot::from_bytes(bytes) else {
            return false;
        };
        self.put_quietly(name, snapshot.incident, &snapshot.leads);
        true
    }

    /// Puts a part that another process wrote; `false` where the bytes are none. Where it and this
    /// process know a link otherwise, this process is right.
    #[must_use]
    pub fn put_foreign(
        &mut self,
        partition: Partition,
        id: IncidentId,
        bytes: Option<&[u8]>,
    ) -> bool {
        if self.owned.is_some() && self.owns(partition) {
            return true;
        }
        let name = PartName { id, partition };
        self.take_out(name);
        let Some(bytes) = bytes else { return true };
        let Some(mut snapshot) = Snapshot::from_bytes(bytes) else {
            return false;
        };
        snapshot.leads.retain(|(link, last_s)| {
            let known = self.leads.get(link);
            known.is_none_or(|lead| lead.last_s < *last_s && !self.owns(lead.name.partition))
        });
        self.put_quietly(name, snapshot.incident, &snapshot.leads);
        self.to_review.insert(id);
        self.to_review
            .extend(self.awaiting.remove(&id).unwrap_or_default());
        self.to_apply.insert(id);
        true
    }

    /// Whether there is something to publish without a login.
    #[must_use]
    pub fn has_news(&self, now_s: u32) -> bool {
        let ends = self.ends.first();
        !self.to_review.is_empty()
            || !self.to_apply.is_empty()
            || ends.is_some_and(|(closes_at_s, _)| *closes_at_s < now_s)
    }

    /// Looks at what others have added, and closes what nothing has joined until a time.
    pub fn settle(&mut self, now_s: u32, tell: &mut Tell<'_>) {
        let to_review = std::mem::take(&mut self.to_review);
        self.reviewed.extend(&to_review);
        let mut roots = BTreeSet::new();
        for id in to_review {
            self.merge_as_asked(id, tell);
            self.hear_what_was_passed_on(id, tell);
            roots.insert(self.resolve(id));
        }
        for root in roots {
            self.review_sum(root, tell);
        }
        self.close_until(now_s, tell);
    }

    /// Merges an incident of this process into another where who knows both asks for it.
    fn merge_as_asked(&mut self, id: IncidentId, tell: &mut Tell<'_>) {
        let Some(case) = self.cases.get(&id).filter(|case| self.owns(case.home)) else {
            return;
        };
        let home = case.home;
        let is_open = |main: &Incident| main.state == State::Open && !main.is_quiet();
        if !case.main().is_some_and(is_open) {
            return;
        }
        let mut asked = case.parts.iter().filter(|(writer, _)| *writer != home);
        let into = asked.find_map(|(_, part)| match part.state {
            State::Merged { into } => Some(into),
            _ => None,
        });
        let Some(into) = into
            .map(|into| self.resolve(into))
            .filter(|into| *into != id)
        else {
            return;
        };
        match self.main(into) {
            Some(main) if is_open(main) => self.merge(id, into, home, tell),
            Some(_) => {}
            // It may still be on its way.
            None => {
                self.awaiting.entry(into).or_default().insert(id);
            }
        }
    }

    /// What others have added counts: it may be worth telling, and moves the end.
    fn review_sum(&mut self, id: IncidentId, tell: &mut Tell<'_>) {
        let Some(whole) = self.whole(id).filter(|whole| self.owns(whole.home)) else {
            return;
        };
        let Some(main) = self.main(id) else { return };
        let is_known = [main.attempts, main.recorded_attempts].contains(&whole.attempts);
        if is_known {
            return;
        }
        let (closes_at_s, last_s) = (whole.closes_at_s, whole.last_s);
        if main.state == State::Open && !main.is_quiet() {
            let partition = main.home;
            if closes_at_s > main.closes_at_s {
                let name = PartName { id, partition };
                self.change(name, |main| main.closes_at_s = closes_at_s);
            }
            self.tell_if_due(id, last_s, tell);
        } else {
            // Nothing is told of what is over, but it is counted.
            let telling = Telling {
                told: None,
                at_s: last_s,
            };
            self.record(id, telling, tell);
        }
    }
}
