//! A drill: one campaign against accounts that exist, to see that it is found and that somebody
//! answers. Its logins are marked by their event ids and their origin.

use std::borrow::Cow;
use std::sync::Arc;

use super::attacks::Attacker;
use super::company::Method;
use super::family::{AttackFamily, FAMILIES};
use super::population::{Population, Role, User};
use super::{DAY_MS, Draft, Options, random};
use crate::enrich::geo::{self, City, Point};
use crate::login::{Event, Truth, event::Origin};

const PURPOSE_DRILL: u64 = 9;
/// A campaign of guesses is no longer than this.
const MOST_EVENTS: usize = 400;
/// The company is that old when the attack begins: who has fallen silent did so a month ago.
const HISTORY_DAYS: u32 = 40;
const DAYS: u32 = 100;
/// What the origin names as the source, and event ids begin with.
const MARK: &str = "drill";

/// What to do, and to whom.
#[derive(Clone, Debug)]
pub struct Drill<'a> {
    family: AttackFamily,
    name: &'static str,
    /// The accounts; whoever guesses tries all of them.
    users: Vec<String>,
    /// A login as the first of them makes it: where they live, and with what.
    like: Option<Event<'a>>,
    pub tenant: String,
    pub seed: u64,
    pub start_ms: i64,
    /// The whole campaign takes no longer; its own time where it is not given.
    pub within_ms: Option<i64>,
    /// From careless, 0, to careful, 1; drawn without regard to it where it is not given.
    pub stealth: Option<f64>,
}

/// Why there can be no such drill.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrillError {
    #[error("there is no family of attack `{0}`")]
    NoFamily(String),
    #[error("a drill needs a user")]
    NoUser,
    /// Who is near, or has what the user has, has to know it.
    #[error(
        "`{0}` is near what the user does: it needs one of the user's logins (--like), such as the \
         `login` of an alert"
    )]
    NeedsLike(&'static str),
    #[error("`{0}` attacks one user, who is known; name no others")]
    OneUser(&'static str),
    #[error("the login is of `{found}`, and not of `{wanted}`")]
    OtherUser { found: String, wanted: String },
}

/// The names of the families.
pub fn families() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().map(|(_, name)| *name)
}

impl<'a> Drill<'a> {
    pub fn new(
        family: &str,
        users: Vec<String>,
        like: Option<Event<'a>>,
    ) -> Result<Self, DrillError> {
        let found = FAMILIES.iter().find(|(_, name)| *name == family);
        let Some(&(family, name)) = found else {
            return Err(DrillError::NoFamily(family.to_owned()));
        };
        let Some(first) = users.first() else {
            return Err(DrillError::NoUser);
        };
        match &like {
            None if needs_like(family) => return Err(DrillError::NeedsLike(name)),
            Some(_) if needs_like(family) && users.len() > 1 => {
                return Err(DrillError::OneUser(name));
            }
            Some(like) if like.user_id != *first => {
                return Err(DrillError::OtherUser {
                    found: like.user_id.to_string(),
                    wanted: first.clone(),
                });
            }
            _ => {}
        }
        let tenant = like.as_ref().map(|like| like.tenant.to_string());
        let tenant = tenant.unwrap_or_else(|| Options::default().tenant);
        Ok(Self {
            family,
            name,
            users,
            like,
            tenant,
            seed: 1,
            start_ms: super::DEFAULT_START_MS,
            within_ms: None,
            stealth: None,
        })
    }

    /// The logins of the attacker, in their order; the first at the start.
    #[must_use]
    pub fn events(&self) -> Vec<Event<'static>> {
        let options = Options {
            users: u32::try_from(self.users.len()).unwrap_or(u32::MAX),
            days: DAYS,
            seed: self.seed,
            start_ms: self.start_ms - i64::from(HISTORY_DAYS) * DAY_MS,
            ..Options::default()
        };
        let mut population = Population::new(&options, Arc::default());
        for (place, (user, name)) in population.users.iter_mut().zip(&self.users).enumerate() {
            self.make_victim(user, name, self.like.as_ref().filter(|_| place == 0));
        }
        let random = &mut random(self.seed, PURPOSE_DRILL, 0);
        let mut attacker = Attacker::new(&options, &population, random, MOST_EVENTS);
        attacker.start_ms = self.start_ms;
        attacker.set_stealth(self.stealth);
        attacker.attack(self.family, random);
        let mut drafts = attacker.drafts;
        // The victim's own logins are not made up: he makes them himself.
        drafts.retain(|draft| draft.event.truth.label.is_none());
        drafts.sort_by_key(|draft| draft.time_ms);
        self.sent(drafts)
    }

    /// Gives a made-up person the name of a victim, and of the one whose login is known where he
    /// lives.
    fn make_victim(&self, user: &mut User, name: &str, like: Option<&Event<'_>>) {
        user.id = name.to_owned();
        user.first_day = i32::MIN;
        user.logins_per_day = user.logins_per_day.max(1.0);
        user.role = match self.family {
            AttackFamily::DormantRevival => Role::Dormant,
            _ => Role::Person,
        };
        let Some(like) = like else {
            return;
        };
        if let Some(home) = home(like) {
            user.home = home;
        }
        if let Some(bytes) = like.bytes_out.filter(|bytes| *bytes > 0) {
            user.bytes_out = (bytes as f64).ln();
        }
        let method = like.auth_method.as_deref();
        let names = Method::ALL.map(Method::name);
        let method = names.into_iter().find(|known| Some(*known) == method);
        if let Some(method) = method {
            user.methods = [method; 2];
        }
    }

    /// The drafts as events that are marked, at their times.
    fn sent(&self, drafts: Vec<Draft>) -> Vec<Event<'static>> {
        let first_ms = drafts.first().map_or(0, |draft| draft.time_ms);
        let takes_ms = drafts.last().map_or(0, |draft| draft.time_ms) - first_ms;
        let shorter = self.within_ms.filter(|within_ms| *within_ms < takes_ms);
        let mut last_ms = i64::MIN;
        let mut events = Vec::with_capacity(drafts.len());
        for (number, draft) in drafts.into_iter().enumerate() {
            let since_ms = draft.time_ms - first_ms;
            let since_ms = shorter.map_or(since_ms, |within_ms| {
                (since_ms as f64 / takes_ms as f64 * within_ms as f64) as i64
            });
            let mut event = draft.event;
            event.time_ms = (self.start_ms + since_ms).max(last_ms + 1);
            last_ms = event.time_ms;
            self.take_what_is_the_users(&mut event);
            self.mark(&mut event, number);
            events.push(event);
        }
        events
    }

    fn take_what_is_the_users(&self, event: &mut Event<'static>) {
        let Some(like) = &self.like else {
            return;
        };
        if matches!(
            self.family,
            AttackFamily::SessionTheft | AttackFamily::Insider
        ) {
            event.device_id = owned(&like.device_id);
            event.user_agent = owned(&like.user_agent);
        }
        if self.family == AttackFamily::Insider {
            event.ip_address = like.ip_address;
            event.asn = like.asn;
            event.geo_location = owned(&like.geo_location);
            event.city = owned(&like.city);
            (event.latitude, event.longitude) = (like.latitude, like.longitude);
        }
    }

    fn mark(&self, event: &mut Event<'static>, number: usize) {
        let campaign = format!("{MARK}-{}-{:x}", self.name, self.start_ms);
        event.event_id = Some(Cow::Owned(format!("{campaign}-{number}")));
        event.tenant = Cow::Owned(self.tenant.clone());
        let origin = format!(
            r#"{{"source":"{MARK}","topic":"{campaign}","partition":0,"offset":{number}}}"#
        );
        event.origin = Origin::new(Cow::Owned(origin));
        event.truth = Truth {
            label: Some(true),
            attack: Some(Cow::Borrowed(self.name)),
            campaign: Some(Cow::Owned(campaign)),
        };
    }
}

fn owned(text: &Option<Cow<'_, str>>) -> Option<Cow<'static, str>> {
    text.as_deref().map(|text| Cow::Owned(text.to_owned()))
}

fn needs_like(family: AttackFamily) -> bool {
    matches!(
        family,
        AttackFamily::NearTakeover | AttackFamily::SessionTheft | AttackFamily::Insider
    )
}

/// The city that a login came from: the nearest, else the largest of the country.
fn home(like: &Event<'_>) -> Option<&'static City> {
    let cities = geo::cities().iter();
    if let (Some(latitude), Some(longitude)) = (like.latitude, like.longitude) {
        let there = Point::city(latitude, longitude);
        let distance_km =
            |city: &City| Point::city(city.latitude, city.longitude).distance_km(&there);
        return cities.min_by(|one, other| distance_km(one).total_cmp(&distance_km(other)));
    }
    let country = geo::country(like.geo_location.as_deref()?)?;
    let of_country = cities.filter(|city| city.iso == country.iso);
    of_country.max_by_key(|city| city.population)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIKE: &str = r#"{"user_id":"ann","timestamp":1750000000000,"success":true,
        "tenant":"acme","ip_address":"81.62.10.20","geo_location":"CH","city":"Bern",
        "latitude":46.95,"longitude":7.45,"asn":3303,"device_id":"d-17","user_agent":"Firefox",
        "auth_method":"passkey","bytes_out":5000}"#;

    fn like() -> Event<'static> {
        Event::from_json(LIKE.as_bytes()).unwrap()
    }

    /// Whatever the family: the attack is on those who were named (or on names nobody has), in the
    /// time it may take, marked, labelled, and of logins that the stream takes.
    #[test]
    fn a_drill_of_every_family_is_marked_and_on_its_victims() {
        for family in families() {
            for seed in 0..20 {
                let mut users = vec!["ann".to_owned(), "bo".to_owned()];
                if needs_like(FAMILIES.iter().find(|(_, name)| *name == family).unwrap().0) {
                    users.pop();
                }
                let mut drill = Drill::new(family, users, Some(like())).unwrap();
                (drill.seed, drill.within_ms) = (seed, Some(60_000));
                drill.start_ms = 1_790_000_000_000;
                let events = drill.events();
                assert!(!events.is_empty(), "{family} {seed}");
                for (number, event) in events.iter().enumerate() {
                    let name = event.user_id.as_ref();
                    assert!(
                        ["ann", "bo"].contains(&name) || name.starts_with('x'),
                        "{name}"
                    );
                    let id = event.event_id.as_deref().unwrap();
                    assert!(id.starts_with(&format!("drill-{family}-")), "{id}");
                    assert_eq!(event.truth.attack.as_deref(), Some(family));
                    assert_eq!(event.tenant, "acme");
                    let since_ms = event.time_ms - drill.start_ms;
                    assert!(
                        (0..=60_000 + number as i64).contains(&since_ms),
                        "{since_ms}"
                    );
                    let json = serde_json::to_string(event).unwrap();
                    assert!(json.contains(r#""source":"drill""#), "{json}");
                    assert!(Event::from_json(json.as_bytes()).is_ok(), "{json}");
                }
            }
        }
    }

    /// Who has stolen a session has its device, and whoever is the user himself is where he is.
    #[test]
    fn what_is_the_users_is_taken_from_the_login() {
        let of = |family: &str| {
            let drill = Drill::new(family, vec!["ann".to_owned()], Some(like())).unwrap();
            drill.events()
        };
        let stolen = of("session_theft");
        assert!(
            stolen
                .iter()
                .all(|event| event.device_id == like().device_id)
        );
        assert!(
            stolen
                .iter()
                .all(|event| event.ip_address != like().ip_address)
        );
        let own = of("insider");
        assert!(
            own.iter()
                .all(|event| event.ip_address == like().ip_address)
        );
        assert!(
            own.iter().any(|event| event.bytes_out > Some(15_000)),
            "{own:?}"
        );
        let near = of("near_takeover");
        let bern = Point::city(46.95, 7.45);
        let place =
            |event: &Event<'_>| Point::city(event.latitude.unwrap(), event.longitude.unwrap());
        assert!(
            near.iter()
                .all(|event| place(event).distance_km(&bern) < 400.0)
        );
    }

    /// Who is careful takes days for what others do in an hour.
    #[test]
    fn a_careful_attacker_takes_his_time() {
        let takes_ms = |stealth: f64| {
            let of = |seed: u64| {
                let users = vec!["ann".to_owned()];
                let mut drill = Drill::new("stolen_credentials", users, None).unwrap();
                (drill.seed, drill.stealth) = (seed, Some(stealth));
                let events = drill.events();
                events[events.len() - 1].time_ms - events[0].time_ms
            };
            let mut all: Vec<i64> = (0..40).map(of).collect();
            all.sort_unstable();
            all[20]
        };
        let (careless_ms, careful_ms) = (takes_ms(0.0), takes_ms(1.0));
        assert!(careful_ms > 10 * careless_ms, "{careless_ms} {careful_ms}");
    }

    #[test]
    fn what_cannot_be_drawn_is_told() {
        let ann = || vec!["ann".to_owned()];
        let error = |family: &str, users, like| Drill::new(family, users, like).unwrap_err();
        assert_eq!(
            error("insider", ann(), None),
            DrillError::NeedsLike("insider")
        );
        assert_eq!(error("brute_force", Vec::new(), None), DrillError::NoUser);
        assert!(matches!(
            error("brute", ann(), None),
            DrillError::NoFamily(_)
        ));
        let several = error(
            "insider",
            vec!["ann".to_owned(), "bo".to_owned()],
            Some(like()),
        );
        assert_eq!(several, DrillError::OneUser("insider"));
        let other = error("insider", vec!["bo".to_owned()], Some(like()));
        assert!(matches!(other, DrillError::OtherUser { .. }), "{other}");
    }
}
