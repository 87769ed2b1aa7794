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
        let known = self.cases.get(&id).filter(|case| case.main().is_some());
        let Some(case) = known else { return };
        let home = PartName {
            id,
            partition: case.home,
        };
        let is_owned = self.owns(case.home);
        if !is_owned {
            let name = PartName { id, partition };
            self.begin_part(name);
            self.change(name, |part| part.state = State::Merged { into });
            return;
        }
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
        let target_home = case.home;
        let other = case.main();
        let follows_from = other.map_or(Offset::ZERO, |other| other.decided_to);
        let stands = other.and_then(|other| other.decision.clone());
        self.remember(home);
        let leads = self.leads_of(home);
        self.unlink(home);
        let emptied = self.change(home, |incident| {
            let content = incident.empty(into);
            incident.follows_from = follows_from;
            content
        });
        let Some(content) = emptied else { return };
        if self.part(target).is_none() {
            let part = Incident {
                id: into,
                home: target_home,
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
        self.lead_all(target, leads);
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
        let leads = flagged.links.iter().filter(|link| match link.kind {
            LinkKind::User => is_own,
            LinkKind::Company => begins,
            _ => true,
        });
        self.lead_all(name, leads.map(|link| (*link, flagged.time_s)));
    }

    /// Lets links lead to a part, each last met at a time, as many as it may have.
    pub(super) fn lead_all(
        &mut self,
        name: PartName,
        leads: impl IntoIterator<Item = (Link, u32)>,
    ) {
        for (link, last_s) in leads {
            self.lead(link, name, last_s);
        }
        self.bound_links(name);
    }

    /// A part of an incident that logins have not added to, where there is none.
    pub(super) fn begin_part(&mut self, name: PartName) {
        if self.part(name).is_none()
            && let Some(part) = self.main(name.id).map(Incident::without_content)
        {
            self.put(name, part, &[]);
        }
    }

    /// Lets a link lead to a part; it leads nowhere else from now on.
    fn lead(&mut self, link: Link, name: PartName, last_s: u32) {
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
    fn bound_links(&mut self, name: PartName) {
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
