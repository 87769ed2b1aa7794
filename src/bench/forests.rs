//! Each forest, by every way of walking it that the processor has, and the risk of all.

use super::BenchError;
use super::material::Material;
use super::meter::Meter;
use crate::forest::boosted::{LARGEST_LEAF, raised};
use crate::forest::{self, Arena, Row, Tree, Walk};
use crate::model::MAX_PATH_LENGTH;

const WALKS: [(Walk, &str); 3] = [
    (Walk::Avx512, "AVX-512"),
    (Walk::Avx2, "AVX2"),
    (Walk::Portable, "portable"),
];

pub(super) fn measure(
    meter: &mut Meter<impl FnMut(&str)>,
    material: &Material,
) -> Result<(), BenchError> {
    let parts = material.model.parts();
    let boosted = raised(&parts.boosted);
    let rows: Vec<Row> = material
        .values
        .iter()
        .map(|values| forest::row(values))
        .collect();
    for (walk, name) in WALKS {
        let forests: [(&str, &[Tree], u32); 3] = [
            ("random forest", &parts.random, 1),
            ("isolation forest", &parts.isolation, MAX_PATH_LENGTH),
            ("boosted trees", &boosted, 2 * LARGEST_LEAF),
        ];
        for (forest, trees, largest) in forests {
            let Some(arena) = Arena::compile(trees, largest)?.with_walk(walk) else {
                continue;
            };
            meter.measure(&format!("{forest}, {name}"), (rows.len(), "login"), || {
                Ok(rows.iter().map(|row| arena.mean(row)).sum::<f64>())
            })?;
        }
    }
    meter.measure("the risk", (material.values.len(), "login"), || {
        let values = material.values.iter();
        Ok(values
            .map(|values| material.model.risk(values))
            .sum::<f64>())
    })
}
