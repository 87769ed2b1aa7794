//! The whole step of a login (features, forests, verdict, profiles): calm, with undo, in a flood,
//! and over cold profiles.

use super::BenchError;
use super::material::{Decoded, Material, on_their_way, one_way};
use super::meter::Meter;
use crate::detector::{Detector, Thresholds};
use crate::login::IdKind;
use crate::profile::{DisplayFields, Disposition, ProfileLimits, Profiles, go_through};

/// Logins that are committed together.
const BATCH: usize = 1_000;
/// Milliseconds between two logins that are made here.
const STEP_MS: i64 = 10;
/// Users that are known when the cold logins come, for each login of the material.
const KNOWN_PER_LOGIN: usize = 4;

pub(super) fn measure(
    meter: &mut Meter<impl FnMut(&str)>,
    material: &Material,
) -> Result<(), BenchError> {
    let detector = Detector::new(material.model.clone(), Thresholds::default(), None);
    let a_login = (material.decoded.len(), "login");
    meter.prepared(
        "the whole step",
        a_login,
        || Ok((one_way(), on_their_way(&material.decoded))),
        |(mut profiles, logins)| Ok((detector.judge_all(&mut profiles, &logins)?, profiles)),
    )?;
    meter.prepared(
        "the whole step, with undo",
        a_login,
        || {
            let profiles = Profiles::new(&ProfileLimits::default());
            Ok((profiles, on_their_way(&material.decoded)))
        },
        |(mut profiles, logins)| {
            for batch in logins.chunks(BATCH) {
                detector.judge_all(&mut profiles, batch)?;
                profiles.commit();
            }
            Ok(profiles)
        },
    )?;
    flood(meter, material)?;
    cold(meter, material, &detector)
}

/// Stuffing from one address: every attempt another user, every one flagged.
fn flood(meter: &mut Meter<impl FnMut(&str)>, material: &Material) -> Result<(), BenchError> {
    let detector = Detector::new(material.model.clone(), Thresholds::default(), Some(0.0));
    let from = material
        .decoded
        .iter()
        .find(|(login, _)| login.address.is_some());
    let (from, _) = from.ok_or(BenchError::TooFew("one with an address"))?;
    let attempt = |number: usize| {
        let mut login = from.clone();
        login.user = material
            .hasher
            .id(IdKind::User, "flood", &number.to_le_bytes());
        login.device = None;
        login.success = false;
        login.time_ms += STEP_MS * number as i64;
        (login, DisplayFields::default())
    };
    let attempts: Vec<Decoded> = (0..material.decoded.len()).map(attempt).collect();
    meter.prepared(
        "the whole step, in a flood",
        (attempts.len(), "login"),
        || Ok((one_way(), on_their_way(&attempts))),
        |(mut profiles, logins)| Ok((detector.judge_all(&mut profiles, &logins)?, profiles)),
    )
}

/// Old and new users by turns, out of many more than stay open or in a cache.
fn cold(
    meter: &mut Meter<impl FnMut(&str)>,
    material: &Material,
    detector: &Detector,
) -> Result<(), BenchError> {
    let logins = material.decoded.len();
    let known = KNOWN_PER_LOGIN * logins;
    let start_ms = material.decoded.last().map_or(0, |last| last.0.time_ms);
    let mut made = 0;
    let mut login_of = |user: usize| {
        let (mut login, display) = material.decoded[user % logins].clone();
        let id = |kind| material.hasher.id(kind, "cold", &user.to_le_bytes());
        login.user = id(IdKind::User);
        login.device = login.device.map(|_| id(IdKind::Device));
        login.address = login.address.map(|_| id(IdKind::Address));
        made += 1;
        login.time_ms = start_ms + STEP_MS * made;
        (login, display)
    };
    let mut profiles = one_way();
    for first in (0..known).step_by(logins.max(1)) {
        let decoded: Vec<Decoded> = (first..first + logins).map(&mut login_of).collect();
        let on_their_way = on_their_way(&decoded);
        go_through(&mut profiles, on_their_way.into_iter(), |_, _| {
            (Disposition::Clear, ())
        })?;
    }
    let mut newcomers = known;
    meter.prepared(
        "the whole step, cold",
        (logins, "login"),
        || {
            let user = |number: usize| {
                newcomers += number % 2;
                // A stride brings old users in an order that no cache can guess.
                let old = (number * 7_919 + newcomers) % known.max(1);
                if number.is_multiple_of(2) {
                    old
                } else {
                    newcomers
                }
            };
            Ok((0..logins).map(user).map(&mut login_of).collect::<Vec<_>>())
        },
        |decoded| {
            let verdicts = detector.judge_all(&mut profiles, &on_their_way(&decoded))?;
            Ok((verdicts, decoded))
        },
    )
}
