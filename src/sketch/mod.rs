//! Counts in bounded memory, each sketch with the law by which parts of a stream merge to the
//! whole.

pub mod cardinality;
pub mod distinct;
pub mod frequency;
pub mod moments;
pub mod ring;

pub use cardinality::Cardinality;
pub use distinct::Distinct;
pub use frequency::{FrequencyEntry, FrequencyList};
pub use moments::Moments;
pub use ring::{Horizons, Ring, Tally};
