//! What the profiles cost: bytes of memory a user and a device, and what a flood of fresh ids does
//! to them.
//!
//! ```text
//! cargo bench --bench state [-- USERS [FLOOD]]
//! ```
//!
//! Memory is the growth of a process's resident set, map and queues included. Each figure has a
//! process of its own, which reads its logins from a file one by one: what was freed before would
//! otherwise be counted as free.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Write};
use std::process::Command;

use nightlatch::login::{Event, IdHasher, IdKind, Login};
use nightlatch::profile::{
    DisplayFields, Disposition, JudgedLogin, ProfileLimits, Profiles, SourceCell, UserCell,
};
use nightlatch::simulate::{Options, World};

/// Resident bytes of this process.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4096
}

fn size(profiles: &Profiles, kind: &str) -> usize {
    let sizes = profiles.sizes();
    sizes.iter().find(|size| size.0 == kind).unwrap().1
}

/// Writes a world as a file.
fn make(path: &str, users: u32) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let options = Options {
        users,
        days: 20,
        ..Options::default()
    };
    for event in World::new(options) {
        serde_json::to_writer(&mut file, &event).unwrap();
        file.write_all(b"\n").unwrap();
    }
}

fn logins(path: &str) -> impl Iterator<Item = (Login, DisplayFields)> {
    let hasher = IdHasher::default();
    let lines = BufReader::new(std::fs::File::open(path).unwrap()).lines();
    lines.map(move |line| {
        let line = line.unwrap();
        let event = Event::from_json(line.as_bytes()).unwrap();
        DisplayFields::with_login(&event, &hasher)
    })
}

fn apply(profiles: &mut Profiles, login: &Login, display: &DisplayFields) {
    let judged = JudgedLogin {
        login,
        display,
        disposition: Disposition::Clear,
    };
    profiles.apply(0, &judged).unwrap();
}

/// Applies a file's logins, each changed first, and says what they took.
fn grow(path: &str, kind: &str, change: impl Fn(&mut Login)) -> Profiles {
    let mut profiles = Profiles::without_undo(&ProfileLimits::default());
    let before = resident();
    for (mut login, display) in logins(path) {
        change(&mut login);
        apply(&mut profiles, &login, &display);
    }
    let (count, bytes) = (size(&profiles, kind), resident() - before);
    println!("{count:>9} {kind:<8} {:>6} bytes each", bytes / count);
    profiles
}

fn flood(path: &str, strangers: usize) {
    println!("everything that belongs to a user:");
    let mut profiles = grow(path, "user", |_| ());
    let known: Vec<Login> = logins(path)
        .map(|(login, _)| login)
        .filter(|login| login.success)
        .step_by(97)
        .collect();
    let remembered = |profiles: &Profiles| {
        let established = |login: &&Login| {
            let opened = profiles.reader().open(login).unwrap();
            let context = opened.context(login);
            context.user.is_some_and(|user| user.successes >= 3)
        };
        known.iter().filter(established).count()
    };
    let before = remembered(&profiles);
    let start_ms = known.iter().map(|login| login.time_ms).max().unwrap();
    println!("{strangers} fresh users, devices, addresses and blocks:");
    let hasher = IdHasher::default();
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
            println!(
                "{:>9} strangers {:>6} MiB {:>8} users {:>8} devices",
                stranger + 1,
                resident() >> 20,
                size(&profiles, "user"),
                size(&profiles, "device")
            );
        }
    }
    println!(
        "established users known: {before} before, {} after",
        remembered(&profiles)
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let nowhere = IdHasher::default().id(IdKind::User, "nobody", b"");
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["make", path, users] => make(path, users.parse().unwrap()),
        ["users", path] => drop(grow(path, "user", |login| {
            (login.device, login.address, login.block) = (None, None, None);
        })),
        ["devices", path] => drop(grow(path, "device", |login| {
            (login.user, login.address, login.block) = (nowhere, None, None);
        })),
        ["flood", path, strangers] => flood(path, strangers.parse().unwrap()),
        ref numbers => {
            let number = |index: usize, default: &str| {
                let number: Option<&&str> = numbers.get(index);
                number.map_or(default, |number| number).to_owned()
            };
            let (users, strangers) = (number(0, "20000"), number(1, "2000000"));
            println!(
                "{} and {} bytes inline a user and a device",
                size_of::<UserCell>(),
                size_of::<SourceCell>()
            );
            let file = std::env::temp_dir().join(format!("state-{}.ndjson", std::process::id()));
            let file = file.to_str().unwrap();
            for arguments in [
                vec!["make", file, &users],
                vec!["users", file],
                vec!["devices", file],
                vec!["flood", file, &strangers],
            ] {
                let program = std::env::current_exe().unwrap();
                let status = Command::new(program).args(arguments).status().unwrap();
                assert!(status.success());
            }
            std::fs::remove_file(file).unwrap();
        }
    }
}
