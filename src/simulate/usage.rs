//! Which machine a login is made with: one of the user's own, a shared one, somebody else's.

use rand::RngExt;

use super::Random;
use super::company::{DeviceKind, Group};
use super::devices::{Browser, Device, System, any_device, device, usual_browser};
use super::planned::UserDay;
use super::population::{Role, User};

const PURPOSE_LOAN: u64 = 9;
/// Of the logins of somebody with a mail program or an old app, those that name no device.
const NAMELESS: f64 = 0.33;

/// What a login is made with.
pub(super) struct Used {
    pub device: Device,
    pub is_borrowed: bool,
    /// A machine of the user's station.
    pub is_shared: bool,
}

impl Used {
    pub(super) fn own(device: Device) -> Self {
        Self {
            device,
            is_borrowed: false,
            is_shared: false,
        }
    }

    fn borrowed(user: &User, random: &mut Random) -> Self {
        Self {
            device: any_device(user.index, random),
            is_borrowed: true,
            is_shared: false,
        }
    }
}

/// What the user logs in with: now and then somebody else's machine, on some trips one of the
/// house, and in private windows one that nobody knows.
pub(super) fn device_of_login(today: &UserDay<'_>, random: &mut Random) -> Used {
    let user = today.user;
    if user.role == Role::Person && random.random_bool(user.borrowed_share) {
        return Used::borrowed(user, random);
    }
    let of_trip = &mut super::random(
        today.options.seed,
        PURPOSE_LOAN + (today.day.div_euclid(14) as u64) * 256,
        user.index,
    );
    let loans = today.group.devices.loan_share;
    if !today.stay.is_home && loans.holds(of_trip) && random.random_bool(0.7) {
        return Used::borrowed(user, of_trip);
    }
    let (own, is_shared) = usual_device(today, today.stay.is_home, random);
    let mut used = own.clone();
    if random.random_bool(user.other_browser_share) {
        used.browser = used.browser.second();
    }
    if random.random_bool(user.private_share) {
        used.id = device(used.system, used.browser, user.index, random).id;
        used.is_managed = false;
    }
    let is_app = used.browser == Browser::App;
    if used.system.is_phone() && !is_app && today.group.devices.desktop_site_share.holds(random) {
        used.system = used.system.desktop();
    }
    if user.story.nameless && !is_shared && random.random_bool(NAMELESS) {
        used.is_nameless = true;
        used.browser = Browser::Mail;
    }
    Used {
        is_shared,
        ..Used::own(used)
    }
}

/// A machine of the user's station most of the time, where there is one, and whether it is.
pub(super) fn usual_device<'a>(
    today: &UserDay<'a>,
    is_home: bool,
    random: &mut Random,
) -> (&'a Device, bool) {
    let stations = &today.group.stations;
    match today.population.station(today.user) {
        Some(station) if (is_home || stations.carried) && stations.use_share.holds(random) => {
            (station.machine(random), true)
        }
        _ => (
            pick_device(today.user, today.group, today.day, random),
            false,
        ),
    }
}

/// The phone or computer that the user has on a day.
pub(super) fn in_use<'a>(today: &UserDay<'a>, kind: DeviceKind) -> Option<&'a Device> {
    let mut devices = today.user.devices.iter();
    devices.find(|device| kind.is_of(device.system) && device.is_in_use_on(today.day))
}

/// A phone that goes on with an old password: the one in use, or one that nobody has seen yet.
pub(super) fn phone_beside(today: &UserDay<'_>, other: &Device, random: &mut Random) -> Device {
    let used = |device: &&Device| {
        device.system.is_phone() && device.is_in_use_on(today.day) && device.id != other.id
    };
    let known = today.user.devices.iter().find(used);
    if let Some(known) = known.filter(|_| random.random_bool(0.5)) {
        return known.clone();
    }
    let system = System::any_phone(random);
    let browser = usual_browser(system, false, random);
    device(system, browser, today.user.index, random)
}

/// The device of a login: what is in use on that day, the first one most.
fn pick_device<'a>(user: &'a User, group: &Group, day: i32, random: &mut Random) -> &'a Device {
    let in_use: Vec<&Device> = user
        .devices
        .iter()
        .filter(|device| device.is_in_use_on(day))
        .collect();
    match in_use.as_slice() {
        [] => &user.devices[0],
        [only] => only,
        [first, rest @ ..] => {
            if group.devices.first_use_share.holds(random) {
                first
            } else {
                rest[random.random_range(0..rest.len())]
            }
        }
    }
}
