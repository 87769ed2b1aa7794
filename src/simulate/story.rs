//! What happens to one user of a company within the days of a world: moves, leaves, conferences,
//! new devices, resets. Drawn apart from how the user lives.

use std::ops::Range;

use rand::RngExt;

use super::company::{DeviceKind, Happening, Place};
use super::devices::{Browser, Device, System, device, usual_browser};
use super::network::{Operator, Origin};
use super::planned::Stay;
use super::population::{Population, Role, User, change_day};
use super::{Options, Random, random};
use crate::enrich::geo::City;

const PURPOSE_STORY: u64 = 12;
const PURPOSE_EVENT: u64 = 13;

/// What happens to a user.
#[derive(Clone, Debug)]
pub(super) struct Story {
    /// Away for weeks.
    leave: Range<i32>,
    last_day: i32,
    /// From this day on, home is or seems to be there.
    seems_at: Option<(i32, &'static City, Operator)>,
    second_home: Option<Origin>,
    venues: Vec<(Range<i32>, Origin)>,
    /// Abroad, the phone comes through the carrier at home.
    pub roams_home: bool,
    /// Some logins name no device.
    pub nameless: bool,
    /// A month's end moves much.
    pub month_end: bool,
    /// A program of the user's, at a hoster.
    pub program: Option<Program>,
    /// Days on which the password is set anew, on a new phone or computer or with what is usual.
    pub resets: Vec<(i32, Option<DeviceKind>)>,
    /// The day on which a program's secret expires.
    pub lapse_day: Option<i32>,
}

/// A program that logs in with somebody's name.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub machine: Device,
    /// Its place among the hosters.
    pub hoster: usize,
    /// Each hour, day and night; else now and then.
    pub runs_hourly: bool,
    pub from_day: i32,
}

/// Of people's programs, those that a clock starts.
const HOURLY_PROGRAMS: f64 = 0.3;

impl Default for Story {
    fn default() -> Self {
        Self {
            leave: 0..0,
            last_day: i32::MAX,
            seems_at: None,
            second_home: None,
            venues: Vec::new(),
            roams_home: false,
            nameless: false,
            month_end: false,
            program: None,
            resets: Vec::new(),
            lapse_day: None,
        }
    }
}

impl Story {
    /// Whether the user is with the company on a day, and not on leave.
    pub(super) fn is_there(&self, day: i32) -> bool {
        day <= self.last_day && !self.leave.contains(&day)
    }

    /// Where home is or seems to be, if not where the user lived at first.
    pub(super) fn home_on(&self, day: i32) -> Option<(&'static City, &Operator)> {
        let (from_day, city, access) = self.seems_at.as_ref()?;
        (day >= *from_day).then_some((*city, access))
    }

    /// The conference that the user is at.
    pub(super) fn venue_on(&self, day: i32) -> Option<&Origin> {
        let now = self.venues.iter().find(|(days, _)| days.contains(&day));
        now.map(|(_, venue)| venue)
    }

    /// Whether something logs in with the user's name on days on which nobody does.
    pub(super) fn runs_hourly(&self) -> bool {
        self.program
            .as_ref()
            .is_some_and(|program| program.runs_hourly)
    }

    /// The second home, for one in ten logins of a day at home.
    pub(super) fn second_home(&self, today: &Stay, random: &mut Random) -> Option<Origin> {
        let home = self.second_home.as_ref().filter(|_| today.is_home)?;
        random.random_bool(0.1).then(|| home.clone())
    }
}

/// Gives a user a story, and the devices that come with it.
pub(super) fn tell(user: &mut User, options: &Options, population: &Population) {
    let random = &mut random(options.seed, PURPOSE_STORY, user.index);
    let group = population.group(user);
    let days = options.days as i32;
    if user.role == Role::Service && group.service_lapse_share.holds(random) {
        user.story.lapse_day = Some(random.random_range(0..days.max(1)));
    }
    if user.role != Role::Person {
        return;
    }
    homes(user, population, days, random);
    user.story.roams_home = group.whereabouts.roams_home_share.holds(random);
    user.story.nameless = group.devices.nameless_share.holds(random);
    user.story.month_end = group.volume.month_end_share.holds(random);
    if group.devices.program_share.holds(random) {
        let machine = device(System::Linux, Browser::Library, user.index, random);
        let hoster = random.random_range(0..population.networks.hosters.len());
        user.story.program = Some(Program {
            machine,
            hoster,
            runs_hourly: random.random_bool(HOURLY_PROGRAMS),
            from_day: match random.random_bool(0.5) {
                true => random.random_range(0..days.max(1)),
                false => i32::MIN,
            },
        });
    }
    comings_and_goings(user, population, days, random);
    for (number, event) in population.company.events.iter().enumerate() {
        if event.concerns(&group.name) {
            befalls(user, options, population, number, event);
        }
    }
}

/// How far people live from the office, move, are put by geolocation, and have a second home.
const COMMUTE_KM: f64 = 60.0;
const MOVE_KM: f64 = 100.0;
const MISPLACED_KM: f64 = 300.0;
const SECOND_HOME_KM: f64 = 400.0;

/// Where the user lives, and is thought to live.
fn homes(user: &mut User, population: &Population, days: i32, random: &mut Random) {
    let life = &population.group(user).whereabouts;
    if user.office.is_some() && life.commuter_share.holds(random) {
        user.home = population.networks.city_near(user.home, COMMUTE_KM, random);
        user.access = population.networks.access(user.home.iso, random);
    }
    if let Some(day) = change_day(life.mover_share, days, random) {
        let city = if random.random_bool(0.5) {
            population.networks.city_near(user.home, MOVE_KM, random)
        } else {
            user.home
        };
        let access = population.networks.access(city.iso, random);
        user.story.seems_at = Some((day, city, access));
    } else if life.misplaced_share.holds(random) {
        let shown = population
            .networks
            .city_near(user.home, MISPLACED_KM, random);
        user.story.seems_at = Some((i32::MIN, shown, user.access.clone()));
    }
    if life.second_home_share.holds(random) {
        let city = population
            .networks
            .city_near(user.home, SECOND_HOME_KM, random);
        let access = population.networks.access(city.iso, random);
        let number = random.random_range(0..1 << 30);
        user.story.second_home = Some(Origin::new(city, &access, number));
    }
}

/// People who are back from a leave with another computer or phone.
const NEW_AFTER_LEAVE: f64 = 0.4;

fn comings_and_goings(user: &mut User, population: &Population, days: i32, random: &mut Random) {
    let times = &population.group(user).times;
    if let Some(day) = change_day(times.leaver_share, days, random) {
        user.story.last_day = day.max(user.first_day.saturating_add(1));
    }
    if let Some(day) = change_day(times.leave_share, days, random) {
        user.story.leave = day..day + random.random_range(21..50);
        if random.random_bool(NEW_AFTER_LEAVE) {
            let kind = if random.random_bool(0.5) {
                DeviceKind::Computer
            } else {
                DeviceKind::Phone
            };
            replace(user, population, kind, user.story.leave.end, random);
        }
    }
}

/// What an event of the company does to a user.
fn befalls(
    user: &mut User,
    options: &Options,
    population: &Population,
    number: usize,
    event: &Happening,
) {
    let purpose = PURPOSE_EVENT + ((number as u64 + 1) << 8);
    let random_user = &mut random(options.seed, purpose, user.index);
    match event {
        Happening::Rollout {
            device,
            from_day,
            days,
            share,
            reset_share,
            ..
        } if share.holds(random_user) => {
            let day = from_day + random_user.random_range(0..*days);
            replace(user, population, *device, day, random_user);
            if reset_share.holds(random_user) {
                user.story.resets.push((day, Some(*device)));
            }
        }
        Happening::Conference {
            city,
            from_day,
            days,
            share,
            ..
        } if share.holds(random_user) => {
            let of_all = &mut random(options.seed, purpose, u64::MAX);
            let drawn = population.networks.far_city(of_all);
            let city = city.map_or(drawn, Place::city);
            let host = population.networks.access(city.iso, of_all);
            let venue = Origin::new(city, &host, of_all.random_range(0..1 << 30));
            user.story.venues.push((*from_day..from_day + days, venue));
        }
        Happening::PasswordsExpire { day, .. } => {
            let day = day + random_user.random_range(0..3);
            user.story.resets.push((day, None));
        }
        Happening::Intake { day, share, .. } if share.holds(random_user) => {
            user.first_day = *day;
            user.story.last_day = user.story.last_day.max(day.saturating_add(1));
        }
        _ => {}
    }
}

/// Gives a user a new phone or computer from a day on, in place of the one in use.
fn replace(
    user: &mut User,
    population: &Population,
    kind: DeviceKind,
    day: i32,
    random: &mut Random,
) {
    let mut devices = user.devices.iter();
    let old = devices.position(|old| kind.is_of(old.system) && old.is_in_use_on(day));
    let old_device = old.map(|place| &user.devices[place]);
    let is_managed = old_device.is_none_or(|old| old.is_managed);
    let (system, has_app, clearing_days) = match old_device {
        Some(old) => (old.system, old.browser == Browser::App, old.clearing_days),
        None if kind == DeviceKind::Phone => (System::Android, false, 0),
        None => (System::Windows, false, 0),
    };
    let switches = population.group(user).devices.switch_share.holds(random);
    let system = if switches { system.other() } else { system };
    let browser = usual_browser(system, has_app, random);
    let mut new = device(system, browser, user.index, random);
    new.from_day = day;
    new.clearing_days = clearing_days;
    new.is_managed = is_managed;
    match old {
        // As much in use as the old one was.
        Some(place) => {
            user.devices[place].to_day = day;
            user.devices.insert(place, new);
        }
        None => user.devices.push(new),
    }
}
