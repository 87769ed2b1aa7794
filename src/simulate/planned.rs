//! A user's day, a login that is about to be made in it, and the event that it becomes.

use std::borrow::Cow;

use rand::RngExt;
use rand_distr::{Distribution, Normal};

use super::company::{Group, Provider};
use super::devices::{Device, user_agent, version_on};
use super::network::Origin;
use super::population::{Population, User};
use super::whereabouts::stay;
use super::{Options, Random};
use crate::enrich::geo::City;
use crate::login::{Event, Truth};

/// Where a user is for a day.
pub(super) struct Stay {
    pub origin: Origin,
    pub is_home: bool,
}

/// A user and a day.
pub(super) struct UserDay<'a> {
    pub options: &'a Options,
    pub population: &'a Population,
    pub user: &'a User,
    pub group: &'a Group,
    pub day: i32,
    pub stay: Stay,
}

impl<'a> UserDay<'a> {
    pub(super) fn new(
        options: &'a Options,
        population: &'a Population,
        user: &'a User,
        day: i32,
    ) -> Self {
        Self {
            options,
            population,
            user,
            group: population.group(user),
            day,
            stay: stay(options, population, user, day),
        }
    }
}

impl UserDay<'_> {
    /// A login with nothing strange about it.
    pub(super) fn planned<'a>(
        &'a self,
        device: &'a Device,
        origin: &'a Origin,
        time_ms: i64,
    ) -> PlannedLogin<'a> {
        PlannedLogin {
            today: self,
            device,
            origin,
            time_ms,
            is_strange: false,
        }
    }
}

/// A login that somebody is about to make.
pub(super) struct PlannedLogin<'a> {
    pub today: &'a UserDay<'a>,
    pub device: &'a Device,
    pub origin: &'a Origin,
    pub time_ms: i64,
    /// The user has not used this machine before, or its cookies are gone.
    pub is_strange: bool,
}

impl PlannedLogin<'_> {
    pub(super) fn event(&self, random: &mut Random) -> Event<'static> {
        login_event(
            &self.today.population.company.provider,
            self.today.user,
            self.device,
            self.origin,
            self.today.day,
            random,
        )
    }
}

/// An event of a user with everything usual about it.
pub(super) fn login_event(
    provider: &Provider,
    user: &User,
    device: &Device,
    origin: &Origin,
    day: i32,
    random: &mut Random,
) -> Event<'static> {
    let method = user.methods[usize::from(random.random_bool(user.other_method_share))];
    let (latitude, longitude) = position(origin.city, random);
    let volume = |mean: f64, random: &mut Random| {
        Normal::new(mean, user.volume_spread)
            .map_or(mean, |ln| ln.sample(random))
            .exp() as u64
    };
    Event {
        event_id: None,
        tenant: Cow::Borrowed("default"),
        user_id: Cow::Owned(user.id.clone()),
        time_ms: 0,
        event_type: Cow::Borrowed("login"),
        auth_method: Some(Cow::Borrowed(method)),
        success: true,
        ip_address: Some(origin.address),
        geo_location: Some(Cow::Borrowed(origin.city.iso)),
        city: Some(Cow::Borrowed(origin.city.name)),
        latitude: Some(latitude),
        longitude: Some(longitude),
        asn: Some(origin.asn),
        device_id: provider
            .names(device)
            .then(|| Cow::Owned(device.id_on(day))),
        user_agent: Some(Cow::Owned(user_agent(
            device.system,
            device.browser,
            device.build % provider.builds,
            version_on(day, device.lag),
        ))),
        bytes_in: Some(volume(user.bytes_in, random)),
        bytes_out: Some(volume(user.bytes_out, random)),
        is_new_device: None,
        login_hour: None,
        typed_name: None,
        network_class: None,
        accuracy_km: None,
        provider_tenant: None,
        provider_risk: None,
        origin: None,
        truth: Truth::default(),
    }
}

/// What a geolocation service says of a login from a city: two decimals of a degree are about a
/// kilometre, and more it cannot know.
pub(super) fn position(city: &City, random: &mut Random) -> (f32, f32) {
    let near = |degrees: f32, random: &mut Random| {
        ((degrees + random.random_range(-0.05f32..0.05)) * 100.0).round() / 100.0
    };
    let latitude = near(city.latitude, random);
    (latitude, near(city.longitude, random).clamp(-180.0, 180.0))
}

/// Turns an event into a failed attempt, which moves no data.
pub(super) fn failed(mut event: Event<'static>) -> Event<'static> {
    event.success = false;
    event.bytes_in = None;
    event.bytes_out = None;
    event
}

/// Turns an event into one of another type.
pub(super) fn of_type(mut event: Event<'static>, event_type: &'static str) -> Event<'static> {
    event.event_type = Cow::Borrowed(event_type);
    event.bytes_in = None;
    event.bytes_out = None;
    event
}
