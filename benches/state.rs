//! What a flood of fresh ids does to the profiles: memory, and whether known users stay known.
//!
//! ```text
//! cargo bench --bench state [-- USERS [STRANGERS]]
//! ```
//!
//! Bytes a user and a device are `nightlatch bench`'s to measure.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use nightlatch::login::{IdHasher, IdKind, Login, Partition};
use nightlatch::profile::{DisplayFields, Disposition, JudgedLogin, ProfileLimits, Profiles};
use nightlatch::simulate::{Options, World};

/// Mebibytes of this process that are in memory.
fn resident_mib() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split_whitespace().nth(1).unwrap().parse().unwrap();
    (pages * 4096) >> 20
}

fn size(profiles: &Profiles, kind: &str) -> usize {
    let sizes = profiles.sizes();
    sizes.iter().find(|size| size.0 == kind).unwrap().1
}

/// A line of what there is.
fn tell(profiles: &Profiles, strangers: usize) {
    println!(
        "{strangers:>9} strangers {:>6} MiB {:>8} users {:>8} devices",
        resident_mib(),
        size(profiles, "user"),
        size(profiles, "device")
    );
}

fn apply(profiles: &mut Profiles, login: &Login, display: &DisplayFields) {
    let judged = JudgedLogin {
        login,
        display,
        disposition: Disposition::Clear,
    };
    profiles.apply(Partition(0), &judged).unwrap();
}

/// How many of these logins are of users with a history.
fn remembered(profiles: &Profiles, known: &[Login]) -> usize {
    let established = |login: &&Login| {
        let opened = profiles.reader().open(login).unwrap();
        let context = opened.context(login);
        context.user.is_some_and(|user| user.successes >= 3)
    };
    known.iter().filter(established).count()
}

fn main() {
    let mut numbers = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok());
    let users: usize = numbers.next().unwrap_or(20_000);
    let strangers: usize = numbers.next().unwrap_or(2_000_000);
    let options = Options {
        users: users as u32,
        days: 20,
        ..Options::default()
    };
    let hasher = IdHasher::default();
    let mut profiles = Profiles::without_undo(&ProfileLimits::default());
    let (mut known, mut successes) = (Vec::new(), 0_usize);
    for event in World::new(options) {
        let (login, display) = DisplayFields::with_login(&event, &hasher);
        apply(&mut profiles, &login, &display);
        successes += usize::from(login.success);
        if login.success && successes % 97 == 1 {
            known.push(login);
        }
    }
    tell(&profiles, 0);
    let before = remembered(&profiles, &known);
    let start_ms = known.iter().map(|login| login.time_ms).max().unwrap();
    for stranger in 0..strangers {
        let bytes = stranger.to_le_bytes();
        let mut login = known[stranger % known.len()].clone();
        login.user = hasher.id(IdKind::User, "flood", &bytes);
        login.device = Some(hasher.id(IdKind::Device, "flood", &bytes));
        login.address = Some(hasher.id(IdKind::Address, "flood", &bytes));
        login.block = Some(hasher.id(IdKind::Block, "flood", &bytes));
        login.time_ms = start_ms + stranger as i64 / 100;
        login.success = false;
        apply(&mut profiles, &login, &DisplayFields::default());
        if (stranger + 1) % (strangers / 10).max(1) == 0 {
            tell(&profiles, stranger + 1);
        }
    }
    let after = remembered(&profiles, &known);
    println!("established users known: {before} before, {after} after");
}
