//! A company that is drawn in every respect.

use rand::RngExt;

use super::group::Method;
use super::{Company, DeviceKind, Group, Happening, Provider, Share};
use crate::simulate::{Random, between};

impl Company {
    /// A company like no other. Every draw in its order: a seed is a company.
    pub(in crate::simulate) fn drawn(random: &mut Random) -> Self {
        let mut everyone = Group::default();
        shares(&mut everyone, random);
        let mut provider = Provider::drawn(random);
        everyone.credentials.step_up_share = Share::of(random.random_range(0.0..1.0));
        everyone.credentials.method = Method::ALL[random.random_range(0..Method::ALL.len())];
        everyone.volume.spread = random.random_range(0.4..1.2);
        let worldwide = random.random_bool(0.4);
        let users_per_office = random.random_range(40..800);
        let vpn_exits = random.random_range(1..7);
        everyone.times.pace = random.random_range(-0.7..0.7f64).exp();
        everyone.times.spread = random.random_range(0.4..1.3);
        everyone.credentials.typing = random.random_range(-1.0..1.0f64).exp();
        let passwords_expire_together = random.random_bool(0.3);
        let listed_hosters = random.random_bool(0.6);
        shares_of_mishaps(&mut everyone, random);
        provider.misplaced_share = some(0.0, 0.02, random);
        provider.logins_name_challenges = random.random_bool(0.5);
        provider.challenge_method = random.random_bool(0.6).then_some(Method::Mfa);
        amounts(&mut everyone, random);
        let mut company = Self {
            worldwide,
            users_per_office,
            vpn_exits,
            listed_hosters,
            passwords_expire_together,
            provider,
            groups: vec![everyone],
            events: events(random),
            ..Self::default()
        };
        let stealth = [Share::of(0.0), Share::of(1.0)];
        company.attackers.stealth = random.random_bool(0.5).then_some(stealth);
        company.attackers.hops_share = some(0.0, 0.6, random);
        own_ways(&mut company, random);
        company
    }
}

/// A share from the least on: most companies have little of a thing, and some have much of it.
fn some(least: f64, beyond: f64, random: &mut Random) -> Share {
    Share::of(least + beyond * random.random_range(0.0..1.0f64).powi(2))
}

/// How many people live how.
fn shares(group: &mut Group, random: &mut Random) {
    let mut some = |least: f64, beyond: f64| some(least, beyond, random);
    group.whereabouts.remote_share = some(0.0, 0.8);
    group.times.shift_share = some(0.0, 0.5);
    group.stations.share = some(0.0, 0.4);
    group.whereabouts.roamer_share = some(0.0, 0.15);
    group.whereabouts.relay_share = some(0.0, 0.1);
    group.whereabouts.vpn_share = some(0.0, 0.5);
    group.times.newcomer_share = some(0.02, 0.2);
    group.credentials.mfa_share = some(0.0, 1.0);
    group.devices.app_share = some(0.0, 0.5);
    group.credentials.lapse_share = some(0.01, 0.2);
    group.credentials.fumbling_share = some(0.02, 0.6);
    group.credentials.method_mix_share = some(0.0, 0.2);
    group.devices.further_share = some(0.0, 0.8);
    group.devices.switch_share = some(0.0, 1.0);
    group.devices.borrowed_share = some(0.0, 0.03);
    group.devices.loan_share = some(0.0, 0.8);
    group.devices.two_browsers_share = some(0.0, 0.5);
    group.times.irregular_share = some(0.0, 0.15);
    group.volume.bulk_share = some(0.0, 0.006);
    group.devices.clearing_share = some(0.0, 0.5);
    group.dormant_share = some(0.01, 0.1);
    group.service_share = some(0.0, 0.05);
}

/// How often what looks bad is none.
fn shares_of_mishaps(group: &mut Group, random: &mut Random) {
    let mut some = |most: f64| some(0.0, most, random);
    group.volume.bulk_share = some(0.06).max(group.volume.bulk_share);
    group.volume.month_end_share = some(0.4);
    group.volume.late_share = some(0.6);
    group.credentials.old_password_share = some(0.5);
    group.credentials.refusals_share = some(0.03);
    group.credentials.wrong_name_share = some(0.1);
    group.devices.nameless_share = some(0.6);
    group.devices.program_share = some(0.1);
    group.devices.desktop_site_share = some(0.01);
    group.service_lapse_share = some(0.4);
    group.whereabouts.roams_home_share = some(1.0);
    group.whereabouts.second_home_share = some(0.4);
    group.whereabouts.mover_share = some(0.15);
    group.whereabouts.misplaced_share = some(0.15);
    group.whereabouts.commuter_share = some(0.8);
    group.times.leaver_share = some(0.15);
    group.times.leave_share = some(0.1);
}

/// Who comes with what is not the company's, and through what is not.
fn own_ways(company: &mut Company, random: &mut Random) {
    company.provider.managed_devices_only = random.random_bool(0.35);
    for group in &mut company.groups {
        group.devices.own_phone_share = Share::of(random.random_range(0.0..1.0));
        group.devices.own_computer_share = some(0.0, 0.6, random);
        group.credentials.help_desk_share = some(0.0, 0.8, random);
        group.whereabouts.own_vpn_share = some(0.0, 0.3, random);
    }
}

/// How much people move, and how many share how many machines.
fn amounts(group: &mut Group, random: &mut Random) {
    // In some companies people move kilobytes with a login, and in others megabytes.
    let scale = between(0.3, 30.0, random);
    let people = between(4.0, 200.0, random).round();
    let machines = (people / between(2.0, 15.0, random)).ceil();
    (group.stations.people, group.stations.machines) = (people as u32, machines as u32);
    group.stations.carried = random.random_bool(0.2);
    group.volume.bytes_in = Some([3e3 * scale, 1e6 * scale]);
    group.volume.bytes_out = Some([2e3 * scale, 4e5 * scale]);
    group.volume.bulk_times = Some([3.0, between(30.0, 600.0, random)]);
}

/// What happens within the first months.
fn events(random: &mut Random) -> Vec<Happening> {
    let few = |random: &mut Random| some(0.0, 0.5, random);
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
