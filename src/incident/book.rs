//! All open incidents, and what leads to them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::case::Case;
use super::{Flagged, IncidentId, Link, LinkKind, Telling};

/// Bounds: an attacker must not fill the memory with incidents or links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open at once; one more closes the one that would close next.
    pub incidents: usize,
    /// Of one incident; one more takes the oldest away.
    pub links: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            incidents: 20_000,
            links: 128,
        }
    }
}

/// Where a link leads.
#[derive(Clone, Copy, Debug)]
struct Lead {
    incident: IncidentId,
    last_s: u32,
}

/// What a flagged login did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    pub incident: Option<IncidentId>,
    /// Incidents that this login showed to be the same, and are no longer told.
    pub merged: Vec<IncidentId>,
    pub tellings: Vec<Telling>,
    /// Incidents that ended before it, in their last state.
    pub closed: Vec<IncidentId>,
}

/// The open incidents.
#[derive(Debug, Default)]
pub struct Incidents {
    limits: Limits,
    cases: BTreeMap<IncidentId, Case>,
    leads: HashMap<Link, Lead, foldhash::fast::RandomState>,
    /// When each closes.
    ends: BTreeSet<(u32, IncidentId)>,
}

impl Incidents {
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// How many are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// An open incident.
    #[must_use]
    pub fn case(&self, id: IncidentId) -> Option<&Case> {
        self.cases.get(&id)
    }

    /// Adds a flagged login to the incident that it belongs to, or begins one.
    pub fn join(&mut self, flagged: &Flagged) -> Joined {
        let mut joined = Joined::default();
        self.close_until(flagged.time_s, &mut joined);
        let found = self.found_by(flagged);
        let id = match found.first() {
            Some(earliest) => *earliest,
            None => self.begin(flagged, &mut joined),
        };
        for other in found.into_iter().skip(1) {
            joined.tellings.extend(self.merge(id, other));
            joined.merged.push(other);
        }
        if let Some(mut case) = self.cases.remove(&id) {
            self.ends.remove(&(case.closes_at_s, id));
            case.add(flagged, patience_s(flagged));
            self.link(&mut case, flagged);
            self.ends.insert((case.closes_at_s, id));
            joined.tellings.extend(case.telling(flagged.time_s));
            self.cases.insert(id, case);
        }
        joined.incident = Some(id);
        joined
    }

    /// Closes what nothing has joined until a time.
    pub fn close_until(&mut self, now_s: u32, joined: &mut Joined) {
        while let Some((closes_at_s, id)) = self.ends.first().copied() {
            if closes_at_s >= now_s {
                break;
            }
            self.close(id, joined);
        }
    }

    fn close(&mut self, id: IncidentId, joined: &mut Joined) {
        let Some(mut case) = self.cases.remove(&id) else {
            return;
        };
        self.ends.remove(&(case.closes_at_s, id));
        for link in &case.links {
            if self.leads.get(link).is_some_and(|lead| lead.incident == id) {
                self.leads.remove(link);
            }
        }
        joined.tellings.push(case.close());
        joined.closed.push(id);
    }

    /// The open incidents that a login leads to, the earliest first. A user alone leads only to what
    /// is about that user: one that was tried by two attackers makes them not one.
    fn found_by(&self, flagged: &Flagged) -> Vec<IncidentId> {
        let led = |link: &Link| {
            let lead = self.leads.get(link)?;
            let is_fresh = flagged.time_s <= lead.last_s.saturating_add(link.kind.patience_s());
            let case = self.cases.get(&lead.incident).filter(|_| is_fresh)?;
            Some((case.first_s, lead.incident))
        };
        let (users, sources): (Vec<&Link>, Vec<&Link>) = flagged
            .links
            .iter()
            .partition(|link| link.kind == LinkKind::User);
        let mut found: BTreeSet<_> = sources.into_iter().filter_map(led).collect();
        if found.is_empty() {
            found = users.into_iter().filter_map(led).collect();
        }
        found.into_iter().map(|(_, id)| id).collect()
    }

    fn begin(&mut self, flagged: &Flagged, joined: &mut Joined) -> IncidentId {
        if self.cases.len() >= self.limits.incidents
            && let Some((_, next)) = self.ends.first().copied()
        {
            self.close(next, joined);
        }
        let case = Case::begun(flagged);
        let id = case.id;
        self.ends.insert((case.closes_at_s, id));
        self.cases.insert(id, case);
        id
    }

    /// One incident takes another: what leads to the later leads to the earlier.
    fn merge(&mut self, into: IncidentId, other: IncidentId) -> Option<Telling> {
        if !self.cases.contains_key(&into) {
            return None;
        }
        let mut later = self.cases.remove(&other)?;
        let mut case = self.cases.remove(&into)?;
        self.ends.remove(&(later.closes_at_s, other));
        self.ends.remove(&(case.closes_at_s, into));
        for link in &later.links {
            if let Some(lead) = self.leads.get_mut(link)
                && lead.incident == other
            {
                lead.incident = into;
            }
        }
        let telling = case.absorb(&mut later);
        self.bound_links(&mut case);
        self.ends.insert((case.closes_at_s, into));
        self.cases.insert(into, case);
        Some(telling)
    }

    /// Lets what the login came with lead to its incident. The user does where somebody got in, or
    /// nobody else is concerned: who was tried among thousands is not this attacker's alone.
    fn link(&mut self, case: &mut Case, flagged: &Flagged) {
        let is_own = case.users().len() == 1 || case.has_entered(flagged.user);
        for link in &flagged.links {
            if link.kind == LinkKind::User && !is_own {
                continue;
            }
            let lead = Lead {
                incident: case.id,
                last_s: flagged.time_s,
            };
            let before = self.leads.insert(*link, lead);
            if before.is_none_or(|before| before.incident != case.id) {
                case.links.push(*link);
            }
        }
        self.bound_links(case);
    }

    /// Takes those away that were not met for longest, a quarter at once: what an attacker keeps is
    /// met again, what he changes is not.
    fn bound_links(&mut self, case: &mut Case) {
        if case.links.len() <= self.limits.links {
            return;
        }
        let last_s = |link: &Link| {
            let lead = self.leads.get(link).filter(|lead| lead.incident == case.id);
            lead.map(|lead| lead.last_s)
        };
        // What leads elsewhere by now comes first, and what stands twice side by side.
        case.links.sort_by_cached_key(|link| (last_s(link), *link));
        case.links.dedup();
        let kept = self.limits.links - self.limits.links / 4;
        let beyond = case.links.len().saturating_sub(kept);
        for link in case.links.drain(..beyond) {
            let lead = self.leads.get(&link);
            if lead.is_some_and(|lead| lead.incident == case.id) {
                self.leads.remove(&link);
            }
        }
    }
}

/// How long what a login belongs to is waited for: as long as its most patient link.
fn patience_s(flagged: &Flagged) -> u32 {
    let patience = flagged.links.iter().map(|link| link.kind.patience_s());
    patience.max().unwrap_or(0)
}
