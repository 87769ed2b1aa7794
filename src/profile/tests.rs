use super::store::table::ProfileTable;
use super::*;
use crate::login::{EventKind, Id, Login};
use proptest::prelude::*;

fn login(user: u128, device: u128, time_s: i64, success: bool) -> Login {
    Login {
        hosting: None,
        claimed_hour: None,
        claimed_risk: None,
        tenant: Id::test(0),
        user: Id::test(1_000 + user),
        typed_name: None,
        time_ms: time_s * 1000,
        kind: EventKind::Login,
        success,
        device: Some(Id::test(2_000_000_000 + device)),
        address: Some(Id::test(3_000_000_000 + device % 7)),
        block: None,
        asn_number: None,
        asn: Some(Id::test(5)),
        country_code: None,
        network_class: None,
        country: Some(Id::test(6 + device % 3)),
        city: None,
        point: None,
        agent: None,
        method: None,
        bytes_in: Some(1000),
        bytes_out: None,
        claimed_new_device: None,
    }
}

fn disposition(flagged: bool) -> Disposition {
    let flag = Flag {
        family: 1,
        severity: 2,
        repeat: false,
    };
    if flagged {
        Disposition::Flagged(flag)
    } else {
        Disposition::Clear
    }
}

fn apply(profiles: &mut Profiles, partition: i32, login: &Login, flagged: bool) {
    let judged = JudgedLogin {
        login,
        display: &DisplayFields::default(),
        disposition: disposition(flagged),
    };
    profiles.apply(Partition(partition), &judged).unwrap();
}

fn tiny() -> ProfileLimits {
    let limits = Limits {
        max_profiles: 12,
        max_probation: 6,
        idle_s: 5_000,
    };
    ProfileLimits {
        users: limits,
        devices: limits,
        networks: limits,
        prevalences: limits,
        tenants: limits,
    }
}

type Step = (u128, u128, i64, bool, bool, i32);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (
        0u128..30,
        0u128..40,
        0i64..60,
        any::<bool>(),
        prop::bool::weighted(0.1),
        0i32..3,
    );
    prop::collection::vec(step, 0..120)
}

/// Runs steps from a start time, each some seconds after the one before.
fn run(profiles: &mut Profiles, steps: &[Step], mut time_s: i64) -> i64 {
    for (user, device, gap, success, flagged, partition) in steps {
        time_s += gap * 30;
        apply(
            profiles,
            *partition,
            &login(*user, *device, time_s, *success),
            *flagged,
        );
    }
    time_s
}

proptest! {
    /// A batch that is rolled back leaves no trace, evictions and queues included: what follows is
    /// the same as if it had never been.
    #[test]
    fn roll_back_leaves_no_trace(before in steps(), undone in steps(), after in steps()) {
        let (mut plain, mut undone_once) = (Profiles::new(&tiny()), Profiles::new(&tiny()));
        let start = run(&mut plain, &before, 1_700_000_000);
        run(&mut undone_once, &before, 1_700_000_000);
        plain.commit();
        undone_once.commit();
        run(&mut undone_once, &undone, start);
        undone_once.roll_back();
        prop_assert_eq!(plain.digest(0), undone_once.digest(0));
        run(&mut plain, &after, start);
        run(&mut undone_once, &after, start);
        prop_assert_eq!(plain.digest(0), undone_once.digest(0));
        prop_assert_eq!(plain.sizes(), undone_once.sizes());
    }

    /// What is read of a shared thing is the sum of its cells, in whatever order they are added:
    /// any split of a stream over partitions gives the state of the whole stream.
    #[test]
    fn cells_merge_to_the_whole(steps in steps()) {
        fn check<C: ProfileCell + PartialEq + std::fmt::Debug>(table: &mut Table<C>) -> Result<(), TestCaseError> {
            for (whole, cells) in table.opened() {
                let (mut forwards, mut backwards) = (C::default(), C::default());
                cells.iter().for_each(|cell| forwards.merge(cell));
                cells.iter().rev().for_each(|cell| backwards.merge(cell));
                prop_assert_eq!(&forwards, &whole);
                prop_assert_eq!(&backwards, &whole);
            }
            Ok(())
        }
        let (mut split, mut unsplit) = (
            Profiles::without_undo(&ProfileLimits::default()),
            Profiles::without_undo(&ProfileLimits::default()),
        );
        run(&mut split, &steps, 1_700_000_000);
        let in_one: Vec<Step> = steps.iter().map(|step| (step.0, step.1, step.2, step.3, step.4, 0)).collect();
        run(&mut unsplit, &in_one, 1_700_000_000);
        check(&mut split.devices)?;
        check(&mut split.addresses)?;
        check(&mut split.prevalences)?;
        check(&mut split.tenants)?;
        let wholes = |profiles: &mut Profiles| {
            let mut all: Vec<String> =
                profiles.devices.opened().iter().map(|(whole, _)| format!("{whole:?}")).collect();
            all.extend(profiles.users.opened().iter().map(|(whole, _)| format!("{whole:?}")));
            all.sort();
            all
        };
        prop_assert_eq!(wholes(&mut split), wholes(&mut unsplit));
    }

    /// Cells come back from their bytes, and every cut of the bytes is refused.
    #[test]
    fn cells_come_back_from_their_bytes(steps in steps()) {
        fn check<C: ProfileCell + PartialEq + std::fmt::Debug>(cell: &C) -> Result<(), TestCaseError> {
            let mut bytes = Vec::new();
            cell.pack(&mut bytes);
            let back = C::unpack(&bytes);
            prop_assert_eq!(back.as_ref(), Some(cell));
            for length in 0..bytes.len() {
                prop_assert!(C::unpack(&bytes[..length]).is_none());
            }
            Ok(())
        }
        let (mut user, mut device) = (UserCell::default(), SourceCell::default());
        let (mut share, mut tenant) = (PrevalenceCell::default(), TenantCell::default());
        let mut time_s = 1_700_000_000;
        for (number, device_id, gap, success, flagged, _) in &steps {
            time_s += gap * 3_000;
            let login = Login {
                point: Some(crate::enrich::geo::Point::city(*number as f32, *device_id as f32)),
                ..login(*number, *device_id, time_s, *success)
            };
            let judged = JudgedLogin { login: &login, display: &DisplayFields::default(), disposition: disposition(*flagged) };
            user.apply(&judged);
            device.apply(&judged);
            share.apply(&judged);
            tenant.apply(&judged);
        }
        check(&user)?;
        check(&device)?;
        check(&share)?;
        check(&tenant)?;
    }

    /// The caps hold whatever comes.
    #[test]
    fn caps_hold(steps in steps()) {
        let mut profiles = Profiles::new(&tiny());
        run(&mut profiles, &steps, 1_700_000_000);
        for (kind, size, _) in profiles.sizes() {
            prop_assert!(size <= 12 + 6, "{} has {}", kind, size);
        }
    }
}

/// What another process wrote may be damaged; it is not taken, and batches can still be taken back.
#[test]
fn a_damaged_foreign_cell_leaves_the_undo_in_place() {
    let mut profiles = Profiles::new(&tiny());
    let start_s = 1_700_000_000;
    let own = login(1, 1, start_s, true);
    apply(&mut profiles, 0, &own, false);
    profiles.commit();
    let before = profiles.digest(0);
    let name = CellKind::Device.of(own.device.unwrap(), Partition(0));
    let mut bytes = Vec::new();
    assert!(profiles.write(name, &mut bytes));
    bytes.pop();
    let foreign = CellKind::Device.of(name.id, Partition(1));
    assert!(!profiles.put_foreign(foreign, bytes.into()));
    assert_eq!(profiles.digest(0), before);
    apply(&mut profiles, 0, &login(2, 1, start_s + 60, true), false);
    assert_ne!(profiles.digest(0), before);
    profiles.roll_back();
    assert_eq!(profiles.digest(0), before);
}

/// What another process wrote may push a profile of ours out: that belongs to no batch, and stays to
/// be written when one is taken back.
#[test]
fn what_a_foreign_cell_pushes_out_stays_out_when_a_batch_is_taken_back() {
    let mut profiles = Profiles::new(&tiny());
    profiles.journal_mut().own(vec![Partition(0)]);
    let start_s = 1_700_000_000;
    let strangers = tiny().devices.max_probation as u128;
    for device in 0..strangers {
        apply(&mut profiles, 0, &login(1, device, start_s, false), false);
    }
    profiles.commit();
    profiles.journal_mut().written(0);
    profiles.hold();
    let own = |device| CellKind::Device.of(login(1, device, 0, true).device.unwrap(), Partition(0));
    let mut bytes = Vec::new();
    assert!(profiles.write(own(1), &mut bytes));
    let foreign = CellKind::Device.of(Id::test(9), Partition(1));
    assert!(profiles.put_foreign(foreign, bytes.into()));
    profiles.hold();
    let gone = |profiles: &Profiles| profiles.journal().gone().to_vec();
    assert_eq!(gone(&profiles), [(own(0), false)]);
    let before = profiles.digest(0);

    apply(&mut profiles, 0, &login(2, 77, start_s + 60, false), false);
    assert_eq!(gone(&profiles).len(), 2);
    profiles.roll_back();
    assert_eq!(gone(&profiles), [(own(0), false)]);
    assert_eq!(profiles.digest(0), before);
}

#[test]
fn a_flood_of_fresh_users_never_evicts_an_established_one() {
    let mut profiles = Profiles::without_undo(&tiny());
    for time in 0..5 {
        apply(
            &mut profiles,
            0,
            &login(1, 1, 1_700_000_000 + time, true),
            false,
        );
    }
    for stranger in 0..10_000 {
        apply(
            &mut profiles,
            0,
            &login(100 + stranger, 1, 1_700_000_100, false),
            false,
        );
    }
    let again = login(1, 1, 1_700_000_200, true);
    let opened = profiles.reader().open(&again).unwrap();
    let known = opened.context(&again).user.map(|user| user.successes);
    assert_eq!(known, Some(5));
    assert!(profiles.users.len() <= 18);
}

#[test]
fn an_idle_profile_goes_after_its_time_and_not_before() {
    let mut profiles = Profiles::without_undo(&tiny());
    apply(&mut profiles, 0, &login(1, 1, 1_700_000_000, true), false);
    apply(&mut profiles, 0, &login(2, 2, 1_700_004_000, true), false);
    assert_eq!(profiles.users.len(), 2);
    apply(&mut profiles, 0, &login(2, 2, 1_700_006_000, true), false);
    assert_eq!(profiles.users.len(), 1);
    assert_eq!(profiles.users.evicted(), 1);
}

#[test]
fn a_flagged_login_teaches_no_familiarity() {
    let mut profiles = Profiles::without_undo(&ProfileLimits::default());
    for day in 0..30 {
        apply(
            &mut profiles,
            0,
            &login(1, 9, 1_700_000_000 + day * 86_400, true),
            true,
        );
    }
    let again = login(1, 9, 1_702_700_000, true);
    let opened = profiles.reader().open(&again).unwrap();
    let context = opened.context(&again);
    let user = context.user.unwrap();
    assert!(user.devices.is_empty() && user.countries.is_empty() && user.successes == 0);
    assert!(
        user.attempts.week(context.now_s) > 0,
        "it still counts as activity"
    );
}

/// The bytes of cells are kept in Kafka: whoever changes their form raises `codec::VERSION`, and then
/// this digest, which what logins do to cells changes too.
#[test]
fn the_bytes_of_cells_belong_to_their_version() {
    let mut profiles = Profiles::without_undo(&ProfileLimits::default());
    for step in 0..50u128 {
        let login = Login {
            point: Some(crate::enrich::geo::Point::city(52.5, 13.4)),
            ..login(
                1,
                step % 3,
                1_700_000_000 + step as i64 * 7_000,
                step % 5 > 0,
            )
        };
        apply(&mut profiles, 0, &login, step % 7 == 0);
    }
    assert_eq!(
        (crate::codec::VERSION, profiles.digest(0).as_str()),
        (8, "f6ff760f85fa29e42dd2df743a30f415")
    );
}

/// A user who logged in so often with one device from one network, a login a day.
fn user_with(successes: i64) -> Profiles {
    let mut profiles = Profiles::without_undo(&ProfileLimits::default());
    for day in 0..successes {
        come(&mut profiles, &from(1, 5, day * DAY_S));
    }
    profiles
}

/// A login that is not flagged, as the detector lets it teach or holds it back.
fn come(profiles: &mut Profiles, login: &Login) {
    let opened = profiles.reader().open(login).unwrap();
    let user = opened.context(login).user.cloned();
    let held_back = user.is_some_and(|user| user.holds_back(login));
    let judged = JudgedLogin {
        login,
        display: &DisplayFields::default(),
        disposition: match held_back {
            true => Disposition::HeldBack,
            false => Disposition::Clear,
        },
    };
    profiles.apply(Partition(0), &judged).unwrap();
}

const DAY_S: i64 = 86_400;

/// A login of the user of [`user_with`], days after the start.
fn from(device: u128, network: u128, after_s: i64) -> Login {
    Login {
        asn: Some(Id::test(network)),
        block: Some(Id::test(7_000 + network)),
        ..login(1, device, 1_700_006_400 + after_s, true)
    }
}

fn knows(profiles: &Profiles, login: &Login) -> (bool, bool) {
    let opened = profiles.reader().open(login).unwrap();
    let user = opened.context(login).user.unwrap().clone();
    let has = |id: Option<Id>, list: &dyn Fn(Id) -> bool| id.is_some_and(list);
    (
        has(login.device, &|id| user.devices.get(id).is_some()),
        has(login.asn, &|id| user.asns.get(id).is_some()),
    )
}

/// Whoever comes with a device and from a network that nobody has seen becomes familiar on the
/// fourteenth day that he comes on, however often he comes on each and whatever lies between.
#[test]
fn what_nothing_vouches_for_is_on_probation_for_fourteen_days() {
    let mut profiles = user_with(20);
    for visit in 0..14 {
        let first_s = (20 + 2 * visit) * DAY_S;
        let stranger = from(9, 77, first_s);
        assert_eq!(knows(&profiles, &stranger), (false, false), "visit {visit}");
        for again in 0..5 {
            come(&mut profiles, &from(9, 77, first_s + again * 600));
        }
        come(&mut profiles, &from(1, 5, first_s + 3_600));
    }
    assert_eq!(knows(&profiles, &from(9, 77, 60 * DAY_S)), (true, true));
}

/// A new device on a known network is familiar at once, as is a new network of a known device; and
/// the user's own device from there vouches for another one.
#[test]
fn what_the_user_has_vouches_for_what_is_new() {
    let mut profiles = user_with(20);
    let phone = from(2, 5, 20 * DAY_S);
    come(&mut profiles, &phone);
    assert_eq!(knows(&profiles, &phone), (true, true));
    let hotel = from(1, 88, 21 * DAY_S);
    come(&mut profiles, &hotel);
    assert_eq!(knows(&profiles, &hotel), (true, true));
    let strange = from(3, 99, 22 * DAY_S);
    come(&mut profiles, &strange);
    assert_eq!(knows(&profiles, &strange), (false, false));
    come(&mut profiles, &from(1, 99, 22 * DAY_S + 60));
    come(&mut profiles, &from(3, 99, 22 * DAY_S + 120));
    assert_eq!(knows(&profiles, &strange), (true, true));
}

/// A user of whom every login has another device, as one whose browser keeps nothing, is known by
/// his new network after as many days.
#[test]
fn a_network_ends_its_probation_without_a_device_that_stays() {
    let mut profiles = user_with(20);
    for day in 0..14 {
        let login = from(100 + day, 77, (20 + day as i64) * DAY_S);
        assert_eq!(knows(&profiles, &login), (false, false), "day {day}");
        come(&mut profiles, &login);
    }
    assert_eq!(knows(&profiles, &from(999, 77, 40 * DAY_S)), (false, true));
}

/// What an analyst says ends a probation either way, and can be taken back.
#[test]
fn a_verdict_ends_a_probation() {
    let mut profiles = user_with(20);
    let strange = from(9, 77, 20 * DAY_S);
    come(&mut profiles, &strange);
    let opened = profiles.reader().open(&strange).unwrap();
    let before = opened.context(&strange).user.unwrap().clone();
    let sighting = Sighting::of(&strange);
    let confirmed = |user: &mut UserCell| user.forget_since(&sighting, 0);
    let benign = |user: &mut UserCell| user.learn_sighting(&sighting, 1_700_000_000);
    for say in [
        &confirmed as &dyn Fn(&mut UserCell) -> Vec<ListChange>,
        &benign,
    ] {
        let mut user = before.clone();
        let changes = say(&mut user);
        assert_eq!(user.probation.iter().count(), 0);
        user.take_back(&changes);
        assert_eq!(
            user.probation.iter().count(),
            before.probation.iter().count()
        );
    }
}

/// Who has hardly begun has no habits to compare with: everything is learned at once.
#[test]
fn newcomers_are_on_no_probation() {
    let mut profiles = user_with(9);
    let other = from(7, 70, 9 * DAY_S);
    come(&mut profiles, &other);
    assert_eq!(knows(&profiles, &other), (true, true));
}

/// Whether the device, and the network, of a login are suspect at its time.
fn suspect(profiles: &Profiles, login: &Login) -> (bool, bool) {
    let opened = profiles.reader().open(login).unwrap();
    let user = opened.context(login).user.unwrap();
    let now_s = login.time_s();
    (
        user.suspect_device(login.device.unwrap(), now_s).is_some(),
        user.suspect_network(login.asn.unwrap(), now_s).is_some(),
    )
}

/// What is the user's own ends a suspicion: his network that of the device, his device that of the
/// network, each only that.
#[test]
fn what_the_user_has_ends_a_suspicion() {
    let flagged = from(2, 88, 20 * DAY_S);
    let after_one_more = |device: u128, network: u128| {
        let mut profiles = user_with(20);
        apply(&mut profiles, 0, &flagged, true);
        assert_eq!(suspect(&profiles, &flagged), (true, true));
        come(&mut profiles, &from(device, network, 20 * DAY_S + 600));
        suspect(&profiles, &flagged)
    };
    assert_eq!(after_one_more(2, 5), (false, true), "at home");
    assert_eq!(after_one_more(1, 88), (true, false), "with the laptop");
    assert_eq!(after_one_more(1, 5), (true, true), "as ever");
    assert_eq!(after_one_more(2, 99), (true, true), "from elsewhere");
    assert_eq!(after_one_more(3, 88), (true, true), "with another device");
}

/// A device that is suspect itself, as that of a stolen session, vouches for no network, nor the
/// network for it, however often they come: until it has come from one that the user knows.
#[test]
fn who_is_suspect_vouches_for_nothing() {
    let mut profiles = user_with(20);
    let flagged = from(1, 88, 20 * DAY_S);
    apply(&mut profiles, 0, &flagged, true);
    for again in 1..9 {
        come(&mut profiles, &from(1, 88, 20 * DAY_S + again * 600));
        assert_eq!(suspect(&profiles, &flagged), (true, true), "{again}");
    }
    come(&mut profiles, &from(1, 5, 20 * DAY_S + 6_000));
    assert_eq!(suspect(&profiles, &flagged), (false, true));
}

/// A browser, which half the company has, vouches for nothing.
#[test]
fn who_brings_no_device_vouches_for_nothing() {
    let mut profiles = user_with(20);
    let flagged = from(2, 88, 20 * DAY_S);
    apply(&mut profiles, 0, &flagged, true);
    let without = Login {
        device: None,
        ..from(1, 88, 20 * DAY_S + 600)
    };
    apply(&mut profiles, 0, &without, false);
    assert_eq!(suspect(&profiles, &flagged), (true, true));
}

/// A suspicion lasts for thirty days after the last flagged login.
#[test]
fn suspicion_ends_with_time() {
    let mut profiles = user_with(20);
    for day in [20, 40] {
        apply(&mut profiles, 0, &from(2, 88, day * DAY_S), true);
    }
    assert_eq!(suspect(&profiles, &from(2, 88, 70 * DAY_S)), (true, true));
    let later = from(2, 88, 71 * DAY_S);
    assert_eq!(suspect(&profiles, &later), (false, false));
    // What had ended is not counted again.
    apply(&mut profiles, 0, &later, true);
    let opened = profiles.reader().open(&later).unwrap();
    let user = opened.context(&later).user.unwrap();
    let device = user.suspect_device(later.device.unwrap(), later.time_s());
    let of_device = device.map(|known| (known.count, known.first_s));
    assert_eq!(of_device, Some((1, later.time_s())));
}

/// However many strangers come, few of them are remembered.
#[test]
fn probation_is_bounded() {
    let mut profiles = user_with(20);
    for stranger in 0..500 {
        let login = from(100 + stranger, 200 + stranger, 20 * DAY_S + stranger as i64);
        come(&mut profiles, &login);
    }
    let login = from(1, 5, 21 * DAY_S);
    let opened = profiles.reader().open(&login).unwrap();
    let user = opened.context(&login).user.unwrap();
    assert_eq!(user.probation.iter().count(), 8);
    assert_eq!(user.devices.iter().count(), 1);
}
