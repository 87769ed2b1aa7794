//! A company that is drawn in every respect.

use rand::RngExt;

use super::group::{Credentials, Devices, Method, Stations, Times, Volume, Whereabouts};
use super::{Attackers, Company, DeviceKind, Group, Happening, Provider, Share};
use crate::simulate::{Random, between};

impl Company {
    /// A company like no other.
    pub(in crate::simulate) fn drawn(random: &mut Random) -> Self {
        // Most companies have little of a thing, and some have much of it. Every draw in its
        // order: a seed is a company.
        let mut share = |least: f64, beyond: f64| {
            Share::of(least + beyond * random.random_range(0.0..1.0f64).powi(2))
        };
        let remote_share = share(0.0, 0.8);
        let shift_share = share(0.0, 0.5);
        let station_share = share(0.0, 0.4);
        let roamer_share = share(0.0, 0.15);
        let relay_share = share(0.0, 0.1);
        let vpn_share = share(0.0, 0.5);
        let newcomer_share = share(0.02, 0.2);
        let mfa_share = share(0.0, 1.0);
        let app_share = share(0.0, 0.5);
        let lapse_share = share(0.01, 0.2);
        let fumbling_share = share(0.02, 0.6);
        let method_mix_share = share(0.0, 0.2);
        let further_share = share(0.0, 0.8);
        let switch_share = share(0.0, 1.0);
        let borrowed_share = share(0.0, 0.03);
        let loan_share = share(0.0, 0.8);
        let two_browsers_share = share(0.0, 0.5);
        let irregular_share = share(0.0, 0.15);
        let bulk_share = share(0.0, 0.006);
        let clearing_share = share(0.0, 0.5);
        let dormant_share = share(0.01, 0.1);
        let service_share = share(0.0, 0.05);
        let mut provider = Provider::drawn(random);
        let step_up_share = Share::of(random.random_range(0.0..1.0));
        let method = Method::ALL[random.random_range(0..Method::ALL.len())];
        let volume_spread = random.random_range(0.4..1.2);
        let worldwide = random.random_bool(0.4);
        let users_per_office = random.random_range(40..800);
        let vpn_exits = random.random_range(1..7);
        let pace = random.random_range(-0.7..0.7f64).exp();
        let spread = random.random_range(0.4..1.3);
        let typing = random.random_range(-1.0..1.0f64).exp();
        let passwords_expire_together = random.random_bool(0.3);
        let listed_hosters = random.random_bool(0.6);
        let mut share = |most: f64| Share::of(most * random.random_range(0.0..1.0f64).powi(2));
        let bulk_share = share(0.06).max(bulk_share);
        let month_end_share = share(0.4);
        let late_share = share(0.6);
        let old_password_share = share(0.5);
        let refusals_share = share(0.03);
        let wrong_name_share = share(0.1);
        let nameless_share = share(0.2);
        let program_share = share(0.1);
        let desktop_site_share = share(0.01);
        let service_lapse_share = share(0.4);
        let roams_home_share = share(1.0);
        let second_home_share = share(0.4);
        let mover_share = share(0.15);
        let misplaced_share = share(0.15);
        let commuter_share = share(0.8);
        let leaver_share = share(0.15);
        let leave_share = share(0.1);
        provider.misplaced_share = share(0.02);
        provider.logins_name_challenges = random.random_bool(0.5);
        provider.challenge_method = random.random_bool(0.6).then_some(Method::Mfa);
        // In some companies people move kilobytes with a login, and in others megabytes.
        let scale = between(0.3, 30.0, random);
        let range = |least: f64, most: f64| Some([least * scale, most * scale]);
        let people = between(4.0, 200.0, random).round();
        let machines = (people / between(2.0, 15.0, random)).ceil();
        let everyone = Group {
            service_share,
            service_lapse_share,
            dormant_share,
            stations: Stations {
                share: station_share,
                people: people as u32,
                machines: machines as u32,
                carried: random.random_bool(0.2),
                ..Stations::default()
            },
            devices: Devices {
                app_share,
                switch_share,
                further_share,
                two_browsers_share,
                clearing_share,
                borrowed_share,
                loan_share,
                nameless_share,
                program_share,
                desktop_site_share,
                ..Devices::default()
            },
            whereabouts: Whereabouts {
                remote_share,
                roamer_share,
                relay_share,
                vpn_share,
                roams_home_share,
                second_home_share,
                mover_share,
                misplaced_share,
                commuter_share,
                ..Whereabouts::default()
            },
            times: Times {
                pace,
                spread,
                shift_share,
                irregular_share,
                newcomer_share,
                leaver_share,
                leave_share,
                ..Times::default()
            },
            credentials: Credentials {
                method,
                mfa_share,
                method_mix_share,
                step_up_share,
                typing,
                lapse_share,
                fumbling_share,
                old_password_share,
                refusals_share,
                wrong_name_share,
            },
            volume: Volume {
                bytes_in: range(3e3, 1e6),
                bytes_out: range(2e3, 4e5),
                spread: volume_spread,
                bulk_share,
                bulk_times: Some([3.0, between(30.0, 600.0, random)]),
                late_share,
                month_end_share,
            },
            ..Group::default()
        };
        Self {
            worldwide,
            users_per_office,
            vpn_exits,
            listed_hosters,
            passwords_expire_together,
            provider,
            groups: vec![everyone],
            events: events(random),
            attackers: Attackers {
                stealth: random
                    .random_bool(0.5)
                    .then(|| [Share::of(0.0), Share::of(1.0)]),
                ..Attackers::default()
            },
            ..Self::default()
        }
    }
}

/// What happens within the first months.
fn events(random: &mut Random) -> Vec<Happening> {
    let few = |random: &mut Random| Share::of(0.5 * random.random_range(0.0..1.0f64).powi(2));
    let groups = Vec::new;
    (0..random.random_range(0..5))
        .map(|_| {
            let day = random.random_range(3..80);
            let days = random.random_range(1..15);
            let share = few(random);
            match random.random_range(0..5) {
                0 => Happening::Outage {
                    day,
                    hour: random.random_range(0.0..24.0),
                    minutes: between(10.0, 120.0, random),
                },
                1 => Happening::Rollout {
                    groups: groups(),
                    device: if random.random_bool(0.5) {
                        DeviceKind::Phone
                    } else {
                        DeviceKind::Computer
                    },
                    from_day: day,
                    days,
                    share,
                    reset_share: few(random),
                },
                2 => Happening::Conference {
                    groups: groups(),
                    city: None,
                    from_day: day,
                    days: days.min(5),
                    share: Share::of(share.get() / 4.0),
                },
                3 => Happening::Holiday {
                    groups: groups(),
                    from_day: day,
                    days: days.min(5),
                    activity_share: share,
                },
                _ => Happening::Intake {
                    groups: groups(),
                    day,
                    share: Share::of(share.get() / 4.0),
                },
            }
        })
        .collect()
}
