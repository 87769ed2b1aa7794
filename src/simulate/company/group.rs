//! A group of a company's people: how they live, with what, and where from.

use std::ops::RangeInclusive;

use serde::Deserialize;

use super::{CompanyError, MORE_THAN_NONE, Share, within};

/// Machines that a group's people share.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::simulate) struct Stations {
    /// The people of the group who work at one.
    pub share: Share,
    /// How many people share a station, and how many machines it has.
    pub people: u32,
    pub machines: u32,
    /// Their logins that are made there.
    pub use_share: Share,
    /// Tills and scanners run the company's app, the others a browser.
    pub app: bool,
    /// They are carried along, or stay where they are.
    pub carried: bool,
}

impl Default for Stations {
    fn default() -> Self {
        Self {
            share: Share::of(0.05),
            people: 12,
            machines: 1,
            use_share: Share::of(0.7),
            app: false,
            carried: true,
        }
    }
}

/// What people carry and sit at.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::simulate) struct Devices {
    pub computer_share: Share,
    pub phone_share: Share,
    pub second_computer_share: Share,
    /// Of their logins, those with the first device, a computer where there is one; the others
    /// share the rest.
    pub first_use_share: Share,
    /// People who use an app instead of a browser on their phones.
    pub app_share: Share,
    /// Replaced in a quarter.
    pub computers_replaced_share: Share,
    pub phones_replaced_share: Share,
    /// People whose next device is of another kind than the last.
    pub switch_share: Share,
    /// People who get one more device, a quarter.
    pub further_share: Share,
    /// People who use two browsers of one machine.
    pub two_browsers_share: Share,
    /// People whose device ids change now and then, as cookies are cleared.
    pub clearing_share: Share,
    /// Logins from somebody else's machine, in somebody else's network mostly.
    pub borrowed_share: Share,
    /// Trips on which a machine of the house is used.
    pub loan_share: Share,
    /// Logins of a phone or tablet that say they are of a computer.
    pub desktop_site_share: Share,
    /// People with a mail program or an old app: a third of their logins name no device.
    pub nameless_share: Share,
    /// People who also log in with a program of theirs, from a hoster.
    pub program_share: Share,
    /// People whose computers and whose phones are their own, and not the company's.
    pub own_computer_share: Share,
    pub own_phone_share: Share,
}

impl Default for Devices {
    fn default() -> Self {
        Self {
            computer_share: Share::of(1.0),
            phone_share: Share::of(1.0),
            second_computer_share: Share::of(0.2),
            first_use_share: Share::of(0.65),
            app_share: Share::of(0.1),
            computers_replaced_share: Share::of(0.05),
            phones_replaced_share: Share::of(0.3),
            switch_share: Share::of(0.3),
            further_share: Share::of(0.15),
            two_browsers_share: Share::of(0.1),
            clearing_share: Share::of(0.1),
            borrowed_share: Share::of(0.003),
            loan_share: Share::of(0.25),
            desktop_site_share: Share::of(0.0),
            nameless_share: Share::of(0.0),
            program_share: Share::of(0.0),
            own_computer_share: Share::of(0.0),
            own_phone_share: Share::of(0.0),
        }
    }
}

/// Where people log in from, besides their homes.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::simulate) struct Whereabouts {
    /// People without an office, anywhere.
    pub remote_share: Share,
    /// Logins of a workday from the office, between these; of each person another share.
    pub office_share: [Share; 2],
    /// People who live in a city near that of the office, where there is one.
    pub commuter_share: Share,
    /// Logins of a phone through its carrier, where all of the group do alike.
    pub carrier_share: Option<Share>,
    /// People who are on the road, on another address at every login.
    pub roamer_share: Share,
    /// People behind a private relay.
    pub relay_share: Share,
    /// People who use the company's VPN.
    pub vpn_share: Share,
    /// People who use a VPN of their own.
    pub own_vpn_share: Share,
    /// People who are on the way often: two to fourteen trips a year.
    pub traveller_share: Share,
    /// People who travel around the world, and not in their region.
    pub far_share: Share,
    /// People whose phone comes through the carrier at home on a trip.
    pub roams_home_share: Share,
    /// People with a second home, where one in ten of their logins at home comes from.
    pub second_home_share: Share,
    /// People who move, or change their provider, in a quarter.
    pub mover_share: Share,
    /// Homes that geolocation puts into another city.
    pub misplaced_share: Share,
}

impl Default for Whereabouts {
    fn default() -> Self {
        Self {
            remote_share: Share::of(0.25),
            office_share: [Share::of(0.2), Share::of(0.95)],
            commuter_share: Share::of(0.0),
            carrier_share: None,
            roamer_share: Share::of(0.03),
            relay_share: Share::of(0.02),
            vpn_share: Share::of(0.15),
            own_vpn_share: Share::of(0.05),
            traveller_share: Share::of(0.2),
            far_share: Share::of(0.3),
            roams_home_share: Share::of(0.0),
            second_home_share: Share::of(0.0),
            mover_share: Share::of(0.0),
            misplaced_share: Share::of(0.0),
        }
    }
}

/// When people log in, and how often.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::simulate) struct Times {
    /// Times the usual number of logins a day, and how far people lie apart in it (the standard
    /// deviation of the ln).
    pub pace: f64,
    pub spread: f64,
    /// The hours between which most begin their day.
    pub start_hours: [f64; 2],
    /// People on shifts that change by the week, and when these begin.
    pub shift_share: Share,
    pub shift_hours: Vec<f64>,
    /// Of their usual logins, those of a weekend's day, where all of the group do alike.
    pub weekend_share: Option<Share>,
    /// Logins at any hour.
    pub irregular_share: Share,
    /// People who were not there at the start.
    pub newcomer_share: Share,
    /// People who leave within a quarter.
    pub leaver_share: Share,
    /// People who are away for three to seven weeks in a quarter.
    pub leave_share: Share,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            pace: 1.0,
            spread: 0.7,
            start_hours: [6.5, 10.5],
            shift_share: Share::of(0.08),
            shift_hours: vec![6.0, 14.0, 22.0],
            weekend_share: None,
            irregular_share: Share::of(0.02),
            newcomer_share: Share::of(0.08),
            leaver_share: Share::of(0.0),
            leave_share: Share::of(0.0),
        }
    }
}

/// How people prove who they are, and what goes wrong when they do.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::simulate) struct Credentials {
    pub method: Method,
    /// People whose method is `mfa`.
    pub mfa_share: Share,
    /// Logins by another method than the user's usual one.
    pub method_mix_share: Share,
    /// The chance that a second factor is asked for on a strange machine.
    pub step_up_share: Share,
    /// Times the usual number of typing errors.
    pub typing: f64,
    /// Typing errors that are in the name of the user.
    pub wrong_name_share: Share,
    /// The chance that a password is forgotten over a weekend.
    pub lapse_share: Share,
    /// The chance that the first logins on a strange machine go wrong: the password is on the other
    /// one.
    pub fumbling_share: Share,
    /// Resets after which a phone goes on with the old password for hours.
    pub old_password_share: Share,
    /// Resets that the help desk makes, from its own machine in an office.
    pub help_desk_share: Share,
    /// Challenges that are refused several times, by mistake.
    pub refusals_share: Share,
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            method: Method::Password,
            mfa_share: Share::of(0.4),
            method_mix_share: Share::of(0.03),
            step_up_share: Share::of(0.3),
            typing: 1.0,
            wrong_name_share: Share::of(0.0),
            lapse_share: Share::of(0.03),
            fumbling_share: Share::of(0.15),
            old_password_share: Share::of(0.0),
            help_desk_share: Share::of(0.0),
            refusals_share: Share::of(0.0),
        }
    }
}

/// How people prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::simulate) enum Method {
    Password,
    Sso,
    Mfa,
    Passkey,
}

impl Method {
    pub(in crate::simulate) const ALL: [Self; 4] =
        [Self::Password, Self::Sso, Self::Mfa, Self::Passkey];

    pub(in crate::simulate) fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Sso => "sso",
            Self::Mfa => "mfa",
            Self::Passkey => "passkey",
        }
    }
}

/// How much people's logins move.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::simulate) struct Volume {
    /// Between these lies what people usually move with a login, as likely within one doubling as
    /// within another; between some kB and a MB where it is not said.
    pub bytes_in: Option<[f64; 2]>,
    pub bytes_out: Option<[f64; 2]>,
    /// The standard deviation of the ln of bytes.
    pub spread: f64,
    /// Logins that move many times the usual, and how many: five to eighty where it is not said.
    pub bulk_share: Share,
    pub bulk_times: Option<[f64; 2]>,
    /// Those of them that come three to ten hours after the usual ones.
    pub late_share: Share,
    /// People who do so around every thirtieth day.
    pub month_end_share: Share,
}

impl Default for Volume {
    fn default() -> Self {
        Self {
            bytes_in: None,
            bytes_out: None,
            spread: 0.7,
            bulk_share: Share::of(0.001),
            bulk_times: None,
            late_share: Share::of(0.0),
            month_end_share: Share::of(0.0),
        }
    }
}

/// People who live alike.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::simulate) struct Group {
    pub name: String,
    /// How many of the company's accounts, beside the weights of the other groups.
    pub weight: f64,
    /// The sites they work at, by name; all of them where none is named.
    pub sites: Vec<String>,
    /// Accounts that programs have, and such as log in a few times and then not for months.
    pub service_share: Share,
    pub dormant_share: Share,
    /// Of the programs, those whose secret expires once and that go on with the old one for hours.
    pub service_lapse_share: Share,
    pub stations: Stations,
    pub devices: Devices,
    pub whereabouts: Whereabouts,
    pub times: Times,
    pub credentials: Credentials,
    pub volume: Volume,
}

impl Default for Group {
    fn default() -> Self {
        Self {
            name: "everyone".to_owned(),
            weight: 1.0,
            sites: Vec::new(),
            service_share: Share::of(0.015),
            dormant_share: Share::of(0.035),
            service_lapse_share: Share::of(0.0),
            stations: Stations::default(),
            devices: Devices::default(),
            whereabouts: Whereabouts::default(),
            times: Times::default(),
            credentials: Credentials::default(),
            volume: Volume::default(),
        }
    }
}

impl Group {
    /// Whether every number can be drawn with.
    pub(super) fn check(&self) -> Result<(), CompanyError> {
        let name = &self.name;
        let within = |key: &str, found: f64, range: RangeInclusive<f64>| {
            within(&format!("{key} of group `{name}`"), found, range)
        };
        within("weight", self.weight, MORE_THAN_NONE)?;
        let (people, machines) = (self.stations.people, self.stations.machines);
        within("stations.people", people.into(), 1.0..=100_000.0)?;
        // More machines than people would never be used.
        within("stations.machines", machines.into(), 1.0..=people.into())?;
        let others = self.service_share.get() + self.dormant_share.get();
        within("service_share and dormant_share", others, 0.0..=1.0)?;
        let times = &self.times;
        within("times.pace", times.pace, 0.01..=100.0)?;
        within("times.spread", times.spread, 0.0..=3.0)?;
        let shifts = times.shift_hours.len() as f64;
        within("the number of times.shift_hours", shifts, 1.0..=24.0)?;
        let [begin, end] = times.start_hours;
        within("times.start_hours", begin, 0.0..=24.0)?;
        within("the end of times.start_hours", end, begin..=24.0)?;
        for hour in &times.shift_hours {
            within("times.shift_hours", *hour, 0.0..=24.0)?;
        }
        let [least, most] = self.whereabouts.office_share.map(Share::get);
        within("the end of whereabouts.office_share", most, least..=1.0)?;
        let credentials = &self.credentials;
        if credentials.method == Method::Mfa && credentials.mfa_share.get() < 1.0 {
            return Err(CompanyError::Needs {
                key: "credentials.method = \"mfa\"",
                needed: "credentials.mfa_share = 1.0: who has it is asked for it",
            });
        }
        within("credentials.typing", self.credentials.typing, 0.0..=100.0)?;
        within("volume.spread", self.volume.spread, 0.0..=3.0)?;
        let ranges = [
            ("volume.bytes_in", self.volume.bytes_in),
            ("volume.bytes_out", self.volume.bytes_out),
            ("volume.bulk_times", self.volume.bulk_times),
        ];
        let given = |(key, range): (&'static str, Option<[f64; 2]>)| Some((key, range?));
        for (key, [least, most]) in ranges.into_iter().filter_map(given) {
            within(key, least, 1.0..=1e9)?;
            within(&format!("the end of {key}"), most, least..=1e9)?;
        }
        Ok(())
    }
}
