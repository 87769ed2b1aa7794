mod attackers;
mod variety;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::*;
use crate::login::Event;
use crate::simulate::{DAY_MS, Life, Options, World};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config/companies")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

/// The honest and the attackers' events of a company that differs from the typical one by a text.
fn world(text: &str, users: u32, days: u32) -> (Vec<Event<'static>>, Vec<Event<'static>>) {
    world_of_seed(text, users, days, Options::default().seed)
}

fn world_of_seed(
    text: &str,
    users: u32,
    days: u32,
    seed: u64,
) -> (Vec<Event<'static>>, Vec<Event<'static>>) {
    let company = Company::from_toml(text).unwrap();
    let options = Options {
        users,
        days,
        seed,
        attack_share: company.attack_share(),
        company: Life::Described(Arc::new(company)),
        ..Options::default()
    };
    let of_attackers = |event: &Event<'_>| event.truth.label == Some(true);
    let (attacks, honest) = World::new(options).partition(of_attackers);
    (honest, attacks)
}

fn day(event: &Event<'_>) -> i64 {
    (event.time_ms - Options::default().start_ms).div_euclid(DAY_MS)
}

#[test]
fn the_file_with_every_setting_is_the_usual_company() {
    assert_eq!(
        Company::from_toml(&read("typical.toml")).unwrap(),
        Company::default()
    );
}

/// What the file shows as a comment can be taken in by taking the mark away.
#[test]
fn what_the_file_shows_as_comments_is_read_as_well() {
    let is_setting = |rest: &str| {
        let key = rest.split(" = ").next().unwrap();
        rest.starts_with('[') || (rest.contains(" = ") && !key.contains(' '))
    };
    let text = read("typical.toml");
    let taken_in = |line| match str::strip_prefix(line, "# ") {
        Some(setting) if is_setting(setting) => setting,
        _ => line,
    };
    let all: Vec<&str> = text.lines().map(taken_in).collect();
    let company = Company::from_toml(&all.join("\n")).unwrap();
    assert_eq!(company.users(), Some(1_000));
    assert_eq!(company.sites.len(), 1);
    assert_eq!(company.events.len(), 7);
    assert_eq!(company.attackers.families.len(), 2);
}

/// Every company that is shipped lives for some weeks.
#[test]
fn every_company_makes_logins_that_the_stream_takes() {
    let mut companies = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let (honest, attacks) = world(&text, 300, 45);
        let users: BTreeSet<_> = honest.iter().map(|event| &event.user_id).collect();
        assert!(users.len() > 250, "{}: {}", path.display(), users.len());
        assert!(!attacks.is_empty(), "{}", path.display());
        for event in honest.iter().step_by(37).chain(&attacks) {
            let json = serde_json::to_string(event).unwrap();
            assert!(Event::from_json(json.as_bytes()).is_ok(), "{json}");
        }
        companies += 1;
    }
    assert!(companies >= 4, "{companies}");
}

#[test]
fn what_is_wrong_is_named_with_its_remedy() {
    let error = |text: &str| Company::from_toml(text).unwrap_err().to_string();
    for (text, told) in [
        ("worldwise = true", "worldwise"),
        (
            "[[groups]]\nservice_share = 1.5",
            "1.5 is no share: give a number from 0 to 1",
        ),
        (
            "[[sites]]\nname = \"one\"\ncity = \"Berlim\"",
            "the city `Berlim` is not known; did you mean `Berlin`?",
        ),
        (
            "[[sites]]\nname = \"one\"\ncity = \"Bern, DE\"",
            "`Bern, DE` is not among the large cities; there is one in CH",
        ),
        (
            "[[sites]]\nname = \"one\"\ncity = \"Bern, Switzerlund\"",
            "there is no country `Switzerlund`: give its ISO code",
        ),
        (
            "[[groups]]\ncredentials = { method = \"mfa\" }",
            "credentials.method = \"mfa\" needs credentials.mfa_share = 1.0",
        ),
        (
            "[provider]\nlogins_name_challenges = true",
            "provider.logins_name_challenges needs provider.challenge_method",
        ),
        (
            "[[groups]]\nservice_share = 0.6\ndormant_share = 0.6",
            "service_share and dormant_share of group `everyone` is 1.2",
        ),
        ("[[groups]]\nsites = [\"two\"]", "site `two` is not known"),
        (
            "[[groups]]\nname = \"a\"\n[[groups]]\nname = \"a\"",
            "two groups are named `a`",
        ),
        (
            "[[events]]\nkind = \"intake\"\ngroups = [\"every\"]\nday = 3\nshare = 0.1",
            "group `every` is not known; did you mean `everyone`?",
        ),
        (
            "[[groups]]\nname = \"a\"\ntimes = { pace = 0.0 }",
            "times.pace of group `a` is 0: give a number from 0.01 to 100",
        ),
        (
            "[attackers.families]\nbrute_farce = 1.0",
            "family of attack `brute_farce` is not known; did you mean `brute_force`?",
        ),
        (
            "groups = []",
            "the number of groups is 0: give a number from 1 to 1000",
        ),
    ] {
        assert!(error(text).contains(told), "{}", error(text));
    }
    // Whom nobody asks for a second factor, nobody can wear out.
    let mut text = "[provider]\nchallenges = false\n[attackers.families]\n".to_owned();
    for (_, name) in crate::simulate::family::FAMILIES {
        text += &format!(
            "{name} = {}\n",
            if name == "mfa_fatigue" { 1.0 } else { 0.0 }
        );
    }
    assert!(
        error(&text).contains("the weight of all attackers.families is 0"),
        "{}",
        error(&text)
    );
}

/// Whatever the numbers that a file may have, there is a world.
#[test]
fn the_ends_of_every_range_can_be_drawn_with() {
    for text in [
        "[[groups]]\ntimes = { irregular_share = 1.0, start_hours = [8.0, 8.0], spread = 0.0 }",
        "[[groups]]\ndevices = { borrowed_share = 0.9 }\nvolume = { bulk_share = 1.0, spread = 3.0, \
         bytes_out = [1e9, 1e9], bulk_times = [1e9, 1e9] }",
        "[[groups]]\nwhereabouts = { office_share = [1.0, 1.0], remote_share = 1.0 }",
        "[[groups]]\ndevices = { computer_share = 0.0, phone_share = 0.0 }\nservice_share = 1.0\n\
         dormant_share = 0.0",
        "[[groups]]\nstations = { share = 1.0, people = 1, machines = 1, carried = false }",
        "[provider]\nchallenges = false\n[attackers.families]\nmfa_fatigue = 1e6\ninsider = 1e-6",
    ] {
        let (honest, attacks) = world(text, 60, 12);
        for event in honest.iter().chain(&attacks) {
            let json = serde_json::to_string(event).unwrap();
            assert!(Event::from_json(json.as_bytes()).is_ok(), "{json}");
        }
    }
}

const TWO_SITES: &str = r#"
    [[sites]]
    name = "mill"
    city = "Bern"
    [[sites]]
    name = "office"
    city = "Berlin"
    exits = 2
    [[groups]]
    name = "millers"
    sites = ["mill"]
    stations = { share = 1.0, people = 25, machines = 4, use_share = 0.9, carried = false }
    whereabouts = { remote_share = 0.0, vpn_share = 0.0, traveller_share = 0.0 }
    [[groups]]
    name = "clerks"
    sites = ["office"]
    stations = { share = 0.0 }
    [[events]]
    kind = "new_connection"
    site = "mill"
    day = 15
"#;

/// A machine that stays stands in the office, whatever its users do otherwise; and the office's
/// network changes on its day and on no other.
#[test]
fn a_machine_that_stays_is_used_from_the_office_alone() {
    let mut changes = 0;
    for seed in 1..=4 {
        let (honest, _) = world_of_seed(TWO_SITES, 200, 30, seed);
        let mut users_of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut networks_of: BTreeMap<&str, [BTreeSet<u32>; 2]> = BTreeMap::new();
        for event in &honest {
            let device = event.device_id.as_deref().unwrap();
            users_of.entry(device).or_default().insert(&event.user_id);
            // A night's login may be of the day before.
            if day(event) != 15 {
                let networks = networks_of.entry(device).or_default();
                networks[usize::from(day(event) > 15)].insert(event.asn.unwrap());
            }
        }
        let shared = users_of.iter().filter(|(_, users)| users.len() > 5);
        let shared: Vec<_> = shared.map(|(device, _)| &networks_of[device]).collect();
        assert!((8..=20).contains(&shared.len()), "{}", shared.len());
        for [before, after] in shared {
            assert_eq!((before.len(), after.len()), (1, 1), "{before:?} {after:?}");
            changes += u32::from(before != after);
        }
    }
    assert!(changes > 0);
}

/// Within an outage nobody gets in; on a holiday few log in; at an intake many begin; in
/// a rollout devices are new and passwords set anew; at a conference many share an address.
#[test]
fn what_happens_is_seen_on_its_days_and_no_others() {
    let text = r#"
        users_per_office = 60
        [[events]]
        kind = "outage"
        day = 8
        hour = 6.0
        minutes = 600
        [[events]]
        kind = "holiday"
        from_day = 16
        days = 2
        activity_share = 0.1
        [[events]]
        kind = "intake"
        day = 24
        share = 0.3
        [[events]]
        kind = "rollout"
        device = "computer"
        from_day = 28
        days = 3
        share = 0.9
        reset_share = 0.8
        [[events]]
        kind = "conference"
        city = "Lisbon"
        from_day = 36
        days = 3
        share = 0.2
    "#;
    let (honest, _) = world(text, 500, 45);
    let mut logins = [0u32; 45];
    let mut failures = [0u32; 45];
    let mut resets = [0u32; 45];
    let mut new_users = [0u32; 45];
    let mut new_devices = [0u32; 45];
    let mut in_outage = [0u32; 2];
    let mut at_one_address: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    let (mut users, mut devices) = (BTreeSet::new(), BTreeSet::new());
    for event in &honest {
        let day = day(event).clamp(0, 44) as usize;
        match (event.event_type.as_ref(), event.success) {
            ("login", true) => logins[day] += 1,
            ("login", false) => failures[day] += 1,
            ("password_reset", _) => resets[day] += 1,
            _ => {}
        }
        let of_day = event.time_ms.rem_euclid(DAY_MS) / 3_600_000;
        if day == 8 && event.event_type == "login" && (6..16).contains(&of_day) {
            in_outage[usize::from(event.success)] += 1;
        }
        new_users[day] += u32::from(users.insert(&event.user_id));
        new_devices[day] += u32::from(devices.insert(event.device_id.as_deref()));
        if event.city.as_deref() == Some("Lisbon") && (36..39).contains(&day) {
            let there = at_one_address.entry(event.ip_address).or_default();
            there.insert(&event.user_id);
        }
    }
    assert!(in_outage[0] > 100 && in_outage[1] == 0, "{in_outage:?}");
    // Beside the same day of the week before.
    let times = |of: &[u32; 45], day: usize| f64::from(of[day]) / f64::from(of[day - 7].max(1));
    assert!(times(&failures, 8) > 4.0, "{failures:?}");
    assert!(
        times(&logins, 16) < 0.35 && times(&logins, 17) < 0.35,
        "{logins:?}"
    );
    assert!(logins[18] > 3 * logins[17], "{logins:?}");
    assert!(new_users[24] > 60 && new_users[23] < 20, "{new_users:?}");
    assert!(times(&new_devices, 29) > 3.0, "{new_devices:?}");
    assert!(times(&resets, 29) > 3.0, "{resets:?}");
    let most = at_one_address.values().map(BTreeSet::len).max().unwrap();
    assert!(most > 50, "{most}");
}

/// A challenge says what it was answered with, and so does the login after it, of everybody alike.
#[test]
fn challenges_say_their_own_method_where_the_provider_does() {
    let text = r#"
        [provider]
        challenge_method = "mfa"
        logins_name_challenges = true
        [[groups]]
        credentials = { mfa_share = 0.0, method_mix_share = 0.0, step_up_share = 1.0 }
    "#;
    let (honest, _) = world(text, 200, 20);
    let is_mfa = |event: &&Event<'_>| event.auth_method.as_deref() == Some("mfa");
    let challenges = honest
        .iter()
        .filter(|event| event.event_type == "mfa_challenge");
    assert!(challenges.clone().count() > 50);
    assert!(challenges.clone().all(|event| is_mfa(&event)));
    let logins = honest
        .iter()
        .filter(|event| event.event_type == "login")
        .filter(is_mfa);
    assert!(logins.clone().count() > 50, "{}", logins.count());
}

/// Where only devices of the company are named, people's own and those of strangers are not, and
/// who has none of his own is always known.
#[test]
fn devices_that_nobody_manages_are_not_named() {
    let world = |own: &str| {
        let text = format!(
            "[provider]\nmanaged_devices_only = true\n[attackers]\nshare = 0.05\n[[groups]]\n\
             devices = {{ own_phone_share = {own}, borrowed_share = 0.0, loan_share = 0.0 }}"
        );
        world(&text, 300, 20)
    };
    let is_phone = |event: &&Event<'_>| {
        let agent = event.user_agent.as_deref().unwrap_or_default();
        agent.contains("Mobile") || agent.contains("WorkApp")
    };
    let named = |events: &mut dyn Iterator<Item = &Event<'static>>| {
        let (mut all, mut named) = (0u32, 0u32);
        for event in events {
            all += 1;
            named += u32::from(event.device_id.is_some());
        }
        f64::from(named) / f64::from(all)
    };
    let (honest, attacks) = world("1.0");
    let computers = |event: &&Event<'_>| !is_phone(event);
    assert!(named(&mut honest.iter().filter(is_phone)) < 0.01);
    assert!(named(&mut honest.iter().filter(computers)) > 0.9);
    let of_strangers = |event: &&Event<'_>| {
        let family = event.truth.attack.as_deref();
        !matches!(family, Some("insider" | "session_theft"))
    };
    assert!(named(&mut attacks.iter().filter(of_strangers)) < 0.01);
    let (honest, _) = world("0.0");
    assert!(named(&mut honest.iter().filter(is_phone)) > 0.9);
}

/// The help desk resets for everybody, from one machine.
#[test]
fn the_help_desk_resets_from_one_machine() {
    let devices = |share: &str| {
        let text = format!("[[groups]]\ncredentials = {{ help_desk_share = {share} }}");
        let (honest, _) = world(&text, 300, 40);
        let resets = honest
            .iter()
            .filter(|event| event.event_type == "password_reset");
        let users: BTreeSet<_> = resets.clone().map(|event| &event.user_id).collect();
        let devices: BTreeSet<_> = resets.map(|event| &event.device_id).collect();
        (users.len(), devices.len())
    };
    let (users, machines) = devices("1.0");
    assert!(users > 40 && machines == 1, "{users} {machines}");
    let (users, machines) = devices("0.0");
    assert!(machines >= users, "{users} {machines}");
}

/// People's programs log in from a hoster and name no device; some each hour of every day, once they
/// have begun.
#[test]
fn programs_of_people_name_no_device_and_some_run_hourly() {
    let text = "[[groups]]\nservice_share = 0.0\ndevices = { program_share = 1.0 }";
    let (honest, _) = world(text, 200, 30);
    let is_program = |event: &&Event<'_>| {
        let agent = event.user_agent.as_deref().unwrap_or_default();
        agent.starts_with("python-requests")
    };
    let mut by_day: BTreeMap<_, BTreeMap<i64, u32>> = BTreeMap::new();
    for event in honest.iter().filter(is_program) {
        assert_eq!(event.device_id, None);
        let of_user = by_day.entry(&event.user_id).or_default();
        *of_user.entry(day(event)).or_default() += 1;
    }
    assert!(by_day.len() > 150, "{}", by_day.len());
    let is_hourly = |days: &&BTreeMap<i64, u32>| days.values().all(|logins| *logins == 24);
    let hourly: Vec<_> = by_day.values().filter(is_hourly).collect();
    assert!((30..100).contains(&hourly.len()), "{}", hourly.len());
    for days in hourly {
        // Without a gap to the end.
        let (first, last) = (days.keys().next().unwrap(), days.keys().last().unwrap());
        assert_eq!(days.len() as i64, last - first + 1);
    }
}
