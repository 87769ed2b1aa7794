//! What attackers do, loud and patient, far and near. A campaign is one attacker with one plan.

use rand::RngExt;

use super::family::Family;
use super::habits::{Origin, failed, login_event, of_type, pick_device};
use super::network::{Operator, city_near, random_city};
use super::population::{Browser, Device, Population, Role, System, User};
use super::{DAY_MS, Draft, Options, Random, day_of};
use crate::geo::City;
use crate::login::Event;

const MINUTE_MS: i64 = 60_000;
/// No attack before this share of the days: there is no takeover of an account without a history.
const QUIET_SHARE: f64 = 0.1;

/// An attacker at work: where and with what, and what has been done so far.
pub(super) struct Attacker<'a> {
    options: &'a Options,
    population: &'a Population,
    start_ms: i64,
    /// The most events this campaign may send.
    most_events: usize,
    pub drafts: Vec<Draft>,
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
            drafts: Vec::new(),
        }
    }

    pub(super) fn attack(&mut self, family: Family, random: &mut Random) {
        match family {
            Family::StolenCredentials => self.stolen_credentials(random),
            Family::NearTakeover => self.near_takeover(random),
            Family::SessionTheft => self.session_theft(random),
            Family::CredentialStuffing => self.credential_stuffing(random),
            Family::PasswordSpray => self.password_spray(random),
            Family::BruteForce => self.brute_force(random),
            Family::MfaFatigue => self.mfa_fatigue(random),
            Family::DormantRevival => self.dormant_revival(random),
            Family::ResetTakeover => self.reset_takeover(random),
            Family::Insider => self.insider(random),
            Family::SharedDevice => self.shared_device(random),
            Family::Anonymiser => self.anonymiser(random),
        }
    }

    /// A person with a history by the time of the attack.
    fn victim(&self, random: &mut Random) -> &'a User {
        let users = &self.population.users;
        let today = day_of(self.options, self.start_ms) as i32;
        for _ in 0..50 {
            let user = &users[random.random_range(0..users.len())];
            if user.role == Role::Person
                && user.first_day.saturating_add(5) < today
                && user.logins_per_day > 0.3
            {
                return user;
            }
        }
        &users[0]
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
        login_event(
            user,
            device,
            origin,
            day_of(self.options, time_ms) as i32,
            random,
        )
    }

    /// Logs in a few times over hours or days, as somebody who reads mail does.
    fn sessions(
        &mut self,
        user: &User,
        device: &Device,
        origin: &Origin,
        from_ms: i64,
        random: &mut Random,
    ) {
        let patient = random.random_bool(0.4);
        let mut time_ms = from_ms;
        for _ in 0..random.random_range(1..7) {
            let mut event = self.event(user, device, origin, time_ms, random);
            let greed = if random.random_bool(0.4) {
                random.random_range(2..40)
            } else {
                1
            };
            event.bytes_out = event.bytes_out.map(|bytes| bytes * greed);
            self.add(time_ms, event);
            time_ms += if patient {
                random.random_range(6..40) * 60
            } else {
                random.random_range(1..90)
            } * MINUTE_MS;
        }
    }

    fn stolen_credentials(&mut self, random: &mut Random) {
        let user = self.victim(random);
        let origin = self.rented(random_city(random), random);
        let device = stranger(random);
        for number in 0..random.random_range(0..3) {
            let time_ms = self.start_ms - (number + 1) * random.random_range(5_000..60_000);
            let event = failed(self.event(user, &device, &origin, time_ms, random));
            self.add(time_ms, event);
        }
        self.sessions(user, &device, &origin, self.start_ms, random);
    }

    /// From the victim's own region, through a home connection, with a browser like the victim's.
    fn near_takeover(&mut self, random: &mut Random) {
        let user = self.victim(random);
        let city = if random.random_bool(0.5) {
            user.home
        } else {
            city_near(user.home, 300.0, random)
        };
        let operator = self.population.networks.access(city.iso, random);
        let origin = Origin::new(city, &operator, random.random_range(0..1 << 30));
        let device = look_alike(user, self.start_ms, self.options, random);
        self.sessions(user, &device, &origin, self.start_ms, random);
    }

    fn session_theft(&mut self, random: &mut Random) {
        let user = self.victim(random);
        let day = day_of(self.options, self.start_ms) as i32;
        let device = pick_device(user, day, random).clone();
        let city = if random.random_bool(0.3) {
            city_near(user.home, 300.0, random)
        } else {
            random_city(random)
        };
        let origin = self.rented(city, random);
        // The victim logs in; minutes later the stolen session is used from elsewhere.
        let at_home = Origin::new(
            user.home,
            &user.access,
            user.index << 12 | (day / user.address_lease_days) as u64,
        );
        let mut real = self.event(user, &device, &at_home, self.start_ms, random);
        real.truth = super::honest();
        let stolen_ms = self.start_ms + random.random_range(2..50) * MINUTE_MS;
        self.sessions(user, &device, &origin, stolen_ms, random);
    }

    fn credential_stuffing(&mut self, random: &mut Random) {
        let device = program(random);
        let origins: Vec<Origin> = (0..random.random_range(1..4))
            .map(|_| self.rented(random_city(random), random))
            .collect();
        let gap_ms = random.random_range(300..20_000);
        let success_share = random.random_range(0.005..0.04);
        let mut time_ms = self.start_ms;
        for _ in 0..random.random_range(30..300) {
            let origin = &origins[random.random_range(0..origins.len())];
            let user = self.anyone(random);
            for _ in 0..random.random_range(1..3) {
                let event = self.event(&user, &device, origin, time_ms, random);
                let event = if random.random_bool(success_share) {
                    event
                } else {
                    failed(event)
                };
                self.add(time_ms, event);
                time_ms += random.random_range(gap_ms / 2..gap_ms * 2);
            }
        }
    }

    /// Few attempts a user, over hours or days, from one address or from many.
    fn password_spray(&mut self, random: &mut Random) {
        let device = if random.random_bool(0.5) {
            program(random)
        } else {
            stranger(random)
        };
        let addresses = *[1, 2, 5, 20].get(random.random_range(0..4)).unwrap_or(&1);
        let origins: Vec<Origin> = (0..addresses)
            .map(|_| self.rented(random_city(random), random))
            .collect();
        let slow = random.random_bool(0.5);
        let mut time_ms = self.start_ms;
        for number in 0..random.random_range(20..150usize) {
            let user = self.anyone(random);
            let origin = &origins[number % origins.len()];
            let event = self.event(&user, &device, origin, time_ms, random);
            let event = if random.random_bool(0.02) {
                event
            } else {
                failed(event)
            };
            self.add(time_ms, event);
            let gap = if slow {
                random.random_range(5..90) * MINUTE_MS
            } else {
                random.random_range(2_000..60_000)
            };
            time_ms += gap;
        }
    }

    fn brute_force(&mut self, random: &mut Random) {
        let user = self.victim(random);
        let origin = self.rented(random_city(random), random);
        let device = if random.random_bool(0.5) {
            program(random)
        } else {
            stranger(random)
        };
        let gap_ms = random.random_range(800..120_000);
        let mut time_ms = self.start_ms;
        for _ in 0..random.random_range(8..80) {
            let event = failed(self.event(user, &device, &origin, time_ms, random));
            self.add(time_ms, event);
            time_ms += random.random_range(gap_ms / 2..gap_ms * 2);
        }
        if random.random_bool(0.6) {
            self.sessions(user, &device, &origin, time_ms, random);
        }
    }

    fn mfa_fatigue(&mut self, random: &mut Random) {
        let user = self.victim(random);
        let origin = self.rented(random_city(random), random);
        let device = stranger(random);
        let mut time_ms = self.start_ms;
        for _ in 0..random.random_range(5..25) {
            let event = failed(of_type(
                self.event(user, &device, &origin, time_ms, random),
                "mfa_challenge",
            ));
            self.add(time_ms, event);
            time_ms += random.random_range(10_000..90_000);
        }
        if random.random_bool(0.7) {
            self.sessions(user, &device, &origin, time_ms, random);
        }
    }

    fn dormant_revival(&mut self, random: &mut Random) {
        let dormant: Vec<&User> = self
            .population
            .users
            .iter()
            .filter(|user| user.role == Role::Dormant)
            .collect();
        let Some(user) = dormant
            .get(random.random_range(0..dormant.len().max(1)))
            .copied()
        else {
            return self.stolen_credentials(random);
        };
        // Long enough after the account fell silent.
        let silent_ms = self.options.start_ms + 33 * DAY_MS;
        let from_ms = self.start_ms.max(silent_ms);
        let city = if random.random_bool(0.4) {
            city_near(user.home, 300.0, random)
        } else {
            random_city(random)
        };
        let origin = self.rented(city, random);
        self.sessions(user, &stranger(random), &origin, from_ms, random);
    }

    fn reset_takeover(&mut self, random: &mut Random) {
        let user = self.victim(random);
        let city = if random.random_bool(0.4) {
            city_near(user.home, 300.0, random)
        } else {
            random_city(random)
        };
        let origin = self.rented(city, random);
        let device = stranger(random);
        let mut time_ms = self.start_ms;
        for _ in 0..random.random_range(1..5) {
            let event = of_type(
                self.event(user, &device, &origin, time_ms, random),
                "password_reset",
            );
            self.add(time_ms, event);
            time_ms += random.random_range(1..20) * MINUTE_MS;
        }
        self.sessions(user, &device, &origin, time_ms, random);
    }

    /// The account's own owner and device, at night, with far more data than ever.
    fn insider(&mut self, random: &mut Random) {
        let user = self.victim(random);
        let day = day_of(self.options, self.start_ms) as i32;
        let device = user.devices[0].clone();
        let origin = Origin::new(
            user.home,
            &user.access,
            user.index << 12 | (day / user.address_lease_days) as u64,
        );
        for night in 0..random.random_range(1..5) {
            let hour = user.start_hour + user.hours + random.random_range(5.0..9.0)
                - f64::from(user.home.utc_offset_hours);
            let time_ms = self.options.start_ms
                + i64::from(day + night) * DAY_MS
                + (hour * 3_600_000.0) as i64;
            let mut event = self.event(user, &device, &origin, time_ms, random);
            let greed = random.random_range(20..400);
            event.bytes_out = event.bytes_out.map(|bytes| bytes * greed);
            self.add(time_ms, event);
        }
    }

    /// One machine that logs in as many users, a few a day.
    fn shared_device(&mut self, random: &mut Random) {
        let device = stranger(random);
        let origin = self.rented(random_city(random), random);
        let mut time_ms = self.start_ms;
        for _ in 0..random.random_range(6..30) {
            let user = self.victim(random);
            let event = self.event(user, &device, &origin, time_ms, random);
            self.add(time_ms, event);
            time_ms += random.random_range(3..180) * MINUTE_MS;
        }
    }

    /// Stolen credentials behind a hoster that changes at every login.
    fn anonymiser(&mut self, random: &mut Random) {
        let user = self.victim(random);
        let device = look_alike(user, self.start_ms, self.options, random);
        let mut time_ms = self.start_ms;
        for _ in 0..random.random_range(2..7) {
            let (operator, city) = self.hoster(random);
            let origin = Origin::new(city, &operator, random.random_range(0..1 << 30));
            let event = self.event(user, &device, &origin, time_ms, random);
            self.add(time_ms, event);
            time_ms += random.random_range(10..600) * MINUTE_MS;
        }
    }

    /// An exit at a hoster, or a home connection rented by the hour, in a city.
    fn rented(&self, city: &'static City, random: &mut Random) -> Origin {
        if random.random_bool(0.5) {
            let (operator, city) = self.hoster(random);
            return Origin::new(city, &operator, random.random_range(0..1 << 30));
        }
        let operator = self.population.networks.access(city.iso, random);
        Origin::new(city, &operator, random.random_range(0..1 << 30))
    }

    fn hoster(&self, random: &mut Random) -> (Operator, &'static City) {
        let hosters = &self.population.networks.hosters;
        // The first few are the company's own VPN exits.
        hosters[random.random_range(3..hosters.len())].clone()
    }

    /// A user, or a name that nobody here has: lists of stolen names are old.
    fn anyone(&self, random: &mut Random) -> User {
        let users = &self.population.users;
        let mut user = users[random.random_range(0..users.len())].clone();
        if random.random_bool(0.4) {
            user.id = format!("x{:08x}", random.random::<u32>());
        }
        user
    }
}

fn stranger(random: &mut Random) -> Device {
    let systems = [
        System::Windows,
        System::Mac,
        System::Linux,
        System::Android,
        System::Iphone,
    ];
    let system = systems[random.random_range(0..systems.len())];
    let browser = if system == System::Iphone {
        Browser::Safari
    } else {
        Browser::Chrome
    };
    device(system, browser, random)
}

fn program(random: &mut Random) -> Device {
    device(
        System::Linux,
        if random.random_bool(0.5) {
            Browser::Chrome
        } else {
            Browser::Firefox
        },
        random,
    )
}

fn device(system: System, browser: Browser, random: &mut Random) -> Device {
    let id = format!("d-x-{:010x}", random.random_range(0u64..1 << 40));
    Device {
        id,
        system,
        browser,
        from_day: i32::MIN,
        to_day: i32::MAX,
    }
}

/// The victim's system and browser, on a device of one's own.
fn look_alike(user: &User, time_ms: i64, options: &Options, random: &mut Random) -> Device {
    let own = pick_device(user, day_of(options, time_ms) as i32, random);
    device(own.system, own.browser, random)
}
