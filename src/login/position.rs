//! Where a login stands in Kafka: numbers that cannot be taken for each other.

use serde::Serialize;

/// The number of a partition of a topic.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Partition(pub i32);

/// Where a record stands in its partition.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Offset(pub i64);

impl Offset {
    pub const ZERO: Self = Self(0);

    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// How many offsets there are from another one to this; none where this is the earlier one.
    #[must_use]
    pub fn since(self, other: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(other.0)).unwrap_or(0)
    }
}

/// Which part of a partition to read; to an offset that it is known to reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffsetRange {
    pub partition: Partition,
    pub from: Offset,
    pub to: Offset,
}

/// Shows numbers bare, wherever they are printed.
macro_rules! shown_bare {
    ($($number:ty),+) => {$(
        impl std::fmt::Display for $number {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl std::fmt::Debug for $number {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.0, f)
            }
        }
    )+};
}
pub(crate) use shown_bare;

shown_bare!(Partition, Offset);
