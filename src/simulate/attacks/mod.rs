//! What attackers do, loud and patient, far and near. A campaign is one attacker with one plan;
//! what it does is drawn from wide ranges, because real ones have no habits that a detector could
//! count on.

mod guessing;
mod takeover;

use std::borrow::Cow;

use rand::RngExt;

use super::company::Method;
use super::devices::{Browser, Device, System, any_device, device};
use super::family::AttackFamily;
use super::mishaps;
use super::network::{Operator, Origin};
use super::planned::{UserDay, failed, login_event, of_type};
use super::population::{Population, Role, User};
use super::usage::{Used, usual_device};
use super::whereabouts::origin_of_login;
use super::{DAY_MS, Draft, Options, Random, between, day_of};
use crate::enrich::geo::City;
use crate::login::Event;

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// No attack before this share of the days: there is no takeover of an account without a history.
const QUIET_SHARE: f64 = 0.1;

/// An attacker at work: where and with what, and what has been done so far.
pub(super) struct Attacker<'a> {
    options: &'a Options,
    population: &'a Population,
    pub start_ms: i64,
    /// The most events this campaign may send.
    most_events: usize,
    /// The one way in that this attacker has, where it is not the victim's own.
    method: Option<&'static str>,
    /// From careless, 0, to careful, 1; where it is not given, everything is drawn without regard
    /// to the rest.
    stealth: Option<f64>,
    /// Comes through another home connection near the victim each time.
    hops: bool,
    pub drafts: Vec<Draft>,
}

/// Who is more careful than this does as the victim does, if it costs nothing.
const CAREFUL: f64 = 0.3;

/// A gap around a mean.
fn gap_ms(mean_ms: f64, random: &mut Random) -> i64 {
    (mean_ms * random.random_range(0.4..1.8)) as i64 + 1
}

impl<'a> Attacker<'a> {
    pub(super) fn new(
        options: &'a Options,
        population: &'a Population,
        random: &mut Random,
        most_events: usize,
    ) -> Self {
        let days = f64::from(options.days);
        let first_ms = (days * QUIET_SHARE * DAY_MS as f64) as i64;
        let last_ms = (days * DAY_MS as f64) as i64;
        let start_ms = options.start_ms + random.random_range(first_ms..last_ms.max(first_ms + 1));
        Self {
            options,
            population,
            start_ms,
            most_events,
            method: random
                .random_bool(0.4)
                .then(|| Method::ALL[random.random_range(0..Method::ALL.len())].name()),
            stealth: None,
            hops: population.company.attackers.hops_share.holds(random),
            drafts: Vec::new(),
        }
    }

    pub(super) fn attack(&mut self, family: AttackFamily, random: &mut Random) {
        match family {
            AttackFamily::StolenCredentials => self.stolen_credentials(random),
            AttackFamily::NearTakeover => self.near_takeover(random),
            AttackFamily::SessionTheft => self.session_theft(random),
            AttackFamily::CredentialStuffing => self.credential_stuffing(random),
            AttackFamily::PasswordSpray => self.password_spray(random),
            AttackFamily::BruteForce => self.brute_force(random),
            AttackFamily::MfaFatigue => self.mfa_fatigue(random),
            AttackFamily::DormantRevival => self.dormant_revival(random),
            AttackFamily::ResetTakeover => self.reset_takeover(random),
            AttackFamily::Insider => self.insider(random),
            AttackFamily::SharedDevice => self.shared_device(random),
            AttackFamily::Anonymiser => self.anonymiser(random),
        }
    }

    /// Sets how careful the attacker is; who is, signs in as the victim does.
    pub(super) fn set_stealth(&mut self, stealth: Option<f64>) {
        self.stealth = stealth;
        if stealth.is_some_and(|stealth| stealth > CAREFUL) {
            self.method = None;
        }
    }

    /// A choice that careless attackers make so often, and careful ones so often.
    fn chooses(&self, usual: f64, careless: f64, careful: f64, random: &mut Random) -> bool {
        let chance = self
            .stealth
            .map_or(usual, |stealth| careless + (careful - careless) * stealth);
        random.random_bool(chance)
    }

    /// An amount between the careless's and the careful's, near to where this attacker stands.
    fn amount(&self, careless: f64, careful: f64, random: &mut Random) -> f64 {
        let Some(stealth) = self.stealth else {
            return between(careless.min(careful), careless.max(careful), random);
        };
        let stands = (stealth + random.random_range(-0.25..0.25)).clamp(0.0, 1.0);
        (careless.ln() + (careful.ln() - careless.ln()) * stands).exp()
    }

    /// Whether the victim is near to the attacker, or made to seem so.
    fn is_near(&self, usual: f64, random: &mut Random) -> bool {
        self.chooses(usual, usual / 4.0, 0.8, random)
    }

    /// A person with a history by the time of the attack.
    fn victim(&self, random: &mut Random) -> &'a User {
        let users = &self.population.users;
        let today = self.today();
        for _ in 0..50 {
            let user = &users[random.random_range(0..users.len())];
            if user.role == Role::Person
                && user.first_day.saturating_add(5) < today
                && user.logins_per_day > 0.15
            {
                return user;
            }
        }
        &users[0]
    }

    fn today(&self) -> i32 {
        self.day(self.start_ms)
    }

    fn day(&self, time_ms: i64) -> i32 {
        day_of(self.options, time_ms) as i32
    }

    fn add(&mut self, time_ms: i64, event: Event<'static>) {
        if self.drafts.len() < self.most_events {
            self.drafts.push(Draft { time_ms, event });
        }
    }

    fn event(
        &self,
        user: &User,
        device: &Device,
        origin: &Origin,
        time_ms: i64,
        random: &mut Random,
    ) -> Event<'static> {
        let mut event = login_event(
            &self.population.company.provider,
            user,
            device,
            origin,
            self.day(time_ms),
            random,
        );
        if let Some(method) = self.method {
            event.auth_method = Some(Cow::Borrowed(method));
        }
        event
    }

    /// Logs in a few times over minutes or days, and takes little or much.
    fn sessions(
        &mut self,
        user: &User,
        device: &Device,
        origin: &Origin,
        from_ms: i64,
        random: &mut Random,
    ) {
        let pause_ms = self.amount(60_000.0, 2.5 * DAY_MS as f64, random);
        let greed = if self.chooses(0.4, 0.4, 0.05, random) {
            self.amount(100.0, 1.5, random)
        } else {
            1.0
        };
        // Volume drifts up over the sessions of a patient one.
        let drift = random.random_range(1.0..1.5f64);
        let mut time_ms = from_ms;
        let provider = &self.population.company.provider;
        let passes = provider.challenges && random.random_bool(0.45);
        for number in 0..random.random_range(1..8) {
            let origin = &self.hop(user, origin, random);
            if passes {
                let challenge = self.event(user, device, origin, time_ms, random);
                let answered_ms = mishaps::challenge_ms(random);
                self.add(time_ms - answered_ms, provider.challenge(challenge));
            }
            let mut event = self.event(user, device, origin, time_ms, random);
            if passes {
                provider.challenged(&mut event);
            }
            let times = greed * drift.powi(number);
            event.bytes_out = event.bytes_out.map(|bytes| (bytes as f64 * times) as u64);
            self.add(time_ms, event);
            time_ms = self.at_hours_of(user, time_ms + gap_ms(pause_ms, random), random);
        }
    }

    /// A time a little later at which the victim would be at work too, for an attacker who cares.
    fn at_hours_of(&self, user: &User, time_ms: i64, random: &mut Random) -> i64 {
        let cares = self
            .stealth
            .is_some_and(|stealth| random.random_bool(stealth));
        if !cares {
            return time_ms;
        }
        let zone_ms = i64::from(user.home.utc_offset_hours as i32) * HOUR_MS;
        let of_day_ms = (time_ms - self.options.start_ms + zone_ms).rem_euclid(DAY_MS);
        let begins_ms = (user.start_hour * HOUR_MS as f64) as i64;
        let works_ms = (user.hours * HOUR_MS as f64) as i64;
        let since_ms = (of_day_ms - begins_ms).rem_euclid(DAY_MS);
        if since_ms < works_ms {
            return time_ms;
        }
        time_ms + (DAY_MS - since_ms) + random.random_range(0..works_ms)
    }

    /// A few failures just before `until_ms`, of one who has an old password too.
    fn first_tries(
        &mut self,
        user: &User,
        device: &Device,
        origin: &Origin,
        until_ms: i64,
        random: &mut Random,
    ) {
        if self.chooses(0.6, 0.4, 0.85, random) {
            return;
        }
        let mut time_ms = until_ms;
        for _ in 0..random.random_range(1..5) {
            time_ms -= mishaps::typing_ms(random);
            let event = self.event(
                user,
                device,
                &self.hop(user, origin, random),
                time_ms,
                random,
            );
            self.add(time_ms, failed(event));
        }
    }

    /// Where an attacker sits: at a hoster, or on a home or mobile connection far from the victim
    /// or near.
    fn attacker_origin(&self, user: &User, near: bool, random: &mut Random) -> Origin {
        let anywhere = random.random_range(0..1u64 << 30);
        let choice = if near { 5 } else { 0 } + random.random_range(0..5);
        let networks = &self.population.networks;
        match choice {
            0 | 1 => self.hosted(random),
            2 | 3 => self.connected(networks.far_city(random), random),
            4 => self.connected(networks.city_near(user.home, 1_500.0, random), random),
            5 | 6 => self.connected(networks.city_near(user.home, 300.0, random), random),
            7 => self.connected(user.home, random),
            // The victim's own provider.
            8 => Origin::new(user.home, &user.access, anywhere),
            _ => match networks.carrier(user.home.iso) {
                Some(carrier) => Origin::new(user.home, carrier, random.random_range(0..64)),
                None => self.connected(user.home, random),
            },
        }
    }

    /// Where the next login against a user comes from.
    fn hop(&self, user: &User, origin: &Origin, random: &mut Random) -> Origin {
        if !self.hops {
            return origin.clone();
        }
        let city = match random.random_range(0..3) {
            0 => user.home,
            _ => self.population.networks.city_near(user.home, 400.0, random),
        };
        self.connected(city, random)
    }

    /// A home connection in a city.
    fn connected(&self, city: &'static City, random: &mut Random) -> Origin {
        let operator = self.population.networks.access(city.iso, random);
        Origin::new(city, &operator, random.random_range(0..1 << 30))
    }

    /// An exit at a hoster.
    fn hosted(&self, random: &mut Random) -> Origin {
        let (operator, city) = self.hoster(random);
        Origin::new(city, &operator, random.random_range(0..1 << 30))
    }

    fn hoster(&self, random: &mut Random) -> (Operator, &'static City) {
        let hosters = &self.population.networks.hosters;
        // The first few are the company's own VPN exits, the last is a relay that people use.
        let own = self.population.places.own_hosters();
        hosters[random.random_range(own..hosters.len() - 1)].clone()
    }

    /// Somewhere that has nothing to do with any victim.
    fn anywhere(&self, random: &mut Random) -> Origin {
        if random.random_bool(0.5) {
            self.hosted(random)
        } else {
            self.connected(self.population.networks.far_city(random), random)
        }
    }

    /// What the user logs in with on a day, and where from.
    fn as_usual(&self, user: &User, day: i32, random: &mut Random) -> (Device, Origin) {
        let today = UserDay::new(self.options, self.population, user, day);
        let (device, is_shared) = usual_device(&today, today.stay.is_home, random);
        let used = Used {
            is_shared,
            ..Used::own(device.clone())
        };
        let origin = origin_of_login(&today, &used, random);
        (used.device, origin)
    }

    /// A machine of the attacker's: of any kind, or one that looks like the victim's.
    fn machine(&self, user: &User, random: &mut Random) -> Device {
        if self.chooses(0.45, 0.1, 0.9, random) {
            self.look_alike(user, random)
        } else {
            stranger(random)
        }
    }

    /// A tool: a program that says what it is, or one that says it is a browser or, where people use
    /// such, a mail program.
    fn program(&self, random: &mut Random) -> Device {
        if random.random_bool(0.3) {
            return device(System::Linux, Browser::Library, ATTACKERS, random);
        }
        let mut machine = stranger(random);
        let groups = &self.population.company.groups;
        let has_mail = groups
            .iter()
            .any(|group| group.devices.nameless_share.get() > 0.0);
        if has_mail && random.random_bool(0.4) {
            (machine.browser, machine.is_nameless) = (Browser::Mail, true);
        }
        machine
    }

    /// The victim's system and browser, on a device of one's own.
    fn look_alike(&self, user: &User, random: &mut Random) -> Device {
        let (own, _) = self.as_usual(user, self.today(), random);
        let mut copy = device(own.system, own.browser, ATTACKERS, random);
        if self.chooses(0.6, 0.3, 0.95, random) {
            (copy.lag, copy.build) = (own.lag, own.build);
        }
        copy
    }

    /// A user, or a name that nobody here has: lists of stolen names are old.
    fn anyone(&self, unknown_share: f64, random: &mut Random) -> User {
        let users = &self.population.users;
        let mut user = users[random.random_range(0..users.len())].clone();
        if random.random_bool(unknown_share) {
            user.id = format!("x{:08x}", random.random::<u32>());
        }
        user
    }
}

/// Stands where devices name their owner.
const ATTACKERS: u64 = 0xa77;

fn stranger(random: &mut Random) -> Device {
    any_device(ATTACKERS, random)
}
