use super::*;
use crate::login::{Event, IdHasher, Login, Partition};
use crate::profile::{DisplayFields, Disposition, JudgedLogin, ProfileLimits, Profiles};

fn login(json: &str) -> Login {
    Login::new(
        &Event::from_json(json.as_bytes()).unwrap(),
        &IdHasher::default(),
    )
}

/// A login of `user` at a time, with more fields.
fn at(user: &str, time: &str, success: bool, extra: &str) -> Login {
    login(&format!(
        r#"{{"user_id":"{user}","timestamp":"{time}","success":{success}{extra}}}"#
    ))
}

const BERN: &str = r#","ip_address":"198.51.100.7","geo_location":"CH","city":"Bern","latitude":46.95,"longitude":7.45,"asn":3303,"device_id":"laptop","user_agent":"Mozilla/5.0 (Windows NT 10.0) Chrome/120.0","bytes_out":1000"#;
const SEOUL: &str = r#","ip_address":"203.0.113.9","geo_location":"KR","city":"Seoul","latitude":37.57,"longitude":126.98,"asn":4766,"device_id":"other","user_agent":"curl/8","bytes_out":900000000"#;

struct World(Profiles);

impl World {
    fn new() -> Self {
        Self(Profiles::without_undo(&ProfileLimits::default()))
    }
    fn apply(&mut self, login: &Login) {
        let applied = self.0.apply(
            Partition(0),
            &JudgedLogin {
                login,
                display: &DisplayFields::default(),
                disposition: Disposition::Clear,
            },
        );
        applied.unwrap();
    }
    fn values(&self, login: &Login) -> Values {
        extract(&self.0.reader().open(login).unwrap().context(login))
    }
    fn value(&self, login: &Login, name: &str) -> f64 {
        let values = self.values(login);
        f64::from(values[index(name).unwrap_or_else(|| panic!("no feature {name}"))])
    }
    fn with_history() -> Self {
        let mut world = Self::new();
        for day in 1..=20 {
            world.apply(&at(
                "ann",
                &format!("2025-06-{day:02} 08:00:00"),
                true,
                BERN,
            ));
        }
        world
    }
}

#[test]
fn names_are_distinct_and_fit_a_row() {
    let names: std::collections::BTreeSet<_> =
        FEATURES.iter().map(|feature| feature.name).collect();
    assert_eq!(names.len(), COUNT);
    assert!(names.len() <= crate::forest::MAX_FEATURES);
}

#[test]
fn the_first_login_of_all_has_nothing_to_compare_with() {
    let world = World::new();
    let first = at("ann", "2025-06-01 08:00:00", true, BERN);
    for name in [
        "distance",
        "new_country",
        "new_device",
        "since_success",
        "bytes_out_z",
        "network_likelihood_ratio",
    ] {
        assert!(world.value(&first, name).is_nan(), "{name}");
    }
    assert_eq!(world.value(&first, "logins_seen"), 0.0);
    assert_eq!(world.value(&first, "address_users_day"), 0.0);
}

#[test]
fn a_usual_login_looks_usual_and_a_stolen_one_does_not() {
    let world = World::with_history();
    let usual = at("ann", "2025-06-21 08:10:00", true, BERN);
    let stolen = at("ann", "2025-06-20 09:00:00", true, SEOUL);
    for name in [
        "new_country",
        "new_city",
        "new_device",
        "new_asn",
        "new_block",
        "new_browser",
        "new_address",
    ] {
        assert_eq!(world.value(&usual, name), 0.0, "{name}");
        assert_eq!(world.value(&stolen, name), 1.0, "{name}");
    }
    for name in [
        "distance",
        "speed",
        "nearest_known_place",
        "bytes_out_z",
        "network_likelihood_ratio",
        "agent_likelihood_ratio",
    ] {
        let (usual, stolen) = (world.value(&usual, name), world.value(&stolen, name));
        assert!(stolen > usual, "{name}: usual {usual}, stolen {stolen}");
    }
    let at_night = at("ann", "2025-06-20 03:00:00", true, BERN);
    let at_work = at("ann", "2025-06-20 08:30:00", true, BERN);
    assert!(world.value(&at_night, "hour_surprise") > world.value(&at_work, "hour_surprise") + 1.0);
    // Bern to Seoul is about 8 800 km; one hour after the last login.
    assert!((world.value(&stolen, "distance").exp() - 8_800.0).abs() < 200.0);
    assert!((world.value(&stolen, "speed").exp() - 8_800.0).abs() < 200.0);
}

#[test]
fn a_spray_shows_on_the_address_and_a_run_on_the_user() {
    let mut world = World::with_history();
    for second in 0..30 {
        world.apply(&at(
            &format!("user{second}"),
            &format!("2025-06-21 08:00:{second:02}"),
            false,
            SEOUL,
        ));
    }
    for second in 30..36 {
        world.apply(&at(
            "ann",
            &format!("2025-06-21 08:00:{second:02}"),
            false,
            SEOUL,
        ));
    }
    let now = at("ann", "2025-06-21 08:01:00", true, SEOUL);
    assert!(world.value(&now, "address_users_10min") > 20.0);
    assert!((world.value(&now, "failure_run").exp() - 7.0).abs() < 0.01);
    assert!((world.value(&now, "user_attempts_on_address").exp() - 7.0).abs() < 0.01);
    assert!(world.value(&now, "failure_level") > 5.0);
    assert!(world.value(&now, "address_failure_ratio") > 0.8);
}

#[test]
fn a_browser_upgrade_is_not_a_new_device_and_not_a_new_browser() {
    let world = World::with_history();
    let upgraded = BERN.replace("Chrome/120.0", "Chrome/131.0");
    let login = at("ann", "2025-06-21 08:00:00", true, &upgraded);
    assert_eq!(world.value(&login, "new_browser"), 0.0);
    assert_eq!(world.value(&login, "new_device"), 0.0);
}

#[test]
fn a_device_that_changes_its_system_stands_out_and_a_new_device_does_not() {
    let world = World::with_history();
    let changed = |rest: &str| {
        let login = at("ann", "2025-06-21 08:00:00", true, rest);
        world.value(&login, "device_changed_system")
    };
    assert_eq!(changed(BERN), 0.0);
    assert_eq!(
        changed(&BERN.replace("Windows NT 10.0", "X11; Linux x86_64")),
        1.0
    );
    assert!(changed(SEOUL).is_nan());
}

#[test]
fn features_do_not_change_when_later_logins_change() {
    let mut world = World::with_history();
    let login = at("ann", "2025-06-21 08:00:00", true, BERN);
    let before = world.values(&login);
    let mut other = World::with_history();
    assert_eq!(
        before.map(f32::to_bits),
        other.values(&login).map(f32::to_bits)
    );
    // Whatever is applied afterwards belongs to the next login.
    world.apply(&login);
    other.apply(&at("ann", "2025-06-21 08:00:00", false, SEOUL));
    let next = at("ann", "2025-06-21 08:05:00", true, BERN);
    assert_ne!(
        world.values(&next).map(f32::to_bits),
        other.values(&next).map(f32::to_bits)
    );
}

/// A terminal that many use daily has as many users as ever. A device that as many come with has many
/// more than its usual: where trying them went on for days, and where all got in on its first day.
#[test]
fn many_users_are_more_than_usual_only_where_few_come() {
    let on = |user: &str, day: u32, minute: u32, success: bool, device: &str| {
        let time = format!("2025-06-{day:02} 08:{minute:02}:00");
        let with = format!(r#","ip_address":"198.51.100.7","device_id":"{device}""#);
        at(user, &time, success, &with)
    };
    let mut world = World::new();
    for day in 1..=21 {
        for number in 0..10 {
            let user = format!("u{number}");
            world.apply(&on(&user, day, number, true, "terminal"));
            world.apply(&on(&user, day, number, false, "tool"));
            if day == 21 {
                world.apply(&on(&user, day, number, true, "first day"));
            }
        }
    }
    let ann = |device: &str| on("ann", 21, 30, true, device);
    let excess = |device: &str| world.value(&ann(device), "device_users_excess").exp();
    for (device, least, most) in [
        ("terminal", 0.8, 1.2),
        ("tool", 8.0, 12.0),
        ("first day", 8.0, 12.0),
        ("unseen", 1.0, 1.0),
    ] {
        assert!(
            (least..=most).contains(&excess(device)),
            "{device}: {}",
            excess(device)
        );
    }
    // Both have as many users.
    let users = |device: &str| world.value(&ann(device), "device_users_day");
    assert!((users("terminal") - users("tool")).abs() < 2.0);
    // Trees are grown without the number itself.
    let learnt = learnt(&world.values(&ann("tool")));
    let place = |name: &str| index(name).unwrap();
    assert!(learnt[place("device_users_day")].is_nan());
    assert!(!learnt[place("device_users_excess")].is_nan());
}
