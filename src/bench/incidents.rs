//! What a flagged login costs beyond its finding: joining its incident, in a flood of one attacker
//! and where each is another's, with what is written of it in the checkpoint.

use super::BenchError;
use super::meter::Meter;
use crate::detector::link::{Link, LinkKind};
use crate::detector::{Family, Severity};
use crate::incident::{FlaggedLogin, IncidentId, IncidentLimits, Incidents, Words};
use crate::login::{Id, Partition};

/// Flagged logins of a round, in batches as large as a transaction takes.
const LOGINS: u32 = 40_960;
const BATCH: usize = 4_096;

pub(super) fn measure(meter: &mut Meter<impl FnMut(&str)>) -> Result<(), BenchError> {
    let flood: Vec<FlaggedLogin> = (0..LOGINS).map(|number| flagged(number, 7)).collect();
    let apart: Vec<FlaggedLogin> = (0..LOGINS).map(|number| flagged(number, number)).collect();
    for (piece, logins) in [
        ("joined: one campaign", &flood),
        ("joined: each alone", &apart),
    ] {
        meter.measure(piece, (logins.len(), "flagged"), || {
            let mut incidents = Incidents::new(IncidentLimits::default());
            for batch in logins.chunks(BATCH) {
                for one in batch {
                    let words = Words {
                        user: "somebody@example.com",
                        tenant: "default",
                        address: Some([192, 0, 2, 1].into()),
                        ..Words::default()
                    };
                    let mut tell = |telling, _: &crate::incident::Incident| {
                        std::hint::black_box(telling);
                    };
                    incidents.join(one, &words, one.time_s, &mut tell);
                }
                std::hint::black_box(incidents.changes());
                incidents.commit();
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// A failed login of a user of its own, from an address.
fn flagged(number: u32, address: u32) -> FlaggedLogin {
    let id = |kind: u128, number: u32| {
        let bits = (kind << 64 | u128::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c);
        Id::from_bytes(bits.to_le_bytes())
    };
    let link = |kind: LinkKind, number| Link {
        kind,
        id: id(kind as u128 + 1, number),
    };
    FlaggedLogin {
        id: IncidentId(id(0, number)),
        partition: Partition(0),
        user: id(99, number),
        time_s: 1_750_000_000 + number / 100,
        entered: false,
        severity: Severity::Low,
        family: Family::CredentialStuffing,
        risk: 0.9,
        links: [
            link(LinkKind::Address, address),
            link(LinkKind::Block, address),
            link(LinkKind::User, number),
        ]
        .into_iter()
        .collect(),
        sighting: None,
    }
}
