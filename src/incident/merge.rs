//! What leads to an incident, and two that turn out to be one.

use super::book::{Incidents, Lead, PartName, Tell};
use super::{FlaggedLogin, Incident, IncidentId, State, Telling};
use crate::detector::link::{Link, LinkKind};
use crate::login::{Offset, Partition};

impl Incidents {
    /// One incident is found to be another, earlier one. Whoever owns it moves what it holds there;
    /// who does not tells him.
    pub(super) fn merge(
        &mut self,
        id: IncidentId,
        into: IncidentId,
        partition: Partition,
        tell: &mut Tell<'_>,
    ) {
        let Some(case) = self.cases.get(&id) else {
            return;
        };
        let home = PartName {
            id,
            partition: case.home,
        };
        let is_owned = self.owns(case.home);
        let Some(main) = case.main() else { return };
        if !is_owned {
            let name = PartName { id, partition };
            if self.part(name).is_none() {
                let part = main.without_content();
                self.put(name, part, &[]);
            }
            self.change(name, |part| part.state = State::Merged { into });
            return;
        }
        self.remember(home);
        let leads = self.leads_of(home);
        self.unlink(home);
        let Some(case) = self.cases.get(&into) else {
            return;
        };
        let other = case.main();
        let follows_from = other.map_or(Offset::ZERO, |other| other.decided_to);
        let stands = other.and_then(|other| other.decision.clone());
        let emptied = self.change(home, |incident| {
            let content = incident.empty(into);
            incident.follows_from = follows_from;
            content
        });
        let Some(content) = emptied else { return };
        let Some(case) = self.cases.get(&into) else {
            return;
        };
        let target = PartName {
            id: into,
            partition: if self.owns(case.home) {
                case.home
            } else {
                home.partition
            },
        };
        if self.part(target).is_none() {
            let part = Incident {
                id: into,
                home: case.home,
                // What was said before is not about what comes now.
                applied: stands.filter(|_| content.applied.is_none()),
                ..content.without_content()
            };
            self.put(target, part, &[]);
        }
        self.change(target, |incident| {
            incident.absorb(&content);
            incident.take_over_verdict(&content, follows_from);
        });
        for (link, last_s) in leads {
            self.lead(link, target, last_s);
        }
        self.bound_links(target);
        let at_s = content.last_s;
        self.record(id, Telling { told: None, at_s }, tell);
    }

    /// Lets what the login came with lead to its incident. The user does where somebody got in, or
    /// nobody else is concerned: who was tried among thousands is not this attacker's alone. The
    /// company does where the incident begins with it.
    pub(super) fn link(&mut self, name: PartName, flagged: &FlaggedLogin) {
        let Some(part) = self.part(name) else { return };
        let is_own = part.users().len() == 1 || part.users.has_entered(flagged.user);
        let begins = part.attempts == 1 && name.partition == part.home;
        for link in &flagged.links {
            let leads = match link.kind {
                LinkKind::User => is_own,
                LinkKind::Company => begins,
                _ => true,
            };
            if leads {
                self.lead(*link, name, flagged.time_s);
            }
        }
        self.bound_links(name);
    }

    /// Lets a link lead to a part; it leads nowhere else from now on.
    pub(super) fn lead(&mut self, link: Link, name: PartName, last_s: u32) {
        self.remember(name);
        let before = self.leads.get(&link).copied();
        if let Some(before) = before.filter(|before| before.name != name) {
            if self.owns(before.name.partition) {
                self.change(before.name, |other| {
                    other.links.retain(|known| *known != link);
                });
            } else if !self.goes_one_way {
                self.stolen.push((link, before));
            }
        }
        self.leads.insert(link, Lead { name, last_s });
        if before.is_none_or(|before| before.name != name) {
            self.change(name, |incident| incident.links.push(link));
        }
    }

    /// Takes those away that were not met for longest, a quarter at once: what an attacker keeps is
    /// met again, what he changes is not.
    pub(super) fn bound_links(&mut self, name: PartName) {
        let most = self.limits.links;
        let Some(part) = self.part(name).filter(|part| part.links.len() > most) else {
            return;
        };
        let last_s = |link: &Link| self.leads.get(link).map(|lead| lead.last_s);
        let mut links = part.links.clone();
        links.sort_by_cached_key(|link| (last_s(link), *link));
        let beyond = links.len() - (most - most / 4);
        self.remember(name);
        for link in links.drain(..beyond) {
            self.leads.remove(&link);
        }
        self.change(name, |incident| incident.links = links);
    }
}
