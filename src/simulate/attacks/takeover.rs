//! Attackers who have what it takes to log in: credentials, a session, a reset, or the account
//! itself.

use rand::RngExt;

use super::*;
use crate::simulate::honest;

impl Attacker<'_> {
    pub(super) fn stolen_credentials(&mut self, random: &mut Random) {
        let user = self.victim(random);
        // Whoever is near on purpose is of another family.
        let origin = self.attacker_origin(user, false, random);
        let machine = self.machine(user, random);
        self.first_tries(user, &machine, &origin, self.start_ms, random);
        self.sessions(user, &machine, &origin, self.start_ms, random);
    }

    /// From the victim's own region, with a browser like the victim's, at the victim's hours or
    /// not.
    pub(super) fn near_takeover(&mut self, random: &mut Random) {
        let user = self.victim(random);
        let origin = self.attacker_origin(user, true, random);
        let machine = self.look_alike(user, random);
        let from_ms = if self.chooses(0.5, 0.2, 0.9, random) {
            self.working_hours_ms(user, random)
        } else {
            self.start_ms
        };
        self.first_tries(user, &machine, &origin, from_ms, random);
        self.sessions(user, &machine, &origin, from_ms, random);
    }

    /// A time on the day of the attack at which the victim would be at work.
    fn working_hours_ms(&self, user: &User, random: &mut Random) -> i64 {
        let hour = user.start_hour + random.random_range(0.0..user.hours)
            - f64::from(user.home.utc_offset_hours);
        self.options.start_ms + i64::from(self.today()) * DAY_MS + (hour * HOUR_MS as f64) as i64
    }

    /// The victim logs in; minutes or hours later the stolen session is used from elsewhere.
    pub(super) fn session_theft(&mut self, random: &mut Random) {
        let user = self.victim(random);
        let (mut own, usual_place) = self.as_usual(user, self.today(), random);
        // Known by the id it has on this day, even where the next clearing falls between.
        (own.id, own.clearing_days) = (own.id_on(self.today()), 0);
        let real_ms = self.working_hours_ms(user, random);
        let mut real = login_event(
            &self.population.company.provider,
            user,
            &own,
            &usual_place,
            self.day(real_ms),
            random,
        );
        real.truth = honest();
        self.add(real_ms, real);
        let near = self.is_near(0.4, random);
        let origin = self.attacker_origin(user, near, random);
        if self.chooses(0.3, 0.6, 0.05, random) {
            // The cookie is the victim's, the browser is not.
            let other = stranger(random);
            (own.system, own.browser) = (other.system, other.browser);
            (own.lag, own.build) = (other.lag, other.build);
        }
        let stolen_ms = real_ms + self.amount(1.0, 600.0, random) as i64 * MINUTE_MS;
        self.sessions(user, &own, &origin, stolen_ms, random);
    }

    pub(super) fn dormant_revival(&mut self, random: &mut Random) {
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
        let near = self.is_near(0.4, random);
        let origin = self.attacker_origin(user, near, random);
        let machine = self.machine(user, random);
        self.sessions(user, &machine, &origin, from_ms, random);
    }

    /// Asks for new passwords until one comes through, and logs in with something new, soon or days
    /// later.
    pub(super) fn reset_takeover(&mut self, random: &mut Random) {
        let user = self.victim(random);
        let near = self.is_near(0.4, random);
        let origin = self.attacker_origin(user, near, random);
        let machine = self.machine(user, random);
        let mut time_ms = self.start_ms;
        for _ in 0..random.random_range(1..5) {
            let help_desk_share = self.population.group(user).credentials.help_desk_share;
            let event = match help_desk_share.holds(random) {
                true => mishaps::help_desk_event(self.population, user, self.day(time_ms), random),
                false => self.event(user, &machine, &origin, time_ms, random),
            };
            let event = of_type(event, "password_reset");
            if self.population.company.provider.resets {
                self.add(time_ms, event);
            }
            time_ms += mishaps::reset_ms(random);
        }
        time_ms += self.amount(30.0 * 1_000.0, 1.5 * DAY_MS as f64, random) as i64;
        self.sessions(user, &machine, &origin, time_ms, random);
    }

    /// The account's own owner, device and places, mostly at night, with more data than ever or than
    /// usual.
    pub(super) fn insider(&mut self, random: &mut Random) {
        let user = self.victim(random);
        let at_night = self.chooses(0.7, 0.9, 0.3, random);
        let greed = self.amount(500.0, 5.0, random);
        for night in 0..random.random_range(1..6) {
            let day = self.today() + night;
            let hour = if at_night {
                user.start_hour + user.hours + random.random_range(3.0..10.0)
            } else {
                user.start_hour + random.random_range(-2.0..user.hours + 3.0)
            };
            let time_ms = self.options.start_ms
                + i64::from(day) * DAY_MS
                + ((hour - f64::from(user.home.utc_offset_hours)) * HOUR_MS as f64) as i64;
            let (device, origin) = self.as_usual(user, day, random);
            for part in 0..random.random_range(1..3) {
                let provider = &self.population.company.provider;
                let day = self.day(time_ms);
                let mut event = login_event(provider, user, &device, &origin, day, random);
                let times = greed * random.random_range(0.6..1.6);
                event.bytes_out = event.bytes_out.map(|bytes| (bytes as f64 * times) as u64);
                self.add(
                    time_ms + part * gap_ms(20.0 * MINUTE_MS as f64, random),
                    event,
                );
            }
        }
    }

    /// One machine that logs in as many users, within hours or days.
    pub(super) fn shared_device(&mut self, random: &mut Random) {
        let machine = stranger(random);
        let origin = self.anywhere(random);
        let pause_ms = self.amount(30_000.0, 5.0 * HOUR_MS as f64, random);
        let mut time_ms = self.start_ms;
        for _ in 0..random.random_range(4..25) {
            let user = self.victim(random);
            let event = self.event(user, &machine, &origin, time_ms, random);
            let event = if random.random_bool(0.15) {
                failed(event)
            } else {
                event
            };
            self.add(time_ms, event);
            time_ms += gap_ms(pause_ms, random);
        }
    }

    /// Stolen credentials behind a hoster that changes at every login.
    pub(super) fn anonymiser(&mut self, random: &mut Random) {
        let user = self.victim(random);
        let machine = self.machine(user, random);
        let pause_ms = self.amount(5.0 * MINUTE_MS as f64, 12.0 * HOUR_MS as f64, random);
        let mut time_ms = self.start_ms;
        for _ in 0..random.random_range(1..7) {
            let origin = self.hosted(random);
            let event = self.event(user, &machine, &origin, time_ms, random);
            self.add(time_ms, event);
            time_ms += gap_ms(pause_ms, random);
        }
    }
}
