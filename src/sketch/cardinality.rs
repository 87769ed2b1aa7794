//! Counts distinct things of any number, within some per cent.
//!
//! HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007) of 256 registers, with linear counting
//! where few are hit. The standard error is 1.04 / sqrt(256), about 6.5 %.

use crate::codec::{Wire, take};
use crate::login::Id;

const REGISTERS: usize = 256;

/// A table of fixed size; tables of any split merge to the table of the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cardinality([u8; REGISTERS]);

impl Default for Cardinality {
    fn default() -> Self {
        Self([0; REGISTERS])
    }
}

impl Cardinality {
    pub fn add(&mut self, id: Id) {
        let bits = id.slot_bits();
        let register = &mut self.0[(bits % REGISTERS as u64) as usize];
        let rank = ((bits / REGISTERS as u64) | (1 << 56)).trailing_zeros() as u8 + 1;
        *register = (*register).max(rank);
    }

    pub fn merge(&mut self, other: &Self) {
        for (register, other) in self.0.iter_mut().zip(other.0) {
            *register = (*register).max(other);
        }
    }

    /// The estimated number of distinct ids.
    #[must_use]
    pub fn count(&self) -> f64 {
        const COUNT: f64 = REGISTERS as f64;
        /// Of so many registers (the paper's figure 3).
        const ALPHA: f64 = 0.7213 / (1.0 + 1.079 / COUNT);
        let empty = self.0.iter().filter(|rank| **rank == 0).count();
        let sum: f64 = self
            .0
            .iter()
            .map(|rank| libm::exp2(-f64::from(*rank)))
            .sum();
        let estimate = ALPHA * COUNT * COUNT / sum;
        match empty {
            1.. if estimate <= 2.5 * COUNT => COUNT * libm::log(COUNT / empty as f64),
            _ => estimate,
        }
    }
}

/// Registers that are hit are written one by one up to so many, else all of them.
const MOST_APART: u8 = 120;

impl Wire for Cardinality {
    fn write(&self, _: u32, out: &mut Vec<u8>) {
        let hit = self.0.iter().enumerate().filter(|(_, rank)| **rank > 0);
        let count = hit.clone().count();
        if count <= usize::from(MOST_APART) {
            out.push(count as u8);
            hit.for_each(|(index, rank)| out.extend([index as u8, *rank]));
        } else {
            out.push(u8::MAX);
            out.extend_from_slice(&self.0);
        }
    }

    fn read(_: u32, input: &mut &[u8]) -> Option<Self> {
        let count = take(input, 1)?[0];
        if count == u8::MAX {
            return take(input, REGISTERS)?.try_into().ok().map(Self);
        }
        let mut table = Self::default();
        for pair in take(input, 2 * usize::from(count))?.chunks_exact(2) {
            table.0[usize::from(pair[0])] = pair[1];
        }
        Some(table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_is_counted_within_three_standard_errors() {
        let mut counted = Cardinality::default();
        let mut next = 0u128;
        for count in [1u128, 10, 100, 1_000, 10_000, 100_000] {
            while next < count {
                counted.add(Id::test(next));
                counted.add(Id::test(next));
                next += 1;
            }
            let error = counted.count() / count as f64 - 1.0;
            assert!(error.abs() < 0.2, "{count}: {}", counted.count());
        }
        let mut half = Cardinality::default();
        (50_000..100_000).for_each(|id| half.add(Id::test(id)));
        let mut other = Cardinality::default();
        (0..50_000).for_each(|id| other.add(Id::test(id)));
        other.merge(&half);
        assert_eq!(other, counted);
    }
}
