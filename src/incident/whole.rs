//! The incident that one is by now, and the sum of what all partitions have added to it.

use std::borrow::Cow;

use super::book::{Case, Incidents, PartName};
use super::{Incident, IncidentId, State};

/// Merged into one another at most so often; who follows further gives up.
pub(super) const MOST_POINTERS: usize = 4_096;

impl Incidents {
    /// The incident that one was merged into, and so on.
    pub(super) fn resolve(&self, id: IncidentId) -> IncidentId {
        let mut id = id;
        for _ in 0..MOST_POINTERS {
            match self.main(id).map(|main| main.state) {
                Some(State::Merged { into }) => id = into,
                _ => break,
            }
        }
        id
    }

    /// The sum of what all partitions have added to an incident.
    pub(super) fn whole(&self, id: IncidentId) -> Option<Cow<'_, Incident>> {
        let case = self.cases.get(&id)?;
        let main = case.main()?;
        if !case.is_shared() {
            return Some(Cow::Borrowed(main));
        }
        let beside = case.beside.get_or_init(|| {
            let mut sum = main.without_content();
            (sum.last_s, sum.closes_at_s) = (0, 0);
            for part in self.parts_beside(case) {
                sum.absorb(part);
                if part.carried.is_some() && part.follows_from >= sum.follows_from {
                    sum.carried.clone_from(&part.carried);
                    sum.follows_from = part.follows_from;
                }
            }
            sum
        });
        let mut whole = main.clone();
        whole.absorb(beside);
        if main.stands().is_none() {
            whole.carried.clone_from(&beside.carried);
            whole.follows_from = beside.follows_from;
        }
        if main.is_quiet() {
            // It is quiet until then, whatever joins it.
            whole.closes_at_s = main.closes_at_s;
        }
        Some(Cow::Owned(whole))
    }

    /// What others have added to an incident has changed, and so what it is with that.
    pub(super) fn forget_sum(&mut self, id: IncidentId) {
        let mut id = id;
        for _ in 0..MOST_POINTERS {
            let Some(case) = self.cases.get_mut(&id) else {
                return;
            };
            case.beside.take();
            match case.main().map(|main| main.state) {
                Some(State::Merged { into }) => id = into,
                _ => return,
            }
        }
    }

    /// The parts of an incident, and of those that were merged into it.
    pub(super) fn parts_of(&self, id: IncidentId) -> Vec<PartName> {
        let (mut names, mut ids) = (Vec::new(), vec![id]);
        while let Some(id) = ids.pop() {
            let Some(case) = self.cases.get(&id) else {
                continue;
            };
            let partitions = case.parts.iter().map(|(partition, _)| *partition);
            names.extend(partitions.map(|partition| PartName { id, partition }));
            if names.len() < MOST_POINTERS {
                ids.extend(&case.absorbed);
            }
        }
        names
    }

    /// What others than the home have added to an incident, and to those that were merged into it.
    fn parts_beside<'a>(&'a self, case: &'a Case) -> Vec<&'a Incident> {
        let (mut parts, mut cases) = (Vec::new(), vec![case]);
        while let Some(case) = cases.pop() {
            let others = case.parts.iter();
            let others =
                others.filter(|(partition, part)| *partition != case.home && part.attempts > 0);
            parts.extend(others.map(|(_, part)| part));
            if parts.len() < MOST_POINTERS {
                cases.extend(case.shared.iter().filter_map(|id| self.cases.get(id)));
            }
        }
        parts
    }
}
