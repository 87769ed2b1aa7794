//! All open incidents, and what leads to them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{FlaggedLogin, Incident, IncidentId, Link, LinkKind, Telling};

/// Bounds: an attacker must not fill the memory with incidents or links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IncidentLimits {
    /// Open at once; one more closes the one that would close next.
    pub incidents: usize,
    /// Of one incident; one more takes the oldest away.
    pub links: usize,
}

impl Default for IncidentLimits {
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
    limits: IncidentLimits,
    open: BTreeMap<IncidentId, Incident>,
    leads: HashMap<Link, Lead, foldhash::fast::RandomState>,
    /// When each closes.
    ends: BTreeSet<(u32, IncidentId)>,
}

impl Incidents {
    #[must_use]
    pub fn new(limits: IncidentLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// How many are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// An open incident.
    #[must_use]
    pub fn get(&self, id: IncidentId) -> Option<&Incident> {
        self.open.get(&id)
    }

    /// Adds a flagged login to the incident that it belongs to, or begins one.
    pub fn join(&mut self, flagged: &FlaggedLogin) -> Joined {
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
        if let Some(mut incident) = self.open.remove(&id) {
            self.ends.remove(&(incident.closes_at_s, id));
            incident.add(flagged, patience_s(flagged));
            self.link(&mut incident, flagged);
            self.ends.insert((incident.closes_at_s, id));
            joined.tellings.extend(incident.telling(flagged.time_s));
            self.open.insert(id, incident);
        }
        joined.incident = Some(id);
        joined
    }

    /// Closes what nothing has joined until a time.
    fn close_until(&mut self, now_s: u32, joined: &mut Joined) {
        while let Some((closes_at_s, id)) = self.ends.first().copied() {
            if closes_at_s >= now_s {
                break;
            }
            self.close(id, joined);
        }
    }

    fn close(&mut self, id: IncidentId, joined: &mut Joined) {
        let Some(mut incident) = self.open.remove(&id) else {
            return;
        };
        self.ends.remove(&(incident.closes_at_s, id));
        for link in &incident.links {
            self.forget(link, id);
        }
        joined.tellings.push(incident.close());
        joined.closed.push(id);
    }

    /// The open incidents that a login leads to, the earliest first. A user alone leads only to what
    /// is about that user: one that was tried by two attackers makes them not one.
    fn found_by(&self, flagged: &FlaggedLogin) -> Vec<IncidentId> {
        let led = |link: &Link| {
            let lead = self.leads.get(link)?;
            let is_fresh = flagged.time_s <= lead.last_s.saturating_add(link.kind.patience_s());
            let incident = self.open.get(&lead.incident).filter(|_| is_fresh)?;
            Some((incident.first_s, lead.incident))
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

    fn begin(&mut self, flagged: &FlaggedLogin, joined: &mut Joined) -> IncidentId {
        if self.open.len() >= self.limits.incidents
            && let Some((_, next)) = self.ends.first().copied()
        {
            self.close(next, joined);
        }
        let incident = Incident::begun(flagged);
        let id = incident.id;
        self.ends.insert((incident.closes_at_s, id));
        self.open.insert(id, incident);
        id
    }

    /// One incident takes another: what leads to the later leads to the earlier.
    fn merge(&mut self, into: IncidentId, other: IncidentId) -> Option<Telling> {
        if !self.open.contains_key(&into) {
            return None;
        }
        let mut later = self.open.remove(&other)?;
        let mut incident = self.open.remove(&into)?;
        self.ends.remove(&(later.closes_at_s, other));
        self.ends.remove(&(incident.closes_at_s, into));
        for link in &later.links {
            if let Some(lead) = self.leads.get_mut(link)
                && lead.incident == other
            {
                lead.incident = into;
            }
        }
        let telling = incident.absorb(&mut later);
        self.bound_links(&mut incident);
        self.ends.insert((incident.closes_at_s, into));
        self.open.insert(into, incident);
        Some(telling)
    }

    /// Lets what the login came with lead to its incident. The user does where somebody got in, or
    /// nobody else is concerned: who was tried among thousands is not this attacker's alone.
    fn link(&mut self, incident: &mut Incident, flagged: &FlaggedLogin) {
        let is_own = incident.users().len() == 1 || incident.has_entered(flagged.user);
        for link in &flagged.links {
            if link.kind == LinkKind::User && !is_own {
                continue;
            }
            let lead = Lead {
                incident: incident.id,
                last_s: flagged.time_s,
            };
            let before = self.leads.insert(*link, lead);
            if before.is_none_or(|before| before.incident != incident.id) {
                incident.links.push(*link);
            }
        }
        self.bound_links(incident);
    }

    /// Takes those away that were not met for longest, a quarter at once: what an attacker keeps is
    /// met again, what he changes is not.
    fn bound_links(&mut self, incident: &mut Incident) {
        if incident.links.len() <= self.limits.links {
            return;
        }
        let last_s = |link: &Link| {
            let lead = self
                .leads
                .get(link)
                .filter(|lead| lead.incident == incident.id);
            lead.map(|lead| lead.last_s)
        };
        // What leads elsewhere by now comes first, and what stands twice side by side.
        incident
            .links
            .sort_by_cached_key(|link| (last_s(link), *link));
        incident.links.dedup();
        let kept = self.limits.links - self.limits.links / 4;
        let beyond = incident.links.len().saturating_sub(kept);
        for link in incident.links.drain(..beyond) {
            self.forget(&link, incident.id);
        }
    }

    /// A link leads no longer to an incident; it may lead to another by now.
    fn forget(&mut self, link: &Link, incident: IncidentId) {
        let lead = self.leads.get(link);
        if lead.is_some_and(|lead| lead.incident == incident) {
            self.leads.remove(link);
        }
    }
}

/// How long what a login belongs to is waited for: as long as its most patient link.
fn patience_s(flagged: &FlaggedLogin) -> u32 {
    let patience = flagged.links.iter().map(|link| link.kind.patience_s());
    patience.max().unwrap_or(0)
}
