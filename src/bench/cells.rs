//! Packing and unpacking of the cells of a user and of a device.

use std::collections::BTreeMap;

use super::BenchError;
use super::material::Material;
use super::meter::Meter;
use crate::login::{Id, Login};
use crate::profile::{Disposition, JudgedLogin, ProfileCell, SourceCell, UserCell};

/// So many cells are packed in a round: where there are fewer things, each several times.
const CELLS: usize = 20_000;

pub(super) fn measure(
    meter: &mut Meter<impl FnMut(&str)>,
    material: &Material,
) -> Result<(), BenchError> {
    of_kind::<UserCell>(meter, material, "user cell", |login| Some(login.user))?;
    of_kind::<SourceCell>(meter, material, "source cell", |login| login.device)
}

fn of_kind<C: ProfileCell>(
    meter: &mut Meter<impl FnMut(&str)>,
    material: &Material,
    name: &str,
    id: impl Fn(&Login) -> Option<Id>,
) -> Result<(), BenchError> {
    let cells: Vec<C> = grown(material, id);
    let packed: Vec<Vec<u8>> = cells.iter().map(pack).collect();
    let times = CELLS.div_ceil(cells.len().max(1));
    let a_cell = (times * cells.len(), "cell");
    let mut bytes = Vec::new();
    meter.measure(&format!("{name} packed"), a_cell, || {
        for _ in 0..times {
            for cell in &cells {
                bytes.clear();
                cell.pack(&mut bytes);
                std::hint::black_box(&bytes);
            }
        }
        Ok(())
    })?;
    meter.measure(&format!("{name} unpacked"), a_cell, || {
        for _ in 0..times {
            for bytes in &packed {
                std::hint::black_box(C::unpack(bytes));
            }
        }
        Ok(())
    })
}

/// The cells of one kind after all logins, in the order of their ids: the same on every run.
fn grown<C: ProfileCell>(material: &Material, id: impl Fn(&Login) -> Option<Id>) -> Vec<C> {
    let mut cells: BTreeMap<Id, C> = BTreeMap::new();
    for (login, display) in &material.decoded {
        let Some(id) = id(login) else { continue };
        cells.entry(id).or_default().apply(&JudgedLogin {
            login,
            display,
            disposition: Disposition::Clear,
        });
    }
    cells.into_values().collect()
}

fn pack<C: ProfileCell>(cell: &C) -> Vec<u8> {
    let mut bytes = Vec::new();
    cell.pack(&mut bytes);
    bytes
}
