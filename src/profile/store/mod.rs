//! Where profiles rest: packed, in concurrent maps, with caps, queues and what a roll-back needs.

pub mod entry;
pub mod journal;
pub mod reader;
pub mod table;

pub use entry::PackedCell;
pub use journal::{ChangedCell, Journal};
pub use reader::{OpenedProfiles, ProfileReader};
pub use table::{Limits, Table, TableReader};
