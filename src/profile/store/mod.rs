//! Where profiles are kept: packed at rest in concurrent maps, open while they are used, with caps
//! and queues, and with what takes a batch back.

pub mod entry;
pub mod journal;
mod open;
mod queue;
mod reader;
mod shelf;
mod slot;
pub mod table;

pub use entry::PackedCell;
pub use journal::{BatchNumber, ChangedCell, Journal};
pub(in crate::profile) use open::OpenProfiles;
pub(in crate::profile) use queue::make_room;
pub use reader::{OpenedProfiles, ProfileReader};
pub use shelf::Limits;
pub(in crate::profile) use shelf::{Queue, Shelf};
pub use table::Table;
