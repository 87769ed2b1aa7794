//! What honest people do, the things that look bad included: nights on call, big downloads,
//! programs of their own. With which machine is in [`super::usage`], where from in
//! [`super::whereabouts`], and what goes wrong in [`super::mishaps`].

use rand::RngExt;
use rand_distr::{Distribution, Normal, Poisson};

use super::company::{DeviceKind, Happening};
use super::devices::Device;
use super::mishaps;
use super::network::Origin;
use super::planned::{PlannedLogin, UserDay};
use super::population::{Population, Role, User};
use super::story::Program;
use super::usage::{device_of_login, in_use, usual_device};
use super::whereabouts::{origin_of_login, station_origin};
use super::{DAY_MS, Draft, Options, Random, between, random};

const PURPOSE_DAY: u64 = 3;
const HOUR_MS: f64 = 3_600_000.0;

/// The honest events of everyone for a day.
pub(super) fn day(options: &Options, population: &Population, day: u32, drafts: &mut Vec<Draft>) {
    for user in &population.users {
        let mut random = random(
            options.seed,
            PURPOSE_DAY + (u64::from(day) << 8),
            user.index,
        );
        UserDay::new(options, population, user, day as i32).live(&mut random, drafts);
    }
}

impl UserDay<'_> {
    fn live(&self, random: &mut Random, drafts: &mut Vec<Draft>) {
        let count = self.logins(random);
        for number in 0..count {
            self.log_in(number == 0, random, drafts);
        }
        if count > 0 {
            self.reset_lapsed(random, drafts);
        }
        if count > 0 || self.user.story.runs_hourly() {
            self.run_programs(random, drafts);
        }
        self.reset_as_told(random, drafts);
    }

    fn log_in(&self, is_first: bool, random: &mut Random, drafts: &mut Vec<Draft>) {
        let (user, day) = (self.user, self.day);
        let mut time_ms = self.login_time(random);
        let used = device_of_login(self, random);
        let origin = origin_of_login(self, &used, random);
        let login = PlannedLogin {
            is_strange: used.is_borrowed || used.device.is_new_on(day),
            ..self.planned(&used.device, &origin, time_ms)
        };
        let own = drafts.len();
        let challenged = mishaps::before(&login, random, drafts);
        if let Some(until_ms) = self.out_until(time_ms) {
            time_ms = mishaps::outage(&login, until_ms, random, drafts);
        }
        let mut event = login.event(random);
        if challenged {
            self.population.company.provider.challenged(&mut event);
        }
        let of_month =
            is_first && day % 30 == (user.index % 30) as i32 && user.index.is_multiple_of(5);
        let month_ends = is_first && user.story.month_end && day % 30 >= 28;
        if of_month || month_ends || random.random_bool(user.bulk_share) {
            let volume = &self.group.volume;
            event.bytes_out = event
                .bytes_out
                .map(|bytes| bulk(bytes, volume.bulk_times, random));
            if volume.late_share.holds(random) {
                let later_ms = (random.random_range(3.0..10.0) * HOUR_MS) as i64;
                time_ms += later_ms;
                for before in &mut drafts[own..] {
                    before.time_ms += later_ms;
                }
            }
        }
        drafts.push(Draft { time_ms, event });
    }

    /// When the outage ends in which a time lies.
    fn out_until(&self, time_ms: i64) -> Option<i64> {
        self.population.company.events.iter().find_map(|event| {
            let Happening::Outage { day, hour, minutes } = event else {
                return None;
            };
            let day_ms = self.options.start_ms + i64::from(*day) * DAY_MS;
            let from_ms = day_ms + (hour * HOUR_MS) as i64;
            let until_ms = from_ms + (minutes * 60_000.0) as i64;
            (from_ms..until_ms).contains(&time_ms).then_some(until_ms)
        })
    }

    /// The password is forgotten or expired.
    fn reset_lapsed(&self, random: &mut Random, drafts: &mut Vec<Draft>) {
        let lapsed = self.day % 7 == 0 && self.group.credentials.lapse_share.holds(random);
        if lapsed || expires(self.population, self.user, self.day) {
            let used = usual_device(self, true, random);
            self.reset(used, random, drafts);
        }
    }

    /// What happened has the password set anew: on the new device, where it was that.
    fn reset_as_told(&self, random: &mut Random, drafts: &mut Vec<Draft>) {
        if self.day < self.user.first_day || !self.user.story.is_there(self.day) {
            return;
        }
        let resets = self.user.story.resets.iter();
        for (_, kind) in resets.filter(|(day, _)| *day == self.day) {
            let used = match kind.and_then(|kind| in_use(self, kind)) {
                Some(new) => (new, false),
                None => usual_device(self, self.stay.is_home, random),
            };
            self.reset(used, random, drafts);
        }
    }

    /// The old password a few times, a reset, and in; now and then a phone goes on with the old one
    /// for hours, from wherever it is.
    fn reset(
        &self,
        (device, is_shared): (&Device, bool),
        random: &mut Random,
        drafts: &mut Vec<Draft>,
    ) {
        let station = station_origin(self, is_shared, random);
        let origin = station.as_ref().unwrap_or(&self.stay.origin);
        let time_ms = self.login_time(random);
        let login = self.planned(device, origin, time_ms);
        let failures = random.random_range(2..7);
        mishaps::reset(&login, failures, random, drafts);
        let event = login.event(random);
        drafts.push(Draft { time_ms, event });
        let has_phone = in_use(self, DeviceKind::Phone).is_some();
        if self.group.credentials.old_password_share.holds(random) && has_phone {
            mishaps::old_password(&login, random, drafts);
        }
    }

    /// What programs do with the user's credentials: log in from a hoster, or, where it is their
    /// own account, go on with a secret that has expired.
    fn run_programs(&self, random: &mut Random, drafts: &mut Vec<Draft>) {
        let user = self.user;
        let day_ms = self.options.start_ms + i64::from(self.day) * DAY_MS;
        if let Some(program) = &user.story.program
            && self.day >= program.from_day.max(user.first_day)
            && user.story.is_there(self.day)
        {
            self.run_own_program(program, random, drafts);
        }
        if user.story.lapse_day == Some(self.day) {
            let time_ms = day_ms + random.random_range(0..DAY_MS);
            let login = self.planned(&user.devices[0], &self.stay.origin, time_ms);
            mishaps::expired_secret(&login, random, drafts);
        }
    }

    fn run_own_program(&self, program: &Program, random: &mut Random, drafts: &mut Vec<Draft>) {
        let day_ms = self.options.start_ms + i64::from(self.day) * DAY_MS;
        let (operator, city) = &self.population.networks.hosters[program.hoster];
        let own = self.user.index << 3;
        let mut run = |number: u64, time_ms: i64, random: &mut Random| {
            let origin = Origin::new(city, operator, number);
            let event = self
                .planned(&program.machine, &origin, time_ms)
                .event(random);
            drafts.push(Draft { time_ms, event });
        };
        if program.runs_hourly {
            // From one machine, at the same minute.
            let minute_ms = (self.user.index % 60) as i64 * 60_000;
            for hour in 0..24 {
                let time_ms = day_ms + hour * HOUR_MS as i64 + minute_ms;
                run(own, time_ms + random.random_range(0..5_000), random);
            }
        } else if random.random_bool(PROGRAM_DAYS) {
            let number = own | random.random_range(0..4);
            run(number, day_ms + random.random_range(0..DAY_MS), random);
        }
    }

    /// How many logins the user makes; none for one who is not there yet or any more.
    fn logins(&self, random: &mut Random) -> usize {
        let (user, day) = (self.user, self.day);
        let is_dormant = user.role == Role::Dormant;
        let gone = is_dormant && (3..).contains(&day) && !user.index.is_multiple_of(10);
        let back = is_dormant && day as u64 % 97 == user.index % 97 && day > 30;
        if day < user.first_day || (gone && !back) || !user.story.is_there(day) {
            return 0;
        }
        let weekend = (day % 7) >= 5;
        let busy = match (user.role, weekend) {
            (Role::Service, _) | (_, false) => 1.0,
            (_, true) => user.weekend_share,
        };
        // Monday morning asks everyone to log in again.
        let monday = if day % 7 == 0 { 1.3 } else { 1.0 };
        let mean = user.logins_per_day * busy * monday * self.activity();
        Poisson::new(mean.max(1e-6)).map_or(0.0, |count| count.sample(random)) as usize
    }

    /// Of the usual logins, those of the day: fewer on holidays, for everybody but programs.
    fn activity(&self) -> f64 {
        let events = self.population.company.events.iter();
        let holidays = events.filter_map(|event| match event {
            Happening::Holiday { activity_share, .. }
                if self.user.role != Role::Service
                    && event.concerns(&self.group.name)
                    && event.is_on(self.day) =>
            {
                Some(activity_share.get())
            }
            _ => None,
        });
        holidays.product()
    }

    fn login_time(&self, random: &mut Random) -> i64 {
        let (user, day) = (self.user, self.day);
        let hour = if user.role == Role::Service
            || random.random_bool(user.irregular_share)
            || (user.on_call && random.random_bool(0.1))
        {
            random.random_range(0.0..24.0)
        } else {
            let start_hour = if user.on_shifts {
                let shifts = &self.group.times.shift_hours;
                shifts[(day.div_euclid(7) as u64 + user.index) as usize % shifts.len()]
            } else {
                user.start_hour
            };
            let middle = start_hour + user.hours / 2.0;
            let morning = random.random_bool(0.4);
            let (mean, spread) = if morning {
                (start_hour, 0.6)
            } else {
                (middle, user.hours / 3.0)
            };
            Normal::new(mean, spread).map_or(mean, |hour| hour.sample(random))
        };
        let utc = hour - f64::from(user.home.utc_offset_hours);
        self.options.start_ms + i64::from(day) * DAY_MS + (utc * HOUR_MS) as i64
    }
}

/// Of the days on which somebody logs in, those on which a program of theirs does.
const PROGRAM_DAYS: f64 = 0.4;

/// Many times the bytes of a login.
fn bulk(bytes: u64, times: Option<[f64; 2]>, random: &mut Random) -> u64 {
    match times {
        None => bytes.saturating_mul(random.random_range(5..80)),
        Some([least, most]) => (bytes as f64 * between(least, most, random)) as u64,
    }
}

/// Whether a user's password expires on a day: alone, or with the whole department.
fn expires(population: &Population, user: &User, day: i32) -> bool {
    if user.expiry_weeks == 0 {
        return false;
    }
    if population.company.passwords_expire_together {
        let department = (user.index % 15) as i32;
        return day % 70 == department * 4 % 70;
    }
    day % (7 * user.expiry_weeks) == (user.index % 7) as i32
}
